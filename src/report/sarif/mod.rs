//! SARIF 2.1.0, which code scanning reads: a rule a cause, a result a diagnosis, located in the scenario file.

pub(super) mod model;
mod renderer;

pub(super) use renderer::Sarif;
