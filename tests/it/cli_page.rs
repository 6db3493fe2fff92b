//! `docs/cli.md`: the definition of the arguments, written out.

use clap::{Command, CommandFactory};
use std::fmt::Write as _;

/// Width that the help is wrapped to.
const WIDTH: usize = 100;

/// The page as it should be.
pub(super) fn page() -> String {
    let mut program = fluxprobe::cli::Cli::command().term_width(WIDTH);
    program.build();
    let mut text = String::from(
        "# Commands\n\nWhat `--help` says, command by command. A test holds this page to the program; \
         `UPDATE_DOCS=1 cargo nextest run written_documents` writes it anew. `fluxprobe man` prints the same as manual pages.\n",
    );
    write(&mut text, &program);
    text
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
