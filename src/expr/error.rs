//! What can be wrong with an expression.

use super::names::{one_of, suggest};
use std::ops::Range;

/// An expression or template that cannot be used, or could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExprError {
    /// It does not parse.
    #[error("`{expression}` does not parse ({at}): {what}{}", .help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
    Syntax {
        /// The expression.
        expression: String,
        /// Where in it.
        at: Place,
        /// What the parser found wrong.
        what: String,
        /// What was perhaps meant.
        help: Option<String>,
    },
    /// It names something that does not exist.
    #[error("`{expression}` names {kind} `{name}`, which does not exist ({at}); {help}")]
    Unknown {
        /// The expression.
        expression: String,
        /// Where in it the name stands.
        at: Place,
        /// What the name was taken for.
        kind: NameKind,
        /// The name.
        name: String,
        /// What was perhaps meant, or what there is.
        help: String,
    },
    /// It asks for a value that is not there.
    #[error("`{expression}` needs a value that is not there: {what}")]
    Missing {
        /// The expression.
        expression: String,
        /// Which one, as far as it can be told.
        what: String,
    },
    /// It could not be evaluated with the values it was given.
    #[error("`{expression}` could not be evaluated: {what}")]
    Evaluation {
        /// The expression.
        expression: String,
        /// Why.
        what: String,
    },
    /// The values to evaluate it with cannot be written as JSON.
    #[error("the values for an expression cannot be written as JSON: {0}")]
    Context(String),
}

impl ExprError {
    /// Where in the expression it is wrong, where that is one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            ExprError::Syntax { at, .. } | ExprError::Unknown { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// What is wrong, without the expression and without the help.
    pub fn what(&self) -> String {
        match self {
            ExprError::Syntax { what, .. } => format!("the expression does not parse: {what}"),
            ExprError::Unknown { kind, name, .. } => {
                format!("there is no {} `{name}`", kind.word())
            }
            ExprError::Missing { what, .. } => format!("a value is not there: {what}"),
            ExprError::Evaluation { what, .. } => what.clone(),
            ExprError::Context(what) => what.clone(),
        }
    }

    /// What was perhaps meant.
    pub fn help(&self) -> Option<&str> {
        match self {
            ExprError::Unknown { help, .. } => Some(help),
            ExprError::Syntax { help, .. } => help.as_deref(),
            _ => None,
        }
    }

    pub(super) fn syntax(expression: &str, range: Range<usize>, what: String) -> Self {
        let help = help_at(expression.get(range.start..).unwrap_or(""));
        ExprError::Syntax {
            expression: expression.to_owned(),
            at: Place::of(expression, range),
            what,
            help,
        }
    }

    pub(super) fn unknown(
        expression: &str,
        at: Place,
        kind: NameKind,
        name: &str,
        known: &[&str],
    ) -> Self {
        ExprError::Unknown {
            expression: expression.to_owned(),
            at,
            kind,
            name: name.to_owned(),
            help: one_of(name, known),
        }
    }
}

/// What was perhaps meant by what the parser stopped at.
fn help_at(rest: &str) -> Option<String> {
    if rest.starts_with('=') {
        return Some("two values are compared with `==`".into());
    }
    if rest.starts_with("&&") || rest.starts_with("||") {
        return Some("conditions are joined with `and` and `or`".into());
    }
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    let close = suggest(&word, ["and", "or", "not", "is", "in", "if", "else"])?;
    Some(format!("did you mean `{close}`?"))
}

/// What a name was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A variable.
    Variable,
    /// A member of a variable.
    Member,
    /// A filter: `| name`.
    Filter,
    /// A test: `is name`.
    Test,
}

impl NameKind {
    fn word(self) -> &'static str {
        match self {
            NameKind::Variable => "variable",
            NameKind::Member => "member",
            NameKind::Filter => "filter",
            NameKind::Test => "test",
        }
    }
}

impl std::fmt::Display for NameKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {}", self.word())
    }
}

/// A place in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length of what stands there, in characters; at least 1.
    pub length: u32,
}

impl Place {
    /// The place of the bytes `range` in `text`.
    pub(super) fn of(text: &str, range: Range<usize>) -> Self {
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |part: &str| u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
        Place {
            line: count(&before.replace(|c| c != '\n', "")).saturating_add(1),
            column: count(&before[line_start..]).saturating_add(1),
            length: count(&text[start..end]).max(1),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
