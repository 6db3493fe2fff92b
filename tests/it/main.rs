//! One binary of integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the house's lints guard the program; a test says what is wrong by failing"
)]

mod architecture;
mod audit;
mod discovery;
mod door;
mod main_job;
mod program;
mod strangers;
