//! Cases with their steps, and each step with its exchange.

use super::diagnosis::copyable;
use super::page::{Context, badge};
use super::plots;
use crate::model::{CaseRun, CheckResult, Exchange, Header, StepRun};
use crate::report::escape::{html, html_lines, html_prose};
use crate::report::latency::phases_of;
use crate::report::{facts, replay, words};

/// Every case, the failed ones open.
pub(super) fn cases(context: &Context<'_>) -> String {
    let cases = context
        .digest
        .matrix
        .cells()
        .filter_map(|(_, _, cell)| cell.case);
    cases.map(|case| one_case(context, case)).collect()
}

fn one_case(context: &Context<'_>, case: &CaseRun) -> String {
    let open = if case.verdict.is_bad() { " open" } else { "" };
    let id = context
        .anchor(&case.key())
        .map_or(String::new(), |anchor| format!(" id=\"{anchor}\""));
    format!(
        "<details class=\"case\"{id} data-letter=\"{}\" data-column=\"{}\" data-verdict=\"{}\"{open}>\n<summary>{} <b>{}</b> <span class=\"title\">{}</span> <span class=\"where\">{}</span> <span class=\"time\">{}</span></summary>\n{}</details>\n",
        html(case.scenario.as_str()),
        context.column(case),
        case.verdict.word(),
        badge(case.verdict),
        html(case.scenario.as_str()),
        html(&case.title),
        html(case.deployment.as_str()),
        words::time(case.elapsed_ms),
        inside(context, case)
    )
}

/// What a case opens to.
pub(super) fn inside(context: &Context<'_>, case: &CaseRun) -> String {
    let mut text = format!("<p class=\"meta\">{}", html(&words::case_name(case)));
    if case.images > 0 {
        text.push_str(&format!(
            " · {}, {}",
            words::count(case.images as usize, "image", "images"),
            words::usd(case.spent_usd)
        ));
    }
    text.push_str("</p>\n");
    if !case.why.is_empty() {
        text.push_str(&format!("<p class=\"why\">{}</p>\n", html_prose(&case.why)));
    }
    text.extend(case.steps.iter().map(|step| one_step(context, step)));
    text
}

fn one_step(context: &Context<'_>, step: &StepRun) -> String {
    let open = if step.verdict.is_bad() { " open" } else { "" };
    let answer = step.exchange.as_ref().and_then(Exchange::status);
    let answer = answer.map_or(String::new(), |status| {
        format!(" <span class=\"status\">{status}</span>")
    });
    let hop = step.hop.map_or(String::new(), |hop| {
        format!(" <span class=\"hop\">{hop}</span>")
    });
    let time = step.exchange.as_ref().map_or(String::new(), |exchange| {
        format!(
            " <span class=\"time\">{}</span>",
            words::time(exchange.timings_ms.total)
        )
    });
    let mut text = format!(
        "<details class=\"step\"{open}><summary>{} {}{answer}{hop}{time}</summary>\n",
        badge(step.verdict),
        html(&step.name)
    );
    if !step.why.is_empty() {
        text.push_str(&format!("<p class=\"why\">{}</p>\n", html_prose(&step.why)));
    }
    if !step.checks.is_empty() {
        let checks: Vec<String> = step.checks.iter().map(check).collect();
        text.push_str(&format!("<ul class=\"checks\">{}</ul>\n", checks.join("")));
    }
    if let Some(exchange) = &step.exchange {
        text.push_str(&exchanged(context, exchange));
    }
    if !step.output.is_empty() {
        text.push_str(&format!(
            "<pre class=\"printed\" tabindex=\"0\">{}</pre>\n",
            html_lines(&step.output.join("\n"))
        ));
    }
    text.push_str("</details>\n");
    text
}

fn check(check: &CheckResult) -> String {
    let class = if check.passed { "pass" } else { "fail" };
    let mut text = format!("<li class=\"{class}\"><code>{}</code>", html(&check.that));
    if !check.passed {
        for shown in &check.actual {
            text.push_str(&format!(
                "<br><span class=\"more\"><code>{} = {}</code></span>",
                html(&shown.name),
                html(&shown.value)
            ));
        }
        if let Some(why) = &check.why {
            text.push_str(&format!(
                "<br><span class=\"more\">{}</span>",
                html_prose(why)
            ));
        }
        if !check.at.is_empty() {
            text.push_str(&format!(" <span class=\"at\">{}</span>", html(&check.at)));
        }
    }
    text.push_str("</li>");
    text
}

pub(super) fn exchanged(context: &Context<'_>, exchange: &Exchange) -> String {
    let mut text = String::from("<div class=\"exchange\">\n");
    let mut request = facts::request_line(exchange);
    for Header(name, value) in &exchange.request.headers {
        request.push_str(&format!("\n{name}: {value}"));
    }
    if let Some(place) = &exchange.request.credential_in {
        request.push_str(&format!("\n(a credential in {place})"));
    }
    if let Some(body) = exchange
        .request
        .body
        .as_ref()
        .filter(|body| !body.is_empty())
    {
        request.push_str(&format!("\n\n{body}"));
    }
    text.push_str(&format!(
        "<h5>Request</h5><pre tabindex=\"0\">{}</pre>\n",
        html_lines(&request)
    ));
    let mut answer = facts::answer_line(exchange);
    for Header(name, value) in facts::telling_headers(exchange) {
        answer.push_str(&format!("\n{name}: {value}"));
    }
    let (lines, rest) = facts::body_lines(exchange);
    if !lines.is_empty() {
        answer.push_str(&format!("\n\n{}", lines.join("\n")));
    }
    text.push_str(&format!(
        "<h5>Answer</h5><pre tabindex=\"0\">{}</pre>\n",
        html_lines(&answer)
    ));
    for line in rest.into_iter().chain(facts::picture_lines(exchange)) {
        text.push_str(&format!("<p>{}</p>\n", html(&line)));
    }
    if exchange.is_billing_ambiguous {
        text.push_str(&format!("<p class=\"why\">{}</p>\n", words::MAYBE_BILLED));
    }
    if exchange.timings_ms.total > 0.0 {
        text.push_str(&plots::phases(&phases_of(&exchange.timings_ms)));
        text.push_str(&format!(
            "<p class=\"meta\">{}</p>\n",
            html(&facts::timing_line(&exchange.timings_ms))
        ));
    }
    if let Some(command) = replay::command(exchange) {
        text.push_str("<details class=\"replay\"><summary>Send it again with curl</summary>");
        text.push_str(&copyable(context, &command, "curl command"));
        text.push_str("</details>\n");
    }
    text.push_str("</div>\n");
    text
}
