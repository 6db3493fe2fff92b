//! What is checked of an answer, what is kept of it, and what is learnt from a failure.

use super::blocks::Way;
use super::case::CaseState;
use super::step::StepRunner;
use crate::expr::Context;
use crate::model::{CheckResult, StepRun, TransportError, TransportFailure, Verdict};

impl StepRunner<'_> {
    /// Makes the step's checks and sets the verdict by them.
    pub(super) fn check(&self, run: &mut StepRun, after: &Context) {
        for check in &self.step.expect {
            let outcome = self.shared.engine.check(&check.that, after);
            run.checks.push(CheckResult {
                that: check.that.clone(),
                passed: outcome.passed,
                actual: outcome.actual,
                why: check.why.clone(),
                at: check.at.to_string(),
            });
            if outcome.passed || run.verdict == Verdict::Error {
                continue;
            }
            if let Some(error) = outcome.error {
                // A transport failure leaves checks nothing to look at; that is the failure, not the expression.
                let is_broken = run
                    .exchange
                    .as_ref()
                    .is_none_or(|exchange| exchange.transport_error.is_none());
                if is_broken && run.verdict != Verdict::Fail {
                    run.verdict = Verdict::Error;
                    run.why = error;
                    continue;
                }
            }
            if run.verdict != Verdict::Fail {
                run.verdict = Verdict::Fail;
                run.why = why_failed(run);
            }
        }
        self.check_whole(run);
    }

    /// An answer that did not come whole fails its step, whatever the part that came looks like, unless a check of the
    /// step asks for the error itself.
    fn check_whole(&self, run: &mut StepRun) {
        let error = run
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.transport_error.as_ref());
        let (Some(error), Verdict::Pass) = (error, run.verdict) else {
            return;
        };
        let engine = &self.shared.engine;
        let asks_for_it = self.step.expect.iter().any(|check| {
            let names = engine.variables(&check.that);
            names
                .iter()
                .any(|name| name == "error" || name.starts_with("error."))
        });
        if !asks_for_it {
            run.why = format!("no whole answer: {}", error.text);
            run.verdict = Verdict::Fail;
        }
    }

    /// Remembers a dead way where a call by the target's own route and credential failed.
    pub(super) fn learn(&self, run: &StepRun) {
        let (Some(exchange), true) = (&run.exchange, run.is_on_route && run.verdict.is_bad())
        else {
            return;
        };
        if let Some(kind) = super::call::kind_of(&self.step.action) {
            let way = Way {
                account: self.case.account.clone(),
                deployment: self.case.deployment.clone(),
                leg: exchange
                    .leg
                    .unwrap_or_else(|| self.case.target.default_leg()),
                kind,
            };
            self.shared
                .blocks
                .learn(&way, self.scenario.id.as_str(), exchange, run.hop);
        }
    }

    /// Keeps what later steps ask for.
    pub(super) fn capture(&self, state: &mut CaseState, run: &mut StepRun, after: &Context) {
        for (name, that) in &self.step.capture {
            match self.shared.engine.eval(that, after) {
                Ok(value) => {
                    state.scope.captures.insert(name.clone(), value);
                }
                Err(error) => {
                    run.verdict = Verdict::Error;
                    run.why = format!("capture {name}: {error}");
                }
            }
        }
    }

    /// Fills in the lines that the scenario prints.
    pub(super) fn print(&self, run: &mut StepRun, after: &Context) {
        for line in &self.step.print {
            match self.shared.engine.render(line, after) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => run.output.push(line),
                Err(error) => {
                    run.verdict = Verdict::Error;
                    run.why = format!("print: {error}");
                }
            }
        }
    }
}

/// The first check that failed, the values it saw, and who answered.
fn why_failed(run: &StepRun) -> String {
    let Some(exchange) = &run.exchange else {
        return String::new();
    };
    if let Some(TransportError { kind, text }) = &exchange.transport_error
        && *kind != TransportFailure::Truncated
    {
        return format!("no answer: {text}");
    }
    let failed = run.checks.iter().find(|check| !check.passed);
    let that = failed.map(|check| check.that.as_str()).unwrap_or_default();
    let values: Vec<String> = failed
        .iter()
        .flat_map(|check| &check.actual)
        .map(|shown| format!("{} is {}", shown.name, shown.value))
        .collect();
    let by = run
        .hop
        .map(|hop| format!(", answered by {hop}"))
        .unwrap_or_default();
    format!("`{that}` does not hold: {}{by}", values.join(", "))
}
