//! Pacing: no deployment is asked more often than its own limits allow, whichever way the calls take to it.

mod course;
mod line;
mod pause;
mod scope;
#[cfg(test)]
mod tests;
mod window;

pub(super) use course::{Course, Courses};
pub(super) use line::{Place, Said, Wait};
pub(super) use pause::{LONGEST_PAUSE, MOST_WAITS, closed_for, limit_of, pause_of};

pub use line::Pacer;
