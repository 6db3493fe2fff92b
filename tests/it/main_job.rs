//! The main job: three accounts behind one gateway, two FLUX deployments, A to L, and the table.

use crate::program::{Desk, case, cents, list, text};
use serde_json::Value;

const PRO: &str = "FLUX-1.1-pro";
const KONTEXT: &str = "FLUX.1-Kontext-pro";
const LETTERS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];
const URL_OF_B: &str = "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview";
/// US cents a picture of either family costs.
const PRICE: i64 = 4;

#[test]
fn phase_1_5_is_green_but_for_the_edits_that_the_gateway_does_not_publish() {
    let desk = Desk::new().set("COLUMNS", "80");
    let outputs = ["-o", "run.json", "-o", "run.md", "-o", "-"];
    let ended = desk
        .run(&[&["run", "--world", "phase-1.5"], &outputs[..]].concat())
        .expect(4);
    let run = desk.json("run.json");

    assert_eq!(list(&run["cases"]).len(), 24);
    for deployment in [PRO, KONTEXT] {
        for letter in LETTERS {
            let case = case(&run, letter, deployment);
            let is_wrong = (letter, deployment) == ("I", KONTEXT);
            let wanted = if is_wrong { "fail" } else { "pass" };
            assert_eq!(
                case["verdict"], wanted,
                "{letter} {deployment}: {}",
                case["why"]
            );
        }
    }
    assert_the_edit_fails_at_the_gateway(&run);
    assert_eq!(
        case(&run, "B", PRO)["steps"][0]["exchange"]["request"]["url"],
        URL_OF_B
    );
    assert_the_cells_print_their_lines(&run);
    assert_the_contract_of_run(&run);
    assert_the_sums(&run, 23, 1);
    assert_that_it_fits(&ended.stdout, 80);
    assert_the_markdown(&desk.read("run.md"));
}

#[test]
fn healthy_is_green() {
    let desk = Desk::new();
    let run = desk
        .run(&["run", "--world", "healthy", "--format", "json"])
        .expect(0)
        .json();
    for case in list(&run["cases"]) {
        let verdict = text(&case["verdict"]);
        let why = text(&case["why"]);
        assert!(
            verdict == "pass" || (verdict == "skip" && !why.is_empty()),
            "{} {}: {verdict} {why}",
            case["scenario"],
            case["deployment"]
        );
    }
    assert_eq!(list(&run["cases"]).len(), 24);
    assert_eq!(run["diagnoses"], serde_json::json!([]));
    assert_eq!(run["is_interrupted"], false);
    // Editing through the gateway buys a picture to edit and the edited one.
    assert_eq!(case(&run, "I", KONTEXT)["images"], 2);
    assert_eq!(case(&run, "I", PRO)["images"], 0);
    assert_the_sums(&run, 24, 0);
}

#[test]
fn discovery_keeps_its_contract() {
    let desk = Desk::new();
    let found = desk
        .run(&["discover", "--world", "phase-1.5", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(found["schema_version"], 1);
    assert_eq!(list(&found["accounts"]).len(), 3);
    for account in list(&found["accounts"]) {
        text(&account["name"]);
        text(&account["location"]);
        for deployment in list(&account["deployments"]) {
            text(&deployment["name"]);
            for member in ["format", "name", "version"] {
                text(&deployment["model"][member]);
            }
            assert!(deployment["sku"]["name"].is_string(), "{deployment}");
            list(&deployment["rate_limits"]);
            assert!(deployment["family"].is_string() || deployment["family"].is_null());
        }
    }
    let first = list(&found["accounts"][0]["deployments"]);
    assert_eq!(first.len(), 10);
    let families: Vec<&Value> = first
        .iter()
        .filter(|one| !one["family"].is_null())
        .map(|one| &one["name"])
        .collect();
    assert_eq!(families, [PRO, KONTEXT]);

    let gateway = &found["gateways"][0];
    assert_eq!(gateway["name"], "apim-pavavy6pu5hpa");
    assert_eq!(gateway["url"], "https://apim-pavavy6pu5hpa.azure-api.net");
    list(&gateway["backends"]);
    let api = &gateway["apis"][0];
    assert_eq!(api["name"], "inference-api");
    assert_eq!(api["path"], "inference/openai");
    for operation in list(&api["operations"]) {
        for member in ["name", "method", "url_template"] {
            text(&operation[member]);
        }
    }
    let route = &found["routes"][0];
    assert_eq!(route["account"], "foundry1-pavavy6pu5hpa");
    assert_eq!(route["deployment"], PRO);
    assert_eq!(route["gateway"], "apim-pavavy6pu5hpa");
    assert_eq!(route["api"], "inference-api");
    assert_eq!(route["operation"], "ImageGenerations_Create");
    assert_eq!(route["url"], URL_OF_B);
    assert_eq!(list(&found["gaps"]).len(), 0);
}

#[test]
fn the_plan_keeps_its_contract_and_buys_nothing() {
    let desk = Desk::new();
    let plan = desk
        .run(&["plan", "--world", "phase-1.5", "--format", "json"])
        .expect(0)
        .json();
    let cases = list(&plan["cases"]);
    assert_eq!(cases.len(), 24);
    for case in cases {
        for member in ["scenario", "account", "deployment", "route"] {
            text(&case[member]);
        }
        let images = case["images"].as_i64().unwrap();
        assert_eq!(cents(&case["cost_usd"]), images * PRICE);
        assert!(!list(&case["requests"]).is_empty());
        for request in list(&case["requests"]) {
            text(&request["method"]);
            assert!(text(&request["url"]).starts_with("https://"));
        }
    }
    assert_eq!(case(&plan, "B", PRO)["requests"][0]["url"], URL_OF_B);
    let total: i64 = cases.iter().map(|case| cents(&case["cost_usd"])).sum();
    assert_eq!(cents(&plan["cost_usd"]), total);
    // Rows 001-23 of the protocol: two pictures, three, and one.
    assert_eq!(case(&plan, "C", PRO)["images"], 6);
    // Free before paid, a deployment at a time.
    for deployment in [PRO, KONTEXT] {
        let images: Vec<bool> = cases
            .iter()
            .filter(|case| case["deployment"] == deployment)
            .map(|case| case["images"].as_i64().unwrap() > 0)
            .collect();
        assert!(images.is_sorted(), "{deployment}: {images:?}");
    }
}

#[test]
fn what_does_not_apply_is_skipped_with_its_reason() {
    let desk = Desk::new();
    let plan = desk
        .run(&[
            "plan",
            "H",
            "--world",
            "phase-1.5",
            "--direct",
            "--format",
            "json",
        ])
        .expect(5)
        .json();
    assert_eq!(list(&plan["cases"]).len(), 0);
    let skipped = list(&plan["skipped"]);
    assert_eq!(skipped.len(), 2);
    for one in skipped {
        assert_eq!(one["scenario"], "H");
        text(&one["deployment"]);
        assert_eq!(one["why"], "no gateway publishes this deployment");
    }
}

#[test]
fn discovery_and_plan_are_tables_too() {
    let desk = Desk::new().set("COLUMNS", "80");
    for command in ["discover", "plan"] {
        let world = ["--world", "phase-1.5", "-o", "-", "-o", "out.md"];
        let ended = desk.run(&[&[command], &world[..]].concat()).expect(0);
        assert_that_it_fits(&ended.stdout, 80);
        let markdown = desk.read("out.md");
        assert!(markdown.starts_with("# "), "{markdown}");
        assert!(
            markdown.contains("| --") || markdown.contains("|--"),
            "{markdown}"
        );
        assert!(markdown.contains(URL_OF_B), "{command} tells the URL of B");
        assert!(ended.stdout.contains(PRO) && ended.stdout.contains(KONTEXT));
    }
}

#[track_caller]
fn assert_the_edit_fails_at_the_gateway(run: &Value) {
    let steps = list(&case(run, "I", KONTEXT)["steps"]);
    assert_eq!(steps[0]["name"], "edit route");
    assert_eq!(steps[0]["verdict"], "fail");
    assert_eq!(steps[0]["hop"], "gateway");
    assert_eq!(
        steps[0]["exchange"]["response"]["body"],
        r#"{ "statusCode": 404, "message": "Resource not found" }"#
    );
    // What cannot be edited is not bought.
    for step in &steps[1..] {
        assert_eq!(step["verdict"], "skip");
        assert!(!text(&step["why"]).is_empty());
        assert!(step["exchange"].is_null());
    }
    let diagnoses = list(&run["diagnoses"]);
    assert_eq!(diagnoses.len(), 1);
    assert_eq!(diagnoses[0]["cause"], "apim_operation_not_matched");
    assert_eq!(diagnoses[0]["hop"], "gateway");
    assert_eq!(list(&diagnoses[0]["victims"]).len(), 1);
    let command = text(&diagnoses[0]["remedy"]["command"]);
    assert!(
        command.starts_with("az apim api operation create "),
        "{command}"
    );
    assert!(command.contains("/images/edits"), "{command}");
}

/// The lines that the notebook's cells print, in their order.
#[track_caller]
fn assert_the_cells_print_their_lines(run: &Value) {
    let lines: Vec<&str> = list(&case(run, "C", PRO)["steps"])
        .iter()
        .filter_map(|step| step["output"].as_array())
        .flatten()
        .map(text)
        .collect();
    let [primary, variant, vision, attempt, timing] = lines.as_slice() else {
        panic!("five lines: {lines:?}");
    };
    assert_a_count(
        primary,
        "[image] Primary image generated from 'FLUX-1.1-pro' (",
        " base64 chars)",
    );
    assert_a_count(
        variant,
        "[image] FLUX image generated from 'FLUX.1-Kontext-pro' (",
        " base64 chars)",
    );
    assert!(vision.starts_with("[vision] Summary: "), "{vision}");
    assert_eq!(
        *attempt,
        "[test] Attempting generation with model=FLUX-1.1-pro"
    );
    assert!(
        timing.starts_with("[test] ") && timing.ends_with(" s"),
        "{timing}"
    );
    assert_eq!(case(run, "C", PRO)["images"], 6);
}

#[track_caller]
fn assert_a_count(line: &str, before: &str, after: &str) {
    let count = line
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after));
    let count = count.and_then(|count| count.parse::<u64>().ok());
    assert!(count.is_some_and(|count| count > 1000), "{line}");
}

#[track_caller]
fn assert_the_contract_of_run(run: &Value) {
    assert_eq!(run["schema_version"], 1);
    for case in list(&run["cases"]) {
        for member in [
            "scenario",
            "account",
            "deployment",
            "route",
            "verdict",
            "why",
        ] {
            text(&case[member]);
        }
        for step in list(&case["steps"]) {
            text(&step["name"]);
            text(&step["verdict"]);
            for check in list(&step["checks"]) {
                text(&check["that"]);
                assert!(check["passed"].is_boolean());
            }
            if step["verdict"] == "skip" {
                continue;
            }
            let exchange = &step["exchange"];
            assert_eq!(exchange["request"]["method"], "POST");
            text(&exchange["request"]["url"]);
            assert!(exchange["response"]["status"].is_u64());
            text(&exchange["response"]["body"]);
            assert!(exchange["timings_ms"]["total"].is_number());
        }
    }
}

#[track_caller]
fn assert_the_sums(run: &Value, passed: usize, failed: usize) {
    let summary = &run["summary"];
    assert_eq!(summary["pass"], passed);
    assert_eq!(summary["fail"], failed);
    for none in ["error", "skip", "flaky"] {
        assert_eq!(summary[none], 0, "{none}");
    }
    let pictures: i64 = list(&run["cases"])
        .iter()
        .map(|case| case["images"].as_i64().unwrap())
        .sum();
    assert_eq!(summary["images"].as_i64(), Some(pictures));
    assert_eq!(cents(&summary["spent_usd"]), pictures * PRICE);
    assert_eq!(cents(&summary["possibly_spent_usd"]), 0);
    assert!(pictures >= 40);
}

/// Tables fit the width that was told, and no row of one is broken: every line of a box ends as it began.
#[track_caller]
fn assert_that_it_fits(page: &str, width: usize) {
    let mut rows = 0;
    for line in page.lines() {
        let Some(first) = line.chars().next().filter(|first| "┌├└│".contains(*first))
        else {
            continue;
        };
        rows += 1;
        let last = line.chars().last().unwrap();
        let end = match first {
            '┌' => '┐',
            '├' => '┤',
            '└' => '┘',
            other => other,
        };
        assert_eq!(last, end, "a broken row: {line}");
        assert!(line.chars().count() <= width, "wider than {width}: {line}");
    }
    assert!(rows > 5, "no table: {page}");
}

#[track_caller]
fn assert_the_markdown(page: &str) {
    assert!(page.starts_with("# "), "{page}");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
    for letter in LETTERS {
        assert!(
            rows.iter()
                .any(|row| row.trim_matches(['|', ' ', '*']).starts_with(letter)),
            "no row of {letter}: {page}"
        );
    }
    assert!(page.contains("apim_operation_not_matched"));
    assert!(page.contains("images/edits"));
}
