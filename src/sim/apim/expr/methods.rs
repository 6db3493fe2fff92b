//! Members and methods of strings, lists and JSON, and the static ones of known classes.

use super::check::Arity;
use super::value::{Thrown, Value, parse_int};
use serde_json::Value as Json;

/// Members that a value can have.
pub(super) const VALUE_MEMBERS: &[&str] = &["Length", "Count"];

/// Methods that a value can have.
pub(super) const VALUE_METHODS: &[(&str, Arity)] = &[
    ("ToString", (0, 0)),
    ("Equals", (1, 2)),
    ("Contains", (1, 2)),
    ("StartsWith", (1, 2)),
    ("EndsWith", (1, 2)),
    ("ToLower", (0, 0)),
    ("ToLowerInvariant", (0, 0)),
    ("ToUpper", (0, 0)),
    ("ToUpperInvariant", (0, 0)),
    ("Replace", (2, 2)),
    ("Split", (1, 1)),
    ("Trim", (0, 1)),
    ("TrimStart", (0, 1)),
    ("TrimEnd", (0, 1)),
    ("Substring", (1, 2)),
    ("IndexOf", (1, 2)),
    ("LastIndexOf", (1, 1)),
    ("First", (0, 0)),
    ("FirstOrDefault", (0, 0)),
    ("Last", (0, 0)),
    ("LastOrDefault", (0, 0)),
    ("ContainsKey", (1, 1)),
    ("Value", (1, 1)),
];

/// Methods of classes.
pub(super) const CLASS_METHODS: &[(&str, &str, Arity)] = &[
    ("string", "IsNullOrEmpty", (1, 1)),
    ("String", "IsNullOrEmpty", (1, 1)),
    ("string", "IsNullOrWhiteSpace", (1, 1)),
    ("String", "IsNullOrWhiteSpace", (1, 1)),
    ("string", "Join", (2, 2)),
    ("String", "Join", (2, 2)),
    ("string", "Concat", (1, 4)),
    ("String", "Concat", (1, 4)),
    ("int", "Parse", (1, 1)),
    ("Int32", "Parse", (1, 1)),
    ("Guid", "NewGuid", (0, 0)),
    ("Convert", "ToInt32", (1, 1)),
    ("Convert", "ToString", (1, 1)),
    ("Math", "Min", (2, 2)),
    ("Math", "Max", (2, 2)),
    ("JObject", "Parse", (1, 1)),
    ("JArray", "Parse", (1, 1)),
];

/// Constants of classes.
pub(super) const CLASS_CONSTANTS: &[(&str, &str)] = &[
    ("string", "Empty"),
    ("String", "Empty"),
    ("StringComparison", "Ordinal"),
    ("StringComparison", "OrdinalIgnoreCase"),
    ("StringComparison", "InvariantCulture"),
    ("StringComparison", "InvariantCultureIgnoreCase"),
    ("StringComparison", "CurrentCultureIgnoreCase"),
];

/// `Class.Name`.
pub(super) fn class_constant(class: &str, name: &str) -> Value {
    match class {
        "StringComparison" => Value::String(name.to_owned()),
        _ => Value::String(String::new()),
    }
}

/// `Class.Name(arguments)`; the names were checked at load.
pub(super) fn call_class(class: &str, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    match (class, name) {
        (_, "IsNullOrEmpty") => Ok(Value::Bool(as_text(first)?.is_none_or(str::is_empty))),
        (_, "IsNullOrWhiteSpace") => Ok(Value::Bool(
            as_text(first)?.is_none_or(|text| text.trim().is_empty()),
        )),
        (_, "Join") => {
            let Value::List(items) = second else {
                return Err(wrong_type("Join", second));
            };
            let items: Vec<String> = items.iter().map(Value::print).collect();
            Ok(Value::String(items.join(&first.print())))
        }
        (_, "Concat") => Ok(Value::String(arguments.iter().map(Value::print).collect())),
        ("JObject" | "JArray", "Parse") => serde_json::from_str(text(first)?)
            .map(Value::Json)
            .map_err(|error| Thrown(format!("Error reading JObject from JsonReader. {error}"))),
        (_, "Parse") => parse_int(text(first)?),
        ("Guid", _) => Ok(Value::String(crate::sim::draw::fresh_guid())),
        ("Convert", "ToInt32") => match first {
            Value::String(digits) => parse_int(digits),
            Value::Null => Ok(Value::Int(0)),
            other => other.as_int().map(Value::Int),
        },
        ("Convert", _) => Ok(Value::String(first.print())),
        ("Math", "Min") => Ok(Value::Int(first.as_int()?.min(second.as_int()?))),
        ("Math", _) => Ok(Value::Int(first.as_int()?.max(second.as_int()?))),
        _ => Err(Thrown(format!("{class}.{name} is not defined."))),
    }
}

/// `value.name`.
pub(super) fn value_member(value: &Value, name: &str) -> Result<Value, Thrown> {
    let count = match value {
        Value::Null => return Err(Thrown::null_reference()),
        Value::String(text) if name == "Length" => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Json(Json::Array(items)) if name == "Count" => items.len(),
        Value::Json(Json::Object(members)) if name == "Count" => members.len(),
        other => return Err(wrong_type(name, other)),
    };
    Ok(Value::Int(count as i64))
}

/// `value[index]`.
pub(super) fn value_index(value: &Value, index: &Value) -> Result<Value, Thrown> {
    match (value, index) {
        (Value::Null, _) => Err(Thrown::null_reference()),
        (Value::Json(Json::Object(members)), Value::String(name)) => Ok(members
            .get(name)
            .map_or(Value::Null, |found| Value::Json(found.clone()))),
        (Value::Json(Json::Array(items)), Value::Int(at)) => {
            pick(items, *at).map(|found| Value::Json(found.clone()))
        }
        (Value::List(items), Value::Int(at)) => pick(items, *at).cloned(),
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

/// `value.name(arguments)`.
pub(super) fn call_value(value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    match value {
        Value::Null => return Err(Thrown::null_reference()),
        Value::List(items) if name != "ToString" => return call_list(items, name, first),
        Value::Json(Json::Object(members)) if name == "ContainsKey" => {
            return Ok(Value::Bool(members.contains_key(text(first)?)));
        }
        Value::Json(_) if name == "Value" => return value_index(value, first),
        _ => {}
    }
    match name {
        "ToString" => return Ok(Value::String(value.print())),
        "Equals" if arguments.len() == 1 => return Ok(Value::Bool(value.equals(first))),
        _ => {}
    }
    let Value::String(own) = value else {
        return Err(wrong_type(name, value));
    };
    call_text(own, name, arguments)
}

fn call_text(own: &str, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let ignores_case = arguments
        .get(1)
        .is_some_and(|how| matches!(how, Value::String(name) if name.ends_with("IgnoreCase")));
    let fold = |text: &str| {
        if ignores_case {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let result = match name {
        "Equals" => Value::Bool(fold(own) == fold(text(first)?)),
        "Contains" => Value::Bool(fold(own).contains(&fold(text(first)?))),
        "StartsWith" => Value::Bool(fold(own).starts_with(&fold(text(first)?))),
        "EndsWith" => Value::Bool(fold(own).ends_with(&fold(text(first)?))),
        "ToLower" | "ToLowerInvariant" => Value::String(own.to_lowercase()),
        "ToUpper" | "ToUpperInvariant" => Value::String(own.to_uppercase()),
        "Replace" => {
            let with = arguments.get(1).unwrap_or(&Value::Null);
            Value::String(own.replace(text(first)?, &with.print()))
        }
        "Split" => Value::List(
            own.split(text(first)?)
                .map(|part| Value::String(part.to_owned()))
                .collect(),
        ),
        "Trim" | "TrimStart" | "TrimEnd" => Value::String(trim(own, name, first)?),
        "Substring" => substring(own, first, arguments.get(1))?,
        "IndexOf" => index_of(own, fold(own).find(&fold(text(first)?))),
        "LastIndexOf" => index_of(own, own.rfind(text(first)?)),
        other => return Err(wrong_type(other, &Value::String(own.to_owned()))),
    };
    Ok(result)
}

fn call_list(items: &[Value], name: &str, first: &Value) -> Result<Value, Thrown> {
    let empty = || Thrown("Sequence contains no elements".into());
    match name {
        "First" => items.first().cloned().ok_or_else(empty),
        "Last" => items.last().cloned().ok_or_else(empty),
        "FirstOrDefault" => Ok(items.first().cloned().unwrap_or(Value::Null)),
        "LastOrDefault" => Ok(items.last().cloned().unwrap_or(Value::Null)),
        "Contains" => Ok(Value::Bool(items.iter().any(|item| item.equals(first)))),
        other => Err(wrong_type(other, &Value::List(Vec::new()))),
    }
}

fn trim(own: &str, name: &str, letters: &Value) -> Result<String, Thrown> {
    let letters: Vec<char> = match letters {
        Value::Null => vec![' ', '\t', '\r', '\n'],
        given => text(given)?.chars().collect(),
    };
    let letters = letters.as_slice();
    Ok(match name {
        "TrimStart" => own.trim_start_matches(letters),
        "TrimEnd" => own.trim_end_matches(letters),
        _ => own.trim_matches(letters),
    }
    .to_owned())
}

fn substring(own: &str, start: &Value, length: Option<&Value>) -> Result<Value, Thrown> {
    let letters: Vec<char> = own.chars().collect();
    let out_of_range = || Thrown("StartIndex cannot be larger than length of string.".into());
    let start = usize::try_from(start.as_int()?).map_err(|_| out_of_range())?;
    let end = match length {
        Some(length) => start + usize::try_from(length.as_int()?).map_err(|_| out_of_range())?,
        None => letters.len(),
    };
    letters
        .get(start..end)
        .map(|part| Value::String(part.iter().collect()))
        .ok_or_else(out_of_range)
}

fn index_of(own: &str, byte: Option<usize>) -> Value {
    Value::Int(byte.map_or(-1, |byte| {
        own.get(..byte).map_or(0, |before| before.chars().count()) as i64
    }))
}

fn pick<T>(items: &[T], at: i64) -> Result<&T, Thrown> {
    usize::try_from(at)
        .ok()
        .and_then(|at| items.get(at))
        .ok_or_else(|| Thrown("Index was outside the bounds of the array.".into()))
}

fn as_text(value: &Value) -> Result<Option<&str>, Thrown> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) | Value::Json(Json::String(text)) => Ok(Some(text)),
        other => Err(wrong_type("String", other)),
    }
}

fn text(value: &Value) -> Result<&str, Thrown> {
    as_text(value)?.ok_or_else(|| Thrown("Value cannot be null.".into()))
}

fn wrong_type(name: &str, value: &Value) -> Thrown {
    Thrown(format!(
        "'{}' does not contain a definition for '{name}'.",
        value.type_name()
    ))
}
