//! `fluxprobe doctor`.

use super::args::DoctorArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::model::Checkup;
use crate::report::Document;

/// Checks one URL or target. Where nothing can be discovered the URL is checked all the same, as far as that goes.
pub(super) async fn run(session: &Session, args: &DoctorArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let progress = session.progress();
    let opened = session.open().await?;
    let checked = opened.check_up(args, &progress).await;
    opened.harness.close().await;
    let checkup = checked?;
    outputs.write(Document::Checkup(&checkup))?;
    Ok(exit_of(&checkup))
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
