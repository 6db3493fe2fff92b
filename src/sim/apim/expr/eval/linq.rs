//! What can be asked of anything that can be gone through: lists, JSON arrays and objects, dictionaries, texts.

use super::super::value::{Shared, Thrown, Value};
use super::operators::order;
use super::{Evaluator, Interrupt};
use std::cmp::Ordering;

/// Methods that are answered here, with their least and most arguments.
pub(in crate::sim::apim::expr) const METHODS: &[(&str, (usize, usize))] = &[
    ("Select", (1, 1)),
    ("SelectMany", (1, 1)),
    ("Where", (1, 1)),
    ("Any", (0, 1)),
    ("All", (1, 1)),
    ("First", (0, 1)),
    ("FirstOrDefault", (0, 1)),
    ("Last", (0, 1)),
    ("LastOrDefault", (0, 1)),
    ("Single", (0, 1)),
    ("SingleOrDefault", (0, 1)),
    ("ElementAt", (1, 1)),
    ("ElementAtOrDefault", (1, 1)),
    ("Count", (0, 1)),
    ("LongCount", (0, 1)),
    ("OrderBy", (1, 1)),
    ("OrderByDescending", (1, 1)),
    ("ThenBy", (1, 1)),
    ("Skip", (1, 1)),
    ("Take", (1, 1)),
    ("SkipWhile", (1, 1)),
    ("TakeWhile", (1, 1)),
    ("ToArray", (0, 0)),
    ("ToList", (0, 0)),
    ("ToHashSet", (0, 0)),
    ("AsEnumerable", (0, 0)),
    ("ToDictionary", (1, 2)),
    ("Distinct", (0, 0)),
    ("Concat", (1, 1)),
    ("Union", (1, 1)),
    ("Intersect", (1, 1)),
    ("Except", (1, 1)),
    ("Append", (1, 1)),
    ("Prepend", (1, 1)),
    ("Reverse", (0, 0)),
    ("Sum", (0, 1)),
    ("Max", (0, 1)),
    ("Min", (0, 1)),
    ("Average", (0, 1)),
    ("Aggregate", (1, 2)),
    ("OfType", (0, 0)),
    ("Cast", (0, 0)),
    ("Children", (0, 0)),
    ("Values", (0, 0)),
    ("SequenceEqual", (1, 1)),
    ("DefaultIfEmpty", (0, 1)),
    ("ForEach", (1, 1)),
    ("RemoveAll", (1, 1)),
    ("Find", (1, 1)),
    ("FindIndex", (1, 1)),
    ("Exists", (1, 1)),
];

impl Evaluator<'_> {
    /// The items of `value`, for `foreach` and the methods here.
    pub(super) fn items(&mut self, value: &Value) -> Result<Vec<Value>, Thrown> {
        match value {
            Value::Object(object) => match self.host.entries(*object) {
                Some(entries) => Ok(entries.into_iter().map(pair).collect()),
                None => Err(not_a_list(value)),
            },
            value => listed(value).ok_or_else(|| not_a_list(value)),
        }
    }

    /// `value.name(arguments)` where it is one of these and `value` can be gone through.
    pub(super) fn call_list(
        &mut self,
        value: &Value,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>, Interrupt> {
        if !METHODS.iter().any(|(known, _)| *known == name) {
            return Ok(None);
        }
        let Some(items) = listed(value) else {
            return Ok(None);
        };
        if name == "RemoveAll"
            && let Value::List(list) = value
        {
            let kept = self.filtered(items, &arguments[0], false)?;
            let mut list = list.lock();
            let removed = list.len() - kept.len();
            *list = kept;
            return Ok(Some(Value::Int(removed as i64)));
        }
        self.query(items, name, arguments).map(Some)
    }

    /// `Enumerable.Range(a, n)`, `Enumerable.Empty<T>()`, `Array.IndexOf(list, x)`, `Array.Empty<T>()`.
    pub(super) fn call_static_list(
        &mut self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, Interrupt> {
        match (name, arguments) {
            ("Empty", _) => Ok(Value::list(Vec::new())),
            ("Range", [start, count]) => {
                let (start, count) = (start.as_int()?, count.as_int()?.clamp(0, 100_000));
                Ok(Value::list(
                    (start..start.saturating_add(count))
                        .map(Value::Int)
                        .collect(),
                ))
            }
            ("IndexOf", [list, wanted]) => {
                let at = self
                    .items(list)?
                    .iter()
                    .position(|item| item.equals(wanted));
                Ok(Value::Int(at.map_or(-1, |at| at as i64)))
            }
            ("Exists", [list, test]) => {
                let items = self.items(list)?;
                self.query(items, "Any", std::slice::from_ref(test))
            }
            (_, [list, rest @ ..]) => {
                let items = self.items(list)?;
                self.query(items, name, rest)
            }
            _ => Err(Thrown(format!("'{name}' is not defined.")).into()),
        }
    }

    fn query(
        &mut self,
        items: Vec<Value>,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, Interrupt> {
        let first = arguments.first().cloned().unwrap_or(Value::Null);
        let found = match name {
            "Select" => Value::list(self.mapped(items, &first)?),
            "SelectMany" => {
                let mut all = Vec::new();
                for inner in self.mapped(items, &first)? {
                    all.extend(self.items(&inner)?);
                }
                Value::list(all)
            }
            "Where" => Value::list(self.filtered(items, &first, true)?),
            "Any" => Value::Bool(!self.chosen(items, &first)?.is_empty()),
            "Exists" => Value::Bool(!self.filtered(items, &first, true)?.is_empty()),
            "All" => Value::Bool(self.filtered(items, &first, false)?.is_empty()),
            "Count" | "LongCount" => Value::Int(self.chosen(items, &first)?.len() as i64),
            "First" | "Last" | "FirstOrDefault" | "LastOrDefault" | "Find" => {
                let mut chosen = self.chosen(items, &first)?;
                let found = if name.starts_with("Last") {
                    chosen.pop()
                } else {
                    chosen.into_iter().next()
                };
                or_default(found, name)?
            }
            "Single" | "SingleOrDefault" => {
                let mut chosen = self.chosen(items, &first)?;
                let found = chosen.pop();
                if !chosen.is_empty() {
                    return Err(Thrown("Sequence contains more than one element".into()).into());
                }
                or_default(found, name)?
            }
            "ElementAt" | "ElementAtOrDefault" => {
                let at = usize::try_from(first.as_int()?).unwrap_or(usize::MAX);
                or_default(items.get(at).cloned(), name)?
            }
            "FindIndex" => {
                let mut at = -1;
                for (place, item) in items.iter().enumerate() {
                    if self.holds(&first, item)? {
                        at = place as i64;
                        break;
                    }
                }
                Value::Int(at)
            }
            "OrderBy" | "OrderByDescending" | "ThenBy" => self.sorted(items, &first, name)?,
            "Skip" => Value::list(items.into_iter().skip(count(&first)?).collect()),
            "Take" => Value::list(items.into_iter().take(count(&first)?).collect()),
            "SkipWhile" | "TakeWhile" => {
                let mut place = items.len();
                for (at, item) in items.iter().enumerate() {
                    if !self.holds(&first, item)? {
                        place = at;
                        break;
                    }
                }
                let (taken, skipped) = items.split_at(place);
                Value::list(if name == "TakeWhile" { taken } else { skipped }.to_vec())
            }
            "ToDictionary" => self.dictionary(items, arguments)?,
            "Distinct" => Value::list(distinct(items)),
            "Concat" | "Union" => {
                let mut all = items;
                all.extend(self.items(&first)?);
                Value::list(if name == "Union" { distinct(all) } else { all })
            }
            "Intersect" | "Except" => {
                let others = self.items(&first)?;
                let is_there = |item: &Value| others.iter().any(|other| other.equals(item));
                let kept = items
                    .into_iter()
                    .filter(|it| is_there(it) == (name == "Intersect"));
                Value::list(distinct(kept.collect()))
            }
            "Append" => Value::list(items.into_iter().chain([first]).collect()),
            "Prepend" => Value::list([first].into_iter().chain(items).collect()),
            "Reverse" => Value::list(items.into_iter().rev().collect()),
            "Sum" | "Max" | "Min" | "Average" => {
                let numbers = match &first {
                    Value::Null => items,
                    function => self.mapped(items, function)?,
                };
                summed(&numbers, name)?
            }
            "Aggregate" => self.aggregated(items, arguments)?,
            "SequenceEqual" => {
                let others = self.items(&first)?;
                let is_same = items.len() == others.len()
                    && items
                        .iter()
                        .zip(&others)
                        .all(|(one, other)| one.equals(other));
                Value::Bool(is_same)
            }
            "DefaultIfEmpty" if items.is_empty() => Value::list(vec![first]),
            "ForEach" => {
                for item in items {
                    self.apply(&first, &[item])?;
                }
                Value::Null
            }
            // `ToArray`, `ToList`, `Cast<T>` and their like.
            _ => Value::list(items),
        };
        Ok(found)
    }

    /// The items that a condition lets through; all where there is none.
    fn chosen(&mut self, items: Vec<Value>, test: &Value) -> Result<Vec<Value>, Interrupt> {
        match test {
            Value::Function(_) => self.filtered(items, test, true),
            _ => Ok(items),
        }
    }

    fn filtered(
        &mut self,
        items: Vec<Value>,
        test: &Value,
        wanted: bool,
    ) -> Result<Vec<Value>, Interrupt> {
        let mut kept = Vec::new();
        for item in items {
            if self.holds(test, &item)? == wanted {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    fn mapped(&mut self, items: Vec<Value>, function: &Value) -> Result<Vec<Value>, Interrupt> {
        items
            .into_iter()
            .enumerate()
            .map(|(at, item)| self.apply(function, &[item, Value::Int(at as i64)]))
            .collect()
    }

    fn holds(&mut self, test: &Value, item: &Value) -> Result<bool, Interrupt> {
        Ok(self.apply(test, std::slice::from_ref(item))?.as_bool()?)
    }

    fn apply(&mut self, function: &Value, arguments: &[Value]) -> Result<Value, Interrupt> {
        match function {
            Value::Function(lambda) => self.invoke(lambda, arguments),
            _ => Err(Thrown("A function was expected.".into()).into()),
        }
    }

    fn sorted(&mut self, items: Vec<Value>, key: &Value, name: &str) -> Result<Value, Interrupt> {
        let mut keyed = Vec::new();
        for item in items {
            keyed.push((self.apply(key, std::slice::from_ref(&item))?, item));
        }
        let mut failure = None;
        keyed.sort_by(|(one, _), (other, _)| {
            let found = order(one, other).unwrap_or_else(|thrown| {
                failure.get_or_insert(thrown);
                Ordering::Equal
            });
            if name == "OrderByDescending" {
                found.reverse()
            } else {
                found
            }
        });
        match failure {
            Some(thrown) => Err(thrown.into()),
            None => Ok(Value::list(
                keyed.into_iter().map(|(_, item)| item).collect(),
            )),
        }
    }

    fn dictionary(&mut self, items: Vec<Value>, functions: &[Value]) -> Result<Value, Interrupt> {
        let mut entries = Vec::new();
        for item in items {
            let item = std::slice::from_ref(&item);
            let key = self.apply(&functions[0], item)?;
            let value = match functions.get(1) {
                Some(function) => self.apply(function, item)?,
                None => item[0].clone(),
            };
            entries.push((key, value));
        }
        Ok(Value::Map(Shared::new(entries)))
    }

    fn aggregated(&mut self, items: Vec<Value>, arguments: &[Value]) -> Result<Value, Interrupt> {
        let mut items = items.into_iter();
        let (start, function) = match arguments {
            [start, function] => (Some(start.clone()), function),
            [function, ..] => (items.next(), function),
            [] => return Ok(Value::Null),
        };
        let mut sum = start.ok_or_else(|| Thrown("Sequence contains no elements".into()))?;
        for item in items {
            sum = self.apply(function, &[sum, item])?;
        }
        Ok(sum)
    }
}

fn listed(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.lock().clone()),
        Value::Map(entries) => Some(entries.lock().iter().cloned().map(pair).collect()),
        Value::Json(token) if token.is_object() => Some(
            token
                .members()
                .into_iter()
                .map(|(name, value)| Value::Property(name, value))
                .collect(),
        ),
        Value::Json(token) if token.is_array() => {
            Some(token.items().into_iter().map(Value::Json).collect())
        }
        Value::String(text) => Some(text.chars().map(|it| Value::String(it.into())).collect()),
        Value::Bytes(bytes) => Some(bytes.iter().map(|it| Value::Int(i64::from(*it))).collect()),
        _ => None,
    }
}

fn pair((key, value): (Value, Value)) -> Value {
    Value::Pair((key, value).into())
}

fn not_a_list(value: &Value) -> Thrown {
    match value {
        Value::Null => Thrown::null_reference(),
        other => Thrown(format!("{} cannot be enumerated.", other.type_name())),
    }
}

fn or_default(found: Option<Value>, name: &str) -> Result<Value, Thrown> {
    match found {
        Some(found) => Ok(found),
        None if name.ends_with("OrDefault") || name == "Find" => Ok(Value::Null),
        None => Err(Thrown("Sequence contains no elements".into())),
    }
}

fn count(value: &Value) -> Result<usize, Thrown> {
    Ok(usize::try_from(value.as_int()?).unwrap_or(0))
}

fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.iter().any(|known| known.equals(&item)) {
            kept.push(item);
        }
    }
    kept
}

fn summed(numbers: &[Value], name: &str) -> Result<Value, Thrown> {
    let all_whole = numbers.iter().all(|it| matches!(it, Value::Int(_)));
    let mut doubles = Vec::new();
    for number in numbers {
        doubles.push(number.as_double()?);
    }
    if doubles.is_empty() && name != "Sum" {
        return Err(Thrown("Sequence contains no elements".into()));
    }
    let found = match name {
        "Max" => doubles.iter().copied().fold(f64::MIN, f64::max),
        "Min" => doubles.iter().copied().fold(f64::MAX, f64::min),
        "Average" => doubles.iter().sum::<f64>() / doubles.len() as f64,
        _ => doubles.iter().sum(),
    };
    Ok(if all_whole && name != "Average" {
        Value::Int(found as i64)
    } else {
        Value::Double(found)
    })
}
