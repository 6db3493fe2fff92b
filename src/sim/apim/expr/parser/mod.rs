//! From words to expressions, by precedence climbing.

mod calls;
mod objects;
mod statements;
mod types;

use super::ExpressionError;
use super::ast::{Expr, Kind, Operator, Pattern, Piece, Statement, Type};
use super::lexer::{Part, Token, TokenKind, lex};
use super::value::Value;

/// Classes whose static members or constructors are known.
const CLASSES: [&str; 42] = [
    "string",
    "String",
    "int",
    "Int32",
    "long",
    "Int64",
    "double",
    "Double",
    "decimal",
    "Decimal",
    "bool",
    "Boolean",
    "char",
    "Guid",
    "Convert",
    "Math",
    "JObject",
    "JArray",
    "JToken",
    "JProperty",
    "StringComparison",
    "StringSplitOptions",
    "Regex",
    "RegexOptions",
    "DateTime",
    "DateTimeOffset",
    "TimeSpan",
    "Encoding",
    "WebUtility",
    "HttpUtility",
    "Uri",
    "JsonConvert",
    "Formatting",
    "BitConverter",
    "SHA256",
    "Enumerable",
    "JTokenType",
    "CultureInfo",
    "DateTimeStyles",
    "DateTimeKind",
    "Array",
    "Environment",
];

/// Where the names of classes may begin when they are written in full.
const NAMESPACES: [&str; 2] = ["System", "Newtonsoft"];

/// Words of C# that the real gateway takes and this parser does not read.
const UNREAD: [&str; 14] = [
    "from",
    "switch",
    "delegate",
    "yield",
    "lock",
    "goto",
    "do",
    "checked",
    "unchecked",
    "typeof",
    "dynamic",
    "stackalloc",
    "sizeof",
    "when",
];

/// Binding powers; `??` and `?:` bind to the right and are handled apart.
const OPERATORS: [(&str, Operator, u8); 16] = [
    ("||", Operator::Or, 3),
    ("&&", Operator::And, 4),
    ("|", Operator::BitOr, 5),
    ("^", Operator::BitXor, 6),
    ("&", Operator::BitAnd, 7),
    ("==", Operator::Equal, 8),
    ("!=", Operator::NotEqual, 8),
    ("<", Operator::Less, RELATIONAL),
    ("<=", Operator::LessOrEqual, RELATIONAL),
    (">", Operator::Greater, RELATIONAL),
    (">=", Operator::GreaterOrEqual, RELATIONAL),
    ("+", Operator::Add, 10),
    ("-", Operator::Subtract, 10),
    ("*", Operator::Multiply, 11),
    ("/", Operator::Divide, 11),
    ("%", Operator::Remainder, 11),
];

const TERNARY: u8 = 1;
const COALESCE: u8 = 2;
/// `<`, `is` and their like.
const RELATIONAL: u8 = 9;

/// Reads `@(e)` or `@{...}`.
pub(super) fn parse(source: &str) -> Result<Vec<Statement>, ExpressionError> {
    let trimmed = source.trim_start();
    let base = source.len() - trimmed.len() + 1;
    let mut parser = Parser::new(trimmed.get(1..).unwrap_or_default(), base)?;
    let read = if parser.is_mark("{") {
        parser.block()
    } else {
        parser
            .bracketed()
            .map(|value| vec![Statement::Return(value)])
    };
    read.and_then(|statements| parser.want_end().map(|()| statements))
        .map_err(|error| parser.unread(error))
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

    /// A text that does not parse may still be valid C#, where it holds what is not read here.
    fn unread(&self, error: ExpressionError) -> ExpressionError {
        let word = self.tokens.iter().find_map(|token| match &token.kind {
            TokenKind::Name(name) => UNREAD.iter().find(|known| **known == name),
            _ => None,
        });
        match word {
            Some(word) => {
                ExpressionError::unsimulated(format!("`{word}` is not simulated"), error.offset)
            }
            None => error,
        }
    }

    /// `(e)`.
    fn bracketed(&mut self) -> Result<Expr, ExpressionError> {
        self.want("(")?;
        let value = self.expression(0)?;
        self.want(")")?;
        Ok(value)
    }

    fn expression(&mut self, least: u8) -> Result<Expr, ExpressionError> {
        let mut left = self.unary()?;
        loop {
            let offset = self.peek().offset;
            if least <= RELATIONAL && (self.is_name("is") || self.is_name("as")) {
                left = self.tested(left, offset)?;
                continue;
            }
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

    /// `left is ...` or `left as T`.
    fn tested(&mut self, left: Expr, offset: usize) -> Result<Expr, ExpressionError> {
        let value = Box::new(left);
        if self.take_name("as") {
            let to = self.wanted_type()?;
            let kind = Kind::As(to, value);
            return Ok(Expr { kind, offset });
        }
        self.at += 1;
        let is_negated = self.take_name("not");
        let is_type = matches!(&self.peek().kind, TokenKind::Name(name) if name != "null" && name != "true" && name != "false");
        let wanted = if is_type {
            let to = self.wanted_type()?;
            Pattern::Type(to, self.take_any_name())
        } else {
            Pattern::Value(Box::new(self.expression(RELATIONAL + 1)?))
        };
        let kind = Kind::Is {
            value,
            wanted,
            is_negated,
        };
        Ok(Expr { kind, offset })
    }

    fn wanted_type(&mut self) -> Result<Type, ExpressionError> {
        match self.read_type(false) {
            Some((to, _)) => Ok(to),
            None => Err(error_at(self.peek(), "a type was expected")),
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
        if self.take_mark("+") {
            return self.unary();
        }
        if let Some(to) = self.take_cast() {
            let kind = Kind::Cast(to, Box::new(self.unary()?));
            return Ok(Expr { kind, offset });
        }
        self.postfix()
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
            } else if self.is_mark("(") && matches!(expr.kind, Kind::Name(_)) {
                expr = Expr {
                    kind: Kind::Call {
                        target: Box::new(expr),
                        name: "Invoke".into(),
                        type_argument: None,
                        arguments: self.arguments()?,
                        conditional: false,
                    },
                    offset,
                };
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

    fn primary(&mut self) -> Result<Expr, ExpressionError> {
        if let Some(lambda) = self.take_lambda()? {
            return Ok(lambda);
        }
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
                "default" => {
                    if self.is_mark("(") {
                        self.at += 1;
                        self.wanted_type()?;
                        self.want(")")?;
                    }
                    Kind::Literal(Value::Null)
                }
                "new" => return self.construction(offset),
                _ if NAMESPACES.contains(&name.as_str()) => {
                    let name = self.take_qualified(name);
                    match CLASSES.iter().find(|class| **class == name) {
                        Some(class) => Kind::Class(class),
                        None => {
                            let message = format!("`{name}` is not simulated");
                            return Err(ExpressionError::unsimulated(message, offset));
                        }
                    }
                }
                _ => match CLASSES.iter().find(|class| **class == name) {
                    Some(class) => Kind::Class(class),
                    None => Kind::Name(name),
                },
            },
            _ => return Err(error_at(&token, "a value was expected")),
        };
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

    fn take_any_name(&mut self) -> Option<String> {
        let TokenKind::Name(name) = &self.peek().kind else {
            return None;
        };
        let name = name.clone();
        self.at += 1;
        Some(name)
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

    /// Whether the word `ahead` words from here is `mark`.
    fn is_mark_at(&self, ahead: usize, mark: &str) -> bool {
        let token = self.tokens.get(self.at + ahead);
        matches!(token, Some(Token { kind: TokenKind::Mark(found), .. }) if *found == mark)
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(&self.peek().kind, TokenKind::Name(found) if found == name)
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
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
            Part::Source(source, base, format) => {
                let mut parser = Parser::new(&source, base)?;
                let value = parser.expression(0)?;
                parser.want_end()?;
                Ok(Piece::Value(value, format))
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
    ExpressionError::wrong(format!("{wanted}, found {found}"), token.offset)
}
