//! Secrets leave no trace: a value is planted wherever one can stand, and searched for in all that is printed or written.

use crate::program::{Desk, Ended, text};
use crate::strangers::Served;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const CLIENT: &str = "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634";
/// What every planted value begins with; it holds what encoders change.
const MARK: &str = "c4nary+~/Q";
/// Every way to write the same thing down.
const OUTPUTS: [&str; 9] = [
    "-vv", "-o", "out.json", "-o", "out.md", "-o", "out.txt", "-o", "-",
];

/// Whatever else a run can leave behind.
const OF_A_RUN: [&str; 24] = [
    "-o",
    "out.html",
    "-o",
    "out.jsonl",
    "-o",
    "out.xml",
    "-o",
    "out.ctrf.json",
    "-o",
    "out.tap",
    "-o",
    "out.sarif",
    "-o",
    "out.har",
    "-o",
    "out.hurl",
    "-o",
    "out.sh",
    "-o",
    "out.prom",
    "-o",
    "out.otlp.json",
    "--history",
    "out.db",
];

fn canary(name: &str) -> String {
    format!("{MARK}{name}0123456789abcdef")
}

/// A world whose every secret is a canary.
fn canary_world() -> String {
    let [secret, one, two, first, second] =
        ["secret", "subscription", "spare", "first", "second"].map(canary);
    format!(
        "extends: healthy\n\
         clients:\n  {CLIENT}:\n    secret: {secret}\n\
         accounts:\n  foundry1-pavavy6pu5hpa:\n    keys: [{first}, {second}]\n\
         gateways:\n  apim-pavavy6pu5hpa:\n    subscriptions:\n      subscription1: {{ primary_key: {one}, secondary_key: {two} }}\n"
    )
}

/// The mark as it is, percent-encoded in either case, and inside base64 wherever it may begin there.
fn forms() -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(MARK.as_bytes()).collect();
    let mut forms = vec![
        MARK.to_owned(),
        encoded.to_lowercase(),
        encoded,
        MARK.replace('+', "%2B").replace('/', "%2F"),
        MARK.replace('+', "%2b").replace('/', "%2f"),
        MARK.replace('/', "\\/"),
    ];
    for before in ["", "x", "xx"] {
        let bytes = format!("{before}{MARK}");
        // Characters that bits of a neighbour go into are left out.
        let from = (before.len() * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for text in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.push(text[from..to].to_owned());
        }
    }
    forms
}

/// What of a text holds a secret, if anything does: a planted one, or a token that a service gave out.
fn leak(text: &str) -> Option<String> {
    let planted = forms().into_iter().find_map(|form| text.find(&form));
    let at = planted
        .or_else(|| text.find("eyJ0eXAi"))
        .or_else(|| text.find("eyJhbGci"))?;
    let around = text.get(at.saturating_sub(120)..(at + 80).min(text.len()));
    Some(
        around
            .unwrap_or("at a place that cannot be quoted")
            .to_owned(),
    )
}

/// Searches what a call printed and every file in its folder, but for those that the test itself planted.
#[track_caller]
fn assert_clean(desk: &Desk, ended: &Ended, planted: &[&str]) {
    assert_eq!(leak(&ended.stdout), None, "on stdout");
    assert_eq!(leak(&ended.stderr), None, "on stderr");
    for (path, text) in desk.files() {
        if !planted.iter().any(|name| path.ends_with(name)) {
            assert_eq!(leak(&text), None, "in {path}");
        }
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let desk = Desk::new();
    let secret = canary("secret");
    let basic = STANDARD.encode(format!("user:{secret}"));
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for form in [
        secret.clone(),
        encoded.to_lowercase(),
        encoded,
        STANDARD.encode(&secret),
        URL_SAFE_NO_PAD.encode(format!("a{secret}")),
        basic,
        "eyJ0eXAiOiJKV1QiLCJhbGciOi".to_owned(),
    ] {
        desk.write("artifact.json", &format!("{{\"body\": \"é{form}\"}}"));
        let found = desk
            .files()
            .iter()
            .filter_map(|(_, text)| leak(text))
            .count();
        assert_eq!(found, 1, "{form}");
    }
    desk.write("artifact.json", "canary, c4nary, Bearer, api-key");
    assert_eq!(leak(&desk.read("artifact.json")), None);
}

#[test]
fn no_secret_of_a_world_is_printed_or_written() {
    let desk = Desk::new();
    desk.write("world.yaml", &canary_world());
    let inside = ["--world", "world.yaml"];
    let more = [&["--journal", "journal.jsonl"][..], &OF_A_RUN].concat();
    let letters = ["A", "B", "E", "H", "I"];
    let calls = [
        [&["discover"][..], &inside[..], &OUTPUTS[..]].concat(),
        [&["plan"], &inside[..], &OUTPUTS[..]].concat(),
        [&["run"], &letters[..], &inside[..], &OUTPUTS[..], &more[..]].concat(),
    ];
    for call in &calls {
        let ended = desk.run(call).expect(0);
        assert_clean(&desk, &ended, &["world.yaml"]);
    }
    let baseline = ["baseline", "update", "baseline.json", "out.json"];
    assert_clean(&desk, &desk.run(&baseline).expect(0), &["world.yaml"]);
    assert!(desk.read("out.html").len() > 100_000 && desk.read("out.har").contains("\"status\""));
    let report = desk.json("out.json");
    let shown = report.to_string();
    assert!(shown.contains("header api-key"), "where a key went is told");
    assert!(shown.contains("header Authorization: Bearer"));
    assert!(desk.read("journal.jsonl").lines().count() > 20);

    // A key that is refused is quoted by nobody either.
    desk.write(
        "world.yaml",
        &canary_world().replace("primary_key", "state: suspended, primary_key"),
    );
    let ended = desk
        .run(&[&["run", "B", "K"], &inside[..], &OUTPUTS[..], &OF_A_RUN].concat())
        .expect(4);
    assert_clean(&desk, &ended, &["world.yaml"]);
}

#[test]
fn no_secret_of_the_environment_is_printed_or_written() {
    let worlds = Desk::new();
    worlds.write("world.yaml", &canary_world());
    let served = Served::start(&worlds.path("world.yaml").display().to_string());
    let ready = served.ready();
    let proxy = text(&ready["proxy"]).replace("http://", "http://user:c4nary%2B~%2FQproxy@");
    let signed_in = Desk::new()
        .set("HTTPS_PROXY", &proxy)
        .set("SSL_CERT_FILE", text(&ready["ca_file"]))
        .set("FOUNDRY_IMAGE_API_KEY", &canary("first"));
    signed_in.write(
        ".env",
        &format!(
            "AZURE_TENANT_ID={}\nAZURE_CLIENT_ID={CLIENT}\nAZURE_CLIENT_SECRET={}\nAPIM_SUBSCRIPTION_KEY={}\n",
            text(&ready["tenant_id"]),
            canary("secret"),
            canary("subscription"),
        ),
    );
    let one = ["--deployment", "FLUX-1.1-pro", "--journal", "journal.jsonl"];
    let calls = [
        vec!["config", "show"],
        [&["discover"][..], &OUTPUTS[..]].concat(),
        [&["run", "B"], &one[..], &OUTPUTS[..], &OF_A_RUN].concat(),
    ];
    for call in &calls {
        let ended = signed_in.run(call).expect(0);
        assert_clean(&signed_in, &ended, &[".env"]);
    }

    // Only an endpoint, with a key in its query, as it is copied from a portal.
    let endpoint = format!(
        "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview&subscription-key={}",
        canary("query"),
    );
    let written = Desk::new()
        .set("HTTPS_PROXY", &proxy)
        .set("SSL_CERT_FILE", text(&ready["ca_file"]))
        .set("AZURE_FLUX_11_PRO_ENDPOINT", &endpoint)
        .set("AZURE_FLUX_11_PRO_API_KEY", &canary("first"));
    for call in [
        vec!["config", "show"],
        [&["plan", "B"][..], &OUTPUTS[..]].concat(),
        [&["run", "B"], &OUTPUTS[..], &OF_A_RUN].concat(),
    ] {
        let ended = written.run(&call).expect(0);
        assert_clean(&written, &ended, &[]);
    }

    // A proxy that is not there is named without its password.
    let dead = Desk::new()
        .set("HTTPS_PROXY", "http://user:c4nary%2B~%2FQproxy@127.0.0.1:1")
        .set("AZURE_FLUX_11_PRO_ENDPOINT", &endpoint)
        .set("AZURE_FLUX_11_PRO_API_KEY", &canary("first"));
    let ended = dead.run(&[&["run", "B"], &OUTPUTS[..]].concat()).expect(3);
    assert_clean(&dead, &ended, &[]);
}
