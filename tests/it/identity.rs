//! Every way of signing in that can be shown without Azure, each through the real credential of the SDK.

use crate::program::{Desk, list};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fluxprobe::sim::imds::identity_header;
use fluxprobe::sim::world::World;

const TENANT: &str = "7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10";
const CLIENT: &str = "0c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5";
const SUBJECT: &str = "repo:contoso/estate:environment:nightly";

/// `healthy`, with one more principal that may read.
fn world(how: &str) -> String {
    format!(
        "extends: healthy\nclients:\n  {CLIENT}:\n    name: nightly\n    {how}\n    roles:\n      - {{ role: Reader, scope: '' }}\n"
    )
}

#[track_caller]
fn discovers(desk: &Desk, auth: &str) {
    let found = desk
        .run(&[
            "discover",
            "--world",
            "world.yaml",
            "--auth",
            auth,
            "--format",
            "json",
        ])
        .expect(0)
        .json();
    assert_eq!(list(&found["accounts"]).len(), 3);
    assert!(!list(&found["routes"]).is_empty());
}

fn desk(how: &str) -> Desk {
    let desk = Desk::new();
    desk.write("world.yaml", &world(how));
    desk
}

#[test]
fn a_machine_signs_in_by_its_own_identity() {
    discovers(&desk("managed_identity: true"), "managed-identity");
    let nobody = Desk::new();
    nobody.write("world.yaml", "extends: healthy\n");
    let said = nobody
        .run(&[
            "discover",
            "--world",
            "world.yaml",
            "--auth",
            "managed-identity",
        ])
        .expect(3);
    assert!(said.stderr.contains("identity"), "{}", said.stderr);
}

#[test]
fn an_app_service_signs_in_by_its_endpoint() {
    let text = world("managed_identity: true");
    let header = identity_header(&World::parse(&text).unwrap());
    let desk = Desk::new()
        .set("IDENTITY_ENDPOINT", "http://169.254.129.1/msi/token")
        .set("IDENTITY_HEADER", &header);
    desk.write("world.yaml", &text);
    discovers(&desk, "managed-identity");
}

#[test]
fn a_workload_signs_in_by_federation_and_only_as_the_subject_that_is_trusted() {
    for (subject, code) in [(SUBJECT, 0), ("repo:contoso/estate:pull_request", 3)] {
        let desk = desk(&format!("federated_subject: {SUBJECT}"));
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let header = part(r#"{"alg":"RS256","typ":"JWT"}"#.into());
        let claims = part(format!(
            r#"{{"iss":"https://token.actions.example","sub":"{subject}","aud":"api://AzureADTokenExchange","exp":4102444800}}"#
        ));
        desk.write("token", &format!("{header}.{claims}.c2lnbmF0dXJl"));
        let desk = desk
            .set("AZURE_TENANT_ID", TENANT)
            .set("AZURE_CLIENT_ID", CLIENT)
            .set("AZURE_FEDERATED_TOKEN_FILE", "token");
        if code == 0 {
            discovers(&desk, "workload-identity");
        } else {
            let said = desk
                .run(&[
                    "discover",
                    "--world",
                    "world.yaml",
                    "--auth",
                    "workload-identity",
                ])
                .expect(code);
            assert!(said.stderr.contains("AADSTS70021"), "{}", said.stderr);
            assert!(!said.stderr.contains(&claims), "{}", said.stderr);
        }
    }
}
