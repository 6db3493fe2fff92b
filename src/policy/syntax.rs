//! The grammar of C# expressions, as far as policies use it. What it does not hold is opaque.

use super::lexer::{Token, tokens};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Number(f64),
    Name(String),
    List(Vec<Expr>),
    Member(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, String, Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// `a ?? b`.
    Or2(Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Something whose value nothing is known of.
    Opaque,
}

impl Expr {
    /// `a.b.c` of a chain of members.
    pub(super) fn path(&self) -> Option<String> {
        match self {
            Expr::Name(name) => Some(name.clone()),
            Expr::Member(of, name) => Some(format!("{}.{name}", of.path()?)),
            _ => None,
        }
    }
}

/// How deep expressions may be nested.
const DEEPEST: usize = 48;

/// Reads an expression; nothing where it is none of this grammar.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let expr = parser.choice()?;
    (parser.at == tokens.len()).then_some(expr)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_it = self.is_sign(sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn need(&mut self, sign: &str) -> Option<()> {
        self.take(sign).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        let Some(Token::Name(name)) = self.peek() else {
            return None;
        };
        let name = name.clone();
        self.at += 1;
        Some(name)
    }

    fn choice(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let condition = self.or()?;
        let expr = if self.take("?") {
            let yes = self.choice()?;
            self.need(":")?;
            let no = self.choice()?;
            Expr::Choose(condition.into(), yes.into(), no.into())
        } else if self.take("??") {
            Expr::Or2(condition.into(), self.choice()?.into())
        } else {
            condition
        };
        self.depth -= 1;
        Some(expr)
    }

    fn or(&mut self) -> Option<Expr> {
        let mut left = self.and()?;
        while self.take("||") {
            left = Expr::Or(left.into(), self.and()?.into());
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            left = Expr::And(left.into(), self.comparison()?.into());
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Expr> {
        let mut left = self.sum()?;
        loop {
            let signs = ["==", "!=", ">=", "<=", ">", "<"];
            let Some(sign) = signs.into_iter().find(|sign| self.is_sign(sign)) else {
                return Some(left);
            };
            self.at += 1;
            left = Expr::Compare(sign, left.into(), self.sum()?.into());
        }
    }

    /// Sums are read past; what they come to is not worked out.
    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        while ["+", "-", "*", "/", "%"].iter().any(|sign| self.take(sign)) {
            self.unary()?;
            left = Expr::Opaque;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let expr = if self.take("!") {
            Expr::Not(self.unary()?.into())
        } else if self.take("-") {
            self.unary()?;
            Expr::Opaque
        } else if self.is_cast() {
            while !self.take(")") {
                self.at += 1;
            }
            self.unary()?
        } else {
            self.postfix()?
        };
        self.depth -= 1;
        Some(expr)
    }

    /// `(Type)` before something that can be cast.
    fn is_cast(&self) -> bool {
        let mut at = self.at + 1;
        if !self.is_sign("(") || !matches!(self.tokens.get(at), Some(Token::Name(_))) {
            return false;
        }
        while matches!(
            self.tokens.get(at),
            Some(Token::Name(_) | Token::Sign("." | "<" | ">" | "[" | "]" | "?"))
        ) {
            at += 1;
        }
        let closes = self.tokens.get(at) == Some(&Token::Sign(")"));
        let next = self.tokens.get(at + 1);
        closes
            && matches!(
                next,
                Some(Token::Name(_) | Token::Text(_) | Token::Number(_) | Token::Sign("("))
            )
    }

    fn postfix(&mut self) -> Option<Expr> {
        let mut expr = self.primary()?;
        loop {
            if self.take(".") || self.take("?.") {
                let name = self.name()?;
                self.generics();
                expr = if self.take("(") {
                    let arguments = self.arguments(")")?;
                    Expr::Call(expr.into(), name, arguments)
                } else {
                    Expr::Member(expr.into(), name)
                };
            } else if self.take("[") || self.take("?[") {
                let key = self.choice()?;
                self.need("]")?;
                expr = Expr::Index(expr.into(), key.into());
            } else if self.take("(") {
                self.arguments(")")?;
                expr = Expr::Opaque;
            } else {
                return Some(expr);
            }
        }
    }

    /// `<Type>` before the arguments of a call.
    fn generics(&mut self) {
        if !self.is_sign("<") {
            return;
        }
        let mut at = self.at + 1;
        while matches!(
            self.tokens.get(at),
            Some(Token::Name(_) | Token::Sign("." | "," | "<" | ">" | "?" | "[" | "]"))
        ) {
            at += 1;
            let is_closed = self.tokens.get(at - 1) == Some(&Token::Sign(">"));
            if is_closed && self.tokens.get(at) == Some(&Token::Sign("(")) {
                self.at = at;
                return;
            }
        }
    }

    fn arguments(&mut self, end: &str) -> Option<Vec<Expr>> {
        let mut found = Vec::new();
        while !self.take(end) {
            found.push(self.argument(end)?);
            if !self.take(",") && !self.is_sign(end) {
                return None;
            }
        }
        Some(found)
    }

    /// An argument; a lambda is opaque.
    fn argument(&mut self, end: &str) -> Option<Expr> {
        let start = self.at;
        let depth = self.depth;
        let read = self.choice();
        let is_whole = self.is_sign(",") || self.is_sign(end);
        if let (Some(expr), true) = (read, is_whole) {
            return Some(expr);
        }
        self.depth = depth;
        self.at = start;
        let mut open = 0usize;
        loop {
            match self.peek()? {
                Token::Sign("(" | "[" | "{") => open += 1,
                Token::Sign(")" | "]" | "}") if open > 0 => open -= 1,
                Token::Sign(sign) if open == 0 && (*sign == end || *sign == ",") => {
                    return Some(Expr::Opaque);
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.take("(") {
            let inner = self.choice()?;
            self.need(")")?;
            return Some(inner);
        }
        let token = self.peek()?.clone();
        match token {
            Token::Text(text) => {
                self.at += 1;
                Some(Expr::Text(text))
            }
            Token::Number(number) => {
                self.at += 1;
                Some(Expr::Number(number))
            }
            Token::Name(name) if name == "new" => {
                self.at += 1;
                self.list()
            }
            Token::Name(name) => {
                self.at += 1;
                Some(Expr::Name(name))
            }
            Token::Sign(_) => None,
        }
    }

    /// `new [] { 1, 2 }`, `new int[] { 1 }`, `new List<int> { 1 }`; any other object is opaque.
    fn list(&mut self) -> Option<Expr> {
        while matches!(
            self.peek(),
            Some(Token::Name(_) | Token::Sign("." | "<" | ">" | "[" | "]" | "," | "(" | ")"))
        ) {
            self.at += 1;
        }
        self.need("{")?;
        Some(Expr::List(self.arguments("}")?))
    }
}
