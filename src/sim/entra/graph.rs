//! Microsoft Graph on `graph.microsoft.com`, as far as a person who mends access needs it: who an id is, and a new
//! secret for an application.

use super::tokens::{self, TokenFault};
use crate::sim::internet::{Context, NetFailure, Service};
use crate::sim::world::{Client, World};
use crate::sim::{Live, draw, reply};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

const HOST: &str = "graph.microsoft.com";
const AUDIENCES: &[&str] = &[
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
];

/// Microsoft Graph.
pub struct Graph {
    live: Live,
}

impl Graph {
    /// The directory of `live`.
    pub fn new(live: Live) -> Self {
        Graph { live }
    }

    fn answer(&self, context: &Context, request: &Request<Bytes>) -> Response<Bytes> {
        if let Err(message) = authenticate(context, request) {
            return refusal(401, "InvalidAuthenticationToken", message);
        }
        let world = &context.world;
        let path = request.uri().path().trim_start_matches("/v1.0/");
        let path: Vec<&str> = path.split('/').collect();
        let filter = filter_of(request);
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["servicePrincipals"]) => list(world, filter.as_deref(), principal),
            (&Method::GET, ["applications"]) => list(world, filter.as_deref(), application),
            (&Method::GET, ["users" | "groups"]) => reply::json(200, &json!({"value": []})),
            (&Method::GET, ["servicePrincipals", id]) => one(world, id, principal),
            (&Method::GET, ["applications", id]) => one(world, id, application),
            (&Method::POST, ["directoryObjects", "getByIds"]) => {
                let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                let ids = body["ids"].as_array().cloned().unwrap_or_default();
                let found: Vec<Value> = world
                    .clients
                    .iter()
                    .filter(|(_, client)| ids.iter().any(|id| id == client.object_id.as_str()))
                    .map(|(id, client)| principal(world, id, client))
                    .collect();
                reply::json(200, &json!({"value": found}))
            }
            (&Method::POST, ["applications", id, "addPassword"]) => self.add_password(id),
            _ => refusal(
                404,
                "Request_ResourceNotFound",
                &format!("Resource '{}' does not exist.", path.join("/")),
            ),
        }
    }

    /// The secret is changed: a world keeps one for a client, which then is the new one.
    fn add_password(&self, object: &str) -> Response<Bytes> {
        let added = self.live.change(|world| {
            let seed = world.seed;
            let client = world
                .clients
                .iter_mut()
                .find(|(id, _)| application_object(seed, id) == object)
                .map(|(_, client)| client)
                .ok_or(())?;
            let secret = draw::fresh_key()[..40].to_owned();
            client.secret = Some(secret.clone());
            client.secret_expired = false;
            Ok::<_, ()>(secret)
        });
        match added {
            Ok((secret, _)) => reply::json(
                200,
                &json!({
                    "customKeyIdentifier": null,
                    "displayName": "rbac",
                    "keyId": draw::fresh_guid(),
                    "hint": &secret[..3],
                    "secretText": secret,
                }),
            ),
            Err(()) => not_found(object),
        }
    }
}

/// Whether the call shows a token for Microsoft Graph; what Graph says where it does not.
fn authenticate(context: &Context, request: &Request<Bytes>) -> Result<(), &'static str> {
    let header = request.headers().get(http::header::AUTHORIZATION);
    let token = header
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .ok_or("Access token is empty.")?;
    let now = context.clock.now();
    let claims = tokens::inspect(&context.world, token, now).map_err(|fault| match fault {
        TokenFault::Expired => "Lifetime validation failed, the token is expired.",
        _ => "IDX14100: JWT is not well formed.",
    })?;
    match AUDIENCES.contains(&claims.aud.as_str()) {
        true => Ok(()),
        false => Err("Access token validation failure. Invalid audience."),
    }
}

fn filter_of(request: &Request<Bytes>) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case("$filter"))
        .map(|(_, value)| value.into_owned())
}

/// Those whose application id, or whose name, the filter names between quotes; all where there is no filter.
fn list(
    world: &World,
    filter: Option<&str>,
    shape: fn(&World, &str, &Client) -> Value,
) -> Response<Bytes> {
    let wanted = filter.map(|filter| filter.split('\'').nth(1).unwrap_or_default());
    let found: Vec<Value> = world
        .clients
        .iter()
        .filter(|(id, client)| {
            wanted.is_none_or(|wanted| id.eq_ignore_ascii_case(wanted) || client.name == wanted)
        })
        .map(|(id, client)| shape(world, id, client))
        .collect();
    reply::json(200, &json!({"value": found}))
}

fn one(world: &World, object: &str, shape: fn(&World, &str, &Client) -> Value) -> Response<Bytes> {
    world
        .clients
        .iter()
        .map(|(id, client)| shape(world, id, client))
        .find(|shown| shown["id"] == object)
        .map_or_else(|| not_found(object), |shown| reply::json(200, &shown))
}

fn principal(world: &World, id: &str, client: &Client) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": client.object_id,
        "appId": id,
        "appDisplayName": client.name,
        "displayName": client.name,
        "appOwnerOrganizationId": world.tenant.id,
        "accountEnabled": true,
        "servicePrincipalNames": [id],
        "servicePrincipalType": if client.managed_identity { "ManagedIdentity" } else { "Application" },
        "passwordCredentials": [],
        "keyCredentials": [],
    })
}

fn application(world: &World, id: &str, client: &Client) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.application",
        "id": application_object(world.seed, id),
        "appId": id,
        "displayName": client.name,
        "identifierUris": [],
        "signInAudience": "AzureADMyOrg",
        "passwordCredentials": [],
        "keyCredentials": [],
    })
}

/// An application has an object id of its own beside that of its service principal.
fn application_object(seed: u64, client_id: &str) -> String {
    draw::guid(seed, &format!("application {client_id}"))
}

fn not_found(object: &str) -> Response<Bytes> {
    let message = format!(
        "Resource '{object}' does not exist or one of its queried reference-property objects are not present."
    );
    refusal(404, "Request_ResourceNotFound", &message)
}

fn refusal(status: u16, code: &str, message: &str) -> Response<Bytes> {
    reply::json(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": {}}}),
    )
}

#[async_trait]
impl Service for Graph {
    fn answers_on(&self, host: &str) -> bool {
        host == HOST
    }

    fn hosts(&self) -> Vec<String> {
        vec![HOST.to_owned()]
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let mut response = self.answer(context, &request);
        reply::set(&mut response, "request-id", &draw::fresh_guid());
        Ok(response)
    }
}
