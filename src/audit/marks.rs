//! Which link of the map each finding breaks.

use crate::knowledge::{Link, finding_facts};
use crate::model::{Audit, Finding, LinkState, MapFinding, Mark, Severity};
use std::collections::HashSet;

/// The findings of an audit that break a link.
pub(super) struct Marks(Vec<Marked>);

struct Marked {
    finding: MapFinding,
    state: LinkState,
    link: Link,
    lacks: Option<&'static str>,
    apis: HashSet<String>,
    operations: HashSet<String>,
    backends: HashSet<String>,
    accounts: HashSet<String>,
    deployments: HashSet<String>,
    policies: HashSet<String>,
}

/// A place on the map, as far as it is decided; names as victims are written.
#[derive(Clone, Copy, Default)]
pub(super) struct Spot<'s> {
    pub(super) api: Option<&'s str>,
    pub(super) operation: Option<&'s str>,
    /// Whose policies calls run through.
    pub(super) scopes: Option<&'s HashSet<String>>,
    pub(super) backend: Option<&'s str>,
    pub(super) account: Option<&'s str>,
    pub(super) deployment: Option<&'s str>,
}

impl Marks {
    pub(super) fn of(audit: &Audit) -> Self {
        let findings = audit.findings.iter().enumerate();
        Marks(
            findings
                .filter_map(|(at, finding)| Marked::of(at + 1, finding))
                .collect(),
        )
    }

    /// The findings, in the order of the audit.
    pub(super) fn findings(&self) -> Vec<MapFinding> {
        self.0.iter().map(|one| one.finding.clone()).collect()
    }

    /// What is said of a link at a place.
    pub(super) fn at(&self, link: Link, spot: Spot<'_>) -> Mark {
        self.joined(|one| one.link == link && one.lacks.is_none() && one.hits(spot))
    }

    /// What an API does not publish: what callers ask for, the mark, and the deployments that miss it.
    pub(super) fn missing<'m>(
        &'m self,
        api: &'m str,
    ) -> impl Iterator<Item = (&'static str, Mark, Vec<String>)> + 'm {
        let all = self.0.iter().filter(move |one| one.apis.contains(api));
        all.filter_map(|one| {
            let mut missed_by: Vec<String> = one.deployments.iter().cloned().collect();
            missed_by.sort();
            Some((one.lacks?, one.mark(), missed_by))
        })
    }

    /// Why nothing leads to a deployment.
    pub(super) fn missed(&self, deployment: &str) -> Mark {
        self.joined(|one| {
            matches!(one.link, Link::Operation | Link::Deployment)
                && one.deployments.contains(deployment)
        })
    }

    fn joined(&self, is_meant: impl Fn(&Marked) -> bool) -> Mark {
        let mut mark = Mark::default();
        for one in self.0.iter().filter(|one| is_meant(one)) {
            mark.join(&one.mark());
        }
        mark
    }
}

impl Marked {
    /// Nothing where the finding breaks no link.
    fn of(number: usize, finding: &Finding) -> Option<Self> {
        let facts = finding_facts(&finding.id)?;
        let state = match finding.severity {
            Severity::Info => return None,
            Severity::Warning => LinkState::Weak,
            Severity::Error => LinkState::Broken,
        };
        let of = |kind: &str| -> HashSet<String> {
            let victims = finding.victims.iter();
            let own = victims.filter_map(|victim| victim.strip_prefix(kind)?.strip_prefix(' '));
            own.map(str::to_owned).collect()
        };
        let operations = of("operation");
        let mut apis = of("api");
        if apis.is_empty() {
            let all = operations.iter().filter_map(|name| name.rsplit_once('/'));
            apis = all.map(|(api, _)| api.to_owned()).collect();
        }
        let policies = finding.victims.iter();
        let policies = policies.filter_map(|victim| victim.strip_prefix("policy "));
        Some(Marked {
            finding: MapFinding {
                number,
                id: finding.id.clone(),
                severity: finding.severity,
                title: finding.title.clone(),
            },
            state,
            link: facts.breaks?,
            lacks: facts.lacks.as_deref(),
            policies: policies.map(str::to_owned).collect(),
            backends: of("backend"),
            accounts: of("account"),
            deployments: of("deployment"),
            apis,
            operations,
        })
    }

    fn mark(&self) -> Mark {
        Mark {
            state: self.state,
            findings: vec![self.finding.number],
        }
    }

    /// Whether everything that the place decides is among the victims of its kind, and something is.
    fn hits(&self, spot: Spot<'_>) -> bool {
        let mut is_hit = false;
        let kinds = [
            (&self.apis, spot.api),
            (&self.operations, spot.operation),
            (&self.backends, spot.backend),
            (&self.accounts, spot.account),
            (&self.deployments, spot.deployment),
        ];
        for (victims, own) in kinds {
            let (false, Some(own)) = (victims.is_empty(), own) else {
                continue;
            };
            if !victims.contains(own) {
                return false;
            }
            is_hit = true;
        }
        if let (false, Some(scopes)) = (self.policies.is_empty(), spot.scopes) {
            is_hit |= !self.policies.is_disjoint(scopes);
        }
        is_hit
    }
}
