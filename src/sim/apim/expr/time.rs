//! Dates and spans, as .NET reads and writes them in the invariant culture. All times are UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Ticks of 100 ns from the year 1 to 1970.
const TICKS_TO_1970: i128 = 621_355_968_000_000_000;

/// `ToString(format)`; the general form where none is given.
pub(super) fn print(time: Timestamp, format: Option<&str>) -> String {
    let moment = time.to_zoned(TimeZone::UTC).datetime();
    let strftime = |format: &str| moment.strftime(format).to_string();
    match format {
        None => strftime("%m/%d/%Y %H:%M:%S"),
        Some("o" | "O") => format!("{}Z", strftime("%Y-%m-%dT%H:%M:%S.%7f")),
        Some("r" | "R") => strftime("%a, %d %b %Y %H:%M:%S GMT"),
        Some("s") => strftime("%Y-%m-%dT%H:%M:%S"),
        Some("u") => strftime("%Y-%m-%d %H:%M:%SZ"),
        Some("d") => strftime("%m/%d/%Y"),
        Some(custom) => print_custom(moment, custom),
    }
}

/// As JSON keeps it.
pub(super) fn iso(time: Timestamp) -> String {
    time.to_string()
}

/// `DateTime.Parse`, as far as policies need it: ISO 8601 with or without a zone, RFC 1123, and the general form.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return moment.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
    }
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Some(time.timestamp());
    }
    ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y"].iter().find_map(|format| {
        let broken = jiff::fmt::strtime::parse(format, text).ok()?;
        let moment = broken
            .to_datetime()
            .or_else(|_| broken.to_date().map(|date| date.at(0, 0, 0, 0)))
            .ok()?;
        moment.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
    })
}

/// `Ticks`.
pub(super) fn ticks(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond() / 100 + TICKS_TO_1970).unwrap_or(i64::MAX)
}

/// `DateTime.MinValue`: the first moment that jiff can tell stands for the first of .NET.
pub(super) fn earliest() -> Timestamp {
    jiff::civil::date(1, 1, 1)
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MIN, |it| it.timestamp())
}

/// `TimeSpan.ToString()`: `[-][d.]hh:mm:ss[.fffffff]`.
pub(super) fn print_span(span: SignedDuration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let whole = span.unsigned_abs();
    let seconds = whole.as_secs();
    let days = match seconds / 86_400 {
        0 => String::new(),
        days => format!("{days}."),
    };
    let fraction = match whole.subsec_nanos() / 100 {
        0 => String::new(),
        ticks => format!(".{ticks:07}"),
    };
    format!(
        "{sign}{days}{:02}:{:02}:{:02}{fraction}",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A custom format: runs of letters are fields, quoted text and everything else stands for itself.
fn print_custom(moment: DateTime, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' || letter == '"' {
            let inside = &rest[1..];
            let end = inside.find(letter).unwrap_or(inside.len());
            out.push_str(&inside[..end]);
            rest = inside.get(end + 1..).unwrap_or_default();
            continue;
        }
        if letter == '\\' {
            out.extend(rest.chars().nth(1));
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let run = rest.chars().take_while(|it| *it == letter).count();
        match field(moment, letter, run) {
            Some(text) => out.push_str(&text),
            None => out.extend(std::iter::repeat_n(letter, run)),
        }
        rest = &rest[run * letter.len_utf8()..];
    }
    out
}

fn field(moment: DateTime, letter: char, run: usize) -> Option<String> {
    let padded = |number: i64| format!("{number:0run$}");
    let strftime = |format: &str| moment.strftime(format).to_string();
    Some(match letter {
        'y' if run <= 2 => padded(i64::from(moment.year()) % 100),
        'y' => padded(moment.year().into()),
        'M' if run == 3 => strftime("%b"),
        'M' if run > 3 => strftime("%B"),
        'M' => padded(moment.month().into()),
        'd' if run == 3 => strftime("%a"),
        'd' if run > 3 => strftime("%A"),
        'd' => padded(moment.day().into()),
        'H' => padded(moment.hour().into()),
        'h' => padded((i64::from(moment.hour()) + 11) % 12 + 1),
        'm' => padded(moment.minute().into()),
        's' => padded(moment.second().into()),
        'f' | 'F' => format!("{:09}", moment.subsec_nanosecond())
            .chars()
            .take(run)
            .collect(),
        't' => strftime("%p").chars().take(run).collect(),
        'z' | 'K' if letter == 'K' => "Z".into(),
        'z' if run >= 3 => "+00:00".into(),
        'z' => "+00".into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_net_writes_it() {
        let time: Timestamp = "2026-03-04T05:06:07.089Z".parse().unwrap();
        for (format, expected) in [
            (None, "03/04/2026 05:06:07"),
            (Some("o"), "2026-03-04T05:06:07.0890000Z"),
            (Some("r"), "Wed, 04 Mar 2026 05:06:07 GMT"),
            (Some("yyyy-MM-ddTHH:mm:ssZ"), "2026-03-04T05:06:07Z"),
            (Some("yyyyMMdd'T'HHmmss.fff"), "20260304T050607.089"),
            (Some("d MMM yy h:mm tt"), "4 Mar 26 5:06 AM"),
        ] {
            assert_eq!(print(time, format), expected);
        }
        assert_eq!(ticks(time), 639_081_975_670_890_000);
        assert_eq!(ticks(earliest()), 0);
    }

    #[test]
    fn a_time_is_read_in_the_forms_that_services_write() {
        let whole: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        for text in [
            "2026-03-04T05:06:07Z",
            "2026-03-04T06:06:07+01:00",
            "2026-03-04T05:06:07",
            "Wed, 04 Mar 2026 05:06:07 GMT",
            "03/04/2026 05:06:07",
        ] {
            assert_eq!(parse(text), Some(whole), "{text}");
        }
        assert_eq!(parse("soon"), None);
        assert_eq!(
            print_span(SignedDuration::from_millis(-90_061_500)),
            "-1.01:01:01.5000000"
        );
    }
}
