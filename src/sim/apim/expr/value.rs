//! Values of expressions, and how C# compares, converts and prints them.

use super::ast::Type;
use serde_json::Value as Json;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(String),
    /// A `JToken`.
    Json(Json),
    /// A `string[]` or another list.
    List(Vec<Value>),
    /// Something that only the gateway can look into.
    Object(Object),
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
    /// As `ToString()` and string concatenation print it; nothing for null.
    pub(crate) fn print(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Int(number) => number.to_string(),
            Value::Double(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Json(json) => print_json(json),
            Value::List(_) => "System.String[]".into(),
            Value::Object(object) => format!("Microsoft.WindowsAzure.ApiManagement.{object:?}"),
        }
    }

    /// Whether it is null, a JSON null included.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// As a condition.
    pub(crate) fn as_bool(&self) -> Result<bool, Thrown> {
        match self {
            Value::Bool(flag) => Ok(*flag),
            Value::Json(Json::Bool(flag)) => Ok(*flag),
            other => Err(Thrown(format!("{} is no Boolean.", other.type_name()))),
        }
    }

    /// A cast, `(type)value`.
    pub(crate) fn cast(self, to: Type) -> Result<Value, Thrown> {
        match (to, self) {
            (Type::Object, value) => Ok(value),
            (Type::String | Type::Json, Value::Null) => Ok(Value::Null),
            (Type::String, Value::String(text)) => Ok(Value::String(text)),
            (Type::String, Value::Json(json)) => Ok(match json {
                Json::Null => Value::Null,
                Json::Array(_) | Json::Object(_) => return Err(invalid_cast("JContainer", to)),
                scalar => Value::String(print_json(&scalar)),
            }),
            (Type::Int, Value::Int(number)) => Ok(Value::Int(number)),
            (Type::Int, Value::Double(number)) => Ok(Value::Int(number.trunc() as i64)),
            (Type::Int, Value::Json(Json::Number(number))) => number
                .as_i64()
                .or_else(|| number.as_f64().map(|real| real.round() as i64))
                .map(Value::Int)
                .ok_or_else(|| invalid_cast("JValue", to)),
            (Type::Int, Value::Json(Json::String(text))) => parse_int(&text),
            (Type::Double, Value::Double(number)) => Ok(Value::Double(number)),
            (Type::Double, Value::Int(number)) => Ok(Value::Double(number as f64)),
            (Type::Double, Value::Json(Json::Number(number))) => number
                .as_f64()
                .map(Value::Double)
                .ok_or_else(|| invalid_cast("JValue", to)),
            (Type::Bool, Value::Bool(flag) | Value::Json(Json::Bool(flag))) => {
                Ok(Value::Bool(flag))
            }
            (Type::Json, Value::Json(json)) => Ok(Value::Json(json)),
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

    /// As a `JToken` inside a new one.
    pub(crate) fn into_json(self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(flag) => flag.into(),
            Value::Int(number) => number.into(),
            Value::Double(number) => number.into(),
            Value::String(text) => text.into(),
            Value::Json(json) => json,
            Value::List(items) => items.into_iter().map(Value::into_json).collect(),
            Value::Object(_) => self.print().into(),
        }
    }

    /// Whether `==` holds.
    pub(crate) fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Json(Json::Null), Value::Null) | (Value::Null, Value::Json(Json::Null)) => {
                false
            }
            (Value::Json(json), scalar @ (Value::String(_) | Value::Bool(_) | Value::Int(_)))
            | (scalar @ (Value::String(_) | Value::Bool(_) | Value::Int(_)), Value::Json(json)) => {
                *json == scalar.clone().into_json()
            }
            (Value::Int(int), Value::Double(real)) | (Value::Double(real), Value::Int(int)) => {
                *int as f64 == *real
            }
            (left, right) => left == right,
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
            Value::Json(_) => "Newtonsoft.Json.Linq.JToken",
            Value::List(_) => "System.String[]",
            Value::Object(_) => "a member of context",
        }
    }
}

/// `int.Parse`.
pub(super) fn parse_int(text: &str) -> Result<Value, Thrown> {
    text.trim()
        .parse()
        .map(Value::Int)
        .map_err(|_| Thrown("Input string was not in a correct format.".into()))
}

fn print_json(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(flag) => Value::Bool(*flag).print(),
        Json::Number(number) => number.to_string(),
        container => serde_json::to_string_pretty(container).unwrap_or_default(),
    }
}

fn invalid_cast(from: &str, to: Type) -> Thrown {
    Thrown(format!(
        "Unable to cast object of type '{from}' to type '{to:?}'."
    ))
}
