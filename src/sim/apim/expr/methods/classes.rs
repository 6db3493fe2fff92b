//! Static members of classes.

use super::super::ast::Type;
use super::super::eval::extreme;
use super::super::time;
use super::super::value::{Thrown, Tool, Value, parse_int, pretty};
use super::class_names::canonical;
use super::text::{as_text, bytes, parsed, text};
use super::{encode, formatted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::time::SystemTime;

/// `Class.Name`; the names were checked at load.
pub(in crate::sim::apim::expr) fn class_member(class: &str, name: &str, now: SystemTime) -> Value {
    let now = || Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH);
    match (canonical(class), name) {
        ("string", _) => Value::String(String::new()),
        // `long` has limits of its own; comparisons with either end hold for both.
        ("int", "MaxValue") if class.ends_with("64") || class == "long" => Value::Int(i64::MAX),
        ("int", "MinValue") if class.ends_with("64") || class == "long" => Value::Int(i64::MIN),
        ("int", "MaxValue") => Value::Int(i32::MAX.into()),
        ("int", _) => Value::Int(i32::MIN.into()),
        ("double", "MaxValue") => Value::Double(f64::MAX),
        ("double", _) => Value::Double(f64::MIN),
        ("Guid", _) => Value::String("00000000-0000-0000-0000-000000000000".into()),
        ("DateTime", "UtcNow" | "Now") => Value::Time(now()),
        ("DateTime", "Today") => super::members::time_member(now(), "Date").unwrap_or(Value::Null),
        ("DateTime", "UnixEpoch") => Value::Time(Timestamp::UNIX_EPOCH),
        ("DateTime", _) => extreme(name),
        ("TimeSpan", _) => Value::Span(SignedDuration::ZERO),
        ("Encoding", _) => Value::Tool(Tool::Utf8),
        ("Math", "PI") => Value::Double(std::f64::consts::PI),
        ("Math", _) => Value::Double(std::f64::consts::E),
        ("Environment", _) => Value::String("\n".into()),
        _ => Value::String(name.to_owned()),
    }
}

/// `Class.Name(arguments)`; the names were checked at load. A method with an `out` gives whether it found something,
/// and what.
pub(in crate::sim::apim::expr) fn call_class(
    class: &str,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    let class = canonical(class);
    match (class, name) {
        ("string", _) => of_text(name, arguments),
        ("int", "Parse") => parse_int(text(first)?),
        ("double", "Parse") => parsed(text(first)?, Type::Double).ok_or_else(wrong_format),
        ("bool", "Parse") => parsed(text(first)?, Type::Bool).ok_or_else(wrong_format),
        ("int", _) => Ok(tried(first, Type::Int, Value::Int(0))),
        ("double", _) => Ok(tried(first, Type::Double, Value::Double(0.0))),
        ("bool", _) => Ok(tried(first, Type::Bool, Value::Bool(false))),
        ("char", _) => {
            let letter = first.print().chars().next().unwrap_or(' ');
            Ok(Value::Bool(match name {
                "IsDigit" => letter.is_numeric(),
                "IsLetter" => letter.is_alphabetic(),
                "IsWhiteSpace" => letter.is_whitespace(),
                _ => letter.is_alphanumeric(),
            }))
        }
        ("Guid", "NewGuid") => Ok(Value::String(crate::sim::draw::fresh_guid())),
        ("Guid", _) => {
            let guid = uuid::Uuid::parse_str(first.print().trim()).ok();
            let found = guid.map(|it| Value::String(it.to_string()));
            match name {
                "Parse" => found.ok_or_else(wrong_format),
                _ => Ok(pair(found.is_some(), found.unwrap_or(Value::Null))),
            }
        }
        ("Convert", _) => convert(name, first, second),
        ("Math", _) => math(name, first, arguments.get(1)),
        ("JObject", "FromObject") => Ok(Value::json(first.clone().into_json())),
        ("JObject", _) | ("JsonConvert", "DeserializeObject") => serde_json::from_str(text(first)?)
            .map(Value::json)
            .map_err(|error| Thrown(format!("Error reading JObject from JsonReader. {error}"))),
        ("JsonConvert", _) => {
            let json = first.clone().into_json();
            Ok(Value::String(match second {
                Value::String(how) if how == "Indented" => pretty(&json),
                _ => json.to_string(),
            }))
        }
        ("DateTime", _) => date(name, first, second),
        ("TimeSpan", _) => {
            let unit = match name {
                "FromMilliseconds" => 1e-3,
                "FromSeconds" => 1.0,
                "FromMinutes" => 60.0,
                "FromHours" => 3600.0,
                _ => 86_400.0,
            };
            SignedDuration::try_from_secs_f64(first.as_double()? * unit)
                .map(Value::Span)
                .map_err(|_| Thrown("TimeSpan overflowed because the duration is too long.".into()))
        }
        ("Regex", _) => regex(name, arguments),
        ("WebUtility", _) => {
            let own = first.print();
            Ok(Value::String(match name {
                "UrlEncode" => encode::url_encode(&own),
                "UrlDecode" => encode::url_decode(&own),
                "HtmlEncode" => encode::html_encode(&own),
                _ => encode::html_decode(&own),
            }))
        }
        ("Uri", "UnescapeDataString") => Ok(Value::String(encode::unescape_data(text(first)?))),
        ("Uri", _) => Ok(Value::String(encode::escape_data(text(first)?))),
        ("BitConverter", _) => {
            let parts: Vec<String> = bytes(first)?
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect();
            Ok(Value::String(parts.join("-")))
        }
        ("SHA256", "Create") => Ok(Value::Tool(Tool::Sha256)),
        ("SHA256", _) => super::tool_call(&Tool::Sha256, "ComputeHash", arguments),
        _ => Err(Thrown(format!("{class}.{name} is not defined."))),
    }
}

fn of_text(name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    let listed = |from: usize| -> Vec<String> {
        match arguments.get(from) {
            Some(Value::List(items)) => items.lock().iter().map(Value::print).collect(),
            Some(Value::Json(token)) if token.is_array() => token
                .items()
                .into_iter()
                .map(|it| Value::Json(it).print())
                .collect(),
            _ => arguments.iter().skip(from).map(Value::print).collect(),
        }
    };
    let ignores_case = arguments
        .get(2)
        .is_some_and(|how| matches!(how, Value::Bool(true)) || how.print().ends_with("IgnoreCase"));
    let fold = |value: &Value| match ignores_case {
        true => value.print().to_lowercase(),
        false => value.print(),
    };
    Ok(match name {
        "IsNullOrEmpty" => Value::Bool(as_text(first)?.is_none_or(|text| text.is_empty())),
        "IsNullOrWhiteSpace" => {
            Value::Bool(as_text(first)?.is_none_or(|text| text.trim().is_empty()))
        }
        "Join" => Value::String(listed(1).join(&first.print())),
        "Concat" => Value::String(listed(0).concat()),
        "Compare" => Value::Int(fold(first).cmp(&fold(second)) as i64),
        "Equals" => Value::Bool(fold(first) == fold(second) && first.is_null() == second.is_null()),
        _ => Value::String(format(&first.print(), &arguments[1..])?),
    })
}

/// `string.Format`.
fn format(pattern: &str, values: &[Value]) -> Result<String, Thrown> {
    let wrong = || Thrown("Input string was not in a correct format.".into());
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                out.push(letter);
            }
            '{' => {
                let hole: String = letters.by_ref().take_while(|it| *it != '}').collect();
                let (place, format) = match hole.split_once(':') {
                    Some((place, format)) => (place, Some(format)),
                    None => (hole.as_str(), None),
                };
                let place: usize = place
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .parse()
                    .map_err(|_| wrong())?;
                let value = values.get(place).ok_or_else(|| {
                    Thrown("Index (zero based) must be greater than or equal to zero and less than the size of the argument list.".into())
                })?;
                out.push_str(&formatted(value, format));
            }
            '}' => return Err(wrong()),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn convert(name: &str, first: &Value, second: &Value) -> Result<Value, Thrown> {
    match (name, first) {
        ("ToBase64String", _) => Ok(Value::String(STANDARD.encode(bytes(first)?))),
        ("FromBase64String", _) => STANDARD
            .decode(text(first)?.trim())
            .map(|bytes| Value::Bytes(Bytes::from(bytes)))
            .map_err(|_| Thrown("The input is not a valid Base-64 string.".into())),
        ("ToString", Value::Null) => Ok(Value::String(String::new())),
        ("ToString", _) => Ok(Value::String(first.print())),
        ("ToBoolean", Value::Null) => Ok(Value::Bool(false)),
        ("ToBoolean", Value::String(text)) => parsed(text, Type::Bool).ok_or_else(wrong_format),
        ("ToBoolean", Value::Int(number)) => Ok(Value::Bool(*number != 0)),
        ("ToBoolean", other) => other.clone().cast(Type::Bool),
        ("ToDateTime", Value::String(text)) => parsed(text, Type::Time).ok_or_else(wrong_format),
        ("ToDateTime", other) => other.clone().cast(Type::Time),
        ("ToDouble" | "ToDecimal", Value::Null) => Ok(Value::Double(0.0)),
        ("ToDouble" | "ToDecimal", Value::String(text)) => {
            parsed(text, Type::Double).ok_or_else(wrong_format)
        }
        ("ToDouble" | "ToDecimal", other) => other.clone().cast(Type::Double),
        (_, Value::Null) => Ok(Value::Int(0)),
        (_, Value::Bool(flag)) => Ok(Value::Int((*flag).into())),
        (_, Value::String(text)) if matches!(second, Value::Int(16)) => {
            let digits = text.trim().trim_start_matches("0x");
            i64::from_str_radix(digits, 16)
                .map(Value::Int)
                .map_err(|_| wrong_format())
        }
        (_, Value::String(text)) => parse_int(text),
        (_, Value::Double(number)) => Ok(Value::Int(number.round_ties_even() as i64)),
        (_, other) => other.as_int().map(Value::Int),
    }
}

fn math(name: &str, first: &Value, second: Option<&Value>) -> Result<Value, Thrown> {
    if let (Value::Int(one), Some(Value::Int(other))) = (first, second) {
        match name {
            "Min" => return Ok(Value::Int(*one.min(other))),
            "Max" => return Ok(Value::Int(*one.max(other))),
            _ => {}
        }
    }
    if let (Value::Int(one), "Abs") = (first, name) {
        return Ok(Value::Int(one.saturating_abs()));
    }
    let one = first.as_double()?;
    let other = match second {
        Some(second) => second.as_double()?,
        None => 0.0,
    };
    Ok(match name {
        "Min" => Value::Double(one.min(other)),
        "Max" => Value::Double(one.max(other)),
        "Abs" => Value::Double(one.abs()),
        "Round" => {
            let scale = 10f64.powi(other as i32);
            Value::Double((one * scale).round_ties_even() / scale)
        }
        "Floor" => Value::Double(one.floor()),
        "Ceiling" => Value::Double(one.ceil()),
        "Truncate" => Value::Double(one.trunc()),
        "Pow" => Value::Double(one.powf(other)),
        "Sqrt" => Value::Double(one.sqrt()),
        _ => Value::Int(if one > 0.0 {
            1
        } else if one < 0.0 {
            -1
        } else {
            0
        }),
    })
}

fn date(name: &str, first: &Value, second: &Value) -> Result<Value, Thrown> {
    let unrepresentable =
        |_| Thrown("Valid values are between the year 1 and the year 9999.".into());
    match name {
        "FromUnixTimeSeconds" => Timestamp::from_second(first.as_int()?)
            .map(Value::Time)
            .map_err(unrepresentable),
        "FromUnixTimeMilliseconds" => Timestamp::from_millisecond(first.as_int()?)
            .map(Value::Time)
            .map_err(unrepresentable),
        "TryParse" => Ok(tried(first, Type::Time, Value::Time(time::earliest()))),
        "Compare" => match (first, second) {
            (Value::Time(one), Value::Time(other)) => Ok(Value::Int(one.cmp(other) as i64)),
            _ => Err(wrong_format()),
        },
        _ => time::parse(text(first)?)
            .map(Value::Time)
            .ok_or_else(|| Thrown("String was not recognized as a valid DateTime.".into())),
    }
}

/// The patterns of .NET, as far as the regular ones of Rust know them.
fn regex(name: &str, arguments: &[Value]) -> Result<Value, Thrown> {
    let own = arguments.first().unwrap_or(&Value::Null);
    if name == "Escape" {
        return Ok(Value::String(regex_lite::escape(text(own)?)));
    }
    let own = text(own)?;
    let pattern = arguments.get(1).map(Value::print).unwrap_or_default();
    let options = arguments.last().map(Value::print).unwrap_or_default();
    let ignores_case = options == "IgnoreCase";
    // .NET writes a named group `(?<name>...)` or `(?'name'...)`.
    let regex = regex_lite::RegexBuilder::new(&pattern)
        .case_insensitive(ignores_case)
        .build()
        .map_err(|error| Thrown(format!("Invalid pattern '{pattern}'. {error}")))?;
    let groups = |captures: regex_lite::Captures<'_>| -> Value {
        let groups: Vec<Option<String>> = captures
            .iter()
            .map(|group| group.map(|it| it.as_str().to_owned()))
            .collect();
        Value::Match(groups.into())
    };
    Ok(match name {
        "IsMatch" => Value::Bool(regex.is_match(own)),
        "Match" => regex
            .captures(own)
            .map_or(Value::Match(vec![None].into()), groups),
        "Matches" => Value::list(regex.captures_iter(own).map(groups).collect()),
        "Replace" => {
            let with = arguments.get(2).map(Value::print).unwrap_or_default();
            Value::String(regex.replace_all(own, with.as_str()).into_owned())
        }
        _ => Value::list(
            regex
                .split(own)
                .map(|it| Value::String(it.to_owned()))
                .collect(),
        ),
    })
}

fn tried(first: &Value, to: Type, default: Value) -> Value {
    let found = match first {
        Value::Null => None,
        other => parsed(&other.print(), to),
    };
    pair(found.is_some(), found.unwrap_or(default))
}

fn pair(is_there: bool, value: Value) -> Value {
    Value::Pair((Value::Bool(is_there), value).into())
}

fn wrong_format() -> Thrown {
    Thrown("Input string was not in a correct format.".into())
}
