//! The map as rows of a table, one table for each API.

use crate::model::{LinkState, MapApi, MapEnd, MapForward, MapGateway, MapRoute, Mark, RouteMap};
use crate::report::words;
use tabled::Tabled;

/// How a map is told.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Told {
    /// Before the numbers of findings that break a link.
    pub(in crate::report) broken: &'static str,
    /// Before the numbers of findings that weaken one.
    pub(in crate::report) weak: &'static str,
    /// Backends of a pool that are told; more are counted.
    pub(in crate::report) most_ends: usize,
}

/// One way of one operation, or as much of it as differs from the row above. Cells may hold several lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Tabled)]
pub(in crate::report) struct RouteRow {
    /// Operation, with what callers ask for.
    pub(in crate::report) operation: String,
    /// Where the backend is set.
    pub(in crate::report) policy: String,
    /// Backend, pool or URL.
    pub(in crate::report) backend: String,
    /// Account.
    pub(in crate::report) account: String,
    /// Deployments that the calls can name.
    pub(in crate::report) deployment: String,
}

/// A finding that is marked on the map.
#[derive(Debug, Clone, PartialEq, Eq, Tabled)]
pub(in crate::report) struct FindingRow {
    /// Its number, as in the audit.
    #[tabled(rename = "#")]
    pub(in crate::report) number: usize,
    /// How much it matters.
    pub(in crate::report) severity: String,
    /// What kind of finding.
    pub(in crate::report) finding: String,
    /// One line.
    pub(in crate::report) title: String,
}

/// The findings that are marked.
pub(in crate::report) fn findings(map: &RouteMap) -> Vec<FindingRow> {
    let rows = map.findings.iter().map(|one| FindingRow {
        number: one.number,
        severity: one.severity.to_string(),
        finding: one.id.clone(),
        title: one.title.clone(),
    });
    rows.collect()
}

/// Counts of what is on the map.
pub(in crate::report) fn sums(map: &RouteMap) -> Vec<String> {
    let apis = map.gateways.iter().flat_map(|gateway| &gateway.apis);
    let routes = apis.clone().flat_map(|api| &api.routes);
    let operations = routes.map(|route| route.operations.len()).sum();
    let unreached = map.unreached.iter().map(|one| one.deployments.len()).sum();
    let (broken, weak) = map.counts();
    let mut parts = vec![
        words::count(map.gateways.len(), "gateway", "gateways"),
        words::count(apis.count(), "API for models", "APIs for models"),
        words::count(operations, "image operation", "image operations"),
    ];
    for (count, one, many) in [
        (broken, "broken link", "broken links"),
        (weak, "weak link", "weak links"),
        (
            unreached,
            "deployment not reached",
            "deployments not reached",
        ),
    ] {
        if count > 0 {
            parts.push(words::count(count, one, many));
        }
    }
    parts
}

/// Every API with its gateway and its rows.
pub(in crate::report) fn tables<'m>(
    map: &'m RouteMap,
    told: &Told,
) -> Vec<(&'m MapGateway, &'m MapApi, Vec<RouteRow>)> {
    let apis = map
        .gateways
        .iter()
        .flat_map(|gateway| gateway.apis.iter().map(move |api| (gateway, api)));
    let tables = apis.map(|(gateway, api)| {
        let rows = api.routes.iter().flat_map(|route| rows_of(route, told));
        (gateway, api, rows.collect())
    });
    tables.collect()
}

/// The line above the table of an API: path and how callers are let in.
pub(in crate::report) fn api_line(api: &MapApi, told: &Told) -> String {
    let mark = marked(&api.mark, "", told);
    let line = format!("/{}, {}", api.path, api.callers);
    format!("{line} {mark}").trim_end().to_owned()
}

fn rows_of(route: &MapRoute, told: &Told) -> Vec<RouteRow> {
    let name = match route.operations.as_slice() {
        [] => format!("{}\nnot published", route.call),
        [one] => format!("{one}\n{}", route.call),
        [one, rest @ ..] => format!("{one} and {} more\n{}", rest.len(), route.call),
    };
    let operation = marked(&route.mark, &name, told);
    let mut rows: Vec<RouteRow> = route
        .forwards
        .iter()
        .flat_map(|forward| forward_rows(forward, told))
        .collect();
    if rows.is_empty() {
        rows.push(RouteRow {
            deployment: missed_by(route),
            ..RouteRow::default()
        });
        if route.is_published {
            rows[0].backend = "none is set".to_owned();
        }
    }
    rows[0].operation = operation;
    rows
}

fn missed_by(route: &MapRoute) -> String {
    match route.missed_by.as_slice() {
        [] => String::new(),
        all => format!("missed by {}", all.join("\n")),
    }
}

fn forward_rows(forward: &MapForward, told: &Told) -> Vec<RouteRow> {
    let (place, kind) = short_place(&forward.set_by);
    let sometimes = if forward.is_certain { "" } else { "\nat times" };
    let place = format!("{place}\n{kind}");
    let policy = format!("{}{sometimes}", place.trim());
    let policy = marked(&forward.mark, &policy, told);
    let mut rows = Vec::new();
    if forward.is_pool || forward.ends.is_empty() {
        let kind = if forward.is_pool { "pool " } else { "" };
        let name = format!("{kind}{}", forward.backend);
        rows.push(RouteRow {
            backend: marked(&forward.backend_mark, &name, told),
            ..RouteRow::default()
        });
    }
    let told_ends = forward.ends.iter().take(told.most_ends);
    rows.extend(told_ends.map(|end| end_row(end, forward, told)));
    if forward.ends.len() > told.most_ends {
        rows.push(RouteRow {
            backend: format!("and {} more", forward.ends.len() - told.most_ends),
            ..RouteRow::default()
        });
    }
    if let Some(first) = rows.first_mut() {
        first.policy = policy;
    }
    rows
}

fn end_row(end: &MapEnd, forward: &MapForward, told: &Told) -> RouteRow {
    let name = match &end.backend {
        Some(backend) => backend.as_str(),
        None => end.url.as_str(),
    };
    let name = match (end.priority, end.share) {
        (Some(priority), Some(share)) => format!("{priority}: {name} ({share:.0} %)"),
        _ => name.to_owned(),
    };
    let mut mark = end.mark.clone();
    if !forward.is_pool {
        mark.join(&forward.backend_mark);
    }
    let deployments = end.deployments.iter();
    let deployments = deployments.map(|one| marked(&one.mark, one.name.as_str(), told));
    let mut deployments: Vec<String> = deployments.collect();
    if end.lack.state != LinkState::Fine {
        deployments.push(marked(&end.lack, "not deployed", told));
    }
    let account = match &end.account {
        Some(account) => account.as_str(),
        None => "none that was read",
    };
    RouteRow {
        backend: marked(&mark, &name, told),
        account: marked(&end.account_mark, account, told),
        deployment: deployments.join("\n"),
        ..RouteRow::default()
    }
}

/// The mark of a link: a sign, and the numbers of its findings.
pub(in crate::report) fn mark_of(mark: &Mark, told: &Told) -> String {
    let sign = match mark.state {
        LinkState::Fine => return String::new(),
        LinkState::Weak => told.weak,
        LinkState::Broken => told.broken,
    };
    let numbers: Vec<String> = mark.findings.iter().map(usize::to_string).collect();
    format!("{sign}{}", numbers.join(","))
}

/// A text behind the mark of the link that leads to it.
fn marked(mark: &Mark, text: &str, told: &Told) -> String {
    let mark = mark_of(mark, told);
    format!("{mark} {text}").trim().to_owned()
}

/// The place of a policy as short as a map can say it, in two parts: `line 3`, `of the API`.
pub(super) fn short_place(set_by: &str) -> (String, String) {
    let Some((scope, line)) = set_by.rsplit_once(", line ") else {
        return ("serviceUrl".to_owned(), String::new());
    };
    let scope = match scope {
        "policy of the service" => "service policy".to_owned(),
        _ if scope.starts_with("policy of API ") => "API policy".to_owned(),
        _ if scope.starts_with("policy of operation ") => "operation policy".to_owned(),
        _ => scope
            .trim_start_matches("policy of ")
            .trim_start_matches("policy ")
            .to_owned(),
    };
    (scope, format!("line {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short() {
        for (place, short) in [
            (
                "policy of API inference-api, line 3",
                ("API policy", "line 3"),
            ),
            (
                "policy of the service, line 12",
                ("service policy", "line 12"),
            ),
            (
                "policy of operation a/b, line 1",
                ("operation policy", "line 1"),
            ),
            (
                "policy fragment route, line 2",
                ("fragment route", "line 2"),
            ),
            ("policy of product gold, line 2", ("product gold", "line 2")),
            ("serviceUrl of API a", ("serviceUrl", "")),
        ] {
            let (first, second) = short_place(place);
            assert_eq!((first.as_str(), second.as_str()), short);
        }
    }
}
