//! Cheap tests that a condition implies, read off its text: most conditions fail on the status, the envelope or an
//! absent header, and then the expression need not run.

use super::facts::Facts;

/// A test without which the condition it was read off cannot hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Guard {
    /// Nothing is known: the expression must run.
    Open,
    All(Vec<Guard>),
    Any(Vec<Guard>),
    Status(Vec<u16>),
    Envelope(Vec<String>),
    Host(Vec<String>),
    ErrorKind(Vec<String>),
    Header(String),
    Code(String),
    Filtered,
    Gateway,
    AzureFlux,
    JsonHas(String),
}

impl Guard {
    /// Reads the guard off a condition. What it does not understand it leaves open.
    pub(crate) fn of(condition: &str) -> Guard {
        let condition = bare(condition.trim());
        let branches = split(condition, " or ");
        if branches.len() > 1 {
            let guards: Vec<Guard> = branches.into_iter().map(Guard::of).collect();
            return match guards.contains(&Guard::Open) {
                true => Guard::Open,
                false => Guard::Any(guards),
            };
        }
        let parts = split(condition, " and ");
        if parts.len() > 1 {
            let mut guards: Vec<Guard> = parts.into_iter().map(Guard::of).collect();
            guards.retain(|guard| *guard != Guard::Open);
            return match guards.is_empty() {
                true => Guard::Open,
                false => Guard::All(guards),
            };
        }
        leaf(condition)
    }

    /// Whether the condition may hold.
    pub(crate) fn passes(&self, facts: &Facts) -> bool {
        match self {
            Guard::Open => true,
            Guard::All(guards) => guards.iter().all(|guard| guard.passes(facts)),
            Guard::Any(guards) => guards.iter().any(|guard| guard.passes(facts)),
            Guard::Status(wanted) => facts.status.is_some_and(|status| wanted.contains(&status)),
            Guard::Envelope(wanted) => wanted.iter().any(|name| name == facts.envelope),
            Guard::Host(wanted) => wanted.contains(&facts.request.host_kind),
            Guard::ErrorKind(wanted) if wanted.is_empty() => !facts.error.kind.is_empty(),
            Guard::ErrorKind(wanted) => wanted.contains(&facts.error.kind),
            Guard::Header(name) => facts.headers.contains_key(name),
            Guard::Code(code) => facts.codes.contains(code),
            Guard::Filtered => !facts.filtered.is_empty(),
            Guard::Gateway => !facts.found.gateway.is_empty(),
            Guard::AzureFlux => facts.is_azure_flux,
            Guard::JsonHas(key) => facts
                .json
                .as_ref()
                .is_some_and(|json| json.get(key).is_some()),
        }
    }
}

fn leaf(condition: &str) -> Guard {
    if let Some(rest) = condition.strip_prefix("status ") {
        let numbers =
            wanted(rest).map(|words| words.iter().map(|word| word.parse().ok()).collect());
        return match numbers.flatten() {
            Some(numbers) => Guard::Status(numbers),
            None => Guard::Open,
        };
    }
    if let Some(rest) = condition.strip_prefix("envelope ") {
        return wanted(rest).map_or(Guard::Open, Guard::Envelope);
    }
    if let Some(rest) = condition.strip_prefix("request.host_kind ") {
        return wanted(rest).map_or(Guard::Open, Guard::Host);
    }
    if let Some(rest) = condition.strip_prefix("error.kind ") {
        return match rest.starts_with("is startingwith(") {
            true => Guard::ErrorKind(Vec::new()),
            false => wanted(rest).map_or(Guard::Open, Guard::ErrorKind),
        };
    }
    if !condition.starts_with("not ")
        && let Some((before, rest)) = condition.split_once("headers['")
        && !before.ends_with("request.")
        && !before.contains("not in")
        && let Some((name, after)) = rest.split_once("']")
        && !after.contains("!=")
        && !after.contains("headers[")
    {
        return Guard::Header(name.to_owned());
    }
    match condition {
        "filtered" => return Guard::Filtered,
        "found.gateway" => return Guard::Gateway,
        "is_azure_flux" => return Guard::AzureFlux,
        "error.kind" => return Guard::ErrorKind(Vec::new()),
        _ => {}
    }
    if let Some((code, "codes")) = condition.split_once(" in ")
        && let Some(code) = code
            .strip_prefix('\'')
            .and_then(|code| code.strip_suffix('\''))
    {
        return Guard::Code(code.to_owned());
    }
    if condition.ends_with(" in filtered") && !condition.contains(" not in ") {
        return Guard::Filtered;
    }
    if let Some(rest) = condition.strip_prefix("json.") {
        let key = rest.split([' ', '.']).next().unwrap_or_default();
        return Guard::JsonHas(key.to_owned());
    }
    match condition.split_once(" in json.") {
        Some((_, key))
            if key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
        {
            Guard::JsonHas(key.to_owned())
        }
        _ => Guard::Open,
    }
}

/// The words of `== 'x'` or `in ['x', 'y']`.
fn wanted(rest: &str) -> Option<Vec<String>> {
    let unquoted = |word: &str| word.trim().trim_matches('\'').to_owned();
    if let Some(word) = rest.strip_prefix("== ") {
        return Some(vec![unquoted(word)]);
    }
    let list = rest.strip_prefix("in [")?.strip_suffix(']')?;
    Some(list.split(',').map(unquoted).collect())
}

/// A condition without the parentheses that enclose all of it.
fn bare(mut condition: &str) -> &str {
    while condition.starts_with('(') && closes_at_end(condition) {
        condition = condition[1..condition.len() - 1].trim();
    }
    condition
}

fn closes_at_end(condition: &str) -> bool {
    let mut depth = 0_usize;
    let mut is_quoted = false;
    for (at, c) in condition.char_indices() {
        match c {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == condition.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// Splits at `mark` outside parentheses, brackets and quotes.
fn split<'a>(condition: &'a str, mark: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut is_quoted, mut from) = (0_usize, false, 0);
    for (at, c) in condition.char_indices() {
        match c {
            '\'' => is_quoted = !is_quoted,
            '(' | '[' if !is_quoted => depth += 1,
            ')' | ']' if !is_quoted => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && !is_quoted && at >= from && condition[at..].starts_with(mark) => {
                parts.push(condition[from..at].trim());
                from = at + mark.len();
            }
            _ => {}
        }
    }
    parts.push(condition[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::super::condition::{Conditions, Scope};
    use super::super::read::reading;
    use super::*;
    use crate::knowledge::causes;

    #[test]
    fn guards_are_read_off_conditions() {
        assert_eq!(Guard::of("status == 404"), Guard::Status(vec![404]));
        assert_eq!(
            Guard::of("envelope in ['apim', 'arm'] and 'x or y' in text"),
            Guard::All(vec![Guard::Envelope(vec!["apim".into(), "arm".into()])])
        );
        assert_eq!(Guard::of("status == 404 or 'x' in text"), Guard::Open);
        assert_eq!(
            Guard::of("(headers['a'] or 'b' in headers['c'])"),
            Guard::Any(vec![Guard::Header("a".into()), Guard::Header("c".into())])
        );
        assert_eq!(Guard::of("not headers['a']"), Guard::Open);
        assert_eq!(Guard::of("'x' not in headers['a']"), Guard::Open);
        assert_eq!(Guard::of("status >= 400"), Guard::Open);
    }

    /// A guard may only spare work: wherever the condition holds, the guard passes.
    #[test]
    fn no_guard_stops_a_condition_that_holds() {
        let ladder = causes::ladder().unwrap();
        let all: Vec<_> = causes::builtin()
            .unwrap()
            .into_iter()
            .flat_map(|family| family.causes)
            .collect();
        let mut conditions = Conditions::new();
        let whens: Vec<_> = all
            .iter()
            .flat_map(|cause| cause.rules.iter().map(|rule| rule.when.as_str()))
            .chain(ladder.rungs.iter().map(|rung| rung.when.as_str()))
            .filter(|when| !when.is_empty())
            .map(|when| {
                (
                    when,
                    Guard::of(when),
                    conditions.add_expression("t", when).unwrap(),
                )
            })
            .collect();
        let mut held = 0;
        for example in all
            .iter()
            .flat_map(|cause| cause.witnesses.iter().chain(&cause.near_misses))
        {
            let facts = Facts::of(&reading(example, "t").exchange, &ladder.hosts);
            let scope = Scope::of(&facts);
            for (when, guard, expression) in &whens {
                if conditions.holds(*expression, &scope) {
                    held += 1;
                    assert!(guard.passes(&facts), "{when} on {example}");
                }
            }
        }
        assert!(held > 500);
    }
}
