//! Documents under `docs/` that the program writes itself.

use super::cli_page;
use super::program::Desk;
use fluxprobe::{audit, diagnose, scenario};
use std::fs;
use std::path::Path;

/// With `UPDATE_DOCS=1` in the environment they are written anew.
#[test]
fn written_documents_are_what_the_program_writes_today() {
    let desk = Desk::new();
    let schema = |name: &str| desk.run(&["schema", name]).expect(0).stdout;
    let fragment = serde_json::to_string_pretty(&scenario::fragment_schema()).unwrap();
    let mut documents = vec![
        ("causes.md".to_owned(), diagnose::book().unwrap()),
        ("cli.md".to_owned(), cli_page::page()),
        ("findings.md".to_owned(), audit::book()),
        ("schema/fragment.schema.json".to_owned(), fragment + "\n"),
    ];
    for name in [
        "audit",
        "baseline",
        "checkup",
        "comparison",
        "history",
        "inventory",
        "plan",
        "routes",
        "run",
        "scenario",
        "world",
    ] {
        documents.push((format!("schema/{name}.schema.json"), schema(name)));
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut stale = Vec::new();
    for (name, text) in &documents {
        let path = docs.join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != *text {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "out of date in docs/: {stale:?}; UPDATE_DOCS=1 cargo nextest run written_documents writes them anew"
    );
}
