//! Arguments of the commands that write and check files.

use super::args::Scope;
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Arguments of `config show`.
#[derive(Debug, Clone, Args)]
pub(super) struct ConfigShowArgs {
    /// Show what this profile says as well.
    #[arg(long, value_name = "NAME", env = "FLUXPROBE_PROFILE")]
    pub(super) profile: Option<String>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to write it.
    #[arg(value_name = "FILE", default_value = "fluxprobe.yaml")]
    pub(super) file: PathBuf,
    /// Write over a file that is there.
    #[arg(long = "force")]
    pub(super) is_forced: bool,
    #[command(flatten)]
    pub(super) scope: Scope,
}

/// What to write.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum NewCommand {
    /// Write a scenario with comments that runs as it is: NAME.yaml.
    #[command(after_help = super::exit::HELP)]
    Scenario(NewScenarioArgs),
}

/// Arguments of `new scenario`.
#[derive(Debug, Clone, Args)]
pub(super) struct NewScenarioArgs {
    /// Its name: two or more of a-z, 0-9, `-` and `_`.
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Folder to write it in.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) folder: PathBuf,
    /// Write over a file that is there.
    #[arg(long = "force")]
    pub(super) is_forced: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Files, or folders of .yaml files [default: fluxprobe.yaml and scenarios/, where they are there].
    #[arg(value_name = "FILE|FOLDER")]
    pub(super) files: Vec<PathBuf>,
    /// Take every file for this, instead of telling by its keys.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(super) kind: Option<FileKind>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FileKind {
    /// A scenario.
    Scenario,
    /// A world of the simulated internet.
    World,
    /// A table of causes.
    Causes,
    /// A fluxprobe.yaml.
    Config,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The command, e.g. `run` or `config show`; the page of fluxprobe itself where it is left out.
    #[arg(value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}
