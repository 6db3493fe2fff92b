//! A part of a report alone.

use super::grid::draw_typed;
use super::page::Page;
use super::{diagnosis, failure, matrix, report};
use crate::model::Report;
use crate::model::pipe::ReportPart;
use crate::report::digest::Digest;
use crate::report::latency::Latency;
use crate::report::renderer::Style;
use crate::report::{escape, facts, tables, words};

/// Writes a part of `report` as text for people.
pub fn text_part(report: &Report, part: ReportPart, style: &Style) -> String {
    let digest = Digest::of(report);
    let mut page = Page::new(style);
    match part {
        ReportPart::Matrix => {
            matrix::write(&mut page, &digest.matrix);
            page.gap();
            report::summary(&mut page, report);
        }
        ReportPart::Diagnoses => diagnosis::write(&mut page, report),
        ReportPart::Pictures => pictures(&mut page, report),
        ReportPart::Timings => {
            let all = Latency::all(report, &digest);
            let rows: Vec<_> = all.iter().map(tables::latency).collect();
            draw_typed(&mut page, &rows);
        }
        ReportPart::Cases => failure::write_steps(&mut page, &report.run.cases),
        ReportPart::Printed => report::printed(&mut page, &digest),
    }
    page.finish()
}

fn pictures(page: &mut Page<'_>, report: &Report) {
    for case in &report.run.cases {
        for step in &case.steps {
            let lines: Vec<String> = step
                .exchange
                .iter()
                .flat_map(facts::picture_lines)
                .collect();
            if lines.is_empty() {
                continue;
            }
            let name = format!("{}: {}", words::case_name(case), step.name);
            page.line(0, &escape::terminal(&name));
            for line in lines {
                page.line(2, &escape::terminal(&line));
            }
        }
    }
}
