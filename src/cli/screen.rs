//! What stdout and stderr can show: colours, characters, width.

use super::args::{Color, Global};
use crate::harness::Environment;
use crate::report::{Detail, Style};
use std::io::IsTerminal;

/// Width of a line where no terminal says otherwise.
const FILE_WIDTH: usize = 120;

/// Whether a stream gets colours: the flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal.
pub(super) fn is_colored(color: Color, environment: &Environment, is_terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if environment.is_set("NO_COLOR") => false,
        Color::Auto
            if environment
                .get("CLICOLOR_FORCE")
                .is_some_and(|value| value != "0") =>
        {
            true
        }
        Color::Auto => is_terminal && environment.get("TERM") != Some("dumb"),
    }
}

/// How text on stdout is laid out.
pub(super) fn style(global: &Global, environment: &Environment) -> Style {
    let is_terminal = std::io::stdout().is_terminal();
    Style {
        is_colored: is_colored(global.color, environment, is_terminal),
        is_unicode: !is_terminal || speaks_unicode(environment),
        width: width(environment, is_terminal),
        detail: detail(global),
    }
}

/// How text on stderr is laid out.
pub(super) fn message_style(global: &Global, environment: &Environment) -> Style {
    let is_terminal = std::io::stderr().is_terminal();
    Style {
        is_colored: is_colored(global.color, environment, is_terminal),
        is_unicode: !is_terminal || speaks_unicode(environment),
        width: width(environment, is_terminal),
        detail: detail(global),
    }
}

/// How text in a file is laid out.
pub(super) fn file_style(global: &Global) -> Style {
    Style {
        is_colored: global.color == Color::Always,
        is_unicode: true,
        width: FILE_WIDTH,
        detail: detail(global),
    }
}

fn detail(global: &Global) -> Detail {
    match (global.is_quiet, global.verbosity) {
        (true, _) => Detail::Brief,
        (false, 0) => Detail::Normal,
        (false, _) => Detail::Full,
    }
}

/// What the locale says; a terminal whose locale says nothing is taken to be a modern one.
fn speaks_unicode(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| environment.get(name));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn width(environment: &Environment, is_terminal: bool) -> usize {
    let told = environment
        .get("COLUMNS")
        .and_then(|text| text.parse().ok());
    let measured = terminal_size::terminal_size().filter(|_| is_terminal);
    let measured = measured.map(|(width, _)| usize::from(width.0));
    let width = measured.or(told).unwrap_or(FILE_WIDTH);
    width.max(20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_then_no_color_then_force_then_the_terminal() {
        let none = Environment::default();
        let no_color = Environment::of(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
        let empty = Environment::of(&[("NO_COLOR", "")]);
        let force = Environment::of(&[("CLICOLOR_FORCE", "1")]);
        let dumb = Environment::of(&[("TERM", "dumb")]);
        assert!(is_colored(Color::Always, &no_color, false));
        assert!(!is_colored(Color::Never, &force, true));
        assert!(!is_colored(Color::Auto, &no_color, true));
        assert!(is_colored(Color::Auto, &empty, true));
        assert!(is_colored(Color::Auto, &force, false));
        assert!(is_colored(Color::Auto, &none, true));
        assert!(!is_colored(Color::Auto, &none, false));
        assert!(!is_colored(Color::Auto, &dumb, true));
    }

    #[test]
    fn a_plain_locale_gets_plain_lines() {
        assert!(speaks_unicode(&Environment::default()));
        assert!(speaks_unicode(&Environment::of(&[("LANG", "en_GB.UTF-8")])));
        let plain = Environment::of(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]);
        assert!(!speaks_unicode(&plain));
    }

    #[test]
    fn a_pipe_takes_the_width_it_is_told() {
        let told = Environment::of(&[("COLUMNS", "80")]);
        assert_eq!(width(&told, false), 80);
        assert_eq!(width(&Environment::default(), false), FILE_WIDTH);
    }
}
