//! What a file means once it is read.

use super::*;
use crate::expr::{Context, Engine};
use crate::model::{CredentialUse, Leg, RouteStyle};
use serde_json::json;
use std::time::Duration;

const EVERYTHING: &str = r#"
id: my-own
name: everything
title: every key of the language
tags: [one, two]
when: family.supports_edit
vars:
  prompt: a {{ target.deployment }}
  count: 2
steps:
  - name: picture {{ matrix.size }} {{ matrix.n }}
    matrix: { size: [1024x1024, 512x512], n: [1, 2] }
    generate: { prompt: "{{ prompt }}", size: "{{ matrix.size }}", n: 2, quality: hd, output_format: png, seed: 7 }
    how:
      route: model-name
      via: direct
      credential: key-as-bearer
      api_version: null
      deployment: other
      headers: { x-a: "{{ count }}", x-b: null }
      body: { n: "{{ count }}", size: null }
    when:
      - count > 1
      - { that: target.gateway is none, why: "there is {{ target.route }}" }
    expect:
      - status == 200
      - { that: picture.width > 1, why: wide }
    capture: { drawing: picture }
    repeat: { times: count + 1, parallel: 2, until: status == 429 }
    wait: 1m30s
    timeout: 10s
    free: true
    paced: false
    honours_retry_after: true
    print: "{{ picture.width }}"
  - http: { url: /models, method: get }
    poll: { until: json.done, every: 500ms, within: 1m }
    expect: status == 200
  - probe: { text: "{", edit: true }
    expect: [status == 400]
  - edit: { prompt: p, image: captures.drawing, size: 512x512 }
    expect: status == 200
  - describe: { prompt: p, image: captures.drawing }
    expect: status == 200
"#;

#[test]
fn every_key_reaches_the_tree() {
    let scenario = read(EVERYTHING).unwrap();
    assert_eq!(scenario.id, "my-own");
    assert_eq!(scenario.tags, ["one", "two"]);
    assert_eq!(scenario.file, "x.yaml");
    assert_eq!(scenario.when[0].that, "family.supports_edit");
    assert_eq!(
        scenario.when[0].why,
        "it applies only where family.supports_edit"
    );
    assert_eq!(scenario.when[0].at.to_string(), "x.yaml:6:7");
    assert_eq!(
        scenario.vars.keys().collect::<Vec<_>>(),
        ["prompt", "count"]
    );
    let step = &scenario.steps[0];
    assert_eq!(
        step.how,
        How {
            route: Some(RouteStyle::ModelName),
            via: Some(Leg::Direct),
            credential: CredentialUse::KeyAsBearer,
            api_version: Some(None),
            deployment: Some("other".into()),
            headers: [
                ("x-a".into(), Some("{{ count }}".into())),
                ("x-b".into(), None)
            ]
            .into(),
            body: json!({"n": "{{ count }}", "size": null})
                .as_object()
                .cloned()
                .unwrap(),
        }
    );
    assert_eq!(
        step.action,
        Action::Generate(Generate {
            prompt: "{{ prompt }}".into(),
            size: Some("{{ matrix.size }}".into()),
            n: 2,
            quality: Some("hd".into()),
            output_format: Some("png".into()),
            seed: Some(7),
        })
    );
    assert_eq!(step.matrix["size"], [json!("1024x1024"), json!("512x512")]);
    assert_eq!(step.matrix["n"], [json!(1), json!(2)]);
    assert_eq!(step.when[1].why, "there is {{ target.route }}");
    assert_eq!(step.expect[1].why.as_deref(), Some("wide"));
    assert_eq!(step.expect[0].at.to_string(), "x.yaml:26:9");
    assert_eq!(step.expect[1].at.to_string(), "x.yaml:27:17");
    assert_eq!(step.capture["drawing"], "picture");
    assert_eq!(
        step.repeat,
        Repeat {
            times: "count + 1".into(),
            parallel: 2,
            until: Some("status == 429".into())
        }
    );
    assert_eq!(step.wait, Duration::from_secs(90));
    assert_eq!(step.timeout, Duration::from_secs(10));
    assert!(step.is_free && !step.is_paced && step.honours_retry_after == Some(true));
    assert_eq!(step.print, ["{{ picture.width }}"]);
    assert_eq!(step.at.to_string(), "x.yaml:11:5");
}

#[test]
fn what_is_left_out_has_its_default() {
    let scenario = read(EVERYTHING).unwrap();
    let http = &scenario.steps[1];
    assert_eq!(
        http.name, "http",
        "a step without a name is called after its action"
    );
    assert!(matches!(&http.action, Action::Http(http) if http.method == "GET"));
    assert_eq!(
        http.poll,
        Some(Poll {
            until: "json.done".into(),
            every: Duration::from_millis(500),
            within: Duration::from_secs(60)
        })
    );
    assert_eq!(http.how, How::default());
    assert_eq!(http.repeat, Repeat::default());
    assert_eq!(http.timeout, Duration::from_secs(180));
    assert!(!http.is_free && http.is_paced && http.honours_retry_after.is_none());
    let Action::Probe(probe) = &scenario.steps[2].action else {
        panic!("a probe")
    };
    assert_eq!(
        (probe.text.as_deref(), &probe.json, probe.is_edit),
        (Some("{"), &None, true)
    );
    assert!(matches!(&scenario.steps[3].action, Action::Edit(edit) if edit.n == 1));
    assert!(
        matches!(&scenario.steps[4].action, Action::Describe(describe) if describe.max_tokens == 200)
    );
}

#[test]
fn an_api_version_is_left_alone_left_out_or_named() {
    let version = |how: &str| {
        let text = format!(
            "id: B\nname: n\ntitle: t\nsteps:\n  - probe: {{}}\n    expect: status == 404\n    how: {how}\n"
        );
        read(&text).unwrap().steps[0].how.api_version.clone()
    };
    assert_eq!(version("{}"), None);
    assert_eq!(version("{ api_version: null }"), Some(None));
    assert_eq!(
        version("{ api_version: 2024-08-01-preview }"),
        Some(Some("2024-08-01-preview".into()))
    );
}

const OUTER: &str = "title: outer\nvars: { who: you, what: null }\nsteps:\n  - include: deep/inner.yaml\n    with: { what: \"{{ what }} of {{ who }}\" }\n    when: target.direct is not none\n";
const INNER: &str = "title: inner\nvars: { what: null, words: [x] }\nsteps:\n  - probe: { json: { prompt: \"{{ what }}\" } }\n    name: \"ask {{ what }}\"\n    expect: words | length == 1\n";

#[test]
fn includes_nest_and_hand_their_values_down() {
    let text = "id: B\nname: n\ntitle: t\nvars: { thing: a hat }\nsteps:\n  - include: parts/outer.yaml\n    with: { what: \"{{ thing }}\" }\n    when: target.gateway is not none\n";
    let files = [
        ("parts/outer.yaml", OUTER),
        ("parts/deep/inner.yaml", INNER),
    ];
    let scenario = read_with(text, &files).unwrap();
    let [step] = &scenario.steps[..] else {
        panic!("one step: {:?}", scenario.steps)
    };
    let that: Vec<&str> = step
        .when
        .iter()
        .map(|condition| condition.that.as_str())
        .collect();
    assert_eq!(
        that,
        ["target.gateway is not none", "target.direct is not none"]
    );
    assert_eq!(step.at.to_string(), "parts/deep/inner.yaml:4:5");

    let engine = Engine::strict();
    let mut context = Context::new(&json!({"thing": "a hat"}));
    for (name, value) in &step.vars {
        let value = engine.render_value(value, &context).unwrap();
        context.set(name, &value);
    }
    assert_eq!(
        engine.render(&step.name, &context),
        Ok("ask a hat of you".into())
    );
    assert_eq!(engine.is_true(&step.expect[0].that, &context), Ok(true));
}

#[test]
fn a_fragment_sees_only_its_own_variables() {
    let text = "id: B\nname: n\ntitle: t\nvars: { thing: 1 }\nsteps:\n  - include: f.yaml\n";
    let fragment = "title: f\nsteps:\n  - probe: {}\n    expect: thing == 1\n";
    let error = read_with(text, &[("f.yaml", fragment)])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("f.yaml:4:13: there is no variable `thing`"),
        "{error}"
    );
}

#[test]
fn later_steps_know_the_captures_and_answers_of_earlier_ones() {
    let text =
        |order: [&str; 2]| format!("id: B\nname: n\ntitle: t\nsteps:\n{}{}", order[0], order[1]);
    let first = "  - name: first\n    probe: {}\n    expect: status == 400\n    capture: { code: json.error.code }\n";
    let second = "  - name: second\n    probe: {}\n    expect:\n      - captures.code == 'x'\n      - steps.first.status == 400\n      - attempts[0].timings.total > 1\n";
    assert!(read(&text([first, second])).is_ok());
    let error = read(&text([second, first])).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let text =
        "\u{feff}id: B\nname: n\ntitle: t\nsteps:\n  - probe: {}\n    expect: status == 400\n";
    assert!(read(text).is_ok());
}

#[test]
fn a_folder_is_read_in_the_order_of_names_and_ids_are_unique() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, id: &str| {
        let text = format!(
            "id: {id}\nname: n\ntitle: t\nsteps:\n  - probe: {{}}\n    expect: status == 400\n"
        );
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    write("b.yaml", "mine");
    write("a.yml", "yours");
    std::fs::write(folder.path().join("notes.txt"), "no scenario").unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let ids: Vec<String> = load_all(&path)
        .unwrap()
        .iter()
        .map(|scenario| scenario.id.to_string())
        .collect();
    assert_eq!(ids, ["yours", "mine"]);
    write("c.yaml", "mine");
    assert!(matches!(load_all(&path), Err(ScenarioError::Twice { id, .. }) if id == "mine"));
    assert!(matches!(
        load_all("/nowhere/at/all"),
        Err(ScenarioError::Unreadable { .. })
    ));
}

#[test]
fn a_scenario_is_loaded_by_letter_name_or_path() {
    assert_eq!(load("k").unwrap().name, "keep out");
    assert_eq!(load("built route").unwrap().id, "B");
    assert!(matches!(load("Z"), Err(ScenarioError::Unknown { .. })));
    assert!(matches!(
        load("nowhere/x.yaml"),
        Err(ScenarioError::Unreadable { .. })
    ));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.yaml");
    std::fs::write(&path, [b'i', b'd', b':', b' ', 0xff]).unwrap();
    let error = load(&path.to_string_lossy()).unwrap_err().to_string();
    assert!(error.contains("it is not UTF-8 text"), "{error}");
}
