//! Who answered, by the ladder of evidence.

use super::condition::{Conditions, Scope};
use super::facts::Facts;
use super::rule::Compiled;
use super::{DiagnoseError, hop_of};
use crate::knowledge::causes::{Ladder, Rule};
use crate::model::{Confidence, Hop};
use serde::Serialize;

const MAX_EVIDENCE: usize = 4;

/// Who answered, and what says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HopVerdict {
    /// Who answered; absent where nothing tells.
    pub hop: Option<Hop>,
    /// What says so, strongest first.
    pub evidence: Vec<String>,
    /// How sure.
    pub confidence: Confidence,
}

/// The rungs, compiled.
pub(crate) struct Rungs(Vec<CompiledRung>);

struct CompiledRung {
    hop: Hop,
    confidence: Confidence,
    rule: Compiled,
}

impl Rungs {
    /// Compiles the rungs of `ladder`.
    pub(crate) fn new(
        ladder: &Ladder,
        conditions: &mut Conditions,
    ) -> Result<Rungs, DiagnoseError> {
        let mut rungs = Vec::with_capacity(ladder.rungs.len());
        for rung in &ladder.rungs {
            let rule = Rule {
                any: rung.any.clone(),
                also: rung.also.clone(),
                none: rung.none.clone(),
                status: rung.status.clone(),
                when: rung.when.clone(),
                says: rung.says.clone(),
                ..Rule::default()
            };
            rungs.push(CompiledRung {
                hop: hop_of(&rung.hop, "the ladder")?,
                confidence: match rung.confidence.as_str() {
                    "high" => Confidence::High,
                    "medium" => Confidence::Medium,
                    _ => Confidence::Low,
                },
                rule: Compiled::new(&rule, &rung.says, conditions)?,
            });
        }
        Ok(Rungs(rungs))
    }

    /// Climbs the ladder: the first rung that holds decides, further ones for the same hop add evidence.
    pub(crate) fn climb(
        &self,
        facts: &Facts,
        scope: &Scope,
        conditions: &Conditions,
    ) -> HopVerdict {
        let mut verdict = HopVerdict {
            hop: None,
            evidence: Vec::new(),
            confidence: Confidence::Low,
        };
        for rung in &self.0 {
            if verdict.hop.is_some_and(|hop| hop != rung.hop)
                || verdict.evidence.len() == MAX_EVIDENCE
            {
                continue;
            }
            if rung.rule.test(facts, scope, conditions).is_none() {
                continue;
            }
            if verdict.hop.is_none() {
                verdict.hop = Some(rung.hop);
                verdict.confidence = rung.confidence;
            }
            verdict.evidence.extend(rung.rule.say(scope, conditions));
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::super::hop;
    use crate::model::{
        Confidence, Exchange, Header, Hop, PictureFacts, Provenance, RecordedResponse,
        TransportError, TransportFailure,
    };

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        Exchange {
            response: Some(RecordedResponse {
                status: Some(status),
                headers: headers
                    .iter()
                    .map(|(name, value)| Header((*name).into(), (*value).into()))
                    .collect(),
                body: body.into(),
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        }
    }

    fn at(url: &str, mut exchange: Exchange) -> Exchange {
        exchange.request.url = Some(url.into());
        exchange
    }

    const GATEWAY_404: &str = r#"{ "statusCode": 404, "message": "Resource not found" }"#;
    const BACKEND_404: &str = r#"{"error":{"code":"404","message": "Resource not found"}}"#;
    const MISSING_KEY: &str = r#"{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }"#;
    const BAD_AUDIENCE: &str = r#"{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired." }"#;

    #[test]
    fn two_404s_that_look_alike_come_from_two_hops() {
        assert_eq!(GATEWAY_404.len(), 54);
        assert_eq!(BACKEND_404.len(), 56);
        assert_eq!(hop(&answer(404, &[], GATEWAY_404)).hop, Some(Hop::Gateway));
        assert_eq!(hop(&answer(404, &[], BACKEND_404)).hop, Some(Hop::Backend));
    }

    #[test]
    fn apim_request_id_is_the_model_services_even_behind_the_gateways_host() {
        let exchange = at(
            "https://x.azure-api.net/inference/openai/deployments/d/images/generations?api-version=1",
            answer(
                404,
                &[
                    ("apim-request-id", "1"),
                    ("content-type", "application/json"),
                ],
                BACKEND_404,
            ),
        );
        assert_eq!(hop(&exchange).hop, Some(Hop::Backend));
    }

    #[test]
    fn the_status_code_envelope_proves_no_gateway() {
        let verdict = hop(&answer(401, &[], BAD_AUDIENCE));
        assert_eq!(
            (verdict.hop, verdict.confidence),
            (Some(Hop::Backend), Confidence::High)
        );
        let fronted = answer(
            404,
            &[("apim-request-id", "1"), ("x-ms-region", "UK South")],
            GATEWAY_404,
        );
        assert_eq!(hop(&fronted).hop, Some(Hop::Backend));
    }

    #[test]
    fn policy_id_is_the_model_services_front_end() {
        let body = r#"{"error":{"code":"403","message": "Access denied due to Virtual Network/Firewall rules."}}"#;
        let exchange = at(
            "https://x.azure-api.net/y",
            answer(
                403,
                &[("policy-id", "ThrowExceptionDueToTrafficDenied")],
                body,
            ),
        );
        assert_eq!(hop(&exchange).hop, Some(Hop::Backend));
    }

    #[test]
    fn a_custom_domain_hides_no_gateway_and_the_realm_proves_it() {
        let realm = r#"AzureApiManagementKey realm="https://ai.contoso.com/inference/openai",name="api-key",type="header""#;
        let exchange = at(
            "https://ai.contoso.com/inference/openai/x",
            answer(401, &[("WWW-Authenticate", realm)], MISSING_KEY),
        );
        let verdict = hop(&exchange);
        assert_eq!(
            (verdict.hop, verdict.confidence),
            (Some(Hop::Gateway), Confidence::High)
        );
        let foreign = at(
            "https://other.contoso.com/x",
            answer(401, &[("WWW-Authenticate", realm)], MISSING_KEY),
        );
        assert_eq!(hop(&foreign).hop, Some(Hop::Backend));
    }

    #[test]
    fn the_rate_limit_text_alone_is_weak_and_with_its_envelope_the_gateways() {
        let text = hop(&answer(
            429,
            &[],
            "Rate limit is exceeded. Try again in 30 seconds.",
        ));
        assert_eq!(text.confidence, Confidence::Low);
        let body = r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }"#;
        let whole = hop(&answer(
            429,
            &[("Retry-After", "57"), ("Content-Length", "84")],
            body,
        ));
        assert_eq!(
            (whole.hop, whole.confidence),
            (Some(Hop::Gateway), Confidence::High)
        );
    }

    #[test]
    fn an_activity_id_is_the_gateways_unless_the_model_service_signed_beside_it() {
        let body = r#"{ "statusCode": 500, "message": "Internal server error", "activityId": "87aeb87f-192c-424c-84d1-32d5bbfec437" }"#;
        assert_eq!(body.len(), 111);
        assert_eq!(hop(&answer(500, &[], body)).hop, Some(Hop::Gateway));
        let signed = answer(500, &[("apim-request-id", "1"), ("date", "x")], body);
        assert_ne!(hop(&signed).hop, Some(Hop::Gateway));
    }

    #[test]
    fn cloudflare_in_front_of_openai_is_not_the_edge_answering() {
        let headers = [
            ("server", "cloudflare"),
            ("cf-ray", "1-VIE"),
            ("openai-version", "2020-10-01"),
        ];
        let exchange = answer(
            400,
            &headers,
            "BadRequestError: 400 The size is not supported by this model.",
        );
        assert_eq!(hop(&exchange).hop, Some(Hop::Backend));
    }

    #[test]
    fn a_picture_that_flux_in_azure_drew_proves_the_backend() {
        let mut exchange = answer(200, &[], "{}");
        exchange
            .response
            .as_mut()
            .unwrap()
            .pictures
            .push(PictureFacts {
                provenance: Some(Provenance {
                    agent: Some("Black forest labs in Azure AI".into()),
                    ..Provenance::default()
                }),
                ..PictureFacts::default()
            });
        let verdict = hop(&exchange);
        assert_eq!(
            (verdict.hop, verdict.confidence),
            (Some(Hop::Backend), Confidence::High)
        );
    }

    #[test]
    fn transport_failures_stop_at_their_own_hop() {
        for (kind, expected) in [
            (TransportFailure::DnsNotFound, Some(Hop::Dns)),
            (TransportFailure::Refused, Some(Hop::Tcp)),
            (TransportFailure::Reset, Some(Hop::Tcp)),
            (TransportFailure::TlsExpired, Some(Hop::Tls)),
            (TransportFailure::Proxy, Some(Hop::Proxy)),
            (TransportFailure::Timeout, None),
        ] {
            let exchange = Exchange {
                transport_error: Some(TransportError {
                    kind,
                    text: "x".into(),
                }),
                ..Exchange::default()
            };
            assert_eq!(hop(&exchange).hop, expected, "{kind:?}");
        }
    }

    #[test]
    fn other_gateways_and_identities_are_known_by_what_they_write() {
        let cases = [
            (
                404,
                r#"{"message":"no Route matched with those values"}"#,
                Hop::Gateway,
            ),
            (
                503,
                "upstream connect error or disconnect/reset before headers. reset reason: overflow",
                Hop::Gateway,
            ),
            (
                502,
                "<html><center>nginx/1.25.3</center></html>",
                Hop::Gateway,
            ),
            (
                403,
                "<title>Attention Required! | Cloudflare</title>",
                Hop::Gateway,
            ),
            (
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: x","error_codes":[7000215]}"#,
                Hop::Identity,
            ),
            (
                403,
                r#"{"error":{"code":"AuthorizationFailed","message":"The client"}}"#,
                Hop::Arm,
            ),
            (
                400,
                r#"{"created":1,"error":{"code":"contentFilter","message":"Your task failed as a result of our safety system."}}"#,
                Hop::ContentFilter,
            ),
            (
                401,
                r#"{"title":"Unauthenticated","detail":"You did not pass a valid authentication token","status":401}"#,
                Hop::Provider,
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(
                hop(&answer(status, &[], body)).hop,
                Some(expected),
                "{body}"
            );
        }
    }

    #[test]
    fn an_empty_exchange_tells_nothing() {
        assert_eq!(hop(&Exchange::default()).hop, None);
    }
}
