//! Answers that the gateway words itself, byte for byte (azure.md 3.3), and their reason phrases.

use super::message::Answer;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};

/// No API for the path, or no operation for method and template.
pub(super) const NOT_FOUND: &str = "Resource not found";
/// No subscription key.
pub(super) const KEY_MISSING: &str = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.";
/// A key that opens nothing here.
pub(super) const KEY_INVALID: &str = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
/// `ip-filter`.
pub(super) const FORBIDDEN: &str = "Forbidden";
/// `validate-jwt` without a token.
pub(super) const JWT_MISSING: &str = "JWT not present.";
/// `validate-jwt` with a token it refuses, where the policy words nothing. Unverified.
pub(super) const JWT_INVALID: &str = "Invalid JWT.";
/// `validate-azure-ad-token` without a token.
pub(super) const AAD_JWT_MISSING: &str = "Azure AD JWT not present";
/// `validate-azure-ad-token` with a token it refuses.
pub(super) const AAD_JWT_INVALID: &str = "Invalid Azure AD JWT";
/// No member of the pool, or not the one backend, lets calls through. Unverified.
pub(super) const UNAVAILABLE: &str = "Service Unavailable";

/// Reason phrases that differ from the usual ones. Unverified.
const REASON_NOT_FOUND: &str = "Resource Not Found";
const REASON_ACCESS_DENIED: &str = "Access Denied";

/// `{ "statusCode": N, "message": "..." }`.
pub(super) fn built_in(status: u16, message: &str) -> Answer {
    let message = serde_json::Value::from(message);
    json(
        status,
        format!("{{ \"statusCode\": {status}, \"message\": {message} }}"),
    )
}

/// The 404 of no API or no operation.
pub(super) fn not_found() -> Answer {
    Answer {
        reason: Some(REASON_NOT_FOUND.into()),
        ..built_in(404, NOT_FOUND)
    }
}

/// The 401 of the key check; `realm` is the API's URL at the host that the client called.
pub(super) fn access_denied(message: &str, realm: &str, key_header: &str) -> Answer {
    let mut answer = Answer {
        reason: Some(REASON_ACCESS_DENIED.into()),
        ..built_in(401, message)
    };
    let challenge =
        format!("AzureApiManagementKey realm=\"{realm}\",name=\"{key_header}\",type=\"header\"");
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        answer.headers.insert(WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// The 500 of a fault that nobody words: a policy that threw, a backend that cannot be reached.
pub(super) fn internal_error(activity_id: &str) -> Answer {
    json(
        500,
        format!(
            "{{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"{activity_id}\" }}"
        ),
    )
}

/// The 503 of a breaker; the reason phrase says what is closed, as policies test for it.
pub(super) fn unavailable(reason: String) -> Answer {
    Answer {
        reason: Some(reason),
        ..built_in(503, UNAVAILABLE)
    }
}

/// The 429 of a limit that frees in `seconds`; `header` is where the seconds also stand.
pub(super) fn too_many(what: &str, seconds: u64, header: Option<&str>) -> Answer {
    let mut answer = built_in(
        429,
        &format!("{what} limit is exceeded. Try again in {seconds} seconds."),
    );
    let name = header.and_then(|name| http::HeaderName::try_from(name).ok());
    answer
        .headers
        .insert(name.unwrap_or(RETRY_AFTER), HeaderValue::from(seconds));
    answer
}

fn json(status: u16, body: String) -> Answer {
    let mut answer = Answer::empty(status);
    answer
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.body = Bytes::from(body);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_their_recorded_lengths() {
        let length = |answer: Answer| answer.body.len();
        assert_eq!(length(not_found()), 54);
        assert_eq!(length(access_denied(KEY_MISSING, "r", "n")), 152);
        assert_eq!(length(access_denied(KEY_INVALID, "r", "n")), 143);
        assert_eq!(length(built_in(403, FORBIDDEN)), 45);
        assert_eq!(length(built_in(401, JWT_MISSING)), 52);
        assert_eq!(length(built_in(401, AAD_JWT_MISSING)), 60);
        assert_eq!(length(too_many("Rate", 57, None)), 84);
        let id = "87aeb87f-192c-424c-84d1-32d5bbfec437";
        assert_eq!(length(internal_error(id)), 111);
    }
}
