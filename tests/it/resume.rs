//! Nothing lost: a run killed with SIGKILL at any point continues from its journal, and pays for nothing twice.

use crate::program::{Desk, Ended, case, cents, list, text, wait};
use crate::strangers::Served;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const PRO: &str = "FLUX-1.1-pro";
/// US cents a picture costs.
const PRICE: i64 = 4;

/// A healthy estate whose deployments can be asked without a pause: it outlives every run, and so does its count of
/// the pictures that were paid for.
const WORLD: &str = "\
about: A healthy estate with room.
extends: healthy
accounts:
  foundry1-pavavy6pu5hpa:
    deployments:
      FLUX-1.1-pro: { rate_limits: [{ key: request, count: 6000, renewal_period: 60 }] }
      FLUX.1-Kontext-pro: { rate_limits: [{ key: request, count: 6000, renewal_period: 60 }] }
";
const RUN: [&str; 12] = [
    "run",
    "B",
    "C",
    "I",
    "J",
    "K",
    "--deployment",
    PRO,
    "-j",
    "1",
    "-o",
    "run.json",
];

/// A world served by another process, which every run reaches as it would reach Azure.
pub(crate) struct Estate {
    served: Served,
    /// Holds the world's file for as long as it is served.
    _folder: Desk,
}

impl Estate {
    pub(crate) fn open() -> Self {
        let folder = Desk::new();
        folder.write("world.yaml", WORLD);
        let served = Served::start(&folder.path("world.yaml").display().to_string());
        Estate {
            served,
            _folder: folder,
        }
    }

    /// A folder from which the program reaches the estate as it would reach Azure.
    pub(crate) fn desk(&self) -> Desk {
        let ready = self.served.ready();
        Desk::new()
            .set("HTTPS_PROXY", text(&ready["proxy"]))
            .set("SSL_CERT_FILE", text(&ready["ca_file"]))
            .set("AZURE_TENANT_ID", text(&ready["tenant_id"]))
            .set("AZURE_CLIENT_ID", text(&ready["client_id"]))
            .set("AZURE_CLIENT_SECRET", text(&ready["client_secret"]))
    }

    /// Calls that were answered with a picture so far.
    pub(crate) fn paid(&self) -> i64 {
        let ready = self.served.ready();
        let address = text(&ready["control"]).replace("http://", "");
        let mut stream = TcpStream::connect(address.trim_end_matches('/')).unwrap();
        let asked =
            format!("GET /requests HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let requests: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1)
            .unwrap_or_else(|error| panic!("{error}: {answer}"));
        let drawn = list(&requests)
            .iter()
            .filter(|one| one["status"] == 200 && text(&one["path"]).contains("/images/"));
        drawn.count() as i64
    }
}

/// Starts a run and kills it as soon as its journal has so many lines. Gives how it ended where it was quicker.
fn killed_at(desk: &Desk, lines: usize, more: &[&str]) -> Option<Ended> {
    let journal = ["--journal", "j.jsonl", "--resume"];
    let mut child = desk.start(&[&RUN[..], &journal[..], more].concat());
    let patience = Instant::now() + Duration::from_secs(120);
    loop {
        assert!(Instant::now() < patience, "the journal stopped growing");
        if child.try_wait().unwrap().is_some() {
            return Some(wait(child));
        }
        if lines_of(desk) >= lines {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn lines_of(desk: &Desk) -> usize {
    let text = std::fs::read(desk.path("j.jsonl")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// What must be the same in every run of the same estate: not when it was, how long it took and what was drawn.
fn shape(case: &Value) -> Value {
    let steps = list(&case["steps"]).iter().map(|step| {
        serde_json::json!([
            step["name"],
            step["verdict"],
            step["why"],
            step["hop"],
            step["exchange"]["request"]["url"],
            step["exchange"]["response"]["status"],
            step["checks"].as_array().map(Vec::len),
        ])
    });
    serde_json::json!({
        "case": [case["scenario"], case["account"], case["deployment"], case["route"]],
        "verdict": case["verdict"],
        "why": case["why"],
        "images": case["images"],
        "money": [case["spent_usd"], case["possibly_spent_usd"], case["avoided_usd"]],
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn shapes(run: &Value) -> Vec<Value> {
    list(&run["cases"]).iter().map(shape).collect()
}

fn is_lost(case: &Value) -> bool {
    list(&case["steps"]).iter().any(|step| {
        step["why"]
            .as_str()
            .is_some_and(|why| why.starts_with("possibly spent: the run was killed"))
    })
}

#[test]
fn a_run_killed_anywhere_continues_and_pays_for_nothing_twice() {
    let estate = Estate::open();
    let unbroken = estate.desk();
    unbroken
        .run(&[&RUN[..], &["--journal", "j.jsonl"]].concat())
        .expect(0);
    let whole = unbroken.json("run.json");
    let images = whole["summary"]["images"].as_i64().unwrap();
    assert_eq!(estate.paid(), images);
    let lines = lines_of(&unbroken);
    assert!(lines > 20, "{lines}");

    let (mut lost, mut untouched) = (0, 0);
    for at in (0..=lines).step_by(8) {
        let before = estate.paid();
        let desk = estate.desk();
        let first = killed_at(&desk, at, &[]);
        let ended = first.unwrap_or_else(|| {
            desk.run(&[&RUN[..], &["--journal", "j.jsonl", "--resume"]].concat())
        });
        let report = desk.json("run.json");
        let paid = estate.paid() - before;
        let sums = &report["summary"];
        let (spent, possibly) = (
            cents(&sums["spent_usd"]),
            cents(&sums["possibly_spent_usd"]),
        );
        assert!(
            paid <= images,
            "killed at {at}: {paid} pictures were paid for"
        );
        assert!(spent <= paid * PRICE, "killed at {at}: {spent} for {paid}");
        assert!(
            spent + possibly >= paid * PRICE,
            "killed at {at}: {spent} and {possibly} for {paid}"
        );
        for (case, wanted) in list(&report["cases"]).iter().zip(list(&whole["cases"])) {
            if is_lost(case) {
                lost += 1;
                assert_eq!(case["verdict"], "error", "{}", case["why"]);
                assert!(text(&case["why"]).contains("--pay-again"));
            } else {
                untouched += 1;
                assert_eq!(shape(case), shape(wanted), "killed at {at}");
            }
        }
        assert_eq!(list(&report["cases"]).len(), list(&whole["cases"]).len());
        ended.expect(if list(&report["cases"]).iter().any(is_lost) {
            4
        } else {
            0
        });
        assert!(!desk.path("j.jsonl.pictures").exists(), "killed at {at}");
    }
    assert!(untouched > lost, "{untouched} and {lost}");
}

#[test]
fn a_run_killed_again_and_again_ends_with_the_report_of_an_unbroken_one() {
    let estate = Estate::open();
    let unbroken = estate.desk();
    unbroken.run(&RUN).expect(0);
    let whole = unbroken.json("run.json");
    let before = estate.paid();
    let desk = estate.desk();
    let mut lives = 0;
    let ended = loop {
        lives += 1;
        assert!(lives < 200, "it gets no further");
        let at = lines_of(&desk) + 1 + lives % 3;
        if let Some(ended) = killed_at(&desk, at, &["--pay-again"]) {
            break ended;
        }
    };
    ended.expect(0);
    assert!(lives > 8, "{lives}");
    let report = desk.json("run.json");
    let without_doubt = |run: &Value| {
        let mut shapes = shapes(run);
        for shape in &mut shapes {
            shape["money"][1] = Value::Null;
        }
        shapes
    };
    assert_eq!(without_doubt(&report), without_doubt(&whole));
    assert_eq!(
        report["summary"]["spent_usd"],
        whole["summary"]["spent_usd"]
    );
    let paid = estate.paid() - before;
    let possibly = cents(&report["summary"]["possibly_spent_usd"]);
    assert!(
        paid * PRICE <= cents(&report["summary"]["spent_usd"]) + possibly,
        "{paid} and {possibly}"
    );

    // It is over: once more asks nobody, and shows the same.
    let again = desk
        .run(&[&RUN[..], &["--journal", "j.jsonl", "--resume"]].concat())
        .expect(0);
    assert_eq!(
        desk.json("run.json")["cases"],
        report["cases"],
        "{}",
        again.stderr
    );
    assert_eq!(estate.paid() - before, paid);
}

#[test]
fn an_interrupted_run_is_continued_like_a_killed_one() {
    let desk = Desk::new();
    let run = [
        "run", "A", "B", "K", "--world", "healthy", "-j", "1", "-o", "run.json",
    ];
    let journal = ["--journal", "j.jsonl", "--resume"];
    let all = [&run[..], &journal[..]].concat();
    let child = desk.start(&all);
    let patience = Instant::now() + Duration::from_secs(60);
    while lines_of(&desk) < 2 {
        assert!(Instant::now() < patience, "nothing was journalled");
        std::thread::sleep(Duration::from_millis(1));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    wait(child);
    let ended = desk.run(&all);
    let report = desk.json("run.json");
    assert_eq!(report["is_interrupted"], false);
    for case in list(&report["cases"]) {
        assert!(
            case["verdict"] == "pass" || is_lost(case),
            "{} {}",
            case["scenario"],
            case["why"]
        );
    }
    ended.expect(if list(&report["cases"]).iter().any(is_lost) {
        4
    } else {
        0
    });
}

#[test]
fn what_cannot_be_kept_is_told_before_anything_is_sent() {
    let desk = Desk::new();
    let run = ["run", "K", "--world", "healthy", "--deployment", PRO];
    let with = |journal: &[&str]| desk.run(&[&run[..], journal].concat()).expect(1).stderr;
    // A read-only place, a full disk, a folder that is not there.
    for path in ["/proc/j.jsonl", "/dev/full", "no/such/folder/j.jsonl"] {
        let said = with(&["--journal", path]);
        assert!(
            said.contains(&format!("the journal {path} cannot be written")),
            "{said}"
        );
    }
    let said = with(&["--resume"]);
    assert!(said.contains("--journal <FILE>"), "{said}");
    desk.run(&[&run[..], &["--journal", "j.jsonl"]].concat())
        .expect(0);
    let said = with(&["--journal", "j.jsonl"]);
    assert!(
        said.contains("j.jsonl exists already") && said.contains("--resume"),
        "{said}"
    );
    // Another selection is another run.
    let other = [
        "run",
        "A",
        "--world",
        "healthy",
        "--journal",
        "j.jsonl",
        "--resume",
    ];
    let said = desk.run(&other).expect(1).stderr;
    assert!(said.contains("was begun for another selection"), "{said}");
    // Without a selection it is what it was.
    let bare = [
        "run",
        "--world",
        "healthy",
        "--journal",
        "j.jsonl",
        "--resume",
        "--format",
        "json",
    ];
    let report = desk.run(&bare).expect(0).json();
    assert_eq!(list(&report["cases"]).len(), 1);
    assert_eq!(case(&report, "K", PRO)["verdict"], "pass");
    desk.write("other.jsonl", "{\"schema_version\":1}\n");
    let said = desk
        .run(&[
            "run",
            "--world",
            "healthy",
            "--journal",
            "other.jsonl",
            "--resume",
        ])
        .expect(2)
        .stderr;
    assert!(
        said.contains("other.jsonl:1 is no line of a journal"),
        "{said}"
    );
}

#[test]
fn a_second_run_on_a_journal_is_refused_while_the_first_writes_it() {
    let desk = Desk::new();
    let world = crate::program::world("too-slow");
    let run = ["run", "B", "--world", &world, "--deployment", PRO];
    let holder = std::fs::File::create(desk.path("j.jsonl")).unwrap();
    holder.lock().unwrap();
    for more in [&[][..], &["--resume"]] {
        let all = [&run[..], &["--journal", "j.jsonl"], more].concat();
        let said = desk.run(&all).expect(1).stderr;
        assert!(
            said.contains("j.jsonl is being written by another run"),
            "{said}"
        );
    }
}

#[test]
fn a_disk_that_fills_up_ends_the_run_and_what_it_has_is_shown() {
    let desk = Desk::new();
    let program = env!("CARGO_BIN_EXE_fluxprobe");
    // In KiB: the plan and a few exchanges have room.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 40; exec {program} run A B K --world healthy --deployment {PRO} --format json -j 1 \
         --journal j.jsonl"
    );
    let output = Command::new("bash")
        .args(["-c", &limited])
        .current_dir(desk.path(""))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the journal j.jsonl can no longer be written: File too large"),
        "{said}"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(case(&report, "A", PRO)["verdict"], "pass");
    let unsent = case(&report, "B", PRO);
    assert_eq!(unsent["verdict"], "skip");
    assert!(text(&unsent["why"]).starts_with("the journal j.jsonl can no longer be written"));
    assert_eq!(report["summary"]["images"], 0);
    // With room it goes on from there.
    let run = [
        "run",
        "--world",
        "healthy",
        "--journal",
        "j.jsonl",
        "--resume",
        "--format",
        "json",
    ];
    let report = desk.run(&run).expect(0).json();
    assert_eq!(report["summary"]["pass"], 3);
    assert_eq!(report["summary"]["images"], 1);
}
