//! Findings about pools: which members can serve, and which are ever asked.

use super::backends::about_end;
use super::check::{Groups, Raised};
use super::estate::Estate;
use super::way::{End, Way};
use crate::model::{Account, CallKind, Deployment, Model};
use crate::policy::{priority_of, weight_of};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// A pool as one operation sees it.
struct Pool<'e, 'a> {
    way: &'e Way<'a>,
    name: String,
    members: Vec<Member<'e, 'a>>,
}

struct Member<'e, 'a> {
    end: &'e End<'a>,
    priority: u32,
    weight: u32,
}

/// The pools of an estate, once for each kind of operation that goes there.
fn pools<'e, 'a>(estate: &'e Estate<'a>) -> Vec<Pool<'e, 'a>> {
    let mut seen = HashSet::new();
    let pools = estate.ways().flat_map(Pool::of);
    pools
        .filter(|pool| seen.insert(format!("{} {:?}", pool.key(), pool.way.published.what)))
        .collect()
}

impl<'e, 'a> Pool<'e, 'a> {
    /// The pools that calls of an operation go to.
    fn of(way: &'e Way<'a>) -> Vec<Self> {
        let mut pools: Vec<Pool<'e, 'a>> = Vec::new();
        for end in way.ends.iter() {
            let Some((pool, member)) = end.reached.member else {
                continue;
            };
            let member = Member {
                end,
                priority: priority_of(member),
                weight: weight_of(member),
            };
            match pools
                .iter_mut()
                .find(|known| pool.name == known.name.as_str())
            {
                Some(known) => known.members.push(member),
                None => pools.push(Pool {
                    way,
                    name: pool.name.to_string(),
                    members: vec![member],
                }),
            }
        }
        pools
    }

    fn first(&self) -> u32 {
        self.members
            .iter()
            .map(|one| one.priority)
            .min()
            .unwrap_or_default()
    }

    /// Share of the calls of its priority that a member gets, in per cent.
    fn share(&self, member: &Member<'_, '_>) -> f64 {
        let same = self
            .members
            .iter()
            .filter(|one| one.priority == member.priority);
        let total: u32 = same.clone().map(|one| one.weight).sum();
        match total {
            // All of them weigh nothing: they are equal.
            0 => 100.0 / same.count().max(1) as f64,
            total => f64::from(member.weight) * 100.0 / f64::from(total),
        }
    }

    /// The FLUX deployments that calls through the pool name, each by the first member that has it.
    fn deployments(&self) -> BTreeMap<String, &'a Deployment> {
        let mut found = BTreeMap::new();
        for flux in self
            .members
            .iter()
            .flat_map(|member| &member.end.flux)
            .copied()
        {
            let edits = flux.has_edits() && self.way.takes(flux, CallKind::Edit);
            if edits || self.way.takes(flux, CallKind::Generate) {
                found
                    .entry(flux.deployment.name.to_string())
                    .or_insert(flux.deployment);
            }
        }
        found
    }

    /// The members of the same priority that come before every other priority.
    fn is_first(&self, member: &Member<'_, '_>) -> bool {
        member.priority == self.first()
    }

    /// A member of an earlier priority that nothing ever takes out of use.
    fn untripped_before(&self, member: &Member<'_, '_>) -> Option<&Member<'e, 'a>> {
        let mut before = self
            .members
            .iter()
            .filter(|one| one.priority < member.priority);
        before.find(|one| {
            let backend = one.end.reached.backend;
            backend.is_none_or(|backend| backend.circuit_breaker.is_none())
        })
    }

    fn about(&self, member: &Member<'_, '_>) -> Raised {
        about_end(self.way, member.end).with("pool", self.name.as_str())
    }

    fn key(&self) -> String {
        format!("{} {}", self.way.gateway.name, self.name)
    }

    fn victim(&self, member: &Member<'_, '_>) -> String {
        format!("backend {}/{}", self.way.gateway.name, member.end.name())
    }
}

impl Member<'_, '_> {
    /// The deployment of a name that answers here.
    fn deployment(&self, name: &str) -> Option<&Deployment> {
        let accounts = self.end.accounts.iter();
        let mut deployments = accounts.flat_map(|account| &account.deployments);
        deployments.find(|one| one.name.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether all deployments that could answer here were read.
    fn is_known(&self, estate: &Estate<'_>) -> bool {
        let mut accounts = self.end.accounts.iter();
        !self.end.accounts.is_empty()
            && accounts.all(|account| estate.unread.knows_deployments(account))
    }

    fn place(&self) -> String {
        format!("priority {}, weight {}", self.priority, self.weight)
    }
}

/// A member that is asked from the first call on has no deployment of a name that another member serves.
pub(super) fn member_lacks(estate: &Estate<'_>) -> Vec<Raised> {
    lacking(estate, true)
}

/// A member that is asked after a failover has no deployment of a name that another member serves.
pub(super) fn failover_lacks(estate: &Estate<'_>) -> Vec<Raised> {
    lacking(estate, false)
}

fn lacking(estate: &Estate<'_>, is_first: bool) -> Vec<Raised> {
    let mut found = Groups::default();
    for pool in pools(estate) {
        let deployments = pool.deployments();
        for member in pool
            .members
            .iter()
            .filter(|member| pool.is_first(member) == is_first)
        {
            if !member.is_known(estate) {
                estate.leave(format!(
                    "whether backend {} of pool {} has the deployments: no account that was read answers at {}",
                    member.end.name(),
                    pool.name,
                    member.end.reached.url
                ));
                continue;
            }
            let missing: Vec<&str> = deployments
                .keys()
                .map(String::as_str)
                .filter(|name| member.deployment(name).is_none())
                .collect();
            let share = pool.share(member);
            if missing.is_empty() || share == 0.0 {
                continue;
            }
            let raised = found.of(&pool.key(), || pool.about(member).on_nothing());
            let lost = raised.values.get("share").and_then(Value::as_f64);
            // Other operations go to the same pool.
            if raised.hit(pool.victim(member)) || lost.is_none() {
                let lost = lost.unwrap_or_default() + share;
                raised.values.insert("share".into(), lost.round().into());
                if let Some(account) = member.end.accounts.first() {
                    let all = missing
                        .iter()
                        .map(|name| creation(account, deployments[*name]));
                    raised.list("missing", all);
                }
            }
            let untripped = pool.untripped_before(member);
            if let Some(before) = untripped {
                let before = before.end.name();
                raised.show(format!("today nothing fails over: {before}, which is asked first, has no circuit breaker"));
            }
            raised.show(format!(
                "{} ({}): {} has no {}",
                member.end.name(),
                member.place(),
                accounts(member),
                missing.join(", ")
            ));
        }
    }
    found.done()
}

/// What deploying the same on another account takes.
fn creation(account: &Account, deployment: &Deployment) -> Value {
    let values = Raised::default()
        .at_account(account)
        .with("deployment", deployment.name.as_str())
        .with("format", deployment.model.format.as_str())
        .with("model", deployment.model.name.as_str())
        .with("version", deployment.model.version.as_str())
        .with("sku", deployment.sku.name.as_str())
        .with("capacity", deployment.sku.capacity.unwrap_or(1))
        .values;
    Value::Object(values)
}

fn accounts(member: &Member<'_, '_>) -> String {
    let names = member
        .end
        .accounts
        .iter()
        .map(|one| format!("account {}", one.name));
    names.collect::<Vec<_>>().join(", ")
}

/// Members serve different models under one name.
pub(super) fn other_model(estate: &Estate<'_>) -> Vec<Raised> {
    differing(estate, |one, other| {
        !one.name.eq_ignore_ascii_case(&other.name)
    })
}

/// Members serve different versions of a model under one name.
pub(super) fn other_version(estate: &Estate<'_>) -> Vec<Raised> {
    differing(estate, |one, other| {
        one.name.eq_ignore_ascii_case(&other.name) && one.version != other.version
    })
}

fn differing(estate: &Estate<'_>, differs: impl Fn(&Model, &Model) -> bool) -> Vec<Raised> {
    let mut found = Groups::default();
    for pool in pools(estate) {
        for (name, first) in pool.deployments() {
            for member in &pool.members {
                let Some(other) = member
                    .deployment(&name)
                    .filter(|other| differs(&first.model, &other.model))
                else {
                    continue;
                };
                let raised = found.of(&format!("{} {name}", pool.key()), || {
                    pool.about(member)
                        .with("deployment", name.as_str())
                        .with("model", first.model.name.as_str())
                });
                raised.hit(pool.victim(member));
                raised.show(format!(
                    "{name} is {} {} elsewhere, and {} {} on {}",
                    first.model.name,
                    first.model.version,
                    other.model.name,
                    other.model.version,
                    accounts(member)
                ));
            }
        }
    }
    found.done()
}

/// A member that could serve is never asked: it weighs nothing, or stands behind members that nothing ever trips.
pub(super) fn member_unreached(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for pool in pools(estate) {
        let deployments = pool.deployments();
        for member in &pool.members {
            // One that lacks the deployments harms nobody as long as it is not asked.
            let serves = deployments
                .keys()
                .any(|name| member.deployment(name).is_some());
            if !serves {
                continue;
            }
            let untripped = pool.untripped_before(member);
            let shown = match (pool.share(member) == 0.0, untripped) {
                (true, _) => format!(
                    "{} has weight 0 among others of its priority",
                    member.end.name()
                ),
                (false, Some(first)) => format!(
                    "{} ({}) is asked once all members before it are tripped, and {} has no circuit breaker",
                    member.end.name(),
                    member.place(),
                    first.end.name()
                ),
                (false, None) => continue,
            };
            let raised = found.of(&pool.key(), || pool.about(untripped.unwrap_or(member)));
            raised.hit(pool.victim(member));
            raised.show(shown);
        }
    }
    found.done()
}
