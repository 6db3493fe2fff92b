//! Azure as a provider: which targets it serves, and the request for an ask.

use super::body::{PictureAsk, describe_body, edit_form, generate_body, provider_body};
use super::{Base, Place, Route};
use crate::knowledge::{Family, api_versions, by_id, family_of};
use crate::model::{CallKind, DeploymentName, Leg, Model, RouteStyle, Size, Target};
use crate::provider::{Ask, Body, Provider, Request, RequestFault, VersionAsk};
use url::Url;

/// FLUX on Azure AI Foundry.
#[derive(Debug, Clone, Copy)]
pub struct Azure;

impl Provider for Azure {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn serves(&self, target: &Target) -> bool {
        target.gateway.is_some() || target.direct.is_some()
    }

    fn request(&self, target: &Target, ask: &Ask<'_>) -> Result<Request, RequestFault> {
        let route = route_to(target, ask)?;
        Ok(Request {
            method: "POST",
            url: rewritten_url(target, ask).unwrap_or_else(|| route.url()),
            body: body_for(target, ask, route.style())?,
        })
    }
}

/// The path of the gateway's own for an ask that leaves the route to the target.
fn rewritten_url(target: &Target, ask: &Ask<'_>) -> Option<Url> {
    let leg = target.gateway.as_ref()?;
    let is_own = ask.style.is_none()
        && ask.deployment.is_none()
        && ask.leg.unwrap_or(target.default_leg()) == Leg::Gateway;
    let path = leg
        .rewritten
        .iter()
        .find(|path| is_own && path.call == ask.kind)?;
    let mut url = Url::parse(&path.url).ok()?;
    let version = match ask.api_version {
        VersionAsk::Usual => return Some(url),
        VersionAsk::Without => None,
        VersionAsk::Exactly(version) => Some(version),
    };
    url.set_query(None);
    if let Some(version) = version {
        url.query_pairs_mut().append_pair("api-version", version);
    }
    Some(url)
}

/// The route that `ask` takes on `target`: the target's own way, style and api-version where the ask names none.
pub fn route_to(target: &Target, ask: &Ask<'_>) -> Result<Route, RequestFault> {
    let family = family_called(target, ask);
    let native = family.map_or(RouteStyle::Deployment, Family::native_style);
    let style = ask.style.unwrap_or(match ask.kind {
        CallKind::Describe => RouteStyle::Deployment,
        CallKind::Generate | CallKind::Edit => native,
    });
    let leg = ask.leg.unwrap_or(target.default_leg());
    let (base, usual) = base_of(target, leg, native)?;
    let (deployment, _) = called(target, ask)?;
    let place = match style {
        RouteStyle::Deployment => Place::Deployment {
            deployment,
            call: ask.kind,
        },
        RouteStyle::ModelName => Place::ModelName { call: ask.kind },
        RouteStyle::Provider => Place::Provider {
            segment: family
                .filter(|_| ask.kind != CallKind::Describe)
                .ok_or_else(|| RequestFault::NoProviderRoute(deployment.to_string()))?
                .provider_segment
                .clone(),
        },
    };
    let api_version = match ask.api_version {
        VersionAsk::Usual => Some(api_versions().for_call(ask.kind, style, usual)),
        VersionAsk::Without => None,
        VersionAsk::Exactly(version) => Some(version),
    };
    Ok(Route::new(base, place, api_version))
}

fn body_for(target: &Target, ask: &Ask<'_>, style: RouteStyle) -> Result<Body, RequestFault> {
    let family = family_called(target, ask);
    let picture = PictureAsk {
        prompt: ask.prompt,
        n: ask.n,
        size: ask
            .size
            .or(family.map(|f| f.default_size))
            .unwrap_or(USUAL_SIZE),
    };
    let (deployment, model) = called(target, ask)?;
    let name = match (style, ask.deployment) {
        (RouteStyle::ModelName, Some(name)) => Some(name),
        (RouteStyle::ModelName, None) => Some(model.name.as_str()),
        (RouteStyle::Deployment | RouteStyle::Provider, _) => None,
    };
    let input = || ask.picture.ok_or(RequestFault::NoPicture);
    Ok(match (ask.kind, style) {
        (CallKind::Generate, RouteStyle::Provider) => {
            Body::Json(provider_body(&deployment, picture, None))
        }
        (CallKind::Edit, RouteStyle::Provider) => {
            Body::Json(provider_body(&deployment, picture, Some(input()?)))
        }
        (CallKind::Generate, _) => Body::Json(generate_body(family, picture, name)),
        (CallKind::Edit, _) => Body::Form(edit_form(picture, input()?, name)),
        (CallKind::Describe, _) => Body::Json(describe_body(
            model,
            ask.prompt,
            input()?,
            ask.max_tokens,
            name,
        )),
    })
}

/// Size for a model of no known family; every image operation takes it.
const USUAL_SIZE: Size = Size {
    width: 1024,
    height: 1024,
};

fn family(target: &Target) -> Option<&'static Family> {
    match &target.family {
        Some(id) => by_id(id),
        None => family_of(&target.model),
    }
}

/// The family of the deployment that answers: the target's own, or that of a deployment beside it that the ask names.
fn family_called(target: &Target, ask: &Ask<'_>) -> Option<&'static Family> {
    let peer = target
        .peers
        .iter()
        .find(|peer| ask.deployment == Some(peer.deployment.as_str()));
    match peer {
        Some(peer) => peer
            .family
            .as_ref()
            .and_then(by_id)
            .or_else(|| family_of(&peer.model)),
        None => family(target),
    }
}

/// The deployment that answers, and its model: the target's own, or for a description its seeing neighbour.
fn called<'a>(
    target: &'a Target,
    ask: &Ask<'_>,
) -> Result<(DeploymentName, &'a Model), RequestFault> {
    let named = ask.deployment.map(DeploymentName::from);
    if ask.kind != CallKind::Describe {
        let own = named.unwrap_or_else(|| target.deployment.clone());
        return Ok((own, &target.model));
    }
    match (&target.vision, named) {
        (Some(peer), named) => Ok((
            named.unwrap_or_else(|| peer.deployment.clone()),
            &peer.model,
        )),
        (None, Some(named)) => Ok((named, &target.model)),
        (None, None) => Err(RequestFault::NoVision(target.account.to_string())),
    }
}

fn base_of(target: &Target, leg: Leg, native: RouteStyle) -> Result<(Base, &str), RequestFault> {
    let missing = || RequestFault::NoLeg {
        deployment: target.deployment.to_string(),
        leg,
    };
    Ok(match leg {
        Leg::Gateway => {
            let leg = target.gateway.as_ref().ok_or_else(missing)?;
            (Base::published(&leg.base_url, native)?, &leg.api_version)
        }
        Leg::Direct => {
            let leg = target.direct.as_ref().ok_or_else(missing)?;
            (Base::account(&leg.endpoint)?, &leg.api_version)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DirectLeg, GatewayLeg, Peer};
    use crate::provider::build;

    fn target(model: &str) -> Target {
        let model = Model {
            format: "Black Forest Labs".into(),
            name: model.into(),
            version: "1".into(),
        };
        Target {
            account: "a".into(),
            deployment: "my-flux".into(),
            family: family_of(&model).map(|family| family.id.clone()),
            model,
            gateway: Some(GatewayLeg {
                base_url: "https://g.azure-api.net/inference/openai".into(),
                api_version: "2024-08-01-preview".into(),
                ..GatewayLeg::default()
            }),
            direct: Some(DirectLeg {
                endpoint: "https://a.cognitiveservices.azure.com/".into(),
                api_version: "2025-04-01-preview".into(),
                ..DirectLeg::default()
            }),
            vision: Some(Peer {
                deployment: "eyes".into(),
                model: Model {
                    format: "OpenAI".into(),
                    name: "gpt-4o".into(),
                    version: String::new(),
                },
                ..Peer::default()
            }),
            ..Target::default()
        }
    }

    fn url(model: &str, ask: &Ask<'_>) -> String {
        build(&target(model), ask).unwrap().url.into()
    }

    #[test]
    fn each_ask_takes_the_targets_own_way() {
        let picture = b"\x89PNG\r\n\x1a\n";
        assert_eq!(
            url("FLUX-1.1-pro", &Ask::generate("p")),
            "https://g.azure-api.net/inference/openai/deployments/my-flux/images/generations?api-version=2024-08-01-preview"
        );
        assert_eq!(
            url("FLUX.1-Kontext-pro", &Ask::edit("p", picture)),
            "https://g.azure-api.net/inference/openai/deployments/my-flux/images/edits?api-version=2025-04-01-preview"
        );
        assert_eq!(
            url("FLUX-1.1-pro", &Ask::describe("p", picture)),
            "https://g.azure-api.net/inference/openai/deployments/eyes/chat/completions?api-version=2024-08-01-preview"
        );
        let direct = Ask {
            leg: Some(Leg::Direct),
            ..Ask::generate("p")
        };
        assert_eq!(
            url("FLUX.2-pro", &direct),
            "https://a.cognitiveservices.azure.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview"
        );
    }

    #[test]
    fn an_ask_overrides_style_deployment_and_version() {
        let ask = Ask {
            style: Some(RouteStyle::ModelName),
            deployment: Some("dall-e-3"),
            api_version: VersionAsk::Without,
            ..Ask::generate("p")
        };
        let request = build(&target("FLUX-1.1-pro"), &ask).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://g.azure-api.net/inference/openai/images/generations"
        );
        let Body::Json(body) = request.body else {
            panic!("json")
        };
        assert_eq!(body["model"], "dall-e-3");
        let provider = Ask {
            style: Some(RouteStyle::Provider),
            ..Ask::generate("p")
        };
        assert_eq!(
            url("FLUX-1.1-pro", &provider),
            "https://g.azure-api.net/inference/providers/blackforestlabs/v1/flux-pro-1.1?api-version=preview"
        );
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        let mut lone = target("FLUX-1.1-pro");
        lone.vision = None;
        lone.direct = None;
        let fault = |ask: &Ask<'_>| build(&lone, ask).unwrap_err().to_string();
        assert!(fault(&Ask::describe("p", b"x")).starts_with("account `a` has no chat deployment"));
        let direct = Ask {
            leg: Some(Leg::Direct),
            ..Ask::generate("p")
        };
        assert!(fault(&direct).starts_with("`my-flux` has no direct way"));
        let edit = Ask {
            picture: None,
            ..Ask::edit("p", b"x")
        };
        assert_eq!(build(&lone, &edit).unwrap_err(), RequestFault::NoPicture);
        lone.gateway = None;
        assert!(matches!(
            build(&lone, &Ask::generate("p")),
            Err(RequestFault::NoProvider(_))
        ));
    }
}
