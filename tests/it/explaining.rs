//! `explain` on the built program: its inputs, the pages about causes, a user's own causes, saved runs.

use crate::program::{Desk, world};
use serde_json::Value;

const OWN: &str = "\
family: House rules
causes:
  - slug: house_quota
    title: the house quota is used up
    hops: [gateway]
    rules:
      - { weight: 99, any: [\"house quota\"] }
    remedy: Ask the platform team.
    probe: call again tomorrow
    page: { means: m, known_by: k, looks_like: l, change: c }
";

const GATEWAY_404: &str = r#"{ "statusCode": 404, "message": "Resource not found" }"#;

fn answers(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_form_of_input_is_explained() {
    let desk = Desk::new();
    let lines = format!(
        "{}\n\n{}\n",
        serde_json::json!({"id": "a", "response": {"status": 407}}),
        serde_json::json!({"id": "b", "response": {"status": 404, "body": GATEWAY_404}})
    );
    desk.write("lines.jsonl", &lines);
    let har = serde_json::json!({"log": {"entries": [{
        "request": {"method": "POST", "url": "https://x.azure-api.net/inference/openai/deployments/d/images/edits"},
        "response": {"status": 404, "headers": [], "content": {"text": GATEWAY_404}}}]}});
    desk.write("file.har", &har.to_string());
    desk.write(
        "i.txt",
        &format!("HTTP/1.1 404 Not Found\r\n\r\n{GATEWAY_404}"),
    );
    let verbose = format!(
        "> POST /inference/openai/deployments/d/images/edits?api-version=1 HTTP/1.1\n> Host: x.azure-api.net\n>\n< HTTP/1.1 404 Not Found\n< Date: now\n<\n{GATEWAY_404}\n* Connection #0 left intact\n"
    );
    desk.write("v.txt", &verbose);
    let ended = desk
        .run(&[
            "explain",
            "--format",
            "jsonl",
            "lines.jsonl",
            "file.har",
            "i.txt",
            "v.txt",
        ])
        .expect(0);
    let causes: Vec<Value> = answers(&ended.stdout)
        .iter()
        .map(|answer| answer["cause"].clone())
        .collect();
    let missed = "apim_operation_not_matched";
    assert_eq!(
        causes,
        ["proxy_auth_required", missed, missed, missed, missed]
    );
}

#[test]
fn a_broken_line_is_named_after_the_answers_before_it() {
    let desk = Desk::new();
    desk.write("lines.jsonl", "{\"response\":{\"status\":407}}\n{\n");
    let ended = desk
        .run(&["explain", "--format", "jsonl", "lines.jsonl"])
        .expect(2);
    assert_eq!(answers(&ended.stdout).len(), 1);
    assert!(
        ended.stderr.contains("lines.jsonl: line 2: "),
        "{}",
        ended.stderr
    );
}

#[test]
fn causes_have_pages_and_names_are_guessed() {
    let desk = Desk::new();
    let page = desk
        .run(&["explain", "--cause", "apim_key_missing"])
        .expect(0);
    for part in [
        "What it means.",
        "How it is known.",
        "What looks like it.",
        "What to change.",
    ] {
        assert!(page.stdout.contains(part), "{}", page.stdout);
    }
    let all = desk.run(&["explain", "--cause"]).expect(0);
    assert!(all.stdout.contains("tls_cert_expired"));
    let wrong = desk
        .run(&["explain", "--cause", "tls_cert_expird"])
        .expect(1);
    assert!(wrong.stderr.contains("did you mean `tls_cert_expired`?"));
}

#[test]
fn own_causes_join_by_flag_and_by_configuration() {
    let desk = Desk::new();
    desk.write("own.yaml", OWN);
    desk.write(
        "a.jsonl",
        "{\"response\":{\"status\":403,\"body\":\"House quota is gone\"}}\n",
    );
    let plain = desk
        .run(&["explain", "--format", "jsonl", "a.jsonl"])
        .expect(0);
    assert_eq!(answers(&plain.stdout)[0]["cause"], Value::Null);
    let flagged = desk
        .run(&[
            "explain", "--causes", "own.yaml", "--format", "jsonl", "a.jsonl",
        ])
        .expect(0);
    assert_eq!(answers(&flagged.stdout)[0]["cause"], "house_quota");
    desk.write("fluxprobe.yaml", "causes: [own.yaml]\n");
    let configured = desk
        .run(&["explain", "--format", "jsonl", "a.jsonl"])
        .expect(0);
    assert_eq!(answers(&configured.stdout)[0]["cause"], "house_quota");
    let page = desk.run(&["explain", "--cause", "house_quota"]).expect(0);
    assert!(page.stdout.contains("The house quota is used up."));
}

#[test]
fn a_wrong_file_of_causes_shows_where_it_is_wrong() {
    let desk = Desk::new();
    desk.write("own.yaml", &OWN.replace("weight", "wieght"));
    let ended = desk.run(&["explain", "--causes", "own.yaml"]).expect(2);
    let said = &ended.stderr;
    assert!(said.contains("own.yaml:7:11: "), "{said}");
    assert!(said.contains("- { wieght: 99"), "{said}");
    assert!(said.contains("did you mean `weight`?"), "{said}");
    desk.write(
        "own.yaml",
        &OWN.replace("any: [\"house quota\"]", "when: \"status ===\""),
    );
    let ended = desk.run(&["explain", "--causes", "own.yaml"]).expect(2);
    assert!(
        ended
            .stderr
            .contains("house_quota: `status ===` does not parse"),
        "{}",
        ended.stderr
    );
    let ended = desk
        .run(&["run", "A", "--world", "healthy", "--causes", "own.yaml"])
        .expect(2);
    assert!(ended.stderr.contains("house_quota"), "{}", ended.stderr);
}

#[test]
fn a_saved_run_is_shown_again_and_its_failures_line_by_line() {
    let desk = Desk::new();
    let world = world("key-suspended");
    let ran = desk.run(&["run", "B", "--world", &world, "-o", "run.json", "-o", "-"]);
    let again = desk.run(&["explain", "run.json"]).expect(0);
    assert_eq!(again.stdout, ran.stdout);
    let lines = desk
        .run(&["explain", "run.json", "--format", "jsonl"])
        .expect(0);
    let saved = desk.json("run.json");
    let named: Vec<&Value> = saved["diagnoses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["cause"])
        .collect();
    let answers = answers(&lines.stdout);
    assert!(!answers.is_empty());
    assert!(
        answers
            .iter()
            .all(|answer| named.contains(&&answer["cause"]))
    );
}

#[test]
fn a_refused_token_is_explained_and_shown_nowhere() {
    // {"alg":"RS256"} . {"aud":"https://management.azure.com","tid":"t-1","exp":1700000000,"roles":["Reader"]}
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQuYXp1cmUuY29tIiwidGlkIjoidC0xIiwiZXhwIjoxNzAwMDAwMDAwLCJyb2xlcyI6WyJSZWFkZXIiXX0.Q0FOQVJZLXNpZ25hdHVyZQ";
    let line = serde_json::json!({"id": "t",
        "request": {"method": "POST", "url": "https://a.openai.azure.com/openai/deployments/d/images/generations?api-version=2025-04-01-preview",
            "headers": {"Authorization": format!("Bearer {token}")}},
        "response": {"status": 401, "headers": {"Date": "Tue, 14 Nov 2023 22:14:20 GMT"},
            "body": "{ \"statusCode\": 401, \"message\": \"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.\" }"}});
    let desk = Desk::new();
    desk.write("t.jsonl", &format!("{line}\n"));
    for format in ["text", "json", "jsonl", "md"] {
        let ended = desk
            .run(&["explain", "--format", format, "-v", "t.jsonl"])
            .expect(0);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        let words = all.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in ["eyJ", "Q0FOQVJZ", "CANARY"] {
            assert!(!all.contains(secret), "{format}: {all}");
        }
        assert!(all.contains("entra_token_rejected"), "{all}");
        assert!(words.contains("management.azure.com"), "{words}");
        assert!(
            words.contains("2023-11-14T22:13:20Z") || words.contains("2023\\-11\\-14"),
            "{words}"
        );
    }
}
