//! The command line: the only room that prints. Data goes to stdout, progress and messages to stderr.
//!
//! [`main`] reads the arguments and hands over to one module a command. `session` is the one place that knows how a
//! session is opened; `failure` turns every room's error into words and an exit code.

mod annotate;
mod args;
mod args_again;
mod args_files;
mod args_map;
mod args_over_time;
mod audit;
mod causes;
mod check;
mod compare;
mod config;
mod confirm;
mod discover;
mod doctor;
mod entry;
mod exit;
mod explain;
mod failure;
mod generated;
mod history;
mod init;
mod inputs;
mod interrupt;
mod journal;
mod map;
mod merge;
mod new;
mod notebook;
mod otlp;
mod output;
mod pipe;
mod plan;
mod profile;
mod progress;
mod report;
mod routes;
mod run;
mod scan;
mod scan_patterns;
mod schema;
mod screen;
mod secrets;
mod session;
mod shard;
mod sim;
mod stream;
mod values;
mod watch;

pub use args::Cli;
pub use entry::main;
pub use exit::Exit;
