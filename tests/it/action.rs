//! The composite action holds together, and the scripts that sign a job in do what they say.

use super::ci_files::{action, documents, references, scripts};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A program of a test's own in the place of another.
fn program(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder.join("bin")).unwrap();
    let path = folder.join("bin").join(name);
    fs::write(&path, format!("#!/bin/bash\n{text}\n")).unwrap();
    let made = Command::new("chmod").arg("+x").arg(&path).status().unwrap();
    assert!(made.success());
}

#[test]
fn the_action_holds_together() {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().unwrap();
    for step in steps.iter().filter(|step| step["run"].is_string()) {
        assert!(
            step["shell"].is_string(),
            "a composite step names its shell"
        );
    }
    for reference in references(&action, "inputs.") {
        assert!(
            action["inputs"][&reference]["description"].is_string(),
            "inputs.{reference}"
        );
    }
    for reference in references(&action, "steps.") {
        let id = reference.split('.').next().unwrap();
        assert!(
            steps.iter().any(|step| step["id"] == id),
            "steps.{reference}"
        );
    }
}

/// The action's own script, with programs in the place of curl and fluxprobe that write down how they were called.
#[test]
fn the_action_signs_in_as_the_job_and_hands_the_exit_code_on() {
    let action = action();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let probe = steps.iter().find(|step| step["id"] == "probe").unwrap();
    let script = probe["run"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    program(
        folder.path(),
        "curl",
        "printf '%s\\n' \"$@\" > curl.args; echo '{\"count\":1,\"value\":\"the-token\"}'",
    );
    program(
        folder.path(),
        "fluxprobe",
        "printf '%s\\n' \"$@\" > args; cat \"$AZURE_FEDERATED_TOKEN_FILE\" > token 2> /dev/null; echo \"${AZURE_CLIENT_ID-none}\" > client; exit 4",
    );
    let run = |client: &str, url: Option<&str>| {
        let mut command = Command::new("bash");
        command
            .args([
                "--noprofile",
                "--norc",
                "-e",
                "-o",
                "pipefail",
                "-c",
                script,
            ])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", at("bin").display()))
            .env("RUNNER_TEMP", folder.path())
            .env("GITHUB_OUTPUT", at("output"))
            .env("PROFILE", "smoke")
            .env("ARGUMENTS", "--jobs 2 $(touch owned)")
            .env("OUTPUT_DIR", "a folder")
            .env("AZURE_TENANT_ID", client)
            .env("AZURE_CLIENT_ID", client)
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token");
        if let Some(url) = url {
            command.env("ACTIONS_ID_TOKEN_REQUEST_URL", url);
        }
        command.output().unwrap()
    };
    let ended = run("app", Some("https://token.example/?v=1"));
    assert_eq!(
        ended.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let read = |name: &str| fs::read_to_string(at(name)).unwrap();
    assert_eq!(read("token"), "the-token");
    assert_eq!(read("output"), "exit-code=4\n");
    assert!(
        read("curl.args")
            .contains("https://token.example/?v=1&audience=api://AzureADTokenExchange\n")
    );
    assert!(read("curl.args").contains("Authorization: bearer request-token\n"));
    assert_eq!(
        read("args"),
        "run\n--profile\nsmoke\n--output-dir\na folder\n--output\n-\n--jobs\n2\n$(touch\nowned)\n"
    );
    assert!(!at("owned").exists(), "arguments are no shell");
    assert!(
        !at("fluxprobe-token").exists(),
        "the token is gone when the job goes on"
    );

    let ended = run("app", None);
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("id-token: write"));
    let ended = run("", None);
    assert_eq!(ended.status.code(), Some(4));
    assert_eq!(
        read("client"),
        "none\n",
        "without a client id the surroundings decide"
    );
}

/// The scripts of Azure Pipelines, whose tokens are good for ten minutes: a run that takes longer finds a new one.
#[test]
fn azure_pipelines_renew_the_token_while_the_program_runs_and_hand_its_code_on() {
    let all = documents();
    let azures = all.iter().filter(|(file, _)| file.contains("azure"));
    let scripts: Vec<String> = azures
        .flat_map(|(_, value)| scripts(value))
        .filter(|script| script.contains("fetch_token"))
        .collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        assert!(script.contains("sleep 300"));
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        program(
            folder.path(),
            "curl",
            "printf '%s\\n' \"$@\" > curl.args; echo '{\"oidcToken\":\"the-next\"}'",
        );
        program(
            folder.path(),
            "fluxprobe",
            "cp \"$AZURE_FEDERATED_TOKEN_FILE\" first; for try in {1..600}; do\n\
             if grep -q the-next \"$AZURE_FEDERATED_TOKEN_FILE\"; then exit 8; fi; sleep 0.1; done; exit 99",
        );
        let ended = Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-c"])
            .arg(script.replace("sleep 300", "sleep 0.1"))
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", at("bin").display()))
            .envs([
                ("tenantId", "t"),
                ("servicePrincipalId", "c"),
                ("idToken", "the-first"),
            ])
            .env("AGENT_TEMPDIRECTORY", folder.path())
            .env("BUILD_ARTIFACTSTAGINGDIRECTORY", folder.path())
            .env("SYSTEM_ACCESSTOKEN", "of-the-job")
            .env("SYSTEM_OIDCREQUESTURI", "https://dev.example/token")
            .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "id")
            .env("SHARD", "1/5")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(8), "{said}");
        let read = |name: &str| fs::read_to_string(at(name)).unwrap();
        assert_eq!(read("first"), "the-first");
        let asked = read("curl.args");
        assert!(
            asked.contains("https://dev.example/token?api-version=7.1&serviceConnectionId=id\n")
        );
        assert!(asked.contains("Authorization: Bearer of-the-job\n"));
        assert!(
            !at("fluxprobe-token").exists(),
            "the token is gone when the job goes on"
        );
    }
}
