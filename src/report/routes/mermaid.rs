//! The map as a Mermaid flowchart, which GitHub, GitLab and Azure DevOps draw in Markdown.

use super::graph::{Graph, Node};
use crate::model::{LinkState, RouteMap};
use crate::report::escape;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use std::fmt::Write as _;

/// A Mermaid flowchart.
pub(in crate::report) struct Mermaid;

impl Renderer for Mermaid {
    fn name(&self) -> &'static str {
        "mermaid"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["mmd", "mermaid"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        Ok(flowchart(document.routes(self.name())?))
    }
}

fn flowchart(map: &RouteMap) -> String {
    let graph = Graph::of(map);
    let mut text = String::from("flowchart LR\n");
    for (number, node) in graph.nodes.iter().enumerate() {
        let class = if node.is_absent { ":::absent" } else { "" };
        let _ = writeln!(text, "  n{number}[\"{}\"]{class}", label(node));
    }
    for link in &graph.links {
        let numbers: Vec<String> = link.mark.findings.iter().map(usize::to_string).collect();
        let numbers = numbers.join(", ");
        let arrow = match (link.mark.state, numbers.is_empty()) {
            (LinkState::Broken, false) => format!("--x|\"✗ {numbers}\"|"),
            (LinkState::Broken, true) => "--x".to_owned(),
            (LinkState::Weak, false) => format!("-. \"! {numbers}\" .->"),
            (LinkState::Weak, true) => "-.->".to_owned(),
            (LinkState::Fine, _) if link.is_conditional => "-->|\"at times\"|".to_owned(),
            (LinkState::Fine, _) => "-->".to_owned(),
        };
        let _ = writeln!(text, "  n{} {arrow} n{}", link.from, link.to);
    }
    for (state, style) in [
        (LinkState::Broken, "stroke:#c62828,stroke-width:2px"),
        (LinkState::Weak, "stroke:#b26a00,stroke-width:2px"),
    ] {
        let links = graph.links.iter().enumerate();
        let links = links.filter(|(_, link)| link.mark.state == state);
        let numbers: Vec<String> = links.map(|(number, _)| number.to_string()).collect();
        if !numbers.is_empty() {
            let _ = writeln!(text, "  linkStyle {} {style}", numbers.join(","));
        }
    }
    text.push_str("  classDef absent stroke-dasharray:4 3,opacity:0.8\n");
    for finding in &map.findings {
        let title = escape::terminal(&finding.title);
        let _ = writeln!(
            text,
            "  %% {} {} {}: {title}",
            finding.number, finding.severity, finding.id
        );
    }
    text
}

fn label(node: &Node) -> String {
    let name = quoted(&node.name);
    match node.detail.is_empty() {
        true => name,
        false => format!("{name}<br/>{}", quoted(&node.detail)),
    }
}

/// Text inside quotes: whatever Mermaid, Markdown or HTML could obey is written as a character code.
fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for character in escape::terminal(text).chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '.' | '/' | ',' | ':' | '%' => {
                shown.push(character);
            }
            _ if character.is_alphanumeric() => shown.push(character),
            _ => {
                let _ = write!(shown, "#{};", u32::from(character));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn broken_links_are_marked() {
        insta::assert_snapshot!(flowchart(&fixture::route_map()));
    }

    #[test]
    fn nothing_of_a_name_is_obeyed() {
        assert_eq!(
            quoted("a\"]--x b;<i>#_"),
            "a#34;#93;--x b#59;#60;i#62;#35;#95;"
        );
        let mut map = fixture::route_map();
        map.gateways[0].apis[0].routes[0].forwards[0].backend =
            "x\"]\n  click n0 href \"javascript:1\"".into();
        let text = flowchart(&map);
        assert!(!text.contains("\n  click"), "{text}");
    }
}
