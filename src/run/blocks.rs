//! Dead ways: once a route or key is known not to work, nothing more is bought on it.

use crate::model::{AccountName, CallKind, DeploymentName, Exchange, Hop, Leg};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a call goes by: the deployment, the way and, where only one operation is dead, the operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) account: AccountName,
    pub(super) deployment: DeploymentName,
    pub(super) leg: Leg,
    pub(super) kind: CallKind,
}

/// The ways found dead so far, each with the reason.
#[derive(Debug, Default)]
pub(super) struct Blocks(Mutex<BTreeMap<Blocked, Reason>>);

/// What is dead: a leg to a deployment, for one kind of call or for every kind.
type Blocked = (AccountName, DeploymentName, Leg, Option<CallKind>);

/// Which scenario found it dead, and what people are told.
#[derive(Debug)]
struct Reason {
    by: String,
    text: String,
}

impl Blocks {
    /// Notes that `way` is dead if `exchange`, made on it with the target's own credential, shows so.
    pub(super) fn learn(&self, way: &Way, scenario: &str, exchange: &Exchange, hop: Option<Hop>) {
        let Some((is_whole_leg, what)) = death(exchange) else {
            return;
        };
        let by = hop.map(|hop| format!(" from {hop}")).unwrap_or_default();
        let kind = (!is_whole_leg).then_some(way.kind);
        let key = (way.account.clone(), way.deployment.clone(), way.leg, kind);
        let reason = Reason {
            by: scenario.to_owned(),
            text: format!("blocked: {scenario} found this way dead ({what}{by})"),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_insert(reason);
    }

    /// Why nothing may be bought on `way`, if so.
    pub(super) fn reason(&self, way: &Way) -> Option<String> {
        let dead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |kind| (way.account.clone(), way.deployment.clone(), way.leg, kind);
        dead.get(&key(None))
            .or_else(|| dead.get(&key(Some(way.kind))))
            .map(|reason| reason.text.clone())
    }

    /// Forgets what `scenario` found dead of a deployment, because it is asked anew.
    pub(super) fn forget(
        &self,
        account: &AccountName,
        deployment: &DeploymentName,
        scenario: &str,
    ) {
        let mut dead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        dead.retain(|(of, one, _, _), reason| {
            (of, one) != (account, deployment) || reason.by != scenario
        });
    }
}

/// Whether an exchange shows a dead way: `(the whole leg, what was seen)`.
fn death(exchange: &Exchange) -> Option<(bool, String)> {
    match (exchange.status(), &exchange.transport_error) {
        // Operations are published one by one, so a 404 speaks of this operation only.
        (Some(404), _) => Some((false, "404".to_owned())),
        (Some(status @ (401 | 403 | 407 | 410 | 423)), _) => Some((true, status.to_string())),
        (Some(_), _) => None,
        (None, Some(error)) => Some((true, error.text.clone())),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordedResponse;

    fn way(kind: CallKind) -> Way {
        Way {
            account: "a".into(),
            deployment: "d".into(),
            leg: Leg::Gateway,
            kind,
        }
    }

    fn answered(status: u16) -> Exchange {
        let response = RecordedResponse {
            status: Some(status),
            ..RecordedResponse::default()
        };
        Exchange {
            response: Some(response),
            ..Exchange::default()
        }
    }

    #[test]
    fn a_404_blocks_its_operation_and_no_other() {
        let blocks = Blocks::default();
        blocks.learn(
            &way(CallKind::Edit),
            "I",
            &answered(404),
            Some(Hop::Gateway),
        );
        let reason = blocks.reason(&way(CallKind::Edit)).unwrap();
        assert_eq!(reason, "blocked: I found this way dead (404 from gateway)");
        assert_eq!(blocks.reason(&way(CallKind::Generate)), None);
    }

    #[test]
    fn a_401_blocks_the_whole_leg_and_not_the_other() {
        let blocks = Blocks::default();
        blocks.learn(&way(CallKind::Generate), "K", &answered(401), None);
        assert!(blocks.reason(&way(CallKind::Edit)).is_some());
        let direct = Way {
            leg: Leg::Direct,
            ..way(CallKind::Edit)
        };
        assert_eq!(blocks.reason(&direct), None);
    }

    #[test]
    fn who_is_asked_anew_forgets_only_what_it_found_itself() {
        let blocks = Blocks::default();
        blocks.learn(&way(CallKind::Edit), "I", &answered(404), None);
        blocks.learn(&way(CallKind::Generate), "K", &answered(404), None);
        blocks.forget(&"a".into(), &"other".into(), "I");
        assert!(blocks.reason(&way(CallKind::Edit)).is_some());
        blocks.forget(&"a".into(), &"d".into(), "I");
        assert_eq!(blocks.reason(&way(CallKind::Edit)), None);
        assert!(blocks.reason(&way(CallKind::Generate)).is_some());
    }

    #[test]
    fn a_400_or_a_429_blocks_nothing() {
        let blocks = Blocks::default();
        for status in [200, 400, 429, 500] {
            blocks.learn(&way(CallKind::Generate), "K", &answered(status), None);
        }
        assert_eq!(blocks.reason(&way(CallKind::Generate)), None);
    }
}
