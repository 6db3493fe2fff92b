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
