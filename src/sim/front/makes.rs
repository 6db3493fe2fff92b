//! What each make answers by itself, and how it marks what it passes on. Sources: nginx's built-in error pages, LiteLLM's
//! proxy error handler, Kong's and Envoy's own error texts, Microsoft Learn for Front Door and Application Gateway.

use crate::sim::internet::NetFailure;
use crate::sim::reply;
use crate::sim::world::Make;
use bytes::Bytes;
use http::Response;
use serde_json::json;

const REFERENCE: &str = "20261128T070000Z-17f8c5d9b6cabcdehC1LON0000000000";

pub(super) fn no_route(make: Make) -> Response<Bytes> {
    match make {
        Make::Nginx => page(make, 404, "404 Not Found"),
        Make::Litellm => reply::json(404, &json!({"detail": "Not Found"})),
        Make::FrontDoor => page(make, 404, "Our services aren't available right now"),
        Make::ApplicationGateway => page(make, 404, "404 Not Found"),
        Make::Envoy => marked(make, reply::raw(404, "text/plain", "")),
        Make::Kong => kong(404, "no Route matched with those values"),
    }
}

pub(super) fn too_large(make: Make) -> Response<Bytes> {
    match make {
        Make::Kong => kong(413, "Request size limit exceeded"),
        Make::Envoy => marked(make, reply::raw(413, "text/plain", "Payload Too Large")),
        _ => page(make, 413, "413 Request Entity Too Large"),
    }
}

pub(super) fn redirect(make: Make, to: &str) -> Response<Bytes> {
    let (status, title) = match make {
        Make::FrontDoor => (307, "307 Temporary Redirect"),
        Make::Envoy => (301, ""),
        _ => (301, "301 Moved Permanently"),
    };
    let mut answer = page(make, status, title);
    reply::set(&mut answer, "location", to);
    answer
}

pub(super) fn key_missing(make: Make) -> Response<Bytes> {
    match make {
        Make::Litellm => litellm(
            401,
            "Authentication Error, No api key passed in.",
            "auth_error",
        ),
        Make::Kong => kong(401, "No API key found in request"),
        _ => page(make, 401, "401 Authorization Required"),
    }
}

pub(super) fn key_unknown(make: Make) -> Response<Bytes> {
    match make {
        Make::Litellm => litellm(
            401,
            "Authentication Error, Invalid proxy server token passed. Unable to find token in cache or `LiteLLM_VerificationTokenTable`",
            "token_not_found_in_db",
        ),
        Make::Kong => kong(401, "Unauthorized"),
        _ => page(make, 403, "403 Forbidden"),
    }
}

pub(super) fn no_model(operation: &str, name: &str) -> Response<Bytes> {
    let route = operation.replace('/', "_");
    litellm(
        400,
        &format!(
            "{route}: Invalid model name passed in model={name}. Call `/v1/models` to view available models for your key."
        ),
        "None",
    )
}

/// LiteLLM gives an error of its provider inside an error of its own.
pub(super) fn wrapped(answer: Response<Bytes>, group: &str) -> Response<Bytes> {
    let status = answer.status().as_u16();
    if status < 400 {
        return marked(Make::Litellm, answer);
    }
    let said = String::from_utf8_lossy(answer.body()).into_owned();
    let class = match status {
        400 => "BadRequestError",
        401 => "AuthenticationError",
        404 => "NotFoundError",
        429 => "RateLimitError",
        _ => "APIError",
    };
    litellm(
        status,
        &format!(
            "litellm.{class}: AzureException {class} - {said}. Received Model Group={group}\nAvailable Model Group Fallbacks=None"
        ),
        "None",
    )
}

pub(super) fn unreachable(make: Make, failure: NetFailure) -> Response<Bytes> {
    let is_slow = failure == NetFailure::Unroutable;
    match (make, is_slow) {
        (Make::Nginx | Make::ApplicationGateway, false) => page(make, 502, "502 Bad Gateway"),
        (Make::Nginx | Make::ApplicationGateway, true) => page(make, 504, "504 Gateway Time-out"),
        (Make::FrontDoor, _) => page(make, 503, "Our services aren't available right now"),
        (Make::Litellm, _) => litellm(
            500,
            "litellm.InternalServerError: AzureException InternalServerError - Connection error.",
            "None",
        ),
        (Make::Envoy, _) => marked(
            make,
            reply::raw(
                503,
                "text/plain",
                "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
            ),
        ),
        (Make::Kong, false) => kong(
            502,
            "An invalid response was received from the upstream server",
        ),
        (Make::Kong, true) => kong(504, "The upstream server is timing out"),
    }
}

/// An answer that came from behind it.
pub(super) fn passed(make: Make, mut answer: Response<Bytes>) -> Response<Bytes> {
    match make {
        Make::Nginx => reply::set(&mut answer, "server", "nginx/1.25.3"),
        Make::FrontDoor => {
            reply::set(&mut answer, "x-azure-ref", REFERENCE);
            reply::set(&mut answer, "x-cache", "CONFIG_NOCACHE");
        }
        Make::ApplicationGateway | Make::Litellm => {}
        Make::Envoy => {
            reply::set(&mut answer, "server", "envoy");
            reply::set(&mut answer, "x-envoy-upstream-service-time", "12");
        }
        Make::Kong => {
            reply::set(&mut answer, "via", "kong/3.4.2");
            reply::set(&mut answer, "x-kong-upstream-latency", "12");
            reply::set(&mut answer, "x-kong-proxy-latency", "1");
        }
    }
    answer
}

fn litellm(status: u16, message: &str, kind: &str) -> Response<Bytes> {
    let body = json!({"error": {"message": message, "type": kind, "param": "None", "code": status.to_string()}});
    marked(Make::Litellm, reply::json(status, &body))
}

fn kong(status: u16, message: &str) -> Response<Bytes> {
    let body = json!({"message": message, "request_id": "75c3ef0a9b2d4e31b7c0a1d2e3f40516"});
    marked(Make::Kong, reply::json(status, &body))
}

fn page(make: Make, status: u16, title: &str) -> Response<Bytes> {
    let signature = match make {
        Make::ApplicationGateway => "Microsoft-Azure-Application-Gateway/v2",
        Make::Nginx => "nginx/1.25.3",
        _ => "",
    };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>{signature}</center>\r\n</body>\r\n</html>\r\n"
    );
    marked(make, reply::raw(status, "text/html", body))
}

fn marked(make: Make, mut answer: Response<Bytes>) -> Response<Bytes> {
    match make {
        Make::Nginx => reply::set(&mut answer, "server", "nginx/1.25.3"),
        Make::Litellm => reply::set(&mut answer, "server", "uvicorn"),
        Make::FrontDoor => reply::set(&mut answer, "x-azure-ref", REFERENCE),
        Make::ApplicationGateway => {
            reply::set(
                &mut answer,
                "server",
                "Microsoft-Azure-Application-Gateway/v2",
            );
        }
        Make::Envoy => reply::set(&mut answer, "server", "istio-envoy"),
        Make::Kong => {
            reply::set(&mut answer, "server", "kong/3.4.2");
            reply::set(&mut answer, "x-kong-response-latency", "1");
        }
    }
    answer
}
