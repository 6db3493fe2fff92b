//! What a run did not test although it is there, or may be: silence is not health.

use crate::model::{Api, CaseRun, Gap, Gateway, Inventory, Run, Unread};
use crate::provider::azure::Published;

/// Gaps that are told one by one; more are counted.
const MOST_GAPS: usize = 3;
/// Resource type of a service that publishes APIs.
const SERVICE: &str = "service";

/// One sentence for each gateway, and one for deployments, that a run did not reach and that nobody left out on purpose.
pub(super) fn untested(run: &Run, inventory: &Inventory) -> Vec<String> {
    // A part of a plan says nothing of what its other parts test.
    if run.cases.is_empty() || run.shard.is_some() {
        return Vec::new();
    }
    let unread = Unread::of(inventory);
    let is_direct_only = run.cases.iter().all(|case| case.target.gateway.is_none());
    let mut found = Vec::new();
    for gateway in &inventory.gateways {
        let gaps: Vec<&Gap> = unread.of_gateway(gateway).collect();
        let is_tested = run.cases.iter().any(|case| is_by(case, gateway));
        if !is_tested && (is_direct_only || !gaps.is_empty()) {
            found.push(format!(
                "gateway untested: no call went through {}: {}",
                gateway.name,
                why(gateway, inventory, &gaps)
            ));
        }
    }
    let hidden: Vec<&Gap> = unread.of_gateways().collect();
    if is_direct_only && !hidden.is_empty() {
        found.push(format!(
            "gateway untested: every call went straight to an account: {}",
            told(&hidden)
        ));
    }
    let hidden: Vec<&Gap> = unread.of_deployments().collect();
    if !hidden.is_empty() {
        found.push(format!("deployments untested: {}", told(&hidden)));
    }
    found
}

fn is_by(case: &CaseRun, gateway: &Gateway) -> bool {
    let leg = case.target.gateway.as_ref();
    leg.is_some_and(|leg| leg.gateway == gateway.name)
}

/// Why no call went through a gateway.
fn why(gateway: &Gateway, inventory: &Inventory, gaps: &[&Gap]) -> String {
    if !gaps.is_empty() {
        return told(gaps);
    }
    if !gateway.resource_type.is_empty() && gateway.resource_type != SERVICE {
        return "it publishes models, and no image call is known to pass it".to_owned();
    }
    let mut routes = inventory.routes.iter();
    if routes.any(|route| route.gateway == gateway.name) {
        return "none of the chosen deployments is called through it".to_owned();
    }
    let publishes = |api: &Api| {
        let mut operations = api.operations.iter();
        operations.any(|one| Published::of(&api.path, one).is_some())
    };
    if gateway.apis.iter().any(publishes) {
        "its image operations lead to no FLUX deployment that was found".to_owned()
    } else {
        "it publishes no image operation".to_owned()
    }
}

fn told(gaps: &[&Gap]) -> String {
    let shown = gaps.iter().take(MOST_GAPS).map(|gap| {
        let opener = gap
            .opened_by
            .iter()
            .map(|one| format!(" (opened by {one})"));
        let opener: String = opener.collect();
        format!("{} not read: {}{opener}", gap.what, gap.why)
    });
    let mut text = shown.collect::<Vec<String>>().join("; ");
    let more = gaps.len().saturating_sub(MOST_GAPS);
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Case, GatewayLeg, PublishedRoute, Shard, Target, Verdict};

    fn empty_case() -> Case {
        Case {
            scenario: "A".into(),
            title: String::new(),
            account: "a".into(),
            deployment: "d".into(),
            route: String::new(),
            requests: Vec::new(),
            images: 0,
            cost_usd: 0.0,
            is_exclusive: false,
            target: Target::default(),
        }
    }

    fn run(gateways: &[Option<&str>]) -> Run {
        let cases = gateways.iter().map(|gateway| {
            let case = Case {
                target: Target {
                    gateway: gateway.map(|name| GatewayLeg {
                        gateway: name.into(),
                        ..GatewayLeg::default()
                    }),
                    ..Target::default()
                },
                ..empty_case()
            };
            CaseRun::not_run(&case, Verdict::Pass, String::new())
        });
        Run {
            cases: cases.collect(),
            ..Run::default()
        }
    }

    fn estate(gateways: &[&str], gaps: &[&str]) -> Inventory {
        let gateways = gateways.iter().map(|name| Gateway {
            name: (*name).into(),
            resource_type: SERVICE.to_owned(),
            ..Gateway::default()
        });
        let gaps = gaps.iter().map(|what| Gap {
            what: (*what).to_owned(),
            why: "403 no".to_owned(),
            opened_by: Some("Reader".to_owned()),
        });
        Inventory {
            gateways: gateways.collect(),
            gaps: gaps.collect(),
            ..Inventory::default()
        }
    }

    #[test]
    fn a_run_that_only_went_direct_says_so_where_a_gateway_is_known_or_may_be_there() {
        let direct = run(&[None, None]);
        assert_eq!(untested(&direct, &estate(&[], &[])), [""; 0]);
        assert_eq!(
            untested(&direct, &estate(&["g"], &[])),
            ["gateway untested: no call went through g: it publishes no image operation"]
        );
        assert_eq!(
            untested(&direct, &estate(&["g"], &["backends of gateway g"])),
            [
                "gateway untested: no call went through g: backends of gateway g not read: 403 no (opened by Reader)"
            ]
        );
        assert_eq!(
            untested(&direct, &estate(&[], &["gateways of subscription s"])),
            [
                "gateway untested: every call went straight to an account: gateways of subscription s not read: 403 no (opened by Reader)"
            ]
        );
        let mut led = estate(&["g"], &[]);
        led.routes.push(PublishedRoute {
            gateway: "g".into(),
            ..PublishedRoute::default()
        });
        assert!(
            untested(&direct, &led)[0]
                .ends_with("none of the chosen deployments is called through it")
        );
    }

    #[test]
    fn a_gateway_that_was_called_is_tested_and_another_is_told_only_where_it_could_not_be_read() {
        let called = run(&[Some("g"), None]);
        let roles = "role assignments of gateway h";
        assert_eq!(untested(&called, &estate(&["g", "h"], &[roles])), [""; 0]);
        let gaps = ["apis of gateway h", "backends of gateway g"];
        let told = untested(&called, &estate(&["g", "h"], &gaps));
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("gateway untested: no call went through h: apis of gateway h"));
    }

    #[test]
    fn deployments_that_nobody_could_read_are_told_and_a_part_of_a_plan_says_nothing() {
        let gaps = ["deployments of account a", "models of account b"];
        let told = untested(&run(&[None]), &estate(&[], &gaps));
        assert_eq!(
            told,
            ["deployments untested: deployments of account a not read: 403 no (opened by Reader)"]
        );
        assert_eq!(untested(&run(&[]), &estate(&["g"], &gaps)), [""; 0]);
        let part = Run {
            shard: Some(Shard {
                number: 1,
                count: 2,
                planned: 2,
            }),
            ..run(&[None])
        };
        assert_eq!(untested(&part, &estate(&["g"], &gaps)), [""; 0]);
    }
}
