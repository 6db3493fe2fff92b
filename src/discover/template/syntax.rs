//! The expression language of templates, as a tree: `[concat(parameters('a'), variables('b').c[0])]`.

/// Expressions may be nested no deeper than this; deeper ones are not read.
const MOST_DEPTH: usize = 64;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Text(String),
    Number(i64),
    Call(String, Vec<Expression>),
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
}

/// What a text of a template is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Written {
    /// Just text.
    Plain(String),
    /// An expression.
    Expression(Expression),
    /// In brackets, and no expression.
    Unreadable,
}

/// Reads a text of a template: in brackets it is an expression; a doubled bracket at its beginning stands for one.
pub(super) fn read(text: &str) -> Written {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let Some(inside) = inside else {
        return Written::Plain(text.to_owned());
    };
    if let Some(rest) = text.strip_prefix("[[") {
        return Written::Plain(format!("[{rest}"));
    }
    let mut reader = Reader {
        rest: inside,
        depth: 0,
    };
    match reader.expression() {
        Some(expression) if reader.rest.trim().is_empty() => Written::Expression(expression),
        _ => Written::Unreadable,
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return None;
        }
        let mut found = self.first()?;
        loop {
            self.rest = self.rest.trim_start();
            if self.eat('.') || self.eat_safe() {
                let name = self.name()?;
                found = Expression::Member(Box::new(found), name);
            } else if self.eat('[') {
                let _ = self.eat('?');
                let index = self.expression()?;
                self.rest = self.rest.trim_start();
                self.eat(']').then_some(())?;
                found = Expression::Index(Box::new(found), Box::new(index));
            } else {
                self.depth -= 1;
                return Some(found);
            }
        }
    }

    fn first(&mut self) -> Option<Expression> {
        self.rest = self.rest.trim_start();
        if self.eat('\'') {
            return self.text();
        }
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            let sign = self.rest.len() - digits.len();
            let end = digits.find(|c: char| !c.is_ascii_digit());
            let end = end.map_or(self.rest.len(), |end| end + sign);
            let number = self.rest.get(..end)?.parse().ok()?;
            self.rest = self.rest.get(end..)?;
            return Some(Expression::Number(number));
        }
        let name = self.name()?;
        self.rest = self.rest.trim_start();
        // `true` and `false` are functions; a bare name is none.
        self.eat('(').then_some(())?;
        let mut arguments = Vec::new();
        self.rest = self.rest.trim_start();
        if self.eat(')') {
            return Some(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            self.rest = self.rest.trim_start();
            if self.eat(')') {
                return Some(Expression::Call(name, arguments));
            }
            self.eat(',').then_some(())?;
        }
    }

    /// The rest of a text whose quote has been read; a doubled quote stands for one.
    fn text(&mut self) -> Option<Expression> {
        let mut text = String::new();
        loop {
            let end = self.rest.find('\'')?;
            text.push_str(self.rest.get(..end)?);
            self.rest = self.rest.get(end + 1..)?;
            if !self.eat('\'') {
                return Some(Expression::Text(text));
            }
            text.push('\'');
        }
    }

    fn name(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let name = self
            .rest
            .get(..end)
            .filter(|name| !name.is_empty())?
            .to_owned();
        self.rest = self.rest.get(end..)?;
        // Functions of a namespace: `az.format`, `__bicep.x`.
        if self.rest.starts_with('.') && matches!(name.as_str(), "az" | "sys") {
            self.eat('.');
            return self.name();
        }
        Some(name)
    }

    fn eat(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn eat_safe(&mut self) -> bool {
        match self.rest.strip_prefix("?.") {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_calls_members_indexes_and_quotes() {
        let call = |name: &str, arguments| Expression::Call(name.into(), arguments);
        let text = |text: &str| Expression::Text(text.into());
        let parameter = call("parameters", vec![text("a")]);
        let index = Expression::Index(Box::new(parameter), Box::new(Expression::Number(0)));
        assert_eq!(
            read("[concat( parameters('a')[0].b , 'it''s')]"),
            Written::Expression(call(
                "concat",
                vec![
                    Expression::Member(Box::new(index), "b".into()),
                    text("it's")
                ]
            ))
        );
        assert_eq!(read("[[x]"), Written::Plain("[x]".into()));
        assert_eq!(read("x[0]"), Written::Plain("x[0]".into()));
        for broken in ["[concat('a']", "[concat('a)]", "[a b]", "[]", "[1 2]"] {
            assert_eq!(read(broken), Written::Unreadable, "{broken}");
        }
        let deep = format!("[{}{}]", "not(".repeat(5000), ")".repeat(5000));
        assert_eq!(read(&deep), Written::Unreadable);
    }
}
