//! A plan carried out by several machines, each a part of it that it can tell by itself.

use crate::model::{Case, Plan, Shard};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The part of `plan` that is `number` of `count`.
///
/// Every machine that is given the same plan and the same `usual_ms` takes a part of its own, and all parts together are
/// the plan. Without usual times a case goes where the digest of its key leads, so it stays there while others come and
/// go. With them (milliseconds by the key of a case) the longest go first to whoever has least to do. A deployment that
/// several machines ask shares its limits among them. What the plan left out is told by the first part.
pub fn shard(plan: &Plan, number: u32, count: u32, usual_ms: &BTreeMap<String, f64>) -> Plan {
    let places = places(plan, count, usual_ms);
    let is_own = |place: &u32| *place == number - 1;
    let mut cases = Vec::new();
    for (case, _) in plan
        .cases
        .iter()
        .zip(&places)
        .filter(|(_, place)| is_own(place))
    {
        let mut case = case.clone();
        share_limits(&mut case, plan, &places);
        cases.push(case);
    }
    Plan {
        schema_version: plan.schema_version,
        // The sum of no amounts is minus zero, which is no price.
        cost_usd: cases.iter().map(|case| case.cost_usd).sum::<f64>() + 0.0,
        skipped: if number == 1 {
            plan.skipped.clone()
        } else {
            Vec::new()
        },
        shard: Some(Shard {
            number,
            count,
            planned: plan.cases.len(),
        }),
        cases,
    }
}

/// The part that each case goes to, from 0.
fn places(plan: &Plan, count: u32, usual_ms: &BTreeMap<String, f64>) -> Vec<u32> {
    let keys: Vec<String> = plan.cases.iter().map(Case::key).collect();
    if !keys.iter().any(|key| usual_ms.contains_key(key)) {
        return keys
            .iter()
            .map(|key| (digest(key) % u64::from(count)) as u32)
            .collect();
    }
    let known: Vec<f64> = keys
        .iter()
        .filter_map(|key| usual_ms.get(key).copied())
        .collect();
    let middling = known.iter().sum::<f64>() / known.len() as f64;
    let ms = |index: usize| usual_ms.get(&keys[index]).copied().unwrap_or(middling);
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|one, other| {
        let by_time = ms(*other).total_cmp(&ms(*one));
        by_time.then_with(|| digest(&keys[*one]).cmp(&digest(&keys[*other])))
    });
    let mut loads = vec![0.0_f64; count as usize];
    let mut places = vec![0; keys.len()];
    for index in order {
        let least = (0..loads.len()).min_by(|one, other| loads[*one].total_cmp(&loads[*other]));
        let least = least.unwrap_or_default();
        loads[least] += ms(index);
        places[index] = least as u32;
    }
    places
}

fn digest(key: &str) -> u64 {
    let bytes = Sha256::digest(key.as_bytes());
    bytes
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Divides the limits of a case's deployment by the number of parts that ask it. A case that tries the limit itself
/// keeps it whole.
fn share_limits(case: &mut Case, plan: &Plan, places: &[u32]) {
    if case.is_exclusive {
        return;
    }
    let on_account = plan
        .cases
        .iter()
        .zip(places)
        .filter(|(one, _)| one.account == case.account);
    let asking: Vec<_> = on_account
        .map(|(one, place)| (one.deployment.clone(), *place))
        .collect();
    let parts = |deployment: &crate::model::DeploymentName| {
        let places: BTreeSet<u32> = asking
            .iter()
            .filter(|(one, _)| one == deployment)
            .map(|(_, place)| *place)
            .collect();
        places.len().max(1) as f64
    };
    let own = case.deployment.clone();
    for limit in &mut case.target.rate_limits {
        limit.count = (limit.count / parts(&own)).floor().max(1.0);
    }
    let arrivals = case.target.gateway.iter_mut();
    for arrival in arrivals.flat_map(|leg| &mut leg.arrivals) {
        // Whichever account is asked, its calls may arrive at any member.
        let named = plan.cases.iter().zip(places);
        let places: BTreeSet<u32> = named
            .filter(|(one, _)| one.deployment == arrival.deployment)
            .map(|(_, place)| *place)
            .collect();
        let parts = places.len().max(1) as f64;
        for limit in arrival.members.iter_mut().flat_map(|one| &mut one.limits) {
            limit.count = (limit.count / parts).floor().max(1.0);
        }
    }
    for peer in &mut case.target.peers {
        let parts = parts(&peer.deployment);
        for limit in &mut peer.rate_limits {
            limit.count = (limit.count / parts).floor().max(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RateLimit, Skipped, Target};

    fn plan(count: usize) -> Plan {
        let cases = (0..count).map(|number| Case {
            scenario: format!("s{number}").into(),
            account: "a".into(),
            deployment: format!("d{}", number % 3).into(),
            route: "r".into(),
            cost_usd: 0.04,
            target: Target {
                rate_limits: vec![RateLimit {
                    key: "request".into(),
                    count: 6.0,
                    renewal_period: 60.0,
                }],
                ..Target::default()
            },
            ..Case::default()
        });
        Plan {
            cases: cases.collect(),
            skipped: vec![Skipped::default()],
            ..Plan::default()
        }
    }

    fn keys(plan: &Plan) -> Vec<String> {
        plan.cases.iter().map(Case::key).collect()
    }

    proptest::proptest! {
        /// However many cases and parts there are, and whatever is known of their times.
        #[test]
        fn parts_are_disjoint_and_complete(
            cases in 0_usize..60,
            count in 1_u32..9,
            times in proptest::collection::vec(proptest::option::of(0.0_f64..1e6), 60),
        ) {
            let plan = plan(cases);
            let usual: BTreeMap<String, f64> =
                keys(&plan).into_iter().zip(times).filter_map(|(key, ms)| Some((key, ms?))).collect();
            let parts: Vec<Plan> = (1..=count).map(|number| shard(&plan, number, count, &usual)).collect();
            let mut all: Vec<String> = parts.iter().flat_map(keys).collect();
            all.sort();
            let mut wanted = keys(&plan);
            wanted.sort();
            proptest::prop_assert_eq!(all, wanted);
            let skipped: usize = parts.iter().map(|part| part.skipped.len()).sum();
            proptest::prop_assert_eq!(skipped, 1);
            for part in &parts {
                let order: Vec<String> = keys(&plan).into_iter().filter(|key| keys(part).contains(key)).collect();
                proptest::prop_assert_eq!(keys(part), order);
            }
        }
    }

    #[test]
    fn a_case_stays_where_it_is_while_others_come_and_go() {
        let (few, many) = (plan(20), plan(40));
        for number in 1..=4 {
            let nothing = BTreeMap::new();
            let now = keys(&shard(&many, number, 4, &nothing));
            let before = keys(&shard(&few, number, 4, &nothing));
            assert!(before.iter().all(|key| now.contains(key)));
        }
    }

    #[test]
    fn known_times_balance_the_parts() {
        let plan = plan(12);
        let usual: BTreeMap<String, f64> = keys(&plan)
            .into_iter()
            .enumerate()
            .map(|(number, key)| (key, if number == 0 { 110.0 } else { 10.0 }))
            .collect();
        let parts: Vec<Plan> = (1..=2)
            .map(|number| shard(&plan, number, 2, &usual))
            .collect();
        let load = |part: &Plan| keys(part).iter().map(|key| usual[key]).sum::<f64>();
        assert_eq!((load(&parts[0]), load(&parts[1])), (110.0, 110.0));
    }

    #[test]
    fn machines_that_ask_one_deployment_share_its_limit() {
        let plan = plan(30);
        let part = shard(&plan, 1, 2, &BTreeMap::new());
        assert!(
            part.cases
                .iter()
                .all(|case| case.target.rate_limits[0].count == 3.0)
        );
        let whole = shard(&plan, 1, 1, &BTreeMap::new());
        assert!(
            whole
                .cases
                .iter()
                .all(|case| case.target.rate_limits[0].count == 6.0)
        );
    }
}
