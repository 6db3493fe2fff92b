//! Rules, compiled: cheap tests of words and status first, the expression last.

use super::condition::{ConditionError, Conditions, Expression, Scope, Template};
use super::facts::Facts;
use super::guard::Guard;
use super::sieve::Word;
use crate::knowledge::causes::Rule;

/// A rule ready to be tried.
pub(crate) struct Compiled {
    any: Vec<Word>,
    also: Vec<Word>,
    all: Vec<Word>,
    none: Vec<Word>,
    status: Vec<u16>,
    guard: Guard,
    when: Option<Expression>,
    says: Option<Template>,
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
            any: prepare(&rule.any),
            also: prepare(&rule.also),
            all: prepare(&rule.all),
            none: prepare(&rule.none),
            status: rule.status.clone(),
            guard: Guard::of(&rule.when),
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
        let says = |word: &Word| word.is_in(&facts.text, &facts.sieve);
        if facts
            .status
            .is_some_and(|status| !self.status.is_empty() && !self.status.contains(&status))
        {
            return None;
        }
        if !self.guard.passes(facts) {
            return None;
        }
        let word = self.any.iter().find(|word| says(word));
        if (word.is_none() && !self.any.is_empty())
            || !(self.also.is_empty() || self.also.iter().any(says))
            || !self.all.iter().all(says)
            || self.none.iter().any(says)
        {
            return None;
        }
        if self.when.is_some_and(|when| !conditions.holds(when, scope)) {
            return None;
        }
        Some(Match {
            word: word.or(self.all.first()).map(Word::as_str),
        })
    }

    /// What the rule says of its evidence, filled in.
    pub(crate) fn say(&self, scope: &Scope, conditions: &Conditions) -> Option<String> {
        let said = conditions.render(self.says?, scope);
        (!said.is_empty()).then_some(said)
    }
}

fn prepare(words: &[String]) -> Vec<Word> {
    let spelled = words.iter().flat_map(|word| spellings(word));
    spelled.map(|word| Word::new(&word)).collect()
}

/// Every text that a word of the tables stands for: `<a|b|>c` is `ac`, `bc` and `c`.
pub(crate) fn spellings(word: &str) -> Vec<String> {
    let Some((before, choices, after)) = first_choice(word) else {
        return vec![word.to_owned()];
    };
    let rests = spellings(after);
    choices
        .split('|')
        .flat_map(|choice| {
            rests
                .iter()
                .map(move |rest| [before, choice, rest].concat())
        })
        .collect()
}

/// The first `<a|b>` of a word, and what is around it. Angles without a bar, as in `<title>`, stand for themselves.
fn first_choice(word: &str) -> Option<(&str, &str, &str)> {
    for (open, _) in word.match_indices('<') {
        let inner = &word[open + 1..];
        let close = inner.find('>')?;
        if inner[..close].contains('|') && !inner[..close].contains('<') {
            return Some((&word[..open], &inner[..close], &inner[close + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::spellings;

    #[test]
    fn a_choice_stands_for_each_of_its_spellings() {
        assert_eq!(
            spellings("no <live |>upstream<s|>"),
            [
                "no live upstreams",
                "no live upstream",
                "no upstreams",
                "no upstream"
            ]
        );
    }

    #[test]
    fn angles_and_bars_of_their_own_stand_for_themselves() {
        for word in ["<title>", "| cloudflare", "<center>nginx", "a < b | c"] {
            assert_eq!(spellings(word), [word]);
        }
        assert_eq!(spellings("<p><a|b>"), ["<p>a", "<p>b"]);
    }
}
