//! "Did you mean": the one place that compares names.

/// The known name that `name` was perhaps meant to be.
///
/// Close is a Jaro-Winkler likeness of 0.8 or more, or one slip of the finger (`adn` for `and`). Case and punctuation do
/// not count, so that `isTruncated` finds `is_truncated`.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = letters(name);
    known
        .into_iter()
        .map(|candidate| (likeness(&plain, &letters(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// `did you mean ...?` or, where nothing is close, what there is.
pub(super) fn one_of(name: &str, known: &[&str]) -> String {
    if let Some(close) = suggest(name, known.iter().copied()) {
        return format!("did you mean `{close}`?");
    }
    if known.is_empty() {
        return "it has no members".into();
    }
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}", quoted.join(", "))
}

const LEAST_LIKENESS: f64 = 0.8;

fn likeness(one: &str, other: &str) -> f64 {
    let is_one_slip = one.len().min(other.len()) > 2 && strsim::osa_distance(one, other) == 1;
    let likeness = strsim::jaro_winkler(one, other);
    if is_one_slip {
        likeness.max(LEAST_LIKENESS)
    } else {
        likeness
    }
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["status", "picture", "is_truncated", "has_width"];
        assert_eq!(suggest("statsu", known), Some("status"));
        assert_eq!(suggest("pictrue", known), Some("picture"));
        assert_eq!(suggest("isTruncated", known), Some("is_truncated"));
        assert_eq!(suggest("colour", known), None);
        assert_eq!(suggest("adn", ["and", "or"]), Some("and"));
        assert_eq!(one_of("colour", &["a", "b"]), "there are `a`, `b`");
    }
}
