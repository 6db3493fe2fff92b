//! Pictures side by side: a row for each prompt and step, a column for each deployment.

use super::page::{Context, short_name};
use crate::model::{CaseRun, PictureFacts, StepRun};
use crate::report::escape::html;
use crate::report::words;
use serde_json::Value;

/// The pictures that one step brought, on every deployment.
struct Line<'a> {
    prompt: String,
    scenario: &'a str,
    step: &'a str,
    pictures: Vec<(usize, &'a CaseRun, &'a StepRun, &'a PictureFacts)>,
}

/// The table of pictures; nothing where none came.
pub(super) fn gallery(context: &Context<'_>) -> String {
    let lines = lines(context);
    if lines.is_empty() {
        return String::new();
    }
    let matrix = &context.digest.matrix;
    let mut text = String::from(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Pictures by prompt and deployment\" tabindex=\"0\">\n<table class=\"gallery\">\n<caption class=\"unseen\">Prompts and steps down, deployments across</caption>\n<thead><tr><th scope=\"col\">Step</th>",
    );
    for (number, column) in matrix.columns.iter().enumerate() {
        text.push_str(&format!(
            "<th scope=\"col\" data-column=\"{number}\">{}</th>",
            html(&short_name(column, context))
        ));
    }
    text.push_str("</tr></thead>\n");
    let mut prompt = None;
    for line in &lines {
        if prompt != Some(&line.prompt) {
            if prompt.is_some() {
                text.push_str("</tbody>\n");
            }
            prompt = Some(&line.prompt);
            text.push_str(&format!(
                "<tbody>\n<tr class=\"prompt\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                matrix.columns.len() + 1,
                if line.prompt.is_empty() { "<i>no prompt recorded</i>".to_owned() } else { format!("“{}”", html(&line.prompt)) }
            ));
        }
        text.push_str(&format!(
            "<tr data-letter=\"{0}\"><th scope=\"row\"><b>{0}</b> {1}</th>",
            html(line.scenario),
            html(line.step)
        ));
        for number in 0..matrix.columns.len() {
            text.push_str(&format!("<td data-column=\"{number}\">"));
            let pictures = line
                .pictures
                .iter()
                .filter(|(column, ..)| *column == number);
            for (_, case, step, facts) in pictures {
                text.push_str(&figure(context, &line.prompt, case, step, facts));
            }
            text.push_str("</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    text
}

/// Lines by prompt in the order in which prompts first came, then by scenario and step.
fn lines<'a>(context: &Context<'a>) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    for case in &context.report.run.cases {
        let column = context.column(case);
        for step in &case.steps {
            let Some(exchange) = &step.exchange else {
                continue;
            };
            for facts in exchange.pictures() {
                let prompt = prompt_of(exchange.request.body.as_deref().unwrap_or_default());
                let scenario = case.scenario.as_str();
                let picture = (column, case, step, facts);
                let known = lines.iter_mut().find(|line| {
                    line.prompt == prompt && line.scenario == scenario && line.step == step.name
                });
                match known {
                    Some(line) => line.pictures.push(picture),
                    None => lines.push(Line {
                        prompt,
                        scenario,
                        step: &step.name,
                        pictures: vec![picture],
                    }),
                }
            }
        }
    }
    let prompts: Vec<String> = lines.iter().map(|line| line.prompt.clone()).collect();
    lines.sort_by_key(|line| {
        let first = prompts.iter().position(|prompt| *prompt == line.prompt);
        (first, line.scenario)
    });
    lines
}

/// The prompt of a JSON body or a recorded form.
fn prompt_of(body: &str) -> String {
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return json["prompt"].as_str().unwrap_or_default().to_owned();
    }
    let mut lines = body.lines();
    let prompt = lines.find_map(|line| line.strip_prefix("prompt:"));
    prompt.unwrap_or_default().trim().to_owned()
}

fn figure(
    context: &Context<'_>,
    prompt: &str,
    case: &CaseRun,
    step: &StepRun,
    facts: &PictureFacts,
) -> String {
    let container = format!("{:?}", facts.container).to_uppercase();
    let size = format!("{}×{}", facts.width, facts.height);
    let alt = format!("Picture by {} for “{prompt}”", case.deployment);
    let image = match &facts.thumbnail {
        Some(small) => format!(
            "<img src=\"data:image/jpeg;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\">",
            html(&small.jpeg_base64),
            small.width,
            small.height,
            html(&alt)
        ),
        None => "<span class=\"no-picture\">no small picture kept</span>".to_owned(),
    };
    let image = match context.anchor(&case.key()) {
        Some(anchor) => format!("<a href=\"#{anchor}\">{image}</a>"),
        None => image,
    };
    let mut wrong = Vec::new();
    if facts.is_blank {
        wrong.push("blank");
    }
    if facts.is_truncated {
        wrong.push("ends early");
    }
    if !facts.decodes {
        wrong.push("does not decode");
    }
    let wrong = if wrong.is_empty() {
        String::new()
    } else {
        format!(" <b class=\"wrong\">{}</b>", wrong.join(", "))
    };
    let time = step
        .exchange
        .as_ref()
        .map_or(0.0, |exchange| exchange.timings_ms.total);
    format!(
        "<figure>{image}<figcaption>{size} {container}<br>{} · {}{wrong}</figcaption></figure>",
        words::bytes(facts.bytes),
        words::time(time)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_found_in_either_body() {
        assert_eq!(prompt_of("{\"prompt\":\"a b\",\"n\":1}"), "a b");
        assert_eq!(prompt_of("image: file x (y, 1 bytes)\nprompt: a b"), "a b");
        assert_eq!(prompt_of(""), "");
        assert_eq!(prompt_of("{\"prompt\":7}"), "");
    }
}
