//! `fluxprobe plan`.

use super::args::PlanArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::harness::scenarios;
use crate::model::Plan;
use crate::report::Document;

/// Shows what would run, and sends none of it. Discovery is the only thing that touches the network.
pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Plan(&Plan::default()))?;
    let scenarios = scenarios(&args.scenarios)?;
    let progress = session.progress();
    let opened = session.open().await?;
    let planned = session.plan(&opened, args, &scenarios, &progress).await;
    opened.harness.close().await;
    let plan = planned?.plan;
    outputs.write(Document::Plan(&plan))?;
    Ok(if plan.cases.is_empty() && plan.shard.is_none() {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}
