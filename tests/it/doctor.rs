//! `doctor`: each fault of a world breaks the rung that it should, and each mistaken URL is put right and proved.

use crate::program::{Desk, Ended, list, text, world};
use serde_json::Value;

const GATEWAY: &str = "apim-pavavy6pu5hpa.azure-api.net";
const ACCOUNT: &str = "foundry1-pavavy6pu5hpa.cognitiveservices.azure.com";
const RIGHT: &str = "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview";
const RUNGS: [&str; 8] = [
    "dns",
    "tcp",
    "tls",
    "http",
    "route",
    "key",
    "api-version",
    "model",
];

fn doctor(world: &str, asked: &str) -> (Ended, Value) {
    let desk = Desk::new();
    let ended = desk.run(&["doctor", asked, "--world", world, "--format", "json"]);
    let json = ended.json();
    (ended, json)
}

fn broken_by(lines: &str, asked: &str) -> Value {
    let desk = Desk::new();
    desk.write("world.yaml", &format!("extends: healthy\n{lines}\n"));
    desk.run(&["doctor", asked, "--world", "world.yaml", "--format", "json"])
        .expect(4)
        .json()
}

/// Every rung before `name` holds, it is broken, and none behind it was reached.
#[track_caller]
fn assert_broken_at(checkup: &Value, name: &str) {
    let rungs = list(&checkup["rungs"]);
    let names: Vec<&str> = rungs.iter().map(|rung| text(&rung["name"])).collect();
    assert_eq!(names, RUNGS);
    let at = names.iter().position(|one| *one == name).unwrap();
    for (number, rung) in rungs.iter().enumerate() {
        let state = text(&rung["state"]);
        match number.cmp(&at) {
            std::cmp::Ordering::Less => {
                assert!(matches!(state, "good" | "unjudged"), "{name}: {rung}");
            }
            std::cmp::Ordering::Equal => assert_eq!(state, "broken", "{rungs:#?}"),
            std::cmp::Ordering::Greater => assert_eq!(state, "not_reached", "{name}: {rung}"),
        }
    }
}

#[track_caller]
fn assert_nothing_was_bought(checkup: &Value) {
    for probe in list(&checkup["probes"]) {
        let status = probe["exchange"]["response"]["status"].as_u64();
        assert_ne!(status, Some(200), "{probe}");
    }
}

#[test]
fn every_rung_of_the_healthy_world_holds() {
    for asked in [
        RIGHT,
        "FLUX-1.1-pro",
        "foundry1-pavavy6pu5hpa/FLUX.1-Kontext-pro",
    ] {
        let (ended, checkup) = doctor("healthy", asked);
        ended.expect(0);
        assert_eq!(checkup["schema_version"], 1);
        for rung in list(&checkup["rungs"]) {
            assert_eq!(rung["state"], "good", "{rung}");
            assert!(rung["ms"].is_number(), "{rung}");
        }
        for member in ["flaws", "corrections", "notes"] {
            assert_eq!(checkup[member], serde_json::json!([]), "{member}");
        }
        assert!(checkup["diagnosis"].is_null());
        assert_nothing_was_bought(&checkup);
    }
}

#[test]
fn probes_tell_which_header_the_key_is_read_from() {
    let (_, checkup) = doctor("healthy", RIGHT);
    let said: Vec<(&str, u64, &str)> = list(&checkup["probes"])
        .iter()
        .map(|probe| {
            let status = probe["exchange"]["response"]["status"].as_u64();
            (text(&probe["name"]), status.unwrap(), text(&probe["hop"]))
        })
        .collect();
    assert_eq!(
        said,
        [
            ("no key", 401, "gateway"),
            ("garbage in api-key", 401, "gateway"),
            ("garbage in Ocp-Apim-Subscription-Key", 401, "gateway"),
            ("garbage as Bearer", 401, "gateway"),
            ("right key in api-key", 400, "backend"),
            ("without /openai", 404, "gateway"),
            ("direct to the account", 400, "backend"),
        ]
    );
    // The one header that is read gets another refusal than the others.
    let says = |at: usize| text(&checkup["probes"][at]["says"]);
    assert_ne!(says(1), says(0));
    assert_eq!(says(2), says(0));
    assert_eq!(says(3), says(0));
}

#[test]
fn each_fault_of_a_host_breaks_its_rung() {
    for (fault, rung, cause) in [
        ("dns_missing: true", "dns", "dns_name_not_found"),
        ("dns_fails: true", "dns", "dns_temporary_failure"),
        ("port_closed: true", "tcp", "tcp_connection_refused"),
        ("reset: true", "tls", "tcp_connection_reset"),
        ("not_tls: true", "tls", "tls_handshake_failed"),
        ("certificate_expired: true", "tls", "tls_cert_expired"),
        (
            "certificate_names: [other.example]",
            "tls",
            "tls_hostname_mismatch",
        ),
        ("certificate_untrusted: true", "tls", "tls_untrusted_issuer"),
    ] {
        let checkup = broken_by(&format!("hosts:\n  {GATEWAY}: {{{fault}}}"), RIGHT);
        assert_broken_at(&checkup, rung);
        assert_eq!(checkup["diagnosis"]["cause"], cause, "{fault}");
        assert_eq!(checkup["probes"], serde_json::json!([]), "{fault}");
    }
}

#[test]
fn a_foreign_page_and_a_cut_answer_break_http() {
    for (lines, said) in [
        (
            "answer: {status: 200, headers: [[content-type, text/html]], body: '<html>sign in</html>'}",
            "",
        ),
        ("cut_after: 20", "broke off"),
    ] {
        let checkup = broken_by(&format!("hosts:\n  {GATEWAY}: {{{lines}}}"), RIGHT);
        assert_broken_at(&checkup, "http");
        let finding = text(&checkup["rungs"][3]["finding"]);
        assert!(finding.contains(said), "{finding}");
    }
    let (ended, checkup) = doctor(&world("edge-html"), RIGHT);
    ended.expect(4);
    assert_broken_at(&checkup, "http");
}

#[test]
fn certificates_are_shown_with_who_signed_them() {
    let fault = format!("hosts:\n  {GATEWAY}: {{certificate_untrusted: true}}");
    let checkup = broken_by(&fault, RIGHT);
    let shown = &checkup["connection"]["certificates"][0];
    assert_eq!(shown["names"], serde_json::json!([GATEWAY]));
    assert_eq!(shown["issuer"], "Example Corp Web Inspection CA");
    let evidence = checkup["rungs"][2]["evidence"].to_string();
    assert!(evidence.contains("opens the connection"), "{evidence}");
    // A wrong name alone is no interception.
    let fault = format!("hosts:\n  {GATEWAY}: {{certificate_names: [other.example]}}");
    let evidence = broken_by(&fault, RIGHT)["rungs"][2]["evidence"].to_string();
    assert!(!evidence.contains("opens the connection"), "{evidence}");
}

#[test]
fn key_operation_and_deployment_break_their_rungs() {
    let apim = "gateways:\n  apim-pavavy6pu5hpa:\n";
    let suspended = format!("{apim}    subscriptions:\n      subscription1: {{state: suspended}}");
    let checkup = broken_by(&suspended, RIGHT);
    assert_broken_at(&checkup, "key");
    assert_eq!(checkup["diagnosis"]["cause"], "apim_key_invalid");

    let paused = "accounts:\n  foundry1-pavavy6pu5hpa:\n    deployments:\n      FLUX-1.1-pro: {state: Paused}";
    let checkup = broken_by(paused, RIGHT);
    assert_broken_at(&checkup, "model");
    assert_eq!(checkup["diagnosis"]["cause"], "aoai_deployment_not_ready");

    let (ended, checkup) = doctor(&world("images-operation-removed"), RIGHT);
    ended.expect(4);
    assert_broken_at(&checkup, "route");

    let (ended, checkup) = doctor(&world("backend-key-refused"), RIGHT);
    ended.expect(4);
    assert_broken_at(&checkup, "model");
    assert_eq!(checkup["diagnosis"]["hop"], "backend");
}

#[test]
fn each_mistaken_url_is_put_right_and_proved() {
    let account = format!(
        "https://{ACCOUNT}/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview"
    );
    let bare = RIGHT.trim_start_matches("https://");
    for (given, rung, right) in [
        (RIGHT.replace("/openai/", "/openai/openai/"), "route", RIGHT),
        (RIGHT.replace("/openai/", "/"), "route", RIGHT),
        (
            RIGHT.replace("/deployments/FLUX-1.1-pro", ""),
            "route",
            RIGHT,
        ),
        (
            RIGHT.replace("?api-version=2024-08-01-preview", ""),
            "api-version",
            RIGHT,
        ),
        (
            RIGHT.replace("2024-08-01-preview", "2024-08-01-preveiw"),
            "api-version",
            RIGHT,
        ),
        (RIGHT.replace("?", "/more?"), "route", RIGHT),
        (RIGHT.replace(".net/", ".net"), "dns", RIGHT),
        (RIGHT.replace(".azure", ".developer.azure"), "dns", RIGHT),
        (RIGHT.replace("FLUX-1.1-pro", "dall-e-3"), "model", RIGHT),
        (
            RIGHT.replace("FLUX-1.1-pro", "flux-1-1-pro"),
            "model",
            RIGHT,
        ),
        (account.replace("/openai/", "/"), "route", &account),
        (
            account.replace("/openai/", "/inference/openai/"),
            "route",
            &account,
        ),
        (
            account.replace("2025-04-01-preview", "2022-12-01"),
            "api-version",
            &account,
        ),
        (bare.to_owned(), "", RIGHT),
        (format!("\"{RIGHT}\""), "", RIGHT),
        (
            "https://ai.azure.com/resource/deployments/FLUX-1.1-pro".to_owned(),
            "",
            RIGHT,
        ),
    ] {
        let (ended, checkup) = doctor("healthy", &given);
        ended.expect(4);
        match rung {
            "" => assert!(checkup["diagnosis"].is_null(), "{given}"),
            rung => assert_broken_at(&checkup, rung),
        }
        let proved = list(&checkup["corrections"]).last().expect(&given);
        assert_eq!(proved["url"], right, "{given}");
        assert_eq!(proved["is_proved"], true, "{given}");
        assert_eq!(
            proved["proof"], "proved: answers 400 from the model",
            "{given}"
        );
        assert_nothing_was_bought(&checkup);
    }
}

#[test]
fn a_correction_that_leads_nowhere_is_not_called_proved() {
    let (ended, checkup) = doctor(
        &world("images-operation-removed"),
        &RIGHT.replace("/openai/", "/openai/openai/"),
    );
    ended.expect(4);
    let corrections = list(&checkup["corrections"]);
    assert_eq!(corrections[0]["url"], RIGHT);
    assert_eq!(corrections[0]["is_proved"], false);
    let proof = text(&corrections[0]["proof"]);
    assert!(proof.starts_with("not proved: answers 404"), "{proof}");
}

#[test]
fn without_rights_it_says_which_rungs_cannot_be_judged() {
    let (ended, checkup) = doctor(&world("reader-only"), RIGHT);
    ended.expect(3);
    let states: Vec<&str> = list(&checkup["rungs"])
        .iter()
        .map(|rung| text(&rung["state"]))
        .collect();
    assert_eq!(states[..5], ["good"; 5]);
    assert_eq!(states[5..], ["unjudged"; 3]);
    let notes = checkup["notes"].to_string();
    assert!(
        notes.contains("API Management Service Contributor"),
        "{notes}"
    );
    // Nobody may even sign in: the ladder is climbed all the same.
    let (ended, checkup) = doctor(&world("secret-expired"), RIGHT);
    ended.expect(3);
    assert_eq!(checkup["rungs"][4]["state"], "good");
    assert_eq!(checkup["rungs"][5]["state"], "unjudged");
}

#[test]
fn what_names_nothing_is_a_matter_of_usage() {
    let desk = Desk::new();
    let ended = desk.run(&["doctor", "no-such-flux", "--world", "healthy"]);
    let ended = ended.expect(1);
    assert!(
        ended.stderr.contains("foundry1-pavavy6pu5hpa/FLUX-1.1-pro"),
        "{}",
        ended.stderr
    );
}

#[test]
fn no_key_is_in_any_output_and_every_format_is_written() {
    let desk = Desk::new().set("COLUMNS", "80");
    let canary = "CANARY0KEY0IN0THE0QUERY";
    let url = format!("{RIGHT}&subscription-key={canary}");
    let outputs = ["-o", "a.json", "-o", "a.md", "-o", "a.txt", "-v"];
    let arguments = [
        &["doctor", &url, "--world", "healthy", "-o", "-"],
        &outputs[..],
    ]
    .concat();
    let ended = desk.run(&arguments);
    for (name, text) in desk.files() {
        assert!(!text.contains(canary), "{name}");
    }
    assert!(!ended.stdout.contains(canary) && !ended.stderr.contains(canary));
    assert!(desk.read("a.md").starts_with("# Checkup\n"));
    assert!(desk.read("a.md").contains("| DNS"));
    for line in ended.stdout.lines() {
        let is_copied = line.contains("https://") || line.contains("az ");
        assert!(is_copied || line.chars().count() <= 80, "{line}");
    }
}
