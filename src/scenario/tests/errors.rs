//! Exact words of what is said where a file is wrong.

use super::*;

/// What is said, line by line.
fn said(text: &str) -> Vec<String> {
    said_with(text, &[])
}

fn said_with(text: &str, files: &[(&'static str, &'static str)]) -> Vec<String> {
    match read_with(text, files) {
        Ok(scenario) => vec![format!("no error: {scenario:#?}")],
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

/// A file with these steps.
fn with_steps(steps: &str) -> String {
    format!("id: B\nname: built route\ntitle: it answers\nsteps:\n{steps}")
}

const STEP: &str = "  - name: one\n    probe: {}\n";

#[test]
fn an_unknown_key() {
    let text = with_steps(&format!("{STEP}    expct: status == 200\n"));
    assert_eq!(
        said(&text),
        [
            "x.yaml:7:5: there is no key `expct` here",
            "  7 |     expct: status == 200",
            "    |     ^^^^^",
            "  help: did you mean `expect`?"
        ]
    );
}

#[test]
fn an_unknown_key_deep_inside() {
    let text = with_steps("  - generate: { prompt: p, sise: 1x1 }\n    expect: status == 200\n");
    assert_eq!(
        said(&text),
        [
            "x.yaml:5:28: there is no key `sise` here",
            "  5 |   - generate: { prompt: p, sise: 1x1 }",
            "    |                            ^^^^",
            "  help: did you mean `size`?"
        ]
    );
}

#[test]
fn a_misspelt_variable() {
    let text = with_steps(&format!(
        "{STEP}    expect:\n      - status == 200\n      - {{ that: pictrue.width > 1, why: x }}\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:9:17: there is no variable `pictrue`",
            "  9 |       - { that: pictrue.width > 1, why: x }",
            "    |                 ^^^^^^^",
            "  help: did you mean `picture`?"
        ]
    );
}

#[test]
fn a_misspelt_member_in_a_template() {
    let text = with_steps(&format!(
        "{STEP}    expect: status == 200\n    print: \"{{{{ target.deploymnt }}}}\"\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:8:23: there is no member `deploymnt`",
            "  8 |     print: \"{{ target.deploymnt }}\"",
            "    |                       ^^^^^^^^^",
            "  help: did you mean `deployment`?"
        ]
    );
}

#[test]
fn a_bad_expression() {
    let text = with_steps(&format!("{STEP}    expect: status = 200\n"));
    assert_eq!(
        said(&text),
        [
            "x.yaml:7:20: the expression does not parse: unexpected input after expression",
            "  7 |     expect: status = 200",
            "    |                    ^",
            "  help: two values are compared with `==`"
        ]
    );
}

#[test]
fn a_bad_expression_in_folded_text() {
    let text = with_steps(&format!(
        "{STEP}    expect:\n      - >-\n        status == 200 and\n        hop == 'gateway' adn 1\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:10:26: the expression does not parse: unexpected input after expression",
            "  10 |         hop == 'gateway' adn 1",
            "     |                          ^^^",
            "  help: did you mean `and`?"
        ]
    );
}

#[test]
fn two_actions() {
    let text = with_steps(
        "  - name: one\n    probe: {}\n    generate: { prompt: p }\n    expect: status == 200\n",
    );
    assert_eq!(
        said(&text),
        [
            "x.yaml:7:5: the step has two actions, `probe` and `generate`",
            "  7 |     generate: { prompt: p }",
            "    |     ^^^^^^^^",
            "  help: a step does one thing: make two steps of it"
        ]
    );
}

#[test]
fn no_action() {
    let text = with_steps("  - name: one\n    expect: status == 200\n");
    assert_eq!(
        said(&text),
        [
            "x.yaml:5:5: the step does nothing",
            "  5 |   - name: one",
            "    |     ^^^^",
            "  help: give it one of `generate`, `edit`, `describe`, `http`, `probe`, `include`"
        ]
    );
}

#[test]
fn a_missing_include() {
    let text = with_steps("  - include: shared/gone.yaml\n");
    assert_eq!(
        said(&text),
        [
            "x.yaml:5:14: `shared/gone.yaml` cannot be included: there is no such file",
            "  5 |   - include: shared/gone.yaml",
            "    |              ^^^^^^^^^^^^^^^^",
            "  help: it was looked for at `shared/gone.yaml`"
        ]
    );
}

#[test]
fn a_cycle() {
    let one = "title: t\nsteps:\n  - include: two.yaml\n";
    let two = "title: t\nsteps:\n  - include: ./one.yaml\n";
    let text = with_steps("  - include: one.yaml\n");
    assert_eq!(
        said_with(&text, &[("one.yaml", one), ("two.yaml", two)]),
        [
            "two.yaml:3:14: the file includes itself",
            "  3 |   - include: ./one.yaml",
            "    |              ^^^^^^^^^^",
            "  help: take one of these out: x.yaml -> one.yaml -> two.yaml -> one.yaml"
        ]
    );
}

#[test]
fn a_wrong_type() {
    let text = with_steps(&format!(
        "{STEP}    expect: status == 200\n    free: maybe\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:8:11: here stands no boolean",
            "  8 |     free: maybe",
            "    |           ^^^^^",
            "  help: write true or false"
        ]
    );
    let text = with_steps("  - generate: a picture\n    expect: status == 200\n");
    assert_eq!(
        said(&text),
        [
            "x.yaml:5:15: here should stand a mapping: `key: value` lines",
            "  5 |   - generate: a picture",
            "    |               ^"
        ]
    );
    let text = with_steps(&format!("{STEP}    expect: 5\n"));
    assert_eq!(
        said(&text),
        [
            "x.yaml:7:5: here stands integer `5`",
            "  7 |     expect: 5",
            "    |     ^^^^^^",
            "  help: write an expression, or a mapping with `that` and `why` or a list of them"
        ]
    );
}

#[test]
fn an_unknown_word() {
    let text = with_steps(&format!(
        "{STEP}    expect: status == 200\n    how: {{ credential: wrongkey }}\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:8:24: `wrongkey` is not one of the words for this",
            "  8 |     how: { credential: wrongkey }",
            "    |                        ^^^^^^^^",
            "  help: did you mean `wrong-key`?"
        ]
    );
}

#[test]
fn an_unknown_letter() {
    let text = with_steps(&format!("{STEP}    expect: status == 200\n")).replace("id: B", "id: M");
    assert_eq!(
        said(&text),
        [
            "x.yaml:1:5: `M` is not a letter of the protocol",
            "  1 | id: M",
            "    |     ^",
            "  help: the letters are A to L; a scenario of your own takes a name of two characters or more"
        ]
    );
    let all = built_in().unwrap();
    assert_eq!(
        select(&all, &["b", "Q"]).unwrap_err().to_string(),
        "there is no scenario `Q`: there are `A`, `B`, `C`, `D`, `E`, `F`, `G`, `H`, `I`, `J`, `K`, `L`"
    );
    assert_eq!(
        select(&all, &["bulit route"]).unwrap_err().to_string(),
        "there is no scenario `bulit route`: did you mean `built route`?"
    );
}

#[test]
fn a_duration_without_a_unit() {
    let text = with_steps(&format!(
        "{STEP}    expect: status == 200\n    timeout: 30\n    wait: 2 sec\n"
    ));
    assert_eq!(
        said(&text),
        [
            "x.yaml:8:14: `30` is not a duration: a unit is missing; write a number and a unit, as in 500ms, 2s, 1m30s, 1h",
            "  8 |     timeout: 30",
            "    |              ^^",
            "",
            "x.yaml:9:11: `2 sec` is not a duration: a unit is missing; write a number and a unit, as in 500ms, 2s, 1m30s, 1h",
            "  9 |     wait: 2 sec",
            "    |           ^"
        ]
    );
}

#[test]
fn a_missing_key_and_a_broken_file() {
    assert_eq!(
        said("id: B\nname: x\nsteps: []\n"),
        [
            "x.yaml:3:1: the key `title` is missing",
            "  3 | steps: []",
            "    | ^^^^^"
        ]
    );
    assert_eq!(
        said("id: B\nname: [x\n"),
        [
            "x.yaml:2:7: here should stand a text",
            "  2 | name: [x",
            "    |       ^"
        ]
    );
    assert_eq!(
        said(""),
        ["x.yaml:1:1: the file ends before anything is said"]
    );
    assert_eq!(
        said("id: B\nid: C\n"),
        [
            "x.yaml:2:1: the key `id` stands here a second time",
            "  2 | id: C",
            "    | ^^",
            "  help: keep one of the two"
        ]
    );
}

#[test]
fn values_for_a_fragment() {
    let fragment = "title: t\nvars: { name: null, words: none }\nsteps:\n  - probe: {}\n    name: \"{{ name }}\"\n    expect: words in body\n";
    let text = with_steps(
        "  - include: f.yaml\n    with: { nam: x }\n  - include: f.yaml\n    with: { name: y }\n    paced: false\n",
    );
    assert_eq!(
        said_with(&text, &[("f.yaml", fragment)]),
        [
            "x.yaml:5:14: the fragment needs a value for `name`",
            "  5 |   - include: f.yaml",
            "    |              ^^^^^^",
            "  help: write `with: { name: ... }`; the fragment: t",
            "",
            "x.yaml:6:13: the fragment has no variable `nam`",
            "  6 |     with: { nam: x }",
            "    |             ^^^",
            "  help: did you mean `name`?",
            "",
            "x.yaml:7:5: `paced` stands beside `include`",
            "  7 |   - include: f.yaml",
            "    |     ^^^^^^^",
            "  help: beside `include` only `with` and `when` may stand; the rest belongs into the fragment"
        ]
    );
}

#[test]
fn a_step_that_could_never_fail() {
    assert_eq!(
        said(&with_steps(STEP)),
        [
            "x.yaml:5:5: the step expects nothing, so it could never fail",
            "  5 |   - name: one",
            "    |     ^^^^",
            "  help: write what must be true of the answer, e.g. `expect: status == 200`"
        ]
    );
}

#[test]
fn what_is_sent_again_by_itself() {
    let text = with_steps(
        "  - generate: { prompt: p }\n    poll: { until: status == 200, every: 1s, within: 1m }\n    expect: status == 200\n",
    );
    assert_eq!(
        said(&text),
        [
            "x.yaml:6:5: this step cannot be polled",
            "  6 |     poll: { until: status == 200, every: 1s, within: 1m }",
            "    |     ^^^^",
            "  help: only `http` with GET or HEAD is polled; a paid call is never sent again by itself"
        ]
    );
}
