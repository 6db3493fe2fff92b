//! What an expression consists of.

use super::value::Value;

/// A statement of `@{...}`; `@(e)` is one `return e;`.
#[derive(Debug)]
pub(super) enum Statement {
    /// `var x = e;` or `x = e;`.
    Assign(String, Expr),
    /// `if (e) {...} else {...}`.
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// `return e;`
    Return(Expr),
}

/// An expression and where it starts.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) offset: usize,
}

/// The forms an expression can have.
#[derive(Debug)]
pub(super) enum Kind {
    Literal(Value),
    /// `context`, or a local variable.
    Name(String),
    /// A class whose static members are used, e.g. `string` in `string.IsNullOrEmpty`.
    Class(&'static str),
    /// `$"..{e}.."`.
    Interpolated(Vec<Piece>),
    Member {
        target: Box<Expr>,
        name: String,
        conditional: bool,
    },
    Index {
        target: Box<Expr>,
        index: Box<Expr>,
        conditional: bool,
    },
    Call {
        target: Box<Expr>,
        name: String,
        type_argument: Option<Type>,
        arguments: Vec<(Option<String>, Expr)>,
        conditional: bool,
    },
    /// A chain of members that a `?.` inside can cut short.
    Chain(Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    Cast(Type, Box<Expr>),
    /// `new JObject(...)`, `new JProperty(...)`, `new JArray(...)`.
    New(&'static str, Vec<Expr>),
}

/// A part of an interpolated string.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Value(Expr),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Coalesce,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Types that a cast or a type argument may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// `string`.
    String,
    /// `int`, `long` and their boxes.
    Int,
    /// `double`, `decimal`, `float`.
    Double,
    /// `bool`.
    Bool,
    /// `JObject`, `JArray`, `JToken`.
    Json,
    /// `object` and everything that needs no conversion.
    Object,
}
