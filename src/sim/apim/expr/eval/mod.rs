//! Evaluates expressions.

mod construct;
mod linq;
mod operators;
mod statements;

pub(super) use construct::extreme;
pub(super) use linq::METHODS as LIST_METHODS;

use super::ast::{Expr, Kind, Lambda, Passed, Pattern, Piece, Statement, Type};
use super::methods;
use super::value::{Object, Thrown, Value};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// Statements and calls of functions that one evaluation may make before it is taken for endless.
const MOST_STEPS: u32 = 200_000;

/// Answers what `context` holds.
pub(crate) trait Host {
    /// A member of `object`; null where the exchange has none.
    fn member(&mut self, object: Object, name: &str) -> Result<Value, Thrown>;

    /// `object[key]`.
    fn index(&mut self, object: Object, key: &str) -> Result<Value, Thrown>;

    /// `object.name<type_argument>(arguments)`.
    fn call(
        &mut self,
        object: Object,
        name: &str,
        type_argument: Option<Type>,
        arguments: &[Argument],
    ) -> Result<Value, Thrown>;

    /// The entries of an object that is a dictionary, by key; `None` for another.
    fn entries(&mut self, object: Object) -> Option<Vec<(Value, Value)>>;

    /// The time of the exchange.
    fn now(&self) -> SystemTime;
}

/// An argument of a call, with its label where it has one.
#[derive(Debug)]
pub(crate) struct Argument {
    /// `preserveContent` in `As<string>(preserveContent: true)`.
    pub(crate) label: Option<String>,
    /// Its value.
    pub(crate) value: Value,
}

/// Runs `statements` to their `return`.
pub(super) fn run(statements: &[Statement], host: &mut dyn Host) -> Result<Value, Thrown> {
    let mut evaluator = Evaluator {
        host,
        locals: HashMap::new(),
        steps: 0,
    };
    match evaluator.block(statements) {
        Ok(statements::Control::Return(value)) => Ok(value),
        Ok(_) | Err(Interrupt::CutShort) => Ok(Value::Null),
        Err(Interrupt::Thrown(thrown)) => Err(thrown),
    }
}

/// What ends an evaluation early.
enum Interrupt {
    Thrown(Thrown),
    /// A `?.` met null; the chain around it is null.
    CutShort,
}

impl From<Thrown> for Interrupt {
    fn from(thrown: Thrown) -> Self {
        Interrupt::Thrown(thrown)
    }
}

struct Evaluator<'h> {
    host: &'h mut dyn Host,
    locals: HashMap<String, Value>,
    steps: u32,
}

impl Evaluator<'_> {
    fn value(&mut self, expr: &Expr) -> Result<Value, Interrupt> {
        match &expr.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Name(name) if name == "context" => Ok(Value::Object(Object::Context)),
            Kind::Name(name) => {
                self.locals.get(name).cloned().ok_or_else(|| {
                    Thrown(format!("Use of unassigned local variable '{name}'")).into()
                })
            }
            Kind::Class(class) => Err(Thrown(format!("'{class}' is a type.")).into()),
            Kind::Interpolated(pieces) => self.interpolate(pieces),
            Kind::Chain(inner) => match self.value(inner) {
                Err(Interrupt::CutShort) => Ok(Value::Null),
                other => other,
            },
            Kind::Member {
                target,
                name,
                conditional,
            } => self.member(target, name, *conditional),
            Kind::Index {
                target,
                index,
                conditional,
            } => {
                let target = self.target(target, *conditional)?;
                let index = self.value(index)?;
                match target {
                    Value::Object(object) => Ok(self.host.index(object, &index.print())?),
                    value => Ok(methods::index(&value, &index)?),
                }
            }
            Kind::Call { .. } => self.call(expr),
            Kind::Not(inner) => Ok(Value::Bool(!self.value(inner)?.as_bool()?)),
            Kind::Negate(inner) => match self.value(inner)? {
                Value::Double(number) => Ok(Value::Double(-number)),
                number => Ok(Value::Int(number.as_int()?.wrapping_neg())),
            },
            Kind::Cast(to, inner) => Ok(self.value(inner)?.cast(*to)?),
            Kind::As(to, inner) => {
                let value = self.value(inner)?;
                Ok(if value.is_a(*to) { value } else { Value::Null })
            }
            Kind::Is {
                value,
                wanted,
                is_negated,
            } => {
                let value = self.value(value)?;
                let holds = match wanted {
                    Pattern::Type(to, name) => {
                        let holds = value.is_a(*to);
                        if let (true, Some(name)) = (holds, name) {
                            self.locals.insert(name.clone(), value);
                        }
                        holds
                    }
                    Pattern::Value(wanted) => value.equals(&self.value(wanted)?),
                };
                Ok(Value::Bool(holds != *is_negated))
            }
            Kind::Ternary(condition, then, otherwise) => {
                if self.value(condition)?.as_bool()? {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right),
            Kind::New(class, arguments, inits) => self.construct(class, arguments, inits),
            Kind::Anonymous(members) => self.anonymous(members),
            Kind::Array(items) => {
                let items: Result<Vec<Value>, Interrupt> =
                    items.iter().map(|item| self.value(item)).collect();
                Ok(Value::list(items?))
            }
            Kind::Sized(to, size) => self.sized(*to, size),
            Kind::Lambda(lambda) => Ok(Value::Function(lambda.clone())),
        }
    }

    fn member(&mut self, target: &Expr, name: &str, conditional: bool) -> Result<Value, Interrupt> {
        if let Kind::Class(class) = target.kind {
            return Ok(methods::class_member(class, name, self.host.now()));
        }
        match self.target(target, conditional)? {
            Value::Object(object) => match self.host.entries(object) {
                Some(entries) => Ok(methods::member(&Value::map(entries), name)?),
                None => Ok(self.host.member(object, name)?),
            },
            value => Ok(methods::member(&value, name)?),
        }
    }

    fn target(&mut self, target: &Expr, is_conditional: bool) -> Result<Value, Interrupt> {
        match self.value(target)? {
            Value::Null if is_conditional => Err(Interrupt::CutShort),
            Value::Null => Err(Thrown::null_reference().into()),
            value => Ok(value),
        }
    }

    fn call(&mut self, expr: &Expr) -> Result<Value, Interrupt> {
        let Kind::Call {
            target,
            name,
            type_argument,
            arguments: passed,
            conditional,
        } = &expr.kind
        else {
            return Ok(Value::Null);
        };
        if let Kind::Class(class) = target.kind {
            let arguments = self.arguments(passed)?;
            if class == "Enumerable" || class == "Array" {
                return self.call_static_list(name, &plain(arguments));
            }
            let found = methods::call_class(class, name, &plain(arguments))?;
            return Ok(self.give_out(passed, found));
        }
        let target = self.target(target, *conditional)?;
        let arguments = self.arguments(passed)?;
        let target = match target {
            Value::Function(lambda) => return self.invoke(&lambda, &plain(arguments)),
            Value::Object(object) if methods::is_of_host(name) => {
                return Ok(self.host.call(object, name, *type_argument, &arguments)?);
            }
            Value::Object(object) => match self.host.entries(object) {
                Some(entries) => Value::map(entries),
                None => return Ok(self.host.call(object, name, *type_argument, &arguments)?),
            },
            value => value,
        };
        let arguments = plain(arguments);
        if let Some(found) = self.call_list(&target, name, &arguments)? {
            return Ok(found);
        }
        let found = methods::call(&target, name, *type_argument, &arguments)?;
        Ok(self.give_out(passed, found))
    }

    /// What `TryParse` and its like found goes to the variable that `out` names; the call itself is true or false.
    fn give_out(&mut self, passed: &[Passed], found: Value) -> Value {
        let Some(name) = passed.iter().find_map(|it| it.out.as_ref()) else {
            return found;
        };
        let (is_there, value) = match found {
            Value::Pair(pair) => (pair.0.clone(), pair.1.clone()),
            other => (Value::Bool(!other.is_null()), other),
        };
        self.locals.insert(name.clone(), value);
        is_there
    }

    fn arguments(&mut self, passed: &[Passed]) -> Result<Vec<Argument>, Interrupt> {
        passed
            .iter()
            .filter(|argument| argument.out.is_none())
            .map(|argument| {
                Ok(Argument {
                    label: argument.label.clone(),
                    value: self.value(&argument.value)?,
                })
            })
            .collect()
    }

    /// Calls a function that has no name. Its parameters hide locals of the same name meanwhile.
    fn invoke(&mut self, lambda: &Arc<Lambda>, arguments: &[Value]) -> Result<Value, Interrupt> {
        self.count_step()?;
        let mut hidden = Vec::new();
        for (name, value) in lambda.parameters.iter().zip(arguments) {
            hidden.push((name, self.locals.insert(name.clone(), value.clone())));
        }
        let outcome = self.block(&lambda.body);
        for (name, old) in hidden {
            match old {
                Some(old) => self.locals.insert(name.clone(), old),
                None => self.locals.remove(name),
            };
        }
        match outcome? {
            statements::Control::Return(value) => Ok(value),
            _ => Ok(Value::Null),
        }
    }

    fn count_step(&mut self) -> Result<(), Interrupt> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Thrown("The expression does not end.".into()).into());
        }
        Ok(())
    }

    fn interpolate(&mut self, pieces: &[Piece]) -> Result<Value, Interrupt> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value(value, format) => {
                    let value = self.value(value)?;
                    text.push_str(&methods::formatted(&value, format.as_deref()));
                }
            }
        }
        Ok(Value::String(text))
    }
}

fn plain(arguments: Vec<Argument>) -> Vec<Value> {
    arguments
        .into_iter()
        .map(|argument| argument.value)
        .collect()
}
