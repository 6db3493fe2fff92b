//! What a step orders that is billed, as far as its templates say it.

use crate::expr::{Context, Engine};
use crate::knowledge::{Order, by_id};
use crate::model::{Size, Target};
use crate::scenario::{Action, Scenario, Step};
use serde_json::{Map, Value};

/// What one attempt of `step` orders. A picture that it changes counts with the largest size that its scenario asks for.
pub fn order_of(
    engine: &Engine,
    scenario: &Scenario,
    step: &Step,
    target: &Target,
    context: &Context,
) -> Order {
    if step.images() == 0 {
        return Order::default();
    }
    let input = match step.action {
        Action::Edit(_) => largest(engine, scenario, target, context),
        _ => 0.0,
    };
    Order {
        pictures: step.images(),
        size: size_of(engine, step, context),
        input_megapixels: input,
    }
}

/// Every combination of the values of a step's matrix, put into the context.
pub(super) fn combinations(step: &Step, context: &Context) -> Vec<Context> {
    let mut all: Vec<Map<String, Value>> = vec![Map::new()];
    for (name, values) in &step.matrix {
        all = all
            .iter()
            .flat_map(|known| {
                values.iter().map(move |value| {
                    let mut next = known.clone();
                    next.insert(name.clone(), value.clone());
                    next
                })
            })
            .collect();
    }
    all.into_iter()
        .map(|matrix| {
            let mut context = context.clone();
            context.set("matrix", &Value::Object(matrix));
            context
        })
        .collect()
}

fn size_of(engine: &Engine, step: &Step, context: &Context) -> Option<Size> {
    let template = match &step.action {
        Action::Generate(generate) => generate.size.as_ref(),
        Action::Edit(edit) => edit.size.as_ref(),
        Action::Describe(_) | Action::Http(_) | Action::Probe(_) => None,
    }?;
    let context = super::with_variables(engine, step, context.clone()).ok()?;
    engine.render(template, &context).ok()?.parse().ok()
}

/// Area of the largest picture that a scenario asks for, in millions of pixels.
fn largest(engine: &Engine, scenario: &Scenario, target: &Target, context: &Context) -> f64 {
    let family = target.family.as_ref().and_then(by_id);
    let usual = family.map(|family| family.default_size);
    let area = |size: Size| f64::from(size.width) * f64::from(size.height) / 1e6;
    let sizes = scenario.steps.iter().flat_map(|step| {
        let each = combinations(step, context);
        each.into_iter()
            .filter_map(|context| size_of(engine, step, &context))
            .collect::<Vec<Size>>()
    });
    sizes.chain(usual).map(area).fold(0.0, f64::max)
}
