//! Arguments of the commands that judge and draw the map.

use super::args::{SELECTION, Scope};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Where the map comes from.
#[derive(Debug, Args)]
pub(super) struct MapArgs {
    #[command(flatten)]
    pub(super) scope: Scope,
    /// Take what `discover --format json` wrote.
    #[arg(long, value_name = "FILE", help_heading = SELECTION)]
    pub(super) inventory: Option<PathBuf>,
    /// Take a compiled ARM or Bicep template, as it would be deployed.
    #[arg(long, value_name = "FILE", conflicts_with = "inventory", help_heading = SELECTION)]
    pub(super) arm_template: Option<PathBuf>,
    /// Parameters file of the template.
    #[arg(long, value_name = "FILE", requires = "arm_template", help_heading = SELECTION)]
    pub(super) arm_parameters: Option<PathBuf>,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) map: MapArgs,
    /// File of a caller (a scenario, a notebook, a list of URLs) whose names of deployments are judged too; may be given
    /// several times.
    #[arg(long, value_name = "FILE", help_heading = SELECTION)]
    pub(super) caller: Vec<PathBuf>,
    /// Confirm or refute findings by calls without a valid key, which buy nothing.
    #[arg(long = "probe", conflicts_with = "arm_template")]
    pub(super) is_probing: bool,
    /// Least severity that ends with exit code 4.
    #[arg(
        long,
        value_enum,
        value_name = "SEVERITY",
        default_value = "error",
        env = "FLUXPROBE_FAIL_ON"
    )]
    pub(super) fail_on: FailOn,
}

/// Which findings end with exit code 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Calls that fail every time.
    Error,
    /// Also calls that fail at times or cost too much.
    Warning,
    /// Any finding.
    Info,
    /// None.
    Never,
}

/// Arguments of `routes`.
#[derive(Debug, Args)]
pub(super) struct RoutesArgs {
    #[command(flatten)]
    pub(super) map: MapArgs,
}
