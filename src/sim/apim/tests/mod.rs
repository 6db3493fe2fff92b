//! The gateway as a client meets it.

mod backends;
mod expressions;
mod keys;
mod limits;
mod loading;
mod policies;
mod rig;
mod tokens;
mod traces;
mod written;
