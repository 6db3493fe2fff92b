//! Policies that look at tokens.

use super::rig::*;
use crate::sim::entra;
use std::time::Duration;

const AUDIENCE: &str = "https://cognitiveservices.azure.com";
const ENTRA: &str = r#"validate-azure-ad-token tenant-id="7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10""#;

fn bearer(rig: &Rig, client: &str, audience: &str) -> String {
    let token = entra::issue(&rig.world, client, audience, rig.clock.now());
    format!("Bearer {token}")
}

#[tokio::test]
async fn validate_jwt_words_its_refusals() {
    let rig = Rig::new(with_inbound(
        r#"<validate-jwt header-name="Authorization" require-scheme="Bearer"><openid-config url="https://login.microsoftonline.com/7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10/v2.0/.well-known/openid-configuration" /><audiences><audience>https://cognitiveservices.azure.com/</audience></audiences><required-claims><claim name="appid" match="any"><value>app</value></claim></required-claims></validate-jwt>"#,
    ));
    let missing = rig.post(&[]).await;
    assert_eq!(missing.status(), 401);
    assert_eq!(
        body(&missing),
        r#"{ "statusCode": 401, "message": "JWT not present." }"#
    );
    assert_eq!(header(&missing, "www-authenticate"), None);
    let good = bearer(&rig, "app", AUDIENCE);
    assert_eq!(rig.post(&[("authorization", &good)]).await.status(), 200);
    for token in [
        "Bearer abc".to_owned(),
        good.replace("Bearer", "Basic"),
        bearer(&rig, "app", "https://management.azure.com"),
        bearer(&rig, IDENTITY, AUDIENCE),
    ] {
        assert_eq!(
            rig.post(&[("authorization", &token)]).await.status(),
            401,
            "{token}"
        );
    }
    rig.clock.advance(Duration::from_secs(3601));
    assert_eq!(rig.post(&[("authorization", &good)]).await.status(), 401);
}

#[tokio::test]
async fn validate_jwt_says_what_the_policy_says() {
    let rig = Rig::new(with_inbound(
        r#"<validate-jwt header-name="Authorization" failed-validation-httpcode="403" failed-validation-error-message="Unauthorized. Access token is missing or invalid."><openid-config url="https://login.microsoftonline.com/common/.well-known/openid-configuration" /></validate-jwt>"#,
    ));
    let response = rig.post(&[]).await;
    assert_eq!(
        body(&response),
        r#"{ "statusCode": 403, "message": "Unauthorized. Access token is missing or invalid." }"#
    );
}

#[tokio::test]
async fn validate_azure_ad_token_has_words_of_its_own() {
    let rig = Rig::new(with_inbound(&format!(
        "<{ENTRA}><client-application-ids><application-id>app</application-id></client-application-ids></validate-azure-ad-token>"
    )));
    let missing = rig.post(&[]).await;
    assert_eq!(missing.body().len(), 60);
    assert_eq!(
        body(&missing),
        r#"{ "statusCode": 401, "message": "Azure AD JWT not present" }"#
    );
    let foreign = bearer(&rig, IDENTITY, AUDIENCE);
    let refused = rig.post(&[("authorization", &foreign)]).await;
    assert_eq!(
        body(&refused),
        r#"{ "statusCode": 401, "message": "Invalid Azure AD JWT" }"#
    );
    // Any audience will do where the policy names none.
    let other = bearer(&rig, "app", "https://ai.azure.com");
    assert_eq!(rig.post(&[("authorization", &other)]).await.status(), 200);
}

#[tokio::test]
async fn the_managed_identity_signs_the_request_or_fills_a_variable() {
    let rig = Rig::new(with_inbound(
        r#"<authentication-managed-identity resource="https://cognitiveservices.azure.com" />"#,
    ));
    rig.post(&[("authorization", "Bearer client")]).await;
    let token = rig.last(|seen| {
        seen.request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned()
    });
    let token = token.strip_prefix("Bearer ").unwrap();
    let claims = entra::inspect(&rig.world, token, rig.clock.now()).unwrap();
    assert_eq!(claims.appid, IDENTITY);
    let rig = Rig::new(with_inbound(
        r#"<authentication-managed-identity resource="r" output-token-variable-name="t" /><set-header name="x-token" exists-action="override"><value>@("Bearer " + (string)context.Variables["t"])</value></set-header>"#,
    ));
    rig.post(&[]).await;
    rig.last(|seen| {
        assert!(!seen.request.headers().contains_key("authorization"));
        let token = seen.request.headers()["x-token"].to_str().unwrap();
        assert_eq!(token.matches('.').count(), 2);
    });
}

#[tokio::test]
async fn an_identity_that_is_not_there_is_a_500_unless_ignored() {
    for (ignores, status) in [("false", 500), ("true", 200)] {
        let mut world = with_inbound(&format!(
            r#"<authentication-managed-identity resource="r" client-id="another" ignore-error="{ignores}" />"#
        ));
        gateway(&mut world).outbound_ip = "1.1.1.1".into();
        let rig = Rig::new(world);
        assert_eq!(rig.post(&[]).await.status().as_u16(), status);
    }
}
