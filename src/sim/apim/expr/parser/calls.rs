//! Arguments of calls, and functions without a name.

use super::super::ExpressionError;
use super::super::ast::{Expr, Kind, Lambda, Passed, Statement};
use super::super::lexer::TokenKind;
use super::super::value::Value;
use super::Parser;
use std::sync::Arc;

impl Parser {
    pub(super) fn arguments(&mut self) -> Result<Vec<Passed>, ExpressionError> {
        self.want("(")?;
        let mut arguments = Vec::new();
        while !self.take_mark(")") {
            if !arguments.is_empty() {
                self.want(",")?;
            }
            let label = self.take_label();
            let offset = self.peek().offset;
            if self.take_name("out") {
                self.take_declared_type();
                let out = Some(self.name()?);
                let kind = Kind::Literal(Value::Null);
                let value = Expr { kind, offset };
                arguments.push(Passed { label, value, out });
                continue;
            }
            arguments.push(Passed {
                label,
                value: self.expression(0)?,
                out: None,
            });
        }
        Ok(arguments)
    }

    /// `preserveContent:` before an argument.
    fn take_label(&mut self) -> Option<String> {
        let TokenKind::Name(name) = &self.peek().kind else {
            return None;
        };
        let name = name.clone();
        if self.is_mark_at(1, ":") {
            self.at += 2;
            return Some(name);
        }
        None
    }

    /// `x => e`, `(x, y) => e`, `x => {...}`.
    pub(super) fn take_lambda(&mut self) -> Result<Option<Expr>, ExpressionError> {
        let start = self.at;
        let offset = self.peek().offset;
        let mut parameters = Vec::new();
        if self.take_mark("(") {
            while !self.is_mark(")") {
                self.take_declared_type();
                let Some(name) = self.take_any_name() else {
                    break;
                };
                parameters.push(name);
                if !self.take_mark(",") {
                    break;
                }
            }
            if !self.take_mark(")") {
                self.at = start;
                return Ok(None);
            }
        } else if let Some(name) = self.take_any_name() {
            parameters.push(name);
        }
        if !self.take_mark("=>") {
            self.at = start;
            return Ok(None);
        }
        let body = if self.is_mark("{") {
            self.block()?
        } else {
            vec![Statement::Return(self.expression(0)?)]
        };
        let kind = Kind::Lambda(Arc::new(Lambda { parameters, body }));
        Ok(Some(Expr { kind, offset }))
    }
}
