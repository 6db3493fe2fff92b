//! Where an exchange belongs among all others, as W3C Trace Context writes it.

use sha2::{Digest, Sha256};

/// A trace and a span in it, in lower-case hexadecimal: 32 and 16 digits, neither all zeros.
///
/// A case is a trace, an exchange a span of it. The ids are drawn from what they stand for, so that the report of a run
/// tells them again without having kept them. Source: W3C Recommendation Trace Context, section 3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: String,
    /// The span.
    pub span_id: String,
}

impl TraceContext {
    /// The span of a whole case of the run that began at `started_at`.
    pub fn of_case(started_at: &str, case: &str) -> Self {
        TraceContext {
            trace_id: digits(&["trace", started_at, case], 16),
            span_id: digits(&["case", started_at, case], 8),
        }
    }

    /// The span of the exchange that `attempt` of a case makes, `number` telling those of one name apart.
    pub fn of_exchange(started_at: &str, case: &str, attempt: &str, number: u32) -> Self {
        TraceContext {
            span_id: digits(
                &["exchange", started_at, case, attempt, &number.to_string()],
                8,
            ),
            ..TraceContext::of_case(started_at, case)
        }
    }

    /// The value of `traceparent`, sampled.
    pub fn header(&self) -> String {
        format!("00-{}-{}-01", self.trace_id, self.span_id)
    }

    /// Reads a value of `traceparent`; nothing where it is none.
    pub fn read(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let version = parts.next()?;
        let (trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_none = |text: &str| text.bytes().all(|b| b == b'0');
        let is_whole =
            version == "00" && parts.next().is_none() || version > "00" && version != "ff";
        let is_good = is_hex(version, 2)
            && is_whole
            && is_hex(trace_id, 32)
            && is_hex(span_id, 16)
            && is_hex(flags, 2)
            && !is_none(trace_id)
            && !is_none(span_id);
        is_good.then(|| TraceContext {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
        })
    }
}

/// The first `bytes` of a digest over `parts`, in hexadecimal.
fn digits(parts: &[&str], bytes: usize) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    let hex: String = digest
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_same_for_the_same_and_others_for_others() {
        let of = |at, case, attempt, number| TraceContext::of_exchange(at, case, attempt, number);
        let one = of("2026-01-02T03:04:05.678Z", "B a/d g/x", "draw", 0);
        assert_eq!(one, of("2026-01-02T03:04:05.678Z", "B a/d g/x", "draw", 0));
        let case = TraceContext::of_case("2026-01-02T03:04:05.678Z", "B a/d g/x");
        assert_eq!(one.trace_id, case.trace_id);
        for other in [
            of("2026-01-02T03:04:05.678Z", "B a/d g/x", "draw", 1),
            of("2026-01-02T03:04:05.678Z", "B a/d g/x", "drawn", 0),
            case,
        ] {
            assert_ne!(one.span_id, other.span_id);
        }
        let later = of("2026-01-03T03:04:05.678Z", "B a/d g/x", "draw", 0);
        assert_ne!(one.trace_id, later.trace_id);
        assert_eq!(TraceContext::read(&one.header()), Some(one));
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(
            TraceContext::read(good).unwrap().span_id,
            "b7ad6b7169203331"
        );
        assert!(TraceContext::read(&good.replacen("00", "cc", 1)).is_some());
        for bad in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "(not recorded)",
        ] {
            assert_eq!(TraceContext::read(bad), None, "{bad}");
        }
    }
}
