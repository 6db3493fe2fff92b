//! Which api-versions each surface knows.

use super::answer::Answer;
use super::refusals;
use super::route::{Operation, Route, Surface};
use crate::sim::world::Account;

/// Versions of the deployment-style inference surface in their order; the images operations begin with the fourth.
const INFERENCE: &[&str] = &[
    "2023-03-15-preview",
    "2023-05-15",
    "2023-09-01-preview",
    "2023-12-01-preview",
    "2024-02-01",
    "2024-02-15-preview",
    "2024-03-01-preview",
    "2024-04-01-preview",
    "2024-05-01-preview",
    "2024-06-01",
    "2024-07-01-preview",
    "2024-08-01-preview",
    "2024-09-01-preview",
    "2024-10-01-preview",
    "2024-10-21",
    "2024-12-01-preview",
    "2025-01-01-preview",
    "2025-02-01-preview",
    "2025-03-01-preview",
    "2025-04-01-preview",
    "preview",
];
const FIRST_WITH_IMAGES: &str = "2023-12-01-preview";
const FIRST_WITH_EDITS: &str = "2025-04-01-preview";
const FIRST_WITH_RESPONSES: &str = "2025-03-01-preview";
/// Versions of the model inference API.
const MODELS: &[&str] = &[
    "2024-05-01-preview",
    "2025-04-01",
    "2025-05-01-preview",
    "preview",
];
/// The version that carries no date sorts behind all that do.
const UNDATED: &str = "preview";
const V1: &[&str] = &["preview", "latest", "v1"];
const PROVIDER: &[&str] = &["preview", "2025-04-01-preview"];
const LISTED_DEPLOYMENTS: &[&str] = &["2022-12-01", "2023-03-15-preview", "2023-05-15"];
const PROJECT: &[&str] = &[
    "2025-05-01",
    "2025-05-15-preview",
    "2025-11-15-preview",
    "v1",
];

/// Refuses a request whose api-version the route does not have.
pub(super) fn check(route: &Route, asked: Option<&str>, account: &Account) -> Result<(), Answer> {
    let known = match (route.surface, asked) {
        (Surface::V1, None) => return Ok(()),
        (_, None) => false,
        (Surface::V1, Some(asked)) => V1.contains(&asked),
        (Surface::Provider, Some(asked)) => PROVIDER.contains(&asked),
        (Surface::Project, Some(asked)) => PROJECT.contains(&asked),
        (Surface::Models, Some(asked)) => MODELS.contains(&asked),
        (Surface::Responses, Some(asked)) => {
            INFERENCE.contains(&asked) && (asked == UNDATED || asked >= FIRST_WITH_RESPONSES)
        }
        (Surface::List, Some(asked)) => match route.operation {
            Operation::ListDeployments => LISTED_DEPLOYMENTS.contains(&asked),
            _ => INFERENCE.contains(&asked),
        },
        (Surface::Deployment, Some(asked)) => inference(&route.operation, asked, account),
    };
    if known {
        return Ok(());
    }
    let says_so = matches!(
        route.surface,
        Surface::V1 | Surface::Models | Surface::Responses
    ) || route.operation == Operation::ListModels;
    Err(if says_so {
        refusals::api_version_not_supported()
    } else {
        refusals::not_found()
    })
}

fn inference(operation: &Operation, asked: &str, account: &Account) -> bool {
    let first = match operation {
        Operation::ImageGenerations => FIRST_WITH_IMAGES,
        Operation::ImageEdits => FIRST_WITH_EDITS,
        _ => return INFERENCE.contains(&asked),
    };
    let listed = match &account.api_versions[..] {
        [] => INFERENCE.contains(&asked),
        named => named.iter().any(|version| version == asked),
    };
    listed && (asked == UNDATED || asked >= first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::foundry::hosts::HostForm;
    use http::Method;

    fn outcome(method: Method, path: &str, asked: Option<&str>, account: &Account) -> usize {
        let route = Route::of(&method, path, HostForm::Foundry).unwrap();
        check(&route, asked, account)
            .err()
            .map_or(0, |answer| answer.body.len())
    }

    #[test]
    fn images_know_the_versions_of_both_documents() {
        let account = Account::default();
        let generations = "/openai/deployments/d/images/generations";
        let edits = "/openai/deployments/d/images/edits";
        for (path, asked, length) in [
            (generations, Some("2024-08-01-preview"), 0),
            (generations, Some("2025-03-01-preview"), 0),
            (generations, Some("2025-04-01-preview"), 0),
            (generations, Some("preview"), 0),
            (generations, None, 56),
            (generations, Some("2022-12-01"), 56),
            (generations, Some("2025-04-14"), 56),
            (generations, Some(""), 56),
            (edits, Some("2025-04-01-preview"), 0),
            (edits, Some("preview"), 0),
            (edits, Some("2025-03-01-preview"), 56),
        ] {
            let found = outcome(Method::POST, path, asked, &account);
            assert_eq!(found, length, "{path} {asked:?}");
        }
    }

    #[test]
    fn v1_and_models_say_that_they_do_not_know_it() {
        let account = Account::default();
        let v1 = "/openai/v1/images/generations";
        assert_eq!(outcome(Method::POST, v1, None, &account), 0);
        assert_eq!(outcome(Method::POST, v1, Some("preview"), &account), 0);
        assert_eq!(outcome(Method::POST, v1, Some("2024-02-01"), &account), 69);
        assert_eq!(
            outcome(Method::GET, "/openai/models", Some("1999-01-01"), &account),
            69
        );
        assert_eq!(outcome(Method::GET, "/openai/models", None, &account), 69);
        assert_eq!(
            outcome(Method::GET, "/openai/models", Some("2024-10-21"), &account),
            0
        );
    }

    #[test]
    fn an_account_may_know_fewer() {
        let account = Account {
            api_versions: vec!["2025-04-01-preview".into()],
            ..Account::default()
        };
        let generations = "/openai/deployments/d/images/generations";
        assert_eq!(
            outcome(
                Method::POST,
                generations,
                Some("2025-04-01-preview"),
                &account
            ),
            0
        );
        assert_eq!(
            outcome(
                Method::POST,
                generations,
                Some("2024-08-01-preview"),
                &account
            ),
            56
        );
        let chat = "/openai/deployments/d/chat/completions";
        assert_eq!(
            outcome(Method::POST, chat, Some("2024-08-01-preview"), &account),
            0
        );
    }
}
