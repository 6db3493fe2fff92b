//! Reading URLs that people and other programs wrote, and naming all that is wrong with them.

use super::ai_gateway;
use super::route::{PROVIDER_PATH, operation};
use super::{Base, Place, Route, RouteFault};
use crate::knowledge::{HostForm, api_versions, azure, host_form_of};
use crate::model::{CallKind, DeploymentName, RouteStyle};
use percent_encoding::percent_decode_str;
use url::Url;

/// Everything that is wrong with a URL, matters of style included. Each fix is the URL with all of it put right, except
/// that only the model-name style names a deployment, which is `deployment` where the caller knows it.
pub fn examine(url: &str, deployment: Option<&DeploymentName>) -> Vec<RouteFault> {
    let Reading { flaws, route } = match read(url) {
        Ok(reading) => reading,
        Err(fault) => return vec![fault],
    };
    let mut right = route.clone();
    if right.is_versioned() && right.api_version().is_none() {
        let version = usual_version(&right);
        right = Route::new(right.base().clone(), right.place().clone(), Some(version));
    }
    if right.is_versioned() && right.base().host_form() == HostForm::Gateway {
        right = with_openai(right);
    }
    let mut faults: Vec<RouteFault> = flaws
        .into_iter()
        .map(|flaw| flaw.into_fault(right.url().into()))
        .collect();
    if right.base() != route.base() {
        faults.push(RouteFault::MissingOpenai {
            fix: right.url().into(),
        });
    }
    if let Place::ModelName { call } = *route.place()
        && route.is_versioned()
    {
        let fix = deployment.map(|deployment| {
            let place = Place::Deployment {
                deployment: deployment.clone(),
                call,
            };
            Route::new(right.base().clone(), place, right.api_version())
                .url()
                .into()
        });
        faults.push(RouteFault::ModelNameStyle { fix });
    }
    if route.is_versioned() && route.api_version().is_none() {
        faults.push(RouteFault::MissingApiVersion {
            fix: right.url().into(),
        });
    }
    faults
}

/// A deployment's name as configured: neither empty nor a URL.
pub fn check_name(name: &str) -> Result<DeploymentName, RouteFault> {
    let name = name.trim();
    if name.is_empty() {
        return Err(RouteFault::EmptyDeployment);
    }
    if !is_url(name) {
        return Ok(DeploymentName::new(name));
    }
    let deployment = parse(name)
        .ok()
        .and_then(|route| route.deployment().map(ToString::to_string));
    Err(RouteFault::UrlInName {
        name: before_query(name),
        deployment,
    })
}

pub(super) fn parse(url: &str) -> Result<Route, RouteFault> {
    let Reading { flaws, route } = read(url)?;
    match flaws.into_iter().next() {
        None => Ok(route),
        Some(flaw) => Err(flaw.into_fault(route.url().into())),
    }
}

/// A URL with scheme and host, its missing slash put in where that is all that is wrong.
pub(super) fn read_url(text: &str) -> Result<Url, RouteFault> {
    let url = read_any_url(text)?;
    match split_glued_host(&url) {
        None => Ok(url),
        Some(fixed) => Err(RouteFault::MissingSlash {
            host: url.host_str().unwrap_or_default().to_owned(),
            fix: before_query(fixed.as_str()),
        }),
    }
}

/// A URL with its flaws put right.
struct Reading {
    flaws: Vec<Flaw>,
    route: Route,
}

enum Flaw {
    MissingSlash(String),
    Doubled,
    Missing,
    Extra(String),
    V1,
    NotAiGateway,
}

impl Flaw {
    fn into_fault(self, fix: String) -> RouteFault {
        match self {
            Flaw::MissingSlash(host) => RouteFault::MissingSlash { host, fix },
            Flaw::Doubled => RouteFault::DoubledOpenai { fix },
            Flaw::Missing => RouteFault::MissingOpenai { fix },
            Flaw::Extra(extra) => RouteFault::PathBeforeOpenai { extra, fix },
            Flaw::V1 => RouteFault::V1LeftIn { fix },
            Flaw::NotAiGateway => RouteFault::AiGatewayPath { fix },
        }
    }
}

fn read(text: &str) -> Result<Reading, RouteFault> {
    let mut flaws = Vec::new();
    let mut url = read_any_url(text)?;
    if let Some(fixed) = split_glued_host(&url) {
        flaws.push(Flaw::MissingSlash(
            url.host_str().unwrap_or_default().to_owned(),
        ));
        url = fixed;
    }
    let path = url.path().trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (before, place) = split_place(&segments)?;
    let mut before: Vec<String> = before
        .iter()
        .filter(|segment| !segment.is_empty())
        .map(|segment| (*segment).to_owned())
        .collect();
    let form = host_form_of(url.host_str().unwrap_or_default());
    let (place, is_off) = match form {
        HostForm::AiGateway => ai_gateway::put_right(&mut before, place),
        _ => (place, false),
    };
    flaws.extend(is_off.then_some(Flaw::NotAiGateway));
    let is_v1 = matches!(place, Place::ModelName { .. }) && is_last_v1(&before);
    if matches!(place, Place::Deployment { .. })
        && is_last_v1(&before)
        && before.iter().rev().nth(1).is_some_and(|s| is_openai(s))
    {
        before.pop();
        flaws.push(Flaw::V1);
    }
    let length = before.len();
    before.dedup_by(|next, last| is_openai(next) && is_openai(last));
    if before.len() < length {
        flaws.push(Flaw::Doubled);
    }
    // Chat of the model inference surface is reached under `/models`.
    let is_inference = matches!(
        place,
        Place::ModelName {
            call: CallKind::Describe
        }
    ) && before == ["models"];
    if form.is_account() && !is_inference {
        let is_provider = matches!(place, Place::Provider { .. });
        flaws.extend(below_account(&mut before, is_provider, is_v1));
    }
    let style = match place {
        Place::Provider { .. } => RouteStyle::Provider,
        Place::Deployment { .. } | Place::ModelName { .. } => RouteStyle::Deployment,
    };
    let api_version = url
        .query_pairs()
        .find(|(name, value)| name == "api-version" && !value.is_empty() && !is_off)
        .map(|(_, value)| value.into_owned());
    let base = Base::from_parts(&url, &before, style);
    Ok(Reading {
        flaws,
        route: Route::new(base, place, api_version.as_deref()),
    })
}

/// Whether the path before an operation ends in `v1`: a surface without deployments and api-version.
fn is_last_v1(before: &[String]) -> bool {
    before.last().is_some_and(|last| last == "v1")
}

/// Puts the path before an account's operation right, and says what was wrong with it.
fn below_account(before: &mut Vec<String>, is_provider: bool, is_v1: bool) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let has_v1 = is_v1 && before.pop().is_some();
    let own = match before.last() {
        Some(last) if !is_provider && is_openai(last) => before.len() - 1,
        _ => before.len(),
    };
    if own > 0 {
        let extra: Vec<String> = before.drain(..own).collect();
        flaws.push(Flaw::Extra(extra.join("/")));
    }
    if !is_provider && before.is_empty() {
        flaws.push(Flaw::Missing);
        before.push("openai".into());
    }
    if has_v1 {
        before.push("v1".into());
    }
    flaws
}

/// What stands before the place, and the place.
fn split_place<'a>(segments: &'a [&'a str]) -> Result<(&'a [&'a str], Place), RouteFault> {
    let nowhere = || RouteFault::NoOperation {
        path: segments.join("/"),
    };
    if let Some(name) = url_in_name(segments) {
        return Err(name);
    }
    if let Some((before, [a, b, c, name])) = segments.split_last_chunk::<4>()
        && format!("{a}/{b}/{c}") == PROVIDER_PATH
        && !name.is_empty()
    {
        let segment = decode(name);
        return Ok((before, Place::Provider { segment }));
    }
    let (before, [one, two]) = segments.split_last_chunk::<2>().ok_or_else(nowhere)?;
    let call = call_at(&format!("{one}/{two}")).ok_or_else(nowhere)?;
    match before {
        [before @ .., "deployments", name] if !name.is_empty() => {
            let deployment = DeploymentName::new(decode(name));
            Ok((before, Place::Deployment { deployment, call }))
        }
        [.., "deployments", ""] | [.., "deployments"] => Err(RouteFault::EmptyDeployment),
        _ => Ok((before, Place::ModelName { call })),
    }
}

/// The fault of a path whose deployment is a URL, written out or percent-encoded.
fn url_in_name(segments: &[&str]) -> Option<RouteFault> {
    let at = segments.iter().position(|s| *s == "deployments")?;
    let name: Vec<String> = segments.iter().skip(at + 1).map(|s| decode(s)).collect();
    let first = name.first()?;
    if is_url(first) {
        return check_name(first).err();
    }
    let is_split = matches!(first.as_str(), "http:" | "https:");
    is_split
        .then(|| check_name(&name.join("/")).err())
        .flatten()
}

fn call_at(path: &str) -> Option<CallKind> {
    [CallKind::Generate, CallKind::Edit, CallKind::Describe]
        .into_iter()
        .find(|call| operation(*call) == path)
}

fn with_openai(route: Route) -> Route {
    let base = route.base();
    if base.has_openai() || matches!(route.place(), Place::Provider { .. }) {
        return route;
    }
    match Base::gateway(&base.origin(), &base.path()) {
        Ok(base) => Route::new(base, route.place().clone(), route.api_version()),
        Err(_) => route,
    }
}

fn usual_version(route: &Route) -> &'static str {
    let versions = api_versions();
    let usual = if route.base().host_form().is_account() {
        &versions.direct_default
    } else {
        &versions.gateway_default
    };
    versions.for_call(route.call(), route.style(), usual)
}

fn read_any_url(text: &str) -> Result<Url, RouteFault> {
    let text = text.trim();
    let fault = |why: &str| RouteFault::NotAUrl {
        given: before_query(text),
        why: why.to_owned(),
    };
    if !is_url(text) {
        return Err(fault("it has no scheme"));
    }
    let url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(url),
        _ => Err(fault("it has no host")),
    }
}

/// `https://x.azure-api.netinference/openai` with its slash put in; nothing where the host is as it should be.
fn split_glued_host(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    if host_form_of(host) != HostForm::Custom {
        return None;
    }
    let (host, glued) = azure().hosts.iter().find_map(|entry| {
        let end = host.find(&entry.suffix)? + entry.suffix.len();
        let (host, glued) = host.split_at_checked(end)?;
        // `x.azure-api.net.evil.example` is another host, not a missing slash.
        (!glued.is_empty() && !glued.starts_with('.')).then(|| (host.to_owned(), glued.to_owned()))
    })?;
    let mut fixed = url.clone();
    fixed.set_host(Some(&host)).ok()?;
    fixed.set_path(&format!("{glued}{}", url.path()));
    Some(fixed)
}

pub(super) fn is_url(text: &str) -> bool {
    let start: String = text
        .chars()
        .take(8)
        .collect::<String>()
        .to_ascii_lowercase();
    start.starts_with("https://") || start.starts_with("http://")
}

fn is_openai(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("openai")
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

pub(super) fn before_query(text: &str) -> String {
    text.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: &str = "https://apim-x.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview";
    const ACCOUNT: &str = "https://a.services.ai.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview";

    #[test]
    fn right_urls_have_no_fault() {
        for url in [
            GATEWAY,
            ACCOUNT,
            "https://a.services.ai.azure.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview",
            "https://apim-x.azure-api.net/inference/providers/blackforestlabs/v1/flux-2-pro?api-version=preview",
            "https://ai.contoso.com/flux/deployments/d/images/edits?api-version=2025-04-01-preview",
        ] {
            assert_eq!(examine(url, None), [], "{url}");
            assert_eq!(parse(url).unwrap().url().as_str(), url);
        }
    }

    #[test]
    fn each_fault_is_named_and_put_right() {
        let gateway = |path: &str| {
            format!("https://apim-x.azure-api.net{path}?api-version=2024-08-01-preview")
        };
        let account = |path: &str| {
            format!("https://a.services.ai.azure.com{path}?api-version=2025-04-01-preview")
        };
        let below = "/deployments/FLUX-1.1-pro/images/generations";
        let fix = || GATEWAY.to_owned();
        let own = || ACCOUNT.to_owned();
        for (url, fault) in [
            (
                gateway(&format!("/inference/openai/openai{below}")),
                RouteFault::DoubledOpenai { fix: fix() },
            ),
            (
                account(&format!("/openai/openai{below}")),
                RouteFault::DoubledOpenai { fix: own() },
            ),
            (account(below), RouteFault::MissingOpenai { fix: own() }),
            (
                gateway(&format!("/inference{below}")),
                RouteFault::MissingOpenai { fix: fix() },
            ),
            (
                account(&format!("/inference/openai{below}")),
                RouteFault::PathBeforeOpenai {
                    extra: "inference".into(),
                    fix: own(),
                },
            ),
            (
                account(&format!("/openai/v1{below}")),
                RouteFault::V1LeftIn { fix: own() },
            ),
            (
                GATEWAY.replace(".net/inference", ".netinference"),
                RouteFault::MissingSlash {
                    host: "apim-x.azure-api.netinference".into(),
                    fix: fix(),
                },
            ),
            (
                gateway(&format!("/inference/openai{below}"))
                    .replace("?api-version=2024-08-01-preview", ""),
                RouteFault::MissingApiVersion { fix: fix() },
            ),
            (
                ACCOUNT.replace("?api-version=2025-04-01-preview", "?api-version="),
                RouteFault::MissingApiVersion { fix: own() },
            ),
        ] {
            assert_eq!(examine(&url, None), std::slice::from_ref(&fault), "{url}");
            assert_eq!(examine(fault.fix().unwrap(), None), []);
        }
    }

    #[test]
    fn several_faults_share_one_corrected_url() {
        let faults = examine(
            "https://a.openai.azure.com/openai/openai/deployments/d/images/edits",
            None,
        );
        let fix = "https://a.openai.azure.com/openai/deployments/d/images/edits?api-version=2025-04-01-preview".to_owned();
        assert_eq!(
            faults,
            [
                RouteFault::DoubledOpenai { fix: fix.clone() },
                RouteFault::MissingApiVersion { fix }
            ]
        );
    }

    #[test]
    fn the_model_name_style_is_a_route_but_named() {
        let url = "https://apim-x.azure-api.net/inference/openai/images/generations?api-version=2024-08-01-preview";
        assert_eq!(parse(url).unwrap().style(), RouteStyle::ModelName);
        assert_eq!(
            examine(url, Some(&"FLUX-1.1-pro".into())),
            [RouteFault::ModelNameStyle {
                fix: Some(GATEWAY.into())
            }]
        );
        assert_eq!(
            examine(url, None),
            [RouteFault::ModelNameStyle { fix: None }]
        );
    }

    #[test]
    fn a_url_in_the_place_of_a_name_is_named_without_its_query() {
        let given = format!("{ACCOUNT}&subscription-key=canary");
        let fault = check_name(&given).unwrap_err();
        assert_eq!(fault.fix(), Some("FLUX-1.1-pro"));
        assert!(!fault.to_string().contains("canary"));
        let joined = format!("https://a.services.ai.azure.com/openai/deployments/{ACCOUNT}");
        assert_eq!(parse(&joined).unwrap_err().fix(), Some("FLUX-1.1-pro"));
        let encoded = "https://a.services.ai.azure.com/openai/deployments/https%3A%2F%2Fa.openai.azure.com%2F/images/generations";
        assert!(matches!(
            parse(encoded),
            Err(RouteFault::UrlInName {
                deployment: None,
                ..
            })
        ));
        assert_eq!(check_name(" FLUX-1.1-pro ").unwrap(), "FLUX-1.1-pro");
        assert_eq!(check_name(""), Err(RouteFault::EmptyDeployment));
    }

    #[test]
    fn what_is_no_route_is_said_to_be_none() {
        for (url, text) in [
            ("apim-x.azure-api.net/inference", "has no scheme"),
            ("https://", "empty host"),
            (
                "https://a.openai.azure.com/openai/deployments//images/generations",
                "name is empty",
            ),
            (
                "https://a.openai.azure.com/openai/deployments/images/generations",
                "name is empty",
            ),
            (
                "https://a.openai.azure.com/openai/deployments/d/images/variations",
                "no image operation",
            ),
            ("https://a.openai.azure.com/", "no image operation"),
        ] {
            let fault = parse(url).unwrap_err();
            assert!(fault.to_string().contains(text), "{url}: {fault}");
        }
        assert!(parse("https://x.azure-api.net.evil.example/openai/images/edits").is_ok());
    }
}
