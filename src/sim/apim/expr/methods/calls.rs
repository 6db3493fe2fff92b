//! Methods of JSON, containers, times and what else has some.

use super::super::ast::Type;
use super::super::token::Token;
use super::super::value::{Thrown, Tool, Value};
use super::{call_class, encode, index, pick, text, wrong_type};
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

pub(super) fn token_value(token: &Token, key: &Value, to: Option<Type>) -> Result<Value, Thrown> {
    let found = index(&Value::Json(token.clone()), key)?;
    match (found, to) {
        (Value::Null, Some(Type::Int)) => Ok(Value::Int(0)),
        (Value::Null, Some(Type::Bool)) => Ok(Value::Bool(false)),
        (Value::Null, Some(Type::Double)) => Ok(Value::Double(0.0)),
        (found, Some(to)) if !found.is_null() => found.cast(to),
        (found, _) => Ok(found),
    }
}

pub(super) fn token_call(
    token: &Token,
    name: &str,
    to: Option<Type>,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let or_null = |found: Option<Token>| found.map_or(Value::Null, Value::Json);
    Ok(match name {
        "ToObject" => Value::Json(token.clone()).cast(to.unwrap_or(Type::Json))?,
        "ContainsKey" => Value::Bool(token.get(&first.print()).is_some()),
        "GetValue" => {
            let wanted = first.print();
            let found = token.get(&wanted).or_else(|| {
                let ignores_case = arguments
                    .get(1)
                    .is_some_and(|how| how.print().ends_with("IgnoreCase"));
                let mut members = token.members().into_iter();
                members
                    .find(|(name, _)| ignores_case && name.eq_ignore_ascii_case(&wanted))
                    .map(|(_, found)| found)
            });
            or_null(found)
        }
        "TryGetValue" => {
            let found = token.get(&first.print());
            Value::Pair((Value::Bool(found.is_some()), or_null(found)).into())
        }
        "Property" => match token.get(&first.print()) {
            Some(found) => Value::Property(first.print(), found),
            None => Value::Null,
        },
        "Properties" => Value::list(
            token
                .members()
                .into_iter()
                .map(|(name, value)| Value::Property(name, value))
                .collect(),
        ),
        "SelectToken" => or_null(token.select(&first.print())),
        "DeepClone" => Value::Json(token.deep_copy()),
        "Remove" => Value::Bool(token.remove(&first.print())),
        "RemoveAt" => {
            let at = usize::try_from(first.as_int()?).unwrap_or(usize::MAX);
            Value::Bool(token.remove_at(at))
        }
        "Contains" => Value::Bool(
            token
                .items()
                .iter()
                .any(|it| Value::Json(it.clone()).equals(first)),
        ),
        _ => match token.scalar() {
            // A text in JSON is often used as one.
            Some(Json::String(own)) => text::call(&own, name, arguments)?,
            _ => return Err(wrong_type(name, &Value::Json(token.clone()))),
        },
    })
}

pub(super) fn container_call(
    value: &Value,
    name: &str,
    to: Option<Type>,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    match (value, name) {
        (Value::List(items), "Contains") => {
            let ignores_case = arguments
                .get(1)
                .is_some_and(|how| how.print().ends_with("IgnoreCase"));
            let wanted = first.print().to_lowercase();
            Ok(Value::Bool(items.lock().iter().any(|item| {
                item.equals(first) || (ignores_case && item.print().to_lowercase() == wanted)
            })))
        }
        (Value::List(items), "IndexOf") => {
            let at = items.lock().iter().position(|item| item.equals(first));
            Ok(Value::Int(at.map_or(-1, |at| at as i64)))
        }
        (Value::List(items), "Insert") => {
            let mut items = items.lock();
            let at = usize::try_from(first.as_int()?)
                .unwrap_or(usize::MAX)
                .min(items.len());
            items.insert(at, arguments.get(1).cloned().unwrap_or(Value::Null));
            Ok(Value::Null)
        }
        (Value::List(items), "AddRange") => {
            let added = match first {
                Value::List(added) => added.lock().clone(),
                Value::Json(token) => token.items().into_iter().map(Value::Json).collect(),
                _ => return Err(wrong_type(name, first)),
            };
            items.lock().extend(added);
            Ok(Value::Null)
        }
        (Value::List(items), "Remove") => {
            let mut items = items.lock();
            let at = items.iter().position(|item| item.equals(first));
            Ok(Value::Bool(at.map(|at| items.remove(at)).is_some()))
        }
        (Value::List(items), "RemoveAt") => {
            let mut items = items.lock();
            let at = usize::try_from(first.as_int()?).unwrap_or(usize::MAX);
            pick(&items, first.as_int()?)?;
            items.remove(at);
            Ok(Value::Null)
        }
        (Value::List(items), "Clear") => {
            items.lock().clear();
            Ok(Value::Null)
        }
        (Value::Map(entries), _) => {
            let found = entries
                .lock()
                .iter()
                .find(|(known, _)| known.equals(first))
                .map(|(_, found)| found.clone());
            match name {
                "ContainsKey" => Ok(Value::Bool(found.is_some())),
                "TryGetValue" => Ok(Value::Pair(
                    (Value::Bool(found.is_some()), found.unwrap_or(Value::Null)).into(),
                )),
                "GetValueOrDefault" => Ok(or_given(found, arguments.get(1), to)),
                "Remove" => {
                    entries.lock().retain(|(known, _)| !known.equals(first));
                    Ok(Value::Bool(found.is_some()))
                }
                "Clear" => {
                    entries.lock().clear();
                    Ok(Value::Null)
                }
                _ => Err(wrong_type(name, value)),
            }
        }
        _ => Err(wrong_type(name, value)),
    }
}

/// Several values of one name come in one text, unless a list was asked for.
fn or_given(found: Option<Value>, default: Option<&Value>, to: Option<Type>) -> Value {
    let wants_list = matches!(default, Some(Value::List(_))) || to == Some(Type::Object);
    match found {
        Some(Value::List(items)) if !wants_list => {
            let texts: Vec<String> = items.lock().iter().map(Value::print).collect();
            Value::String(texts.join(","))
        }
        Some(found) => found,
        None => default.cloned().unwrap_or(Value::Null),
    }
}

pub(super) fn builder_call(
    value: &Value,
    own: &mut String,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().map(Value::print).unwrap_or_default();
    match name {
        "Append" => own.push_str(&first),
        "AppendLine" => {
            own.push_str(&first);
            own.push('\n');
        }
        "Clear" => own.clear(),
        "Replace" => {
            *own = own.replace(
                &first,
                &arguments.get(1).map(Value::print).unwrap_or_default(),
            );
        }
        _ => {
            return Err(Thrown(format!(
                "'StringBuilder' does not contain a definition for '{name}'."
            )));
        }
    }
    Ok(value.clone())
}

pub(super) fn tool_call(tool: &Tool, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    match (tool, name) {
        (Tool::Random(state), "NextDouble") => Ok(Value::Double(fraction(&mut state.lock()))),
        (Tool::Random(state), "Next") => {
            let (least, most) = match arguments {
                [] => (0, i64::from(i32::MAX)),
                [most] => (0, most.as_int()?),
                [least, most, ..] => (least.as_int()?, most.as_int()?),
            };
            let drawn = fraction(&mut state.lock()) * (most - least).max(0) as f64;
            Ok(Value::Int(least + drawn as i64))
        }
        (Tool::Sha256, "ComputeHash") => Ok(Value::Bytes(Bytes::from(
            Sha256::digest(text::bytes(first)?).to_vec(),
        ))),
        (Tool::Hmac(key), "ComputeHash") => {
            Ok(Value::Bytes(encode::hmac_sha256(key, text::bytes(first)?)))
        }
        (Tool::Utf8, "GetBytes") => Ok(Value::Bytes(Bytes::from(
            text::text(first)?.to_owned().into_bytes(),
        ))),
        (Tool::Utf8, "GetString") => Ok(Value::String(
            String::from_utf8_lossy(text::bytes(first)?).into_owned(),
        )),
        (Tool::Pattern(pattern), _) => {
            let mut given = vec![first.clone(), Value::String(pattern.clone())];
            given.extend(arguments.get(1).cloned());
            call_class("Regex", name, &given)
        }
        _ => Err(Thrown(format!("'{name}' is not defined."))),
    }
}

/// The next number from 0 to 1 (SplitMix64).
fn fraction(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

pub(super) fn time_call(it: jiff::Timestamp, name: &str, first: &Value) -> Result<Value, Thrown> {
    let unit = match name {
        "ToUniversalTime" | "ToLocalTime" => return Ok(Value::Time(it)),
        "ToUnixTimeSeconds" => return Ok(Value::Int(it.as_second())),
        "ToUnixTimeMilliseconds" => return Ok(Value::Int(it.as_millisecond())),
        "Subtract" => {
            return match first {
                Value::Time(other) => Ok(Value::Span(it.duration_since(*other))),
                Value::Span(span) => Ok(Value::Time(it - *span)),
                other => Err(wrong_type(name, other)),
            };
        }
        "CompareTo" => {
            return match first {
                Value::Time(other) => Ok(Value::Int(it.cmp(other) as i64)),
                other => Err(wrong_type(name, other)),
            };
        }
        "Add" => {
            return match first {
                Value::Span(span) => Ok(Value::Time(it + *span)),
                other => Err(wrong_type(name, other)),
            };
        }
        "AddTicks" => 1e-7,
        "AddMilliseconds" => 1e-3,
        "AddSeconds" => 1.0,
        "AddMinutes" => 60.0,
        "AddHours" => 3600.0,
        "AddDays" => 86_400.0,
        _ => return Err(wrong_type(name, &Value::Time(it))),
    };
    SignedDuration::try_from_secs_f64(first.as_double()? * unit)
        .ok()
        .and_then(|span| it.checked_add(span).ok())
        .map(Value::Time)
        .ok_or_else(|| {
            Thrown("The added or subtracted value results in an un-representable DateTime.".into())
        })
}
