//! The arguments: one definition feeds parser, help, completions, the manual and docs/cli.md.

use super::args_again::{AgainArgs, TellArgs};
use super::args_files::{
    CheckArgs, CompletionsArgs, ConfigShowArgs, InitArgs, ManArgs, NewCommand,
};
use super::args_map::{AuditArgs, RoutesArgs};
use super::args_over_time::{
    BaselineCommand, BoundArgs, CompareArgs, CompareBy, HistoryArgs, JournalArgs, KeepArgs,
    MergeArgs,
};
use super::exit;
use super::schema::SchemaArgs;
use super::values::parse_time;
use crate::net::IdentityKind;
use crate::report::FORMATS;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const SETTING: &str = "Connection and identity";
pub(super) const SELECTION: &str = "Selection";

/// Finds every FLUX deployment behind an API Management gateway, probes each route, and says which hop answered, why,
/// and what to change.
#[derive(Debug, Parser)]
#[command(name = "fluxprobe", version, after_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List accounts, deployments, gateways, APIs, backends and routes, and what could not be read.
    #[command(after_help = exit::HELP)]
    Discover(DiscoverArgs),
    /// Say what is wrong with the map, read off the configuration; calls nothing on it.
    #[command(after_help = exit::HELP)]
    Audit(AuditArgs),
    /// Draw the map: callers, gateways, APIs, operations, policies, backends, accounts, deployments, and what is broken.
    #[command(after_help = exit::HELP)]
    Routes(RoutesArgs),
    /// Show which scenarios would run on which deployments, with every request and its price; sends none of them.
    #[command(after_help = exit::HELP)]
    Plan(PlanArgs),
    /// Run the scenarios and show a table, the diagnoses and each failure.
    #[command(after_help = exit::HELP)]
    Run(Box<RunArgs>),
    /// Say which hop answered recorded exchanges, why, and what to change.
    #[command(after_help = exit::HELP)]
    Explain(ExplainArgs),
    /// Show the report of an earlier run again, in any format.
    #[command(after_help = exit::HELP)]
    Report(ReportArgs),
    /// Check one URL, or one deployment's, from its host's name down to the model behind it; buys nothing.
    #[command(after_help = exit::HELP)]
    Doctor(DoctorArgs),
    /// Serve a simulated internet to other programs, until SIGTERM or Ctrl-C.
    #[command(after_help = exit::HELP)]
    Sim(SimArgs),
    /// Open Jupyter with the Rust kernel; installs what is missing into a folder of its own, after asking.
    #[command(after_help = exit::HELP)]
    Notebook(NotebookArgs),
    /// Answer a notebook's session on stdin and stdout, one JSON document a line, until stdin ends.
    #[command(after_help = exit::HELP)]
    Pipe,
    /// Say what has changed from one run to another: failures, timings, cost, wording of answers.
    #[command(after_help = exit::HELP)]
    Compare(CompareArgs),
    /// Show what the runs that were kept show together: pass and flake rates, times, spending.
    #[command(after_help = exit::HELP)]
    History(HistoryArgs),
    /// Put the shards of a run together into one report.
    #[command(after_help = exit::HELP)]
    Merge(MergeArgs),
    /// Keep what runs are compared with.
    #[command(subcommand, after_help = exit::HELP)]
    Baseline(BaselineCommand),
    /// Look at the configuration.
    #[command(subcommand, after_help = exit::HELP)]
    Config(ConfigCommand),
    /// Write a fluxprobe.yaml with comments, from what there is to find.
    #[command(after_help = exit::HELP)]
    Init(InitArgs),
    /// Write a file to begin with.
    #[command(subcommand, after_help = exit::HELP)]
    New(NewCommand),
    /// Check scenario, world, cause and configuration files, and say where what is wrong.
    #[command(after_help = exit::HELP)]
    Check(CheckArgs),
    /// Print what completes commands and flags in a shell.
    #[command(after_help = exit::HELP)]
    Completions(CompletionsArgs),
    /// Print a page of the manual; with --output-dir write all of them.
    #[command(after_help = exit::HELP)]
    Man(ManArgs),
    /// Print the JSON Schema of a document.
    #[command(after_help = exit::HELP)]
    Schema(SchemaArgs),
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Use a simulated internet: a built-in world, or a YAML file.
    #[arg(long, global = true, value_name = "NAME|FILE", env = "FLUXPROBE_WORLD", help_heading = SETTING)]
    pub(super) world: Option<String>,
    /// Configuration file [default: fluxprobe.yaml, where there is one].
    #[arg(long, global = true, value_name = "FILE", env = "FLUXPROBE_CONFIG", help_heading = SETTING)]
    pub(super) config: Option<PathBuf>,
    /// File with variables [default: .env, where there is one, and not in CI]; never overrides a variable that is set.
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTING)]
    pub(super) env_file: Option<PathBuf>,
    /// Who to sign in as.
    #[arg(long, global = true, value_enum, value_name = "WAY", default_value = "auto", env = "FLUXPROBE_AUTH", help_heading = SETTING)]
    pub(super) auth: Auth,
    /// Trust the certificates of a PEM file as well.
    #[arg(long, global = true, value_name = "FILE", env = "SSL_CERT_FILE", help_heading = SETTING)]
    pub(super) cacert: Option<PathBuf>,
    /// Use an address for a host, as curl does.
    #[arg(long, global = true, value_name = "HOST:PORT:ADDRESS", help_heading = SETTING)]
    pub(super) resolve: Vec<String>,
    /// Do not check certificates.
    #[arg(short = 'k', long = "insecure", global = true, help_heading = SETTING)]
    pub(super) is_insecure: bool,
    /// Format of the output [default: text, or what the extension of --output says]; may be given several times.
    #[arg(long, global = true, value_name = "FORMAT", value_parser = format_names(), value_delimiter = ',', env = "FLUXPROBE_FORMAT")]
    pub(super) format: Vec<String>,
    /// Write to a file instead of stdout, its extension naming the format; may be given several times; `-` is stdout.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Write every format that is named, or all that have an extension, into a folder.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(super) output_dir: Option<PathBuf>,
    /// Colours.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        env = "FLUXPROBE_COLOR"
    )]
    pub(super) color: Color,
    /// Progress on stderr.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(super) progress: When,
    /// Print only failures and the last line.
    #[arg(
        short = 'q',
        long = "quiet",
        global = true,
        conflicts_with = "verbosity"
    )]
    pub(super) is_quiet: bool,
    /// Print every step with its exchange as well.
    #[arg(short = 'v', long = "verbose", global = true, action = ArgAction::Count)]
    pub(super) verbosity: u8,
}

/// The names of all formats.
fn format_names() -> PossibleValuesParser {
    FORMATS
        .iter()
        .map(|format| format.name())
        .collect::<Vec<_>>()
        .into()
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// When to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// Where stderr is a terminal.
    Auto,
    /// Never.
    Never,
}

/// Who to sign in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Auth {
    /// Whatever the environment configures.
    Auto,
    /// AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.
    ServicePrincipal,
    /// AZURE_FEDERATED_TOKEN_FILE with tenant and client id.
    WorkloadIdentity,
    /// The identity of the machine.
    ManagedIdentity,
    /// The Azure CLI, then the Azure Developer CLI.
    DeveloperTools,
}

impl From<Auth> for IdentityKind {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Auto => IdentityKind::Auto,
            Auth::ServicePrincipal => IdentityKind::ServicePrincipal,
            Auth::WorkloadIdentity => IdentityKind::WorkloadIdentity,
            Auth::ManagedIdentity => IdentityKind::ManagedIdentity,
            Auth::DeveloperTools => IdentityKind::DeveloperTools,
        }
    }
}

/// What to look at.
#[derive(Debug, Default, Args)]
pub(super) struct Scope {
    /// Azure subscription, by id or name; may be given several times.
    #[arg(long, value_name = "ID|NAME", help_heading = SELECTION)]
    pub(super) subscription: Vec<String>,
    /// Resource group.
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub(super) resource_group: Vec<String>,
    /// Foundry account.
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub(super) account: Vec<String>,
    /// API Management service.
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub(super) gateway: Vec<String>,
}

/// Arguments of `discover`.
#[derive(Debug, Args)]
pub(super) struct DiscoverArgs {
    #[command(flatten)]
    pub(super) scope: Scope,
}

/// What to plan, and for what.
#[derive(Debug, Default, Args)]
pub(super) struct PlanArgs {
    /// Letters of scenarios, ranges of letters, or names: `A`, `A-D`, `my-own` [default: all].
    #[arg(value_name = "SCENARIO")]
    pub(super) words: Vec<String>,
    /// As the positional letters, separated by commas.
    #[arg(long, value_name = "LETTERS", value_delimiter = ',', help_heading = SELECTION)]
    pub(super) letters: Vec<String>,
    /// Scenarios with this tag.
    #[arg(long, value_name = "TAG", help_heading = SELECTION)]
    pub(super) tag: Vec<String>,
    /// Scenario file, or folder of them, instead of the built-in twelve.
    #[arg(long, value_name = "FILE|FOLDER", help_heading = SELECTION)]
    pub(super) scenarios: Vec<PathBuf>,
    /// Take what a profile says where no flag and no variable does: `smoke`, `ci`, `nightly`, or one of fluxprobe.yaml.
    #[arg(long, value_name = "NAME", env = "FLUXPROBE_PROFILE", help_heading = SELECTION)]
    pub(super) profile: Option<String>,
    /// Pictures that may be bought on a deployment at most; cases that want more are left out of the plan.
    #[arg(long, value_name = "N", env = "FLUXPROBE_MAX_IMAGES", help_heading = SELECTION)]
    pub(super) max_images: Option<u32>,
    /// Deployment.
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub(super) deployment: Vec<String>,
    /// Leave gateways aside and call deployments directly.
    #[arg(long = "direct", help_heading = SELECTION)]
    pub(super) is_direct: bool,
    #[command(flatten)]
    pub(super) scope: Scope,
    /// Start from what `discover --format json` wrote.
    #[arg(long, value_name = "FILE", help_heading = SELECTION)]
    pub(super) inventory: Option<PathBuf>,
    /// Take one part of the plan, for one machine of several: `2/5`, or `auto` in a CI system that numbers its jobs.
    #[arg(long, value_name = "K/N|auto", env = "FLUXPROBE_SHARD", help_heading = SELECTION)]
    pub(super) shard: Option<String>,
    /// History by whose times shards are balanced; every machine must be given the same.
    #[arg(long, value_name = "FILE", requires = "shard", help_heading = SELECTION)]
    pub(super) balance: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) plan_args: PlanArgs,
    /// Start from what `plan --format json` wrote.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["words", "letters", "tag", "deployment", "is_direct"], help_heading = SELECTION)]
    pub(super) plan: Option<PathBuf>,
    /// Cases at once [default: 8].
    #[arg(short, long, value_name = "N", env = "FLUXPROBE_JOBS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    #[command(flatten)]
    pub(super) bounds: BoundArgs,
    #[command(flatten)]
    pub(super) compared: CompareBy,
    #[command(flatten)]
    pub(super) kept: KeepArgs,
    /// Start nothing more after the first failure.
    #[arg(long = "fail-fast")]
    pub(super) is_fail_fast: bool,
    #[command(flatten)]
    pub(super) again: AgainArgs,
    #[command(flatten)]
    pub(super) journal: JournalArgs,
    #[command(flatten)]
    pub(super) tell: TellArgs,
    /// Ask the gateway to trace every call, and show what its policies did; needs API Management Service Contributor.
    #[arg(long = "trace")]
    pub(super) is_tracing: bool,
    /// Longest time for one exchange: `500ms`, `30s`, `2m`.
    #[arg(long, value_name = "TIME", env = "FLUXPROBE_TIMEOUT", value_parser = parse_time)]
    pub(super) timeout: Option<Duration>,
    #[command(flatten)]
    pub(super) causes: CausesArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// JSON lines, HAR files, what `curl -i` or `curl -v` printed, or what `run --format json` wrote; `-` or nothing
    /// is stdin.
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Print the page about a cause instead, or the names of all.
    #[arg(long, value_name = "SLUG", num_args = 0..=1, default_missing_value = "")]
    pub(super) cause: Option<String>,
    /// Judge a saved run again with what `discover --format json` wrote.
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: Option<PathBuf>,
    #[command(flatten)]
    pub(super) causes: CausesArgs,
}

/// A user's own causes.
#[derive(Debug, Default, Args)]
pub(super) struct CausesArgs {
    /// File with causes of your own, beside those that come with fluxprobe; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(super) causes: Vec<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// A URL as it was pasted, or a deployment: `NAME` or `ACCOUNT/NAME`.
    #[arg(value_name = "URL|NAME")]
    pub(super) asked: String,
    /// Ask the gateway to trace the call, and show what its policies did; needs API Management Service Contributor.
    #[arg(long = "trace")]
    pub(super) is_tracing: bool,
    #[command(flatten)]
    pub(super) scope: Scope,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// What `run --format json` wrote; `-` is stdin.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Show the map of routes as well, from what `discover --format json` wrote.
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: Option<PathBuf>,
}

/// Arguments of `sim`.
#[derive(Debug, Args)]
pub(super) struct SimArgs {
    /// Write proxy, CA file, hosts and credentials here once everything answers; the CA stands beside it.
    #[arg(long, value_name = "FILE")]
    pub(super) ready_file: PathBuf,
}

/// Arguments of `notebook`.
#[derive(Debug, Args)]
pub(super) struct NotebookArgs {
    /// Folder to open [default: the notebooks that come with the source].
    #[arg(value_name = "FOLDER")]
    pub(super) folder: Option<PathBuf>,
    /// Folder that kernel and Jupyter live in [default: fluxprobe/notebook in the user's data folder].
    #[arg(long, value_name = "FOLDER")]
    pub(super) environment: Option<PathBuf>,
    /// Checkout of fluxprobe that cells are compiled against [default: this folder].
    #[arg(long, value_name = "FOLDER")]
    pub(super) source: Option<PathBuf>,
    /// Only say what is missing.
    #[arg(long = "check")]
    pub(super) is_only_checked: bool,
    /// Install without asking.
    #[arg(short = 'y', long = "yes")]
    pub(super) is_agreed: bool,
    /// Install, and open nothing.
    #[arg(long = "no-open")]
    pub(super) is_not_opened: bool,
}

/// What to do with the configuration.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting that has a value, and where the value came from; secrets only as `(set)`.
    #[command(after_help = exit::HELP)]
    Show(ConfigShowArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        let cli = Cli::try_parse_from(["fluxprobe", "run", "A", "B", "--world", "healthy", "-q"]);
        let cli = cli.unwrap();
        assert_eq!(cli.global.world.as_deref(), Some("healthy"));
        let Command::Run(run) = cli.command else {
            panic!("not a run");
        };
        assert_eq!(run.plan_args.words, ["A", "B"]);
        assert!(Cli::try_parse_from(["fluxprobe", "run", "A", "--plan", "p.json"]).is_err());
    }

    #[test]
    fn every_command_tells_the_exit_codes() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(help.contains("130  interrupted"), "{}", command.get_name());
        }
    }
}
