//! The map of routes as rows of a table, as a graph, and the graph as a picture and as Mermaid text.

mod graph;
mod layout;
mod mermaid;
mod rows;
mod svg;

pub(in crate::report) use mermaid::Mermaid;
pub(in crate::report) use rows::{RouteRow, Told, api_line, findings, mark_of, sums, tables};
pub(in crate::report) use svg::{Svg, picture};
