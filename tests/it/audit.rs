//! The audit of simulated estates: each finding in a world that shows it, and silence in one that nearly does.

use crate::program::Desk;
use fluxprobe::audit::{Habits, audit};
use fluxprobe::discover::Selection;
use fluxprobe::harness::{Harness, Settings};
use fluxprobe::knowledge::finding_families;
use fluxprobe::model::{Audit, Severity};
use fluxprobe::sim::World;
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Findings that no gateway could be served with; unit tests beside the checks show them.
const UNSERVED: [&str; 5] = [
    "backend_unknown",
    "policy_malformed",
    "policy_fragment_unknown",
    "policy_fragment_cyclic",
    "policy_named_value_unknown",
];

async fn judged(world: &str) -> Audit {
    let settings = Settings {
        world: Some(world.to_owned()),
        ..Settings::default()
    };
    let harness = Harness::open(settings).await.unwrap();
    let inventory = harness
        .discover(&Selection::default(), &|_| {})
        .await
        .unwrap();
    harness.close().await;
    audit(&inventory, &Habits::default())
}

fn worlds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// What is wrong with what was found in a world, in words.
async fn complaint(path: PathBuf) -> Option<String> {
    let name = path.to_str().unwrap();
    let expected = World::load(name).unwrap().expect_findings.unwrap();
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    let found = judged(name).await;
    let all: BTreeSet<&str> = found.findings.iter().map(|one| one.id.as_str()).collect();
    let grave = found
        .findings
        .iter()
        .filter(|one| one.severity > Severity::Info);
    let grave: BTreeSet<&str> = grave.map(|one| one.id.as_str()).collect();
    let raw = found.findings.iter().any(|one| {
        let remedy = one.remedy.command.clone().unwrap_or_default();
        [&one.title, &one.consequence, &one.remedy.text, &remedy]
            .iter()
            .any(|text| text.contains("{{") || text.contains("{%"))
    });
    let is_right = expected.is_subset(&all) && grave.is_subset(&expected) && !raw;
    let shown = found
        .findings
        .iter()
        .map(|one| format!("{}: {:?}", one.id, one.evidence));
    let shown: Vec<String> = shown.collect();
    (!is_right).then(|| {
        format!(
            "{}: expected {expected:?}, found {shown:#?}",
            path.display()
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_finding_shows_in_its_world_and_is_silent_in_its_near_miss() {
    let complaints: Vec<Option<String>> =
        futures_util::stream::iter(worlds().into_iter().map(complaint))
            .buffer_unordered(4)
            .collect()
            .await;
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_finding_has_a_world_and_a_near_miss() {
    let names: BTreeSet<String> = worlds()
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    for facts in finding_families()
        .iter()
        .flat_map(|family| &family.findings)
    {
        if UNSERVED.contains(&facts.id.as_str()) {
            continue;
        }
        let stem = facts.id.replace('_', "-");
        for name in [format!("{stem}.yaml"), format!("{stem}.near-miss.yaml")] {
            assert!(names.contains(&name), "no {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn phase_1_5_has_two_faults_and_healthy_none() {
    let found = judged("phase-1.5").await;
    let ids: Vec<&str> = found.findings.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(
        ids,
        ["operation_edits_missing", "pool_failover_lacks_deployment"]
    );
    assert_eq!(
        found.findings[0].victims,
        [
            "api apim-pavavy6pu5hpa/inference-api",
            "deployment foundry1-pavavy6pu5hpa/FLUX.1-Kontext-pro"
        ]
    );
    assert_eq!(
        found.findings[1].victims,
        [
            "backend apim-pavavy6pu5hpa/foundry2",
            "backend apim-pavavy6pu5hpa/foundry3"
        ]
    );
    assert_eq!(found.not_judged, [""; 0]);
    let healthy = judged("healthy").await;
    assert_eq!(healthy.findings, []);
    assert_eq!(healthy.not_judged, [""; 0]);
}

#[test]
fn the_exit_code_follows_the_severity_that_was_asked_for() {
    let desk = Desk::new();
    let world = ["audit", "--world", "phase-1.5", "--format", "json"];
    let audit = desk.run(&world).expect(4).json();
    assert_eq!(audit["schema_version"], 1);
    for finding in audit["findings"].as_array().unwrap() {
        for member in ["id", "severity", "title", "consequence"] {
            assert!(finding[member].is_string(), "{finding}");
        }
        for member in ["victims", "evidence"] {
            assert!(!finding[member].as_array().unwrap().is_empty(), "{finding}");
        }
        assert!(finding["remedy"]["text"].is_string() && finding["remedy"]["command"].is_string());
    }
    desk.run(&[&world[..], &["--fail-on", "never"]].concat())
        .expect(0);
    desk.run(&["audit", "--world", "healthy", "--fail-on", "info"])
        .expect(0);
    // A saved inventory is judged the same, without any world.
    desk.run(&["discover", "--world", "phase-1.5", "-o", "inventory.json"])
        .expect(0);
    let saved = desk
        .run(&["audit", "--inventory", "inventory.json", "--format", "json"])
        .expect(4)
        .json();
    assert_eq!(saved["findings"], audit["findings"]);
}

#[test]
fn a_free_probe_confirms_what_is_so_and_refutes_what_is_not() {
    let desk = Desk::new();
    let probed = |arguments: &[&str], code: i32| {
        let all = [&["audit", "--probe", "--format", "json"], arguments].concat();
        desk.run(&all).expect(code).json()
    };
    let outcome = |audit: &serde_json::Value, id: &str| {
        let findings = audit["findings"].as_array().unwrap();
        let finding = findings.iter().find(|one| one["id"] == id).unwrap();
        finding["probe"]["outcome"].as_str().unwrap().to_owned()
    };
    let audit = probed(&["--world", "phase-1.5"], 4);
    assert_eq!(outcome(&audit, "operation_edits_missing"), "confirmed");
    // What was true when the inventory was saved has been mended since.
    desk.run(&["discover", "--world", "phase-1.5", "-o", "old.json"])
        .expect(0);
    let audit = probed(&["--world", "healthy", "--inventory", "old.json"], 0);
    assert_eq!(outcome(&audit, "operation_edits_missing"), "refuted");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit");
    let world = folder.join("key-header-foreign.yaml");
    let audit = probed(&["--world", world.to_str().unwrap()], 0);
    assert_eq!(outcome(&audit, "key_header_foreign"), "confirmed");
}

#[test]
fn the_map_shows_every_hop_and_what_is_broken() {
    let desk = Desk::new();
    let world = ["routes", "--world", "phase-1.5"];
    let map = desk.run(&[&world[..], &["--format", "json"]].concat());
    let map = map.expect(0).json();
    let api = &map["gateways"][0]["apis"][0];
    assert_eq!(api["callers"], "key in api-key");
    let drawn = &api["routes"][0];
    assert_eq!(drawn["operations"][0], "ImageGenerations_Create");
    let forward = &drawn["forwards"][0];
    assert_eq!(forward["backend"], "inference-backend-pool");
    let ends = forward["ends"].as_array().unwrap();
    assert_eq!(ends[0]["account"], "foundry1-pavavy6pu5hpa");
    assert_eq!(ends[0]["deployments"].as_array().unwrap().len(), 2);
    assert_eq!(ends[0]["lack"]["state"], "fine");
    for end in &ends[1..] {
        assert_eq!(
            end["lack"],
            serde_json::json!({"state": "weak", "findings": [2]})
        );
    }
    let missing = &api["routes"][1];
    assert_eq!(missing["call"], "images/edits");
    assert_eq!(
        missing["mark"],
        serde_json::json!({"state": "broken", "findings": [1]})
    );
    let text = desk.run(
        &[
            &world[..],
            &[
                "-o", "-", "-o", "map.svg", "-o", "map.mmd", "-o", "map.html", "-o", "map.md",
            ],
        ]
        .concat(),
    );
    let text = text.expect(0).stdout;
    assert!(text.contains("1 broken link · 2 weak links"), "{text}");
    assert!(desk.read("map.mmd").contains("--x|\"✗ 1\"|"));
    assert_eq!(
        desk.read("map.svg")
            .matches("class=\"link broken\"")
            .count(),
        1
    );
    assert!(desk.read("map.html").contains("<svg class=\"map\""));
    assert!(
        desk.read("map.md")
            .contains("| `✗1 images/edits`<br>`not published` ")
    );
    let healthy = desk.run(&["routes", "--world", "healthy", "--format", "json"]);
    let healthy = healthy.expect(0).json();
    assert_eq!(healthy["findings"], serde_json::json!([]));
    assert!(!healthy.to_string().contains("broken"));
}

#[test]
fn the_report_of_a_run_shows_the_map_it_ran_on() {
    let desk = Desk::new();
    desk.run(&[
        "run",
        "--world",
        "phase-1.5",
        "K",
        "-o",
        "run.html",
        "-o",
        "run.json",
    ])
    .expect(0);
    assert!(
        desk.read("run.html")
            .contains("<h2 id=\"routes-title\">Routes</h2>")
    );
    desk.run(&["discover", "--world", "phase-1.5", "-o", "inventory.json"])
        .expect(0);
    desk.run(&["report", "run.json", "-o", "alone.html"])
        .expect(0);
    assert!(!desk.read("alone.html").contains("routes-title"));
    desk.run(&[
        "report",
        "run.json",
        "--inventory",
        "inventory.json",
        "-o",
        "mapped.html",
    ])
    .expect(0);
    assert!(desk.read("mapped.html").contains("<svg class=\"map\""));
}
