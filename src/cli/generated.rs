//! `fluxprobe completions` and `fluxprobe man`: made from the one definition of the arguments.

use super::args::Cli;
use super::args_files::{CompletionsArgs, ManArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::path::Path;

/// Prints the completions of a shell.
pub(super) fn completions(session: &Session, args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fluxprobe", &mut bytes);
    session.print(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Passed)
}

/// Prints one page of the manual, or writes all of them into a folder.
pub(super) fn man(session: &Session, args: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = &session.global.output_dir {
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
        write_all(&program, folder)?;
        return Ok(Exit::Passed);
    }
    let mut command = &program;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            let text = format!("there is no command `{word}`; `fluxprobe --help` lists all");
            Failure::new(Exit::Usage, text)
        })?;
    }
    session.print(&page(command)?)?;
    Ok(Exit::Passed)
}

fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(format!("{}.1", title(command)));
    fs::write(&path, page(command)?).map_err(|error| Failure::unwritable(&path, &error))?;
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" {
            write_all(inner, folder)?;
        }
    }
    Ok(())
}

fn page(command: &Command) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    Man::new(command.clone().display_name(title(command)))
        .title(title(command))
        .render(&mut bytes)
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `fluxprobe-config-show`.
fn title(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    name.replace(' ', "-")
}
