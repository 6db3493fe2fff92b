//! Precedence, origins, secrets and errors.

use super::*;
use std::collections::BTreeMap;

fn vars(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn file(path: &str, text: &str) -> Option<FileText> {
    Some(FileText {
        path: path.into(),
        text: text.into(),
    })
}

fn all_layers() -> Layers {
    Layers {
        flags: [(Key::GatewayUrl, "https://flag".to_owned())].into(),
        environment: vars(&[("APIM_GATEWAY_URL", "https://environment")]),
        dotenv: file(".env", "APIM_GATEWAY_URL=https://dotenv\n"),
        project: file("fluxprobe.yaml", "# ours\ngateway_url: https://project\n"),
        user: file(
            "~/.config/fluxprobe/config.yaml",
            "gateway_url: https://user\n",
        ),
    }
}

#[test]
fn each_layer_lies_over_the_next_and_is_named() {
    let mut layers = all_layers();
    let mut seen = Vec::new();
    let strip: [fn(&mut Layers); 6] = [
        |_| {},
        |layers| layers.flags.clear(),
        |layers| layers.environment = vars(&[("APIM_GATEWAY_URL", "  ")]),
        |layers| layers.dotenv = file(".env", "APIM_GATEWAY_URL=\n"),
        |layers| layers.project = file("fluxprobe.yaml", "gateway_url:\n"),
        |layers| layers.user = None,
    ];
    for one in strip {
        one(&mut layers);
        let config = Config::load(&layers).unwrap();
        seen.push(
            config
                .sourced(Key::GatewayUrl)
                .map(|found| format!("{} from {}", found.text(), found.origin)),
        );
    }
    let expected = [
        "https://flag from flag --gateway-url",
        "https://environment from environment APIM_GATEWAY_URL",
        "https://dotenv from .env APIM_GATEWAY_URL",
        "https://project from fluxprobe.yaml:2",
        "https://user from ~/.config/fluxprobe/config.yaml:1",
    ];
    let seen: Vec<Option<&str>> = seen.iter().map(Option::as_deref).collect();
    assert_eq!(seen[..5], expected.map(Some));
    assert_eq!(seen[5], None);
}

#[test]
fn the_older_variable_counts_where_the_newer_is_empty() {
    let load = |pairs: &[(&str, &str)]| {
        let layers = Layers {
            environment: vars(pairs),
            ..Layers::default()
        };
        let config = Config::load(&layers).unwrap();
        config.text(Key::ImageDeployment).map(str::to_owned)
    };
    assert_eq!(
        load(&[("DALL_E_DEPLOYMENT", "old")]).as_deref(),
        Some("old")
    );
    let both = [
        ("IMAGE_MODEL_DEPLOYMENT", "new"),
        ("DALL_E_DEPLOYMENT", "old"),
    ];
    assert_eq!(load(&both).as_deref(), Some("new"));
    let empty = [("IMAGE_MODEL_DEPLOYMENT", ""), ("DALL_E_DEPLOYMENT", "old")];
    assert_eq!(load(&empty).as_deref(), Some("old"));
    assert_eq!(load(&[("DALL_E_DEPLOYMENT", "")]), None);
}

#[test]
fn lists_come_from_commas_and_from_yaml() {
    let layers = Layers {
        environment: vars(&[("RESOURCE_GROUP", "a, b,,")]),
        project: file("f.yaml", "accounts: [x, y]\nsubscriptions: one\n"),
        ..Layers::default()
    };
    let config = Config::load(&layers).unwrap();
    assert_eq!(config.list(Key::ResourceGroups), ["a", "b"]);
    assert_eq!(config.list(Key::Accounts), ["x", "y"]);
    assert_eq!(config.list(Key::Subscriptions), ["one"]);
    assert_eq!(config.list(Key::Gateways), [""; 0]);
    assert_eq!(config.text(Key::GatewayApiPath), Some("inference/openai"));
}

#[test]
fn a_secret_is_shown_to_nobody() {
    let layers = Layers {
        environment: vars(&[
            ("AZURE_CLIENT_SECRET", "canary"),
            (
                "AZURE_FLUX_11_PRO_ENDPOINT",
                "https://a.services.ai.azure.com",
            ),
            ("AZURE_FLUX_11_PRO_API_KEY", "canary"),
            ("MY_KEY", "canary"),
        ]),
        project: file(
            "f.yaml",
            "targets:\n  - {deployment: d, endpoint: 'https://b.openai.azure.com', key_from: MY_KEY}\n",
        ),
        ..Layers::default()
    };
    let config = Config::load(&layers).unwrap();
    assert_eq!(config.secret(Key::ClientSecret).unwrap().expose(), "canary");
    let written = config.written_targets();
    assert_eq!(written.len(), 2);
    assert!(
        written
            .iter()
            .all(|one| one.key.as_ref().unwrap().expose() == "canary")
    );
    assert!(!format!("{config:?} {:?}", config.shown()).contains("canary"));
    let shown = config.shown();
    let secret = shown
        .iter()
        .find(|one| one.name == "client_secret")
        .unwrap();
    assert_eq!(
        (secret.value.as_str(), secret.origin.as_str()),
        ("(set)", "environment AZURE_CLIENT_SECRET")
    );
}

fn fault(text: &str) -> String {
    let layers = Layers {
        project: file("fluxprobe.yaml", text),
        ..Layers::default()
    };
    Config::load(&layers).unwrap_err().to_string()
}

#[test]
fn a_misspelt_name_is_pointed_at_and_put_right() {
    let text = fault("accounts: [a]\ngatway_url: https://x\n");
    assert!(
        text.starts_with("fluxprobe.yaml:2:1: unknown setting `gatway_url`"),
        "{text}"
    );
    assert!(text.contains("did you mean `gateway_url`?"), "{text}");
    assert!(
        text.ends_with("  |\n2 | gatway_url: https://x\n  | ^"),
        "{text}"
    );
    let text = fault("targets:\n  - deploment: d\n");
    assert!(
        text.starts_with("fluxprobe.yaml:2:5: unknown field `deploment`"),
        "{text}"
    );
    assert!(text.contains("did you mean `deployment`?"), "{text}");
    let text = fault("targets: [\n");
    assert!(
        text.starts_with("fluxprobe.yaml:1:10: unclosed bracket"),
        "{text}"
    );
    assert!(!fault("zzz: 1\n").contains("did you mean"));
    assert!(fault("gateway_url: [a, b]\n").contains("`gateway_url` takes one text, not a list"));
    assert!(fault("- a\n").starts_with("fluxprobe.yaml:1:1:"));
}

#[test]
fn a_quarantine_names_its_owner_and_its_last_day() {
    let good = "quarantine:\n  - {scenario: I, owner: anna, until: 2026-12-31, why: INC-1}\n";
    let layers = Layers {
        project: file("fluxprobe.yaml", good),
        ..Layers::default()
    };
    let config = Config::load(&layers).unwrap();
    assert_eq!(config.quarantine().len(), 1);
    assert_eq!(
        config.quarantine()[0].phrase(),
        "quarantined until 2026-12-31 by anna: INC-1"
    );
    for (entry, said) in [
        ("{scenario: I, until: 2026-12-31}", "missing field `owner`"),
        ("{scenario: I, owner: anna}", "missing field `until`"),
        (
            "{scenario: I, owner: anna, until: soon}",
            "`until` takes a day such as 2026-12-31",
        ),
        (
            "{scenario: I, owner: anna, until: 2026-02-30}",
            "`until` takes a day",
        ),
        (
            "{scenario: I, owner: ' ', until: 2026-12-31}",
            "`owner` is empty",
        ),
        (
            "{scenario: I, owner: a, untill: 2026-12-31}",
            "did you mean `until`?",
        ),
    ] {
        let text = fault(&format!("quarantine:\n  - {entry}\n"));
        assert!(
            text.starts_with("fluxprobe.yaml:2:") && text.contains(said),
            "{text}"
        );
    }
}

#[test]
fn a_secret_in_a_file_is_refused_without_being_repeated() {
    let text = fault("client_secret: canary\n");
    assert!(
        text.contains("set AZURE_CLIENT_SECRET in the environment or in .env"),
        "{text}"
    );
    assert!(!text.contains("canary"), "{text}");
    assert!(!fault("targets:\n  - api_key: canary\n").contains("canary"));
}

#[test]
fn a_bad_line_of_a_dotenv_file_is_named_but_not_shown() {
    let layers = Layers {
        dotenv: file(".env", "A=1\nKEY=can ary \"\n"),
        ..Layers::default()
    };
    let text = Config::load(&layers).unwrap_err().to_string();
    assert!(
        text.starts_with(".env:2: this line cannot be read"),
        "{text}"
    );
    assert!(!text.contains("ary"), "{text}");
}

#[test]
fn quotes_comments_and_marks_of_a_dotenv_file_are_understood() {
    let layers = Layers {
        dotenv: file(
            ".env",
            "\u{feff}# first\nexport IMAGE_MODEL_NAME='FLUX-1.1-pro'\nAPIM_SUBSCRIPTION_KEY='a$b#c'\n\n",
        ),
        ..Layers::default()
    };
    let config = Config::load(&layers).unwrap();
    assert_eq!(config.text(Key::ImageModel), Some("FLUX-1.1-pro"));
    assert_eq!(config.secret(Key::GatewayKey).unwrap().expose(), "a$b#c");
}

#[test]
fn an_empty_file_sets_nothing() {
    for text in ["", "# nothing\n\n", "targets: []\n", "gateway_url: null\n"] {
        let layers = Layers {
            project: file("f.yaml", text),
            ..Layers::default()
        };
        let config = Config::load(&layers).unwrap();
        assert_eq!(config.text(Key::GatewayUrl), None, "{text:?}");
        assert_eq!(config.written_targets(), []);
    }
}

#[test]
fn every_setting_has_a_name_of_its_own_and_no_flag_takes_a_secret() {
    for (at, one) in SETTINGS.iter().enumerate() {
        assert!(
            SETTINGS[..at]
                .iter()
                .all(|other| other.name != one.name && other.key != one.key)
        );
        assert!(
            one.flag.is_none() || one.form != Form::Secret,
            "{}",
            one.name
        );
        assert!(!one.variables.is_empty() && !one.about.is_empty());
        assert_eq!(one.key.setting().unwrap().name, one.name);
    }
}
