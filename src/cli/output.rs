//! Writing: documents to stdout or files, messages to stderr. A closed pipe is quiet.

use super::args::Global;
use super::exit::Exit;
use super::failure::Failure;
use super::screen;
use crate::report::{Document, FORMATS, Renderer, Style, format_named, format_of_file};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where documents go, and how.
pub(super) struct Outputs(Vec<Output>);

struct Output {
    /// Absent for stdout.
    path: Option<PathBuf>,
    format: &'static dyn Renderer,
    style: Style,
    has_begun: bool,
}

impl Outputs {
    /// What `--format` and `--output` ask for: a named format holds everywhere, else the extension of a file decides.
    ///
    /// # Errors
    /// Where no format can be told, or a file cannot be written there.
    pub(super) fn of(global: &Global, stdout: Style) -> Result<Self, Failure> {
        let named = global.format.as_deref().and_then(format_named);
        if global.output.is_empty() {
            return Ok(Outputs(vec![Output::stdout(named, stdout)]));
        }
        let outputs = global.output.iter().map(|path| {
            if path == Path::new("-") {
                return Ok(Output::stdout(named, stdout));
            }
            check_writable(path)?;
            let format = named.or_else(|| format_of_file(path));
            Ok(Output {
                path: Some(path.clone()),
                format: format.ok_or_else(|| unknown_format(path))?,
                style: screen::file_style(global),
                has_begun: false,
            })
        });
        Ok(Outputs(outputs.collect::<Result<_, Failure>>()?))
    }

    /// Makes sure that every format can show documents of the kind of `sample`, before anything is done or paid for.
    ///
    /// # Errors
    /// Where a format cannot.
    pub(super) fn check(&self, sample: Document<'_>) -> Result<(), Failure> {
        for output in &self.0 {
            output.format.render(sample, &output.style)?;
        }
        Ok(())
    }

    /// Writes `document` everywhere.
    ///
    /// # Errors
    /// Where a format cannot show it, or a file cannot be written.
    pub(super) fn write(&self, document: Document<'_>) -> Result<(), Failure> {
        for output in &self.0 {
            let text = output.format.render(document, &output.style)?;
            match &output.path {
                None => data(&text)?,
                Some(path) => {
                    fs::write(path, text).map_err(|error| Failure::unwritable(path, &error))?;
                }
            }
        }
        Ok(())
    }

    /// Whether every output is a line for each item, so that a part can follow a part.
    pub(super) fn are_lines(&self) -> bool {
        self.0.iter().all(|output| output.format.name() == "jsonl")
    }

    /// Writes `document` everywhere, after what was written before.
    ///
    /// # Errors
    /// Where a format cannot show it, or a file cannot be written.
    pub(super) fn append(&mut self, document: Document<'_>) -> Result<(), Failure> {
        for output in &mut self.0 {
            let text = output.format.render(document, &output.style)?;
            match &output.path {
                None => data(&text)?,
                Some(path) => {
                    let opened = fs::OpenOptions::new()
                        .create(true)
                        .write(true)
                        .append(output.has_begun)
                        .truncate(!output.has_begun)
                        .open(path);
                    opened
                        .and_then(|mut file| file.write_all(text.as_bytes()))
                        .map_err(|error| Failure::unwritable(path, &error))?;
                }
            }
            output.has_begun = true;
        }
        Ok(())
    }

    /// Whether anything goes to stdout.
    pub(super) fn has_stdout(&self) -> bool {
        self.0.iter().any(|output| output.path.is_none())
    }
}

impl Output {
    fn stdout(named: Option<&'static dyn Renderer>, style: Style) -> Self {
        Output {
            path: None,
            format: named.unwrap_or(FORMATS[0]),
            style,
            has_begun: false,
        }
    }
}

/// Writes data to stdout.
///
/// # Errors
/// Where stdout cannot be written to, unless its reader has gone.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unwritable(Path::new("stdout"), &error))
        }
        _ => Ok(()),
    }
}

/// Writes a message to stderr, if anybody still listens there.
pub(super) fn message(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn check_writable(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let refuse = |kind| Err(Failure::unwritable(path, &io::Error::from(kind)));
    if path.is_dir() {
        return refuse(io::ErrorKind::IsADirectory);
    }
    match folder {
        Some(folder) if !folder.is_dir() => refuse(io::ErrorKind::NotFound),
        _ => Ok(()),
    }
}

fn unknown_format(path: &Path) -> Failure {
    let known: Vec<&str> = FORMATS
        .iter()
        .flat_map(|format| format.extensions())
        .copied()
        .collect();
    let text = format!(
        "the extension of {} names no format: use one of {}, or say --format",
        path.display(),
        known.join(", ")
    );
    Failure::new(Exit::Usage, text)
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::*;
    use crate::model::Plan;
    use clap::Parser;

    fn outputs(arguments: &[&str]) -> Result<Outputs, Failure> {
        let all = ["fluxprobe", "discover"].iter().chain(arguments);
        let cli = Cli::try_parse_from(all).unwrap();
        Outputs::of(&cli.global, Style::default())
    }

    fn names(outputs: &Outputs) -> Vec<&'static str> {
        outputs
            .0
            .iter()
            .map(|output| output.format.name())
            .collect()
    }

    #[test]
    fn extensions_decide_unless_a_format_is_named() {
        assert_eq!(names(&outputs(&[]).unwrap()), ["text"]);
        assert_eq!(names(&outputs(&["--format", "json"]).unwrap()), ["json"]);
        let several = ["-o", "a.json", "-o", "b.md", "-o", "-"];
        let several = outputs(&several).unwrap();
        assert_eq!(names(&several), ["json", "md", "text"]);
        assert!(several.has_stdout());
        let named = outputs(&["-o", "a.txt", "--format", "json"]).unwrap();
        assert_eq!(names(&named), ["json"]);
        assert!(!named.has_stdout());
    }

    #[test]
    fn what_cannot_be_written_is_told_before_anything_is_done() {
        for (path, said) in [
            ("a.pdf", "names no format"),
            ("no/such/folder/a.json", "cannot be written"),
            ("src", "cannot be written"),
        ] {
            let failure = outputs(&["-o", path]).err().unwrap();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.text.contains(said), "{}", failure.text);
        }
    }

    #[test]
    fn a_document_is_written_to_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["plan.json", "plan.md"].map(|name| folder.path().join(name));
        let arguments: Vec<&str> = paths
            .iter()
            .flat_map(|path| ["-o", path.to_str().unwrap()])
            .collect();
        let plan = Plan::default();
        outputs(&arguments)
            .unwrap()
            .write(Document::Plan(&plan))
            .unwrap();
        assert!(fs::read_to_string(&paths[0]).unwrap().starts_with('{'));
        assert!(fs::read_to_string(&paths[1]).unwrap().starts_with("# Plan"));
    }
}
