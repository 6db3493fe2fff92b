//! Which backends a policy can forward to.
//!
//! Raw policy XML is not always XML: expressions stand in it unescaped. So it is scanned, not parsed. Where an expression
//! decides, every backend whose name it spells out counts, and if it spells none, every backend of the gateway.

use crate::model::{Gateway, NamedValue};

/// Where a policy can forward to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A backend of the gateway, by id.
    Backend(String),
    /// A URL of its own.
    Url(String),
    /// Any backend: an expression decides, and does not say among which.
    Any,
}

/// Destinations that `set-backend-service` names in a policy of `gateway`, fragments included, in order and each once;
/// empty where the policy sets none.
pub fn destinations(xml: &str, gateway: &Gateway) -> Vec<Destination> {
    let mut found = Vec::new();
    collect(xml, gateway, MOST_DEPTH, &mut found);
    found
}

/// Whether a policy lets the policies of the wider scope run.
pub fn has_base(xml: &str) -> bool {
    without_comments(xml).contains("<base")
}

/// Fragments may include fragments; no deeper than this.
const MOST_DEPTH: u32 = 4;

fn collect(xml: &str, gateway: &Gateway, depth: u32, found: &mut Vec<Destination>) {
    let xml = without_comments(xml);
    for element in elements(&xml, "set-backend-service", "include-fragment") {
        if let Some(id) = attribute(element, "fragment-id") {
            let fragment = gateway.fragments.get(&id);
            if let (Some(fragment), true) = (fragment, depth > 0) {
                collect(fragment, gateway, depth - 1, found);
            }
            continue;
        }
        let backend = attribute(element, "backend-id");
        let url = attribute(element, "base-url");
        match (backend, url) {
            (Some(value), _) => add(resolve(&value, &xml, gateway, Destination::Backend), found),
            (None, Some(value)) => add(resolve(&value, &xml, gateway, Destination::Url), found),
            (None, None) => {}
        }
    }
}

fn add(new: Vec<Destination>, found: &mut Vec<Destination>) {
    for one in new {
        if !found.contains(&one) {
            found.push(one);
        }
    }
}

fn resolve(
    value: &str,
    xml: &str,
    gateway: &Gateway,
    plain: fn(String) -> Destination,
) -> Vec<Destination> {
    let value = named(&unescaped(value), &gateway.named_values);
    if !value.trim_start().starts_with("@(") && !value.trim_start().starts_with("@{") {
        return vec![plain(value.trim().to_owned())];
    }
    // The expression itself first; a variable of it may have been set elsewhere in the policy.
    for text in [value, unescaped(xml)] {
        let spelt: Vec<Destination> = gateway
            .backends
            .iter()
            .filter(|backend| text.contains(&format!("\"{}\"", backend.name)))
            .map(|backend| Destination::Backend(backend.name.to_string()))
            .collect();
        if !spelt.is_empty() {
            return spelt;
        }
    }
    vec![Destination::Any]
}

/// `{{name}}` replaced by the named value, where it is not secret.
fn named(text: &str, values: &[NamedValue]) -> String {
    values
        .iter()
        .fold(text.to_owned(), |text, one| match &one.value {
            Some(value) => text.replace(&format!("{{{{{}}}}}", one.name), value),
            None => text,
        })
}

/// The start tags of two kinds of element, in order. A tag ends where its quotes and parentheses are closed.
fn elements<'a>(xml: &'a str, one: &str, other: &str) -> Vec<&'a str> {
    let mut tags = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let is_asked = [one, other].iter().any(|name| {
            rest.strip_prefix(name)
                .is_some_and(|after| after.starts_with([' ', '\t', '\r', '\n', '/', '>']))
        });
        if is_asked {
            tags.push(rest);
        }
    }
    tags
}

/// Value of an attribute of the tag that `tag` begins with.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let end = tag_end(tag);
    let tag = tag.get(..end)?;
    let mut from = 0;
    loop {
        let at = from + tag.get(from..)?.find(name)?;
        from = at + name.len();
        let is_whole = tag.get(..at)?.ends_with(char::is_whitespace);
        let after = tag.get(from..)?.trim_start();
        let Some(after) = after.strip_prefix('=').filter(|_| is_whole) else {
            continue;
        };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = after.get(1..)?;
        let length = value_end(value, quote)?;
        return value.get(..length).map(str::to_owned);
    }
}

/// Where the value ends: at its quote, outside of the parentheses of an expression.
fn value_end(value: &str, quote: char) -> Option<usize> {
    let is_expression = value.starts_with("@(") || value.starts_with("@{");
    let mut depth = 0_i32;
    for (at, c) in value.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            _ if c == quote && (!is_expression || depth <= 0) => return Some(at),
            _ => {}
        }
    }
    None
}

fn tag_end(tag: &str) -> usize {
    let mut at = 0;
    while let Some(step) = tag.get(at..).and_then(|rest| rest.find(['>', '"', '\''])) {
        let here = at + step;
        let c = tag.get(here..).and_then(|rest| rest.chars().next());
        match c {
            Some(quote @ ('"' | '\'')) => {
                let value = tag.get(here + 1..).unwrap_or_default();
                match value_end(value, quote) {
                    Some(length) => at = here + 1 + length + 1,
                    None => return tag.len(),
                }
            }
            _ => return here,
        }
    }
    tag.len()
}

fn without_comments(xml: &str) -> String {
    let mut kept = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Backend;

    fn gateway() -> Gateway {
        Gateway {
            backends: ["foundry1", "foundry2", "pool"]
                .map(|name| Backend {
                    name: name.into(),
                    ..Backend::default()
                })
                .into(),
            named_values: vec![NamedValue {
                name: "where".into(),
                value: Some("foundry2".into()),
            }],
            fragments: [(
                "f".to_owned(),
                "<fragment><set-backend-service backend-id='pool'/></fragment>".to_owned(),
            )]
            .into(),
            ..Gateway::default()
        }
    }

    fn backends(xml: &str) -> Vec<Destination> {
        destinations(xml, &gateway())
    }

    fn backend(name: &str) -> Destination {
        Destination::Backend(name.into())
    }

    #[test]
    fn plain_names_named_values_and_urls_are_read() {
        assert_eq!(
            backends(
                r#"<policies><inbound><base /><set-backend-service id="x" backend-id="pool" /></inbound></policies>"#
            ),
            [backend("pool")]
        );
        assert_eq!(
            backends(r#"<set-backend-service backend-id="{{where}}"/>"#),
            [backend("foundry2")]
        );
        assert_eq!(
            backends(r#"<set-backend-service base-url="https://a.openai.azure.com/openai" />"#),
            [Destination::Url("https://a.openai.azure.com/openai".into())]
        );
        assert_eq!(
            backends(r#"<include-fragment fragment-id="f" />"#),
            [backend("pool")]
        );
        assert_eq!(
            backends("<policies><inbound><base /></inbound></policies>"),
            []
        );
        assert_eq!(
            backends("<!-- <set-backend-service backend-id=\"pool\"/> -->"),
            []
        );
        assert_eq!(backends("<set-backend-service-x backend-id=\"pool\"/>"), []);
    }

    #[test]
    fn an_expression_counts_every_backend_it_spells() {
        let choose = r#"<set-backend-service backend-id="@(context.Request.Headers.GetValueOrDefault("x","") == "a" ? "foundry1" : "foundry2")" />"#;
        assert_eq!(backends(choose), [backend("foundry1"), backend("foundry2")]);
        let variable = r#"<set-variable name="b" value="@("foundry1")" /><set-backend-service backend-id="@((string)context.Variables["b"])" />"#;
        assert_eq!(backends(variable), [backend("foundry1")]);
        let escaped =
            "<set-backend-service backend-id=\"@(true ? &quot;foundry2&quot; : null)\" />";
        assert_eq!(backends(escaped), [backend("foundry2")]);
        let hidden = r#"<set-backend-service backend-id="@(context.Variables.Get())" />"#;
        assert_eq!(backends(hidden), [Destination::Any]);
    }

    #[test]
    fn a_fragment_that_includes_itself_ends() {
        let mut gateway = gateway();
        gateway
            .fragments
            .insert("f".into(), "<include-fragment fragment-id=\"f\"/>".into());
        assert_eq!(
            destinations("<include-fragment fragment-id=\"f\"/>", &gateway),
            []
        );
    }

    #[test]
    fn broken_xml_is_read_as_far_as_it_goes() {
        assert_eq!(backends("<set-backend-service backend-id=\"po"), []);
        assert_eq!(backends("<set-backend-service backend-id=\"@((\" ü"), []);
        assert!(has_base("<base />") && !has_base("<!--<base/>-->"));
    }
}
