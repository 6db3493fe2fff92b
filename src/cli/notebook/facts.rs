//! What is there already.

use super::layout::{KERNEL_VERSION, Layout, REQUIREMENTS};
use std::fs;
use std::process::{Command, Stdio};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether `cargo` can be started.
    pub(super) has_cargo: bool,
    /// Whether a `python3` can be started that makes environments.
    pub(super) has_python: bool,
    /// Whether the kernel of the pinned version is in the environment.
    pub(super) has_kernel: bool,
    /// Whether Jupyter is in the environment.
    pub(super) has_jupyter: bool,
    /// Files of the layout that are missing or differ.
    pub(super) stale: usize,
}

impl Facts {
    /// Looks.
    pub(super) fn look(layout: &Layout) -> Self {
        let installed = fs::read_to_string(layout.environment.join(".crates.toml"));
        let kernel = format!("\"evcxr_jupyter {KERNEL_VERSION} ");
        let requirements = fs::read_to_string(layout.python_stamp());
        let files = layout.files();
        let stale = files
            .iter()
            .filter(|file| fs::read_to_string(&file.path).ok().as_deref() != Some(&file.text));
        Facts {
            has_cargo: can_start("cargo", &["--version"]),
            has_python: can_start("python3", &["-c", "import ensurepip, venv"]),
            has_kernel: layout.kernel().exists()
                && installed.is_ok_and(|text| text.contains(&kernel)),
            has_jupyter: layout.jupyter().exists()
                && requirements.is_ok_and(|text| text == REQUIREMENTS.join("\n")),
            stale: stale.count(),
        }
    }
}

fn can_start(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
