//! Writing: documents to stdout or files, messages to stderr. A closed pipe is quiet.

use super::args::Global;
use super::exit::Exit;
use super::failure::Failure;
use super::screen;
use crate::report::{
    Document, Extras, FORMATS, Renderer, ReportError, Style, format_named, format_of_file,
    html_page,
};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where documents go, and how.
pub(super) struct Outputs(Vec<Output>);

struct Output {
    place: Place,
    format: &'static dyn Renderer,
    style: Style,
    has_begun: bool,
}

enum Place {
    Stdout,
    File(PathBuf),
    /// A file in a folder, called after the document and the format.
    Folder(PathBuf),
    /// As [`Place::Folder`], where nobody asked for the format: left out where it cannot show the document.
    FolderSet(PathBuf),
}

impl Outputs {
    /// What `--format`, `--output` and `--output-dir` ask for.
    ///
    /// A file takes the named format that its extension speaks of, else the next one that is named; where none is left,
    /// its extension decides. A format that no file takes goes into the folder, or to stdout.
    ///
    /// # Errors
    /// Where no format can be told, or a file cannot be written there.
    pub(super) fn of(global: &Global, stdout: Style) -> Result<Self, Failure> {
        let in_file = screen::file_style(global);
        let named: Vec<_> = global
            .format
            .iter()
            .filter_map(|name| format_named(name))
            .collect();
        let (formats, left) = matched(&global.output, named.clone());
        let mut outputs = Vec::new();
        for (path, format) in global.output.iter().zip(formats) {
            if path == Path::new("-") {
                outputs.push(Output::stdout(format, stdout));
                continue;
            }
            check_writable(path)?;
            outputs.push(Output {
                place: Place::File(path.clone()),
                format: format.ok_or_else(|| unknown_format(path))?,
                style: in_file,
                has_begun: false,
            });
        }
        match &global.output_dir {
            Some(folder) => {
                check_folder(folder)?;
                outputs.extend(set(folder, &named, left, in_file));
            }
            None if left.len() > 1 => return Err(too_many(&left)),
            None if left.is_empty() && !outputs.is_empty() => {}
            None => outputs.push(Output::stdout(left.first().copied(), stdout)),
        }
        Ok(Outputs(outputs))
    }

    /// Makes sure that every format can show documents of the kind of `sample`, before anything is done or paid for.
    ///
    /// # Errors
    /// Where a format cannot.
    pub(super) fn check(&self, sample: Document<'_>) -> Result<(), Failure> {
        for output in &self.0 {
            output.rendered(sample)?;
        }
        Ok(())
    }

    /// Writes `document` everywhere.
    ///
    /// # Errors
    /// Where a format cannot show it, or a file cannot be written.
    pub(super) fn write(&self, document: Document<'_>) -> Result<(), Failure> {
        self.write_with(document, Extras::default())
    }

    /// Writes `document` everywhere, with what a page can show beside it. One place that cannot be written to keeps it from
    /// no other.
    ///
    /// # Errors
    /// As [`Outputs::write`], the first of them; the others are told on stderr.
    pub(super) fn write_with(
        &self,
        document: Document<'_>,
        extras: Extras<'_>,
    ) -> Result<(), Failure> {
        let outputs = self.0.iter();
        let mut failures = outputs.filter_map(|output| output.write(document, extras).err());
        let first = failures.next();
        for failure in failures {
            message(&failure.shown(false));
        }
        first.map_or(Ok(()), Err)
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
            let Some(text) = output.rendered(document)? else {
                continue;
            };
            match output.path(document) {
                None => data(&text)?,
                Some(path) => {
                    let opened = fs::OpenOptions::new()
                        .create(true)
                        .write(true)
                        .append(output.has_begun)
                        .truncate(!output.has_begun)
                        .open(&path);
                    opened
                        .and_then(|mut file| file.write_all(text.as_bytes()))
                        .map_err(|error| Failure::unwritable(&path, &error))?;
                }
            }
            output.has_begun = true;
        }
        Ok(())
    }

    /// Whether anything goes to stdout.
    pub(super) fn has_stdout(&self) -> bool {
        let mut outputs = self.0.iter();
        outputs.any(|output| matches!(output.place, Place::Stdout))
    }

    /// Whether any format shows pictures, so that small ones must be kept.
    pub(super) fn shows_pictures(&self) -> bool {
        self.0.iter().any(|output| output.format.shows_pictures())
    }
}

impl Output {
    fn stdout(named: Option<&'static dyn Renderer>, style: Style) -> Self {
        Output {
            place: Place::Stdout,
            format: named.unwrap_or(FORMATS[0]),
            style,
            has_begun: false,
        }
    }

    fn write(&self, document: Document<'_>, extras: Extras<'_>) -> Result<(), Failure> {
        let is_html = self.format.name() == "html";
        let text = match document {
            Document::Report(report) if is_html => Some(html_page(report, extras)),
            Document::Mapped(report, map) if is_html => {
                let route_map = Some(map);
                let extras = Extras {
                    route_map,
                    ..extras
                };
                Some(html_page(report, extras))
            }
            document => self.rendered(document)?,
        };
        let Some(text) = text else {
            return Ok(());
        };
        match self.path(document) {
            None => data(&text),
            Some(path) => {
                fs::write(&path, text).map_err(|error| Failure::unwritable(&path, &error))
            }
        }
    }

    /// The text of `document`; nothing where the format cannot show it and nobody asked for it.
    fn rendered(&self, document: Document<'_>) -> Result<Option<String>, Failure> {
        match self.format.render(document, &self.style) {
            Err(ReportError::Unshown { .. }) if matches!(self.place, Place::FolderSet(_)) => {
                Ok(None)
            }
            rendered => Ok(Some(rendered?)),
        }
    }

    /// Where `document` goes; nothing for stdout.
    fn path(&self, document: Document<'_>) -> Option<PathBuf> {
        match &self.place {
            Place::Stdout => None,
            Place::File(path) => Some(path.clone()),
            Place::Folder(folder) | Place::FolderSet(folder) => {
                Some(folder.join(file_name(document, self.format)))
            }
        }
    }
}

/// The format of each file, and the named formats that no file takes.
fn matched(
    files: &[PathBuf],
    mut named: Vec<&'static dyn Renderer>,
) -> (
    Vec<Option<&'static dyn Renderer>>,
    Vec<&'static dyn Renderer>,
) {
    let last = named.last().copied();
    let by_extension: Vec<_> = files.iter().map(|path| format_of_file(path)).collect();
    let mut formats: Vec<Option<&'static dyn Renderer>> = vec![None; files.len()];
    for (format, by_extension) in formats.iter_mut().zip(&by_extension) {
        let same = |one: &&'static dyn Renderer| {
            by_extension.is_some_and(|wanted| wanted.name() == one.name())
        };
        *format = named.iter().position(same).map(|at| named.remove(at));
    }
    let mut rest = named.into_iter();
    for (format, by_extension) in formats.iter_mut().zip(by_extension) {
        if format.is_none() {
            *format = rest.next().or(by_extension).or(last);
        }
    }
    (formats, rest.collect())
}

/// What goes into a folder: the formats that were named for it, or where none was named at all, every one that has an
/// extension.
fn set(
    folder: &Path,
    named: &[&'static dyn Renderer],
    left: Vec<&'static dyn Renderer>,
    style: Style,
) -> Vec<Output> {
    let output = |place, format| Output {
        place,
        format,
        style,
        has_begun: false,
    };
    if named.is_empty() {
        let all = FORMATS.iter().copied();
        let all = all.filter(|format| !format.extensions().is_empty());
        return all
            .map(|format| output(Place::FolderSet(folder.to_owned()), format))
            .collect();
    }
    left.into_iter()
        .map(|format| output(Place::Folder(folder.to_owned()), format))
        .collect()
}

/// `run.xml`; `run.github.txt` for a format without an extension.
fn file_name(document: Document<'_>, format: &dyn Renderer) -> String {
    let stem = match document {
        Document::Inventory(_) => "inventory",
        Document::Plan(_) => "plan",
        Document::Report(_) | Document::Mapped(..) => "run",
        Document::Routes(_) => "routes",
        Document::Explained(_) => "explained",
        Document::Checkup(_) => "checkup",
        Document::Audit(_) => "audit",
        Document::Comparison(_) => "comparison",
        Document::Baseline(_) => "baseline",
        Document::History(_) => "history",
    };
    match format.extensions().first() {
        Some(extension) => format!("{stem}.{extension}"),
        None => format!("{stem}.{}.txt", format.name()),
    }
}

fn too_many(left: &[&'static dyn Renderer]) -> Failure {
    let names: Vec<&str> = left.iter().map(|format| format.name()).collect();
    let text = format!(
        "{} cannot all go to stdout: give an --output for each, or --output-dir FOLDER",
        names.join(" and ")
    );
    Failure::new(Exit::Usage, text)
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

/// Makes sure that a file can be written before anything is paid for; leaves what is there as it is.
fn check_writable(path: &Path) -> Result<(), Failure> {
    let refuse = |text: String| Err(Failure::new(Exit::Usage, text));
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let unwritable = |error: io::Error| Failure::unwritable(path, &error);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => refuse(format!(
            "{} is a folder: name a file, or say --output-dir",
            path.display()
        )),
        // What is no regular file, a pipe say, may notice that it is opened.
        Ok(found) if found.is_file() => {
            let opened = fs::OpenOptions::new().append(true).open(path);
            opened.map(drop).map_err(unwritable)
        }
        Ok(_) => Ok(()),
        Err(_) => match folder {
            Some(folder) if !folder.is_dir() => refuse(format!(
                "{} cannot be written: there is no folder {}; make it, or name another",
                path.display(),
                folder.display()
            )),
            _ => touch(path).map_err(unwritable),
        },
    }
}

/// Makes a folder, where there is none, and makes sure that files can be written into it.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    if folder.is_file() {
        let text = format!(
            "{} is a file: --output-dir takes a folder",
            folder.display()
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    let made = fs::create_dir_all(folder);
    made.and_then(|()| touch(&folder.join(format!(".fluxprobe-{}", std::process::id()))))
        .map_err(|error| Failure::unwritable(folder, &error))
}

/// Makes a new file, and takes it away again.
fn touch(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    fs::remove_file(path)
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
    use crate::model::{Plan, Report, Run};
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
    fn a_file_takes_the_format_it_speaks_of_and_what_is_left_goes_to_stdout() {
        let of = |arguments: &[&str]| {
            let outputs = outputs(arguments).unwrap();
            (names(&outputs), outputs.has_stdout())
        };
        let asked = ["--format", "text", "--format", "json", "-o", "a.json"];
        assert_eq!(of(&asked), (vec!["json", "text"], true));
        let asked = ["--format", "md", "-o", "-", "-o", "a.xml"];
        assert_eq!(of(&asked), (vec!["md", "junit"], true));
        let asked = ["--format", "json,md", "-o", "a.x", "-o", "b.y", "-o", "c.z"];
        assert_eq!(of(&asked), (vec!["json", "md", "md"], false));
        assert_eq!(of(&["-o", "a.ctrf.json"]), (vec!["ctrf"], false));
        let failure = outputs(&["--format", "json,md"]).err().unwrap();
        assert!(failure.text.contains("json and md cannot all go"));
    }

    #[test]
    fn a_folder_gets_what_is_named_or_the_whole_set() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("a/b");
        let to = inside.to_str().unwrap();
        let report = Report::new(Run::default(), Vec::new());
        let plan = Plan::default();
        let files = || {
            let entries = fs::read_dir(&inside).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        let named = ["--output-dir", to, "--format", "json,github,tap", "-o", "-"];
        let named = outputs(&named).unwrap();
        assert!(named.has_stdout());
        named.write(Document::Report(&report)).unwrap();
        assert_eq!(files(), ["run.github.txt", "run.tap"]);
        let all = outputs(&["--output-dir", to]).unwrap();
        assert!(!all.has_stdout());
        all.write(Document::Plan(&plan)).unwrap();
        assert!(files().contains(&"plan.md".to_owned()));
        assert!(!files().contains(&"plan.xml".to_owned()));
        all.write(Document::Report(&report)).unwrap();
        for name in ["run.json", "run.ctrf.json", "run.xml", "run.sarif"] {
            assert!(files().contains(&name.to_owned()), "{:?}", files());
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_before_anything_is_done() {
        for (path, said) in [
            ("a.pdf", "names no format"),
            ("no/such/folder/a.json", "cannot be written"),
            ("src", "is a folder"),
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
