//! The audit of simulated estates: each finding in a world that shows it, and silence in one that nearly does.

use crate::program::Desk;
use fluxprobe::audit::{Habits, audit, route_map};
use fluxprobe::discover::Selection;
use fluxprobe::harness::{Harness, Settings};
use fluxprobe::knowledge::{finding_facts, finding_families};
use fluxprobe::model::{Audit, RouteMap, Severity};
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
    drawn(world).await.0
}

async fn drawn(world: &str) -> (Audit, RouteMap) {
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
    let found = audit(&inventory, &Habits::default());
    let map = route_map(&inventory, &found);
    (found, map)
}

/// The findings that break a link of the map, and are marked on none.
fn unmarked(found: &Audit, map: &RouteMap) -> Vec<String> {
    let map = serde_json::to_string(&(&map.gateways, &map.unreached)).unwrap();
    let numbered = found.findings.iter().enumerate();
    let unmarked = numbered.filter(|(at, one)| {
        let breaks = finding_facts(&one.id).unwrap().breaks.is_some();
        let is_marked = map.split("\"findings\":[").skip(1).any(|rest| {
            let numbers = rest.split(']').next().unwrap();
            numbers
                .split(',')
                .any(|number| number == (at + 1).to_string())
        });
        // What nothing uses lies on no way.
        let is_off_the_map = one
            .victims
            .iter()
            .all(|name| name.starts_with("named-value "));
        breaks && one.severity > Severity::Info && !is_marked && !is_off_the_map
    });
    unmarked.map(|(_, one)| one.id.clone()).collect()
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
    let (found, map) = drawn(name).await;
    let unmarked = unmarked(&found, &map);
    if !unmarked.is_empty() {
        return Some(format!("{}: not on the map: {unmarked:?}", path.display()));
    }
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

fn template(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Each change breaks a template that is sound, and the audit names it before anything is deployed.
#[test]
fn a_template_is_judged_before_it_is_deployed() {
    let desk = Desk::new();
    let lab = template("lab.json");
    desk.write("sound.json", &lab);
    let judged = |file: &str, code: i32| {
        let all = [
            "audit",
            "--arm-template",
            file,
            "--fail-on",
            "warning",
            "--format",
            "json",
        ];
        desk.run(&all).expect(code).json()
    };
    let sound = judged("sound.json", 0);
    assert_eq!(sound["findings"], serde_json::json!([]));
    let not_judged = &sound["not_judged"];
    assert_eq!(*not_judged, serde_json::json!([]), "{not_judged}");
    let pool = "if(greater(length(parameters('aiServicesConfig')), 1), parameters('inferenceBackendPoolName')";
    for (id, from, to) in [
        (
            "backend_openai_missing",
            "format('{0}{1}', parameters('aiServicesConfig')[copyIndex()].endpoint, variables('endpointPath'))",
            "parameters('aiServicesConfig')[copyIndex()].endpoint",
        ),
        ("operation_edits_missing", "images/edits", "images/edit-it"),
        (
            "backend_unknown",
            pool,
            "if(greater(length(parameters('aiServicesConfig')), 1), 'no-such-pool'",
        ),
        (
            "key_header_foreign",
            "\"header\": \"api-key\"",
            "\"header\": \"Ocp-Apim-Subscription-Key\"",
        ),
        (
            "breaker_ignores_retry_after",
            "\"acceptRetryAfter\": true",
            "\"acceptRetryAfter\": false",
        ),
        (
            "deployment_capacity_one",
            "\"capacity\": 2",
            "\"capacity\": 1",
        ),
        (
            "identity_without_role",
            "'a97b65f3-24c7-4388-baec-2e87135dc908'",
            "'acdd72a7-3385-48ef-bd42-f606fba81ae7'",
        ),
        (
            "policy_malformed",
            "<set-backend-service backend-id=\\\"{backend-id}\\\" />",
            "<set-backend-service backend-id=\\\"{backend-id}\\\">",
        ),
        (
            "subscription_scope_misses_api",
            "\"scope\": \"/apis\"",
            "\"scope\": \"/products/unlimited\"",
        ),
        (
            "pool_member_lacks_deployment",
            "'{0}/{1}', parameters('cognitiveServiceName')",
            "'{0}/{1}', replace(parameters('cognitiveServiceName'), 'foundry1', 'foundry2')",
        ),
    ] {
        assert!(lab.contains(from), "{from}");
        desk.write("broken.json", &lab.replace(from, to));
        let found = judged("broken.json", 4);
        let found = found["findings"].as_array().unwrap();
        let ids: Vec<&str> = found
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
    desk.write(
        "broken.json",
        &lab.replace("images/edits", "images/edit-it"),
    );
    let sarif = [
        "audit",
        "--arm-template",
        "broken.json",
        "--format",
        "sarif",
    ];
    let sarif = desk.run(&sarif).expect(4).json();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "broken.json");
}

#[test]
fn a_template_of_a_part_says_what_it_leaves_open() {
    let desk = Desk::new();
    desk.write("part.json", &template("part.json"));
    desk.write(
        "given.json",
        r#"{"parameters": {"gatewayName": {"value": "apim"}, "withEdits": {"value": false}}}"#,
    );
    let audit = ["audit", "--arm-template", "part.json", "--format", "json"];
    let whole = desk.run(&audit).expect(0).json();
    assert_eq!(whole["findings"], serde_json::json!([]));
    let left = whole["not_judged"].to_string();
    assert!(left.contains("parameter gatewayName of the template could not be read: it has no value, and its name stands for one"), "{left}");
    let given = [&audit[..], &["--arm-parameters", "given.json"]].concat();
    let found = desk.run(&given).expect(4).json();
    assert_eq!(found["findings"][0]["id"], "operation_edits_missing");
    let map = desk
        .run(&["routes", "--arm-template", "part.json"])
        .expect(0);
    assert!(
        map.stdout.contains("gatewayName/pictures"),
        "{}",
        map.stdout
    );
    for (text, said) in [
        ("x", "it is no JSON"),
        ("{}", "it is no ARM template"),
        ("{\"resources\": []}", "deploys no account"),
    ] {
        desk.write("other.json", text);
        let refused = desk
            .run(&["audit", "--arm-template", "other.json"])
            .expect(2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

#[test]
fn files_of_callers_are_searched_for_names() {
    let desk = Desk::new();
    let base = "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments";
    desk.write(
        "old.txt",
        &format!("POST {base}/dall-e-3/images/generations\n"),
    );
    desk.write(
        "new.txt",
        &format!("POST {base}/FLUX-1.1-pro/images/generations\n"),
    );
    let audit = [
        "audit", "--world", "healthy", "--format", "json", "--caller",
    ];
    let old = desk
        .run(&[&audit[..], &["old.txt"]].concat())
        .expect(4)
        .json();
    assert_eq!(old["findings"][0]["id"], "name_not_deployed");
    assert_eq!(
        old["findings"][0]["victims"],
        serde_json::json!(["old.txt"])
    );
    let new = desk
        .run(&[&audit[..], &["new.txt"]].concat())
        .expect(0)
        .json();
    assert_eq!(new["findings"], serde_json::json!([]));
}
