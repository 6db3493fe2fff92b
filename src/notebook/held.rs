//! What can be held against something: runs, baselines, and files of either.

use super::error::NotebookError;
use super::load;
use super::shown::{Base, Results};
use crate::compare::baseline_of;
use crate::model::Baseline;
use std::path::{Path, PathBuf};

/// One side of a comparison.
pub trait Comparable {
    /// What of it is compared.
    ///
    /// # Errors
    /// Where it is a file that cannot be read, or is neither a baseline nor the report of a run.
    fn held(&self) -> Result<Baseline, NotebookError>;
}

impl Comparable for Results {
    fn held(&self) -> Result<Baseline, NotebookError> {
        Ok(baseline_of(&self.run))
    }
}

impl Comparable for Base {
    fn held(&self) -> Result<Baseline, NotebookError> {
        Ok(Baseline::clone(self))
    }
}

impl Comparable for Path {
    fn held(&self) -> Result<Baseline, NotebookError> {
        Ok(load::load::<Baseline>(self)?.into_inner())
    }
}

impl Comparable for PathBuf {
    fn held(&self) -> Result<Baseline, NotebookError> {
        self.as_path().held()
    }
}

impl Comparable for str {
    fn held(&self) -> Result<Baseline, NotebookError> {
        Path::new(self).held()
    }
}

impl Comparable for String {
    fn held(&self) -> Result<Baseline, NotebookError> {
        self.as_str().held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::model::{Report, Run};
    use crate::notebook::Show;
    use crate::notebook::shown::Shown;

    fn results() -> Results {
        let run = Run {
            started_at: "2026-01-01T00:00:00.000Z".into(),
            ..Run::default()
        };
        Shown::of(Report::new(run, Vec::new()))
    }

    #[test]
    fn a_run_its_baseline_and_files_of_both_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let results = results();
        let base = results.baseline();
        let files = ["run.json", "baseline.json"].map(|name| folder.path().join(name));
        results.save(&files[0]).unwrap();
        base.save(&files[1]).unwrap();
        for held in [
            results.held(),
            base.held(),
            files[0].held(),
            files[1].as_path().held(),
            files[1].display().to_string().held(),
        ] {
            assert_eq!(held.unwrap(), *base);
        }
        let comparison = Shown::of(compare(&base, &base));
        assert!(comparison.to_string().contains("nothing has changed"));
        assert!(base.to_string().contains("as of 2026-01-01T00:00:00.000Z"));
        assert!(matches!(
            base.document(),
            crate::report::Document::Baseline(_)
        ));
    }

    #[test]
    fn a_file_that_is_neither_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        std::fs::write(&file, r#"{"schema_version": 1, "cases": 3}"#).unwrap();
        let said = file.held().unwrap_err().to_string();
        assert!(
            said.contains("is neither a baseline nor the report of a run"),
            "{said}"
        );
        let said = "no/such/file".held().unwrap_err().to_string();
        assert!(said.contains("no/such/file cannot be read"), "{said}");
    }
}
