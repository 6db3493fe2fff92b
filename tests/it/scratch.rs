use fluxprobe::discover::{Selection, targets};
use fluxprobe::harness::{Harness, Settings};
use fluxprobe::model::*;
use fluxprobe::plan::Choice;
use fluxprobe::run::{Events, RunEvent, RunOptions};
use fluxprobe::scenario::*;
struct Quiet;
impl Events for Quiet {
    fn take(&self, e: &RunEvent<'_>) {
        println!("{e:?}");
    }
}
fn step(name: &str, action: Action, expect: &[&str]) -> Step {
    Step {
        name: name.into(),
        action,
        how: How::default(),
        when: vec![],
        expect: expect
            .iter()
            .map(|t| Check {
                that: (*t).into(),
                ..Check::default()
            })
            .collect(),
        capture: Default::default(),
        repeat: Repeat::default(),
        matrix: Default::default(),
        wait: Default::default(),
        poll: None,
        timeout: std::time::Duration::from_secs(120),
        is_free: false,
        is_paced: true,
        honours_retry_after: false,
        print: vec![],
        at: Position::default(),
    }
}
#[tokio::test(flavor = "multi_thread")]
async fn scratch() {
    let settings = Settings {
        world: Some("phase-1.5".to_owned()),
        ..Settings::default()
    };
    let harness = Harness::open(settings).await.unwrap();
    let inv = harness
        .discover(&Selection::default(), &|_| {})
        .await
        .unwrap();
    let t = targets(&inv, &Selection::default());
    let mut g = step(
        "draw",
        Action::Generate(Generate {
            prompt: "a red bicycle".into(),
            n: 1,
            ..Generate::default()
        }),
        &[
            "status == 200",
            "picture.decodes",
            "picture.container == family.container",
            "picture.provenance.agent == 'Black forest labs in Azure AI'",
        ],
    );
    g.capture.insert("drawing".into(), "picture".into());
    g.print
        .push("[image] {{ target.deployment }} ({{ picture.base64_chars }} base64 chars)".into());
    let mut e = step(
        "edit",
        Action::Edit(Edit {
            prompt: "make it blue".into(),
            image: "captures.drawing".into(),
            n: 1,
            size: None,
        }),
        &["status == 200"],
    );
    let d = step(
        "describe",
        Action::Describe(Describe {
            prompt: "what is it".into(),
            image: "captures.drawing".into(),
            max_tokens: 100,
        }),
        &["status == 200"],
    );
    let s = vec![Scenario {
        id: "B".into(),
        name: "built".into(),
        steps: vec![g, d, e],
        ..Scenario::default()
    }];
    let plan = harness.plan(&t, &s, &Choice::default()).unwrap();
    println!(
        "{}",
        serde_json::to_string_pretty(&plan.cases[0].requests).unwrap()
    );
    let t0 = std::time::Instant::now();
    let run = harness.run(&plan, &s, &RunOptions::default(), &Quiet).await;
    println!("{:?}", t0.elapsed());
    for c in &run.cases {
        println!("{} {:?} {} {}", c.key(), c.verdict, c.why, c.elapsed_ms);
        for s in &c.steps {
            println!("  {} {:?} {} {:?}", s.name, s.verdict, s.why, s.output);
        }
    }
    println!(
        "{}",
        serde_json::to_string_pretty(&run.cases[0].steps).unwrap()
    );
}
