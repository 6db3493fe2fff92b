//! The few words that all formats share: money, time, counts, names of targets.

use super::matrix::Column;
use crate::model::{CaseRun, Confidence, Run, Summary, TransportFailure, Verdict};

/// Verdicts in the order in which they are counted for people.
pub(super) const VERDICTS: [Verdict; 5] = [
    Verdict::Pass,
    Verdict::Fail,
    Verdict::Error,
    Verdict::Flaky,
    Verdict::Skip,
];

/// Said of an exchange whose price is not known.
pub(super) const MAYBE_BILLED: &str =
    "The request went out whole and no whole answer came: it may have been billed.";

/// Said of a run that was stopped; nothing of one that was not.
pub(super) fn stopped(run: &Run) -> Option<String> {
    let why = match &run.stopped_by {
        Some(why) => format!(" ({why})"),
        None if run.is_interrupted => String::new(),
        None => return None,
    };
    Some(format!(
        "Stopped before all cases had run{why}; what is missing stands among the skips."
    ))
}

/// `$0.04`; three digits where two would hide something.
pub(super) fn usd(amount: f64) -> String {
    // The sum of no amounts is minus zero.
    let amount = amount + 0.0;
    let cents = amount * 100.0;
    if (cents - cents.round()).abs() < 1e-6 {
        format!("${amount:.2}")
    } else {
        format!("${amount:.4}").trim_end_matches('0').to_owned()
    }
}

/// Milliseconds as `183 ms`, `4.2 s` or `2 min 05 s`.
pub(super) fn time(ms: f64) -> String {
    let ms = if ms.is_finite() { ms.max(0.0) } else { 0.0 };
    if ms < 9.95 {
        return format!("{ms:.1} ms");
    }
    if ms < 999.5 {
        return format!("{ms:.0} ms");
    }
    let seconds = ms / 1000.0;
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let seconds = seconds.round();
    format!(
        "{:.0} min {:02.0} s",
        (seconds / 60.0).floor(),
        seconds % 60.0
    )
}

/// Bytes as `312 B`, `1.4 KiB` or `2.0 MiB`.
pub(super) fn bytes(count: u64) -> String {
    let count_f = count as f64;
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.1} KiB", count_f / 1024.0),
        _ => format!("{:.1} MiB", count_f / 1_048_576.0),
    }
}

/// `1 case`, `2 cases`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How often `verdict` was given.
pub(super) fn count_of(summary: &Summary, verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => summary.pass,
        Verdict::Fail => summary.fail,
        Verdict::Error => summary.error,
        Verdict::Flaky => summary.flaky,
        Verdict::Skip => summary.skip,
    }
}

/// `A account/deployment via GATEWAY/API`, or `A account/deployment direct`.
pub(super) fn case_name(case: &CaseRun) -> String {
    format!(
        "{} {}/{} {}",
        case.scenario,
        case.account,
        case.deployment,
        way(&case.route)
    )
}

/// The quarantine entries of a run, a line each: those whose time is over, then those that cover a failure.
pub(super) fn quarantine_lines(run: &Run) -> Vec<String> {
    let covered = run.cases.iter().filter_map(|case| {
        let entry = case.quarantine.as_ref()?;
        Some(format!("{}: {}", case_name(case), entry.phrase()))
    });
    expired_lines(run).chain(covered).collect()
}

/// The quarantine entries whose time is over, a line each.
pub(super) fn expired_lines(run: &Run) -> impl Iterator<Item = String> {
    run.expired.iter().map(|entry| {
        format!(
            "{}: the quarantine ended on {} ({}); mend the failure, or renew the entry in fluxprobe.yaml",
            entry.scope(),
            entry.until,
            entry.owner
        )
    })
}

/// `account/deployment via GATEWAY/API`; only the deployment where nothing was planned for it.
pub(super) fn column_name(column: &Column<'_>) -> String {
    let name = format!("{}/{}", column.account, column.deployment);
    if column.route.is_empty() {
        name
    } else {
        format!("{name} {}", way(column.route))
    }
}

/// RFC 3339 as milliseconds since 1970.
pub(super) fn epoch_ms(time: &str) -> Option<i64> {
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(time.as_millisecond())
}

/// What a transport failure is called.
pub(super) fn failure(kind: TransportFailure) -> &'static str {
    match kind {
        TransportFailure::DnsNotFound => "the name does not exist",
        TransportFailure::DnsTemporary => "the resolver did not answer",
        TransportFailure::Dns => "the name was not resolved",
        TransportFailure::Refused => "connection refused",
        TransportFailure::ConnectTimeout => "the connection could not be opened in time",
        TransportFailure::Reset => "the connection was dropped",
        TransportFailure::Tcp => "the connection failed",
        TransportFailure::Tls => "TLS failed",
        TransportFailure::TlsHandshake => "TLS handshake failed",
        TransportFailure::TlsExpired => "the certificate is outside its dates",
        TransportFailure::TlsHostname => "the certificate is for other names",
        TransportFailure::TlsUntrusted => "the certificate's issuer is not trusted",
        TransportFailure::Proxy => "the forward proxy refused",
        TransportFailure::Timeout => "timed out",
        TransportFailure::Truncated => "the answer broke off",
        TransportFailure::Protocol => "the answer is no HTTP",
        TransportFailure::Interrupted => "the run was interrupted",
        TransportFailure::Other => "transport failure",
    }
}

/// How sure a diagnosis is.
pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high confidence",
        Confidence::Medium => "medium confidence",
        Confidence::Low => "low confidence",
    }
}

/// A route as people say it.
pub(super) fn way(route: &str) -> String {
    if route == "direct" {
        route.to_owned()
    } else {
        format!("via {route}")
    }
}

/// Counts, pictures, money and time of a run, a phrase each.
pub(super) fn sums(run: &Run) -> Vec<String> {
    let mut counts: Vec<String> = VERDICTS
        .iter()
        .map(|&verdict| (verdict, count_of(&run.summary, verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.word()))
        .collect();
    if run.summary.quarantined > 0 {
        counts.push(format!("{} quarantined", run.summary.quarantined));
    }
    let cases = count(run.cases.len(), "case", "cases");
    let mut phrases = vec![match counts.is_empty() {
        true => cases,
        false => format!("{cases}: {}", counts.join(", ")),
    }];
    phrases.extend(money(&run.summary));
    phrases.push(time(run.elapsed_ms));
    phrases
}

/// The money and pictures of a run, one phrase each: always what was spent, the rest where it is not nothing.
fn money(summary: &Summary) -> Vec<String> {
    let mut phrases = vec![
        count(summary.images as usize, "image", "images"),
        format!("{} spent", usd(summary.spent_usd)),
    ];
    if summary.possibly_spent_usd > 0.0 {
        phrases.push(format!(
            "{} possibly spent",
            usd(summary.possibly_spent_usd)
        ));
    }
    if summary.avoided_usd > 0.0 {
        phrases.push(format!("{} avoided", usd(summary.avoided_usd)));
    }
    phrases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(usd(0.0), "$0.00");
        assert_eq!(usd([0.0; 0].iter().sum()), "$0.00");
        assert_eq!(usd(0.1 + 0.2), "$0.30");
        assert_eq!(usd(0.025), "$0.025");
        assert_eq!(usd(1234.5), "$1234.50");
    }

    #[test]
    fn times_grow_their_units() {
        for (ms, shown) in [
            (0.0, "0.0 ms"),
            (f64::NAN, "0.0 ms"),
            (183.4, "183 ms"),
            (999.6, "1.0 s"),
            (59_940.0, "59.9 s"),
            (59_960.0, "1 min 00 s"),
            (125_000.0, "2 min 05 s"),
        ] {
            assert_eq!(time(ms), shown);
        }
    }

    #[test]
    fn sizes_grow_their_units() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(2 << 20), "2.0 MiB");
    }
}
