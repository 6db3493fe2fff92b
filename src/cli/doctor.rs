//! `fluxprobe doctor`.

use super::args::DoctorArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::model::{Checkup, Gap, Inventory};
use crate::report::Document;

/// Checks one URL or target. Where nothing can be discovered the URL is checked all the same, as far as that goes.
pub(super) async fn run(session: &Session, args: &DoctorArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    let (inventory, targets, gap) = match found {
        Ok(found) => (found.inventory, found.targets, None),
        Err(failure) => (Inventory::default(), Vec::new(), Some(failure.text)),
    };
    let checked = opened
        .harness
        .doctor(&args.asked, &targets, Some(&inventory), args.is_tracing)
        .await;
    opened.harness.close().await;
    let mut checkup = match (checked, gap.as_ref()) {
        (Ok(checkup), _) => checkup,
        // A name means nothing where nothing could be discovered, and that is what must be told.
        (Err(_), Some(why)) => return Err(Failure::new(Exit::Unreachable, why)),
        (Err(error), None) => return Err(error.into()),
    };
    if let Some(why) = gap {
        checkup.notes.push(format!("nothing was discovered: {why}"));
    }
    checkup.notes.extend(inventory.gaps.iter().map(sentence));
    outputs.write(Document::Checkup(&checkup))?;
    Ok(exit_of(&checkup))
}

fn sentence(gap: &Gap) -> String {
    let opener = match &gap.opened_by {
        Some(opener) => format!("; opened by {opener}"),
        None => String::new(),
    };
    format!("not read: {}: {}{opener}", gap.what, gap.why)
}

/// A rung that cannot be judged is one that nobody let fluxprobe in for.
fn exit_of(checkup: &Checkup) -> Exit {
    match (checkup.is_good(), checkup.is_unjudged()) {
        (false, _) => Exit::Failed,
        (true, true) => Exit::Unreachable,
        (true, false) => Exit::Passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Rung, RungName, RungState};

    fn with(state: RungState) -> Checkup {
        Checkup {
            url: Some("https://x.azure-api.net/".to_owned()),
            rungs: vec![Rung {
                name: RungName::Key,
                state,
                ms: None,
                finding: String::new(),
                evidence: Vec::new(),
            }],
            ..Checkup::default()
        }
    }

    #[test]
    fn the_worst_rung_decides() {
        assert_eq!(exit_of(&with(RungState::Good)), Exit::Passed);
        assert_eq!(exit_of(&with(RungState::Unjudged)), Exit::Unreachable);
        assert_eq!(exit_of(&with(RungState::Broken)), Exit::Failed);
        let mended = Checkup {
            is_mended: true,
            ..with(RungState::Good)
        };
        assert_eq!(exit_of(&mended), Exit::Failed);
        assert_eq!(exit_of(&Checkup::default()), Exit::Failed);
    }
}
