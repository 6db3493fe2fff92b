//! The language as people meet it: what a file means, and what is said where it is wrong.

mod errors;
mod meaning;
mod published;
mod shipped;

use super::*;
use std::collections::BTreeMap;

/// Files by path, held in memory.
pub(super) struct Files(pub(super) BTreeMap<&'static str, &'static str>);

impl Includes for Files {
    fn text(&self, path: &str) -> Result<String, String> {
        self.0
            .get(path)
            .map(|text| (*text).to_owned())
            .ok_or_else(|| "there is no such file".into())
    }
}

pub(super) fn read(text: &str) -> Result<Scenario, ScenarioError> {
    read_with(text, &[])
}

pub(super) fn read_with(
    text: &str,
    files: &[(&'static str, &'static str)],
) -> Result<Scenario, ScenarioError> {
    parse("x.yaml", text, &Files(files.iter().copied().collect()))
}
