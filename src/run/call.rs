//! From a step to a request: URL and body by the provider's protocol, overrides merged in, the credential chosen.

use super::blocks::Way;
use super::body::{encoded, raw};
use super::case::CaseState;
use super::credentials::credential;
use super::step::StepRunner;
use crate::expr::Context;
use crate::model::{CallKind, CredentialUse, DeploymentName, Leg, SizeError, Target};
use crate::net::{Credential, Outgoing, OutgoingBody};
use crate::provider::{self, Ask, Body, FormPart, VersionAsk};
use crate::scenario::{Action, Http, Probe, Step};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;

/// A request ready to go.
pub(super) struct Prepared {
    pub(super) outgoing: Outgoing,
    /// What it goes by, where it counts against the deployment.
    pub(super) way: Option<Way>,
    /// Whether it takes the target's own route and credential.
    pub(super) is_on_route: bool,
    /// Pictures it is expected to buy.
    pub(super) images: u32,
    /// Whether pictures in the answer were drawn for it.
    pub(super) makes_pictures: bool,
    /// Whether it is made so that the model service refuses it.
    pub(super) is_refusal_intended: bool,
}

/// Why there is no request.
pub(super) enum Refusal {
    /// It does not apply here.
    Skip(String),
    /// It should, and there is no key or token for it.
    NoCredential(String),
    /// It should, and cannot be made.
    Error(String),
}

impl From<crate::expr::ExprError> for Refusal {
    fn from(error: crate::expr::ExprError) -> Self {
        Refusal::Error(error.to_string())
    }
}

/// What an action asks the deployment for, where it calls it.
pub(super) fn kind_of(action: &Action) -> Option<CallKind> {
    match action {
        Action::Generate(_) => Some(CallKind::Generate),
        Action::Edit(_) => Some(CallKind::Edit),
        Action::Probe(probe) if probe.is_edit => Some(CallKind::Edit),
        Action::Probe(_) => Some(CallKind::Generate),
        Action::Describe(_) | Action::Http(_) => None,
    }
}

/// Makes the request of one attempt.
pub(super) async fn prepare(
    runner: &StepRunner<'_>,
    state: &CaseState,
    context: &Context,
) -> Result<Prepared, Refusal> {
    let step = runner.step;
    let called = match &step.how.deployment {
        Some(template) => Some(runner.shared.engine.render(template, context)?),
        None => None,
    };
    let target = &runner.case.target;
    let leg = step.how.via.unwrap_or_else(|| leg_of(target, &step.action));
    let draft = match &step.action {
        Action::Http(http) => http_draft(runner, http, leg, context)?,
        action => call_draft(runner, state, action, leg, called.as_deref(), context)?,
    };
    let credential = credential(runner, leg).await?;
    let how = &step.how;
    let kind = kind_of(&step.action);
    let is_own_way = how.route.is_none() && how.via.is_none() && how.deployment.is_none();
    let timeout = runner
        .shared
        .options
        .max_timeout
        .map_or(step.timeout, |most| most.min(step.timeout));
    Ok(Prepared {
        outgoing: outgoing(draft, credential, headers(runner, context)?, timeout, leg),
        way: kind.map(|kind| Way {
            account: target.account.clone(),
            deployment: called.map_or_else(|| target.deployment.clone(), DeploymentName::from),
            leg,
            kind,
        }),
        is_on_route: kind.is_some()
            && is_own_way
            && how.credential == CredentialUse::Default
            && how.api_version.is_none()
            && how.headers.is_empty(),
        images: step.images(),
        makes_pictures: !matches!(step.action, Action::Describe(_)),
        is_refusal_intended: is_refusal_intended(step),
    })
}

/// The way of an action that names none: that of the target, or the one that leads to the deployment that looks at pictures.
pub(super) fn leg_of(target: &Target, action: &Action) -> Leg {
    let vision = target
        .vision_via
        .filter(|_| matches!(action, Action::Describe(_)));
    vision.unwrap_or_else(|| target.default_leg())
}

/// Whether a step sends what the model service must refuse, so that the call is non-billable: a probe lacks its prompt or
/// holds a bad value, and a generation that is free holds a prompt for the content filter.
fn is_refusal_intended(step: &Step) -> bool {
    match step.action {
        Action::Probe(_) => true,
        Action::Generate(_) | Action::Edit(_) => step.images() == 0,
        Action::Describe(_) | Action::Http(_) => false,
    }
}

/// Method, URL and body, before credential and headers.
struct Draft {
    method: String,
    url: Url,
    body: OutgoingBody,
}

fn call_draft(
    runner: &StepRunner<'_>,
    state: &CaseState,
    action: &Action,
    leg: Leg,
    deployment: Option<&str>,
    context: &Context,
) -> Result<Draft, Refusal> {
    let how = &runner.step.how;
    let engine = &runner.shared.engine;
    let render = |template: &Option<String>| {
        template
            .as_ref()
            .map(|text| engine.render(text, context))
            .transpose()
    };
    let version = match &how.api_version {
        None => None,
        Some(template) => Some(render(template)?),
    };
    let picture = match action {
        Action::Edit(edit) => Some(captured(state, engine, &edit.image, context)?),
        Action::Describe(describe) => Some(captured(state, engine, &describe.image, context)?),
        Action::Probe(probe) if probe.is_edit => Some(sample()?),
        _ => None,
    };
    let (kind, prompt, n, size, max_tokens) = match action {
        Action::Generate(generate) => {
            let prompt = engine.render(&generate.prompt, context)?;
            (
                CallKind::Generate,
                prompt,
                generate.n.max(1),
                render(&generate.size)?,
                0,
            )
        }
        Action::Edit(edit) => {
            let prompt = engine.render(&edit.prompt, context)?;
            (
                CallKind::Edit,
                prompt,
                edit.n.max(1),
                render(&edit.size)?,
                0,
            )
        }
        Action::Describe(describe) => (
            CallKind::Describe,
            engine.render(&describe.prompt, context)?,
            1,
            None,
            describe.max_tokens,
        ),
        Action::Probe(probe) if probe.is_edit => (CallKind::Edit, String::new(), 1, None, 0),
        Action::Probe(_) | Action::Http(_) => (CallKind::Generate, String::new(), 1, None, 0),
    };
    let ask = Ask {
        kind,
        style: how.route,
        leg: Some(leg),
        deployment,
        api_version: match &version {
            None => VersionAsk::Usual,
            Some(None) => VersionAsk::Without,
            Some(Some(version)) => VersionAsk::Exactly(version),
        },
        prompt: &prompt,
        n,
        size: size
            .map(|size| size.parse())
            .transpose()
            .map_err(|error: SizeError| Refusal::Error(error.to_string()))?,
        picture: picture.as_deref(),
        max_tokens,
    };
    let request = provider::build(&runner.case.target, &ask).map_err(|fault| match fault {
        provider::RequestFault::NoVision(_) | provider::RequestFault::NoLeg { .. } => {
            Refusal::Skip(fault.to_string())
        }
        fault => Refusal::Error(fault.to_string()),
    })?;
    let body = match action {
        Action::Probe(Probe {
            text: Some(text), ..
        }) => raw(engine.render(text, context)?),
        _ => encoded(&overridden(runner, action, request.body, context)?),
    };
    Ok(Draft {
        method: request.method.to_owned(),
        url: request.url,
        body,
    })
}

/// The provider's body with the scenario's own members merged in.
fn overridden(
    runner: &StepRunner<'_>,
    action: &Action,
    body: Body,
    context: &Context,
) -> Result<Body, Refusal> {
    let engine = &runner.shared.engine;
    let mut members = Map::new();
    match action {
        Action::Generate(generate) => {
            for (name, template) in [
                ("quality", &generate.quality),
                ("output_format", &generate.output_format),
            ] {
                if let Some(template) = template {
                    members.insert(
                        name.to_owned(),
                        Value::String(engine.render(template, context)?),
                    );
                }
            }
            if let Some(seed) = generate.seed {
                members.insert("seed".to_owned(), seed.into());
            }
        }
        Action::Probe(probe) if !probe.is_edit => {
            let json = probe
                .json
                .clone()
                .unwrap_or_else(|| Value::Object(Map::new()));
            return Ok(Body::Json(with_model(
                engine.render_value(&json, context)?,
                &body,
            )));
        }
        _ => {}
    }
    for (name, value) in &runner.step.how.body {
        members.insert(name.clone(), engine.render_value(value, context)?);
    }
    Ok(match body {
        Body::Json(mut json) => {
            if let Some(object) = json.as_object_mut() {
                for (name, value) in members {
                    if value.is_null() {
                        object.shift_remove(&name);
                    } else {
                        object.insert(name, value);
                    }
                }
            }
            Body::Json(json)
        }
        Body::Form(mut parts) => {
            for (name, value) in members {
                parts.retain(|part| part.name != name);
                match value {
                    Value::Null => {}
                    Value::String(text) => parts.push(FormPart::text(&name, text)),
                    other => parts.push(FormPart::text(&name, other.to_string())),
                }
            }
            Body::Form(parts)
        }
    })
}

/// What a probe sends, with the deployment that the publisher's own route reads from the body: without it the service looks
/// no further, and says nothing of the rest.
fn with_model(mut json: Value, usual: &Body) -> Value {
    let model = match usual {
        Body::Json(usual) if usual.get("width").is_some() => usual.get("model"),
        Body::Json(_) | Body::Form(_) => None,
    };
    if let (Some(members), Some(model)) = (json.as_object_mut(), model)
        && !members.contains_key("model")
    {
        members.insert("model".to_owned(), model.clone());
    }
    json
}

fn http_draft(
    runner: &StepRunner<'_>,
    http: &Http,
    leg: Leg,
    context: &Context,
) -> Result<Draft, Refusal> {
    let engine = &runner.shared.engine;
    let url = engine.render(&http.url, context)?;
    let url = if url.starts_with('/') {
        format!("{}{url}", base_of(&runner.case.target, leg)?)
    } else {
        url
    };
    let url = Url::parse(&url).map_err(|error| {
        Refusal::Error(format!(
            "{url:?} is no URL ({error}): give a whole one, or a path that begins with /"
        ))
    })?;
    let body = match (&http.json, &http.text) {
        (Some(json), _) => encoded(&Body::Json(engine.render_value(json, context)?)),
        (None, Some(text)) => raw(engine.render(text, context)?),
        (None, None) => OutgoingBody::default(),
    };
    Ok(Draft {
        method: http.method.clone(),
        url,
        body,
    })
}

/// Where paths of `http` steps begin: the API's own URL, or the account's `/openai`.
fn base_of(target: &Target, leg: Leg) -> Result<String, Refusal> {
    match (leg, &target.gateway, &target.direct) {
        (Leg::Gateway, Some(leg), _) => Ok(leg.base_url.trim_end_matches('/').to_owned()),
        (Leg::Direct, _, Some(leg)) => Ok(format!("{}/openai", leg.endpoint.trim_end_matches('/'))),
        _ => Err(Refusal::Skip(format!(
            "{} has no {leg} way",
            target.deployment
        ))),
    }
}

fn headers(
    runner: &StepRunner<'_>,
    context: &Context,
) -> Result<Vec<(String, Option<String>)>, Refusal> {
    let engine = &runner.shared.engine;
    let rendered = runner.step.how.headers.iter().map(|(name, template)| {
        let value = template
            .as_ref()
            .map(|text| engine.render(text, context))
            .transpose()?;
        Ok((name.clone(), value))
    });
    rendered.collect()
}

fn outgoing(
    draft: Draft,
    credential: Option<Credential>,
    headers: Vec<(String, Option<String>)>,
    timeout: Duration,
    leg: Leg,
) -> Outgoing {
    let mut body = draft.body;
    let mut set = Vec::new();
    for (name, value) in headers {
        let is_content_type = name.eq_ignore_ascii_case("content-type");
        match value {
            Some(value) => set.push((name, value)),
            None if is_content_type => body.content_type = None,
            None => {}
        }
    }
    let method = http::Method::from_bytes(draft.method.as_bytes()).unwrap_or(http::Method::POST);
    Outgoing {
        method,
        url: draft.url,
        headers: set,
        body,
        credential,
        trace_token: None,
        timeout,
        leg: Some(leg),
    }
}

/// The file of a captured picture.
fn captured(
    state: &CaseState,
    engine: &crate::expr::Engine,
    expression: &str,
    context: &Context,
) -> Result<Bytes, Refusal> {
    let missing = || {
        Refusal::Skip(format!(
            "needs the picture {expression}, which no step before gave"
        ))
    };
    let value = engine.eval(expression, context).map_err(|_| missing())?;
    if value.as_str() == Some("sample") {
        return sample();
    }
    let digest = value
        .get("sha256")
        .and_then(Value::as_str)
        .ok_or_else(missing)?;
    state.files.get(digest).cloned().ok_or_else(missing)
}

/// A small picture of our own, where the scenario has none at hand.
fn sample() -> Result<Bytes, Refusal> {
    crate::image::sample()
        .map(Bytes::from)
        .map_err(|error| Refusal::Error(error.to_string()))
}
