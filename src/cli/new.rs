//! `fluxprobe new scenario`.

use super::args_files::{NewCommand, NewScenarioArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use crate::scenario;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// The scenario that people begin with; `NAME` stands for its name.
const SCENARIO: &str = include_str!("new_scenario.yaml");

/// Writes a scenario that is valid as it stands.
pub(super) fn run(command: &NewCommand) -> Result<Exit, Failure> {
    let NewCommand::Scenario(args) = command;
    let file = args.folder.join(format!("{}.yaml", args.name));
    let text = scenario_text(args, &file)?;
    write_new(&file, &text, args.is_forced)?;
    let file = file.display();
    output::data(&format!(
        "wrote {file}\n  check it:  fluxprobe check {file}\n  run it:    fluxprobe run --scenarios {file} --world healthy\n"
    ))?;
    Ok(Exit::Passed)
}

fn scenario_text(args: &NewScenarioArgs, file: &Path) -> Result<String, Failure> {
    let text = SCENARIO.replace("NAME", &args.name);
    match scenario::parse(&file.display().to_string(), &text, &scenario::Nothing) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::new(Exit::Usage, error)),
    }
}

/// Writes a file that is not there yet.
///
/// # Errors
/// Where it is there and `is_forced` is not, or cannot be written.
pub(super) fn write_new(file: &Path, text: &str, is_forced: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if is_forced {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(file)
        .and_then(|mut opened| opened.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let file = file.display();
            let text = format!("{file} is there already; say --force to write over it");
            Err(Failure::new(Exit::Usage, text))
        }
        written => written.map_err(|error| Failure::unwritable(file, &error)),
    }
}
