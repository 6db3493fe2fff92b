//! HTML: one file that works offline. Its only script and style are its own, and a content security policy allows
//! nothing else, so that nothing a server sent can be run or fetched.

mod comparison;
mod diagnosis;
mod exchange;
mod fragment;
mod matrix;
mod page;
mod pictures;
mod plots;
mod routes;
mod trends;

pub use fragment::{html_fragment, html_part};
pub(super) use page::Html;
pub use page::{Extras, page as html_page};
