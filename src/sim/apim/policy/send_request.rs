//! `send-request`: asks another service and keeps its answer in a variable.

use super::super::backends::managed_identity_token;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::{Received, Value};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::super::message::{drop_hop_by_hop, header};
use super::Policy;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Seconds that an answer may take where the policy does not say.
const DEFAULT_TIMEOUT: u64 = 60;

struct SendRequest {
    copies: bool,
    variable: String,
    timeout: Option<Text>,
    ignores_error: bool,
    url: Option<Text>,
    method: Option<Text>,
    headers: Vec<SetHeader>,
    body: Option<Text>,
    /// The resource of a managed identity's token, and the identity's client id.
    identity: Option<(Text, Option<Text>)>,
}

struct SetHeader {
    name: Text,
    action: String,
    values: Vec<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = ["mode", "response-variable-name", "timeout", "ignore-error"];
    let children = [
        "set-url",
        "set-method",
        "set-header",
        "set-body",
        "authentication-managed-identity",
        "authentication-certificate",
        "proxy",
    ];
    element.allow(&attributes, &children)?;
    let mut found = SendRequest {
        copies: element.attribute("mode") == Some("copy"),
        variable: element.required("response-variable-name")?.to_owned(),
        timeout: element.text_attribute("timeout")?,
        ignores_error: element.flag("ignore-error", false)?,
        url: None,
        method: None,
        headers: Vec::new(),
        body: None,
        identity: None,
    };
    for child in &element.children {
        match child.name.as_str() {
            "set-url" => found.url = Some(child.text()?),
            "set-method" => found.method = Some(child.text()?),
            "set-body" => found.body = Some(child.text()?),
            "set-header" => found.headers.push(SetHeader {
                name: child.required_text("name")?,
                action: child
                    .attribute("exists-action")
                    .unwrap_or("override")
                    .to_owned(),
                values: child
                    .children
                    .iter()
                    .filter(|it| it.name == "value")
                    .map(Element::text)
                    .collect::<Result<_, _>>()?,
            }),
            "authentication-managed-identity" => {
                let client_id = child.text_attribute("client-id")?;
                found.identity = Some((child.required_text("resource")?, client_id));
            }
            _ => {}
        }
    }
    if !found.copies && found.url.is_none() {
        return Err(element.misfit("it needs a `<set-url>`".into()));
    }
    Ok(Box::new(found))
}

#[async_trait]
impl Policy for SendRequest {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let received = match self.send(flow).await {
            Ok(received) => Value::Response(Arc::new(received)),
            Err(fault) if self.ignores_error => {
                flow.note("send-request", fault.error.to_json());
                Value::Null
            }
            Err(fault) => return Err(fault),
        };
        flow.variables.insert(self.variable.clone(), received);
        Ok(Next::Continue)
    }
}

impl SendRequest {
    async fn send(&self, flow: &mut Flow<'_>) -> Result<Received, Box<Fault>> {
        let request = self.request(flow)?;
        let seconds = match &self.timeout {
            Some(timeout) => flow.number(timeout)?,
            None => DEFAULT_TIMEOUT,
        };
        let mut context = flow.context.clone();
        context.caller_ip.clone_from(&flow.site.config.outbound_ip);
        context.via_gateway = Some(flow.site.name.clone());
        let host = request.uri().host().unwrap_or_default().to_owned();
        let url = request.uri().to_string();
        flow.note(
            "send-request",
            serde_json::json!({"request": {"method": request.method().as_str(), "url": url}}),
        );
        let answered = tokio::select! {
            answered = context.send(request) => answered,
            () = context.patience(Duration::from_secs(seconds)) => {
                return Err(Fault::new("Timeout", "The operation has timed out."));
            }
        };
        let response = answered.map_err(|_| {
            let message = format!("Error occured while calling '{host}'.");
            Fault::new("BackendConnectionFailure", message)
        })?;
        let (parts, body) = response.into_parts();
        Ok(Received {
            status: parts.status.as_u16(),
            reason: parts
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            headers: parts.headers,
            body: Mutex::new(body),
        })
    }

    fn request(&self, flow: &mut Flow<'_>) -> Result<Request<Bytes>, Box<Fault>> {
        let url = match &self.url {
            Some(url) => flow.text(url)?.trim().to_owned(),
            None => flow.current_url(),
        };
        let uri = Uri::try_from(url.as_str())
            .ok()
            .filter(|uri| uri.host().is_some())
            .ok_or_else(|| {
                Fault::new(
                    "ExpressionValueEvaluationFailure",
                    format!("Invalid URI: '{url}'."),
                )
            })?;
        let (mut method, mut headers, mut body) = if self.copies {
            let mut headers = flow.headers.clone();
            drop_hop_by_hop(&mut headers);
            (flow.method.clone(), headers, flow.body.read(true))
        } else {
            (Method::GET, HeaderMap::new(), Bytes::new())
        };
        if let Some(text) = &self.method {
            let written = flow.text(text)?;
            method = Method::from_bytes(written.trim().to_ascii_uppercase().as_bytes())
                .unwrap_or(method);
        }
        if let Some(text) = &self.body {
            body = Bytes::from(flow.text(text)?);
        }
        if let Some(host) = uri
            .authority()
            .and_then(|it| HeaderValue::try_from(it.as_str()).ok())
        {
            headers.insert(HOST, host);
        }
        for set in &self.headers {
            set.apply(flow, &mut headers)?;
        }
        if let Some((resource, client_id)) = &self.identity {
            let resource = flow.text(resource)?;
            let client_id = match client_id {
                Some(client_id) => Some(flow.text(client_id)?),
                None => None,
            };
            let token = managed_identity_token(flow, client_id.as_deref(), &resource)?;
            let named = header(AUTHORIZATION.as_str(), &format!("Bearer {token}"));
            headers.extend(named.map(|(name, value)| (Some(name), value)));
        }
        if !body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl SetHeader {
    fn apply(&self, flow: &mut Flow<'_>, headers: &mut HeaderMap) -> Result<(), Box<Fault>> {
        let name = flow.text(&self.name)?;
        let mut values = Vec::new();
        for value in &self.values {
            values.push(flow.text(value)?);
        }
        let Ok(key) = HeaderName::try_from(name.as_str()) else {
            return Ok(());
        };
        match self.action.as_str() {
            "skip" if headers.contains_key(&key) => return Ok(()),
            "append" | "skip" => {}
            _ => {
                headers.remove(&key);
            }
        }
        if self.action != "delete" {
            for (name, value) in values.iter().filter_map(|value| header(&name, value)) {
                headers.append(name, value);
            }
        }
        Ok(())
    }
}
