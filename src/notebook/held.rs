//! What can be held against something: runs, baselines, and files of either.

use super::error::NotebookError;
use super::load;
use super::shown::{Base, Results};
use crate::model::pipe::Held;
use std::path::{Path, PathBuf};

/// One side of a comparison.
pub trait Comparable {
    /// What of it is compared.
    ///
    /// # Errors
    /// Where it is a file that cannot be read.
    fn held(&self) -> Result<Held, NotebookError>;
}

impl Comparable for Results {
    fn held(&self) -> Result<Held, NotebookError> {
        Ok(Held::Run(Box::new(self.run.clone())))
    }
}

impl Comparable for Base {
    fn held(&self) -> Result<Held, NotebookError> {
        Ok(Held::Baseline(Box::new(self.clone().into_inner())))
    }
}

impl Comparable for Path {
    fn held(&self) -> Result<Held, NotebookError> {
        load::text(self).map(Held::File)
    }
}

impl Comparable for PathBuf {
    fn held(&self) -> Result<Held, NotebookError> {
        self.as_path().held()
    }
}

impl Comparable for str {
    fn held(&self) -> Result<Held, NotebookError> {
        Path::new(self).held()
    }
}

impl Comparable for String {
    fn held(&self) -> Result<Held, NotebookError> {
        self.as_str().held()
    }
}
