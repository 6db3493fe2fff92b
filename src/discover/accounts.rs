//! Foundry and Azure OpenAI accounts, and what they hold.

use super::arm::Arm;
use super::error::ArmError;
use super::shape;
use crate::knowledge::{azure, is_flux};
use crate::model::{Account, Gap};
use futures_util::future::join;

/// Provider namespace and type of accounts.
pub(super) const ACCOUNTS: &str = "providers/Microsoft.CognitiveServices/accounts";

/// An account with its deployments and projects; what may not be read is a gap.
pub(super) async fn read_account(arm: &Arm, mut account: Account) -> (Account, Vec<Gap>) {
    let Some(id) = account.id.clone() else {
        return (account, Vec::new());
    };
    let version = azure().arm.cognitive_services.as_str();
    let list = async |below: &str| arm.list(&format!("{}/{below}", id.as_str()), version).await;
    let deployments = list("deployments");
    let projects = async {
        if account.kind.eq_ignore_ascii_case("AIServices") {
            list("projects").await
        } else {
            Ok(Vec::new())
        }
    };
    let (deployments, projects) = join(deployments, projects).await;
    let mut gaps = Vec::new();
    let mut take = |what: &str, read: Result<Vec<serde_json::Value>, ArmError>| {
        read.unwrap_or_else(|error| {
            let what = format!("{what} of account {}", account.name);
            gaps.push(error.into_gap(what, "enumerate"));
            Vec::new()
        })
    };
    let deployments = take("deployments", deployments);
    let projects = take("projects", projects);
    account.deployments = deployments.iter().map(shape::deployment).collect();
    account.projects = projects.iter().map(shape::project).collect();
    // The list of models is long and says more only of lifecycles, so it is asked for where there is FLUX.
    if account.deployments.iter().any(|one| is_flux(&one.model)) {
        match list("models").await {
            Ok(models) => {
                for deployment in &mut account.deployments {
                    shape::add_lifecycle(deployment, &models);
                }
            }
            Err(error) => {
                let what = format!("models of account {}", account.name);
                gaps.push(error.into_gap(what, "enumerate"));
            }
        }
    }
    (account, gaps)
}
