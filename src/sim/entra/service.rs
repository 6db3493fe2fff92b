//! The service on `login.microsoftonline.com` and its aliases.

use super::errors::EntraError;
use super::{documents, token_endpoint};
use crate::sim::internet::{Context, NetFailure, Service};
use crate::sim::world::World;
use crate::sim::{draw, reply};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};

const HOSTS: &[&str] = &[
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
];

/// Tenants that stand for any.
const ANY_TENANT: &[&str] = &["common", "organizations", "consumers"];

/// Entra's token endpoint and discovery documents.
#[derive(Debug, Default)]
pub struct Entra;

#[async_trait]
impl Service for Entra {
    fn answers_on(&self, host: &str) -> bool {
        HOSTS.contains(&host)
    }

    fn hosts(&self) -> Vec<String> {
        HOSTS.iter().map(|host| (*host).to_owned()).collect()
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let mut response = answer(context, &request);
        let headers = [
            ("cache-control", "no-store, no-cache"),
            ("pragma", "no-cache"),
            ("expires", "-1"),
            (
                "strict-transport-security",
                "max-age=31536000; includeSubDomains",
            ),
            ("x-content-type-options", "nosniff"),
            ("x-ms-ests-server", "2.1.19683.5 - NEULR1 ProdSlices"),
        ];
        for (name, value) in headers {
            reply::set(&mut response, name, value);
        }
        reply::set(&mut response, "x-ms-request-id", &draw::fresh_guid());
        Ok(response)
    }
}

fn answer(context: &Context, request: &Request<Bytes>) -> Response<Bytes> {
    let world = &context.world;
    let path = request.uri().path().trim_start_matches('/');
    let (asked, rest) = path.split_once('/').unwrap_or((path, ""));
    let fails = |error: EntraError| {
        let id = request.headers().get("client-request-id");
        error.answer(context.clock.now(), id.and_then(|id| id.to_str().ok()))
    };
    let tenant = match tenant_of(world, asked) {
        Ok(tenant) => tenant,
        Err(error) => return fails(error),
    };
    match (request.method(), rest) {
        (&Method::POST, "oauth2/v2.0/token" | "oauth2/token") => {
            let form = url::form_urlencoded::parse(request.body())
                .into_owned()
                .collect();
            let is_v2 = rest.contains("v2.0");
            match token_endpoint::answer(world, &form, is_v2, context.clock.now()) {
                Ok(body) => reply::json(200, &body),
                Err(error) => fails(error),
            }
        }
        (&Method::GET, "discovery/instance") => reply::json(
            200,
            &documents::instance(&discovered_tenant(request, asked)),
        ),
        (&Method::GET, "v2.0/.well-known/openid-configuration") => {
            reply::json(200, &documents::openid_configuration(tenant, asked, true))
        }
        (&Method::GET, ".well-known/openid-configuration") => {
            reply::json(200, &documents::openid_configuration(tenant, asked, false))
        }
        (&Method::GET, "discovery/v2.0/keys" | "discovery/keys") => {
            reply::json(200, &documents::keys(world))
        }
        _ => reply::raw(404, "text/html; charset=utf-8", ""),
    }
}

/// The tenant in `authorization_endpoint`, which instance discovery is asked about.
fn discovered_tenant(request: &Request<Bytes>, asked: &str) -> String {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "authorization_endpoint")
        .and_then(|(_, endpoint)| {
            let endpoint = url::Url::parse(&endpoint).ok()?;
            Some(endpoint.path_segments()?.next()?.to_owned())
        })
        .unwrap_or_else(|| asked.to_owned())
}

fn tenant_of<'a>(world: &'a World, asked: &str) -> Result<&'a str, EntraError> {
    if ANY_TENANT.contains(&asked) {
        return Ok("{tenantid}");
    }
    let is_ours = asked.eq_ignore_ascii_case(&world.tenant.id)
        || asked.eq_ignore_ascii_case(&world.tenant.domain);
    if is_ours {
        Ok(&world.tenant.id)
    } else if uuid::Uuid::try_parse(asked).is_ok() || asked.contains('.') {
        Err(EntraError::tenant_not_found(asked))
    } else {
        Err(EntraError::malformed_tenant(asked))
    }
}

#[cfg(test)]
mod tests;
