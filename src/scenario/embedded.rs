//! The files that the program carries.

use super::includes::Includes;

macro_rules! files {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../", $path)))),*]
    };
}

/// The A–L protocol: path in the repository, and text.
pub(super) const FILES: &[(&str, &str)] = files! {
    "scenarios/a-as-found.yaml"
    "scenarios/b-built-route.yaml"
    "scenarios/c-cells.yaml"
    "scenarios/d-done.yaml"
    "scenarios/e-entry.yaml"
    "scenarios/f-format.yaml"
    "scenarios/g-geometry.yaml"
    "scenarios/h-hops-agree.yaml"
    "scenarios/i-image-editing.yaml"
    "scenarios/j-judged-by-sight.yaml"
    "scenarios/k-keep-out.yaml"
    "scenarios/l-limits.yaml"
};

/// Their fragments.
pub(super) const FRAGMENTS: &[(&str, &str)] = files! {
    "scenarios/shared/drawing.yaml"
    "scenarios/shared/refused.yaml"
};

/// Includes of the built-in scenarios.
pub(super) struct Shared;

impl Includes for Shared {
    fn text(&self, path: &str) -> Result<String, String> {
        let found = FRAGMENTS.iter().find(|(name, _)| *name == path);
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| "the program carries no such fragment".into())
    }
}
