//! The AI Gateway tier of API Management (public preview): `NAME.REGION.ai.gateway.azure.com`.
//!
//! Paths, key header, routing by the body's `model` and statuses are those of MicrosoftDocs/azure-docs
//! (`ai-gateway-overview.md`, `quickstart-ai-gateway-create.md`, 2026-06). The error bodies are not documented; they
//! are given here in OpenAI's form.

use super::internet::{Context, NetFailure, Service};
use super::reply;
use super::world::{AiGateway, AiGatewayModel, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

const SUFFIX: &str = ".ai.gateway.azure.com";
const KEY_HEADER: &str = "api-key";
/// The provider under which every model is reached.
const SHARED_PROVIDER: &str = "openai";
/// What it calls its backends with.
const BACKEND_VERSION: &str = "2025-04-01-preview";

/// Every AI gateway of a world.
pub struct AiGateways {
    world: Arc<World>,
}

impl AiGateways {
    /// The AI gateways of `world`.
    pub fn new(world: Arc<World>) -> Self {
        AiGateways { world }
    }

    fn find(&self, host: &str) -> Option<&AiGateway> {
        let (name, location) = host.strip_suffix(SUFFIX)?.split_once('.')?;
        let mut gateways = self.world.ai_gateways.iter();
        gateways
            .find(|(own, gateway)| own.eq_ignore_ascii_case(name) && gateway.location == location)
            .map(|(_, gateway)| gateway)
    }
}

#[async_trait]
impl Service for AiGateways {
    fn answers_on(&self, host: &str) -> bool {
        self.find(host).is_some()
    }

    fn hosts(&self) -> Vec<String> {
        let gateways = self.world.ai_gateways.iter();
        gateways
            .map(|(name, gateway)| format!("{name}.{}{SUFFIX}", gateway.location).to_lowercase())
            .collect()
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = request.uri().host().unwrap_or_default();
        let gateway = self
            .find(&host.to_ascii_lowercase())
            .ok_or(NetFailure::NameNotFound)?;
        let key = request.headers().get(KEY_HEADER);
        let key = key.and_then(|value| value.to_str().ok());
        if !key.is_some_and(|key| gateway.keys.iter().any(|own| own == key)) {
            return Ok(refused(401, "Missing or invalid runtime access key."));
        }
        let path = request.uri().path().trim_matches('/');
        let segments: Vec<&str> = path.split('/').collect();
        let ["default", "models", provider, "v1", operation @ ..] = segments.as_slice() else {
            return Ok(refused(404, "Not found."));
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let name = body["model"].as_str().unwrap_or_default();
        let model = gateway.models.get(name);
        let model = model.filter(|model| [SHARED_PROVIDER, &model.provider].contains(provider));
        let Some(model) = model else {
            return Ok(refused(404, &format!("Unknown model '{name}'.")));
        };
        forward(context, model, &operation.join("/"), request).await
    }
}

async fn forward(
    context: &Context,
    model: &AiGatewayModel,
    operation: &str,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, NetFailure> {
    let account = context.world.accounts.get(&model.account);
    let key = account.and_then(|account| account.keys.first().cloned());
    let (mut head, body) = request.into_parts();
    let url = format!(
        "https://{}.cognitiveservices.azure.com/openai/deployments/{}/{operation}?api-version={BACKEND_VERSION}",
        model.account, model.deployment
    );
    head.uri = Uri::try_from(url).map_err(|_| NetFailure::NameNotFound)?;
    super::front::set_header(&mut head.headers, KEY_HEADER, &key.unwrap_or_default());
    let answer = context.send(Request::from_parts(head, body)).await;
    Ok(answer.unwrap_or_else(|_| refused(502, "The model provider could not be reached.")))
}

fn refused(status: u16, message: &str) -> Response<Bytes> {
    reply::json(
        status,
        &json!({"error": {"code": status.to_string(), "message": message}}),
    )
}
