//! `choose`: runs the policies of the first branch whose condition holds.

use super::super::document::{Element, Loader, Misfit, Step, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;

struct Choose {
    branches: Vec<(Text, Vec<Step>)>,
    otherwise: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&[], &["when", "otherwise"])?;
    let mut choose = Choose {
        branches: Vec::new(),
        otherwise: Vec::new(),
    };
    for (at, branch) in element.children.iter().enumerate() {
        let path = format!("{path}/{}[{}]", branch.name, at + 1);
        if branch.name == "when" {
            let condition = branch.required_text("condition")?;
            choose
                .branches
                .push((condition, loader.steps(branch, &path)?));
        } else if branch.name == "otherwise" {
            choose.otherwise = loader.steps(branch, &path)?;
        }
    }
    if choose.branches.is_empty() {
        return Err(element.misfit("it needs at least one `<when>`".into()));
    }
    Ok(Box::new(choose))
}

#[async_trait]
impl Policy for Choose {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        for (condition, steps) in &self.branches {
            if flow.flag(condition)? {
                return flow.run(steps).await;
            }
        }
        let outcome: Next = flow.run(&self.otherwise).await?;
        Ok(outcome)
    }
}
