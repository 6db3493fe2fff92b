//! Carries out the statements of a block.

use super::super::ast::{Expr, Kind, Operator, Statement};
use super::super::methods;
use super::super::value::{Thrown, Value};
use super::{Evaluator, Interrupt};

/// What follows a statement.
pub(super) enum Control {
    /// The next one.
    Next,
    Break,
    Continue,
    Return(Value),
}

impl Evaluator<'_> {
    pub(super) fn block(&mut self, statements: &[Statement]) -> Result<Control, Interrupt> {
        for statement in statements {
            match self.statement(statement)? {
                Control::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Control::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Control, Interrupt> {
        self.count_step()?;
        match statement {
            Statement::Return(value) => return self.value(value).map(Control::Return),
            Statement::Declare(name, Some(value)) => {
                let value = self.value(value)?;
                self.locals.insert(name.clone(), value);
            }
            Statement::Declare(name, None) => {
                self.locals.remove(name);
            }
            Statement::Assign(target, operator, value) => self.assign(target, *operator, value)?,
            Statement::Effect(call) => {
                self.value(call)?;
            }
            Statement::If(condition, then, otherwise) => {
                let holds = self.value(condition)?.as_bool()?;
                return self.block(if holds { then } else { otherwise });
            }
            Statement::While(condition, body) => {
                while self.value(condition)?.as_bool()? {
                    if let Some(end) = self.round(body)? {
                        return Ok(end);
                    }
                }
            }
            Statement::For {
                start,
                condition,
                step,
                body,
            } => {
                self.block(start)?;
                loop {
                    let goes_on = match condition {
                        Some(condition) => self.value(condition)?.as_bool()?,
                        None => true,
                    };
                    if !goes_on {
                        break;
                    }
                    if let Some(end) = self.round(body)? {
                        return Ok(end);
                    }
                    self.block(step)?;
                }
            }
            Statement::ForEach(name, list, body) => {
                let list = self.value(list)?;
                for item in self.items(&list)? {
                    self.locals.insert(name.clone(), item);
                    if let Some(end) = self.round(body)? {
                        return Ok(end);
                    }
                }
            }
            Statement::Switch(value, groups) => {
                let value = self.value(value)?;
                return self.switch(&value, groups);
            }
            Statement::Try {
                body,
                caught,
                finally,
            } => {
                let mut outcome = self.block(body);
                if let (Err(Interrupt::Thrown(thrown)), Some((name, handler))) = (&outcome, caught)
                {
                    if let Some(name) = name {
                        let exception = Value::Exception(thrown.0.clone());
                        self.locals.insert(name.clone(), exception);
                    }
                    outcome = self.block(handler);
                }
                self.block(finally)?;
                return outcome;
            }
            Statement::Block(statements) => return self.block(statements),
            Statement::Throw(value) => {
                let message = match value {
                    Some(value) => self.value(value)?.print(),
                    None => "Exception was thrown.".into(),
                };
                return Err(Thrown(message).into());
            }
            Statement::Break => return Ok(Control::Break),
            Statement::Continue => return Ok(Control::Continue),
        }
        Ok(Control::Next)
    }

    /// One round of a loop; `Some` where the loop ends with it.
    fn round(&mut self, body: &[Statement]) -> Result<Option<Control>, Interrupt> {
        self.count_step()?;
        Ok(match self.block(body)? {
            Control::Next | Control::Continue => None,
            Control::Break => Some(Control::Next),
            end @ Control::Return(_) => Some(end),
        })
    }

    fn switch(
        &mut self,
        value: &Value,
        groups: &[(Vec<Option<Expr>>, Vec<Statement>)],
    ) -> Result<Control, Interrupt> {
        let mut chosen = None;
        for (labels, body) in groups {
            for label in labels {
                match label {
                    Some(label) if self.value(label)?.equals(value) => {
                        return self.case(body);
                    }
                    Some(_) => {}
                    None => chosen = Some(body),
                }
            }
        }
        match chosen {
            Some(body) => self.case(body),
            None => Ok(Control::Next),
        }
    }

    fn case(&mut self, body: &[Statement]) -> Result<Control, Interrupt> {
        Ok(match self.block(body)? {
            Control::Break => Control::Next,
            other => other,
        })
    }

    fn assign(
        &mut self,
        target: &Expr,
        operator: Option<Operator>,
        value: &Expr,
    ) -> Result<(), Interrupt> {
        let value = match operator {
            Some(operator) => self.binary(operator, target, value)?,
            None => self.value(value)?,
        };
        match &target.kind {
            Kind::Name(name) => {
                self.locals.insert(name.clone(), value);
            }
            Kind::Index { target, index, .. } => {
                let target = self.target(target, false)?;
                let index = self.value(index)?;
                methods::set_index(&target, &index, value)?;
            }
            _ => return Err(Thrown("Property or indexer cannot be assigned to.".into()).into()),
        }
        Ok(())
    }
}
