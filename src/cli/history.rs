//! `fluxprobe history`, and the part that a run has in it.

use super::args_over_time::{HistoryArgs, HistoryCommand, KeepArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::output;
use super::session::Session;
use crate::history::{HistoryError, Store, lateness};
use crate::model::{History, Report, Run};
use crate::net::{Clock, SystemClock};
use crate::report::Document;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Days that are shown where nothing is said.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Shows a history, takes runs into it, or forgets old ones.
pub(super) fn run(session: &Session, args: &HistoryArgs) -> Result<Exit, Failure> {
    match &args.command {
        None => show(session, args),
        Some(HistoryCommand::Import { runs }) => {
            let mut store = Store::open(&args.file)?;
            let mut count = 0;
            for file in runs {
                let report: Report = inputs::document(file, "the report of a run")?;
                count += usize::from(store.record(&report.run)?);
            }
            say(
                session,
                &format!(
                    "{count} of {} runs were new to {}",
                    runs.len(),
                    args.file.display()
                ),
            );
            Ok(Exit::Passed)
        }
        Some(HistoryCommand::Prune { keep_days }) => {
            let store = existing(&args.file)?;
            let count = store.forget_before(&days_ago(*keep_days))?;
            say(
                session,
                &format!("{count} runs that began more than {keep_days} days ago were forgotten"),
            );
            Ok(Exit::Passed)
        }
    }
}

fn show(session: &Session, args: &HistoryArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::History(&History::default()))?;
    let store = existing(&args.file)?;
    let since = args.days.map(days_ago).unwrap_or_default();
    let mut history = store.history(&since)?;
    history.trends.retain(|trend| {
        let of = |wanted: &[String], name: &str| {
            wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(name))
        };
        of(&args.deployment, trend.deployment.as_str())
            && of(&args.letters, trend.scenario.as_str())
    });
    outputs.write(Document::History(&history))?;
    Ok(match history.runs {
        0 => Exit::Nothing,
        _ => Exit::Passed,
    })
}

/// The history of a run, opened before anything is sent.
///
/// # Errors
/// Where it cannot be.
pub(super) fn open(args: &KeepArgs) -> Result<Option<Store>, Failure> {
    let Some(file) = args.history.as_deref() else {
        return Ok(None);
    };
    let store = Store::open(file)?;
    store.check_writable()?;
    Ok(Some(store))
}

/// Says in `run` what is wrong with its time, as the runs before it have it.
///
/// # Errors
/// Where the history cannot be read.
pub(super) fn judge_time(
    store: Option<&Store>,
    args: &KeepArgs,
    run: &mut Run,
) -> Result<(), Failure> {
    let (Some(store), Some(every)) = (store, args.every) else {
        return Ok(());
    };
    if let Some(before) = store.latest_before(&run.started_at)? {
        run.findings
            .extend(lateness(&before, &run.started_at, every));
    }
    Ok(())
}

/// Takes a run into its history, and forgets what is too old; gives what is there now.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn keep(
    store: Option<Store>,
    args: &KeepArgs,
    run: &Run,
) -> Result<Option<History>, Failure> {
    let Some(mut store) = store else {
        return Ok(None);
    };
    store.record(run)?;
    store.forget_before(&days_before(&run.started_at, args.keep_days))?;
    Ok(Some(store.history("")?))
}

fn existing(file: &Path) -> Result<Store, Failure> {
    if !file.exists() {
        let text = format!(
            "there is no history {}: `run --history FILE` keeps one, `history --history FILE import RUN` makes one of saved runs",
            file.display()
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    Ok(Store::open(file)?)
}

/// The date so many days ago.
fn days_ago(days: u32) -> String {
    days_before(&SystemClock::default().timestamp(), days)
}

fn days_before(date: &str, days: u32) -> String {
    let date: Option<jiff::Timestamp> = date.parse().ok();
    let then = date.and_then(|date| SystemTime::from(date).checked_sub(DAY * days));
    let then = then.and_then(|then| jiff::Timestamp::try_from(then).ok());
    then.map(|then| format!("{then:.3}")).unwrap_or_default()
}

fn say(session: &Session, text: &str) {
    if !session.global.is_quiet {
        output::message(&format!("{text}\n"));
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Failure::new(Exit::Usage, error)
    }
}
