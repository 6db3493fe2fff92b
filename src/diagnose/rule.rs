//! Rules, compiled: cheap tests of words and status first, the expression last.

use super::condition::{ConditionError, Conditions, Handle, Scope};
use super::facts::Facts;
use super::words;
use crate::knowledge::causes::Rule;

/// A rule ready to be tried.
pub(crate) struct Compiled {
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
    status: Vec<u16>,
    when: Option<Handle>,
    says: Option<Handle>,
}

/// What made a rule match.
pub(crate) struct Match<'a> {
    /// The text of `any` that occurred, where the rule asks for one.
    pub(crate) word: Option<&'a str>,
}

impl Compiled {
    /// Compiles `rule`; `place` is only named in errors.
    pub(crate) fn new(
        rule: &Rule,
        place: &str,
        conditions: &mut Conditions,
    ) -> Result<Self, ConditionError> {
        let when = match rule.when.trim() {
            "" => None,
            when => Some(conditions.add_expression(place, when)?),
        };
        let says = match rule.says.trim() {
            "" => None,
            says => Some(conditions.add_template(place, says)?),
        };
        Ok(Compiled {
            any: rule.any.clone(),
            all: rule.all.clone(),
            none: rule.none.clone(),
            status: rule.status.clone(),
            when,
            says,
        })
    }

    /// Tries the rule. A status that the answer does not say contradicts nothing.
    pub(crate) fn test<'a>(
        &'a self,
        facts: &Facts,
        scope: &Scope,
        conditions: &Conditions,
    ) -> Option<Match<'a>> {
        let says = |word: &String| words::find_word(&facts.text, word).is_some();
        if facts
            .status
            .is_some_and(|status| !self.status.is_empty() && !self.status.contains(&status))
        {
            return None;
        }
        let word = self.any.iter().find(|word| says(word));
        if (word.is_none() && !self.any.is_empty())
            || !self.all.iter().all(says)
            || self.none.iter().any(says)
        {
            return None;
        }
        if self.when.is_some_and(|when| !conditions.holds(when, scope)) {
            return None;
        }
        Some(Match {
            word: word.or(self.all.first()).map(String::as_str),
        })
    }

    /// What the rule says of its evidence, filled in.
    pub(crate) fn say(&self, scope: &Scope, conditions: &Conditions) -> Option<String> {
        let said = conditions.render(self.says?, scope);
        (!said.is_empty()).then_some(said)
    }
}
