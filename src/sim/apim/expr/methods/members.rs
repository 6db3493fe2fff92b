//! Members of values.

use super::super::time;
use super::super::token::Token;
use super::super::value::{Thrown, Value};
use super::{body, text, wrong_type};
use jiff::SignedDuration;
use serde_json::Value as Json;

/// `value.name`.
pub(in crate::sim::apim::expr) fn member(value: &Value, name: &str) -> Result<Value, Thrown> {
    let int = |number: usize| Ok(Value::Int(number as i64));
    match (value, name) {
        (Value::Null, _) => Err(Thrown::null_reference()),
        (Value::String(text), "Length") => int(text.encode_utf16().count()),
        (Value::String(text), _) => text::url_member(text, name),
        (Value::Builder(text), "Length") => int(text.lock().encode_utf16().count()),
        (Value::Bytes(bytes), "Length" | "Count") => int(bytes.len()),
        (Value::List(items), "Length" | "Count") => int(items.lock().len()),
        (Value::Map(entries), "Count") => int(entries.lock().len()),
        (Value::Map(entries), "Keys") => Ok(Value::list(
            entries.lock().iter().map(|(key, _)| key.clone()).collect(),
        )),
        (Value::Map(entries), "Values") => Ok(Value::list(
            entries.lock().iter().map(|(_, it)| it.clone()).collect(),
        )),
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
    let text = |claim: &str| {
        payload
            .get(claim)
            .map_or(Value::Null, |it| Value::String(Value::Json(it).print()))
    };
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

pub(super) fn time_member(it: jiff::Timestamp, name: &str) -> Option<Value> {
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
        "Date" => moment
            .start_of_day()
            .ok()
            .map(|day| Value::Time(day.timestamp())),
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
