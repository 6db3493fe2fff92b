//! Paths: which operation of which surface a request asks for.

use super::hosts::HostForm;
use http::Method;
use percent_encoding::percent_decode_str;

/// A surface of the data plane; they differ in api-versions, in where the deployment is named, and in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// `/openai/deployments/{deployment}/...`.
    Deployment,
    /// `/openai/v1/...`, the deployment in the body's `model`.
    V1,
    /// `/providers/blackforestlabs/v1/{family}`, the deployment in the body's `model`.
    Provider,
    /// `/models/...` of the model inference API, the deployment in the body's `model`.
    Models,
    /// `/openai/responses` with an api-version.
    Responses,
    /// `/openai/models`, `/openai/deployments`.
    List,
    /// `/api/projects/{project}/...`.
    Project,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    ImageGenerations,
    ImageEdits,
    Chat,
    Completion,
    Embeddings,
    /// Makes an answer of the Responses API.
    Responses,
    /// Reads or deletes one, by its id.
    Response(String),
    /// `/models/info`.
    ModelInfo,
    /// The segment of a model family on the provider route, e.g. `flux-2-pro`.
    ProviderImage(String),
    ListModels,
    ListDeployments,
    /// The project's name.
    ProjectDeployments(String),
}

/// A path that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) surface: Surface,
    pub(super) operation: Operation,
    /// The deployment, where the path names it.
    pub(super) deployment: Option<String>,
}

impl Route {
    /// Reads method and path on a host of this form; fixed segments without regard to case, one trailing slash allowed.
    /// `None` where there is no such path.
    pub(super) fn of(method: &Method, path: &str, form: HostForm) -> Option<Route> {
        let trimmed = path.strip_prefix('/')?;
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        let lower = trimmed.to_ascii_lowercase();
        let segments: Vec<&str> = lower.split('/').collect();
        let named = |index: usize| {
            let raw = trimmed.split('/').nth(index).unwrap_or_default();
            percent_decode_str(raw).decode_utf8_lossy().into_owned()
        };
        let (surface, operation, deployment) = match (method.as_str(), &segments[..]) {
            ("POST", ["openai", "deployments", _, rest @ ..]) => {
                (Surface::Deployment, inference(rest)?, Some(named(2)))
            }
            ("POST", ["openai", "v1", "responses"]) => (Surface::V1, Operation::Responses, None),
            ("GET" | "DELETE", ["openai", "v1", "responses", _]) => {
                (Surface::V1, Operation::Response(named(3)), None)
            }
            ("POST", ["openai", "responses"]) => (Surface::Responses, Operation::Responses, None),
            ("GET" | "DELETE", ["openai", "responses", _]) => {
                (Surface::Responses, Operation::Response(named(2)), None)
            }
            ("POST", ["models", "chat", "completions"]) if form != HostForm::OpenAi => {
                (Surface::Models, Operation::Chat, None)
            }
            ("POST", ["models", "embeddings"]) if form != HostForm::OpenAi => {
                (Surface::Models, Operation::Embeddings, None)
            }
            ("GET", ["models", "info"]) if form != HostForm::OpenAi => {
                (Surface::Models, Operation::ModelInfo, None)
            }
            ("POST", ["openai", "v1", rest @ ..]) => (Surface::V1, inference(rest)?, None),
            ("POST", ["providers", "blackforestlabs", "v1", _]) if form != HostForm::OpenAi => {
                (Surface::Provider, Operation::ProviderImage(named(3)), None)
            }
            ("GET", ["openai", "models"]) => (Surface::List, Operation::ListModels, None),
            ("GET", ["openai", "v1", "models"]) => (Surface::V1, Operation::ListModels, None),
            ("GET", ["openai", "deployments"]) => (Surface::List, Operation::ListDeployments, None),
            ("GET", ["api", "projects", _, "deployments"]) if form == HostForm::Foundry => (
                Surface::Project,
                Operation::ProjectDeployments(named(2)),
                None,
            ),
            _ => return None,
        };
        Some(Route {
            surface,
            operation,
            deployment,
        })
    }
}

fn inference(segments: &[&str]) -> Option<Operation> {
    match segments {
        ["images", "generations"] => Some(Operation::ImageGenerations),
        ["images", "edits"] => Some(Operation::ImageEdits),
        ["chat", "completions"] => Some(Operation::Chat),
        ["completions"] => Some(Operation::Completion),
        ["embeddings"] => Some(Operation::Embeddings),
        _ => None,
    }
}

impl Operation {
    /// The word of `OperationNotSupported`. The one for edits is inferred.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Operation::ImageGenerations | Operation::ProviderImage(_) => "imageGenerations",
            Operation::ImageEdits => "imageEdits",
            Operation::Completion => "completion",
            Operation::Embeddings => "embeddings",
            Operation::Responses => "responses",
            _ => "chatCompletion",
        }
    }

    /// The name in a throttling text; only the one for image generation is recorded.
    pub(super) fn id(&self) -> &'static str {
        match self {
            Operation::ImageGenerations | Operation::ProviderImage(_) => "ImageGenerations_Create",
            Operation::ImageEdits => "ImageEdits_Create",
            Operation::Completion => "Completions_Create",
            Operation::Embeddings => "Embeddings_Create",
            Operation::Responses => "Responses_Create",
            _ => "ChatCompletions_Create",
        }
    }

    /// The tail of path and data action that they share, e.g. `chat/completions`; `None` where there is no known action.
    pub(super) fn tail(&self) -> Option<&'static str> {
        match self {
            Operation::ImageGenerations => Some("images/generations"),
            Operation::ImageEdits => Some("images/edits"),
            Operation::Chat => Some("chat/completions"),
            Operation::Completion => Some("completions"),
            Operation::Embeddings => Some("embeddings"),
            Operation::Responses => Some("responses"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: Method, path: &str) -> Option<(Surface, Operation, Option<String>)> {
        Route::of(&method, path, HostForm::Foundry)
            .map(|route| (route.surface, route.operation, route.deployment))
    }

    #[test]
    fn paths_are_read() {
        assert_eq!(
            route(
                Method::POST,
                "/openai/deployments/FLUX.1-Kontext-pro/images/edits"
            ),
            Some((
                Surface::Deployment,
                Operation::ImageEdits,
                Some("FLUX.1-Kontext-pro".into())
            ))
        );
        assert_eq!(
            route(Method::POST, "/OpenAI/deployments/a%20b/Chat/completions/"),
            Some((Surface::Deployment, Operation::Chat, Some("a b".into())))
        );
        assert_eq!(
            route(Method::POST, "/providers/blackforestlabs/v1/flux-2-pro"),
            Some((
                Surface::Provider,
                Operation::ProviderImage("flux-2-pro".into()),
                None
            ))
        );
        assert_eq!(
            route(Method::GET, "/openai/models"),
            Some((Surface::List, Operation::ListModels, None))
        );
    }

    #[test]
    fn near_misses_do_not_exist() {
        for (method, path) in [
            (Method::POST, "/openai/images/generations"),
            (
                Method::POST,
                "/openai/openai/deployments/d/images/generations",
            ),
            (Method::POST, "/deployments/d/images/generations"),
            (Method::GET, "/openai/deployments/d/images/generations"),
            (Method::POST, "/openai/deployments/d/images/variations"),
            (Method::POST, "/openai/deployments/d"),
            (Method::POST, "/providers/blackforestlabs/v1"),
            (Method::GET, "/"),
        ] {
            assert_eq!(route(method, path), None, "{path}");
        }
    }

    #[test]
    fn some_surfaces_exist_on_some_hosts_only() {
        let provider = "/providers/blackforestlabs/v1/flux-2-pro";
        assert!(Route::of(&Method::POST, provider, HostForm::Shared).is_some());
        assert!(Route::of(&Method::POST, provider, HostForm::OpenAi).is_none());
        let project = "/api/projects/p/deployments";
        assert!(Route::of(&Method::GET, project, HostForm::Foundry).is_some());
        assert!(Route::of(&Method::GET, project, HostForm::Cognitive).is_none());
    }
}
