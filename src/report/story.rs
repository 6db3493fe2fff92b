//! A failed case told in plain lines, for formats that have one box of text for it.

use super::escape;
use super::facts;
use super::finding::diagnoses_of;
use super::words;
use crate::model::{CaseRun, Header, Report, StepRun};

/// What failed, what was exchanged, why it is so and what to change; every line is harmless to a terminal.
pub(super) fn of_failure(case: &CaseRun, report: &Report) -> String {
    let mut lines = Vec::new();
    tell_steps(&mut lines, &case.steps);
    for diagnosis in diagnoses_of(case, report) {
        lines.push(String::new());
        let cause = diagnosis.cause.as_ref();
        let cause = cause.map_or(String::new(), |cause| format!(" [{cause}]"));
        lines.push(format!("diagnosis: {}{cause}", diagnosis.title));
        if let Some(hop) = diagnosis.hop {
            let sure = words::confidence(diagnosis.confidence);
            lines.push(format!("answered by: {hop}, {sure}"));
        }
        lines.extend(
            diagnosis
                .evidence
                .iter()
                .map(|text| format!("because: {text}")),
        );
        if let Some(remedy) = &diagnosis.remedy {
            lines.push(format!("change: {}", remedy.text));
            lines.extend(
                remedy
                    .command
                    .iter()
                    .flat_map(|text| text.lines())
                    .map(|line| format!("  {line}")),
            );
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| escape::terminal(line)).collect();
    lines.join("\n")
}

/// What failed in these steps and what was exchanged; every line is harmless to a terminal.
pub(super) fn of_steps(steps: &[StepRun]) -> String {
    let mut lines = Vec::new();
    tell_steps(&mut lines, steps);
    let lines: Vec<String> = lines.iter().map(|line| escape::terminal(line)).collect();
    lines.join("\n")
}

fn tell_steps(lines: &mut Vec<String>, steps: &[StepRun]) {
    for step in steps.iter().filter(|step| step.verdict.is_bad()) {
        tell_step(lines, step);
    }
}

/// What the scenario printed.
pub(super) fn printed(case: &CaseRun) -> Option<String> {
    let lines: Vec<String> = case
        .steps
        .iter()
        .flat_map(|step| &step.output)
        .flat_map(|text| escape::terminal_lines(text))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn tell_step(lines: &mut Vec<String>, step: &StepRun) {
    let who = step
        .hop
        .map_or(String::new(), |hop| format!(", {hop} answered"));
    lines.push(format!("step: {}{who}", step.name));
    if !step.why.is_empty() {
        lines.push(format!("  {}", step.why));
    }
    for check in step.checks.iter().filter(|check| !check.passed) {
        let at = if check.at.is_empty() {
            String::new()
        } else {
            format!(" ({})", check.at)
        };
        lines.push(format!("  expected {}{at}", check.that));
        lines.extend(
            check
                .actual
                .iter()
                .map(|shown| format!("    {} = {}", shown.name, shown.value)),
        );
        lines.extend(check.why.iter().map(|why| format!("    {why}")));
    }
    let Some(exchange) = &step.exchange else {
        return;
    };
    lines.push(format!("  > {}", facts::request_line(exchange)));
    lines.push(format!("  < {}", facts::answer_line(exchange)));
    for Header(name, value) in facts::telling_headers(exchange) {
        lines.push(format!("  < {name}: {value}"));
    }
    let (body, rest) = facts::body_lines(exchange);
    lines.extend(body.iter().map(|line| format!("  {line}")));
    lines.extend(rest.map(|rest| format!("  ({rest})")));
    lines.push(format!("  {}", facts::timing_line(&exchange.timings_ms)));
    if exchange.is_billing_ambiguous {
        lines.push(format!("  {}", words::MAYBE_BILLED));
    }
}
