//! What was said in words, with no exchange at hand: why a session could not begin, and what could not be read.

use super::engine::explain;
use crate::model::{Diagnosis, Exchange, Inventory, TransportError, TransportFailure};

/// Explains what a library or a service said, e.g. why discovery ended. The words alone decide.
pub fn explain_said(text: &str) -> Diagnosis {
    let error = TransportError {
        kind: TransportFailure::Other,
        text: text.to_owned(),
    };
    explain(&Exchange {
        transport_error: Some(error),
        ..Exchange::default()
    })
}

/// Explains the gaps of an inventory, for a session in which they left nothing to call. Each cause once; gaps that
/// name none are left out, as the inventory tells of them itself.
pub fn explain_gaps(inventory: &Inventory) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = Vec::new();
    for gap in &inventory.gaps {
        let said = explain_said(&gap.why);
        if said.cause.is_some() && !found.iter().any(|known| known.cause == said.cause) {
            found.push(said);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Gap;

    fn gap(why: &str) -> Gap {
        Gap {
            why: why.into(),
            ..Gap::default()
        }
    }

    #[test]
    fn each_cause_of_the_gaps_is_told_once_and_what_names_none_is_left_out() {
        let unregistered = "409 MissingSubscriptionRegistration: The subscription is not registered to use namespace 'Microsoft.CognitiveServices'.";
        let inventory = Inventory {
            gaps: vec![gap(unregistered), gap(unregistered), gap("it is late")],
            ..Inventory::default()
        };
        let causes: Vec<_> = explain_gaps(&inventory)
            .into_iter()
            .filter_map(|said| said.cause)
            .collect();
        assert_eq!(causes, ["arm_provider_not_registered"]);
    }

    #[test]
    fn the_words_of_a_refused_sign_in_name_its_cause() {
        let said = explain_said(
            "the credential was refused: AADSTS7000222: The provided client secret keys for app 'x' are expired.",
        );
        assert_eq!(said.cause, Some("entra_client_secret_invalid".into()));
    }
}
