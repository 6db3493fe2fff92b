//! Documents as people write them, and as they break them.

use super::*;
use crate::model::{Api, Backend, Gateway, NamedValue, Operation, PoolMember, Product};
use proptest::prelude::*;

fn gateway(policy: &str) -> Gateway {
    let backend = |name: &str| Backend {
        name: name.into(),
        url: Some(format!("https://{name}.openai.azure.com/openai")),
        ..Backend::default()
    };
    let mut backends = ["foundry1", "foundry2"].map(backend).to_vec();
    backends.push(Backend {
        name: "pool".into(),
        pool: [("foundry2", 2), ("foundry1", 1)]
            .map(|(name, priority)| PoolMember {
                backend: name.into(),
                priority: Some(priority),
                weight: None,
            })
            .to_vec(),
        ..Backend::default()
    });
    Gateway {
        apis: vec![Api {
            name: "api".into(),
            operations: vec![Operation {
                name: "op".into(),
                method: "POST".into(),
                ..Operation::default()
            }],
            policy: Some(policy.to_owned()),
            products: vec!["starter".into()],
            ..Api::default()
        }],
        backends,
        products: vec![Product {
            name: "starter".into(),
            policy: Some(
                "<policies><inbound><base/><rate-limit calls=\"1\"/></inbound></policies>".into(),
            ),
        }],
        named_values: vec![
            NamedValue {
                name: "where".into(),
                value: Some("foundry2".into()),
            },
            NamedValue {
                name: "hidden".into(),
                value: None,
            },
        ],
        fragments: [
            (
                "f",
                "<fragment><set-backend-service backend-id='pool'/></fragment>",
            ),
            (
                "a",
                "<fragment><include-fragment fragment-id='b'/></fragment>",
            ),
            (
                "b",
                "<fragment>\n<include-fragment fragment-id='a'/></fragment>",
            ),
        ]
        .map(|(id, xml)| (id.to_owned(), xml.to_owned()))
        .into(),
        ..Gateway::default()
    }
}

fn inbound(inside: &str) -> Gateway {
    gateway(&format!(
        "<policies><inbound><base/>{inside}</inbound></policies>"
    ))
}

fn led(inside: &str) -> Vec<String> {
    let gateway = inbound(inside);
    let policies = Policies::of(&gateway);
    let effective = policies.effective(0, 0, None);
    let found = destinations(&effective, &gateway, &gateway.apis[0], &Facts::default());
    let shown = found.iter().map(|one| match &one.destination {
        Destination::Backend(name) => name.clone(),
        Destination::Url(url) => url.clone(),
        Destination::Any => "any".to_owned(),
    });
    shown.collect()
}

#[test]
fn plain_names_named_values_urls_and_fragments_lead() {
    assert_eq!(
        led(r#"<set-backend-service id="x" backend-id="pool" />"#),
        ["pool"]
    );
    assert_eq!(
        led(r#"<set-backend-service backend-id="{{where}}"/>"#),
        ["foundry2"]
    );
    assert_eq!(
        led(r#"<set-backend-service base-url="https://a.example/openai" />"#),
        ["https://a.example/openai"]
    );
    assert_eq!(led(r#"<include-fragment fragment-id="f" />"#), ["pool"]);
    assert_eq!(
        led("<!-- <set-backend-service backend-id=\"pool\"/> -->"),
        [""; 0]
    );
    assert_eq!(led("<set-backend-service-x backend-id=\"pool\"/>"), [""; 0]);
}

#[test]
fn an_expression_counts_every_backend_it_spells() {
    let choose = r#"<set-backend-service backend-id="@(context.Request.Headers.GetValueOrDefault("x","") == "a" ? "foundry1" : "foundry2")" />"#;
    assert_eq!(led(choose), ["foundry1", "foundry2"]);
    let variable = r#"<set-variable name="b" value="@("foundry1")" /><set-backend-service backend-id="@((string)context.Variables["b"])" />"#;
    assert_eq!(led(variable), ["foundry1"]);
    let hidden = r#"<set-backend-service backend-id="@(context.Variables.Get())" />"#;
    assert_eq!(led(hidden), ["any"]);
    assert_eq!(
        led(r#"<set-backend-service backend-id="{{hidden}}" />"#),
        ["any"]
    );
}

#[test]
fn the_last_that_runs_for_certain_wins_and_conditions_add() {
    let two = r#"<set-backend-service backend-id="foundry1"/><set-backend-service backend-id="foundry2"/>"#;
    assert_eq!(led(two), ["foundry2"]);
    let choose = r#"<set-backend-service backend-id="foundry1"/><choose><when condition="@(context.X())"><set-backend-service backend-id="foundry2"/></when></choose>"#;
    assert_eq!(led(choose), ["foundry1", "foundry2"]);
    let never = r#"<set-backend-service backend-id="foundry1"/><choose><when condition="@(1 == 2)"><set-backend-service backend-id="foundry2"/></when></choose>"#;
    assert_eq!(led(never), ["foundry1"]);
    let otherwise = r#"<choose><when condition="@(1 == 1)"><set-backend-service backend-id="foundry1"/></when><otherwise><set-backend-service backend-id="foundry2"/></otherwise></choose>"#;
    assert_eq!(led(otherwise), ["foundry1"]);
}

#[test]
fn scopes_nest_and_a_scope_without_base_stands_alone() {
    let with = inbound("<a/>");
    let policies = Policies::of(&with);
    let names = |effective: Effective<'_>| -> Vec<String> {
        let statements = effective.statements().into_iter();
        statements.map(|one| one.statement.name.clone()).collect()
    };
    assert_eq!(
        names(policies.effective(0, 0, None)),
        ["a", "forward-request"]
    );
    assert_eq!(
        names(policies.effective(0, 0, Some("starter"))),
        ["rate-limit", "a", "forward-request"]
    );
    let without = gateway("<policies><inbound><a/></inbound><backend/></policies>");
    let policies = Policies::of(&without);
    assert_eq!(names(policies.effective(0, 0, Some("starter"))), ["a"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (inside, said) in [
        ("<a>", "policy of API api, line 1, column"),
        (
            "<include-fragment fragment-id='none'/>",
            "policy of API api, line 1: no policy fragment is called `none`",
        ),
        (
            "<include-fragment fragment-id='a'/>",
            "policy fragment b, line 2: the fragment `a` includes itself",
        ),
        (
            "\n<a b='{{none}}'/>",
            "policy of API api, line 2: no named value is called `none`",
        ),
        ("<a b=\"@(\"x)\"/>", "policy of API api, line 1"),
    ] {
        let gateway = inbound(inside);
        let policies = Policies::of(&gateway);
        let faults = policies.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].to_string().starts_with(said), "{}", faults[0]);
    }
    let fine = inbound(r#"<a b="{{where}}" c="@($"{{x}}")"/>"#);
    assert!(Policies::of(&fine).faults().len() <= 1);
}

#[test]
fn fragments_that_double_one_another_end() {
    let mut gateway = inbound("<include-fragment fragment-id='f00'/>");
    for at in 0..40 {
        let inner = format!("<include-fragment fragment-id='f{:02}'/>", at + 1);
        let xml = format!("<fragment>{inner}{inner}</fragment>");
        gateway.fragments.insert(format!("f{at:02}"), xml);
    }
    gateway
        .fragments
        .insert("f40".into(), "<fragment><a/></fragment>".into());
    let policies = Policies::of(&gateway);
    assert!(matches!(
        policies.faults()[..],
        [PolicyFault::TooLarge { .. }, ..]
    ));
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_fall_over(
        words in prop::collection::vec(prop::sample::select(vec![
            "<policies>", "</policies>", "<inbound>", "</inbound>", "<base/>", "<a b=\"", "\"/>", "@(", ")", "@{", "}",
            "{{", "}}", "where", "<include-fragment fragment-id=\"a\"/>", "<choose>", "<when condition=\"@(1==1)\">",
            "</when>", "</choose>", "&quot;", "&&", "<", ">", "'", "\"", "<!--", "-->", "<![CDATA[", "]]>", "ü",
            "context.Response.StatusCode", " == ", "\n", "new [] {", "=>", "?", ":", "\u{e000}1\u{e001}",
        ]), 0..40),
        any in ".{0,40}",
    ) {
        let text = words.concat() + &any;
        for policy in [text.clone(), format!("<policies><inbound>{text}</inbound></policies>")] {
            let gateway = gateway(&policy);
            let policies = Policies::of(&gateway);
            let effective = policies.effective(0, 0, None);
            destinations(&effective, &gateway, &gateway.apis[0], &Facts::default());
        }
        let condition = Text { text: format!("@({text})"), has_secret: false };
        judge(&condition, &Facts::default());
    }
}
