//! What can be wrong with the gateways of a world.

/// Why a world's gateway cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApimError {
    /// A policy document, a fragment or an expression in it.
    #[error(
        "gateway {gateway}, policy of {scope}, line {line}, {policy}: {message}; change that policy in the world file"
    )]
    Policy {
        /// Name of the gateway.
        gateway: String,
        /// `global`, `product ID`, `api ID` or `operation API/ID`.
        scope: String,
        /// The policy's element.
        policy: String,
        /// Line in the document, from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A backend at a host that does not exist in the world.
    #[error(
        "gateway {gateway}, backend {backend}: nobody answers on {host}{hint}; name a host of the world, or say under `hosts:` what is wrong with it, as in `{host}: {{ dns_missing: true }}`"
    )]
    UnknownHost {
        /// Name of the gateway.
        gateway: String,
        /// Id of the backend, or the API whose service URL it is.
        backend: String,
        /// The host.
        host: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// An edge that forwards to a host that does not exist in the world.
    #[error(
        "hosts.{front}.edge.forwards_to: nobody answers on {host}{hint}; name a host of the world"
    )]
    UnknownTarget {
        /// The host of the edge.
        front: String,
        /// Where it forwards to.
        host: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// A private endpoint for a gateway that does not exist.
    #[error(
        "account {account}: private_endpoints names no gateway of this world: `{gateway}`{hint}"
    )]
    UnknownGateway {
        /// Name of the account.
        account: String,
        /// What it names.
        gateway: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// Two gateways answer on one host.
    #[error("gateways {first} and {second} both answer on {host}; give one of them another host")]
    HostTwice {
        /// The host.
        host: String,
        /// The gateway that has it first.
        first: String,
        /// The other.
        second: String,
    },
}

impl ApimError {
    /// The place and what is there, of something that is valid and not simulated.
    pub(super) fn note(&self) -> String {
        match self {
            ApimError::Policy {
                gateway,
                scope,
                policy,
                line,
                message,
            } => format!("gateway {gateway}, policy of {scope}, line {line}, {policy}: {message}"),
            other => other.to_string(),
        }
    }
}
