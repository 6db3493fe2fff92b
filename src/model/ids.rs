//! Names, each of a type of its own, so that a deployment is never passed where its model was meant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the name as it is written.
            pub fn new(name: impl Into<String>) -> Self {
                $name(name.into())
            }

            /// The name as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                $name(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                $name(name)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )*};
}

names! {
    /// Name of a Foundry or Azure OpenAI account.
    AccountName;
    /// Name of a model deployment; says nothing about its model.
    DeploymentName;
    /// Name of an API Management service.
    GatewayName;
    /// Id of an API in a gateway.
    ApiName;
    /// Id of an operation of an API.
    OperationName;
    /// Id of a backend of a gateway.
    BackendName;
    /// Full ARM resource id, beginning with `/subscriptions/`.
    ResourceId;
    /// GUID of an Azure subscription.
    SubscriptionId;
    /// Key of a model family in the knowledge tables, e.g. `flux-1.1-pro`.
    FamilyId;
    /// Letter of a scenario, or the name of one of the user's own.
    ScenarioId;
    /// Slug of a cause, e.g. `apim_operation_not_matched`.
    CauseSlug;
}
