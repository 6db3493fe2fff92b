//! The engine: compiles, checks names, evaluates, fills in templates.

use super::check::{self, CheckOutcome, Compiled};
use super::context::{Context, to_json};
use super::error::{ExprError, NameKind, Place};
use super::scan::{self, Names, Reference, Step};
use super::scope::Scope;
use super::{extras, template};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde_json::Value as Json;
use std::collections::HashSet;

/// Evaluates expressions and fills in templates. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    environment: Environment<'static>,
    is_strict: bool,
}

impl Engine {
    /// A missing value is an error: the language of scenarios.
    pub fn strict() -> Self {
        Engine::new(UndefinedBehavior::Strict, true)
    }

    /// A missing value is no match: the language of cause conditions.
    pub fn lenient() -> Self {
        Engine::new(UndefinedBehavior::Chainable, false)
    }

    fn new(behavior: UndefinedBehavior, is_strict: bool) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(behavior);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_debug(true);
        // The default delimiters always build; the fallback is the same but for a newline at the end.
        if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
            environment.set_syntax(syntax);
        }
        extras::install(&mut environment);
        Engine {
            environment,
            is_strict,
        }
    }

    /// Compiles an expression once, to be evaluated often.
    ///
    /// # Errors
    /// As [`Engine::check_syntax`].
    pub fn compile(&self, expression: &str) -> Result<Compiled, ExprError> {
        Compiled::new(self, expression)
    }

    /// Whether an expression parses and its filters and tests exist.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in the expression.
    pub fn check_syntax(&self, expression: &str) -> Result<(), ExprError> {
        self.environment
            .compile_expression(expression)
            .map_err(|error| self.explain(expression, &error))?;
        self.check_calls(expression, &scan::scan_expression(expression))
            .map_or(Ok(()), Err)
    }

    /// Whether a template parses and its filters and tests exist.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in the template.
    pub fn check_template(&self, template: &str) -> Result<(), ExprError> {
        self.environment
            .template_from_str(template)
            .map_err(|error| self.explain(template, &error))?;
        self.check_calls(template, &scan::scan_template(template))
            .map_or(Ok(()), Err)
    }

    /// Everything that is wrong with an expression where only the names of `scope` exist.
    pub fn problems_of_expression(&self, expression: &str, scope: &Scope) -> Vec<ExprError> {
        match self.check_syntax(expression) {
            Err(error) => vec![error],
            Ok(()) => {
                let names = scan::scan_expression(expression);
                names
                    .references
                    .iter()
                    .filter_map(|name| self.check_name(expression, name, scope))
                    .collect()
            }
        }
    }

    /// Everything that is wrong with a template where only the names of `scope` exist, and those it sets itself.
    pub fn problems_of_template(&self, template: &str, scope: &Scope) -> Vec<ExprError> {
        if let Err(error) = self.check_template(template) {
            return vec![error];
        }
        let asked: HashSet<String> = self
            .environment
            .template_from_str(template)
            .map(|t| t.undeclared_variables(false))
            .unwrap_or_default();
        let names = scan::scan_template(template);
        let outer = names
            .references
            .iter()
            .filter(|name| asked.contains(&name.root));
        outer
            .filter_map(|name| self.check_name(template, name, scope))
            .collect()
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// Where it does not parse, or asks a strict engine for what is not there, or cannot be evaluated.
    pub fn eval(&self, expression: &str, context: &Context) -> Result<Json, ExprError> {
        self.value(expression, context).map(|value| to_json(&value))
    }

    /// Whether an expression holds. A lenient engine takes one that cannot be evaluated for one that does not hold.
    ///
    /// # Errors
    /// As [`Engine::eval`]; a lenient engine only where the expression does not parse.
    pub fn is_true(&self, expression: &str, context: &Context) -> Result<bool, ExprError> {
        match self.value(expression, context) {
            Ok(value) if self.is_strict && value.is_undefined() => Err(ExprError::Missing {
                expression: expression.to_owned(),
                what: "the value of the whole expression is undefined".into(),
            }),
            Ok(value) => Ok(value.is_true()),
            Err(ExprError::Missing { .. } | ExprError::Evaluation { .. }) if !self.is_strict => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// A template filled in.
    ///
    /// # Errors
    /// As [`Engine::eval`].
    pub fn render(&self, template: &str, context: &Context) -> Result<String, ExprError> {
        if !scan::is_template(template) {
            return Ok(template.to_owned());
        }
        self.environment
            .render_str(template, context.root())
            .map_err(|error| self.explain(template, &error))
    }

    /// A JSON value with every string in it filled in. A string that is one `{{ expression }}` and nothing else
    /// becomes the expression's value, whatever its type.
    ///
    /// # Errors
    /// As [`Engine::eval`].
    pub fn render_value(&self, value: &Json, context: &Context) -> Result<Json, ExprError> {
        template::render_value(self, value, context)
    }

    /// Evaluates a check: whether `that` holds, and the values of the variables it names.
    pub fn check(&self, that: &str, context: &Context) -> CheckOutcome {
        check::check(self, that, context)
    }

    /// Variables that an expression names, with their members as far as they are written out, in order.
    pub fn variables(&self, expression: &str) -> Vec<String> {
        let mut known = HashSet::new();
        let names = scan::scan_expression(expression).references.into_iter();
        names
            .filter(|name| !self.is_global(name))
            .map(|name| name.text)
            .filter(|text| known.insert(text.clone()))
            .collect()
    }

    pub(super) fn value(&self, expression: &str, context: &Context) -> Result<Value, ExprError> {
        self.environment
            .compile_expression(expression)
            .and_then(|compiled| compiled.eval(context.root()))
            .map_err(|error| self.explain(expression, &error))
    }

    pub(super) fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    pub(super) fn is_strict(&self) -> bool {
        self.is_strict
    }

    fn is_global(&self, name: &Reference) -> bool {
        name.is_call
            && name.path.is_empty()
            && self
                .environment
                .globals()
                .any(|(global, _)| global == name.root)
    }

    /// Says in our words what MiniJinja found wrong with `text`.
    fn explain(&self, text: &str, error: &Error) -> ExprError {
        let expression = text.to_owned();
        let what = error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned);
        match error.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape => {
                ExprError::syntax(text, error.range().unwrap_or_default(), what)
            }
            ErrorKind::UndefinedError => ExprError::Missing { expression, what },
            _ => ExprError::Evaluation { expression, what },
        }
    }

    /// The first filter or test that does not exist.
    fn check_calls(&self, text: &str, names: &Names) -> Option<ExprError> {
        let filters = names.filters.iter().map(|found| (NameKind::Filter, found));
        let tests = names.tests.iter().map(|found| (NameKind::Test, found));
        filters.chain(tests).find_map(|(kind, (name, at))| {
            let known = extras::known(kind);
            let is_known = known.contains(&name.as_str());
            (!is_known)
                .then(|| ExprError::unknown(text, Place::of(text, at.clone()), kind, name, &known))
        })
    }

    fn check_name(&self, text: &str, name: &Reference, scope: &Scope) -> Option<ExprError> {
        if self.is_global(name) {
            return None;
        }
        let Some(mut scope) = scope.member(&name.root) else {
            let at = Place::of(text, name.root_at.clone());
            return Some(ExprError::unknown(
                text,
                at,
                NameKind::Variable,
                &name.root,
                &scope.names(),
            ));
        };
        for step in &name.path {
            scope = match (scope, step) {
                (Scope::Any, _) => return None,
                (Scope::List(item), Step::Index(_)) => item,
                (inner, Step::Member(member, at)) => match inner.member(member) {
                    Some(inner) => inner,
                    None => {
                        let at = Place::of(text, at.clone());
                        return Some(ExprError::unknown(
                            text,
                            at,
                            NameKind::Member,
                            member,
                            &inner.names(),
                        ));
                    }
                },
                _ => return None,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope() -> Scope {
        let picture = Scope::members([("width", Scope::Plain), ("height", Scope::Plain)]);
        Scope::members([
            ("status", Scope::Plain),
            ("json", Scope::Any),
            ("picture", picture.clone()),
            ("pictures", Scope::list(picture)),
        ])
    }

    fn problems(expression: &str) -> Vec<String> {
        let found = Engine::strict().problems_of_expression(expression, &scope());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_name_is_told_with_its_place_and_what_was_meant() {
        assert_eq!(
            problems("status == 200 and statsu == 1"),
            [
                "`status == 200 and statsu == 1` names the variable `statsu`, which does not exist (line 1, column 19); did you mean `status`?"
            ]
        );
        assert_eq!(
            problems("pictures[0].widht > 1"),
            [
                "`pictures[0].widht > 1` names the member `widht`, which does not exist (line 1, column 13); did you mean `width`?"
            ]
        );
        assert_eq!(
            problems("status.code == 1"),
            [
                "`status.code == 1` names the member `code`, which does not exist (line 1, column 8); it has no members"
            ]
        );
        assert_eq!(
            problems("pictures | lenght == 0"),
            [
                "`pictures | lenght == 0` names the filter `lenght`, which does not exist (line 1, column 12); did you mean `length`?"
            ]
        );
        assert_eq!(
            problems("status is nere(200, 1)"),
            [
                "`status is nere(200, 1)` names the test `nere`, which does not exist (line 1, column 11); did you mean `ne`?"
            ]
        );
    }

    #[test]
    fn right_names_are_left_alone() {
        for right in [
            "json.data[0].b64_json is none and json['error'].code == 'x'",
            "pictures | map(attribute='width') | list | max > 3",
            "range(3) | list | length == 3",
            "picture.width / picture.height is near(status, tolerance=0.1)",
            "status is not in [1, 2]",
        ] {
            let found = problems(right);
            assert!(found.is_empty(), "{right}: {found:?}");
        }
    }

    #[test]
    fn a_broken_expression_says_where() {
        let error = Engine::strict().check_syntax("status = 200").unwrap_err();
        assert_eq!(error.place().map(|at| (at.line, at.column)), Some((1, 8)));
        let error = Engine::strict()
            .check_syntax("status == \n  ) 3")
            .unwrap_err();
        assert_eq!(error.place().map(|at| (at.line, at.column)), Some((2, 3)));
    }

    #[test]
    fn a_template_may_set_its_own_names() {
        let engine = Engine::strict();
        let fine = "{% set w = picture.width %}{% for p in pictures %}{{ p.any }}{{ loop.index }}{% endfor %}{{ w }}";
        assert_eq!(engine.problems_of_template(fine, &scope()), []);
        let wrong = engine.problems_of_template("{{ status }} {{ statsu }}", &scope());
        assert_eq!(wrong[0].place().map(|at| at.column), Some(17));
        assert!(matches!(
            engine.problems_of_template("{{ status ", &scope())[..],
            [ExprError::Syntax { .. }]
        ));
    }

    #[test]
    fn variables_are_listed_once_and_in_order() {
        let listed = Engine::strict().variables("b.c > a and headers['x-y'] == b.c and range(2)");
        assert_eq!(listed, ["b.c", "a", "headers['x-y']"]);
    }

    #[test]
    fn a_strict_engine_never_takes_absence_for_an_answer() {
        let context = Context::new(&json!({"picture": null}));
        for expression in [
            "gone",
            "not gone",
            "gone != 1",
            "picture.width != 3",
            "gone in [1]",
            "1 if gone else 2",
        ] {
            let outcome = Engine::strict().is_true(expression, &context);
            assert!(
                matches!(outcome, Err(ExprError::Missing { .. })),
                "{expression}: {outcome:?}"
            );
        }
        assert_eq!(
            Engine::strict().is_true("gone is defined", &context),
            Ok(false)
        );
        assert_eq!(
            Engine::strict().is_true("picture is none", &context),
            Ok(true)
        );
    }
}
