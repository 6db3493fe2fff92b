//! Arguments about the course of a run: what it is written to, what it may cost and take, what it is held against.

use super::args::CausesArgs;
use super::args_again::Flaky;
use super::exit;
use super::values::{parse_time, parse_usd};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const JOURNAL: &str = "Journal";
const BOUNDS: &str = "Money and time";
const COMPARISON: &str = "Comparison";
const HISTORY: &str = "History";

/// Where a run is written down, and how it is continued.
#[derive(Debug, Args)]
pub(super) struct JournalArgs {
    /// Write every exchange down before the next begins, a line of JSON each; must be a new file unless --resume is
    /// said.
    #[arg(long, value_name = "FILE", help_heading = JOURNAL)]
    pub(super) journal: Option<PathBuf>,
    /// Continue the run that --journal holds, with its plan; begin it where there is none yet.
    #[arg(long = "resume", requires = "journal", help_heading = JOURNAL)]
    pub(super) is_resumed: bool,
    /// Buy pictures again whose call was cut off when the run was killed, although they may have been billed.
    #[arg(long = "pay-again", requires = "is_resumed", help_heading = JOURNAL)]
    pub(super) pays_again: bool,
}

/// What a run may cost and take.
#[derive(Debug, Args)]
pub(super) struct BoundArgs {
    /// US dollars that pictures may cost at most; nothing is bought past it.
    #[arg(long, value_name = "USD", env = "FLUXPROBE_MAX_COST", value_parser = parse_usd, help_heading = BOUNDS)]
    pub(super) max_cost: Option<f64>,
    /// Start nothing more after so long: `90s`, `15m`. What is under way ends.
    #[arg(long, value_name = "TIME", env = "FLUXPROBE_DEADLINE", value_parser = parse_time, help_heading = BOUNDS)]
    pub(super) deadline: Option<Duration>,
    /// Ask on a terminal before more than this may be spent, in US dollars; a simulated internet costs nothing.
    #[arg(long, value_name = "USD", env = "FLUXPROBE_CONFIRM_ABOVE", default_value = "1", value_parser = parse_usd, help_heading = BOUNDS)]
    pub(super) confirm_above: f64,
    /// Do not ask.
    #[arg(short = 'y', long = "yes", help_heading = BOUNDS)]
    pub(super) is_agreed: bool,
}

/// What a run is held against.
#[derive(Debug, Args)]
pub(super) struct CompareBy {
    /// Say what has changed since a baseline or an earlier run, and end with 8 where it got worse.
    #[arg(long, value_name = "FILE", env = "FLUXPROBE_BASELINE", help_heading = COMPARISON)]
    pub(super) baseline: Option<PathBuf>,
    /// What it means that answers look different although their verdict stayed.
    #[arg(long, value_enum, value_name = "RESULT", default_value = "pass", help_heading = COMPARISON)]
    pub(super) drift: DriftIs,
}

/// What drift means for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DriftIs {
    /// It is told.
    Pass,
    /// Exit code 8.
    Fail,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// What was: a baseline, or what `run --format json` wrote.
    #[arg(value_name = "BASE")]
    pub(super) base: PathBuf,
    /// What is: the same.
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,
    /// What it means that answers look different although their verdict stayed.
    #[arg(long, value_enum, value_name = "RESULT", default_value = "pass")]
    pub(super) drift: DriftIs,
}

/// What to do with a baseline.
#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Take runs into a baseline file, which is made where there is none.
    #[command(after_help = exit::HELP)]
    Update(BaselineArgs),
}

/// Arguments of `baseline update`.
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    /// The baseline.
    #[arg(value_name = "BASELINE")]
    pub(super) file: PathBuf,
    /// What `run --format json` wrote, the oldest first.
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<PathBuf>,
}

/// Where runs are kept.
#[derive(Debug, Args)]
pub(super) struct KeepArgs {
    /// Keep the run in a history, one file for all runs; `fluxprobe history` shows it.
    #[arg(long, value_name = "FILE", env = "FLUXPROBE_HISTORY", help_heading = HISTORY)]
    pub(super) history: Option<PathBuf>,
    /// Forget runs of the history that are older, in days.
    #[arg(long, value_name = "DAYS", env = "FLUXPROBE_KEEP_DAYS", default_value = "365", help_heading = HISTORY)]
    pub(super) keep_days: u32,
    /// How often a run is expected: `24h`. One that is late, or missing before this one, is told.
    #[arg(long, value_name = "TIME", env = "FLUXPROBE_EVERY", requires = "history", value_parser = parse_time, help_heading = HISTORY)]
    pub(super) every: Option<Duration>,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The history.
    #[arg(
        long = "history",
        value_name = "FILE",
        env = "FLUXPROBE_HISTORY",
        default_value = "fluxprobe.db",
        global = true
    )]
    pub(super) file: PathBuf,
    /// Only the runs of the latest days.
    #[arg(long, value_name = "N")]
    pub(super) days: Option<u32>,
    /// Only these deployments.
    #[arg(long, value_name = "NAME")]
    pub(super) deployment: Vec<String>,
    /// Only these scenarios.
    #[arg(long, value_name = "LETTERS", value_delimiter = ',')]
    pub(super) letters: Vec<String>,
    #[command(subcommand)]
    pub(super) command: Option<HistoryCommand>,
}

/// What to do with a history besides showing it.
#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// Take saved runs in; one that is there already is left out.
    Import {
        /// What `run --format json` wrote.
        #[arg(value_name = "RUN", required = true)]
        runs: Vec<PathBuf>,
    },
    /// Forget old runs.
    Prune {
        /// Days that are kept.
        #[arg(long, value_name = "DAYS", default_value = "365")]
        keep_days: u32,
    },
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// What `run --shard K/N --format json` wrote, one file a shard.
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<PathBuf>,
    /// Judge with what `discover --format json` wrote.
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: Option<PathBuf>,
    /// What a case that failed once and passed later means for the exit code.
    #[arg(long, value_enum, value_name = "RESULT", default_value = "pass")]
    pub(super) flaky: Flaky,
    #[command(flatten)]
    pub(super) causes: CausesArgs,
}
