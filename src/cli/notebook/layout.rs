//! The environment's folder: where everything lies in it, and what its files say.

use std::path::{Path, PathBuf};

/// Version of the kernel that the notebooks are proved with.
pub(super) const KERNEL_VERSION: &str = "0.22.0";

/// What Jupyter is made of.
pub(super) const REQUIREMENTS: [&str; 3] =
    ["jupyterlab==4.6.6", "nbclient==0.11.0", "nbconvert==7.17.2"];

/// Starts the kernel with a folder that no other kernel compiles in.
const LAUNCHER: &str = include_str!("kernel.sh");
/// What is compiled with care: pictures are drawn, packed and measured at every run.
const PROFILE: &str = include_str!("profile.toml");

/// A file that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) is_program: bool,
}

/// Where things are.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The folder that everything is installed into.
    pub(super) environment: PathBuf,
    /// The folder with the library's source.
    pub(super) source: PathBuf,
    /// The program that sessions start: this one.
    pub(super) program: PathBuf,
}

impl Layout {
    /// The kernel's program.
    pub(super) fn kernel(&self) -> PathBuf {
        self.environment.join("bin/evcxr_jupyter")
    }

    /// The Python environment.
    pub(super) fn python(&self) -> PathBuf {
        self.environment.join("python")
    }

    /// Which versions were installed into it.
    pub(super) fn python_stamp(&self) -> PathBuf {
        self.python().join("installed.txt")
    }

    /// The program that opens notebooks.
    pub(super) fn jupyter(&self) -> PathBuf {
        self.python().join("bin/jupyter")
    }

    /// `JUPYTER_PATH`: where the kernel is described.
    pub(super) fn jupyter_path(&self) -> PathBuf {
        self.environment.join("jupyter")
    }

    /// Every file of the configuration.
    pub(super) fn files(&self) -> Vec<File> {
        let at = |path: &str| self.environment.join(path);
        let file = |path: &str, text: String| File {
            path: at(path),
            text,
            is_program: false,
        };
        let kernel = serde_json::json!({
            "argv": [at("kernel.sh"), "{connection_file}"],
            "display_name": "Rust",
            "language": "rust",
            "interrupt_mode": "message",
            "env": { "FLUXPROBE_PROGRAM": self.program },
        });
        let dependency = format!(
            ":dep fluxprobe = {{ path = {}, default-features = false, features = [\"notebook\"] }}\n",
            quoted(&self.source)
        );
        vec![
            file("jupyter/kernels/rust/kernel.json", format!("{kernel:#}\n")),
            // The kernel rewrites its description where this version of its form is not its own.
            file("jupyter/kernels/rust/version.txt", "1".to_owned()),
            File {
                path: at("kernel.sh"),
                text: LAUNCHER.to_owned(),
                is_program: true,
            },
            file(
                "evcxr/evcxr.toml",
                "[evcxr]\nopt_level = \"0\"\n".to_owned(),
            ),
            file("evcxr/init.evcxr", dependency),
            file("cells/.cargo/config.toml", PROFILE.to_owned()),
        ]
    }
}

/// A path as a TOML string.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prelude_names_the_source_and_no_command_line() {
        let layout = Layout {
            environment: PathBuf::from("/e"),
            source: PathBuf::from("/with \"quotes\""),
            program: PathBuf::from("/b/fluxprobe"),
        };
        let files = layout.files();
        let init = files.iter().find(|file| file.path.ends_with("init.evcxr"));
        assert_eq!(
            init.unwrap().text,
            ":dep fluxprobe = { path = \"/with \\\"quotes\\\"\", default-features = false, features = [\"notebook\"] }\n"
        );
        assert!(files.iter().all(|file| file.path.starts_with("/e")));
        let named = |file: &&File| file.text.contains(r#""FLUXPROBE_PROGRAM": "/b/fluxprobe""#);
        let kernel = files.iter().find(named).unwrap();
        assert!(kernel.path.ends_with("kernel.json"));
    }
}
