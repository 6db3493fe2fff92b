//! Worlds that are broken in one way each: who answered, why, what was not bought, and how the program ends.

use crate::program::{Desk, case, cents, list, text, world};
use serde_json::Value;

const PRO: &str = "FLUX-1.1-pro";

/// A finished run of a broken world, with the page a person sees.
struct Broken {
    report: Value,
    page: String,
}

/// Runs `letters` (all where there are none) in a world of `tests/worlds` and expects this exit code.
fn broken(name: &str, letters: &[&str], code: i32) -> Broken {
    let desk = Desk::new();
    let world = world(name);
    let arguments = ["run", "--world", &world, "-o", "run.json", "-o", "-"];
    let page = desk
        .run(&[&arguments[..], letters].concat())
        .expect(code)
        .stdout;
    Broken {
        report: desk.json("run.json"),
        page,
    }
}

impl Broken {
    /// The first diagnosis names cause and hop, says what to do, and so does the page.
    #[track_caller]
    fn assert_diagnosis(&self, cause: &str, hop: &str) -> &Self {
        let first = &self.report["diagnoses"][0];
        assert_eq!(first["cause"], cause, "{first}");
        assert_eq!(first["hop"], hop, "{first}");
        assert!(!text(&first["remedy"]["text"]).is_empty());
        assert!(!list(&first["evidence"]).is_empty());
        assert!(self.page.contains(cause), "{}", self.page);
        self
    }

    /// Nothing was bought, what was left out was priced, and every skip has its reason.
    #[track_caller]
    fn assert_nothing_bought(&self) -> &Self {
        let summary = &self.report["summary"];
        assert_eq!(cents(&summary["spent_usd"]), 0);
        assert_eq!(cents(&summary["possibly_spent_usd"]), 0);
        assert_eq!(summary["images"], 0);
        assert!(cents(&summary["avoided_usd"]) > 100, "{summary}");
        let mut blocked = 0;
        for case in list(&self.report["cases"]) {
            if case["verdict"] == "skip" {
                let why = text(&case["why"]);
                assert!(why.starts_with("blocked: "), "{why}");
                blocked += 1;
            }
        }
        assert!(blocked >= 10, "{blocked} blocked");
        self
    }

    fn money(&self, which: &str) -> i64 {
        cents(&self.report["summary"][which])
    }
}

#[test]
fn a_gateway_without_a_name_ends_with_3_and_buys_nothing() {
    let run = broken("gateway-dns-missing", &[], 3);
    run.assert_diagnosis("dns_name_not_found", "dns")
        .assert_nothing_bought();
    let only = list(&run.report["diagnoses"]);
    assert_eq!(only.len(), 1, "one dead name is one diagnosis");
    assert!(list(&only[0]["victims"]).len() > 20);
    assert!(text(&only[0]["title"]).contains("apim-pavavy6pu5hpa.azure-api.net"));
}

#[test]
fn a_gateway_that_never_answers_ends_with_3_in_simulated_time() {
    let run = broken("too-slow", &[], 3);
    run.assert_nothing_bought();
    let steps = list(&run.report["cases"])
        .iter()
        .flat_map(|case| list(&case["steps"]));
    let sent: Vec<&Value> = steps
        .map(|step| &step["exchange"])
        .filter(|exchange| exchange.is_object() && exchange["leg"] == "gateway")
        .collect();
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|exchange| exchange["response"].is_null()));
    let first = sent
        .iter()
        .min_by_key(|exchange| text(&exchange["sent_at"]));
    let error = &first.unwrap()["transport_error"];
    assert_eq!(error["kind"], "timeout", "{error}");
    assert!(text(&error["text"]).contains("no whole answer within 180 s"));
}

#[test]
fn a_suspended_key_is_shown_to_the_gateway_and_buys_nothing() {
    let run = broken("key-suspended", &[], 4);
    run.assert_diagnosis("apim_key_invalid", "gateway")
        .assert_nothing_bought();
    // No key and a wrong key are refused in the right words all the same.
    let steps = list(&case(&run.report, "E", PRO)["steps"]);
    let verdict_of = |name: &str| {
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        step["verdict"].clone()
    };
    assert_eq!(verdict_of("no key"), "pass");
    assert_eq!(verdict_of("wrong key"), "pass");
}

#[test]
fn an_operation_that_is_not_published_fails_at_the_gateway() {
    let run = broken("images-operation-removed", &[], 4);
    run.assert_diagnosis("apim_operation_not_matched", "gateway")
        .assert_nothing_bought();
    let remedy = &run.report["diagnoses"][0]["remedy"];
    let command = text(&remedy["command"]);
    assert!(
        command.starts_with("az apim api operation create "),
        "{command}"
    );
    assert!(command.contains("/images/generations"), "{command}");
    assert_eq!(
        case(&run.report, "B", PRO)["route"],
        "apim-pavavy6pu5hpa/inference-api"
    );
}

#[test]
fn a_key_that_the_backend_sends_in_vain_is_the_backends_refusal() {
    let run = broken("backend-key-refused", &[], 4);
    run.assert_diagnosis("aoai_key_auth_disabled", "backend")
        .assert_nothing_bought();
    assert_eq!(list(&run.report["diagnoses"]).len(), 1);
}

#[test]
fn a_paused_deployment_leaves_the_other_alone() {
    let run = broken("deployment-paused", &["A", "B", "D", "K"], 4);
    run.assert_diagnosis("aoai_deployment_not_ready", "backend");
    assert_eq!(case(&run.report, "B", PRO)["images"], 0);
    assert_eq!(case(&run.report, "D", PRO)["images"], 0);
    let other = "FLUX.1-Kontext-pro";
    assert_eq!(case(&run.report, "B", other)["verdict"], "pass");
    assert_eq!(case(&run.report, "D", other)["verdict"], "pass");
    assert_eq!(run.money("spent_usd"), 8);
}

#[test]
fn a_pool_that_prefers_an_account_without_flux_is_the_backends_404() {
    let run = broken("pool-prefers-no-flux", &["B", "D", "G", "K", "L"], 4);
    run.assert_diagnosis("aoai_deployment_not_found", "backend");
    assert_eq!(run.money("spent_usd"), 0);
    assert!(run.money("avoided_usd") > 0);
    assert_eq!(case(&run.report, "B", PRO)["verdict"], "skip");
}

#[test]
fn a_page_of_an_edge_is_not_taken_for_the_gateways_answer() {
    let run = broken("edge-html", &[], 4);
    run.assert_diagnosis("edge_waf_block", "gateway")
        .assert_nothing_bought();
    assert_eq!(list(&run.report["diagnoses"]).len(), 1);
}

#[test]
fn bytes_that_are_no_text_are_shown_and_not_guessed_about() {
    let run = broken("not-utf8", &["B", "F", "K"], 4);
    let first = &run.report["diagnoses"][0];
    assert_eq!(first["cause"], Value::Null, "{first}");
    assert_eq!(first["hop"], "gateway");
    let exchange = &case(&run.report, "B", PRO)["steps"][0]["exchange"];
    assert_eq!(exchange["response"]["status"], 502);
    assert!(text(&exchange["response"]["body"]).starts_with("{\"error\":\"\u{fffd}"));
    assert_eq!(run.money("spent_usd"), 0);
    assert_eq!(
        run.money("possibly_spent_usd"),
        0,
        "a refused call is not billed"
    );
}

#[test]
fn a_huge_answer_is_given_up_and_may_have_been_billed() {
    let run = broken("huge-body", &["B", "--deployment", PRO], 4);
    let exchange = &case(&run.report, "B", PRO)["steps"][0]["exchange"];
    assert_eq!(exchange["response"]["is_body_cut"], true);
    let read = exchange["response"]["body_bytes"].as_u64().unwrap();
    assert!((90 << 20..110 << 20).contains(&read), "{read} bytes read");
    let kept = text(&exchange["response"]["body"]).len();
    assert!(kept < 2 << 20, "{kept} bytes kept");
    let said = text(&exchange["transport_error"]["text"]);
    assert!(said.contains("larger than"), "{said}");
    assert_eq!(run.money("spent_usd"), 0);
    assert_eq!(run.money("possibly_spent_usd"), 4);
}

#[test]
fn an_answer_that_breaks_off_is_possibly_spent_and_never_sent_again() {
    let run = broken("cut-answer", &["B", "D", "--deployment", PRO], 4);
    run.assert_diagnosis("tcp_connection_reset", "tcp");
    assert_eq!(run.money("spent_usd"), 0);
    assert_eq!(run.money("possibly_spent_usd"), 8);
    assert_eq!(run.report["summary"]["images"], 0);
    for letter in ["B", "D"] {
        let steps = list(&case(&run.report, letter, PRO)["steps"]);
        assert_eq!(steps.len(), 1, "one attempt");
        let exchange = &steps[0]["exchange"];
        assert_eq!(exchange["is_billing_ambiguous"], true);
        assert_eq!(exchange["transport_error"]["kind"], "truncated");
    }
}

#[test]
fn a_picture_with_something_wrong_fails_its_check_and_its_price_is_told() {
    let wrong = [
        (
            "picture-black",
            "D",
            "picture.is_blank",
            4,
            0,
            "picture_blank",
        ),
        (
            "picture-truncated",
            "B",
            "picture.decodes",
            4,
            0,
            "picture_broken",
        ),
        (
            "picture-wrong-container",
            "D",
            "family.container",
            4,
            0,
            "picture_wrong_container",
        ),
        (
            "picture-missing",
            "B",
            "pictures | length == 1",
            0,
            4,
            "picture_missing",
        ),
    ];
    for (name, letter, check, spent, possibly, cause) in wrong {
        let run = broken(name, &[letter, "--deployment", PRO], 4);
        let case = case(&run.report, letter, PRO);
        assert_eq!(case["verdict"], "fail", "{name}");
        let steps = list(&case["steps"]);
        let failed: Vec<&str> = steps
            .iter()
            .flat_map(|step| list(&step["checks"]))
            .filter(|check| check["passed"] == false)
            .map(|check| text(&check["that"]))
            .collect();
        assert!(
            failed.iter().any(|that| that.contains(check)),
            "{name}: {failed:?}"
        );
        assert_eq!(run.money("spent_usd"), spent, "{name}");
        assert_eq!(run.money("possibly_spent_usd"), possibly, "{name}");
        assert_eq!(run.report["diagnoses"][0]["cause"], cause, "{name}");
        assert!(run.page.contains(check), "{name}: {}", run.page);
    }
}

#[test]
fn a_picture_that_comes_as_a_link_is_as_good() {
    let run = broken("picture-links", &["B", "D"], 0);
    assert_eq!(run.report["diagnoses"], serde_json::json!([]));
    for letter in ["B", "D"] {
        let case = case(&run.report, letter, PRO);
        assert_eq!(case["verdict"], "pass");
        let response = &case["steps"][0]["exchange"]["response"];
        assert_eq!(response["pictures"][0]["came_as"], "url", "{response}");
        // The signature of a link opens the picture to whoever reads the report.
        let body = text(&response["body"]);
        let signatures = body.matches("sig=").count();
        assert!(signatures > 0, "{body}");
        assert_eq!(body.matches("sig=%28not+recorded%29").count(), signatures);
    }
    assert_eq!(run.money("spent_usd"), 16);
}
