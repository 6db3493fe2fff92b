//! GitHub-flavoured Markdown: for a pull request, a wiki page, a job summary.
//!
//! Names, addresses and everything a server sent stand in code spans or fences that nothing in them can leave; the
//! prose around them is escaped.

mod audit;
mod baseline;
mod checkup;
mod comparison;
mod history;
mod inventory;
mod parts;
mod plan;
mod renderer;
mod report;
mod routes;

pub(super) use renderer::Markdown;
