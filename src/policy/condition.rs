//! Conditions, judged as far as they can be: yes, no, or unsure.

use super::document::Text;
use super::syntax::{Expr, parse};
use std::collections::BTreeMap;

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// What is known does not decide.
    Unsure,
}

impl Truth {
    /// The other way round.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unsure => Truth::Unsure,
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unsure,
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::Yes } else { Truth::No }
    }
}

/// What the backend has answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// It could not be reached, or timed out: `context.Response` is null.
    None,
    /// This status.
    Status(u16),
}

/// What is known of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its method.
    pub method: Option<String>,
    /// Its path, without the gateway's host.
    pub path: Option<String>,
    /// The deployment in its path.
    pub deployment: Option<String>,
    /// Id of the operation.
    pub operation: Option<String>,
    /// Id of the API.
    pub api: Option<String>,
    /// What the backend has answered.
    pub answer: Answer,
    /// Variables that `set-variable` has given a plain value.
    pub variables: BTreeMap<String, String>,
}

/// Whether a condition holds for a call of which `facts` are known.
pub fn judge(condition: &Text, facts: &Facts) -> Truth {
    if condition.has_secret {
        return Truth::Unsure;
    }
    let text = condition.text.trim();
    match text.to_ascii_lowercase().as_str() {
        "true" => return Truth::Yes,
        "false" => return Truth::No,
        _ => {}
    }
    match body(text).and_then(parse) {
        Some(expr) => truth(&value(&expr, facts)),
        None => Truth::Unsure,
    }
}

/// The string that an expression comes to for a call of which `facts` are known; nothing where they do not decide.
pub fn text_of(text: &Text, facts: &Facts) -> Option<String> {
    if text.has_secret {
        return None;
    }
    if !text.is_expression() {
        return Some(text.text.trim().to_owned());
    }
    match value(&parse(body(text.text.trim())?)?, facts) {
        Value::Text(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::List(_) | Value::Unknown => None,
    }
}

/// The expression inside `@(...)`, or what `@{ return ...; }` returns.
fn body(text: &str) -> Option<&str> {
    if let Some(inner) = text
        .strip_prefix("@(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return Some(inner);
    }
    let block = text.strip_prefix("@{")?.strip_suffix('}')?.trim();
    block.strip_prefix("return")?.strip_suffix(';')
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Bool(bool),
    Number(f64),
    Text(String),
    Null,
    List(Vec<Value>),
    Unknown,
}

fn truth(value: &Value) -> Truth {
    match value {
        Value::Bool(holds) => Truth::from(*holds),
        _ => Truth::Unsure,
    }
}

fn of(truth: Truth) -> Value {
    match truth {
        Truth::Yes => Value::Bool(true),
        Truth::No => Value::Bool(false),
        Truth::Unsure => Value::Unknown,
    }
}

fn value(expr: &Expr, facts: &Facts) -> Value {
    let truth_of = |expr: &Expr| truth(&value(expr, facts));
    match expr {
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::Number(number) => Value::Number(*number),
        Expr::List(items) => Value::List(items.iter().map(|item| value(item, facts)).collect()),
        Expr::Not(inner) => of(truth_of(inner).negated()),
        Expr::And(left, right) => of(truth_of(left).and(truth_of(right))),
        Expr::Or(left, right) => of(truth_of(left).or(truth_of(right))),
        Expr::Compare(sign, left, right) => {
            of(compare(sign, &value(left, facts), &value(right, facts)))
        }
        Expr::Choose(condition, yes, no) => match truth_of(condition) {
            Truth::Yes => value(yes, facts),
            Truth::No => value(no, facts),
            Truth::Unsure => {
                let (yes, no) = (value(yes, facts), value(no, facts));
                if yes == no { yes } else { Value::Unknown }
            }
        },
        Expr::Or2(left, right) => match value(left, facts) {
            Value::Null => value(right, facts),
            other => other,
        },
        Expr::Name(name) => match name.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => Value::Unknown,
        },
        Expr::Member(..) => match expr.path() {
            Some(path) => named(&path, facts),
            None => Value::Unknown,
        },
        Expr::Index(of, key) => indexed(of, &value(key, facts), facts),
        Expr::Call(of, name, arguments) => called(of, name, arguments, facts),
        Expr::Opaque => Value::Unknown,
    }
}

fn named(path: &str, facts: &Facts) -> Value {
    let known = |text: &Option<String>| text.clone().map_or(Value::Unknown, Value::Text);
    match path {
        "context.Response.StatusCode" => match facts.answer {
            Answer::Status(status) => Value::Number(f64::from(status)),
            Answer::None => Value::Null,
            Answer::Unknown => Value::Unknown,
        },
        // An object that is there, without a value of its own, is told from null alone.
        "context.Response" => match facts.answer {
            Answer::None => Value::Null,
            Answer::Status(_) => Value::List(Vec::new()),
            Answer::Unknown => Value::Unknown,
        },
        "context.Request.Method" => known(&facts.method),
        "context.Operation.Id" => known(&facts.operation),
        "context.Api.Id" => known(&facts.api),
        "context.Request.OriginalUrl.Path" | "context.Request.Url.Path" => known(&facts.path),
        "string.Empty" | "String.Empty" => Value::Text(String::new()),
        _ => Value::Unknown,
    }
}

fn indexed(of: &Expr, key: &Value, facts: &Facts) -> Value {
    let (Some(path), Value::Text(key)) = (of.path(), key) else {
        return Value::Unknown;
    };
    match path.as_str() {
        "context.Variables" => variable(key, facts),
        "context.Request.MatchedParameters" => parameter(key, facts),
        _ => Value::Unknown,
    }
}

fn variable(key: &str, facts: &Facts) -> Value {
    let known = facts.variables.get(key).cloned();
    known.map_or(Value::Unknown, Value::Text)
}

fn parameter(key: &str, facts: &Facts) -> Value {
    let is_deployment = key.to_ascii_lowercase().contains("deployment");
    let known = facts.deployment.clone().filter(|_| is_deployment);
    known.map_or(Value::Unknown, Value::Text)
}

fn called(of: &Expr, name: &str, arguments: &[Expr], facts: &Facts) -> Value {
    let arguments: Vec<Value> = arguments.iter().map(|one| value(one, facts)).collect();
    let first = arguments.first();
    if name == "GetValueOrDefault" {
        let (Some(path), Some(Value::Text(key))) = (of.path(), first) else {
            return Value::Unknown;
        };
        return match path.as_str() {
            "context.Variables" => variable(key, facts),
            "context.Request.MatchedParameters" => parameter(key, facts),
            _ => Value::Unknown,
        };
    }
    let path = of.path().unwrap_or_default();
    if matches!(path.as_str(), "string" | "String") && name.starts_with("IsNullOr") {
        return match first {
            Some(Value::Text(text)) => Value::Bool(text.trim().is_empty()),
            Some(Value::Null) => Value::Bool(true),
            _ => Value::Unknown,
        };
    }
    match (value(of, facts), name, first) {
        (Value::List(items), "Contains", Some(item)) if !items.is_empty() => {
            let equal = items.iter().map(|one| compare("==", one, item));
            self::of(equal.fold(Truth::No, Truth::or))
        }
        (Value::Text(text), "Contains", Some(Value::Text(part))) => {
            Value::Bool(text.contains(part.as_str()))
        }
        (Value::Text(text), "StartsWith", Some(Value::Text(part))) => {
            Value::Bool(text.starts_with(part.as_str()))
        }
        (Value::Text(text), "EndsWith", Some(Value::Text(part))) => {
            Value::Bool(text.ends_with(part.as_str()))
        }
        (Value::Text(text), "Equals", Some(other @ Value::Text(_))) => {
            // A second argument may ask for any case, which changes nothing where the cases agree.
            self::of(compare("==", &Value::Text(text), other))
        }
        (Value::Text(text), "ToLower" | "ToLowerInvariant", None) => {
            Value::Text(text.to_lowercase())
        }
        (Value::Text(text), "ToUpper" | "ToUpperInvariant", None) => {
            Value::Text(text.to_uppercase())
        }
        (Value::Text(text), "Trim", None) => Value::Text(text.trim().to_owned()),
        (text @ Value::Text(_), "ToString", None) => text,
        _ => Value::Unknown,
    }
}

fn compare(sign: &str, left: &Value, right: &Value) -> Truth {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Null, Value::Null) => Some(std::cmp::Ordering::Equal),
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        // Null against anything that is there: C# takes it for neither less nor more.
        (Value::Null, _) | (_, Value::Null) => {
            return match sign {
                "!=" => Truth::Yes,
                _ => Truth::No,
            };
        }
        _ => None,
    };
    let Some(order) = order else {
        return Truth::Unsure;
    };
    Truth::from(match sign {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        _ => return Truth::Unsure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(condition: &str) -> Text {
        Text {
            text: condition.into(),
            has_secret: false,
        }
    }

    fn at(condition: &str, answer: Answer) -> Truth {
        let facts = Facts {
            method: Some("POST".into()),
            deployment: Some("FLUX-1.1-pro".into()),
            answer,
            ..Facts::default()
        };
        judge(&text(condition), &facts)
    }

    #[test]
    fn common_forms_are_understood_and_the_rest_is_not_guessed() {
        use Answer::{None, Status};
        use Truth::{No, Unsure, Yes};
        for (condition, answer, truth) in [
            ("@(context.Response.StatusCode == 429)", Status(429), Yes),
            ("@(context.Response.StatusCode == 429)", Status(500), No),
            (
                "@(context.Response.StatusCode >= 500 || context.Response.StatusCode == 429)",
                Status(503),
                Yes,
            ),
            (
                "@(context.Response != null && context.Response.StatusCode >= 500)",
                None,
                No,
            ),
            ("@(context.Response.StatusCode >= 500)", None, No),
            (
                "@(context.Response == null || (int)context.Response.StatusCode > 499)",
                None,
                Yes,
            ),
            (
                "@(new [] { 429, 503 }.Contains(context.Response.StatusCode))",
                Status(503),
                Yes,
            ),
            (
                "@(new[]{429,503}.Contains(context.Response.StatusCode))",
                Status(400),
                No,
            ),
            ("@(context.Request.Method == \"GET\")", Status(200), No),
            (
                "@(context.Request.Method != \"GET\" && !(1 > 2))",
                Status(200),
                Yes,
            ),
            (
                "@(context.Request.MatchedParameters[\"deployment-id\"].Contains(\"FLUX\"))",
                Status(200),
                Yes,
            ),
            (
                "@(context.Request.Headers.GetValueOrDefault(\"x\",\"\") == \"y\")",
                Status(200),
                Unsure,
            ),
            (
                "@(context.Response.StatusCode == 429 && context.Response.StatusReason.Contains(\"Backend pool\"))",
                Status(429),
                Unsure,
            ),
            (
                "@(context.Response.StatusCode == 429 && context.Response.StatusReason.Contains(\"Backend pool\"))",
                Status(500),
                No,
            ),
            (
                "@{ return context.Response.StatusCode == 500; }",
                Status(500),
                Yes,
            ),
            ("@{ var x = 1; return x == 1; }", Status(500), Unsure),
            (
                "@(context.Response.Headers.Any(h => h.Key == \"x\"))",
                Status(500),
                Unsure,
            ),
            ("true", Status(500), Yes),
            ("@(", Status(500), Unsure),
            ("@(((((", Status(500), Unsure),
        ] {
            assert_eq!(at(condition, answer), truth, "{condition} {answer:?}");
        }
    }

    #[test]
    fn a_choice_comes_to_the_text_it_chooses() {
        let facts = Facts {
            variables: [("pool".to_owned(), "b2".to_owned())].into(),
            ..Facts::default()
        };
        let come = |value: &str| text_of(&text(value), &facts);
        assert_eq!(
            come("@((string)context.Variables[\"pool\"])").as_deref(),
            Some("b2")
        );
        assert_eq!(come("@(true ? \"a\" : \"b\")").as_deref(), Some("a"));
        assert_eq!(come("@(context.X ? \"a\" : \"b\")"), None);
        assert_eq!(come("plain").as_deref(), Some("plain"));
    }
}
