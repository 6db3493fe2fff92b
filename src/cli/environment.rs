//! The environment, read once; and the `.env` file beside it, which never overrides a variable that is set.

use super::exit::Exit;
use super::failure::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that is read where none is named.
const DEFAULT_FILE: &str = ".env";

/// Variables by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of the process. Values that are no Unicode are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment comes in"
    )]
    pub(super) fn of_process() -> Self {
        let variables = std::env::vars_os();
        let readable = variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Environment(readable.collect())
    }

    /// Adds what `file` sets, or `.env` where none is named; in CI only a named file is read.
    ///
    /// # Errors
    /// Where a named file cannot be read, or a line is no assignment.
    pub(super) fn with_file(mut self, file: Option<&Path>) -> Result<Self, Failure> {
        let path = match file {
            Some(path) => path.to_owned(),
            None if self.is_set("CI") || !Path::new(DEFAULT_FILE).is_file() => return Ok(self),
            None => PathBuf::from(DEFAULT_FILE),
        };
        let shown = path.display();
        let assignments = dotenvy::from_path_iter(&path).map_err(|error| {
            let help = "check the path given to --env-file";
            Failure::new(
                Exit::Usage,
                format!("{shown} cannot be read: {error}; {help}"),
            )
        })?;
        for (index, assignment) in assignments.enumerate() {
            // The library's message repeats the line, which may hold a secret.
            let (name, value) = assignment.map_err(|_| {
                let number = index + 1;
                let help = "write NAME=VALUE, and quote values that hold spaces";
                Failure::new(
                    Exit::Usage,
                    format!("{shown}: assignment {number} cannot be read; {help}"),
                )
            })?;
            self.0.entry(name).or_insert(value);
        }
        Ok(self)
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Whether a variable is set and not empty.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment(variables.iter().map(owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_adds_and_never_overrides() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.env");
        std::fs::write(&file, "A=file\nB=\"two words\"\n").unwrap();
        let environment = Environment::of(&[("A", "process")])
            .with_file(Some(&file))
            .unwrap();
        assert_eq!(environment.get("A"), Some("process"));
        assert_eq!(environment.get("B"), Some("two words"));
    }

    #[test]
    fn a_broken_line_is_counted_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.env");
        std::fs::write(&file, "A=1\nhunter2 is no assignment\n").unwrap();
        let failure = Environment::default().with_file(Some(&file)).unwrap_err();
        assert!(failure.text.contains("assignment 2"), "{}", failure.text);
        assert!(!failure.text.contains("hunter2"));
        let missing = folder.path().join("none.env");
        assert!(Environment::default().with_file(Some(&missing)).is_err());
    }
}
