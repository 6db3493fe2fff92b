//! Many exchanges, a line each: read, explained and written in portions, so that memory stays flat.

use super::explain;
use super::failure::Failure;
use super::inputs;
use super::output::Outputs;
use crate::diagnose::Diagnoser;
use crate::diagnose::read::{self, ReadError, Window};
use crate::model::Explained;
use std::io::{BufRead, Read};
use std::path::Path;
use std::thread;

/// Lines of a portion.
const LINES: usize = 512;
/// Bytes of a portion, roughly.
const BYTES: usize = 1 << 20;
/// Threads that explain; more gain nothing on what is mostly reading.
const THREADS: usize = 4;

/// Whether what comes is one exchange a line, by its first line.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn is_of_lines(source: &mut dyn BufRead, file: &Path) -> Result<bool, Failure> {
    let start = source
        .fill_buf()
        .map_err(|error| inputs::unreadable(file, &error))?;
    let first = start.split(|byte| *byte == b'\n').next();
    Ok(first.is_some_and(|line| line.len() < start.len() && read::is_line(line)))
}

/// Bytes of input that are taken whole: more than any paste, and what a browser exports.
const PASTE: usize = 8 << 20;

/// What comes, whole where it is a document or short; of a longer log, what is around its last error.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn bounded(source: &mut dyn BufRead, file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(PASTE).unwrap_or(u64::MAX);
    source
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| inputs::unreadable(file, &error))?;
    if bytes.len() < PASTE {
        return Ok(bytes);
    }
    if read::is_document(&bytes) {
        bytes.extend(inputs::rest(source, file)?);
        return Ok(bytes);
    }
    // A log in UTF-16 is read by its low bytes: what decides is plain ASCII.
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let mut window = Window::default();
    let mut rest = bytes.as_slice().chain(source);
    loop {
        let mut line = Vec::new();
        let read = (&mut rest)
            .take(LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| inputs::unreadable(file, &error))?;
        if read == 0 {
            return Ok(window.finish().into_bytes());
        }
        if is_wide {
            line.retain(|byte| *byte != 0 && byte.is_ascii());
        }
        window.push(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
    }
}

/// Bytes of a line that are read at once.
const LINE: u64 = 1 << 16;

/// Explains every line and writes the answers in their order; gives their number.
///
/// # Errors
/// Where a line is no exchange, after the answers of the lines before it; or something cannot be read or written.
pub(super) fn explain(
    diagnoser: &Diagnoser,
    source: &mut dyn BufRead,
    file: &Path,
    outputs: &mut Outputs,
) -> Result<usize, Failure> {
    let (mut number, mut count) = (0, 0);
    loop {
        let lines = portion(source, file, &mut number)?;
        if lines.is_empty() {
            return Ok(count);
        }
        for explained in together(diagnoser, &lines) {
            let (done, error) = explained;
            count += done.len();
            explain::write(outputs, &done)?;
            if let Some(error) = error {
                return Err(inputs::at(file, error.into()));
            }
        }
    }
}

/// A line with its number, from 1.
type Line = (usize, String);

fn portion(
    source: &mut dyn BufRead,
    file: &Path,
    number: &mut usize,
) -> Result<Vec<Line>, Failure> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < LINES && bytes < BYTES {
        let mut line = Vec::new();
        let read = source
            .read_until(b'\n', &mut line)
            .map_err(|error| inputs::unreadable(file, &error))?;
        if read == 0 {
            break;
        }
        *number += 1;
        bytes += read;
        lines.push((*number, String::from_utf8_lossy(&line).into_owned()));
    }
    Ok(lines)
}

/// What lines gave, up to the first that is no exchange.
type Answers = (Vec<Explained>, Option<ReadError>);

/// Explains lines on several threads; the answers come in the order of the lines.
fn together(diagnoser: &Diagnoser, lines: &[Line]) -> Vec<Answers> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(threads.clamp(1, THREADS)).max(1);
    thread::scope(|scope| {
        let started: Vec<_> = lines
            .chunks(share)
            .map(|lines| scope.spawn(move || in_order(diagnoser, lines)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .collect()
    })
}

fn in_order(diagnoser: &Diagnoser, lines: &[Line]) -> Answers {
    let mut explained = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        match read::line(line, *number) {
            Ok(None) => {}
            Ok(Some(reading)) => explained.push(Explained {
                diagnosis: diagnoser.explain(&reading.exchange),
                id: reading.id,
                exchange: reading.exchange,
                notes: reading.notes,
            }),
            Err(error) => return (explained, Some(error)),
        }
    }
    (explained, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_the_order_of_their_lines() {
        let diagnoser = Diagnoser::with(&[]).unwrap();
        let lines: Vec<Line> = (1..=50)
            .map(|number| {
                let line = format!(r#"{{"id":{number},"response":{{"status":407}}}}"#);
                (number, line)
            })
            .collect();
        let ids: Vec<String> = together(&diagnoser, &lines)
            .into_iter()
            .flat_map(|(explained, _)| explained)
            .map(|one| one.id)
            .collect();
        let wanted: Vec<String> = (1..=50).map(|number: usize| number.to_string()).collect();
        assert_eq!(ids, wanted);
    }

    #[test]
    fn a_log_of_any_length_is_read_to_its_last_error() {
        let line = "INFO processed one record, all is well\n";
        let mut log = line.repeat(PASTE / line.len() + 10);
        log.push_str("ERROR it failed: getaddrinfo ENOTFOUND a.openai.azure.com\n");
        log.push_str(&line.repeat(10));
        let kept = bounded(&mut log.as_bytes(), Path::new("-")).unwrap();
        let kept = String::from_utf8(kept).unwrap();
        assert!(kept.len() < 64 * 1024 && kept.contains("ENOTFOUND"));
        let short = bounded(&mut "short".as_bytes(), Path::new("-")).unwrap();
        assert_eq!(short, b"short");
    }

    #[test]
    fn a_broken_line_ends_the_answers_and_is_named() {
        let diagnoser = Diagnoser::with(&[]).unwrap();
        let lines = [
            (1, "{\"response\":{\"status\":407}}".to_owned()),
            (2, "{".to_owned()),
        ];
        let (explained, error) = in_order(&diagnoser, &lines);
        assert_eq!(explained.len(), 1);
        assert!(error.is_some_and(|error| error.to_string().starts_with("line 2: ")));
    }

    #[test]
    fn only_a_whole_line_with_a_part_of_an_exchange_is_streamed() {
        let is = |text: &str| is_of_lines(&mut text.as_bytes(), Path::new("-")).unwrap();
        assert!(is("{\"response\":{}}\n"));
        assert!(!is("{\"response\":{}}"));
        assert!(!is("{\n\"response\":{}}\n"));
        assert!(!is("HTTP/1.1 404\n\n"));
        assert!(!is(""));
    }
}
