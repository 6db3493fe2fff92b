//! Worlds of any size, for benchmarks.

use super::{
    Account, Api, Backend, Client, Deployment, Gateway, GatewaySubscription, Operation, Role,
    RoleAssignment, Subscription, World, WorldError,
};

/// Items on a page of an ARM list: a real service's, so that size is what is measured.
const PAGE_SIZE: usize = 100;

/// Regions that accounts are spread over.
const REGIONS: &[&str] = &[
    "uksouth",
    "eastus",
    "norwayeast",
    "westus3",
    "swedencentral",
];

/// Client ids of the two identities.
const PROBE: &str = "00000000-0000-4000-8000-000000000001";
const GATEWAY_IDENTITY: &str = "00000000-0000-4000-8000-000000000002";
const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000010";

impl World {
    /// A world of `accounts` accounts with `deployments` deployments each (the first of them FLUX-1.1-pro), and one
    /// gateway with `apis` APIs of `operations` operations each. The same numbers give the same world.
    pub fn generated(
        accounts: usize,
        deployments: usize,
        apis: usize,
        operations: usize,
    ) -> Result<World, WorldError> {
        let mut world = World {
            name: format!("generated:{accounts}x{deployments}x{apis}x{operations}"),
            about: "A world of a given size, with nothing wrong.".into(),
            arm_page_size: Some(PAGE_SIZE),
            seed: 1,
            ..World::default()
        };
        world
            .subscriptions
            .insert(SUBSCRIPTION.into(), Subscription::default());
        world.clients.insert(PROBE.into(), probe());
        world
            .clients
            .insert(GATEWAY_IDENTITY.into(), gateway_identity());
        for number in 0..accounts {
            world
                .accounts
                .insert(account_name(number), account(number, deployments));
        }
        if apis > 0 {
            world
                .gateways
                .insert("apim-generated".into(), gateway(accounts, apis, operations));
        }
        world.resolve()?;
        Ok(world)
    }
}

/// Reads the four numbers of `generated:AxDxPxO`.
pub(super) fn from_sizes(name: &str, sizes: &str) -> Result<World, WorldError> {
    let numbers: Option<Vec<usize>> = sizes.split('x').map(|size| size.parse().ok()).collect();
    match numbers.as_deref() {
        Some([accounts, deployments, apis, operations]) => {
            World::generated(*accounts, *deployments, *apis, *operations)
        }
        _ => Err(WorldError::Unknown {
            name: name.to_owned(),
            hint: " (write four numbers, as in generated:200x20x50x30)".into(),
            known: super::load::built_in_names().join(", "),
        }),
    }
}

fn account_name(number: usize) -> String {
    format!("foundry{number:04}")
}

fn probe() -> Client {
    let roles = [
        Role::Reader,
        Role::CognitiveServicesUser,
        Role::ApimContributor,
    ];
    Client {
        name: "fluxprobe".into(),
        secret: Some(String::new()),
        roles: roles.map(everywhere).into(),
        ..Client::default()
    }
}

fn gateway_identity() -> Client {
    Client {
        name: "apim-generated".into(),
        managed_identity: true,
        roles: vec![everywhere(Role::CognitiveServicesUser)],
        ..Client::default()
    }
}

fn everywhere(role: Role) -> RoleAssignment {
    RoleAssignment {
        role,
        scope: format!("/subscriptions/{SUBSCRIPTION}"),
        name: String::new(),
    }
}

fn account(number: usize, deployments: usize) -> Account {
    let deployment = |position: usize| match position {
        0 => Deployment {
            model: "FLUX-1.1-pro".into(),
            format: "Black Forest Labs".into(),
            ..Deployment::default()
        },
        _ => Deployment {
            model: "gpt-4o-mini".into(),
            version: "2024-07-18".into(),
            ..Deployment::default()
        },
    };
    Account {
        location: REGIONS[number % REGIONS.len()].into(),
        deployments: (0..deployments)
            .map(|position| (format!("deployment{position:03}"), deployment(position)))
            .collect(),
        ..Account::default()
    }
}

fn gateway(accounts: usize, apis: usize, operations: usize) -> Gateway {
    let mut gateway = Gateway {
        identity: Some(GATEWAY_IDENTITY.into()),
        ..Gateway::default()
    };
    gateway
        .subscriptions
        .insert("probe".into(), GatewaySubscription::default());
    for number in 0..apis {
        let target = account_name(number % accounts.max(1));
        let backend = Backend {
            url: format!("https://{target}.cognitiveservices.azure.com/openai"),
            managed_identity_resource: Some("https://cognitiveservices.azure.com".into()),
            ..Backend::default()
        };
        let id = format!("backend{number:03}");
        gateway
            .apis
            .insert(format!("api{number:03}"), api(number, &id, operations));
        gateway.backends.insert(id, backend);
    }
    gateway
}

fn api(number: usize, backend: &str, operations: usize) -> Api {
    let operation = |position: usize| {
        let path = match position {
            0 => "/deployments/{deployment-id}/images/generations".to_owned(),
            _ => format!("/deployments/{{deployment-id}}/operation{position:03}"),
        };
        Operation {
            display_name: format!("Operation {position}"),
            method: "POST".into(),
            url_template: format!("{path}?api-version={{api-version}}"),
            template_defaults: std::collections::BTreeMap::new(),
            policy: String::new(),
        }
    };
    Api {
        display_name: format!("API {number}"),
        path: format!("area{number:03}/openai"),
        key_header: "api-key".into(),
        key_query: "api-key".into(),
        operations: (0..operations)
            .map(|position| (format!("operation{position:03}"), operation(position)))
            .collect(),
        policy: format!(
            "<policies><inbound><base /><set-backend-service backend-id=\"{backend}\" /></inbound>\
             <backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"
        ),
        ..Api::default()
    }
}
