//! What expressions give, seen in a header that the backend receives.

use super::rig::*;

async fn value_of(expression: &str) -> String {
    let rig = Rig::new(with_inbound(&format!(
        r#"<set-variable name="kept" value="@(context.RequestId)" /><set-header name="x-value"><value>{expression}</value></set-header>"#
    )));
    let response = rig.post(&[("x-a", "Alpha"), ("x-empty", "")]).await;
    if response.status() == 500 {
        return "500".into();
    }
    rig.last(|seen| {
        seen.request.headers()["x-value"]
            .to_str()
            .unwrap()
            .to_owned()
    })
}

#[tokio::test]
async fn the_common_forms_have_their_csharp_values() {
    for (expression, expected) in [
        (
            r#"@(context.Request.Headers.GetValueOrDefault("x-a","d"))"#,
            "Alpha",
        ),
        (
            r#"@(context.Request.Headers.GetValueOrDefault("x-b","d"))"#,
            "d",
        ),
        (r#"@(context.Request.Headers["X-A"][0].ToLower())"#, "alpha"),
        (
            r#"@(context.Request.Url.Path)"#,
            "/deployments/flux/images/generations",
        ),
        (
            r#"@(context.Request.OriginalUrl.Path.Split('/')[1])"#,
            "inference",
        ),
        (
            r#"@(context.Request.Url.Query.GetValueOrDefault("api-version"))"#,
            "v1",
        ),
        (r#"@(context.Request.OriginalUrl.Host)"#, HOST),
        (
            r#"@(context.Request.MatchedParameters["deployment-id"])"#,
            "flux",
        ),
        (
            r#"@(context.Request.IpAddress + " " + context.Request.Method)"#,
            "198.51.100.7 POST",
        ),
        (
            r#"@(context.Subscription.Id == "s1" && context.Subscription?.Key != null ? "yes" : "no")"#,
            "yes",
        ),
        (r#"@(context.Product?.Id ?? "no product")"#, "no product"),
        (r#"@(context.Response == null)"#, "True"),
        (
            r#"@(context.Api.Path + context.Operation.Id)"#,
            "inference/openaiImageGenerations_Create",
        ),
        (
            r#"@(context.Deployment.ServiceName + "@" + context.Deployment.Region)"#,
            "apim-x@uksouth",
        ),
        (
            r#"@(context.Request.Body.As<JObject>(preserveContent: true)["model"]?.ToString())"#,
            "flux",
        ),
        (
            r#"@((string)context.Request.Body.As<JObject>(preserveContent: true)["none"] ?? "nothing")"#,
            "nothing",
        ),
        (
            r#"@(context.Variables.GetValueOrDefault<string>("none", "d"))"#,
            "d",
        ),
        (r#"@(((string)context.Variables["kept"]).Length)"#, "36"),
        (r#"@(1 + 2 * 3 - 7 / 2 % 2)"#, "6"),
        (r#"@("n" + 1 + 2)"#, "n12"),
        (r#"@(!string.IsNullOrEmpty("") || 2 >= 3 ? "a" : "b")"#, "b"),
        (r#"@(int.Parse("41") + 1)"#, "42"),
        (
            r#"@("a,b".Replace(",", ";").Substring(1, 1) + "abc".IndexOf("c"))"#,
            ";2",
        ),
        (
            r#"@("Bearer x".StartsWith("bearer ", StringComparison.OrdinalIgnoreCase))"#,
            "True",
        ),
        (
            r#"@($"{context.Request.Method}-{(1 < 2 ? "y" : "n")}{{}}")"#,
            "POST-y{}",
        ),
        (
            r#"@{ var x = "a"; if (x.Length > 1) { return "long"; } else { x = x + "!"; } /* kept */ return x; // end
        }"#,
            "a!",
        ),
        (r#"@(new JObject(new JProperty("n", 1))["n"])"#, "1"),
    ] {
        assert_eq!(value_of(expression).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn what_throws_is_a_500() {
    for expression in [
        r#"@(context.Request.Headers["x-none"][0])"#,
        r#"@(context.Variables["none"].ToString())"#,
        r#"@(context.Product.Id)"#,
        r#"@(context.Response.StatusCode == 200)"#,
        r#"@(int.Parse("x"))"#,
        r#"@(1 / 0)"#,
        r#"@("abc".Substring(4))"#,
    ] {
        assert_eq!(value_of(expression).await, "500", "{expression}");
    }
}

#[tokio::test]
async fn a_body_that_is_read_without_keeping_is_gone() {
    for (keeps, length) in [("", 0), ("preserveContent: true", 33)] {
        let rig = Rig::new(with_inbound(&format!(
            r#"<set-variable name="m" value="@(context.Request.Body.As<string>({keeps}))" />"#
        )));
        rig.post(&[]).await;
        rig.last(|seen| assert_eq!(seen.request.body().len(), length));
    }
}
