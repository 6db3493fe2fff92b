//! Statements of a block.

use super::super::ExpressionError;
use super::super::ast::{Expr, Kind, Operator, Statement};
use super::super::lexer::TokenKind;
use super::super::value::Value;
use super::{Parser, error_at};

/// Marks of an assignment, and what it does with the old value.
const ASSIGNMENTS: [(&str, Option<Operator>); 10] = [
    ("=", None),
    ("+=", Some(Operator::Add)),
    ("-=", Some(Operator::Subtract)),
    ("*=", Some(Operator::Multiply)),
    ("/=", Some(Operator::Divide)),
    ("%=", Some(Operator::Remainder)),
    ("|=", Some(Operator::BitOr)),
    ("^=", Some(Operator::BitXor)),
    ("&=", Some(Operator::BitAnd)),
    ("??=", Some(Operator::Coalesce)),
];

impl Parser {
    /// A block, or the one statement that stands for one.
    pub(super) fn block(&mut self) -> Result<Vec<Statement>, ExpressionError> {
        if !self.take_mark("{") {
            return Ok(vec![self.statement()?]);
        }
        let mut statements = Vec::new();
        while !self.take_mark("}") {
            statements.push(self.statement()?);
        }
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Statement, ExpressionError> {
        if self.take_mark(";") {
            return Ok(Statement::Block(Vec::new()));
        }
        if self.is_mark("{") {
            return self.block().map(Statement::Block);
        }
        let TokenKind::Name(word) = self.peek().kind.clone() else {
            return self.simple_statement();
        };
        match word.as_str() {
            "return" => {
                self.at += 1;
                let value = self.expression(0)?;
                self.want(";")?;
                Ok(Statement::Return(value))
            }
            "throw" => {
                self.at += 1;
                let thrown = if self.is_mark(";") {
                    None
                } else {
                    Some(self.expression(0)?)
                };
                self.want(";")?;
                Ok(Statement::Throw(thrown))
            }
            "break" | "continue" => {
                self.at += 1;
                self.want(";")?;
                Ok(if word == "break" {
                    Statement::Break
                } else {
                    Statement::Continue
                })
            }
            "if" => {
                self.at += 1;
                let condition = self.bracketed()?;
                let then = self.block()?;
                let otherwise = if self.take_name("else") {
                    self.block()?
                } else {
                    Vec::new()
                };
                Ok(Statement::If(condition, then, otherwise))
            }
            "while" => {
                self.at += 1;
                let condition = self.bracketed()?;
                Ok(Statement::While(condition, self.block()?))
            }
            "for" => self.for_loop(),
            "foreach" => self.for_each(),
            "switch" => self.switch(),
            "try" => self.guarded(),
            "using" => self.using(),
            _ => self.simple_statement(),
        }
    }

    /// A declaration, an assignment or a call, with its `;`.
    fn simple_statement(&mut self) -> Result<Statement, ExpressionError> {
        let mut statements = self.declarations_or_effect()?;
        self.want(";")?;
        Ok(match (statements.pop(), statements.is_empty()) {
            (Some(only), true) => only,
            (last, _) => Statement::Block(statements.into_iter().chain(last).collect()),
        })
    }

    /// `T a = 1, b`, `a += 1`, `f(x)`, without what ends it.
    fn declarations_or_effect(&mut self) -> Result<Vec<Statement>, ExpressionError> {
        self.take_name("const");
        if !self.take_declared_type() {
            return Ok(vec![self.effect()?]);
        }
        let mut found = Vec::new();
        loop {
            let name = self.name()?;
            let value = if self.take_mark("=") {
                Some(self.expression(0)?)
            } else {
                None
            };
            found.push(Statement::Declare(name, value));
            if !self.take_mark(",") {
                return Ok(found);
            }
        }
    }

    fn effect(&mut self) -> Result<Statement, ExpressionError> {
        let first = self.peek().clone();
        for (mark, operator) in [("++", Operator::Add), ("--", Operator::Subtract)] {
            if self.take_mark(mark) {
                let target = self.postfix()?;
                return Ok(step(target, operator));
            }
        }
        let target = self.expression(0)?;
        for (mark, operator) in [("++", Operator::Add), ("--", Operator::Subtract)] {
            if self.take_mark(mark) {
                return Ok(step(target, operator));
            }
        }
        if let TokenKind::Mark(mark) = self.peek().kind
            && let Some((_, operator)) = ASSIGNMENTS.iter().find(|(known, _)| *known == mark)
        {
            self.at += 1;
            let value = self.expression(0)?;
            return match target.kind {
                Kind::Name(_) | Kind::Index { .. } | Kind::Member { .. } => {
                    Ok(Statement::Assign(target, *operator, value))
                }
                _ => Err(error_at(&first, "nothing can be assigned to this")),
            };
        }
        match &target.kind {
            Kind::Call { .. } => Ok(Statement::Effect(target)),
            Kind::Chain(inner) if matches!(inner.kind, Kind::Call { .. }) => {
                Ok(Statement::Effect(target))
            }
            _ => Err(error_at(&first, "a statement was expected")),
        }
    }

    fn for_loop(&mut self) -> Result<Statement, ExpressionError> {
        self.at += 1;
        self.want("(")?;
        let start = if self.is_mark(";") {
            Vec::new()
        } else {
            self.declarations_or_effect()?
        };
        self.want(";")?;
        let condition = if self.is_mark(";") {
            None
        } else {
            Some(self.expression(0)?)
        };
        self.want(";")?;
        let mut steps = Vec::new();
        while !self.is_mark(")") {
            steps.push(self.effect()?);
            if !self.take_mark(",") {
                break;
            }
        }
        self.want(")")?;
        Ok(Statement::For {
            start,
            condition,
            step: steps,
            body: self.block()?,
        })
    }

    fn for_each(&mut self) -> Result<Statement, ExpressionError> {
        self.at += 1;
        self.want("(")?;
        if !self.take_declared_type() {
            return Err(error_at(self.peek(), "a type was expected"));
        }
        let name = self.name()?;
        if !self.take_name("in") {
            return Err(error_at(self.peek(), "`in` was expected"));
        }
        let list = self.expression(0)?;
        self.want(")")?;
        Ok(Statement::ForEach(name, list, self.block()?))
    }

    fn switch(&mut self) -> Result<Statement, ExpressionError> {
        self.at += 1;
        let value = self.bracketed()?;
        self.want("{")?;
        let mut groups = Vec::new();
        while !self.take_mark("}") {
            let mut labels = Vec::new();
            loop {
                if self.take_name("case") {
                    labels.push(Some(self.expression(TERNARY_FREE)?));
                } else if self.take_name("default") {
                    labels.push(None);
                } else {
                    break;
                }
                self.want(":")?;
            }
            if labels.is_empty() {
                return Err(error_at(self.peek(), "`case` was expected"));
            }
            let mut body = Vec::new();
            while !self.is_name("case") && !self.is_name("default") && !self.is_mark("}") {
                body.push(self.statement()?);
            }
            groups.push((labels, body));
        }
        Ok(Statement::Switch(value, groups))
    }

    fn guarded(&mut self) -> Result<Statement, ExpressionError> {
        self.at += 1;
        let body = self.block()?;
        let mut caught = None;
        while self.take_name("catch") {
            let mut name = None;
            if self.take_mark("(") {
                self.wanted_type()?;
                name = self.take_any_name();
                self.want(")")?;
            }
            let handler = self.block()?;
            // Types of exceptions are not told apart: the first handler takes all.
            caught.get_or_insert((name, handler));
        }
        let finally = if self.take_name("finally") {
            self.block()?
        } else {
            Vec::new()
        };
        Ok(Statement::Try {
            body,
            caught,
            finally,
        })
    }

    /// What is disposed of at the end has no end here.
    fn using(&mut self) -> Result<Statement, ExpressionError> {
        self.at += 1;
        if !self.take_mark("(") {
            return self.simple_statement();
        }
        let mut statements = self.declarations_or_effect()?;
        self.want(")")?;
        statements.extend(self.block()?);
        Ok(Statement::Block(statements))
    }
}

/// Labels of a `switch` end at a `:`, which must not be taken for the one of `?:`.
const TERNARY_FREE: u8 = 2;

fn step(target: Expr, operator: Operator) -> Statement {
    let one = Expr {
        kind: Kind::Literal(Value::Int(1)),
        offset: target.offset,
    };
    Statement::Assign(target, Some(operator), one)
}
