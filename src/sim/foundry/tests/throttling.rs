//! Rate limits in simulated time.

use super::*;

const QUICK: &str = r#"{"prompt":"","n":1}"#;

#[tokio::test]
async fn the_seventh_call_in_a_minute_waits_as_long_as_it_is_told() {
    let rig = Rig::new();
    for left in (0..6).rev() {
        let answer = rig.post(GENERATIONS, QUICK).send().await;
        assert_eq!(answer.status(), 400);
        assert_eq!(
            header(&answer, "x-ratelimit-remaining-requests"),
            Some(left.to_string().as_str())
        );
    }
    let answer = rig.post(GENERATIONS, FOX).send().await;
    assert_eq!(answer.status(), 429);
    let seconds = header(&answer, "retry-after").unwrap();
    assert_eq!(
        text(&answer),
        format!(
            r#"{{"error":{{"code":"RateLimitReached","message": "Your requests to flux for FLUX-1.1-pro in UK South have exceeded the call rate limit for your current AIServices S0 pricing tier. This request was for ImageGenerations_Create under Azure OpenAI API version 2025-04-01-preview. Please retry after {seconds} seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."}}}}"#
        )
    );
    let millis: u64 = header(&answer, "retry-after-ms").unwrap().parse().unwrap();
    assert_eq!(millis.div_ceil(1000).to_string(), seconds);
    assert_eq!(header(&answer, "x-ratelimit-limit-requests"), Some("6"));
    assert_eq!(header(&answer, "x-ratelimit-remaining-requests"), Some("0"));
    assert_eq!(header(&answer, "x-ms-region"), Some("UK South"));
    assert_eq!(
        rig.post(&at("kontext"), QUICK).said().await.0,
        400,
        "another deployment"
    );
    rig.internet
        .clock()
        .advance(Duration::from_secs(seconds.parse().unwrap()));
    assert_eq!(rig.post(GENERATIONS, FOX).said().await.0, 200);
}

#[tokio::test]
async fn the_provider_route_throttles_in_its_own_words() {
    let rig = Rig::new();
    let url = "https://a.services.ai.azure.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview";
    let body = r#"{"model":"flux-2-pro","prompt":""}"#;
    for _ in 0..6 {
        assert_eq!(rig.post(url, body).said().await.0, 400);
    }
    let answer = rig.post(url, body).send().await;
    assert_eq!(answer.status(), 429);
    let seconds = header(&answer, "retry-after").unwrap();
    let words = format!(
        "Rate limit of 6 per 60s exceeded for UserByModelByMinute. Please wait {seconds} seconds before retrying."
    );
    assert_eq!(
        text(&answer),
        format!(
            r#"{{"error":{{"code":"RateLimitReached","message":"{words}","details":"{words}"}}}}"#
        )
    );
    assert_eq!(header(&answer, "x-ms-error-code"), Some("RateLimitReached"));
    assert_eq!(
        header(&answer, "x-ratelimit-type"),
        Some("UserByModelByMinute")
    );
    assert_eq!(header(&answer, "x-ratelimit-timeremaining"), Some(seconds));
}

#[tokio::test]
async fn what_is_refused_before_the_deployment_counts_nothing() {
    let rig = Rig::new();
    for _ in 0..8 {
        assert_eq!(
            rig.post(GENERATIONS, FOX)
                .with("api-key", "wrong")
                .said()
                .await
                .0,
            401
        );
        let old = GENERATIONS.replace("2025", "1999");
        assert_eq!(rig.post(&old, FOX).said().await.0, 404);
    }
    assert_eq!(rig.post(GENERATIONS, QUICK).said().await.0, 400);
}
