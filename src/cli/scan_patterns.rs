//! What the look through a Python notebook looks for.

use regex_lite::Regex;

/// Names of models that no FLUX account deploys.
const OLD_NAMES: &str = "dall-e-[23]|gpt-image-1";

/// Every pattern, compiled.
pub(super) struct Patterns {
    /// A name of old as the default of a variable.
    pub(super) old_default: Regex,
    /// A name of old.
    pub(super) old_name: Regex,
    /// A URL by the model's name.
    pub(super) by_model: Regex,
    /// `/openai` twice.
    pub(super) doubled: Regex,
    /// No `/openai` on the host of an account.
    pub(super) lacking: Regex,
    /// `/openai` before the one that the SDK adds.
    pub(super) sdk: Regex,
    /// A call to a deployment of an old name.
    pub(super) called: Regex,
    /// A variable that holds the path of an API.
    pub(super) path: Regex,
    /// A key that is called one.
    pub(super) key_by_name: Regex,
    /// A key that looks like one.
    pub(super) key_by_form: Regex,
}

impl Patterns {
    /// Compiles them.
    pub(super) fn new() -> Result<Self, regex_lite::Error> {
        Ok(Patterns {
            // A default that an empty variable does not reach: `or` does.
            old_default: Regex::new(&format!(
                r#"os\.(?:getenv|environ\.get)\(\s*(["'])(\w+)["']\s*,\s*["'](?:{OLD_NAMES})["']\s*\)"#
            ))?,
            old_name: Regex::new(&format!(r"\b(?:{OLD_NAMES})\b"))?,
            by_model: Regex::new(r"(/openai)(/images/(?:generations|edits))")?,
            doubled: Regex::new(r"/openai/openai\b")?,
            // Hosts of accounts, on which deployments stand below /openai.
            lacking: Regex::new(
                r"(\.(?:cognitiveservices|openai|services\.ai)\.azure\.com)(/deployments/)",
            )?,
            // The SDK puts /openai behind its endpoint.
            sdk: Regex::new(r#"(azure_endpoint\s*=\s*f?["'][^"']*[^"'/])/openai/?(["'])"#)?,
            called: Regex::new(&format!(r"/deployments/(?:{OLD_NAMES})/"))?,
            path: Regex::new(r#"^\s*(\w*api_path\w*)\s*=\s*.*["']([^"']*)["']"#)?,
            key_by_name: Regex::new(
                r#"(?i)((?:api[_-]?key|subscription[_-]?key|client[_-]?secret|access[_-]?token|\bkey)["']?\s*(?:\]\s*)?[:=,]\s*["']?)([A-Za-z0-9+/_-]{24,}={0,2})"#,
            )?,
            key_by_form: Regex::new(
                r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*|\b[A-Za-z0-9]{40,60}JQQJ99[A-Za-z0-9]{8,40}\b|\b(?:sk-[A-Za-z0-9_-]{20,}|r8_[A-Za-z0-9]{30,})",
            )?,
        })
    }
}
