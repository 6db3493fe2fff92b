//! Names that an expression may use, checked at load: what the real gateway's compiler would refuse, or what this
//! simulator cannot evaluate, is an error of the world and not of a request.

use super::ExpressionError;
use super::ast::{Expr, Kind, Piece, Statement};
use super::methods::{CLASS_CONSTANTS, CLASS_METHODS, VALUE_MEMBERS, VALUE_METHODS};
use super::value::Object;
use std::collections::BTreeSet;

/// Least and most arguments of a method.
pub(super) type Arity = (usize, usize);

/// Checks every name in `statements`.
pub(super) fn check(statements: &[Statement]) -> Result<(), ExpressionError> {
    let mut locals = BTreeSet::new();
    if !check_block(statements, &mut locals)? {
        return Err(ExpressionError {
            message: "not all code paths return a value".into(),
            offset: 0,
        });
    }
    Ok(())
}

/// Members of what `context` leads to; `Some` where the member can be looked into further.
fn members(object: Object) -> &'static [(&'static str, Option<Object>)] {
    match object {
        Object::Context => &[
            ("RequestId", None),
            ("User", None),
            ("Request", Some(Object::Request)),
            ("Response", Some(Object::Response)),
            ("Variables", Some(Object::Variables)),
            ("Api", Some(Object::Api)),
            ("Operation", Some(Object::Operation)),
            ("Product", Some(Object::Product)),
            ("Subscription", Some(Object::Subscription)),
            ("Deployment", Some(Object::Deployment)),
            ("LastError", Some(Object::LastError)),
        ],
        Object::Request => &[
            ("Method", None),
            ("IpAddress", None),
            ("Url", Some(Object::Url)),
            ("OriginalUrl", Some(Object::OriginalUrl)),
            ("Headers", Some(Object::RequestHeaders)),
            ("Body", Some(Object::RequestBody)),
            ("MatchedParameters", Some(Object::MatchedParameters)),
        ],
        Object::Response => &[
            ("StatusCode", None),
            ("StatusReason", None),
            ("Headers", Some(Object::ResponseHeaders)),
            ("Body", Some(Object::ResponseBody)),
        ],
        Object::Url => &[
            ("Scheme", None),
            ("Host", None),
            ("Port", None),
            ("Path", None),
            ("QueryString", None),
            ("Query", Some(Object::Query)),
        ],
        Object::OriginalUrl => &[
            ("Scheme", None),
            ("Host", None),
            ("Port", None),
            ("Path", None),
            ("QueryString", None),
            ("Query", Some(Object::OriginalQuery)),
        ],
        Object::Api => &[
            ("Id", None),
            ("Name", None),
            ("Path", None),
            ("Revision", None),
            ("Version", None),
        ],
        Object::Operation => &[
            ("Id", None),
            ("Name", None),
            ("Method", None),
            ("UrlTemplate", None),
        ],
        Object::Product => &[("Id", None), ("Name", None)],
        Object::Subscription => &[
            ("Id", None),
            ("Name", None),
            ("Key", None),
            ("PrimaryKey", None),
            ("SecondaryKey", None),
        ],
        Object::Deployment => &[("ServiceName", None), ("Region", None), ("GatewayId", None)],
        Object::LastError => &[
            ("Source", None),
            ("Reason", None),
            ("Message", None),
            ("Scope", None),
            ("Section", None),
            ("Path", None),
            ("PolicyId", None),
        ],
        Object::RequestHeaders
        | Object::ResponseHeaders
        | Object::Query
        | Object::OriginalQuery
        | Object::MatchedParameters
        | Object::Variables
        | Object::RequestBody
        | Object::ResponseBody => &[],
    }
}

fn methods(object: Object) -> &'static [(&'static str, Arity)] {
    match object {
        Object::RequestHeaders
        | Object::ResponseHeaders
        | Object::Query
        | Object::OriginalQuery
        | Object::MatchedParameters
        | Object::Variables => &[("GetValueOrDefault", (1, 2)), ("ContainsKey", (1, 1))],
        Object::RequestBody | Object::ResponseBody => &[("As", (0, 1))],
        Object::Url | Object::OriginalUrl => &[("ToString", (0, 0))],
        _ => &[],
    }
}

fn can_be_indexed(object: Object) -> bool {
    methods(object)
        .iter()
        .any(|(name, _)| *name == "ContainsKey")
}

/// Whether every path through the block returns.
fn check_block(
    statements: &[Statement],
    locals: &mut BTreeSet<String>,
) -> Result<bool, ExpressionError> {
    let mut returns = false;
    for statement in statements {
        match statement {
            Statement::Assign(name, value) => {
                check_expr(value, locals)?;
                locals.insert(name.clone());
            }
            Statement::If(condition, then, otherwise) => {
                check_expr(condition, locals)?;
                let then = check_block(then, locals)?;
                returns |= check_block(otherwise, locals)? && then;
            }
            Statement::Return(value) => {
                check_expr(value, locals)?;
                returns = true;
            }
        }
    }
    Ok(returns)
}

/// Checks `expr` and says what it is, where that can be told.
fn check_expr(expr: &Expr, locals: &BTreeSet<String>) -> Result<Option<Object>, ExpressionError> {
    let each = |exprs: &[&Expr]| -> Result<Option<Object>, ExpressionError> {
        for expr in exprs {
            check_expr(expr, locals)?;
        }
        Ok(None)
    };
    match &expr.kind {
        Kind::Literal(_) => Ok(None),
        Kind::Name(name) if name == "context" => Ok(Some(Object::Context)),
        Kind::Name(name) if locals.contains(name) => Ok(None),
        Kind::Name(name) => Err(unknown(expr, format!("`{name}`"))),
        Kind::Class(class) => Err(unknown(expr, format!("`{class}` alone"))),
        Kind::Interpolated(pieces) => {
            for piece in pieces {
                if let Piece::Value(value) = piece {
                    check_expr(value, locals)?;
                }
            }
            Ok(None)
        }
        Kind::Member { target, name, .. } => check_member(expr, target, name, locals),
        Kind::Index { target, index, .. } => {
            check_expr(index, locals)?;
            match check_expr(target, locals)? {
                Some(object) if !can_be_indexed(object) => {
                    Err(unknown(expr, format!("an index of {object:?}")))
                }
                _ => Ok(None),
            }
        }
        Kind::Call {
            target,
            name,
            arguments,
            ..
        } => {
            for (_, argument) in arguments {
                check_expr(argument, locals)?;
            }
            check_call(expr, target, name, arguments.len(), locals)
        }
        Kind::Chain(inner) => check_expr(inner, locals),
        Kind::Not(inner) | Kind::Negate(inner) => each(&[inner]),
        Kind::Cast(_, inner) => each(&[inner]),
        Kind::Binary(_, left, right) => each(&[left, right]),
        Kind::Ternary(condition, then, otherwise) => each(&[condition, then, otherwise]),
        Kind::New(_, arguments) => each(&arguments.iter().collect::<Vec<_>>()),
    }
}

fn check_member(
    expr: &Expr,
    target: &Expr,
    name: &str,
    locals: &BTreeSet<String>,
) -> Result<Option<Object>, ExpressionError> {
    if let Kind::Class(class) = target.kind {
        return if CLASS_CONSTANTS.contains(&(class, name)) {
            Ok(None)
        } else {
            Err(unknown(expr, format!("`{class}.{name}`")))
        };
    }
    match check_expr(target, locals)? {
        Some(object) => members(object)
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, leads_to)| *leads_to)
            .ok_or_else(|| unknown(expr, format!("`{name}` of {object:?}"))),
        None if VALUE_MEMBERS.contains(&name) => Ok(None),
        None => Err(unknown(expr, format!("`.{name}`"))),
    }
}

fn check_call(
    expr: &Expr,
    target: &Expr,
    name: &str,
    count: usize,
    locals: &BTreeSet<String>,
) -> Result<Option<Object>, ExpressionError> {
    let arity = if let Kind::Class(class) = target.kind {
        CLASS_METHODS
            .iter()
            .find(|(of, known, _)| *of == class && *known == name)
            .map(|(_, _, arity)| *arity)
    } else {
        let known = match check_expr(target, locals)? {
            Some(object) => methods(object),
            None => VALUE_METHODS,
        };
        known
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, arity)| *arity)
    };
    match arity {
        Some((least, most)) if (least..=most).contains(&count) => Ok(None),
        Some(_) => Err(unknown(expr, format!("`{name}` with {count} arguments"))),
        None => Err(unknown(expr, format!("`{name}(...)`"))),
    }
}

fn unknown(expr: &Expr, what: String) -> ExpressionError {
    ExpressionError {
        message: format!("{what} is not simulated"),
        offset: expr.offset,
    }
}
