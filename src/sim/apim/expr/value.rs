//! Values of expressions, and how C# compares, converts and prints them.

use super::ast::{Lambda, Type};
use super::time;
use super::token::Token;
use bytes::Bytes;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A value. Containers are shared: a change through one name shows through another.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(String),
    /// A `JToken`.
    Json(Token),
    /// A `JProperty`.
    Property(String, Token),
    /// A `string[]` or another list.
    List(Shared<Vec<Value>>),
    /// A dictionary in the order of its making.
    Map(Shared<Vec<(Value, Value)>>),
    /// An entry of a dictionary.
    Pair(Arc<(Value, Value)>),
    /// A `DateTime` or a `DateTimeOffset`, in UTC.
    Time(Timestamp),
    /// A `TimeSpan`.
    Span(SignedDuration),
    /// A `byte[]`.
    Bytes(Bytes),
    /// A `StringBuilder`.
    Builder(Shared<String>),
    /// What a regular expression found: the groups, the first of them the whole.
    Match(Arc<Vec<Option<String>>>),
    /// A token, as the policies that check one keep it: its payload.
    Jwt(Token),
    /// An `IResponse`, its headers and its body.
    Response(Arc<Received>),
    ResponseHeaders(Arc<Received>),
    ResponseBody(Arc<Received>),
    /// What does one thing: `Random`, a hash, a pattern.
    Tool(Tool),
    Function(Arc<Lambda>),
    /// An exception that was caught.
    Exception(String),
    /// Something that only the gateway can look into.
    Object(Object),
}

/// An object that does one thing.
#[derive(Debug, Clone)]
pub(crate) enum Tool {
    Random(Shared<u64>),
    Sha256,
    Hmac(Bytes),
    Pattern(String),
    Utf8,
}

/// An answer to a request that a policy sent.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Mutex<Bytes>,
}

/// Something that several names may share.
#[derive(Debug)]
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Shared<T> {
    pub(crate) fn new(inner: T) -> Self {
        Shared(Arc::new(Mutex::new(inner)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

/// What `context` and its members are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Context,
    Request,
    Response,
    RequestHeaders,
    ResponseHeaders,
    RequestBody,
    ResponseBody,
    Url,
    OriginalUrl,
    Query,
    OriginalQuery,
    MatchedParameters,
    Variables,
    Api,
    Operation,
    Product,
    Subscription,
    Deployment,
    User,
    LastError,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thrown(pub(crate) String);

impl Thrown {
    /// A member of nothing was asked for.
    pub(crate) fn null_reference() -> Self {
        Thrown("Object reference not set to an instance of an object.".into())
    }

    /// A dictionary lacks a key.
    pub(crate) fn key_not_found() -> Self {
        Thrown("The given key was not present in the dictionary.".into())
    }
}

impl Value {
    /// A list of `items`.
    pub(crate) fn list(items: Vec<Value>) -> Self {
        Value::List(Shared::new(items))
    }

    /// A dictionary of `entries`.
    pub(crate) fn map(entries: Vec<(Value, Value)>) -> Self {
        Value::Map(Shared::new(entries))
    }

    /// A JSON value.
    pub(crate) fn json(json: Json) -> Self {
        Value::Json(Token::from(json))
    }

    /// As `ToString()` and string concatenation print it; nothing for null.
    pub(crate) fn print(&self) -> String {
        match self {
            Value::Null | Value::Function(_) => String::new(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Int(number) => number.to_string(),
            Value::Double(number) => number.to_string(),
            Value::String(text) | Value::Exception(text) => text.clone(),
            Value::Json(token) | Value::Jwt(token) => print_json(&token.to_json()),
            Value::Property(name, token) => {
                format!(
                    "{}: {}",
                    Json::from(name.as_str()),
                    pretty(&token.to_json())
                )
            }
            Value::List(_) => "System.String[]".into(),
            Value::Map(_) => {
                "System.Collections.Generic.Dictionary`2[System.String,System.Object]".into()
            }
            Value::Pair(pair) => format!("[{}, {}]", pair.0.print(), pair.1.print()),
            Value::Time(time) => time::print(*time, None),
            Value::Span(span) => time::print_span(*span),
            Value::Bytes(_) => "System.Byte[]".into(),
            Value::Builder(text) => text.lock().clone(),
            Value::Match(groups) => groups.first().cloned().flatten().unwrap_or_default(),
            Value::Response(_) | Value::ResponseHeaders(_) | Value::ResponseBody(_) => {
                "Microsoft.WindowsAzure.ApiManagement.Response".into()
            }
            Value::Tool(tool) => match tool {
                Tool::Pattern(pattern) => pattern.clone(),
                Tool::Random(_) => "System.Random".into(),
                Tool::Sha256 | Tool::Hmac(_) => "System.Security.Cryptography".into(),
                Tool::Utf8 => "System.Text.UTF8Encoding".into(),
            },
            Value::Object(object) => format!("Microsoft.WindowsAzure.ApiManagement.{object:?}"),
        }
    }

    /// Whether it is null; a JSON null is a token and not null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// As a condition.
    pub(crate) fn as_bool(&self) -> Result<bool, Thrown> {
        match self {
            Value::Bool(flag) => Ok(*flag),
            Value::Json(token) => match token.scalar() {
                Some(Json::Bool(flag)) => Ok(flag),
                _ => Err(Thrown("The token is no Boolean.".into())),
            },
            other => Err(Thrown(format!("{} is no Boolean.", other.type_name()))),
        }
    }

    /// Whether `is T` holds.
    pub(super) fn is_a(&self, wanted: Type) -> bool {
        match (wanted, self) {
            (_, Value::Null) => false,
            (Type::String, Value::String(_))
            | (Type::Int, Value::Int(_))
            | (Type::Double, Value::Double(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Json, Value::Json(_) | Value::Property(..))
            | (Type::Time, Value::Time(_))
            | (Type::Response, Value::Response(_) | Value::Object(Object::Response))
            | (Type::Jwt, Value::Jwt(_))
            | (Type::Bytes, Value::Bytes(_))
            | (Type::Object, _) => true,
            (Type::JObject, Value::Json(token)) => token.is_object(),
            (Type::JArray, Value::Json(token)) => token.is_array(),
            _ => false,
        }
    }

    /// A cast, `(type)value`.
    pub(crate) fn cast(self, to: Type) -> Result<Value, Thrown> {
        if let Value::Json(token) = &self
            && let Some(scalar) = token.scalar()
            && !matches!(to, Type::Json | Type::JObject | Type::JArray | Type::Object)
        {
            return cast_scalar(scalar, to);
        }
        match (to, self) {
            (Type::Object, value) => Ok(value),
            (
                Type::String
                | Type::Json
                | Type::JObject
                | Type::JArray
                | Type::Response
                | Type::Jwt
                | Type::Bytes,
                Value::Null,
            ) => Ok(Value::Null),
            (_, value) if value.is_a(to) => Ok(value),
            (Type::String, Value::Json(_)) => Err(invalid_cast("JContainer", to)),
            (
                Type::Json,
                value @ (Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::String(_)),
            ) => Ok(Value::json(value.into_json())),
            (Type::Int, Value::Double(number)) => Ok(Value::Int(number.trunc() as i64)),
            (Type::Double, Value::Int(number)) => Ok(Value::Double(number as f64)),
            (_, Value::Null) => Err(Thrown::null_reference()),
            (_, value) => Err(invalid_cast(value.type_name(), to)),
        }
    }

    /// As an array index, a length or a count.
    pub(crate) fn as_int(&self) -> Result<i64, Thrown> {
        match self.clone().cast(Type::Int)? {
            Value::Int(number) => Ok(number),
            other => Err(invalid_cast(other.type_name(), Type::Int)),
        }
    }

    /// As a number that may have a fraction.
    pub(super) fn as_double(&self) -> Result<f64, Thrown> {
        match self.clone().cast(Type::Double)? {
            Value::Double(number) => Ok(number),
            other => Err(Thrown(format!("{} is no number.", other.type_name()))),
        }
    }

    /// As plain JSON.
    pub(crate) fn into_json(self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(flag) => flag.into(),
            Value::Int(number) => number.into(),
            Value::Double(number) => number.into(),
            Value::String(text) => text.into(),
            Value::Json(token) | Value::Jwt(token) => token.to_json(),
            Value::Property(name, token) => {
                Json::Object([(name, token.to_json())].into_iter().collect())
            }
            Value::List(items) => items.lock().iter().cloned().map(Value::into_json).collect(),
            Value::Map(entries) => {
                let entries = entries.lock().clone();
                Json::Object(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.print(), value.into_json()))
                        .collect(),
                )
            }
            Value::Time(time) => time::iso(time).into(),
            other => other.print().into(),
        }
    }

    /// As a `JToken` inside another one; a token stays the one it is.
    pub(super) fn into_token(self) -> Token {
        match self {
            Value::Json(token) => token,
            other => Token::from(other.into_json()),
        }
    }

    /// Whether `==` holds.
    pub(crate) fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Null, _) | (_, Value::Null) => false,
            (Value::Json(left), Value::Json(right)) => left == right,
            (Value::Json(token), scalar) | (scalar, Value::Json(token)) => {
                token.to_json() == scalar.clone().into_json()
            }
            (Value::Int(int), Value::Double(real)) | (Value::Double(real), Value::Int(int)) => {
                *int as f64 == *real
            }
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Int(left), Value::Int(right)) => left == right,
            (Value::Double(left), Value::Double(right)) => left == right,
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Time(left), Value::Time(right)) => left == right,
            (Value::Span(left), Value::Span(right)) => left == right,
            (Value::Bytes(left), Value::Bytes(right)) => left == right,
            (Value::List(left), Value::List(right)) => left.is_same(right),
            (Value::Map(left), Value::Map(right)) => left.is_same(right),
            (Value::Object(left), Value::Object(right)) => left == right,
            _ => false,
        }
    }

    /// What .NET calls its type, in messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "System.Boolean",
            Value::Int(_) => "System.Int32",
            Value::Double(_) => "System.Double",
            Value::String(_) => "System.String",
            Value::Json(token) if token.is_object() => "Newtonsoft.Json.Linq.JObject",
            Value::Json(token) if token.is_array() => "Newtonsoft.Json.Linq.JArray",
            Value::Json(_) => "Newtonsoft.Json.Linq.JValue",
            Value::Property(..) => "Newtonsoft.Json.Linq.JProperty",
            Value::List(_) => "System.String[]",
            Value::Map(_) => "System.Collections.Generic.Dictionary",
            Value::Pair(_) => "System.Collections.Generic.KeyValuePair",
            Value::Time(_) => "System.DateTime",
            Value::Span(_) => "System.TimeSpan",
            Value::Bytes(_) => "System.Byte[]",
            Value::Builder(_) => "System.Text.StringBuilder",
            Value::Match(_) => "System.Text.RegularExpressions.Match",
            Value::Jwt(_) => "Jwt",
            Value::Response(_) | Value::ResponseHeaders(_) | Value::ResponseBody(_) => "IResponse",
            Value::Tool(_) => "an object",
            Value::Function(_) => "a function",
            Value::Exception(_) => "System.Exception",
            Value::Object(_) => "a member of context",
        }
    }
}

fn cast_scalar(scalar: Json, to: Type) -> Result<Value, Thrown> {
    let found = match (to, &scalar) {
        (Type::String, Json::Null) => Some(Value::Null),
        (Type::String, _) => Some(Value::String(print_json(&scalar))),
        (Type::Int, Json::Number(number)) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|real| real.round() as i64))
            .map(Value::Int),
        (Type::Int, Json::String(text)) => return parse_int(text),
        (Type::Double, Json::Number(number)) => number.as_f64().map(Value::Double),
        (Type::Double, Json::String(text)) => text.trim().parse().ok().map(Value::Double),
        (Type::Bool, Json::Bool(flag)) => Some(Value::Bool(*flag)),
        (Type::Bool, Json::String(text)) => parse_bool(text),
        (Type::Time, Json::String(text)) => time::parse(text).map(Value::Time),
        _ => None,
    };
    found.ok_or_else(|| invalid_cast("JValue", to))
}

/// `int.Parse`.
pub(super) fn parse_int(text: &str) -> Result<Value, Thrown> {
    text.trim()
        .parse()
        .map(Value::Int)
        .map_err(|_| Thrown("Input string was not in a correct format.".into()))
}

/// `bool.Parse`.
pub(super) fn parse_bool(text: &str) -> Option<Value> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// As `JToken.ToString()` writes it: a scalar without quotes, a container over several lines.
fn print_json(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(flag) => Value::Bool(*flag).print(),
        Json::Number(number) => number.to_string(),
        container => pretty(container),
    }
}

/// As Newtonsoft writes JSON over several lines; what is empty stays on one.
pub(super) fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

fn invalid_cast(from: &str, to: Type) -> Thrown {
    Thrown(format!(
        "Unable to cast object of type '{from}' to type '{to:?}'."
    ))
}
