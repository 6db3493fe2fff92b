//! Which calls meet a fault, and what an edge in front of a host does to every call.

use super::{CannedAnswer, Latency, PictureFault};
use crate::sim::draw;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which calls meet a fault: those that meet every condition that is given. Calls are counted from 1.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Only {
    /// Every nth call: 3 is the third, the sixth and so on.
    pub every: Option<u64>,
    /// This share of the calls, from 0 to 1, drawn from the seed of the world.
    pub share: Option<f64>,
    /// From this call on.
    pub from_call: Option<u64>,
    /// Up to this call, itself included.
    pub to_call: Option<u64>,
    /// From so many simulated seconds after the start on.
    pub after_seconds: Option<u64>,
    /// Until so many simulated seconds after the start.
    pub until_seconds: Option<u64>,
    /// Calls of this method.
    pub method: Option<String>,
    /// Calls whose path contains this text.
    pub path_contains: Option<String>,
    /// Calls whose body contains one of these texts, without regard to case: the words of a prompt.
    pub prompt_contains: Vec<String>,
}

/// A call, as conditions look at it.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path of the URL.
    pub path: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
    /// Simulated time since the start.
    pub elapsed: Duration,
}

/// What some calls on a deployment meet.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CallFault {
    /// Which calls; all where it is left out.
    pub only: Only,
    /// Answered instead of the model.
    pub answer: Option<CannedAnswer>,
    /// What is wrong with the picture.
    pub picture: Option<PictureFault>,
    /// How long it takes instead.
    pub latency: Option<Latency>,
}

/// Something in front of a host: a proxy, a firewall, a content delivery network.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// The host that it forwards to; absent where it stands in front of the host itself.
    pub forwards_to: Option<String>,
    /// Headers of requests that do not get through.
    pub strip_request_headers: Vec<String>,
    /// Headers that it sets on requests.
    pub add_request_headers: BTreeMap<String, String>,
    /// Query parameters that do not get through.
    pub strip_query: Vec<String>,
    /// Headers of answers that do not get through.
    pub strip_response_headers: Vec<String>,
    /// Headers that it sets on answers, its own pages included.
    pub add_response_headers: BTreeMap<String, String>,
    /// Larger bodies are answered with 413, by the page of that status where there is one.
    pub most_body_bytes: Option<usize>,
    /// Its own pages, by the status that they take the place of.
    pub pages: BTreeMap<String, CannedAnswer>,
    /// What it answers itself without forwarding, for the calls that meet the condition.
    pub blocks: Vec<Block>,
}

/// What an edge answers itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Block {
    /// Which calls.
    pub only: Only,
    /// What they get.
    pub answer: CannedAnswer,
}

impl Only {
    /// Whether the call of `number` meets it. `label` keeps one draw from another.
    pub fn meets(&self, seed: u64, label: &str, number: u64, call: CallFacts<'_>) -> bool {
        let elapsed = call.elapsed.as_secs();
        self.every
            .is_none_or(|every| every > 0 && number.is_multiple_of(every))
            && self.from_call.is_none_or(|from| number >= from)
            && self.to_call.is_none_or(|to| number <= to)
            && self.after_seconds.is_none_or(|after| elapsed >= after)
            && self.until_seconds.is_none_or(|until| elapsed < until)
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method))
            && self
                .path_contains
                .as_deref()
                .is_none_or(|wanted| call.path.contains(wanted))
            && self.is_in_body(call.body)
            && self
                .share
                .is_none_or(|share| drawn(seed, label, number) < share)
    }

    fn is_in_body(&self, body: &[u8]) -> bool {
        if self.prompt_contains.is_empty() {
            return true;
        }
        let body = String::from_utf8_lossy(body).to_lowercase();
        self.prompt_contains
            .iter()
            .any(|text| body.contains(&text.to_lowercase()))
    }
}

/// A number from 0 to 1, the same for the same call.
fn drawn(seed: u64, label: &str, number: u64) -> f64 {
    let bytes = draw::bytes(seed, &format!("share {label} {number}"), 4);
    let raw = bytes
        .iter()
        .fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
    f64::from(raw) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(body: &str) -> CallFacts<'_> {
        CallFacts {
            method: "POST",
            path: "/openai/deployments/flux/images/generations",
            body: body.as_bytes(),
            elapsed: Duration::from_secs(100),
        }
    }

    fn met(only: &Only) -> Vec<u64> {
        (1..=9)
            .filter(|number| only.meets(7, "x", *number, call("")))
            .collect()
    }

    #[test]
    fn calls_are_chosen_by_their_number() {
        let only = |every, from_call, to_call| Only {
            every,
            from_call,
            to_call,
            ..Only::default()
        };
        assert_eq!(met(&only(Some(3), None, None)), [3, 6, 9]);
        assert_eq!(met(&only(None, Some(8), None)), [8, 9]);
        assert_eq!(met(&only(Some(2), Some(3), Some(6))), [4, 6]);
        assert_eq!(met(&Only::default()).len(), 9);
    }

    #[test]
    fn a_share_is_drawn_the_same_each_time_and_comes_near() {
        let only = Only {
            share: Some(0.25),
            ..Only::default()
        };
        let count = |label: &str| {
            (1..=2000)
                .filter(|it| only.meets(7, label, *it, call("")))
                .count()
        };
        assert!((400..600).contains(&count("x")), "{}", count("x"));
        assert_eq!(count("x"), count("x"));
    }

    #[test]
    fn words_paths_and_times_choose() {
        let words = Only {
            prompt_contains: vec!["Owl".into(), "bear".into()],
            ..Only::default()
        };
        assert!(words.meets(7, "x", 1, call("{\"prompt\":\"an OWL\"}")));
        assert!(!words.meets(7, "x", 1, call("{\"prompt\":\"a fox\"}")));
        let time = |after_seconds, until_seconds| Only {
            after_seconds,
            until_seconds,
            method: Some("post".into()),
            path_contains: Some("/images/".into()),
            ..Only::default()
        };
        assert_eq!(met(&time(Some(100), Some(101))).len(), 9);
        assert_eq!(met(&time(Some(101), None)).len(), 0);
        assert_eq!(met(&time(None, Some(100))).len(), 0);
    }
}
