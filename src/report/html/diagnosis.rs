//! Diagnoses: who answered, why, and what to change, with the command to copy.

use super::page::{Context, Home};
use crate::model::Diagnosis;
use crate::report::chain::Chain;
use crate::report::escape::{html, html_lines, html_prose};
use crate::report::words;

/// One article a diagnosis.
pub(super) fn list(context: &Context<'_>) -> String {
    let diagnoses = context.report.diagnoses.iter().enumerate();
    diagnoses
        .map(|(number, diagnosis)| {
            let chain = Chain::of_diagnosis(diagnosis, context.report);
            let number = number + 1;
            let id = match context.home {
                Home::Page => format!(" id=\"diagnosis-{number}\""),
                Home::Fragment => String::new(),
            };
            let title = format!("{number}. {}", html_prose(&diagnosis.title));
            article(context, &id, &title, diagnosis, chain)
        })
        .collect()
}

/// A diagnosis; `title` is HTML already, and so is `id`, an attribute or nothing.
pub(super) fn article(
    context: &Context<'_>,
    id: &str,
    title: &str,
    diagnosis: &Diagnosis,
    chain: Option<Chain>,
) -> String {
    let mut text = format!("<article class=\"diagnosis\"{id}>\n<h3>{title}</h3>\n");
    if let Some(chain) = chain {
        text.push_str(&hops(&chain));
    }
    let cause = diagnosis
        .cause
        .as_ref()
        .map_or("undecided", |cause| cause.as_str());
    text.push_str(&format!(
        "<p class=\"meta\"><code>{}</code> · {}</p>\n",
        html(cause),
        words::confidence(diagnosis.confidence)
    ));
    if !diagnosis.evidence.is_empty() {
        let points: Vec<String> = diagnosis
            .evidence
            .iter()
            .map(|evidence| format!("<li>{}</li>", html_prose(evidence)))
            .collect();
        text.push_str(&format!("<h4>Because</h4>\n<ul>{}</ul>\n", points.join("")));
    }
    if let Some(remedy) = &diagnosis.remedy {
        text.push_str(&format!(
            "<h4>Change</h4>\n<p>{}</p>\n",
            html_prose(&remedy.text)
        ));
        if let Some(command) = &remedy.command {
            text.push_str(&copyable(context, command, "command"));
        }
    }
    if !diagnosis.alternatives.is_empty() {
        text.push_str("<h4>It could also be</h4>\n<ul>");
        for other in &diagnosis.alternatives {
            let hop = other.hop.map_or(String::new(), |hop| format!(" at {hop}"));
            let probe = other
                .probe
                .as_ref()
                .map_or(String::new(), |probe| format!(": {}", html_prose(probe)));
            text.push_str(&format!(
                "<li><code>{}</code>{hop}{probe}</li>",
                html(other.cause.as_str())
            ));
        }
        text.push_str("</ul>\n");
    }
    if !diagnosis.victims.is_empty() {
        let count = words::count(diagnosis.victims.len(), "case", "cases");
        text.push_str(&format!("<h4>{count}</h4>\n<ul class=\"victims\">"));
        for victim in &diagnosis.victims {
            let name = html(&victim.case);
            let name = match context.anchor(&victim.case) {
                Some(anchor) => format!("<a href=\"#{anchor}\">{name}</a>"),
                None => name,
            };
            text.push_str(&format!("<li>{name}, {}</li>", html(&victim.step)));
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</article>\n");
    text
}

fn hops(chain: &Chain) -> String {
    let mut items: Vec<String> = chain
        .before
        .iter()
        .map(|name| format!("<li>{name}</li>"))
        .collect();
    items.push(format!(
        "<li class=\"answered\"><b>{}</b><span class=\"unseen\"> answered</span></li>",
        chain.answered
    ));
    items.extend(chain.after.iter().map(|name| {
        format!("<li class=\"unreached\">{name}<span class=\"unseen\"> was not reached</span></li>")
    }));
    format!(
        "<ol class=\"hops\" aria-label=\"Way of the call\">{}</ol>\n",
        items.join("")
    )
}

/// Text that one click copies, where a script can.
pub(super) fn copyable(context: &Context<'_>, text: &str, what: &str) -> String {
    if context.home == Home::Fragment {
        return format!(
            "<pre tabindex=\"0\"><code>{}</code></pre>\n",
            html_lines(text)
        );
    }
    format!(
        "<div class=\"copyable\"><pre tabindex=\"0\"><code>{}</code></pre><button type=\"button\" class=\"copy needs-script\" aria-label=\"Copy {what}\">Copy</button></div>\n",
        html_lines(text)
    )
}
