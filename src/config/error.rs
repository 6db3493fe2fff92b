//! What can be wrong with a configuration: where it stands, what it is, what to do.

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A YAML file is not right.
    #[error("{path}:{line}:{column}: {message}{}\n{snippet}", hinted(.hint))]
    File {
        /// Path as given.
        path: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong.
        message: String,
        /// What was probably meant.
        hint: Option<String>,
        /// The line, with a mark under the column.
        snippet: String,
    },
    /// A profile cannot be had.
    #[error("{what}: {help}")]
    Profile {
        /// What is wrong.
        what: String,
        /// What there is, or what to do.
        help: String,
    },
    /// A `.env` file is not right. The line itself is not shown, it may hold a secret.
    #[error(
        "{path}:{line}: this line cannot be read; write NAME=value, and quote a value with spaces, `#` or `$` in 'single quotes'"
    )]
    DotEnv {
        /// Path as given.
        path: String,
        /// Line, from 1.
        line: usize,
    },
}

impl ConfigError {
    /// The error of a parser in `text`, with a snippet of the line and a suggestion where a name is misspelt.
    pub(super) fn of_yaml(path: &str, text: &str, error: &serde_saphyr::Error) -> Self {
        let at = error.location();
        let line = at.map_or(1, |at| at.line()).max(1);
        let column = at.map_or(1, |at| at.column()).max(1);
        let said = error.without_snippet().to_string();
        let message = said
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        ConfigError::File {
            path: path.to_owned(),
            line,
            column,
            hint: nearest(&message),
            message,
            snippet: snippet(text, line, column),
        }
    }
}

fn hinted(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|hint| format!("; did you mean `{hint}`?"))
        .unwrap_or_default()
}

/// The name among `expected one of a, b, c` that is nearest to the one in back quotes.
fn nearest(message: &str) -> Option<String> {
    let given = message.split('`').nth(1)?;
    let (_, expected) = message.split_once("expected ")?;
    let expected = expected.trim_start_matches("one of ");
    expected
        .split(", ")
        .map(|name| name.trim_matches('`'))
        .map(|name| (strsim::osa_distance(given, name), name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

fn snippet(text: &str, line: u64, column: u64) -> String {
    let number = line.to_string();
    let index = usize::try_from(line - 1).unwrap_or(usize::MAX);
    let shown = without_secret(text.lines().nth(index).unwrap_or_default());
    let gutter = " ".repeat(number.len());
    let indent = " ".repeat(usize::try_from(column - 1).unwrap_or(0).min(shown.len()));
    format!("{gutter} |\n{number} | {shown}\n{gutter} | {indent}^")
}

/// The line, without its value where its name sounds like a secret.
fn without_secret(line: &str) -> String {
    const WORDS: [&str; 4] = ["key", "secret", "token", "password"];
    match line.split_once(':') {
        Some((name, value)) if !value.trim().is_empty() => {
            let lower = name.to_ascii_lowercase();
            if WORDS.iter().any(|word| lower.contains(word)) {
                format!("{name}: (not shown)")
            } else {
                line.to_owned()
            }
        }
        _ => line.to_owned(),
    }
}
