//! One URL, checked from its name down to the model behind it: DNS, TCP, TLS, HTTP, route, key, api-version, model.
//!
//! The first broken rung ends the climb. Around it free probes tell apart what one answer cannot, and a URL that is
//! wrong is put right and the new one probed. Nothing here buys a picture: every request lacks its prompt, so that
//! whoever gets as far as the model is refused by it.

mod candidates;
mod checkup;
mod connection;
mod error;
mod known;
mod ladder;
mod landing;
mod probe;
mod subject;
mod versions;

pub use checkup::check;
pub use error::DoctorError;
