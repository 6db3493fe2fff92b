//! The map as a picture.

use super::graph::{Graph, Link, Node};
use super::layout::{Box, Layout, MOST_CHARACTERS};
use super::rows::{self, Told};
use crate::model::{LinkState, RouteMap};
use crate::report::escape::html;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use std::fmt::Write as _;

const COLORS: &str = include_str!("../html/colors.css");
const STYLE: &str = include_str!("map.css");
/// Height of a line of the list below the picture.
const LINE: f64 = 19.0;
/// Narrowest picture that has room for the list.
const NARROWEST: f64 = 640.0;

/// A picture that stands alone.
pub(in crate::report) struct Svg;

impl Renderer for Svg {
    fn name(&self) -> &'static str {
        "svg"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["svg"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        Ok(alone(document.routes(self.name())?))
    }
}

/// The picture as an element of an HTML page, which has the style.
pub(in crate::report) fn picture(map: &RouteMap) -> String {
    let graph = Graph::of(map);
    let layout = Layout::of(&graph);
    let (width, height) = (layout.width, layout.height);
    format!(
        "<svg class=\"map\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n",
        html(&rows::sums(map).join(", ")),
        drawn(map, &graph, &layout)
    )
}

fn alone(map: &RouteMap) -> String {
    let graph = Graph::of(map);
    let layout = Layout::of(&graph);
    let told = Told {
        broken: "✗ ",
        weak: "! ",
        most_ends: 0,
    };
    let lines = rows::findings(map).into_iter().map(|one| {
        let state = if one.severity == "error" {
            told.broken
        } else {
            told.weak
        };
        format!("{state}{} {}: {}", one.number, one.finding, one.title)
    });
    let lines: Vec<String> = lines.collect();
    let width = layout.width.max(NARROWEST);
    let height = layout.height + LINE * (lines.len() + 1) as f64;
    let mut text = format!(
        "<svg class=\"map\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<style>{COLORS}{STYLE}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{}",
        html(&rows::sums(map).join(", ")),
        drawn(map, &graph, &layout)
    );
    for (number, line) in lines.iter().enumerate() {
        let y = layout.height + LINE * (number as f64 + 0.5);
        let _ = writeln!(
            text,
            "<text class=\"note\" x=\"12\" y=\"{y:.1}\">{}</text>",
            html(line)
        );
    }
    text.push_str("</svg>\n");
    text
}

/// Links first, so that boxes stand over them; numbers last.
fn drawn(map: &RouteMap, graph: &Graph, layout: &Layout) -> String {
    let mut text = String::new();
    for (column, left, _) in &layout.columns {
        let _ = writeln!(
            text,
            "<text class=\"head\" x=\"{left:.1}\" y=\"20\">{}</text>",
            column.word()
        );
    }
    for (link, bends) in graph.links.iter().zip(&layout.bends) {
        let (from, to) = (&layout.boxes[link.from], &layout.boxes[link.to]);
        let _ = writeln!(
            text,
            "<path class=\"{}\" d=\"{}\"><title>{}</title></path>",
            class_of(link),
            path(from, bends, to),
            html(&said(map, graph, link))
        );
    }
    for (node, place) in graph.nodes.iter().zip(&layout.boxes) {
        text.push_str(&boxed(node, place));
    }
    for (link, bends) in graph.links.iter().zip(&layout.bends) {
        if !link.mark.findings.is_empty() {
            let (from, to) = (&layout.boxes[link.from], &layout.boxes[link.to]);
            text.push_str(&numbered(map, graph, link, number_place(from, bends, to)));
        }
    }
    text
}

fn class_of(link: &Link) -> &'static str {
    match link.mark.state {
        LinkState::Broken => "link broken",
        LinkState::Weak => "link weak",
        LinkState::Fine if link.is_conditional => "link at-times",
        LinkState::Fine => "link",
    }
}

/// What is said of a link when it is pointed at.
fn said(map: &RouteMap, graph: &Graph, link: &Link) -> String {
    let (from, to) = (&graph.nodes[link.from], &graph.nodes[link.to]);
    let mut lines = vec![format!("{} → {}", from.name, to.name)];
    if link.is_conditional {
        lines.push("at times".to_owned());
    }
    let findings = map.findings.iter();
    let own = findings.filter(|one| link.mark.findings.contains(&one.number));
    lines.extend(own.map(|one| format!("{} {}: {}", one.number, one.id, one.title)));
    lines.join("; ")
}

/// A smooth line from the right of a box over bends to the left of another.
fn path(from: &Box, bends: &[(f64, f64)], to: &Box) -> String {
    let (mut x, mut y) = (from.x + from.width, from.middle());
    let mut text = format!("M{x:.1} {y:.1}");
    let end = (to.x, to.middle());
    for (number, (next_x, next_y)) in bends.iter().copied().chain([end]).enumerate() {
        // Between two bends lies the width of a column, which is crossed straight.
        if number % 2 == 1 {
            let _ = write!(text, " L{next_x:.1} {next_y:.1}");
        } else {
            let half = (x + next_x) / 2.0;
            let _ = write!(
                text,
                " C{half:.1} {y:.1} {half:.1} {next_y:.1} {next_x:.1} {next_y:.1}"
            );
        }
        (x, y) = (next_x, next_y);
    }
    text
}

/// Near the end of a link, where those of a fan stand apart.
fn number_place(from: &Box, bends: &[(f64, f64)], to: &Box) -> (f64, f64) {
    let start = bends
        .last()
        .copied()
        .unwrap_or((from.x + from.width, from.middle()));
    let end = (to.x, to.middle());
    // The cubic of `path` at three quarters of its way.
    let (t, half) = (0.72_f64, (start.0 + end.0) / 2.0);
    let s = 1.0 - t;
    let x =
        s.powi(3) * start.0 + 3.0 * s * s * t * half + 3.0 * s * t * t * half + t.powi(3) * end.0;
    let y = (s.powi(3) + 3.0 * s * s * t) * start.1 + (3.0 * s * t * t + t.powi(3)) * end.1;
    (x, y)
}

fn numbered(map: &RouteMap, graph: &Graph, link: &Link, (x, y): (f64, f64)) -> String {
    let numbers: Vec<String> = link.mark.findings.iter().map(usize::to_string).collect();
    let numbers = match numbers.as_slice() {
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one}+{}", rest.len()),
        [] => String::new(),
    };
    let width = 9.0 + 7.0 * numbers.len() as f64;
    let state = if link.mark.state == LinkState::Broken {
        "broken"
    } else {
        "weak"
    };
    format!(
        "<g class=\"number {state}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"16\" rx=\"8\"/><text x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>\n",
        html(&said(map, graph, link)),
        x - width / 2.0,
        y - 8.0,
        y + 4.0,
        html(&numbers)
    )
}

fn boxed(node: &Node, place: &Box) -> String {
    let absent = if node.is_absent { " absent" } else { "" };
    let whole = match node.detail.is_empty() {
        true => node.name.clone(),
        false => format!("{}; {}", node.name, node.detail),
    };
    let x = place.x + 8.0;
    let mut text = format!(
        "<g class=\"node{absent}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/><text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
        html(&whole),
        place.x,
        place.y,
        place.width,
        place.height,
        place.y + 16.5,
        html(&short(&node.name))
    );
    if !node.detail.is_empty() {
        let y = place.y + 31.0;
        let _ = write!(
            text,
            "<text class=\"detail\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            html(&short(&node.detail))
        );
    }
    text.push_str("</g>\n");
    text
}

/// A text without its middle where it is too long, because names of one family differ at their ends.
fn short(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    let tail = (MOST_CHARACTERS - 1) / 2;
    let front: String = characters.iter().take(MOST_CHARACTERS - 1 - tail).collect();
    let back: String = characters.iter().skip(characters.len() - tail).collect();
    format!("{front}…{back}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_picture_is_well_formed_and_marks_what_is_broken() {
        let text = alone(&fixture::route_map());
        let document = roxmltree::Document::parse(&text).unwrap();
        let classes = |class: &str| {
            let nodes = document.descendants();
            nodes
                .filter(|node| node.attribute("class") == Some(class))
                .count()
        };
        assert_eq!(classes("link broken"), 1);
        assert_eq!(classes("link weak"), 2);
        assert_eq!(classes("number broken"), 1);
        assert!(text.contains(">operation</text>"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut map = fixture::route_map();
        map.gateways[0].name = "<script>\u{1b}[2J\" onload=\"x".into();
        let text = picture(&map);
        assert!(roxmltree::Document::parse(&text).is_ok());
        assert!(!text.contains("<script") && !text.contains('\u{1b}'));
    }

    #[test]
    fn boxes_of_a_column_never_overlap() {
        let graph = Graph::of(&fixture::wide_map());
        let layout = Layout::of(&graph);
        for (at, one) in layout.boxes.iter().enumerate() {
            for other in &layout.boxes[at + 1..] {
                let same = (one.x - other.x).abs() < 1e-9;
                let apart =
                    one.y + one.height <= other.y + 1e-6 || other.y + other.height <= one.y + 1e-6;
                assert!(!same || apart, "{one:?} {other:?}");
            }
        }
        assert!(
            layout
                .boxes
                .iter()
                .all(|one| one.y >= 0.0 && one.y + one.height <= layout.height)
        );
    }

    #[test]
    fn names_lose_their_middle() {
        assert_eq!(short("short"), "short");
        assert_eq!(
            short("abcdefghijklmnopqrstuvwxyz").chars().count(),
            MOST_CHARACTERS
        );
    }
}
