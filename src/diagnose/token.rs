//! What a JWT says of itself, without showing it and without checking its signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

/// The claims that decide whether a service takes a token. The token itself is not kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TokenFacts {
    /// `aud`.
    pub audience: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `tid`.
    pub tenant: Option<String>,
    /// `appid` or `azp`.
    pub application: Option<String>,
    /// `oid`.
    pub principal: Option<String>,
    /// `nbf`, in Unix seconds.
    pub not_before: Option<i64>,
    /// `exp`, in Unix seconds.
    pub expires: Option<i64>,
    /// `roles`.
    pub roles: Vec<String>,
    /// `scp`, split at its spaces.
    pub scopes: Vec<String>,
}

/// What a service wants of a token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Audience, e.g. `https://cognitiveservices.azure.com`.
    pub audience: Option<String>,
    /// Tenant GUID.
    pub tenant: Option<String>,
    /// Current time in Unix seconds; without it dates are stated and not judged.
    pub now: Option<i64>,
}

/// Whether a text has the form of a JWT: three parts, the first of which is a JSON object with `alg`.
pub fn is_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let (head, claims, signature) = (parts.next(), parts.next(), parts.next());
    let is_three = claims.is_some() && signature.is_some() && parts.next().is_none();
    is_three
        && head
            .and_then(decode)
            .is_some_and(|head| head.get("alg").is_some())
}

/// Reads the claims of a JWT; `None` where the text is none. The signature is not checked.
pub fn read(token: &str) -> Option<TokenFacts> {
    if !is_jwt(token) {
        return None;
    }
    let claims = decode(token.split('.').nth(1)?)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| match claims.get(name) {
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Some(TokenFacts {
        audience: match claims.get("aud") {
            Some(Value::Array(items)) => items.first().and_then(Value::as_str).map(str::to_owned),
            _ => text("aud"),
        },
        issuer: text("iss"),
        tenant: text("tid"),
        application: text("appid").or_else(|| text("azp")),
        principal: text("oid"),
        not_before: claims.get("nbf").and_then(Value::as_i64),
        expires: claims.get("exp").and_then(Value::as_i64),
        roles: list("roles"),
        scopes: list("scp"),
    })
}

/// Says in sentences what a token is and where it falls short of what is wanted; the faults stand first.
pub fn explain(token: &TokenFacts, wanted: &Wanted) -> Vec<String> {
    let mut faults = Vec::new();
    let mut facts = Vec::new();
    match (&token.audience, &wanted.audience) {
        (Some(is), Some(want)) if !is_same_audience(is, want) => faults.push(format!(
            "the token is for {is}, the service wants {want}: ask for the scope {}/.default",
            want.trim_end_matches('/')
        )),
        (Some(is), _) => facts.push(format!("audience {is}")),
        (None, Some(want)) => faults.push(format!(
            "the token names no audience, the service wants {want}"
        )),
        (None, None) => {}
    }
    match (&token.tenant, &wanted.tenant) {
        (Some(is), Some(want)) if !is.eq_ignore_ascii_case(want) => faults.push(format!(
            "the token comes from tenant {is}, the service belongs to tenant {want}"
        )),
        (Some(is), _) => facts.push(format!("tenant {is}")),
        _ => {}
    }
    match (token.expires, wanted.now) {
        (Some(end), Some(now)) if end <= now => {
            faults.push(format!(
                "the token expired at {} ({} s ago)",
                moment(end),
                now - end
            ));
        }
        (Some(end), _) => facts.push(format!("expires {}", moment(end))),
        _ => {}
    }
    if let (Some(start), Some(now)) = (token.not_before, wanted.now)
        && start > now
    {
        faults.push(format!(
            "the token is not valid before {}: compare this machine's clock",
            moment(start)
        ));
    }
    if let Some(issuer) = &token.issuer {
        facts.push(format!("issuer {issuer}"));
    }
    if let Some(application) = &token.application {
        facts.push(format!("application {application}"));
    }
    if let Some(principal) = &token.principal {
        facts.push(format!("principal {principal}"));
    }
    if !token.roles.is_empty() {
        facts.push(format!("roles {}", token.roles.join(", ")));
    }
    if !token.scopes.is_empty() {
        facts.push(format!("scopes {}", token.scopes.join(", ")));
    }
    faults.extend(facts);
    faults
}

fn decode(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn is_same_audience(one: &str, other: &str) -> bool {
    one.trim_end_matches('/')
        .eq_ignore_ascii_case(other.trim_end_matches('/'))
}

fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#);
        format!("{head}.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_foreign_audience_and_an_old_date_are_named_and_the_token_is_not_shown() {
        let token = jwt(
            r#"{"aud":"https://management.azure.com","tid":"t1","exp":1700000000,"roles":["a"]}"#,
        );
        let facts = read(&token).unwrap();
        let wanted = Wanted {
            audience: Some("https://cognitiveservices.azure.com".into()),
            tenant: Some("t1".into()),
            now: Some(1_700_000_060),
        };
        let said = explain(&facts, &wanted);
        assert_eq!(
            said,
            [
                "the token is for https://management.azure.com, the service wants https://cognitiveservices.azure.com: ask for the scope https://cognitiveservices.azure.com/.default",
                "the token expired at 2023-11-14T22:13:20Z (60 s ago)",
                "tenant t1",
                "roles a",
            ]
        );
        assert!(said.iter().all(|line| !line.contains("eyJ")));
    }

    #[test]
    fn a_fitting_token_has_no_fault_and_a_key_is_no_token() {
        let facts = read(&jwt(r#"{"aud":"https://ai.azure.com/"}"#)).unwrap();
        let wanted = Wanted {
            audience: Some("https://ai.azure.com".into()),
            ..Wanted::default()
        };
        assert_eq!(explain(&facts, &wanted), ["audience https://ai.azure.com/"]);
        assert_eq!(read("0123456789abcdef"), None);
        assert_eq!(read("a.b.c"), None);
    }
}
