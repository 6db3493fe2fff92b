//! A call on one deployment: found by its name, judged by its state and its model.

use super::answer::Answer;
use super::arguments::Arguments;
use super::models::Model;
use super::multipart::Part;
use super::refusals;
use super::route::{Operation, Route};
use super::{edits, models, route::Surface};
use crate::sim::world::{Account, Deployment};
use bytes::Bytes;
use http::HeaderMap;
use std::time::SystemTime;

/// What a request asks of which deployment.
pub(super) struct Call<'a> {
    pub(super) account_name: &'a str,
    pub(super) account: &'a Account,
    /// The deployment's name as the account spells it.
    pub(super) name: &'a str,
    pub(super) deployment: &'a Deployment,
    pub(super) model: Model,
    pub(super) route: &'a Route,
    pub(super) api_version: &'a str,
}

/// A body that has been read as far as its surface needs.
pub(super) enum Body<'a> {
    Json(Arguments),
    Form(Vec<Part<'a>>),
}

impl<'a> Body<'a> {
    /// Reads the body as the operation wants it.
    pub(super) fn read(
        operation: &Operation,
        headers: &HeaderMap,
        body: &'a Bytes,
    ) -> Result<Self, Answer> {
        match operation {
            Operation::ImageEdits => edits::form(headers, body).map(Body::Form),
            _ => Arguments::parse(body).map(Body::Json),
        }
    }

    /// The deployment that the body names as its `model`.
    pub(super) fn model(&self) -> Result<&str, Answer> {
        match self {
            Body::Json(arguments) => arguments.required_text("model"),
            Body::Form(parts) => super::arguments::required("model", edits::field(parts, "model")),
        }
    }
}

impl<'a> Call<'a> {
    /// Finds the deployment. Names are compared without regard to case, as ARM does. One that is still being made, or
    /// failed to be, is not known to the router.
    pub(super) fn find(
        (account_name, account): (&'a str, &'a Account),
        name: &str,
        route: &'a Route,
        api_version: &'a str,
    ) -> Result<Self, Answer> {
        account
            .deployments
            .iter()
            .find(|(own, deployment)| {
                own.eq_ignore_ascii_case(name) && deployment.provisioning_state == "Succeeded"
            })
            .map(|(name, deployment)| Call {
                account_name,
                account,
                name,
                deployment,
                model: Model::of(deployment),
                route,
                api_version,
            })
            .ok_or_else(refusals::deployment_not_found)
    }

    /// Refuses where the deployment does not run.
    pub(super) fn check_state(&self, now: SystemTime) -> Result<(), Answer> {
        let Deployment {
            state,
            lifecycle,
            retires,
            model,
            ..
        } = self.deployment;
        if state == "Paused" {
            return Err(refusals::deployment_paused(self.name));
        }
        let is_past = |date: &String| {
            let date = date.parse::<jiff::Timestamp>().map(SystemTime::from);
            date.is_ok_and(|date| date <= now)
        };
        if lifecycle == "Deprecated" || retires.as_ref().is_some_and(is_past) {
            return Err(refusals::model_retired(model));
        }
        Ok(())
    }

    /// Refuses an operation that the model does not have.
    ///
    /// FLUX is not of the OpenAI family: what it lacks does not exist for it (404, as recorded for chat; the same is
    /// taken for edits on a text-only model). A FLUX.2 model on the Image API is a switch of the account.
    pub(super) fn check_operation(&self) -> Result<(), Answer> {
        let operation = &self.route.operation;
        let is_image_api = matches!(
            operation,
            Operation::ImageGenerations | Operation::ImageEdits
        );
        let fits = match (operation, &self.model) {
            (Operation::ImageGenerations, Model::Image(model)) => model.has_image_api,
            (Operation::ImageEdits, Model::Image(model)) => model.has_edits,
            (Operation::ProviderImage(segment), Model::Image(model)) => {
                model.provider_segment == Some(segment.as_str())
            }
            (Operation::Chat | Operation::Responses, Model::Chat(_))
            | (Operation::Embeddings, Model::Embeddings(_)) => true,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let lacks_image_api = matches!(&self.model, Model::Image(model) if !model.has_image_api);
        let says_so = is_image_api && lacks_image_api && self.account.flux2_on_images == 400;
        let unknown_to_it =
            self.route.surface == Surface::Provider || models::is_flux(self.deployment);
        Err(if unknown_to_it && !says_so {
            refusals::not_found()
        } else {
            refusals::operation_not_supported(operation.word(), &self.deployment.model)
        })
    }

    /// Its key among all deployments of the world.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.account_name, self.name)
    }
}
