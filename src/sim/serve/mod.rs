//! The simulated internet on sockets of this machine: one port that speaks TLS for every host, and one that is a
//! forward proxy and the control endpoint.

mod answer;
mod certificates;
mod control;
mod dead_ends;
mod error;
mod log;
mod proxy;
mod ready;
mod server;
mod tls;

pub use error::ServeError;
pub use log::Seen;
pub use ready::{ReadyAccount, ReadyGateway, ReadyInfo};
pub use server::{Resolution, SimServer};

#[cfg(test)]
mod tests;
