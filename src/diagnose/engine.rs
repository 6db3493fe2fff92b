//! The engine: tables compiled once, asked for every exchange.

use super::condition::{ConditionError, Conditions, Expression, Scope, Template};
use super::facts::Facts;
use super::hop::{HopVerdict, Rungs};
use super::last;
use super::request::request_facts;
use super::rule::Compiled;
use super::weigh;
use crate::knowledge::causes::{self, Cause, CauseError, Family, HostRule, Ladder};
use crate::model::{CauseSlug, Confidence, Diagnosis, Exchange, Hop, Leg};
use std::sync::{Arc, LazyLock};

/// Why diagnosing cannot begin: the tables it goes by are broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagnoseError {
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] CauseError),
    /// A condition or template cannot be compiled.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// A word that names no hop.
    #[error(
        "{place}: `{word}` is no hop; use client, dns, tcp, tls, proxy, gateway, backend, content_filter, identity, arm or provider"
    )]
    Hop {
        /// Where it stands.
        place: String,
        /// The word.
        word: String,
    },
    /// A cause without a hop.
    #[error("{0}: no hop is given; name at least one under `hops:`")]
    NoHop(String),
}

/// Diagnoses exchanges by compiled tables. Making one takes milliseconds and megabytes; share it.
pub struct Diagnoser {
    pub(crate) conditions: Conditions,
    pub(crate) hosts: Vec<HostRule>,
    pub(crate) rungs: Rungs,
    pub(crate) suspects: Vec<CompiledSuspects>,
    pub(crate) causes: Vec<CompiledCause>,
}

/// What a status alone leaves possible, compiled.
pub(crate) struct CompiledSuspects {
    status: Vec<u16>,
    hosts: Vec<String>,
    when: Option<Expression>,
    causes: Vec<String>,
}

/// A cause, compiled.
pub(crate) struct CompiledCause {
    pub(crate) slug: CauseSlug,
    pub(crate) hops: Vec<Hop>,
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) yields_to: Vec<String>,
    pub(crate) is_provoked: bool,
    pub(crate) per: String,
    pub(crate) title: Template,
    pub(crate) remedy: Template,
    pub(crate) command: Template,
    pub(crate) probe: Template,
}

/// A rule of a cause, compiled.
pub(crate) struct CompiledRule {
    pub(crate) rule: Compiled,
    pub(crate) weight: u8,
    pub(crate) hop: Option<Hop>,
    pub(crate) open: Vec<String>,
    pub(crate) is_hint: bool,
}

/// The tables that come with fluxprobe, compiled when first asked for: a constant, not state.
static BUILTIN: LazyLock<Result<Arc<Diagnoser>, DiagnoseError>> =
    LazyLock::new(|| Diagnoser::made(&[]));

/// The diagnoser with the tables that come with fluxprobe.
///
/// # Errors
/// [`DiagnoseError`] where an embedded table is broken, which a test rules out.
pub fn builtin() -> Result<&'static Diagnoser, DiagnoseError> {
    BUILTIN.as_deref().map_err(Clone::clone)
}

/// Says who answered `exchange`, by the tables that come with fluxprobe.
pub fn hop(exchange: &Exchange) -> HopVerdict {
    match builtin() {
        Ok(diagnoser) => diagnoser.hop(exchange),
        Err(error) => HopVerdict {
            hop: None,
            evidence: vec![error.to_string()],
            confidence: Confidence::Low,
        },
    }
}

/// Explains `exchange` by the tables that come with fluxprobe.
pub fn explain(exchange: &Exchange) -> Diagnosis {
    match builtin() {
        Ok(diagnoser) => diagnoser.explain(exchange),
        Err(error) => weigh::undecided(error.to_string()),
    }
}

impl Diagnoser {
    /// The diagnoser with the tables that come with fluxprobe and a user's own causes; [`builtin`] where there are none.
    /// A cause of the same slug takes the place of the one that comes with fluxprobe.
    ///
    /// # Errors
    /// [`DiagnoseError`] with the slug and the part of it that is wrong.
    pub fn with(own: &[Family]) -> Result<Arc<Self>, DiagnoseError> {
        match own {
            [] => BUILTIN.clone(),
            own => Self::made(own),
        }
    }

    fn made(own: &[Family]) -> Result<Arc<Self>, DiagnoseError> {
        let builtin = causes::builtin()?;
        let mut all: Vec<&Cause> = Vec::new();
        for cause in builtin.iter().chain(own).flat_map(|family| &family.causes) {
            match all.iter().position(|known| known.slug == cause.slug) {
                Some(at) => all[at] = cause,
                None => all.push(cause),
            }
        }
        Self::compile(causes::ladder()?, &all).map(Arc::new)
    }

    fn compile(ladder: Ladder, causes: &[&Cause]) -> Result<Self, DiagnoseError> {
        let mut conditions = Conditions::new();
        let rungs = Rungs::new(&ladder, &mut conditions)?;
        let suspects = ladder
            .suspects
            .into_iter()
            .map(|one| {
                let when = match one.when.as_str() {
                    "" => None,
                    when => Some(conditions.add_expression("the suspects", when)?),
                };
                Ok(CompiledSuspects {
                    status: one.status,
                    hosts: one.hosts,
                    when,
                    causes: one.causes,
                })
            })
            .collect::<Result<_, DiagnoseError>>()?;
        let causes = causes
            .iter()
            .map(|cause| CompiledCause::new(cause, &mut conditions))
            .collect::<Result<_, _>>()?;
        Ok(Diagnoser {
            conditions,
            hosts: ladder.hosts,
            rungs,
            suspects,
            causes,
        })
    }

    /// Says who answered `exchange`. Where the ladder tells nothing, a cause that is recognised tells where it shows.
    pub fn hop(&self, exchange: &Exchange) -> HopVerdict {
        let facts = Facts::of(exchange, &self.hosts);
        let verdict = self
            .rungs
            .climb(&facts, &Scope::of(&facts), &self.conditions);
        if verdict.hop.is_some() {
            return verdict;
        }
        let diagnosis = weigh::explain(self, &facts);
        match diagnosis.cause {
            Some(_) => HopVerdict {
                hop: diagnosis.hop,
                confidence: diagnosis.confidence.min(Confidence::Medium),
                evidence: vec![diagnosis.title],
            },
            None => verdict,
        }
    }

    /// Explains `exchange` by itself.
    pub fn explain(&self, exchange: &Exchange) -> Diagnosis {
        let whole = Facts::of(exchange, &self.hosts);
        let of_the_end = last::last_events(exchange)
            .into_iter()
            .find_map(|mut event| {
                event.request.url = event
                    .request
                    .url
                    .take()
                    .or_else(|| Some(whole.request.url.clone()).filter(|url| !url.is_empty()));
                let said = weigh::explain(self, &Facts::of(&event, &self.hosts));
                (said.cause.is_some() && said.confidence == Confidence::High).then_some(said)
            });
        of_the_end.unwrap_or_else(|| weigh::explain(self, &whole))
    }

    /// Which way a call took, where the host says it: straight to the service. A gateway's host proves nothing of it.
    pub fn leg(&self, exchange: &Exchange) -> Option<Leg> {
        let request = request_facts(&exchange.request, &self.hosts);
        let direct = ["aoai", "foundry", "cognitive", "regional", "openai", "blob"];
        direct
            .contains(&request.host_kind.as_str())
            .then_some(Leg::Direct)
    }

    /// What the status alone leaves possible, likeliest first.
    pub(crate) fn suspects<'a>(&'a self, facts: &Facts, scope: &Scope) -> &'a [String] {
        let fits = |one: &&CompiledSuspects| {
            let has_status = facts
                .likely_status
                .is_some_and(|status| one.status.contains(&status));
            (has_status || one.status.is_empty())
                && (one.hosts.is_empty() || one.hosts.contains(&facts.request.host_kind))
                && one
                    .when
                    .is_none_or(|when| self.conditions.holds(when, scope))
        };
        let first = self.suspects.iter().find(fits);
        first.map_or(&[], |one| one.causes.as_slice())
    }

    /// The cause of a slug.
    pub(crate) fn cause(&self, slug: &str) -> Option<&CompiledCause> {
        self.causes.iter().find(|cause| cause.slug == slug)
    }
}

impl CompiledCause {
    fn new(cause: &Cause, conditions: &mut Conditions) -> Result<Self, DiagnoseError> {
        let slug = cause.slug.as_str();
        let hops: Vec<Hop> = cause
            .hops
            .iter()
            .map(|word| hop_of(word, slug))
            .collect::<Result<_, _>>()?;
        if hops.is_empty() {
            return Err(DiagnoseError::NoHop(slug.to_owned()));
        }
        let rules = cause
            .rules
            .iter()
            .map(|rule| {
                Ok(CompiledRule {
                    weight: rule.weight,
                    hop: rule
                        .hop
                        .as_deref()
                        .map(|word| hop_of(word, slug))
                        .transpose()?,
                    open: rule.open.clone(),
                    is_hint: rule.hint,
                    rule: Compiled::new(rule, slug, conditions)?,
                })
            })
            .collect::<Result<_, DiagnoseError>>()?;
        Ok(CompiledCause {
            slug: slug.into(),
            hops,
            rules,
            yields_to: cause.yields_to.clone(),
            is_provoked: cause.is_provoked,
            per: cause.per.clone(),
            title: conditions.add_template(slug, &cause.title)?,
            remedy: conditions.add_template(slug, &cause.remedy)?,
            command: conditions.add_template(slug, &cause.command)?,
            probe: conditions.add_template(slug, &cause.probe)?,
        })
    }
}

/// The hop that a word of JSON names; `place` is only named in errors.
pub(crate) fn hop_of(word: &str, place: &str) -> Result<Hop, DiagnoseError> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(|_| DiagnoseError::Hop {
        place: place.to_owned(),
        word: word.to_owned(),
    })
}
