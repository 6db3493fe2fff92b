//! One binary of integration tests.

mod architecture;
mod discovery;
mod door;
mod strangers;
