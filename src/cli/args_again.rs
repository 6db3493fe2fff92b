//! Arguments about failures that come and go, and who is told of them.

use clap::{Args, ValueEnum};

const AGAIN: &str = "Failures that come and go";

/// What is tried again, and what that means.
#[derive(Debug, Args)]
pub(super) struct AgainArgs {
    /// Try a failed case again, so often at most; a pass after a failure is flaky. Only cases that buy no picture.
    #[arg(long, value_name = "N", env = "FLUXPROBE_RETRIES", value_parser = clap::value_parser!(u32).range(0..=10), help_heading = AGAIN)]
    pub(super) retries: Option<u32>,
    /// With --retries, try cases that buy pictures again as well, which pays again.
    #[arg(long = "retry-paid", help_heading = AGAIN)]
    pub(super) are_paid_ones_tried: bool,
    /// What a case that failed once and passed later means for the exit code [default: pass].
    #[arg(long, value_enum, value_name = "RESULT", help_heading = AGAIN)]
    pub(super) flaky: Option<Flaky>,
    /// Run again whenever a scenario file changes, only what buys nothing, until Ctrl-C.
    #[arg(long = "watch", requires = "scenarios", conflicts_with_all = ["plan", "journal"], help_heading = AGAIN)]
    pub(super) is_watching: bool,
}

/// Who is told of a run besides those who read its report.
#[derive(Debug, Args)]
pub(super) struct TellArgs {
    /// Annotations and a summary page for the CI system that it runs in.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        env = "FLUXPROBE_ANNOTATE"
    )]
    pub(super) annotate: Annotate,
    /// Hand the traces to an OTLP/HTTP collector at this URL [default: what OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or
    /// OTEL_EXPORTER_OTLP_ENDPOINT say, outside a simulated internet].
    #[arg(long, value_name = "URL")]
    pub(super) otlp: Option<url::Url>,
}

/// What flaky means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Flaky {
    /// Good enough.
    Pass,
    /// Exit code 6.
    Fail,
}

/// When to tell the CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Annotate {
    /// In GitHub Actions and in Azure Pipelines.
    Auto,
    /// Never.
    Never,
}
