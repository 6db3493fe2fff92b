//! Healthy estates run by whoever has no rights in Azure Resource Manager: `init` writes the targets down where there are
//! rights, and what it wrote must be enough for a run without them in which nothing fails.

use crate::program::Desk;
use std::path::Path;

const ACCOUNT_KEY: &str = "acc0acc0acc0acc0acc0acc0acc0acc0";
const GATEWAY_KEY: &str = "aaaabbbbccccddddeeeeffff00001111";

/// A world in which the client may call models and read nothing, and the keys are those of `keys.env`.
fn without_rights(world: &Path, is_two_regions: bool) -> String {
    let (client, gateway, subscription, accounts): (_, _, _, &[&str]) = if is_two_regions {
        (
            "4e2f9b61-7a3c-4c08-9d14-b5e6f7083c2a",
            "apim-fabrikam",
            "studio",
            &["fabrikam-uks", "fabrikam-nwe"],
        )
    } else {
        (
            "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634",
            "apim-pavavy6pu5hpa",
            "subscription1",
            &["foundry1-pavavy6pu5hpa"],
        )
    };
    let keys: String = accounts
        .iter()
        .map(|account| format!("  {account}: {{ keys: [{ACCOUNT_KEY}] }}\n"))
        .collect();
    format!(
        "extends: {}\nclients:\n  {client}: {{ roles: [] }}\naccounts:\n{keys}gateways:\n  {gateway}:\n    \
         subscriptions: {{ {subscription}: {{ primary_key: {GATEWAY_KEY} }} }}\n",
        world.display()
    )
}

/// The targets that `init` wrote behind comment marks.
fn targets(written: &str) -> String {
    let (_, list) = written.split_once("# targets:\n").unwrap();
    let lines = list.lines().map_while(|line| line.strip_prefix("# "));
    lines.fold("targets:\n".to_owned(), |text, line| text + line + "\n")
}

fn passes(world: &str, letters: &[&str]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/worlds/{world}.yaml"));
    let text = std::fs::read_to_string(&file).unwrap();
    let desk = Desk::new();
    let world = file.to_str().unwrap();
    desk.run(&["init", "--world", world]).expect(0);
    desk.write("targets.yaml", &targets(&desk.read("fluxprobe.yaml")));
    desk.write(
        "world.yaml",
        &without_rights(&file, text.contains("two-regions")),
    );
    desk.write(
        "keys.env",
        &format!("FOUNDRY_IMAGE_API_KEY={ACCOUNT_KEY}\nAPIM_SUBSCRIPTION_KEY={GATEWAY_KEY}\n"),
    );
    let run = [
        &["run"],
        letters,
        &["--world", "world.yaml", "--config", "targets.yaml"],
        &["--env-file", "keys.env", "--yes", "--output", "run.json"],
    ]
    .concat();
    desk.run(&run).expect(0);
    let report = desk.json("run.json");
    let cases = report["cases"].as_array().unwrap();
    assert!(
        cases.iter().any(|case| case["route"] != "direct"),
        "{world}"
    );
    assert!(report["summary"]["pass"].as_u64().unwrap() > 0, "{world}");
}

#[test]
fn a_pool_whose_limits_nobody_told_is_paced_and_burst_without_a_failure() {
    passes("pool-of-two-equals", &["B", "G", "L"]);
}

#[test]
fn a_policy_that_asks_for_a_token_is_written_down_with_its_audience() {
    passes("estate-token-only", &["A", "B", "E", "K"]);
    passes("estate-token-and-key", &["A", "B", "E", "K"]);
}

#[test]
fn a_chat_deployment_that_the_gateway_does_not_publish_is_called_straight() {
    passes("estate-chat-not-published", &["C", "J"]);
}

#[test]
fn a_publishers_route_is_all_that_an_api_need_have() {
    passes("estate-flux2-published", &["A", "B", "C", "I", "K"]);
}
