//! Where a route begins: an origin and the path before `deployments` or `providers`.

use super::RouteFault;
use crate::knowledge::{HostForm, host_form_of};
use crate::model::RouteStyle;
use url::Url;

/// Where a route begins. It holds `openai` at most once, so that it can be neither doubled nor forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    origin: Url,
    /// Path before `openai`, without slashes at its ends.
    root: String,
    /// The segment `openai` as it is spelt; absent where the gateway publishes without it.
    openai: Option<String>,
}

impl Base {
    /// A gateway's URL and an API path as people write them: `inference`, `inference/openai` and
    /// `/inference/openai/openai/` all mean the same.
    pub fn gateway(origin: &str, api_path: &str) -> Result<Self, RouteFault> {
        let mut base = Base::at(origin, api_path)?;
        base.split_openai();
        base.openai.get_or_insert_with(|| "openai".into());
        Ok(base)
    }

    /// The beginning of what a gateway publishes, exactly: everything before `/deployments` where `style` is not the
    /// publisher's, and before `/providers` where it is.
    pub fn published(base_url: &str, style: RouteStyle) -> Result<Self, RouteFault> {
        let mut base = Base::at(base_url, "")?;
        if style != RouteStyle::Provider {
            base.split_openai();
        }
        Ok(base)
    }

    /// An account's endpoint. Only its origin counts, so that a whole URL is taken as well.
    pub fn account(endpoint: &str) -> Result<Self, RouteFault> {
        let mut base = Base::at(endpoint, "")?;
        base.root.clear();
        base.openai = Some("openai".into());
        Ok(base)
    }

    /// What kind of service the host is.
    pub fn host_form(&self) -> HostForm {
        host_form_of(self.host())
    }

    /// Host name.
    pub fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> String {
        self.origin.as_str().trim_end_matches('/').to_owned()
    }

    /// Origin and path, as [`crate::model::GatewayLeg::base_url`] holds it.
    pub fn url(&self) -> String {
        let path = self.path();
        if path.is_empty() {
            return self.origin();
        }
        format!("{}/{path}", self.origin())
    }

    pub(super) fn origin_url(&self) -> &Url {
        &self.origin
    }

    /// Path with `openai`, without slashes at its ends.
    pub(super) fn path(&self) -> String {
        match (&self.openai, self.root.is_empty()) {
            (None, _) => self.root.clone(),
            (Some(openai), true) => openai.clone(),
            (Some(openai), false) => format!("{}/{openai}", self.root),
        }
    }

    /// The beginning of the publisher's route, which stands beside `openai`, not below it.
    pub(super) fn without_openai(mut self) -> Self {
        self.openai = None;
        self
    }

    pub(super) fn has_openai(&self) -> bool {
        self.openai.is_some()
    }

    pub(super) fn from_parts(origin: &Url, segments: &[String], style: RouteStyle) -> Self {
        let mut base = Base {
            origin: bare(origin),
            root: segments.join("/"),
            openai: None,
        };
        if style != RouteStyle::Provider {
            base.split_openai();
        }
        base
    }

    fn at(origin: &str, path: &str) -> Result<Self, RouteFault> {
        let url = super::examine::read_url(origin)?;
        let segments: Vec<&str> = url
            .path()
            .split('/')
            .chain(path.split('/'))
            .filter(|segment| !segment.is_empty())
            .collect();
        // Set through the URL, so that it is spelt as the URL will spell it.
        let mut spelt = bare(&url);
        spelt.set_path(&segments.join("/"));
        let root = spelt.path().trim_matches('/').to_owned();
        Ok(Base {
            origin: bare(&url),
            root,
            openai: None,
        })
    }

    /// Moves every `openai` from the end of the root into its own place.
    fn split_openai(&mut self) {
        loop {
            let (before, last) = match self.root.rsplit_once('/') {
                Some((before, last)) => (before, last),
                None => ("", self.root.as_str()),
            };
            if !last.eq_ignore_ascii_case("openai") {
                return;
            }
            self.openai = Some(last.to_owned());
            self.root = before.to_owned();
        }
    }
}

/// Scheme, host and port of a URL; user, path, query and fragment are left behind.
fn bare(url: &Url) -> Url {
    let mut bare = url.clone();
    // Both only fail for URLs without a host, which `read_url` does not let in.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.set_path("/");
    bare.set_query(None);
    bare.set_fragment(None);
    bare
}
