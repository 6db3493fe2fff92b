//! Evaluating expressions against the parameters and variables of a template.

use super::functions::{call, member, truth};
use super::syntax::{Expression, Written, read};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How deep parameters and variables may refer to one another.
const MOST_DEPTH: usize = 48;
/// Longest list that is evaluated.
const MOST_ITEMS: i64 = 10_000;

/// A value, or why it is not known.
pub(super) type Evaluated = Result<Value, String>;

/// Where an expression stands: the template's parameters and variables, and the copies around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'t> {
    pub(super) parameters: BTreeMap<String, Evaluated>,
    pub(super) variables: Option<&'t Map<String, Value>>,
    /// Indexes of the copies around, by the copy's name; the innermost is called the empty name too.
    pub(super) copies: BTreeMap<String, i64>,
    /// What resources of the template are like, by their symbolic names and by their types and names.
    pub(super) resources: BTreeMap<String, Value>,
    pub(super) depth: usize,
    /// Variables that are being evaluated.
    pub(super) under_way: RefCell<Vec<String>>,
}

impl<'t> Place<'t> {
    /// A value with every expression in it evaluated. What is not known is left out and told to `unknown`, with the place
    /// in the value.
    pub(super) fn filled(
        &self,
        value: &Value,
        at: &str,
        unknown: &mut dyn FnMut(String, String),
    ) -> Value {
        match value {
            Value::String(text) => match self.text(text) {
                Ok(value) => value,
                Err(why) => {
                    unknown(at.to_owned(), why);
                    Value::Null
                }
            },
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let items = items
                    .map(|(number, item)| self.filled(item, &format!("{at}[{number}]"), unknown));
                Value::Array(items.collect())
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (name, member) in members {
                    let below = format!("{at}.{name}");
                    if name == "copy" && member.is_array() {
                        self.copied(member, at, &mut filled, unknown);
                        continue;
                    }
                    let key = match self.text(name) {
                        Ok(Value::String(key)) => key,
                        _ => name.clone(),
                    };
                    filled.insert(key, self.filled(member, &below, unknown));
                }
                Value::Object(filled)
            }
            plain => plain.clone(),
        }
    }

    /// Members that a `copy` of an object makes: one list for each.
    fn copied(
        &self,
        copies: &Value,
        at: &str,
        filled: &mut Map<String, Value>,
        unknown: &mut dyn FnMut(String, String),
    ) {
        for copy in copies.as_array().into_iter().flatten() {
            let Some(name) = copy.get("name").and_then(Value::as_str) else {
                continue;
            };
            let below = format!("{at}.{name}");
            match self.count(copy) {
                Ok(count) => {
                    let input = copy.get("input").unwrap_or(&Value::Null);
                    let items = (0..count).map(|index| {
                        let place = self.with_copy(name, index);
                        place.filled(input, &format!("{below}[{index}]"), unknown)
                    });
                    filled.insert(name.to_owned(), Value::Array(items.collect()));
                }
                Err(why) => unknown(below, why),
            }
        }
    }

    /// How often something is copied.
    pub(super) fn count(&self, copy: &Value) -> Result<i64, String> {
        let count = match copy.get("count") {
            Some(Value::String(text)) => self.text(text)?,
            Some(value) => value.clone(),
            None => return Err("a copy has no count".to_owned()),
        };
        let count = count.as_i64().ok_or("the count of a copy is no number")?;
        if (0..=MOST_ITEMS).contains(&count) {
            Ok(count)
        } else {
            Err(format!("a copy of {count} is more than is read"))
        }
    }

    /// The place inside a copy.
    pub(super) fn with_copy(&self, name: &str, index: i64) -> Place<'t> {
        let mut place = self.clone();
        place.copies.insert(name.to_owned(), index);
        place.copies.insert(String::new(), index);
        place
    }

    /// A text of the template.
    pub(super) fn text(&self, text: &str) -> Evaluated {
        match read(text) {
            Written::Plain(text) => Ok(text.into()),
            Written::Expression(expression) => self.evaluate(&expression),
            Written::Unreadable => Err(format!("{} cannot be read", shown(text))),
        }
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Evaluated {
        match expression {
            Expression::Text(text) => Ok(text.as_str().into()),
            Expression::Number(number) => Ok((*number).into()),
            Expression::Member(of, name) => member(&self.evaluate(of)?, name),
            Expression::Index(of, index) => {
                let (of, index) = (self.evaluate(of)?, self.evaluate(index)?);
                let found = match (&of, &index) {
                    (Value::Array(items), index) => {
                        let at = index.as_u64().and_then(|at| usize::try_from(at).ok());
                        at.and_then(|at| items.get(at)).cloned()
                    }
                    (_, Value::String(name)) => return member(&of, name),
                    _ => None,
                };
                found.ok_or_else(|| format!("there is nothing at [{index}]"))
            }
            Expression::Call(name, arguments) => self.called(name, arguments),
        }
    }

    fn called(&self, name: &str, arguments: &[Expression]) -> Evaluated {
        let first = |what: &str| match arguments {
            [one, ..] => match self.evaluate(one)? {
                Value::String(text) => Ok(text),
                _ => Err(format!("{what}() takes a name")),
            },
            [] => Err(format!("{what}() takes a name")),
        };
        match name.to_ascii_lowercase().as_str() {
            "parameters" => {
                let name = first("parameters")?;
                let found = self.parameters.get(&name.to_lowercase());
                found
                    .cloned()
                    .unwrap_or_else(|| Err(format!("there is no parameter {name}")))
            }
            "variables" => self.variable(&first("variables")?),
            "copyindex" => self.copy_index(arguments),
            // Only the branch that is taken has to be known.
            "if" => match arguments {
                [test, yes, no] => match truth(&self.evaluate(test)?)? {
                    true => self.evaluate(yes),
                    false => self.evaluate(no),
                },
                _ => Err("if() takes three values".to_owned()),
            },
            "and" | "or" => {
                let is_and = name.eq_ignore_ascii_case("and");
                for one in arguments {
                    if truth(&self.evaluate(one)?)? != is_and {
                        return Ok((!is_and).into());
                    }
                }
                Ok(is_and.into())
            }
            "coalesce" => {
                let values = arguments.iter().map(|one| self.evaluate(one));
                let mut known = values.filter(|one| !matches!(one, Ok(Value::Null)));
                known.next().unwrap_or(Ok(Value::Null))
            }
            "reference" => {
                let name = first("reference")?;
                let found = self.resources.get(&name.to_lowercase());
                found
                    .cloned()
                    .ok_or_else(|| format!("reference('{name}') is known only once it is deployed"))
            }
            _ => {
                let values = arguments.iter().map(|one| self.evaluate(one));
                call(name, &values.collect::<Result<Vec<_>, _>>()?)
            }
        }
    }

    fn variable(&self, name: &str) -> Evaluated {
        let all = self
            .variables
            .ok_or_else(|| format!("there is no variable {name}"))?;
        let own = all
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, value)) = own else {
            return self.copied_variable(all, name);
        };
        self.guarded(name, |place| {
            let mut why = None;
            let value = place.filled(value, name, &mut |_, reason| {
                why.get_or_insert(reason);
            });
            match why {
                // Parts of an object or a list may be known; a text is known whole or not at all.
                Some(why) if !value.is_object() && !value.is_array() => Err(why),
                _ => Ok(value),
            }
        })
    }

    /// A variable that a `copy` among the variables makes.
    fn copied_variable(&self, all: &Map<String, Value>, name: &str) -> Evaluated {
        let copies = all
            .get("copy")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut own = copies.filter(|copy| {
            let known = copy.get("name").and_then(Value::as_str);
            known.is_some_and(|known| known.eq_ignore_ascii_case(name))
        });
        let copy = own
            .next()
            .ok_or_else(|| format!("there is no variable {name}"))?;
        self.guarded(name, |place| {
            let count = place.count(copy)?;
            let input = copy.get("input").unwrap_or(&Value::Null);
            let items = (0..count).map(|index| {
                let inside = place.with_copy(name, index);
                inside.filled(input, name, &mut |_, _| {})
            });
            Ok(Value::Array(items.collect()))
        })
    }

    /// Evaluates a variable unless it is under way already.
    fn guarded(&self, name: &str, evaluate: impl FnOnce(&Self) -> Evaluated) -> Evaluated {
        let name = name.to_lowercase();
        if self.under_way.borrow().contains(&name) || self.under_way.borrow().len() > MOST_DEPTH {
            return Err(format!("variable {name} refers to itself"));
        }
        self.under_way.borrow_mut().push(name);
        let found = evaluate(self);
        self.under_way.borrow_mut().pop();
        found
    }

    fn copy_index(&self, arguments: &[Expression]) -> Evaluated {
        let mut name = String::new();
        let mut offset = 0;
        for argument in arguments {
            match self.evaluate(argument)? {
                Value::String(text) => name = text,
                value => offset = value.as_i64().unwrap_or_default(),
            }
        }
        let found = self
            .copies
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let index = found
            .map(|(_, index)| *index)
            .ok_or("copyIndex() stands outside a copy")?;
        Ok(index.saturating_add(offset).into())
    }
}

/// A text as a reason shows it.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("the expression {short}")
}
