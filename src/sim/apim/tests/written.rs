//! Policies and expressions as people write them, in words of our own.

use super::rig::*;
use std::time::Duration;

/// What `expression`, the body of a `return-response` in inbound, comes to.
async fn value_of(expression: &str) -> String {
    let rig = Rig::new(with_inbound(&format!(
        r#"<return-response><set-status code="200" /><set-body>{expression}</set-body></return-response>"#
    )));
    let response = rig
        .post(&[("x-tags", "b,a,c"), ("cookie", "one=1; two=2")])
        .await;
    if response.status() == 500 {
        return "500".into();
    }
    body(&response).to_owned()
}

#[tokio::test]
async fn statements_run_as_csharp_runs_them() {
    for (expression, expected) in [
        (
            r#"@{ int sum = 0; for (int i = 0; i < 5; i++) { if (i == 2) { continue; } if (i == 4) { break; } sum += i; } return sum; }"#,
            "4",
        ),
        (
            r#"@{ var found = ""; foreach (var pair in context.Request.Headers.GetValueOrDefault("cookie","").Split(';')) { var parts = pair.Trim().Split(new char[] {'='}, 2); if (parts.Length == 2 && parts[0] == "two") { found = parts[1]; } } return found; }"#,
            "2",
        ),
        (
            r#"@{ string size; switch (context.Request.Method.ToLower()) { case "get": case "head": size = "none"; break; case "post": size = "some"; break; default: return "?"; } return size; }"#,
            "some",
        ),
        (
            r#"@{ try { return JObject.Parse("{ not json").ToString(); } catch (Exception ex) { return "caught: " + (ex.Message.Length > 0); } }"#,
            "caught: True",
        ),
        (
            r#"@{ long seconds; if (!long.TryParse("17x", out seconds)) { seconds = 3L; } int more = 2, least; least = int.TryParse("4", out var given) ? given : 0; return Math.Max(seconds, more) + least; }"#,
            "7",
        ),
        (
            r#"@{ var n = 3; while (n > 0) { n--; } return n == 0 ? "done" : "not"; }"#,
            "done",
        ),
        (r#"@{ while (true) { var x = 1; } }"#, "500"),
        (
            r#"@{ using (var sha = System.Security.Cryptography.SHA256.Create()) { var hash = sha.ComputeHash(Encoding.UTF8.GetBytes("abc")); return BitConverter.ToString(hash).Replace("-", "").ToLower().Substring(0, 8); } }"#,
            "ba7816bf",
        ),
        (r#"@{ throw new Exception("no"); }"#, "500"),
    ] {
        assert_eq!(value_of(expression).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn lists_and_json_are_queried_and_changed_in_place() {
    for (expression, expected) in [
        (
            r#"@(string.Join("|", context.Request.Headers.GetValueOrDefault("x-tags","").Split(',').OrderBy(t => t).Select(t => t.ToUpper())))"#,
            "A|B|C",
        ),
        (
            r#"@(context.Request.Headers.Where(h => h.Key.StartsWith("x-")).Select(h => h.Key + ":" + h.Value[0]).FirstOrDefault())"#,
            "x-tags:b,a,c",
        ),
        (
            r#"@{ var list = new JArray(); foreach (JObject it in JArray.Parse("[{\"n\":1},{\"n\":5}]")) { list.Add(new JObject { { "n", it.GetValue("n").Value<int>() }, { "busy", false } }); } var first = (JObject)list[0]; first["busy"] = true; return list.Count(x => x.Value<bool>("busy")) + "/" + list.Count; }"#,
            "1/2",
        ),
        (
            r#"@{ var body = context.Request.Body.As<JObject>(preserveContent: true); if (body["options"] == null) { body["options"] = new JObject(); } ((JObject)body["options"])["deep"] = 1; return body.ToString(Newtonsoft.Json.Formatting.None); }"#,
            r#"{"prompt":"a fox","model":"flux","options":{"deep":1}}"#,
        ),
        (
            r#"@{ var scores = new Dictionary<string, int>() { { "a", 1 }, { "b", 4 } }; scores["c"] = 2; return scores.Where(s => s.Value > 1).Sum(s => s.Value) + (scores.ContainsKey("z") ? "z" : "-"); }"#,
            "6-",
        ),
        (
            r#"@(JsonConvert.SerializeObject(new { error = new { code = 7, message = "no" }, tags = new[] { "x", "y" } }))"#,
            r#"{"error":{"code":7,"message":"no"},"tags":["x","y"]}"#,
        ),
        (
            r#"@{ var many = JObject.Parse("{\"messages\":[{\"content\":\"a\"},{\"content\":\"b\"}]}"); return string.Concat(many["messages"].Select(m => m.Value<string>("content")).ToArray()) + many.SelectToken("messages[1].content"); }"#,
            "abb",
        ),
        (
            r#"@(((JObject)context.Request.Body.As<JObject>(true)).Property("model")?.Value?.ToString() ?? "none")"#,
            "flux",
        ),
        (
            r#"@(context.Request.Body.As<JObject>(true)["stream"]?.Value<bool>() == true ? "streams" : "whole")"#,
            "whole",
        ),
        (
            r#"@{ object thing = "text"; return (thing is string s ? s.Length : -1) + (thing as JObject == null ? "n" : "o"); }"#,
            "4n",
        ),
    ] {
        assert_eq!(value_of(expression).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn the_classes_of_net_that_policies_use_are_known() {
    for (expression, expected) in [
        (
            r#"@(System.Text.RegularExpressions.Regex.Match("v-12-x", @"v-(\d+)").Groups[1].Value)"#,
            "12",
        ),
        (r#"@(Regex.Replace("a1b22", "[0-9]+", "_"))"#, "a_b_"),
        (r#"@(DateTime.UtcNow.ToString("yyyy-MM-dd"))"#, "2027-01-15"),
        (
            r#"@(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 100000)"#,
            "18000",
        ),
        (
            r#"@((DateTime.UtcNow.AddMinutes(90) - DateTime.UtcNow).TotalHours > 1.4)"#,
            "True",
        ),
        (
            r#"@(Convert.ToBase64String(Encoding.UTF8.GetBytes("hi")))"#,
            "aGk=",
        ),
        (
            r#"@(Encoding.UTF8.GetString(Convert.FromBase64String("aGk=")) + System.Net.WebUtility.UrlEncode("a b&c"))"#,
            "hia+b%26c",
        ),
        (r#"@(string.Format("{0}-{1:D3}{{}}", "a", 7))"#, "a-007{}"),
        (
            r#"@($"{DateTime.UtcNow:yyyy}/{3.14159:F2}/{(1 > 2 ? "a" : "b")}")"#,
            "2027/3.14/b",
        ),
        (r#"@($@"c:\{"x"}")"#, r"c:\x"),
        (
            r#"@("x".PadRight(3, '-') + Math.Round(2.345, 1) + (5 ^ 3))"#,
            "x--2.36",
        ),
        (r#"@(Guid.NewGuid().ToString("N").Length)"#, "32"),
        (r#"@(default(string) ?? string.Empty)"#, ""),
    ] {
        assert_eq!(value_of(expression).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn another_service_is_asked_and_its_answer_is_used() {
    let rig = Rig::new(with_inbound(
        r#"<send-request mode="new" response-variable-name="said" timeout="5" ignore-error="false">
             <set-url>https://lookup.cognitiveservices.azure.com/who?x=1</set-url><set-method>POST</set-method>
             <set-header name="content-type" exists-action="override"><value>application/json</value></set-header>
             <set-body>@(new JObject(new JProperty("m", context.Request.Method)).ToString())</set-body>
             <authentication-managed-identity resource="https://cognitiveservices.azure.com" />
           </send-request>
           <choose><when condition="@(((IResponse)context.Variables["said"]).StatusCode == 200)">
             <set-header name="x-said" exists-action="override"><value>@(((IResponse)context.Variables["said"]).Body.As<JObject>()["name"].ToString())</value></set-header>
           </when></choose>"#,
    ));
    rig.answers(&[answer(200, r#"{"name":"ada"}"#), answer(200, "{}")]);
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(rig.calls(), 2);
    rig.last(|seen| assert_eq!(seen.request.headers()["x-said"], "ada"));
    let seen = rig.stub.seen.lock().unwrap();
    let first = &seen[0].request;
    assert_eq!(
        (first.method().as_str(), first.uri().path()),
        ("POST", "/who")
    );
    assert_eq!(first.body().as_ref(), b"{\n  \"m\": \"POST\"\n}");
    assert!(
        first.headers()["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Bearer ")
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_fails_the_request_unless_errors_are_ignored() {
    for (ignores, status) in [("false", 500), ("true", 200)] {
        let rig = Rig::new(with_inbound(&format!(
            r#"<send-request mode="new" response-variable-name="said" ignore-error="{ignores}"><set-url>https://nobody.example/</set-url><set-method>GET</set-method></send-request>
               <set-header name="x-said"><value>@(context.Variables["said"] == null ? "nothing" : "something")</value></set-header>"#
        )));
        assert_eq!(rig.post(&[]).await.status(), status, "{ignores}");
    }
}

#[tokio::test]
async fn a_kept_value_lives_as_long_as_it_was_kept_for() {
    let rig = Rig::new(with_inbound(
        r#"<cache-lookup-value key="@("k-" + context.Api.Id)" variable-name="kept" />
           <choose><when condition="@(!context.Variables.ContainsKey("kept"))">
             <set-variable name="kept" value="fresh" />
             <cache-store-value key="@("k-" + context.Api.Id)" value="old" duration="60" />
           </when></choose>
           <set-header name="x-kept"><value>@((string)context.Variables["kept"])</value></set-header>"#,
    ));
    let kept = || {
        rig.last(|seen| {
            seen.request.headers()["x-kept"]
                .to_str()
                .unwrap()
                .to_owned()
        })
    };
    rig.post(&[]).await;
    assert_eq!(kept(), "fresh");
    rig.post(&[]).await;
    assert_eq!(kept(), "old");
    rig.clock.advance(Duration::from_secs(61));
    rig.post(&[]).await;
    assert_eq!(kept(), "fresh");
}

#[tokio::test]
async fn bodies_are_replaced_and_answers_are_mocked() {
    let rig = Rig::new(with_inbound(
        r#"<find-and-replace from="a fox" to="an owl" /><set-method>PUT</set-method>"#,
    ));
    rig.post(&[]).await;
    rig.last(|seen| {
        assert_eq!(
            seen.request.body().as_ref(),
            br#"{"prompt":"an owl","model":"flux"}"#
        );
        assert_eq!(seen.request.method(), "PUT");
    });
    let rig = Rig::new(with_inbound(
        r#"<mock-response status-code="202" content-type="text/plain" />"#,
    ));
    let response = rig.post(&[]).await;
    assert_eq!(
        (
            response.status().as_u16(),
            header(&response, "content-type")
        ),
        (202, Some("text/plain"))
    );
    assert_eq!(rig.calls(), 0);
}

#[tokio::test]
async fn so_many_at_a_time_and_no_more() {
    let inner = r#"<limit-concurrency key="@(context.Subscription.Id)" max-count="1"><forward-request timeout="120" /></limit-concurrency>"#;
    let policy = sections(r#"<set-backend-service backend-id="b1" />"#, inner, "", "");
    let rig = Rig::new(with_policy(policy));
    rig.answers(&[StubAnswer {
        takes: Duration::from_secs(10),
        ..answer(200, "{}")
    }]);
    let (one, other) = tokio::join!(rig.post(&[]), rig.post(&[]));
    let mut found = [one.status().as_u16(), other.status().as_u16()];
    found.sort_unstable();
    assert_eq!(found, [200, 429]);
    assert_eq!(rig.post(&[]).await.status(), 200);
}

#[tokio::test]
async fn a_policy_that_is_not_simulated_lets_the_request_pass() {
    let rig = Rig::new(with_inbound(
        r#"<llm-content-safety backend-id="c"><categories output-type="EightSeverityLevels"><category name="Hate" threshold="4" /></categories></llm-content-safety>
           <choose><when condition="@(context.Request.Url.Path.Normalize() == "x")"><return-response><set-status code="418" /></return-response></when></choose>
           <log-to-eventhub logger-id="hub">@(context.RequestId.ToString())</log-to-eventhub>"#,
    ));
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(rig.calls(), 1);
}
