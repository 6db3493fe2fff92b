//! Types where C# writes them: in casts, before a name, as an argument of a generic method.

use super::super::ast::Type;
use super::super::lexer::TokenKind;
use super::{NAMESPACES, Parser};

/// Types that a policy may name, and what they are here.
const TYPES: [(&str, Type); 53] = [
    ("string", Type::String),
    ("String", Type::String),
    ("int", Type::Int),
    ("Int32", Type::Int),
    ("long", Type::Int),
    ("Int64", Type::Int),
    ("short", Type::Int),
    ("byte", Type::Int),
    ("uint", Type::Int),
    ("ulong", Type::Int),
    ("double", Type::Double),
    ("Double", Type::Double),
    ("decimal", Type::Double),
    ("Decimal", Type::Double),
    ("float", Type::Double),
    ("bool", Type::Bool),
    ("Boolean", Type::Bool),
    ("JToken", Type::Json),
    ("JValue", Type::Json),
    ("JObject", Type::JObject),
    ("JArray", Type::JArray),
    ("DateTime", Type::Time),
    ("DateTimeOffset", Type::Time),
    ("IResponse", Type::Response),
    ("Jwt", Type::Jwt),
    ("object", Type::Object),
    ("Object", Type::Object),
    ("char", Type::Object),
    ("Guid", Type::Object),
    ("Uri", Type::Object),
    ("TimeSpan", Type::Object),
    ("Random", Type::Object),
    ("Regex", Type::Object),
    ("Match", Type::Object),
    ("MatchCollection", Type::Object),
    ("StringBuilder", Type::Object),
    ("JProperty", Type::Object),
    ("Exception", Type::Object),
    ("Dictionary", Type::Object),
    ("IDictionary", Type::Object),
    ("IReadOnlyDictionary", Type::Object),
    ("KeyValuePair", Type::Object),
    ("List", Type::Object),
    ("IList", Type::Object),
    ("ICollection", Type::Object),
    ("IEnumerable", Type::Object),
    ("HashSet", Type::Object),
    ("Func", Type::Object),
    ("Authorization", Type::Object),
    ("BasicAuthCredentials", Type::Object),
    ("X509Certificate2", Type::Object),
    ("IRequest", Type::Object),
    ("IUrl", Type::Object),
];

impl Parser {
    /// `(T)` before a value.
    pub(super) fn take_cast(&mut self) -> Option<Type> {
        let start = self.at;
        if self.take_mark("(")
            && let Some((to, is_known)) = self.read_type(true)
            && self.take_mark(")")
            && match &self.peek().kind {
                TokenKind::Name(name) => name != "is" && name != "as",
                TokenKind::Int(_)
                | TokenKind::Real(_)
                | TokenKind::String(_)
                | TokenKind::Interpolated(_) => true,
                TokenKind::Mark(mark) => is_known && matches!(*mark, "(" | "!" | "-"),
                TokenKind::End => false,
            }
        {
            return Some(to);
        }
        self.at = start;
        None
    }

    /// A type, and whether it is one that is known here; `?` and `[]` behind it belong to it.
    pub(super) fn read_type(&mut self, takes_question: bool) -> Option<(Type, bool)> {
        let start = self.at;
        let name = self.take_any_name()?;
        let name = if NAMESPACES.contains(&name.as_str()) {
            self.take_qualified(name)
        } else {
            name
        };
        let known = TYPES.iter().find(|(known, _)| *known == name);
        if known.is_none() && !name.starts_with(char::is_uppercase) {
            self.at = start;
            return None;
        }
        self.skip_generics();
        let mut found = known.map_or(Type::Object, |(_, found)| *found);
        if takes_question {
            self.take_mark("?");
        }
        while self.is_mark("[") && self.is_mark_at(1, "]") {
            self.at += 2;
            found = if name == "byte" {
                Type::Bytes
            } else {
                Type::Object
            };
        }
        Some((found, known.is_some()))
    }

    /// `string x` or `var x`: takes the type where a name follows it.
    pub(super) fn take_declared_type(&mut self) -> bool {
        let start = self.at;
        let is_type = self.take_name("var") || self.read_type(true).is_some();
        if is_type
            && matches!(&self.peek().kind, TokenKind::Name(name) if name != "is" && name != "as")
        {
            return true;
        }
        self.at = start;
        false
    }

    /// `<T>` before `(`; anything else is left to be a comparison.
    pub(super) fn take_type_argument(&mut self) -> Option<Type> {
        let start = self.at;
        if self.take_mark("<")
            && let Some((argument, _)) = self.read_type(true)
        {
            while self.take_mark(",") {
                if self.read_type(true).is_none() {
                    break;
                }
            }
            if self.take_mark(">") && self.is_mark("(") {
                return Some(argument);
            }
        }
        self.at = start;
        None
    }

    /// The rest of a name that begins with a namespace; gives its last part, or the first that is a class.
    pub(super) fn take_qualified(&mut self, first: String) -> String {
        let mut name = first;
        while self.is_mark(".")
            && !super::CLASSES.contains(&name.as_str())
            && let Some(TokenKind::Name(next)) = self.tokens.get(self.at + 1).map(|it| &it.kind)
        {
            name.clone_from(next);
            self.at += 2;
        }
        name
    }

    /// `<...>` after the name of a type.
    pub(super) fn skip_generics(&mut self) {
        let start = self.at;
        if !self.take_mark("<") {
            return;
        }
        loop {
            if self.read_type(true).is_none() {
                break;
            }
            if self.take_mark(">") {
                return;
            }
            if !self.take_mark(",") {
                break;
            }
        }
        self.at = start;
    }
}
