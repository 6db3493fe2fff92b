//! What has to be done, from what is there. Pure.

use super::facts::Facts;
use super::layout::{File, KERNEL_VERSION, Layout, REQUIREMENTS};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Start a program and wait for it.
    Run { says: String, command: Vec<String> },
    /// Write files.
    Write { says: String, files: Vec<File> },
}

impl Step {
    /// What it does, for people.
    pub(super) fn says(&self) -> &str {
        match self {
            Step::Run { says, .. } | Step::Write { says, .. } => says,
        }
    }
}

/// The steps that are missing, in order.
///
/// # Errors
/// Where a program is missing that nothing here installs.
pub(super) fn plan(layout: &Layout, facts: &Facts) -> Result<Vec<Step>, String> {
    if !facts.has_cargo {
        return Err(
            "cells are compiled by cargo, which is not on the PATH; install Rust".to_owned(),
        );
    }
    let mut steps = Vec::new();
    let text = |path: &std::path::Path| path.display().to_string();
    if !facts.has_kernel {
        let root = text(&layout.environment);
        let command = [
            "cargo",
            "install",
            "--locked",
            "--root",
            &root,
            "--version",
            KERNEL_VERSION,
            "evcxr_jupyter",
        ];
        steps.push(Step::Run {
            says: format!("the Rust kernel evcxr_jupyter {KERNEL_VERSION} from crates.io, compiled here (about six minutes on two cores, once)"),
            command: command.map(str::to_owned).to_vec(),
        });
    }
    if !facts.has_jupyter {
        if !facts.has_python {
            return Err("Jupyter needs python3 with its venv module; on Debian: apt-get install python3-venv".to_owned());
        }
        let folder = text(&layout.python());
        steps.push(Step::Run {
            says: "a Python environment".to_owned(),
            command: ["python3", "-m", "venv", &folder]
                .map(str::to_owned)
                .to_vec(),
        });
        let pip = text(&layout.python().join("bin/pip"));
        let mut command = [
            pip.as_str(),
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        .map(str::to_owned)
        .to_vec();
        command.extend(REQUIREMENTS.iter().map(ToString::to_string));
        steps.push(Step::Run {
            says: format!("{} from PyPI (about 260 MiB)", REQUIREMENTS.join(", ")),
            command,
        });
        steps.push(Step::Write {
            says: "a note of these versions".to_owned(),
            files: vec![File {
                path: layout.python_stamp(),
                text: REQUIREMENTS.join("\n"),
                is_program: false,
            }],
        });
    }
    if facts.stale > 0 {
        steps.push(Step::Write {
            says: "the kernel's configuration: how cells are compiled, and the :dep line"
                .to_owned(),
            files: layout.files(),
        });
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn layout() -> Layout {
        Layout {
            environment: PathBuf::from("/e"),
            source: PathBuf::from("/s"),
            program: PathBuf::from("/b/fluxprobe"),
        }
    }

    fn everything() -> Facts {
        Facts {
            has_cargo: true,
            has_python: true,
            has_kernel: true,
            has_jupyter: true,
            stale: 0,
        }
    }

    #[test]
    fn nothing_is_done_twice() {
        assert_eq!(plan(&layout(), &everything()), Ok(Vec::new()));
    }

    #[test]
    fn the_kernel_is_pinned_and_stays_in_the_environment() {
        let facts = Facts {
            has_kernel: false,
            ..everything()
        };
        let steps = plan(&layout(), &facts).unwrap();
        let [Step::Run { command, .. }] = steps.as_slice() else {
            panic!("{steps:?}");
        };
        assert_eq!(
            command.join(" "),
            format!("cargo install --locked --root /e --version {KERNEL_VERSION} evcxr_jupyter")
        );
    }

    #[test]
    fn jupyter_is_pinned_and_needs_python() {
        let facts = Facts {
            has_jupyter: false,
            ..everything()
        };
        let steps = plan(&layout(), &facts).unwrap();
        let commands: Vec<&Vec<String>> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Run { command, .. } => Some(command),
                Step::Write { .. } => None,
            })
            .collect();
        assert_eq!(commands[0].join(" "), "python3 -m venv /e/python");
        assert!(
            commands[1]
                .iter()
                .all(|word| !word.starts_with("jupyter") || word.contains("=="))
        );
        let without = Facts {
            has_python: false,
            ..facts
        };
        assert!(
            plan(&layout(), &without)
                .unwrap_err()
                .contains("python3-venv")
        );
    }

    #[test]
    fn only_what_is_stale_is_written() {
        let facts = Facts {
            stale: 1,
            ..everything()
        };
        let steps = plan(&layout(), &facts).unwrap();
        assert!(matches!(steps.as_slice(), [Step::Write { files, .. }] if files.len() > 3));
    }
}
