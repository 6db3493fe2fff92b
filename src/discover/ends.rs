//! Where calls of an operation end, and why that is not known where it is not.

use crate::knowledge::{HostForm, host_form_of};
use crate::model::{Account, Api, Gateway, Operation};
use crate::policy::{
    Accounts, Destination, Effective, Facts, Policies, backend_named, destinations, members,
};

/// An operation with what it runs through.
pub(super) struct At<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) api: &'a Api,
    policies: &'a Policies,
    api_at: usize,
    operation_at: usize,
}

/// Where calls of an operation end.
#[derive(Debug, Default)]
pub(super) struct Ends<'a> {
    /// Accounts that it can forward to, with the key of any product, the preferred first, each once.
    pub(super) accounts: Vec<&'a Account>,
    /// Ends of which nobody knows what answers there.
    pub(super) unknown: Vec<Unknown>,
    /// Whether the URL of a backend among them ends in `/openai`, so that callers leave it out.
    pub(super) is_below_openai: bool,
}

/// An end that is no account that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Why it is not known, as the end of a sentence.
    pub(super) why: String,
    /// Whether its host is one that only accounts have.
    pub(super) is_azures: bool,
}

impl<'a> At<'a> {
    /// `operation` need not be one of the API's: one that is not published runs through the policies of its API alone.
    pub(super) fn of(
        gateway: &'a Gateway,
        policies: &'a Policies,
        api_at: usize,
        api: &'a Api,
        operation: &Operation,
    ) -> Self {
        let mut published = api.operations.iter();
        let operation_at = published.position(|one| one.name == operation.name);
        At {
            gateway,
            api,
            policies,
            api_at,
            operation_at: operation_at.unwrap_or(usize::MAX),
        }
    }

    /// Follows the policies of every product.
    pub(super) fn ends<'b>(&self, accounts: &Accounts<'b>) -> Ends<'b> {
        let mut ends = Ends::default();
        let products = self.policies.products_of(self.api).map(Some);
        for product in std::iter::once(None).chain(products) {
            let effective = self
                .policies
                .effective(self.api_at, self.operation_at, product);
            self.follow(&effective, accounts, &mut ends);
        }
        ends
    }

    fn follow<'b>(&self, effective: &Effective<'_>, accounts: &Accounts<'b>, ends: &mut Ends<'b>) {
        let leads = destinations(effective, self.gateway, self.api, &Facts::default());
        if !effective.is_whole {
            ends.leave("a policy on the way cannot be read whole", false);
        }
        if leads.is_empty() {
            ends.leave("nothing that was read names a backend for it", false);
        }
        for one in leads {
            self.arrive(&one.destination, accounts, ends);
        }
    }

    fn arrive<'b>(&self, to: &Destination, accounts: &Accounts<'b>, ends: &mut Ends<'b>) {
        let members = members(self.gateway, to);
        if members.is_empty() {
            let why = match to {
                Destination::Backend(name) if backend_named(self.gateway, name).is_none() => {
                    format!("its backend `{name}` was not found")
                }
                Destination::Backend(name) => format!("its backend `{name}` has no member"),
                Destination::Any => "an expression decides its backend".to_owned(),
                Destination::Url(url) => format!("`{url}` leads nowhere"),
            };
            ends.leave(&why, false);
        }
        for member in members {
            let url = member.url.trim_end_matches('/').to_ascii_lowercase();
            ends.is_below_openai |= url.ends_with("/openai");
            let known = accounts.at(&member.url);
            for account in known {
                if !ends.accounts.iter().any(|one| std::ptr::eq(*one, *account)) {
                    ends.accounts.push(account);
                }
            }
            if known.is_empty() {
                let host = url::Url::parse(&member.url)
                    .ok()
                    .and_then(|url| url.host_str().map(str::to_owned));
                let is_azures = host
                    .as_deref()
                    .is_some_and(|host| HostForm::is_account(host_form_of(host)));
                let host = host.unwrap_or(member.url);
                let why = format!("its backend `{host}` is no account that was read");
                ends.leave(&why, is_azures);
            }
        }
    }
}

impl Ends<'_> {
    fn leave(&mut self, why: &str, is_azures: bool) {
        if self.unknown.iter().all(|one| one.why != why) {
            self.unknown.push(Unknown {
                why: why.to_owned(),
                is_azures,
            });
        }
    }
}
