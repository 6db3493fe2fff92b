//! Text for people at a terminal: tables that fit its width, then what went wrong and what to change.
//!
//! Lines are laid out by a `Page`; colours are invisible marks until the page is finished, so that they never
//! count as width.

mod audit;
mod baseline;
mod checkup;
mod comparison;
mod diagnosis;
mod exchange;
mod explained;
mod failure;
mod grid;
mod history;
mod inventory;
mod matrix;
mod page;
mod paint;
mod part;
mod plan;
mod renderer;
mod report;
mod routes;

pub use part::text_part;
pub(super) use renderer::Terminal;
