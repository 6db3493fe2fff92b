//! The painter: real pictures of the right size and container for what a FLUX deployment would draw.
//!
//! A picture is composed small from the words of its prompt and a seed (`scene`), then enlarged row by row with
//! grain straight into its container (`jpeg`, `png`), so that no whole bitmap is ever held. It carries a C2PA
//! manifest (`provenance`) as the real ones do, and says in a comment what it shows, which is how the simulated
//! vision models see (`sight`); that comment is the simulator's own means, real pictures have none.

mod cbor;
mod commission;
mod enlarge;
mod jpeg;
mod palette;
mod png;
mod provenance;
mod rng;
mod scene;
mod sight;

pub use commission::{Commission, Container, PaintError, paint, paint_unsigned, sign};
pub use provenance::Provenance;
pub use rng::{Rng, digest};
pub use sight::{Sight, SightError, look};
