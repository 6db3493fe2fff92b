//! A gateway, its client and a stub backend, joined by an internet without sockets.

use crate::sim::apim::{ApimError, ApimGateway};
use crate::sim::trace::Traces;
use crate::sim::world::{Api, Backend, Client, Gateway, GatewaySubscription, Operation, World};
use crate::sim::{Context, Internet, NetFailure, Service, SimClock};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

pub(super) const HOST: &str = "apim-x.azure-api.net";
pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";
pub(super) const CALLER: &str = "198.51.100.7";
pub(super) const IDENTITY: &str = "a2e84f60-91bd-4c57-8d3e-0f6b5c7d1e28";
pub(super) const IMAGES: &str =
    "/inference/openai/deployments/flux/images/generations?api-version=v1";

/// Everything a test needs.
pub(super) struct Rig {
    pub(super) internet: Arc<Internet>,
    pub(super) clock: SimClock,
    pub(super) traces: Arc<Traces>,
    pub(super) world: Arc<World>,
    pub(super) stub: Arc<Stub>,
}

/// A backend that keeps what it was sent and answers what it was told to.
#[derive(Default)]
pub(super) struct Stub {
    pub(super) seen: Mutex<Vec<Seen>>,
    /// Answers in their order; the last one stays.
    pub(super) answers: Mutex<Vec<StubAnswer>>,
}

pub(super) struct Seen {
    pub(super) request: Request<Bytes>,
    pub(super) caller_ip: String,
    pub(super) via_gateway: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct StubAnswer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: &'static str,
    pub(super) takes: Duration,
}

struct Backends(Arc<Stub>);

#[async_trait]
impl Service for Backends {
    fn answers_on(&self, host: &str) -> bool {
        host.ends_with(".cognitiveservices.azure.com")
    }

    fn hosts(&self) -> Vec<String> {
        Vec::new()
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        self.0.seen.lock().unwrap().push(Seen {
            request,
            caller_ip: context.caller_ip.clone(),
            via_gateway: context.via_gateway.clone(),
        });
        let answer = {
            let mut answers = self.0.answers.lock().unwrap();
            match answers.len() {
                0 => StubAnswer {
                    status: 200,
                    body: "{}",
                    ..StubAnswer::default()
                },
                1 => answers[0].clone(),
                _ => answers.remove(0),
            }
        };
        if !answer.takes.is_zero() {
            context.sleep(answer.takes).await;
        }
        let mut response = Response::builder().status(answer.status);
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        Ok(response
            .body(Bytes::from_static(answer.body.as_bytes()))
            .unwrap())
    }
}

/// A world with one gateway `apim-x`: `inference-api` at `inference/openai` with the images operation, backend `b1`.
pub(super) fn world() -> World {
    let mut world = World::default();
    world.tenant.id = "7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10".into();
    let client = |name: &str| Client {
        name: name.into(),
        object_id: format!("oid-{name}"),
        ..Client::default()
    };
    world.clients.insert(IDENTITY.into(), client("apim-x"));
    world.clients.insert("app".into(), client("app"));
    let mut gateway = Gateway {
        identity: Some(IDENTITY.into()),
        ..Gateway::default()
    };
    let mut api = Api {
        path: "inference/openai".into(),
        key_header: "api-key".into(),
        key_query: "api-key".into(),
        policy: inbound(r#"<set-backend-service backend-id="b1" />"#),
        ..Api::default()
    };
    let images = Operation {
        method: "POST".into(),
        url_template: "/deployments/{deployment-id}/images/generations?api-version={api-version}"
            .into(),
        ..Operation::default()
    };
    api.operations
        .insert("ImageGenerations_Create".into(), images);
    gateway.apis.insert("inference-api".into(), api);
    gateway.backends.insert("b1".into(), backend("a"));
    gateway.subscriptions.insert(
        "s1".into(),
        GatewaySubscription {
            primary_key: KEY.into(),
            secondary_key: "second".into(),
            ..GatewaySubscription::default()
        },
    );
    world.gateways.insert("apim-x".into(), gateway);
    world
}

pub(super) fn backend(account: &str) -> Backend {
    Backend {
        url: format!("https://{account}.cognitiveservices.azure.com/openai"),
        ..Backend::default()
    }
}

/// A policy document with `policies` after `<base/>` in inbound.
pub(super) fn inbound(policies: &str) -> String {
    sections(policies, "<base />", "", "")
}

/// A policy document with `policies` in its sections.
pub(super) fn sections(inbound: &str, backend: &str, outbound: &str, on_error: &str) -> String {
    format!(
        "<policies>\n<inbound><base />{inbound}</inbound>\n<backend>{backend}</backend>\n<outbound><base />{outbound}</outbound>\n<on-error><base />{on_error}</on-error>\n</policies>"
    )
}

/// The world whose API runs `policies` in inbound, before it goes to `b1`.
pub(super) fn with_inbound(policies: &str) -> World {
    with_policy(inbound(&format!(
        "{policies}<set-backend-service backend-id=\"b1\" />"
    )))
}

/// The world whose API has the document `policy`.
pub(super) fn with_policy(policy: String) -> World {
    let mut world = world();
    gateway(&mut world)
        .apis
        .get_mut("inference-api")
        .unwrap()
        .policy = policy;
    world
}

pub(super) fn gateway(world: &mut World) -> &mut Gateway {
    world.gateways.get_mut("apim-x").unwrap()
}

/// What loading `world` says is wrong.
pub(super) fn load_error(world: World) -> String {
    let error: ApimError = ApimGateway::new(Arc::new(world), Arc::default())
        .err()
        .expect("the world should not load");
    error.to_string()
}

impl Rig {
    pub(super) fn new(world: World) -> Self {
        let world = Arc::new(world);
        let traces = Arc::new(Traces::default());
        let stub = Arc::new(Stub::default());
        let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let gateway = match ApimGateway::new(world.clone(), traces.clone()) {
            Ok(gateway) => gateway,
            Err(error) => panic!("{error}"),
        };
        let services: Vec<Box<dyn Service>> =
            vec![Box::new(gateway), Box::new(Backends(stub.clone()))];
        Rig {
            internet: Internet::new(world.clone(), clock.clone(), services),
            clock,
            traces,
            world,
            stub,
        }
    }

    pub(super) fn answers(&self, answers: &[StubAnswer]) {
        *self.stub.answers.lock().unwrap() = answers.to_vec();
    }

    pub(super) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.send_from(CALLER, request).await
    }

    pub(super) async fn send_from(&self, ip: &str, request: Request<Bytes>) -> Response<Bytes> {
        let _under_way = self.clock.begin();
        let context = self.internet.context(ip);
        self.internet.answer(&context, request).await.unwrap()
    }

    /// Sends the images request with the key and `headers`.
    pub(super) async fn post(&self, headers: &[(&str, &str)]) -> Response<Bytes> {
        self.send(request("POST", IMAGES, headers)).await
    }

    pub(super) fn calls(&self) -> usize {
        self.stub.seen.lock().unwrap().len()
    }

    /// Looks into the last request that reached the backend.
    pub(super) fn last<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(
            self.stub
                .seen
                .lock()
                .unwrap()
                .last()
                .expect("nothing arrived"),
        )
    }
}

/// A request with the key, `headers` and a small body; an empty value takes a header away.
pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://{HOST}{path}"))
        .header("api-key", KEY)
        .body(Bytes::from_static(
            b"{\"prompt\":\"a fox\",\"model\":\"flux\"}",
        ))
        .unwrap();
    let map = request.headers_mut();
    for (name, value) in headers {
        let name = http::HeaderName::try_from(*name).unwrap();
        map.remove(&name);
        if !value.is_empty() {
            map.insert(name, value.parse().unwrap());
        }
    }
    request
}

pub(super) fn body(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

pub(super) fn header<'r>(response: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

pub(super) fn answer(status: u16, body: &'static str) -> StubAnswer {
    StubAnswer {
        status,
        body,
        ..StubAnswer::default()
    }
}
