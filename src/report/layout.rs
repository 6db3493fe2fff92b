//! How JSON is laid out: a line for each thing that people look for, and what lies deeper on one line.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{Result, Write};

/// Levels that get a line for each member: the document, its cases, a case, its steps, a step.
const DEEPEST: usize = 5;

/// JSON with lines down to the members of a step.
///
/// # Errors
/// Where a value cannot be written as JSON.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    let layout = Layout {
        lines: PrettyFormatter::new(),
        depth: 0,
    };
    value.serialize(&mut Serializer::with_formatter(&mut bytes, layout))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct Layout {
    lines: PrettyFormatter<'static>,
    depth: usize,
}

impl Layout {
    fn has_lines(&self) -> bool {
        self.depth <= DEEPEST
    }
}

macro_rules! either {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        if $self.has_lines() {
            $self.lines.$method($($argument),*)
        } else {
            CompactFormatter.$method($($argument),*)
        }
    };
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth += 1;
        either!(self.begin_array(writer))
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        let ended = either!(self.end_array(writer));
        self.depth -= 1;
        ended
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        either!(self.begin_array_value(writer, first))
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        either!(self.end_array_value(writer))
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth += 1;
        either!(self.begin_object(writer))
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        let ended = either!(self.end_object(writer));
        self.depth -= 1;
        ended
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        either!(self.begin_object_key(writer, first))
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        either!(self.begin_object_value(writer))
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        either!(self.end_object_value(writer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_lies_deep_stands_on_one_line() {
        let value = json!({"a": [{"b": [{"c": {"d": [1, {}]}, "e": []}]}], "f": {}});
        let text = pretty(&value).unwrap();
        assert!(
            text.contains("\n          \"c\": {\"d\":[1,{}]},\n          \"e\": []\n"),
            "{text}"
        );
        assert!(text.starts_with("{\n  \"a\": [\n    {\n"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
