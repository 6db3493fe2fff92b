//! Making text from elsewhere harmless in the place where it is shown.
//!
//! Everything a server sent (bodies, headers, reason phrases, names) may hold control sequences, text that turns the
//! reading direction, invisible characters, markup, or commands that a CI system reads out of its own log. It is shown
//! as what it is, never obeyed.

/// One line for a terminal: control, direction and invisible characters become visible escapes such as `\x1b`,
/// `\n` or `\u{202e}`.
///
/// What a CI system would take for a command to itself loses its form: GitHub reads `::name …::` at the begin of a line
/// and `##[` anywhere, Azure Pipelines `##vso[` anywhere. A line may be broken at any space, so that every word counts
/// as the begin of one.
pub fn terminal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = [' ', ' '];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if is_command(before, character, characters.peek().copied()) {
            shown.push_str(&format!("\\x{:02x}", character as u32));
        } else {
            push_visible(&mut shown, character);
        }
        before = [before[1], character];
    }
    shown
}

/// Whether `character` is the second mark of `##vso[`, `##[` or of a `::name` that begins a word.
fn is_command(before: [char; 2], character: char, next: Option<char>) -> bool {
    match (before, character) {
        ([_, '#'], '#') => next.is_some_and(|next| next == '[' || next.is_alphabetic()),
        ([outside, ':'], ':') => {
            outside.is_whitespace() && next.is_some_and(|next| next.is_ascii_alphabetic())
        }
        _ => false,
    }
}

/// As [`terminal`], a line for each line of `text`.
pub fn terminal_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(terminal)
}

/// As [`terminal_lines`], put together again; without a line break at the end.
pub fn terminal_text(text: &str) -> String {
    terminal_lines(text).collect::<Vec<_>>().join("\n")
}

/// Text inside a Markdown paragraph or table cell: no markup, no HTML, no links, no mentions, one line.
pub fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_markup = match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' => true,
            // Would make a list, a rule or a heading.
            '+' | '-' | '=' => shown.is_empty(),
            '.' | ')' if !shown.is_empty() && shown.bytes().all(|b| b.is_ascii_digit()) => true,
            // Would make a link of a bare address.
            ':' if characters.peek() == Some(&'/') => true,
            // Would make a command of a CI system.
            ':' => {
                characters.peek() == Some(&':')
                    && shown.chars().next_back().is_none_or(char::is_whitespace)
            }
            '.' => shown.ends_with(['w', 'W']),
            _ => false,
        };
        if is_markup {
            shown.push('\\');
        }
        match character {
            '\r' => {}
            '\n' => shown.push(' '),
            // An empty comment keeps a name from being notified.
            '@' => shown.push_str("@<!-- -->"),
            _ => push_visible(&mut shown, character),
        }
    }
    shown
}

/// Text as a Markdown code span, which neither links nor notifies.
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text);
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let is_touching = text.starts_with('`') || text.ends_with('`');
    let space = if is_touching { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// As [`markdown_code`], for a table cell, where a pipe must be escaped even in a code span.
pub fn markdown_code_cell(text: &str) -> String {
    markdown_code(text).replace('|', "\\|")
}

/// Text as a fenced Markdown code block that nothing in it can close.
pub fn markdown_block(text: &str, language: &str) -> String {
    let text = terminal_text(text);
    let fence = "`".repeat((longest_run(&text, '`') + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// JSON text with every character that a terminal could obey written as `\\uXXXX`, which means the same to a reader of JSON.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = [' ', ' '];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_command =
            character == '#' && is_command(before, character, characters.peek().copied());
        before = [before[1], character];
        if is_command || is_deceptive(character) || matches!(character, '\x7f'..='\u{9f}') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

/// One line of text inside an HTML element or a double-quoted attribute.
pub fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = [' ', ' '];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if is_command(before, character, characters.peek().copied()) {
            shown.push_str(&format!("&#{};", character as u32));
            before = [before[1], character];
            continue;
        }
        before = [before[1], character];
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            _ => push_visible(&mut shown, character),
        }
    }
    shown
}

/// As [`html`], with what stands between backticks as code. A backtick without its fellow stays.
pub fn html_prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut shown = String::new();
    for (number, part) in parts.iter().enumerate() {
        let has_fellow = number + 1 < parts.len();
        match (number % 2, has_fellow) {
            (1, true) => shown.push_str(&format!("<code>{}</code>", html(part))),
            (1, false) => shown.push_str(&format!("`{}", html(part))),
            _ => shown.push_str(&html(part)),
        }
    }
    shown
}

/// As [`html`], with the line breaks of `text` kept.
pub fn html_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(html).collect();
    lines.join("\n")
}

fn push_visible(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => {
            shown.push_str(&format!("\\x{:02x}", character as u32));
        }
        _ if is_deceptive(character) => {
            shown.push_str(&format!("\\u{{{:x}}}", character as u32));
        }
        _ => shown.push(character),
    }
}

/// Whether a character turns the reading direction, breaks lines, or cannot be seen.
fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_terminal_is_never_given_orders() {
        assert_eq!(
            terminal("a\x1b[2J\u{9b}31m\x07\r\n\tb\u{202e}c\u{200b}"),
            "a\\x1b[2J\\x9b31m\\x07\\r\\n\\tb\\u{202e}c\\u{200b}"
        );
        assert_eq!(terminal("Zürich 図 🙂 \\n"), "Zürich 図 🙂 \\n");
    }

    #[test]
    fn a_log_of_ci_is_never_given_orders() {
        for (sent, shown) in [
            ("::error::x", ":\\x3aerror::x"),
            ("a ::add-mask::b", "a :\\x3aadd-mask::b"),
            ("\u{a0}::set-env name=A::b", "\u{a0}:\\x3aset-env name=A::b"),
            ("x##vso[task.complete]", "x#\\x23vso[task.complete]"),
            ("##VSO[x]", "#\\x23VSO[x]"),
            ("###[group]", "##\\x23[group]"),
        ] {
            assert_eq!(terminal(sent), shown);
        }
        // What only looks a little like it stays as it is.
        for plain in [
            "std::io",
            "::1",
            "fe80::1",
            "## Heading",
            "a :: b",
            "#[derive]",
            "C::D ::",
        ] {
            assert_eq!(terminal(plain), plain);
        }
        assert_eq!(markdown("::error::x"), "\\::error::x");
        assert_eq!(json("\"##vso[a]\""), "\"#\\u0023vso[a]\"");
        assert_eq!(html("##[a] ::b"), "#&#35;[a] :&#58;b");
    }

    #[test]
    fn html_stays_text() {
        assert_eq!(
            html("<a href=\"x\" b='c'>&\u{202e}\n"),
            "&lt;a href=&quot;x&quot; b=&#39;c&#39;&gt;&amp;\\u{202e}\\n"
        );
        assert_eq!(
            html_prose("a `<b>` c ` d"),
            "a <code>&lt;b&gt;</code> c ` d"
        );
        assert_eq!(html_lines("a\r\n<b>\n"), "a\n&lt;b&gt;");
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let value = serde_json::json!({"a": "\u{9b}31m\u{202e}x\u{e0041}"});
        let text = json(&value.to_string());
        assert_eq!(text, r#"{"a":"\u009b31m\u202ex\udb40\udc41"}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }

    #[test]
    fn markdown_stays_text() {
        assert_eq!(
            markdown("<img src=x> [a](http://b) | `c` @team *d* www.e\n- f"),
            "\\<img src=x\\> \\[a\\](http\\://b) \\| \\`c\\` @<!-- -->team \\*d\\* www\\.e - f"
        );
        assert_eq!(markdown("- item"), "\\- item");
        assert_eq!(markdown("12. item"), "12\\. item");
        assert_eq!(markdown("plain: words (4.2 s)"), "plain: words (4.2 s)");
    }

    #[test]
    fn a_code_span_outruns_the_backticks_in_it() {
        assert_eq!(markdown_code("a|b"), "`a|b`");
        assert_eq!(markdown_code_cell("a|b"), "`a\\|b`");
        assert_eq!(markdown_code("``x"), "``` ``x ```");
        assert_eq!(markdown_code(""), "");
    }

    #[test]
    fn a_block_cannot_be_closed_from_inside() {
        assert_eq!(
            markdown_block("a\n````\n</details>\x1b", "json"),
            "`````json\na\n````\n</details>\\x1b\n`````\n"
        );
    }

    proptest! {
        #[test]
        fn nothing_invisible_survives(text in any::<String>()) {
            for shown in [terminal(&text), markdown(&text), markdown_code(&text), html(&text)] {
                prop_assert!(!shown.chars().any(|c| c.is_control() || is_deceptive(c)));
            }
        }
    }
}
