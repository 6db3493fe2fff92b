//! Arguments about the course of a run: what it is written to, what it may cost and take, and how often it tries.

use super::values::{parse_time, parse_usd};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const JOURNAL: &str = "Journal";
const BOUNDS: &str = "Money and time";
const TRIES: &str = "Tries";

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

/// What happens after a failure.
#[derive(Debug, Args)]
pub(super) struct TryArgs {
    /// Try a failed case again, so often at most; a pass after a failure is flaky. Only cases that buy no picture.
    #[arg(long, value_name = "N", env = "FLUXPROBE_RETRIES", value_parser = clap::value_parser!(u32).range(0..=10), help_heading = TRIES)]
    pub(super) retries: Option<u32>,
    /// With --retries, try cases that buy pictures again as well, which pays again.
    #[arg(long = "retry-paid", help_heading = TRIES)]
    pub(super) are_paid_ones_tried: bool,
    /// What a case that failed once and passed later means for the exit code [default: pass].
    #[arg(long, value_enum, value_name = "RESULT", help_heading = TRIES)]
    pub(super) flaky: Option<Flaky>,
}

/// What flaky means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Flaky {
    /// Good enough.
    Pass,
    /// Exit code 6.
    Fail,
}
