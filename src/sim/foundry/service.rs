//! The service: one request from the door to the answer.

use super::access;
use super::answer::{Answer, Reached};
use super::arguments::Arguments;
use super::call::{Body, Call};
use super::chat_answer::{self, Head};
use super::hosts::{self, Door, HostForm, RESULTS_HOST};
use super::models::{ChatModel, Model};
use super::orders::Order;
use super::refusals::{self, Throttled};
use super::responses;
use super::results::{Results, stamp};
use super::route::{Operation, Route, Surface};
use super::said::{self, Wanted};
use super::studio::{Recipe, Shape, Studio};
use super::throttle::{Exceeded, Room, Throttle};
use super::{
    api_versions, chat, edits, embeddings, filter, headers, image_api, lists, provider_api, regions,
};
use crate::sim::paint::digest;
use crate::sim::world::{CallFacts, CallFault, PictureFault, SuccessShape};
use crate::sim::{Context, Live, NetFailure, Service};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many looks the pictures of one prompt have, where no seed is asked for: each is painted once.
const LOOKS: u64 = 4;

/// The data planes of all accounts of a world.
pub struct Foundry {
    world: Live,
    throttle: Throttle,
    studio: Studio,
    results: Results,
    responses: responses::Kept,
    /// Calls that came through to each deployment's model, so that each draws anew.
    served: Mutex<HashMap<String, u64>>,
}

impl Foundry {
    /// The data planes of `world`, with nothing asked of them yet. What the world leaves to its seed (keys, rate limits)
    /// must have been drawn: [`World::resolve`](crate::sim::World::resolve).
    pub fn new(world: impl Into<Live>) -> Self {
        Foundry {
            world: world.into(),
            throttle: Throttle::default(),
            studio: Studio::new(),
            results: Results::default(),
            responses: responses::Kept::default(),
            served: Mutex::default(),
        }
    }
}

#[async_trait]
impl Service for Foundry {
    fn answers_on(&self, host: &str) -> bool {
        let world = self.world.now();
        hosts::door(&world, host).is_some() || (host == RESULTS_HOST && hosts::has_results(&world))
    }

    fn hosts(&self) -> Vec<String> {
        hosts::all(&self.world.now())
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = request.uri().host().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        if host == RESULTS_HOST {
            return Ok(self.fetch(context, &request).await);
        }
        let door = hosts::door(&context.world, &host).ok_or(NetFailure::NameNotFound)?;
        let location = match door {
            Door::Account { account, .. } => &account.location,
            Door::Region(region) => region,
        };
        let answer = match self.serve(context, door, &request).await {
            Ok(answer) | Err(answer) => answer,
        };
        let mut response = headers::complete(answer, request.headers(), Some(location));
        if let Door::Account { account, .. } = door
            && account.clock_ahead_seconds != 0
        {
            headers::date(&mut response, account.clock(context.clock.now()));
        }
        Ok(response)
    }
}

impl Foundry {
    /// The steps, in the order of the real service; each refuses by returning early.
    async fn serve(
        &self,
        context: &Context,
        door: Door<'_>,
        request: &Request<Bytes>,
    ) -> Result<Answer, Answer> {
        let form = match door {
            Door::Account { form, .. } => form,
            Door::Region(_) => HostForm::Shared,
        };
        let route = Route::of(request.method(), request.uri().path(), form);
        let owner = access::admit(
            context,
            &context.world,
            door,
            request.headers(),
            route.as_ref(),
        )?;
        let route = route.ok_or_else(refusals::not_found)?;
        let query = |name: &str| query(request, name);
        let api_version = query("api-version");
        api_versions::check(&route, api_version.as_deref(), owner.1)?;
        if headers::are_too_many(request.headers()) {
            return Err(refusals::too_many_headers());
        }
        let has_length = request.headers().contains_key("content-length")
            && !request.headers().contains_key("transfer-encoding");
        if route.surface == Surface::Provider && !has_length {
            return Err(refusals::no_content_length());
        }
        match &route.operation {
            Operation::ListModels => return Ok(lists::models(owner.1)),
            Operation::ListDeployments => return Ok(lists::deployments(owner.1)),
            Operation::ProjectDeployments(project) => {
                return lists::project_deployments(owner.1, project, query);
            }
            Operation::ModelInfo => return lists::model_info(owner.1),
            Operation::Response(id) => {
                let is_last = *request.method() == Method::DELETE;
                return self.responses.find(owner.0, id, is_last);
            }
            _ => {}
        }
        let body = Body::read(&route.operation, request.headers(), request.body());
        let named = match (&route.deployment, &body) {
            (Some(name), _) => name.clone(),
            (None, Ok(body)) => body.model()?.to_owned(),
            (None, Err(answer)) => return Err(answer.clone()),
        };
        let call = Call::find(
            owner,
            &named,
            &route,
            api_version.as_deref().unwrap_or("v1"),
        )?;
        call.check_state(context.clock.now())?;
        if let Some((status, body)) = &call.deployment.always {
            let answer = Answer::new(*status, body.clone()).said_by(Reached::Model);
            return Err(answer.with("x-ms-deployment-name", call.name));
        }
        call.check_operation()?;
        let fault = self.fault(context, &call, request);
        if let Some(canned) = fault.and_then(|fault| fault.answer.as_ref()) {
            let answer = Answer::canned(canned).said_by(Reached::Model);
            return Err(answer.with("x-ms-deployment-name", call.name));
        }
        let rooms = self.take(context, &call, request.body())?;
        let outcome = match body {
            Ok(body) => self.run(context, &call, body, fault).await,
            Err(answer) => Err(answer),
        };
        match outcome {
            Ok(answer) => Ok(signed(answer, &call, &rooms)),
            Err(answer) => Err(signed(answer, &call, &rooms)),
        }
    }

    /// Counts the call against the deployment's limits.
    fn take(&self, context: &Context, call: &Call<'_>, body: &[u8]) -> Result<Vec<Room>, Answer> {
        let tokens = match call.route.operation {
            Operation::Chat | Operation::Responses => chat::estimate(body),
            _ => 0,
        };
        let limits = &call.deployment.rate_limits;
        let now = context.clock.elapsed();
        self.throttle
            .take(&call.key(), limits, tokens, now)
            .map_err(|exceeded| throttled(call, &exceeded))
    }

    /// Checks the body, waits as long as the model takes, and answers.
    async fn run(
        &self,
        context: &Context,
        call: &Call<'_>,
        body: Body<'_>,
        fault: Option<&CallFault>,
    ) -> Result<Answer, Answer> {
        match (call.model, body) {
            (Model::Image(model), body) => {
                let order = match (&call.route.operation, &body) {
                    (Operation::ProviderImage(_), Body::Json(arguments)) => {
                        provider_api::order(model, arguments)?
                    }
                    (_, Body::Json(arguments)) => image_api::order(model, arguments)?,
                    (_, Body::Form(parts)) => edits::order(model, parts)?,
                };
                if filter::judge(&order.prompt).is_some() {
                    return Err(refusals::image_filtered(unix(context.clock.now())));
                }
                drop(body);
                self.draw(context, call, model.agent, order, fault).await
            }
            (Model::Chat(model), Body::Json(arguments)) => {
                self.talk(context, call, model, arguments, fault).await
            }
            (Model::Embeddings(most), Body::Json(arguments)) => {
                let body = embeddings::reply(most, &call.deployment.model, &arguments)?;
                let waited = self.wait(context, call, fault).await;
                Ok(success(body.into(), waited))
            }
            (_, Body::Form(_)) => Err(refusals::unreadable_body()),
        }
    }

    /// Answers as a chat model does: whole or as a stream, in the words of either API.
    async fn talk(
        &self,
        context: &Context,
        call: &Call<'_>,
        model: ChatModel,
        arguments: Arguments,
        fault: Option<&CallFault>,
    ) -> Result<Answer, Answer> {
        let is_response = call.route.operation == Operation::Responses;
        let (conversation, wanted) = if is_response {
            let chat = responses::as_chat(&arguments)?;
            let wanted = Wanted::of_response(&arguments)?;
            (chat::conversation(model, &chat)?, wanted)
        } else {
            (
                chat::conversation(model, &arguments)?,
                Wanted::of_chat(&arguments)?,
            )
        };
        let waited = self.wait(context, call, fault).await;
        let created = unix(context.clock.now());
        let name = format!("{}-{}", call.deployment.model, call.deployment.version);
        let streams = wanted.streams;
        let (kept, account) = (self.responses.clone(), call.account_name.to_owned());
        let job = move || -> Result<Bytes, Answer> {
            let said = said::say(&conversation, &wanted, &name)?;
            let head = Head {
                model: &name,
                created,
            };
            if !is_response {
                return Ok(Bytes::from(chat_answer::body(&said, &wanted, &head)));
            }
            let answer = responses::answer(&said, &arguments, &head);
            if responses::is_kept(&arguments) {
                kept.put(&account, &answer);
            }
            Ok(if wanted.streams {
                Bytes::from(responses::stream(&answer))
            } else {
                Bytes::from(answer.to_string())
            })
        };
        let mut answer = success(self.studio.work(job).await?, waited);
        if streams {
            answer.headers[0].1 = "text/event-stream; charset=utf-8".to_owned();
        }
        Ok(answer)
    }

    /// What this call meets of the deployment's faults.
    fn fault<'c>(
        &self,
        context: &Context,
        call: &Call<'c>,
        request: &Request<Bytes>,
    ) -> Option<&'c CallFault> {
        if call.deployment.faults.is_empty() {
            return None;
        }
        let label = format!("fault {}", call.key());
        let number = self.turn(&label);
        let facts = CallFacts {
            method: request.method().as_str(),
            path: request.uri().path(),
            body: request.body(),
            elapsed: context.clock.elapsed(),
        };
        let mut faults = call.deployment.faults.iter().enumerate();
        faults
            .find(|(at, fault)| {
                let label = format!("{label} {at}");
                fault.only.meets(context.world.seed, &label, number, facts)
            })
            .map(|(_, fault)| fault)
    }

    async fn draw(
        &self,
        context: &Context,
        call: &Call<'_>,
        agent: &'static str,
        order: Order,
        fault: Option<&CallFault>,
    ) -> Result<Answer, Answer> {
        let key = call.key();
        let turn = self.turn(&key);
        let waited = self.wait(context, call, fault).await;
        let now = call.account.clock(context.clock.now());
        let world_seed = context.world.seed.to_le_bytes();
        let own = digest(&[&world_seed, key.as_bytes(), &turn.to_le_bytes()]);
        let serial = order.seed.unwrap_or(own);
        // Calls that follow one another on a deployment look different; a few looks in turn are enough for that.
        let look = digest(&[key.as_bytes()]).wrapping_add(turn) % LOOKS;
        let drawn = digest(&[&world_seed, &look.to_le_bytes()]);
        let seed = order.seed.unwrap_or(drawn);
        let picture = fault
            .and_then(|fault| fault.picture)
            .unwrap_or(call.deployment.picture);
        let recipes: Vec<Recipe> = (0..u64::from(order.pictures))
            .map(|index| Recipe {
                prompt: order.prompt.clone(),
                seed: seed.wrapping_add(index),
                serial: serial.wrapping_add(index),
                size: order.size,
                container: order.container,
                agent,
                when: stamp(now),
                fault: picture,
                input: order.input.clone(),
            })
            .collect();
        let created = unix(now);
        let is_provider = call.route.surface == Surface::Provider;
        let has_pictures = picture != PictureFault::Missing;
        if call.account.success == SuccessShape::Url && !is_provider && has_pictures {
            return Ok(success(self.links(recipes, created, now), waited));
        }
        let shape = match is_provider {
            true => Shape::Provider,
            false => Shape::ImageApi { created },
        };
        Ok(success(self.studio.body(recipes, shape).await?, waited))
    }

    /// The documented form of an answer: links instead of pictures.
    fn links(&self, recipes: Vec<Recipe>, created: u64, now: SystemTime) -> Bytes {
        let data: Vec<serde_json::Value> = recipes
            .into_iter()
            .map(|recipe| {
                let revised_prompt = recipe.prompt.clone();
                let url = self.results.keep(recipe, now);
                serde_json::json!({"url": url, "revised_prompt": revised_prompt})
            })
            .collect();
        let body = serde_json::json!({"created": created, "data": data});
        body.to_string().into()
    }

    /// Answers on the host of the results.
    async fn fetch(&self, context: &Context, request: &Request<Bytes>) -> Response<Bytes> {
        let found = match *request.method() {
            Method::GET | Method::HEAD => self.results.find(request.uri(), context.clock.now()),
            _ => Err(Answer::new(405, Bytes::new())),
        };
        let answer = match found {
            Ok(recipe) => {
                let media_type = recipe.container().media_type();
                self.studio.file(recipe).await.map(|file| {
                    let mut answer = Answer::new(200, file);
                    answer.headers = vec![("content-type", media_type.to_owned())];
                    answer
                })
            }
            Err(answer) => Err(answer),
        };
        let (Ok(answer) | Err(answer)) = answer;
        let mut response = headers::complete(answer, request.headers(), None);
        response.headers_mut().remove("apim-request-id");
        response
    }

    /// Waits as long as the deployment takes, and says how long that was.
    async fn wait(
        &self,
        context: &Context,
        call: &Call<'_>,
        fault: Option<&CallFault>,
    ) -> Duration {
        let label = format!("{} latency", call.key());
        let turn = self.turn(&label);
        let slower = fault.and_then(|fault| fault.latency);
        let latency = slower
            .or(call.deployment.latency)
            .unwrap_or(call.model.latency());
        let wait = latency.pick(context.world.seed, &format!("{label} {turn}"));
        context.sleep(wait).await;
        wait
    }

    fn turn(&self, key: &str) -> u64 {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = served.entry(key.to_owned()).or_default();
        *turn += 1;
        *turn
    }
}

fn success(body: Bytes, waited: Duration) -> Answer {
    Answer::new(200, body)
        .said_by(Reached::Model)
        .with("x-ms-rai-invoked", "true")
        .with(
            "x-envoy-upstream-service-time",
            waited.as_millis().to_string(),
        )
}

/// Adds what the deployment says about itself.
fn signed(answer: Answer, call: &Call<'_>, rooms: &[Room]) -> Answer {
    let mut answer = answer.with("x-ms-deployment-name", call.name);
    for Room {
        unit,
        limit,
        remaining,
    } in rooms
    {
        let [of_limit, of_rest] = match *unit {
            "tokens" => ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"],
            _ => [
                "x-ratelimit-limit-requests",
                "x-ratelimit-remaining-requests",
            ],
        };
        answer = answer
            .with(of_limit, limit.to_string())
            .with(of_rest, remaining.to_string());
    }
    answer
}

fn throttled(call: &Call<'_>, exceeded: &Exceeded) -> Answer {
    let wait = exceeded.wait;
    let seconds = wait.as_millis().div_ceil(1000) as u64;
    let is_token = exceeded.limit.key == "token";
    let answer = if call.route.surface == Surface::Provider {
        let limit = &exceeded.limit;
        refusals::provider_rate_limited(limit.count, limit.renewal_period, seconds)
    } else {
        refusals::rate_limited(&Throttled {
            deployment: call.name,
            model: &call.deployment.model,
            region: regions::display(&call.account.location),
            tier: &call.account.kind,
            operation: call.route.operation.id(),
            api_version: call.api_version,
            what: if is_token { "token" } else { "call" },
            seconds,
        })
    };
    let limit = (exceeded.limit.count as u64).to_string();
    let names = match is_token {
        true => [
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-tokens",
        ],
        false => [
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ],
    };
    answer
        .with("retry-after", seconds.to_string())
        .with("retry-after-ms", wait.as_millis().to_string())
        .with("x-ms-deployment-name", call.name)
        .with(names[0], limit)
        .with(names[1], "0")
        .with(names[2], seconds.to_string())
}

fn query(request: &Request<Bytes>, wanted: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.into_owned())
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
