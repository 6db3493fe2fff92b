//! What the data plane says when it refuses, to the byte (azure.md 5). Spaces differ on purpose: each text keeps the
//! spelling of the part of the service that writes it.

use super::answer::{Answer, Reached, quoted};

/// The front end's form: a space after `"message":`.
fn front_end(status: u16, code: &str, message: &str) -> Answer {
    let message = quoted(message);
    Answer::new(
        status,
        format!(r#"{{"error":{{"code":"{code}","message": {message}}}}}"#),
    )
}

/// The form of the services behind it: no space at all.
fn compact(status: u16, code: &str, message: &str) -> Answer {
    let message = quoted(message);
    Answer::new(
        status,
        format!(r#"{{"error":{{"code":"{code}","message":{message}}}}}"#),
    )
}

pub(super) fn key_invalid() -> Answer {
    compact(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
    )
}

/// No token, or none for `audience`; it wears APIM's envelope, as the service runs behind an APIM of its own.
pub(super) fn token_invalid(audience: &str) -> Answer {
    Answer::new(
        401,
        format!(
            r#"{{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect ({audience}), or have expired." }}"#
        ),
    )
}

/// The principal has some role on the account, but none with the data action of `path` (a template).
pub(super) fn action_denied(principal: &str, action: &str, path: &str) -> Answer {
    compact(
        401,
        "PermissionDenied",
        &format!(
            "The principal `{principal}` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/{action}/action` to perform `POST {path}` operation."
        ),
    )
}

/// The principal has no role on the account at all, or the operation has no data action that is known.
pub(super) fn access_denied() -> Answer {
    front_end(
        401,
        "PermissionDenied",
        "Principal does not have access to API/Operation.",
    )
}

pub(super) fn key_auth_disabled() -> Answer {
    front_end(
        403,
        "AuthenticationTypeDisabled",
        "Key based authentication is disabled for this resource.",
    )
}

pub(super) fn public_access_disabled() -> Answer {
    denied_traffic(front_end(
        403,
        "403",
        "Public access is disabled. Please configure private endpoint.",
    ))
}

pub(super) fn firewall() -> Answer {
    denied_traffic(front_end(
        403,
        "403",
        "Access denied due to Virtual Network/Firewall rules.",
    ))
}

fn denied_traffic(answer: Answer) -> Answer {
    answer.with("policy-id", "ThrowExceptionDueToTrafficDenied")
}

/// A regional host does not serve an account that restricts its network.
pub(super) fn regional_host_closed() -> Answer {
    denied_traffic(Answer::new(
        403,
        r#"{"code":"403","message":"A Virtual Network is configured for this resource. Please use the correct endpoint for making requests. Check https://aka.ms/cogsvc-vnet for more details."}"#,
    ))
}

/// A token on a regional host.
pub(super) fn subdomain_required() -> Answer {
    front_end(
        400,
        "BadRequest",
        "Please provide a custom subdomain for token authentication, otherwise API key is required.",
    )
}

/// No such path, or no such api-version of it.
pub(super) fn not_found() -> Answer {
    front_end(404, "404", "Resource not found")
}

pub(super) fn api_version_not_supported() -> Answer {
    compact(400, "BadRequest", "API version not supported")
}

/// The body is not recorded; the status is.
pub(super) fn too_many_headers() -> Answer {
    compact(431, "431", "Request Header Fields Too Large")
}

/// The code is recorded, the sentence is not.
pub(super) fn no_content_length() -> Answer {
    compact(
        400,
        "no_content_length_header",
        "The request must have a Content-Length header.",
    )
}

pub(super) fn deployment_not_found() -> Answer {
    Answer::new(
        404,
        r#"{"error":{"code":"DeploymentNotFound", "message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}"#,
    )
    .said_by(Reached::Router)
}

/// The body is not recorded; the status is.
pub(super) fn deployment_paused(deployment: &str) -> Answer {
    compact(
        423,
        "DeploymentPaused",
        &format!("The deployment {deployment} is paused. Please resume it and try again."),
    )
    .said_by(Reached::Router)
}

/// The body is not recorded; the status is.
pub(super) fn model_retired(model: &str) -> Answer {
    compact(
        410,
        "ModelDeprecated",
        &format!("The model {model} has been retired and can no longer be used for inference."),
    )
    .said_by(Reached::Router)
}

/// `operation` is the service's own word for it, e.g. `imageGenerations`.
pub(super) fn operation_not_supported(operation: &str, model: &str) -> Answer {
    compact(
        400,
        "OperationNotSupported",
        &format!(
            "The {operation} operation does not work with the specified model, {model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."
        ),
    )
    .said_by(Reached::Router)
}

/// What a throttled call was.
pub(super) struct Throttled<'a> {
    pub(super) deployment: &'a str,
    pub(super) model: &'a str,
    pub(super) region: &'a str,
    pub(super) tier: &'a str,
    pub(super) operation: &'a str,
    pub(super) api_version: &'a str,
    /// `call` or `token`.
    pub(super) what: &'a str,
    pub(super) seconds: u64,
}

pub(super) fn rate_limited(call: &Throttled<'_>) -> Answer {
    let Throttled {
        deployment,
        model,
        region,
        tier,
        operation,
        ..
    } = call;
    let Throttled {
        api_version,
        what,
        seconds,
        ..
    } = call;
    front_end(
        429,
        "RateLimitReached",
        &format!(
            "Your requests to {deployment} for {model} in {region} have exceeded the {what} rate limit for your current {tier} S0 pricing tier. This request was for {operation} under Azure OpenAI API version {api_version}. Please retry after {seconds} seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."
        ),
    )
    .said_by(Reached::Router)
}

/// The form of the provider routes.
pub(super) fn provider_rate_limited(count: f64, period: f64, seconds: u64) -> Answer {
    let message = quoted(&format!(
        "Rate limit of {count} per {period}s exceeded for UserByModelByMinute. Please wait {seconds} seconds before retrying."
    ));
    Answer::new(
        429,
        format!(
            r#"{{"error":{{"code":"RateLimitReached","message":{message},"details":{message}}}}}"#
        ),
    )
    .with("x-ms-error-code", "RateLimitReached")
    .with("x-ratelimit-type", "UserByModelByMinute")
    .with("x-ratelimit-timeremaining", seconds.to_string())
    .said_by(Reached::Router)
}

/// A value that the model does not take, in OpenAI's form.
pub(super) fn invalid(code: &str, message: &str, param: &str) -> Answer {
    let message = quoted(message);
    let param = quoted(param);
    Answer::new(
        400,
        format!(
            r#"{{"error":{{"code":"{code}","message":{message},"param":{param},"type":"invalid_request_error"}}}}"#
        ),
    )
    .said_by(Reached::Model)
}

/// A body that is no JSON object; in OpenAI's form, without a parameter or a code.
pub(super) fn unreadable_body() -> Answer {
    Answer::new(
        400,
        r#"{"error":{"message":"We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)","type":"invalid_request_error","param":null,"code":null}}"#,
    )
    .said_by(Reached::Model)
}

/// A chat parameter that the service does not know, in OpenAI's form.
pub(super) fn unrecognised_argument(name: &str) -> Answer {
    let message = quoted(&format!("Unrecognized request argument supplied: {name}"));
    Answer::new(
        400,
        format!(
            r#"{{"error":{{"message":{message},"type":"invalid_request_error","param":null,"code":null}}}}"#
        ),
    )
    .said_by(Reached::Model)
}

pub(super) fn invalid_image_data() -> Answer {
    Answer::new(
        400,
        r#"{"error":{"code":"BadRequest","message":"Invalid image data","param":null,"type":null}}"#,
    )
    .said_by(Reached::Model)
}

/// The documented form of the Image API. `created` is in Unix seconds.
pub(super) fn image_filtered(created: u64) -> Answer {
    Answer::new(
        400,
        format!(
            r#"{{"created":{created},"error":{{"code":"contentFilter","message":"Your task failed as a result of our safety system."}}}}"#
        ),
    )
    .said_by(Reached::Model)
}

/// The form of chat; `results` is the JSON object of the categories.
pub(super) fn chat_filtered(results: &str) -> Answer {
    Answer::new(
        400,
        format!(
            r#"{{"error":{{"inner_error":{{"code":"ResponsibleAIPolicyViolation","content_filter_results":{results}}},"code":"content_filter","message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: \r\nhttps://go.microsoft.com/fwlink/?linkid=2198766.","param":"prompt","type":null}}}}"#
        ),
    )
    .said_by(Reached::Model)
}

/// The model itself failed.
pub(super) fn server_error() -> Answer {
    Answer::new(
        500,
        r#"{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error.","type":"server_error","param":null,"code":null}}"#,
    )
    .said_by(Reached::Model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(answer: &Answer) -> usize {
        answer.body.len()
    }

    #[test]
    fn bodies_have_the_recorded_lengths() {
        for (answer, status, bytes) in [
            (key_invalid(), 401, 224),
            (
                token_invalid("https://cognitiveservices.azure.com"),
                401,
                161,
            ),
            (token_invalid("https://ai.azure.com"), 401, 146),
            (access_denied(), 401, 99),
            (key_auth_disabled(), 403, 116),
            (public_access_disabled(), 403, 99),
            (firewall(), 403, 90),
            (not_found(), 404, 56),
            (deployment_not_found(), 404, 198),
            (api_version_not_supported(), 400, 69),
            (
                operation_not_supported("completion", "gpt-35-turbo-16k"),
                400,
                307,
            ),
            (
                operation_not_supported("imageGenerations", "gpt-4o"),
                400,
                303,
            ),
        ] {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!((answer.status, length(&answer)), (status, bytes), "{text}");
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }

    #[test]
    fn each_part_of_the_service_keeps_its_own_spacing() {
        assert_eq!(
            &not_found().body[..],
            br#"{"error":{"code":"404","message": "Resource not found"}}"#
        );
        assert!(
            deployment_not_found()
                .body
                .starts_with(br#"{"error":{"code":"DeploymentNotFound", "message":"The"#)
        );
        assert!(
            key_invalid()
                .body
                .starts_with(br#"{"error":{"code":"401","message":"Access"#)
        );
    }

    #[test]
    fn a_principal_is_told_which_action_it_lacks() {
        let answer = action_denied(
            "oid",
            "deployments/chat/completions",
            "/openai/deployments/{deployment-id}/chat/completions",
        );
        assert_eq!(
            &answer.body[..],
            br#"{"error":{"code":"PermissionDenied","message":"The principal `oid` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation."}}"#
        );
    }

    #[test]
    fn throttling_names_the_call() {
        let answer = rate_limited(&Throttled {
            deployment: "flux",
            model: "FLUX-1.1-pro",
            region: "UK South",
            tier: "AIServices",
            operation: "ImageGenerations_Create",
            api_version: "2024-02-01",
            what: "call",
            seconds: 16,
        });
        assert_eq!(
            &answer.body[..],
            br#"{"error":{"code":"RateLimitReached","message": "Your requests to flux for FLUX-1.1-pro in UK South have exceeded the call rate limit for your current AIServices S0 pricing tier. This request was for ImageGenerations_Create under Azure OpenAI API version 2024-02-01. Please retry after 16 seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."}}"#
        );
        let native = provider_rate_limited(10.0, 60.0, 46);
        assert_eq!(
            &native.body[..],
            br#"{"error":{"code":"RateLimitReached","message":"Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 46 seconds before retrying.","details":"Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 46 seconds before retrying."}}"#
        );
    }

    #[test]
    fn the_chat_filter_breaks_its_line_as_recorded() {
        let answer = chat_filtered("{}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            text.contains(r"documentation: \r\nhttps://go.microsoft.com/fwlink/?linkid=2198766.")
        );
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}
