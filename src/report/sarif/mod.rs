//! SARIF 2.1.0, which code scanning reads: a rule a cause and a result a diagnosis, located in the scenario file; or a rule a
//! kind of finding and a result a finding, located in the file that the map was read from.

mod audit;
mod model;
mod renderer;

pub(super) use renderer::Sarif;
