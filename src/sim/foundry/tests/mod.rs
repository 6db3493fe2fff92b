//! The data plane as callers meet it: whole requests through a simulated internet, without sockets.

mod clients;
mod edits;
mod links;
mod lists;
mod order;
mod pictures;
mod talking;
mod throttling;

use super::Foundry;
use crate::sim::{Internet, SimClock, World, entra};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Two accounts in one region, one behind a firewall, and deployments in every state.
const WORLD: &str = "
seed: 3
tenant: { id: 7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10 }
subscriptions: { sub: { name: Sub } }
clients:
  user: { object_id: oid-user, roles: [{ role: Cognitive Services User }] }
  openai-user: { object_id: oid-openai, roles: [{ role: Cognitive Services OpenAI User }] }
  foundry-user: { object_id: oid-foundry, roles: [{ role: Azure AI User }] }
  owner: { object_id: oid-owner, roles: [{ role: Owner }] }
  nobody: { object_id: oid-nobody }
accounts:
  a:
    keys: [key-one, key-two]
    projects: { p: {} }
    deployments:
      flux: { model: FLUX-1.1-pro, format: Black Forest Labs, rate_limits: [{ key: request, count: 6, renewal_period: 60 }] }
      kontext: { model: FLUX.1-Kontext-pro, format: Black Forest Labs }
      flux-2-pro: { model: FLUX.2-pro, format: Black Forest Labs }
      gpt-4o: { model: gpt-4o, version: '2024-08-06' }
      old: { model: gpt-35-turbo-16k }
      o3: { model: o3 }
      embed: { model: text-embedding-3-small }
      paused: { model: FLUX-1.1-pro, format: Black Forest Labs, state: Paused }
      retired: { model: dall-e-3, lifecycle: Deprecated }
      ending: { model: gpt-4o, retires: '2026-01-01T00:00:00Z' }
      creating: { model: FLUX-1.1-pro, format: Black Forest Labs, provisioning_state: Creating }
      broken: { model: gpt-4o, always: [500, '{\"broken\":true}'] }
      black: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: black }
      cut: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: truncated }
      small: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: wrong_size }
      other: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: wrong_container }
      unsigned: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: no_provenance }
      stale: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: stale }
      missing: { model: FLUX-1.1-pro, format: Black Forest Labs, picture: missing }
  closed:
    keys: [key-closed, k2]
    network: { public_disabled: true, private_endpoints: [apim] }
    deployments: { flux: { model: FLUX-1.1-pro, format: Black Forest Labs } }
  fenced:
    keys: [key-fenced, k2]
    network: { allow_only: [198.51.100.0/24] }
    deployments: { flux: { model: FLUX-1.1-pro, format: Black Forest Labs } }
  keyless:
    keys: [key-keyless, k2]
    key_auth: disabled
    flux2_on_images: 400
    deployments: { flux2: { model: FLUX.2-pro, format: Black Forest Labs } }
  linked:
    keys: [key-linked, k2]
    success: url
    deployments: { flux: { model: FLUX-1.1-pro, format: Black Forest Labs } }
";
const GENERATIONS: &str = "https://a.services.ai.azure.com/openai/deployments/flux/images/generations?api-version=2025-04-01-preview";
const FOX: &str = r#"{"prompt":"A red fox in a forest","n":1,"size":"512x512"}"#;

/// A world on a table.
struct Rig {
    internet: Arc<Internet>,
}

/// One request to be sent.
struct Ask<'a> {
    rig: &'a Rig,
    request: Request<Bytes>,
    caller: &'static str,
    gateway: Option<&'static str>,
}

impl Rig {
    fn new() -> Rig {
        let world = Arc::new(World::parse(WORLD).unwrap());
        let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        let foundry = Foundry::new(world.clone());
        Rig {
            internet: Internet::new(world, clock, vec![Box::new(foundry)]),
        }
    }

    fn token(&self, client: &str, audience: &str) -> String {
        entra::issue(
            self.internet.world(),
            client,
            audience,
            self.internet.clock().now(),
        )
    }

    /// A request without any credential.
    fn bare(&self, method: Method, url: &str, body: impl Into<Bytes>) -> Ask<'_> {
        let body: Bytes = body.into();
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .body(body)
            .unwrap();
        Ask {
            rig: self,
            request,
            caller: "203.0.113.10",
            gateway: None,
        }
    }

    /// A POST with the first account's key.
    fn post(&self, url: &str, body: impl Into<Bytes>) -> Ask<'_> {
        self.bare(Method::POST, url, body)
            .with("api-key", "key-one")
    }

    /// A GET with the first account's key.
    fn get(&self, url: &str) -> Ask<'_> {
        self.bare(Method::GET, url, "").with("api-key", "key-one")
    }
}

impl Ask<'_> {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.request
            .headers_mut()
            .insert(name, value.parse().unwrap());
        self
    }

    fn without(mut self, name: &'static str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    async fn send(self) -> Response<Bytes> {
        let mut context = self.rig.internet.context(self.caller);
        context.via_gateway = self.gateway.map(String::from);
        self.rig
            .internet
            .answer(&context, self.request)
            .await
            .unwrap()
    }

    /// Status and body.
    async fn said(self) -> (u16, String) {
        let response = self.send().await;
        (response.status().as_u16(), text(&response))
    }

    /// Status and length of the body, as the recordings are told apart.
    async fn size(self) -> (u16, usize) {
        let (status, body) = self.said().await;
        (status, body.len())
    }
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_else(|_| panic!("{}", text(response)))
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

/// The file in the first entry of an answer.
fn picture(response: &Response<Bytes>) -> Vec<u8> {
    use base64::Engine;
    let body = json(response);
    let text = body["data"][0]["b64_json"]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"));
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

fn at(deployment: &str) -> String {
    GENERATIONS.replace("/flux/", &format!("/{deployment}/"))
}
