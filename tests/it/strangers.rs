//! The simulated internet against clients that know nothing of it: the Azure and OpenAI SDKs, at production URLs.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A simulated internet served by the program itself, stopped when dropped.
pub(crate) struct Served {
    process: Child,
    folder: tempfile::TempDir,
}

impl Served {
    pub(crate) fn start(world: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready.json");
        let process = Command::new(env!("CARGO_BIN_EXE_fluxprobe"))
            .args(["sim", "--world", world, "--ready-file"])
            .arg(&ready)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let served = Served { process, folder };
        let patience = Instant::now() + Duration::from_secs(60);
        while !ready.exists() {
            assert!(
                Instant::now() < patience,
                "the simulated internet never got ready"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        served
    }

    pub(crate) fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    pub(crate) fn ready(&self) -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(self.ready_file()).unwrap()).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn azure_and_openai_clients_take_it_for_the_real_thing() {
    let python = virtual_environment();
    let served = Served::start("phase-1.5");
    let ready = served.ready();
    let ca_file = ready["ca_file"].as_str().unwrap();
    let output = Command::new(python)
        .arg(root().join("tests/strangers/clients.py"))
        .arg(served.ready_file())
        .env("HTTPS_PROXY", ready["proxy"].as_str().unwrap())
        .env("SSL_CERT_FILE", ca_file)
        .env("REQUESTS_CA_BUNDLE", ca_file)
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("\nOK"), "{said}");
    let ran = said.lines().find(|line| line.starts_with("Ran ")).unwrap();
    let count: usize = ran.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(count >= 24, "{ran}");
}

#[test]
fn the_served_internet_stops_when_it_is_asked_to() {
    let mut served = Served::start("healthy");
    let pid = served.process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let patience = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = served.process.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < patience, "it did not stop on SIGTERM");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_ready_file_says_what_other_programs_rely_on() {
    let served = Served::start("phase-1.5");
    let ready = served.ready();
    assert!(
        ready["proxy"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    let mut pem = String::new();
    fs::File::open(ready["ca_file"].as_str().unwrap())
        .unwrap()
        .read_to_string(&mut pem)
        .unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    for member in [
        "control",
        "subscription_id",
        "tenant_id",
        "client_id",
        "client_secret",
    ] {
        assert!(!ready[member].as_str().unwrap().is_empty(), "{member}");
    }
    assert_eq!(ready["gateways"][0]["name"], "apim-pavavy6pu5hpa");
    assert_eq!(
        ready["gateways"][0]["url"],
        "https://apim-pavavy6pu5hpa.azure-api.net"
    );
    assert!(
        ready["gateways"][0]["subscription_key"]
            .as_str()
            .unwrap()
            .len()
            >= 32
    );
    assert_eq!(ready["accounts"].as_array().unwrap().len(), 3);
    assert!(
        ready["accounts"][0]["endpoint"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let hosts = ready["hosts"].as_array().unwrap();
    assert!(
        hosts.iter().any(|host| host == "management.azure.com"),
        "{hosts:?}"
    );
}

/// The Python that has the clients, in an environment of its own under `target/`; made where it is not there yet.
pub(crate) fn virtual_environment() -> PathBuf {
    environment("strangers", "requirements.txt").join("bin/python")
}

/// The folder of the real `az`, to be put on the PATH.
pub(crate) fn azure_command_line() -> PathBuf {
    environment("az", "az.txt").join("bin")
}

/// An environment `target/NAME` with what `tests/strangers/REQUIREMENTS` names; made where it is not there yet.
fn environment(name: &str, requirements: &str) -> PathBuf {
    let folder = root().join("target").join(name);
    let stamp = folder.join("installed.txt");
    let requirements = root().join("tests/strangers").join(requirements);
    let wanted = fs::read_to_string(&requirements).unwrap();
    // Several tests ask for it at once, each in a process of its own.
    let lock = fs::File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(&folder)
        .status()
        .unwrap();
    assert!(
        made.success(),
        "python3 -m venv failed: install Debian's python3-venv"
    );
    let quietly = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let installed = Command::new(folder.join("bin/python"))
        .args(quietly)
        .arg("-r")
        .arg(&requirements)
        .status()
        .unwrap();
    assert!(installed.success(), "pip could not install the clients");
    fs::write(&stamp, wanted).unwrap();
    folder
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
