//! Which api-versions are tried where the one of a URL may be at fault.

use super::landing::Landing;
use super::probe::{Prober, Shown};
use crate::knowledge::{api_versions, host_form_of};
use crate::provider::azure::Route;
use url::Url;

/// Likeness from which on an api-version is taken for a misspelling of another.
const ALIKE: f64 = 0.9;

/// The same URL with an api-version that is known there.
pub(super) async fn other_version(
    prober: &Prober<'_>,
    url: &Url,
    key: Option<&Shown>,
) -> Option<Url> {
    let route = Route::parse(url.as_str()).ok()?;
    let is_account = host_form_of(url.host_str()?).is_account();
    for version in candidates(&route) {
        let other = Route::new(route.base().clone(), route.place().clone(), version).url();
        let sent = prober.send(&other, key.unwrap_or(&Shown::Nothing)).await;
        let is_known = match sent.landing {
            Landing::Model | Landing::NoModel | Landing::Throttled | Landing::KeyRefused => true,
            // Without a key an account refuses before it looks at the version, which proves nothing of it.
            Landing::KeyAsked => !is_account,
            _ => false,
        };
        if is_known {
            return Some(other);
        }
    }
    None
}

/// The api-versions that could be meant, likeliest first: one that is spelt almost so, the usual one, then the newest.
fn candidates(route: &Route) -> Vec<Option<&'static str>> {
    let given = route.api_version();
    if !route.is_versioned() {
        // A surface without versions may refuse one.
        return given.map(|_| None).into_iter().collect();
    }
    let versions = api_versions();
    let usual = match route.base().host_form().is_account() {
        true => &versions.direct_default,
        false => &versions.gateway_default,
    };
    let usual = versions.for_call(route.call(), route.style(), usual);
    let known = versions.generations.iter().map(String::as_str);
    let given = given.unwrap_or_default();
    let likeness = |version: &str| strsim::normalized_damerau_levenshtein(version, given);
    let mut alike: Vec<&str> = known.clone().filter(|one| likeness(one) >= ALIKE).collect();
    alike.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    let mut found: Vec<&str> = Vec::new();
    for version in alike.into_iter().chain([usual]).chain(known) {
        if version != given && !found.contains(&version) {
            found.push(version);
        }
    }
    found.into_iter().map(Some).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Vec<Option<&'static str>> {
        candidates(&Route::parse(url).unwrap())
    }

    #[test]
    fn a_misspelling_is_read_as_what_it_is_like() {
        let url = "https://g.azure-api.net/a/openai/deployments/d/images/generations";
        let first = |version: &str| of(&format!("{url}?api-version={version}"))[0];
        assert_eq!(first("2025-04-01-preveiw"), Some("2025-04-01-preview"));
        assert_eq!(first("2025-03-01-previw"), Some("2025-03-01-preview"));
        assert_eq!(first("2022-12-01"), Some("2024-08-01-preview"));
        assert_eq!(of(url)[0], Some("2024-08-01-preview"));
    }

    #[test]
    fn a_surface_without_versions_is_tried_without_one() {
        let url = "https://a.openai.azure.com/openai/v1/images/generations";
        assert_eq!(of(url), []);
        assert_eq!(of(&format!("{url}?api-version=2024-02-01")), [None]);
    }
}
