//! Findings about keys and identities: who shows what to whom.

use super::backends::about_end;
use super::check::{Groups, Raised};
use super::estate::{ApiView, Estate};
use super::way::{End, Way};
use crate::knowledge::azure;
use crate::model::{Account, HeldRole};
use crate::policy::{Section, Statement, Truth};
use std::collections::HashSet;

/// A key is asked for in a header that the SDKs do not send it in.
pub(super) fn header_foreign(estate: &Estate<'_>) -> Vec<Raised> {
    let sent = &estate.habits.key_header;
    let mut found = Vec::new();
    for api in keyed(estate) {
        let header = &api.api.key_names.header;
        if !header.eq_ignore_ascii_case(sent) && !is_unsendable_header(header) {
            found.push(
                about(api)
                    .with("call", call_of(api))
                    .with("sent", sent.as_str())
                    .shown_by(format!("API {} reads its key from the header {header}; the SDKs of Azure OpenAI send {sent}", api.api.name)),
            );
        }
    }
    found
}

/// A call of an image operation of the API, as a caller writes it.
fn call_of(api: &ApiView<'_>) -> String {
    let operation = api.ways.first().map(|way| &way.operation.url_template);
    let template = operation.map_or("", |template| template.as_str());
    let path = template.split('?').next().unwrap_or_default();
    let name = api.ways.iter().flat_map(|way| way.flux.iter()).next();
    let name = name.map_or("any", |flux| flux.deployment.name.as_str());
    let segments = path.split('/').map(|one| {
        if one.starts_with(['{', '*']) {
            name
        } else {
            one
        }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let version = &crate::knowledge::api_versions().gateway_default;
    format!(
        "{}{path}?api-version={version}",
        super::routes::base_of(api)
    )
}

/// A key is asked for under a name that no client can send it under.
pub(super) fn name_unsendable(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Vec::new();
    for api in keyed(estate) {
        let names = &api.api.key_names;
        let mut raised = about(api);
        if is_unsendable_header(&names.header) {
            raised.show(format!("the header {} is set by clients themselves, means something else, or is no header name", names.header));
        }
        let taken = &azure().callers.taken_queries;
        if names.query.is_empty()
            || taken
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&names.query))
        {
            raised.show(format!(
                "the query parameter `{}` means something else on an image route",
                names.query
            ));
        }
        if !raised.evidence.is_empty() {
            found.push(raised);
        }
    }
    found
}

fn is_unsendable_header(header: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let taken = &azure().callers.taken_headers;
    header.is_empty()
        || !header.chars().all(is_token)
        || taken.iter().any(|one| one.eq_ignore_ascii_case(header))
}

/// APIs that draw and ask for a key.
fn keyed<'e, 'a>(estate: &'e Estate<'a>) -> impl Iterator<Item = &'e ApiView<'a>> {
    estate
        .apis()
        .filter(|api| api.api.is_subscription_required && !api.ways.is_empty())
}

fn about(api: &ApiView<'_>) -> Raised {
    Raised::on(api.name())
        .at_gateway(api.gateway)
        .with("api", api.api.name.as_str())
        .with("header", api.api.key_names.header.as_str())
        .with("query", api.api.key_names.query.as_str())
}

/// No active subscription opens the API.
pub(super) fn scope_misses(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Vec::new();
    for api in keyed(estate) {
        let gateway = api.gateway;
        // A gateway that was written down rather than discovered has keys that nobody listed.
        if gateway.id.is_none() {
            continue;
        }
        if !estate.unread.knows(gateway, "subscriptions") {
            estate.leave(format!(
                "whether a subscription opens {}: they could not be listed",
                api.name()
            ));
            continue;
        }
        let own = format!("/apis/{}", api.api.name);
        let covers = |scope: &str| {
            let product = scope.strip_prefix("/products/");
            scope == "/apis"
                || scope.eq_ignore_ascii_case(&own)
                || product.is_some_and(|name| {
                    api.api
                        .products
                        .iter()
                        .any(|one| one.eq_ignore_ascii_case(name))
                })
        };
        let subscriptions = || gateway.subscriptions.iter();
        if subscriptions().any(|one| one.state == "active" && covers(&one.scope)) {
            continue;
        }
        let mut raised = about(api);
        for one in subscriptions() {
            raised.show(format!(
                "subscription {} is {} and covers {}",
                one.name, one.state, one.scope
            ));
        }
        if gateway.subscriptions.is_empty() {
            raised.show(format!("gateway {} has no subscription", gateway.name));
        }
        found.push(raised);
    }
    found
}

/// What is shown to an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Shown {
    /// An identity's token, or an `Authorization` header of the policy's or the backend's own.
    bearer: bool,
    /// A key of the policy's or the backend's own.
    key: bool,
    /// Whether a condition that was not understood decides any of it.
    is_unsure: bool,
    /// Whether the caller's own key header is taken away.
    is_stripped: bool,
    /// Whether the gateway's identity signs.
    identity: bool,
}

impl Shown {
    /// With what the backend adds.
    fn with(mut self, end: &End<'_>) -> Self {
        if let Some(backend) = end.reached.backend {
            let adds = |header: &str| {
                let mut headers = backend.credential_headers.iter();
                headers.any(|name| name.eq_ignore_ascii_case(header))
            };
            self.identity |= backend.managed_identity_resource.is_some();
            self.bearer |= backend.managed_identity_resource.is_some() || adds("authorization");
            self.key |= adds(&azure().account_key_header);
        }
        self
    }
}

/// Whether a `set-header` leaves in place what the caller shows the gateway in that header: `skip` does not touch it, and
/// `append` adds to it.
fn keeps_callers(way: &Way<'_>, statement: &Statement) -> bool {
    let header = &way.api.key_names.header;
    let is_callers = header.eq_ignore_ascii_case(&azure().account_key_header)
        && way.api.is_subscription_required;
    let kept = ["skip", "append"];
    is_callers
        && statement
            .plain("exists-action")
            .is_some_and(|how| kept.contains(&how))
}

fn shown_by_policy(way: &Way<'_>) -> Shown {
    let is_key = |name: &str| name.eq_ignore_ascii_case(&azure().account_key_header);
    let is_bearer = |name: &str| name.eq_ignore_ascii_case("authorization");
    let mut shown = Shown::default();
    for one in &way.statements {
        if !matches!(one.section, Section::Inbound | Section::Backend) {
            continue;
        }
        let runs = one.truth;
        if runs == Truth::No {
            continue;
        }
        let statement = one.statement;
        let name = statement.plain("name").unwrap_or_default();
        match statement.name.as_str() {
            "authentication-managed-identity" => {
                // One that another policy puts into a header shows in that header.
                shown.identity = true;
                shown.bearer |= statement.attribute("output-token-variable-name").is_none();
            }
            "set-header" if statement.plain("exists-action") == Some("delete") => {
                shown.is_stripped |= is_key(name);
            }
            // The caller's own key stands in that header already, and is kept.
            "set-header" if is_key(name) && keeps_callers(way, statement) => continue,
            "set-header" => {
                shown.key |= is_key(name);
                shown.bearer |= is_bearer(name);
            }
            _ => continue,
        }
        shown.is_unsure |= runs == Truth::Unsure;
    }
    shown
}

/// A key is sent to an account that takes none.
pub(super) fn backend_key_refused(estate: &Estate<'_>) -> Vec<Raised> {
    ends(estate, |_, end, shown, account| {
        let is_wrong = account.is_key_auth_disabled && shown.key && !shown.bearer;
        let said = format!(
            "account {} has disableLocalAuth, and backend {} is sent a key",
            account.name,
            end.name()
        );
        is_wrong.then_some((said, shown.is_unsure))
    })
}

/// The key that a caller shows the gateway goes on to the account, which does not know it.
pub(super) fn caller_key_forwarded(estate: &Estate<'_>) -> Vec<Raised> {
    ends(estate, |way, end, shown, _| {
        let header = &way.api.key_names.header;
        let is_same = header.eq_ignore_ascii_case(&azure().account_key_header)
            && way.api.is_subscription_required;
        let is_wrong = is_same && !shown.key && !shown.bearer && !shown.is_stripped;
        let said = format!(
            "API {} reads its key from {header}, the header of an account's key, and neither backend {} nor a policy shows the account anything else",
            way.api.name,
            end.name()
        );
        is_wrong.then_some((said, shown.is_unsure))
    })
}

/// Nothing is shown to the account, unless callers bring a key of its own.
pub(super) fn backend_without_credential(estate: &Estate<'_>) -> Vec<Raised> {
    ends(estate, |way, end, shown, _| {
        let header = &way.api.key_names.header;
        let is_same = header.eq_ignore_ascii_case(&azure().account_key_header)
            && way.api.is_subscription_required;
        let is_wrong = !shown.key && !shown.bearer && (!is_same || shown.is_stripped);
        let said = format!(
            "neither backend {} nor a policy shows the account a key or a token",
            end.name()
        );
        // Callers may send the account's own key or token, which passes through.
        is_wrong.then_some((said, !shown.is_stripped))
    })
}

/// The gateway's identity may not call models there, or there is none.
pub(super) fn identity_without_role(estate: &Estate<'_>) -> Vec<Raised> {
    ends(estate, |way, end, shown, account| {
        let gateway = way.gateway;
        if gateway.id.is_none() || !shown.identity {
            return None;
        }
        let Some(identity) = &gateway.identity else {
            let said = format!(
                "backend {} is called with the gateway's identity, and gateway {} has none",
                end.name(),
                gateway.name
            );
            return Some((said, false));
        };
        let (Some(roles), Some(id)) = (&gateway.roles, &account.id) else {
            estate.leave(format!("whether the identity of gateway {} may call account {}: its roles could not be read", gateway.name, account.name));
            return None;
        };
        let held: Vec<&HeldRole> = roles
            .iter()
            .filter(|role| covers(&role.scope, id.as_str()))
            .collect();
        let definition = |role: &HeldRole| {
            let mut known = azure().role_definitions.iter();
            known.find(|one| one.id.eq_ignore_ascii_case(&role.definition))
        };
        if held
            .iter()
            .any(|role| definition(role).is_some_and(|one| one.calls_models))
        {
            return None;
        }
        let is_unsure = held.iter().any(|role| definition(role).is_none());
        let names: Vec<&str> = held
            .iter()
            .map(|role| definition(role).map_or(role.definition.as_str(), |one| one.name.as_str()))
            .collect();
        let names = if names.is_empty() {
            "no role".to_owned()
        } else {
            names.join(", ")
        };
        Some((
            format!(
                "identity {identity} of gateway {} holds {names} on account {}",
                gateway.name, account.name
            ),
            is_unsure,
        ))
    })
}

fn covers(scope: &str, id: &str) -> bool {
    let (scope, id) = (
        scope.trim_end_matches('/').to_lowercase(),
        id.to_lowercase(),
    );
    id == scope
        || id
            .strip_prefix(&scope)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// A finding for each backend that `judge` finds something wrong with for an account behind it.
fn ends(
    estate: &Estate<'_>,
    judge: impl Fn(&Way<'_>, &End<'_>, Shown, &Account) -> Option<(String, bool)>,
) -> Vec<Raised> {
    let mut found = Groups::default();
    let mut seen = HashSet::new();
    for way in estate.ways() {
        let by_policy = shown_by_policy(way);
        // Members that serve no FLUX fail for another reason, which has a finding of its own.
        for end in way.ends.iter().filter(|end| !end.flux.is_empty()) {
            let shown = by_policy.with(end);
            for account in &end.accounts {
                // Other operations of the API show the same to the same.
                let same = (std::ptr::from_ref(way.api), std::ptr::from_ref(end), shown);
                if !seen.insert((same, std::ptr::from_ref(*account))) {
                    continue;
                }
                if let Some((said, is_unsure)) = judge(way, end, shown, account) {
                    let key = format!("{} {} {}", way.gateway.name, end.name(), account.name);
                    let raised = found.of(&key, || {
                        about_end(way, end)
                            .at_account(account)
                            .with(
                                "identity",
                                way.gateway.identity.as_deref().unwrap_or("IDENTITY"),
                            )
                            .with("has_identity", way.gateway.identity.is_some())
                            .with("operation", way.operation.name.as_str())
                    });
                    raised.is_unsure |= is_unsure;
                    raised.hit(format!("api {}/{}", way.gateway.name, way.api.name));
                    raised.hit_all(end.flux.iter().map(|flux| flux.name()));
                    raised.show(said);
                }
            }
        }
    }
    found.done()
}
