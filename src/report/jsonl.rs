//! JSON lines, for programs that feed on them: what explains an exchange, or what happened in a run, a line each.

use super::escape;
use super::renderer::{Document, Renderer, ReportError, Style};
use crate::model::{CaseRun, CauseSlug, Confidence, Explained, Hop, Remedy, Report, StepRun};
use serde::Serialize;
use serde_json::{Value, json};

/// One line of JSON for each explained exchange, or for each thing that happened.
pub(super) struct JsonLines;

impl Renderer for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jsonl", "ndjson"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let mut text = String::new();
        match document {
            Document::Explained(explained) => {
                for one in explained {
                    push(&mut text, &Answer::of(one))?;
                }
            }
            Document::Report(report) | Document::Mapped(report, _) => {
                write_events(&mut text, report)?;
            }
            _ => {
                return Err(ReportError::Unshown {
                    format: self.name(),
                    shows: "what `run` did and what `explain` says",
                });
            }
        }
        Ok(text)
    }
}

fn push(text: &mut String, line: &impl Serialize) -> Result<(), ReportError> {
    text.push_str(&escape::json(&serde_json::to_string(line)?));
    text.push('\n');
    Ok(())
}

/// The run, each step and each case in the order in which they were planned, what was left out, the diagnoses, the sums.
/// Thumbnails stay out, and so do the values of checks that held.
fn write_events(text: &mut String, report: &Report) -> Result<(), ReportError> {
    let run = &report.run;
    let begun = json!({
        "event": "run",
        "schema_version": run.schema_version,
        "started_at": run.started_at,
        "elapsed_ms": run.elapsed_ms,
        "cases": run.cases.len(),
        "is_interrupted": run.is_interrupted,
        "findings": run.findings,
    });
    push(text, &begun)?;
    for case in &run.cases {
        for step in case.all_steps() {
            push(text, &step_event(case, step)?)?;
        }
        push(text, &case_event(case))?;
    }
    for skipped in &run.skipped {
        push(text, &event("skipped", serde_json::to_value(skipped)?))?;
    }
    for diagnosis in &report.diagnoses {
        push(text, &event("diagnosis", serde_json::to_value(diagnosis)?))?;
    }
    push(text, &event("summary", serde_json::to_value(run.summary)?))
}

/// `value` with the kind of event in front.
fn event(kind: &str, value: Value) -> Value {
    let mut line = json!({ "event": kind });
    if let (Some(line), Value::Object(members)) = (line.as_object_mut(), value) {
        line.extend(members);
    }
    line
}

fn step_event(case: &CaseRun, step: &StepRun) -> Result<Value, ReportError> {
    let mut value = serde_json::to_value(step)?;
    let pictures = value.pointer_mut("/exchange/response/pictures");
    for picture in pictures.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(picture) = picture.as_object_mut() {
            picture.remove("thumbnail");
        }
    }
    let checks = value.pointer_mut("/checks").and_then(Value::as_array_mut);
    for check in checks
        .into_iter()
        .flatten()
        .filter(|check| check["passed"] == true)
    {
        if let Some(check) = check.as_object_mut() {
            check.remove("actual");
        }
    }
    let named = json!({ "event": "step", "case": case.key(), "step": value });
    Ok(named)
}

fn case_event(case: &CaseRun) -> Value {
    json!({
        "event": "case",
        "case": case.key(),
        "scenario": case.scenario,
        "title": case.title,
        "account": case.account,
        "deployment": case.deployment,
        "route": case.route,
        "verdict": case.verdict,
        "why": case.why,
        "elapsed_ms": case.elapsed_ms,
        "images": case.images,
        "spent_usd": case.spent_usd,
        "possibly_spent_usd": case.possibly_spent_usd,
        "avoided_usd": case.avoided_usd,
        "tries": case.earlier.len() + 1,
        "quarantine": case.quarantine,
    })
}

/// What is said of one exchange; `cause` is null where the evidence cannot decide.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    id: &'a str,
    cause: Option<&'a CauseSlug>,
    hop: Option<Hop>,
    confidence: Confidence,
    evidence: &'a [String],
    alternatives: Vec<Other<'a>>,
    remedy: Option<&'a Remedy>,
}

#[derive(Serialize)]
struct Other<'a> {
    cause: &'a CauseSlug,
    hop: Option<Hop>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(explained: &'a Explained) -> Self {
        let diagnosis = &explained.diagnosis;
        let alternatives = diagnosis.alternatives.iter().map(|other| Other {
            cause: &other.cause,
            hop: other.hop,
        });
        Answer {
            id: &explained.id,
            cause: diagnosis.cause.as_ref(),
            hop: diagnosis.hop,
            confidence: diagnosis.confidence,
            evidence: &diagnosis.evidence,
            alternatives: alternatives.collect(),
            remedy: diagnosis.remedy.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn an_answer_is_a_line_with_the_promised_members() {
        let mut explained = fixture::explained();
        let undecided = &mut explained[1];
        undecided.diagnosis.cause = None;
        undecided.diagnosis.remedy = None;
        let text = JsonLines
            .render(Document::Explained(&explained), &Style::default())
            .unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        let members: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
        let promised = [
            "id",
            "cause",
            "hop",
            "confidence",
            "evidence",
            "alternatives",
            "remedy",
        ];
        assert_eq!(members, promised);
        assert_eq!(lines[0]["cause"], "apim_operation_not_matched");
        assert_eq!(lines[0]["hop"], "gateway");
        assert!(lines[0]["remedy"]["command"].is_string());
        let other = serde_json::json!({"cause": "apim_path_prefix_wrong", "hop": "gateway"});
        assert_eq!(lines[0]["alternatives"][0], other);
        assert!(lines[1]["cause"].is_null());
        assert!(lines[1]["remedy"].is_null());
    }

    #[test]
    fn a_run_is_told_in_order_and_hostile_text_cannot_break_a_line() {
        for report in [fixture::gateway_404(), fixture::hostile()] {
            let text = JsonLines.render(Document::Report(&report), &Style::default());
            let text = text.unwrap();
            assert!(!text.contains(['\x1b', '\u{202e}', '\u{200b}']));
            let events: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let kinds: Vec<&str> = events
                .iter()
                .map(|event| event["event"].as_str().unwrap())
                .collect();
            let of = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
            let steps = report.run.cases.iter().map(|case| case.steps.len());
            assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("run", "summary"));
            assert_eq!(of("case"), report.run.cases.len());
            assert_eq!(of("step"), steps.sum::<usize>());
            assert_eq!(of("skipped"), report.run.skipped.len());
            assert_eq!(of("diagnosis"), report.diagnoses.len());
        }
    }

    #[test]
    fn other_documents_are_refused() {
        let plan = fixture::plan();
        let error = JsonLines.render(Document::Plan(&plan), &Style::default());
        assert!(error.unwrap_err().to_string().contains("--format json"));
    }
}
