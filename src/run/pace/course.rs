//! Where a call will arrive: the deployments whose limits it counts against, as far as is known before it is made.

use crate::knowledge::{by_id, families};
use crate::model::{
    AccountName, ApiName, Arrivals, DeploymentName, FamilyId, GatewayName, Leg, Plan, RateLimit,
    Target,
};
use std::collections::BTreeMap;

/// Where one call will arrive.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::run) struct Course {
    /// The deployments that take calls by turns; at least one.
    pub(super) ends: Vec<End>,
    /// What hands calls out among the ends. Calls of every deployment behind one pool take the same turns.
    pub(super) rotation: String,
    /// The API that the call passes, where it goes through a gateway.
    pub(super) gate: Option<(GatewayName, ApiName)>,
    /// The deployment as the call names it.
    pub(in crate::run) deployment: DeploymentName,
}

/// One deployment that a call may arrive at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    pub(super) account: AccountName,
    pub(super) deployment: DeploymentName,
    /// Its share of the calls.
    pub(super) weight: u32,
    pub(super) limits: Vec<RateLimit>,
    /// Whether nobody stated the limits, so that they are what the family has by default.
    pub(super) is_assumed: bool,
}

/// Finds out where calls arrive.
#[derive(Debug, Default)]
pub(in crate::run) struct Courses {
    /// Where nobody knows where a gateway sends the calls for a deployment: the account that they are counted against.
    /// Two targets of one name behind one gateway may well be one deployment, so they count together.
    supposed: BTreeMap<(GatewayName, DeploymentName), AccountName>,
}

impl Courses {
    pub(in crate::run) fn of(plan: &Plan) -> Self {
        let mut courses = Courses::default();
        for case in &plan.cases {
            let target = &case.target;
            let Some(leg) = &target.gateway else {
                continue;
            };
            let others = target.peers.iter().chain(&target.vision);
            let others = others.map(|peer| &peer.deployment);
            for deployment in std::iter::once(&target.deployment).chain(others) {
                let arrivals = leg.arrivals_of(deployment);
                if arrivals.is_none_or(|arrivals| arrivals.members.is_empty()) {
                    let way = (leg.gateway.clone(), deployment.clone());
                    let account = courses.supposed.entry(way);
                    account.or_insert_with(|| target.account.clone());
                }
            }
        }
        courses
    }

    /// Where a call of `target` for `deployment` arrives by `leg`.
    pub(in crate::run) fn course(
        &self,
        target: &Target,
        leg: Leg,
        deployment: &DeploymentName,
    ) -> Course {
        let mut course = course_of(target, leg, deployment);
        let Some((gateway, _)) = &course.gate else {
            return course;
        };
        let way = (gateway.clone(), deployment.clone());
        if let (Some(account), [end], true) = (
            self.supposed.get(&way),
            course.ends.as_mut_slice(),
            course.rotation.is_empty(),
        ) {
            end.account.clone_from(account);
        }
        course
    }
}

/// Where a call of `target` for `deployment` arrives by `leg`, so far as the target itself tells.
pub(super) fn course_of(target: &Target, leg: Leg, deployment: &DeploymentName) -> Course {
    let gateway = target.gateway.as_ref().filter(|_| leg == Leg::Gateway);
    let arrivals = gateway.and_then(|leg| leg.arrivals_of(deployment));
    let mut ends: Vec<End> = arrivals
        .iter()
        .flat_map(|arrivals| ends(target, arrivals))
        .collect();
    if ends.is_empty() {
        let (limits, is_assumed) = limits_of(target, deployment);
        ends.push(End {
            account: target.account.clone(),
            deployment: deployment.clone(),
            weight: 1,
            limits,
            is_assumed,
        });
    }
    Course {
        ends,
        rotation: arrivals.map_or_else(String::new, |arrivals| arrivals.by.clone()),
        gate: gateway.map(|leg| (leg.gateway.clone(), leg.api.clone())),
        deployment: deployment.clone(),
    }
}

/// The members that take calls as long as none of them fails: those that are preferred.
fn ends(target: &Target, arrivals: &Arrivals) -> Vec<End> {
    let first = arrivals.members.iter().map(|one| one.priority).min();
    let preferred = arrivals.members.iter();
    let preferred = preferred.filter(|one| Some(one.priority) == first);
    preferred
        .flat_map(|members| {
            members.accounts.iter().map(|account| {
                let deployment = &arrivals.deployment;
                let is_stated = members.limits.iter().any(|limit| limit.key == REQUEST);
                let (limits, is_assumed) = match is_stated || is_vision(target, deployment) {
                    true => (members.limits.clone(), false),
                    false => (
                        assumed(family_of(target, deployment)).into_iter().collect(),
                        true,
                    ),
                };
                End {
                    account: account.clone(),
                    deployment: deployment.clone(),
                    weight: members.weight,
                    limits,
                    is_assumed,
                }
            })
        })
        .collect()
}

/// The family of a deployment of the target's account, where it is known.
fn family_of<'t>(target: &'t Target, deployment: &DeploymentName) -> Option<&'t FamilyId> {
    let mut peers = target.peers.iter();
    match peers.find(|peer| peer.deployment == *deployment) {
        Some(peer) => peer.family.as_ref(),
        None => target.family.as_ref(),
    }
}

/// A chat deployment has limits of its own kind, which no family's default speaks of.
fn is_vision(target: &Target, deployment: &DeploymentName) -> bool {
    let vision = target.vision.as_ref();
    vision.is_some_and(|vision| vision.deployment == *deployment)
}

/// The limits of a deployment of the target's account, and whether they are only assumed.
fn limits_of(target: &Target, deployment: &DeploymentName) -> (Vec<RateLimit>, bool) {
    let peers = target.peers.iter().chain(&target.vision);
    let peer = peers
        .into_iter()
        .find(|peer| peer.deployment == *deployment && target.deployment != *deployment);
    let limits = peer.map_or(&target.rate_limits, |peer| &peer.rate_limits);
    let is_stated = limits.iter().any(|limit| limit.key == REQUEST);
    if is_stated || is_vision(target, deployment) {
        return (limits.clone(), false);
    }
    let assumed = assumed(family_of(target, deployment));
    (limits.iter().cloned().chain(assumed).collect(), true)
}

/// Key of a limit on requests.
pub(super) const REQUEST: &str = "request";

/// The limit that a deployment of the family has by default; of a family that is not known, the lowest of all.
fn assumed(family: Option<&FamilyId>) -> Option<RateLimit> {
    if let Some(family) = family.and_then(by_id) {
        return Some(family.default_rate_limit.clone());
    }
    let limits = families().iter().map(|family| &family.default_rate_limit);
    let rate = |limit: &RateLimit| limit.count / limit.renewal_period;
    limits
        .min_by(|one, other| rate(one).total_cmp(&rate(other)))
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Case, GatewayLeg, Peer};

    fn limit(count: f64) -> RateLimit {
        RateLimit {
            key: REQUEST.into(),
            count,
            renewal_period: 60.0,
        }
    }

    fn target() -> Target {
        Target {
            account: "a".into(),
            deployment: "flux".into(),
            family: Some("flux-1.1-pro".into()),
            rate_limits: vec![limit(9.0)],
            peers: vec![Peer {
                deployment: "peer".into(),
                rate_limits: vec![limit(3.0)],
                ..Peer::default()
            }],
            vision: Some(Peer {
                deployment: "eyes".into(),
                ..Peer::default()
            }),
            gateway: Some(GatewayLeg {
                gateway: "g".into(),
                api: "x".into(),
                ..GatewayLeg::default()
            }),
            ..Target::default()
        }
    }

    fn counts(target: &Target, deployment: &str) -> (Vec<f64>, bool) {
        let course = course_of(target, Leg::Gateway, &deployment.into());
        let [end] = course.ends.as_slice() else {
            panic!("one end")
        };
        let counts = end.limits.iter().map(|limit| limit.count);
        (counts.collect(), end.is_assumed)
    }

    #[test]
    fn each_deployment_is_paced_by_its_own_limits() {
        let target = target();
        assert_eq!(counts(&target, "flux"), (vec![9.0], false));
        assert_eq!(counts(&target, "peer"), (vec![3.0], false));
        assert_eq!(counts(&target, "eyes"), (vec![], false));
    }

    #[test]
    fn a_deployment_that_states_no_limit_is_paced_by_its_familys_default() {
        let mut target = target();
        target.rate_limits.clear();
        assert_eq!(counts(&target, "flux"), (vec![6.0], true));
        target.family = None;
        assert_eq!(counts(&target, "flux"), (vec![5.0], true));
    }

    #[test]
    fn where_nobody_knows_where_a_gateway_leads_calls_of_one_name_count_together() {
        let other = Target {
            account: "b".into(),
            ..target()
        };
        let cases = [target(), other.clone()].map(|target| Case {
            target,
            ..Case::default()
        });
        let plan = Plan {
            cases: cases.into(),
            ..Plan::default()
        };
        let courses = Courses::of(&plan);
        let account = |leg, deployment: &str| {
            let course = courses.course(&other, leg, &deployment.into());
            course.ends[0].account.to_string()
        };
        assert_eq!(account(Leg::Gateway, "flux"), "a");
        assert_eq!(account(Leg::Gateway, "peer"), "a");
        assert_eq!(account(Leg::Direct, "flux"), "b");
        assert_eq!(account(Leg::Gateway, "unheard-of"), "b");
    }

    #[test]
    fn only_a_call_through_the_gateway_passes_its_api() {
        let gate = |leg| course_of(&target(), leg, &"flux".into()).gate;
        assert_eq!(gate(Leg::Gateway), Some(("g".into(), "x".into())));
        assert_eq!(gate(Leg::Direct), None);
    }
}
