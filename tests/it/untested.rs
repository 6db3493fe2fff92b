//! Estates of which not everything can be read, and what is configured beside them: a run tries the gateway all the same, is
//! silent where nothing is wrong, and says what it left untested.

use fluxprobe::discover::Selection;
use fluxprobe::harness::{Configuration, Environment, Harness, Settings, Sources};
use fluxprobe::model::{Exchange, Found, Leg, Report};
use fluxprobe::plan::Choice;
use fluxprobe::run::{Events, RunEvent, RunOptions};
use fluxprobe::{diagnose, scenario};
use std::fs;
use std::path::PathBuf;

/// Nobody looks on.
struct Nobody;

impl Events for Nobody {
    fn take(&self, _: &RunEvent<'_>) {}
}

/// Both keys of the healthy world, so that they can be written down.
const KEYS: &str = "
accounts:
  foundry1-pavavy6pu5hpa:
    keys: [k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1, k2k2k2k2k2k2k2k2k2k2k2k2k2k2k2k2]
    deployments:
      FLUX-1.1-pro: { rate_limits: [{ key: request, count: 600, renewal_period: 60 }] }
gateways:
  apim-pavavy6pu5hpa:
    subscriptions:
      subscription1: { primary_key: 00000000000000000000000000000abc }
";
/// Whoever calls holds no role.
const NO_ROLES: &str = "
clients:
  5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634: { roles: [] }
";
const GATEWAY: &str = "https://apim-pavavy6pu5hpa.azure-api.net";
const ACCOUNT: &str = "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/";
const APIM_KEY: &str = "APIM_SUBSCRIPTION_KEY=00000000000000000000000000000abc\n";
const ACCOUNT_KEY: &str = "k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1";

/// A world over the healthy one, and the files beside it.
#[derive(Default)]
struct Estate {
    world: String,
    config: Option<String>,
    variables: Option<String>,
}

impl Estate {
    fn of(world: &str) -> Self {
        Estate {
            world: world.to_owned(),
            ..Estate::default()
        }
    }

    /// As found without any right in Resource Manager.
    fn without_arm(variables: &str) -> Self {
        Estate::of(&format!("{KEYS}{NO_ROLES}")).with_variables(variables)
    }

    fn with_variables(mut self, variables: &str) -> Self {
        self.variables = Some(variables.to_owned());
        self
    }

    fn with_config(mut self, config: &str) -> Self {
        self.config = Some(config.to_owned());
        self
    }

    async fn run(&self) -> (Found, Report) {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| -> PathBuf {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let world = file("world.yaml", &format!("extends: healthy\n{}", self.world));
        let sources = Sources {
            is_world: true,
            config: self.config.as_deref().map(|text| file("c.yaml", text)),
            env_file: self.variables.as_deref().map(|text| file("c.env", text)),
            ..Sources::default()
        };
        let configuration = Configuration::load(&sources, &Environment::of(&[])).unwrap();
        let settings = Settings {
            world: Some(world.display().to_string()),
            configured_keys: configuration.keys(),
            ..Settings::default()
        };
        let harness = Harness::open(settings).await.unwrap();
        let selection = Selection::from(&configuration.config);
        let found = harness.find(&configuration, &selection, &|_| {}).await;
        let found = found.unwrap();
        let scenarios = scenario::built_in().unwrap();
        let choice = Choice {
            scenarios: ["A", "B", "E"].map(str::to_owned).into(),
            ..Choice::default()
        };
        let plan = harness.plan(&found.targets, &scenarios, &choice).unwrap();
        let options = RunOptions::default();
        let run = harness.run(&plan, &scenarios, &options, &Nobody).await;
        let diagnoser = diagnose::builtin().unwrap();
        let report = harness.diagnose(run, Some(&found.inventory), diagnoser);
        harness.close().await;
        (found, report)
    }
}

/// Names of the targets with the way they take.
fn ways(found: &Found) -> Vec<String> {
    let targets = found.targets.iter();
    targets
        .map(|one| format!("{} {}", one.deployment, one.route_name()))
        .collect()
}

fn assert_clean(report: &Report) {
    let summary = &report.run.summary;
    assert_eq!(report.diagnoses, []);
    assert_eq!((summary.fail, summary.error), (0, 0), "{:#?}", report.run);
}

fn is_all_through_the_gateway(report: &Report) -> bool {
    let mut cases = report.run.cases.iter();
    cases.all(|case| case.target.default_leg() == Leg::Gateway)
}

const BOTH: [&str; 2] = [
    "FLUX-1.1-pro apim-pavavy6pu5hpa/inference-api",
    "FLUX.1-Kontext-pro apim-pavavy6pu5hpa/inference-api",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_resource_manager_is_waited_for() {
    let throttled = "
subscriptions:
  3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512: { reads_left: 7 }
";
    let (found, report) = Estate::of(throttled).run().await;
    assert_eq!(found.inventory.gaps, []);
    assert_eq!(ways(&found), BOTH);
    assert_clean(&report);
    assert_eq!(report.run.findings, [""; 0]);
}

/// The pool's only member bears a name that is no account's.
fn misspelt(hosts: &str) -> Estate {
    Estate::of(&format!(
        "
gateways:
  apim-pavavy6pu5hpa:
    backends:
      foundry1: {{ url: https://foundry-one.openai.azure.com/openai }}
{hosts}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_whose_name_nobody_knows_is_called_through_its_gateway() {
    let missing = "hosts: { foundry-one.openai.azure.com: { dns_missing: true } }\n";
    let (found, report) = misspelt(missing).run().await;
    assert_eq!(ways(&found), BOTH);
    let supposed = found.inventory.routes.iter();
    assert!(supposed.clone().all(|one| one.supposed.is_some()));
    assert!(report.run.is_red());
    assert!(report.run.cases.iter().all(|case| {
        case.why.contains("500")
            || case
                .steps
                .iter()
                .any(|step| step.exchange.as_ref().and_then(Exchange::status) == Some(500))
    }));
}

/// An account in a subscription that the caller does not see, behind the gateway.
fn elsewhere(deployment: &str) -> Estate {
    misspelt(&format!(
        "
subscriptions:
  77777777-8b41-4f6a-a0d2-61e4b7c8f512: {{ name: Another }}
accounts:
  foundry-one:
    subscription: 77777777-8b41-4f6a-a0d2-61e4b7c8f512
    deployments:
      {deployment}: {{ model: FLUX-1.1-pro, format: Black Forest Labs, capacity: 2 }}
clients:
  a2e84f60-91bd-4c57-8d3e-0f6b5c7d1e28:
    roles: [{{ role: Cognitive Services User, scope: / }}]
"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_sees_is_called_where_it_holds_the_name_and_left_where_it_does_not()
{
    let (found, report) = elsewhere("FLUX-1.1-pro").run().await;
    assert_eq!(ways(&found), [BOTH[0], "FLUX.1-Kontext-pro direct"]);
    assert_clean(&report);

    let (found, report) = elsewhere("of-another-team").run().await;
    assert_eq!(
        ways(&found),
        ["FLUX-1.1-pro direct", "FLUX.1-Kontext-pro direct"]
    );
    assert_clean(&report);
    let [told] = report.run.findings.as_slice() else {
        panic!("{:?}", report.run.findings)
    };
    assert!(
        told.starts_with("gateway untested: no call went through apim-pavavy6pu5hpa: "),
        "{told}"
    );
    assert!(told.contains("knows no deployment of that name"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_publishes_no_images_is_told_and_nothing_is_red() {
    let orders = "
gateways:
  apim-pavavy6pu5hpa:
    apis:
      inference-api: null
      orders:
        path: orders
        service_url: https://orders.contoso.com
        operations:
          all: { method: POST, url_template: /* }
hosts:
  orders.contoso.com: { answer: { status: 200, body: \"{}\" } }
";
    let (found, report) = Estate::of(orders).run().await;
    assert_eq!(
        ways(&found),
        ["FLUX-1.1-pro direct", "FLUX.1-Kontext-pro direct"]
    );
    assert_clean(&report);
    assert_eq!(report.run.findings.len(), 1, "{:?}", report.run.findings);
    assert!(report.run.findings[0].starts_with("gateway untested: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_say_the_whole_way_where_nothing_can_be_discovered() {
    let place = format!(
        "APIM_GATEWAY_URL={GATEWAY}\nFOUNDRY_IMAGE_ENDPOINT={ACCOUNT}\nFOUNDRY_IMAGE_API_KEY={ACCOUNT_KEY}\n{APIM_KEY}"
    );
    let api = "FLUX-1.1-pro apim-pavavy6pu5hpa/inference/openai";
    for names in [
        "IMAGE_MODEL_DEPLOYMENT=FLUX-1.1-pro\nIMAGE_MODEL_NAME=FLUX-1.1-pro\nIMAGE_API_VERSION=2024-08-01-preview\n",
        "IMAGE_MODEL_DEPLOYMENT=\nDALL_E_DEPLOYMENT=FLUX-1.1-pro\n",
        "IMAGE_MODEL_DEPLOYMENT=\nDALL_E_DEPLOYMENT=\nIMAGE_API_VERSION=\n",
    ] {
        let (found, report) = Estate::without_arm(&format!("{place}{names}")).run().await;
        assert_eq!(ways(&found), [api], "{names}");
        assert!(found.targets[0].direct.is_some());
        assert_clean(&report);
        assert!(is_all_through_the_gateway(&report));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_of_variables_is_a_target_and_a_missing_key_is_named() {
    let whole = format!(
        "{ACCOUNT}openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview"
    );
    let endpoint = format!("AZURE_FLUX_11_PRO_ENDPOINT={whole}\n");
    let key = format!("AZURE_FLUX_11_PRO_API_KEY={ACCOUNT_KEY}\n");
    let (found, report) = Estate::without_arm(&format!("{endpoint}{key}")).run().await;
    assert_eq!(ways(&found), ["FLUX-1.1-pro direct"]);
    assert_clean(&report);

    let gateway = format!("{endpoint}{key}APIM_GATEWAY_URL={GATEWAY}\n{APIM_KEY}");
    let (found, report) = Estate::without_arm(&gateway).run().await;
    assert_eq!(
        ways(&found),
        ["FLUX-1.1-pro apim-pavavy6pu5hpa/inference/openai"]
    );
    assert_clean(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_beside_what_was_discovered_add_no_false_alarm() {
    let stale = format!(
        "DALL_E_DEPLOYMENT=dall-e-3\nAPIM_GATEWAY_URL={GATEWAY}\nAZURE_OPENAI_API_KEY=of-another-account\nIMAGE_API_VERSION=\n{APIM_KEY}"
    );
    let gone = format!(
        "IMAGE_MODEL_DEPLOYMENT=gone\nFOUNDRY_IMAGE_ENDPOINT={ACCOUNT}\nFOUNDRY_IMAGE_API_KEY={ACCOUNT_KEY}\n"
    );
    let pair =
        format!("AZURE_FLUX_11_PRO_ENDPOINT={ACCOUNT}\nAZURE_FLUX_11_PRO_API_KEY={ACCOUNT_KEY}\n");
    for variables in [stale.as_str(), &gone, &pair] {
        let (found, report) = Estate::of(KEYS).with_variables(variables).run().await;
        assert_eq!(ways(&found), BOTH, "{variables}");
        assert_clean(&report);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_resource_manager_does_not_show_is_added_from_what_is_written_down() {
    // The caller sees the accounts alone; the gateway is named by a variable.
    let only_accounts = "
gateways:
  apim-pavavy6pu5hpa: { resource_group: rg-gateway }
clients:
  5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634:
    roles:
      - { role: Reader, scope: /subscriptions/3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512/resourceGroups/lab-master-lab }
      - { role: Cognitive Services User, scope: /subscriptions/3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512/resourceGroups/lab-master-lab }
";
    let keys = KEYS.replace(
        "    subscriptions:",
        "    resource_group: rg-gateway\n    subscriptions:",
    );
    let clients = only_accounts.split("clients:").nth(1).unwrap();
    let world = format!("{keys}clients:{clients}");
    let scope = "AZURE_SUBSCRIPTION_ID=3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512\nRESOURCE_GROUP=lab-master-lab\n";
    let named = format!("{scope}APIM_GATEWAY_URL={GATEWAY}\n{APIM_KEY}");
    let (found, report) = Estate::of(&world).with_variables(&named).run().await;
    let api = "apim-pavavy6pu5hpa/inference/openai";
    assert_eq!(
        ways(&found),
        ["FLUX-1.1-pro", "FLUX.1-Kontext-pro"].map(|name| format!("{name} {api}"))
    );
    assert_clean(&report);

    let wrong = format!("{named}INFERENCE_API_PATH=elsewhere\n");
    let (found, report) = Estate::of(&world).with_variables(&wrong).run().await;
    assert_eq!(
        ways(&found),
        ["FLUX-1.1-pro direct", "FLUX.1-Kontext-pro direct"]
    );
    assert_clean(&report);
    assert!(
        report.run.findings[0].starts_with("gateway untested: "),
        "{:?}",
        report.run.findings
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_of_the_configuration_is_as_right_as_a_discovered_one() {
    let config = format!(
        "targets:
  - deployment: FLUX-1.1-pro
    model: FLUX-1.1-pro
    endpoint: {ACCOUNT}
    key_from: ACCOUNT_KEY
    gateway: {{ url: '{GATEWAY}', api_path: inference/openai, key_from: APIM_SUBSCRIPTION_KEY }}
"
    );
    let keys = format!("ACCOUNT_KEY={ACCOUNT_KEY}\n{APIM_KEY}");
    let (_, report) = Estate::without_arm(&keys).with_config(&config).run().await;
    assert_clean(&report);
    assert!(is_all_through_the_gateway(&report));

    let (found, report) = Estate::of(KEYS)
        .with_variables(&keys)
        .with_config(&config)
        .run()
        .await;
    assert_eq!(ways(&found), BOTH, "one target each, whoever names it");
    assert_clean(&report);
}
