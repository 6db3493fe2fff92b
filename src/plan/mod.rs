//! What will be called, in which order, at what price: scenarios × targets, without touching anything.

mod choice;
mod orders;
mod requests;
mod shard;
mod variables;

pub use choice::{Choice, PlanError};
pub use orders::order_of;
pub use shard::shard;
pub use variables::{variables_of, with_variables};

use crate::expr::{Context, Engine};
use crate::model::{AccountName, Case, DeploymentName, Plan, ScenarioId, Skipped, Target};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Scenarios with this tag run last and alone on their deployment, because they disturb it on purpose.
const EXCLUSIVE: &str = "exclusive";

/// Plans every chosen scenario on every chosen target.
///
/// Cases come deployment by deployment; on each, what buys nothing first, and what disturbs the deployment last. A
/// scenario that does not apply to a target is left out with its own reason.
///
/// # Errors
/// [`PlanError`] where the choice names a scenario or deployment that there is not.
pub fn plan(
    targets: &[Target],
    scenarios: &[Scenario],
    choice: &Choice,
) -> Result<Plan, PlanError> {
    let scenarios = choice.scenarios(scenarios)?;
    let targets = choice.targets(targets)?;
    let engine = Engine::strict();
    let mut plan = Plan::default();
    let mut images: BTreeMap<(AccountName, DeploymentName), u32> = BTreeMap::new();
    for target in &targets {
        let mut cases: Vec<Case> = Vec::new();
        for &scenario in &scenarios {
            let context = variables_of(&engine, scenario, target).map_err(|(name, error)| {
                PlanError::Variable {
                    file: scenario.file.clone(),
                    name,
                    error: Box::new(error),
                }
            })?;
            match unmet(&engine, scenario, &context)? {
                Some(why) => plan.skipped.push(Skipped {
                    scenario: scenario.id.clone(),
                    account: target.account.clone(),
                    deployment: target.deployment.clone(),
                    why,
                }),
                None => cases.push(case(&engine, scenario, target, &context)),
            }
        }
        cases.sort_by_key(|case| (case.is_exclusive, case.images > 0));
        let bought = images
            .entry((target.account.clone(), target.deployment.clone()))
            .or_default();
        for case in cases {
            match choice.max_images {
                Some(most) if case.images > 0 && *bought + case.images > most => {
                    plan.skipped.push(too_many(&case, most));
                }
                _ => {
                    *bought += case.images;
                    plan.cases.push(case);
                }
            }
        }
    }
    // The sum of no amounts is minus zero, which is no price.
    plan.cost_usd = plan.cases.iter().map(|case| case.cost_usd).sum::<f64>() + 0.0;
    Ok(plan)
}

/// A case that would buy more than may be bought on its deployment.
fn too_many(case: &Case, most: u32) -> Skipped {
    let pictures = |count: u32| format!("{count} picture{}", if count == 1 { "" } else { "s" });
    Skipped {
        scenario: case.scenario.clone(),
        account: case.account.clone(),
        deployment: case.deployment.clone(),
        why: format!(
            "buys {}, and {most} at most may be bought on a deployment (--max-images)",
            pictures(case.images)
        ),
    }
}

/// The reason for leaving a scenario out, where one of its conditions does not hold.
fn unmet(
    engine: &Engine,
    scenario: &Scenario,
    context: &Context,
) -> Result<Option<String>, PlanError> {
    for condition in &scenario.when {
        let at = || condition.at.to_string();
        let holds =
            engine
                .is_true(&condition.that, context)
                .map_err(|error| PlanError::Condition {
                    at: at(),
                    error: Box::new(error),
                })?;
        if !holds {
            let why =
                engine
                    .render(&condition.why, context)
                    .map_err(|error| PlanError::Condition {
                        at: at(),
                        error: Box::new(error),
                    })?;
            return Ok(Some(why));
        }
    }
    Ok(None)
}

fn case(engine: &Engine, scenario: &Scenario, target: &Target, context: &Context) -> Case {
    let requests = requests::of(engine, scenario, target, context);
    let images: u32 = requests
        .iter()
        .map(|request| request.images * request.times)
        .sum();
    Case {
        scenario: ScenarioId::new(scenario.id.as_str()),
        title: scenario.name.clone(),
        account: target.account.clone(),
        deployment: target.deployment.clone(),
        route: target.route_name(),
        requests,
        images,
        cost_usd: requests::cost(engine, scenario, target, context),
        is_exclusive: scenario.tags.iter().any(|tag| tag == EXCLUSIVE),
        target: target.clone(),
    }
}
