//! What can be wrong with a file, and how it is told: file, line, column, the line itself with a caret, and help.

use super::ast::Position;
use std::fmt;

/// Why scenarios cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// A file is not a valid scenario; all that is wrong with it, as far as it could be read.
    #[error("{}", Problems(.0))]
    Invalid(Vec<Problem>),
    /// A file or folder cannot be read.
    #[error("{path} cannot be read: {why}; check the path and its permissions")]
    Unreadable {
        /// The path as the user named it.
        path: String,
        /// What the system said.
        why: String,
    },
    /// A folder in which no file is a scenario.
    #[error("{path} holds no scenario: put files that end in .yaml there, or name one file")]
    Empty {
        /// The path as the user named it.
        path: String,
    },
    /// No scenario has this letter, name or tag.
    #[error("there is no scenario `{word}`: {help}")]
    Unknown {
        /// What was asked for.
        word: String,
        /// What was perhaps meant, or what there is.
        help: String,
    },
    /// Two files claim one id.
    #[error("{one} and {other} both have the id `{id}`; give one of them another")]
    Twice {
        /// The id.
        id: String,
        /// The file read first.
        one: String,
        /// The file read second.
        other: String,
    },
}

impl ScenarioError {
    /// The problems of an invalid file; empty for other errors.
    pub fn problems(&self) -> &[Problem] {
        match self {
            ScenarioError::Invalid(problems) => problems,
            _ => &[],
        }
    }
}

/// One thing that is wrong with a file.
///
/// ```text
/// b.yaml:7:5: there is no key `expct` here
///   7 |     expct: status == 200
///     |     ^^^^^
///   help: did you mean `expect`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Position,
    /// How many characters the caret underlines; at least 1.
    pub length: u32,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
    /// The line of the file; empty where there is none.
    pub line_text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)?;
        if !self.line_text.is_empty() {
            let number = self.at.line.to_string();
            let margin = " ".repeat(number.len());
            let before = " ".repeat(self.at.column.saturating_sub(1) as usize);
            let carets = "^".repeat(self.length.max(1) as usize);
            write!(
                f,
                "\n  {number} | {}\n  {margin} | {before}{carets}",
                self.line_text
            )?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// Several problems, one after the other.
struct Problems<'a>(&'a [Problem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}
