//! What a call really runs through: `<base />` resolved over the scopes.

use super::condition::{Facts, Truth, judge};
use super::document::{Document, Item, Section, Statement, Surroundings, Text};
use super::fault::{PolicyFault, Scope};
use crate::model::{Api, Gateway};
use std::collections::BTreeMap;

/// APIM's own policy of a service that sets none: calls are forwarded.
const DEFAULT: &str =
    "<policies><inbound/><backend><forward-request/></backend><outbound/><on-error/></policies>";

/// Every policy of a gateway, read once.
#[derive(Debug, Default)]
pub struct Policies {
    service: Document,
    products: BTreeMap<String, Document>,
    apis: Vec<ApiPolicies>,
}

#[derive(Debug, Default)]
struct ApiPolicies {
    own: Option<Document>,
    /// One for each operation, in order.
    operations: Vec<Option<Document>>,
}

impl Policies {
    /// Reads all policies of a gateway.
    pub fn of(gateway: &Gateway) -> Self {
        let named_values: BTreeMap<String, Option<String>> = gateway
            .named_values
            .iter()
            .map(|one| (one.name.clone(), one.value.clone()))
            .collect();
        let around = Surroundings {
            fragments: &gateway.fragments,
            named_values: &named_values,
        };
        let written = |xml: &Option<String>| xml.clone().filter(|xml| !xml.trim().is_empty());
        let read = |xml: &Option<String>, scope: &dyn Fn() -> Scope| {
            written(xml).map(|xml| Document::read(&xml, &scope(), around))
        };
        let service = written(&gateway.policy).unwrap_or_else(|| DEFAULT.to_owned());
        let products = gateway.products.iter().filter_map(|product| {
            let scope = || Scope::Product(product.name.clone());
            Some((product.name.clone(), read(&product.policy, &scope)?))
        });
        let apis = gateway.apis.iter().map(|api| {
            let operations = api.operations.iter().map(|operation| {
                read(&operation.policy, &|| Scope::Operation {
                    api: api.name.to_string(),
                    operation: operation.name.to_string(),
                })
            });
            ApiPolicies {
                operations: operations.collect(),
                own: read(&api.policy, &|| Scope::Api(api.name.to_string())),
            }
        });
        Policies {
            service: Document::read(&service, &Scope::Service, around),
            products: products.collect(),
            apis: apis.collect(),
        }
    }

    /// Everything that is wrong with any of them, each once.
    pub fn faults(&self) -> Vec<&PolicyFault> {
        let mut found: Vec<&PolicyFault> = Vec::new();
        for fault in self.documents().flat_map(|document| &document.faults) {
            if !found.contains(&fault) {
                found.push(fault);
            }
        }
        found
    }

    /// Every statement of every document, and every element inside one.
    pub fn statements(&self) -> Vec<&Statement> {
        let mut found = Vec::new();
        for items in self
            .documents()
            .flat_map(|document| document.sections.iter().flatten())
        {
            for item in items {
                if let Item::Statement(statement) = item {
                    found.extend(statement.all());
                }
            }
        }
        found
    }

    fn documents(&self) -> impl Iterator<Item = &Document> {
        let apis = self.apis.iter().flat_map(|api| {
            let operations = api.operations.iter().flatten();
            api.own.iter().chain(operations)
        });
        let products = self.products.values();
        std::iter::once(&self.service).chain(products).chain(apis)
    }

    /// What a call of an operation runs through, each by its position in the gateway; with the key of a product where one
    /// is named.
    pub fn effective(&self, api: usize, operation: usize, product: Option<&str>) -> Effective<'_> {
        let of_api = self.apis.get(api);
        let own = of_api.and_then(|api| api.operations.get(operation)?.as_ref());
        let product = product.and_then(|name| self.products.get(name));
        let documents: Vec<&Document> = [own, of_api.and_then(|api| api.own.as_ref()), product]
            .into_iter()
            .flatten()
            .chain([&self.service])
            .collect();
        let is_whole = documents.iter().all(|document| document.is_readable);
        Effective {
            sections: Section::ALL.map(|section| flatten(&documents, section)),
            is_whole,
        }
    }

    /// Products whose policy an API's callers may run through: those that contain it and have a policy.
    pub fn products_of<'a>(&'a self, api: &'a Api) -> impl Iterator<Item = &'a str> {
        let names = api.products.iter().map(String::as_str);
        names.filter(|name| self.products.contains_key(*name))
    }
}

fn flatten<'d>(documents: &[&'d Document], section: Section) -> Vec<&'d Statement> {
    let Some((own, around)) = documents.split_first() else {
        return Vec::new();
    };
    let Some(Some(items)) = own.sections.get(section as usize) else {
        return flatten(around, section);
    };
    let mut statements = Vec::new();
    for item in items {
        match item {
            Item::Base => statements.extend(flatten(around, section)),
            Item::Statement(statement) => statements.push(statement),
        }
    }
    statements
}

/// The ordered statements of each section that a call runs through.
#[derive(Debug, Clone)]
pub struct Effective<'p> {
    sections: [Vec<&'p Statement>; 4],
    /// Whether every document in it could be read.
    pub is_whole: bool,
}

/// A condition that must go one way for a statement to run.
#[derive(Debug, Clone, Copy)]
pub struct Guard<'p> {
    /// The condition of a `when`.
    pub condition: &'p Text,
    /// Whether it must hold; else it must not.
    pub must_hold: bool,
}

/// A statement with the conditions it stands under.
#[derive(Debug, Clone)]
pub struct Guarded<'p> {
    /// Section it runs in.
    pub section: Section,
    /// The statement.
    pub statement: &'p Statement,
    /// Conditions around it, the outermost first.
    pub guards: Vec<Guard<'p>>,
    /// Elements around it that are statements themselves (`retry`, `wait`), the outermost first.
    pub inside: Vec<&'p Statement>,
}

impl Guarded<'_> {
    /// Whether it runs for a call of which `facts` are known.
    pub fn runs(&self, facts: &Facts) -> Truth {
        let truths = self.guards.iter().map(|guard| {
            let truth = judge(guard.condition, facts);
            if guard.must_hold {
                truth
            } else {
                truth.negated()
            }
        });
        truths.fold(Truth::Yes, Truth::and)
    }

    /// The conditions as people read them; empty where there are none.
    pub fn conditions(&self) -> Vec<String> {
        let guards = self.guards.iter();
        let shown = guards.map(|guard| {
            let text = guard.condition.text.split_whitespace();
            let text = text.collect::<Vec<_>>().join(" ");
            if guard.must_hold {
                text
            } else {
                format!("not {text}")
            }
        });
        shown.collect()
    }
}

impl<'p> Effective<'p> {
    /// The statements of a section, as they stand.
    pub fn section(&self, section: Section) -> &[&'p Statement] {
        self.sections
            .get(section as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// Every statement of every section, those inside `choose`, `retry`, `wait` and `limit-concurrency` included.
    pub fn statements(&self) -> Vec<Guarded<'p>> {
        let mut found = Vec::new();
        for section in Section::ALL {
            let mut walk = Walk {
                section,
                guards: Vec::new(),
                inside: Vec::new(),
                found: &mut found,
            };
            for statement in self.section(section) {
                walk.visit(statement);
            }
        }
        found
    }

    /// Every statement of a name.
    pub fn named(&self, name: &str) -> Vec<Guarded<'p>> {
        let all = self.statements().into_iter();
        all.filter(|one| one.statement.name == name).collect()
    }
}

struct Walk<'f, 'p> {
    section: Section,
    guards: Vec<Guard<'p>>,
    inside: Vec<&'p Statement>,
    found: &'f mut Vec<Guarded<'p>>,
}

impl<'p> Walk<'_, 'p> {
    fn visit(&mut self, statement: &'p Statement) {
        if statement.name == "choose" {
            self.choose(statement);
            return;
        }
        self.found.push(Guarded {
            section: self.section,
            statement,
            guards: self.guards.clone(),
            inside: self.inside.clone(),
        });
        if matches!(
            statement.name.as_str(),
            "retry" | "wait" | "limit-concurrency"
        ) {
            self.inside.push(statement);
            for child in &statement.children {
                self.visit(child);
            }
            self.inside.pop();
        }
    }

    fn choose(&mut self, choose: &'p Statement) {
        let outer = self.guards.len();
        for branch in &choose.children {
            let condition = branch.attribute("condition");
            if let Some(condition) = condition {
                self.guards.push(Guard {
                    condition,
                    must_hold: true,
                });
            }
            for child in &branch.children {
                self.visit(child);
            }
            if condition.is_some()
                && let Some(last) = self.guards.last_mut()
            {
                last.must_hold = false;
            }
        }
        self.guards.truncate(outer);
    }
}
