//! From the file's form to the tree: includes resolved, defaults filled in, everything that can be wrong told at once.

use super::ast::{Action, Condition, How, Poll, Repeat, Scenario, Step};
use super::at::{At, Many, Spot, Table};
use super::file::{ACTIONS, FileCondition, FileHow, FilePoll, FileRepeat, FileScenario, FileStep};
use super::fragments::Inherited;
use super::includes::Includes;
use super::names::{Names, check_id};
use super::problem::Problem;
use super::source::Source;
use crate::expr::{Engine, ExprError, Scope, parse_duration};
use serde_json::Value;
use std::time::Duration;

/// Reads one file and what it includes. Gives the scenario only where nothing is wrong.
pub(super) fn read(source: &Source, includes: &dyn Includes) -> Result<Scenario, Vec<Problem>> {
    let file: FileScenario = source.read().map_err(|problem| vec![problem])?;
    let engine = Engine::strict();
    let mut reader = Reader {
        engine: &engine,
        includes,
        names: Names::default(),
        open: vec![source.file.clone()],
        problems: Vec::new(),
    };
    let scenario = reader.scenario(source, file);
    let mut problems = reader.problems;
    problems.sort_by(|one, other| one.at.cmp(&other.at));
    problems.dedup();
    match problems.is_empty() {
        true => Ok(scenario),
        false => Err(problems),
    }
}

/// Reads files of one scenario and gathers what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) engine: &'a Engine,
    pub(super) includes: &'a dyn Includes,
    pub(super) names: Names,
    /// Files being read, the outermost first.
    pub(super) open: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    fn scenario(&mut self, source: &Source, file: FileScenario) -> Scenario {
        if let Err((what, help)) = check_id(&file.id.value) {
            self.problem(source, file.id.spot, what, Some(help));
        }
        let mut scope = self.names.base();
        let when = self.conditions(source, &file.when, &scope);
        let vars = self.vars(source, &file.vars, &mut scope);
        let steps = self.steps(source, file.steps, &scope, &Inherited::default());
        Scenario {
            id: file.id.value.into(),
            name: file.name,
            title: file.title,
            tags: file.tags,
            when,
            vars: vars.into_iter().collect(),
            steps,
            file: source.file.clone(),
        }
    }

    pub(super) fn steps(
        &mut self,
        source: &Source,
        steps: At<Vec<At<FileStep>>>,
        vars: &Scope,
        from: &Inherited,
    ) -> Vec<Step> {
        if steps.value.is_empty() {
            self.problem(
                source,
                steps.spot,
                "there are no steps",
                Some("write at least one step".into()),
            );
        }
        let mut all = Vec::new();
        for step in steps.value {
            match self.action_key(source, &step) {
                Some("include") => all.extend(self.include(source, step, vars, from)),
                Some(word) => all.push(self.step(source, step, word, vars, from)),
                None => {}
            }
        }
        all
    }

    /// The one action of a step.
    fn action_key(&mut self, source: &Source, step: &At<FileStep>) -> Option<&'static str> {
        let s = &step.value;
        let spots = [
            s.generate.as_ref().map(|at| at.spot),
            s.edit.as_ref().map(|at| at.spot),
            s.describe.as_ref().map(|at| at.spot),
            s.http.as_ref().map(|at| at.spot),
            s.probe.as_ref().map(|at| at.spot),
            s.include.as_ref().map(|at| at.spot),
        ];
        let mut found: Vec<(&str, Spot)> = ACTIONS
            .iter()
            .zip(spots)
            .filter_map(|(word, spot)| Some((*word, spot?)))
            .collect();
        found.sort_by_key(|(_, spot)| (spot.line, spot.column));
        match found[..] {
            [(word, _)] => Some(word),
            [] => {
                let help = format!(
                    "give it one of {}",
                    ACTIONS.map(|word| format!("`{word}`")).join(", ")
                );
                self.problem(source, step.spot, "the step does nothing", Some(help));
                None
            }
            [(first, _), (second, spot), ..] => {
                let what = format!("the step has two actions, `{first}` and `{second}`");
                let help = "a step does one thing: make two steps of it".to_owned();
                self.problem(source, source.key(second, spot), what, Some(help));
                None
            }
        }
    }

    fn step(
        &mut self,
        source: &Source,
        step: At<FileStep>,
        word: &str,
        vars: &Scope,
        from: &Inherited,
    ) -> Step {
        let At { value: file, spot } = step;
        self.only_includes(source, &file);
        let matrix = file.matrix.as_ref().map(|matrix| &matrix.value);
        let before = self.names.before(vars, matrix);
        let after = self.names.after(&before);
        let (name, name_spot) = file
            .name
            .clone()
            .map_or((word.to_owned(), spot), |name| (name.value, name.spot));
        self.template(source, name_spot, &name, &before);
        if let Err(what) = self.names.add_step(&name, matrix) {
            self.problem(
                source,
                name_spot,
                what,
                Some("give each step a name of its own".into()),
            );
        }
        let action = self.action(source, &file, &before);
        let mut when = from.when.clone();
        when.extend(self.conditions(source, &file.when, &before));
        let step = Step {
            name,
            how: file
                .how
                .map(|how| self.how(source, how.value, &before))
                .unwrap_or_default(),
            vars: from.vars.clone(),
            when,
            expect: self.checks(source, spot, file.expect.as_ref(), &after),
            capture: self.captures(source, file.capture.as_ref(), &after),
            repeat: file
                .repeat
                .map(|repeat| self.repeat(source, repeat.value, &before, &after))
                .unwrap_or_default(),
            matrix: self.matrix(source, file.matrix),
            wait: file
                .wait
                .map(|wait| self.duration(source, wait.spot, &wait.value.0))
                .unwrap_or_default(),
            poll: file
                .poll
                .and_then(|poll| self.poll(source, poll, &action, &after)),
            timeout: file
                .timeout
                .map_or(TIMEOUT, |at| self.duration(source, at.spot, &at.value.0)),
            is_free: file.free.unwrap_or(false),
            is_paced: file.paced.unwrap_or(true),
            honours_retry_after: file.honours_retry_after,
            print: self.templates(source, file.print.as_ref(), &after),
            action,
            at: source.position(spot),
        };
        if step.timeout.is_zero() {
            self.problem(
                source,
                spot,
                "the timeout is 0, so no attempt can succeed",
                None,
            );
        }
        step
    }

    /// `with` belongs to `include` alone.
    fn only_includes(&mut self, source: &Source, file: &FileStep) {
        if let Some(with) = &file.with {
            let help = "`with` gives values to an included fragment; use `vars` or `matrix` here"
                .to_owned();
            self.problem(
                source,
                source.key("with", with.spot),
                "`with` stands without `include`",
                Some(help),
            );
        }
    }

    pub(super) fn vars(
        &mut self,
        source: &Source,
        table: &Table<Value>,
        scope: &mut Scope,
    ) -> Vec<(String, Value)> {
        let mut vars = Vec::new();
        for (name, value) in &table.0 {
            if self.names.is_taken(&name.value) {
                let what = format!("`{}` is the name of a variable of the language", name.value);
                self.problem(source, name.spot, what, Some("choose another name".into()));
            }
            self.value(source, value.spot, &value.value, scope);
            scope.insert(name.value.clone(), Scope::Any);
            vars.push((name.value.clone(), value.value.clone()));
        }
        vars
    }

    fn how(&mut self, source: &Source, how: FileHow, scope: &Scope) -> How {
        for text in how.api_version.iter().flatten().chain(&how.deployment) {
            self.template(source, text.spot, &text.value, scope);
        }
        for (_, header) in &how.headers.0 {
            self.template(
                source,
                header.spot,
                header.value.as_deref().unwrap_or(""),
                scope,
            );
        }
        for (_, member) in &how.body.0 {
            self.value(source, member.spot, &member.value, scope);
        }
        How {
            route: how.route,
            via: how.via,
            credential: how.credential,
            api_version: how
                .api_version
                .map(|version| version.map(|version| version.value)),
            deployment: how.deployment.map(|deployment| deployment.value),
            headers: how
                .headers
                .0
                .into_iter()
                .map(|(name, value)| (name.value, value.value))
                .collect(),
            body: how
                .body
                .0
                .into_iter()
                .map(|(name, value)| (name.value, value.value))
                .collect(),
        }
    }

    fn repeat(
        &mut self,
        source: &Source,
        repeat: FileRepeat,
        before: &Scope,
        after: &Scope,
    ) -> Repeat {
        self.expression(source, repeat.times.spot, &repeat.times.value.0, before);
        if let Some(until) = &repeat.until {
            self.expression(source, until.spot, &until.value, after);
        }
        let parallel = repeat.parallel.map_or(1, |parallel| {
            if parallel.value == 0 {
                self.problem(
                    source,
                    parallel.spot,
                    "`parallel` is 0, so nothing would run",
                    Some("write 1 or more".into()),
                );
            }
            parallel.value
        });
        Repeat {
            times: repeat.times.value.0,
            parallel,
            until: repeat.until.map(|until| until.value),
        }
    }

    fn poll(
        &mut self,
        source: &Source,
        poll: At<FilePoll>,
        action: &Action,
        after: &Scope,
    ) -> Option<Poll> {
        let is_read =
            matches!(action, Action::Http(http) if matches!(http.method.as_str(), "GET" | "HEAD"));
        if !is_read {
            let help =
                "only `http` with GET or HEAD is polled; a paid call is never sent again by itself"
                    .to_owned();
            self.problem(
                source,
                source.key("poll", poll.spot),
                "this step cannot be polled",
                Some(help),
            );
        }
        let FilePoll {
            until,
            every,
            within,
        } = poll.value;
        self.expression(source, until.spot, &until.value, after);
        let every = self.duration(source, every.spot, &every.value.0);
        let within = self.duration(source, within.spot, &within.value.0);
        Some(Poll {
            until: until.value,
            every,
            within,
        })
    }

    pub(super) fn duration(&mut self, source: &Source, spot: Spot, text: &str) -> Duration {
        parse_duration(text).unwrap_or_else(|error| {
            self.problem(source, spot, error.to_string(), None);
            TIMEOUT
        })
    }

    /// Checks an expression where only the names of `scope` exist.
    pub(super) fn expression(&mut self, source: &Source, spot: Spot, text: &str, scope: &Scope) {
        let errors = self.engine.problems_of_expression(text, scope);
        self.errors(source, spot, text, &errors);
    }

    /// Checks a template where only the names of `scope` exist.
    pub(super) fn template(&mut self, source: &Source, spot: Spot, text: &str, scope: &Scope) {
        let errors = self.engine.problems_of_template(text, scope);
        self.errors(source, spot, text, &errors);
    }

    /// Checks the templates in a JSON value.
    pub(super) fn value(&mut self, source: &Source, spot: Spot, value: &Value, scope: &Scope) {
        match value {
            Value::String(text) => self.template(source, spot, text, scope),
            Value::Array(items) => items
                .iter()
                .for_each(|item| self.value(source, spot, item, scope)),
            Value::Object(members) => members
                .values()
                .for_each(|member| self.value(source, spot, member, scope)),
            _ => {}
        }
    }

    pub(super) fn conditions(
        &mut self,
        source: &Source,
        many: &Many<At<FileCondition>>,
        scope: &Scope,
    ) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for At {
            value: FileCondition { that, why },
            spot,
        } in &many.0
        {
            let spot = if that.spot == Spot::default() {
                *spot
            } else {
                that.spot
            };
            self.expression(source, spot, &that.value, scope);
            if let Some(why) = why {
                self.template(source, why.spot, &why.value, scope);
            }
            let why = why.as_ref().map_or_else(
                || format!("it applies only where {}", that.value),
                |why| why.value.clone(),
            );
            conditions.push(Condition {
                that: that.value.clone(),
                why,
                at: source.position(spot),
            });
        }
        conditions
    }

    pub(super) fn problem(
        &mut self,
        source: &Source,
        spot: Spot,
        what: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(source.problem(spot, what, help));
    }

    fn errors(&mut self, source: &Source, spot: Spot, text: &str, errors: &[ExprError]) {
        self.problems.extend(
            errors
                .iter()
                .map(|error| source.expression_problem(spot, text, error)),
        );
    }
}

/// Longest time for one attempt where a step names none: FLUX.2 may take two minutes.
const TIMEOUT: Duration = Duration::from_secs(180);
