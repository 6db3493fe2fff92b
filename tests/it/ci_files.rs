//! The files for CI systems: they parse, what they refer to exists, and every command in them is one of the program's.

use clap::{CommandFactory, Parser};
use fluxprobe::cli::Cli;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file for a CI system, with its name below the package.
fn files() -> Vec<(String, String)> {
    let mut paths = vec![root().join("action.yml")];
    for folder in [".github/workflows", "docs/ci"] {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        paths.extend(entries.map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    let all: Vec<_> = paths.into_iter().map(read).collect();
    assert!(all.len() >= 5, "{all:?}");
    all
}

/// The documents of every YAML file.
fn documents() -> Vec<(String, Value)> {
    let yaml = files()
        .into_iter()
        .filter(|(name, _)| !name.ends_with(".md"));
    let parsed = yaml.flat_map(|(name, text)| {
        let parts: Vec<String> = text.split("\n---\n").map(str::to_owned).collect();
        let parsed = parts.into_iter().map(move |part| {
            let value =
                serde_saphyr::from_str(&part).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name.clone(), value)
        });
        parsed.collect::<Vec<_>>()
    });
    parsed.collect()
}

/// Every object anywhere in a document.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(members) => {
            found.push(members);
            members.values().for_each(|inner| objects(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| objects(inner, found)),
        _ => {}
    }
}

/// Shell scripts of a document.
fn scripts(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    objects(value, &mut found);
    let keys = ["run", "script", "inlineScript"];
    found
        .iter()
        .flat_map(|members| keys.iter().filter_map(|key| members.get(*key)?.as_str()))
        .map(str::to_owned)
        .collect()
}

/// Words of the commands of fluxprobe in a script: what follows the program's name up to the end of the command.
fn commands(script: &str) -> Vec<Vec<String>> {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("fluxprobe "))
        .map(words)
        .collect()
}

/// The words of one command as a shell makes them; a variable becomes `1`, and a pattern a file.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (end, Some(open)) if end == open => quote = None,
            ('$', _) => {
                let is_braced = characters.next_if_eq(&'{').is_some();
                let ends = |c: &char| {
                    if is_braced {
                        *c != '}'
                    } else {
                        c.is_alphanumeric() || *c == '_'
                    }
                };
                while characters.next_if(ends).is_some() {}
                if is_braced {
                    characters.next();
                }
                word.push('1');
            }
            ('|' | '&' | ';' | '>', None) => break,
            (' ', None) => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            _ => word.push(character),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[track_caller]
fn assert_accepted(file: &str, words: &[String]) {
    if let Err(error) = Cli::try_parse_from(words) {
        panic!("{file}: {}: {error}", words.join(" "));
    }
}

#[test]
fn every_command_in_them_is_one_of_the_programs() {
    let mut count = 0;
    for (file, value) in documents() {
        for words in scripts(&value).iter().flat_map(|script| commands(script)) {
            assert_accepted(&file, &words);
            count += 1;
        }
        // A container has its command as a list, an action's arguments go to `run`.
        let mut found = Vec::new();
        objects(&value, &mut found);
        for members in found {
            if let Some(list) = members.get("command").and_then(Value::as_array) {
                let words: Vec<String> = list
                    .iter()
                    .map(|word| word.as_str().unwrap().to_owned())
                    .collect();
                assert_accepted(&file, &words);
                count += 1;
            }
            let is_ours = members.get("uses").is_some_and(|uses| uses == "./");
            if let (true, Some(with)) = (is_ours, members.get("with")) {
                let arguments = with["arguments"].as_str().unwrap_or_default();
                let arguments = expressions_as(arguments, "1");
                let line = format!("fluxprobe run --profile {} {arguments}", "ci");
                assert_accepted(&file, &words(&line));
                count += 1;
            }
        }
    }
    for (file, text) in files().iter().filter(|(name, _)| name.ends_with(".md")) {
        for words in commands(text) {
            assert_accepted(file, &words);
        }
    }
    assert!(count >= 5, "{count} commands were found");
    let wrong = words("fluxprobe run --profil nightly --output-dir \"$X\" || code=$?");
    assert_eq!(
        wrong,
        [
            "fluxprobe",
            "run",
            "--profil",
            "nightly",
            "--output-dir",
            "1"
        ]
    );
    assert!(
        Cli::try_parse_from(wrong).is_err(),
        "a wrong flag would be seen"
    );
}

/// `text` with what GitHub fills in replaced.
fn expressions_as(text: &str, value: &str) -> String {
    let mut parts = text.split("${{");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(value);
        shown.push_str(part.split_once("}}").unwrap().1);
    }
    shown
}

#[test]
fn their_shell_is_shell_and_takes_no_text_from_outside() {
    for (file, value) in documents() {
        for script in scripts(&value) {
            assert!(
                !script.contains("${{"),
                "{file}: what GitHub fills in is code there: {script}"
            );
            let checked = Command::new("bash")
                .args(["-n", "-c", &script])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&checked.stderr);
            assert!(
                checked.status.success() && said.is_empty(),
                "{file}: {said}"
            );
        }
    }
}

#[test]
fn workflows_hold_together() {
    let mut jobs_seen = 0;
    for (file, value) in documents() {
        if !value["jobs"].is_object() {
            continue;
        }
        let permissions = value["permissions"]
            .as_object()
            .unwrap_or_else(|| panic!("{file}: permissions"));
        assert_eq!(permissions["contents"], "read", "{file}");
        let jobs = value["jobs"].as_object().unwrap();
        for (name, job) in jobs {
            jobs_seen += 1;
            assert!(
                job["runs-on"].is_string() && job["timeout-minutes"].is_u64(),
                "{file}: {name}"
            );
            let needs = match &job["needs"] {
                Value::String(one) => vec![one.clone()],
                Value::Array(many) => many
                    .iter()
                    .map(|one| one.as_str().unwrap().to_owned())
                    .collect(),
                _ => Vec::new(),
            };
            assert!(
                needs.iter().all(|one| jobs.contains_key(one)),
                "{file}: {name} needs {needs:?}"
            );
            let steps = job["steps"].as_array().unwrap();
            check_steps(&file, steps);
            let matrix: BTreeSet<&str> = job["strategy"]["matrix"]
                .as_object()
                .into_iter()
                .flat_map(|axes| axes.keys().map(String::as_str))
                .collect();
            for reference in references(job, "matrix.") {
                assert!(
                    matrix.contains(reference.as_str()),
                    "{file}: matrix.{reference}"
                );
            }
        }
        let inputs = &value["on"]["workflow_dispatch"]["inputs"];
        for reference in references(&value, "inputs.") {
            assert!(inputs[&reference].is_object(), "{file}: inputs.{reference}");
        }
        for schedule in value["on"]["schedule"].as_array().into_iter().flatten() {
            assert_cron(&file, schedule["cron"].as_str().unwrap());
        }
    }
    assert!(jobs_seen >= 3);
}

fn check_steps(file: &str, steps: &[Value]) {
    for step in steps {
        let (uses, run) = (step["uses"].as_str(), step["run"].as_str());
        assert!(
            uses.is_some() != run.is_some(),
            "{file}: one of uses and run: {step}"
        );
        if let Some(uses) = uses {
            let is_pinned =
                uses == "./" || uses.split_once('@').is_some_and(|(_, at)| !at.is_empty());
            assert!(is_pinned, "{file}: {uses}");
            assert!(
                !uses.contains("master") && !uses.contains("main"),
                "{file}: {uses}"
            );
        }
        if uses == Some("./") {
            let action = action();
            let with = step["with"].as_object().unwrap();
            for name in with.keys() {
                assert!(
                    action["inputs"][name].is_object(),
                    "{file}: action.yml takes no {name}"
                );
            }
        }
    }
}

pub(super) fn action() -> Value {
    serde_saphyr::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap()
}

/// Names after `prefix` in the expressions of a document.
pub(super) fn references(value: &Value, prefix: &str) -> Vec<String> {
    let text = value.to_string();
    let expressions = text
        .split("${{")
        .skip(1)
        .filter_map(|part| Some(part.split_once("}}")?.0.to_owned()));
    expressions
        .flat_map(|one| {
            let words: Vec<String> = one
                .split(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
                .filter_map(|word| word.strip_prefix(prefix).map(str::to_owned))
                .collect();
            words
        })
        .collect()
}

#[track_caller]
fn assert_cron(file: &str, text: &str) {
    let fields: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(fields.len(), 5, "{file}: {text}");
    for (field, most) in fields.iter().zip([59, 23, 31, 12, 6]) {
        let is_good = *field == "*" || field.parse::<u32>().is_ok_and(|number| number <= most);
        assert!(is_good, "{file}: {text}");
    }
}

#[test]
fn the_gate_of_the_workflow_is_the_gate_of_the_package() {
    let ci = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    let ci: Value = serde_saphyr::from_str(&ci).unwrap();
    let scripts = scripts(&ci);
    assert!(
        scripts.iter().any(|script| script.trim() == ".ci/run"),
        "{scripts:?}"
    );
    let toolchain = ci["jobs"]["gate"]["container"].as_str().unwrap();
    assert!(
        toolchain.starts_with(&format!("rust:{}", env!("CARGO_PKG_RUST_VERSION"))),
        "{toolchain}"
    );
}

#[test]
fn objects_of_kubernetes_are_whole() {
    let mut kinds = Vec::new();
    for (file, value) in documents() {
        let Some(kind) = value["kind"].as_str() else {
            continue;
        };
        kinds.push(kind.to_owned());
        assert!(value["apiVersion"].is_string(), "{file}: {kind}");
        let name = value["metadata"]["name"].as_str().unwrap();
        let is_label = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(is_label && name.len() <= 52, "{file}: {name}");
        let job = match kind {
            "CronJob" => {
                assert_cron(&file, value["spec"]["schedule"].as_str().unwrap());
                assert_eq!(value["spec"]["concurrencyPolicy"], "Forbid");
                &value["spec"]["jobTemplate"]["spec"]
            }
            "Job" => &value["spec"],
            _ => continue,
        };
        let pod = &job["template"]["spec"];
        assert_eq!(
            pod["restartPolicy"], "Never",
            "{file}: a probe is made once"
        );
        let volumes: Vec<&Value> = pod["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["name"])
            .collect();
        for container in pod["containers"].as_array().unwrap() {
            assert!(
                container["image"].is_string() && container["name"].is_string(),
                "{file}"
            );
            for mount in container["volumeMounts"].as_array().unwrap() {
                assert!(volumes.contains(&&mount["name"]), "{file}: {mount}");
            }
        }
        if job["completionMode"] == "Indexed" {
            let count = job["completions"].as_u64().unwrap();
            let told = &pod["containers"][0]["env"][0];
            assert_eq!(told["name"], "FLUXPROBE_SHARDS");
            assert_eq!(
                told["value"],
                count.to_string(),
                "{file}: shards are told as they are counted"
            );
        }
    }
    assert!(kinds.contains(&"CronJob".to_owned()), "{kinds:?}");
}

#[test]
fn the_shards_of_a_matrix_are_all_of_them() {
    for (file, value) in documents() {
        let mut found = Vec::new();
        objects(&value, &mut found);
        let texts: Vec<String> = found
            .iter()
            .filter_map(|members| members.get("shard")?.as_str().map(str::to_owned))
            .collect();
        let pairs: Vec<(u32, u32)> = texts
            .iter()
            .filter_map(|text| text.split_once('/'))
            .map(|(k, n)| (k.parse().unwrap(), n.parse().unwrap()))
            .collect();
        for (index, (k, n)) in pairs.iter().enumerate() {
            assert_eq!(
                (*k as usize, *n as usize),
                (index + 1, pairs.len()),
                "{file}"
            );
        }
        // GitHub's matrix numbers them, and the command has the count.
        for members in &found {
            let Some(numbers) = members.get("shard").and_then(Value::as_array) else {
                continue;
            };
            let numbers: Vec<u64> = numbers
                .iter()
                .map(|number| number.as_u64().unwrap())
                .collect();
            assert_eq!(
                numbers,
                (1..=numbers.len() as u64).collect::<Vec<_>>(),
                "{file}"
            );
            let count = format!("}}}}/{}\"", numbers.len());
            assert!(
                value.to_string().contains(&count),
                "{file}: of {}",
                numbers.len()
            );
        }
    }
}

#[test]
fn they_name_no_registry() {
    for (file, text) in files() {
        for host in [
            "ghcr.io",
            "docker.io",
            "quay.io",
            "mcr.microsoft",
            "azurecr.io",
            "crates.io",
            "pypi.org",
            "gcr.io",
        ] {
            assert!(!text.contains(host), "{file} names {host}");
        }
    }
}

#[test]
fn the_program_knows_what_the_files_rely_on() {
    let program = Cli::command();
    let run = program.find_subcommand("run").unwrap();
    let has = |flag: &str| run.get_arguments().any(|one| one.get_long() == Some(flag));
    for flag in ["profile", "retries", "flaky", "retry-paid"] {
        assert!(has(flag), "--{flag}");
    }
}
