//! Which program does the work.

use super::desk::Desk;
use super::error::NotebookError;
use super::load::{self, Document};
use super::session::Session;
use super::shown::Shown;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variable that names the program.
const VARIABLE: &str = "FLUXPROBE_PROGRAM";
/// The program's name.
const NAME: &str = "fluxprobe";
/// The program in a checkout, from its root: the quick one, else the one that tests build.
const BUILT: [&str; 2] = ["target/release/fluxprobe", "target/debug/fluxprobe"];

/// The `fluxprobe` program: it opens internets, calls, judges and draws, while a cell holds only values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// The program that `FLUXPROBE_PROGRAM` names, else the one on the `PATH`, else a build of the checkout that
    /// cells are compiled against. `fluxprobe notebook` sets the variable.
    #[expect(
        clippy::disallowed_methods,
        reason = "a cell has no harness, and the program that has one is yet to be found"
    )]
    pub fn find() -> Self {
        let built = BUILT.map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        Program::among(env::var_os(VARIABLE), env::var_os("PATH"), &built)
    }

    fn among(named: Option<OsString>, folders: Option<OsString>, built: &[PathBuf]) -> Self {
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            return Program::at(named);
        }
        let has_program = |folder: PathBuf| folder.join(NAME).is_file();
        let is_on_path = folders.is_some_and(|folders| env::split_paths(&folders).any(has_program));
        match built.iter().find(|path| path.is_file()) {
            Some(path) if !is_on_path => Program::at(path),
            _ => Program::at(NAME),
        }
    }

    /// This program in particular.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Program { path: path.into() }
    }

    /// As [`Session::world`].
    ///
    /// # Errors
    /// As there.
    pub fn world(&self, name: &str) -> Result<Session, NotebookError> {
        Session::open(self, &["--world", name])
    }

    /// As [`Session::azure`].
    ///
    /// # Errors
    /// As there.
    pub fn azure(&self) -> Result<Session, NotebookError> {
        Session::open(self, &[])
    }

    /// As [`Session::azure_as`].
    ///
    /// # Errors
    /// As there.
    pub fn azure_as(&self, way: &str) -> Result<Session, NotebookError> {
        Session::open(self, &["--auth", way])
    }

    /// As [`Session::load`].
    ///
    /// # Errors
    /// As there.
    pub fn load<T: Document>(&self, path: impl AsRef<Path>) -> Result<Shown<T>, NotebookError> {
        let desk = Arc::new(Desk::of(self.path.clone(), &[]));
        load::load(&desk, path.as_ref())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_variable_goes_before_the_path_and_the_path_before_the_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let (on_path, built) = (folder.path().join(NAME), folder.path().join("built"));
        let found = |named: &str| {
            let folders = Some(folder.path().into());
            let program = Program::among(Some(named.into()), folders, std::slice::from_ref(&built));
            program.path
        };
        assert_eq!(found(""), Path::new(NAME), "for the error to name");
        fs::write(&built, "").unwrap();
        assert_eq!(found(""), built);
        fs::write(&on_path, "").unwrap();
        assert_eq!(found(""), Path::new(NAME));
        assert_eq!(found("/a/fluxprobe"), Path::new("/a/fluxprobe"));
    }
}
