//! A piece of something larger, shown alone.

use super::cell;
use std::fmt;

/// Rich text with its plain form.
#[derive(Clone)]
pub struct Part {
    html: String,
    text: String,
}

impl Part {
    pub(super) fn of(html: String, text: String) -> Self {
        Part { html, text }
    }

    /// The rich form, a fragment of HTML without script.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Shows it under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        cell::show(&self.html, &self.text);
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Part {
    /// The plain form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
