use super::*;

fn error_of(text: &str) -> String {
    World::parse(text).unwrap_err().to_string()
}

#[test]
fn phase_1_5_is_the_environment_it_says() {
    let world = World::load("phase-1.5").unwrap();
    let counts: Vec<usize> = world
        .accounts
        .values()
        .map(|account| account.deployments.len())
        .collect();
    assert_eq!(counts, [10, 3, 2]);
    let gateway = &world.gateways["apim-pavavy6pu5hpa"];
    assert_eq!(gateway.apis["inference-api"].operations.len(), 49);
    assert_eq!(gateway.subscriptions["subscription1"].primary_key.len(), 32);
    assert_eq!(world.accounts["foundry1-pavavy6pu5hpa"].keys[0].len(), 84);
    assert!(
        world
            .clients
            .values()
            .any(|client| client.secret.as_ref().is_some_and(|s| s.len() == 37))
    );
}

#[test]
fn healthy_publishes_edits_and_keeps_one_member() {
    let world = World::load("healthy").unwrap();
    assert_eq!(world.name, "healthy");
    assert!(world.expect_causes.is_empty());
    let gateway = &world.gateways["apim-pavavy6pu5hpa"];
    let operations = &gateway.apis["inference-api"].operations;
    assert_eq!(operations.len(), 50);
    assert_eq!(
        operations["ImageEdits_Create"].url_template,
        "/deployments/{deployment-id}/images/edits?api-version={api-version}"
    );
    assert_eq!(gateway.backends["inference-backend-pool"].pool.len(), 1);
}

#[test]
fn null_takes_away_even_a_stock_operation() {
    let world = World::parse(
        "extends: phase-1.5
accounts: { foundry2-pavavy6pu5hpa: null }
gateways: { apim-pavavy6pu5hpa: { apis: { inference-api: { operations: { ImageGenerations_Create: null }}}}}",
    )
    .unwrap();
    assert_eq!(world.accounts.len(), 2);
    let gateway = &world.gateways["apim-pavavy6pu5hpa"];
    assert_eq!(gateway.apis["inference-api"].operations.len(), 48);
}

#[test]
fn null_that_takes_nothing_away_is_pointed_at() {
    let text = "extends: phase-1.5\naccounts:\n  foundry9: null\n";
    let error = error_of(text);
    assert!(error.starts_with("world:3:13: null takes away"), "{error}");
}

#[test]
fn a_typo_is_shown_with_its_line_and_a_suggestion() {
    let error = error_of("name: x\nacounts:\n  a: {}\n");
    assert_eq!(
        error,
        "world:2:1: unknown field `acounts`; did you mean `accounts`?\n  |\n2 | acounts:\n  | ^"
    );
    let error = error_of("accounts:\n  a:\n    key_auth: disbled\n");
    assert!(
        error.starts_with("world:3:15: unknown value `disbled`; did you mean `disabled`?"),
        "{error}"
    );
}

#[test]
fn a_number_where_text_belongs_is_told_to_be_quoted() {
    let error = error_of("accounts:\n  a:\n    deployments:\n      d: { model: m, version: 1 }\n");
    assert!(
        error.starts_with("world:4:31: found integer `1`, expected a string; put it in quotes"),
        "{error}"
    );
}

#[test]
fn broken_yaml_is_placed() {
    let error = World::parse("name: [x\n").unwrap_err();
    assert!(matches!(error, WorldError::Invalid { line: 1.., .. }));
}

#[test]
fn what_is_named_must_exist() {
    let error = error_of(
        "gateways:\n  g:\n    backends:\n      one: { url: https://a.example }\n      pool:\n        pool:\n          - { backend: on }\n",
    );
    assert_eq!(
        error,
        "world:7:24: gateways.g.backends.pool.pool.0.backend: no backend is called `on`; did you mean `one`?\n  |\n\
         7 |           - { backend: on }\n  |                        ^"
    );
    let error = error_of("accounts: { a: { subscription: s } }");
    assert!(error.contains("no subscription is called `s`"), "{error}");
    let error = error_of("gateways: { g: { identity: nobody } }");
    assert!(error.contains("no client is called `nobody`"), "{error}");
}

#[test]
fn a_canned_answer_that_cannot_be_sent_is_refused() {
    let of = |answer: &str| error_of(&format!("hosts: {{ a.example: {{ answer: {answer} }} }}"));
    assert!(of("{ body: x }").contains("hosts.a.example.answer.status: 0 is no HTTP status"));
    assert!(of("{ status: 502, body_base64: '*' }").contains("no base64"));
    assert!(of("{ status: 502, headers: [['a b', c]] }").contains("no HTTP header"));
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    assert_eq!(
        World::load("phase-1").unwrap_err().to_string(),
        "no world is called `phase-1` (did you mean `phase-1.5`?); the built-in ones are phase-1.5, healthy; \
         a file is named by its path"
    );
    let error = World::load("missing/world.yaml").unwrap_err();
    assert!(matches!(error, WorldError::Unreadable { .. }));
}

#[test]
fn files_extend_files_beside_them_and_never_in_a_circle() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write("base.yaml", "extends: healthy\nseed: 3\n");
    let top = write("top.yaml", "extends: base.yaml\nclock_offset_seconds: 5\n");
    let world = World::load(&top).unwrap();
    assert_eq!((world.name.as_str(), world.seed), ("top", 3));
    assert_eq!(world.accounts.len(), 3);

    let one = write("one.yaml", "extends: two.yaml\n");
    write("two.yaml", "extends: one.yaml\n");
    let error = World::load(&one).unwrap_err();
    assert!(matches!(error, WorldError::Circle { .. }), "{error}");
}

#[test]
fn an_extended_file_that_is_not_there_is_pointed_at() {
    let error = error_of("extends: helthy\n");
    assert!(
        error.starts_with("world:1:10: there is no file helthy;"),
        "{error}"
    );
    assert!(error.contains("did you mean `healthy`?"), "{error}");
}

#[test]
fn the_same_seed_draws_the_same_world_and_another_does_not() {
    let key = |text: &str| World::parse(text).unwrap().accounts["a"].keys.clone();
    assert_eq!(key("accounts: { a: {} }"), key("accounts: { a: {} }"));
    assert_ne!(
        key("accounts: { a: {} }"),
        key("{ seed: 1, accounts: { a: {} } }")
    );
}

#[test]
fn a_generated_world_has_the_size_asked_for() {
    let world = World::load("generated:4x3x2x5").unwrap();
    assert_eq!(world.accounts.len(), 4);
    assert_eq!(world.accounts["foundry0000"].deployments.len(), 3);
    let gateway = &world.gateways["apim-generated"];
    assert_eq!(gateway.apis.len(), 2);
    assert_eq!(gateway.apis["api001"].operations.len(), 5);
    assert!(World::load("generated:4x3").is_err());
}
