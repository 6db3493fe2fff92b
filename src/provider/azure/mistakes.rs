//! A URL as somebody pasted it: what is wrong with the text itself, before its path is looked at.

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
    /// A key that stood in the query, by the parameter's name. `url` no longer holds it.
    pub key: Option<(String, String)>,
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
    let mut faults = Vec::new();
    let mut mended = text.trim();
    let bare = mended.trim_matches(|c: char| JUNK.contains(&c));
    if bare != mended {
        let junk = mended.replacen(bare, "", 1);
        let fix = showable(bare);
        faults.push(RouteFault::TrailingJunk { junk, fix });
        mended = bare;
    }
    let mut mended = mended.to_owned();
    if !is_url(&mended) && looks_like_host(&mended) {
        mended = format!("https://{mended}");
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
    let key = take_key(&mut url);
    if url.scheme() == "http" && url.set_scheme("https").is_ok() {
        let fix = showable(url.as_str());
        faults.push(RouteFault::PlainHttp { fix });
    }
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
        faults,
        is_mended: true,
    }
}

/// Whether a text without a scheme begins with a host of a service that is known.
fn looks_like_host(text: &str) -> bool {
    let host = text.split(['/', '?', ':']).next().unwrap_or_default();
    crate::knowledge::host_form_of(host) != crate::knowledge::HostForm::Custom
}

/// Takes out of the query what is a key: it belongs to the credential, and into no record.
fn take_key(url: &mut Url) -> Option<(String, String)> {
    let is_key = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["key", "token", "sig"]
            .iter()
            .any(|part| name.contains(part))
    };
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let key = pairs.iter().find(|(name, _)| is_key(name)).cloned()?;
    url.set_query(None);
    let kept = pairs.iter().filter(|(name, _)| !is_key(name));
    for (name, value) in kept {
        url.query_pairs_mut().append_pair(name, value);
    }
    Some(key)
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
            (
                format!("http://{bare}"),
                "nothing answers in plain HTTP",
                true,
            ),
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
    fn a_portal_is_no_endpoint() {
        let pasted = read("https://ai.azure.com/resource/deployments/x?wsid=/subscriptions/y");
        assert!(pasted.url.is_none());
        assert!(matches!(pasted.faults[..], [RouteFault::Portal { .. }]));
    }

    #[test]
    fn a_key_in_the_query_goes_into_no_text() {
        let pasted = read(&RIGHT.replace("?api", "/x?subscription-key=CANARY&api"));
        assert_eq!(
            pasted.key,
            Some(("subscription-key".to_owned(), "CANARY".to_owned()))
        );
        assert!(!format!("{:?} {:?}", pasted.url, pasted.faults).contains("CANARY"));
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
