//! Which program does the work.

use super::desk::Desk;
use super::error::NotebookError;
use super::load::{self, Document};
use super::session::Session;
use super::shown::Shown;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variable that names the program.
const VARIABLE: &str = "FLUXPROBE_PROGRAM";
/// The program in a checkout, from its root.
const BUILT: &str = "target/release/fluxprobe";

/// The `fluxprobe` program: it opens internets, calls, judges and draws, while a cell holds only values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// The program that `FLUXPROBE_PROGRAM` names, else the one on the `PATH`, else the release build of the checkout
    /// that cells are compiled against. `fluxprobe notebook` sets the variable.
    pub fn find() -> Self {
        if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            return Program::at(named);
        }
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUILT);
        let is_on_path = env::var_os("PATH").is_some_and(|folders| {
            env::split_paths(&folders).any(|folder| folder.join("fluxprobe").is_file())
        });
        if !is_on_path && built.is_file() {
            return Program::at(built);
        }
        Program::at("fluxprobe")
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
