//! Which of a URL's flaws explain what broke, and which URLs could be meant instead.

use super::ladder::Climb;
use super::probe::Prober;
use crate::knowledge::{HostForm, host_form_of};
use crate::model::RungName;
use crate::provider::azure::RouteFault;
use url::Url;

/// A URL that could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) url: Url,
    pub(super) kind: Kind,
}

/// Why a URL could be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same call over https.
    Https,
    /// The same call over plain HTTP, where the port speaks no TLS.
    Http,
    /// The URL without its flaws.
    Read,
    /// The same call with another api-version.
    Version,
    /// A deployment that is known at that place.
    Nearest,
}

impl Kind {
    /// Why, for people.
    pub(super) fn why(self) -> &'static str {
        match self {
            Kind::Https => "the same call over https",
            Kind::Http => "the same call over plain HTTP: the port speaks no TLS",
            Kind::Read => "the URL put right",
            Kind::Version => "the same call, with an api-version that is known there",
            Kind::Nearest => "the nearest deployment that is known",
        }
    }
}

/// The flaws that can be the reason why the rung `broken` broke.
pub(super) fn explaining<'f>(
    faults: &'f [RouteFault],
    broken: RungName,
    cause: &str,
    is_azures: bool,
) -> Vec<&'f RouteFault> {
    let is_path = broken <= RungName::Route;
    let is_name = is_path || (broken == RungName::Model && is_of_name(cause));
    let explains = |fault: &&RouteFault| match fault {
        // What is no URL, or leads to no host, is wrong whatever answers.
        RouteFault::NotAUrl { .. }
        | RouteFault::MissingScheme { .. }
        | RouteFault::MissingSlash { .. }
        | RouteFault::WrongHost { .. }
        | RouteFault::Portal { .. }
        | RouteFault::PlainHttp { .. }
        | RouteFault::BaseOnly { .. }
        | RouteFault::TrailingJunk { .. } => true,
        // Only Azure's services are known to want these.
        RouteFault::DoubledOpenai { .. }
        | RouteFault::MissingOpenai { .. }
        | RouteFault::PathBeforeOpenai { .. }
        | RouteFault::V1LeftIn { .. }
        | RouteFault::AiGatewayPath { .. }
        | RouteFault::NoOperation { .. }
        | RouteFault::ModelNameStyle { .. } => is_path && is_azures,
        RouteFault::MissingApiVersion { .. } => {
            is_azures && (is_path || broken == RungName::ApiVersion)
        }
        RouteFault::UrlInName { .. } | RouteFault::EmptyDeployment => is_path,
        RouteFault::RetiredName { .. } => is_name,
    };
    faults.iter().filter(explains).collect()
}

/// Whether a cause is one of the name that the URL gives its deployment or model.
fn is_of_name(cause: &str) -> bool {
    matches!(
        cause,
        "aoai_deployment_not_found"
            | "aoai_operation_unsupported"
            | "backend_path_wrong"
            | "model_not_found"
            | "model_retired"
            | "gateway_model_not_configured"
    )
}

/// The URLs that could be meant where `climb` of `url` broke, likeliest first. Where nothing in a URL could change what
/// broke, there is none.
pub(super) fn candidates(
    prober: &Prober<'_>,
    url: &Url,
    climb: &Climb,
    flaws: &[RouteFault],
) -> Vec<Candidate> {
    let Some(broken) = climb.broken_at() else {
        return Vec::new();
    };
    let cause = climb.cause.as_str();
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |url: Option<Url>, kind: Kind| {
        if let Some(url) = url.filter(|url| found.iter().all(|one| one.url != *url)) {
            found.push(Candidate { url, kind });
        }
    };
    let with_scheme = |scheme: &str| {
        let mut other = url.clone();
        other.set_scheme(scheme).ok()?;
        Some(other)
    };
    if url.scheme() == "http" && broken != RungName::Dns {
        add(with_scheme("https"), Kind::Https);
    }
    if url.scheme() == "https" && broken == RungName::Tls && cause == "tls_handshake_failed" {
        add(with_scheme("http"), Kind::Http);
    }
    let fix = flaws.iter().rev().find_map(|flaw| {
        let fix = Url::parse(flaw.fix()?).ok()?;
        fix.has_host().then_some(fix)
    });
    add(fix, Kind::Read);
    add(climb.other_version.clone(), Kind::Version);
    let form = url.host_str().map(host_form_of);
    let wants_other_place = match broken {
        RungName::Dns => true,
        RungName::Tcp | RungName::Tls | RungName::Http => cause == "wrong_service_host",
        RungName::Route => true,
        RungName::Key => {
            form == Some(HostForm::Regional)
                || matches!(cause, "aoai_subdomain_required" | "wrong_service_host")
        }
        RungName::ApiVersion => false,
        RungName::Model => is_of_name(cause) || cause == "wrong_service_host",
    };
    if wants_other_place {
        for (own, _) in prober.subject.own_urls() {
            let own = Url::parse(&own).ok();
            // The same call with another api-version was looked for where the version can be the reason.
            let own = own.filter(|own| (own.host(), own.path()) != (url.host(), url.path()));
            add(own, Kind::Nearest);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::azure::read_pasted;

    fn said(url: &str, broken: RungName, cause: &str, is_azures: bool) -> usize {
        let faults = read_pasted(url, None).faults;
        explaining(&faults, broken, cause, is_azures).len()
    }

    #[test]
    fn a_flaw_is_told_only_where_it_can_be_the_reason() {
        let doubled = "https://g.azure-api.net/a/openai/openai/deployments/d/images/generations?api-version=2025-04-01-preview";
        assert_eq!(said(doubled, RungName::Route, "", true), 1);
        assert_eq!(said(doubled, RungName::Key, "apim_key_invalid", true), 0);
        let old = "https://g.azure-api.net/a/openai/deployments/dall-e-3/images/generations?api-version=2025-04-01-preview";
        assert_eq!(
            said(old, RungName::Model, "aoai_deployment_not_found", true),
            1
        );
        assert_eq!(
            said(old, RungName::Model, "aoai_deployment_not_ready", true),
            0
        );
        // Nobody knows what a gateway of another make wants.
        let other = "http://llm.corp/images/generations";
        assert_eq!(
            said(other, RungName::Route, "gateway_route_not_found", false),
            0
        );
        assert_eq!(said(other, RungName::Route, "backend_path_wrong", true), 2);
        let slash =
            "https://g.azure-api.neta/openai/deployments/d/images/generations?api-version=preview";
        assert_eq!(said(slash, RungName::Dns, "dns_name_not_found", false), 1);
    }
}
