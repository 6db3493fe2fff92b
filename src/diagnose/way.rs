//! What lies between a gateway and the accounts behind it: the policies that run for a call, and where it can end.

use super::estate::Estate;
use super::found::{Found, strip_api};
use super::throws::{Granted, can_throw};
use crate::model::{Api, Gateway, Operation};
use crate::policy::{
    Answer, Effective, Facts, Guarded, Leads, Scope, Section, Statement, Text, Truth, destinations,
    members,
};
use serde::Serialize;

/// Policies that change what the backend is asked.
const REWRITERS: [&str; 5] = [
    "rewrite-uri",
    "set-query-parameter",
    "set-body",
    "set-method",
    "find-and-replace",
];

/// Attributes whose text a caller is shown when a policy refuses.
const MESSAGES: [&str; 2] = [
    "failed-check-error-message",
    "failed-validation-error-message",
];

/// Statuses that a backend is known to refuse with, and that a policy may put another in the place of.
const REFUSALS: [u16; 14] = [
    400, 401, 403, 404, 408, 410, 415, 422, 423, 429, 500, 502, 503, 504,
];

/// A status that a policy puts in the place of the backend's.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Mask {
    /// What callers see.
    status: u16,
    /// What it may stand for; 0 where nothing was answered.
    hides: Vec<u16>,
    /// The body that is set beside it, in lower case and without white space; empty where the policy sets none or computes it.
    body: String,
    /// Where it is written.
    place: String,
}

/// A call, as policies see it.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    /// In lower case, for matching.
    pub(super) path: &'a str,
    /// As it was sent: conditions compare case by case.
    pub(super) path_sent: &'a str,
}

impl Found {
    /// What lies between the gateway and the accounts: policies, backends, and what each of them is.
    pub(super) fn take_way(
        &mut self,
        estate: &Estate<'_>,
        (gateway_at, gateway): (usize, &Gateway),
        api: &Api,
        operation: Option<&Operation>,
        call: &Call<'_>,
    ) {
        let Some(policies) = estate.policies(gateway_at) else {
            return;
        };
        let is_api = |one: &Api| std::ptr::eq(one, api);
        let api_at = gateway.apis.iter().position(is_api).unwrap_or(usize::MAX);
        let is_operation = |one: &Operation| operation.is_some_and(|own| std::ptr::eq(own, one));
        let own = api.operations.iter().position(is_operation);
        let own = own.unwrap_or(usize::MAX);
        let products: Vec<&str> = policies.products_of(api).collect();
        let facts = facts_of(api, operation, call);
        let products: Vec<Option<&str>> = match products.is_empty() {
            true => vec![None],
            false => products.into_iter().map(Some).collect(),
        };
        let mut leads: Vec<Leads<'_>> = Vec::new();
        let mut template = operation.map(|operation| operation.url_template.clone());
        let mut has_expression = false;
        for product in products {
            let effective = policies.effective(api_at, own, product);
            for lead in destinations(&effective, gateway, api, &facts) {
                let is_known = |one: &Leads<'_>| one.destination == lead.destination;
                if !leads.iter().any(is_known) {
                    leads.push(lead);
                }
            }
            has_expression |= self.take_policy(&effective, operation, &facts, &mut template);
        }
        self.has_expression = Some(has_expression);
        self.throwers.dedup();
        let mut reached = Vec::new();
        for lead in &leads {
            reached.extend(members(gateway, &lead.destination));
        }
        let sent = strip_api(api, call.path);
        let (rest, unchanged) = match self.policy.contains_key("rewrite-uri") {
            false => (sent.map(str::to_owned), None),
            true => (None, sent),
        };
        let arrives = rest.clone().or(template);
        self.take_ends(estate, gateway, &reached, arrives.as_deref(), unchanged);
        if let Some(rest) = rest {
            let upstream =
                |url: &str| format!("{}{rest}", url.trim_end_matches('/')).to_ascii_lowercase();
            let mut upstreams: Vec<String> = reached.iter().map(|one| upstream(&one.url)).collect();
            upstreams.dedup();
            self.upstreams = upstreams;
        }
    }

    /// What the policies do to a call; whether any of it is decided by an expression.
    fn take_policy(
        &mut self,
        effective: &Effective<'_>,
        operation: Option<&Operation>,
        facts: &Facts,
        template: &mut Option<String>,
    ) -> bool {
        let statements = effective.statements();
        let mut granted = Granted {
            parameters: operation.map(parameters).unwrap_or_default(),
            ..Granted::default()
        };
        let mut has_expression = false;
        let mut seen_conditions: Vec<*const Text> = Vec::new();
        for one in &statements {
            let runs = one.runs(facts);
            if runs == Truth::No {
                continue;
            }
            let scope = scope_of(&one.statement.place.scope);
            granted.has_answer = one.section == Section::Outbound;
            let conditions = one.guards.iter().map(|guard| guard.condition);
            for condition in conditions.filter(|text| text.is_expression()) {
                has_expression = true;
                if seen_conditions.contains(&std::ptr::from_ref(condition)) {
                    continue;
                }
                seen_conditions.push(std::ptr::from_ref(condition));
                if can_throw(&condition.text, &granted) {
                    self.throwers.push(format!("a condition in {scope}"));
                }
            }
            for text in texts(one.statement).filter(|text| text.is_expression()) {
                has_expression = true;
                if can_throw(&text.text, &granted) {
                    let name = &one.statement.name;
                    let line = one.statement.place.line;
                    self.throwers
                        .push(format!("`{name}` in {scope}, line {line}"));
                }
            }
            if runs == Truth::Yes {
                granted.variables.extend(sets_variable(one.statement));
            }
            self.take_statement(one, runs, template);
        }
        let masks = masks(&statements, facts);
        self.masks.extend(masks);
        has_expression
    }

    fn take_statement(&mut self, one: &Guarded<'_>, runs: Truth, template: &mut Option<String>) {
        let is_on_the_way = matches!(one.section, Section::Inbound | Section::Backend);
        for statement in one.statement.all() {
            let scope = scope_of(&statement.place.scope);
            for name in MESSAGES {
                if let Some(message) = statement.plain(name) {
                    let element = one.statement.name.clone();
                    self.policy_messages
                        .insert(message.trim().to_lowercase(), element);
                }
            }
            match statement.name.as_str() {
                "set-status" => {
                    let code = statement
                        .plain("code")
                        .and_then(|code| code.parse::<u16>().ok());
                    self.policy_statuses.extend(code);
                }
                "forward-request" => {
                    let seconds = statement
                        .plain("timeout")
                        .and_then(|text| text.parse().ok());
                    let is_buffered = statement.plain("buffer-request-body") == Some("true");
                    self.forward_timeout_ms = self
                        .forward_timeout_ms
                        .or(seconds.map(|seconds: u64| seconds * 1000));
                    let retry = one.inside.iter().find(|around| around.name == "retry");
                    if let (Some(retry), false) = (retry, is_buffered) {
                        let place = scope_of(&retry.place.scope);
                        self.unbuffered_retry = format!("`retry` in {place}");
                    }
                }
                "authentication-managed-identity" => {
                    self.signs = true;
                    let client = statement.attribute("client-id");
                    self.identity_named |= client.is_some();
                    self.token_resources
                        .extend(statement.plain("resource").map(str::to_owned));
                }
                "set-header" if is_on_the_way => self.adds_header = true,
                "rewrite-uri" => {
                    *template = statement
                        .plain("template")
                        .filter(|_| runs == Truth::Yes)
                        .map(str::to_owned);
                }
                _ => {}
            }
            let name = statement.name.as_str();
            if is_on_the_way && REWRITERS.contains(&name) && is_of_the_request(one.statement) {
                let rewriter = format!("`{name}` in {scope}");
                if !self.rewriters.contains(&rewriter) {
                    self.rewriters.push(rewriter);
                }
            }
            self.policy.entry(statement.name.clone()).or_insert(scope);
        }
    }

    /// Notes what the answer may stand for, where it is one that a policy puts in the place of the backend's.
    pub(super) fn take_answer(&mut self, status: Option<u16>, body: &str) {
        let body = body.split_whitespace().collect::<String>().to_lowercase();
        let is_it = |mask: &&Mask| {
            Some(mask.status) == status && (mask.body.is_empty() || mask.body == body)
        };
        for mask in self.masks.iter().filter(is_it) {
            self.masked_by = mask.place.clone();
            self.masked.extend(&mask.hides);
        }
        self.masked.sort_unstable();
        self.masked.dedup();
    }
}

/// Whether a statement works on the request, not on an answer that it makes itself.
fn is_of_the_request(statement: &Statement) -> bool {
    !matches!(statement.name.as_str(), "return-response" | "send-request")
}

fn facts_of(api: &Api, operation: Option<&Operation>, call: &Call<'_>) -> Facts {
    let deployment = call
        .path_sent
        .split_once("/deployments/")
        .and_then(|(_, rest)| rest.split('/').next())
        .filter(|name| !name.is_empty());
    Facts {
        method: (!call.method.is_empty()).then(|| call.method.to_ascii_uppercase()),
        path: (!call.path_sent.is_empty()).then(|| call.path_sent.to_owned()),
        deployment: deployment.map(str::to_owned),
        operation: operation.map(|operation| operation.name.to_string()),
        api: Some(api.name.to_string()),
        ..Facts::default()
    }
}

fn parameters(operation: &Operation) -> std::collections::BTreeSet<String> {
    let parts = operation.url_template.split('{').skip(1);
    let names = parts.filter_map(|part| part.split('}').next());
    names.map(str::to_owned).collect()
}

/// Every text of a statement and of what is inside it.
fn texts(statement: &Statement) -> impl Iterator<Item = &Text> {
    statement.all().into_iter().flat_map(|one| {
        let attributes = one.attributes.iter().map(|(_, value)| value);
        attributes.chain([&one.text])
    })
}

/// The variable that a statement sets.
fn sets_variable(statement: &Statement) -> Option<String> {
    let name = match statement.name.as_str() {
        "set-variable" => statement.plain("name"),
        "authentication-managed-identity" => statement.plain("output-token-variable-name"),
        "send-request" => statement.plain("response-variable-name"),
        "cache-lookup-value" => statement.plain("variable-name"),
        "validate-jwt" | "validate-azure-ad-token" => statement.plain("output-token-variable-name"),
        _ => None,
    };
    name.map(str::to_owned)
}

/// The statuses that policies put in the place of what the backend answered.
fn masks(statements: &[Guarded<'_>], facts: &Facts) -> Vec<Mask> {
    let mut found = Vec::new();
    for one in statements {
        if !matches!(one.section, Section::Outbound | Section::OnError) {
            continue;
        }
        let inner = one.statement.all();
        let mut statuses = inner.iter().filter(|inner| inner.name == "set-status");
        let Some(status) = statuses
            .find_map(|set| set.plain("code"))
            .and_then(|code| code.parse::<u16>().ok())
        else {
            continue;
        };
        if status < 400 {
            continue;
        }
        let beside = statements
            .iter()
            .filter(|other| other.section == one.section && other.conditions() == one.conditions());
        let mut bodies = beside
            .flat_map(|other| other.statement.all())
            .filter(|inner| inner.name == "set-body");
        let body = bodies.find_map(|set| set.text.plain()).unwrap_or_default();
        let runs_after = |answer: Answer| {
            let facts = Facts {
                answer,
                ..facts.clone()
            };
            one.runs(&facts) != Truth::No
        };
        let mut hides: Vec<u16> = match one.section {
            Section::Outbound => REFUSALS
                .into_iter()
                .filter(|status| runs_after(Answer::Status(*status)))
                .collect(),
            _ => Vec::new(),
        };
        if one.section == Section::OnError && runs_after(Answer::None) {
            hides.push(0);
        }
        found.push(Mask {
            status,
            hides,
            body: body.split_whitespace().collect::<String>().to_lowercase(),
            place: format!(
                "`{}` in {}, {}",
                one.statement.name,
                one.section.name(),
                scope_of(&one.statement.place.scope)
            ),
        });
    }
    found
}

fn scope_of(scope: &Scope) -> String {
    match scope {
        Scope::Service => "all APIs".to_owned(),
        Scope::Product(id) => format!("the product `{id}`"),
        Scope::Api(id) => format!("the API `{id}`"),
        Scope::Operation { operation, .. } => format!("the operation `{operation}`"),
        Scope::Fragment(id) => format!("the fragment `{id}`"),
    }
}
