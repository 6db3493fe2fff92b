//! The loop closes: a run on a broken estate names a cause, the real `az` carries out the printed remedy as printed, and
//! the next run on the same estate is green.

use crate::strangers::{Served, azure_command_line};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs that a remedy may take: one fault can hide another behind it, as a missing identity hides its missing role.
const ROUNDS: usize = 4;

/// Who may change the estate. What signs in for fluxprobe only reads.
const OPERATOR: &str = "ffffffff-0000-4000-8000-00000000000a";
const OPERATOR_SECRET: &str = "operator-of-the-world";
const SUBSCRIPTION: &str = "3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512";

/// Commands of `az` that only look.
const LOOKS: [&str; 5] = [
    " show ",
    " list ",
    " list-models ",
    " --method get ",
    " get-",
];

/// A broken estate that is served, and the tools that work on it.
struct Estate {
    served: Served,
    folder: tempfile::TempDir,
    az: PathBuf,
}

impl Estate {
    fn open(world: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.yaml");
        let text = format!(
            "extends: {world}\nclients:\n  {OPERATOR}:\n    name: operator\n    secret: {OPERATOR_SECRET}\n    \
             roles: [{{ role: Owner, scope: /subscriptions/{SUBSCRIPTION} }}]\n"
        );
        fs::write(&file, text).unwrap();
        let estate = Estate {
            served: Served::start(file.to_str().unwrap()),
            folder,
            az: azure_command_line(),
        };
        let tenant = estate.ready("tenant_id");
        let login = format!(
            "az login --service-principal -u {OPERATOR} -p {OPERATOR_SECRET} --tenant {tenant} -o none"
        );
        let output = estate.shell(&login);
        assert!(output.status.success(), "{}", said(&output));
        estate
    }

    fn ready(&self, member: &str) -> String {
        self.served.ready()[member].as_str().unwrap().to_owned()
    }

    /// A line of shell with the unmodified `az` before it on the PATH.
    fn shell(&self, line: &str) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        let ca_file = self.ready("ca_file");
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.az.display()))
            .env("HTTPS_PROXY", self.ready("proxy"))
            .env("REQUESTS_CA_BUNDLE", ca_file)
            .env("AZURE_CONFIG_DIR", self.folder.path().join("az"))
            .env("AZURE_CORE_COLLECT_TELEMETRY", "0")
            .env("AZURE_CORE_NO_COLOR", "1")
            .env_remove("NO_PROXY")
            .output()
            .unwrap()
    }

    /// A run on the estate.
    fn probe(&self, letters: &[&str]) -> (Option<i32>, Value) {
        self.program(&[&["run"], letters].concat())
    }

    /// Findings of an audit of the estate.
    fn audit(&self) -> Vec<Value> {
        let (_, audit) = self.program(&["audit"]);
        audit["findings"].as_array().unwrap().clone()
    }

    /// The program, by the same means as on any other estate: a proxy, a root certificate, a service principal.
    fn program(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let report = self.folder.path().join("report.json");
        let _ = fs::remove_file(&report);
        let output = Command::new(env!("CARGO_BIN_EXE_fluxprobe"))
            .args(arguments)
            .args(["--cacert", &self.ready("ca_file"), "-o"])
            .arg(&report)
            .current_dir(self.folder.path())
            .env("HTTPS_PROXY", self.ready("proxy"))
            .env("AZURE_TENANT_ID", self.ready("tenant_id"))
            .env("AZURE_CLIENT_ID", self.ready("client_id"))
            .env("AZURE_CLIENT_SECRET", self.ready("client_secret"))
            .env_remove("NO_PROXY")
            .env_remove("FLUXPROBE_WORLD")
            .output()
            .unwrap();
        let report = match fs::read_to_string(&report) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => told_at_once(&String::from_utf8_lossy(&output.stderr)),
        };
        (output.status.code(), report)
    }
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// What is said where there was nothing to run, as a report holds it.
fn told_at_once(text: &str) -> Value {
    let after = |mark: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(mark));
        line.unwrap_or_else(|| panic!("no `{mark}` in: {text}"))
    };
    let cause = after("cause: ").split(':').next();
    json!({"diagnoses": [{"cause": cause, "remedy": {"command": after("$ ")}}]})
}

fn broken(world: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds");
    folder.join(format!("{world}.yaml")).display().to_string()
}

/// The remedies of diagnoses or findings that change something, each once.
fn remedies<'v>(told: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
    let mut commands: Vec<String> = told
        .into_iter()
        .filter_map(|one| one["remedy"]["command"].as_str())
        .filter(|command| command.starts_with("az "))
        .filter(|command| !LOOKS.iter().any(|look| command.contains(look)))
        .map(str::to_owned)
        .collect();
    commands.dedup();
    commands
}

/// Fail, remedy, pass.
fn heals(world: impl AsRef<str>, letters: &[&str], cause: &str) {
    let world = world.as_ref();
    let estate = Estate::open(world);
    for round in 0..ROUNDS {
        let (code, report) = estate.probe(letters);
        let diagnoses = report["diagnoses"].as_array().unwrap();
        if round > 0 && diagnoses.is_empty() {
            assert_eq!(code, Some(0), "{report:#}");
            return;
        }
        if round == 0 {
            assert_ne!(code, Some(0), "{report:#}");
            assert_eq!(diagnoses[0]["cause"], cause, "{report:#}");
        }
        let commands = remedies(diagnoses);
        assert!(
            !commands.is_empty(),
            "no remedy in round {round}: {diagnoses:#?}"
        );
        for command in commands {
            let output = estate.shell(&command);
            assert!(output.status.success(), "{command}\n{}", said(&output));
        }
    }
    panic!(
        "{world} is still red after {ROUNDS} rounds: {:#}",
        estate.probe(letters).1["diagnoses"]
    );
}

macro_rules! heals {
    ($($name:ident: $world:expr, $letters:expr, $cause:literal;)*) => {
        $(#[test]
        fn $name() {
            heals($world, &$letters, $cause);
        })*
    };
}

heals! {
    remedy_of_a_missing_images_operation: broken("images-operation-removed"), ["B"], "apim_operation_not_matched";
    remedy_of_a_missing_edits_operation: "phase-1.5", ["I"], "apim_operation_not_matched";
    remedy_of_a_backend_without_openai: broken("backend-url-without-openai"), ["B"], "backend_path_wrong";
    remedy_of_a_backend_with_openai_twice: broken("backend-url-doubled-openai"), ["B"], "backend_path_wrong";
    remedy_of_a_backend_without_credential: broken("backend-without-credential"), ["B"], "apim_backend_auth_failed";
    remedy_of_a_backend_with_a_foreign_key: broken("backend-key-of-another-account"), ["B"], "apim_backend_auth_failed";
    remedy_of_a_backend_with_a_foreign_audience: broken("backend-audience"), ["B"], "apim_backend_auth_failed";
    remedy_of_an_identity_without_role: broken("gateway-identity-without-role"), ["B"], "apim_backend_auth_failed";
    remedy_of_an_identity_that_only_reads: broken("gateway-identity-reader"), ["B"], "apim_backend_auth_failed";
    remedy_of_a_gateway_without_identity: broken("gateway-identity-off"), ["B"], "apim_backend_auth_failed";
    remedy_of_a_paused_deployment: broken("deployment-paused"), ["B"], "aoai_deployment_not_ready";
    remedy_of_a_failed_deployment: broken("deployment-failed"), ["B"], "aoai_deployment_not_ready";
    remedy_of_a_suspended_key: broken("key-suspended"), ["B"], "apim_key_invalid";
    remedy_of_an_expired_key: broken("key-expired"), ["B"], "apim_key_invalid";
    remedy_of_a_key_for_another_api: broken("key-of-another-api"), ["B"], "apim_key_invalid";
    remedy_of_an_account_behind_a_firewall: broken("account-firewall"), ["B"], "aoai_network_blocked";
    remedy_of_a_provider_that_is_not_registered: broken("provider-unregistered"), ["B"], "arm_provider_not_registered";
    remedy_of_a_reader_without_keys: broken("reader-only"), ["B"], "arm_authorization_failed";
    remedy_of_a_private_account: broken("account-private"), ["B"], "aoai_network_blocked";
    remedy_of_an_account_without_keys: broken("account-takes-no-key-from-backend"), ["H"], "aoai_key_auth_disabled";
}

/// What a person must choose before the command of a finding can be carried out.
const CHOSEN: [(&str, &str); 2] = [
    ("NEW_PATH", "elsewhere"),
    ("--value VALUE", "--value inference-backend-pool"),
];

/// Findings whose command is the first half of the remedy: where calls go is for a person to choose.
const HALVES: [&str; 1] = ["deployment_not_routed"];

/// What is still said of a world after the remedies of its finding were carried out; `None` where there is none that
/// changes anything.
fn left_after_remedy(world: &Path) -> Option<Vec<String>> {
    let id = world
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .replace('-', "_");
    let estate = Estate::open(world.to_str().unwrap());
    let mut is_changed = false;
    for _ in 0..ROUNDS {
        let mut findings = estate.audit();
        findings.retain(|finding| finding["id"] == id.as_str());
        let commands = remedies(&findings);
        if commands.is_empty() {
            let titles = findings.iter().map(|finding| finding["title"].to_string());
            return is_changed.then(|| titles.collect());
        }
        is_changed = true;
        for command in commands {
            let command = CHOSEN
                .iter()
                .fold(command, |text, (word, value)| text.replace(word, value));
            let output = estate.shell(&command);
            assert!(
                output.status.success(),
                "{id}: {command}\n{}",
                said(&output)
            );
        }
    }
    let is_half = HALVES.contains(&id.as_str());
    (!is_half).then(|| vec![format!("{id} after {ROUNDS} rounds")])
}

#[test]
fn the_remedy_of_a_finding_takes_the_finding_away() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit");
    let mut worlds: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_str().unwrap().ends_with(".near-miss.yaml"))
        .collect();
    worlds.sort();
    let mut healed = 0;
    let mut left: Vec<String> = Vec::new();
    for world in worlds {
        let Some(titles) = left_after_remedy(&world) else {
            continue;
        };
        healed += 1;
        left.extend(
            titles
                .iter()
                .map(|title| format!("{}: {title}", world.display())),
        );
    }
    assert!(left.is_empty(), "{left:#?}");
    assert!(
        healed >= 15,
        "{healed} findings have a remedy that changes something"
    );
}

/// Words that a page prints where a run prints what it found, and what stands for them in the world `healthy`.
const FILLED: [(&str, &str); 24] = [
    ("-n foundry1", "-n ACCOUNT"),
    ("-n foundry2", "-n foundry2-pavavy6pu5hpa"),
    ("accounts/foundry1", "accounts/ACCOUNT"),
    ("backends/foundry2", "backends/foundry1"),
    ("/subscriptions/S/", "/subscriptions/SUB/"),
    ("resourceGroups/rg", "resourceGroups/GROUP"),
    ("-g rg", "-g GROUP"),
    ("service/apim/", "service/APIM/"),
    ("--service-name apim ", "--service-name APIM "),
    ("-n apim ", "-n APIM "),
    ("inference-openai", "inference-api"),
    ("--api-id API ", "--api-id inference-api "),
    ("subscriptions/SID", "subscriptions/subscription1"),
    ("REGION", "uksouth"),
    ("MODEL", "FLUX-1.1-pro"),
    ("DEPLOYMENT", "FLUX-1.1-pro"),
    ("ADDRESS", "203.0.113.7"),
    ("SCOPE", "/subscriptions/SUB/resourceGroups/GROUP"),
    ("11111111-1111-4111-8111-111111111111", "PRINCIPAL_ID"),
    ("OBJECT_ID", "PRINCIPAL_ID"),
    ("CLIENT_ID", "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634"),
    (
        "--custom-domain ACCOUNT",
        "--custom-domain foundry1-pavavy6pu5hpa",
    ),
    ("accounts/ACCOUNT", "accounts/foundry1-pavavy6pu5hpa"),
    ("-n ACCOUNT", "-n foundry1-pavavy6pu5hpa"),
];

/// Commands about what no world has: a sign-in of a person, an app of App Service, people and app registrations of a
/// directory, deleted accounts, templates, policies and terms of a subscription. They are not held against `az` here.
const ELSEWHERE: [&str; 12] = [
    "az login",
    "az logout",
    "az webapp",
    "az ad app update",
    "az ad user",
    "az cognitiveservices account list-deleted",
    "az cognitiveservices account list-skus",
    "az cognitiveservices account purge",
    "az deployment group",
    "az identity federated-credential",
    "az policy state",
    "az term show",
];

#[test]
fn every_command_that_the_pages_print_is_one_that_az_carries_out() {
    let estate = Estate::open("healthy");
    let principal =
        "az ad sp list --filter \"displayName eq 'apim-pavavy6pu5hpa'\" --query [0].id -o tsv";
    let principal = String::from_utf8(estate.shell(principal).stdout).unwrap();
    let pages = ["docs/causes.md", "docs/findings.md"]
        .map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join(page))
        .map(|page| fs::read_to_string(page).unwrap())
        .concat();
    let mut commands: Vec<&str> = pages
        .lines()
        .filter(|line| line.starts_with("az "))
        .filter(|line| !ELSEWHERE.iter().any(|other| line.starts_with(other)))
        .collect();
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.len() >= 40, "{commands:#?}");
    let filled = commands.iter().map(|command| {
        let filled = FILLED
            .iter()
            .fold((*command).to_owned(), |text, (word, value)| {
                text.replace(word, value)
            });
        filled
            .replace("/SUB/", &format!("/{SUBSCRIPTION}/"))
            .replace("GROUP", "lab-master-lab")
            .replace("APIM", "apim-pavavy6pu5hpa")
            .replace("PRINCIPAL_ID", principal.trim())
    });
    let refused: Vec<String> = filled
        .filter_map(|command| {
            let output = estate.shell(&command);
            (!output.status.success()).then(|| format!("{command}\n{}", said(&output)))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}
