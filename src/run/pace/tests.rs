//! The line as a whole: who goes when.

use super::course::{Course, End, REQUEST};
use super::line::{Pacer, Place, Said, Wait};
use crate::model::RateLimit;
use std::time::Duration;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn end(account: &str, weight: u32, count: f64) -> End {
    End {
        account: account.into(),
        deployment: "flux".into(),
        weight,
        limits: vec![RateLimit {
            key: REQUEST.into(),
            count,
            renewal_period: 60.0,
        }],
        is_assumed: false,
    }
}

fn direct(account: &str) -> Course {
    Course {
        ends: vec![end(account, 1, 6.0)],
        rotation: String::new(),
        gate: None,
        deployment: "flux".into(),
    }
}

fn through(gateway: &str, ends: Vec<End>) -> Course {
    Course {
        ends,
        rotation: format!("{gateway}/pool"),
        gate: Some((gateway.into(), "api".into())),
        deployment: "flux".into(),
    }
}

fn ask<'p>(pacer: &'p Pacer, course: &Course, at: u64) -> Result<Place<'p>, Wait> {
    let number = pacer.number();
    pacer.stand(course, number).ask(seconds(at), true)
}

/// Lets as many calls through at once as may go, each answered at once; gives their number and what the next is told.
fn burst(pacer: &Pacer, course: &Course, at: u64) -> (u32, Wait) {
    let mut count = 0;
    loop {
        match ask(pacer, course, at) {
            Ok(place) => place.answered(course, seconds(at), Said::default()),
            Err(wait) => return (count, wait),
        }
        count += 1;
    }
}

fn refused(pause: u64, is_gates: bool) -> Said {
    Said {
        refused: Some(seconds(pause)),
        is_gates,
        limit: None,
    }
}

#[test]
fn a_deployment_takes_what_its_limit_allows_and_another_does_not_wait_for_it() {
    let pacer = Pacer::default();
    assert_eq!(burst(&pacer, &direct("a"), 0), (6, Wait::For(seconds(60))));
    assert_eq!(burst(&pacer, &direct("b"), 0), (6, Wait::For(seconds(60))));
    assert_eq!(burst(&pacer, &direct("a"), 60), (6, Wait::For(seconds(60))));
}

#[test]
fn a_pool_of_equal_members_takes_as_many_times_the_limit() {
    let pacer = Pacer::default();
    let pool = through("g", ["a", "b", "c"].map(|one| end(one, 1, 6.0)).to_vec());
    assert_eq!(burst(&pacer, &pool, 0), (18, Wait::For(seconds(60))));
}

#[test]
fn a_weighted_pool_takes_what_its_busiest_member_allows() {
    let pacer = Pacer::default();
    let pool = through("g", vec![end("a", 3, 6.0), end("b", 1, 6.0)]);
    let (count, _) = burst(&pacer, &pool, 0);
    assert_eq!(count, 8, "six of eight calls go to the first");
}

#[test]
fn one_deployment_behind_two_gateways_and_called_straight_has_one_limit() {
    let pacer = Pacer::default();
    let calls = [through("g", vec![end("a", 1, 6.0)]), direct("a")];
    for course in calls.iter().cycle().take(6) {
        let place = ask(&pacer, course, 0).unwrap();
        place.answered(course, seconds(0), Said::default());
    }
    let other = through("h", vec![end("a", 1, 6.0)]);
    assert_eq!(ask(&pacer, &other, 1).unwrap_err(), Wait::For(seconds(59)));
}

#[test]
fn a_call_counts_from_its_answer_and_one_under_way_keeps_its_place() {
    let pacer = Pacer::default();
    let course = direct("a");
    let places: Vec<Place<'_>> = (0..6).map(|_| ask(&pacer, &course, 0).unwrap()).collect();
    assert_eq!(ask(&pacer, &course, 300).unwrap_err(), Wait::ForAnswer);
    for place in places {
        place.answered(&course, seconds(310), Said::default());
    }
    assert_eq!(
        ask(&pacer, &course, 320).unwrap_err(),
        Wait::For(seconds(50))
    );
}

#[test]
fn what_was_refused_or_not_made_does_not_count() {
    let pacer = Pacer::default();
    let course = direct("a");
    for _ in 0..9 {
        ask(&pacer, &course, 0).unwrap().give_back();
    }
    for at in 0..9 {
        let place = ask(&pacer, &course, at * 10).unwrap();
        place.answered(&course, seconds(at * 10), refused(10, false));
    }
}

#[test]
fn a_gateway_that_refuses_holds_back_its_own_calls_and_no_others() {
    let pacer = Pacer::default();
    let (gate, straight) = (through("g", vec![end("a", 1, 6.0)]), direct("a"));
    let place = ask(&pacer, &gate, 0).unwrap();
    place.answered(&gate, seconds(0), refused(40, true));
    assert_eq!(ask(&pacer, &gate, 10).unwrap_err(), Wait::For(seconds(30)));
    assert!(ask(&pacer, &straight, 10).is_ok());
    let unpaced = |at| {
        let number = pacer.number();
        pacer.stand(&gate, number).ask(seconds(at), false)
    };
    assert_eq!(unpaced(10).unwrap_err(), Wait::For(seconds(30)));
    assert!(unpaced(40).is_ok());
}

#[test]
fn a_deployment_that_refuses_holds_back_every_way_to_it() {
    let pacer = Pacer::default();
    let (gate, straight) = (through("g", vec![end("a", 1, 6.0)]), direct("a"));
    let place = ask(&pacer, &gate, 0).unwrap();
    place.answered(&gate, seconds(0), refused(40, false));
    for course in [&gate, &straight] {
        assert_eq!(ask(&pacer, course, 10).unwrap_err(), Wait::For(seconds(30)));
    }
    let unpaced = pacer.number();
    assert!(
        pacer
            .stand(&straight, unpaced)
            .ask(seconds(10), false)
            .is_ok()
    );
}

#[test]
fn after_a_refusal_calls_go_one_by_one_and_the_earliest_first() {
    let pacer = Pacer::default();
    let course = direct("a");
    let [first, second, third] = [(); 3].map(|()| pacer.number());
    let lines = [first, second, third].map(|number| pacer.stand(&course, number));
    let place = lines[0].ask(seconds(0), true).unwrap();
    place.answered(&course, seconds(0), refused(10, false));
    let place = lines[2].ask(seconds(10), true).unwrap();
    assert_eq!(
        lines[1].ask(seconds(10), true).unwrap_err(),
        Wait::ForAnswer
    );
    assert_eq!(
        lines[0].ask(seconds(10), true).unwrap_err(),
        Wait::ForAnswer
    );
    place.answered(&course, seconds(11), Said::default());
    assert_eq!(
        lines[1].ask(seconds(11), true).unwrap_err(),
        Wait::ForAnswer
    );
    assert!(lines[0].ask(seconds(11), true).is_ok());
}

#[test]
fn one_that_gives_up_waiting_lets_the_next_go() {
    let pacer = Pacer::default();
    let course = direct("a");
    let place = ask(&pacer, &course, 0).unwrap();
    place.answered(&course, seconds(0), refused(1, false));
    let busy = ask(&pacer, &course, 1).unwrap();
    let (early, late) = (pacer.number(), pacer.number());
    let early = pacer.stand(&course, early);
    let late = pacer.stand(&course, late);
    assert_eq!(early.ask(seconds(1), true).unwrap_err(), Wait::ForAnswer);
    assert_eq!(late.ask(seconds(1), true).unwrap_err(), Wait::ForAnswer);
    drop(busy);
    drop(early);
    assert!(late.ask(seconds(2), true).is_ok());
}

#[test]
fn a_limit_that_nobody_stated_is_learned_from_the_answer() {
    let pacer = Pacer::default();
    let mut course = direct("a");
    course.ends[0].is_assumed = true;
    let said = Said {
        limit: Some(9.0),
        ..Said::default()
    };
    let place = ask(&pacer, &course, 0).unwrap();
    place.answered(&course, seconds(0), said);
    assert_eq!(burst(&pacer, &course, 0), (8, Wait::For(seconds(60))));
    let stated = direct("b");
    let place = ask(&pacer, &stated, 0).unwrap();
    place.answered(&stated, seconds(0), said);
    assert_eq!(burst(&pacer, &stated, 0).0, 5, "ARM knows better");
}

#[test]
fn what_was_answered_before_a_kill_still_counts() {
    let ages = [90, 50, 40, 30, 20, 10].map(seconds);
    let answered = ages.map(|age| (direct("a"), age)).to_vec();
    let pacer = Pacer::knowing(seconds(1), answered);
    let course = direct("a");
    assert_eq!(
        burst(&pacer, &course, 1),
        (1, Wait::For(seconds(10))),
        "one of the six is older than a minute"
    );
}

#[test]
fn waiting_is_of_no_use_where_a_call_was_always_refused_until_one_passes() {
    let pacer = Pacer::default();
    let course = direct("a");
    pacer.give_up(&course, false);
    assert!(pacer.is_hopeless(&course));
    assert!(!pacer.is_hopeless(&direct("b")));
    let place = ask(&pacer, &course, 0).unwrap();
    place.answered(&course, seconds(0), Said::default());
    assert!(!pacer.is_hopeless(&course));
}
