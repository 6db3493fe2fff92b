//! Members and methods of values, and the static ones of known classes.

mod body;
mod calls;
mod class_names;
mod classes;
mod encode;
mod members;
mod text;

pub(crate) use body::{form, read_as};
pub(super) use class_names::{CONSTANTS, METHODS as CLASS_METHODS, canonical};
pub(super) use classes::{call_class, class_member};
pub(super) use members::member;

use calls::{builder_call, container_call, time_call, token_call, token_value, tool_call};

use super::ast::Type;
use super::eval;
use super::time;
use super::value::{Thrown, Value};

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
    "Length",
    "Count",
    "HasValues",
    "Type",
    "Value",
    "Name",
    "Key",
    "Keys",
    "Values",
    "Success",
    "Groups",
    "Index",
    "Message",
    "StatusCode",
    "StatusReason",
    "Headers",
    "Body",
    "Claims",
    "Issuer",
    "Subject",
    "Audiences",
    "Id",
    "ExpirationTime",
    "NotBefore",
    "Algorithm",
    "Year",
    "Month",
    "Day",
    "Hour",
    "Minute",
    "Second",
    "Millisecond",
    "DayOfWeek",
    "DayOfYear",
    "Ticks",
    "Date",
    "TotalSeconds",
    "TotalMilliseconds",
    "TotalMinutes",
    "TotalHours",
    "TotalDays",
    "Days",
    "Hours",
    "Minutes",
    "Seconds",
    "Milliseconds",
    "Host",
    "Path",
    "AbsolutePath",
    "Scheme",
    "Query",
    "AbsoluteUri",
    "First",
    "Last",
    "Parent",
    "UtcDateTime",
    "DateTime",
    "UserId",
    "Password",
    "AccessToken",
    "HasValue",
    "Root",
    "Port",
    "PathAndQuery",
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
        (Value::Bytes(bytes), Value::Int(at)) => {
            pick(bytes, *at).map(|it| Value::Int((*it).into()))
        }
        (Value::Map(entries), key) => entries
            .lock()
            .iter()
            .find(|(known, _)| known.equals(key))
            .map(|(_, found)| found.clone())
            .ok_or_else(Thrown::key_not_found),
        (Value::ResponseHeaders(response), key) => {
            self::index(&body::headers(&response.headers), key)
        }
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
        (Value::Map(_) | Value::Json(_), [key, new]) => {
            return set_index(value, key, new.clone()).map(|()| Value::Null);
        }
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
        (_, "GetHashCode") => {
            return Ok(Value::Int(i64::from(
                crc32fast::hash(value.print().as_bytes()) >> 1,
            )));
        }
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
        (Value::List(_) | Value::Map(_), _) => {
            return container_call(value, name, type_argument, arguments);
        }
        (Value::Builder(own), _) => return builder_call(value, &mut own.lock(), name, arguments),
        (Value::ResponseBody(response), "As") => {
            let keeps = match arguments.first() {
                Some(keeps) => keeps.as_bool()?,
                None => false,
            };
            let mut held = response
                .body
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let bytes = if keeps {
                held.clone()
            } else {
                std::mem::take(&mut *held)
            };
            return read_as(&bytes, type_argument.unwrap_or(Type::String));
        }
        (Value::ResponseHeaders(response), _) => {
            return container_call(
                &body::headers(&response.headers),
                name,
                type_argument,
                arguments,
            );
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
    let digits = format
        .get(1..)
        .and_then(|digits| digits.parse::<usize>().ok());
    match (value, format.chars().next()) {
        (Value::Time(it), _) => time::print(*it, Some(format)),
        (Value::Int(_) | Value::Double(_), Some('F' | 'f' | 'N' | 'n')) => {
            let number = value.as_double().unwrap_or_default();
            format!("{number:.*}", digits.unwrap_or(2))
        }
        (Value::Int(number), Some('D' | 'd')) => {
            format!("{number:0width$}", width = digits.unwrap_or(1))
        }
        (Value::Int(number), Some('X')) => {
            format!("{number:0width$X}", width = digits.unwrap_or(1))
        }
        (Value::Int(number), Some('x')) => {
            format!("{number:0width$x}", width = digits.unwrap_or(1))
        }
        (Value::Int(number), Some('0')) => format!("{number:0width$}", width = format.len()),
        (Value::Double(number), Some('0')) => {
            let places = format.split_once('.').map_or(0, |(_, places)| places.len());
            format!("{number:.places$}")
        }
        _ => value.print(),
    }
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
