//! What people get wrong: each ends with the code of its kind and a message that says where, what, and what to do.

use crate::program::{Desk, Ended, case, cents, list, text, world};

/// The service principal that every world keeps for fluxprobe.
const CLIENT: &str = "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634";
const SUBSCRIPTION: &str = "/subscriptions/3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512";
const PRO: &str = "FLUX-1.1-pro";

/// One message on stderr with all of these in it, and nothing on stdout.
#[track_caller]
fn assert_told(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "no {word:?}: {}", ended.stderr);
    }
}

#[test]
fn without_a_credential_it_says_which_variables_to_set() {
    for command in ["discover", "plan", "run"] {
        let ended = Desk::new().run(&[command]).expect(3);
        assert_told(
            &ended,
            &[
                "no credential",
                "AZURE_CLIENT_SECRET",
                "az login",
                "targets:",
            ],
        );
        assert!(!ended.stderr.contains("cause:"), "{}", ended.stderr);
    }
}

#[test]
fn a_target_whose_key_is_not_set_says_which_variable() {
    let desk = Desk::new();
    desk.write(
        "fluxprobe.yaml",
        "targets:\n  - deployment: FLUX-1.1-pro\n    model: FLUX-1.1-pro\n    gateway: {url: 'https://apim-pavavy6pu5hpa.azure-api.net', api_path: inference/openai, key_from: NOT_SET}\n",
    );
    let found = desk.run(&["run", "B", "--format", "json"]).expect(3).json();
    let said = &found["diagnoses"][0];
    assert_eq!(said["cause"], "apim_key_missing");
    assert_eq!(said["hop"], "client");
    assert!(text(&said["remedy"]["text"]).contains("`key_from`"));
    assert!(text(&found["cases"][0]["why"]).contains("APIM_SUBSCRIPTION_KEY"));
}

#[test]
fn a_sign_in_that_is_refused_ends_with_3_and_what_entra_said() {
    let desk = Desk::new();
    let expired = desk
        .run(&["run", "--world", &world("secret-expired")])
        .expect(3);
    assert_told(&expired, &["AADSTS7000222", CLIENT, "expired"]);

    desk.write(
        "world.yaml",
        &format!("extends: healthy\nclients:\n  {CLIENT}:\n    secret: right-one\n"),
    );
    desk.write(
        "tenant.env",
        &format!(
            "AZURE_TENANT_ID=11111111-2222-3333-4444-555555555555\nAZURE_CLIENT_ID={CLIENT}\nAZURE_CLIENT_SECRET=right-one\n"
        ),
    );
    let arguments = ["discover", "--world", "world.yaml", "--env-file"];
    let more = ["tenant.env", "--auth", "service-principal"];
    let ended = desk.run(&[&arguments[..], &more[..]].concat()).expect(3);
    assert_told(
        &ended,
        &[
            "AADSTS90002",
            "11111111-2222-3333-4444-555555555555",
            "correct tenant",
        ],
    );
    assert!(!ended.stderr.contains("right-one"));
}

#[test]
fn who_sees_no_subscription_is_told_the_role() {
    let ended = Desk::new()
        .run(&["run", "--world", &world("no-subscription")])
        .expect(3);
    assert_told(&ended, &["no Azure subscription", "role Reader"]);
}

#[test]
fn what_may_not_be_read_is_a_gap_with_the_role_that_opens_it() {
    let desk = Desk::new();
    desk.write(
        "world.yaml",
        &format!(
            "extends: healthy\nclients:\n  {CLIENT}:\n    roles:\n      - {{ role: Cognitive Services User, scope: {SUBSCRIPTION} }}\n"
        ),
    );
    let found = desk
        .run(&["discover", "--world", "world.yaml", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(list(&found["accounts"]).len(), 3);
    let gaps = list(&found["gaps"]);
    let gateways = gaps
        .iter()
        .find(|gap| text(&gap["what"]).starts_with("gateways of"))
        .unwrap_or_else(|| panic!("{gaps:?}"));
    assert_eq!(gateways["opened_by"], "API Management Service Reader Role");
    assert!(text(&gateways["why"]).contains("Microsoft.ApiManagement/service/read"));
    let page = desk.run(&["discover", "--world", "world.yaml"]).expect(0);
    assert!(page.stdout.contains("API Management Service Reader Role"));
}

#[test]
fn a_reader_is_told_the_role_and_can_run_with_a_key_of_its_own() {
    let desk = Desk::new();
    let reader = world("reader-only");
    let run = ["run", "B", "--world", &reader, "--format", "json"];
    let refused = desk.run(&run).expect(3).json();
    let why = text(&case(&refused, "B", PRO)["why"]).to_owned();
    for word in [
        "Microsoft.ApiManagement/service/subscriptions/listSecrets/action",
        "API Management Service Contributor",
        "APIM_SUBSCRIPTION_KEY",
    ] {
        assert!(why.contains(word), "{why}");
    }
    assert_eq!(cents(&refused["summary"]["spent_usd"]), 0);

    let key = "00112233445566778899aabbccddeeff";
    desk.write(
        "keyed.yaml",
        &format!(
            "extends: {reader}\ngateways:\n  apim-pavavy6pu5hpa:\n    subscriptions:\n      subscription1: {{ primary_key: {key} }}\n"
        ),
    );
    desk.write("keys.env", &format!("APIM_SUBSCRIPTION_KEY={key}\n"));
    let run = ["run", "B", "--world", "keyed.yaml", "--env-file"];
    let ended = desk
        .run(&[&run[..], &["keys.env", "--format", "json"]].concat())
        .expect(0);
    assert_eq!(case(&ended.json(), "B", PRO)["verdict"], "pass");
    assert!(!ended.stdout.contains(key));
}

#[test]
fn a_typo_in_a_world_is_shown_where_it_stands() {
    let desk = Desk::new();
    desk.write(
        "typo.yaml",
        "extends: healthy\nhosts:\n  apim-pavavy6pu5hpa.azure-api.net: { dns_mising: true }\n",
    );
    for command in ["discover", "plan", "run"] {
        let ended = desk.run(&[command, "--world", "typo.yaml"]).expect(2);
        assert_told(
            &ended,
            &[
                "typo.yaml:3:39: ",
                "`dns_mising`",
                "did you mean `dns_missing`?",
                "3 |   apim-pavavy6pu5hpa.azure-api.net: { dns_mising: true }",
                "^",
            ],
        );
    }
    let ended = desk
        .run(&["sim", "--world", "typo.yaml", "--ready-file", "ready.json"])
        .expect(2);
    assert_told(&ended, &["typo.yaml:3:39: "]);
    assert!(!desk.path("ready.json").exists());
}

#[test]
fn a_world_that_does_not_exist_has_its_neighbours_named() {
    let desk = Desk::new();
    let ended = desk.run(&["run", "--world", "helthy"]).expect(2);
    assert_told(
        &ended,
        &["`helthy`", "did you mean `healthy`?", "phase-1.5"],
    );
    let ended = desk.run(&["run", "--world", "none/such.yaml"]).expect(2);
    assert_told(&ended, &["none/such.yaml", "check the path"]);
}

#[test]
fn a_typo_in_a_scenario_is_shown_where_it_stands() {
    let desk = Desk::new();
    desk.write(
        "mine.yaml",
        "id: X\ntitle: x\nsteps:\n  - generate:\n      promt: hello\n    expect:\n      - status == 200\n",
    );
    let run = ["run", "--world", "healthy", "--scenarios", "mine.yaml"];
    let ended = desk.run(&run).expect(2);
    assert_told(
        &ended,
        &[
            "mine.yaml:5:7: ",
            "`promt`",
            "5 |       promt: hello",
            "^^^^^",
            "did you mean `prompt`?",
        ],
    );
    // A mistake in an expression is found before anything is sent, too.
    desk.write(
        "mine.yaml",
        "id: X\nname: x\ntitle: x\nsteps:\n  - name: x\n    generate:\n      prompt: hello\n    expect:\n      - status = = 200\n",
    );
    let ended = desk.run(&run).expect(2);
    assert_told(&ended, &["mine.yaml:9:", "status = = 200"]);
}

#[test]
fn a_typo_in_the_configuration_is_usage_and_shown_where_it_stands() {
    let desk = Desk::new();
    desk.write(
        "fluxprobe.yaml",
        "targets:\n  - deployment: FLUX-1.1-pro\n    modle: FLUX-1.1-pro\n",
    );
    for arguments in [
        &["plan"][..],
        &["plan", "--world", "healthy", "--config", "fluxprobe.yaml"],
    ] {
        let ended = desk.run(arguments).expect(1);
        assert_told(
            &ended,
            &[
                "fluxprobe.yaml:3:5: ",
                "`modle`",
                "3 |     modle: FLUX-1.1-pro",
                "^",
                "did you mean `model`?",
            ],
        );
    }
}

#[test]
fn an_unknown_letter_has_the_known_ones_named() {
    let desk = Desk::new();
    for (word, unknown) in [("Q", "Q"), ("bee", "bee"), ("A-Q", "M")] {
        let ended = desk.run(&["run", word, "--world", "healthy"]).expect(1);
        assert_told(
            &ended,
            &[
                &format!("{unknown:?}"),
                "A, B, C, D, E, F, G, H, I, J, K, L",
            ],
        );
    }
}

#[test]
fn a_flag_that_does_not_exist_has_a_neighbour_named_and_is_usage() {
    let desk = Desk::new();
    let ended = desk.run(&["run", "--wrold", "healthy"]).expect(1);
    assert_told(&ended, &["'--wrold'", "'--world'"]);
    let ended = desk.run(&["run", "--max-cost", "much"]).expect(1);
    assert_told(&ended, &["'much'", "e.g. 0.50"]);
    desk.run(&["explode"]).expect(1);
    let ended = desk
        .run(&["init", "--world", "healthy", "-o", "mine.yaml"])
        .expect(1);
    assert_told(&ended, &["mine.yaml", "as its argument"]);
    desk.run(&["completions", "bash", "-o", "bash.sh"])
        .expect(0);
    assert!(desk.read("bash.sh").contains("fluxprobe"));
    let ended = desk.run(&[]).expect(1);
    assert!(
        ended.stderr.contains("Usage: fluxprobe"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("doctor"), "{}", ended.stderr);
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let desk = Desk::new();
    let secret = "hunter2-0123456789abcdef";
    let joined = format!("--api-key={secret}");
    for arguments in [
        &["run", &joined, "--world", "healthy"][..],
        &["run", "--client-secret", secret, "--world", "healthy"],
        &["discover", "--subscription-key", secret],
    ] {
        let ended = desk.run(arguments).expect(1);
        assert_told(&ended, &["is no flag", "environment or in .env"]);
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}

#[test]
fn files_that_are_not_what_they_should_be_are_invalid_input() {
    let desk = Desk::new();
    desk.write("half.json", "{");
    let world = ["--world", "healthy"];
    for (flag, what) in [("--plan", "a plan"), ("--inventory", "an inventory")] {
        let ended = desk
            .run(&[&["run", flag, "half.json"], &world[..]].concat())
            .expect(2);
        assert_told(&ended, &["half.json", what, "--format json"]);
        let ended = desk
            .run(&[&["run", flag, "none.json"], &world[..]].concat())
            .expect(2);
        assert_told(&ended, &["none.json", "check the path"]);
    }
    let ended = desk
        .run(&[&["run", "--config", "none.yaml"], &world[..]].concat())
        .expect(1);
    assert_told(&ended, &["none.yaml", "check the path"]);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    desk.write("file", "");
    std::fs::create_dir(desk.path("folder.json")).unwrap();
    let run = ["run", "A", "--world", "healthy", "--journal", "never.jsonl"];
    for (place, words) in [
        (["-o", "x.unknown"], ["names no format", "ctrf.json"]),
        (["-o", "folder.json"], ["is a folder", "--output-dir"]),
        (["-o", "no/such/run.json"], ["no folder no/such", "make it"]),
        (
            ["-o", "/proc/run.json"],
            ["/proc/run.json cannot be written", "name a file"],
        ),
        (
            ["--output-dir", "file"],
            ["file is a file", "takes a folder"],
        ),
        (
            ["--output-dir", "/proc/set"],
            ["/proc/set cannot be written", "name a file"],
        ),
    ] {
        assert_told(&desk.run(&[&run[..], &place].concat()).expect(1), &words);
    }
    assert!(!desk.path("never.jsonl").exists());
    // What is looked at is left as it is.
    desk.write("old.json", "old");
    let other = ["-o", "old.json", "-o", "new.json", "-o", "no/such/run.json"];
    desk.run(&[&run[..], &other].concat()).expect(1);
    assert_eq!(desk.read("old.json"), "old");
    assert!(!desk.path("new.json").exists());
}

#[test]
fn a_full_disk_costs_no_report_that_can_still_be_told() {
    let desk = Desk::new();
    let run = ["run", "A", "--world", "healthy", "--deployment", PRO];
    let places = [
        "--format",
        "junit",
        "-o",
        "/dev/full",
        "-o",
        "run.json",
        "--history",
        "h.db",
    ];
    let ended = desk.run(&[&run[..], &places].concat()).expect(1);
    let told = &ended.stderr;
    assert!(
        told.contains("error: /dev/full cannot be written: No space left"),
        "{told}"
    );
    assert!(told.contains("has room"), "{told}");
    assert!(
        told.contains("1 case: 1 pass"),
        "the report is told: {told}"
    );
    assert_eq!(desk.json("run.json")["summary"]["pass"], 1);
    desk.run(&["history", "--history", "h.db"]).expect(0);
}
