//! The inventory, indexed once: every way through a gateway with its policy and where it ends.

use super::unread::Unread;
use crate::knowledge::{Family, azure, by_id, is_flux};
use crate::model::{Account, Api, CallKind, Deployment, Gateway, Inventory, Operation};
use crate::policy::{
    Accounts, Effective, Facts, Guarded, Leads, Policies, Reached, destinations, members,
};
use crate::provider::azure::{Published, Publishes};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

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
    pub(super) ends: Vec<End<'a>>,
    /// Whether nothing that decides its ends was unreadable.
    pub(super) is_certain: bool,
    /// Its image operations, once for each product with a policy of its own.
    pub(super) ways: Vec<Way<'a>>,
}

/// An image operation, called with the key of one product or of none.
pub(super) struct Way<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) api: &'a Api,
    pub(super) operation: &'a Operation,
    pub(super) published: Published,
    /// Every statement that its calls may run through.
    pub(super) statements: Vec<Guarded<'a>>,
    pub(super) facts: Facts,
    pub(super) leads: Vec<Leads<'a>>,
    pub(super) ends: Vec<End<'a>>,
    /// Whether nothing that decides its ends was unreadable.
    pub(super) is_certain: bool,
}

/// A backend, with the accounts that answer there.
pub(super) struct End<'a> {
    pub(super) reached: Reached<'a>,
    pub(super) accounts: Vec<&'a Account>,
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
        let gateways = gateways.map(|(gateway, policies)| GatewayView {
            gateway,
            policies,
            apis: (0..gateway.apis.len())
                .filter_map(|at| ApiView::of(gateway, policies, at, &accounts, &unread))
                .collect(),
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
            for end in &api.ends {
                lead(end, None);
            }
            for (way_at, way) in api.ways.iter().enumerate() {
                for end in &way.ends {
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

impl GatewayView<'_> {
    /// Its resource group, or a word to put one in place of.
    pub(super) fn group(&self) -> &str {
        self.gateway
            .resource_group
            .as_deref()
            .unwrap_or("RESOURCE_GROUP")
    }
}

impl<'a> ApiView<'a> {
    fn of(
        gateway: &'a Gateway,
        policies: &'a Policies,
        at: usize,
        accounts: &Accounts<'a>,
        unread: &Unread<'_>,
    ) -> Option<Self> {
        let api = gateway.apis.get(at)?;
        let place = WayPlace {
            gateway,
            policies,
            api,
            at,
            accounts,
        };
        let is_known = unread.knows_destinations(gateway, api);
        // No operation has this number, so that only the wider scopes speak.
        let own = place.leads(usize::MAX, None, &Facts::default());
        let mut ways = Vec::new();
        for (number, operation) in api.operations.iter().enumerate() {
            let Some(published) = Published::of(operation) else {
                continue;
            };
            let facts = facts_of(api, operation, &published);
            let is_known = is_known && unread.knows_operation(gateway, api, operation);
            let products = policies.products_of(api).map(Some);
            for product in std::iter::once(None).chain(products) {
                let led = place.leads(number, product, &facts);
                ways.push(Way {
                    gateway,
                    api,
                    operation,
                    published: published.clone(),
                    is_certain: is_known && led.effective.is_whole,
                    statements: led.effective.statements(),
                    facts: facts.clone(),
                    leads: led.leads,
                    ends: led.ends,
                });
            }
        }
        Some(ApiView {
            gateway,
            api,
            is_certain: is_known && own.effective.is_whole,
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

impl End<'_> {
    /// How people call it: the backend's name, or the URL.
    pub(super) fn name(&self) -> String {
        match self.reached.backend {
            Some(backend) => backend.name.to_string(),
            None => self.reached.url.clone(),
        }
    }
}

impl<'a> Way<'a> {
    /// As victims are written.
    pub(super) fn name(&self) -> String {
        let (gateway, api) = (&self.gateway.name, &self.api.name);
        format!("operation {gateway}/{api}/{}", self.operation.name)
    }

    /// Its statements of a name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Guarded<'a>> {
        let statements = self.statements.iter();
        statements.filter(move |one| one.statement.name == name)
    }

    /// Whether the operation takes this call for a deployment, wherever it then ends.
    pub(super) fn takes(&self, flux: Flux<'_>, call: CallKind) -> bool {
        let is_provider = flux.is_provider_only();
        match &self.published.what {
            Publishes::Deployment(own, name) => {
                let is_named = name
                    .as_deref()
                    .is_none_or(|name| flux.deployment.name == name);
                *own == call && is_named && !is_provider
            }
            Publishes::Provider(segment) => {
                let own = flux.family.map(|family| family.provider_segment.as_str());
                is_provider && segment.as_deref().is_none_or(|one| own == Some(one))
            }
            Publishes::Everything => true,
            Publishes::ModelName(_) => false,
        }
    }

    /// The FLUX deployments that calls of the operation are for: those at its ends that it takes for any call.
    pub(super) fn flux(&self) -> Vec<Flux<'a>> {
        let mut found: Vec<Flux<'a>> = Vec::new();
        for account in self.ends.iter().flat_map(|end| &end.accounts) {
            for flux in flux_of(account) {
                let is_new = !found
                    .iter()
                    .any(|one| std::ptr::eq(one.deployment, flux.deployment));
                let edits = flux.has_edits() && self.takes(flux, CallKind::Edit);
                if is_new && (edits || self.takes(flux, CallKind::Generate)) {
                    found.push(flux);
                }
            }
        }
        found
    }

    /// The FLUX deployments of it as victims are written.
    pub(super) fn victims(&self) -> Vec<String> {
        let flux = self.flux().into_iter();
        std::iter::once(self.name())
            .chain(flux.map(Flux::name))
            .collect()
    }
}

/// Where a call of an operation is looked at.
struct WayPlace<'p, 'a> {
    gateway: &'a Gateway,
    policies: &'a Policies,
    api: &'a Api,
    at: usize,
    accounts: &'p Accounts<'a>,
}

struct Led<'a> {
    effective: Effective<'a>,
    leads: Vec<Leads<'a>>,
    ends: Vec<End<'a>>,
}

impl<'a> WayPlace<'_, 'a> {
    fn leads(&self, operation: usize, product: Option<&str>, facts: &Facts) -> Led<'a> {
        let effective = self.policies.effective(self.at, operation, product);
        let leads = destinations(&effective, self.gateway, self.api, facts);
        let mut ends: Vec<End<'a>> = Vec::new();
        for one in &leads {
            for reached in members(self.gateway, &one.destination) {
                let accounts = self.accounts.at(&reached.url).to_vec();
                ends.push(End { reached, accounts });
            }
        }
        Led {
            effective,
            leads,
            ends,
        }
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
