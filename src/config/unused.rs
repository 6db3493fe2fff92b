//! What is set and has no effect, or lacks its companion: said, so that nobody waits for what never comes.

use super::layers::{Config, Origin};
use super::settings::{Key, Setting};
use super::written::other_model;

/// Endpoints of accounts, each with its key.
const PAIRS: [(Key, Key); 3] = [
    (Key::FluxProEndpoint, Key::FluxProKey),
    (Key::KontextEndpoint, Key::KontextKey),
    (Key::ImageEndpoint, Key::ImageKey),
];

/// One sentence for each setting that is set and not used, or not of use without another.
pub(super) fn notes(config: &Config) -> Vec<String> {
    let mut notes: Vec<String> = PAIRS
        .iter()
        .filter_map(|(endpoint, key)| half_of_a_pair(config, *endpoint, *key))
        .collect();
    notes.extend(other_model(config).map(|(deployment, origin)| {
        format!(
            "{origin} is set to {deployment} and not used: that is no FLUX model; set IMAGE_MODEL_DEPLOYMENT to the name of the FLUX deployment"
        )
    }));
    notes.extend(without_a_place(config));
    notes.extend(path_without_gateway(config));
    notes
}

/// What is missing beside an endpoint or a key that stands alone.
fn half_of_a_pair(config: &Config, endpoint: Key, key: Key) -> Option<String> {
    match (config.sourced(endpoint), config.sourced(key)) {
        (Some(set), None) => Some(not_configured(&set.origin.to_string(), variable(key))),
        (None, Some(set)) => Some(not_configured(&set.origin.to_string(), variable(endpoint))),
        _ => None,
    }
}

/// The sentence that document 000 gives for an endpoint or a key that is not set.
pub(super) fn not_configured(set: &str, missing: &str) -> String {
    format!(
        "Azure Flux API endpoint or key not configured: {set} is set and {missing} is not; set {missing} in .env or in the environment and start again"
    )
}

/// Names of a deployment or a model that nothing says the place of.
fn without_a_place(config: &Config) -> Option<String> {
    let has_place = [Key::ImageEndpoint, Key::GatewayUrl]
        .iter()
        .any(|key| config.sourced(*key).is_some());
    if has_place || other_model(config).is_some() {
        return None;
    }
    let set: Vec<String> = [Key::ImageDeployment, Key::ImageModel]
        .iter()
        .filter_map(|key| Some(config.sourced(*key)?.origin.to_string()))
        .collect();
    let (are, names) = match set.as_slice() {
        [] => return None,
        [one] => ("is", one.clone()),
        many => ("are", many.join(" and ")),
    };
    Some(format!(
        "{names} {are} set and not used: neither FOUNDRY_IMAGE_ENDPOINT nor APIM_GATEWAY_URL says where the deployment is"
    ))
}

fn path_without_gateway(config: &Config) -> Option<String> {
    let path = config.sourced(Key::GatewayApiPath)?;
    let mut gateways = config
        .written_targets()
        .iter()
        .filter_map(|one| one.gateway.as_ref());
    let is_used =
        config.sourced(Key::GatewayUrl).is_some() || gateways.any(|one| one.api_path.is_none());
    (path.origin != Origin::Default && !is_used).then(|| {
        format!(
            "{} is set and not used: APIM_GATEWAY_URL does not say which gateway it is a path of",
            path.origin
        )
    })
}

/// The variable that a setting is read from first.
pub(super) fn variable(key: Key) -> &'static str {
    let variables = key.setting().map(|setting: &Setting| setting.variables);
    variables
        .and_then(|names| names.first())
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Layers};

    fn notes(pairs: &[(&str, &str)]) -> Vec<String> {
        let pairs = pairs.iter();
        let layers = Layers {
            environment: pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Layers::default()
        };
        Config::load(&layers).unwrap().notes().to_vec()
    }

    const ENDPOINT: (&str, &str) = (
        "AZURE_FLUX_11_PRO_ENDPOINT",
        "https://a.services.ai.azure.com",
    );
    const KEY: (&str, &str) = ("AZURE_FLUX_11_PRO_API_KEY", "k");
    const GATEWAY: (&str, &str) = ("APIM_GATEWAY_URL", "https://g.azure-api.net");

    #[test]
    fn half_of_a_pair_names_its_other_half() {
        assert_eq!(notes(&[ENDPOINT, KEY]), [""; 0]);
        assert_eq!(
            notes(&[ENDPOINT, ("AZURE_FLUX_11_PRO_API_KEY", " ")]),
            [
                "Azure Flux API endpoint or key not configured: environment AZURE_FLUX_11_PRO_ENDPOINT is set and AZURE_FLUX_11_PRO_API_KEY is not; set AZURE_FLUX_11_PRO_API_KEY in .env or in the environment and start again"
            ]
        );
        let alone = notes(&[("AZURE_FLUX_KONTEXT_PRO_API_KEY", "k")]);
        assert!(alone[0].contains(
            "AZURE_FLUX_KONTEXT_PRO_API_KEY is set and AZURE_FLUX_KONTEXT_PRO_ENDPOINT is not"
        ));
    }

    #[test]
    fn a_model_of_another_family_is_not_used_and_a_flux_deployment_of_any_name_is() {
        let told = notes(&[GATEWAY, ("DALL_E_DEPLOYMENT", "dall-e-3")]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("environment DALL_E_DEPLOYMENT is set to dall-e-3 and not used")
        );
        assert_eq!(notes(&[GATEWAY, ("DALL_E_DEPLOYMENT", "imggen")]), [""; 0]);
        let flux = [
            GATEWAY,
            ("DALL_E_DEPLOYMENT", "dall-e-3"),
            ("IMAGE_MODEL_NAME", "FLUX-1.1-pro"),
        ];
        assert_eq!(notes(&flux), [""; 0]);
        let other = [
            GATEWAY,
            ("DALL_E_DEPLOYMENT", "pictures"),
            ("IMAGE_MODEL_NAME", "gpt-image-1"),
        ];
        assert_eq!(notes(&other).len(), 1);
    }

    #[test]
    fn a_name_without_a_place_and_a_path_without_a_gateway_are_told() {
        let told = notes(&[
            ("IMAGE_MODEL_DEPLOYMENT", "FLUX-1.1-pro"),
            ("INFERENCE_API_PATH", "x"),
        ]);
        assert_eq!(
            told,
            [
                "environment IMAGE_MODEL_DEPLOYMENT is set and not used: neither FOUNDRY_IMAGE_ENDPOINT nor APIM_GATEWAY_URL says where the deployment is",
                "environment INFERENCE_API_PATH is set and not used: APIM_GATEWAY_URL does not say which gateway it is a path of",
            ]
        );
        let used = [
            ("IMAGE_MODEL_DEPLOYMENT", "FLUX-1.1-pro"),
            GATEWAY,
            ("INFERENCE_API_PATH", "x"),
        ];
        assert_eq!(notes(&used), [""; 0]);
        assert_eq!(notes(&[]), [""; 0]);
    }
}
