//! JSON lines: what explains an exchange, a line each, for programs that feed on them.

use super::escape;
use super::renderer::{Document, Explained, Renderer, ReportError, Style};
use crate::model::{CauseSlug, Confidence, Hop, Remedy};
use serde::Serialize;

/// One line of JSON for each explained exchange.
pub(super) struct JsonLines;

impl Renderer for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jsonl", "ndjson"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let Document::Explained(explained) = document else {
            return Err(ReportError::OnlyExplained {
                format: self.name(),
            });
        };
        let mut text = String::new();
        for one in explained {
            text.push_str(&escape::json(&serde_json::to_string(&Answer::of(one))?));
            text.push('\n');
        }
        Ok(text)
    }
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
    fn other_documents_are_refused() {
        let plan = fixture::plan();
        let error = JsonLines.render(Document::Plan(&plan), &Style::default());
        assert!(error.unwrap_err().to_string().contains("--format json"));
    }
}
