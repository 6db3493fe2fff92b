//! From the file's form to the tree: the steps of shared fragments.

use super::ast::{Condition, Step};
use super::at::{At, Table};
use super::file::{FileFragment, FileStep};
use super::includes::beside;
use super::names::did_you_mean;
use super::problem::Problem;
use super::read::Reader;
use super::source::Source;
use crate::expr::Scope;
use serde_json::Value;

/// What included steps get from the step that includes them.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited {
    pub(super) vars: Vec<(String, Value)>,
    pub(super) when: Vec<Condition>,
}

impl Reader<'_> {
    pub(super) fn include(
        &mut self,
        source: &Source,
        step: At<FileStep>,
        vars: &Scope,
        from: &Inherited,
    ) -> Vec<Step> {
        let At { value: file, spot } = step;
        let Some(path) = file.include.clone() else {
            return Vec::new();
        };
        if let Some(key) = file.keys_beside_include().first() {
            let help = "beside `include` only `with` and `when` may stand; the rest belongs into the fragment".to_owned();
            self.problem(
                source,
                spot,
                format!("`{key}` stands beside `include`"),
                Some(help),
            );
        }
        let resolved = beside(&source.file, &path.value);
        if self.open.contains(&resolved) {
            let chain = self
                .open
                .iter()
                .chain([&resolved])
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" -> ");
            self.problem(
                source,
                path.spot,
                "the file includes itself",
                Some(format!("take one of these out: {chain}")),
            );
            return Vec::new();
        }
        let fragment = match self.fragment(source, &path, &resolved) {
            Ok(fragment) => fragment,
            Err(problem) => {
                self.problems.push(*problem);
                return Vec::new();
            }
        };
        let (inner_source, fragment) = fragment;
        let outer = self.names.before(vars, None);
        let mut scope = self.names.base();
        let defaults = self.vars(&inner_source, &fragment.vars, &mut scope);
        let mut inherited = from.clone();
        inherited.vars.extend(self.with(
            source,
            (&path, &fragment.title),
            file.with.as_ref(),
            defaults,
            &outer,
        ));
        inherited
            .when
            .extend(self.conditions(source, &file.when, &outer));
        self.open.push(resolved);
        let steps = self.steps(&inner_source, fragment.steps, &scope, &inherited);
        self.open.pop();
        steps
    }

    fn fragment(
        &mut self,
        source: &Source,
        path: &At<String>,
        resolved: &str,
    ) -> Result<(Source, FileFragment), Box<Problem>> {
        let text = self.includes.text(resolved).map_err(|why| {
            let what = format!("`{}` cannot be included: {why}", path.value);
            Box::new(source.problem(
                path.spot,
                what,
                Some(format!("it was looked for at `{resolved}`")),
            ))
        })?;
        let inner = Source::new(resolved, &text);
        let fragment = inner.read()?;
        Ok((inner, fragment))
    }

    /// The fragment's variables: its defaults, with the values that `with` gives instead.
    fn with(
        &mut self,
        source: &Source,
        (include, title): (&At<String>, &str),
        with: Option<&At<Table<Value>>>,
        mut vars: Vec<(String, Value)>,
        outer: &Scope,
    ) -> Vec<(String, Value)> {
        let known: Vec<String> = vars.iter().map(|(name, _)| name.clone()).collect();
        for (name, value) in with.map(|with| &with.value.0).into_iter().flatten() {
            self.value(source, value.spot, &value.value, outer);
            match vars.iter_mut().find(|(known, _)| *known == name.value) {
                Some((_, default)) => *default = value.value.clone(),
                None => {
                    let known = known.iter().map(String::as_str);
                    let help = did_you_mean(&name.value, known);
                    self.problem(
                        source,
                        name.spot,
                        format!("the fragment has no variable `{}`", name.value),
                        Some(help),
                    );
                }
            }
        }
        let given = |name: &str| {
            with.is_some_and(|with| with.value.0.iter().any(|(given, _)| given.value == name))
        };
        let missing: Vec<&String> = vars
            .iter()
            .filter(|(name, value)| value.is_null() && !given(name))
            .map(|(name, _)| name)
            .collect();
        if let Some(name) = missing.first() {
            let help = format!("write `with: {{ {name}: ... }}`; the fragment: {title}");
            self.problem(
                source,
                include.spot,
                format!("the fragment needs a value for `{name}`"),
                Some(help),
            );
        }
        vars
    }
}
