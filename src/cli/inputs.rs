//! Documents that an earlier command wrote.

use super::exit::Exit;
use super::failure::Failure;
use crate::harness;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// Reads a document back. `what` names it for people: `an inventory`.
///
/// # Errors
/// Where the file cannot be read, is no such document, or is of a later version than this program knows.
pub(super) fn document<T: DeserializeOwned>(file: &Path, what: &str) -> Result<T, Failure> {
    let name = file.display().to_string();
    Ok(harness::document(&name, &bytes(file)?, what)?)
}

/// The bytes of a file; `-` is stdin.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    rest(open(file)?.as_mut(), file)
}

/// A file opened for reading; `-` is stdin.
///
/// # Errors
/// Where it cannot be opened.
pub(super) fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    let opened = fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, opened)))
}

/// Everything that is still to come of an opened file.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn rest(source: &mut dyn BufRead, file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match source.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(file: &Path, error: &io::Error) -> Failure {
    let text = format!("{} cannot be read: {error}; check the path", file.display());
    Failure::new(Exit::BadInput, text)
}

/// A failure with the name of the file that it is in.
pub(super) fn at(file: &Path, failure: Failure) -> Failure {
    let name = match file.to_str() {
        Some("-") => "stdin".to_owned(),
        _ => file.display().to_string(),
    };
    Failure::new(failure.exit, format!("{name}: {}", failure.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Plan;

    fn read(text: &str) -> Result<Plan, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        fs::write(&file, text).unwrap();
        document(&file, "a plan")
    }

    #[test]
    fn a_plan_is_read_back_and_anything_else_is_refused() {
        let plan = Plan::default();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(read(&text), Ok(plan));
        for (text, said) in [
            ("", "is not a plan"),
            ("{}", "it has no schema_version"),
            (r#"{"schema_version":1}"#, "missing field"),
            (r#"{"schema_version":99}"#, "use a later fluxprobe"),
        ] {
            let failure = read(text).unwrap_err();
            assert_eq!(failure.exit, Exit::BadInput);
            assert!(failure.text.contains(said), "{}", failure.text);
        }
        let missing: Result<Plan, Failure> = document(Path::new("no/such/file"), "a plan");
        assert!(missing.unwrap_err().text.contains("cannot be read"));
    }
}
