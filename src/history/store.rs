//! The database: a row a run, a row a result.

use super::error::HistoryError;
use super::trend::{Collector, Result as CaseResult};
use crate::model::{CaseRun, History, Run, SCHEMA_VERSION, Verdict};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the tables below.
const VERSION: i64 = 1;
/// How long a run waits for another that writes at the same moment.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    elapsed_ms REAL NOT NULL,
    identity TEXT NOT NULL UNIQUE
);
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started_at);
CREATE TABLE IF NOT EXISTS subjects (
    id INTEGER PRIMARY KEY,
    scenario TEXT NOT NULL,
    account TEXT NOT NULL,
    deployment TEXT NOT NULL,
    route TEXT NOT NULL,
    UNIQUE (scenario, account, deployment, route)
);
CREATE TABLE IF NOT EXISTS results (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    subject INTEGER NOT NULL REFERENCES subjects,
    verdict INTEGER NOT NULL,
    ms REAL,
    elapsed_ms REAL NOT NULL,
    images INTEGER NOT NULL,
    spent_usd REAL NOT NULL,
    possibly_spent_usd REAL NOT NULL,
    PRIMARY KEY (run, subject)
) WITHOUT ROWID;
";

/// Verdicts by their number in the database. A number is never given to another verdict.
const VERDICTS: [Verdict; 5] = [
    Verdict::Pass,
    Verdict::Flaky,
    Verdict::Skip,
    Verdict::Fail,
    Verdict::Error,
];

/// A history that is open.
pub struct Store {
    path: PathBuf,
    database: Connection,
}

impl Store {
    /// Opens the history at `path`, or makes it.
    ///
    /// # Errors
    /// Where it cannot be, is no history, or is of a later version.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let database = Connection::open(path).map_err(failed(path))?;
        let store = Store {
            path: path.to_owned(),
            database,
        };
        store.prepare().map_err(failed(path))?;
        let version = store.version().map_err(failed(path))?;
        if version > VERSION {
            return Err(HistoryError::Later {
                path: path.to_owned(),
                version,
                known: VERSION,
            });
        }
        Ok(store)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.database.busy_timeout(PATIENCE)?;
        self.database.pragma_update(None, "foreign_keys", true)?;
        if self.version()? == 0 {
            self.database.execute_batch(TABLES)?;
            self.database.pragma_update(None, "user_version", VERSION)?;
        }
        Ok(())
    }

    fn version(&self) -> rusqlite::Result<i64> {
        self.database
            .pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// Makes sure that runs can be taken in, before one is paid for.
    ///
    /// # Errors
    /// Where the file or its folder cannot be written.
    pub fn check_writable(&self) -> Result<(), HistoryError> {
        // SQLite lets even a lock be taken on what cannot be written; a value cannot be.
        let batch = format!("BEGIN IMMEDIATE; PRAGMA user_version = {VERSION}; COMMIT");
        self.database
            .execute_batch(&batch)
            .map_err(failed(&self.path))
    }

    /// Takes a run in; gives whether it was new.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn record(&mut self, run: &Run) -> Result<bool, HistoryError> {
        let failed = failed(&self.path);
        insert(&mut self.database, run).map_err(failed)
    }

    /// When the latest run before `date` began.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn latest_before(&self, date: &str) -> Result<Option<String>, HistoryError> {
        let query = "SELECT max(started_at) FROM runs WHERE started_at < ?1";
        self.database
            .query_row(query, [date], |row| row.get(0))
            .map_err(failed(&self.path))
    }

    /// Forgets the runs that began before `date`; gives how many.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn forget_before(&self, date: &str) -> Result<usize, HistoryError> {
        self.database
            .execute("DELETE FROM runs WHERE started_at < ?1", [date])
            .map_err(failed(&self.path))
    }

    /// What the runs since `date` show; an empty date means all.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn history(&self, since: &str) -> Result<History, HistoryError> {
        self.read(since).map_err(failed(&self.path))
    }

    /// The usual time of each case by its key, in milliseconds: the mean of what is kept.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn usual_ms(&self) -> Result<BTreeMap<String, f64>, HistoryError> {
        self.read_usual().map_err(failed(&self.path))
    }

    fn read_usual(&self) -> rusqlite::Result<BTreeMap<String, f64>> {
        let mut query = self.database.prepare(
            "SELECT scenario, account, deployment, route, avg(elapsed_ms) FROM results JOIN subjects ON subject = id
             WHERE verdict <> 2 GROUP BY subject",
        )?;
        let rows = query.query_map([], |row| {
            let [scenario, account, deployment, route]: [String; 4] =
                [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok((
                format!("{scenario} {account}/{deployment} {route}"),
                row.get(4)?,
            ))
        })?;
        rows.collect()
    }

    fn read(&self, since: &str) -> rusqlite::Result<History> {
        let mut collector = Collector::default();
        let mut query = self
            .database
            .prepare("SELECT id, scenario, account, deployment, route FROM subjects")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let names: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            collector.subject(row.get(0)?, names);
        }
        let mut query = self.database.prepare(
            "SELECT id, started_at FROM runs WHERE started_at >= ?1 ORDER BY started_at, id",
        )?;
        let mut results = self.database.prepare(
            "SELECT subject, verdict, ms, images, spent_usd, possibly_spent_usd FROM results WHERE run = ?1",
        )?;
        let mut runs = query.query([since])?;
        while let Some(run) = runs.next()? {
            let id: i64 = run.get(0)?;
            collector.run(run.get(1)?);
            let mut rows = results.query([id])?;
            while let Some(row) = rows.next()? {
                let number: i64 = row.get(1)?;
                let images: i64 = row.get(3)?;
                let verdict = usize::try_from(number).ok().and_then(|at| VERDICTS.get(at));
                collector.result(&CaseResult {
                    subject: row.get(0)?,
                    verdict: verdict.copied().unwrap_or(Verdict::Error),
                    ms: row.get(2)?,
                    images: images.unsigned_abs(),
                    spent_usd: row.get(4)?,
                    possibly_spent_usd: row.get(5)?,
                });
            }
        }
        Ok(History {
            schema_version: SCHEMA_VERSION,
            ..collector.finish()
        })
    }
}

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> HistoryError + use<> {
    let path = path.to_owned();
    move |source| HistoryError::Database {
        path: path.clone(),
        source,
    }
}

fn insert(database: &mut Connection, run: &Run) -> rusqlite::Result<bool> {
    let whole = database.transaction()?;
    let added = whole.execute(
        "INSERT OR IGNORE INTO runs (started_at, elapsed_ms, identity) VALUES (?1, ?2, ?3)",
        params![run.started_at, run.elapsed_ms, identity(run)],
    )?;
    if added == 0 {
        return Ok(false);
    }
    let id = whole.last_insert_rowid();
    for case in &run.cases {
        let subject = subject(&whole, case)?;
        let number = VERDICTS.iter().position(|one| *one == case.verdict);
        whole.execute(
            "INSERT OR REPLACE INTO results VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                id,
                subject,
                number.unwrap_or_default() as i64,
                median_ms(case),
                all_tries_ms(case),
                case.images,
                case.spent_usd,
                case.possibly_spent_usd
            ],
        )?;
    }
    whole.commit()?;
    Ok(true)
}

fn subject(database: &Connection, case: &CaseRun) -> rusqlite::Result<i64> {
    let names = params![
        case.scenario.as_str(),
        case.account.as_str(),
        case.deployment.as_str(),
        case.route
    ];
    let found = database
        .prepare("SELECT id FROM subjects WHERE scenario = ?1 AND account = ?2 AND deployment = ?3 AND route = ?4")?
        .query_row(names, |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    database.execute(
        "INSERT INTO subjects (scenario, account, deployment, route) VALUES (?1, ?2, ?3, ?4)",
        names,
    )?;
    Ok(database.last_insert_rowid())
}

/// How long a case took, every try counted: that is what a machine must make room for.
fn all_tries_ms(case: &CaseRun) -> f64 {
    let earlier: f64 = case.earlier.iter().map(|one| one.elapsed_ms).sum();
    earlier + case.elapsed_ms
}

/// What tells a run from every other: when it began, and what it ran. Shards of one run begin together, and one of them
/// may have nothing to run.
fn identity(run: &Run) -> String {
    let first = run.cases.first().map(CaseRun::key).unwrap_or_default();
    let whole = format!("{} {} {first}", run.started_at, run.cases.len());
    match run.shard {
        Some(shard) => format!("{whole} {}/{}", shard.number, shard.count),
        None => whole,
    }
}

/// The median time to the first byte in all tries: of pictures where any came, else of every answer. Connecting is the
/// runner's own share and stays out. Of a case that holds, what failed on the way to it stays out as well: a refusal comes
/// sooner than an answer.
fn median_ms(case: &CaseRun) -> Option<f64> {
    let holds = matches!(case.verdict, Verdict::Pass | Verdict::Flaky);
    let answered = || {
        let steps = case
            .all_steps()
            .filter(|step| !(holds && step.verdict.is_bad()));
        let exchanges = steps.filter_map(|step| step.exchange.as_ref());
        exchanges.filter(|exchange| exchange.status().is_some())
    };
    let has_pictures = answered().any(|exchange| !exchange.pictures().is_empty());
    let mut times: Vec<f64> = answered()
        .filter(|exchange| exchange.pictures().is_empty() != has_pictures)
        .filter_map(|exchange| exchange.timings_ms.first_byte)
        .filter(|ms| ms.is_finite())
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Case, Earlier, Shard, StepRun};
    use serde_json::json;

    fn run(day: u32, verdict: Verdict, spent_usd: f64) -> Run {
        let case = Case {
            scenario: "B".into(),
            account: "a".into(),
            deployment: "d".into(),
            route: "r".into(),
            ..Case::default()
        };
        Run {
            started_at: format!("2026-01-{day:02}T03:00:00.000Z"),
            cases: vec![CaseRun {
                spent_usd,
                images: 1,
                elapsed_ms: f64::from(day) * 10.0,
                ..CaseRun::not_run(&case, verdict, String::new())
            }],
            ..Run::default()
        }
    }

    fn store() -> Store {
        let mut store = Store::open(Path::new(":memory:")).unwrap();
        for (day, verdict) in [(1, Verdict::Pass), (2, Verdict::Fail), (3, Verdict::Pass)] {
            assert!(store.record(&run(day, verdict, 0.04)).unwrap());
        }
        store
    }

    #[test]
    fn runs_are_counted_by_case_and_by_day() {
        let history = store().history("").unwrap();
        assert_eq!((history.runs, history.results), (3, 3));
        assert_eq!(history.to, "2026-01-03T03:00:00.000Z");
        let trend = &history.trends[0];
        assert_eq!((trend.passes, trend.failures, trend.flaky), (2, 1, 0));
        assert_eq!(trend.latest, [Verdict::Pass, Verdict::Fail, Verdict::Pass]);
        assert!((trend.flake_rate - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(trend.p50_ms, None);
        let days: Vec<&str> = history.days.iter().map(|day| day.day.as_str()).collect();
        assert_eq!(days, ["2026-01-01", "2026-01-02", "2026-01-03"]);
        assert!((history.days[0].spent_usd - 0.04).abs() < 1e-9);
        let since = store().history("2026-01-03").unwrap();
        assert_eq!(since.runs, 1);
    }

    #[test]
    fn a_run_is_taken_in_once_and_forgotten_with_its_results() {
        let mut store = store();
        assert!(!store.record(&run(2, Verdict::Fail, 0.04)).unwrap());
        assert_eq!(
            store.latest_before("2026-01-03").unwrap().as_deref(),
            Some("2026-01-02T03:00:00.000Z")
        );
        assert_eq!(store.usual_ms().unwrap()["B a/d r"], 20.0);
        assert_eq!(store.forget_before("2026-01-03").unwrap(), 2);
        let history = store.history("").unwrap();
        assert_eq!((history.runs, history.results), (1, 1));
        assert_eq!(store.latest_before("2026-01-02").unwrap(), None);
    }

    #[test]
    fn shards_of_one_run_are_runs_of_their_own() {
        let mut store = store();
        let shard = |number| Run {
            shard: Some(Shard {
                number,
                count: 3,
                planned: 3,
            }),
            cases: Vec::new(),
            ..run(9, Verdict::Pass, 0.0)
        };
        assert!(store.record(&shard(1)).unwrap() && store.record(&shard(2)).unwrap());
        assert!(!store.record(&shard(2)).unwrap());
    }

    #[test]
    fn every_try_takes_time_and_only_those_that_held_are_timed() {
        let answered = |verdict: &str, ms: f64| -> StepRun {
            let exchange =
                json!({ "response": { "status": 200 }, "timings_ms": { "first_byte": ms } });
            let step =
                json!({ "name": "s", "verdict": verdict, "checks": [], "exchange": exchange });
            serde_json::from_value(step).unwrap()
        };
        let mut flaky = run(4, Verdict::Flaky, 0.0);
        let case = &mut flaky.cases[0];
        case.steps = vec![answered("pass", 40.0)];
        case.earlier = vec![Earlier {
            verdict: Verdict::Fail,
            why: String::new(),
            steps: vec![
                answered("fail", 1.0),
                answered("fail", 2.0),
                answered("pass", 30.0),
            ],
            elapsed_ms: 50.0,
        }];
        assert_eq!(all_tries_ms(case), 90.0);
        assert_eq!(median_ms(case), Some(40.0), "of 30 and 40");
        case.verdict = Verdict::Fail;
        assert_eq!(
            median_ms(case),
            Some(30.0),
            "what stays broken is timed by all its answers"
        );
    }

    #[test]
    fn what_is_no_history_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.db");
        std::fs::write(
            &path,
            "these are words and no database at all, whatever their name says",
        )
        .unwrap();
        let error = Store::open(&path).err().unwrap().to_string();
        assert!(error.contains("h.db cannot be used"), "{error}");
        let path = folder.path().join("later.db");
        Store::open(&path)
            .unwrap()
            .database
            .pragma_update(None, "user_version", 9)
            .unwrap();
        let error = Store::open(&path).err().unwrap().to_string();
        assert!(error.contains("is of version 9"), "{error}");
        let path = folder.path().join("read.db");
        assert!(Store::open(&path).unwrap().check_writable().is_ok());
        let read_only = format!("file:{}?mode=ro", path.display());
        let store = Store::open(Path::new(&read_only)).unwrap();
        assert_eq!(store.history("").unwrap().runs, 0);
        let error = store.check_writable().err().unwrap().to_string();
        assert!(
            error.contains("readonly") && error.contains("has room"),
            "{error}"
        );
    }
}
