//! Which scenarios and targets to take.

use crate::expr::{ExprError, suggest};
use crate::model::Target;
use crate::scenario::Scenario;

/// A selection; an empty part takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Letters, names, or ranges of letters such as `A-D`; any case.
    pub scenarios: Vec<String>,
    /// Tags, of which a scenario must have one.
    pub tags: Vec<String>,
    /// Deployment names.
    pub deployments: Vec<String>,
    /// Pictures that may be bought on a deployment at most; absent for any number.
    pub max_images: Option<u32>,
    /// Whether gateways are left aside and deployments called directly.
    pub is_direct: bool,
}

/// Why a choice cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A variable of a scenario cannot be rendered.
    #[error("{file}: variable {name}: {error}")]
    Variable {
        /// File of the scenario.
        file: String,
        /// The variable.
        name: String,
        /// Why.
        error: Box<ExprError>,
    },
    /// A condition of a scenario cannot be evaluated.
    #[error("{at}: {error}")]
    Condition {
        /// Where it stands.
        at: String,
        /// Why.
        error: Box<ExprError>,
    },
    /// There is no such scenario.
    #[error("there is no scenario {asked:?}: {hint}")]
    UnknownScenario {
        /// What was asked for.
        asked: String,
        /// What there is.
        hint: String,
    },
    /// There is no such deployment.
    #[error("there is no FLUX deployment {asked:?}: {hint}")]
    UnknownDeployment {
        /// What was asked for.
        asked: String,
        /// What there is.
        hint: String,
    },
}

impl Choice {
    pub(super) fn scenarios<'a>(
        &self,
        all: &'a [Scenario],
    ) -> Result<Vec<&'a Scenario>, PlanError> {
        let mut wanted = Vec::new();
        for asked in &self.scenarios {
            let ids = expand(asked);
            for id in ids {
                if !all
                    .iter()
                    .any(|scenario| scenario.id.as_str().eq_ignore_ascii_case(&id))
                {
                    let known: Vec<&str> =
                        all.iter().map(|scenario| scenario.id.as_str()).collect();
                    return Err(PlanError::UnknownScenario {
                        asked: id.clone(),
                        hint: hint(&id, &known),
                    });
                }
                wanted.push(id);
            }
        }
        let is_wanted = |scenario: &Scenario| {
            let by_id = wanted.is_empty()
                || wanted
                    .iter()
                    .any(|id| scenario.id.as_str().eq_ignore_ascii_case(id));
            let by_tag =
                self.tags.is_empty() || scenario.tags.iter().any(|tag| self.tags.contains(tag));
            by_id && by_tag
        };
        let mut chosen: Vec<&Scenario> =
            all.iter().filter(|scenario| is_wanted(scenario)).collect();
        chosen.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(chosen)
    }

    pub(super) fn targets(&self, all: &[Target]) -> Result<Vec<Target>, PlanError> {
        for asked in &self.deployments {
            if !all.iter().any(|target| target.deployment == asked.as_str()) {
                let known: Vec<&str> = all
                    .iter()
                    .map(|target| target.deployment.as_str())
                    .collect();
                return Err(PlanError::UnknownDeployment {
                    asked: asked.clone(),
                    hint: hint(asked, &known),
                });
            }
        }
        let is_wanted = |target: &&Target| {
            self.deployments.is_empty()
                || self
                    .deployments
                    .iter()
                    .any(|name| target.deployment == name.as_str())
        };
        let mut chosen: Vec<Target> = all.iter().filter(is_wanted).cloned().collect();
        if self.is_direct {
            chosen.retain(|target| target.direct.is_some());
            for target in &mut chosen {
                target.gateway = None;
            }
        }
        Ok(chosen)
    }
}

/// `A-D` as its letters; anything else as itself.
fn expand(asked: &str) -> Vec<String> {
    let mut ends = asked.split('-').map(|end| end.trim().to_ascii_uppercase());
    match (ends.next(), ends.next(), ends.next()) {
        (Some(from), Some(to), None) => match (from.as_bytes(), to.as_bytes()) {
            ([from], [to]) if from.is_ascii_uppercase() && to.is_ascii_uppercase() => (*from..=*to)
                .map(|letter| char::from(letter).to_string())
                .collect(),
            _ => vec![asked.to_owned()],
        },
        _ => vec![asked.to_owned()],
    }
}

fn hint(asked: &str, known: &[&str]) -> String {
    match suggest(asked, known.iter().copied()) {
        Some(close) if close.len() > 1 => format!("did you mean {close}?"),
        _ if known.is_empty() => "there are none".to_owned(),
        _ => format!("there are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenarios() -> Vec<Scenario> {
        ["A", "B", "C", "D", "E"]
            .map(|id| Scenario {
                id: id.into(),
                ..Scenario::default()
            })
            .to_vec()
    }

    fn ids(choice: &Choice) -> Vec<String> {
        choice
            .scenarios(&scenarios())
            .unwrap()
            .iter()
            .map(|scenario| scenario.id.to_string())
            .collect()
    }

    #[test]
    fn letters_and_ranges_choose_and_nothing_chooses_all() {
        let of = |asked: &[&str]| Choice {
            scenarios: asked.iter().map(|text| (*text).to_owned()).collect(),
            ..Choice::default()
        };
        assert_eq!(ids(&of(&["b", "D-E"])), ["B", "D", "E"]);
        assert_eq!(ids(&of(&[])), ["A", "B", "C", "D", "E"]);
    }

    #[test]
    fn an_unknown_letter_is_named_with_what_there_is() {
        let choice = Choice {
            scenarios: vec!["Z".into()],
            ..Choice::default()
        };
        let error = choice.scenarios(&scenarios()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no scenario \"Z\": there are A, B, C, D, E"
        );
    }

    #[test]
    fn an_unknown_deployment_is_answered_with_the_near_one() {
        let target = Target {
            deployment: "FLUX-1.1-pro".into(),
            ..Target::default()
        };
        let choice = Choice {
            deployments: vec!["FLUX.1.1-pro".into()],
            ..Choice::default()
        };
        let error = choice.targets(&[target]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no FLUX deployment \"FLUX.1.1-pro\": did you mean FLUX-1.1-pro?"
        );
    }
}
