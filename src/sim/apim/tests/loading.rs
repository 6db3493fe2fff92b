//! What a world must not contain.

use super::rig::*;
use crate::sim::apim::ApimGateway;
use crate::sim::world::{DEFAULT_POLICY, Gateway};
use std::sync::Arc;

#[test]
fn what_the_real_service_refuses_is_an_error_with_its_place() {
    let place = "gateway apim-x, policy of api inference-api, line 2, ";
    for (policy, complaint) in [
        (
            r#"<set-heder name="x" />"#,
            "set-heder: there is no such policy; did you mean `<set-header>`?",
        ),
        (
            r#"<rate-limit calls="1" renewal-perod="60" />"#,
            "rate-limit: there is no attribute `renewal-perod`; did you mean `renewal-period`?",
        ),
        (
            r#"<choose><wen condition="@(true)" /></choose>"#,
            "choose: `<wen>` has no place in it; did you mean `<when>`?",
        ),
        (
            r#"<json-to-xml apply="@(1 +)" />"#,
            "a value was expected, found `)`",
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
            "set-variable: Request has no member `Wonders` at character",
        ),
        (
            r#"<set-variable name="v" value="@(context.Request.Headers.GetValueOrDefualt("a"))" />"#,
            "did you mean `GetValueOrDefault`?",
        ),
        (
            r#"<set-variable name="v" value="@(unknown + 1)" />"#,
            "the name `unknown` does not exist here",
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
fn what_only_the_real_service_carries_out_is_noted_with_its_place_and_passes() {
    let place = "gateway apim-x, policy of api inference-api, line 2, ";
    for (policy, note) in [
        (
            r#"<azure-openai-semantic-cache-lookup score-threshold="0.05" embeddings-backend-id="e" />"#,
            "azure-openai-semantic-cache-lookup: this policy is not simulated: every request passes it unchanged",
        ),
        (
            r#"<llm-content-safety backend-id="c" shield-prompt="true"><categories><category name="Hate" threshold="4" /></categories></llm-content-safety>"#,
            "llm-content-safety: this policy is not simulated",
        ),
        (
            r#"<rate-limit calls="1" renewal-period="60"><api name="x" calls="1" /></rate-limit>"#,
            "api: `<api>` in `<rate-limit>` is not simulated and has no effect",
        ),
        (
            r#"<set-variable name="v" value="@("a".Normalize())" />"#,
            "set-variable: `Normalize(...)` is not simulated at character",
        ),
        (
            r#"<set-variable name="v" value="@(System.Xml.Linq.XDocument.Parse("<a/>").ToString())" />"#,
            "set-variable: `Parse` is not simulated",
        ),
        (
            r#"<set-body template="liquid">{"p": "{{body.prompt}}"}</set-body>"#,
            "set-body: the template language liquid is not simulated: the body stays as it is",
        ),
    ] {
        let gateway = ApimGateway::new(Arc::new(with_inbound(policy)), Arc::default()).unwrap();
        let notes = gateway.notes();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].starts_with(place), "{notes:?}");
        assert!(notes[0].contains(note), "{notes:?}");
    }
    let quiet =
        with_inbound(r#"<log-to-eventhub logger-id="l">@(context.RequestId)</log-to-eventhub>"#);
    let gateway = ApimGateway::new(Arc::new(quiet), Arc::default()).unwrap();
    assert!(gateway.notes().is_empty());
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
