//! The map of routes, with the findings of an audit marked on the links that they break.

use super::estate::{ApiView, Estate, Flux, GatewayView, Habits};
use super::marks::{Marks, Spot};
use super::way::{End, Way};
use crate::knowledge::Link;
use crate::model::{
    Audit, CallKind, Deployment, Inventory, LinkState, MapAccount, MapApi, MapDeployment, MapEnd,
    MapForward, MapGateway, MapRoute, Mark, RouteMap, SCHEMA_VERSION,
};
use crate::policy::{
    Destination, Leads, Policies, Reached, backend_named, members, priority_of, weight_of,
};
use crate::provider::azure::Publishes;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The map of an inventory, with what `audit` found on it. Touches nothing.
pub fn route_map(inventory: &Inventory, audit: &Audit) -> RouteMap {
    let policies: Vec<Policies> = inventory.gateways.iter().map(Policies::of).collect();
    let habits = Habits::default();
    let estate = Estate::of(inventory, &policies, &habits);
    let marks = Marks::of(audit);
    let gateways = estate.gateways.iter().map(|view| MapGateway {
        name: view.gateway.name.clone(),
        url: view.gateway.url.clone(),
        apis: apis(view, &marks),
    });
    let gateways: Vec<MapGateway> = gateways.collect();
    RouteMap {
        schema_version: SCHEMA_VERSION,
        taken_at: inventory.taken_at.clone(),
        gateways,
        unreached: unreached(&estate, &marks),
        findings: marks.findings(),
        not_judged: audit.not_judged.clone(),
    }
}

/// The APIs of a gateway that are made for models, or that a finding speaks of.
fn apis(view: &GatewayView<'_>, marks: &Marks) -> Vec<MapApi> {
    let apis = view.apis.iter().map(|api| {
        let name = name_of(api);
        let spot = Spot {
            api: Some(&name),
            ..Spot::default()
        };
        MapApi {
            name: api.api.name.clone(),
            path: api.api.path.clone(),
            callers: match api.api.is_subscription_required {
                true => format!("key in {}", api.api.key_names.header),
                false => "no key asked".to_owned(),
            },
            mark: marks.at(Link::Api, spot),
            routes: routes(api, marks),
        }
    });
    let made = apis.zip(&view.apis);
    let made = made.filter(|(map, api)| api.is_for_models() || !map.routes.is_empty());
    made.map(|(map, _)| map).collect()
}

fn name_of(api: &ApiView<'_>) -> String {
    format!("{}/{}", api.gateway.name, api.api.name)
}

/// The image operations of an API, those that lead the same way together, and those that are missing.
fn routes(api: &ApiView<'_>, marks: &Marks) -> Vec<MapRoute> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<MapRoute> = Vec::new();
    for way in &api.ways {
        let made = Drawn::of(way, marks);
        match places.get(&made.key) {
            Some(at) => {
                let route = &mut found[*at];
                if !route.operations.contains(&way.operation.name) {
                    route.operations.push(way.operation.name.clone());
                }
            }
            None => {
                places.insert(made.key.clone(), found.len());
                found.push(made.route());
            }
        }
    }
    let name = name_of(api);
    let missing = marks.missing(&name);
    found.extend(missing.map(|(call, mark, missed_by)| MapRoute {
        call: call.to_owned(),
        mark,
        missed_by,
        ..MapRoute::default()
    }));
    found
}

/// One operation, about to be drawn.
struct Drawn<'w, 'a> {
    way: &'w Way<'a>,
    marks: &'w Marks,
    api: String,
    operation: String,
    mark: Mark,
    policy: Mark,
    /// The same for operations that lead the same way.
    key: String,
}

impl<'w, 'a> Drawn<'w, 'a> {
    fn of(way: &'w Way<'a>, marks: &'w Marks) -> Self {
        let api = format!("{}/{}", way.gateway.name, way.api.name);
        let operation = format!("{api}/{}", way.operation.name);
        let scopes = scopes(way);
        let spot = Spot {
            api: Some(&api),
            operation: Some(&operation),
            scopes: Some(&scopes),
            ..Spot::default()
        };
        let mark = marks.at(Link::Operation, spot);
        let policy = marks.at(Link::Policy, spot);
        let leads = way.leads.iter().map(|one| {
            let place = one.set_by.map(|statement| statement.place.to_string());
            format!("{:?} {place:?}", one.destination)
        });
        let key = format!(
            "{} {:p} {:p} {} {mark:?} {policy:?}",
            call_of(way),
            Rc::as_ptr(&way.ends),
            Rc::as_ptr(&way.flux),
            leads.collect::<Vec<_>>().join("\n")
        );
        Drawn {
            way,
            marks,
            api,
            operation,
            mark,
            policy,
            key,
        }
    }

    fn route(self) -> MapRoute {
        let ends = self.way.ends.iter();
        let ends: HashMap<Place, &End<'a>> =
            ends.map(|end| (place_of(&end.reached), end)).collect();
        let flux = self.way.flux.iter();
        let flux: HashSet<*const Deployment> = flux
            .map(|flux| std::ptr::from_ref(flux.deployment))
            .collect();
        let forwards = self.way.leads.iter();
        let forwards = forwards.map(|leads| self.forward(leads, &ends, &flux));
        MapRoute {
            operations: vec![self.way.operation.name.clone()],
            call: call_of(self.way),
            is_published: true,
            missed_by: Vec::new(),
            forwards: forwards.collect(),
            mark: self.mark.clone(),
        }
    }

    fn forward(
        &self,
        leads: &Leads<'_>,
        ends: &HashMap<Place, &End<'a>>,
        flux: &HashSet<*const Deployment>,
    ) -> MapForward {
        let gateway = self.way.gateway;
        let named = match &leads.destination {
            Destination::Backend(name) => Some(name.as_str()),
            Destination::Url(_) | Destination::Any => None,
        };
        let backend = named.and_then(|name| backend_named(gateway, name));
        let shown = named.map(|name| format!("{}/{name}", gateway.name));
        let spot = match (&shown, backend) {
            (Some(_), None) => Spot {
                operation: Some(&self.operation),
                ..Spot::default()
            },
            (shown, _) => Spot {
                backend: shown.as_deref(),
                ..Spot::default()
            },
        };
        let backend_mark = self.marks.at(Link::Backend, spot);
        let reached = members(gateway, &leads.destination);
        let shares = shares(&reached);
        let reached = reached.iter().zip(shares);
        let ends = reached.flat_map(|(one, share)| {
            let end = ends.get(&place_of(one)).copied();
            self.ends(one, share, end, flux)
        });
        MapForward {
            set_by: match leads.set_by {
                Some(statement) => statement.place.to_string(),
                None => format!("serviceUrl of API {}", self.way.api.name),
            },
            is_certain: leads.is_certain,
            mark: self.policy.clone(),
            backend: match &leads.destination {
                Destination::Backend(name) => name.clone(),
                Destination::Url(url) => url.clone(),
                Destination::Any => "any backend".to_owned(),
            },
            is_pool: backend.is_some_and(|backend| !backend.pool.is_empty())
                || leads.destination == Destination::Any,
            backend_mark,
            ends: ends.collect(),
        }
    }

    /// A backend, once for each account that answers there.
    fn ends(
        &self,
        reached: &Reached<'_>,
        share: Option<f64>,
        end: Option<&End<'a>>,
        flux: &HashSet<*const Deployment>,
    ) -> Vec<MapEnd> {
        let shown = reached
            .backend
            .map(|backend| format!("{}/{}", self.way.gateway.name, backend.name));
        let spot = Spot {
            api: Some(&self.api),
            backend: shown.as_deref(),
            ..Spot::default()
        };
        let bare = MapEnd {
            backend: reached.backend.map(|backend| backend.name.clone()),
            url: reached.url.clone(),
            priority: reached.member.map(|(_, member)| priority_of(member)),
            share,
            mark: self.marks.at(Link::Member, spot),
            ..MapEnd::default()
        };
        let accounts = end.map_or(&[][..], |end| &end.accounts);
        if accounts.is_empty() {
            return vec![MapEnd {
                account_mark: self.marks.at(Link::Account, spot),
                ..bare
            }];
        }
        let ends = accounts.iter().map(|account| {
            let spot = Spot {
                account: Some(account.name.as_str()),
                ..spot
            };
            let own = end.into_iter().flat_map(|end| &end.flux);
            let own = own.filter(|one| {
                std::ptr::eq(one.account, *account)
                    && flux.contains(&std::ptr::from_ref(one.deployment))
            });
            MapEnd {
                account: Some(account.name.clone()),
                account_mark: self.marks.at(Link::Account, spot),
                deployments: own.map(|one| deployment(*one, self.marks)).collect(),
                lack: self.marks.at(Link::Lack, spot),
                ..bare.clone()
            }
        });
        ends.collect()
    }
}

/// A backend by its address in the inventory, or a URL.
type Place = (Option<usize>, String);

fn place_of(reached: &Reached<'_>) -> Place {
    let backend = reached.backend;
    let place = backend.map(|backend| std::ptr::from_ref(backend) as usize);
    (place, reached.url.clone())
}

/// Per cent of the calls of its priority that each member gets.
fn shares(reached: &[Reached<'_>]) -> Vec<Option<f64>> {
    let shares = reached.iter().map(|one| {
        let (_, member) = one.member?;
        let all = reached.iter().filter_map(|other| other.member);
        let same = all.filter(|(_, other)| priority_of(other) == priority_of(member));
        let (count, total) = same.fold((0_u32, 0_u64), |(count, total), (_, other)| {
            (count + 1, total + u64::from(weight_of(other)))
        });
        Some(match total {
            // All of them weigh nothing: they are equal.
            0 => 100.0 / f64::from(count.max(1)),
            total => f64::from(weight_of(member)) * 100.0 / total as f64,
        })
    });
    shares.collect()
}

/// Whose policies the calls of an operation run through, as victims are written.
fn scopes(way: &Way<'_>) -> HashSet<String> {
    let (gateway, api) = (&way.gateway.name, &way.api.name);
    let mut found: HashSet<String> = way
        .statements
        .iter()
        .map(|one| format!("{gateway}/{}", one.statement.place.scope))
        .collect();
    for scope in [
        "policy of the service".to_owned(),
        format!("policy of API {api}"),
        format!("policy of operation {api}/{}", way.operation.name),
    ] {
        found.insert(format!("{gateway}/{scope}"));
    }
    found
}

/// What callers ask for.
fn call_of(way: &Way<'_>) -> String {
    let path = |call: &CallKind| match call {
        CallKind::Edit => "images/edits",
        _ => "images/generations",
    };
    let call = match &way.published.what {
        Publishes::Deployment(call, None) => path(call).to_owned(),
        Publishes::Deployment(call, Some(name)) => format!("{} of {name}", path(call)),
        Publishes::Provider(segment) => format!(
            "providers/blackforestlabs/v1/{}",
            segment.as_deref().unwrap_or("*")
        ),
        Publishes::ModelName(call) => format!("{} by model name", path(call)),
        Publishes::Everything => "everything".to_owned(),
    };
    match way.product {
        Some(product) => format!("{call}, product {product}"),
        None => call,
    }
}

fn deployment(flux: Flux<'_>, marks: &Marks) -> MapDeployment {
    let name = format!("{}/{}", flux.account.name, flux.deployment.name);
    let spot = Spot {
        deployment: Some(&name),
        ..Spot::default()
    };
    MapDeployment {
        name: flux.deployment.name.clone(),
        model: flux.deployment.model.name.clone(),
        mark: marks.at(Link::Deployment, spot),
    }
}

/// The deployments that no way is for.
fn unreached(estate: &Estate<'_>, marks: &Marks) -> Vec<MapAccount> {
    let mut reached: HashSet<*const Deployment> = HashSet::new();
    let mut seen = HashSet::new();
    for way in estate.ways() {
        // Many operations are for the same deployments.
        if seen.insert(Rc::as_ptr(&way.flux)) {
            reached.extend(
                way.flux
                    .iter()
                    .map(|flux| std::ptr::from_ref(flux.deployment)),
            );
        }
    }
    let mut found: Vec<MapAccount> = Vec::new();
    for flux in estate.flux() {
        if reached.contains(&std::ptr::from_ref(flux.deployment)) {
            continue;
        }
        let mut drawn = deployment(flux, marks);
        let name = format!("{}/{}", flux.account.name, flux.deployment.name);
        drawn.mark.join(&marks.missed(&name));
        // Whatever the reason, nothing comes here by a gateway.
        drawn.mark.state = drawn.mark.state.max(LinkState::Weak);
        match found.last_mut().filter(|one| one.name == flux.account.name) {
            Some(account) => account.deployments.push(drawn),
            None => found.push(MapAccount {
                name: flux.account.name.clone(),
                deployments: vec![drawn],
            }),
        }
    }
    found
}
