//! `fluxprobe notebook`: Jupyter with the Rust kernel, in a folder of its own.
//!
//! `plan` says what is missing, from facts; `layout` holds every file that is written; this module looks, asks, does.

mod facts;
mod layout;
mod plan;

use super::args::NotebookArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use facts::Facts;
use layout::Layout;
use plan::{Step, plan};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the environment lies under the user's data folder.
const FOLDER: &str = "fluxprobe/notebook";

/// Says what it will install, asks, installs, and opens Jupyter.
pub(super) fn run(session: &Session, args: &NotebookArgs) -> Result<Exit, Failure> {
    let layout = Layout {
        environment: absolute(&environment_folder(session, args)?)?,
        source: source(args)?,
        program: std::env::current_exe().map_err(|error| {
            let text = format!(
                "this program's own path cannot be told: {error}; start it by its whole path"
            );
            Failure::new(Exit::Usage, text)
        })?,
    };
    let facts = Facts::look(&layout);
    let steps = plan(&layout, &facts).map_err(|text| Failure::new(Exit::Usage, text))?;
    if steps.is_empty() {
        output::message(&format!(
            "everything is in place in {}\n",
            layout.environment.display()
        ));
    } else {
        let place = layout.environment.display();
        let mut text = format!("What is missing goes into {place}:\n");
        for step in &steps {
            text.push_str(&format!("  {}\n", step.says()));
        }
        output::message(&text);
        if args.is_only_checked {
            return Ok(Exit::Failed);
        }
        agree(args)?;
        for step in &steps {
            carry_out(step)?;
        }
    }
    if args.is_only_checked || args.is_not_opened {
        return Ok(Exit::Passed);
    }
    open(&layout, args)
}

fn environment_folder(session: &Session, args: &NotebookArgs) -> Result<PathBuf, Failure> {
    if let Some(folder) = &args.environment {
        return Ok(folder.clone());
    }
    let environment = &session.environment;
    let data = environment.get("XDG_DATA_HOME").map(PathBuf::from);
    let home = || Some(Path::new(environment.get("HOME")?).join(".local/share"));
    let data = data.or_else(home).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "neither HOME nor XDG_DATA_HOME is set; name a folder with --environment",
        )
    })?;
    Ok(data.join(FOLDER))
}

/// The folder with the library's source, which cells compile against.
fn source(args: &NotebookArgs) -> Result<PathBuf, Failure> {
    let folder = args.source.clone().unwrap_or_else(|| PathBuf::from("."));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    if !manifest.contains("name = \"fluxprobe\"") {
        let text = format!(
            "{} does not hold the source of fluxprobe, which cells are compiled against; run this in a checkout, or name one with --source",
            folder.display()
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    absolute(&folder)
}

fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    let made = std::path::absolute(folder).and_then(|path| {
        if path.exists() {
            path.canonicalize()
        } else {
            Ok(path)
        }
    });
    made.map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", folder.display())))
}

/// Asks whoever sits at the terminal.
fn agree(args: &NotebookArgs) -> Result<(), Failure> {
    if args.is_agreed {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::new(
            Exit::Usage,
            "nothing was installed, because nobody is there to ask; say --yes",
        ));
    }
    output::message("Go on? [y/N] ");
    let mut answer = String::new();
    // What cannot be read is no yes.
    let _ = io::stdin().read_line(&mut answer);
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Usage, "nothing was installed")),
    }
}

fn carry_out(step: &Step) -> Result<(), Failure> {
    match step {
        Step::Run { command, .. } => {
            output::message(&format!("$ {}\n", command.join(" ")));
            let failed = |why: String| {
                let text = format!("{} {why}", command.join(" "));
                Failure::new(Exit::Usage, text)
            };
            let Some((program, arguments)) = command.split_first() else {
                return Ok(());
            };
            let status = Command::new(program)
                .args(arguments)
                .stdout(io::stderr())
                .status()
                .map_err(|error| failed(format!("cannot be started: {error}")))?;
            match status.success() {
                true => Ok(()),
                false => Err(failed(format!(
                    "ended with {status}; mend that and run this again"
                ))),
            }
        }
        Step::Write { files, .. } => {
            for file in files {
                write(file).map_err(|error| Failure::unwritable(&file.path, &error))?;
            }
            Ok(())
        }
    }
}

fn write(file: &layout::File) -> io::Result<()> {
    if let Some(folder) = file.path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&file.path, &file.text)?;
    #[cfg(unix)]
    if file.is_program {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Opens Jupyter and stays until it ends.
fn open(layout: &Layout, args: &NotebookArgs) -> Result<Exit, Failure> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => layout.source.join("notebooks"),
    };
    let program = layout.jupyter();
    let status = Command::new(&program)
        .args(["lab", "--notebook-dir"])
        .arg(absolute(&folder)?)
        .env("JUPYTER_PATH", layout.jupyter_path())
        .status();
    let status = status.map_err(|error| {
        let text = format!("{} cannot be started: {error}", program.display());
        Failure::new(Exit::Usage, text)
    })?;
    Ok(if status.success() {
        Exit::Passed
    } else {
        Exit::Usage
    })
}
