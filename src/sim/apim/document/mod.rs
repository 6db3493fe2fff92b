//! Policy documents: from the "rawxml" that ARM returns to the steps that a request runs through.

mod element;
mod load;
mod rawxml;

pub(super) use element::{Element, Notes, Text, nearest};
pub(super) use load::{Document, Loader, Misfit, Scope, Section, Step, flatten};
