//! Pages about causes, for people.

use super::condition::{Conditions, Scope};
use super::engine::DiagnoseError;
use crate::knowledge::causes::{self, Cause, Family};
use std::fmt::Write as _;

/// The page about one cause, as Markdown: what it means, how it is known, what looks like it, what to change.
///
/// # Errors
/// [`DiagnoseError`] where one of its templates does not compile.
pub fn page(cause: &Cause) -> Result<String, DiagnoseError> {
    let render = |template: &str| render(cause, template);
    let title = title(cause)?;
    let mut text = format!("### `{}`\n\n{}.\n", cause.slug, capitalised(title.trim()));
    let mut part = |heading: &str, body: &str| {
        if !body.is_empty() {
            let _ = write!(text, "\n**{heading}** {body}\n");
        }
    };
    part("Shows at:", &cause.hops.join(", "));
    part("What it means.", &cause.page.means);
    part("How it is known.", &cause.page.known_by);
    part("What looks like it.", &cause.page.looks_like);
    part("What to change.", &cause.page.change);
    part("Remedy.", render(&cause.remedy)?.trim());
    part(
        "What decides, free of charge.",
        render(&cause.probe)?.trim(),
    );
    let command = render(&cause.command)?;
    if !command.trim().is_empty() {
        let _ = write!(text, "\n```text\n{}\n```\n", command.trim());
    }
    Ok(text)
}

/// The one line about a cause, without an exchange to fill it from.
///
/// # Errors
/// [`DiagnoseError`] where its template does not compile.
pub fn title(cause: &Cause) -> Result<String, DiagnoseError> {
    Ok(render(cause, &cause.title)?.trim().to_owned())
}

fn render(cause: &Cause, template: &str) -> Result<String, DiagnoseError> {
    let mut conditions = Conditions::new();
    let handle = conditions.add_template(&cause.slug, template)?;
    Ok(conditions.render(handle, &Scope::of(&serde_json::json!({}))))
}

/// All pages that come with fluxprobe, as one Markdown document: `docs/causes.md`.
///
/// # Errors
/// [`DiagnoseError`] where an embedded table is broken.
pub fn book() -> Result<String, DiagnoseError> {
    let families = causes::builtin()?;
    let mut text = String::from(
        "# Causes\n\nA cause is what somebody has to change; the hop is who answered. This page is written from the tables in `src/knowledge/causes/`.\n",
    );
    for Family { family, causes } in &families {
        let _ = write!(text, "\n## {family}\n\n");
        for cause in causes {
            let _ = writeln!(text, "- [`{0}`](#{0})", cause.slug);
        }
        for cause in causes {
            let _ = write!(text, "\n{}", page(cause)?);
        }
    }
    Ok(text)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_four_parts_and_no_template_marks() {
        for family in causes::builtin().unwrap() {
            for cause in &family.causes {
                let page = page(cause).unwrap();
                for part in [
                    "What it means.",
                    "How it is known.",
                    "What looks like it.",
                    "What to change.",
                ] {
                    assert!(page.contains(part), "{}", cause.slug);
                }
                assert!(!page.contains("{{") && !page.contains("{%"), "{page}");
            }
        }
    }
}
