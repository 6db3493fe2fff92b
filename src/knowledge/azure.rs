//! Azure's names: hosts, api-versions, scopes, roles.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Everything of `azure.yaml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AzureFacts {
    /// Azure Resource Manager.
    pub arm: ArmVersions,
    /// Token scopes.
    pub scopes: Scopes,
    /// Host suffixes, the longest first.
    pub hosts: Vec<HostSuffix>,
    /// The AI Gateway tier's paths and key.
    pub ai_gateway: AiGatewayFacts,
    /// Regions that have a shared host.
    pub regions: Vec<String>,
    /// Hosts of pages for people.
    pub portals: Vec<String>,
    /// Hosts of a service that take no calls.
    pub other_faces: Vec<OtherFace>,
    /// Parts of the names of image models that are gone.
    pub retired_names: Vec<String>,
    /// Organisations that sign the certificates of Azure's own hosts.
    pub certificate_issuers: Vec<String>,
    /// Header in which the data plane reads an account's key.
    pub account_key_header: String,
    /// Actions of ARM and the role that opens them.
    pub roles: Vec<ActionRole>,
    /// Roles by what they are needed for.
    pub needs: BTreeMap<String, String>,
    /// Backend pools of API Management.
    pub pool: PoolFacts,
    /// What callers send where nothing else is said.
    pub callers: Callers,
    /// Image models that are not FLUX, by the beginnings of their names.
    pub other_image_models: Vec<String>,
    /// Days before its retirement that a model version counts as retiring soon.
    pub retires_soon_days: u32,
    /// Built-in roles that may be assigned to a gateway's identity.
    pub role_definitions: Vec<RoleDefinition>,
}

/// The AI Gateway tier of API Management: `/WORKSPACE/MODELS/PROVIDER/VERSION/OPERATION`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiGatewayFacts {
    /// First segment.
    pub workspace: String,
    /// Second segment.
    pub models: String,
    /// Segment behind the provider's.
    pub version: String,
    /// The provider under which every model with OpenAI's protocol is reached.
    pub shared_provider: String,
    /// Header that the key is read from.
    pub key_header: String,
}

/// Backend pools of API Management.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolFacts {
    /// Priority of a member that names none.
    pub default_priority: u32,
    /// Weight of a member that names none.
    pub default_weight: u32,
}

/// What callers send where nothing else is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    /// Header in which the SDKs of Azure OpenAI send a key.
    pub sdk_key_header: String,
    /// Audiences of the tokens that callers of models ask Entra for.
    pub audiences: Vec<String>,
    /// Forms of the issuer of those tokens; `TENANT` stands for the tenant's id.
    pub issuers: Vec<String>,
    /// Headers that HTTP clients set themselves or that mean something else.
    pub taken_headers: Vec<String>,
    /// Query parameters that mean something else on an image route.
    pub taken_queries: Vec<String>,
    /// Header that a browser's call carries beside the key.
    pub browser_headers: Vec<String>,
}

/// A built-in role by its id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDefinition {
    /// GUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Whether its data actions let its holder call models.
    pub calls_models: bool,
}

/// Where ARM is, and the api-version of each of its parts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmVersions {
    /// Origin.
    pub endpoint: String,
    /// `/subscriptions`.
    pub subscriptions: String,
    /// `Microsoft.CognitiveServices`.
    pub cognitive_services: String,
    /// `Microsoft.ApiManagement/service`.
    pub api_management: String,
    /// `Microsoft.Authorization`.
    pub authorization: String,
    /// `Microsoft.ApiManagement/aigateways`.
    pub ai_gateways: String,
}

/// Token scopes by service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// Azure Resource Manager.
    pub arm: String,
    /// The data plane of models.
    pub models: String,
    /// The data plane of Foundry projects.
    pub projects: String,
    /// An audience that the data plane refuses.
    pub foreign: String,
}

/// A host suffix and what stands behind it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSuffix {
    /// Begins with a dot.
    pub suffix: String,
    /// What stands behind it.
    pub form: HostForm,
}

/// A host form that belongs to a service and takes no calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherFace {
    /// Begins with a dot.
    pub suffix: String,
    /// What it is, for people.
    pub what: String,
    /// Suffix of the host that takes the calls.
    pub calls_go_to: String,
}

/// An action of ARM and the role that opens it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRole {
    /// The action; `*` stands for any text.
    pub action: String,
    /// Name of the built-in role.
    pub role: String,
}

/// What kind of service a host name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostForm {
    /// `NAME.azure-api.net`: an API Management service.
    Gateway,
    /// `NAME.REGION.ai.gateway.azure.com`: an API Management service of the AI Gateway tier.
    AiGateway,
    /// `NAME.services.ai.azure.com`: a Foundry account.
    Foundry,
    /// `NAME.cognitiveservices.azure.com`: a Foundry or Cognitive Services account.
    CognitiveServices,
    /// `NAME.openai.azure.com`: an account on its Azure OpenAI name.
    OpenAi,
    /// `NAME.api.cognitive.microsoft.com`: an account on the publisher route's name.
    ApiCognitive,
    /// `REGION.api.cognitive.microsoft.com`: shared by all accounts of a region.
    Regional,
    /// Any other name: a gateway's custom domain, or something else.
    Custom,
}

impl HostForm {
    /// Whether an account answers here rather than a gateway.
    pub fn is_account(self) -> bool {
        !matches!(
            self,
            HostForm::Gateway | HostForm::AiGateway | HostForm::Custom
        )
    }
}

/// The table.
pub fn azure() -> &'static AzureFacts {
    &TABLE
}

/// What kind of service `host` belongs to, by its suffix; any case.
pub fn host_form_of(host: &str) -> HostForm {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let found = azure().hosts.iter().find_map(|entry| {
        let label = host.strip_suffix(&entry.suffix)?;
        (!label.is_empty()).then_some((entry.form, label))
    });
    match found {
        Some((HostForm::ApiCognitive, label)) if azure().regions.iter().any(|r| r == label) => {
            HostForm::Regional
        }
        Some((form, _)) => form,
        None => HostForm::Custom,
    }
}

/// The least built-in role that opens an ARM action such as `Microsoft.CognitiveServices/accounts/read`; any case.
pub fn role_for(action: &str) -> Option<&'static str> {
    let action = action.to_ascii_lowercase();
    azure()
        .roles
        .iter()
        .find(|entry| super::families::matches(&entry.action.to_ascii_lowercase(), &action))
        .map(|entry| entry.role.as_str())
}

// The file is part of the program and a test parses it, so the default can never be met.
static TABLE: LazyLock<AzureFacts> = LazyLock::new(|| parse().unwrap_or_default());

fn parse() -> Result<AzureFacts, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("azure.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses() {
        let table = parse().unwrap();
        assert_eq!(table.arm.api_management, "2024-05-01");
        assert_eq!(table.arm.subscriptions, "2022-12-01");
        assert_eq!(table.scopes.arm, "https://management.azure.com/.default");
    }

    #[test]
    fn every_host_form_is_known_by_its_suffix() {
        for (host, form) in [
            ("apim-x.azure-api.net", HostForm::Gateway),
            ("A.services.ai.azure.com", HostForm::Foundry),
            ("a.cognitiveservices.azure.com", HostForm::CognitiveServices),
            ("a.openai.azure.com.", HostForm::OpenAi),
            ("myres.api.cognitive.microsoft.com", HostForm::ApiCognitive),
            ("uksouth.api.cognitive.microsoft.com", HostForm::Regional),
            ("ai.contoso.com", HostForm::Custom),
            ("azure-api.net", HostForm::Custom),
            ("evil-azure-api.net", HostForm::Custom),
            ("g.eastus2.ai.gateway.azure.com", HostForm::AiGateway),
            ("ai.gateway.azure.com", HostForm::Custom),
        ] {
            assert_eq!(host_form_of(host), form, "{host}");
        }
    }

    #[test]
    fn an_action_names_the_least_role() {
        assert_eq!(
            role_for("Microsoft.CognitiveServices/accounts/listkeys/action"),
            Some("Cognitive Services User")
        );
        assert_eq!(
            role_for("Microsoft.CognitiveServices/accounts/deployments/read"),
            Some("Reader")
        );
        assert_eq!(
            role_for("Microsoft.ApiManagement/service/apis/read"),
            Some("API Management Service Reader Role")
        );
        assert_eq!(
            role_for("Microsoft.ApiManagement/service/subscriptions/listSecrets/action"),
            Some("API Management Service Contributor")
        );
        assert_eq!(role_for("Microsoft.Compute/virtualMachines/read"), None);
    }
}
