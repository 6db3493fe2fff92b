//! Showing: pure renderers from a value to text, one file a format.
//!
//! [`Digest`] and [`Matrix`] do all the counting, grouping and sorting, so that every format tells the same story in
//! the same order; `finding` says what is wrong once for each cause. Whatever a server sent passes [`escape`] for the
//! place it is shown in.
//!
//! A new format is one file that implements [`Renderer`] and one line in [`FORMATS`].

mod chain;
mod changes;
mod ci;
mod ctrf;
mod digest;
pub mod escape;
mod facts;
mod finding;
#[cfg(test)]
mod fixture;
mod html;
mod json;
mod jsonl;
mod junit;
mod latency;
mod layout;
mod markdown;
mod matrix;
mod openmetrics;
mod otlp;
mod place;
mod renderer;
mod replay;
mod routes;
mod sarif;
mod story;
mod tables;
mod tap;
mod terminal;
mod trends;
mod words;

pub use chain::Chain;
pub use digest::{Digest, SkipGroup};
pub use html::{Extras, html_fragment, html_page, html_part};
pub use matrix::{Cell, Column, Matrix, Row};
pub use renderer::{Detail, Document, Renderer, ReportError, Style, format_named, format_of_file};

pub use terminal::text_part;

/// Every format that fluxprobe writes; the first is the one for people at a terminal.
pub const FORMATS: &[&dyn Renderer] = &[
    &terminal::Terminal,
    &json::Json,
    &jsonl::JsonLines,
    &markdown::Markdown,
    &junit::Junit,
    &ctrf::Ctrf,
    &tap::Tap,
    &sarif::Sarif,
    &ci::GithubSummary,
    &ci::GithubAnnotations,
    &ci::AzurePipelines,
    &html::Html,
    &routes::Svg,
    &routes::Mermaid,
    &replay::Har,
    &replay::Hurl,
    &replay::Curl,
    &openmetrics::OpenMetrics,
    &otlp::Otlp,
];
