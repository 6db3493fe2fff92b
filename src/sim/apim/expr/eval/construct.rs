//! Makes objects.

use super::super::ast::{Expr, Init, Type};
use super::super::time;
use super::super::token::Token;
use super::super::value::{Shared, Thrown, Tool, Value};
use super::{Evaluator, Interrupt};
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Map, Value as Json};

/// The longest array that a policy may make.
const LONGEST_ARRAY: i64 = 1_000_000;

impl Evaluator<'_> {
    pub(super) fn construct(
        &mut self,
        class: &str,
        arguments: &[Expr],
        inits: &[Init],
    ) -> Result<Value, Interrupt> {
        let mut given = Vec::new();
        for argument in arguments {
            given.push(self.value(argument)?);
        }
        let first = given.first().cloned().unwrap_or(Value::Null);
        let second = given.get(1).cloned().unwrap_or(Value::Null);
        let made = match class {
            "JObject" => Value::Json(object(given)?),
            "JArray" => Value::Json(self.array(given)),
            "JProperty" => Value::Property(first.print(), second.into_token()),
            "JValue" => Value::Json(first.into_token()),
            "List" | "HashSet" => Value::list(match first {
                Value::Null | Value::Int(_) => Vec::new(),
                other => self.items(&other)?,
            }),
            "Dictionary" => match first {
                Value::Map(entries) => Value::map(entries.lock().clone()),
                _ => Value::map(Vec::new()),
            },
            "KeyValuePair" => Value::Pair((first, second).into()),
            "Random" => {
                let seed = match first {
                    Value::Int(seed) => seed.unsigned_abs(),
                    _ => crate::sim::draw::fresh_number(),
                };
                Value::Tool(Tool::Random(Shared::new(seed)))
            }
            "StringBuilder" => Value::Builder(Shared::new(match first {
                Value::Int(_) => String::new(),
                text => text.print(),
            })),
            "HMACSHA256" => match first {
                Value::Bytes(key) => Value::Tool(Tool::Hmac(key)),
                _ => return Err(Thrown("The key must be bytes.".into()).into()),
            },
            "Regex" => Value::Tool(Tool::Pattern(first.print())),
            "Exception" => Value::Exception(first.print()),
            "DateTime" => date(&given)?,
            "TimeSpan" => span(&given)?,
            "string" => repeated(&first, &second)?,
            // `Uri` is looked into by its text.
            _ => Value::String(first.print()),
        };
        self.fill(&made, inits)?;
        Ok(made)
    }

    pub(super) fn anonymous(&mut self, members: &[(String, Expr)]) -> Result<Value, Interrupt> {
        let made = Token::from(Json::Object(Map::new()));
        for (name, value) in members {
            let value = self.value(value)?.into_token();
            made.set(name, value);
        }
        Ok(Value::Json(made))
    }

    pub(super) fn sized(&mut self, to: Type, size: &Expr) -> Result<Value, Interrupt> {
        let size = self.value(size)?.as_int()?;
        let Some(size) = usize::try_from(size).ok().filter(|_| size <= LONGEST_ARRAY) else {
            return Err(Thrown("Arithmetic operation resulted in an overflow.".into()).into());
        };
        let empty = match to {
            Type::Bytes => return Ok(Value::Bytes(Bytes::from(vec![0; size]))),
            Type::Int => Value::Int(0),
            Type::Double => Value::Double(0.0),
            Type::Bool => Value::Bool(false),
            _ => Value::Null,
        };
        Ok(Value::list(vec![empty; size]))
    }

    /// `new JArray(list)` takes the items of the list, `new JArray(a, b)` these.
    fn array(&self, given: Vec<Value>) -> Token {
        let items = match given.as_slice() {
            [Value::List(items)] => items.lock().clone(),
            [Value::Json(token)] if token.is_array() => {
                token.items().into_iter().map(Value::Json).collect()
            }
            _ => given,
        };
        let array = Token::from(Json::Array(Vec::new()));
        for item in items {
            array.push(item.into_token());
        }
        array
    }

    fn fill(&mut self, made: &Value, inits: &[Init]) -> Result<(), Interrupt> {
        for init in inits {
            match init {
                Init::Item(item) => {
                    let item = self.value(item)?;
                    super::super::methods::add(made, &[item])?;
                }
                Init::Pair(key, value) => {
                    let key = self.value(key)?;
                    let value = self.value(value)?;
                    super::super::methods::set_index(made, &key, value)?;
                }
            }
        }
        Ok(())
    }
}

/// `new JObject(new JProperty(...), ...)`.
fn object(given: Vec<Value>) -> Result<Token, Thrown> {
    let object = Token::from(Json::Object(Map::new()));
    for value in given {
        match value {
            Value::Property(name, value) => {
                object.set(&name, value);
            }
            Value::Json(token) if token.is_object() => {
                for (name, value) in token.members() {
                    object.set(&name, value);
                }
            }
            _ => return Err(Thrown("Can not add that to JObject.".into())),
        }
    }
    Ok(object)
}

/// Year, month, day, and perhaps hour, minute, second.
fn date(given: &[Value]) -> Result<Value, Thrown> {
    let wrong =
        || Thrown("Year, Month, and Day parameters describe an un-representable DateTime.".into());
    let part = |at: usize, default: i64| given.get(at).map_or(Ok(default), Value::as_int);
    let small = |number: i64| i8::try_from(number).map_err(|_| wrong());
    let year = i16::try_from(part(0, 1)?).map_err(|_| wrong())?;
    jiff::civil::DateTime::new(
        year,
        small(part(1, 1)?)?,
        small(part(2, 1)?)?,
        small(part(3, 0)?)?,
        small(part(4, 0)?)?,
        small(part(5, 0)?)?,
        0,
    )
    .ok()
    .and_then(|it| it.to_zoned(jiff::tz::TimeZone::UTC).ok())
    .map(|it| Value::Time(it.timestamp()))
    .ok_or_else(wrong)
}

/// Ticks; or hours, minutes, seconds; or days before them.
fn span(given: &[Value]) -> Result<Value, Thrown> {
    let mut parts = Vec::new();
    for value in given {
        parts.push(value.as_int()?);
    }
    let seconds = match parts[..] {
        [ticks] => {
            return Ok(Value::Span(SignedDuration::from_nanos(
                ticks.saturating_mul(100),
            )));
        }
        [hours, minutes, seconds] => {
            hours.saturating_mul(3600) + minutes.saturating_mul(60) + seconds
        }
        [days, hours, minutes, seconds, ..] => {
            days.saturating_mul(86_400)
                + hours.saturating_mul(3600)
                + minutes.saturating_mul(60)
                + seconds
        }
        _ => 0,
    };
    Ok(Value::Span(SignedDuration::from_secs(seconds)))
}

/// `new string('x', n)`, `new string(letters)`.
fn repeated(first: &Value, count: &Value) -> Result<Value, Thrown> {
    Ok(Value::String(match (first, count) {
        (Value::List(letters), _) => letters.lock().iter().map(Value::print).collect(),
        (_, Value::Null) => first.print(),
        _ => {
            let count = count.as_int()?.clamp(0, LONGEST_ARRAY);
            first.print().repeat(usize::try_from(count).unwrap_or(0))
        }
    }))
}

/// `DateTime.MinValue` and `DateTime.MaxValue`.
pub(in crate::sim::apim::expr) fn extreme(name: &str) -> Value {
    match name {
        "MinValue" => Value::Time(time::earliest()),
        _ => Value::Time(jiff::Timestamp::MAX),
    }
}
