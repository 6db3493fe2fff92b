//! Which expressions of a policy can throw: what they take for granted may be missing at run time.

use std::collections::BTreeSet;

/// What is certain to be there while an expression runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Granted {
    /// Variables that have been set for certain.
    pub(super) variables: BTreeSet<String>,
    /// Parameters of the operation's template.
    pub(super) parameters: BTreeSet<String>,
    /// Whether the backend has answered.
    pub(super) has_answer: bool,
}

/// Calls that throw where their text or list is not as they want it.
const THROWING: [&str; 16] = [
    ".parse(",
    "convert.to",
    ".first(",
    ".last(",
    ".single(",
    ".elementat(",
    ".substring(",
    ".as<jobject>",
    ".as<jarray>",
    ".as<jtoken>",
    ".as<xelement>",
    ".as<xdocument>",
    ".frombase64string(",
    ".remove(",
    ".getvalue(",
    "throw ",
];

/// Members of the context that are null for some callers.
const NULLABLE: [&str; 3] = ["context.product.", "context.user.", "context.lasterror."];

/// Whether an expression can throw, with what is `granted`. Guards with `?`, `??`, `GetValueOrDefault`, `ContainsKey`,
/// `TryParse` and comparisons with null count as the care that they are.
pub(super) fn can_throw(expression: &str, granted: &Granted) -> bool {
    let text: String = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = without_strings(&text).to_lowercase();
    let is_guarded = text.contains("!= null") || text.contains("containskey(");
    let is_careful = text.contains("try{") || text.contains("try {");
    if is_careful {
        return false;
    }
    if THROWING.iter().any(|call| text.contains(call)) {
        // The body of a call that is JSON is read in good faith; what is then taken of it is judged below.
        return true;
    }
    let is_null = |name: &&str| text.contains(*name) && !is_guarded;
    if NULLABLE.iter().any(is_null) {
        return true;
    }
    if !granted.has_answer && text.contains("context.response.") && !is_guarded {
        return true;
    }
    if text.contains(".asjwt().") && !is_guarded {
        return true;
    }
    let expression = expression.split_whitespace().collect::<String>();
    indexed(&expression).any(|(of, key)| {
        let of = of.to_ascii_lowercase();
        match key {
            _ if is_guarded => false,
            Some(key) if of.ends_with("variables") => !granted.variables.contains(key),
            Some(key) if of.ends_with("matchedparameters") => !granted.parameters.contains(key),
            // A header or a parameter of the query need not be there; a list need not be so long; what is taken of
            // JSON that is missing is null, and null has no members.
            _ => !of.ends_with('?'),
        }
    })
}

/// Texts in quotes are blanked out, so that their words are not taken for code.
fn without_strings(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_inside = false;
    let mut before = ' ';
    for c in text.chars() {
        if c == '"' && before != '\\' {
            is_inside = !is_inside;
            kept.push(c);
        } else if !is_inside {
            kept.push(c);
        }
        before = c;
    }
    kept
}

/// Every `of[key]`, with the key where it is a text in quotes.
fn indexed(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.match_indices('[').filter_map(|(at, _)| {
        let of = text.get(..at)?;
        // `new[] {…}` and `int[]` index nothing.
        let rest = text.get(at + 1..)?;
        let is_type = rest.starts_with(']') || of.ends_with("new") || of.is_empty();
        let inner = rest.split(']').next()?;
        let key = inner
            .strip_prefix('"')
            .and_then(|key| key.strip_suffix('"'));
        (!is_type).then_some((of, key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted() -> Granted {
        Granted {
            variables: BTreeSet::from(["token".to_owned()]),
            parameters: BTreeSet::from(["deployment-id".to_owned()]),
            has_answer: false,
        }
    }

    #[test]
    fn what_takes_something_for_granted_can_throw() {
        for expression in [
            r#"@(int.Parse(context.Request.Headers.GetValueOrDefault("x-team", "none")))"#,
            r#"@(context.Request.Headers["x-team"][0])"#,
            r#"@("Bearer " + (string)context.Variables["other"])"#,
            r#"@(context.Request.MatchedParameters["model"])"#,
            r#"@(context.Request.Body.As<JObject>(true)["model"].ToString())"#,
            r#"@(context.Response.StatusCode == 429)"#,
            r#"@(context.Product.Name)"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").AsJwt().Subject)"#,
        ] {
            assert!(can_throw(expression, &granted()), "{expression}");
        }
    }

    #[test]
    fn what_minds_its_gaps_cannot() {
        let mut granted = granted();
        for expression in [
            r#"@("Bearer " + (string)context.Variables["token"])"#,
            r#"@(context.Request.MatchedParameters["deployment-id"] == "flux")"#,
            r#"@(context.Request.Headers.GetValueOrDefault("x-team", "none"))"#,
            r#"@(context.Response != null && context.Response.StatusCode == 429)"#,
            r#"@(context.Subscription?.Id ?? "none")"#,
            r#"@("int.Parse(x) and context.Product.Name in quotes")"#,
            r#"@(new[] { "a", "b" }.Contains(context.Request.Method))"#,
        ] {
            assert!(!can_throw(expression, &granted), "{expression}");
        }
        granted.has_answer = true;
        assert!(!can_throw(
            "@(context.Response.StatusCode >= 400)",
            &granted
        ));
    }
}
