//! Weighing what matched: one cause, or several and the probe that would decide.

use super::condition::Scope;
use super::engine::{CompiledCause, CompiledRule, Diagnoser};
use super::facts::Facts;
use super::hop::HopVerdict;
use super::words;
use crate::model::{Alternative, Confidence, Diagnosis, Hop, Remedy};

const MAX_ALTERNATIVES: usize = 3;
const MAX_EVIDENCE: usize = 6;
/// Characters of the answer that are quoted around the words that decided.
const MAX_QUOTE: usize = 160;
/// From this weight on, only one cause emits the evidence.
const HIGH: u8 = 80;
/// From this weight on, the evidence favours one cause.
const MEDIUM: u8 = 50;
/// What is this much lighter than the heaviest is no alternative to it.
const REACH: u8 = 35;

struct Candidate<'a> {
    cause: &'a CompiledCause,
    rule: &'a CompiledRule,
    word: Option<&'a str>,
}

/// Explains the facts of one exchange.
pub(crate) fn explain(diagnoser: &Diagnoser, facts: &Facts) -> Diagnosis {
    let scope = Scope::of(facts);
    let verdict = diagnoser.rungs.climb(facts, &scope, &diagnoser.conditions);
    let candidates = at_hop(candidates(diagnoser, facts, &scope), &verdict);
    let (firm, hints): (Vec<_>, Vec<_>) = candidates
        .iter()
        .partition::<Vec<&Candidate<'_>>, _>(|candidate| !candidate.rule.is_hint);
    let named = match firm.as_slice() {
        [only] => Some(*only),
        [first, second, ..] if first.rule.weight > second.rule.weight => Some(*first),
        _ => None,
    };
    let suspects = match named {
        None if firm.is_empty() && !facts.is_success => diagnoser.suspects(facts, &scope),
        _ => &[],
    };
    let hop = match named {
        Some(named) => Some(hop_of_cause(named, &verdict)),
        None => verdict.hop.filter(|_| verdict.confidence > Confidence::Low),
    };
    let lists = (firm.as_slice(), hints.as_slice(), suspects);
    let alternatives = alternatives(diagnoser, &scope, named, hop, lists);
    let title = undecided_title(facts, &verdict, &firm);
    match named {
        Some(named) => decided(diagnoser, facts, &scope, &verdict, named, alternatives),
        None => Diagnosis {
            evidence: evidence(facts, None, None, &verdict, verdict.hop),
            hop: verdict.hop.or_else(|| common_hop(&alternatives)),
            alternatives,
            ..undecided(title)
        },
    }
}

/// Who gave an answer that came as it was meant to, without a cause.
pub(crate) fn as_answered(diagnoser: &Diagnoser, facts: &Facts) -> Diagnosis {
    let scope = Scope::of(facts);
    let verdict = diagnoser.rungs.climb(facts, &scope, &diagnoser.conditions);
    Diagnosis {
        hop: verdict.hop,
        ..undecided(String::new())
    }
}

/// The facts of one exchange under a cause that a probe has decided on; nothing where no cause has that name.
pub(crate) fn named(diagnoser: &Diagnoser, facts: &Facts, slug: &str) -> Option<Diagnosis> {
    let scope = Scope::of(facts);
    let verdict = diagnoser.rungs.climb(facts, &scope, &diagnoser.conditions);
    let cause = diagnoser.cause(slug)?;
    let render = |handle| diagnoser.conditions.render(handle, &scope);
    let command = render(cause.command);
    let hop = verdict.hop.filter(|hop| cause.hops.contains(hop));
    let hop = hop.or(cause.hops.first().copied());
    Some(Diagnosis {
        cause: Some(cause.slug.clone()),
        title: render(cause.title),
        hop,
        confidence: Confidence::High,
        evidence: evidence(facts, None, None, &verdict, hop),
        remedy: Some(Remedy {
            text: render(cause.remedy),
            command: (!command.is_empty()).then_some(command),
        }),
        ..undecided(String::new())
    })
}

/// A diagnosis that names no cause.
pub(crate) fn undecided(title: String) -> Diagnosis {
    Diagnosis {
        cause: None,
        title,
        hop: None,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        alternatives: Vec::new(),
        remedy: None,
        victims: Vec::new(),
    }
}

/// Whether an answer with status 400 or 422 is the refusal that a non-billable call of our own asks for: the gateway did
/// not give it, and its words complain of nothing but what such a call makes bad on purpose. Circumstances of the run do
/// not count.
pub(crate) fn is_as_provoked(diagnoser: &Diagnoser, facts: &Facts) -> bool {
    let scope = Scope::of(facts);
    let hop = diagnoser
        .rungs
        .climb(facts, &scope, &diagnoser.conditions)
        .hop;
    if hop == Some(Hop::Gateway) {
        return false;
    }
    matching(diagnoser, facts, &scope)
        .iter()
        .filter(|one| !one.rule.is_hint && one.word.is_some())
        .max_by_key(|one| (one.rule.weight, one.cause.is_provoked))
        .is_none_or(|one| one.cause.is_provoked)
}

/// The best rule of every cause that matches and yields to no other, heaviest first.
fn candidates<'a>(diagnoser: &'a Diagnoser, facts: &Facts, scope: &Scope) -> Vec<Candidate<'a>> {
    let mut found = matching(diagnoser, facts, scope);
    let firm: Vec<String> = found
        .iter()
        .filter(|candidate| !candidate.rule.is_hint)
        .map(|candidate| candidate.cause.slug.to_string())
        .collect();
    found.retain(|candidate| {
        let yields = &candidate.cause.yields_to;
        candidate.rule.is_hint || !yields.iter().any(|slug| firm.contains(slug))
    });
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.rule.weight));
    found
}

/// The best rule of every cause that matches.
fn matching<'a>(diagnoser: &'a Diagnoser, facts: &Facts, scope: &Scope) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = Vec::new();
    if facts.is_success {
        return found;
    }
    for cause in &diagnoser.causes {
        let best = cause
            .rules
            .iter()
            .filter_map(|rule| {
                let matched = rule.rule.test(facts, scope, &diagnoser.conditions)?;
                Some((rule, matched.word))
            })
            .max_by_key(|(rule, _)| (!rule.is_hint, rule.weight));
        if let Some((rule, word)) = best {
            found.push(Candidate { cause, rule, word });
        }
    }
    found
}

fn decided(
    diagnoser: &Diagnoser,
    facts: &Facts,
    scope: &Scope,
    verdict: &HopVerdict,
    named: &Candidate<'_>,
    alternatives: Vec<Alternative>,
) -> Diagnosis {
    let hop = hop_of_cause(named, verdict);
    let said = named.rule.rule.say(scope, &diagnoser.conditions);
    let render = |handle| diagnoser.conditions.render(handle, scope);
    let command = render(named.cause.command);
    Diagnosis {
        cause: Some(named.cause.slug.clone()),
        title: render(named.cause.title),
        hop: Some(hop),
        confidence: match named.rule.weight {
            HIGH.. if named.rule.open.is_empty() => Confidence::High,
            MEDIUM.. => Confidence::Medium,
            _ => Confidence::Low,
        },
        evidence: evidence(facts, named.word, said, verdict, Some(hop)),
        alternatives,
        remedy: Some(Remedy {
            text: render(named.cause.remedy),
            command: (!command.is_empty()).then_some(command),
        }),
        victims: Vec::new(),
    }
}

/// The hop first: where it is certain who answered, causes that cannot show there are none of this failure, unless
/// nothing else is left.
fn at_hop<'a>(candidates: Vec<Candidate<'a>>, verdict: &HopVerdict) -> Vec<Candidate<'a>> {
    let Some(hop) = verdict
        .hop
        .filter(|_| verdict.confidence == Confidence::High)
    else {
        return candidates;
    };
    let can_show = |candidate: &Candidate<'_>| {
        candidate.rule.hop.is_some_and(|own| own == hop) || shows_at(candidate.cause, hop)
    };
    let mut firm = candidates
        .iter()
        .filter(|candidate| !candidate.rule.is_hint);
    if !firm.any(can_show) {
        return candidates;
    }
    candidates.into_iter().filter(|one| can_show(one)).collect()
}

/// Whether a cause can show at a hop. A content filter is a part of the service that it belongs to.
fn shows_at(cause: &CompiledCause, hop: Hop) -> bool {
    let is_it = |own: &Hop| match (*own, hop) {
        (Hop::ContentFilter, Hop::Backend | Hop::Provider)
        | (Hop::Backend | Hop::Provider, Hop::ContentFilter) => true,
        (own, hop) => own == hop,
    };
    cause.hops.iter().any(is_it)
}

/// The rule's own hop, else what the ladder says where the cause can show there, else where it usually shows.
fn hop_of_cause(named: &Candidate<'_>, verdict: &HopVerdict) -> Hop {
    let by_ladder = verdict
        .hop
        .filter(|hop| verdict.confidence > Confidence::Low && named.cause.hops.contains(hop));
    named.rule.hop.or(by_ladder).unwrap_or(named.cause.hops[0])
}

fn alternatives(
    diagnoser: &Diagnoser,
    scope: &Scope,
    named: Option<&Candidate<'_>>,
    hop: Option<Hop>,
    (firm, hints, suspects): (&[&Candidate<'_>], &[&Candidate<'_>], &[String]),
) -> Vec<Alternative> {
    let floor = match (named, firm.first()) {
        (Some(named), _) => named.rule.weight.saturating_sub(REACH),
        (None, Some(first)) => first.rule.weight.saturating_sub(REACH),
        (None, None) => 0,
    };
    let open = named
        .into_iter()
        .flat_map(|named| named.rule.open.iter().map(String::as_str));
    let matched = firm
        .iter()
        .chain(hints)
        .filter(|candidate| candidate.rule.weight >= floor)
        .flat_map(|candidate| {
            let open = candidate.rule.open.iter().map(String::as_str);
            std::iter::once(candidate.cause.slug.as_str()).chain(open)
        });
    let mut slugs: Vec<&str> = Vec::new();
    let suspects = suspects.iter().map(String::as_str);
    for slug in open.chain(matched).chain(suspects) {
        let is_named = named.is_some_and(|named| named.cause.slug == slug);
        let cause = diagnoser.cause(slug);
        let is_elsewhere = hop.is_some_and(|hop| cause.is_some_and(|cause| !shows_at(cause, hop)));
        if !is_named && !is_elsewhere && !slugs.contains(&slug) && slugs.len() < MAX_ALTERNATIVES {
            slugs.push(slug);
        }
    }
    slugs
        .into_iter()
        .filter_map(|slug| diagnoser.cause(slug))
        .map(|cause| {
            let here = hop.filter(|hop| cause.hops.contains(hop));
            let probe = diagnoser.conditions.render(cause.probe, scope);
            Alternative {
                cause: cause.slug.clone(),
                hop: here.or_else(|| cause.hops.first().copied()),
                probe: (!probe.is_empty()).then_some(probe),
            }
        })
        .collect()
}

/// The hop at which every alternative shows: whichever of them it is, that one answered.
fn common_hop(alternatives: &[Alternative]) -> Option<Hop> {
    let hop = alternatives.first()?.hop;
    alternatives
        .iter()
        .all(|other| other.hop == hop)
        .then_some(hop)
        .flatten()
}

fn evidence(
    facts: &Facts,
    word: Option<&str>,
    said: Option<String>,
    verdict: &HopVerdict,
    hop: Option<Hop>,
) -> Vec<String> {
    let mut evidence = Vec::new();
    let mut say = |line: String| {
        if !line.is_empty() && !evidence.contains(&line) {
            evidence.push(line);
        }
    };
    if !facts.trace.stopped_by.is_empty() {
        let whose = match facts.trace.is_of_sibling {
            true => " of a call that failed in the same way",
            false => "",
        };
        say(format!(
            "the gateway's trace{whose}: {}",
            facts.trace.stopped_by
        ));
    }
    let own = facts.text.get(..facts.own_text).unwrap_or(&facts.text);
    let said_by = |word| message_with(&facts.message, word).or_else(|| quoted(own, word));
    if let Some(quote) = word.and_then(said_by) {
        let who = if facts.answered {
            "the answer says"
        } else {
            "the failure says"
        };
        say(format!("{who} `{quote}`"));
    }
    said.into_iter().for_each(&mut say);
    facts.token.iter().take(2).cloned().for_each(&mut say);
    if facts.inner_errors.len() > 1 {
        say(format!(
            "the deployment failed with {}",
            facts.inner_errors.join(", ")
        ));
    }
    if let Some(status) = facts.status {
        say(format!("status {status}"));
    }
    if verdict.hop == hop {
        verdict.evidence.iter().cloned().for_each(&mut say);
    }
    evidence.truncate(MAX_EVIDENCE);
    evidence
}

/// The beginning of a message, as written, where the words that decided are in it.
fn message_with(message: &str, word: &str) -> Option<String> {
    let plain = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut end = plain.len().min(MAX_QUOTE);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    let shown = &plain[..end];
    words::find_word(&words::normalise(shown), word)?;
    let dots = if end < plain.len() { "…" } else { "" };
    Some(format!("{}{dots}", shown.trim()))
}

/// The words around the ones that decided, as the answer has them but for case and white space.
fn quoted(text: &str, word: &str) -> Option<String> {
    let at = words::find_word(text, word)?;
    let mut from = at.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    if from > 0 {
        from = text[from..at]
            .find(' ')
            .map_or(at, |space| from + space + 1);
    }
    let mut to = (from + MAX_QUOTE).max(at + word.len()).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    Some(text[from..to].trim().to_owned())
}

fn undecided_title(facts: &Facts, verdict: &HopVerdict, firm: &[&Candidate<'_>]) -> String {
    if facts.is_success {
        return "nothing to explain: the call succeeded".to_owned();
    }
    if let [first, second, ..] = firm {
        return format!(
            "undecided: the evidence fits {} as well as {}",
            first.cause.slug, second.cause.slug
        );
    }
    match (facts.status, verdict.hop) {
        (Some(status), Some(hop)) => {
            format!("undecided: {status} from the {hop}, without words that name a cause")
        }
        (Some(status), None) => format!("undecided: {status}, without words that name a cause"),
        (None, Some(hop)) => {
            format!("undecided: it stopped at {hop}, without words that name a cause")
        }
        (None, None) => "undecided: there is nothing to go by".to_owned(),
    }
}
