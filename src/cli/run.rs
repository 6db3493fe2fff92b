//! `fluxprobe run`.

use super::annotate;
use super::args::RunArgs;
use super::args_again::{Annotate, Flaky};
use super::causes;
use super::compare;
use super::confirm::confirm;
use super::exit::Exit;
use super::failure::Failure;
use super::history;
use super::inputs;
use super::interrupt::Interrupt;
use super::journal::Kept;
use super::map;
use super::otlp;
use super::output;
use super::profile::{Habits, profile_of};
use super::progress::Progress;
use super::session::{Opened, Planned, Session};
use super::shard::part_of;
use super::watch;
use crate::harness::scenarios;
use crate::model::{Hop, Report, Run, StepRun};
use crate::report::{Detail, Document, Extras, FORMATS, Style};
use crate::run::{RunOptions, Stop};
use crate::scenario::Scenario;
use std::sync::Arc;

/// Longest edge of a kept picture, in pixels: enough to see what it shows, small enough to store.
pub(super) const THUMBNAIL: u32 = 96;

/// Runs the plan, says why what failed has failed, and shows the report, whatever happened.
pub(super) async fn run(session: &Session, args: &RunArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Report(&Report::new(Run::default(), Vec::new())))?;
    let diagnoser = causes::diagnoser(session, &args.causes)?;
    let scenarios = scenarios(&args.plan_args.scenarios)?;
    let base = compare::wanted(&args.compared)?;
    let store = history::open(&args.kept)?;
    let mut kept = Kept::open(args, &scenarios)?;
    let mut interrupt = Interrupt::listen();
    let progress = session.progress();
    let opened = session.open_for(args.bounds.deadline).await?;
    if args.again.is_watching {
        let watched = watch::run(session, args, &opened, &diagnoser, &mut interrupt).await;
        opened.harness.close().await;
        return watched;
    }
    let habits = Habits::of(args, &profile_of(&opened, &args.plan_args)?);
    let past = kept.planned.take();
    let agreed = async {
        let planned = planned(session, &opened, args, past, &scenarios, &progress).await?;
        let is_world = session.global.world.is_some();
        confirm(&planned.plan, &args.bounds, habits.max_cost_usd, is_world).await?;
        Ok(planned)
    };
    let worked = tokio::select! {
        planned = agreed => planned,
        name = interrupt.next() => {
            let text = format!("{name} before anything was sent to a deployment; nothing was spent");
            Err(Failure::new(Exit::Interrupted, text))
        }
    };
    let mut map = None;
    let report = match worked {
        Ok(planned) => {
            let thumbnail = outputs.shows_pictures().then_some(THUMBNAIL);
            let work = Work {
                args,
                opened: &opened,
                planned: &planned,
                scenarios: &scenarios,
                progress: &progress,
            };
            let made = work.carry_out(kept, thumbnail, &mut interrupt);
            let inventory = planned.inventory.as_ref();
            map = inventory.map(map::drawn);
            made.await
                .map(|run| opened.harness.diagnose(run, inventory, &diagnoser))
        }
        Err(failure) => Err(failure),
    };
    if let Ok(report) = &report {
        otlp::hand_over(session, &opened, &args.tell, report).await;
    }
    opened.harness.close().await;
    let mut report = report?;
    history::judge_time(store.as_ref(), &args.kept, &mut report.run)?;
    // A history that cannot be written must not cost the report.
    let kept = history::keep(store, &args.kept, &report.run);
    let extras = Extras {
        history: kept.as_ref().ok().and_then(Option::as_ref),
        ..Extras::default()
    };
    let document = match &map {
        Some(map) => Document::Mapped(&report, map),
        None => Document::Report(&report),
    };
    let written = outputs.write_with(document, extras);
    if written.is_err() {
        // What was paid for is told where it can be.
        let text = FORMATS[0].render(Document::Report(&report), &session.message_style())?;
        output::message(&text);
    } else if !outputs.has_stdout() && !session.global.is_quiet {
        message_sums(&report)?;
    }
    if args.tell.annotate == Annotate::Auto {
        // The exit code is the run's, whatever becomes of a page about it.
        if let Err(failure) = annotate::tell(&session.environment, &report) {
            output::message(&failure.shown(false));
        }
    }
    let regression = match &base {
        Some(base) => compare::tell(&report.run, base, &args.compared, &session.message_style())?,
        None => None,
    };
    written?;
    kept?;
    Ok(match exit_of(&report.run, habits.flaky) {
        // What kept the run from saying anything weighs more than what it said.
        exit @ (Exit::Interrupted | Exit::Usage | Exit::Unreachable) => exit,
        exit => regression.unwrap_or(exit),
    })
}

pub(super) async fn planned(
    session: &Session,
    opened: &Opened,
    args: &RunArgs,
    past: Option<Planned>,
    scenarios: &[Scenario],
    progress: &Progress,
) -> Result<Planned, Failure> {
    let planned = match (past, &args.plan) {
        (Some(past), _) => past,
        (None, None) => {
            session
                .plan(opened, &args.plan_args, scenarios, progress)
                .await?
        }
        (None, Some(file)) => Planned {
            plan: part_of(
                inputs::document(file, "a plan")?,
                &args.plan_args,
                &session.environment,
            )?,
            inventory: match &args.plan_args.inventory {
                Some(file) => Some(inputs::document(file, "an inventory")?),
                None => None,
            },
        },
    };
    let is_whole = planned.plan.shard.is_none();
    if is_whole && planned.plan.cases.is_empty() && planned.plan.skipped.is_empty() {
        let text =
            "nothing was selected: no scenario applies to any deployment; see `fluxprobe plan`";
        return Err(Failure::new(Exit::Nothing, text));
    }
    Ok(planned)
}

/// A plan, and everything that carrying it out takes.
pub(super) struct Work<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) opened: &'a Opened,
    pub(super) planned: &'a Planned,
    pub(super) scenarios: &'a [Scenario],
    pub(super) progress: &'a Progress,
}

impl Work<'_> {
    pub(super) async fn carry_out(
        &self,
        kept: Kept,
        thumbnail: Option<u32>,
        interrupt: &mut Interrupt,
    ) -> Result<Run, Failure> {
        let (args, harness) = (self.args, &self.opened.harness);
        let plan = &self.planned.plan;
        let journal = kept.journal(args, self.planned, self.scenarios, harness.timestamp())?;
        let stop = Stop::default();
        let habits = Habits::of(args, &profile_of(self.opened, &args.plan_args)?);
        let options = RunOptions {
            jobs: usize::from(habits.jobs),
            max_cost_usd: habits.max_cost_usd,
            deadline: args.bounds.deadline,
            is_fail_fast: habits.is_fail_fast,
            retries: habits.retries,
            quarantine: self.opened.quarantine().to_vec(),
            max_timeout: args.timeout,
            thumbnail,
            journal: journal.map(Arc::new),
            pays_again: args.journal.pays_again,
            is_tracing: args.is_tracing,
            stop: stop.clone(),
            pacer: None,
        };
        self.progress.begin(plan.cases.len());
        let work = harness.run(plan, self.scenarios, &options, self.progress);
        let run = interrupt.guard(work, &stop, self.progress).await;
        self.progress.clear();
        Ok(run)
    }
}

/// The last line on stderr, for whoever sent the report elsewhere.
fn message_sums(report: &Report) -> Result<(), Failure> {
    let style = Style {
        detail: Detail::Brief,
        ..Style::default()
    };
    let text = FORMATS[0].render(Document::Report(report), &style)?;
    if let Some(line) = text.lines().last() {
        output::message(&format!("{line}\n"));
    }
    Ok(())
}

/// What a finished run means for the exit code: the first that applies.
pub(super) fn exit_of(run: &Run, flaky: Flaky) -> Exit {
    let summary = &run.summary;
    let was_ended = |word| {
        run.stopped_by
            .as_deref()
            .is_some_and(|why| why.starts_with(word))
    };
    if was_ended("interrupted") {
        Exit::Interrupted
    } else if was_ended("the journal") {
        Exit::Usage
    } else if nobody_answered(run) {
        Exit::Unreachable
    } else if run.is_red() {
        Exit::Failed
    } else if was_ended("deadline") || was_withheld(run, "budget") {
        Exit::Stopped
    } else if summary.flaky > 0 && flaky == Flaky::Fail {
        Exit::Flaky
    } else if summary.pass + summary.flaky + summary.quarantined == 0
        && !(run.shard.is_some() && run.cases.is_empty())
    {
        Exit::Nothing
    } else {
        Exit::Passed
    }
}

/// Whether something was tried, and nobody answered on the way that calls go: no way in, or no key that opens one. A call
/// past the gateway, made to tell whose fault it is, is not that way.
fn nobody_answered(run: &Run) -> bool {
    let red = run.cases.iter().filter(|case| case.is_red());
    let steps = red.flat_map(|case| &case.steps);
    let mut failures = steps.filter(|step| step.verdict.is_bad()).peekable();
    let has_failed = failures.peek().is_some();
    let was_answered = run.cases.iter().any(|case| {
        let usual = case.target.default_leg();
        let mut exchanges = case.all_steps().filter_map(|step| step.exchange.as_ref());
        exchanges.any(|one| one.status().is_some() && one.leg.unwrap_or(usual) == usual)
    });
    has_failed && !was_answered && failures.all(was_kept_out)
}

fn was_kept_out(step: &StepRun) -> bool {
    step.exchange.is_some() || step.hop == Some(Hop::Client)
}

/// Whether any case or step was kept from running for a reason that begins with `word`.
fn was_withheld(run: &Run, word: &str) -> bool {
    run.cases.iter().any(|case| {
        let steps = case.steps.iter().map(|step| &step.why);
        steps.chain([&case.why]).any(|why| why.starts_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Quarantine, Summary};

    fn run_with(summary: Summary) -> Run {
        Run {
            summary,
            ..Run::default()
        }
    }

    #[test]
    fn the_worst_thing_decides() {
        let pass = Summary {
            pass: 1,
            ..Summary::default()
        };
        let code = |summary, flaky| exit_of(&run_with(summary), flaky);
        assert_eq!(code(pass, Flaky::Pass), Exit::Passed);
        assert_eq!(code(Summary { skip: 3, ..pass }, Flaky::Fail), Exit::Passed);
        assert_eq!(
            code(Summary { flaky: 1, ..pass }, Flaky::Pass),
            Exit::Passed
        );
        assert_eq!(code(Summary { flaky: 1, ..pass }, Flaky::Fail), Exit::Flaky);
        assert_eq!(
            code(
                Summary {
                    error: 1,
                    flaky: 1,
                    ..pass
                },
                Flaky::Fail
            ),
            Exit::Failed
        );
        let covered = Summary {
            quarantined: 1,
            ..Summary::default()
        };
        assert_eq!(code(covered, Flaky::Fail), Exit::Passed);
        let over = Run {
            expired: vec![Quarantine::default()],
            ..run_with(pass)
        };
        assert_eq!(exit_of(&over, Flaky::Pass), Exit::Failed);
        let only_skips = Summary {
            skip: 2,
            ..Summary::default()
        };
        assert_eq!(code(only_skips, Flaky::Pass), Exit::Nothing);
    }
}
