//! Names that an expression may use, checked at load: what the real gateway's compiler would refuse is an error of the
//! world and not of a request; what only this simulator cannot evaluate is told apart.

use super::ExpressionError;
use super::ast::{Expr, Init, Kind, Passed, Pattern, Piece, Statement};
use super::methods::{self, CLASS_METHODS, CONSTANTS, canonical};
use super::value::Object;
use std::collections::BTreeSet;

mod members;

use members::{can_be_indexed, members, methods as methods_of};

/// How alike a name must be to a known one to be taken for a misspelling of it.
const MISSPELLED: f64 = 0.93;

/// Checks every name in `statements`.
pub(super) fn check(statements: &[Statement]) -> Result<(), ExpressionError> {
    let mut checker = Checker {
        locals: BTreeSet::new(),
    };
    if !checker.block(statements)? {
        return Err(ExpressionError::wrong(
            "not all code paths return a value",
            0,
        ));
    }
    Ok(())
}

struct Checker {
    locals: BTreeSet<String>,
}

impl Checker {
    /// Whether every path through the block returns.
    fn block(&mut self, statements: &[Statement]) -> Result<bool, ExpressionError> {
        let mut returns = false;
        for statement in statements {
            returns |= self.statement(statement)?;
        }
        Ok(returns)
    }

    fn statement(&mut self, statement: &Statement) -> Result<bool, ExpressionError> {
        match statement {
            Statement::Declare(name, value) => {
                if let Some(value) = value {
                    self.expr(value)?;
                }
                self.locals.insert(name.clone());
            }
            Statement::Assign(target, _, value) => {
                self.expr(value)?;
                self.expr(target)?;
            }
            Statement::Effect(call) => {
                self.expr(call)?;
            }
            Statement::If(condition, then, otherwise) => {
                self.expr(condition)?;
                let then = self.block(then)?;
                return Ok(self.block(otherwise)? && then);
            }
            Statement::While(condition, body) => {
                self.expr(condition)?;
                self.block(body)?;
                return Ok(is_true(condition));
            }
            Statement::For {
                start,
                condition,
                step,
                body,
            } => {
                self.block(start)?;
                if let Some(condition) = condition {
                    self.expr(condition)?;
                }
                self.block(body)?;
                self.block(step)?;
                return Ok(condition.is_none());
            }
            Statement::ForEach(name, list, body) => {
                self.expr(list)?;
                self.locals.insert(name.clone());
                self.block(body)?;
            }
            Statement::Switch(value, groups) => {
                self.expr(value)?;
                let mut has_default = false;
                let mut all_return = true;
                for (labels, body) in groups {
                    for label in labels {
                        match label {
                            Some(label) => drop(self.expr(label)?),
                            None => has_default = true,
                        }
                    }
                    all_return &= self.block(body)?;
                }
                return Ok(has_default && all_return);
            }
            Statement::Try {
                body,
                caught,
                finally,
            } => {
                let mut returns = self.block(body)?;
                if let Some((name, handler)) = caught {
                    self.locals.extend(name.clone());
                    returns &= self.block(handler)?;
                }
                return Ok(self.block(finally)? || returns);
            }
            Statement::Block(statements) => return self.block(statements),
            Statement::Return(value) => {
                self.expr(value)?;
                return Ok(true);
            }
            Statement::Throw(value) => {
                if let Some(value) = value {
                    self.expr(value)?;
                }
                return Ok(true);
            }
            Statement::Break | Statement::Continue => {}
        }
        Ok(false)
    }

    /// Checks `expr` and says what it is, where that can be told.
    fn expr(&mut self, expr: &Expr) -> Result<Option<Object>, ExpressionError> {
        match &expr.kind {
            Kind::Literal(_) => {}
            Kind::Name(name) if name == "context" => return Ok(Some(Object::Context)),
            Kind::Name(name) if self.locals.contains(name) => {}
            Kind::Name(name) => {
                return Err(wrong(
                    expr,
                    format!("the name `{name}` does not exist here"),
                ));
            }
            Kind::Class(class) => return Err(wrong(expr, format!("`{class}` alone is no value"))),
            Kind::Interpolated(pieces) => {
                for piece in pieces {
                    if let Piece::Value(value, _) = piece {
                        self.expr(value)?;
                    }
                }
            }
            Kind::Member { target, name, .. } => return self.member(expr, target, name),
            Kind::Index { target, index, .. } => {
                self.expr(index)?;
                if let Some(object) = self.expr(target)?
                    && !can_be_indexed(object)
                {
                    return Err(wrong(expr, format!("{object:?} has no index")));
                }
            }
            Kind::Call {
                target,
                name,
                arguments,
                ..
            } => return self.call(expr, target, name, arguments),
            Kind::Chain(inner) => return self.expr(inner),
            Kind::Not(inner) | Kind::Negate(inner) | Kind::Cast(_, inner) | Kind::As(_, inner) => {
                self.expr(inner)?;
            }
            Kind::Is { value, wanted, .. } => {
                self.expr(value)?;
                match wanted {
                    Pattern::Type(_, name) => self.locals.extend(name.clone()),
                    Pattern::Value(wanted) => drop(self.expr(wanted)?),
                }
            }
            Kind::Binary(_, left, right) => self.all([left.as_ref(), right.as_ref()])?,
            Kind::Ternary(condition, then, otherwise) => {
                self.all([condition.as_ref(), then.as_ref(), otherwise.as_ref()])?;
            }
            Kind::New(_, arguments, inits) => {
                self.all(arguments)?;
                for init in inits {
                    match init {
                        Init::Item(item) => self.all([item])?,
                        Init::Pair(key, value) => self.all([key, value])?,
                    }
                }
            }
            Kind::Anonymous(members) => self.all(members.iter().map(|(_, value)| value))?,
            Kind::Array(items) => self.all(items)?,
            Kind::Sized(_, size) => self.all([size.as_ref()])?,
            Kind::Lambda(lambda) => {
                self.locals.extend(lambda.parameters.iter().cloned());
                self.block(&lambda.body)?;
            }
        }
        Ok(None)
    }

    fn all<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
    ) -> Result<(), ExpressionError> {
        for expr in exprs {
            self.expr(expr)?;
        }
        Ok(())
    }

    /// The target of a member or a call; a class that is not known may be one of the many of .NET.
    fn target(&mut self, target: &Expr) -> Result<Option<Object>, ExpressionError> {
        match &target.kind {
            Kind::Name(name)
                if name.starts_with(char::is_uppercase) && !self.locals.contains(name) =>
            {
                Err(unsimulated(target, format!("`{name}`")))
            }
            _ => self.expr(target),
        }
    }

    fn member(
        &mut self,
        expr: &Expr,
        target: &Expr,
        name: &str,
    ) -> Result<Option<Object>, ExpressionError> {
        if let Kind::Class(class) = target.kind {
            let known = CONSTANTS
                .iter()
                .find(|(known, _)| *known == canonical(class));
            return match known {
                Some((_, names)) if names.contains(&name) => Ok(None),
                _ => Err(unsimulated(expr, format!("`{class}.{name}`"))),
            };
        }
        match self.target(target)? {
            Some(object) => members(object)
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, leads_to)| *leads_to)
                .ok_or_else(|| {
                    let known = members(object).iter().map(|(known, _)| *known);
                    let hint = hint(name, known);
                    wrong(expr, format!("{object:?} has no member `{name}`{hint}"))
                }),
            None if methods::MEMBERS.contains(&name) => Ok(None),
            None => Err(unknown(expr, name, methods::MEMBERS.iter().copied(), "")),
        }
    }

    fn call(
        &mut self,
        expr: &Expr,
        target: &Expr,
        name: &str,
        arguments: &[Passed],
    ) -> Result<Option<Object>, ExpressionError> {
        for passed in arguments {
            self.expr(&passed.value)?;
            self.locals.extend(passed.out.clone());
        }
        let count = arguments.len();
        if let Kind::Class(class) = target.kind {
            let known = CLASS_METHODS
                .iter()
                .find(|(known, _)| *known == canonical(class));
            let arity = known.and_then(|(_, known)| known.iter().find(|(known, _)| *known == name));
            return match arity {
                Some((_, (least, most))) if (*least..=*most).contains(&count) => Ok(None),
                Some(_) => Err(unsimulated(
                    expr,
                    format!("`{class}.{name}` with {count} arguments"),
                )),
                None => Err(unsimulated(expr, format!("`{class}.{name}(...)`"))),
            };
        }
        let known = match self.target(target)? {
            Some(object) => methods_of(object)
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, arity)| *arity)
                .or_else(|| methods::arity(name).filter(|_| can_be_indexed(object))),
            None => methods::arity(name),
        };
        match known {
            Some((least, most)) if (least..=most).contains(&count) => Ok(None),
            Some(_) => Err(unsimulated(
                expr,
                format!("`{name}` with {count} arguments"),
            )),
            None => Err(unknown(expr, name, methods::names(), "(...)")),
        }
    }
}

fn is_true(condition: &Expr) -> bool {
    matches!(
        condition.kind,
        Kind::Literal(super::value::Value::Bool(true))
    )
}

/// A name that no value has: a misspelling of one that is known, or one of the many of .NET.
fn unknown<'n>(
    expr: &Expr,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    brackets: &str,
) -> ExpressionError {
    match nearest(name, known) {
        Some(meant) => wrong(
            expr,
            format!("`{name}{brackets}` does not exist; did you mean `{meant}`?"),
        ),
        None => unsimulated(expr, format!("`{name}{brackets}`")),
    }
}

fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    match nearest(name, known) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
    }
}

fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness >= MISSPELLED)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

fn wrong(expr: &Expr, message: String) -> ExpressionError {
    ExpressionError::wrong(message, expr.offset)
}

fn unsimulated(expr: &Expr, what: String) -> ExpressionError {
    ExpressionError::unsimulated(format!("{what} is not simulated"), expr.offset)
}
