//! `--trace`: the gateway's own trace, fetched with the right role, reduced to lines, and telling no key.

use crate::program::{Desk, case, list, text, world};
use serde_json::Value;

const RIGHT: &str = "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview";
/// A policy that throws, by the id `boom`.
const THROWS: &str = r#"extends: healthy
gateways:
  apim-pavavy6pu5hpa:
    apis:
      inference-api:
        policy: |
          <policies><inbound><base /><set-variable id="boom" name="v" value="@(context.Product.Id)" /><set-backend-service backend-id="inference-backend-pool" /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>
"#;
/// A policy that shows every secret of the call to the trace.
const TELLS_ALL: &str = r#"extends: healthy
gateways:
  apim-pavavy6pu5hpa:
    apis:
      inference-api:
        policy: |
          <policies><inbound><base /><set-backend-service backend-id="inference-backend-pool" /><trace source="leak" severity="information"><message>@("key " + context.Request.Headers.GetValueOrDefault("api-key", "-") + " token " + context.Request.Headers.GetValueOrDefault("Apim-Debug-Authorization", "-"))</message></trace></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>
"#;
const UNREACHABLE: &str = r#"extends: healthy
hosts:
  foundry1-pavavy6pu5hpa.cognitiveservices.azure.com: { dns_missing: true }
"#;

fn traced(world: &str, asked: &str) -> Value {
    let desk = Desk::new();
    desk.write("world.yaml", world);
    let arguments = [
        "doctor",
        asked,
        "--trace",
        "--world",
        "world.yaml",
        "--format",
        "json",
    ];
    desk.run(&arguments).json()
}

fn lines(trace: &Value) -> Vec<&str> {
    list(&trace["lines"]).iter().map(text).collect()
}

#[test]
fn a_call_that_passes_leaves_the_way_it_took() {
    let checkup = traced("extends: healthy\n", RIGHT);
    let trace = &checkup["trace"];
    assert_eq!(trace["is_forwarded"], true);
    assert!(trace["stopped_by"].is_null());
    let lines = lines(trace);
    assert!(
        lines.contains(
            &"inbound: set-backend-service: Backend service was set to 'inference-backend-pool'."
        ),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"backend: forward-request: the backend answered 400"),
        "{lines:?}"
    );
    assert_eq!(checkup["probes"][4]["exchange"]["trace"], *trace);
}

#[test]
fn the_trace_decides_between_causes_that_look_alike() {
    for (world, cause, said, alone) in [
        (
            THROWS,
            "apim_policy_expression_error",
            "set-variable failed with ExpressionValueEvaluationFailure",
            Value::from("apim_policy_expression_error"),
        ),
        (
            UNREACHABLE,
            "apim_backend_unreachable",
            "forward-request failed with BackendConnectionFailure",
            Value::from("apim_backend_unreachable"),
        ),
    ] {
        let checkup = traced(world, RIGHT);
        let stopped = text(&checkup["trace"]["stopped_by"]);
        assert!(stopped.starts_with(said), "{stopped}");
        let diagnosis = &checkup["diagnosis"];
        assert_eq!(diagnosis["cause"], cause);
        assert_eq!(diagnosis["confidence"], "high");
        assert_eq!(diagnosis["hop"], "gateway");
        let first = text(&diagnosis["evidence"][0]);
        assert!(first.starts_with("the gateway's trace: "), "{first}");

        // Without the trace the answer alone cannot tell the two apart. The policies can, beside the call straight to the
        // account, which is taken; but what they tell is less certain than a trace.
        let desk = Desk::new();
        desk.write("world.yaml", world);
        let arguments = ["doctor", RIGHT, "--world", "world.yaml", "--format", "json"];
        let untraced = desk.run(&arguments).json();
        assert!(untraced.get("trace").is_none());
        assert_eq!(untraced["diagnosis"]["cause"], alone);
        if cause == "apim_policy_expression_error" {
            assert_ne!(untraced["diagnosis"]["confidence"], "high");
        }
    }
}

#[test]
fn a_run_carries_traces_and_is_diagnosed_by_them() {
    let desk = Desk::new();
    desk.write("world.yaml", THROWS);
    let arguments = [
        "run",
        "B",
        "--trace",
        "--world",
        "world.yaml",
        "--deployment",
        "FLUX-1.1-pro",
        "--format",
        "json",
    ];
    let run = desk.run(&arguments).expect(4).json();
    let step = &case(&run, "B", "FLUX-1.1-pro")["steps"][0];
    let stopped = text(&step["exchange"]["trace"]["stopped_by"]);
    assert!(stopped.contains("with id boom"), "{stopped}");
    assert_eq!(run["diagnoses"][0]["cause"], "apim_policy_expression_error");
    assert_eq!(run["diagnoses"][0]["confidence"], "high");
}

#[test]
fn where_there_is_no_trace_it_says_why() {
    let direct = "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview";
    let checkup = traced("extends: healthy\n", direct);
    let why = text(&checkup["trace"]["absent"]);
    assert!(why.contains("passes no gateway"), "{why}");

    // Who may read keys but no debug credentials gets the answer without a trace, and the role that would give one.
    let desk = Desk::new();
    let ended = desk.run(&[
        "doctor",
        RIGHT,
        "--trace",
        "--world",
        &world("reader-only"),
        "--format",
        "json",
    ]);
    let checkup = ended.json();
    assert!(
        checkup["trace"]["absent"].is_string(),
        "{}",
        checkup["trace"]
    );
}

#[test]
fn neither_key_nor_debug_token_is_in_any_output() {
    let desk = Desk::new();
    desk.write("world.yaml", TELLS_ALL);
    let outputs = ["-o", "d.json", "-o", "d.md", "-o", "d.txt", "-v"];
    let doctor = ["doctor", RIGHT, "--trace", "--world", "world.yaml"];
    desk.run(&[&doctor[..], &outputs].concat()).expect(0);
    let outputs = [
        "-o",
        "r.json",
        "-o",
        "r.md",
        "-o",
        "r.txt",
        "--journal",
        "j.jsonl",
        "-v",
    ];
    let run = [
        "run",
        "K",
        "--trace",
        "--world",
        "world.yaml",
        "--deployment",
        "FLUX-1.1-pro",
    ];
    desk.run(&[&run[..], &outputs].concat()).expect(0);
    let mut leaks = 0;
    for (name, text) in desk.files() {
        if name.ends_with("world.yaml") {
            continue;
        }
        // A debug token begins so; the sim's keys are 32 hexadecimal digits or more.
        assert!(!text.contains("aid=inference-api"), "{name}");
        assert!(!text.contains("&p=tracing"), "{name}");
        assert!(!text.contains("Apim-Debug-Authorization\""), "{name}");
        for (at, _) in text.match_indices("key ") {
            let word = text[at + 4..]
                .split([' ', '"', '\n'])
                .next()
                .unwrap_or_default();
            leaks += usize::from(word == "(masked)");
            let is_secret = word.len() >= 32 && word.chars().all(|c| c.is_ascii_alphanumeric());
            assert!(!is_secret, "{name}: {word}");
        }
    }
    assert!(leaks > 0, "the policy's message was to be seen, masked");
}
