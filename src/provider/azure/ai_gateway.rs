//! The paths of API Management's AI Gateway tier.

use super::Place;
use crate::knowledge::azure;
use crate::model::CallKind;

/// The path of the AI Gateway tier, `default/models/PROVIDER/v1`, and whether what was given is another one. The model
/// stands in the body there, never in the path.
pub(super) fn put_right(before: &mut Vec<String>, place: Place) -> (Place, bool) {
    let call = match place {
        Place::Deployment { call, .. } | Place::ModelName { call } => call,
        Place::Provider { .. } => CallKind::Generate,
    };
    let facts = &azure().ai_gateway;
    let models = before.iter().position(|one| *one == facts.models);
    let named = models.and_then(|at| before.get(at + 1)).cloned();
    let provider = named.unwrap_or_else(|| facts.shared_provider.clone());
    let right = [&facts.workspace, &facts.models, &provider, &facts.version].map(Clone::clone);
    let is_off = before.as_slice() != right || !matches!(place, Place::ModelName { .. });
    *before = right.to_vec();
    (Place::ModelName { call }, is_off)
}
