//! Filters and tests beyond MiniJinja's own; `docs/scenarios.md` documents each.

use super::error::NameKind;
use super::literal::parse_timestamp;
use crate::model::{Size, SizeError};
use minijinja::{Environment, Error, ErrorKind};
use regex_lite::Regex;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Names of all filters or all tests, MiniJinja's own included.
pub(super) fn known(kind: NameKind) -> Vec<&'static str> {
    let (own, built_in) = match kind {
        NameKind::Filter => (FILTERS, BUILT_IN_FILTERS),
        NameKind::Test => (TESTS, BUILT_IN_TESTS),
        NameKind::Variable | NameKind::Member => return Vec::new(),
    };
    own.iter().chain(built_in).copied().collect()
}

const FILTERS: &[&str] = &["bits_apart", "iso_seconds", "percentile", "ratio"];
const TESTS: &[&str] = &["contains_ci", "endswith", "matches", "near", "startswith"];
const BUILT_IN_FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "zip",
];
const BUILT_IN_TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// Adds them to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_filter("bits_apart", bits_apart);
    environment.add_filter("iso_seconds", iso_seconds);
    environment.add_filter("percentile", percentile);
    environment.add_filter("ratio", ratio);
    environment.add_test("contains_ci", contains_ci);
    environment.add_test("endswith", endswith);
    environment.add_test("near", near);
    environment.add_test("startswith", startswith);
    let patterns = Patterns::default();
    environment.add_test("matches", move |text: &str, pattern: &str| {
        patterns.matches(text, pattern)
    });
}

/// Number of bits in which two hexadecimal hashes of one length differ.
fn bits_apart(one: &str, other: &str) -> Result<u32, Error> {
    let digits = |text: &str| {
        text.chars()
            .map(|c| c.to_digit(16))
            .collect::<Option<Vec<u32>>>()
            .ok_or_else(|| {
                wrong(format!(
                    "bits_apart takes two hexadecimal hashes, not `{text}`"
                ))
            })
    };
    let (one, other) = (digits(one)?, digits(other)?);
    if one.len() != other.len() {
        return Err(wrong(format!(
            "bits_apart takes hashes of one length, not {} and {} digits",
            one.len(),
            other.len()
        )));
    }
    Ok(one
        .iter()
        .zip(&other)
        .map(|(a, b)| (a ^ b).count_ones())
        .sum())
}

/// Seconds since 1970 of an RFC 3339 time.
fn iso_seconds(text: &str) -> Result<f64, Error> {
    parse_timestamp(text).map_err(|error| wrong(error.to_string()))
}

/// The value below which `p` percent of the list lie, interpolated between neighbours.
fn percentile(mut numbers: Vec<f64>, p: f64) -> Result<f64, Error> {
    if numbers.is_empty() || !(0.0..=100.0).contains(&p) {
        return Err(wrong(
            "percentile takes a list with at least one number, and a percentage from 0 to 100"
                .into(),
        ));
    }
    numbers.sort_by(f64::total_cmp);
    let rank = p / 100.0 * (numbers.len() - 1) as f64;
    let (below, share) = (rank.floor() as usize, rank.fract());
    let above = (below + 1).min(numbers.len() - 1);
    Ok(numbers[below] + (numbers[above] - numbers[below]) * share)
}

/// Width divided by height of `1344x768`.
fn ratio(size: &str) -> Result<f64, Error> {
    let size: Size = size
        .parse()
        .map_err(|error: SizeError| wrong(error.to_string()))?;
    Ok(size.ratio())
}

fn contains_ci(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

fn endswith(text: &str, end: &str) -> bool {
    text.ends_with(end)
}

fn near(number: f64, other: f64, tolerance: f64) -> bool {
    (number - other).abs() <= tolerance
}

fn startswith(text: &str, start: &str) -> bool {
    text.starts_with(start)
}

/// Patterns already compiled: the same few are asked for with every exchange.
#[derive(Debug, Default)]
struct Patterns(Mutex<HashMap<String, Arc<Regex>>>);

impl Patterns {
    fn matches(&self, text: &str, pattern: &str) -> Result<bool, Error> {
        Ok(self.get(pattern)?.is_match(text))
    }

    fn get(&self, pattern: &str) -> Result<Arc<Regex>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return Ok(Arc::clone(regex));
        }
        let regex = Regex::new(pattern)
            .map_err(|error| wrong(format!("`{pattern}` is no pattern: {error}")))?;
        let regex = Arc::new(regex);
        known.insert(pattern.to_owned(), Arc::clone(&regex));
        Ok(regex)
    }
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Context, Engine};
    use serde_json::{Value, json};

    fn eval(expression: &str) -> Value {
        let context = Context::new(&json!({
            "times": [4.0, 1, 2, 3], "size": "1344x768", "body": "Try again in 57 seconds.", "none_there": null,
            "when": "2025-10-01T12:00:10Z", "sent": "2025-10-01T14:00:00+02:00",
        }));
        Engine::strict()
            .eval(expression, &context)
            .unwrap_or_else(|error| Value::String(error.to_string()))
    }

    #[test]
    fn the_engine_has_every_filter_and_test_that_the_checker_knows() {
        for (kind, test) in [(NameKind::Filter, "filter"), (NameKind::Test, "test")] {
            for name in known(kind) {
                assert_eq!(eval(&format!("'{name}' is {test}")), json!(true), "{name}");
            }
        }
    }

    #[test]
    fn percentiles_are_interpolated() {
        assert_eq!(eval("times | percentile(50)"), json!(2.5));
        assert_eq!(eval("times | percentile(0)"), json!(1.0));
        assert_eq!(eval("times | percentile(100)"), json!(4.0));
        assert_eq!(eval("[7] | percentile(95)"), json!(7.0));
        assert!(
            eval("[] | percentile(95)")
                .to_string()
                .contains("at least one number")
        );
    }

    #[test]
    fn ratios_and_nearness() {
        assert_eq!(eval("size | ratio"), json!(1.75));
        assert_eq!(eval("1.5 is near(1.4615, 0.1)"), json!(true));
        assert_eq!(eval("1.5 is near(1.4, 0.05)"), json!(false));
        assert!(eval("'huge' | ratio").to_string().contains("WIDTHxHEIGHT"));
    }

    #[test]
    fn words_in_texts() {
        assert_eq!(eval("body is contains_ci('TRY AGAIN')"), json!(true));
        assert_eq!(eval("body is contains_ci('later')"), json!(false));
        assert_eq!(
            eval("body is startswith('Try') and body is endswith('.')"),
            json!(true)
        );
        assert_eq!(eval(r"body is matches('in \\d+ sec')"), json!(true));
        assert_eq!(eval("body is matches('^again')"), json!(false));
        assert!(
            eval("body is matches('(')")
                .to_string()
                .contains("is no pattern")
        );
        assert!(
            eval("none_there is contains_ci('x')")
                .to_string()
                .contains("could not be evaluated")
        );
    }

    #[test]
    fn times_and_hashes() {
        assert_eq!(
            eval("(when | iso_seconds) - (sent | iso_seconds)"),
            json!(10.0)
        );
        assert_eq!(eval("'00ff' | bits_apart('01fe')"), json!(2));
        assert!(
            eval("'00' | bits_apart('000')")
                .to_string()
                .contains("one length")
        );
    }
}
