//! The built program as a test starts it: in a folder of its own, with nothing of this machine's environment.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Longest that any call may take, in seconds. It guards against hanging and asserts nothing.
const PATIENCE: &str = "240";

/// A folder to start the program in.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// How a call of the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Desk {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// Sets a variable for every call from here.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file in the folder, by its name.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                (path.display().to_string(), text)
            })
            .collect()
    }

    /// Runs the program to its end. A panic of the program, or none of its own exit codes, fails the test.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command("timeout");
        command.args([PATIENCE, env!("CARGO_BIN_EXE_fluxprobe")]);
        ended(arguments, command.args(arguments).output().unwrap())
    }

    /// Starts the program and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_fluxprobe"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.args(arguments).spawn().unwrap()
    }

    /// A command in this folder, with this desk's environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }
}

impl Ended {
    /// The document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON ({error}); stderr: {}", self.stderr))
    }

    /// Fails the test unless the program ended so.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        let Ended { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "stdout: {stdout}\nstderr: {stderr}");
        self
    }
}

/// How a started program ended.
pub(crate) fn wait(child: Child) -> Ended {
    ended(&[], child.wait_with_output().unwrap())
}

fn ended(arguments: &[&str], output: std::process::Output) -> Ended {
    let ended = Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(
        !ended.stderr.contains("panicked at"),
        "{arguments:?}: {}",
        ended.stderr
    );
    let known = [0, 1, 2, 3, 4, 5, 6, 7, 8, 130];
    assert!(
        ended.code.is_some_and(|code| known.contains(&code)),
        "{arguments:?} ended with {:?}: {}",
        ended.code,
        ended.stderr
    );
    ended
}

/// A world file of `tests/worlds`.
pub(crate) fn world(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/worlds")
        .join(format!("{name}.yaml"));
    assert!(path.is_file(), "{}", path.display());
    path.display().to_string()
}

/// Members of a list.
#[track_caller]
pub(crate) fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

/// Text of a value.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Amounts in US dollars are sums of cents.
pub(crate) fn cents(value: &Value) -> i64 {
    (value
        .as_f64()
        .unwrap_or_else(|| panic!("no amount: {value}"))
        * 100.0)
        .round() as i64
}

/// The case of a letter on a deployment.
#[track_caller]
pub(crate) fn case<'a>(run: &'a Value, letter: &str, deployment: &str) -> &'a Value {
    list(&run["cases"])
        .iter()
        .find(|case| case["scenario"] == letter && case["deployment"] == deployment)
        .unwrap_or_else(|| panic!("no case {letter} on {deployment}"))
}
