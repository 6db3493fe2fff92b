//! Findings about what is published.

use super::check::{Groups, Raised};
use super::estate::{ApiView, Estate, Flux};
use super::way::Way;
use crate::knowledge::{Family, api_versions};
use crate::model::{CallKind, RouteStyle};
use crate::policy::Truth;
use crate::provider::azure::Publishes;

/// A deployment that draws is behind an API that publishes no `images/generations`, and no other publishes it.
pub(super) fn generations_missing(estate: &Estate<'_>) -> Vec<Raised> {
    let is_asked =
        |flux: Flux<'_>, api: &ApiView<'_>| !flux.is_provider_only() && !has_model_name(api);
    missing(estate, CallKind::Generate, is_asked)
}

/// A deployment that edits is behind an API that publishes no `images/edits`, and no other publishes it.
pub(super) fn edits_missing(estate: &Estate<'_>) -> Vec<Raised> {
    missing(estate, CallKind::Edit, |flux, _| flux.has_edits())
}

/// A FLUX.2 deployment is behind an API that does not publish the publisher's route, and no other publishes it.
pub(super) fn provider_missing(estate: &Estate<'_>) -> Vec<Raised> {
    missing(estate, CallKind::Generate, |flux, _| {
        flux.is_provider_only()
    })
}

/// An API draws only where the model is named in the body, which chooses no FLUX deployment.
pub(super) fn model_name_only(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for flux in estate.flux().filter(|flux| !flux.is_provider_only()) {
        if is_taken(estate, flux, CallKind::Generate) {
            continue;
        }
        let Some(api) = api_for(estate, flux).filter(|api| has_model_name(api)) else {
            continue;
        };
        let raised = found.of(&api.name(), || lacking(api));
        for way in &api.ways {
            if matches!(way.published.what, Publishes::ModelName(_)) {
                raised.show(format!(
                    "{} is {} {}",
                    way.name(),
                    way.operation.method,
                    way.operation.url_template
                ));
            }
        }
        raised.hit(flux.name());
        asked_of(raised, flux, CallKind::Generate);
    }
    found.done()
}

fn has_model_name(api: &ApiView<'_>) -> bool {
    let mut ways = api.ways.iter();
    ways.any(|way| matches!(way.published.what, Publishes::ModelName(CallKind::Generate)))
}

/// A FLUX.2 deployment is named on a route of the image API, or the publisher's route is forwarded below `/openai`.
pub(super) fn flux2_on_wrong_route(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        let named_there = matches!(way.published.what, Publishes::Deployment(_, Some(_)));
        let flux = way.ends.iter().flat_map(|end| &end.flux).copied();
        for flux in flux.filter(|_| named_there) {
            let named = match &way.published.what {
                Publishes::Deployment(_, Some(name)) => flux.deployment.name == name.as_str(),
                _ => false,
            };
            if named && flux.is_provider_only() {
                let raised = found.of(&way.name(), || of_way(way, flux));
                raised.hit(flux.name());
                raised.show(format!(
                    "{} names {}, a {}",
                    way.operation.url_template, flux.deployment.name, flux.deployment.model.name
                ));
            }
        }
        if !matches!(way.published.what, Publishes::Provider(_)) {
            continue;
        }
        for arrival in way.arrivals().filter(|one| one.is_openai(0)) {
            let flux = arrival.end.flux.iter().copied();
            for flux in flux.filter(|flux| flux.is_provider_only()) {
                let raised = found.of(&way.name(), || of_way(way, flux));
                raised.hit(flux.name());
                let (backend, path) = (arrival.end.name(), arrival.shown());
                raised.show(format!("backend {backend} makes the path {path}"));
            }
        }
    }
    found.done()
}

fn of_way(way: &Way<'_>, flux: Flux<'_>) -> Raised {
    let segment = flux
        .family
        .map_or("", |family| family.provider_segment.as_str());
    about(way)
        .with("model", flux.deployment.model.name.as_str())
        .with("segment", segment)
}

/// Another API takes every call of an image operation, because its path is longer, and does not publish it.
pub(super) fn shadowed(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for gateway in &estate.gateways {
        let paths: Vec<Vec<String>> = gateway
            .apis
            .iter()
            .map(|api| segments(&api.api.path))
            .collect();
        for (api, path) in gateway.apis.iter().zip(&paths) {
            for way in &api.ways {
                let whole: Vec<String> = path
                    .iter()
                    .cloned()
                    .chain(segments(&way.operation.url_template))
                    .collect();
                let others = gateway.apis.iter().zip(&paths);
                let longest = others
                    .filter(|(_, other)| other.len() > path.len() && whole.starts_with(other))
                    .max_by_key(|(_, other)| other.len());
                let Some((other, other_path)) = longest else {
                    continue;
                };
                let rest = &whole[other_path.len()..];
                let is_published = other.api.operations.iter().any(|one| {
                    one.method.eq_ignore_ascii_case(&way.operation.method)
                        && matches(&segments(&one.url_template), rest)
                });
                if !is_published {
                    let raised = found.of(&way.name(), || {
                        about(way).with("other", other.api.name.as_str())
                    });
                    raised.hit_way(way);
                    raised.show(format!(
                        "/{} begins with /{}, the path of API {}, and the longest path takes the call",
                        whole.join("/"),
                        other_path.join("/"),
                        other.api.name
                    ));
                }
            }
        }
    }
    found.done()
}

/// Segments of a path in lower case; a parameter is `{}`.
fn segments(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').filter(|one| !one.is_empty());
    segments
        .map(|one| {
            if one.starts_with('{') {
                "{}".to_owned()
            } else {
                one.to_lowercase()
            }
        })
        .collect()
}

fn matches(template: &[String], path: &[String]) -> bool {
    match template {
        [all] if all == "*" => true,
        _ => {
            template.len() == path.len()
                && template
                    .iter()
                    .zip(path)
                    .all(|(one, other)| one == "{}" || one == other)
        }
    }
}

/// An api-version that templates, policies or backends write, and the operation does not know.
pub(super) fn api_version(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    let table = api_versions();
    for way in estate.ways() {
        let (known, call) = match &way.published.what {
            Publishes::Deployment(CallKind::Edit, _) => (&table.edits, "images/edits"),
            Publishes::Deployment(..) => (&table.generations, "images/generations"),
            Publishes::Provider(_) => (&table.provider, "the publisher's route"),
            Publishes::ModelName(_) | Publishes::Everything => continue,
        };
        for (version, place) in written_versions(way) {
            if known.contains(&version) {
                continue;
            }
            // A version that is older than the operation is refused for certain; others may have been added since.
            let is_older = call == "images/edits" && version.as_str() < table.edits_since.as_str();
            let raised = found.of(&format!("{} {version}", way.name()), || {
                about(way)
                    .with("version", version.as_str())
                    .with("call", call)
                    .with("known", known.join(", "))
            });
            raised.is_unsure |= !is_older;
            raised.hit_way(way);
            raised.show(format!("{place} says api-version {version}"));
        }
    }
    found.done()
}

/// The api-versions that configuration writes into calls of an operation, and where.
fn written_versions(way: &Way<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let default = way.operation.template_defaults.get("api-version");
    found.extend(default.map(|value| (value.clone(), format!("the template of {}", way.name()))));
    for one in way.statements.iter().filter(|one| one.truth != Truth::No) {
        let statement = one.statement;
        let place = statement.place.to_string();
        let value = match statement.name.as_str() {
            "set-query-parameter" if statement.plain("name") == Some("api-version") => statement
                .child("value")
                .and_then(|value| value.text.plain()),
            "rewrite-uri" => statement.plain("template").and_then(version_in),
            _ => None,
        };
        found.extend(value.map(|value| (value.to_owned(), place)));
    }
    for end in way.ends.iter() {
        let version = version_in(&end.reached.url);
        found.extend(version.map(|value| (value.to_owned(), format!("backend {}", end.name()))));
    }
    found
}

fn version_in(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("api-version="))?;
    Some(pair).filter(|value| !value.starts_with('{') && !value.is_empty())
}

/// An operation that an API lacks for deployments that it reaches, where no other way takes them.
fn missing(
    estate: &Estate<'_>,
    call: CallKind,
    is_asked: impl Fn(Flux<'_>, &ApiView<'_>) -> bool,
) -> Vec<Raised> {
    let mut found = Groups::default();
    for flux in estate.flux() {
        let Some(api) = api_for(estate, flux).filter(|api| is_asked(flux, api)) else {
            continue;
        };
        if is_taken(estate, flux, call) {
            continue;
        }
        if !estate.unread.knows_operations(api.gateway, api.api) {
            estate.leave(format!(
                "what {} publishes: its operations could not be read",
                api.name()
            ));
            continue;
        }
        let raised = found.of(&api.name(), || lacking(api));
        raised.hit(flux.name());
        raised.show(format!(
            "{} serves {}",
            flux.name(),
            flux.deployment.model.name
        ));
        asked_of(raised, flux, call);
        if let Some(family) = flux.family {
            raised
                .values
                .insert("segment".into(), family.provider_segment.as_str().into());
        }
    }
    found.done()
}

/// Whether any way takes a call for a deployment to its account.
pub(super) fn is_taken(estate: &Estate<'_>, flux: Flux<'_>, call: CallKind) -> bool {
    let ways = estate.ways_to(flux.account).iter();
    let mut ways = ways.filter_map(|place| estate.way(*place));
    ways.any(|way| way.takes(flux, call))
}

/// The API that should publish what is missing: one that reaches the account, and rather one that draws already.
pub(super) fn api_for<'e, 'a>(estate: &'e Estate<'a>, flux: Flux<'_>) -> Option<&'e ApiView<'a>> {
    let apis = estate.apis_to(flux.account).iter();
    let mut reaching: Vec<&ApiView<'_>> = apis
        .filter_map(|place| estate.api(*place))
        .filter(|api| api.is_certain && api.is_for_models())
        .collect();
    reaching.sort_by_key(|api| api.ways.is_empty());
    reaching.first().copied()
}

/// Names the deployment and the api-version that a free probe asks with: the first that was found.
fn asked_of(raised: &mut Raised, flux: Flux<'_>, call: CallKind) {
    if raised.values.contains_key("deployment") {
        return;
    }
    let versions = api_versions();
    let style = flux
        .family
        .map_or(RouteStyle::Deployment, Family::native_style);
    let version = versions.for_call(call, style, &versions.gateway_default);
    let deployment = flux.deployment.name.as_str();
    raised.values.insert("deployment".into(), deployment.into());
    raised.values.insert("version".into(), version.into());
}

/// Where an API begins, without a slash at the end.
pub(super) fn base_of(api: &ApiView<'_>) -> String {
    let base = format!("{}/{}", api.gateway.url, api.api.path);
    base.trim_end_matches('/').to_owned()
}

fn lacking(api: &ApiView<'_>) -> Raised {
    let operations = api.api.operations.len();
    Raised::on(api.name())
        .shown_by(format!(
            "none of the {operations} operations of API {} takes it",
            api.api.name
        ))
        .with("api", api.api.name.as_str())
        .at_gateway(api.gateway)
        .with(
            "openai",
            if api.api.path.ends_with("openai") {
                ""
            } else {
                "/openai"
            },
        )
        .with("segment", "")
        .with("base", base_of(api))
}

/// A finding about an operation, with the values that every command about one needs.
pub(super) fn about(way: &Way<'_>) -> Raised {
    Raised::on(way.name())
        .with("operation", way.operation.name.as_str())
        .at_gateway(way.gateway)
        .with("api", way.api.name.as_str())
}
