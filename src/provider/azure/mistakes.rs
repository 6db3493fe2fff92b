//! A URL as somebody pasted it: what is wrong with the text itself, before its path is looked at.

use super::command::{KeyPlace, PastedKey, quoted};
use super::examine::{before_query, is_url};
use super::route::operation;
use super::{Place, Route, RouteFault, examine};
use crate::knowledge::azure;
use crate::model::{CallKind, DeploymentName};
use url::Url;

/// A pasted URL, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pasted {
    /// The URL that a client would call, quotes and the like taken off; absent where there is none to call.
    pub url: Option<Url>,
    /// A key that came with it, in the query or in a header of the command. `url` no longer holds it.
    pub key: Option<PastedKey>,
    /// The model that the body of a pasted command names.
    pub model: Option<String>,
    /// Everything that is wrong.
    pub faults: Vec<RouteFault>,
    /// Whether the text is no URL as it stands, so that `url` is not what would be called.
    pub is_mended: bool,
}

impl Pasted {
    /// The URL with everything put right, where it can be told.
    pub fn fix(&self) -> Option<String> {
        let fixes = self.faults.iter().rev().filter_map(RouteFault::fix);
        let mut urls = fixes.filter(|fix| is_url(fix));
        urls.next().map(str::to_owned)
    }
}

/// Reads a URL that somebody pasted. `known` is the deployment that a URL without a sound one should name.
pub fn read_pasted(text: &str, known: Option<&DeploymentName>) -> Pasted {
    let found = quoted(text);
    let (text, mut key, model) = match &found {
        Some(found) => (found.url.as_str(), found.key.clone(), found.model.clone()),
        None => (text, None, None),
    };
    let mut faults = Vec::new();
    let mut mended = text.trim();
    let bare = bare_of(mended);
    if bare != mended {
        let junk = mended.replacen(bare, "", 1);
        let fix = showable(bare);
        faults.push(RouteFault::TrailingJunk { junk, fix });
        mended = bare;
    }
    let mut mended = mended.to_owned();
    if !is_url(&mended) && begins_with_host(&mended) {
        let scheme = if is_local(&mended) { "http" } else { "https" };
        mended = format!("{scheme}://{mended}");
        let fix = showable(&mended);
        faults.push(RouteFault::MissingScheme { fix });
    }
    let Ok(mut url) = Url::parse(&mended) else {
        faults.extend(examine(&mended, known));
        return nothing(faults);
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    if host.is_empty() {
        faults.extend(examine(&mended, known));
        return nothing(faults);
    }
    if azure().portals.contains(&host) {
        faults.push(RouteFault::Portal { host });
        return nothing(faults);
    }
    key = take_key(&mut url).or(key);
    let is_mended = !faults.is_empty();
    let mut right = url.clone();
    if let Some(junk) = cut_behind_operation(&mut right) {
        let fix = showable(right.as_str());
        faults.push(RouteFault::TrailingJunk { junk, fix });
    }
    if let Some((why, service)) = other_face(&host)
        && right.set_host(Some(&service)).is_ok()
    {
        let fix = showable(right.as_str());
        faults.push(RouteFault::WrongHost { host, why, fix });
    }
    let found = examine(right.as_str(), known);
    let fixed = found.iter().find_map(RouteFault::fix).map(str::to_owned);
    faults.extend(found);
    // The model's name of old is put right last, upon all the rest.
    let base = fixed.unwrap_or_else(|| right.to_string());
    faults.extend(retired(&base, known));
    Pasted {
        url: Some(url),
        key,
        model,
        faults,
        is_mended,
    }
}

/// What stands around a URL in a text, a shell or a program, and is no part of it.
const JUNK: [char; 13] = [
    '"', '\'', '`', '<', '>', '(', ')', '[', ']', ',', ';', '\\', '\u{200b}',
];

/// A URL of whose query only the api-version is left.
fn showable(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return before_query(text);
    };
    let mut pairs = url.query_pairs().filter(|(name, _)| name == "api-version");
    let version = pairs.next().map(|(_, version)| version.into_owned());
    url.set_query(None);
    url.set_fragment(None);
    if let Some(version) = version {
        url.query_pairs_mut().append_pair("api-version", &version);
    }
    url.into()
}

fn nothing(faults: Vec<RouteFault>) -> Pasted {
    Pasted {
        url: None,
        key: None,
        model: None,
        faults,
        is_mended: true,
    }
}

/// The text without what stands around it. A full stop or its like behind a URL ends a sentence.
fn bare_of(text: &str) -> &str {
    let bare = text.trim_matches(|c: char| JUNK.contains(&c));
    let ends_sentence = |c: char| JUNK.contains(&c) || ['.', ':', '!'].contains(&c);
    bare.trim_end_matches(ends_sentence)
}

/// Whether a text without a scheme begins with a host: one of a service that is known, one with a port, or any name
/// with a dot before a path.
pub fn begins_with_host(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || !host.chars().all(is_name) {
        return false;
    }
    if crate::knowledge::host_form_of(host) != crate::knowledge::HostForm::Custom {
        return true;
    }
    let port = authority.strip_prefix(host).unwrap_or_default();
    let has_port = port.len() > 1 && port[1..].bytes().all(|byte| byte.is_ascii_digit());
    let has_dot = host.trim_matches('.').contains('.');
    let has_path = text.len() > authority.len();
    (has_port && (port.is_empty() || has_path || has_dot || host == "localhost"))
        || (has_path && port.is_empty() && (has_dot || host == "localhost"))
}

/// Whether a text without a scheme begins with this machine's own name or address, where nobody has a certificate.
fn is_local(text: &str) -> bool {
    let host = text.split(['/', '?', ':']).next().unwrap_or_default();
    host == "localhost" || host.starts_with("127.")
}

/// Takes out of the query what is a key: it belongs to the credential, and into no record.
fn take_key(url: &mut Url) -> Option<PastedKey> {
    let is_key = |name: &str| {
        let name = name.to_ascii_lowercase();
        let ends = ["key", "token", "signature"];
        name == "sig" || ends.iter().any(|end| name.ends_with(end))
    };
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let (name, secret) = pairs.iter().find(|(name, _)| is_key(name)).cloned()?;
    url.set_query(None);
    let kept = pairs.iter().filter(|(name, _)| !is_key(name));
    for (name, value) in kept {
        url.query_pairs_mut().append_pair(name, value);
    }
    Some(PastedKey {
        place: KeyPlace::Query(name),
        secret,
    })
}

/// Cuts off what stands behind the operation. An api-version among it (`&` for `?`) is kept where it belongs.
fn cut_behind_operation(url: &mut Url) -> Option<String> {
    let path = url.path().to_owned();
    let (kept, junk) = [CallKind::Generate, CallKind::Edit, CallKind::Describe]
        .iter()
        .find_map(|call| {
            let end = path.find(&format!("/{}", operation(*call)))? + 1 + operation(*call).len();
            path.split_at_checked(end)
        })?;
    if junk.trim_matches('/').is_empty() {
        return None;
    }
    let version = junk
        .split_once("api-version=")
        .map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    url.set_path(kept);
    if let (None, Some(version)) = (url.query(), version) {
        url.query_pairs_mut().append_pair("api-version", version);
    }
    Some(junk.to_owned())
}

/// A host that belongs to a service but is not where it takes calls, and the one that is.
fn other_face(host: &str) -> Option<(String, String)> {
    azure().other_faces.iter().find_map(|face| {
        let label = host.strip_suffix(&face.suffix)?;
        let service = format!("{label}{}", face.calls_go_to);
        (!label.is_empty()).then(|| (face.what.clone(), service))
    })
}

/// The fault of a URL that names a model which is no longer there.
fn retired(url: &str, known: Option<&DeploymentName>) -> Option<RouteFault> {
    let route = Route::parse(url).ok()?;
    let Place::Deployment { deployment, call } = route.place() else {
        return None;
    };
    let name = deployment.as_str().to_ascii_lowercase();
    let is_retired = azure()
        .retired_names
        .iter()
        .any(|part| name.contains(part.as_str()));
    if !is_retired || known == Some(deployment) {
        return None;
    }
    let fix = known.map(|known| {
        let place = Place::Deployment {
            deployment: known.clone(),
            call: *call,
        };
        Route::new(route.base().clone(), place, route.api_version())
            .url()
            .to_string()
    });
    Some(RouteFault::RetiredName {
        deployment: deployment.to_string(),
        fix,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RIGHT: &str = "https://apim-x.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview";

    fn read(text: &str) -> Pasted {
        read_pasted(text, Some(&"FLUX-1.1-pro".into()))
    }

    #[test]
    fn a_right_url_is_left_alone() {
        let pasted = read(RIGHT);
        assert_eq!(pasted.faults, []);
        assert_eq!(pasted.url.as_ref().map(Url::as_str), Some(RIGHT));
        assert!(!pasted.is_mended);
    }

    #[test]
    fn every_mistake_of_the_text_is_named_and_put_right() {
        let bare = RIGHT.trim_start_matches("https://");
        for (text, said, is_mended) in [
            (format!("  \"{RIGHT}\","), "is no part of the URL", true),
            (bare.to_owned(), "has no scheme", true),
            (format!("{RIGHT}."), "`.` is no part of the URL", true),
            (format!("({RIGHT})."), "is no part of the URL", true),
            (
                RIGHT.replace("?api", "/extra?api"),
                "`/extra` is no part of the URL",
                false,
            ),
            (
                RIGHT.replace("?api", "&api"),
                "`&api-version=2024-08-01-preview` is no part",
                false,
            ),
            (
                RIGHT.replace(".azure-api.net", ".developer.azure-api.net"),
                "developer portal",
                false,
            ),
            (
                RIGHT.replace("/FLUX-1.1-pro/", "/dall-e-3/"),
                "`dall-e-3` is a model that is gone",
                false,
            ),
        ] {
            let pasted = read(&text);
            let all: Vec<String> = pasted.faults.iter().map(ToString::to_string).collect();
            assert!(all.join("\n").contains(said), "{text}: {all:?}");
            assert_eq!(pasted.is_mended, is_mended, "{text}");
            let fixed = match is_mended {
                true => pasted.url.map(String::from),
                false => pasted.fix(),
            };
            assert_eq!(fixed.as_deref(), Some(RIGHT), "{text}: {all:?}");
        }
    }

    #[test]
    fn several_mistakes_end_in_one_url() {
        let text = "'apim-x.azure-api.net/inference/openai/openai/deployments/dall-e-3/images/generations'";
        let pasted = read(text);
        assert_eq!(pasted.faults.len(), 5, "{:?}", pasted.faults);
        assert_eq!(pasted.fix().as_deref(), Some(RIGHT));
    }

    #[test]
    fn the_scheme_that_was_given_stays() {
        let bare = RIGHT.trim_start_matches("https://");
        let plain = read(&format!("http://{bare}"));
        assert_eq!(plain.url.as_ref().map(Url::scheme), Some("http"));
        assert_eq!((plain.faults.len(), plain.is_mended), (0, false));
        for (text, url) in [
            (
                "localhost:4000/v1/images/generations",
                "http://localhost:4000/v1/images/generations",
            ),
            (
                "ai.contoso.com/v1/images/generations",
                "https://ai.contoso.com/v1/images/generations",
            ),
            ("llm.corp:8443/x", "https://llm.corp:8443/x"),
        ] {
            let pasted = read(text);
            assert_eq!(pasted.url.map(String::from).as_deref(), Some(url));
            assert!(pasted.is_mended, "{text}");
        }
        for text in ["account/FLUX-1.1-pro", "FLUX.1-Kontext-pro", "flux", ""] {
            assert!(!begins_with_host(text), "{text}");
        }
    }

    #[test]
    fn a_surface_without_api_version_and_deployment_is_asked_for_neither() {
        for url in [
            "https://a.services.ai.azure.com/openai/v1/images/generations",
            "https://g.azure-api.net/inference/openai/v1/images/generations",
            "http://127.0.0.1:4000/v1/images/generations",
            "https://g.eastus2.ai.gateway.azure.com/default/models/openai/v1/images/generations",
            "https://g.swedencentral.ai.gateway.azure.com/default/models/my-foundry/v1/chat/completions",
        ] {
            assert_eq!(read(url).faults, [], "{url}");
        }
    }

    #[test]
    fn the_ai_gateway_tier_has_paths_of_its_own() {
        let own = "https://g.eastus2.ai.gateway.azure.com/default/models";
        for (path, provider) in [
            (
                "/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview",
                "openai",
            ),
            ("/models/contoso/v1/images/generations", "contoso"),
            ("/default/models/contoso/images/generations", "contoso"),
            ("/openai/v1/images/generations", "openai"),
        ] {
            let url = format!("https://g.eastus2.ai.gateway.azure.com{path}");
            let pasted = read(&url);
            assert!(
                matches!(pasted.faults[..], [RouteFault::AiGatewayPath { .. }]),
                "{url}: {:?}",
                pasted.faults
            );
            let wanted = format!("{own}/{provider}/v1/images/generations");
            assert_eq!(pasted.fix(), Some(wanted), "{url}");
        }
    }

    #[test]
    fn a_portal_is_no_endpoint() {
        let pasted = read("https://ai.azure.com/resource/deployments/x?wsid=/subscriptions/y");
        assert!(pasted.url.is_none());
        assert!(matches!(pasted.faults[..], [RouteFault::Portal { .. }]));
    }

    #[test]
    fn a_key_in_the_query_goes_into_no_text() {
        let pasted = read(&RIGHT.replace("?api", "/x?subscription-key=CANARY&api"));
        let key = pasted.key.clone().unwrap();
        assert_eq!(key.place, KeyPlace::Query("subscription-key".into()));
        assert_eq!(key.secret, "CANARY");
        assert!(!format!("{pasted:?}").contains("CANARY"));
        assert_eq!(pasted.fix().as_deref(), Some(RIGHT));
    }

    #[test]
    fn a_dall_e_that_is_the_deployment_is_no_mistake() {
        let url = RIGHT.replace("/FLUX-1.1-pro/", "/dall-e-flux/");
        let known = DeploymentName::from("dall-e-flux");
        assert_eq!(read_pasted(&url, Some(&known)).faults, []);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fall_over(text in "\\PC{0,60}", tail in "(/[a-z:.%&?=]{0,12}){0,6}") {
            let _ = read(&text);
            let _ = read(&format!("https://x.azure-api.net{tail}"));
        }
    }
}
