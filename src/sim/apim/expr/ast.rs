//! What an expression consists of.

use super::value::Value;
use std::sync::Arc;

/// A statement of `@{...}`; `@(e)` is one `return e;`.
#[derive(Debug)]
pub(super) enum Statement {
    /// `var x = e;` or `T x;`.
    Declare(String, Option<Expr>),
    /// `x = e;`, `x += e;`, `x[k] = e;`, `x++`.
    Assign(Expr, Option<Operator>, Expr),
    /// A call for its effect.
    Effect(Expr),
    /// `if (e) {...} else {...}`.
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// `while (e) {...}`.
    While(Expr, Vec<Statement>),
    /// `for (a; b; c) {...}`.
    For {
        start: Vec<Statement>,
        condition: Option<Expr>,
        step: Vec<Statement>,
        body: Vec<Statement>,
    },
    /// `foreach (var x in e) {...}`.
    ForEach(String, Expr, Vec<Statement>),
    /// `switch (e) {...}`: the labels of each group (`None` for `default`), and its statements.
    Switch(Expr, Vec<(Vec<Option<Expr>>, Vec<Statement>)>),
    /// `try {...} catch (Exception x) {...} finally {...}`.
    Try {
        body: Vec<Statement>,
        caught: Option<(Option<String>, Vec<Statement>)>,
        finally: Vec<Statement>,
    },
    /// `{...}`.
    Block(Vec<Statement>),
    /// `return e;`
    Return(Expr),
    /// `throw e;`
    Throw(Option<Expr>),
    Break,
    Continue,
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
        arguments: Vec<Passed>,
        conditional: bool,
    },
    /// A chain of members that a `?.` inside can cut short.
    Chain(Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    Cast(Type, Box<Expr>),
    /// `e as T`: null where it is none.
    As(Type, Box<Expr>),
    /// `e is T name`, `e is null`, `e is not null`.
    Is {
        value: Box<Expr>,
        wanted: Pattern,
        is_negated: bool,
    },
    /// `new Class(...) {...}`.
    New(&'static str, Vec<Expr>, Vec<Init>),
    /// `new { a = 1 }`.
    Anonymous(Vec<(String, Expr)>),
    /// `new[] {...}`.
    Array(Vec<Expr>),
    /// `new T[n]`.
    Sized(Type, Box<Expr>),
    /// `x => e`.
    Lambda(Arc<Lambda>),
}

/// What stands after `is`.
#[derive(Debug)]
pub(super) enum Pattern {
    Type(Type, Option<String>),
    Value(Box<Expr>),
}

/// An argument as it is written.
#[derive(Debug)]
pub(super) struct Passed {
    /// `preserveContent:`.
    pub(super) label: Option<String>,
    pub(super) value: Expr,
    /// The local variable that `out` names.
    pub(super) out: Option<String>,
}

/// What stands in the braces after a `new`.
#[derive(Debug)]
pub(super) enum Init {
    /// `{ e }`.
    Item(Expr),
    /// `{ {k, v} }` and `{ [k] = v }`.
    Pair(Expr, Expr),
}

/// A function without a name.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Statement>,
}

/// A part of an interpolated string.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// A value, and how it is to be written.
    Value(Expr, Option<String>),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Coalesce,
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
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
    /// `JToken`, `JValue`.
    Json,
    /// `JObject`.
    JObject,
    /// `JArray`.
    JArray,
    /// `DateTime`, `DateTimeOffset`.
    Time,
    /// `IResponse`.
    Response,
    /// `Jwt`.
    Jwt,
    /// `byte[]`.
    Bytes,
    /// `object` and everything that needs no conversion.
    Object,
}
