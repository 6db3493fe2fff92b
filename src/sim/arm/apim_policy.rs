//! Policies and policy fragments: the XML that the gateway runs, as ARM hands it out.

use super::apim::Target;
use super::apim_children::api;
use super::call::{Answer, Call, find};
use super::errors::ArmError;
use crate::sim::reply;
use crate::sim::world::DEFAULT_POLICY;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

const TYPE: &str = "Microsoft.ApiManagement/service";

/// API Management begins the answer to a policy GET with a byte order mark.
const BOM: &str = "\u{feff}";

/// Answers `policies` at any scope, and `policyFragments`.
pub(super) fn answer(
    call: &Call<'_>,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    let id = target.id.as_str();
    match rest {
        ["policyfragments"] => {
            let fragments: Vec<_> = target.gateway.fragments.iter().collect();
            super::page::by_skip(call, &fragments, |(name, xml)| {
                fragment(call, id, name, xml)
            })
        }
        ["policyfragments", _] => find(&target.gateway.fragments, &names[1])
            .map(|(name, xml)| marked(&fragment(call, id, name, xml)))
            .ok_or_else(|| ArmError::child_not_found("PolicyFragment")),
        _ => {
            let scoped = scope_of(target, rest, names)?;
            let policy = policy(call, &scoped);
            match (rest.last().copied(), policy) {
                (Some("policies"), policy) => {
                    let value: Vec<Value> = policy.into_iter().collect();
                    Ok(reply::json(
                        200,
                        &json!({"count": value.len(), "value": value}),
                    ))
                }
                (Some("policy"), Some(policy)) => Ok(marked(&policy)),
                _ => Err(ArmError::child_not_found("Policy")),
            }
        }
    }
}

/// A policy and where it is set.
struct Scoped<'a> {
    /// Resource id of what it is set on.
    owner: String,
    kind: String,
    xml: &'a str,
}

fn scope_of<'a>(
    target: &Target<'a>,
    rest: &[&str],
    names: &[String],
) -> Result<Scoped<'a>, ArmError> {
    let id = &target.id;
    Ok(match rest {
        ["apis", _, "operations", _, ..] => {
            let (api_name, api) = api(target, &names[1])?;
            let (name, operation) = find(&api.operations, &names[3])
                .ok_or_else(|| ArmError::child_not_found("Operation"))?;
            Scoped {
                owner: format!("{id}/apis/{api_name}/operations/{name}"),
                kind: format!("{TYPE}/apis/operations/policies"),
                xml: &operation.policy,
            }
        }
        ["apis", _, ..] => {
            let (name, api) = api(target, &names[1])?;
            Scoped {
                owner: format!("{id}/apis/{name}"),
                kind: format!("{TYPE}/apis/policies"),
                xml: &api.policy,
            }
        }
        ["products", _, ..] => {
            let (name, product) = find(&target.gateway.products, &names[1])
                .ok_or_else(|| ArmError::child_not_found("Product"))?;
            Scoped {
                owner: format!("{id}/products/{name}"),
                kind: format!("{TYPE}/products/policies"),
                xml: &product.policy,
            }
        }
        _ => Scoped {
            owner: id.clone(),
            kind: format!("{TYPE}/policies"),
            xml: match target.gateway.policy.as_str() {
                "" => DEFAULT_POLICY,
                own => own,
            },
        },
    })
}

fn policy(call: &Call<'_>, scoped: &Scoped<'_>) -> Option<Value> {
    if scoped.xml.is_empty() {
        return None;
    }
    let (format, value) = formatted(call, scoped.xml);
    Some(json!({
        "id": format!("{}/policies/policy", scoped.owner),
        "type": scoped.kind,
        "name": "policy",
        "properties": {"format": format, "value": value},
    }))
}

fn fragment(call: &Call<'_>, service: &str, name: &str, xml: &str) -> Value {
    let (format, value) = formatted(call, xml);
    json!({
        "id": format!("{service}/policyFragments/{name}"),
        "type": format!("{TYPE}/policyFragments"),
        "name": name,
        "properties": {"format": format, "value": value, "description": null, "provisioningState": "Succeeded"},
    })
}

/// `rawxml` as the policy was written; `xml`, the default, with its expressions escaped.
fn formatted(call: &Call<'_>, xml: &str) -> (&'static str, String) {
    match call.query.get("format").map(String::as_str) {
        Some("rawxml") => ("rawxml", xml.to_owned()),
        _ => ("xml", escape_expressions(xml)),
    }
}

fn marked(body: &Value) -> Response<Bytes> {
    let text = format!("{BOM}{body}");
    reply::raw(200, "application/json; charset=utf-8", text)
}

/// Escapes what lies inside `@(...)` and `@{...}`, unless it is escaped already.
fn escape_expressions(xml: &str) -> String {
    let mut escaped = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(start) = rest.find("@(").or_else(|| rest.find("@{")) {
        let start = rest.find("@{").map_or(start, |other| start.min(other));
        let (before, expression) = rest.split_at(start);
        let end = expression_end(expression);
        escaped.push_str(before);
        escaped.push_str(&escape(&expression[..end]));
        rest = &expression[end..];
    }
    escaped.push_str(rest);
    escaped
}

/// Length of the expression that `text` begins with: to the bracket that closes its first one, outside of strings.
fn expression_end(text: &str) -> usize {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut skip = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if skip => skip = false,
            '\\' if quoted => skip = true,
            '"' => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth += 1,
            ')' | '}' | ']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + character.len_utf8();
                }
            }
            _ => {}
        }
    }
    text.len()
}

fn escape(text: &str) -> String {
    const ENTITIES: &[&str] = &["&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"];
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '&' if ENTITIES.iter().any(|entity| text[at..].starts_with(entity)) => {
                escaped.push('&');
            }
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_expressions_are_escaped_and_only_once() {
        assert_eq!(
            escape_expressions(r#"<a b="@(x["k"] > 1 && s == ")")" c="d" />"#),
            r#"<a b="@(x[&quot;k&quot;] &gt; 1 &amp;&amp; s == &quot;)&quot;)" c="d" />"#
        );
        assert_eq!(
            escape_expressions("<a>@{ return a &lt; b; }</a>"),
            "<a>@{ return a &lt; b; }</a>"
        );
        assert_eq!(
            escape_expressions("<a b=\"c&amp;d\" />"),
            "<a b=\"c&amp;d\" />"
        );
    }
}
