//! Asking before money is spent, where there is somebody to ask.

use super::args_over_time::BoundArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use crate::model::Plan;
use std::io::{self, IsTerminal};

/// Has whoever sits at the terminal agree to what `plan` may cost. Where nobody sits there, `max_cost_usd` is the guard.
///
/// # Errors
/// Where the answer is not yes.
pub(super) async fn confirm(
    plan: &Plan,
    bounds: &BoundArgs,
    max_cost_usd: Option<f64>,
    is_world: bool,
) -> Result<(), Failure> {
    let most = max_cost_usd.map_or(plan.cost_usd, |most| most.min(plan.cost_usd));
    let has_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if is_world || bounds.is_agreed || !has_terminal || most <= bounds.confirm_above {
        return Ok(());
    }
    let images: u32 = plan.cases.iter().map(|case| case.images).sum();
    let s = if images == 1 { "" } else { "s" };
    output::message(&format!(
        "This run may buy {images} picture{s} for ${most:.2}. Go on? [y/N] "
    ));
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(
            Exit::Stopped,
            "not agreed, so nothing was sent to a deployment; see `fluxprobe plan`, or say --yes or --max-cost",
        )),
    }
}
