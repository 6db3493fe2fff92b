//! Findings of an audit as data: how much each matters, and everything that is said of it.

use crate::model::Severity;
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

/// What is said of one kind of finding. Title, consequence, remedy and command are templates over the values that the
/// finding gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingFacts {
    /// Its name in every report.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// The link of the map that it breaks; absent where it breaks none.
    #[serde(default)]
    pub breaks: Option<Link>,
    /// What is missing where the link is missing, as callers ask for it.
    #[serde(default)]
    pub lacks: Option<String>,
    /// One line for people.
    pub title: String,
    /// What callers will meet, in one sentence.
    pub consequence: String,
    /// What to change, in one or two sentences.
    pub remedy: String,
    /// The exact command; empty where there is none.
    #[serde(default)]
    pub command: String,
    /// A call that buys nothing and decides, where there is one.
    #[serde(default)]
    pub probe: Option<ProbeFacts>,
    /// How it is known, and when it stays silent.
    pub known_by: String,
    /// Where the behaviour it judges by is written down.
    pub source: String,
    /// Values as a finding gives them, for the page about it.
    pub example: Value,
}

/// A link of the map, by what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// From callers to an API.
    Api,
    /// From an API to an operation.
    Operation,
    /// From an operation to the policy that forwards its calls.
    Policy,
    /// From a policy to a backend or a pool.
    Backend,
    /// From a pool to a member.
    Member,
    /// From a backend to an account.
    Account,
    /// From an account to a deployment.
    Deployment,
    /// From an account to a deployment that it has not.
    Lack,
}

/// A free probe; the URL and the header are templates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeFacts {
    /// What is called.
    pub url: String,
    /// Header that a made-up key is sent in; empty for no key at all.
    #[serde(default)]
    pub header: String,
    /// Text of an answer that confirms the finding.
    pub confirmed_by: String,
    /// Text of an answer that refutes it.
    pub refuted_by: String,
}

/// A family of findings, as the table groups them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingFamily {
    /// Heading.
    pub family: String,
    /// Its findings.
    pub findings: Vec<FindingFacts>,
}

/// All families, in the order of their pages.
pub fn finding_families() -> &'static [FindingFamily] {
    &TABLE
}

/// What is said of the finding called `id`.
pub fn finding_facts(id: &str) -> Option<&'static FindingFacts> {
    let mut all = TABLE.iter().flat_map(|family| &family.findings);
    all.find(|facts| facts.id == id)
}

// The file is part of the program and a test parses it, so the default can never be met.
static TABLE: LazyLock<Vec<FindingFamily>> = LazyLock::new(|| parse().unwrap_or_default());

fn parse() -> Result<Vec<FindingFamily>, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("findings.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_parses_and_every_finding_stands_in_it_once() {
        let families = parse().unwrap();
        let mut seen = BTreeSet::new();
        for facts in families.iter().flat_map(|family| &family.findings) {
            assert!(seen.insert(facts.id.clone()), "{} stands twice", facts.id);
            let sentence = facts.consequence.trim();
            assert!(sentence.ends_with('.'), "{}: {sentence}", facts.id);
            assert!(!facts.source.is_empty() && !facts.known_by.is_empty());
        }
    }
}
