//! `$filter` of API Management's lists: comparisons and text functions joined by `and`.

use super::errors::ArmError;
use serde_json::Value;

/// Conditions that must all hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter(Vec<Condition>);

#[derive(Debug, PartialEq, Eq)]
struct Condition {
    test: Test,
    field: String,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equals,
    Differs,
    Contains,
    StartsWith,
    EndsWith,
}

/// Functions by their name.
const FUNCTIONS: &[(&str, Test)] = &[
    ("contains(", Test::Contains),
    ("startswith(", Test::StartsWith),
    ("endswith(", Test::EndsWith),
];

/// Reads a filter; what it does not know is an error, as in the service.
pub(super) fn parse(text: &str) -> Result<Filter, ArmError> {
    text.split(" and ")
        .map(|part| condition(part.trim()))
        .collect::<Option<Vec<_>>>()
        .map(Filter)
        .ok_or_else(|| ArmError::validation("The $filter query option is not valid."))
}

impl Filter {
    /// Whether `item` passes. A field is looked for on the item and then among its properties.
    pub(super) fn matches(&self, item: &Value) -> bool {
        self.0.iter().all(|condition| {
            let name = condition.field.trim_start_matches("properties/");
            let found = item
                .get(name)
                .or_else(|| item.get("properties").and_then(|all| all.get(name)));
            let text = match found {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => return false,
            };
            let value = condition.value.as_str();
            match condition.test {
                Test::Equals => text == value,
                Test::Differs => text != value,
                Test::Contains => text.contains(value),
                Test::StartsWith => text.starts_with(value),
                Test::EndsWith => text.ends_with(value),
            }
        })
    }
}

fn condition(text: &str) -> Option<Condition> {
    for (name, test) in FUNCTIONS {
        if let Some(arguments) = text.strip_prefix(name) {
            let (field, value) = arguments.strip_suffix(')')?.split_once(',')?;
            return made(*test, field, value);
        }
    }
    let (field, test, value) = match text.split_once(" eq ") {
        Some((field, value)) => (field, Test::Equals, value),
        None => {
            let (field, value) = text.split_once(" ne ")?;
            (field, Test::Differs, value)
        }
    };
    made(test, field, value)
}

fn made(test: Test, field: &str, value: &str) -> Option<Condition> {
    let value = value.trim();
    let value = match value.strip_prefix('\'') {
        Some(quoted) => quoted.strip_suffix('\'')?.replace("''", "'"),
        None => value.to_owned(),
    };
    Some(Condition {
        test,
        field: field.trim().to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_picks_by_name_and_property() {
        let item =
            json!({"name": "a", "properties": {"path": "inference/openai", "isCurrent": true}});
        let matches = |text: &str| parse(text).unwrap().matches(&item);
        assert!(matches("name eq 'a'"));
        assert!(!matches("name ne 'a'"));
        assert!(matches(
            "contains(properties/path,'openai') and isCurrent eq true"
        ));
        assert!(!matches("startswith(path,'openai')"));
        assert!(!matches("nothing eq 'a'"));
        assert!(parse("name is a").is_err());
        assert!(parse("name eq 'a").is_err());
    }
}
