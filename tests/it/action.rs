//! The composite action: it holds together, and its script does what it says.

use super::ci_files::{action, references};
use std::fs;
use std::process::Command;

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
    fs::create_dir(at("bin")).unwrap();
    let program = |name: &str, text: &str| {
        let path = at("bin").join(name);
        fs::write(&path, format!("#!/bin/bash\n{text}\n")).unwrap();
        let made = Command::new("chmod").arg("+x").arg(&path).status().unwrap();
        assert!(made.success());
    };
    program(
        "curl",
        "printf '%s\\n' \"$@\" > curl.args; echo '{\"count\":1,\"value\":\"the-token\"}'",
    );
    program(
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
