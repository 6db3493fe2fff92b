//! Operators with two sides.

use super::super::ast::{Expr, Operator};
use super::super::value::{Thrown, Value};
use super::{Evaluator, Interrupt};
use std::cmp::Ordering;

impl Evaluator<'_> {
    pub(super) fn binary(
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
            Operator::BitOr | Operator::BitXor | Operator::BitAnd => bits(operator, &left, &right)?,
            Operator::Add
                if matches!(left, Value::String(_)) || matches!(right, Value::String(_)) =>
            {
                Value::String(left.print() + &right.print())
            }
            _ => calculate(operator, &left, &right)?,
        })
    }
}

/// The order of two values, where they have one.
pub(super) fn order(left: &Value, right: &Value) -> Result<Ordering, Thrown> {
    Ok(match (left, right) {
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::Span(left), Value::Span(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        _ => number(left)?.total_cmp(&number(right)?),
    })
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<Value, Thrown> {
    // A comparison with null is false in C#, whichever way it points.
    if left.is_null() || right.is_null() {
        return Ok(Value::Bool(false));
    }
    let found = order(left, right)?;
    Ok(Value::Bool(match operator {
        Operator::Less => found.is_lt(),
        Operator::LessOrEqual => found.is_le(),
        Operator::Greater => found.is_gt(),
        _ => found.is_ge(),
    }))
}

fn bits(operator: Operator, left: &Value, right: &Value) -> Result<Value, Thrown> {
    if let (Value::Bool(left), Value::Bool(right)) = (left, right) {
        return Ok(Value::Bool(match operator {
            Operator::BitOr => left | right,
            Operator::BitXor => left ^ right,
            _ => left & right,
        }));
    }
    let (left, right) = (code(left)?, code(right)?);
    Ok(Value::Int(match operator {
        Operator::BitOr => left | right,
        Operator::BitXor => left ^ right,
        _ => left & right,
    }))
}

/// A whole number; a letter counts as its code.
fn code(value: &Value) -> Result<i64, Thrown> {
    match letter(value) {
        Some(code) => Ok(code),
        None => value.as_int(),
    }
}

fn letter(value: &Value) -> Option<i64> {
    let Value::String(text) = value else {
        return None;
    };
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(i64::from(u32::from(letter))),
        _ => None,
    }
}

fn number(value: &Value) -> Result<f64, Thrown> {
    match letter(value) {
        Some(code) => Ok(code as f64),
        None => value.as_double(),
    }
}

fn calculate(operator: Operator, left: &Value, right: &Value) -> Result<Value, Thrown> {
    let overflow = || Thrown("Arithmetic operation resulted in an overflow.".into());
    match (operator, left, right) {
        (Operator::Subtract, Value::Time(left), Value::Time(right)) => {
            return Ok(Value::Span(left.duration_since(*right)));
        }
        (Operator::Add, Value::Time(time), Value::Span(span)) => {
            return time
                .checked_add(*span)
                .map(Value::Time)
                .map_err(|_| overflow());
        }
        (Operator::Subtract, Value::Time(time), Value::Span(span)) => {
            return time
                .checked_sub(*span)
                .map(Value::Time)
                .map_err(|_| overflow());
        }
        (Operator::Add, Value::Span(left), Value::Span(right)) => {
            return left
                .checked_add(*right)
                .map(Value::Span)
                .ok_or_else(overflow);
        }
        (Operator::Subtract, Value::Span(left), Value::Span(right)) => {
            return left
                .checked_sub(*right)
                .map(Value::Span)
                .ok_or_else(overflow);
        }
        _ => {}
    }
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let found = match operator {
            Operator::Add => left.checked_add(*right),
            Operator::Subtract => left.checked_sub(*right),
            Operator::Multiply => left.checked_mul(*right),
            _ if *right == 0 => return Err(Thrown("Attempted to divide by zero.".into())),
            Operator::Divide => left.checked_div(*right),
            _ => left.checked_rem(*right),
        };
        return found.map(Value::Int).ok_or_else(overflow);
    }
    let (left, right) = (number(left)?, number(right)?);
    Ok(Value::Double(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    }))
}
