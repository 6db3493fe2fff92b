//! From the file's form to the tree: what a step does, expects, keeps and prints.

use super::ast::{Action, Check, Describe, Edit, Generate, Http, Probe};
use super::at::{At, Many, Spot, Table};
use super::file::{FileCondition, FileGenerate, FileHttp, FileProbe, FileStep};
use super::read::Reader;
use super::source::Source;
use crate::expr::Scope;
use crate::model::Size;
use serde_json::Value;
use std::collections::BTreeMap;

impl FileStep {
    /// Keys that may not stand beside `include`.
    pub(super) fn keys_beside_include(&self) -> Vec<&'static str> {
        let keys = [
            ("name", self.name.is_some()),
            ("how", self.how.is_some()),
            ("expect", self.expect.is_some()),
            ("capture", self.capture.is_some()),
            ("repeat", self.repeat.is_some()),
            ("matrix", self.matrix.is_some()),
            ("wait", self.wait.is_some()),
            ("poll", self.poll.is_some()),
            ("timeout", self.timeout.is_some()),
            ("free", self.free.is_some()),
            ("paced", self.paced.is_some()),
            ("honours_retry_after", self.honours_retry_after.is_some()),
            ("print", self.print.is_some()),
        ];
        keys.into_iter()
            .filter(|(_, is_there)| *is_there)
            .map(|(key, _)| key)
            .collect()
    }
}

impl Reader<'_> {
    /// What the step does. The caller has seen to it that it does one thing.
    pub(super) fn action(&mut self, source: &Source, file: &FileStep, scope: &Scope) -> Action {
        let FileStep {
            generate,
            edit,
            describe,
            http,
            probe,
            ..
        } = file;
        if let Some(At {
            value: generate, ..
        }) = generate
        {
            return self.generate(source, generate, scope);
        }
        if let Some(At { value: edit, .. }) = edit {
            self.template(source, edit.prompt.spot, &edit.prompt.value, scope);
            self.expression(source, edit.image.spot, &edit.image.value, scope);
            return Action::Edit(Edit {
                prompt: edit.prompt.value.clone(),
                image: edit.image.value.clone(),
                size: self.size(source, edit.size.as_ref(), scope),
                n: self.count(source, edit.n.as_ref()),
            });
        }
        if let Some(At {
            value: describe, ..
        }) = describe
        {
            self.template(source, describe.prompt.spot, &describe.prompt.value, scope);
            self.expression(source, describe.image.spot, &describe.image.value, scope);
            return Action::Describe(Describe {
                prompt: describe.prompt.value.clone(),
                image: describe.image.value.clone(),
                max_tokens: describe
                    .max_tokens
                    .as_ref()
                    .map_or(LONGEST_DESCRIPTION, |most| most.value),
            });
        }
        match (http, probe) {
            (Some(At { value: http, .. }), _) => self.http(source, http, scope),
            (None, Some(At { value: probe, .. })) => self.probe(source, probe, scope),
            (None, None) => Action::Probe(Probe::default()),
        }
    }

    fn generate(&mut self, source: &Source, file: &FileGenerate, scope: &Scope) -> Action {
        self.template(source, file.prompt.spot, &file.prompt.value, scope);
        let quality = self.text(source, file.quality.as_ref(), scope);
        let output_format = self.text(source, file.output_format.as_ref(), scope);
        Action::Generate(Generate {
            prompt: file.prompt.value.clone(),
            size: self.size(source, file.size.as_ref(), scope),
            n: self.count(source, file.n.as_ref()),
            quality,
            output_format,
            seed: file.seed,
        })
    }

    fn http(&mut self, source: &Source, file: &FileHttp, scope: &Scope) -> Action {
        self.template(source, file.url.spot, &file.url.value, scope);
        let method = file
            .method
            .as_ref()
            .map_or("GET", |method| method.value.as_str())
            .to_ascii_uppercase();
        if let Some(at) = file
            .method
            .as_ref()
            .filter(|_| !METHODS.contains(&method.as_str()))
        {
            let what = format!("`{}` is not an HTTP method", at.value);
            self.problem(
                source,
                at.spot,
                what,
                Some(format!("there are {}", METHODS.join(", "))),
            );
        }
        let (json, text) = self.body(source, file.json.as_ref(), file.text.as_ref(), scope);
        Action::Http(Http {
            method,
            url: file.url.value.clone(),
            json,
            text,
        })
    }

    fn probe(&mut self, source: &Source, file: &FileProbe, scope: &Scope) -> Action {
        let (json, text) = self.body(source, file.json.as_ref(), file.text.as_ref(), scope);
        Action::Probe(Probe {
            json,
            text,
            is_edit: file.edit,
        })
    }

    fn body(
        &mut self,
        source: &Source,
        json: Option<&At<Value>>,
        text: Option<&At<String>>,
        scope: &Scope,
    ) -> (Option<Value>, Option<String>) {
        if let Some(json) = json {
            self.value(source, json.spot, &json.value, scope);
        }
        if let (Some(_), Some(text)) = (json, text) {
            let help = "a request has one body: keep one of them".to_owned();
            self.problem(
                source,
                source.key("text", text.spot),
                "`json` and `text` stand side by side",
                Some(help),
            );
        }
        (
            json.map(|json| json.value.clone()),
            self.text(source, text, scope),
        )
    }

    fn text(
        &mut self,
        source: &Source,
        text: Option<&At<String>>,
        scope: &Scope,
    ) -> Option<String> {
        let text = text?;
        self.template(source, text.spot, &text.value, scope);
        Some(text.value.clone())
    }

    /// A size is checked here where it is no template.
    fn size(
        &mut self,
        source: &Source,
        size: Option<&At<String>>,
        scope: &Scope,
    ) -> Option<String> {
        let size = size?;
        self.template(source, size.spot, &size.value, scope);
        if let Some(error) = size
            .value
            .parse::<Size>()
            .err()
            .filter(|_| !size.value.contains("{{"))
        {
            let help =
                "a size that cannot be served belongs into the `json` of a `probe`".to_owned();
            self.problem(source, size.spot, error.to_string(), Some(help));
        }
        Some(size.value.clone())
    }

    fn count(&mut self, source: &Source, n: Option<&At<u32>>) -> u32 {
        let Some(n) = n else { return 1 };
        if n.value == 0 {
            let help = "write 1 or more; a number that cannot be served belongs into the `json` of a `probe`".to_owned();
            self.problem(
                source,
                n.spot,
                "`n` is 0, so nothing is asked for",
                Some(help),
            );
        }
        n.value
    }

    pub(super) fn checks(
        &mut self,
        source: &Source,
        step: Spot,
        expect: Option<&Many<At<FileCondition>>>,
        scope: &Scope,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        for At {
            value: FileCondition { that, why },
            spot,
        } in expect.map(|many| &many.0).into_iter().flatten()
        {
            let spot = if that.spot == Spot::default() {
                *spot
            } else {
                that.spot
            };
            self.expression(source, spot, &that.value, scope);
            let why = self.text(source, why.as_ref(), scope);
            checks.push(Check {
                that: that.value.clone(),
                why,
                at: source.position(spot),
            });
        }
        if checks.is_empty() {
            let help =
                "write what must be true of the answer, e.g. `expect: status == 200`".to_owned();
            self.problem(
                source,
                step,
                "the step expects nothing, so it could never fail",
                Some(help),
            );
        }
        checks
    }

    pub(super) fn captures(
        &mut self,
        source: &Source,
        capture: Option<&At<Table<String>>>,
        scope: &Scope,
    ) -> BTreeMap<String, String> {
        let mut captures = BTreeMap::new();
        for (name, expression) in capture.map(|table| &table.value.0).into_iter().flatten() {
            self.expression(source, expression.spot, &expression.value, scope);
            self.names.add_capture(&name.value);
            captures.insert(name.value.clone(), expression.value.clone());
        }
        captures
    }

    pub(super) fn templates(
        &mut self,
        source: &Source,
        many: Option<&Many<At<String>>>,
        scope: &Scope,
    ) -> Vec<String> {
        let lines = many.map(|many| &many.0).into_iter().flatten();
        lines
            .filter_map(|line| self.text(source, Some(line), scope))
            .collect()
    }

    pub(super) fn matrix(
        &mut self,
        source: &Source,
        matrix: Option<At<Table<Vec<Value>>>>,
    ) -> BTreeMap<String, Vec<Value>> {
        let mut varied = BTreeMap::new();
        for (name, values) in matrix.into_iter().flat_map(|matrix| matrix.value.0) {
            if values.value.is_empty() {
                let what = format!(
                    "`{}` has no values, so the step would never run",
                    name.value
                );
                self.problem(source, name.spot, what, Some("give it at least one".into()));
            }
            varied.insert(name.value, values.value);
        }
        varied
    }
}

const LONGEST_DESCRIPTION: u32 = 200;
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
