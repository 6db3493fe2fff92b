//! Findings about policies.

use super::check::{Groups, Raised};
use super::estate::{Estate, GatewayView};
use super::routes::about;
use super::way::Way;
use crate::policy::{Answer, Facts, Guarded, PolicyFault, Scope, Section, Truth, judge};

/// A policy that cannot be read.
pub(super) fn malformed(estate: &Estate<'_>) -> Vec<Raised> {
    faults(estate, |_, fault| match fault {
        PolicyFault::Malformed { .. } | PolicyFault::TooLarge { .. } => Some(String::new()),
        _ => None,
    })
}

/// A policy includes a fragment that does not exist.
pub(super) fn fragment_unknown(estate: &Estate<'_>) -> Vec<Raised> {
    faults(estate, |view, fault| match fault {
        PolicyFault::UnknownFragment { id, .. } => {
            known(estate, view, "policyFragments", &[id]).then(|| id.clone())
        }
        _ => None,
    })
}

/// A fragment includes itself.
pub(super) fn fragment_cyclic(estate: &Estate<'_>) -> Vec<Raised> {
    faults(estate, |_, fault| match fault {
        PolicyFault::CyclicFragment { id, .. } => Some(id.clone()),
        _ => None,
    })
}

/// A policy names a named value that does not exist.
pub(super) fn named_value_unknown(estate: &Estate<'_>) -> Vec<Raised> {
    faults(estate, |view, fault| match fault {
        PolicyFault::UnknownNamedValue { name, .. } => {
            known(estate, view, "namedValues", &[]).then(|| name.clone())
        }
        _ => None,
    })
}

/// Whether a list of a gateway, and single fragments of it, were read; notes it where they were not.
fn known(estate: &Estate<'_>, view: &GatewayView<'_>, list: &str, fragments: &[&String]) -> bool {
    let unread = &estate.unread;
    let mut fragments = fragments.iter().map(|id| format!("policy fragment {id}"));
    let is_known =
        unread.knows(view.gateway, list) && fragments.all(|one| unread.knows(view.gateway, &one));
    if !is_known {
        estate.leave(format!(
            "{list} that policies of gateway {} name: they could not be read",
            view.gateway.name
        ));
    }
    is_known
}

fn faults(
    estate: &Estate<'_>,
    name_of: impl Fn(&GatewayView<'_>, &PolicyFault) -> Option<String>,
) -> Vec<Raised> {
    let mut found = Groups::default();
    for view in &estate.gateways {
        for fault in view.policies.faults() {
            let Some(name) = name_of(view, fault) else {
                continue;
            };
            let scope = &fault.place().scope;
            let key = format!("{} {scope} {name}", view.gateway.name);
            let raised = found.of(&key, || {
                let gateway = view.gateway.name.as_str();
                Raised::on(format!("policy {gateway}/{scope}"))
                    .with("name", name)
                    .with("place", fault.place().to_string())
                    .with("scope", scope.to_string())
                    .at_gateway(view.gateway)
            });
            raised.show(fault.to_string());
        }
    }
    found.done()
}

/// Answers after which a picture may have been drawn and billed.
const MAYBE_BILLED: [Answer; 6] = [
    Answer::Status(500),
    Answer::Status(502),
    Answer::Status(503),
    Answer::Status(504),
    Answer::Status(408),
    Answer::None,
];

/// A retry sends a picture's POST again after an answer behind which it may have been drawn: it is paid twice.
pub(super) fn retry_resends(estate: &Estate<'_>) -> Vec<Raised> {
    retries(estate, |retry| {
        if !retry.buffers() {
            // What is sent again is empty, and buys nothing.
            return None;
        }
        let answers = MAYBE_BILLED.iter();
        let again: Vec<(Answer, Truth)> = answers
            .map(|answer| (*answer, retry.repeats(*answer)))
            .filter(|(_, truth)| *truth != Truth::No)
            .collect();
        let is_unsure = again.iter().all(|(_, truth)| *truth == Truth::Unsure);
        let answers = again.iter().map(|(answer, _)| match answer {
            Answer::Status(status) => status.to_string(),
            _ => "no answer".to_owned(),
        });
        let answers = answers.collect::<Vec<_>>().join(", ");
        (!again.is_empty()).then(|| (format!("it repeats a POST after {answers}"), is_unsure))
    })
}

/// A retry whose condition holds after no failure.
pub(super) fn retry_never(estate: &Estate<'_>) -> Vec<Raised> {
    retries(estate, |retry| {
        let mut answers = (400..600).map(Answer::Status).chain([Answer::None]);
        let never = answers.all(|answer| retry.repeats(answer) == Truth::No);
        never.then(|| ("its condition holds after no status from 400 to 599, and not where the backend is silent".to_owned(), false))
    })
}

/// A retry that sends an empty body, since the first attempt has used it up.
pub(super) fn retry_unbuffered(estate: &Estate<'_>) -> Vec<Raised> {
    retries(estate, |retry| {
        let mut answers = (400..600).map(Answer::Status).chain([Answer::None]);
        let may = answers.any(|answer| retry.repeats(answer) != Truth::No);
        (may && !retry.buffers()).then(|| {
            (
                "its forward-request has no buffer-request-body=\"true\"".to_owned(),
                false,
            )
        })
    })
}

/// A `retry` around a `forward-request`.
struct Retry<'w, 'a> {
    guarded: &'w Guarded<'a>,
    facts: &'w Facts,
}

impl Retry<'_, '_> {
    /// Whether it tries again after an answer.
    fn repeats(&self, answer: Answer) -> Truth {
        let facts = Facts {
            answer,
            ..self.facts.clone()
        };
        match self.guarded.statement.attribute("condition") {
            Some(condition) => judge(condition, &facts),
            None => Truth::No,
        }
    }

    fn buffers(&self) -> bool {
        let inside = self.guarded.statement.all();
        let mut forwards = inside.iter().filter(|one| one.name == "forward-request");
        forwards.all(|one| {
            let value = one.attribute("buffer-request-body");
            value.is_some_and(|value| {
                value.is_expression() || value.text.eq_ignore_ascii_case("true")
            })
        })
    }
}

fn retries(
    estate: &Estate<'_>,
    judge: impl Fn(&Retry<'_, '_>) -> Option<(String, bool)>,
) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        for guarded in way.named("retry") {
            let inside = guarded.statement.all();
            let forwards = inside.iter().any(|one| one.name == "forward-request");
            let runs = guarded.truth;
            if !forwards || runs == Truth::No {
                continue;
            }
            let retry = Retry {
                guarded,
                facts: &way.facts,
            };
            if let Some((shown, is_unsure)) = judge(&retry) {
                let raised = on_statement(&mut found, way, guarded);
                raised.is_unsure |= is_unsure || runs == Truth::Unsure;
                raised.show(format!("{}: {shown}", guarded.statement.place));
            }
        }
    }
    found.done()
}

/// The finding about a statement, with a way that runs through it.
pub(super) fn on_statement<'g>(
    found: &'g mut Groups,
    way: &Way<'_>,
    guarded: &Guarded<'_>,
) -> &'g mut Raised {
    let place = guarded.statement.place.to_string();
    let raised = found.of(&format!("{} {place}", way.gateway.name), || {
        let raised = about(way)
            .with("place", place.as_str())
            .with("statement", guarded.statement.shown())
            .shown_by(format!("{place}: {}", guarded.statement.shown()));
        guarded
            .conditions()
            .into_iter()
            .fold(raised, |raised, condition| {
                raised.shown_by(format!("it runs where {condition}"))
            })
    });
    raised.hit_way(way);
    raised
}

/// A policy that counts tokens on a route whose answers carry none.
pub(super) fn token_limit(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        for name in ["llm-token-limit", "azure-openai-token-limit"] {
            for guarded in way.named(name) {
                if guarded.truth != Truth::No {
                    on_statement(&mut found, way, guarded)
                        .values
                        .insert("policy".into(), name.into());
                }
            }
        }
    }
    found.done()
}

/// A browser's call is stopped before it is made.
pub(super) fn cors(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        // Only the first one is heard.
        let mut inbound = way
            .named("cors")
            .filter(|one| one.section == Section::Inbound);
        let Some(guarded) = inbound.next().filter(|one| one.truth != Truth::No) else {
            continue;
        };
        for shown in cors_faults(way, guarded) {
            on_statement(&mut found, way, guarded).show(shown);
        }
    }
    found.done()
}

fn cors_faults(way: &Way<'_>, guarded: &Guarded<'_>) -> Vec<String> {
    let listed = |group: &str| -> Option<Vec<String>> {
        let group = guarded.statement.child(group)?;
        let texts = group
            .children
            .iter()
            .map(|one| one.text.text.trim().to_lowercase());
        Some(texts.collect())
    };
    let mut faults = Vec::new();
    if let Some(methods) = listed("allowed-methods")
        && !methods.iter().any(|one| one == "*" || one == "post")
    {
        faults.push("its allowed-methods have no POST".to_owned());
    }
    let key = way
        .api
        .is_subscription_required
        .then(|| way.api.key_names.header.to_lowercase());
    let own = crate::knowledge::azure()
        .callers
        .browser_headers
        .iter()
        .cloned();
    let headers = listed("allowed-headers").unwrap_or_default();
    let missing: Vec<String> = own
        .chain(key)
        .filter(|one| !headers.contains(one))
        .collect();
    if !headers.iter().any(|one| one == "*") && !missing.is_empty() {
        faults.push(format!(
            "its allowed-headers have no {}",
            missing.join(", ")
        ));
    }
    let is_products = matches!(guarded.statement.place.scope, Scope::Product(_));
    if is_products && way.api.is_subscription_required {
        faults.push(
            "it stands at product scope, and the preflight carries no key that names the product"
                .to_owned(),
        );
    }
    faults
}
