//! `--shard`: which part of a plan this machine carries out.

use super::args::PlanArgs;
use super::exit::Exit;
use super::failure::Failure;
use crate::harness::Environment;
use crate::history::Store;
use crate::model::Plan;
use crate::plan::shard;
use std::collections::BTreeMap;

/// Variables that tell a job of several its number and their count, and what its numbers begin with.
const SYSTEMS: [(&str, &str, u32); 3] = [
    // Kubernetes Indexed Job; the count is the manifest's own variable, since Kubernetes gives none.
    ("JOB_COMPLETION_INDEX", "FLUXPROBE_SHARDS", 0),
    // Azure Pipelines, `strategy: parallel`.
    ("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1),
    // GitLab, `parallel:`.
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
];

/// The part of `plan` that the arguments ask for; all of it where they ask for none.
///
/// # Errors
/// Where the part cannot be told, or the history that balances it cannot be read.
pub(super) fn part_of(
    plan: Plan,
    args: &PlanArgs,
    environment: &Environment,
) -> Result<Plan, Failure> {
    let Some(asked) = &args.shard else {
        return Ok(plan);
    };
    let (number, count) = match asked.as_str() {
        "auto" => told_by(environment)?,
        asked => parse(asked)?,
    };
    let usual_ms = match &args.balance {
        Some(file) => Store::open(file)?.usual_ms()?,
        None => BTreeMap::new(),
    };
    Ok(shard(&plan, number, count, &usual_ms))
}

fn parse(asked: &str) -> Result<(u32, u32), Failure> {
    let wrong = || {
        let text = format!("--shard {asked}: give a number and a count, e.g. 2/5, or auto");
        Failure::new(Exit::Usage, text)
    };
    let (number, count) = asked.split_once('/').ok_or_else(wrong)?;
    let number: u32 = number.trim().parse().map_err(|_| wrong())?;
    let count: u32 = count.trim().parse().map_err(|_| wrong())?;
    if (1..=count).contains(&number) {
        Ok((number, count))
    } else {
        Err(wrong())
    }
}

fn told_by(environment: &Environment) -> Result<(u32, u32), Failure> {
    for (index, total, first) in SYSTEMS {
        let number = |name| {
            environment
                .get(name)
                .and_then(|value| value.parse::<u32>().ok())
        };
        let (Some(at), Some(count)) = (number(index), number(total)) else {
            continue;
        };
        return parse(&format!("{}/{count}", u64::from(at) + u64::from(1 - first)));
    }
    let names: Vec<String> = SYSTEMS
        .iter()
        .map(|(index, total, _)| format!("{index} and {total}"))
        .collect();
    let text = format!(
        "--shard auto: no variables tell which shard this is; set {}, or say --shard K/N",
        names.join(", or ")
    );
    Err(Failure::new(Exit::Usage, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(variables: &[(&str, &str)]) -> Result<(u32, u32), Failure> {
        told_by(&Environment::of(variables))
    }

    #[test]
    fn a_shard_is_told_or_refused() {
        assert_eq!(parse("2/5"), Ok((2, 5)));
        for wrong in ["", "2", "0/5", "6/5", "a/b", "1/0", "-1/2", "1/2/3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn engines_number_their_jobs_each_in_its_own_way() {
        let pod = [("JOB_COMPLETION_INDEX", "0"), ("FLUXPROBE_SHARDS", "4")];
        assert_eq!(auto(&pod), Ok((1, 4)));
        let job = [
            ("SYSTEM_JOBPOSITIONINPHASE", "4"),
            ("SYSTEM_TOTALJOBSINPHASE", "4"),
        ];
        assert_eq!(auto(&job), Ok((4, 4)));
        assert_eq!(
            auto(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")]),
            Ok((2, 3))
        );
        let beyond = [("JOB_COMPLETION_INDEX", "4"), ("FLUXPROBE_SHARDS", "4")];
        assert!(auto(&beyond).is_err());
        let untold = auto(&[("JOB_COMPLETION_INDEX", "0")]).unwrap_err();
        assert!(untold.text.contains("FLUXPROBE_SHARDS"), "{}", untold.text);
    }
}
