//! Reads policy documents into steps, and lays the scopes over one another.

use super::super::policy::{self, Policy};
use super::element::{Element, Notes};
use crate::sim::world::{DEFAULT_POLICY, Gateway};

/// What a product, an API or an operation does where its policy is empty.
const INHERITED: &str = "<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>";

/// How deep fragments may nest; deeper ones include themselves.
const DEEPEST_FRAGMENT: usize = 8;

/// The scope that a policy is written at, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim::apim) enum Scope {
    Global,
    Product,
    Api,
    Operation,
}

impl Scope {
    /// As `LastError.Scope` writes it.
    pub(in crate::sim::apim) fn name(self) -> &'static str {
        match self {
            Scope::Global => "global",
            Scope::Product => "product",
            Scope::Api => "api",
            Scope::Operation => "operation",
        }
    }
}

/// A section of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim::apim) enum Section {
    Inbound,
    Backend,
    Outbound,
    OnError,
}

impl Section {
    /// All of them, in the order of a request.
    pub(in crate::sim::apim) const ALL: [Section; 4] = [
        Section::Inbound,
        Section::Backend,
        Section::Outbound,
        Section::OnError,
    ];

    /// Its element's name.
    pub(in crate::sim::apim) fn name(self) -> &'static str {
        match self {
            Section::Inbound => "inbound",
            Section::Backend => "backend",
            Section::Outbound => "outbound",
            Section::OnError => "on-error",
        }
    }
}

/// What does not fit in a policy document.
#[derive(Debug, Clone)]
pub(in crate::sim::apim) struct Misfit {
    /// The policy.
    pub(in crate::sim::apim) policy: String,
    /// Line in its document or fragment, from 1.
    pub(in crate::sim::apim) line: u32,
    /// What is wrong with it.
    pub(in crate::sim::apim) message: String,
}

impl Misfit {
    pub(in crate::sim::apim) fn new(policy: &str, line: u32, message: String) -> Self {
        Misfit {
            policy: policy.to_owned(),
            line,
            message,
        }
    }
}

/// One policy in its place.
pub(in crate::sim::apim) struct Step {
    /// The element's name.
    pub(in crate::sim::apim) name: String,
    /// Its `id`, for `LastError.PolicyId`.
    pub(in crate::sim::apim) id: Option<String>,
    /// Where it is written.
    pub(in crate::sim::apim) scope: Scope,
    /// `LastError.Path`: names of the elements around it and its own, e.g. `choose[1]/when[1]/set-header[2]`.
    pub(in crate::sim::apim) path: String,
    /// What it does.
    pub(in crate::sim::apim) policy: Box<dyn Policy>,
}

enum Item {
    Base,
    Step(Step),
}

/// The policy document of one scope.
pub(in crate::sim::apim) struct Document {
    /// `None`: the section is not written, which leaves it to the scope around.
    sections: [Option<Vec<Item>>; 4],
}

/// The steps of `section` with every `<base/>` resolved; `documents` run from the innermost scope out.
pub(in crate::sim::apim) fn flatten<'d>(
    documents: &[&'d Document],
    section: Section,
) -> Vec<&'d Step> {
    let Some((own, around)) = documents.split_first() else {
        return Vec::new();
    };
    let Some(items) = &own.sections[section as usize] else {
        return flatten(around, section);
    };
    let mut steps = Vec::new();
    for item in items {
        match item {
            Item::Base => steps.extend(flatten(around, section)),
            Item::Step(step) => steps.push(step),
        }
    }
    steps
}

/// Reads the documents of one gateway.
pub(in crate::sim::apim) struct Loader<'g> {
    gateway: &'g Gateway,
    /// The scope that is being read.
    scope: Scope,
    /// Whose scope it is: the id of the API, the product or the operation.
    of: String,
    section: Section,
    fragment_depth: usize,
    is_in_draft: bool,
    notes: Notes,
}

impl<'g> Loader<'g> {
    /// A loader over the fragments, backends and named values of `gateway`.
    pub(in crate::sim::apim) fn new(
        gateway: &'g Gateway,
        scope: Scope,
        of: &str,
        notes: &Notes,
    ) -> Self {
        Loader {
            gateway,
            scope,
            of: of.to_owned(),
            section: Section::Inbound,
            fragment_depth: 0,
            is_in_draft: false,
            notes: notes.clone(),
        }
    }

    /// The gateway that is being read.
    pub(in crate::sim::apim) fn gateway(&self) -> &'g Gateway {
        self.gateway
    }

    /// A name for the policy at `path` that no other policy of the gateway has.
    pub(in crate::sim::apim) fn unique_name(&self, path: &str) -> String {
        let (scope, section) = (self.scope.name(), self.section.name());
        format!("{scope} {} {section} {path}", self.of)
    }

    /// The section that is being read.
    pub(in crate::sim::apim) fn section(&self) -> Section {
        self.section
    }

    /// Whether what is read makes the answer of a `return-response`.
    pub(in crate::sim::apim) fn is_in_draft(&self) -> bool {
        self.is_in_draft
    }

    /// Reads what makes the answer of a `return-response`.
    pub(in crate::sim::apim) fn in_draft<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.is_in_draft = true;
        let found = read(self);
        self.is_in_draft = false;
        found
    }

    /// Reads a document; an empty one is the default of its scope.
    pub(in crate::sim::apim) fn document(&mut self, xml: &str) -> Result<Document, Misfit> {
        let xml = match (xml.trim().is_empty(), self.scope) {
            (false, _) => xml,
            (true, Scope::Global) => DEFAULT_POLICY,
            (true, _) => INHERITED,
        };
        let root = Element::parse(xml, &self.gateway.named_values, &self.notes)?;
        if root.name != "policies" {
            return Err(root.misfit("the root must be `<policies>`".into()));
        }
        root.allow(&[], &Section::ALL.map(Section::name))?;
        let mut sections = [const { None }; 4];
        for section in Section::ALL {
            self.section = section;
            let mut written = root.children.iter().filter(|it| it.name == section.name());
            let Some(element) = written.next() else {
                continue;
            };
            if let Some(second) = written.next() {
                return Err(second.misfit("the section is written twice".into()));
            }
            element.allow_attributes_only()?;
            let mut items = Vec::new();
            for (at, child) in element.children.iter().enumerate() {
                if child.name == "base" {
                    child.allow(&[], &[])?;
                    items.push(Item::Base);
                } else {
                    items.push(Item::Step(self.step(child, at, "")?));
                }
            }
            sections[section as usize] = Some(items);
        }
        Ok(Document { sections })
    }

    /// Reads the policies inside `parent`, whose own path is `path`.
    pub(in crate::sim::apim) fn steps(
        &mut self,
        parent: &Element,
        path: &str,
    ) -> Result<Vec<Step>, Misfit> {
        parent
            .children
            .iter()
            .enumerate()
            .map(|(at, child)| self.step(child, at, path))
            .collect()
    }

    /// Reads the policies of the fragment called `id`, which `element` includes.
    pub(in crate::sim::apim) fn fragment(
        &mut self,
        element: &Element,
        id: &str,
        path: &str,
    ) -> Result<Vec<Step>, Misfit> {
        let Some(xml) = self.gateway.fragments.get(id) else {
            return Err(element.misfit(format!("no policy fragment is called `{id}`")));
        };
        if self.fragment_depth == DEEPEST_FRAGMENT {
            return Err(element.misfit(format!("the fragment `{id}` includes itself")));
        }
        self.fragment_depth += 1;
        let in_fragment = |misfit: Misfit| Misfit {
            policy: format!("fragment {id}, {}", misfit.policy),
            ..misfit
        };
        let root =
            Element::parse(xml, &self.gateway.named_values, &self.notes).map_err(in_fragment)?;
        if root.name != "fragment" {
            return Err(in_fragment(
                root.misfit("the root must be `<fragment>`".into()),
            ));
        }
        let steps = self.steps(&root, path).map_err(in_fragment);
        self.fragment_depth -= 1;
        steps
    }

    fn step(&mut self, element: &Element, at: usize, around: &str) -> Result<Step, Misfit> {
        let separator = if around.is_empty() { "" } else { "/" };
        let path = format!("{around}{separator}{}[{}]", element.name, at + 1);
        Ok(Step {
            name: element.name.clone(),
            id: element.attribute("id").map(str::to_owned),
            scope: self.scope,
            policy: policy::parse(element, self, &path)?,
            path,
        })
    }
}
