//! Estates that no world can serve, and estates that are half read.

use super::{Habits, audit, route_map};
use crate::knowledge::family_of;
use crate::model::{
    Account, Api, Audit, Backend, Deployment, Gap, Gateway, GatewaySubscription, HeldRole,
    Inventory, KeyNames, Model, Operation, PoolMember, RateLimit, Severity,
};
use proptest::prelude::*;

const TO_B1: &str = r#"<policies><inbound><base/><set-backend-service backend-id="b1"/></inbound><backend><base/></backend></policies>"#;

/// One account with FLUX-1.1-pro behind one gateway, and nothing wrong.
fn estate() -> Inventory {
    let model = Model {
        format: "Black Forest Labs".into(),
        name: "FLUX-1.1-pro".into(),
        version: "1".into(),
    };
    let deployment = Deployment {
        name: "FLUX-1.1-pro".into(),
        family: family_of(&model).map(|family| family.id.clone()),
        model,
        rate_limits: vec![RateLimit {
            key: "request".into(),
            count: 6.0,
            renewal_period: 60.0,
        }],
        ..Deployment::default()
    };
    let key_names = KeyNames {
        header: "api-key".into(),
        query: "api-key".into(),
    };
    Inventory {
        taken_at: "2026-11-21T12:00:00Z".into(),
        accounts: vec![Account {
            name: "a1".into(),
            id: Some("/subscriptions/s/resourceGroups/rg/a1".into()),
            endpoint: "https://a1.cognitiveservices.azure.com/".into(),
            deployments: vec![deployment],
            ..Account::default()
        }],
        gateways: vec![Gateway {
            name: "g".into(),
            id: Some("/subscriptions/s/resourceGroups/rg/g".into()),
            identity: Some("i".into()),
            roles: Some(vec![HeldRole {
                definition: "a97b65f3-24c7-4388-baec-2e87135dc908".into(),
                scope: "/subscriptions/s".into(),
            }]),
            apis: vec![Api {
                name: "api".into(),
                path: "i/openai".into(),
                is_subscription_required: true,
                key_names,
                operations: vec![Operation {
                    name: "op".into(),
                    method: "POST".into(),
                    url_template: "/deployments/{d}/images/generations".into(),
                    ..Operation::default()
                }],
                policy: Some(TO_B1.into()),
                ..Api::default()
            }],
            backends: vec![Backend {
                name: "b1".into(),
                url: Some("https://a1.cognitiveservices.azure.com/openai".into()),
                managed_identity_resource: Some("https://cognitiveservices.azure.com".into()),
                ..Backend::default()
            }],
            subscriptions: vec![GatewaySubscription {
                name: "s".into(),
                scope: "/apis".into(),
                state: "active".into(),
            }],
            ..Gateway::default()
        }],
        ..Inventory::default()
    }
}

fn judged(inventory: &Inventory) -> Audit {
    audit(inventory, &Habits::default())
}

fn ids(inventory: &Inventory) -> Vec<String> {
    judged(inventory)
        .findings
        .into_iter()
        .map(|one| one.id)
        .collect()
}

fn with_policy(policy: &str) -> Inventory {
    let mut inventory = estate();
    inventory.gateways[0].apis[0].policy = Some(policy.to_owned());
    inventory
}

fn with_inbound(inside: &str) -> Inventory {
    with_policy(&TO_B1.replace("<base/><set", &format!("<base/>{inside}<set")))
}

fn gap(what: &str) -> Gap {
    Gap {
        what: what.into(),
        why: "forbidden".into(),
        opened_by: None,
    }
}

#[test]
fn the_estate_of_these_tests_has_nothing_wrong() {
    assert_eq!(ids(&estate()), [""; 0]);
}

#[test]
fn a_policy_that_cannot_be_read_is_the_finding_and_raises_no_other() {
    let audit = judged(&with_policy("<policies><inbound><base/></policies>"));
    assert_eq!(audit.findings.len(), 1);
    let finding = &audit.findings[0];
    assert_eq!(finding.id, "policy_malformed");
    assert_eq!(finding.severity, Severity::Error);
    assert!(
        finding.evidence[0].starts_with("policy of API api, line 1, column "),
        "{finding:?}"
    );
    assert_eq!(audit.not_judged.len(), 1, "{:?}", audit.not_judged);
    assert!(audit.not_judged[0].starts_with("whether deployment a1/FLUX-1.1-pro is routed: "));
}

#[test]
fn fragments_and_named_values_must_exist() {
    let mut fine = with_inbound("<include-fragment fragment-id='f'/>");
    let f = "<fragment><set-header name='x'><value>{{v}}</value></set-header></fragment>";
    fine.gateways[0].fragments.insert("f".into(), f.into());
    assert_eq!(ids(&fine), ["policy_named_value_unknown"]);
    let value = crate::model::NamedValue {
        name: "v".into(),
        value: None,
    };
    fine.gateways[0].named_values.push(value);
    assert_eq!(ids(&fine), [""; 0]);
    fine.gateways[0].fragments.clear();
    assert_eq!(ids(&fine), ["policy_fragment_unknown"]);
    fine.gaps.push(gap("policyFragments of gateway g"));
    assert_eq!(ids(&fine), [""; 0]);
    let circle = "<fragment><include-fragment fragment-id='f'/></fragment>";
    fine.gateways[0].fragments.insert("f".into(), circle.into());
    fine.gaps.clear();
    assert_eq!(ids(&fine), ["policy_fragment_cyclic"]);
}

#[test]
fn a_backend_must_exist_where_backends_could_be_listed() {
    let mut inventory = with_policy(&TO_B1.replace("b1", "b2"));
    assert_eq!(
        ids(&inventory),
        ["deployment_not_routed", "backend_unknown"]
    );
    inventory.gaps.push(gap("backends of gateway g"));
    let audit = judged(&inventory);
    assert_eq!(audit.findings, []);
    assert!(
        audit
            .not_judged
            .iter()
            .any(|note| note.contains("could not be listed"))
    );
    let mut pool = estate();
    pool.gateways[0].backends[0].pool.push(PoolMember {
        backend: "b9".into(),
        ..PoolMember::default()
    });
    assert!(ids(&pool).contains(&"backend_unknown".to_owned()));
}

#[test]
fn retirement_is_judged_by_the_day_the_inventory_was_read() {
    for (end, id) in [
        ("2026-11-21T11:59:59Z", Some("deployment_retired")),
        ("2026-11-22T00:00:00Z", Some("deployment_retires_soon")),
        ("2027-02-19T11:00:00Z", Some("deployment_retires_soon")),
        ("2027-02-20T00:00:00Z", None),
        ("some day", None),
    ] {
        let mut inventory = estate();
        inventory.accounts[0].deployments[0].retires_at = Some(end.into());
        assert_eq!(ids(&inventory), Vec::from_iter(id), "{end}");
    }
}

#[test]
fn what_could_not_be_read_raises_nothing() {
    let wrong = |inventory: &mut Inventory| {
        let gateway = &mut inventory.gateways[0];
        gateway.subscriptions.clear();
        gateway.roles = None;
        gateway.backends.clear();
        gateway.apis[0].policy = None;
        gateway.apis[0].operations.clear();
        inventory.accounts[0].deployments[0].name = "other".into();
    };
    let mut inventory = estate();
    wrong(&mut inventory);
    assert!(!ids(&inventory).is_empty());
    for what in [
        "subscriptions of gateway g",
        "role assignments of gateway g",
        "backends of gateway g",
        "policy of API api of gateway g",
        "apis/api/operations of gateway g",
        "deployments of account a1",
    ] {
        inventory.gaps.push(gap(what));
    }
    let audit = judged(&inventory);
    assert_eq!(audit.findings, []);
    assert!(audit.not_judged.len() >= 7, "{:?}", audit.not_judged);
}

#[test]
fn without_a_gateway_nobody_asks_for_routes() {
    let mut inventory = estate();
    inventory.gateways.clear();
    assert_eq!(ids(&inventory), [""; 0]);
}

#[test]
fn what_is_unsure_breaks_no_build() {
    let mut inventory = estate();
    inventory.gateways[0].roles = Some(vec![HeldRole {
        definition: "a-role-of-our-own".into(),
        scope: "/subscriptions/s".into(),
    }]);
    let audit = judged(&inventory);
    assert_eq!(audit.findings[0].id, "identity_without_role");
    assert!(audit.findings[0].is_unsure);
    assert_eq!(audit.worst(), Some(Severity::Warning));
}

#[test]
fn names_that_callers_write_down_are_judged_too() {
    let reference = |url: &str| Habits {
        references: vec![("saved.yaml".into(), url.into())],
        ..Habits::default()
    };
    let found = audit(
        &estate(),
        &reference("https://x/openai/deployments/gpt-image-1/images/generations"),
    );
    assert_eq!(found.findings[0].id, "name_not_deployed");
    assert_eq!(found.findings[0].victims, ["saved.yaml"]);
    let near = reference("https://x/openai/deployments/FLUX-1.1-pro/images/generations");
    assert_eq!(audit(&estate(), &near).findings, []);
}

#[test]
fn an_audit_reads_back() {
    let audit = judged(&with_policy("<"));
    let text = serde_json::to_string(&audit).unwrap();
    assert_eq!(serde_json::from_str::<Audit>(&text).unwrap(), audit);
}

fn words() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "/",
        "deployments",
        "{d}",
        "images",
        "generations",
        "edits",
        "providers",
        "blackforestlabs",
        "v1",
        "flux-2-pro",
        "*",
        "?api-version=",
        "openai",
        "https://a1.cognitiveservices.azure.com",
        "b1",
        "pool",
        "@(",
        ")",
        "{{",
        "}}",
        "<policies>",
        "<inbound>",
        "<retry condition=\"@(1==1)\">",
        "<forward-request timeout=\"x\"/>",
        "ü",
        "\"",
        "</retry>",
        "</inbound>",
        "</policies>",
        "<set-backend-service backend-id=\"pool\"/>",
        "api-key",
        "Host",
        "",
    ]);
    prop::collection::vec(parts, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_inventory_makes_a_check_fall_over(
        texts in prop::collection::vec(words(), 12),
        numbers in prop::collection::vec(prop::option::of(any::<u32>()), 4),
        count in any::<f64>(),
        breaker in prop::sample::select(vec!["null", "{}", "{\"rules\":[{\"failureCondition\":{\"statusCodeRanges\":[{\"min\":-1}]}}]}", "[1]"]),
    ) {
        let mut inventory = estate();
        inventory.taken_at.clone_from(&texts[0]);
        let account = &mut inventory.accounts[0];
        account.allowed_ips.push(texts[1].clone());
        account.deployments[0].retires_at = Some(texts[2].clone());
        account.deployments[0].rate_limits[0].count = count;
        account.deployments[0].sku.capacity = numbers[0];
        let mut second = account.clone();
        second.name = "a2".into();
        second.deployments[0].model.version.clone_from(&texts[3]);
        inventory.accounts.push(second);
        let gateway = &mut inventory.gateways[0];
        gateway.policy = Some(texts[4].clone());
        gateway.fragments.insert("f".into(), texts[5].clone());
        gateway.apis[0].policy = Some(texts[6].clone());
        gateway.apis[0].path.clone_from(&texts[7]);
        gateway.apis[0].key_names.header.clone_from(&texts[8]);
        gateway.apis[0].operations[0].url_template.clone_from(&texts[9]);
        gateway.backends[0].url = Some(texts[10].clone());
        gateway.backends[0].circuit_breaker = serde_json::from_str(breaker).ok();
        let members = [("b1", 1), ("pool", 2), (texts[11].as_str(), 3)];
        let pool = members.map(|(backend, at)| PoolMember {
            backend: backend.into(),
            priority: numbers[at],
            weight: numbers[3],
        });
        gateway.backends.push(Backend { name: "pool".into(), pool: pool.into(), ..Backend::default() });
        let audit = judged(&inventory);
        let map = route_map(&inventory, &audit);
        prop_assert_eq!(map.gateways.len(), 1);
        for finding in &audit.findings {
            prop_assert!(!finding.victims.is_empty() && !finding.evidence.is_empty(), "{:?}", finding);
        }
    }
}
