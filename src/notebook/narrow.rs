//! What a session is narrowed down to.

use crate::discover::Selection;
use crate::harness::Configuration;
use crate::plan::Choice;
use std::path::PathBuf;

/// Longest edge of a kept picture, in pixels: enough to see what it shows, small enough to store.
const THUMBNAIL: u32 = 96;

/// What is looked at, and within which limits.
#[derive(Debug, Clone)]
pub(super) struct Narrow {
    pub(super) selection: Selection,
    pub(super) scenarios: Vec<PathBuf>,
    pub(super) tags: Vec<String>,
    pub(super) deployments: Vec<String>,
    pub(super) is_direct: bool,
    pub(super) max_cost_usd: Option<f64>,
    pub(super) is_tracing: bool,
    pub(super) is_quiet: bool,
    pub(super) thumbnail: u32,
}

impl Default for Narrow {
    fn default() -> Self {
        Narrow {
            selection: Selection::default(),
            scenarios: Vec::new(),
            tags: Vec::new(),
            deployments: Vec::new(),
            is_direct: false,
            max_cost_usd: None,
            is_tracing: false,
            is_quiet: false,
            thumbnail: THUMBNAIL,
        }
    }
}

impl Narrow {
    /// The scenarios of `words` (letters, ranges, names, by spaces or commas; nothing for all) on the chosen targets.
    pub(super) fn choice(&self, words: &str) -> Choice {
        let words = words.split([' ', ',']).filter(|word| !word.is_empty());
        Choice {
            scenarios: words.map(str::to_owned).collect(),
            tags: self.tags.clone(),
            deployments: self.deployments.clone(),
            is_direct: self.is_direct,
            ..Choice::default()
        }
    }

    /// What discovery looks at: as chosen here, and where nothing is, as configured.
    pub(super) fn selection(&self, configuration: &Configuration) -> Selection {
        let chosen = self.selection.clone();
        let mut selection = Selection::from(&configuration.config);
        for (configured, chosen) in [
            (&mut selection.subscriptions, chosen.subscriptions),
            (&mut selection.resource_groups, chosen.resource_groups),
            (&mut selection.accounts, chosen.accounts),
            (&mut selection.gateways, chosen.gateways),
        ] {
            if !chosen.is_empty() {
                *configured = chosen;
            }
        }
        selection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_spaces_or_commas() {
        let narrow = Narrow::default();
        assert_eq!(narrow.choice("A-C, K").scenarios, ["A-C", "K"]);
        assert!(narrow.choice("").scenarios.is_empty());
    }
}
