//! Typed rows of the tables that several formats show, and the sums beside them.

use super::latency::Latency;
use super::words;
use crate::model::{
    Account, Audit, Backend, Baseline, BaselineCase, Case, Gateway, Inventory, Plan, Severity,
};
use tabled::Tabled;

/// A deployment of an account.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct DeploymentRow {
    /// Deployment.
    pub(super) deployment: String,
    /// Model with its version.
    pub(super) model: String,
    /// Family in the knowledge tables.
    pub(super) family: String,
    /// Sku with its capacity.
    pub(super) sku: String,
    /// Requests and tokens a minute.
    pub(super) limits: String,
}

/// A finding of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct FindingRow {
    /// Severity; `?` behind it where it is unsure.
    pub(super) severity: String,
    /// What kind of finding.
    pub(super) finding: String,
    /// What it hits first, and how many more.
    pub(super) hits: String,
}

/// The findings of an audit, in its order.
pub(super) fn findings(audit: &Audit) -> Vec<FindingRow> {
    let rows = audit.findings.iter().map(|finding| FindingRow {
        severity: match finding.is_unsure {
            true => format!("{}?", finding.severity),
            false => finding.severity.to_string(),
        },
        finding: finding.id.clone(),
        hits: match finding.victims.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} +{}", rest.len()),
        },
    });
    rows.collect()
}

/// How many findings there are of each severity, and how much was left without a judgement.
pub(super) fn audit_counts(audit: &Audit) -> Vec<String> {
    let mut counts = match audit.findings.len() {
        0 => vec!["nothing found".to_owned()],
        _ => vec![
            words::count(audit.count(Severity::Error), "error", "errors"),
            words::count(audit.count(Severity::Warning), "warning", "warnings"),
            format!("{} info", audit.count(Severity::Info)),
        ],
    };
    if !audit.not_judged.is_empty() {
        counts.push(format!("{} not judged", audit.not_judged.len()));
    }
    counts
}

/// A published API.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct ApiRow {
    /// Id.
    #[tabled(rename = "API")]
    pub(super) api: String,
    /// URL suffix.
    pub(super) path: String,
    /// How many operations.
    pub(super) operations: usize,
    /// Where the key is read from.
    #[tabled(rename = "key in")]
    pub(super) key_in: String,
}

/// A backend or a pool.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct BackendRow {
    /// Id.
    pub(super) backend: String,
    /// URL, or the members of the pool.
    #[tabled(rename = "forwards to")]
    pub(super) forwards_to: String,
    /// How it signs in.
    #[tabled(rename = "signs in with")]
    pub(super) credential: String,
}

/// A planned case.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct CaseRow {
    /// Place in the order.
    #[tabled(rename = "#")]
    pub(super) number: usize,
    /// Letter or name.
    pub(super) scenario: String,
    /// Account and deployment.
    pub(super) target: String,
    /// Way of the calls.
    pub(super) route: String,
    /// How many requests at most.
    pub(super) requests: u32,
    /// Pictures it will buy.
    pub(super) images: u32,
    /// Their price.
    #[tabled(rename = "USD")]
    pub(super) cost: String,
}

/// A case of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct KeptRow {
    /// Its key.
    pub(super) case: String,
    /// How it ended.
    pub(super) verdict: String,
    /// Looks of answers that are kept.
    pub(super) answers: usize,
    /// Timings that are kept.
    pub(super) timings: usize,
    /// What it cost.
    #[tabled(rename = "USD")]
    pub(super) cost: String,
}

/// A published path.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct RouteRow {
    /// Account and deployment.
    pub(super) target: String,
    /// Gateway and API.
    pub(super) via: String,
    /// Operation that matches.
    pub(super) operation: String,
    /// Deployment-style URL.
    #[tabled(rename = "URL")]
    pub(super) url: String,
}

/// A request of a case.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct RequestRow {
    /// Letter or name.
    pub(super) scenario: String,
    /// Account and deployment.
    pub(super) target: String,
    /// Name of the step.
    pub(super) step: String,
    /// How often at most.
    pub(super) times: u32,
    /// Method and URL.
    pub(super) request: String,
}

/// How long a kind of call took.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(super) struct LatencyRow {
    /// Account and deployment.
    pub(super) target: String,
    /// With pictures or without.
    pub(super) brings: &'static str,
    /// How many were answered.
    pub(super) calls: usize,
    /// Half of them took no longer.
    pub(super) p50: String,
    /// Nine tenths.
    pub(super) p90: String,
    /// 99 hundredths.
    pub(super) p99: String,
}

/// The row of one kind of call.
pub(super) fn latency(one: &Latency<'_>) -> LatencyRow {
    LatencyRow {
        target: words::column_name(&one.column),
        brings: if one.has_pictures {
            "pictures"
        } else {
            "no picture"
        },
        calls: one.count,
        p50: words::time(one.p50),
        p90: words::time(one.p90),
        p99: words::time(one.p99),
    }
}

/// A row for each route of `inventory`.
pub(super) fn routes(inventory: &Inventory) -> Vec<RouteRow> {
    inventory
        .routes
        .iter()
        .map(|route| RouteRow {
            target: format!("{}/{}", route.account, route.deployment),
            via: format!("{}/{}", route.gateway, route.api),
            operation: route.operation.to_string(),
            url: route.url.clone(),
        })
        .collect()
}

/// A row for each request of `plan`.
pub(super) fn requests(plan: &Plan) -> Vec<RequestRow> {
    plan.cases
        .iter()
        .flat_map(|case| {
            case.requests.iter().map(|request| RequestRow {
                scenario: case.scenario.to_string(),
                target: format!("{}/{}", case.account, case.deployment),
                step: request.step.clone(),
                times: request.times.max(1),
                request: format!("{} {}", request.method, request.url),
            })
        })
        .collect()
}

/// Each `METHOD URL` of `case` once, in order of appearance, with how often it is sent at most.
pub(super) fn distinct_requests(case: &Case) -> Vec<(String, u32)> {
    let mut distinct: Vec<(String, u32)> = Vec::new();
    for request in &case.requests {
        let line = format!("{} {}", request.method, request.url);
        let times = request.times.max(1);
        match distinct.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += times,
            None => distinct.push((line, times)),
        }
    }
    distinct
}

/// A row for each deployment of `account`.
pub(super) fn deployments(account: &Account) -> Vec<DeploymentRow> {
    account
        .deployments
        .iter()
        .map(|deployment| {
            let model = &deployment.model;
            let limits: Vec<String> = deployment
                .rate_limits
                .iter()
                .map(|limit| format!("{} {}/{} s", limit.count, limit.key, limit.renewal_period))
                .collect();
            DeploymentRow {
                deployment: deployment.name.to_string(),
                model: format!("{} {}", model.name, model.version)
                    .trim_end()
                    .to_owned(),
                family: match &deployment.family {
                    Some(family) => family.to_string(),
                    None => String::new(),
                },
                sku: match deployment.sku.capacity {
                    Some(capacity) => format!("{} {capacity}", deployment.sku.name),
                    None => deployment.sku.name.clone(),
                },
                limits: limits.join(", "),
            }
        })
        .collect()
}

/// A row for each API of `gateway`.
pub(super) fn apis(gateway: &Gateway) -> Vec<ApiRow> {
    gateway
        .apis
        .iter()
        .map(|api| ApiRow {
            api: api.name.to_string(),
            path: api.path.clone(),
            operations: api.operations.len(),
            key_in: if api.is_subscription_required {
                api.key_names.header.clone()
            } else {
                "no key asked".into()
            },
        })
        .collect()
}

/// A row for each backend of `gateway`.
pub(super) fn backends(gateway: &Gateway) -> Vec<BackendRow> {
    gateway
        .backends
        .iter()
        .map(|backend| BackendRow {
            backend: backend.name.to_string(),
            forwards_to: forwards_to(backend),
            credential: match &backend.managed_identity_resource {
                Some(resource) => format!("managed identity for {resource}"),
                None => backend.credential_headers.join(", "),
            },
        })
        .collect()
}

fn forwards_to(backend: &Backend) -> String {
    if let Some(url) = &backend.url {
        return url.clone();
    }
    let members: Vec<String> = backend
        .pool
        .iter()
        .map(|member| {
            let priority = member.priority.map(|value| format!("priority {value}"));
            let weight = member.weight.map(|value| format!("weight {value}"));
            let place: Vec<String> = priority.into_iter().chain(weight).collect();
            if place.is_empty() {
                member.backend.to_string()
            } else {
                format!("{} ({})", member.backend, place.join(", "))
            }
        })
        .collect();
    format!("pool: {}", members.join(", "))
}

/// A row for each case of `plan`.
pub(super) fn cases(plan: &Plan) -> Vec<CaseRow> {
    plan.cases
        .iter()
        .enumerate()
        .map(|(index, case)| CaseRow {
            number: index + 1,
            scenario: case.scenario.to_string(),
            target: format!("{}/{}", case.account, case.deployment),
            route: case.route.clone(),
            requests: case
                .requests
                .iter()
                .map(|request| request.times.max(1))
                .sum(),
            images: case.images,
            cost: words::usd(case.cost_usd),
        })
        .collect()
}

/// A row for each case of `baseline`.
pub(super) fn kept(baseline: &Baseline) -> Vec<KeptRow> {
    let row = |case: &BaselineCase| {
        let timings = case.steps.iter();
        KeptRow {
            case: case.case.clone(),
            verdict: case.verdict.word().to_owned(),
            answers: case.steps.iter().map(|step| step.answers.len()).sum(),
            timings: timings
                .map(|step| step.picture_ms.len() + step.other_ms.len())
                .sum(),
            cost: words::usd(case.cost_usd),
        }
    };
    baseline.cases.iter().map(row).collect()
}

/// `24 cases · as of 2026-11-21T20:00:00Z`, in parts.
pub(super) fn kept_sums(baseline: &Baseline) -> Vec<String> {
    vec![
        words::count(baseline.cases.len(), "case", "cases"),
        format!("as of {}", baseline.taken_at),
    ]
}

/// `12 cases · 9 images · $0.36 at most`, in parts.
pub(super) fn plan_sums(plan: &Plan) -> Vec<String> {
    let images: u32 = plan.cases.iter().map(|case| case.images).sum();
    vec![
        words::count(plan.cases.len(), "case", "cases"),
        words::count(images as usize, "image", "images"),
        format!("{} at most", words::usd(plan.cost_usd)),
    ]
}

/// What was left out of a plan: each reason with `SCENARIO account/deployment`, in order of appearance.
pub(super) fn left_out(plan: &Plan) -> Vec<(&str, Vec<String>)> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for skipped in &plan.skipped {
        let name = format!(
            "{} {}/{}",
            skipped.scenario, skipped.account, skipped.deployment
        );
        match groups.iter_mut().find(|(why, _)| *why == skipped.why) {
            Some((_, names)) => names.push(name),
            None => groups.push((&skipped.why, vec![name])),
        }
    }
    groups
}

/// `3 accounts, 10 deployments (2 FLUX), …`, in parts.
pub(super) fn inventory_counts(inventory: &Inventory) -> Vec<String> {
    let deployments = inventory
        .accounts
        .iter()
        .flat_map(|account| &account.deployments);
    let known = deployments
        .clone()
        .filter(|deployment| deployment.family.is_some());
    let apis = inventory.gateways.iter().map(|gateway| gateway.apis.len());
    vec![
        words::count(
            inventory.subscriptions.len(),
            "subscription",
            "subscriptions",
        ),
        words::count(inventory.accounts.len(), "account", "accounts"),
        format!(
            "{} ({} of a known image family)",
            words::count(deployments.count(), "deployment", "deployments"),
            known.count()
        ),
        words::count(inventory.gateways.len(), "gateway", "gateways"),
        words::count(apis.sum(), "API", "APIs"),
        words::count(inventory.routes.len(), "route", "routes"),
        words::count(inventory.gaps.len(), "gap", "gaps"),
    ]
}
