//! Which failures are one: the same cause at the same place, told once with everything that it hits.

use super::engine::Diagnoser;
use super::facts::Facts;
use crate::model::{AccountName, Confidence, DeploymentName, Diagnosis, Exchange, Hop};

/// What two failures must share to be one diagnosis.
pub(super) struct Group {
    cause: String,
    hop: String,
    /// The accounts that may have answered, by whichever way, where one of them did; else the host that was called.
    /// Failures that share one of them are of one place.
    places: Vec<String>,
    subject: String,
    /// The gateway's API that was called; empty where none was.
    api: String,
    /// Members of a pool that answered so, as far as their answers say it.
    members: Vec<String>,
}

impl Group {
    fn is_of(&self, other: &Group) -> bool {
        (&self.cause, &self.hop, &self.subject) == (&other.cause, &other.hop, &other.subject)
            && self.places.iter().any(|place| other.places.contains(place))
    }

    /// Whether what failed, failed on the way on which another did, and was answered by the same hop.
    fn is_beside(&self, other: &Group) -> bool {
        !self.api.is_empty()
            && (&self.api, &self.hop) == (&other.api, &other.hop)
            && self.places.iter().any(|place| other.places.contains(place))
    }

    fn take(&mut self, other: Group) {
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        for member in other.members {
            if !self.members.contains(&member) {
                self.members.push(member);
            }
        }
    }
}

/// The failures that are one diagnosis.
pub(super) struct Explained<'r> {
    pub(super) group: Group,
    pub(super) diagnosis: Diagnosis,
    /// Whether all that failed are checks on a refusal that was asked for.
    pub(super) is_as_meant: bool,
    pub(super) targets: Vec<(&'r AccountName, &'r DeploymentName)>,
}

impl Explained<'_> {
    /// Whether another failure is of the same cause and place.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.group.is_of(&other.group)
    }

    /// Whether another failure leaves open what this one decides: on the same way the same hop is sure to fail by a cause
    /// that the other lists.
    fn decides(&self, other: &Self) -> bool {
        let (sure, open) = (&self.diagnosis, &other.diagnosis);
        sure.confidence == Confidence::High
            && open.confidence < Confidence::High
            && sure.alternatives.is_empty()
            && sure.cause.as_ref().is_some_and(|cause| {
                let mut listed = open.alternatives.iter();
                listed.any(|one| one.cause == *cause)
            })
            && self.group.is_beside(&other.group)
    }

    /// Takes over everything that another is about; the surer of the two says why.
    pub(super) fn take(&mut self, other: Self) {
        self.group.take(other.group);
        self.is_as_meant &= other.is_as_meant;
        self.targets.extend(other.targets);
        let mut victims = std::mem::take(&mut self.diagnosis.victims);
        for victim in &other.diagnosis.victims {
            if !victims.contains(victim) {
                victims.push(victim.clone());
            }
        }
        if other.diagnosis.confidence > self.diagnosis.confidence {
            self.diagnosis = other.diagnosis;
        }
        self.diagnosis.victims = victims;
    }

    /// The diagnosis, with the members that answered so among its evidence.
    pub(super) fn told(self) -> Diagnosis {
        let mut diagnosis = self.diagnosis;
        let mut members = self.group.members;
        members.sort();
        if !members.is_empty() {
            let members = members.join(", ");
            diagnosis
                .evidence
                .push(format!("answered by the pool's member {members}"));
        }
        diagnosis
    }
}

/// Failures that a later one shows to be of one place are one diagnosis as well.
pub(super) fn merged(groups: Vec<Explained<'_>>) -> Vec<Explained<'_>> {
    let mut found: Vec<Explained<'_>> = Vec::new();
    for mut group in groups {
        // Each turn joins one that is known; what it brings may make it of a place with another.
        while let Some(at) = found.iter().position(|known| known.is_of(&group)) {
            let mut known = found.remove(at);
            known.take(group);
            group = known;
        }
        found.push(group);
    }
    settled(found)
}

/// What one failure leaves open and another decides is one diagnosis.
fn settled(groups: Vec<Explained<'_>>) -> Vec<Explained<'_>> {
    let mut found: Vec<Explained<'_>> = Vec::new();
    let mut open: Vec<Explained<'_>> = Vec::new();
    for group in groups {
        match group.diagnosis.confidence {
            Confidence::High => found.push(group),
            _ => open.push(group),
        }
    }
    for group in open {
        match found.iter_mut().find(|sure| sure.decides(&group)) {
            Some(sure) => sure.take(group),
            None => found.push(group),
        }
    }
    found
}

impl Diagnoser {
    /// What makes a failure one with others.
    pub(super) fn group(&self, facts: &Facts, exchange: &Exchange, diagnosis: &Diagnosis) -> Group {
        let found = &facts.found;
        let is_backends = matches!(diagnosis.hop, Some(Hop::Backend | Hop::ContentFilter));
        let by_region = exchange
            .header("x-ms-region")
            .filter(|_| facts.leg == "gateway" && found.ends.len() > 1)
            .and_then(|region| found.end_in(region));
        let cause = diagnosis.cause.as_ref();
        let per = cause
            .and_then(|slug| self.cause(slug.as_str()))
            .map_or("", |cause| cause.per.as_str());
        // What the gateway's way to an account lacks, it lacks for every deployment and operation.
        let is_of_the_way = is_backends
            && facts.leg == "gateway"
            && (!found.pool_lacks.is_empty() || !found.ends_path_wrong.is_empty());
        Group {
            cause: cause.map_or_else(|| diagnosis.title.clone(), ToString::to_string),
            hop: diagnosis.hop.map(|hop| hop.to_string()).unwrap_or_default(),
            api: found.api.clone(),
            subject: match (per, in_azure(diagnosis)) {
                _ if is_of_the_way => String::new(),
                ("deployment", _) => facts.request.deployment.clone(),
                // What one command mends is one thing, whichever operation met it.
                ("operation", Some(command)) => command.to_owned(),
                ("operation", None) => operation(&facts.request.path).to_owned(),
                _ => String::new(),
            },
            places: match is_backends {
                true => places(facts),
                false => vec![facts.request.host.clone()],
            },
            members: match by_region {
                Some(end) if is_backends => vec![format!("`{}` ({})", end.name, end.account)],
                _ => Vec::new(),
            },
        }
    }
}

/// The accounts that may have answered a call: the one that was called, or those behind the gateway.
fn places(facts: &Facts) -> Vec<String> {
    let found = &facts.found;
    let ends = found.ends.iter().map(|end| &end.account);
    let mut places: Vec<String> = ends
        .filter(|account| facts.leg == "gateway" && !account.is_empty())
        .cloned()
        .collect();
    if places.is_empty() {
        places.push(match found.account.as_str() {
            "" => facts.request.host.clone(),
            account => account.to_owned(),
        });
    }
    places
}

/// The command that changes a resource of Azure, where the remedy is one.
fn in_azure(diagnosis: &Diagnosis) -> Option<&str> {
    let command = diagnosis.remedy.as_ref()?.command.as_deref()?;
    command.starts_with("az ").then_some(command)
}

/// What the call does, without the deployment's name: the last two segments of its path.
pub(super) fn operation(path: &str) -> &str {
    let mut slashes = path.rmatch_indices('/');
    slashes.next();
    slashes.next().map_or(path, |(at, _)| &path[at..])
}
