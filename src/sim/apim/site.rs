//! One gateway of a world, read and ready to serve.

use super::backends::Backends;
use super::counters::Counters;
use super::document::{Document, Loader, Misfit, Notes, Scope};
use super::error::ApimError;
use super::kept::Kept;
use super::matching::{Template, below_prefix};
use super::message::Query;
use crate::sim::world::{Api, Gateway, Operation};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A gateway: what the world says of it, its policies, and what it remembers between requests.
pub(super) struct Site {
    pub(super) name: String,
    pub(super) config: Gateway,
    pub(super) apis: Vec<ApiSite>,
    pub(super) backends: Arc<Backends>,
    global: Document,
    products: BTreeMap<String, Document>,
    counters: Arc<Mutex<Counters>>,
    kept: Arc<Mutex<Kept>>,
    /// Requests inside each `limit-concurrency`, by its key.
    inside: Arc<Mutex<HashMap<String, u64>>>,
    /// What its policies hold that is valid and not simulated, each with its place.
    pub(super) notes: Vec<String>,
}

/// An API and its operations.
pub(super) struct ApiSite {
    pub(super) id: String,
    pub(super) config: Api,
    operations: Vec<OperationSite>,
    document: Document,
}

/// An operation.
pub(super) struct OperationSite {
    pub(super) id: String,
    pub(super) config: Operation,
    pub(super) template: Template,
    document: Document,
}

/// Where a request belongs.
#[derive(Clone)]
pub(super) struct Route<'s> {
    pub(super) api: &'s ApiSite,
    /// The path below the API's prefix, as the client wrote it.
    pub(super) below: String,
}

impl Site {
    /// Reads every policy of `config`. What `before` remembers goes on: a change of configuration resets no limit.
    pub(super) fn load(
        name: &str,
        config: &Gateway,
        before: Option<&Site>,
    ) -> Result<Self, ApimError> {
        let mut told: Vec<String> = Vec::new();
        let mut read = |scope: Scope, of: &str, xml: &str| {
            let notes = Notes::default();
            let document = Loader::new(config, scope, of, &notes)
                .document(xml)
                .map_err(|misfit| explain(name, scope, of, misfit))?;
            let found = notes.take().into_iter();
            told.extend(found.map(|note| explain(name, scope, of, note).note()));
            Ok::<_, ApimError>(document)
        };
        let mut products = BTreeMap::new();
        for (id, product) in &config.products {
            products.insert(id.clone(), read(Scope::Product, id, &product.policy)?);
        }
        let mut apis = Vec::new();
        for (id, api) in &config.apis {
            let mut operations = Vec::new();
            for (operation_id, operation) in &api.operations {
                let of = format!("{id}/{operation_id}");
                operations.push(OperationSite {
                    id: operation_id.clone(),
                    config: operation.clone(),
                    template: Template::new(operation),
                    document: read(Scope::Operation, &of, &operation.policy)?,
                });
            }
            apis.push(ApiSite {
                id: id.clone(),
                config: api.clone(),
                operations,
                document: read(Scope::Api, id, &api.policy)?,
            });
        }
        let global = read(Scope::Global, "", &config.policy)?;
        told.dedup();
        Ok(Site {
            name: name.to_owned(),
            apis,
            backends: before.map_or_else(Arc::default, |site| site.backends.clone()),
            global,
            products,
            counters: before.map_or_else(Arc::default, |site| site.counters.clone()),
            kept: before.map_or_else(Arc::default, |site| site.kept.clone()),
            inside: before.map_or_else(Arc::default, |site| site.inside.clone()),
            notes: told,
            config: config.clone(),
        })
    }

    /// Hosts that this gateway answers on, in lower case.
    pub(super) fn hosts(&self) -> impl Iterator<Item = String> {
        let own = format!("{}.azure-api.net", self.name);
        std::iter::once(own)
            .chain(self.config.custom_hosts.iter().cloned())
            .map(|host| host.to_ascii_lowercase())
    }

    /// The API with the longest prefix of `path`.
    pub(super) fn find_api(&self, path: &str) -> Option<Route<'_>> {
        self.apis
            .iter()
            .filter_map(|api| Some((api, below_prefix(&api.config.path, path)?)))
            .max_by_key(|(api, _)| api.config.path.trim_matches('/').len())
            .map(|(api, below)| Route {
                api,
                below: below.to_owned(),
            })
    }

    /// The documents that apply, from the innermost scope out.
    pub(super) fn documents<'s>(
        &'s self,
        api: Option<&'s ApiSite>,
        operation: Option<&'s OperationSite>,
        product: Option<&str>,
    ) -> Vec<&'s Document> {
        let mut documents = Vec::with_capacity(4);
        documents.extend(operation.map(|operation| &operation.document));
        documents.extend(api.map(|api| &api.document));
        documents.extend(product.and_then(|product| self.products.get(product)));
        documents.push(&self.global);
        documents
    }

    /// What its limits have counted.
    pub(super) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What its cache keeps.
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests inside each `limit-concurrency`.
    pub(super) fn inside(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApiSite {
    /// The closest operation for `method` and what lies below the prefix, with its parameters.
    pub(super) fn find_operation(
        &self,
        method: &str,
        below: &str,
        query: &Query,
    ) -> Option<(&OperationSite, Vec<(String, String)>)> {
        self.operations
            .iter()
            .filter_map(|it| Some((it, it.template.fit(method, below, query)?)))
            .max_by_key(|(it, _)| it.template.closeness())
    }
}

fn explain(gateway: &str, scope: Scope, of: &str, misfit: Misfit) -> ApimError {
    let separator = if of.is_empty() { "" } else { " " };
    ApimError::Policy {
        gateway: gateway.to_owned(),
        scope: format!("{}{separator}{of}", scope.name()),
        policy: misfit.policy,
        line: misfit.line,
        message: misfit.message,
    }
}
