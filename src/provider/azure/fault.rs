//! What can be wrong with a URL, and the URL put right.

/// What is wrong with a URL. No message repeats a query, which may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteFault {
    /// It does not parse, or is not http.
    #[error("`{given}` is not a whole URL ({why}); write it out, beginning with https://")]
    NotAUrl {
        /// What was given, up to its query.
        given: String,
        /// What is wrong.
        why: String,
    },
    /// Base URL and path were joined without a slash.
    #[error("host `{host}` does not exist: a slash is missing before the path; use {fix}")]
    MissingSlash {
        /// The host as given.
        host: String,
        /// The corrected URL.
        fix: String,
    },
    /// `openai/openai`.
    #[error("`openai` stands twice in the path: the API path already ends in it; use {fix}")]
    DoubledOpenai {
        /// The corrected URL.
        fix: String,
    },
    /// No `openai` before `deployments` or the operation.
    #[error("`/openai` is missing before the operation; use {fix}")]
    MissingOpenai {
        /// The corrected URL.
        fix: String,
    },
    /// A gateway's API path on an account's host.
    #[error("an account publishes no image route under `/{extra}`; use {fix}")]
    PathBeforeOpenai {
        /// The part that is too much.
        extra: String,
        /// The corrected URL.
        fix: String,
    },
    /// `openai/v1`, the base of another surface.
    #[error("`/v1` belongs to the surface without deployments and api-version; use {fix}")]
    V1LeftIn {
        /// The corrected URL.
        fix: String,
    },
    /// A path that the AI Gateway tier does not have.
    #[error(
        "the AI Gateway tier has neither deployments nor api-versions in its paths, and reads `model` from the body; use {fix}"
    )]
    AiGatewayPath {
        /// The corrected URL.
        fix: String,
    },
    /// A URL where a name was expected.
    #[error("`{name}` is a URL where a deployment's name belongs; {}", named(.deployment))]
    UrlInName {
        /// What was given, up to its query.
        name: String,
        /// The deployment that the URL names, if it does.
        deployment: Option<String>,
    },
    /// `deployments//images`.
    #[error("the deployment's name is empty; put one between `deployments/` and the operation")]
    EmptyDeployment,
    /// The path leads to no operation that draws, edits or describes.
    #[error(
        "`/{path}` leads to no image operation; a route ends in /deployments/NAME/images/generations?api-version=VERSION"
    )]
    NoOperation {
        /// The path.
        path: String,
    },
    /// A base URL, to which a client appends the operation.
    #[error("the URL ends before the operation; a client that is given it calls {fix}")]
    BaseOnly {
        /// The whole URL.
        fix: String,
    },
    /// The model in the body instead of the deployment in the path.
    #[error("the URL names no deployment (model-name style), which most gateways do not publish; {}", used(.fix))]
    ModelNameStyle {
        /// The corrected URL, where the deployment is known.
        fix: Option<String>,
    },
    /// No scheme.
    #[error("the URL has no scheme; use {fix}")]
    MissingScheme {
        /// The corrected URL, up to its query.
        fix: String,
    },
    /// Quotes, brackets, or more path behind the operation.
    #[error("`{junk}` is no part of the URL; use {fix}")]
    TrailingJunk {
        /// What is too much.
        junk: String,
        /// The corrected URL, up to its query.
        fix: String,
    },
    /// `http://`, where the same URL works with https.
    #[error("the URL begins with http://, and the host takes this call in https only; use {fix}")]
    PlainHttp {
        /// The corrected URL, up to its query.
        fix: String,
    },
    /// A page for people.
    #[error(
        "`{host}` is a portal for people, not an endpoint; take the target URI from the deployment's page, or the gateway URL from the gateway's"
    )]
    Portal {
        /// The host.
        host: String,
    },
    /// Another host of the same service.
    #[error("`{host}` is {why}, which takes no calls; use {fix}")]
    WrongHost {
        /// The host.
        host: String,
        /// What it is.
        why: String,
        /// The corrected URL.
        fix: String,
    },
    /// A model that was retired.
    #[error("`{deployment}` is a model that is gone; name the FLUX deployment instead{}", used_if(.fix))]
    RetiredName {
        /// The name in the URL.
        deployment: String,
        /// The corrected URL, where the deployment is known.
        fix: Option<String>,
    },
    /// No api-version.
    #[error(
        "`api-version` is missing, without it neither gateway nor account finds the operation; use {fix}"
    )]
    MissingApiVersion {
        /// The corrected URL.
        fix: String,
    },
}

impl RouteFault {
    /// The corrected URL (or name), where there is one.
    pub fn fix(&self) -> Option<&str> {
        match self {
            RouteFault::MissingSlash { fix, .. }
            | RouteFault::DoubledOpenai { fix }
            | RouteFault::MissingOpenai { fix }
            | RouteFault::PathBeforeOpenai { fix, .. }
            | RouteFault::V1LeftIn { fix }
            | RouteFault::AiGatewayPath { fix }
            | RouteFault::BaseOnly { fix }
            | RouteFault::MissingScheme { fix }
            | RouteFault::TrailingJunk { fix, .. }
            | RouteFault::PlainHttp { fix }
            | RouteFault::WrongHost { fix, .. }
            | RouteFault::MissingApiVersion { fix } => Some(fix),
            RouteFault::ModelNameStyle { fix } | RouteFault::RetiredName { fix, .. } => {
                fix.as_deref()
            }
            RouteFault::UrlInName { deployment, .. } => deployment.as_deref(),
            RouteFault::NotAUrl { .. }
            | RouteFault::Portal { .. }
            | RouteFault::EmptyDeployment
            | RouteFault::NoOperation { .. } => None,
        }
    }
}

fn named(deployment: &Option<String>) -> String {
    match deployment {
        Some(deployment) => format!("write `{deployment}`"),
        None => "write the name alone".into(),
    }
}

fn used_if(fix: &Option<String>) -> String {
    fix.as_ref()
        .map_or_else(String::new, |fix| format!(": use {fix}"))
}

fn used(fix: &Option<String>) -> String {
    match fix {
        Some(fix) => format!("use {fix}"),
        None => "put `/deployments/NAME` before the operation".into(),
    }
}
