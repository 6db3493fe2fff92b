//! The inventory, indexed once: every way through a gateway with its policy and where it ends.

use super::way::{End, Way, Ways};
use crate::knowledge::{Family, azure, by_id, is_flux};
use crate::model::{Account, Api, Deployment, Gateway, Inventory, Operation, Unread};
use crate::policy::{Accounts, Facts, Policies};
use crate::provider::azure::{Published, Publishes};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// What callers do that no configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habits {
    /// Header in which they send a gateway's key.
    pub key_header: String,
    /// Audiences of the tokens they send.
    pub audiences: Vec<String>,
    /// Texts of theirs that name deployments (URLs, saved scenarios), each with where it is written.
    pub references: Vec<(String, String)>,
}

impl Default for Habits {
    /// What the SDKs of Azure OpenAI do.
    fn default() -> Self {
        let callers = &azure().callers;
        Habits {
            key_header: callers.sdk_key_header.clone(),
            audiences: callers.audiences.clone(),
            references: Vec::new(),
        }
    }
}

/// Everything that checks look at.
pub(super) struct Estate<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) habits: &'a Habits,
    pub(super) gateways: Vec<GatewayView<'a>>,
    pub(super) unread: Unread<'a>,
    /// APIs and ways that end at an account, by the account's address in the inventory.
    leading: HashMap<*const Account, Leading>,
    not_judged: RefCell<BTreeSet<String>>,
}

/// Places of APIs and ways: gateway, API, way.
#[derive(Default)]
struct Leading {
    apis: Vec<(usize, usize)>,
    ways: Vec<(usize, usize, usize)>,
}

/// A gateway with what its calls run through.
pub(super) struct GatewayView<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) policies: &'a Policies,
    pub(super) apis: Vec<ApiView<'a>>,
}

/// An API with its image operations.
pub(super) struct ApiView<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) api: &'a Api,
    /// Where calls of an operation without a policy of its own end.
    pub(super) ends: Rc<Vec<End<'a>>>,
    /// Whether nothing that decides its ends was unreadable.
    pub(super) is_certain: bool,
    /// Its image operations, once for each product with a policy of its own.
    pub(super) ways: Vec<Way<'a>>,
}

/// A FLUX deployment.
#[derive(Clone, Copy)]
pub(super) struct Flux<'a> {
    pub(super) account: &'a Account,
    pub(super) deployment: &'a Deployment,
    pub(super) family: Option<&'static Family>,
}

impl<'a> Estate<'a> {
    /// Indexes an inventory; `policies` are those of its gateways, in order.
    pub(super) fn of(
        inventory: &'a Inventory,
        policies: &'a [Policies],
        habits: &'a Habits,
    ) -> Self {
        let accounts = Accounts::by_host(&inventory.accounts);
        let unread = Unread::of(inventory);
        let gateways = inventory.gateways.iter().zip(policies);
        let gateways = gateways.map(|(gateway, policies)| {
            let places = Ways::of(gateway, policies, &accounts);
            let apis = 0..gateway.apis.len();
            GatewayView {
                gateway,
                policies,
                apis: apis
                    .filter_map(|at| ApiView::of(&places, at, &unread))
                    .collect(),
            }
        });
        let gateways: Vec<GatewayView<'a>> = gateways.collect();
        Estate {
            leading: leading(&gateways),
            gateways,
            inventory,
            habits,
            unread,
            not_judged: RefCell::default(),
        }
    }

    /// All APIs of all gateways.
    pub(super) fn apis(&self) -> impl Iterator<Item = &ApiView<'a>> {
        self.gateways.iter().flat_map(|gateway| &gateway.apis)
    }

    /// All ways through all gateways.
    pub(super) fn ways(&self) -> impl Iterator<Item = &Way<'a>> {
        self.apis().flat_map(|api| &api.ways)
    }

    /// Places of the APIs that end at an account.
    pub(super) fn apis_to(&self, account: &Account) -> &[(usize, usize)] {
        let found = self.leading.get(&std::ptr::from_ref(account));
        found.map_or(&[], |found| &found.apis)
    }

    /// Places of the ways that end at an account.
    pub(super) fn ways_to(&self, account: &Account) -> &[(usize, usize, usize)] {
        let found = self.leading.get(&std::ptr::from_ref(account));
        found.map_or(&[], |found| &found.ways)
    }

    /// The API at a place.
    pub(super) fn api(&self, (gateway, api): (usize, usize)) -> Option<&ApiView<'a>> {
        self.gateways.get(gateway)?.apis.get(api)
    }

    /// The way at a place.
    pub(super) fn way(&self, (gateway, api, way): (usize, usize, usize)) -> Option<&Way<'a>> {
        self.api((gateway, api))?.ways.get(way)
    }

    /// All FLUX deployments.
    pub(super) fn flux(&self) -> impl Iterator<Item = Flux<'a>> {
        self.inventory.accounts.iter().flat_map(flux_of)
    }

    /// Notes that something was left without a judgement, and why.
    pub(super) fn leave(&self, what: impl Into<String>) {
        self.not_judged.borrow_mut().insert(what.into());
    }

    /// Everything that was left without a judgement: what the checks noted, and every gap.
    pub(super) fn not_judged(&self) -> Vec<String> {
        let gaps = self.inventory.gaps.iter();
        let gaps = gaps.map(|gap| format!("{} could not be read: {}", gap.what, gap.why));
        let noted = self.not_judged.borrow();
        gaps.chain(noted.iter().cloned()).collect()
    }
}

/// Which APIs and ways end at each account.
fn leading(gateways: &[GatewayView<'_>]) -> HashMap<*const Account, Leading> {
    let mut found: HashMap<*const Account, Leading> = HashMap::new();
    for (gateway_at, gateway) in gateways.iter().enumerate() {
        for (api_at, api) in gateway.apis.iter().enumerate() {
            let place = (gateway_at, api_at);
            let mut lead = |end: &End<'_>, way: Option<usize>| {
                for account in &end.accounts {
                    let leading = found.entry(std::ptr::from_ref(*account)).or_default();
                    if leading.apis.last() != Some(&place) {
                        leading.apis.push(place);
                    }
                    let way = way.map(|way| (gateway_at, api_at, way));
                    if way.is_some() && leading.ways.last() != way.as_ref() {
                        leading.ways.extend(way);
                    }
                }
            };
            for end in api.ends.iter() {
                lead(end, None);
            }
            for (way_at, way) in api.ways.iter().enumerate() {
                for end in way.ends.iter() {
                    lead(end, Some(way_at));
                }
            }
        }
    }
    found
}

/// The FLUX deployments of an account.
pub(super) fn flux_of(account: &Account) -> impl Iterator<Item = Flux<'_>> {
    let flux = account.deployments.iter().filter(|one| is_flux(&one.model));
    flux.map(move |deployment| Flux {
        account,
        deployment,
        family: deployment.family.as_ref().and_then(by_id),
    })
}

impl Flux<'_> {
    /// As victims are written.
    pub(super) fn name(self) -> String {
        format!("deployment {}/{}", self.account.name, self.deployment.name)
    }

    /// Requests a minute that it allows, where ARM says so.
    pub(super) fn requests_per_minute(self) -> Option<f64> {
        let limits = self.deployment.rate_limits.iter();
        let requests = limits.filter(|one| one.key == "request" && one.renewal_period > 0.0);
        requests
            .map(|one| one.count * 60.0 / one.renewal_period)
            .min_by(f64::total_cmp)
    }

    /// Whether it answers on the publisher's route alone.
    pub(super) fn is_provider_only(self) -> bool {
        self.family.is_some_and(|family| !family.has_generations)
    }

    /// Whether it edits pictures by `images/edits`.
    pub(super) fn has_edits(self) -> bool {
        self.family.is_some_and(|family| family.has_edits)
    }
}

impl<'a> ApiView<'a> {
    fn of(places: &Ways<'_, 'a>, at: usize, unread: &Unread<'_>) -> Option<Self> {
        let (gateway, policies) = (places.gateway, places.policies);
        let api = gateway.apis.get(at)?;
        let is_known = unread.knows_destinations(gateway, api);
        // No operation has this number, so that only the wider scopes speak.
        let everything = Publishes::Everything;
        let own = places.lead((at, api), usize::MAX, None, &Facts::default(), &everything);
        let mut ways = Vec::new();
        for (number, operation) in api.operations.iter().enumerate() {
            let Some(published) = Published::of(&api.path, operation) else {
                continue;
            };
            let facts = facts_of(api, operation, &published);
            let is_known = is_known && unread.knows_operation(gateway, operation);
            let products = policies.products_of(api).map(Some);
            for product in std::iter::once(None).chain(products) {
                let led = places.lead((at, api), number, product, &facts, &published.what);
                ways.push(Way {
                    gateway,
                    api,
                    operation,
                    product,
                    published: published.clone(),
                    is_certain: is_known && led.is_whole,
                    statements: led.statements,
                    facts: facts.clone(),
                    leads: led.leads,
                    ends: led.ends,
                    flux: led.flux,
                });
            }
        }
        Some(ApiView {
            gateway,
            api,
            is_certain: is_known && own.is_whole,
            ends: own.ends,
            ways,
        })
    }

    /// As victims are written.
    pub(super) fn name(&self) -> String {
        format!("api {}/{}", self.gateway.name, self.api.name)
    }

    /// Whether it is made for models: an operation of it draws, or names deployments.
    pub(super) fn is_for_models(&self) -> bool {
        let mut operations = self.api.operations.iter();
        !self.ways.is_empty() || operations.any(|one| one.url_template.contains("deployments/"))
    }
}

/// What is known of a call of an operation before it is made.
fn facts_of(api: &Api, operation: &Operation, published: &Published) -> Facts {
    let template = operation.url_template.split('?').next().unwrap_or_default();
    let path = format!("/{}{template}", api.path);
    let deployment = match &published.what {
        Publishes::Deployment(_, name) => name.clone(),
        _ => None,
    };
    Facts {
        method: Some("POST".to_owned()),
        // With a parameter in it the path is not known.
        path: Some(path).filter(|path| !path.contains(['{', '*'])),
        deployment,
        operation: Some(operation.name.to_string()),
        api: Some(api.name.to_string()),
        ..Facts::default()
    }
}
