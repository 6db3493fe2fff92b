//! Every room's error, in words for people, with the exit code it ends the program with.

use super::exit::Exit;
use crate::diagnose::read::ReadError;
use crate::harness::HarnessError;
use crate::report::ReportError;
use crate::report::escape;
use crate::run::JournalError;
use crate::scenario::ScenarioError;
use crate::sim::serve::ServeError;
use crate::sim::world::WorldError;
use std::fmt::Display;
use std::io;
use std::path::Path;

/// Why a command cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Where, what, and what to do.
    pub(super) text: String,
    /// The code that the program ends with.
    pub(super) exit: Exit,
}

impl Failure {
    pub(super) fn new(exit: Exit, text: impl Display) -> Self {
        Failure {
            text: text.to_string(),
            exit,
        }
    }

    /// A file that cannot be written.
    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        Failure::new(
            Exit::Usage,
            format!(
                "{path} cannot be written: {error}; name a file in a folder that can be written and has room"
            ),
        )
    }

    /// The text as it is printed: nothing in it is obeyed by a terminal.
    pub(super) fn shown(&self, is_colored: bool) -> String {
        let (red, end) = if is_colored {
            ("\x1b[1;31m", "\x1b[0m")
        } else {
            ("", "")
        };
        format!("{red}error{end}: {}\n", self.said())
    }

    /// The text alone; nothing in it is obeyed by a terminal.
    pub(super) fn said(&self) -> String {
        escape::terminal_text(&self.text)
    }
}

impl From<HarnessError> for Failure {
    fn from(error: HarnessError) -> Self {
        match error {
            HarnessError::World(_) | HarnessError::Input(_) => Failure::new(Exit::BadInput, error),
            HarnessError::Discover(_) => Failure::new(Exit::Unreachable, error),
            HarnessError::NoTargets(_) => Failure::new(Exit::Nothing, error),
            HarnessError::Settings(_) | HarnessError::Doctor(_) | HarnessError::Plan(_) => {
                Failure::new(Exit::Usage, error)
            }
        }
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        let exit = match error {
            ScenarioError::Unknown { .. } => Exit::Usage,
            _ => Exit::BadInput,
        };
        Failure::new(exit, error)
    }
}

impl From<WorldError> for Failure {
    fn from(error: WorldError) -> Self {
        Failure::new(Exit::BadInput, error)
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let exit = match error {
            ServeError::Policy(_) => Exit::BadInput,
            _ => Exit::Usage,
        };
        Failure::new(exit, error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Failure::new(Exit::BadInput, error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let exit = match error {
            JournalError::Foreign { .. } => Exit::BadInput,
            _ => Exit::Usage,
        };
        Failure::new(exit, error)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Failure::new(Exit::Usage, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::DiscoverError;

    #[test]
    fn each_room_ends_with_its_own_code() {
        let unknown = ScenarioError::Unknown {
            word: "Z".into(),
            help: "there are A to L".into(),
        };
        assert_eq!(Failure::from(unknown).exit, Exit::Usage);
        let invalid = ScenarioError::Unreadable {
            path: "x".into(),
            why: "gone".into(),
        };
        assert_eq!(Failure::from(invalid).exit, Exit::BadInput);
        let world = World::load("no-such-world").unwrap_err();
        assert_eq!(Failure::from(world).exit, Exit::BadInput);
        let refused = HarnessError::Discover(DiscoverError::AuthRejected("AADSTS90002".into()));
        assert_eq!(Failure::from(refused).exit, Exit::Unreachable);
    }

    #[test]
    fn a_message_keeps_its_lines_and_loses_its_orders() {
        let failure = Failure::new(Exit::BadInput, "a.yaml:1:2: odd \x1b[2J\n  1 | x\n");
        assert_eq!(
            failure.shown(false),
            "error: a.yaml:1:2: odd \\x1b[2J\n  1 | x\n"
        );
    }

    use crate::sim::World;
}
