//! Profiles: what a run takes for granted where no flag and no variable says otherwise.

use super::ConfigError;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The profiles that come with fluxprobe.
const BUILT_IN: &str = include_str!("profiles.yaml");

/// What a profile sets; what it leaves out stays as it would be without it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// One line for people.
    pub about: Option<String>,
    /// The profile that this one lies over.
    pub extends: Option<String>,
    /// Letters, ranges or names of scenarios.
    pub scenarios: Option<Vec<String>>,
    /// Tags, of which a scenario must have one.
    pub tags: Option<Vec<String>>,
    /// Pictures that may be bought on a deployment at most.
    pub max_images: Option<u32>,
    /// US dollars that pictures may cost at most.
    pub max_cost: Option<f64>,
    /// How often a failed case is tried again at most.
    pub retries: Option<u32>,
    /// Whether cases that buy pictures are tried again as well.
    pub retry_paid: Option<bool>,
    /// What a flaky case means for the exit code.
    pub flaky: Option<FlakyRule>,
    /// Whether nothing starts after the first failure.
    pub fail_fast: Option<bool>,
    /// Cases at once.
    pub jobs: Option<u16>,
}

/// What a case that failed once and passed later means for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlakyRule {
    /// Good enough.
    Pass,
    /// Exit code 6.
    Fail,
}

/// One layer of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileLayer {
    /// `built-in profile smoke`, `fluxprobe.yaml profile smoke`.
    pub origin: String,
    /// What it sets.
    pub profile: Profile,
}

/// Profiles by name, as a file writes them.
pub(super) type Profiles = BTreeMap<String, Profile>;

/// The layers of the profile `name`, the one that wins first: `written` over the built-in of that name over what they
/// extend. `file` is where `written` stands.
///
/// # Errors
/// [`ConfigError::Profile`] where there is no such profile, or profiles extend one another in a circle.
pub(super) fn layers(
    name: &str,
    file: &str,
    written: &Profiles,
) -> Result<Vec<ProfileLayer>, ConfigError> {
    let built_in = built_in()?;
    let mut layers = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next {
        let known = [
            (written.get(&name), file),
            (built_in.get(&name), "built-in"),
        ];
        let found: Vec<ProfileLayer> = known
            .into_iter()
            .filter_map(|(profile, whose)| {
                Some(ProfileLayer {
                    origin: format!("{whose} profile {name}"),
                    profile: profile?.clone(),
                })
            })
            .collect();
        if found.is_empty() {
            let names: Vec<&str> = written
                .keys()
                .chain(built_in.keys())
                .map(String::as_str)
                .collect();
            return Err(ConfigError::Profile {
                what: format!("there is no profile `{name}`"),
                help: format!("there are {}", listed(names)),
            });
        }
        if seen.contains(&name) {
            return Err(ConfigError::Profile {
                what: format!(
                    "profiles extend one another in a circle: {}, {name}",
                    seen.join(", ")
                ),
                help: "let one of them stand by itself".to_owned(),
            });
        }
        next = found.iter().find_map(|layer| layer.profile.extends.clone());
        seen.push(name);
        layers.extend(found);
    }
    Ok(layers)
}

/// The names of all profiles with what they are for, those of `written` over those that come with fluxprobe.
fn listed(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

fn built_in() -> Result<Profiles, ConfigError> {
    serde_saphyr::from_str(BUILT_IN)
        .map_err(|error| ConfigError::of_yaml("profiles.yaml", BUILT_IN, &error))
}

impl Profile {
    /// What `layers` come to, the first that sets a value winning.
    pub fn of(layers: &[ProfileLayer]) -> Profile {
        let mut whole = Profile::default();
        for ProfileLayer { profile, .. } in layers {
            let one = profile.clone();
            whole.about = whole.about.or(one.about);
            whole.scenarios = whole.scenarios.or(one.scenarios);
            whole.tags = whole.tags.or(one.tags);
            whole.max_images = whole.max_images.or(one.max_images);
            whole.max_cost = whole.max_cost.or(one.max_cost);
            whole.retries = whole.retries.or(one.retries);
            whole.retry_paid = whole.retry_paid.or(one.retry_paid);
            whole.flaky = whole.flaky.or(one.flaky);
            whole.fail_fast = whole.fail_fast.or(one.fail_fast);
            whole.jobs = whole.jobs.or(one.jobs);
        }
        whole
    }

    /// Name and value of everything it sets, for people.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let flaky = self.flaky.map(|rule| match rule {
            FlakyRule::Pass => "pass".to_owned(),
            FlakyRule::Fail => "fail".to_owned(),
        });
        let all = [
            (
                "profile.scenarios",
                self.scenarios.as_ref().map(|list| list.join(", ")),
            ),
            (
                "profile.tags",
                self.tags.as_ref().map(|list| list.join(", ")),
            ),
            (
                "profile.max_images",
                self.max_images.map(|count| count.to_string()),
            ),
            (
                "profile.max_cost",
                self.max_cost.map(|usd| format!("{usd:.2}")),
            ),
            (
                "profile.retries",
                self.retries.map(|count| count.to_string()),
            ),
            (
                "profile.retry_paid",
                self.retry_paid.map(|is_so| is_so.to_string()),
            ),
            ("profile.flaky", flaky),
            (
                "profile.fail_fast",
                self.fail_fast.map(|is_so| is_so.to_string()),
            ),
            ("profile.jobs", self.jobs.map(|count| count.to_string())),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Profiles {
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn the_smoke_profile_buys_one_picture_a_deployment() {
        let smoke = Profile::of(&layers("smoke", "f", &Profiles::default()).unwrap());
        assert_eq!(smoke.max_images, Some(1));
        for name in ["ci", "nightly"] {
            let profile = Profile::of(&layers(name, "f", &Profiles::default()).unwrap());
            assert!(
                profile.max_cost.is_some() && profile.retry_paid.is_none(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_written_profile_lies_over_the_one_of_its_name_and_over_what_it_extends() {
        let written = written("smoke: {retries: 3}\nmine: {extends: smoke, jobs: 2}\n");
        let mine = layers("mine", "f.yaml", &written).unwrap();
        let origins: Vec<&str> = mine.iter().map(|layer| layer.origin.as_str()).collect();
        assert_eq!(
            origins,
            [
                "f.yaml profile mine",
                "f.yaml profile smoke",
                "built-in profile smoke"
            ]
        );
        let mine = Profile::of(&mine);
        assert_eq!(
            (mine.retries, mine.jobs, mine.max_images),
            (Some(3), Some(2), Some(1))
        );
    }

    #[test]
    fn an_unknown_profile_and_a_circle_are_told() {
        let text = |name, text| layers(name, "f", &written(text)).unwrap_err().to_string();
        assert_eq!(
            text("smok", "mine: {}"),
            "there is no profile `smok`: there are ci, mine, nightly, smoke"
        );
        let circle = text("a", "a: {extends: b}\nb: {extends: a}\n");
        assert!(circle.contains("in a circle: a, b, a"), "{circle}");
    }
}
