//! What is known of models and services, as embedded tables: code asks here and holds no number of a service itself.
//!
//! Each table is a YAML file beside its reader, with the source of every fact in it.

pub mod azure;
pub mod causes;
pub mod families;
pub mod findings;
mod prices;

pub use azure::{
    ActionRole, ArmVersions, AzureFacts, HostForm, HostSuffix, Scopes, azure, host_form_of,
    role_for,
};
pub use families::{
    ApiVersions, AspectSize, Family, Latency, Range, api_versions, by_id, can_see, families,
    family_of, is_flux, is_retired_chat, needs_max_completion_tokens, sources,
};
pub use findings::{
    FindingFacts, FindingFamily, Link, ProbeFacts, finding_facts, finding_families,
};
pub use prices::{Order, Price, price_of, price_usd};
