//! What stands before and between the lines of a text that was passed on: quoting, prefixes of containers and logs,
//! fences, and the breaks of a terminal or a mail.

use regex_lite::Regex;
use std::sync::LazyLock;

/// Levels of quoting that are undone.
const MAX_QUOTES: usize = 8;

/// A text without `> ` before its lines. What `curl -v` prints begins so as well, and stays.
pub(super) fn unquoted(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_QUOTES {
        let quoted = |line: &str| line.trim_start().starts_with('>');
        if is_verbose(&text) || !text.lines().any(quoted) {
            break;
        }
        text = joined(text.lines().map(|line| {
            let inner = line.trim_start().strip_prefix('>');
            inner.map_or(line, |inner| inner.strip_prefix(' ').unwrap_or(inner))
        }));
    }
    text
}

/// Whether a text is what `curl -v` printed.
pub(super) fn is_verbose(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("< HTTP/") || is_sent(line)
    })
}

/// Whether a line is the first of a request that `curl -v` prints: `> POST /path HTTP/1.1`.
pub(super) fn is_sent(line: &str) -> bool {
    let Some(request) = line.trim_start().strip_prefix("> ") else {
        return false;
    };
    let mut parts = request.split_whitespace();
    let is_method = parts.next().is_some_and(|method| {
        method.len() >= 3 && method.bytes().all(|byte| byte.is_ascii_uppercase())
    });
    is_method
        && parts.count() == 2
        && request
            .trim_end()
            .rsplit(' ')
            .next()
            .is_some_and(|version| {
                let number = version.strip_prefix("HTTP/");
                number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
            })
}

/// When a prefix is taken off.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    /// Wherever it stands: nothing else begins so.
    Certain,
    /// Where nearly all lines share it.
    Shared,
    /// Where nearly all lines share it and it breaks what is printed over several lines: before the events of a log, a
    /// time tells them apart.
    Time,
}

struct Prefix {
    pattern: Regex,
    sign: Sign,
}

/// Prefixes that a container, a service manager or a viewer puts before every line.
static PREFIXES: LazyLock<Vec<Prefix>> = LazyLock::new(|| {
    use Sign::{Certain, Shared, Time};
    let patterns = [
        // Kubernetes (CRI), kubectl --prefix, docker compose, syslog and journal, Heroku, klog, GitHub Actions.
        (
            r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d) (stdout|stderr) [FP] ",
            Certain,
        ),
        (r"^\[pod/[^\]\s]+\] ", Certain),
        (r"^[A-Za-z][\w.\-/]*[-_]\d+\s*\| ?", Certain),
        (r"^[A-Za-z][\w.\-/]* +\| ", Shared),
        (
            r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.\-]+ [\w.\-/@]+(\[\d+\])?: ?",
            Certain,
        ),
        (r"^[a-z]+\[[\w.\-]+\]: ", Shared),
        (
            r"^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.\-]+:\d+\] ",
            Certain,
        ),
        (r"^##\[[a-z]+\]", Certain),
        // Terraform's box, a comment's marks, the numbers of a viewer.
        (r"^[│┃╎╷╵] ?", Certain),
        (r"^(\||#|//) ", Shared),
        (r"^ *\d+ ?[│|→:]\s", Shared),
        (
            r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z| ?[+-]\d\d:?\d\d)?\]?:? ",
            Time,
        ),
    ];
    let compiled = patterns.into_iter().filter_map(|(pattern, sign)| {
        let pattern = Regex::new(pattern).ok()?;
        Some(Prefix { pattern, sign })
    });
    compiled.collect()
});

/// A text without the prefix that its lines share.
pub(super) fn unprefixed(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for _ in 0..3 {
        if !PREFIXES.iter().any(|prefix| prefix.strip(&mut lines)) {
            break;
        }
    }
    joined(lines.into_iter())
}

impl Prefix {
    /// Takes the prefix off the lines; whether it did.
    fn strip(&self, lines: &mut [&str]) -> bool {
        let length = |line: &str| self.pattern.find(line).map(|found| found.end());
        let filled = lines.iter().filter(|line| !line.trim().is_empty()).count();
        let held = lines.iter().filter(|line| length(line).is_some()).count();
        let is_shared = held > 1 && held * 10 >= filled * 8;
        let breaks = || {
            let rests = lines
                .iter()
                .filter_map(|line| length(line).map(|end| &line[end..]));
            rests.into_iter().any(|rest| {
                rest.starts_with([' ', '\t', '"', '}', ']', '<', '{'])
                    || rest.starts_with("HTTP/")
                    || rest.starts_with("at ")
            })
        };
        let is_taken = match self.sign {
            Sign::Certain => held > 0,
            Sign::Shared => is_shared,
            Sign::Time => is_shared && breaks(),
        };
        if is_taken {
            for line in lines {
                if let Some(end) = length(line) {
                    *line = &line[end..];
                }
            }
        }
        is_taken
    }
}

/// A text without the fences of Markdown and the indentation that all of its lines share.
pub(super) fn unfenced(text: &str) -> String {
    let is_fence = |line: &&str| {
        let mark = line.trim_start();
        let name = mark
            .strip_prefix("```")
            .or_else(|| mark.strip_prefix("~~~"));
        name.is_some_and(|name| !name.contains(' ') && name.len() < 20)
    };
    let lines: Vec<&str> = text.lines().filter(|line| !is_fence(line)).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    joined(
        lines
            .iter()
            .map(|line| line.get(shared..).unwrap_or_default()),
    )
}

/// Widths at which terminals, mails and editors break lines.
const WIDTHS: &[usize] = &[
    60, 64, 70, 72, 74, 76, 78, 79, 80, 90, 96, 100, 110, 118, 119, 120, 128, 130, 132, 140, 150,
    160, 200,
];
/// No one breaks lines shorter than this.
const NARROWEST: usize = 40;

/// A text with its lines joined again where they were broken at a fixed width, in the middle of what they say.
pub(super) fn unwrapped(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let width = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0);
    let is_full = |line: &str| line.chars().count() == width && !is_rule(line);
    let full = lines.iter().filter(|line| is_full(line)).count();
    let is_followed = lines.len() > 1;
    if width < NARROWEST || full == 0 || !is_followed {
        return text.to_owned();
    }
    let is_sure = full > 1 || WIDTHS.contains(&width);
    let mut plain = String::with_capacity(text.len());
    for (at, line) in lines.iter().enumerate() {
        plain.push_str(line);
        let next = lines.get(at + 1);
        let is_broken = next.is_some_and(|next| {
            is_full(line)
                && !next.trim().is_empty()
                && (is_sure || is_open(line))
                && !next.starts_with("HTTP/")
                && !begins_anew(next)
                && !begins_alike(line, next)
        });
        if next.is_some() && !is_broken {
            plain.push('\n');
        }
    }
    plain
}

/// Whether a line is one of a table or a rule under a heading.
fn is_rule(line: &str) -> bool {
    let drawn = line
        .chars()
        .filter(|c| "-=_*+|~#^ ─━═│".contains(*c))
        .count();
    drawn * 2 > line.chars().count()
}

/// Whether a string in double quotes is still open at the end of a line.
fn is_open(line: &str) -> bool {
    line.replace("\\\"", "").matches('"').count() % 2 == 1
}

/// Whether a line begins what cannot be the rest of a word: an event of a log, an exception's cause.
fn begins_anew(line: &str) -> bool {
    let starts = [
        "Traceback",
        "Caused by",
        "During handling",
        "The above exception",
        "curl: (",
        "* ",
        "< ",
        "   at ",
        "\tat ",
    ];
    let is_dated = line.get(..5).is_some_and(|start| {
        start.ends_with('-') && start[..4].bytes().all(|byte| byte.is_ascii_digit())
    });
    is_dated || starts.iter().any(|start| line.starts_with(start))
}

/// Whether two lines begin with the same marks, so that each has its own prefix.
fn begins_alike(line: &str, next: &str) -> bool {
    let start = |line: &str| line.chars().take(4).collect::<String>();
    next.starts_with('>') && line.starts_with('>') || start(line) == start(next)
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_compiles() {
        assert_eq!(PREFIXES.len(), 12);
    }

    #[test]
    fn quoting_of_any_depth_goes_and_what_curl_sent_stays() {
        assert_eq!(unquoted("> a\n>\n> > b\n>>c\nd"), "a\n\nb\nc\nd");
        let curl = "> POST /a HTTP/1.1\n> Host: x\n>\n< HTTP/1.1 404 Not Found";
        assert_eq!(unquoted(curl), curl);
        let quoted = joined(
            curl.lines()
                .map(|line| format!("> {line}"))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
        assert_eq!(unquoted(&quoted), curl);
    }

    #[test]
    fn prefixes_that_lines_share_go_and_words_stay() {
        for prefix in [
            "app-1  | ",
            "2026-11-28T04:47:01.123456789Z stderr F ",
            "[pod/web-7d9/app] ",
            "Nov 28 04:47:01 host app[12]: ",
            "│ ",
            "2026-11-28T04:47:01Z ",
        ] {
            let text = "{\n  \"a\": 1\n}";
            let lines: Vec<String> = text.lines().map(|line| format!("{prefix}{line}")).collect();
            assert_eq!(unprefixed(&lines.join("\n")), text, "{prefix}");
        }
        for text in [
            "2024-10-08 09:03:24 ERROR a\n2024-10-08 09:03:25 ERROR b",
            "name | value",
            "Error: it broke\nNote: nothing",
        ] {
            assert_eq!(unprefixed(text), text);
        }
    }

    #[test]
    fn lines_broken_at_a_width_are_joined_and_others_are_not() {
        let text = "Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}";
        for width in [60, 72, 80] {
            let chars: Vec<char> = text.chars().collect();
            let broken: Vec<String> = chars
                .chunks(width)
                .map(|part| part.iter().collect())
                .collect();
            assert_eq!(unwrapped(&broken.join("\n")), text, "{width}");
        }
        for text in [
            "{\n  \"a\": 1,\n  \"b\": 2\n}",
            "----------------------------------------------------------------\nname\n----------------------------------------------------------------\nx",
            "a first line of some length, which is the longest one in this text\nand a second",
        ] {
            assert_eq!(unwrapped(text), text);
        }
    }
}
