//! JSON bodies: their parameters, and what is said when one is not as it must be (OpenAI's words).

use super::answer::Answer;
use super::refusals;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// The parameters of a request.
#[derive(Debug, Clone)]
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads a body that must be one JSON object.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Answer> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Arguments(map)),
            _ => Err(refusals::unreadable_body()),
        }
    }

    /// The parameters of a request that another was made into.
    pub(super) fn of(map: Map<String, Value>) -> Self {
        Arguments(map)
    }

    /// A parameter that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The names of all parameters, null ones included.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Refuses the first parameter that is in none of the lists.
    pub(super) fn refuse_unknown(&self, known: &[&[&str]]) -> Result<(), Answer> {
        let unknown = self
            .names()
            .find(|name| !known.iter().any(|list| list.contains(name)));
        unknown.map_or(Ok(()), |name| {
            Err(refusals::invalid(
                "unknown_parameter",
                &format!("Unknown parameter: '{name}'."),
                name,
            ))
        })
    }

    /// A text parameter.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Answer> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong_type(name, "a string", other)),
        }
    }

    /// A text parameter that must be there and not be blank.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, Answer> {
        required(name, self.text(name)?)
    }

    /// A whole number within a range.
    pub(super) fn integer(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, Answer> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let Some(number) = value.as_i64() else {
            return Err(wrong_type(name, "an integer", value));
        };
        in_range(name, number, range).map(Some)
    }

    /// A text parameter out of a list.
    pub(super) fn choice(&self, name: &str, offered: &[&str]) -> Result<Option<&str>, Answer> {
        let found = self.text(name)?;
        match found {
            Some(value) if !offered.contains(&value) => {
                let offered: Vec<String> = offered.iter().map(|one| format!("'{one}'")).collect();
                Err(refusals::invalid(
                    "invalid_value",
                    &format!(
                        "Invalid value: '{value}'. Supported values are: {}.",
                        offered.join(", ")
                    ),
                    name,
                ))
            }
            _ => Ok(found),
        }
    }
}

/// Refuses a parameter that is missing or blank.
pub(super) fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Answer> {
    match value {
        None => Err(refusals::invalid(
            "missing_required_parameter",
            &format!("Missing required parameter: '{name}'."),
            name,
        )),
        Some(text) if text.trim().is_empty() => Err(refusals::invalid(
            "string_below_min_length",
            &format!(
                "Invalid '{name}': empty string. Expected a string with minimum length 1, but got an empty string instead."
            ),
            name,
        )),
        Some(text) => Ok(text),
    }
}

/// Refuses a number outside of a range.
pub(super) fn in_range(name: &str, number: i64, range: RangeInclusive<i64>) -> Result<i64, Answer> {
    if number < *range.start() {
        let least = range.start();
        return Err(refusals::invalid(
            "integer_below_min_value",
            &format!(
                "Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {number} instead."
            ),
            name,
        ));
    }
    if number > *range.end() {
        let most = range.end();
        return Err(refusals::invalid(
            "integer_above_max_value",
            &format!(
                "Invalid '{name}': integer above maximum value. Expected a value <= {most}, but got {number} instead."
            ),
            name,
        ));
    }
    Ok(number)
}

fn wrong_type(name: &str, wanted: &str, found: &Value) -> Answer {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    refusals::invalid(
        "invalid_type",
        &format!("Invalid type for '{name}': expected {wanted}, but got {found} instead."),
        name,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(body: &str) -> Arguments {
        Arguments::parse(body.as_bytes()).unwrap()
    }

    fn said<T: std::fmt::Debug>(outcome: Result<T, Answer>) -> String {
        String::from_utf8(outcome.unwrap_err().body.to_vec()).unwrap()
    }

    #[test]
    fn only_an_object_is_a_body() {
        for body in ["", "{", "[]", "null", "{} trailing"] {
            let answer = Arguments::parse(body.as_bytes()).unwrap_err();
            assert_eq!(answer.status, 400, "{body}");
        }
    }

    #[test]
    fn each_mistake_has_its_code_and_parameter() {
        let given =
            arguments(r#"{"prompt":" ","n":"one","m":11,"quality":"best","odd":1,"gone":null}"#);
        assert_eq!(
            said(given.refuse_unknown(&[&["prompt", "n", "m"], &["quality", "gone"]])),
            r#"{"error":{"code":"unknown_parameter","message":"Unknown parameter: 'odd'.","param":"odd","type":"invalid_request_error"}}"#
        );
        assert!(
            said(given.required_text("prompt")).contains(r#""code":"string_below_min_length""#)
        );
        assert!(said(given.required_text("gone")).contains("Missing required parameter: 'gone'."));
        assert!(
            said(given.integer("n", 1..=10))
                .contains("expected an integer, but got a string instead")
        );
        assert!(
            said(given.integer("m", 1..=10))
                .contains("Expected a value <= 10, but got 11 instead.")
        );
        assert!(
            said(given.integer("m", 12..=20))
                .contains("Expected a value >= 12, but got 11 instead.")
        );
        assert!(
            said(given.choice("quality", &["hd", "standard"]))
                .contains("Supported values are: 'hd', 'standard'.")
        );
        assert_eq!(given.integer("m", 1..=11).unwrap(), Some(11));
        assert_eq!(given.integer("gone", 1..=11).unwrap(), None);
    }
}
