//! The functions of templates that a file alone decides.
//!
//! Source: Microsoft Learn, ARM template functions. What only Azure knows (`uniqueString`, `subscription`, …) is a
//! stand-in that is the same wherever it is asked for.

use super::expression::Evaluated;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Stand-ins for what a template is deployed to.
pub(super) const GROUP: &str = "RESOURCE_GROUP";
pub(super) const SUBSCRIPTION: &str = "SUBSCRIPTION";
const LOCATION: &str = "LOCATION";

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Value]) -> Evaluated {
    let name = name.to_ascii_lowercase();
    let known = strings(&name, arguments)
        .or_else(|| lists(&name, arguments))
        .or_else(|| numbers(&name, arguments))
        .or_else(|| around(&name, arguments));
    known.unwrap_or_else(|| Err(format!("{name}() of these values is not evaluated")))
}

/// A member of an object, in any case.
pub(super) fn member(of: &Value, name: &str) -> Evaluated {
    let members = of.as_object().into_iter().flatten();
    let mut own = members.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let found = own.next().map(|(_, value)| value.clone());
    found.ok_or_else(|| format!("there is no member {name}"))
}

/// A yes or a no.
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(is) => Ok(*is),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err("a condition is neither true nor false".to_owned()),
    }
}

fn strings(name: &str, arguments: &[Value]) -> Option<Evaluated> {
    let text = |at: usize| arguments.get(at).and_then(Value::as_str);
    let number = |at: usize| {
        let number = arguments.get(at).and_then(Value::as_u64)?;
        usize::try_from(number).ok()
    };
    let found: Value = match name {
        "concat" if !arguments.iter().any(Value::is_array) => {
            arguments.iter().map(written).collect::<String>().into()
        }
        "format" => format(text(0)?, arguments.get(1..)?).into(),
        "tolower" => text(0)?.to_lowercase().into(),
        "toupper" => text(0)?.to_uppercase().into(),
        "trim" => text(0)?.trim().into(),
        "replace" => text(0)?.replace(text(1)?, text(2)?).into(),
        "string" => written(arguments.first()?).into(),
        "substring" => {
            let rest = text(0)?.chars().skip(number(1)?);
            let length = number(2).unwrap_or(usize::MAX);
            rest.take(length).collect::<String>().into()
        }
        "split" => {
            let separators: Vec<&str> = match arguments.get(1)? {
                Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
                one => vec![one.as_str()?],
            };
            let first = separators.first()?;
            let whole = separators
                .iter()
                .fold(text(0)?.to_owned(), |whole, one| whole.replace(one, first));
            let parts: Vec<Value> = whole.split(*first).map(Value::from).collect();
            parts.into()
        }
        "join" => {
            let items: Vec<String> = arguments.first()?.as_array()?.iter().map(written).collect();
            items.join(text(1)?).into()
        }
        "startswith" => text(0)?
            .to_lowercase()
            .starts_with(&text(1)?.to_lowercase())
            .into(),
        "endswith" => text(0)?
            .to_lowercase()
            .ends_with(&text(1)?.to_lowercase())
            .into(),
        "indexof" => match text(0)?.find(text(1)?) {
            Some(at) => at.into(),
            None => (-1).into(),
        },
        "json" => serde_json::from_str(text(0)?).ok()?,
        "uricomponent" => {
            let set = percent_encoding::NON_ALPHANUMERIC;
            percent_encoding::utf8_percent_encode(text(0)?, set)
                .to_string()
                .into()
        }
        "uri" => match text(0)?.ends_with('/') {
            true => format!("{}{}", text(0)?, text(1)?.trim_start_matches('/')).into(),
            false => format!("{}/{}", text(0)?, text(1)?.trim_start_matches('/')).into(),
        },
        "base64tostring" | "base64" => {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::STANDARD;
            match name {
                "base64" => engine.encode(text(0)?).into(),
                _ => String::from_utf8(engine.decode(text(0)?).ok()?)
                    .ok()?
                    .into(),
            }
        }
        _ => return None,
    };
    Some(Ok(found))
}

fn lists(name: &str, arguments: &[Value]) -> Option<Evaluated> {
    let first = arguments.first();
    let count = |at: usize| usize::try_from(arguments.get(at)?.as_u64()?).ok();
    let found: Value = match name {
        "concat" | "union" if arguments.iter().all(Value::is_array) => {
            let mut all: Vec<Value> = Vec::new();
            for item in arguments.iter().filter_map(Value::as_array).flatten() {
                if name == "concat" || !all.contains(item) {
                    all.push(item.clone());
                }
            }
            all.into()
        }
        "union" | "shallowmerge" => {
            let mut all = Map::new();
            for object in arguments {
                let members = object.as_object()?.iter();
                all.extend(members.map(|(name, value)| (name.clone(), value.clone())));
            }
            all.into()
        }
        "createarray" => arguments.to_vec().into(),
        "array" => match first? {
            Value::Array(items) => items.clone().into(),
            one => vec![one.clone()].into(),
        },
        "createobject" => {
            let pairs = arguments.chunks_exact(2);
            let pairs = pairs.map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].clone())));
            pairs.collect::<Option<Map<String, Value>>>()?.into()
        }
        "items" => {
            let pairs = first?.as_object()?.iter();
            pairs
                .map(|(key, value)| json!({"key": key, "value": value}))
                .collect::<Vec<_>>()
                .into()
        }
        "length" => length(first?)?.into(),
        "empty" => match first? {
            Value::Null => true.into(),
            value => (length(value)? == 0).into(),
        },
        "contains" => match (first?, arguments.get(1)?) {
            (Value::Array(items), one) => items.contains(one).into(),
            (Value::Object(members), Value::String(name)) => members.contains_key(name).into(),
            (Value::String(text), Value::String(one)) => text.contains(one.as_str()).into(),
            _ => return None,
        },
        "first" | "last" => match first? {
            Value::Array(items) => {
                let one = if name == "first" {
                    items.first()
                } else {
                    items.last()
                };
                one.cloned().unwrap_or_default()
            }
            Value::String(text) => {
                let one = if name == "first" {
                    text.chars().next()
                } else {
                    text.chars().last()
                };
                one.map(String::from).unwrap_or_default().into()
            }
            _ => return None,
        },
        "take" | "skip" => match first? {
            Value::Array(items) => {
                let at = count(1)?.min(items.len());
                let part = if name == "take" {
                    &items[..at]
                } else {
                    &items[at..]
                };
                part.to_vec().into()
            }
            Value::String(text) => {
                let at = count(1)?;
                let part: String = match name {
                    "take" => text.chars().take(at).collect(),
                    _ => text.chars().skip(at).collect(),
                };
                part.into()
            }
            _ => return None,
        },
        "range" => {
            let start = first?.as_i64()?;
            let numbers =
                (0..count(1)?.min(10_000)).map(|at| start + i64::try_from(at).unwrap_or(0));
            numbers.map(Value::from).collect::<Vec<_>>().into()
        }
        "tryget" => arguments
            .get(1..)?
            .iter()
            .try_fold(first?.clone(), |of, key| match key {
                Value::String(name) => Some(member(&of, name).unwrap_or_default()),
                at => Some(
                    of.get(usize::try_from(at.as_u64()?).ok()?)
                        .cloned()
                        .unwrap_or_default(),
                ),
            })?,
        _ => return None,
    };
    Some(Ok(found))
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn numbers(name: &str, arguments: &[Value]) -> Option<Evaluated> {
    let number = |at: usize| arguments.get(at).and_then(Value::as_i64);
    let found: Value = match name {
        "equals" => match (arguments.first()?, arguments.get(1)?) {
            (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other).into(),
            (one, other) => (one == other).into(),
        },
        "not" => (!truth(arguments.first()?).ok()?).into(),
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        "greater" => (number(0)? > number(1)?).into(),
        "greaterorequals" => (number(0)? >= number(1)?).into(),
        "less" => (number(0)? < number(1)?).into(),
        "lessorequals" => (number(0)? <= number(1)?).into(),
        "add" => number(0)?.checked_add(number(1)?)?.into(),
        "sub" => number(0)?.checked_sub(number(1)?)?.into(),
        "mul" => number(0)?.checked_mul(number(1)?)?.into(),
        "div" => number(0)?.checked_div(number(1)?)?.into(),
        "mod" => number(0)?.checked_rem(number(1)?)?.into(),
        "int" => match arguments.first()? {
            Value::String(text) => text.parse::<i64>().ok()?.into(),
            value => value.as_i64()?.into(),
        },
        "bool" => truth(arguments.first()?).ok()?.into(),
        _ => return None,
    };
    Some(Ok(found))
}

/// What only Azure knows, as stand-ins.
fn around(name: &str, arguments: &[Value]) -> Option<Evaluated> {
    let texts: Vec<String> = arguments.iter().map(written).collect();
    let found: Value = match name {
        "resourceid" => id(
            &texts,
            &format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"),
        )?
        .into(),
        "subscriptionresourceid" => id(&texts, &format!("/subscriptions/{SUBSCRIPTION}"))?.into(),
        "tenantresourceid" => id(&texts, "")?.into(),
        "extensionresourceid" => id(texts.get(1..)?, texts.first()?)?.into(),
        "uniquestring" => hashed(&texts).chars().take(13).collect::<String>().into(),
        "guid" => {
            let hash = hashed(&texts);
            format!(
                "{}-{}-{}-{}-{}",
                &hash[..8],
                &hash[8..12],
                &hash[12..16],
                &hash[16..20],
                &hash[20..32]
            )
            .into()
        }
        "resourcegroup" => json!({
            "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"),
            "name": GROUP, "location": LOCATION, "tags": {},
        }),
        "subscription" => json!({
            "id": format!("/subscriptions/{SUBSCRIPTION}"), "subscriptionId": SUBSCRIPTION, "tenantId": "TENANT",
        }),
        "tenant" => json!({"tenantId": "TENANT"}),
        "deployment" => json!({"name": "DEPLOYMENT", "location": LOCATION, "properties": {}}),
        "environment" => json!({
            "name": "AzureCloud",
            "resourceManager": "https://management.azure.com/",
            "authentication": {"loginEndpoint": "https://login.microsoftonline.com/", "audiences": ["https://management.azure.com/"]},
            "suffixes": {"storage": "core.windows.net", "keyvaultDns": ".vault.azure.net"},
        }),
        _ => return None,
    };
    Some(Ok(found))
}

/// `[subscription, group,] type, names…` as the id of a resource below a scope.
fn id(texts: &[String], scope: &str) -> Option<String> {
    let at = texts
        .iter()
        .position(|text| text.contains('/') && text.contains('.'))?;
    let (kind, names) = (texts.get(at)?, texts.get(at + 1..)?);
    let mut parts = kind.split('/');
    let mut id = format!("{scope}/providers/{}", parts.next()?);
    for (part, name) in parts.zip(names) {
        id.push_str(&format!("/{part}/{name}"));
    }
    Some(id)
}

fn hashed(texts: &[String]) -> String {
    let digest = Sha256::digest(texts.join("\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(is) => if *is { "True" } else { "False" }.to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// `{0}` and `{0:D2}` replaced; a doubled brace stands for one.
fn format(pattern: &str, values: &[Value]) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else if brace == "{"
            && let Some(end) = rest.find('}')
        {
            let inside = rest[..end].split([':', ',']).next().unwrap_or_default();
            let value = inside.parse::<usize>().ok().and_then(|at| values.get(at));
            text.push_str(&value.map(written).unwrap_or_default());
            rest = &rest[end + 1..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, arguments: Value) -> Value {
        call(name, arguments.as_array().unwrap()).unwrap_or(json!("?"))
    }

    #[test]
    fn functions_do_what_they_do_in_a_deployment() {
        for (name, arguments, value) in [
            ("concat", json!(["a", 1, "b"]), json!("a1b")),
            ("concat", json!([[1], [2]]), json!([1, 2])),
            ("format", json!(["{0}/{1}{{x}}", "a", 2]), json!("a/2{x}")),
            ("replace", json!(["a{b}", "{b}", "c"]), json!("ac")),
            ("split", json!(["a,b", ","]), json!(["a", "b"])),
            (
                "union",
                json!([{"a": 1}, {"a": 2, "b": 3}]),
                json!({"a": 2, "b": 3}),
            ),
            ("take", json!(["abc", 2]), json!("ab")),
            ("equals", json!(["A", "a"]), json!(true)),
            ("tryGet", json!([{"a": {"b": 1}}, "a", "c"]), json!(null)),
            ("substring", json!(["abcdef", 1, 3]), json!("bcd")),
            ("div", json!([1, 0]), json!("?")),
            ("listKeys", json!(["x"]), json!("?")),
            (
                "extensionResourceId",
                json!(["/s", "Microsoft.A/b", "n"]),
                json!("/s/providers/Microsoft.A/b/n"),
            ),
        ] {
            assert_eq!(said(name, arguments.clone()), value, "{name} {arguments}");
        }
        let id = said(
            "resourceId",
            json!(["Microsoft.ApiManagement/service/backends", "apim", "b"]),
        );
        assert_eq!(
            id,
            "/subscriptions/SUBSCRIPTION/resourceGroups/RESOURCE_GROUP/providers/Microsoft.ApiManagement/service/apim/backends/b"
        );
        assert_eq!(
            said("uniqueString", json!(["x"])),
            said("uniqueString", json!(["x"]))
        );
        assert_eq!(
            said("uniqueString", json!(["x"])).as_str().unwrap().len(),
            13
        );
    }
}
