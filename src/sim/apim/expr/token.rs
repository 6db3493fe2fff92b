//! JSON as expressions hold it: trees whose nodes are shared, so that a change through one name shows through another.

use serde_json::{Map, Value as Json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A `JToken`.
#[derive(Debug, Clone)]
pub(crate) struct Token(Arc<Mutex<Node>>);

#[derive(Debug)]
struct Node {
    form: Form,
    /// Whether a container holds it. Putting it into another one copies it, as Newtonsoft does.
    is_held: bool,
}

#[derive(Debug)]
enum Form {
    Scalar(Json),
    Array(Vec<Token>),
    Object(Vec<(String, Token)>),
}

impl From<Json> for Token {
    fn from(json: Json) -> Self {
        let form = match json {
            Json::Array(items) => Form::Array(items.into_iter().map(held).collect()),
            Json::Object(members) => Form::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name, held(value)))
                    .collect(),
            ),
            scalar => Form::Scalar(scalar),
        };
        Token::of(form, false)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.to_json() == other.to_json()
    }
}

fn held(json: Json) -> Token {
    let token = Token::from(json);
    token.lock().is_held = true;
    token
}

impl Token {
    fn of(form: Form, is_held: bool) -> Self {
        Token(Arc::new(Mutex::new(Node { form, is_held })))
    }

    fn lock(&self) -> MutexGuard<'_, Node> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy as plain JSON.
    pub(crate) fn to_json(&self) -> Json {
        match &self.lock().form {
            Form::Scalar(scalar) => scalar.clone(),
            Form::Array(items) => Json::Array(items.iter().map(Token::to_json).collect()),
            Form::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The scalar; `None` for an array or an object.
    pub(super) fn scalar(&self) -> Option<Json> {
        match &self.lock().form {
            Form::Scalar(scalar) => Some(scalar.clone()),
            _ => None,
        }
    }

    /// Whether it is a `JArray`.
    pub(super) fn is_array(&self) -> bool {
        matches!(self.lock().form, Form::Array(_))
    }

    /// Whether it is a `JObject`.
    pub(super) fn is_object(&self) -> bool {
        matches!(self.lock().form, Form::Object(_))
    }

    /// `Type`, as `JTokenType` names it.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.lock().form {
            Form::Array(_) => "Array",
            Form::Object(_) => "Object",
            Form::Scalar(Json::Null) => "Null",
            Form::Scalar(Json::Bool(_)) => "Boolean",
            Form::Scalar(Json::String(_)) => "String",
            Form::Scalar(Json::Number(number)) if number.is_f64() => "Float",
            Form::Scalar(_) => "Integer",
        }
    }

    /// The member called `name`.
    pub(super) fn get(&self, name: &str) -> Option<Token> {
        match &self.lock().form {
            Form::Object(members) => members
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone()),
            _ => None,
        }
    }

    /// The items of an array; the values of an object; nothing for a scalar.
    pub(super) fn items(&self) -> Vec<Token> {
        match &self.lock().form {
            Form::Array(items) => items.clone(),
            Form::Object(members) => members.iter().map(|(_, value)| value.clone()).collect(),
            Form::Scalar(_) => Vec::new(),
        }
    }

    /// The members of an object in their order.
    pub(super) fn members(&self) -> Vec<(String, Token)> {
        match &self.lock().form {
            Form::Object(members) => members.clone(),
            _ => Vec::new(),
        }
    }

    /// Sets a member of an object; false where it is none.
    pub(super) fn set(&self, name: &str, value: Token) -> bool {
        let value = self.adopt(value);
        match &mut self.lock().form {
            Form::Object(members) => {
                match members.iter_mut().find(|(known, _)| known == name) {
                    Some((_, old)) => *old = value,
                    None => members.push((name.to_owned(), value)),
                }
                true
            }
            _ => false,
        }
    }

    /// Sets an item of an array; false where there is none at that place.
    pub(super) fn set_at(&self, at: usize, value: Token) -> bool {
        let value = self.adopt(value);
        match &mut self.lock().form {
            Form::Array(items) => match items.get_mut(at) {
                Some(old) => {
                    *old = value;
                    true
                }
                None => false,
            },
            _ => false,
        }
    }

    /// Adds an item to an array; false where it is none.
    pub(super) fn push(&self, value: Token) -> bool {
        let value = self.adopt(value);
        match &mut self.lock().form {
            Form::Array(items) => {
                items.push(value);
                true
            }
            _ => false,
        }
    }

    /// Takes a member away; whether there was one.
    pub(super) fn remove(&self, name: &str) -> bool {
        match &mut self.lock().form {
            Form::Object(members) => {
                let before = members.len();
                members.retain(|(known, _)| known != name);
                members.len() < before
            }
            _ => false,
        }
    }

    /// Takes an item of an array away; whether there was one.
    pub(super) fn remove_at(&self, at: usize) -> bool {
        match &mut self.lock().form {
            Form::Array(items) if at < items.len() => {
                items.remove(at);
                true
            }
            _ => false,
        }
    }

    /// The tokens that a dotted path leads to: `a.b[0].c`, with a `$` in front or not.
    pub(super) fn select(&self, path: &str) -> Option<Token> {
        let path = path.strip_prefix('$').unwrap_or(path);
        let mut found = self.clone();
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
            found = match step.parse::<usize>() {
                Ok(at) if found.is_array() => found.items().get(at)?.clone(),
                _ => found.get(step)?,
            };
        }
        Some(found)
    }

    /// A copy that nothing else shares.
    pub(super) fn deep_copy(&self) -> Token {
        Token::from(self.to_json())
    }

    /// `value` as a child of this: itself, or a copy where another container holds it or it holds this.
    fn adopt(&self, value: Token) -> Token {
        let value = if value.lock().is_held || value.contains(self) {
            value.deep_copy()
        } else {
            value
        };
        value.lock().is_held = true;
        value
    }

    fn contains(&self, wanted: &Token) -> bool {
        Arc::ptr_eq(&self.0, &wanted.0) || self.items().iter().any(|item| item.contains(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_through_one_name_shows_through_another() {
        let list = Token::from(json!([{"is": false}]));
        assert!(list.items()[0].set("is", Token::from(json!(true))));
        assert_eq!(list.to_json(), json!([{"is": true}]));
    }

    #[test]
    fn what_another_container_holds_is_copied_and_nothing_holds_itself() {
        let one = Token::from(json!({"a": {"b": 1}}));
        let two = Token::from(json!({}));
        two.set("a", one.get("a").unwrap());
        two.get("a").unwrap().set("b", Token::from(json!(2)));
        assert_eq!(one.to_json(), json!({"a": {"b": 1}}));
        two.set("me", two.clone());
        assert_eq!(two.to_json(), json!({"a": {"b": 2}, "me": {"a": {"b": 2}}}));
    }

    #[test]
    fn a_path_leads_to_a_token() {
        let token = Token::from(json!({"a": [{"b": "c"}]}));
        assert_eq!(token.select("$.a[0].b").unwrap().to_json(), json!("c"));
        assert_eq!(token.select("a[1].b"), None);
    }
}
