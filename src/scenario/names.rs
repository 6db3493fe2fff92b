//! Which names a step may use: those of the language, of the scenario, and of the steps before it.

use super::at::Table;
use super::vocabulary::{answer_scope, base_scope};
use crate::expr::{Scope, suggest};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names known so far while a scenario is read.
#[derive(Debug)]
pub(super) struct Names {
    base: Scope,
    answer: Scope,
    captures: BTreeMap<String, Scope>,
    steps: BTreeMap<String, Scope>,
    /// A step's name is a template, so that any name may exist.
    has_unknown_steps: bool,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            base: base_scope(),
            answer: answer_scope(),
            captures: BTreeMap::new(),
            steps: BTreeMap::new(),
            has_unknown_steps: false,
        }
    }
}

/// Variables beside those of the target and of the answer.
const OF_A_STEP: &[&str] = &[
    "matrix", "captures", "steps", "attempt", "attempts", "is_last",
];

impl Names {
    pub(super) fn base(&self) -> Scope {
        self.base.clone()
    }

    /// Whether the language itself uses `name`.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.base.member(name).is_some()
            || self.answer.member(name).is_some()
            || OF_A_STEP.contains(&name)
    }

    /// What a step sees before its call, where `vars` are the base and the variables.
    pub(super) fn before(&self, vars: &Scope, matrix: Option<&Table<Vec<Value>>>) -> Scope {
        let mut scope = vars.clone();
        let varied = matrix.into_iter().flat_map(|matrix| &matrix.0);
        scope.insert(
            "matrix",
            Scope::members(varied.map(|(name, _)| (name.value.as_str(), Scope::Any))),
        );
        scope.insert("captures", Scope::Members(self.captures.clone()));
        scope.insert(
            "steps",
            if self.has_unknown_steps {
                Scope::Any
            } else {
                Scope::Members(self.steps.clone())
            },
        );
        scope.insert("attempt", Scope::Plain);
        scope
    }

    /// What a step sees after its call.
    pub(super) fn after(&self, before: &Scope) -> Scope {
        let mut scope = before.clone();
        if let Scope::Members(members) = &self.answer {
            members
                .iter()
                .for_each(|(name, member)| scope.insert(name.clone(), member.clone()));
        }
        scope.insert("attempts", Scope::list(self.answer.clone()));
        scope.insert("is_last", Scope::Plain);
        scope
    }

    /// Makes a step's answer known to later steps.
    pub(super) fn add_step(
        &mut self,
        name: &str,
        matrix: Option<&Table<Vec<Value>>>,
    ) -> Result<(), String> {
        if name.contains("{{") || name.contains("{%") {
            self.has_unknown_steps = true;
            return Ok(());
        }
        let varied: usize = matrix.map_or(1, |matrix| {
            matrix
                .0
                .iter()
                .map(|(_, values)| values.value.len())
                .product()
        });
        if varied > 1 {
            return Err(format!(
                "every combination of the matrix would be called `{name}`"
            ));
        }
        match self.steps.insert(name.to_owned(), self.answer.clone()) {
            None => Ok(()),
            Some(_) => Err(format!("an earlier step is called `{name}` too")),
        }
    }

    pub(super) fn add_capture(&mut self, name: &str) {
        self.captures.insert(name.to_owned(), Scope::Any);
    }
}

/// Whether `id` is a letter of the protocol or can be a name; otherwise what is wrong, and what to do.
pub(super) fn check_id(id: &str) -> Result<(), (String, String)> {
    let is_name_char =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match id.chars().collect::<Vec<_>>()[..] {
        ['A'..='L'] => Ok(()),
        [_] => Err((
            format!("`{id}` is not a letter of the protocol"),
            "the letters are A to L; a scenario of your own takes a name of two characters or more"
                .into(),
        )),
        [first, ..] if first.is_ascii_lowercase() && id.chars().all(is_name_char) => Ok(()),
        _ => Err((
            format!("`{id}` cannot be the name of a scenario"),
            "a name begins with a small letter; small letters, digits, - and _ follow".into(),
        )),
    }
}

/// `did you mean ...?` or, where nothing is close, what there is.
pub(super) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match suggest(word, known.clone()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => match known.map(|name| format!("`{name}`")).collect::<Vec<_>>()[..] {
            [] => "there are none".into(),
            ref names => format!("there are {}", names.join(", ")),
        },
    }
}
