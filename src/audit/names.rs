//! Findings about names: what configuration and callers still call, and nobody deployed.

use super::check::{Groups, Raised};
use super::estate::{Estate, GatewayView};
use crate::knowledge::{azure, families};
use crate::policy::spelt;
use std::collections::HashSet;

/// A name of an image model or a deployment is written somewhere, and no account has it.
pub(super) fn not_deployed(estate: &Estate<'_>) -> Vec<Raised> {
    if !estate.unread.knows_all_deployments() {
        estate.leave(
            "whether every name that is called is deployed: not all deployments could be read",
        );
        return Vec::new();
    }
    let accounts = estate.inventory.accounts.iter();
    let deployed: HashSet<String> = accounts
        .flat_map(|account| &account.deployments)
        .map(|deployment| deployment.name.as_str().to_lowercase())
        .collect();
    let mut found = Groups::default();
    let mut judge = |texts: &[String], victim: &str, place: &str| {
        for name in texts.iter().flat_map(|text| names_in(text)) {
            if deployed.contains(&name.to_lowercase()) {
                continue;
            }
            let known = deployed_image_models(estate);
            let raised = found.of(&name.to_lowercase(), || {
                Raised::on(victim)
                    .with("name", name.as_str())
                    .with("deployed", known)
            });
            raised.hit(victim);
            raised.show(format!("{place} names {name}"));
        }
    };
    for view in &estate.gateways {
        for (texts, victim, place) in written(view) {
            judge(&texts, &victim, &place);
        }
    }
    for (place, text) in &estate.habits.references {
        judge(std::slice::from_ref(text), place, place);
    }
    found.done()
}

/// Texts of a gateway that may name deployments, each with what would fail by it and its place.
fn written(view: &GatewayView<'_>) -> Vec<(Vec<String>, String, String)> {
    let gateway = view.gateway;
    let mut found = Vec::new();
    for api in &gateway.apis {
        for operation in &api.operations {
            let victim = format!("operation {}/{}/{}", gateway.name, api.name, operation.name);
            let place = format!("the template of {victim}");
            found.push((vec![operation.url_template.clone()], victim, place));
        }
    }
    for statement in view.policies.statements() {
        let attributes = statement.attributes.iter().map(|(_, text)| text);
        let mut texts = Vec::new();
        for text in attributes.chain([&statement.text]) {
            match text.plain() {
                Some(plain) => texts.push(plain.to_owned()),
                None => texts.extend(spelt(&text.text)),
            }
        }
        texts.retain(|text| !text.is_empty());
        if !texts.is_empty() {
            let victim = format!("policy {}/{}", gateway.name, statement.place.scope);
            found.push((texts, victim, statement.place.to_string()));
        }
    }
    for value in &gateway.named_values {
        if let Some(text) = &value.value {
            let victim = format!("named-value {}/{}", gateway.name, value.name);
            let mut texts = vec![text.clone()];
            // A value that is a model's name is there to be called.
            if is_family(text) {
                texts.push(format!("/deployments/{text}/"));
            }
            found.push((texts, victim.clone(), victim));
        }
    }
    found
}

fn is_family(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    families()
        .iter()
        .any(|family| family.model.to_lowercase() == text || family.aliases.contains(&text))
}

/// Names that a text calls: what stands after `deployments/`, and words that begin as image models do.
fn names_in(text: &str) -> Vec<String> {
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut found: Vec<String> = Vec::new();
    for (at, marker) in text.match_indices("deployments/") {
        let rest = text.get(at + marker.len()..).unwrap_or_default();
        let name: String = rest.chars().take_while(|c| is_of_a_name(*c)).collect();
        // What an expression or a parameter fills in, and a path that ends here, name nothing.
        let goes_on = rest
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with('/'));
        if !name.is_empty() && goes_on {
            found.push(name);
        }
    }
    for word in text.split(|c| !is_of_a_name(c)) {
        let lower = word.to_lowercase();
        let mut models = azure().other_image_models.iter();
        if models.any(|model| lower.starts_with(model.as_str())) {
            found.push(word.to_owned());
        }
    }
    found.dedup();
    found
}

/// The FLUX deployments there are, for the remedy.
fn deployed_image_models(estate: &Estate<'_>) -> String {
    let mut names: Vec<&str> = estate
        .flux()
        .map(|flux| flux.deployment.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(6);
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn names_are_told_from_words_around_them() {
        for (text, names) in [
            ("/deployments/dall-e-3/images/generations", vec!["dall-e-3"]),
            ("/deployments/{deployment-id}/images", vec![]),
            ("dall-e-3", vec!["dall-e-3"]),
            (
                "https://x/openai/deployments/my-flux/images/generations",
                vec!["my-flux"],
            ),
            ("the deployments/", vec![]),
            ("gpt-4o dalle3 flux-backend", vec!["dalle3"]),
        ] {
            assert_eq!(names_in(text), names, "{text}");
        }
    }
}
