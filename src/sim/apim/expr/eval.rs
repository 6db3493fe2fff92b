//! Evaluates expressions.

use super::ast::{Expr, Kind, Operator, Piece, Statement, Type};
use super::methods::{call_class, call_value, class_constant, value_index, value_member};
use super::value::{Object, Thrown, Value};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

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
    };
    match evaluator.block(statements) {
        Ok(value) => Ok(value.unwrap_or(Value::Null)),
        Err(Interrupt::Thrown(thrown)) => Err(thrown),
        Err(Interrupt::CutShort) => Ok(Value::Null),
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
}

impl Evaluator<'_> {
    fn block(&mut self, statements: &[Statement]) -> Result<Option<Value>, Interrupt> {
        for statement in statements {
            match statement {
                Statement::Return(value) => return self.value(value).map(Some),
                Statement::Assign(name, value) => {
                    let value = self.value(value)?;
                    self.locals.insert(name.clone(), value);
                }
                Statement::If(condition, then, otherwise) => {
                    let branch = if self.value(condition)?.as_bool()? {
                        then
                    } else {
                        otherwise
                    };
                    if let Some(value) = self.block(branch)? {
                        return Ok(Some(value));
                    }
                }
            }
        }
        Ok(None)
    }

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
            Kind::Member { target, name, .. } if matches!(target.kind, Kind::Class(_)) => {
                let Kind::Class(class) = target.kind else {
                    return Ok(Value::Null);
                };
                Ok(class_constant(class, name))
            }
            Kind::Member {
                target,
                name,
                conditional,
            } => match self.target(target, *conditional)? {
                Value::Object(object) => Ok(self.host.member(object, name)?),
                value => Ok(value_member(&value, name)?),
            },
            Kind::Index {
                target,
                index,
                conditional,
            } => {
                let target = self.target(target, *conditional)?;
                let index = self.value(index)?;
                match target {
                    Value::Object(object) => Ok(self.host.index(object, &index.print())?),
                    value => Ok(value_index(&value, &index)?),
                }
            }
            Kind::Call { .. } => self.call(expr),
            Kind::Not(inner) => Ok(Value::Bool(!self.value(inner)?.as_bool()?)),
            Kind::Negate(inner) => match self.value(inner)? {
                Value::Double(number) => Ok(Value::Double(-number)),
                number => Ok(Value::Int(number.as_int()?.wrapping_neg())),
            },
            Kind::Cast(to, inner) => Ok(self.value(inner)?.cast(*to)?),
            Kind::Ternary(condition, then, otherwise) => {
                if self.value(condition)?.as_bool()? {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right),
            Kind::New(class, arguments) => self.construct(class, arguments),
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
            arguments,
            conditional,
        } = &expr.kind
        else {
            return Ok(Value::Null);
        };
        if let Kind::Class(class) = target.kind {
            let arguments = self.arguments(arguments)?;
            return Ok(call_class(class, name, &plain(arguments))?);
        }
        let target = self.target(target, *conditional)?;
        let arguments = self.arguments(arguments)?;
        let found = match target {
            Value::Object(object) => self.host.call(object, name, *type_argument, &arguments)?,
            value => {
                let found = call_value(&value, name, &plain(arguments))?;
                match type_argument {
                    Some(to) => found.cast(*to)?,
                    None => found,
                }
            }
        };
        Ok(found)
    }

    fn arguments(
        &mut self,
        arguments: &[(Option<String>, Expr)],
    ) -> Result<Vec<Argument>, Interrupt> {
        arguments
            .iter()
            .map(|(label, value)| {
                Ok(Argument {
                    label: label.clone(),
                    value: self.value(value)?,
                })
            })
            .collect()
    }

    fn interpolate(&mut self, pieces: &[Piece]) -> Result<Value, Interrupt> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value(value) => text.push_str(&self.value(value)?.print()),
            }
        }
        Ok(Value::String(text))
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Result<Value, Interrupt> {
        let left = self.value(left)?;
        match operator {
            Operator::Coalesce if left.is_null() => return self.value(right),
            Operator::Coalesce => return Ok(left),
            Operator::And if !left.as_bool()? => return Ok(Value::Bool(false)),
            Operator::Or if left.as_bool()? => return Ok(Value::Bool(true)),
            Operator::And | Operator::Or => {
                return Ok(Value::Bool(self.value(right)?.as_bool()?));
            }
            _ => {}
        }
        let right = self.value(right)?;
        Ok(match operator {
            Operator::Equal => Value::Bool(left.equals(&right)),
            Operator::NotEqual => Value::Bool(!left.equals(&right)),
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => compare(operator, &left, &right)?,
            Operator::Add
                if matches!(left, Value::String(_)) || matches!(right, Value::String(_)) =>
            {
                Value::String(left.print() + &right.print())
            }
            _ => calculate(operator, &left, &right)?,
        })
    }

    fn construct(&mut self, class: &str, arguments: &[Expr]) -> Result<Value, Interrupt> {
        if class == "JProperty" {
            let mut values = arguments.iter();
            let name = match values.next() {
                Some(name) => self.value(name)?.print(),
                None => return Err(Thrown("JProperty needs a name.".into()).into()),
            };
            let value = match values.next() {
                Some(value) => self.value(value)?.into_json(),
                None => Json::Null,
            };
            return Ok(Value::Json(Json::Object(Map::from_iter([(name, value)]))));
        }
        let mut items = Vec::new();
        for argument in arguments {
            items.push(self.value(argument)?.into_json());
        }
        if class == "JArray" {
            return Ok(Value::Json(Json::Array(items)));
        }
        let mut members = Map::new();
        for item in items {
            match item {
                Json::Object(property) => members.extend(property),
                _ => return Err(Thrown("Can not add that to JObject.".into()).into()),
            }
        }
        Ok(Value::Json(Json::Object(members)))
    }
}

fn plain(arguments: Vec<Argument>) -> Vec<Value> {
    arguments
        .into_iter()
        .map(|argument| argument.value)
        .collect()
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<Value, Thrown> {
    // A comparison with null is false in C#, whichever way it points.
    if left.is_null() || right.is_null() {
        return Ok(Value::Bool(false));
    }
    let (left, right) = (as_double(left)?, as_double(right)?);
    Ok(Value::Bool(match operator {
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        _ => left >= right,
    }))
}

fn calculate(operator: Operator, left: &Value, right: &Value) -> Result<Value, Thrown> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let found = match operator {
            Operator::Add => left.checked_add(*right),
            Operator::Subtract => left.checked_sub(*right),
            Operator::Multiply => left.checked_mul(*right),
            _ if *right == 0 => return Err(Thrown("Attempted to divide by zero.".into())),
            Operator::Divide => left.checked_div(*right),
            _ => left.checked_rem(*right),
        };
        return found
            .map(Value::Int)
            .ok_or_else(|| Thrown("Arithmetic operation resulted in an overflow.".into()));
    }
    let (left, right) = (as_double(left)?, as_double(right)?);
    Ok(Value::Double(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    }))
}

fn as_double(value: &Value) -> Result<f64, Thrown> {
    match value.clone().cast(Type::Double)? {
        Value::Double(number) => Ok(number),
        other => Err(Thrown(format!("{} is no number.", other.type_name()))),
    }
}
