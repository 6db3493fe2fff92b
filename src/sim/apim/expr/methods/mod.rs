//! Members and methods of values, and the static ones of known classes.

mod body;
mod classes;
mod encode;
mod text;

pub(crate) use body::{form, read_as};
pub(super) use classes::{CONSTANTS, METHODS as CLASS_METHODS, call_class, canonical, class_member};

use super::ast::Type;
use super::eval;
use super::time;
use super::token::Token;
use super::value::{Thrown, Tool, Value};
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Least and most arguments of a method.
pub(super) type Arity = (usize, usize);

/// Methods that the gateway answers for what it alone can look into.
const OF_HOST: [&str; 7] = [
    "GetValueOrDefault",
    "ContainsKey",
    "TryGetValue",
    "As",
    "AsFormUrlEncodedContent",
    "ToString",
    "Trace",
];

/// Members that a value can have.
pub(super) const MEMBERS: &[&str] = &[
    "Length", "Count", "HasValues", "Type", "Value", "Name", "Key", "Keys", "Values", "Success",
    "Groups", "Index", "Message", "StatusCode", "StatusReason", "Headers", "Body", "Claims",
    "Issuer", "Subject", "Audiences", "Id", "ExpirationTime", "NotBefore", "Algorithm", "Year",
    "Month", "Day", "Hour", "Minute", "Second", "Millisecond", "DayOfWeek", "DayOfYear", "Ticks",
    "Date", "TotalSeconds", "TotalMilliseconds", "TotalMinutes", "TotalHours", "TotalDays", "Days",
    "Hours", "Minutes", "Seconds", "Milliseconds", "Host", "Path", "AbsolutePath", "Scheme",
    "Query", "AbsoluteUri", "First", "Last", "Parent", "UtcDateTime", "DateTime", "UserId",
    "Password", "AccessToken", "HasValue", "Root", "Port", "PathAndQuery",
];

/// Methods that a value can have, beside those of lists and texts.
const METHODS: &[(&str, Arity)] = &[
    ("ToString", (0, 2)),
    ("Equals", (1, 2)),
    ("GetHashCode", (0, 0)),
    ("CompareTo", (1, 1)),
    ("Value", (0, 1)),
    ("ToObject", (0, 0)),
    ("Property", (1, 1)),
    ("Properties", (0, 0)),
    ("SelectToken", (1, 2)),
    ("DeepClone", (0, 0)),
    ("GetValue", (1, 2)),
    ("TryGetValue", (1, 2)),
    ("GetValueOrDefault", (1, 2)),
    ("ContainsKey", (1, 1)),
    ("Add", (1, 2)),
    ("AddRange", (1, 1)),
    ("Insert", (2, 2)),
    ("Remove", (0, 2)),
    ("RemoveAt", (1, 1)),
    ("Clear", (0, 0)),
    ("Append", (1, 1)),
    ("AppendLine", (0, 1)),
    ("As", (0, 1)),
    ("AsFormUrlEncodedContent", (0, 1)),
    ("Next", (0, 2)),
    ("NextDouble", (0, 0)),
    ("ComputeHash", (1, 1)),
    ("IsMatch", (1, 1)),
    ("Match", (1, 1)),
    ("GetBytes", (1, 1)),
    ("GetString", (1, 1)),
    ("AddSeconds", (1, 1)),
    ("AddMilliseconds", (1, 1)),
    ("AddMinutes", (1, 1)),
    ("AddHours", (1, 1)),
    ("AddDays", (1, 1)),
    ("AddTicks", (1, 1)),
    ("Subtract", (1, 1)),
    ("ToUniversalTime", (0, 0)),
    ("ToLocalTime", (0, 0)),
    ("ToUnixTimeSeconds", (0, 0)),
    ("ToUnixTimeMilliseconds", (0, 0)),
    ("Invoke", (0, 4)),
    ("Dispose", (0, 0)),
];

/// Least and most arguments of a method that some value has.
pub(super) fn arity(name: &str) -> Option<Arity> {
    let tables = [METHODS, text::METHODS, eval::LIST_METHODS];
    let known: Vec<Arity> = tables
        .iter()
        .flat_map(|table| table.iter())
        .filter(|(known, _)| *known == name)
        .map(|(_, arity)| *arity)
        .collect();
    let least = known.iter().map(|(least, _)| *least).min()?;
    let most = known.iter().map(|(_, most)| *most).max()?;
    Some((least, most))
}

/// Names of all methods that a value can have.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let tables = [METHODS, text::METHODS, eval::LIST_METHODS];
    tables.into_iter().flatten().map(|(name, _)| *name)
}

/// Whether the gateway answers a method of its own objects.
pub(super) fn is_of_host(name: &str) -> bool {
    OF_HOST.contains(&name)
}

/// `value.name`.
pub(super) fn member(value: &Value, name: &str) -> Result<Value, Thrown> {
    let int = |number: usize| Ok(Value::Int(number as i64));
    match (value, name) {
        (Value::Null, _) => Err(Thrown::null_reference()),
        (Value::String(text), "Length") => int(text.encode_utf16().count()),
        (Value::String(text), _) => text::url_member(text, name),
        (Value::Builder(text), "Length") => int(text.lock().encode_utf16().count()),
        (Value::Bytes(bytes), "Length" | "Count") => int(bytes.len()),
        (Value::List(items), "Length" | "Count") => int(items.lock().len()),
        (Value::Map(entries), "Count") => int(entries.lock().len()),
        (Value::Map(entries), "Keys") => {
            Ok(Value::list(entries.lock().iter().map(|(key, _)| key.clone()).collect()))
        }
        (Value::Map(entries), "Values") => {
            Ok(Value::list(entries.lock().iter().map(|(_, it)| it.clone()).collect()))
        }
        (Value::Pair(pair), "Key") => Ok(pair.0.clone()),
        (Value::Pair(pair), "Value") => Ok(pair.1.clone()),
        (Value::Property(name, _), "Name") => Ok(Value::String(name.clone())),
        (Value::Property(_, token), "Value") => Ok(Value::Json(token.clone())),
        (Value::Json(token), _) => token_member(token, name),
        (Value::Match(groups), _) => match name {
            "Success" => Ok(Value::Bool(groups.first().is_some_and(Option::is_some))),
            "Groups" => Ok(Value::list(
                groups
                    .iter()
                    .map(|group| Value::Match(vec![group.clone()].into()))
                    .collect(),
            )),
            "Value" => Ok(Value::String(value.print())),
            "Length" => int(value.print().encode_utf16().count()),
            _ => Err(wrong_type(name, value)),
        },
        (Value::Exception(message), "Message") => Ok(Value::String(message.clone())),
        (Value::Response(response), _) => match name {
            "StatusCode" => Ok(Value::Int(response.status.into())),
            "StatusReason" => Ok(Value::String(response.reason.clone())),
            "Headers" => Ok(Value::ResponseHeaders(response.clone())),
            "Body" => Ok(Value::ResponseBody(response.clone())),
            _ => Err(wrong_type(name, value)),
        },
        (Value::ResponseHeaders(response), _) => member(&body::headers(&response.headers), name),
        (Value::Jwt(payload), _) => jwt_member(payload, name),
        (Value::Time(it), _) => time_member(*it, name).ok_or_else(|| wrong_type(name, value)),
        (Value::Span(it), _) => span_member(*it, name).ok_or_else(|| wrong_type(name, value)),
        _ => Err(wrong_type(name, value)),
    }
}

fn token_member(token: &Token, name: &str) -> Result<Value, Thrown> {
    let or_null = |found: Option<Token>| Ok(found.map_or(Value::Null, Value::Json));
    match name {
        "Count" => Ok(Value::Int(token.items().len() as i64)),
        "HasValues" => Ok(Value::Bool(!token.items().is_empty())),
        "Type" => Ok(Value::String(token.type_name().into())),
        "First" => or_null(token.items().first().cloned()),
        "Last" => or_null(token.items().last().cloned()),
        // A member of an object without a name, or of one that is `dynamic`.
        _ => match token.get(name) {
            Some(found) => Ok(scalar_of(found)),
            None if name == "Value" && !token.is_object() => Ok(Value::Json(token.clone())),
            None => Err(wrong_type(name, &Value::Json(token.clone()))),
        },
    }
}

/// A scalar as C# holds it; a container as it is.
fn scalar_of(token: Token) -> Value {
    match token.scalar() {
        Some(Json::String(text)) => Value::String(text),
        Some(Json::Bool(flag)) => Value::Bool(flag),
        Some(Json::Number(number)) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Double(number.as_f64().unwrap_or_default()),
        },
        Some(Json::Null) => Value::Null,
        _ => Value::Json(token),
    }
}

fn jwt_member(payload: &Token, name: &str) -> Result<Value, Thrown> {
    let text = |claim: &str| payload.get(claim).map_or(Value::Null, |it| Value::String(Value::Json(it).print()));
    let time = |claim: &str| {
        payload
            .get(claim)
            .and_then(|it| it.to_json().as_i64())
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or(Value::Null, Value::Time)
    };
    Ok(match name {
        "Claims" => Value::map(
            payload
                .members()
                .into_iter()
                .map(|(name, value)| (Value::String(name), texts_of(&value)))
                .collect(),
        ),
        "Issuer" => text("iss"),
        "Subject" => text("sub"),
        "Id" => text("jti"),
        "Audiences" => payload.get("aud").map_or(Value::Null, |it| texts_of(&it)),
        "ExpirationTime" => time("exp"),
        "NotBefore" => time("nbf"),
        "Algorithm" => Value::String("RS256".into()),
        "Type" => Value::String("JWT".into()),
        _ => return Err(wrong_type(name, &Value::Jwt(payload.clone()))),
    })
}

/// A claim as the texts it holds.
fn texts_of(token: &Token) -> Value {
    let texts = if token.is_array() {
        token.items()
    } else {
        vec![token.clone()]
    };
    Value::list(
        texts
            .into_iter()
            .map(|it| Value::String(Value::Json(it).print()))
            .collect(),
    )
}

fn time_member(it: jiff::Timestamp, name: &str) -> Option<Value> {
    let moment = it.to_zoned(jiff::tz::TimeZone::UTC);
    let int = |number: i64| Some(Value::Int(number));
    match name {
        "Year" => int(moment.year().into()),
        "Month" => int(moment.month().into()),
        "Day" => int(moment.day().into()),
        "Hour" => int(moment.hour().into()),
        "Minute" => int(moment.minute().into()),
        "Second" => int(moment.second().into()),
        "Millisecond" => int(moment.millisecond().into()),
        "DayOfYear" => int(moment.day_of_year().into()),
        "DayOfWeek" => Some(Value::String(moment.strftime("%A").to_string())),
        "Ticks" => int(time::ticks(it)),
        "Date" => moment.start_of_day().ok().map(|day| Value::Time(day.timestamp())),
        "UtcDateTime" | "DateTime" | "Value" => Some(Value::Time(it)),
        _ => None,
    }
}

fn span_member(it: SignedDuration, name: &str) -> Option<Value> {
    let seconds = it.as_secs_f64();
    let whole = it.as_secs();
    Some(match name {
        "TotalMilliseconds" => Value::Double(seconds * 1000.0),
        "TotalSeconds" => Value::Double(seconds),
        "TotalMinutes" => Value::Double(seconds / 60.0),
        "TotalHours" => Value::Double(seconds / 3600.0),
        "TotalDays" => Value::Double(seconds / 86_400.0),
        "Days" => Value::Int(whole / 86_400),
        "Hours" => Value::Int(whole / 3600 % 24),
        "Minutes" => Value::Int(whole / 60 % 60),
        "Seconds" => Value::Int(whole % 60),
        "Milliseconds" => Value::Int(i64::from(it.subsec_millis())),
        "Ticks" => Value::Int(i64::try_from(it.as_nanos() / 100).unwrap_or(i64::MAX)),
        _ => return None,
    })
}

/// `value[index]`.
pub(super) fn index(value: &Value, index: &Value) -> Result<Value, Thrown> {
    match (value, index) {
        (Value::Null, _) => Err(Thrown::null_reference()),
        (Value::Json(token), Value::String(name)) if token.is_object() => {
            Ok(token.get(name).map_or(Value::Null, Value::Json))
        }
        (Value::Json(token), Value::Int(at)) if token.is_array() => {
            pick(&token.items(), *at).map(|found| Value::Json(found.clone()))
        }
        (Value::List(items), Value::Int(at)) => pick(&items.lock(), *at).cloned(),
        (Value::Bytes(bytes), Value::Int(at)) => pick(bytes, *at).map(|it| Value::Int((*it).into())),
        (Value::Map(entries), key) => entries
            .lock()
            .iter()
            .find(|(known, _)| known.equals(key))
            .map(|(_, found)| found.clone())
            .ok_or_else(Thrown::key_not_found),
        (Value::ResponseHeaders(response), key) => self::index(&body::headers(&response.headers), key),
        (Value::String(text), Value::Int(at)) => {
            let letters: Vec<char> = text.chars().collect();
            pick(&letters, *at).map(|letter| Value::String(letter.to_string()))
        }
        (value, index) => Err(Thrown(format!(
            "Cannot access child value on {} with {}.",
            value.type_name(),
            index.type_name()
        ))),
    }
}

/// `value[index] = new`.
pub(super) fn set_index(value: &Value, index: &Value, new: Value) -> Result<(), Thrown> {
    let is_set = match (value, index) {
        (Value::Json(token), Value::Int(at)) => {
            usize::try_from(*at).is_ok_and(|at| token.set_at(at, new.into_token()))
        }
        (Value::Json(token), key) => token.set(&key.print(), new.into_token()),
        (Value::List(items), Value::Int(at)) => {
            let mut items = items.lock();
            match usize::try_from(*at).ok().and_then(|at| items.get_mut(at)) {
                Some(old) => {
                    *old = new;
                    true
                }
                None => false,
            }
        }
        (Value::Map(entries), key) => {
            let mut entries = entries.lock();
            match entries.iter_mut().find(|(known, _)| known.equals(key)) {
                Some((_, old)) => *old = new,
                None => entries.push((key.clone(), new)),
            }
            true
        }
        _ => false,
    };
    if is_set {
        Ok(())
    } else {
        Err(Thrown("Index was outside the bounds of the array.".into()))
    }
}

/// `Add(item)` or `Add(key, value)`.
pub(super) fn add(value: &Value, given: &[Value]) -> Result<Value, Thrown> {
    let is_added = match (value, given) {
        (Value::Map(_) | Value::Json(_), [key, new]) => return set_index(value, key, new.clone()).map(|()| Value::Null),
        (Value::Json(token), [Value::Property(name, new)]) => token.set(name, new.clone()),
        (Value::Json(token), [item]) => token.push(item.clone().into_token()),
        (Value::List(items), [item]) => {
            items.lock().push(item.clone());
            true
        }
        (Value::Map(entries), [Value::Pair(pair)]) => {
            entries.lock().push((pair.0.clone(), pair.1.clone()));
            true
        }
        _ => false,
    };
    if is_added {
        // A set says whether the item was new.
        Ok(Value::Bool(true))
    } else {
        Err(wrong_type("Add", value))
    }
}

/// `value.name<type_argument>(arguments)`.
pub(super) fn call(
    value: &Value,
    name: &str,
    type_argument: Option<Type>,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let cast = |found: Value| match type_argument {
        Some(to) => found.cast(to),
        None => Ok(found),
    };
    if value.is_null() {
        return Err(Thrown::null_reference());
    }
    match (value, name) {
        (_, "ToString") => return Ok(Value::String(to_string(value, first))),
        (Value::String(own), "Equals") => return text::call(own, name, arguments),
        (_, "Equals") => return Ok(Value::Bool(value.equals(first))),
        (_, "GetHashCode") => return Ok(Value::Int(i64::from(crc32fast::hash(value.print().as_bytes()) >> 1))),
        (_, "Dispose") => return Ok(Value::Null),
        (_, "Add") => return add(value, arguments),
        (Value::Json(_) | Value::Property(..), "Value") if arguments.is_empty() => {
            let own = match value {
                Value::Property(_, token) => Value::Json(token.clone()),
                other => other.clone(),
            };
            return cast(own);
        }
        (Value::Json(token), "Value") => return token_value(token, first, type_argument),
        (Value::Json(token), _) => return token_call(token, name, type_argument, arguments),
        (Value::List(_) | Value::Map(_), _) => return container_call(value, name, type_argument, arguments),
        (Value::Builder(own), _) => return builder_call(value, &mut own.lock(), name, arguments),
        (Value::ResponseBody(response), "As") => {
            let keeps = match arguments.first() {
                Some(keeps) => keeps.as_bool()?,
                None => false,
            };
            let mut held = response.body.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let bytes = if keeps { held.clone() } else { std::mem::take(&mut *held) };
            return read_as(&bytes, type_argument.unwrap_or(Type::String));
        }
        (Value::ResponseHeaders(response), _) => {
            return container_call(&body::headers(&response.headers), name, type_argument, arguments);
        }
        (Value::Tool(tool), _) => return tool_call(tool, name, arguments),
        (Value::Time(it), _) => return time_call(*it, name, first),
        (Value::String(own), _) => return text::call(own, name, arguments),
        _ => {}
    }
    Err(wrong_type(name, value))
}

/// `ToString(how)`.
fn to_string(value: &Value, how: &Value) -> String {
    match (value, how) {
        (Value::Json(token), Value::String(how)) if how == "None" => token.to_json().to_string(),
        (Value::String(guid), Value::String(how)) if how == "N" => guid.replace('-', ""),
        (_, Value::String(how)) => formatted(value, Some(how)),
        _ => value.print(),
    }
}

/// `{value:format}`.
pub(super) fn formatted(value: &Value, format: Option<&str>) -> String {
    let Some(format) = format.map(str::trim) else {
        return value.print();
    };
    let digits = format.get(1..).and_then(|digits| digits.parse::<usize>().ok());
    match (value, format.chars().next()) {
        (Value::Time(it), _) => time::print(*it, Some(format)),
        (Value::Int(_) | Value::Double(_), Some('F' | 'f' | 'N' | 'n')) => {
            let number = value.as_double().unwrap_or_default();
            format!("{number:.*}", digits.unwrap_or(2))
        }
        (Value::Int(number), Some('D' | 'd')) => format!("{number:0width$}", width = digits.unwrap_or(1)),
        (Value::Int(number), Some('X')) => format!("{number:0width$X}", width = digits.unwrap_or(1)),
        (Value::Int(number), Some('x')) => format!("{number:0width$x}", width = digits.unwrap_or(1)),
        (Value::Int(number), Some('0')) => format!("{number:0width$}", width = format.len()),
        (Value::Double(number), Some('0')) => {
            let places = format.split_once('.').map_or(0, |(_, places)| places.len());
            format!("{number:.places$}")
        }
        _ => value.print(),
    }
}

fn token_value(token: &Token, key: &Value, to: Option<Type>) -> Result<Value, Thrown> {
    let found = index(&Value::Json(token.clone()), key)?;
    match (found, to) {
        (Value::Null, Some(Type::Int)) => Ok(Value::Int(0)),
        (Value::Null, Some(Type::Bool)) => Ok(Value::Bool(false)),
        (Value::Null, Some(Type::Double)) => Ok(Value::Double(0.0)),
        (found, Some(to)) if !found.is_null() => found.cast(to),
        (found, _) => Ok(found),
    }
}

fn token_call(
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
                let ignores_case = arguments.get(1).is_some_and(|how| how.print().ends_with("IgnoreCase"));
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
        "Contains" => Value::Bool(token.items().iter().any(|it| Value::Json(it.clone()).equals(first))),
        _ => match token.scalar() {
            // A text in JSON is often used as one.
            Some(Json::String(own)) => text::call(&own, name, arguments)?,
            _ => return Err(wrong_type(name, &Value::Json(token.clone()))),
        },
    })
}

fn container_call(
    value: &Value,
    name: &str,
    to: Option<Type>,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    match (value, name) {
        (Value::List(items), "Contains") => {
            let ignores_case = arguments.get(1).is_some_and(|how| how.print().ends_with("IgnoreCase"));
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
            let at = usize::try_from(first.as_int()?).unwrap_or(usize::MAX).min(items.len());
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
                "TryGetValue" => {
                    Ok(Value::Pair((Value::Bool(found.is_some()), found.unwrap_or(Value::Null)).into()))
                }
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

fn builder_call(
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
        "Replace" => *own = own.replace(&first, &arguments.get(1).map(Value::print).unwrap_or_default()),
        _ => return Err(Thrown(format!("'StringBuilder' does not contain a definition for '{name}'."))),
    }
    Ok(value.clone())
}

fn tool_call(tool: &Tool, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
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
        (Tool::Sha256, "ComputeHash") => Ok(Value::Bytes(Bytes::from(Sha256::digest(text::bytes(first)?).to_vec()))),
        (Tool::Hmac(key), "ComputeHash") => Ok(Value::Bytes(encode::hmac_sha256(key, text::bytes(first)?))),
        (Tool::Utf8, "GetBytes") => Ok(Value::Bytes(Bytes::from(text::text(first)?.to_owned().into_bytes()))),
        (Tool::Utf8, "GetString") => Ok(Value::String(String::from_utf8_lossy(text::bytes(first)?).into_owned())),
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

fn time_call(it: jiff::Timestamp, name: &str, first: &Value) -> Result<Value, Thrown> {
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
        .ok_or_else(|| Thrown("The added or subtracted value results in an un-representable DateTime.".into()))
}

fn pick<T>(items: &[T], at: i64) -> Result<&T, Thrown> {
    usize::try_from(at)
        .ok()
        .and_then(|at| items.get(at))
        .ok_or_else(|| Thrown("Index was outside the bounds of the array.".into()))
}

fn wrong_type(name: &str, value: &Value) -> Thrown {
    Thrown(format!(
        "'{}' does not contain a definition for '{name}'.",
        value.type_name()
    ))
}
