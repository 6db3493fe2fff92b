//! A value, or a piece of one, as it is shown.

use super::cell;
use super::error::NotebookError;
use crate::model::pipe::Drawn;
use std::fmt;

/// Rich text with its plain form.
#[derive(Clone)]
pub struct Part {
    drawn: Drawn,
}

impl Part {
    /// What was drawn, or the sentence that says why it could not be.
    pub(super) fn of(drawn: Result<Drawn, NotebookError>) -> Self {
        let drawn = drawn.unwrap_or_else(|error| {
            let text = error.to_string();
            let html = text.replace('&', "&amp;").replace('<', "&lt;");
            Drawn {
                html: format!("<p>{html}</p>\n"),
                text: format!("{text}\n"),
            }
        });
        Part { drawn }
    }

    /// The rich form, a fragment of HTML without script.
    pub fn html(&self) -> &str {
        &self.drawn.html
    }

    pub(super) fn into_html(self) -> String {
        self.drawn.html
    }

    /// Shows it under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        cell::show(&self.drawn.html, &self.drawn.text);
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.drawn.text)
    }
}

impl fmt::Debug for Part {
    /// The plain form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.drawn.text)
    }
}
