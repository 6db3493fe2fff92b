//! What an operation of a gateway publishes of the image routes.

use crate::model::{CallKind, Operation};

/// An operation that can lead to a picture, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Path before `deployments` or `providers`, that of the API included, without slashes at its ends.
    pub before: String,
    /// What it takes.
    pub what: Publishes,
}

/// What an operation takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publishes {
    /// `deployments/{x}/images/...`; the name where the template spells one out.
    Deployment(CallKind, Option<String>),
    /// `providers/blackforestlabs/v1/{x}`; the segment where the template spells one out.
    Provider(Option<String>),
    /// `images/...` with the model's name in the body.
    ModelName(CallKind),
    /// `/*`.
    Everything,
}

impl Published {
    /// Reads the method, and the template below the path that its API is published at, as an API may be published at any
    /// part of the route (`ai/providers`, `openai/deployments`). Nothing where the operation leads to no image.
    pub fn of(api: &str, operation: &Operation) -> Option<Self> {
        if !matches!(operation.method.to_ascii_uppercase().as_str(), "POST" | "*") {
            return None;
        }
        let path = operation.url_template.split('?').next().unwrap_or_default();
        let below = api.split('/').filter(|one| !one.is_empty()).count();
        let segments: Vec<&str> = [api, path]
            .into_iter()
            .flat_map(|part| part.split('/'))
            .filter(|one| !one.is_empty())
            .collect();
        let literal = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        let (before, what) = match segments.as_slice() {
            [before @ .., "deployments", name, "images", "generations"] => (
                before,
                Publishes::Deployment(CallKind::Generate, literal(name)),
            ),
            [before @ .., "deployments", name, "images", "edits"] => {
                (before, Publishes::Deployment(CallKind::Edit, literal(name)))
            }
            [before @ .., "providers", "blackforestlabs", "v1", segment] => {
                (before, Publishes::Provider(literal(segment)))
            }
            [before @ .., "images", "generations"] => {
                (before, Publishes::ModelName(CallKind::Generate))
            }
            [before @ .., "images", "edits"] => (before, Publishes::ModelName(CallKind::Edit)),
            [before @ .., "*"] => (before, Publishes::Everything),
            _ => return None,
        };
        // A wildcard below some other tree, such as `/assistants/*`, leads to no picture.
        let is_other = what == Publishes::Everything
            && before
                .iter()
                .skip(below)
                .any(|one| !one.eq_ignore_ascii_case("openai"));
        (!is_other).then(|| Published {
            before: before.join("/"),
            what,
        })
    }
}
