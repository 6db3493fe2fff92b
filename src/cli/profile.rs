//! What a run takes for granted: flags and variables over the profile over the defaults.

use super::args::{PlanArgs, RunArgs};
use super::args_again::Flaky;
use super::failure::Failure;
use super::session::Opened;
use crate::config::{FlakyRule, Profile};
use crate::plan::Choice;
use crate::run::Retries;

/// Cases at once where nothing says otherwise.
const JOBS: u16 = 8;

/// The profile that was asked for; an empty one where none was.
///
/// # Errors
/// Where there is no such profile.
pub(super) fn profile_of(opened: &Opened, args: &PlanArgs) -> Result<Profile, Failure> {
    match &args.profile {
        Some(name) => Ok(Profile::of(&opened.profile(name)?)),
        None => Ok(Profile::default()),
    }
}

/// What is planned. Who names scenarios or tags means those and none of the profile's.
pub(super) fn choice(args: &PlanArgs, profile: &Profile) -> Choice {
    let mut scenarios: Vec<String> = args.words.iter().chain(&args.letters).cloned().collect();
    let mut tags = args.tag.clone();
    if scenarios.is_empty() && tags.is_empty() {
        scenarios = profile.scenarios.clone().unwrap_or_default();
        tags = profile.tags.clone().unwrap_or_default();
    }
    Choice {
        scenarios,
        tags,
        deployments: args.deployment.clone(),
        max_images: args.max_images.or(profile.max_images),
        is_direct: args.is_direct,
    }
}

/// How a plan is carried out.
pub(super) struct Habits {
    pub(super) jobs: u16,
    pub(super) max_cost_usd: Option<f64>,
    pub(super) is_fail_fast: bool,
    pub(super) retries: Retries,
    pub(super) flaky: Flaky,
}

impl Habits {
    /// What `args` say, and where they say nothing `profile`.
    pub(super) fn of(args: &RunArgs, profile: &Profile) -> Self {
        let flaky = profile.flaky.map(|rule| match rule {
            FlakyRule::Pass => Flaky::Pass,
            FlakyRule::Fail => Flaky::Fail,
        });
        Habits {
            jobs: args.jobs.or(profile.jobs).unwrap_or(JOBS),
            max_cost_usd: args.bounds.max_cost.or(profile.max_cost),
            is_fail_fast: args.is_fail_fast || profile.fail_fast == Some(true),
            retries: Retries {
                most: args.again.retries.or(profile.retries).unwrap_or(0),
                are_paid_ones_tried: args.again.are_paid_ones_tried
                    || profile.retry_paid == Some(true),
            },
            flaky: args.again.flaky.or(flaky).unwrap_or(Flaky::Pass),
        }
    }
}
