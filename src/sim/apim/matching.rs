//! Which API and which operation a request is for (azure.md 3.2).

use super::message::{Query, decode};
use crate::sim::world::Operation;

/// Whether `…/generations/` is another path than `…/generations`. Unverified; the gateway is taken to forgive it.
const TRAILING_SLASH_MATTERS: bool = false;

/// A part of a URL template between slashes.
#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `{name}`, with what is written around it.
    Parameter {
        before: String,
        name: String,
        after: String,
    },
    /// `*` or `{*name}`: everything that follows.
    Rest,
}

/// An operation's method and template, cut up.
#[derive(Debug)]
pub(super) struct Template {
    method: String,
    segments: Vec<Segment>,
    /// Required query parameters: name, and the value or `{parameter}`.
    query: Vec<(String, String)>,
}

/// The path below an API's prefix, or `None` where the path is not under it. Case does not matter (unverified).
pub(super) fn below_prefix<'p>(prefix: &str, path: &'p str) -> Option<&'p str> {
    let prefix = prefix.trim_matches('/');
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    if prefix.is_empty() {
        return Some(path);
    }
    let head = trimmed.get(..prefix.len())?;
    let rest = &trimmed[prefix.len()..];
    (head.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/')))
        .then_some(rest)
}

impl Template {
    /// Cuts up the template of `operation`.
    pub(super) fn new(operation: &Operation) -> Self {
        let (path, query) = operation
            .url_template
            .split_once('?')
            .unwrap_or((&operation.url_template, ""));
        Template {
            method: operation.method.to_ascii_uppercase(),
            segments: split(path).map(segment).collect(),
            query: query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (decode(name), value.to_owned()))
                .collect(),
        }
    }

    /// The values of the template's parameters, where method, path and required query parameters fit.
    pub(super) fn fit(
        &self,
        method: &str,
        path: &str,
        query: &Query,
    ) -> Option<Vec<(String, String)>> {
        if self.method != "*" && self.method != method {
            return None;
        }
        let mut parameters = self.fit_path(path)?;
        for (name, wanted) in &self.query {
            let value = query.first(name)?;
            match parameter_name(wanted) {
                Some(parameter) => parameters.push((parameter.to_owned(), value)),
                None if decode(wanted) == value => {}
                None => return None,
            }
        }
        // A comma in a parameter's value stops the match.
        let has_comma = parameters.iter().any(|(_, value)| value.contains(','));
        (!has_comma).then_some(parameters)
    }

    /// Whether the template itself names the query parameter `name`.
    pub(super) fn names_query(&self, name: &str) -> bool {
        self.query
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Orders templates that fit the same request: what is written out is closer than a parameter, which is closer
    /// than a catch-all, from the left; then the one with more required query parameters; then a named method.
    pub(super) fn closeness(&self) -> impl Ord {
        let segments: Vec<u8> = self
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(_) => 2,
                Segment::Parameter { .. } => 1,
                Segment::Rest => 0,
            })
            .collect();
        (segments, self.query.len(), self.method != "*")
    }

    fn fit_path(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut parameters = Vec::new();
        let mut given = split(path);
        for segment in &self.segments {
            if *segment == Segment::Rest {
                return Some(parameters);
            }
            let raw = given.next()?;
            match segment {
                Segment::Literal(literal) if literal.eq_ignore_ascii_case(raw) => {}
                Segment::Parameter {
                    before,
                    name,
                    after,
                } => {
                    let value = raw.strip_prefix(before.as_str())?;
                    let value = value.strip_suffix(after.as_str())?;
                    if value.is_empty() {
                        return None;
                    }
                    parameters.push((name.clone(), decode(value)));
                }
                _ => return None,
            }
        }
        given.next().is_none().then_some(parameters)
    }
}

/// The name in `{name}`.
pub(super) fn parameter_name(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = if TRAILING_SLASH_MATTERS {
        path
    } else {
        path.strip_suffix('/').unwrap_or(path)
    };
    path.split('/').skip(usize::from(path.is_empty()))
}

fn segment(text: &str) -> Segment {
    if text == "*" || text.starts_with("{*") {
        return Segment::Rest;
    }
    match text
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        Some((before, (name, after))) => Segment::Parameter {
            before: before.to_owned(),
            name: name.to_owned(),
            after: after.to_owned(),
        },
        None => Segment::Literal(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(method: &str, url_template: &str) -> Template {
        Template::new(&Operation {
            method: method.into(),
            url_template: url_template.into(),
            ..Operation::default()
        })
    }

    fn fits(template: &Template, method: &str, path: &str, query: &str) -> bool {
        template.fit(method, path, &Query::parse(query)).is_some()
    }

    #[test]
    fn the_stock_image_operation_wants_its_path_method_and_api_version() {
        let images = template(
            "POST",
            "/deployments/{deployment-id}/images/generations?api-version={api-version}",
        );
        let path = "/deployments/FLUX-1.1-pro/images/generations";
        let fitted = images.fit("POST", path, &Query::parse("api-version=v1&x=2"));
        let expected = [("deployment-id", "FLUX-1.1-pro"), ("api-version", "v1")];
        assert_eq!(
            fitted.unwrap(),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert!(!fits(&images, "GET", path, "api-version=v1"));
        assert!(!fits(&images, "POST", path, "x=2"));
        let comma = "/deployments/a,b/images/generations";
        assert!(!fits(&images, "POST", comma, "api-version=v1"));
        let short = "/deployments/images/generations";
        assert!(!fits(&images, "POST", short, "api-version=v1"));
        let edits = "/deployments/d/images/edits";
        assert!(!fits(&images, "POST", edits, "api-version=v1"));
        let slash = "/deployments/d/images/generations/";
        assert!(fits(&images, "POST", slash, "api-version=v1"));
    }

    #[test]
    fn a_catch_all_takes_every_path_and_a_literal_is_closer() {
        let all = template("*", "/*");
        let literal = template("GET", "/a/b");
        assert!(fits(&all, "DELETE", "/x/y/z", ""));
        assert!(fits(&all, "GET", "", ""));
        assert!(literal.closeness() > all.closeness());
        assert!(fits(&template("GET", "/"), "GET", "", ""));
    }

    #[test]
    fn a_prefix_ends_at_a_slash() {
        let below = |path| below_prefix("inference/openai", path);
        assert_eq!(below("/Inference/OpenAI/models"), Some("/models"));
        assert_eq!(below("/inference/openai"), Some(""));
        assert_eq!(below("/inference/openai2/models"), None);
        assert_eq!(below("/inference"), None);
        assert_eq!(below_prefix("", "/models"), Some("/models"));
    }
}
