//! In a notebook: a session that opens an internet, discovers, plans, runs and explains, and values that show
//! themselves as rich tables in Jupyter (evcxr kernel) and as text elsewhere.
//!
//! ```no_run
//! # fn main() -> Result<(), fluxprobe::notebook::NotebookError> {
//! use fluxprobe::notebook::*;
//!
//! let session = Session::world("phase-1.5")?; // or Session::azure()?
//! let estate = session.discover()?;
//! let results = session.run("A-D")?;
//! # Ok(())
//! # }
//! ```
//!
//! Every verb takes `&self`, and blocks; the same verbs for `.await` are at [`Session::later`]. All work is done by the
//! `fluxprobe` [`Program`], which a session starts and talks to over a pipe ([`crate::model::pipe`]): cells compile the
//! nouns and nothing else, a cell that panics loses nothing of the session, and a plain call from inside a runtime is fine.

mod cell;
mod desk;
mod error;
mod held;
mod later;
mod load;
mod part;
mod program;
mod session;
mod shown;

pub use error::NotebookError;
pub use held::Comparable;
pub use later::Later;
pub use load::Document;
pub use part::Part;
pub use program::Program;
pub use session::Session;
pub use shown::{
    Base, Changes, Diagnosed, Estate, Explanations, Findings, Planned, Results, Routes, Show,
    Shown, Visit,
};
