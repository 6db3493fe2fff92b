//! The C# of policy expressions, as far as real gateway policies use it: a lexer, a Pratt parser, a check of every
//! name at load, and an evaluator that throws where C# would.
//!
//! It knows nothing of a gateway: what `context` holds is asked of a [`Host`].

mod ast;
mod check;
mod eval;
mod lexer;
mod methods;
mod parser;
mod time;
mod token;
mod value;

pub(crate) use ast::Type;
pub(crate) use eval::{Argument, Host};
pub(crate) use methods::{form, read_as};
pub(crate) use token::Token;
pub(crate) use value::{Object, Received, Thrown, Value};

use ast::Statement;

/// A policy expression, `@(...)` or `@{...}`, read and checked.
#[derive(Debug)]
pub(crate) struct Expression {
    statements: Vec<Statement>,
}

/// Why a text is no expression that this simulator can evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpressionError {
    /// What is wrong, and with which word.
    pub(crate) message: String,
    /// Byte offset into the text of the expression.
    pub(crate) offset: usize,
    /// Whether the real gateway would take it: only this simulator cannot evaluate it.
    pub(crate) is_valid: bool,
}

impl Expression {
    /// Reads `source`, the whole text with its `@(` or `@{`.
    pub(crate) fn parse(source: &str) -> Result<Self, ExpressionError> {
        let statements = parser::parse(source)?;
        check::check(&statements)?;
        Ok(Expression { statements })
    }

    /// Its value for the exchange that `host` speaks for.
    pub(crate) fn evaluate(&self, host: &mut dyn Host) -> Result<Value, Thrown> {
        eval::run(&self.statements, host)
    }
}

impl ExpressionError {
    /// The real gateway would refuse it too.
    fn wrong(message: impl Into<String>, offset: usize) -> Self {
        ExpressionError {
            message: message.into(),
            offset,
            is_valid: false,
        }
    }

    /// The real gateway takes it.
    fn unsimulated(message: impl Into<String>, offset: usize) -> Self {
        ExpressionError {
            message: message.into(),
            offset,
            is_valid: true,
        }
    }
}

/// Whether a policy's text is an expression.
pub(crate) fn is_expression(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("@(") || text.starts_with("@{")
}
