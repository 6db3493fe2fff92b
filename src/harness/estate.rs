//! What there is to call: over ARM, or as it is written down.

use super::Harness;
use super::configuration::Configuration;
use super::error::{HarnessError, in_words};
use crate::diagnose::explain_gaps;
use crate::discover::{Configured, Progress, Selection, merge, suppose_written, targets};
use crate::model::{Checkup, Found, Gap, Inventory};

impl Found {
    /// What of a saved inventory can be called.
    pub fn of(inventory: Inventory, selection: &Selection) -> Self {
        let targets = targets(&inventory, selection);
        Found { inventory, targets }
    }

    /// Makes sure that there is something to call.
    ///
    /// # Errors
    /// [`HarnessError::NoTargets`] with what was read, and what could not be.
    pub fn check(&self) -> Result<(), HarnessError> {
        if self.targets.is_empty() {
            return Err(HarnessError::NoTargets(no_targets(&self.inventory)));
        }
        Ok(())
    }
}

impl Harness {
    /// Discovers over ARM; without rights there, or where it shows nothing to call, takes what is written down.
    ///
    /// # Errors
    /// [`HarnessError::Discover`] where nothing at all could be reached or signed in to, and nothing is written down.
    pub async fn find(
        &self,
        configuration: &Configuration,
        selection: &Selection,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Found, HarnessError> {
        let complete = self.complete(configuration.written.clone()).await;
        let written = &complete;
        let has_written = !written.targets.is_empty();
        let written = |why: String| {
            let mut inventory = written.inventory.clone();
            inventory.gaps.push(Gap {
                what: "Azure Resource Manager".to_owned(),
                why,
                opened_by: Some("Reader on the subscription".to_owned()),
            });
            Found {
                inventory,
                targets: written.targets.clone(),
            }
        };
        let is_world = self.world.is_some();
        if has_written && !is_world && !configuration.names_an_identity() {
            let why = "nobody is configured to sign in as, so only what is written down is known";
            return Ok(written(why.to_owned()));
        }
        match self.discover(selection, progress).await {
            Ok(inventory) => {
                let found = self.laid_over(&complete, inventory, selection).await;
                if found.targets.is_empty() && has_written {
                    return Ok(written("it shows no FLUX deployment".to_owned()));
                }
                Ok(found)
            }
            Err(error) if has_written => Ok(written(error.to_string())),
            Err(error) => Err(error),
        }
    }
}

impl Harness {
    /// Makes targets of an inventory: supposed routes are put to the test, and what is written down is laid over them.
    pub async fn known(
        &self,
        configuration: &Configuration,
        inventory: Inventory,
        selection: &Selection,
    ) -> Found {
        let written = self.complete(configuration.written.clone()).await;
        self.laid_over(&written, inventory, selection).await
    }

    async fn laid_over(
        &self,
        written: &Configured,
        mut inventory: Inventory,
        selection: &Selection,
    ) -> Found {
        suppose_written(&mut inventory, written);
        let mut found = self.settle(inventory, selection).await;
        if !found.targets.is_empty() {
            merge(&mut found, written, selection);
            self.keys.know(&found.targets);
        }
        found
    }

    /// Checks a URL or a deployment. Where nothing can be discovered the URL is checked all the same, as far as that
    /// goes, and the checkup notes why.
    ///
    /// # Errors
    /// Where `asked` names nothing; where nothing could be discovered, that is what is told.
    pub async fn check_up(
        &self,
        configuration: &Configuration,
        selection: &Selection,
        asked: &str,
        is_tracing: bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Checkup, HarnessError> {
        let (found, gap) = match self.find(configuration, selection, progress).await {
            Ok(found) => (found, None),
            Err(error) => (Found::default(), Some(error)),
        };
        let inventory = &found.inventory;
        let checked = self.doctor(asked, &found.targets, Some(inventory), is_tracing);
        let (mut checkup, gap) = match (checked.await, gap) {
            (Ok(checkup), gap) => (checkup, gap),
            // A name means nothing where nothing could be discovered.
            (Err(_), Some(error)) | (Err(error), None) => return Err(error),
        };
        if let Some(error) = gap {
            checkup
                .notes
                .push(format!("nothing was discovered: {error}"));
        }
        checkup.notes.extend(inventory.gaps.iter().map(sentence));
        Ok(checkup)
    }
}

fn sentence(gap: &Gap) -> String {
    let opener = match &gap.opened_by {
        Some(opener) => format!("; opened by {opener}"),
        None => String::new(),
    };
    format!("not read: {}: {}{opener}", gap.what, gap.why)
}

fn no_targets(inventory: &Inventory) -> String {
    let deployments = inventory
        .accounts
        .iter()
        .map(|account| account.deployments.len());
    let mut text = format!(
        "no FLUX deployment was found: {} accounts with {} deployments were read",
        inventory.accounts.len(),
        deployments.sum::<usize>()
    );
    for gap in &inventory.gaps {
        text.push_str(&format!("\n  not read: {}: {}", gap.what, gap.why));
        if let Some(opener) = &gap.opened_by {
            text.push_str(&format!("; opened by {opener}"));
        }
    }
    for said in explain_gaps(inventory) {
        text.push_str(&in_words(&said));
    }
    text.push_str("\ndeploy a model of Black Forest Labs, or widen --subscription, --resource-group, --account");
    text
}
