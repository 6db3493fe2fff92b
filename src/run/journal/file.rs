//! The file: made or continued by one run at a time, and grown by whole lines.

use super::error::JournalError;
use super::known::{Known, Past};
use super::line::{Begun, Entry, Intent, Line, Sent};
use crate::model::{CaseRun, SCHEMA_VERSION, StepRun};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file that grows by a line whenever something has happened that must not be lost.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    state: Mutex<State>,
    began_ms: f64,
}

#[derive(Debug)]
struct State {
    /// Absent once a line could not be written whole: nothing may follow half a line.
    file: Option<File>,
    past: Past,
}

impl Journal {
    /// Opens the journal at `path`, or makes it, for this run alone. Where `is_continued`, also gives what the run began
    /// with that it holds; nothing where it holds none yet, and [`Journal::begin`] is still to be called.
    ///
    /// # Errors
    /// Where it cannot be made or read, another run writes it, it is no journal, or it has begun and is not to be
    /// continued.
    pub fn open(path: &Path, is_continued: bool) -> Result<(Self, Option<Begun>), JournalError> {
        let failed = |source| JournalError::Write {
            path: path.to_owned(),
            source,
        };
        let opened = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path);
        let mut file = opened.map_err(failed)?;
        lock(&file, path)?;
        let mut text = Vec::new();
        if file.metadata().map_err(failed)?.is_file() {
            file.read_to_end(&mut text).map_err(failed)?;
        }
        // What a kill left of the last line says nothing; the call it would have told of has its intent before it.
        let newline = text.iter().rposition(|byte| *byte == b'\n');
        let whole = newline.map_or(0, |at| at + 1);
        if !is_continued && !text.is_empty() {
            return Err(JournalError::Exists {
                path: path.to_owned(),
            });
        }
        let past = past_of(path, &text[..whole])?;
        if past.begun.is_none() && whole > 0 {
            return Err(JournalError::Foreign {
                path: path.to_owned(),
                line: 1,
                why: "it does not say what the run began with".to_owned(),
            });
        }
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        let begun = past.begun.clone();
        let journal = Journal {
            path: path.to_owned(),
            began_ms: past.at_ms,
            state: Mutex::new(State {
                file: Some(file),
                past,
            }),
        };
        Ok((journal, begun))
    }

    /// Whether [`Journal::begin`] is still to be called.
    pub fn is_new(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.begun.is_none()
    }

    /// Writes down what the run begins with: the first line.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(&self, begun: Begun) -> Result<(), JournalError> {
        let written = self.append(0.0, Entry::Begun(Box::new(begun.clone())), true);
        written.map_err(|source| JournalError::Write {
            path: self.path.clone(),
            source,
        })?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.begun = Some(begun);
        Ok(())
    }

    /// When the run began, RFC 3339 UTC.
    pub(in crate::run) fn started_at(&self) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = state.past.begun.as_ref();
        begun
            .map(|begun| begun.started_at.clone())
            .unwrap_or_default()
    }

    /// Milliseconds that earlier lives of the run have taken.
    pub(in crate::run) fn began_ms(&self) -> f64 {
        self.began_ms
    }

    /// US dollars that earlier lives of the run have spent or may have spent.
    pub(in crate::run) fn cost_usd(&self) -> f64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.cost_usd()
    }

    /// Every call that earlier lives of the run have made, in no order.
    pub(in crate::run) fn sent(&self) -> Vec<Sent> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.sent().cloned().collect()
    }

    /// Every call of which a kill has cut off the answer, in no order.
    pub(in crate::run) fn lost(&self) -> Vec<Intent> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.lost().cloned().collect()
    }

    /// A case that an earlier life of the run has ended.
    pub(in crate::run) fn done(&self, case: &str) -> Option<CaseRun> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.past.done.remove(case)
    }

    /// Steps of an ended case that failed on the target's own way.
    pub(in crate::run) fn failed_on_route(&self, case: &str) -> Vec<StepRun> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = state.past.done.get(case).map(|case| &case.steps);
        steps
            .into_iter()
            .flatten()
            .filter(|step| step.is_on_route && step.verdict.is_bad())
            .cloned()
            .collect()
    }

    /// What came of an attempt in an earlier life of the run; each answer is given once.
    pub(in crate::run) fn recall(&self, case: &str, attempt: &str) -> Option<Known> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (case.to_owned(), attempt.to_owned());
        state.past.attempts.get_mut(&key)?.pop_front()
    }

    /// Whether [`Journal::recall`] has an answer.
    pub(in crate::run) fn knows(&self, case: &str, attempt: &str) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (case.to_owned(), attempt.to_owned());
        let attempts = state.past.attempts.get(&key);
        attempts.is_some_and(|attempts| !attempts.is_empty())
    }

    /// The file of a picture that a recalled attempt gave.
    pub(in crate::run) fn picture(&self, digest: &str) -> Option<Bytes> {
        fs::read(self.pictures().join(digest)).ok().map(Bytes::from)
    }

    /// Writes down that a call is about to be paid for, and gives it a number. It does not return before the disk has
    /// it.
    ///
    /// # Errors
    /// What the system said; then the call must not be made.
    pub(in crate::run) fn about_to_pay(&self, at_ms: f64, intent: Intent) -> Result<u64, String> {
        let number = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.past.last_number += 1;
            state.past.last_number
        };
        let intent = Intent { number, ..intent };
        self.append(at_ms, Entry::AboutToPay(Box::new(intent)), true)
            .map_err(|error| self.in_words(&error))?;
        Ok(number)
    }

    /// Writes down what came of a call, its pictures first where later steps may ask for them.
    ///
    /// # Errors
    /// What the system said.
    pub(in crate::run) fn sent_one(
        &self,
        at_ms: f64,
        mut sent: Sent,
        files: &BTreeMap<String, Bytes>,
    ) -> Result<(), String> {
        let kept = self.keep(files).and_then(|()| {
            sent.pictures = files.keys().cloned().collect();
            self.append(at_ms, Entry::Sent(Box::new(sent)), false)
        });
        kept.map_err(|error| self.in_words(&error))
    }

    /// Writes a whole case down.
    ///
    /// # Errors
    /// What the system said.
    pub(in crate::run) fn case_done(&self, at_ms: f64, case: &CaseRun) -> Result<(), String> {
        self.append(at_ms, Entry::Done(Box::new(case.clone())), false)
            .map_err(|error| self.in_words(&error))
    }

    /// Takes the pictures away that no step will ask for any more.
    pub(in crate::run) fn tidy(&self) {
        // Where it fails, files are left over that do no harm.
        let _ = fs::remove_dir_all(self.pictures());
    }

    fn keep(&self, files: &BTreeMap<String, Bytes>) -> io::Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let folder = self.pictures();
        fs::create_dir_all(&folder)?;
        files
            .iter()
            .try_for_each(|(digest, bytes)| fs::write(folder.join(digest), bytes))
    }

    fn pictures(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".pictures");
        PathBuf::from(name)
    }

    fn append(&self, at_ms: f64, entry: Entry, is_synced: bool) -> io::Result<()> {
        let line = Line {
            schema_version: SCHEMA_VERSION,
            at_ms,
            entry,
        };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &mut state.file else {
            return Err(io::Error::other("an earlier line could not be written"));
        };
        let written = file.write_all(&text).and_then(|()| match is_synced {
            true => synced(file),
            false => Ok(()),
        });
        if written.is_err() {
            state.file = None;
        }
        written
    }

    fn in_words(&self, error: &io::Error) -> String {
        format!(
            "the journal {} can no longer be written: {error}",
            self.path.display()
        )
    }
}

/// Has the disk take what was written; what is no disk (a pipe) has nothing to take.
fn synced(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked {
            path: path.to_owned(),
        }),
        // Some network file systems know no locks; a run there is not refused for it.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(source)) => Err(JournalError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

fn past_of(path: &Path, text: &[u8]) -> Result<Past, JournalError> {
    let mut past = Past::default();
    let lines = text.split(|byte| *byte == b'\n');
    for (index, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        past.take(line).map_err(|why| JournalError::Foreign {
            path: path.to_owned(),
            line: index + 1,
            why,
        })?;
    }
    Ok(past)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Begun {
        Begun {
            started_at: "2026-01-02T03:04:05.678Z".into(),
            ..Begun::default()
        }
    }

    fn made(path: &Path) -> Journal {
        let (journal, found) = Journal::open(path, false).unwrap();
        assert_eq!(found, None);
        journal.begin(begun()).unwrap();
        journal
    }

    #[test]
    fn a_journal_is_continued_without_what_a_kill_left_of_its_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        drop(made(&path));
        let whole = fs::read(&path).unwrap();
        let torn = [&whole[..], b"{\"schema_version\":1,\"sen"].concat();
        fs::write(&path, torn).unwrap();
        let (journal, found) = Journal::open(&path, true).unwrap();
        assert_eq!(found, Some(begun()));
        drop(journal);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn what_was_killed_within_its_first_line_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        fs::write(&path, "{\"schema").unwrap();
        let (journal, found) = Journal::open(&path, true).unwrap();
        assert_eq!(found, None);
        journal.begin(begun()).unwrap();
        drop(journal);
        let (_, found) = Journal::open(&path, true).unwrap();
        assert_eq!(found, Some(begun()));
    }

    #[test]
    fn one_run_at_a_time_writes_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        let first = made(&path);
        for is_continued in [true, false] {
            let second = Journal::open(&path, is_continued).unwrap_err();
            assert!(second.to_string().contains("another run"), "{second}");
        }
        drop(first);
        let again = Journal::open(&path, false).unwrap_err();
        assert!(again.to_string().contains("--resume"), "{again}");
        assert!(Journal::open(&path, true).unwrap().1.is_some());
    }

    #[test]
    fn what_is_no_journal_is_refused_with_the_place_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        let other = "{\"schema_version\":1,\"cases\":[]}\n";
        fs::write(&path, other).unwrap();
        let error = Journal::open(&path, true).unwrap_err().to_string();
        assert!(
            error.contains("j.jsonl:1 is no line of a journal"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
    }

    #[test]
    fn a_full_disk_says_so_and_nothing_follows_half_a_line() {
        let (journal, _) = Journal::open(Path::new("/dev/full"), false).unwrap();
        let error = journal.begin(begun()).unwrap_err().to_string();
        assert!(error.contains("/dev/full"), "{error}");
        assert!(error.contains("has room"), "{error}");
        let after = journal.case_done(
            0.0,
            &CaseRun::not_run(
                &crate::model::Case::default(),
                crate::model::Verdict::Skip,
                String::new(),
            ),
        );
        assert!(after.unwrap_err().contains("an earlier line"));
    }
}
