//! Exit codes, the same for every command.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All passed.
    Passed = 0,
    /// Usage or configuration.
    Usage = 1,
    /// A scenario, world or input file is invalid.
    BadInput = 2,
    /// Nothing could be reached, or nobody let fluxprobe in.
    Unreachable = 3,
    /// A case failed, or a finding of an audit stands.
    Failed = 4,
    /// Nothing was selected.
    Nothing = 5,
    /// A case was flaky, and `--flaky fail` was said.
    Flaky = 6,
    /// The budget or the deadline stopped the run.
    Stopped = 7,
    /// Worse than the baseline.
    Regression = 8,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The codes as `--help` tells them.
pub(super) const HELP: &str = "\
Exit codes:
    0  all passed
    1  usage or configuration
    2  a scenario, world or input file is invalid
    3  could not reach or authenticate at all
    4  a case failed, or a finding of --fail-on severity stands
    5  nothing selected
    6  flaky under --flaky fail
    7  budget or deadline stopped the run
    8  regression against the baseline
  130  interrupted";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented() {
        for exit in [
            Exit::Passed,
            Exit::Usage,
            Exit::BadInput,
            Exit::Unreachable,
            Exit::Failed,
            Exit::Nothing,
            Exit::Flaky,
            Exit::Stopped,
            Exit::Regression,
            Exit::Interrupted,
        ] {
            let code = format!("{:>5}  ", exit as u8);
            assert!(HELP.contains(&code), "{code:?}");
        }
    }
}
