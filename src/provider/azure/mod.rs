//! Azure: FLUX deployments of a Foundry account, called directly or through an API Management gateway.

mod ai_gateway;
pub mod base;
pub mod body;
pub mod command;
pub mod examine;
pub mod fault;
pub mod mistakes;
pub mod protocol;
pub mod published;
pub mod route;

pub use base::Base;
pub use body::{PictureAsk, describe_body, edit_form, generate_body, provider_body};
pub use command::{KeyPlace, PastedKey};
pub use examine::{check_name, examine};
pub use fault::RouteFault;
pub use mistakes::{Pasted, read_pasted};
pub use protocol::{Azure, route_to};
pub use published::{Published, Publishes};
pub use route::{Place, Route};
