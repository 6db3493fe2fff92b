//! Findings about what is published.

use super::check::Raised;
use super::estate::{ApiView, Estate, Flux};
use crate::model::CallKind;

/// Kontext is behind an API that publishes no `images/edits`, and no other publishes it.
pub(super) fn edits_missing(estate: &Estate<'_>) -> Vec<Raised> {
    missing(estate, CallKind::Edit, |flux| flux.has_edits())
}

/// An operation that an API lacks for deployments that it reaches, where no other way takes them.
fn missing(
    estate: &Estate<'_>,
    call: CallKind,
    is_asked: impl Fn(Flux<'_>) -> bool,
) -> Vec<Raised> {
    let mut found: Vec<(String, Raised)> = Vec::new();
    for flux in estate.flux().filter(|flux| is_asked(*flux)) {
        if is_taken(estate, flux, call) {
            continue;
        }
        let Some(api) = api_for(estate, flux) else {
            continue;
        };
        let name = api.name();
        let at = found.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| {
            found.push((name.clone(), lacking(api)));
            found.len() - 1
        });
        if let Some((_, raised)) = found.get_mut(at) {
            *raised = std::mem::take(raised).and_on(flux.name()).shown_by(format!(
                "{} serves {}",
                flux.name(),
                flux.deployment.model.name
            ));
        }
    }
    found.into_iter().map(|(_, raised)| raised).collect()
}

fn is_taken(estate: &Estate<'_>, flux: Flux<'_>, call: CallKind) -> bool {
    let mut ways = estate.ways();
    ways.any(|way| way.takes(flux, call) && way.ends.iter().any(|end| end.is_at(flux.account)))
}

/// The API that should publish what is missing: one that reaches the account, and rather one that draws already.
fn api_for<'e, 'a>(estate: &'e Estate<'a>, flux: Flux<'_>) -> Option<&'e ApiView<'a>> {
    let mut reaching: Vec<&ApiView<'_>> = estate
        .apis()
        .filter(|api| api.is_certain && api.is_for_models() && api.reaches(flux.account))
        .collect();
    reaching.sort_by_key(|api| api.ways.is_empty());
    reaching.first().copied()
}

fn lacking(api: &ApiView<'_>) -> Raised {
    let operations = api.api.operations.len();
    Raised::on(api.name())
        .shown_by(format!(
            "none of the {operations} operations of API {} takes it",
            api.api.name
        ))
        .with("api", api.api.name.as_str())
        .with("path", api.api.path.as_str())
        .with("gateway", api.gateway.name.as_str())
        .with(
            "group",
            api.gateway
                .resource_group
                .as_deref()
                .unwrap_or("RESOURCE_GROUP"),
        )
        .with(
            "openai",
            if api.api.path.ends_with("openai") {
                ""
            } else {
                "/openai"
            },
        )
}
