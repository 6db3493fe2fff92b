//! What the configuration of a gateway says that a caller of one of its paths meets.

use super::condition::{Answer, Facts, Truth};
use super::document::{Section, Statement};
use super::effective::{Effective, Guarded, Policies};
use super::reach::destinations;
use crate::knowledge::azure;
use crate::model::{Api, Expectations, Gateway, Operation, VersionRule};

/// Statuses of the account that a policy may change; one of each kind that fluxprobe provokes.
const STATUSES: [u16; 6] = [200, 400, 401, 403, 404, 429];

/// Statements that change the words, the status or the form of an answer.
const CHANGES: [&str; 8] = [
    "set-body",
    "set-status",
    "return-response",
    "find-and-replace",
    "xsl-transform",
    "json-to-xml",
    "xml-to-json",
    "mock-response",
];

/// Statements that may answer a call instead of forwarding it, without refusing its credential.
const ANSWERS: [&str; 6] = [
    "return-response",
    "mock-response",
    "validate-content",
    "validate-parameters",
    "cache-lookup",
    "check-header",
];

/// Statements that ask for a token.
const TOKENS: [&str; 2] = ["validate-jwt", "validate-azure-ad-token"];

/// A name that no deployment has.
const NO_DEPLOYMENT: &str = "no-deployment-has-this-name";

/// A call of a path through a gateway.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The gateway.
    pub gateway: &'a Gateway,
    /// Its policies.
    pub policies: &'a Policies,
    /// Position of the API in the gateway.
    pub api: usize,
    /// Position of the operation in the API; absent where none is published.
    pub operation: Option<usize>,
    /// Deployment that is called.
    pub deployment: &'a str,
    /// Product whose key is shown, where one is.
    pub product: Option<&'a str>,
}

impl<'a> Way<'a> {
    fn effective(&self) -> Effective<'a> {
        let operation = self.operation.unwrap_or(usize::MAX);
        self.policies.effective(self.api, operation, self.product)
    }

    fn published(&self) -> Option<(&'a Api, Option<&'a Operation>)> {
        let api = self.gateway.apis.get(self.api)?;
        Some((api, self.operation.and_then(|at| api.operations.get(at))))
    }

    fn facts(&self, deployment: &str) -> Facts {
        let named = self.published();
        Facts {
            method: Some("POST".to_owned()),
            deployment: Some(deployment.to_owned()),
            operation: named.and_then(|(_, operation)| Some(operation?.name.to_string())),
            api: named.map(|(api, _)| api.name.to_string()),
            ..Facts::default()
        }
    }

    /// What callers meet. `base_path` is the path before `/deployments`, without the gateway's host.
    pub fn expectations(&self, base_path: &str) -> Expectations {
        let Some((api, operation)) = self.published() else {
            return Expectations::default();
        };
        let effective = self.effective();
        let statements = effective.statements();
        let below = |rest: &str| format!("/{}/{rest}", base_path.trim_matches('/'));
        let is_published = |rest: String| operation_at(self.gateway, "POST", &rest).is_some();
        let of = |name: &str, operation: &str| below(&format!("deployments/{name}/{operation}"));
        Expectations {
            is_known: effective.is_whole,
            takes_every_path: operation.is_some_and(takes_every_path),
            takes_every_deployment: self.takes_every_deployment(api, &effective)
                && is_published(of(NO_DEPLOYMENT, "images/generations")),
            has_deployment_paths: is_published(of(NO_DEPLOYMENT, "images/generations"))
                || is_published(of(self.deployment, "images/generations")),
            has_model_name_path: operation_at(self.gateway, "POST", &below("images/generations"))
                .is_some_and(|(_, found)| !takes_every_path(found)),
            has_edits: is_published(of(self.deployment, "images/edits")),
            api_version: version_rule(operation, &statements, &self.facts(self.deployment)),
            changed_statuses: self.changed_statuses(&statements),
            changes_refusals: statements
                .iter()
                .any(|one| one.section == Section::OnError && is_change(one.statement)),
            answers_itself: self.runs(&statements, &ANSWERS) != Truth::No,
            asks_for_token: self.runs(&statements, &TOKENS) == Truth::Yes,
        }
    }

    /// The audience of the token that the policy asks for: absent where it asks for none, or where it names none that a
    /// caller could ask for, in which case that of the model service is taken.
    pub fn token_audience(&self) -> Option<String> {
        let effective = self.effective();
        let facts = self.facts(self.deployment);
        let all = effective.statements();
        let asking = all.iter().find(|one| {
            TOKENS.contains(&one.statement.name.as_str()) && one.runs(&facts) != Truth::No
        })?;
        let named = asking.statement.child("audiences");
        let audiences: Vec<&str> = named
            .iter()
            .flat_map(|list| &list.children)
            .filter_map(|one| one.text.plain())
            .filter(|text| !text.is_empty())
            .collect();
        let known = &azure().callers.audiences;
        let is_known = |one: &&&str| known.iter().any(|known| known == **one);
        let chosen = audiences.iter().find(is_known).or(audiences.first());
        Some(match chosen {
            Some(audience) => audience.trim_end_matches('/').to_owned(),
            None => azure()
                .scopes
                .models
                .trim_end_matches("/.default")
                .to_owned(),
        })
    }

    /// Whether a statement of one of these names runs on the way in.
    fn runs(&self, statements: &[Guarded<'_>], names: &[&str]) -> Truth {
        let facts = self.facts(self.deployment);
        statements
            .iter()
            .filter(|one| one.section == Section::Inbound)
            .filter(|one| names.contains(&one.statement.name.as_str()))
            .fold(Truth::No, |runs, one| runs.or(one.runs(&facts)))
    }

    fn changed_statuses(&self, statements: &[Guarded<'_>]) -> Vec<u16> {
        let is_changed = |status: &u16| {
            let facts = Facts {
                answer: Answer::Status(*status),
                ..self.facts(self.deployment)
            };
            statements.iter().any(|one| {
                one.section == Section::Outbound
                    && is_change(one.statement)
                    && one.runs(&facts) != Truth::No
            })
        };
        STATUSES.into_iter().filter(is_changed).collect()
    }

    /// Whether the policy forwards a call of an unknown deployment to where it forwards one of this deployment.
    fn takes_every_deployment(&self, api: &Api, effective: &Effective<'_>) -> bool {
        let of = |name: &str| {
            let leads = destinations(effective, self.gateway, api, &self.facts(name));
            leads
                .into_iter()
                .map(|one| one.destination)
                .collect::<Vec<_>>()
        };
        of(self.deployment) == of(NO_DEPLOYMENT)
    }
}

fn is_change(statement: &Statement) -> bool {
    CHANGES.contains(&statement.name.as_str())
}

fn takes_every_path(operation: &Operation) -> bool {
    path_of(operation).ends_with('*')
}

fn path_of(operation: &Operation) -> &str {
    operation.url_template.split('?').next().unwrap_or_default()
}

fn version_rule(
    operation: Option<&Operation>,
    statements: &[Guarded<'_>],
    facts: &Facts,
) -> VersionRule {
    let template = operation.map_or("", |one| one.url_template.as_str());
    let query = template.split_once('?').map_or("", |(_, query)| query);
    let is_required = query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("api-version")
    });
    let mut rule = if is_required {
        VersionRule::Required
    } else {
        VersionRule::Forwarded
    };
    for one in statements {
        if !matches!(one.section, Section::Inbound | Section::Backend) {
            continue;
        }
        let runs = one.runs(facts);
        let changed = match one.statement.name.as_str() {
            _ if runs == Truth::No => continue,
            "set-query-parameter" if names_the_version(one.statement) => {
                version_set_by(one.statement, rule)
            }
            // A template with a query of its own gives the version; without one, the caller's parameters are kept or dropped.
            "rewrite-uri" => rewritten(one.statement, rule),
            _ => continue,
        };
        rule = match runs {
            Truth::Yes => changed,
            _ if changed == rule => rule,
            _ => VersionRule::Unsure,
        };
    }
    rule
}

fn names_the_version(statement: &Statement) -> bool {
    statement
        .plain("name")
        .is_some_and(|name| name.eq_ignore_ascii_case("api-version"))
}

fn version_set_by(statement: &Statement, before: VersionRule) -> VersionRule {
    let values: Vec<_> = statement
        .children
        .iter()
        .filter(|child| child.name == "value")
        .collect();
    let is_plain = !values.is_empty() && values.iter().all(|one| one.text.plain().is_some());
    let action = statement.plain("exists-action").unwrap_or("override");
    match (action.to_ascii_lowercase().as_str(), before) {
        // Without the caller's own the operation is not matched, so that nothing is ever put in.
        ("skip", VersionRule::Required | VersionRule::Filled | VersionRule::Fixed) => before,
        ("skip", VersionRule::Forwarded) => VersionRule::Filled,
        ("override", VersionRule::Required | VersionRule::Unsure) => VersionRule::Unsure,
        ("override", _) if is_plain => VersionRule::Fixed,
        _ => VersionRule::Unsure,
    }
}

fn rewritten(statement: &Statement, before: VersionRule) -> VersionRule {
    let Some(template) = statement.attribute("template") else {
        return before;
    };
    let text = template.text.to_ascii_lowercase();
    let keeps = statement
        .plain("copy-unmatched-params")
        .is_none_or(|word| !word.eq_ignore_ascii_case("false"));
    let own = text.split_once("api-version=").map(|(_, value)| value);
    match own {
        Some(value) if value.starts_with('{') => before,
        Some(_) => VersionRule::Unsure,
        None if keeps => before,
        None => VersionRule::Unsure,
    }
}

/// The operation that takes a call of `path`, and its API: the API with the longest path before it, then the operation whose
/// template matches, literal segments before parameters. Required query parameters are not looked at.
pub fn operation_at<'a>(
    gateway: &'a Gateway,
    method: &str,
    path: &str,
) -> Option<(&'a Api, &'a Operation)> {
    let path: Vec<&str> = segments(path);
    let api = gateway
        .apis
        .iter()
        .filter(|api| {
            let own = segments(&api.path);
            own.len() <= path.len()
                && own
                    .iter()
                    .zip(&path)
                    .all(|(own, given)| is_same(own, given))
        })
        .max_by_key(|api| segments(&api.path).len())?;
    let rest = path.get(segments(&api.path).len()..)?;
    api.operations
        .iter()
        .filter(|one| one.method == "*" || one.method.eq_ignore_ascii_case(method))
        .filter_map(|one| Some((one, matched(&segments(path_of(one)), rest)?)))
        .max_by_key(|(_, literal)| *literal)
        .map(|(one, _)| (api, one))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|one| !one.is_empty()).collect()
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// How many segments of a template are literally those of a path; nothing where it does not match.
fn matched(template: &[&str], path: &[&str]) -> Option<usize> {
    match (template, path) {
        ([], []) => Some(0),
        (["*"], _) => Some(0),
        ([one, template @ ..], [given, path @ ..]) => {
            let rest = matched(template, path)?;
            if one.starts_with('{') {
                Some(rest)
            } else {
                is_same(one, given).then_some(rest + 1)
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Backend;

    const STOCK: &str = "/deployments/{deployment-id}/images/generations?api-version={api-version}";

    fn gateway(template: &str, inbound: &str, outbound: &str) -> Gateway {
        let operation = |template: &str| Operation {
            name: "op".into(),
            method: "POST".into(),
            url_template: template.into(),
            ..Operation::default()
        };
        Gateway {
            apis: vec![Api {
                name: "api".into(),
                path: "x/openai".into(),
                operations: vec![operation(template)],
                policy: Some(format!(
                    "<policies><inbound><base/>{inbound}</inbound><backend><base/></backend>\
                     <outbound><base/>{outbound}</outbound><on-error><base/></on-error></policies>"
                )),
                ..Api::default()
            }],
            backends: vec![Backend {
                name: "b".into(),
                url: Some("https://a.openai.azure.com/openai".into()),
                ..Backend::default()
            }],
            ..Gateway::default()
        }
    }

    fn with<T>(gateway: &Gateway, read: impl Fn(Way<'_>) -> T) -> T {
        let policies = Policies::of(gateway);
        read(Way {
            gateway,
            policies: &policies,
            api: 0,
            operation: Some(0),
            deployment: "flux",
            product: None,
        })
    }

    fn expected(template: &str, inbound: &str, outbound: &str) -> Expectations {
        with(&gateway(template, inbound, outbound), |way| {
            way.expectations("x/openai")
        })
    }

    #[test]
    fn the_stock_operation_asks_for_a_version_and_takes_any_deployment() {
        let found = expected(STOCK, r#"<set-backend-service backend-id="b"/>"#, "");
        assert_eq!(
            found,
            Expectations {
                is_known: true,
                takes_every_deployment: true,
                has_deployment_paths: true,
                api_version: VersionRule::Required,
                ..Expectations::default()
            }
        );
    }

    #[test]
    fn a_template_that_spells_the_deployment_out_takes_no_other() {
        let found = expected("/deployments/flux/images/generations", "", "");
        assert!(found.has_deployment_paths && !found.takes_every_deployment);
        assert_eq!(found.api_version, VersionRule::Forwarded);
        let chosen = r#"<choose><when condition="@(context.Request.MatchedParameters["deployment-id"] == "flux")">
            <set-backend-service backend-id="b"/></when></choose>"#;
        assert!(!expected(STOCK, chosen, "").takes_every_deployment);
    }

    #[test]
    fn a_version_is_filled_in_fixed_or_left_to_what_cannot_be_read() {
        let plain = "/deployments/{d}/images/generations";
        let rule = |template: &str, action: &str, value: &str| {
            let set = format!(
                r#"<set-query-parameter name="api-version" exists-action="{action}"><value>{value}</value></set-query-parameter>"#
            );
            expected(template, &set, "").api_version
        };
        assert_eq!(rule(plain, "skip", "preview"), VersionRule::Filled);
        assert_eq!(rule(plain, "override", "preview"), VersionRule::Fixed);
        assert_eq!(rule(STOCK, "skip", "preview"), VersionRule::Required);
        assert_eq!(
            rule(plain, "override", "@(context.Variables[\"v\"])"),
            VersionRule::Unsure
        );
        let dropped = r#"<rewrite-uri template="/d" copy-unmatched-params="false"/>"#;
        assert_eq!(
            expected(plain, dropped, "").api_version,
            VersionRule::Unsure
        );
    }

    #[test]
    fn only_the_statuses_that_a_policy_changes_are_told() {
        let masked = r#"<choose><when condition="@(context.Response.StatusCode == 404)">
            <set-status code="502"/><set-body>{}</set-body></when></choose>"#;
        assert_eq!(expected(STOCK, "", masked).changed_statuses, [404]);
        let stripped = r#"<set-header name="x-ms-region" exists-action="delete"/>"#;
        assert_eq!(expected(STOCK, "", stripped).changed_statuses, [0_u16; 0]);
    }

    #[test]
    fn a_catch_all_takes_every_path_and_publishes_edits() {
        let found = expected("/*", "", "");
        assert!(found.takes_every_path && found.has_edits && !found.has_model_name_path);
    }

    #[test]
    fn the_token_is_for_the_audience_that_the_policy_names() {
        let audience =
            |inbound: &str| with(&gateway(STOCK, inbound, ""), |way| way.token_audience());
        assert_eq!(audience(""), None);
        let jwt = |audiences: &str| {
            format!("<validate-jwt header-name=\"Authorization\">{audiences}</validate-jwt>")
        };
        assert_eq!(
            audience(&jwt(
                "<audiences><audience>api://images</audience></audiences>"
            ))
            .as_deref(),
            Some("api://images")
        );
        assert_eq!(
            audience(&jwt("")).as_deref(),
            Some("https://cognitiveservices.azure.com")
        );
    }
}
