//! From the arguments to a command, and from its end to an exit code.

use super::args::{Cli, Command};
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use super::{
    audit, check, compare, config, discover, doctor, explain, generated, history, init, merge, new,
    notebook, pipe, plan, report, routes, run, schema, screen, secrets, sim,
};
use crate::harness::Environment;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Runs the command line. The caller only has to return what it gives.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Err(failure) = secrets::refuse_in(&arguments) {
        output::message(&failure.shown(false));
        return failure.exit.into();
    }
    let is_bare = arguments.len() < 2;
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(_) if is_bare => {
            output::message(&Cli::command().render_help().to_string());
            return Exit::Usage.into();
        }
        Err(error) => {
            // What cannot be printed (a closed pipe) leaves nothing to be done.
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Passed
            };
            return exit.into();
        }
    };
    let environment = Environment::of_process();
    let is_terminal = std::io::stderr().is_terminal();
    let is_colored = screen::is_colored(cli.global.color, &environment, is_terminal);
    match start(cli, environment) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::message(&failure.shown(is_colored));
            failure.exit.into()
        }
    }
}

fn start(cli: Cli, environment: Environment) -> Result<Exit, Failure> {
    let session = Session::new(cli.global, environment);
    match &cli.command {
        Command::Init(_)
        | Command::New(_)
        | Command::Check(_)
        | Command::Sim(_)
        | Command::Notebook(_)
        | Command::Pipe
        | Command::Baseline(_) => session.without_output()?,
        _ => {}
    }
    // These need no runtime.
    match &cli.command {
        Command::Schema(args) => return schema::run(&session, args),
        Command::Explain(args) => return explain::run(&session, args),
        Command::Report(args) => return report::run(&session, args),
        Command::Config(command) => return config::run(&session, command),
        Command::Notebook(args) => return notebook::run(&session, args),
        Command::New(command) => return new::run(command),
        Command::Check(args) => return check::run(&session, args),
        Command::Completions(args) => return generated::completions(&session, args),
        Command::Man(args) => return generated::man(&session, args),
        Command::Compare(args) => return compare::run(&session, args),
        Command::History(args) => return history::run(&session, args),
        Command::Merge(args) => return merge::run(&session, args),
        Command::Baseline(command) => return compare::update_file(&session, command),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            let text =
                format!("no threads can be started: {error}; free some memory or raise the limit");
            Failure::new(Exit::Usage, text)
        })?;
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Discover(args) => discover::run(&session, &args).await,
            Command::Audit(args) => audit::run(&session, &args).await,
            Command::Routes(args) => routes::run(&session, &args).await,
            Command::Doctor(args) => doctor::run(&session, &args).await,
            Command::Plan(args) => plan::run(&session, &args).await,
            Command::Run(args) => run::run(&session, &args).await,
            Command::Sim(args) => sim::run(&session, &args).await,
            Command::Pipe => pipe::run(session).await,
            Command::Init(args) => init::run(&session, &args).await,
            // Those above have ended before a runtime was needed.
            _ => Ok(Exit::Usage),
        }
    });
    // Every command has joined what it started; only a question that nobody has answered may still wait.
    runtime.shutdown_background();
    ended
}
