use super::*;
use crate::sim::World;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LOGIN: &str = "login.microsoftonline.com";
const DOCUMENT: &str = "https://login.microsoftonline.com/common/discovery/keys";

async fn start(faults: &str) -> SimServer {
    let world = World::parse(&format!("extends: phase-1.5\nhosts: {{ {faults} }}\n")).unwrap();
    SimServer::start(world).await.unwrap()
}

fn address(server: &SimServer, host: &str) -> SocketAddr {
    match server.resolve(host) {
        Resolution::Address(address) => address,
        other => panic!("{host}: {other:?}"),
    }
}

/// More than any connection here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client as a program has one: it trusts the root and resolves names as the server says.
fn client(server: &SimServer) -> reqwest::Client {
    client_with(server, PATIENCE)
}

fn client_with(server: &SimServer, connect_timeout: Duration) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    let pem = server.ca_pem();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "a stranger's client")]
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .resolve(LOGIN, address(server, LOGIN))
        .resolve("sts.windows.net", address(server, "sts.windows.net"))
        .connect_timeout(connect_timeout)
        .build()
        .unwrap()
}

/// The whole chain of an error, as a person would read it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

async fn failure(faults: &str) -> String {
    failure_within(PATIENCE, faults).await
}

async fn failure_within(connect_timeout: Duration, faults: &str) -> String {
    let server = start(faults).await;
    let hurried = client_with(&server, connect_timeout);
    let text = match hurried.get(DOCUMENT).send().await {
        Err(error) => chain(&error),
        Ok(response) => chain(&response.bytes().await.unwrap_err()),
    };
    let neighbour = client(&server).get("https://sts.windows.net/common/discovery/keys");
    assert_eq!(neighbour.send().await.unwrap().status(), 200);
    text
}

#[tokio::test]
async fn a_program_reads_a_production_url() {
    let server = start("").await;
    let response = client(&server).get(DOCUMENT).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.version(), http::Version::HTTP_11);
    assert!(response.headers().contains_key("date"));
    assert!(response.text().await.unwrap().starts_with(r#"{"keys":"#));
    let seen = server.requests();
    assert_eq!(
        (seen[0].host.as_str(), seen[0].path.as_str(), seen[0].status),
        (LOGIN, "/common/discovery/keys", Some(200))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_broken_certificate_is_met_as_such() {
    let expired = failure(&format!("{LOGIN}: {{ certificate_expired: true }}")).await;
    assert!(expired.contains("expired"), "{expired}");
    let foreign = failure(&format!(
        "{LOGIN}: {{ certificate_names: [other.example] }}"
    ))
    .await;
    assert!(foreign.contains("not valid for name"), "{foreign}");
    let untrusted = failure(&format!("{LOGIN}: {{ certificate_untrusted: true }}")).await;
    assert!(untrusted.contains("UnknownIssuer"), "{untrusted}");
}

#[tokio::test]
async fn a_broken_transport_is_met_as_such() {
    let refused = failure(&format!("{LOGIN}: {{ port_closed: true }}")).await;
    assert!(refused.contains("Connection refused"), "{refused}");
    let moment = Duration::from_millis(300);
    let silent = failure_within(moment, &format!("{LOGIN}: {{ unroutable: true }}")).await;
    let words = ["operation timed out", "deadline has elapsed"];
    assert!(words.iter().any(|it| silent.contains(it)), "{silent}");
    let reset = failure(&format!("{LOGIN}: {{ reset: true }}")).await;
    assert!(reset.contains("reset by peer"), "{reset}");
    let plain = failure(&format!("{LOGIN}: {{ not_tls: true }}")).await;
    assert!(plain.contains("InvalidContentType"), "{plain}");
    let cut = failure(&format!("{LOGIN}: {{ cut_after: 5 }}")).await;
    assert!(cut.contains("decoding") || cut.contains("body"), "{cut}");
}

#[tokio::test]
async fn names_resolve_as_the_world_says() {
    let server = start(
        "management.azure.com: { dns_missing: true }, login.windows.net: { dns_fails: true }",
    )
    .await;
    assert_eq!(server.resolve("nowhere.example"), Resolution::NotFound);
    assert_eq!(server.resolve("management.azure.com"), Resolution::NotFound);
    assert_eq!(
        server.resolve("login.windows.net"),
        Resolution::ResolverFailed
    );
    assert_eq!(
        server.resolve("LOGIN.microsoftonline.com"),
        server.resolve(LOGIN)
    );
}

#[tokio::test]
async fn a_huge_body_comes_whole_and_late_bytes_cost_no_time() {
    let server = start(&format!(
        "{LOGIN}: {{ huge_body: 3000000, first_byte: {{ ms: 3600000 }} }}"
    ))
    .await;
    let body = client(&server).get(DOCUMENT).send().await.unwrap();
    assert_eq!(body.bytes().await.unwrap().len(), 3_000_000);
    assert!(server.clock().elapsed() >= Duration::from_secs(3600));
}

async fn say(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn plain(server: &SimServer) -> SocketAddr {
    server
        .proxy_url()
        .trim_start_matches("http://")
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_proxy_says_what_it_cannot_reach() {
    let server = start("management.azure.com: { dns_missing: true }").await;
    for host in ["nowhere.example:443", "management.azure.com:443"] {
        let answer = say(
            plain(&server),
            &format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        )
        .await;
        assert_eq!(
            answer,
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
}

#[tokio::test]
async fn the_metadata_address_is_reached_through_the_proxy_in_plain_http() {
    let server = start("").await;
    let url =
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r";
    let answer = say(
        plain(&server),
        &format!("GET {url} HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n"),
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 400 Bad Request\r\nContent-Type: "),
        "{answer}"
    );
    assert!(
        answer.ends_with("Required metadata header not specified\"}"),
        "{answer}"
    );
}

#[tokio::test]
async fn another_program_moves_the_clock() {
    let server = start("").await;
    let control = |line: &str| {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            plain(&server)
        );
        let address = plain(&server);
        async move { say(address, &request).await }
    };
    let before = server.clock().elapsed();
    let answer = control("POST /clock/advance?seconds=90").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(server.clock().elapsed() - before >= Duration::from_secs(90));
    let answer = control("POST /clock/advance?seconds=-1").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let answer = control("GET /requests").await;
    assert!(answer.ends_with("[]"), "{answer}");
}

#[tokio::test]
async fn curl_goes_through_the_proxy_unmodified() {
    let server = start("").await;
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    server.write_ca(&ca).unwrap();
    let mut curl = std::process::Command::new("curl");
    curl.args(["-sS", "-w", "%{http_code} %{http_connect}", DOCUMENT])
        .env("HTTPS_PROXY", server.proxy_url())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .arg("--cacert")
        .arg(&ca);
    let run = tokio::task::spawn_blocking(move || curl.output())
        .await
        .unwrap();
    // Without curl on the machine there is nothing to show here.
    let Ok(output) = run else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.starts_with(r#"{"keys":"#) && text.ends_with("200 200"),
        "{text}"
    );
}

#[tokio::test]
async fn the_ready_file_holds_the_contract() {
    let server = start("").await;
    let info = serde_json::to_value(server.info("/tmp/ca.pem".as_ref())).unwrap();
    let keys: Vec<&String> = info.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "proxy",
            "ca_file",
            "tls_port",
            "hosts",
            "control",
            "subscription_id",
            "tenant_id",
            "client_id",
            "client_secret",
            "gateways",
            "accounts",
            "not_simulated"
        ]
    );
    let SocketAddr::V4(direct) = address(&server, LOGIN) else {
        panic!("an address of another family");
    };
    assert_eq!(info["tls_port"], direct.port());
    assert_eq!(
        info["gateways"][0]["url"],
        "https://apim-pavavy6pu5hpa.azure-api.net"
    );
    assert_eq!(
        info["accounts"][0]["endpoint"],
        "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/"
    );
    assert_eq!(info["client_secret"].as_str().unwrap().len(), 37);
}
