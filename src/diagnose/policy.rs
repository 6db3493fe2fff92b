//! What the policies of a gateway do to a call of one operation, as far as their text says it.
//!
//! Raw policy XML is not always XML: expressions stand in it unescaped. So it is scanned, not parsed.

use crate::model::{Api, Gateway, Operation};
use std::collections::BTreeMap;

/// Fragments may include fragments; no deeper than this.
const MOST_DEPTH: u32 = 4;

/// Elements whose text a caller is shown when they refuse.
const MESSAGES: [&str; 2] = [
    "failed-check-error-message",
    "failed-validation-error-message",
];

/// Where calls of an operation are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A backend or a pool, by id.
    Backend(String),
    /// A URL of its own.
    Url(String),
    /// What an expression decides.
    Unknown,
}

/// The policies of one operation, the narrowest scope first, read together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Effective {
    /// Elements, each with the scope that has it, e.g. `rewrite-uri` of `the API inference-api`.
    pub(crate) elements: BTreeMap<String, String>,
    /// Texts that its elements refuse with, in lower case, each with the element's name.
    pub(crate) messages: BTreeMap<String, String>,
    /// Statuses that it sets itself.
    pub(crate) statuses: Vec<u16>,
    /// Seconds that `forward-request` waits, the shortest that is written out.
    pub(crate) forward_timeout_s: Option<u64>,
    /// Whether anything is decided by an expression.
    pub(crate) has_expression: bool,
    /// Where the narrowest scope that says so sends the call.
    pub(crate) destination: Option<Destination>,
}

impl Effective {
    /// Reads the policies that apply to `operation`, or to the API as a whole where none is known.
    pub(crate) fn of(gateway: &Gateway, api: &Api, operation: Option<&Operation>) -> Self {
        let products = gateway
            .products
            .iter()
            .filter(|product| api.products.contains(&product.name))
            .map(|product| {
                (
                    format!("the product `{}`", product.name),
                    product.policy.as_deref(),
                )
            });
        let own = operation.map(|operation| {
            let scope = format!("the operation `{}`", operation.name);
            (scope, operation.policy.as_deref())
        });
        let scopes = own
            .into_iter()
            .chain([(format!("the API `{}`", api.name), api.policy.as_deref())])
            .chain(products)
            .chain([("all APIs".to_owned(), gateway.policy.as_deref())]);
        let mut found = Effective::default();
        for (scope, policy) in scopes {
            let Some(policy) = policy else { continue };
            found.take(gateway, policy, &scope, MOST_DEPTH);
            // A policy without `<base />` keeps the wider ones from running.
            if !without_comments(policy).contains("<base") {
                break;
            }
        }
        found
    }

    fn take(&mut self, gateway: &Gateway, xml: &str, scope: &str, depth: u32) {
        let xml = without_comments(xml);
        self.has_expression |= xml.contains("@(") || xml.contains("@{");
        let mut destination = None;
        for (name, rest) in tags(&xml) {
            if name == "include-fragment" {
                let fragment =
                    attribute(rest, "fragment-id").and_then(|id| gateway.fragments.get(id));
                if let (Some(fragment), true) = (fragment, depth > 0) {
                    self.take(gateway, fragment, scope, depth - 1);
                }
                continue;
            }
            for attribute_name in MESSAGES {
                if let Some(message) = attribute(rest, attribute_name) {
                    self.messages
                        .insert(message.trim().to_lowercase(), name.to_owned());
                }
            }
            match name {
                "set-status" => {
                    let code = attribute(rest, "code").and_then(|code| code.parse::<u16>().ok());
                    self.statuses.extend(code);
                }
                "forward-request" => {
                    let seconds = attribute(rest, "timeout").and_then(|text| text.parse().ok());
                    self.forward_timeout_s = self.forward_timeout_s.or(seconds);
                }
                "set-backend-service" => destination = Some(destination_of(rest)),
                _ => {}
            }
            self.elements
                .entry(name.to_owned())
                .or_insert_with(|| scope.to_owned());
        }
        self.destination = self.destination.take().or(destination);
    }
}

fn destination_of(rest: &str) -> Destination {
    match (attribute(rest, "backend-id"), attribute(rest, "base-url")) {
        (Some(id), _) => Destination::Backend(id.to_owned()),
        (None, Some(url)) => Destination::Url(url.to_owned()),
        (None, None) => Destination::Unknown,
    }
}

/// Names of the start tags, each with the text up to the next tag.
fn tags(xml: &str) -> impl Iterator<Item = (&str, &str)> {
    xml.split('<').skip(1).filter_map(|tag| {
        let end = tag
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(tag.len());
        let (name, rest) = tag.split_at(end);
        name.starts_with(|c: char| c.is_ascii_lowercase())
            .then_some((name, rest))
    })
}

/// A value that is written out: nothing for an expression or a named value.
fn attribute<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let at = rest.match_indices(name).find(|(at, _)| {
        rest.get(..*at)
            .is_some_and(|before| before.ends_with(char::is_whitespace))
    })?;
    let after = rest.get(at.0 + name.len()..)?.trim_start();
    let value = after.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = value.get(1..)?.split(quote).next()?;
    let is_plain = !value.starts_with("@(") && !value.starts_with("@{") && !value.contains("{{");
    is_plain.then_some(value)
}

fn without_comments(xml: &str) -> String {
    let mut left = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, comment)) = rest.split_once("<!--") {
        left.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    left.push_str(rest);
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Product;

    fn gateway(policy: &str) -> Gateway {
        Gateway {
            apis: vec![Api {
                name: "images".into(),
                policy: Some(policy.into()),
                products: vec!["starter".into()],
                ..Api::default()
            }],
            products: vec![Product {
                name: "starter".into(),
                policy: Some(
                    "<policies><inbound><base/><quota calls=\"1\"/></inbound></policies>".into(),
                ),
            }],
            policy: Some(
                "<policies><backend><forward-request timeout=\"20\" /></backend></policies>".into(),
            ),
            fragments: [(
                "gate".to_owned(),
                "<fragment><ip-filter action=\"allow\"/></fragment>".to_owned(),
            )]
            .into(),
            ..Gateway::default()
        }
    }

    fn read(policy: &str) -> Effective {
        let gateway = gateway(policy);
        Effective::of(&gateway, &gateway.apis[0], None)
    }

    #[test]
    fn scopes_and_fragments_are_read_together_and_each_element_keeps_its_scope() {
        let found = read(
            r#"<policies><inbound><base />
              <include-fragment fragment-id="gate" />
              <check-header name="x" failed-check-error-message="Not Authorized" />
              <set-variable name="n" value="@(int.Parse(context.Request.Headers.GetValueOrDefault("x", "1")) < 2)" />
              <!-- <rewrite-uri template="/x" /> -->
              <set-backend-service backend-id="pool" />
            </inbound></policies>"#,
        );
        assert_eq!(found.elements["check-header"], "the API `images`");
        assert_eq!(found.elements["ip-filter"], "the API `images`");
        assert_eq!(found.elements["quota"], "the product `starter`");
        assert_eq!(found.messages["not authorized"], "check-header");
        assert_eq!(found.destination, Some(Destination::Backend("pool".into())));
        assert_eq!(found.forward_timeout_s, Some(20));
        assert!(found.has_expression);
        assert!(!found.elements.contains_key("rewrite-uri"));
    }

    #[test]
    fn a_policy_without_base_keeps_the_wider_ones_out() {
        let found = read(
            r#"<policies><inbound><set-backend-service backend-id="@(x)"/><return-response><set-status code="403"/></return-response></inbound></policies>"#,
        );
        assert!(!found.elements.contains_key("quota"));
        assert_eq!(found.forward_timeout_s, None);
        assert_eq!(found.destination, Some(Destination::Unknown));
        assert_eq!(found.statuses, [403]);
    }

    #[test]
    fn what_expressions_decide_is_not_taken_for_what_is_written() {
        let found = read(
            r#"<policies><inbound><base/></inbound><backend><forward-request timeout="@(5)" /></backend></policies>"#,
        );
        assert_eq!(found.forward_timeout_s, Some(20));
        assert_eq!(found.destination, None);
    }
}
