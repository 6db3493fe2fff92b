//! `docs/cli.md` is the definition of the arguments, written out; run with `UPDATE_DOCS=1` to write it anew.

use clap::{Command, CommandFactory};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Width that the help is wrapped to.
const WIDTH: usize = 100;

#[test]
fn the_page_of_commands_is_the_definition() {
    let mut program = fluxprobe::cli::Cli::command().term_width(WIDTH);
    program.build();
    let mut text = String::from(
        "# Commands\n\nWhat `--help` says, command by command. A test holds this page to the program; \
         `UPDATE_DOCS=1 cargo nextest run page_of_commands` writes it anew. `fluxprobe man` prints the same as manual pages.\n",
    );
    write(&mut text, &program);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == text,
        "docs/cli.md is out of date: run this test once with UPDATE_DOCS=1"
    );
}

fn write(text: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or("fluxprobe").to_owned();
    // Flags of every command are told once, with the program; what a variable holds here is nobody's business.
    let is_inner = name.contains(' ');
    let shown = command.clone().term_width(WIDTH).mut_args(|one| {
        let is_told = is_inner && one.is_global_set();
        one.hide_env_values(true).hide(is_told)
    });
    let mut shown = shown.bin_name(&name);
    let help = shown.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = lines.join("\n");
    let help = match help.split_once("\nExit codes:") {
        Some((before, _)) if is_inner => before.trim_end().to_owned(),
        _ => help.trim_end().to_owned(),
    };
    let _ = write!(text, "\n## {name}\n\n```text\n{help}\n```\n");
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        self::write(text, inner);
    }
}
