//! What follows `new`.

use super::super::ExpressionError;
use super::super::ast::{Expr, Init, Kind, Type};
use super::super::lexer::TokenKind;
use super::super::value::Value;
use super::{NAMESPACES, Parser};

/// Classes that can be made, and the one whose making stands for theirs.
const MAKES: [(&str, &str); 21] = [
    ("JObject", "JObject"),
    ("JArray", "JArray"),
    ("JProperty", "JProperty"),
    ("JValue", "JValue"),
    ("List", "List"),
    ("HashSet", "HashSet"),
    ("Dictionary", "Dictionary"),
    ("KeyValuePair", "KeyValuePair"),
    ("Random", "Random"),
    ("StringBuilder", "StringBuilder"),
    ("Uri", "Uri"),
    ("Exception", "Exception"),
    ("ArgumentException", "Exception"),
    ("InvalidOperationException", "Exception"),
    ("HMACSHA256", "HMACSHA256"),
    ("DateTime", "DateTime"),
    ("DateTimeOffset", "DateTime"),
    ("TimeSpan", "TimeSpan"),
    ("Regex", "Regex"),
    ("String", "string"),
    ("string", "string"),
];

impl Parser {
    /// The rest of a `new`, which began at `offset`.
    pub(super) fn construction(&mut self, offset: usize) -> Result<Expr, ExpressionError> {
        if self.is_mark("{") {
            let kind = Kind::Anonymous(self.anonymous()?);
            return Ok(Expr { kind, offset });
        }
        if self.take_mark("[") {
            self.want("]")?;
            let kind = Kind::Array(self.items()?);
            return Ok(Expr { kind, offset });
        }
        let start = self.peek().offset;
        let name = self.name()?;
        let name = if NAMESPACES.contains(&name.as_str()) {
            self.take_made(name)
        } else {
            name
        };
        self.skip_generics();
        if self.take_mark("[") {
            let kind = self.array(&name)?;
            return Ok(Expr { kind, offset });
        }
        let Some((_, class)) = MAKES.iter().find(|(known, _)| *known == name) else {
            let message = format!("`new {name}` is not simulated");
            return Err(ExpressionError::unsimulated(message, start));
        };
        let mut arguments = Vec::new();
        if self.is_mark("(") {
            arguments.extend(self.arguments()?.into_iter().map(|passed| passed.value));
        }
        let inits = if self.is_mark("{") {
            self.inits()?
        } else {
            Vec::new()
        };
        let kind = Kind::New(class, arguments, inits);
        Ok(Expr { kind, offset })
    }

    /// The rest of a name in full; the last part is the class.
    fn take_made(&mut self, first: String) -> String {
        let mut name = first;
        while self.take_mark(".") {
            match self.take_any_name() {
                Some(next) => name = next,
                None => break,
            }
        }
        name
    }

    /// `new T[...]`, after the bracket.
    fn array(&mut self, of: &str) -> Result<Kind, ExpressionError> {
        if self.take_mark("]") {
            return self.items().map(Kind::Array);
        }
        let size = self.expression(0)?;
        self.want("]")?;
        if self.is_mark("{") {
            return self.items().map(Kind::Array);
        }
        let to = match of {
            "byte" => Type::Bytes,
            "int" | "long" => Type::Int,
            "double" => Type::Double,
            "bool" => Type::Bool,
            _ => Type::Object,
        };
        Ok(Kind::Sized(to, Box::new(size)))
    }

    /// `{ a, b }`.
    fn items(&mut self) -> Result<Vec<Expr>, ExpressionError> {
        self.want("{")?;
        let mut items = Vec::new();
        while !self.take_mark("}") {
            items.push(self.expression(0)?);
            if !self.take_mark(",") {
                self.want("}")?;
                break;
            }
        }
        Ok(items)
    }

    /// `{ a = 1, x.b }`.
    fn anonymous(&mut self) -> Result<Vec<(String, Expr)>, ExpressionError> {
        self.want("{")?;
        let mut members = Vec::new();
        while !self.take_mark("}") {
            let name = self.take_init_name();
            let value = self.expression(0)?;
            let name = name.or_else(|| own_name(&value)).unwrap_or_default();
            members.push((name, value));
            if !self.take_mark(",") {
                self.want("}")?;
                break;
            }
        }
        Ok(members)
    }

    fn inits(&mut self) -> Result<Vec<Init>, ExpressionError> {
        self.want("{")?;
        let mut inits = Vec::new();
        while !self.take_mark("}") {
            inits.push(self.init()?);
            if !self.take_mark(",") {
                self.want("}")?;
                break;
            }
        }
        Ok(inits)
    }

    fn init(&mut self) -> Result<Init, ExpressionError> {
        if self.take_mark("[") {
            let key = self.expression(0)?;
            self.want("]")?;
            self.want("=")?;
            return Ok(Init::Pair(key, self.expression(0)?));
        }
        if self.take_mark("{") {
            let key = self.expression(0)?;
            if self.take_mark("}") {
                return Ok(Init::Item(key));
            }
            self.want(",")?;
            let value = self.expression(0)?;
            self.want("}")?;
            return Ok(Init::Pair(key, value));
        }
        let offset = self.peek().offset;
        if let Some(name) = self.take_init_name() {
            let kind = Kind::Literal(Value::String(name));
            return Ok(Init::Pair(Expr { kind, offset }, self.expression(0)?));
        }
        self.expression(0).map(Init::Item)
    }

    /// `name =`.
    fn take_init_name(&mut self) -> Option<String> {
        let TokenKind::Name(name) = &self.peek().kind else {
            return None;
        };
        let name = name.clone();
        if self.is_mark_at(1, "=") {
            self.at += 2;
            return Some(name);
        }
        None
    }
}

/// The name that a member of an anonymous object takes from its value.
fn own_name(value: &Expr) -> Option<String> {
    match &value.kind {
        Kind::Name(name) | Kind::Member { name, .. } => Some(name.clone()),
        Kind::Chain(inner) => own_name(inner),
        _ => None,
    }
}
