//! From words to expressions, by precedence climbing.

use super::ExpressionError;
use super::ast::{Expr, Kind, Operator, Piece, Statement, Type};
use super::lexer::{Part, Token, TokenKind, lex};
use super::value::Value;

/// Classes whose static members or constructors are known.
const CLASSES: [&str; 11] = [
    "string",
    "String",
    "int",
    "Int32",
    "Guid",
    "Convert",
    "Math",
    "JObject",
    "JArray",
    "JProperty",
    "StringComparison",
];

/// Binding powers; `??` and `?:` bind to the right and are handled apart.
const OPERATORS: [(&str, Operator, u8); 13] = [
    ("||", Operator::Or, 3),
    ("&&", Operator::And, 4),
    ("==", Operator::Equal, 5),
    ("!=", Operator::NotEqual, 5),
    ("<", Operator::Less, 6),
    ("<=", Operator::LessOrEqual, 6),
    (">", Operator::Greater, 6),
    (">=", Operator::GreaterOrEqual, 6),
    ("+", Operator::Add, 7),
    ("-", Operator::Subtract, 7),
    ("*", Operator::Multiply, 8),
    ("/", Operator::Divide, 8),
    ("%", Operator::Remainder, 8),
];

const TERNARY: u8 = 1;
const COALESCE: u8 = 2;

/// Reads `@(e)` or `@{...}`.
pub(super) fn parse(source: &str) -> Result<Vec<Statement>, ExpressionError> {
    let trimmed = source.trim_start();
    let base = source.len() - trimmed.len() + 1;
    let mut parser = Parser::new(trimmed.get(1..).unwrap_or_default(), base)?;
    let statements = if parser.is_mark("{") {
        parser.block()?
    } else {
        parser.want("(")?;
        let value = parser.expression(0)?;
        parser.want(")")?;
        vec![Statement::Return(value)]
    };
    parser.want_end()?;
    Ok(statements)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn new(source: &str, base: usize) -> Result<Self, ExpressionError> {
        Ok(Parser {
            tokens: lex(source, base)?,
            at: 0,
        })
    }

    fn block(&mut self) -> Result<Vec<Statement>, ExpressionError> {
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
        if self.take_name("return") {
            let value = self.expression(0)?;
            self.want(";")?;
            return Ok(Statement::Return(value));
        }
        if self.take_name("if") {
            self.want("(")?;
            let condition = self.expression(0)?;
            self.want(")")?;
            let then = self.block()?;
            let otherwise = if self.take_name("else") {
                self.block()?
            } else {
                Vec::new()
            };
            return Ok(Statement::If(condition, then, otherwise));
        }
        let declares = self.take_name("var") || self.take_declared_type();
        let name = match self.take() {
            Token {
                kind: TokenKind::Name(name),
                ..
            } if declares || self.is_mark("=") => name,
            token => return Err(error_at(&token, "a statement this simulator does not know")),
        };
        self.want("=")?;
        let value = self.expression(0)?;
        self.want(";")?;
        Ok(Statement::Assign(name, value))
    }

    /// `string x = ...`: a type, then the name.
    fn take_declared_type(&mut self) -> bool {
        let start = self.at;
        if self.read_type().is_some() && matches!(self.peek().kind, TokenKind::Name(_)) {
            return true;
        }
        self.at = start;
        false
    }

    fn expression(&mut self, least: u8) -> Result<Expr, ExpressionError> {
        let mut left = self.unary()?;
        loop {
            let offset = self.peek().offset;
            let TokenKind::Mark(mark) = self.peek().kind else {
                return Ok(left);
            };
            if mark == "?" && least <= TERNARY {
                self.at += 1;
                let then = self.expression(0)?;
                self.want(":")?;
                let otherwise = self.expression(TERNARY)?;
                let kind = Kind::Ternary(Box::new(left), Box::new(then), Box::new(otherwise));
                left = Expr { kind, offset };
            } else if mark == "??" && least <= COALESCE {
                self.at += 1;
                let right = self.expression(COALESCE)?;
                left = binary(Operator::Coalesce, left, right, offset);
            } else {
                let Some((_, operator, power)) =
                    OPERATORS.iter().find(|(known, ..)| *known == mark)
                else {
                    return Ok(left);
                };
                if *power < least {
                    return Ok(left);
                }
                self.at += 1;
                let right = self.expression(power + 1)?;
                left = binary(*operator, left, right, offset);
            }
        }
    }

    fn unary(&mut self) -> Result<Expr, ExpressionError> {
        let offset = self.peek().offset;
        if self.take_mark("!") {
            let kind = Kind::Not(Box::new(self.unary()?));
            return Ok(Expr { kind, offset });
        }
        if self.take_mark("-") {
            let kind = Kind::Negate(Box::new(self.unary()?));
            return Ok(Expr { kind, offset });
        }
        if let Some(to) = self.take_cast() {
            let kind = Kind::Cast(to, Box::new(self.unary()?));
            return Ok(Expr { kind, offset });
        }
        self.postfix()
    }

    fn take_cast(&mut self) -> Option<Type> {
        let start = self.at;
        if self.take_mark("(")
            && let Some(to) = self.read_type()
            && self.take_mark(")")
            && matches!(
                self.peek().kind,
                TokenKind::Name(_)
                    | TokenKind::Int(_)
                    | TokenKind::Real(_)
                    | TokenKind::String(_)
                    | TokenKind::Interpolated(_)
                    | TokenKind::Mark("(" | "!")
            )
        {
            return Some(to);
        }
        self.at = start;
        None
    }

    fn read_type(&mut self) -> Option<Type> {
        let TokenKind::Name(name) = &self.peek().kind else {
            return None;
        };
        let found = match name.as_str() {
            "string" | "String" => Type::String,
            "int" | "long" | "Int32" | "Int64" => Type::Int,
            "double" | "decimal" | "float" | "Double" => Type::Double,
            "bool" | "Boolean" => Type::Bool,
            "JObject" | "JArray" | "JToken" | "JValue" => Type::Json,
            "object" | "IResponse" => Type::Object,
            _ => return None,
        };
        self.at += 1;
        if self.take_mark("[") {
            if !self.take_mark("]") {
                return None;
            }
            return Some(Type::Object);
        }
        self.take_mark("?");
        Some(found)
    }

    fn postfix(&mut self) -> Result<Expr, ExpressionError> {
        let mut expr = self.primary()?;
        let mut can_cut_short = false;
        loop {
            let offset = self.peek().offset;
            let is_conditional = self.is_mark("?.") || self.is_mark("?[");
            if self.take_mark(".") || self.take_mark("?.") {
                expr = self.member(expr, is_conditional, offset)?;
            } else if self.take_mark("[") || self.take_mark("?[") {
                let index = Box::new(self.expression(0)?);
                self.want("]")?;
                let kind = Kind::Index {
                    target: Box::new(expr),
                    index,
                    conditional: is_conditional,
                };
                expr = Expr { kind, offset };
            } else if can_cut_short {
                let offset = expr.offset;
                let kind = Kind::Chain(Box::new(expr));
                return Ok(Expr { kind, offset });
            } else {
                return Ok(expr);
            }
            can_cut_short |= is_conditional;
        }
    }

    fn member(
        &mut self,
        target: Expr,
        conditional: bool,
        offset: usize,
    ) -> Result<Expr, ExpressionError> {
        let name = self.name()?;
        let target = Box::new(target);
        let type_argument = self.take_type_argument();
        if !self.is_mark("(") {
            let kind = Kind::Member {
                target,
                name,
                conditional,
            };
            return Ok(Expr { kind, offset });
        }
        let kind = Kind::Call {
            target,
            name,
            type_argument,
            arguments: self.arguments()?,
            conditional,
        };
        Ok(Expr { kind, offset })
    }

    /// `<T>` before `(`; anything else is left to be a comparison.
    fn take_type_argument(&mut self) -> Option<Type> {
        let start = self.at;
        if self.take_mark("<")
            && let Some(argument) = self.read_type()
            && self.take_mark(">")
            && self.is_mark("(")
        {
            return Some(argument);
        }
        self.at = start;
        None
    }

    fn arguments(&mut self) -> Result<Vec<(Option<String>, Expr)>, ExpressionError> {
        self.want("(")?;
        let mut arguments = Vec::new();
        while !self.take_mark(")") {
            if !arguments.is_empty() {
                self.want(",")?;
            }
            let label = self.take_label();
            arguments.push((label, self.expression(0)?));
        }
        Ok(arguments)
    }

    /// `preserveContent:` before an argument.
    fn take_label(&mut self) -> Option<String> {
        let TokenKind::Name(name) = &self.peek().kind else {
            return None;
        };
        let name = name.clone();
        if self.tokens.get(self.at + 1).map(|token| &token.kind) == Some(&TokenKind::Mark(":")) {
            self.at += 2;
            return Some(name);
        }
        None
    }

    fn primary(&mut self) -> Result<Expr, ExpressionError> {
        let token = self.take();
        let offset = token.offset;
        let kind = match token.kind {
            TokenKind::Int(number) => Kind::Literal(Value::Int(number)),
            TokenKind::Real(number) => Kind::Literal(Value::Double(number)),
            TokenKind::String(text) => Kind::Literal(Value::String(text)),
            TokenKind::Interpolated(parts) => Kind::Interpolated(interpolate(parts)?),
            TokenKind::Mark("(") => {
                let inner = self.expression(0)?;
                self.want(")")?;
                inner.kind
            }
            TokenKind::Name(name) => match name.as_str() {
                "true" => Kind::Literal(Value::Bool(true)),
                "false" => Kind::Literal(Value::Bool(false)),
                "null" => Kind::Literal(Value::Null),
                "new" => return self.construction(offset),
                _ => match CLASSES.iter().find(|class| **class == name) {
                    Some(class) => Kind::Class(class),
                    None => Kind::Name(name),
                },
            },
            _ => return Err(error_at(&token, "a value was expected")),
        };
        Ok(Expr { kind, offset })
    }

    fn construction(&mut self, offset: usize) -> Result<Expr, ExpressionError> {
        let name = self.name()?;
        let Some(class) = ["JObject", "JArray", "JProperty"]
            .into_iter()
            .find(|class| *class == name)
        else {
            return Err(ExpressionError {
                message: format!("`new {name}` is not simulated"),
                offset,
            });
        };
        let arguments = self.arguments()?;
        let kind = Kind::New(
            class,
            arguments.into_iter().map(|(_, value)| value).collect(),
        );
        Ok(Expr { kind, offset })
    }

    fn name(&mut self) -> Result<String, ExpressionError> {
        match self.take() {
            Token {
                kind: TokenKind::Name(name),
                ..
            } => Ok(name),
            token => Err(error_at(&token, "a name was expected")),
        }
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek().kind, TokenKind::Mark(found) if found == mark)
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(&self.peek().kind, TokenKind::Name(found) if found == name);
        self.at += usize::from(found);
        found
    }

    fn want(&mut self, mark: &str) -> Result<(), ExpressionError> {
        if self.take_mark(mark) {
            return Ok(());
        }
        Err(error_at(self.peek(), &format!("`{mark}` was expected")))
    }

    fn want_end(&self) -> Result<(), ExpressionError> {
        if self.peek().kind == TokenKind::End {
            return Ok(());
        }
        Err(error_at(
            self.peek(),
            "the expression should have ended: it must be the whole value",
        ))
    }
}

fn interpolate(parts: Vec<Part>) -> Result<Vec<Piece>, ExpressionError> {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Ok(Piece::Text(text)),
            Part::Source(source, base) => {
                let mut parser = Parser::new(&source, base)?;
                let value = parser.expression(0)?;
                parser.want_end()?;
                Ok(Piece::Value(value))
            }
        })
        .collect()
}

fn binary(operator: Operator, left: Expr, right: Expr, offset: usize) -> Expr {
    Expr {
        kind: Kind::Binary(operator, Box::new(left), Box::new(right)),
        offset,
    }
}

fn error_at(token: &Token, wanted: &str) -> ExpressionError {
    let found = match &token.kind {
        TokenKind::Name(name) => format!("`{name}`"),
        TokenKind::Mark(mark) => format!("`{mark}`"),
        TokenKind::End => "the end".into(),
        TokenKind::Int(number) => format!("`{number}`"),
        TokenKind::Real(number) => format!("`{number}`"),
        TokenKind::String(text) => format!("\"{text}\""),
        TokenKind::Interpolated(_) => "a string".into(),
    };
    ExpressionError {
        message: format!("{wanted}, found {found}"),
        offset: token.offset,
    }
}
