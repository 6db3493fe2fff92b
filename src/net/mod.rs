//! The one door to the network: the only room with sockets, clients, clocks and credentials.
//!
//! A caller hands an [`Outgoing`] request to [`Door::send`] and gets a recorded [`Exchange`](crate::model::Exchange)
//! back, whatever happened. The request is recorded before its [`Credential`] goes in, so that no secret is ever part
//! of a record. [`Door`] also implements `azure_core`'s `HttpClient`, so ARM and Entra calls pass here too.

mod aliases;
mod azure;
mod certificate;
mod clock;
mod credential;
mod door;
mod examine;
mod failure;
mod names;
mod phases;
mod proxy;
mod record;
mod renewed;
mod tls;

pub use clock::{Clock, SystemClock, UnderWay};
pub use credential::{Identity, IdentityKind, credential_for};
pub use door::{
    BodySink, Credential, Door, DoorError, DoorSettings, Outgoing, OutgoingBody, Place,
};
pub use names::{NameError, Names, Overrides, SystemNames};
pub use record::recordable_url;
pub use renewed::Renewed;
