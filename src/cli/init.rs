//! `fluxprobe init`: a fluxprobe.yaml with comments, from what discovery finds.

use super::args_files::InitArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::new::write_new;
use super::output;
use super::session::Session;
use crate::model::{Inventory, Target};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What stands below what was found.
const REST: &str = include_str!("init_rest.yaml");

/// Discovers, and writes down what to look at from now on.
pub(super) async fn run(session: &Session, args: &InitArgs) -> Result<Exit, Failure> {
    if args.file.exists() && !args.is_forced {
        // Told before anything is asked of anybody.
        write_new(&args.file, "", false)?;
    }
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    opened.harness.close().await;
    let found = found?;
    let text = configuration(&found.inventory, &found.targets);
    write_new(&args.file, &text, args.is_forced)?;
    let file = args.file.display();
    let count = found.targets.len();
    output::data(&format!(
        "wrote {file}: {count} FLUX deployment{}\n  look at it:  fluxprobe config show\n  price it:    fluxprobe plan --profile smoke\n",
        if count == 1 { "" } else { "s" }
    ))?;
    Ok(if count == 0 {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}

fn configuration(inventory: &Inventory, targets: &[Target]) -> String {
    let mut text = String::from(
        "# Configuration of fluxprobe. A flag wins over a variable, a variable over .env, and .env over this file;\n# `fluxprobe config show` says where each value comes from. No secret belongs in here.\n\n",
    );
    let subscriptions: Vec<&str> = inventory
        .subscriptions
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    let accounts: BTreeSet<&str> = targets.iter().map(|one| one.account.as_str()).collect();
    let legs = targets.iter().filter_map(|one| one.gateway.as_ref());
    let gateways: BTreeSet<&str> = legs.map(|leg| leg.gateway.as_str()).collect();
    let names: Vec<String> = inventory
        .subscriptions
        .iter()
        .map(|one| quoted(&one.name))
        .collect();
    let _ = writeln!(
        text,
        "# Azure subscriptions to look at, by id or name: {}.",
        names.join(", ")
    );
    list(&mut text, "subscriptions", subscriptions);
    text.push_str(
        "# Accounts that hold a FLUX deployment; those without are not looked at again.\n",
    );
    list(&mut text, "accounts", accounts.into_iter().collect());
    text.push_str("# Gateways that lead to one.\n");
    list(&mut text, "gateways", gateways.into_iter().collect());
    text.push_str("# Deployments, where not all are meant.\n# deployments:\n");
    let deployments: BTreeSet<&str> = targets.iter().map(|one| one.deployment.as_str()).collect();
    for name in deployments {
        let _ = writeln!(text, "#   - {}", quoted(name));
    }
    text.push_str(
        "\n# For whoever runs this without rights in Azure Resource Manager: the same, written down. The keys stand in the\n# variables that `key_from` names.\n# targets:\n",
    );
    for target in targets {
        written(&mut text, target);
    }
    text.push('\n');
    text.push_str(REST);
    text
}

fn list(text: &mut String, name: &str, values: Vec<&str>) {
    if values.is_empty() {
        let _ = writeln!(text, "# {name}: []");
    } else {
        let _ = writeln!(text, "{name}:");
    }
    for value in values {
        let _ = writeln!(text, "  - {}", quoted(value));
    }
}

/// A target as an entry of `targets:`, behind comment marks.
fn written(text: &mut String, target: &Target) {
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "#   {what}: {}", quoted(value));
    };
    line("- deployment", target.deployment.as_str());
    line("  model", &target.model.name);
    line("  account", target.account.as_str());
    line("  location", &target.location);
    if let Some(vision) = &target.vision {
        line("  vision_deployment", vision.deployment.as_str());
        if let Some(leg) = target.vision_via {
            line("  vision_via", &leg.to_string());
        }
    }
    if let Some(direct) = &target.direct {
        line("  endpoint", &direct.endpoint);
        line("  key_from", "FOUNDRY_IMAGE_API_KEY");
    }
    if let Some(limit) = target.own_requests_per_minute() {
        let _ = writeln!(text, "#     requests_per_minute: {limit}");
    }
    if let Some(leg) = &target.gateway {
        let _ = writeln!(text, "#     gateway:");
        let url = url::Url::parse(&leg.base_url);
        let (origin, path) = match &url {
            Ok(url) => (
                url.origin().ascii_serialization(),
                url.path().trim_matches('/'),
            ),
            Err(_) => (leg.base_url.clone(), ""),
        };
        for (what, value) in [
            ("url", origin.as_str()),
            ("api_path", path),
            ("api", leg.api.as_str()),
            ("key_header", leg.key_names.header.as_str()),
            ("key_from", "APIM_SUBSCRIPTION_KEY"),
        ] {
            let _ = writeln!(text, "#       {what}: {}", quoted(value));
        }
        let auth = match (&leg.token_audience, leg.is_subscription_required) {
            (None, true) => None,
            (None, false) => Some("none"),
            (Some(_), true) => Some("key-and-token"),
            (Some(_), false) => Some("token"),
        };
        if let Some(auth) = auth {
            let _ = writeln!(text, "#       auth: {auth}");
        }
        if let Some(audience) = &leg.token_audience {
            let _ = writeln!(text, "#       audience: {}", quoted(audience));
        }
    }
}

/// A scalar of YAML: JSON's strings are strings of YAML too.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !["true", "false", "yes", "no", "null", "on", "off", "y", "n"]
            .contains(&value.to_ascii_lowercase().as_str());
    if is_plain {
        value.to_owned()
    } else {
        crate::report::escape::json(&serde_json::Value::from(value).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_written_with_all_that_a_run_without_rights_needs() {
        let target = Target {
            deployment: "flux".into(),
            vision: Some(crate::model::Peer {
                deployment: "eyes".into(),
                ..crate::model::Peer::default()
            }),
            rate_limits: vec![crate::model::RateLimit {
                key: "request".into(),
                count: 6.0,
                renewal_period: 60.0,
            }],
            gateway: Some(crate::model::GatewayLeg {
                base_url: "https://g.azure-api.net/openai".into(),
                api: "api".into(),
                ..crate::model::GatewayLeg::default()
            }),
            ..Target::default()
        };
        let mut text = String::from("targets:\n");
        written(&mut text, &target);
        let yaml = text.replace("#   ", "  ");
        for line in [
            "    requests_per_minute: 6",
            "    vision_deployment: eyes",
            "      key_header: Ocp-Apim-Subscription-Key",
            "      api_path: openai",
        ] {
            assert!(yaml.lines().any(|one| one == line), "{line} in\n{yaml}");
        }
    }

    #[test]
    fn a_name_stays_a_text_whatever_it_looks_like() {
        for (name, shown) in [
            ("FLUX-1.1-pro", "FLUX-1.1-pro"),
            ("no", "\"no\""),
            ("1e3", "\"1e3\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("a\n- b", "\"a\\n- b\""),
        ] {
            assert_eq!(quoted(name), shown);
        }
    }
}
