//! Managed identity: the metadata service of a machine, and the identity endpoint of App Service (azure.md 7.3).

use super::entra::{self, TOKEN_LIFE};
use super::internet::{Context, NetFailure, Service};
use super::world::{Client, World};
use super::{draw, reply};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use std::collections::HashMap;
use std::time::UNIX_EPOCH;

/// Address of the instance metadata service.
pub const METADATA_HOST: &str = "169.254.169.254";

/// Address of the App Service identity endpoint; its URL is `http://169.254.129.1:8081/msi/token`.
pub const APP_SERVICE_HOST: &str = "169.254.129.1";

/// Both managed identity endpoints.
#[derive(Debug, Default)]
pub struct ManagedIdentity;

#[async_trait]
impl Service for ManagedIdentity {
    fn answers_on(&self, host: &str) -> bool {
        host == METADATA_HOST || host == APP_SERVICE_HOST
    }

    fn hosts(&self) -> Vec<String> {
        vec![METADATA_HOST.to_owned(), APP_SERVICE_HOST.to_owned()]
    }

    fn is_plain_http(&self) -> bool {
        true
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        Ok(answer(context, &request))
    }
}

/// What `IDENTITY_HEADER` must be for the App Service endpoint of `world`.
pub fn identity_header(world: &World) -> String {
    draw::guid(world.seed, "identity header").to_uppercase()
}

fn answer(context: &Context, request: &Request<Bytes>) -> Response<Bytes> {
    let is_metadata = request.uri().host() == Some(METADATA_HOST);
    let path = request.uri().path().trim_end_matches('/');
    let header = |name| {
        let value = request.headers().get(name)?;
        value.to_str().ok()
    };
    if is_metadata {
        if path != "/metadata/identity/oauth2/token" {
            return reply::raw(404, "text/html", "");
        }
        if !header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return invalid(400, "Required metadata header not specified");
        }
    } else {
        if path != "/msi/token" {
            return reply::raw(404, "text/html", "");
        }
        if header("x-identity-header") != Some(identity_header(&context.world).as_str()) {
            return invalid(401, "The X-IDENTITY-HEADER header is missing or wrong");
        }
    }
    let query = request.uri().query().unwrap_or_default();
    let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    if !query.contains_key("api-version") {
        return invalid(400, "Required query variable 'api-version' is missing");
    }
    let Some(resource) = query.get("resource") else {
        return invalid(400, "Required query variable 'resource' is missing");
    };
    match identity_of(&context.world, &query) {
        Ok((id, _)) => token(context, id, resource, is_metadata),
        Err(message) => invalid(400, message),
    }
}

fn token(context: &Context, client_id: &str, resource: &str, is_metadata: bool) -> Response<Bytes> {
    let now = context.clock.now();
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let mut body = json!({
        "access_token": entra::issue(&context.world, client_id, resource, now),
        "client_id": client_id,
        "expires_on": (seconds + TOKEN_LIFE.as_secs()).to_string(),
        "resource": resource,
        "token_type": "Bearer",
    });
    if is_metadata {
        let life = (TOKEN_LIFE.as_secs() - 1).to_string();
        body["expires_in"] = json!(life);
        body["ext_expires_in"] = json!(life);
        body["not_before"] = json!(seconds.to_string());
    }
    reply::json(200, &body)
}

/// The identity that is meant. Identities of gateways are not assigned to this machine.
fn identity_of<'a>(
    world: &'a World,
    query: &HashMap<String, String>,
) -> Result<(&'a String, &'a Client), &'static str> {
    let is_gateways = |id: &str| {
        world
            .gateways
            .values()
            .any(|gateway| gateway.identity.as_deref() == Some(id))
    };
    let is_meant = |id: &str, client: &Client| {
        let named = |key: &str| query.get(key);
        let client_id = named("client_id").is_none_or(|named| named.eq_ignore_ascii_case(id));
        let object_id = named("object_id")
            .or_else(|| named("principal_id"))
            .is_none_or(|named| named.eq_ignore_ascii_case(&client.object_id));
        let resource_id = named("msi_res_id")
            .or_else(|| named("mi_res_id"))
            .is_none_or(|named| named.rsplit('/').next() == Some(client.name.as_str()));
        client_id && object_id && resource_id
    };
    let mut assigned = world
        .clients
        .iter()
        .filter(|(id, client)| client.managed_identity && !is_gateways(id) && is_meant(id, client));
    match (assigned.next(), assigned.next()) {
        (None, _) => Err("Identity not found"),
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => Err(
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the \
             token request",
        ),
    }
}

fn invalid(status: u16, message: &str) -> Response<Bytes> {
    let body = json!({"error": "invalid_request", "error_description": message});
    reply::json(status, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Internet, SimClock};
    use serde_json::Value;
    use std::sync::Arc;
    use std::time::Duration;

    const TOKEN: &str = "http://169.254.169.254/metadata/identity/oauth2/token\
                         ?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com";

    async fn ask(identities: &str, uri: &str, header: (&str, &str)) -> (u16, Value) {
        let world = World::parse(&format!("clients: {identities}")).unwrap();
        let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        let internet = Internet::new(Arc::new(world), clock, vec![Box::new(ManagedIdentity)]);
        let request = Request::get(uri).header(header.0, header.1);
        let context = internet.context("10.0.0.4");
        let response = internet
            .answer(&context, request.body(Bytes::new()).unwrap())
            .await
            .unwrap();
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), body)
    }

    const ONE: &str = "{ a: { managed_identity: true }, app: { secret: s } }";
    const TWO: &str = "{ a: { managed_identity: true }, b: { managed_identity: true } }";

    #[tokio::test]
    async fn the_metadata_service_gives_times_as_strings() {
        let (status, body) = ask(ONE, TOKEN, ("Metadata", "true")).await;
        assert_eq!(status, 200);
        assert_eq!(body["client_id"], "a");
        assert_eq!(body["expires_on"], "1700003600");
        assert_eq!(body["token_type"], "Bearer");
    }

    #[tokio::test]
    async fn the_header_and_an_identity_are_needed() {
        let (status, body) = ask(ONE, TOKEN, ("Accept", "*/*")).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
        let (status, body) = ask("{ app: { secret: s } }", TOKEN, ("Metadata", "true")).await;
        assert_eq!(status, 400);
        assert_eq!(body["error_description"], "Identity not found");
    }

    #[tokio::test]
    async fn one_of_several_identities_must_be_named() {
        let (status, _) = ask(TWO, TOKEN, ("Metadata", "true")).await;
        assert_eq!(status, 400);
        let (status, body) = ask(TWO, &format!("{TOKEN}&client_id=b"), ("Metadata", "true")).await;
        assert_eq!((status, &body["client_id"]), (200, &json!("b")));
    }

    #[tokio::test]
    async fn app_service_wants_its_own_header() {
        let uri = "http://169.254.129.1:8081/msi/token?api-version=2019-08-01&resource=r";
        let header = identity_header(&World::default());
        let (status, body) = ask(ONE, uri, ("X-IDENTITY-HEADER", &header)).await;
        assert_eq!((status, &body["resource"]), (200, &json!("r")));
        assert_eq!(body.get("not_before"), None);
        let (status, _) = ask(ONE, uri, ("X-IDENTITY-HEADER", "guess")).await;
        assert_eq!(status, 401);
    }
}
