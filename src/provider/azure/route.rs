//! One typed route: built into a URL, and read back from one.

use super::{Base, RouteFault, examine};
use crate::model::{CallKind, DeploymentName, RouteStyle};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

/// A route to a deployment. Built from its parts only, so that no part can be forgotten or doubled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    base: Base,
    place: Place,
    api_version: Option<String>,
}

/// Where below its base a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `deployments/D/images/generations` and its like.
    Deployment {
        /// The deployment; percent-encoded in the URL.
        deployment: DeploymentName,
        /// What is asked of it.
        call: CallKind,
    },
    /// `images/generations`, the model in the body.
    ModelName {
        /// What is asked of it.
        call: CallKind,
    },
    /// `providers/blackforestlabs/v1/SEGMENT`, the deployment in the body.
    Provider {
        /// The family's segment, e.g. `flux-2-pro`.
        segment: String,
    },
}

impl Route {
    /// A route below `base`. The publisher's route stands beside `openai`, so that part of the base is left out there.
    pub fn new(base: Base, place: Place, api_version: Option<&str>) -> Self {
        let base = match place {
            Place::Provider { .. } => base.without_openai(),
            Place::Deployment { .. } | Place::ModelName { .. } => base,
        };
        Route {
            base,
            place,
            api_version: api_version.map(str::to_owned),
        }
    }

    /// Reads a URL back. What is wrong with it is named, with the corrected URL where there is one.
    ///
    /// A model-name style or a missing api-version is no fault here, since such routes are built on purpose;
    /// [`examine()`](super::examine()) names them too.
    pub fn parse(url: &str) -> Result<Self, RouteFault> {
        examine::parse(url)
    }

    /// The whole URL.
    pub fn url(&self) -> Url {
        let below = match &self.place {
            Place::Deployment { deployment, call } => format!(
                "deployments/{}/{}",
                encode(deployment.as_str()),
                operation(*call)
            ),
            Place::ModelName { call } => operation(*call).to_owned(),
            Place::Provider { segment } => format!("{PROVIDER_PATH}/{}", encode(segment)),
        };
        let mut url = self.base.origin_url().clone();
        url.set_path(&format!("{}/{below}", self.base.path()));
        if let Some(api_version) = &self.api_version {
            url.query_pairs_mut()
                .append_pair("api-version", api_version);
        }
        url
    }

    /// Where it begins.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Where it leads.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// api-version, where it has one.
    pub fn api_version(&self) -> Option<&str> {
        self.api_version.as_deref()
    }

    /// Whether its surface reads an api-version. Surfaces whose path ends in `v1` (OpenAI's own, an account's
    /// `/openai/v1`, the AI Gateway tier's) have none, and the model inference surface under `/models` has its own; both
    /// read the model from the body.
    pub fn is_versioned(&self) -> bool {
        let path = self.base.path();
        let is_other = path.rsplit('/').next() == Some("v1")
            || (path == "models" && self.base.host_form().is_account());
        !(is_other && matches!(self.place, Place::ModelName { .. }))
    }

    /// Style of its URL.
    pub fn style(&self) -> RouteStyle {
        match self.place {
            Place::Deployment { .. } => RouteStyle::Deployment,
            Place::ModelName { .. } => RouteStyle::ModelName,
            Place::Provider { .. } => RouteStyle::Provider,
        }
    }

    /// What it asks for; the publisher's route draws and edits on one path, and counts as drawing.
    pub fn call(&self) -> CallKind {
        match self.place {
            Place::Deployment { call, .. } | Place::ModelName { call } => call,
            Place::Provider { .. } => CallKind::Generate,
        }
    }

    /// The deployment that its URL names.
    pub fn deployment(&self) -> Option<&DeploymentName> {
        match &self.place {
            Place::Deployment { deployment, .. } => Some(deployment),
            Place::ModelName { .. } | Place::Provider { .. } => None,
        }
    }
}

/// Path of an operation below its deployment, e.g. `images/generations`.
pub fn operation(call: CallKind) -> &'static str {
    match call {
        CallKind::Generate => "images/generations",
        CallKind::Edit => "images/edits",
        CallKind::Describe => "chat/completions",
    }
}

/// Path of the publisher's routes (Microsoft Learn, FLUX guide).
pub(super) const PROVIDER_PATH: &str = "providers/blackforestlabs/v1";

/// Everything that would end or change a path segment, and `%` itself.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::azure::{check_name, examine};
    use proptest::prelude::*;

    fn generate(deployment: &str) -> Place {
        Place::Deployment {
            deployment: deployment.into(),
            call: CallKind::Generate,
        }
    }

    #[test]
    fn builds_the_documented_urls_to_the_letter() {
        let gateway = Base::gateway(
            "https://apim-pavavy6pu5hpa.azure-api.net",
            "inference/openai",
        )
        .unwrap();
        assert_eq!(
            Route::new(
                gateway.clone(),
                generate("FLUX-1.1-pro"),
                Some("2024-08-01-preview")
            )
            .url()
            .as_str(),
            "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview"
        );
        let call = CallKind::Generate;
        assert_eq!(
            Route::new(gateway.clone(), Place::ModelName { call }, None)
                .url()
                .as_str(),
            "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/images/generations"
        );
        let segment = || "flux-2-pro".to_owned();
        assert_eq!(
            Route::new(
                gateway,
                Place::Provider { segment: segment() },
                Some("preview")
            )
            .url()
            .as_str(),
            "https://apim-pavavy6pu5hpa.azure-api.net/inference/providers/blackforestlabs/v1/flux-2-pro?api-version=preview"
        );
        let account = Base::account("https://copilot-dy-foundry.services.ai.azure.com/").unwrap();
        assert_eq!(
            Route::new(
                account.clone(),
                generate("FLUX-1.1-pro"),
                Some("2025-04-01-preview")
            )
            .url()
            .as_str(),
            "https://copilot-dy-foundry.services.ai.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview"
        );
        assert_eq!(
            Route::new(
                account,
                Place::Provider { segment: segment() },
                Some("preview")
            )
            .url()
            .as_str(),
            "https://copilot-dy-foundry.services.ai.azure.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview"
        );
    }

    #[test]
    fn however_a_base_is_written_openai_stands_in_it_once() {
        for path in [
            "inference",
            "inference/openai",
            "/inference/openai/",
            "inference/openai/openai",
        ] {
            let base = Base::gateway("https://g.azure-api.net/", path).unwrap();
            assert_eq!(
                base.url(),
                "https://g.azure-api.net/inference/openai",
                "{path}"
            );
        }
        for endpoint in [
            "https://a.openai.azure.com",
            "https://a.openai.azure.com/openai/",
            "https://a.openai.azure.com/openai/deployments/d/images/generations?api-version=1",
        ] {
            assert_eq!(
                Base::account(endpoint).unwrap().url(),
                "https://a.openai.azure.com/openai"
            );
        }
        let plain =
            Base::published("https://g.azure-api.net/flux", RouteStyle::Deployment).unwrap();
        assert_eq!(plain.url(), "https://g.azure-api.net/flux");
        let below = Base::published(
            "https://g.azure-api.net/inference/openai",
            RouteStyle::Provider,
        )
        .unwrap();
        let place = Place::Provider {
            segment: "flux-2-pro".into(),
        };
        assert_eq!(
            Route::new(below, place, None).url().as_str(),
            "https://g.azure-api.net/inference/openai/providers/blackforestlabs/v1/flux-2-pro"
        );
    }

    #[test]
    fn a_name_is_percent_encoded_and_read_back() {
        let base = Base::account("https://a.openai.azure.com").unwrap();
        let route = Route::new(base, generate("my flux/ü?#%"), None);
        assert_eq!(
            route.url().as_str(),
            "https://a.openai.azure.com/openai/deployments/my%20flux%2F%C3%BC%3F%23%25/images/generations"
        );
        assert_eq!(Route::parse(route.url().as_str()).unwrap(), route);
    }

    #[test]
    fn user_and_query_of_an_endpoint_stay_behind() {
        let base = Base::account("https://user:canary@a.openai.azure.com/?api-key=canary").unwrap();
        assert_eq!(base.url(), "https://a.openai.azure.com/openai");
    }

    fn origin() -> impl Strategy<Value = String> {
        (
            // No two hyphens: after `xn` they would promise an international name.
            "[a-z]([a-z0-9]|-[a-z0-9]){0,5}",
            prop::sample::select(vec![
                "azure-api.net",
                "services.ai.azure.com",
                "cognitiveservices.azure.com",
                "openai.azure.com",
                "api.cognitive.microsoft.com",
                "example.com",
                "example.com:8443",
            ]),
        )
            .prop_map(|(label, suffix)| format!("https://{label}.{suffix}"))
    }

    fn route() -> impl Strategy<Value = Route> {
        let call =
            || prop::sample::select(vec![CallKind::Generate, CallKind::Edit, CallKind::Describe]);
        let name = || {
            "\\PC{1,24}".prop_filter("a name", |name: &String| {
                !matches!(name.trim(), "" | "." | "..") && !name.starts_with("http")
            })
        };
        let place = prop_oneof![
            (name(), call()).prop_map(|(name, call)| Place::Deployment {
                deployment: name.into(),
                call
            }),
            call().prop_map(|call| Place::ModelName { call }),
            name().prop_map(|segment| Place::Provider { segment }),
        ];
        let api_path = "[a-zA-Z0-9_-]{1,8}(/[a-zA-Z0-9_-]{1,8}){0,2}(/openai)?"
            .prop_filter("no keyword", |path: &String| !path.contains("deployments"));
        let version = prop::option::of("[a-z0-9-]{1,20}");
        (origin(), api_path, place, version).prop_map(|(origin, path, place, version)| {
            let account = Base::account(&origin).unwrap();
            let base = if account.host_form().is_account() {
                account
            } else {
                Base::gateway(&origin, &path).unwrap()
            };
            Route::new(base, place, version.as_deref())
        })
    }

    proptest! {
        #[test]
        fn every_route_is_read_back_as_it_was_built(route in route()) {
            let url = route.url();
            prop_assert_eq!(Route::parse(url.as_str()).unwrap(), route);
            prop_assert!(!url.path().contains("openai/openai"));
        }

        #[test]
        fn no_text_makes_the_reader_fall_over(text in "\\PC{0,80}", tail in "(/[a-z:.%2F]{0,12}){0,6}") {
            let _ = Route::parse(&text);
            let _ = examine(&format!("https://x.azure-api.net{tail}"), None);
            let _ = check_name(&text);
        }
    }
}
