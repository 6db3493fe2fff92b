//! Any bytes at all: every reader, and an explanation of whatever it reads.
#![no_main]

use fluxprobe::diagnose::{explain, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let known = read::exchanges(bytes).unwrap_or_default();
    let har = read::har(&text).unwrap_or_default();
    let lines = read::jsonl(&text).unwrap_or_default();
    for reading in known.iter().chain(&har).chain(&lines) {
        explain(&reading.exchange);
    }
    for reading in read::curl(&text) {
        explain(&reading.exchange);
    }
});
