//! What a run tells monitoring: OpenMetrics and OTLP, read by parsers of other people, and `traceparent` on the wire.

use crate::program::{Desk, case, list, text};
use crate::strangers::virtual_environment;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

const PRO: &str = "FLUX-1.1-pro";

fn parsed(desk: &Desk) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers/formats.py");
    let output = Command::new(virtual_environment())
        .arg(script)
        .args([desk.path("run.prom"), desk.path("run.otlp.json")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The `traceparent` of every exchange of a report.
fn traceparents(report: &Value) -> Vec<String> {
    let cases = list(&report["cases"]).iter();
    let steps = cases.flat_map(|case| list(&case["steps"]));
    let headers = steps.flat_map(|step| {
        step["exchange"]["request"]["headers"]
            .as_array()
            .into_iter()
            .flatten()
    });
    headers
        .filter(|pair| {
            pair[0]
                .as_str()
                .unwrap()
                .eq_ignore_ascii_case("traceparent")
        })
        .map(|pair| text(&pair[1]).to_owned())
        .collect()
}

#[test]
fn metrics_and_traces_are_what_their_readers_expect() {
    let desk = Desk::new();
    let run = ["run", "--world", "phase-1.5", "B", "I", "K"];
    let outputs = ["-o", "run.json", "-o", "run.prom", "-o", "run.otlp.json"];
    desk.run(&[&run[..], &outputs].concat()).expect(4);
    let report = desk.json("run.json");
    let read = parsed(&desk);
    assert_eq!(read["samples"], read["samples_of_prometheus"]);
    assert_eq!(read["cases"]["fail"], 1.0);
    assert_eq!(
        read["cases"]["pass"],
        report["summary"]["pass"].as_f64().unwrap()
    );

    let sent = traceparents(&report);
    assert!(sent.len() >= 15, "{sent:?}");
    let spans = list(&read["spans"]);
    let exchanges: BTreeSet<String> = spans
        .iter()
        .filter(|span| span["kind"] == 3)
        .map(|span| format!("00-{}-{}-01", text(&span["trace"]), text(&span["id"])))
        .collect();
    let distinct: BTreeSet<String> = sent.iter().cloned().collect();
    assert_eq!(distinct.len(), sent.len(), "no two calls share a span");
    assert_eq!(
        exchanges, distinct,
        "the spans are those that went over the wire"
    );
    let cases: Vec<&Value> = spans.iter().filter(|span| span["kind"] == 1).collect();
    assert_eq!(cases.len(), list(&report["cases"]).len());
    for span in spans.iter().filter(|span| span["kind"] == 3) {
        let mut parents = cases.iter().filter(|case| case["id"] == span["parent"]);
        assert_eq!(parents.next().unwrap()["trace"], span["trace"]);
    }
    // The report alone gives the same again.
    desk.run(&["report", "run.json", "-o", "again.otlp.json"])
        .expect(0);
    assert_eq!(desk.read("again.otlp.json"), desk.read("run.otlp.json"));
    assert!(!desk.read("run.json").is_empty());
    let curl = desk
        .run(&["report", "run.json", "--format", "curl"])
        .expect(0)
        .stdout;
    assert!(
        !curl.contains("traceparent"),
        "a call sent again is another call"
    );
}

#[test]
fn tries_are_spans_of_their_own_and_a_scenarios_header_wins() {
    let desk = Desk::new();
    desk.write(
        "world.yaml",
        "extends: healthy\nhosts:\n  apim-pavavy6pu5hpa.azure-api.net:\n    answer: { status: 503, body: busy }\n    answer_times: 1\n",
    );
    let theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    desk.write(
        "mine.yaml",
        &format!(
            "id: mine\nname: m\ntitle: t\nsteps:\n  - name: ours\n    probe: {{ json: {{ n: 1 }} }}\n    expect: status == 400\n  - name: theirs\n    probe: {{ json: {{ n: 1 }} }}\n    how: {{ headers: {{ TraceParent: {theirs} }} }}\n    expect: status == 400\n  - name: none\n    probe: {{ json: {{ n: 1 }} }}\n    how: {{ headers: {{ traceparent: null }} }}\n    expect: status == 400\n"
        ),
    );
    let run = [
        "run",
        "--scenarios",
        "mine.yaml",
        "--deployment",
        PRO,
        "--world",
        "world.yaml",
    ];
    let more = [
        "--retries",
        "1",
        "-o",
        "run.json",
        "-o",
        "run.prom",
        "-o",
        "run.otlp.json",
    ];
    desk.run(&[&run[..], &more].concat()).expect(0);
    let report = desk.json("run.json");
    let mine = case(&report, "mine", PRO);
    assert_eq!(mine["verdict"], "flaky");
    let sent = traceparents(&report);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!(sent[1], theirs);
    let read = parsed(&desk);
    let spans = list(&read["spans"]);
    let named = |name: &str| {
        spans
            .iter()
            .filter(|span| span["name"] == name)
            .collect::<Vec<_>>()
    };
    let ours = named("ours");
    assert_eq!(ours.len(), 2, "one a try");
    assert_ne!(ours[0]["id"], ours[1]["id"]);
    assert_eq!(
        (&ours[0]["status"], &ours[1]["status"]),
        (&2.into(), &1.into())
    );
    assert!(
        named("theirs")
            .iter()
            .any(|span| span["id"] == "b7ad6b7169203331" && span["parent"] == "")
    );
    assert_eq!(
        named("none").len(),
        2,
        "the report has a place for it all the same"
    );
    let ids: BTreeSet<&str> = spans.iter().map(|span| text(&span["id"])).collect();
    assert_eq!(
        ids.len(),
        spans.len() - 1,
        "theirs stands once for each try"
    );
}

#[test]
fn a_collector_gets_the_traces_and_its_refusal_does_not_redden() {
    let desk = Desk::new();
    for (status, warns) in [("200 OK", false), ("403 Forbidden", true)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let collector = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = String::new();
            let mut buffer = [0; 1 << 16];
            loop {
                let count = stream.read(&mut buffer).unwrap();
                text.push_str(&String::from_utf8_lossy(&buffer[..count]));
                let length = text.lines().find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse::<usize>()
                        .ok()
                });
                let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
                if count == 0 || length.is_some() && body == length {
                    break;
                }
            }
            stream
                .write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}").as_bytes())
                .unwrap();
            text
        });
        let run = [
            "run",
            "A",
            "--deployment",
            PRO,
            "--world",
            "healthy",
            "-o",
            "a.otlp.json",
            "--otlp",
            &url,
        ];
        let ended = desk.run(&run).expect(0);
        assert_eq!(
            ended.stderr.contains("the traces were not handed over"),
            warns,
            "{}",
            ended.stderr
        );
        let got = collector.join().unwrap();
        assert!(got.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{got}");
        assert!(
            got.to_lowercase()
                .contains("\r\ncontent-type: application/json\r\n")
        );
        let body = got.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body, desk.read("a.otlp.json"));
    }
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{nobody}");
    let run = [
        "run",
        "A",
        "--deployment",
        PRO,
        "--world",
        "healthy",
        "--otlp",
        &url,
    ];
    let ended = desk.run(&run).expect(0);
    assert!(
        ended
            .stderr
            .contains("warning: the traces were not handed over: 127.0.0.1: "),
        "{}",
        ended.stderr
    );
}
