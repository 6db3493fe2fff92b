//! Arguments about what outlasts one life of a run.

use super::args::{parse_time, parse_usd};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

const JOURNAL: &str = "Journal";
const BOUNDS: &str = "Money and time";

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
