//! The floors of the house, read from the imports of `src/`: an arrow may only point down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Hard bound on the length of a module.
const MAX_LINES: usize = 500;

/// Floor 1: nouns, the one expression language, data tables.
const NOUNS: &[&str] = &["model", "expr", "knowledge"];
/// Floor 2 without the door: rooms that know nothing of one another, but that `diagnose` reads policies with `policy`.
const PURE: &[&str] = &[
    "scenario", "provider", "policy", "image", "diagnose", "report", "config",
];
/// Verbs of floor 3 that touch nothing.
const PURE_VERBS: &[&str] = &["plan", "audit", "compare"];

/// What each room may import of ours. A room that is not in this table fails the test.
fn may_import(room: &str) -> Option<Vec<&'static str>> {
    let verbs = ["discover", "plan", "run", "audit", "generate"];
    Some(match room {
        "sim" | "model" => Vec::new(),
        "expr" => vec!["model"],
        "knowledge" => vec!["model", "expr"],
        // Policies are read in one place, for findings and for causes alike.
        "diagnose" => [NOUNS, &["policy"]].concat(),
        room if PURE.contains(&room) => NOUNS.to_vec(),
        // Cells compile what `notebook` imports: the work is done by the program.
        "net" | "compare" | "history" | "notebook" => vec!["model"],
        "plan" => [NOUNS, &["scenario", "provider"]].concat(),
        "audit" => [NOUNS, &["scenario", "provider", "policy"]].concat(),
        "discover" | "run" | "doctor" | "generate" => [NOUNS, PURE, &["net"], &verbs].concat(),
        "harness" | "serve" | "cli" => {
            let rest = [
                "net", "doctor", "compare", "history", "harness", "serve", "sim",
            ];
            [NOUNS, PURE, &verbs, &rest].concat()
        }
        "main" | "lib" => vec!["cli"],
        _ => return None,
    })
}

/// Rooms that touch nothing: no runtime, no network.
fn is_pure(room: &str) -> bool {
    [NOUNS, PURE, PURE_VERBS].concat().contains(&room)
}

#[test]
fn every_arrow_points_down() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let Some(allowed) = may_import(&room) else {
            wrong.push(format!("{}: room `{room}` is on no floor", path.display()));
            continue;
        };
        for used in rooms_used(&text) {
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!(
                    "{}: `{room}` may not import `{used}`",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn verbs_and_rooms_form_no_circle() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, _, text) in sources() {
        let used: BTreeSet<String> = rooms_used(&text)
            .into_iter()
            .filter(|used| *used != room)
            .collect();
        arrows.entry(room).or_default().extend(used);
    }
    for start in arrows.keys() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = arrows[start].iter().collect();
        while let Some(next) = open.pop() {
            assert_ne!(next, start, "`{start}` is reached again from itself");
            if seen.insert(next) {
                open.extend(arrows.get(next).into_iter().flatten());
            }
        }
    }
}

#[test]
fn pure_rooms_have_no_runtime_and_only_net_and_sim_have_sockets() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let forbidden: &[&str] = match room.as_str() {
            "net" | "sim" => &[],
            room if is_pure(room) || room == "notebook" => &[
                "tokio",
                "reqwest",
                "hyper",
                "std::net",
                "azure_core",
                "azure_identity",
            ],
            _ => &[
                "reqwest",
                "hyper::",
                "azure_identity",
                "TcpStream",
                "TcpListener",
            ],
        };
        let production = without_tests(&text);
        for word in forbidden {
            let is_used = production.lines().any(|line| {
                let code = line.trim_start();
                !code.starts_with("//")
                    && (code.contains(&format!("{word}::"))
                        || code.contains(word) && word.contains(':'))
            });
            // A configured secret is the one thing of azure_core that a pure room may hold.
            let is_secret_only = *word == "azure_core"
                && production
                    .lines()
                    .filter(|line| line.contains("azure_core"))
                    .all(|line| line.contains("Secret"));
            if is_used && !is_secret_only {
                wrong.push(format!("{}: `{room}` uses `{word}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_module_is_longer_than_the_bound() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, _, text)| text.lines().count() > MAX_LINES)
        .map(|(_, path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Every source file with the room it belongs to.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let first = inside
                    .components()
                    .next()
                    .unwrap()
                    .as_os_str()
                    .to_string_lossy()
                    .into_owned();
                let room = first.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                found.push((room, inside.to_owned(), text));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// Rooms that a file names with `crate::ROOM` or `fluxprobe::ROOM`, grouped imports included.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for root in ["crate::", "fluxprobe::"] {
        for (at, _) in text.match_indices(root) {
            let rest = &text[at + root.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let inside = group.split('}').next().unwrap_or_default();
                used.extend(inside.split(',').filter_map(first_word));
            } else {
                used.extend(first_word(rest));
            }
        }
    }
    used.retain(|room| may_import(room).is_some());
    used
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
        .collect();
    (!word.is_empty()).then_some(word)
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}
