//! What a world must not contain.

use super::rig::*;
use crate::sim::apim::ApimGateway;
use crate::sim::world::{DEFAULT_POLICY, Gateway};
use std::sync::Arc;

#[test]
fn what_is_not_simulated_is_an_error_with_its_place() {
    let place = "gateway apim-x, policy of api inference-api, line 2, ";
    for (policy, complaint) in [
        (
            r#"<cache-lookup vary-by-developer="false" />"#,
            "cache-lookup: this policy is not simulated",
        ),
        (
            r#"<rate-limit calls="1" renewal-period="60" colour="red" />"#,
            "rate-limit: the attribute `colour` is not simulated",
        ),
        (
            r#"<rate-limit calls="1" renewal-period="60"><api name="x" /></rate-limit>"#,
            "rate-limit: `<api>` in it is not simulated",
        ),
        (
            r#"<set-backend-service backend-id="nowhere" />"#,
            "set-backend-service: no backend is called `nowhere`",
        ),
        (
            r#"<include-fragment fragment-id="nowhere" />"#,
            "include-fragment: no policy fragment is called `nowhere`",
        ),
        (
            r#"<set-header name="{{nowhere}}"><value>1</value></set-header>"#,
            "set-header: no named value is called `nowhere`",
        ),
        (
            r#"<set-status code="200" />"#,
            "set-status: it stands in outbound",
        ),
        (
            r#"<choose><when condition="@(true)"><base /></when></choose>"#,
            "base: `<base/>` stands directly in a section",
        ),
        (
            r#"<set-variable name="v" value="@(context.Request.Wonders)" />"#,
            "set-variable: `Wonders` of Request is not simulated at character",
        ),
        (
            r#"<set-variable name="v" value="@(Regex.IsMatch("a","b"))" />"#,
            "`Regex` is not simulated",
        ),
        (
            r#"<set-variable name="v" value="@(1 +)" />"#,
            "a value was expected, found `)`",
        ),
        (
            r#"<set-variable name="v" value="@{ var x = 1; }" />"#,
            "not all code paths return a value",
        ),
        (
            r#"<set-variable name="v" value="@("a".Reverse())" />"#,
            "`Reverse(...)` is not simulated",
        ),
        (
            r#"<set-variable name="v" value="@(1) and more" />"#,
            "it must be the whole value",
        ),
    ] {
        let error = load_error(with_inbound(policy));
        assert!(error.starts_with(place), "{error}");
        assert!(error.contains(complaint), "{error}");
    }
    let error = load_error(with_policy("<policies><inbound></policies>".into()));
    assert!(error.contains("document: "), "{error}");
}

#[test]
fn two_gateways_cannot_share_a_host() {
    let mut world = world();
    let second = Gateway {
        custom_hosts: vec![HOST.to_uppercase()],
        ..Gateway::default()
    };
    world.gateways.insert("apim-y".into(), second);
    let error = load_error(world);
    assert!(
        error.contains("apim-x and apim-y both answer on apim-x.azure-api.net"),
        "{error}"
    );
}

#[test]
fn the_default_document_and_the_built_in_worlds_load() {
    let mut world = world();
    gateway(&mut world).policy = DEFAULT_POLICY.into();
    assert!(ApimGateway::new(Arc::new(world), Arc::default()).is_ok());
    for name in crate::sim::world::built_in_names() {
        let world = crate::sim::World::load(name).unwrap();
        assert!(
            ApimGateway::new(Arc::new(world), Arc::default()).is_ok(),
            "{name}"
        );
    }
}
