//! One image operation, with everything its calls run through and where they end.

use super::estate::{Flux, flux_of};
use crate::knowledge::host_form_of;
use crate::model::{Account, Api, CallKind, Gateway, Operation};
use crate::policy::{
    Accounts, Destination, Facts, Guarded, Leads, Policies, Reached, Truth, destinations, members,
};
use crate::provider::azure::{Published, Publishes};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::rc::Rc;

/// An image operation, called with the key of one product or of none.
pub(super) struct Way<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) api: &'a Api,
    pub(super) operation: &'a Operation,
    /// Product whose key is shown, where that product has a policy of its own.
    pub(super) product: Option<&'a str>,
    pub(super) published: Published,
    /// Every statement that its calls may run through.
    pub(super) statements: Vec<Ran<'a>>,
    pub(super) facts: Facts,
    pub(super) leads: Vec<Leads<'a>>,
    pub(super) ends: Rc<Vec<End<'a>>>,
    /// The FLUX deployments that its calls are for: those at its ends that it takes for any call.
    pub(super) flux: Rc<Vec<Flux<'a>>>,
    /// Whether nothing that decides its ends was unreadable.
    pub(super) is_certain: bool,
}

/// A statement, and whether it runs for calls of the operation.
pub(super) struct Ran<'a> {
    guarded: Guarded<'a>,
    pub(super) truth: Truth,
}

impl<'a> Deref for Ran<'a> {
    type Target = Guarded<'a>;

    fn deref(&self) -> &Guarded<'a> {
        &self.guarded
    }
}

/// A backend, with what answers there.
pub(super) struct End<'a> {
    pub(super) reached: Reached<'a>,
    pub(super) accounts: Vec<&'a Account>,
    /// The FLUX deployments of those accounts.
    pub(super) flux: Vec<Flux<'a>>,
    /// Path of its URL, where its host is an account's.
    path: Option<Vec<String>>,
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
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Ran<'a>> {
        let statements = self.statements.iter();
        statements.filter(move |one| one.statement.name == name)
    }

    /// Whether the operation takes this call for a deployment, wherever it then ends.
    pub(super) fn takes(&self, flux: Flux<'_>, call: CallKind) -> bool {
        takes(&self.published.what, flux, call)
    }

    /// Where its calls arrive at accounts, as segments of the path; nothing where an expression rewrites it.
    pub(super) fn arrivals(&self) -> impl Iterator<Item = Arrival<'_, 'a>> {
        let mut template = Some(self.operation.url_template.as_str());
        for one in self.named("rewrite-uri") {
            match (one.truth, one.statement.plain("template")) {
                (Truth::No, _) => {}
                (Truth::Yes, Some(rewritten)) => template = Some(rewritten),
                _ => template = None,
            }
        }
        let template = template.map(|template| Rc::new(segments(template)));
        let ends = self.ends.iter();
        ends.filter_map(move |end| {
            Some(Arrival {
                end,
                base: end.path.as_deref()?,
                template: template.clone()?,
            })
        })
    }
}

/// Where a call arrives.
pub(super) struct Arrival<'w, 'a> {
    pub(super) end: &'w End<'a>,
    base: &'w [String],
    template: Rc<Vec<String>>,
}

impl Arrival<'_, '_> {
    /// Whether a segment of the path, from 0, is `openai`.
    pub(super) fn is_openai(&self, at: usize) -> bool {
        let mut path = self.base.iter().chain(self.template.iter());
        path.nth(at)
            .is_some_and(|one| one.eq_ignore_ascii_case("openai"))
    }

    /// The whole path.
    pub(super) fn shown(&self) -> String {
        let path = self.base.iter().chain(self.template.iter());
        path.fold(String::new(), |path, one| format!("{path}/{one}"))
    }
}

fn segments(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').filter(|one| !one.is_empty());
    segments.map(str::to_owned).collect()
}

fn takes(what: &Publishes, flux: Flux<'_>, call: CallKind) -> bool {
    let is_provider = flux.is_provider_only();
    match what {
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

/// The ways of one gateway, in the making. Most of them end at the same backends, which are looked up once.
pub(super) struct Ways<'p, 'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) policies: &'a Policies,
    pub(super) accounts: &'p Accounts<'a>,
    known: RefCell<HashMap<String, Rc<Known<'a>>>>,
}

struct Known<'a> {
    ends: Rc<Vec<End<'a>>>,
    flux: RefCell<HashMap<String, Rc<Vec<Flux<'a>>>>>,
}

/// Where calls lead, and whether every policy on the way could be read.
pub(super) struct Led<'a> {
    pub(super) statements: Vec<Ran<'a>>,
    pub(super) leads: Vec<Leads<'a>>,
    pub(super) ends: Rc<Vec<End<'a>>>,
    pub(super) flux: Rc<Vec<Flux<'a>>>,
    pub(super) is_whole: bool,
}

impl<'p, 'a> Ways<'p, 'a> {
    pub(super) fn of(
        gateway: &'a Gateway,
        policies: &'a Policies,
        accounts: &'p Accounts<'a>,
    ) -> Self {
        Ways {
            gateway,
            policies,
            accounts,
            known: RefCell::default(),
        }
    }

    /// Where a call leads: API and operation by their positions, with the key of a product where one is named.
    pub(super) fn lead(
        &self,
        (at, api): (usize, &'a Api),
        operation: usize,
        product: Option<&str>,
        facts: &Facts,
        what: &Publishes,
    ) -> Led<'a> {
        let effective = self.policies.effective(at, operation, product);
        let leads = destinations(&effective, self.gateway, api, facts);
        let known = self.known(&leads);
        let mut flux = known.flux.borrow_mut();
        let flux = flux
            .entry(format!("{what:?}"))
            .or_insert_with(|| Rc::new(taken(&known.ends, what)));
        let statements = effective.statements().into_iter().map(|guarded| Ran {
            truth: guarded.runs(facts),
            guarded,
        });
        Led {
            statements: statements.collect(),
            leads,
            ends: Rc::clone(&known.ends),
            flux: Rc::clone(flux),
            is_whole: effective.is_whole,
        }
    }

    fn known(&self, leads: &[Leads<'a>]) -> Rc<Known<'a>> {
        let destinations: Vec<&Destination> = leads.iter().map(|one| &one.destination).collect();
        let mut known = self.known.borrow_mut();
        let entry = known.entry(format!("{destinations:?}"));
        let known = entry.or_insert_with(|| {
            let reached = destinations
                .iter()
                .flat_map(|destination| members(self.gateway, destination));
            let ends = reached.map(|reached| self.end(reached)).collect();
            Rc::new(Known {
                ends: Rc::new(ends),
                flux: RefCell::default(),
            })
        });
        Rc::clone(known)
    }

    fn end(&self, reached: Reached<'a>) -> End<'a> {
        let accounts = self.accounts.at(&reached.url).to_vec();
        let url = url::Url::parse(&reached.url).ok();
        let url = url.filter(|url| host_form_of(url.host_str().unwrap_or_default()).is_account());
        End {
            path: url.map(|url| segments(url.path())),
            flux: accounts.iter().flat_map(|one| flux_of(one)).collect(),
            accounts,
            reached,
        }
    }
}

fn taken<'a>(ends: &[End<'a>], what: &Publishes) -> Vec<Flux<'a>> {
    let mut seen = HashSet::new();
    let all = ends.iter().flat_map(|end| &end.flux).copied();
    let is_taken = |flux: &Flux<'_>| {
        let edits = flux.has_edits() && takes(what, *flux, CallKind::Edit);
        edits || takes(what, *flux, CallKind::Generate)
    };
    all.filter(|flux| is_taken(flux) && seen.insert(std::ptr::from_ref(flux.deployment)))
        .collect()
}
