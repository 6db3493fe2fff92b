//! One binary of integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the house's lints guard the program; a test says what is wrong by failing"
)]

mod action;
mod architecture;
mod audit;
mod bad_input;
mod broken;
mod canary;
mod ci_files;
mod cli_page;
mod compare;
mod discovery;
mod doctor;
mod doctor_pasted;
mod doctor_places;
mod documents;
mod door;
mod explaining;
mod flaky;
mod formats;
mod history;
mod html;
mod identity;
mod main_job;
mod money;
mod notebook;
mod ops;
mod program;
mod remedies;
mod resume;
mod shard;
mod strangers;
mod telemetry;
mod trace;
mod untested;
mod verbs;
mod worlds;
mod written;
