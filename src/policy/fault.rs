//! What can be wrong with a policy document, and where things stand in one.

use std::fmt;

/// Whose policy it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole service.
    Service,
    /// A product, by id.
    Product(String),
    /// An API, by id.
    Api(String),
    /// An operation.
    Operation {
        /// Its API's id.
        api: String,
        /// Its own id.
        operation: String,
    },
    /// A policy fragment, by id.
    Fragment(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Service => f.write_str("policy of the service"),
            Scope::Product(id) => write!(f, "policy of product {id}"),
            Scope::Api(id) => write!(f, "policy of API {id}"),
            Scope::Operation { api, operation } => {
                write!(f, "policy of operation {api}/{operation}")
            }
            Scope::Fragment(id) => write!(f, "policy fragment {id}"),
        }
    }
}

/// A place in a policy, as `policy of API inference-api, line 3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyPlace {
    /// Whose policy.
    pub scope: Scope,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

impl fmt::Display for PolicyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.scope, self.line)
    }
}

/// What is wrong with a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// It is no XML, or not of a policy's form.
    #[error("{place}, column {}: {why}; write it as APIM's policy editor would accept it", place.column)]
    Malformed {
        /// Where.
        place: PolicyPlace,
        /// What the reader said.
        why: String,
    },
    /// It includes a fragment that does not exist.
    #[error("{place}: no policy fragment is called `{id}`; create it, or take the include out")]
    UnknownFragment {
        /// Where.
        place: PolicyPlace,
        /// The name.
        id: String,
    },
    /// A fragment includes itself, directly or through others.
    #[error("{place}: the fragment `{id}` includes itself; take one of the includes out")]
    CyclicFragment {
        /// Where the circle closes.
        place: PolicyPlace,
        /// The fragment.
        id: String,
    },
    /// It names a named value that does not exist.
    #[error("{place}: no named value is called `{name}`; create it, or write the value")]
    UnknownNamedValue {
        /// Where.
        place: PolicyPlace,
        /// The name.
        name: String,
    },
    /// It is deeper or longer than anything that would be read.
    #[error("{place}: the policy goes on beyond what is read; split it")]
    TooLarge {
        /// Where reading stopped.
        place: PolicyPlace,
    },
}

impl PolicyFault {
    /// Where it is.
    pub fn place(&self) -> &PolicyPlace {
        match self {
            PolicyFault::Malformed { place, .. }
            | PolicyFault::UnknownFragment { place, .. }
            | PolicyFault::CyclicFragment { place, .. }
            | PolicyFault::UnknownNamedValue { place, .. }
            | PolicyFault::TooLarge { place } => place,
        }
    }
}
