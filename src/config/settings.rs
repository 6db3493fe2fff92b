//! Every setting, in one table that feeds the loader, `config show` and the help.

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Which.
    pub key: Key,
    /// Name in fluxprobe.yaml.
    pub name: &'static str,
    /// Flag, without its dashes; absent for a secret, which no flag takes.
    pub flag: Option<&'static str>,
    /// Variables, the first that is set wins.
    pub variables: &'static [&'static str],
    /// What its value is.
    pub form: Form,
    /// Value where nothing sets it.
    pub default: Option<&'static str>,
    /// One line for people.
    pub about: &'static str,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// Several texts: a list in YAML, commas elsewhere.
    List,
    /// A secret: environment and `.env` only.
    Secret,
}

/// Which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Entra tenant.
    TenantId,
    /// App registration.
    ClientId,
    /// Its secret.
    ClientSecret,
    /// File with a federated token in place of a secret.
    FederatedTokenFile,
    /// Azure subscriptions.
    Subscriptions,
    /// Resource groups.
    ResourceGroups,
    /// Foundry accounts.
    Accounts,
    /// Gateways.
    Gateways,
    /// Deployments.
    Deployments,
    /// Files with causes of the user's own.
    Causes,
    /// URL of a gateway.
    GatewayUrl,
    /// API path below it.
    GatewayApiPath,
    /// Header that its key goes in.
    GatewayKeyHeader,
    /// Its subscription key.
    GatewayKey,
    /// Model behind the image deployment.
    ImageModel,
    /// The image deployment.
    ImageDeployment,
    /// api-version of image calls.
    ImageApiVersion,
    /// Endpoint of the account that holds the image deployment.
    ImageEndpoint,
    /// Key of that account.
    ImageKey,
    /// A chat deployment there that can look at pictures.
    VisionDeployment,
    /// Endpoint of a FLUX 1.1 \[pro\] deployment.
    FluxProEndpoint,
    /// Its key.
    FluxProKey,
    /// Endpoint of a FLUX.1 Kontext \[pro\] deployment.
    KontextEndpoint,
    /// Its key.
    KontextKey,
}

impl Key {
    /// Its entry in [`SETTINGS`].
    pub fn setting(self) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == self)
    }
}

const fn text(
    key: Key,
    name: &'static str,
    flag: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Setting {
    Setting {
        key,
        name,
        flag: Some(flag),
        variables,
        form: Form::Text,
        default: None,
        about,
    }
}

const fn list(
    key: Key,
    name: &'static str,
    flag: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Setting {
    Setting {
        form: Form::List,
        ..text(key, name, flag, variables, about)
    }
}

const fn secret(
    key: Key,
    name: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Setting {
    Setting {
        form: Form::Secret,
        flag: None,
        ..text(key, name, "", variables, about)
    }
}

const fn or(setting: Setting, default: &'static str) -> Setting {
    Setting {
        default: Some(default),
        ..setting
    }
}

/// Every setting. Variables that other programs read already come first.
pub const SETTINGS: &[Setting] = &[
    text(
        Key::TenantId,
        "tenant_id",
        "tenant-id",
        &["AZURE_TENANT_ID"],
        "Entra tenant",
    ),
    text(
        Key::ClientId,
        "client_id",
        "client-id",
        &["AZURE_CLIENT_ID"],
        "App registration or managed identity",
    ),
    secret(
        Key::ClientSecret,
        "client_secret",
        &["AZURE_CLIENT_SECRET"],
        "Secret of the app registration",
    ),
    text(
        Key::FederatedTokenFile,
        "federated_token_file",
        "federated-token-file",
        &["AZURE_FEDERATED_TOKEN_FILE"],
        "File with a federated token",
    ),
    list(
        Key::Subscriptions,
        "subscriptions",
        "subscription",
        &["AZURE_SUBSCRIPTION_ID"],
        "Azure subscriptions to look at",
    ),
    list(
        Key::ResourceGroups,
        "resource_groups",
        "resource-group",
        &["RESOURCE_GROUP"],
        "Resource groups to look at",
    ),
    list(
        Key::Accounts,
        "accounts",
        "account",
        &["FLUXPROBE_ACCOUNT"],
        "Foundry accounts to look at",
    ),
    list(
        Key::Gateways,
        "gateways",
        "gateway",
        &["FLUXPROBE_GATEWAY"],
        "Gateways to look at",
    ),
    list(
        Key::Deployments,
        "deployments",
        "deployment",
        &["FLUXPROBE_DEPLOYMENT"],
        "Deployments to make targets of",
    ),
    list(
        Key::Causes,
        "causes",
        "causes",
        &["FLUXPROBE_CAUSES"],
        "Files with causes of your own",
    ),
    text(
        Key::GatewayUrl,
        "gateway_url",
        "gateway-url",
        &["APIM_GATEWAY_URL"],
        "URL of a gateway",
    ),
    or(
        text(
            Key::GatewayApiPath,
            "gateway_api_path",
            "gateway-api-path",
            &["INFERENCE_API_PATH"],
            "API path below the gateway's URL",
        ),
        "inference/openai",
    ),
    or(
        text(
            Key::GatewayKeyHeader,
            "gateway_key_header",
            "gateway-key-header",
            &["FLUXPROBE_GATEWAY_KEY_HEADER"],
            "Header that the gateway reads its key from",
        ),
        "api-key",
    ),
    secret(
        Key::GatewayKey,
        "gateway_key",
        &["APIM_SUBSCRIPTION_KEY", "APIM_API_KEY"],
        "Subscription key of the gateway",
    ),
    text(
        Key::ImageModel,
        "image_model",
        "image-model",
        &["IMAGE_MODEL_NAME"],
        "Model behind the image deployment",
    ),
    text(
        Key::ImageDeployment,
        "image_deployment",
        "image-deployment",
        &["IMAGE_MODEL_DEPLOYMENT", "DALL_E_DEPLOYMENT"],
        "The image deployment",
    ),
    text(
        Key::ImageApiVersion,
        "image_api_version",
        "api-version",
        &["IMAGE_API_VERSION"],
        "api-version of image calls",
    ),
    text(
        Key::ImageEndpoint,
        "image_endpoint",
        "image-endpoint",
        &["FOUNDRY_IMAGE_ENDPOINT"],
        "Endpoint of the account with the image deployment",
    ),
    secret(
        Key::ImageKey,
        "image_key",
        &["FOUNDRY_IMAGE_API_KEY", "AZURE_OPENAI_API_KEY"],
        "Key of that account",
    ),
    text(
        Key::VisionDeployment,
        "vision_deployment",
        "vision-deployment",
        &["FLUXPROBE_VISION_DEPLOYMENT"],
        "Chat deployment that can look at pictures",
    ),
    text(
        Key::FluxProEndpoint,
        "flux_11_pro_endpoint",
        "flux-11-pro-endpoint",
        &["AZURE_FLUX_11_PRO_ENDPOINT"],
        "Endpoint or whole URL of a FLUX 1.1 [pro] deployment",
    ),
    secret(
        Key::FluxProKey,
        "flux_11_pro_key",
        &["AZURE_FLUX_11_PRO_API_KEY"],
        "Its key",
    ),
    text(
        Key::KontextEndpoint,
        "flux_kontext_pro_endpoint",
        "flux-kontext-pro-endpoint",
        &["AZURE_FLUX_KONTEXT_PRO_ENDPOINT"],
        "Endpoint or whole URL of a FLUX.1 Kontext [pro] deployment",
    ),
    secret(
        Key::KontextKey,
        "flux_kontext_pro_key",
        &["AZURE_FLUX_KONTEXT_PRO_API_KEY"],
        "Its key",
    ),
];
