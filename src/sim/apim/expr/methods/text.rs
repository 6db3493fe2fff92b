//! Texts.

use super::super::ast::Type;
use super::super::token::Token;
use super::super::value::{Thrown, Value};
use super::{Arity, wrong_type};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value as Json;

/// Methods of texts.
pub(super) const METHODS: &[(&str, Arity)] = &[
    ("Contains", (1, 2)),
    ("StartsWith", (1, 2)),
    ("EndsWith", (1, 2)),
    ("ToLower", (0, 0)),
    ("ToLowerInvariant", (0, 0)),
    ("ToUpper", (0, 0)),
    ("ToUpperInvariant", (0, 0)),
    ("Replace", (2, 3)),
    ("Split", (0, 3)),
    ("Trim", (0, 2)),
    ("TrimStart", (0, 2)),
    ("TrimEnd", (0, 2)),
    ("Substring", (1, 2)),
    ("IndexOf", (1, 3)),
    ("LastIndexOf", (1, 2)),
    ("PadLeft", (1, 2)),
    ("PadRight", (1, 2)),
    ("Insert", (2, 2)),
    ("Remove", (1, 2)),
    ("ToCharArray", (0, 0)),
    ("AsJwt", (0, 0)),
    ("TryParseJwt", (1, 1)),
    ("AsBasic", (0, 0)),
    ("TryParseBasic", (1, 1)),
];

/// `text.name(arguments)`.
pub(super) fn call(own: &str, name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let ignores_case = arguments
        .last()
        .is_some_and(|how| matches!(how, Value::String(name) if name.ends_with("IgnoreCase")));
    let fold = |text: &str| {
        if ignores_case {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let result = match name {
        "Equals" => match first {
            Value::Null => Value::Bool(false),
            other => Value::Bool(fold(own) == fold(&other.print())),
        },
        "CompareTo" => Value::Int(own.cmp(text(first)?) as i64),
        "Contains" => Value::Bool(fold(own).contains(&fold(text(first)?))),
        "StartsWith" => Value::Bool(fold(own).starts_with(&fold(text(first)?))),
        "EndsWith" => Value::Bool(fold(own).ends_with(&fold(text(first)?))),
        "ToLower" | "ToLowerInvariant" => Value::String(own.to_lowercase()),
        "ToUpper" | "ToUpperInvariant" => Value::String(own.to_uppercase()),
        "Replace" => {
            let with = arguments.get(1).unwrap_or(&Value::Null);
            Value::String(own.replace(text(first)?, &with.print()))
        }
        "Split" => split(own, arguments)?,
        "Trim" | "TrimStart" | "TrimEnd" => Value::String(trim(own, name, arguments)?),
        "Substring" => substring(own, first, arguments.get(1))?,
        "IndexOf" => {
            let start = match arguments.get(1) {
                Some(Value::Int(start)) => usize::try_from(*start).unwrap_or(0),
                _ => 0,
            };
            let skipped: String = own.chars().take(start).collect();
            let rest = own.get(skipped.len()..).unwrap_or_default();
            let at = fold(rest).find(&fold(text(first)?));
            index_of(own, at.map(|at| at + skipped.len()))
        }
        "LastIndexOf" => index_of(own, fold(own).rfind(&fold(text(first)?))),
        "PadLeft" | "PadRight" => pad(own, name, first, arguments.get(1))?,
        "Insert" => {
            let letters: Vec<char> = own.chars().collect();
            let at = place(first, letters.len())?;
            let added = arguments.get(1).map(Value::print).unwrap_or_default();
            let (before, after) = letters.split_at(at);
            Value::String(
                before
                    .iter()
                    .copied()
                    .chain(added.chars())
                    .chain(after.iter().copied())
                    .collect(),
            )
        }
        "Remove" => {
            let letters: Vec<char> = own.chars().collect();
            let start = place(first, letters.len())?;
            let end = match arguments.get(1) {
                Some(count) => place(count, letters.len() - start)? + start,
                None => letters.len(),
            };
            Value::String(letters[..start].iter().chain(&letters[end..]).collect())
        }
        "ToCharArray" => Value::list(own.chars().map(|it| Value::String(it.into())).collect()),
        "AsJwt" => jwt(own).unwrap_or(Value::Null),
        "TryParseJwt" => tried(jwt(own)),
        "AsBasic" => basic(own).unwrap_or(Value::Null),
        "TryParseBasic" => tried(basic(own)),
        other => return Err(wrong_type(other, &Value::String(own.to_owned()))),
    };
    Ok(result)
}

/// Members of a `Uri`, which is kept as its text.
pub(super) fn url_member(own: &str, name: &str) -> Result<Value, Thrown> {
    let wrong = || wrong_type(name, &Value::String(own.to_owned()));
    let url = url::Url::parse(own).map_err(|_| wrong())?;
    let found = match name {
        "Host" => url.host_str().unwrap_or_default(),
        "Path" | "AbsolutePath" => url.path(),
        "Scheme" => url.scheme(),
        "Query" => {
            return Ok(Value::String(
                url.query().map_or(String::new(), |it| format!("?{it}")),
            ));
        }
        "AbsoluteUri" => url.as_str(),
        "Port" => {
            return Ok(Value::Int(
                url.port_or_known_default().map_or(-1, i64::from),
            ));
        }
        "PathAndQuery" => {
            let query = url.query().map_or(String::new(), |it| format!("?{it}"));
            return Ok(Value::String(format!("{}{query}", url.path())));
        }
        _ => return Err(wrong()),
    };
    Ok(Value::String(found.to_owned()))
}

/// The payload of a token, with `Bearer ` in front of it or not. The signature is not judged.
fn jwt(text: &str) -> Option<Value> {
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        _ => text,
    };
    let payload = token.trim().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let json: Json = serde_json::from_slice(&bytes).ok()?;
    Some(Value::Jwt(Token::from(json)))
}

fn basic(text: &str) -> Option<Value> {
    let (scheme, encoded) = text.split_once(' ')?;
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| Value::json(serde_json::json!({"UserId": user, "Password": password})))
}

/// What a method with an `out` gives: whether it was found, and what.
fn tried(found: Option<Value>) -> Value {
    Value::Pair((Value::Bool(found.is_some()), found.unwrap_or(Value::Null)).into())
}

/// `Split('/')`, `Split(new[] {"a", "b"}, StringSplitOptions.RemoveEmptyEntries)`, `Split(',', 2)`, `Split(null)`.
fn split(own: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let mut separators = Vec::new();
    let mut most = usize::MAX;
    let mut drops_empty = false;
    for argument in arguments {
        match argument {
            Value::Null => {}
            Value::Int(count) => most = usize::try_from(*count).unwrap_or(usize::MAX),
            Value::String(option) if option == "RemoveEmptyEntries" => drops_empty = true,
            Value::String(option) if option == "None" || option == "TrimEntries" => {}
            Value::List(items) => separators.extend(items.lock().iter().map(Value::print)),
            other => separators.push(text(other)?.to_owned()),
        }
    }
    separators.retain(|separator| !separator.is_empty());
    let mut parts = Vec::new();
    let mut rest = own;
    while parts.len() + 1 < most {
        let next = if separators.is_empty() {
            rest.find(char::is_whitespace)
                .map(|at| (at, rest[at..].chars().next().map_or(1, char::len_utf8)))
        } else {
            separators
                .iter()
                .filter_map(|separator| Some((rest.find(separator.as_str())?, separator.len())))
                .min_by_key(|(at, length)| (*at, usize::MAX - length))
        };
        let Some((at, length)) = next else {
            break;
        };
        if !(drops_empty && at == 0) {
            parts.push(&rest[..at]);
        }
        rest = &rest[at + length..];
    }
    if !(drops_empty && rest.is_empty()) {
        parts.push(rest);
    }
    Ok(Value::list(
        parts
            .into_iter()
            .map(|part| Value::String(part.to_owned()))
            .collect(),
    ))
}

fn trim(own: &str, name: &str, arguments: &[Value]) -> Result<String, Thrown> {
    let mut letters: Vec<char> = Vec::new();
    for argument in arguments {
        match argument {
            Value::Null => {}
            Value::List(items) => letters.extend(
                items
                    .lock()
                    .iter()
                    .flat_map(|it| it.print().chars().collect::<Vec<_>>()),
            ),
            given => letters.extend(text(given)?.chars()),
        }
    }
    let goes = |letter: char| match letters.is_empty() {
        true => letter.is_whitespace(),
        false => letters.contains(&letter),
    };
    Ok(match name {
        "TrimStart" => own.trim_start_matches(goes),
        "TrimEnd" => own.trim_end_matches(goes),
        _ => own.trim_matches(goes),
    }
    .to_owned())
}

fn substring(own: &str, start: &Value, length: Option<&Value>) -> Result<Value, Thrown> {
    let letters: Vec<char> = own.chars().collect();
    let start = place(start, letters.len())?;
    let end = match length {
        Some(length) => start + place(length, letters.len() - start)?,
        None => letters.len(),
    };
    Ok(Value::String(letters[start..end].iter().collect()))
}

/// A place in a text of `length` letters, its end included.
fn place(at: &Value, length: usize) -> Result<usize, Thrown> {
    usize::try_from(at.as_int()?)
        .ok()
        .filter(|at| *at <= length)
        .ok_or_else(|| Thrown("StartIndex cannot be larger than length of string.".into()))
}

fn pad(own: &str, name: &str, width: &Value, letter: Option<&Value>) -> Result<Value, Thrown> {
    let width = usize::try_from(width.as_int()?).unwrap_or(0).min(1_000_000);
    let letter = letter.map_or_else(|| " ".to_owned(), Value::print);
    let missing = letter.repeat(width.saturating_sub(own.chars().count()));
    Ok(Value::String(if name == "PadLeft" {
        missing + own
    } else {
        own.to_owned() + &missing
    }))
}

fn index_of(own: &str, byte: Option<usize>) -> Value {
    Value::Int(byte.map_or(-1, |byte| {
        own.get(..byte).map_or(0, |before| before.chars().count()) as i64
    }))
}

/// The text that a value is; `None` for null.
pub(super) fn as_text(value: &Value) -> Result<Option<String>, Thrown> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Json(token) => match token.scalar() {
            Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            _ => Err(wrong_type("String", value)),
        },
        other => Err(wrong_type("String", other)),
    }
}

/// The text that a value must be.
pub(super) fn text(value: &Value) -> Result<&str, Thrown> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(Thrown("Value cannot be null.".into())),
        other => Err(wrong_type("String", other)),
    }
}

/// The bytes that a value must be.
pub(super) fn bytes(value: &Value) -> Result<&[u8], Thrown> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Null => Err(Thrown("Value cannot be null.".into())),
        other => Err(wrong_type("Byte[]", other)),
    }
}

/// The value of one place, as its type would be read from a text.
pub(super) fn parsed(text: &str, to: Type) -> Option<Value> {
    match to {
        Type::Int => text.trim().parse().ok().map(Value::Int),
        Type::Double => text.trim().parse().ok().map(Value::Double),
        Type::Bool => super::super::value::parse_bool(text),
        Type::Time => super::super::time::parse(text).map(Value::Time),
        _ => None,
    }
}
