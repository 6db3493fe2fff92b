//! What the calls of a step cost.

use super::step::StepRunner;
use crate::expr::Context;
use crate::knowledge::{Order, price_of, price_usd};
use crate::model::Exchange;
use crate::plan::order_of;
use serde_json::Value;

impl StepRunner<'_> {
    /// Price of what one attempt orders, in US dollars.
    pub(super) fn price(&self, context: &Context) -> f64 {
        let target = &self.case.target;
        price_usd(target.family.as_ref(), &target.sku, self.order(context))
    }

    /// Price of the pictures that came: by the areas that the answer says were billed, where it says them, else by the table.
    pub(super) fn price_of_answer(&self, context: &Context, exchange: &Exchange, came: u32) -> f64 {
        let target = &self.case.target;
        let family = target.family.as_ref();
        if came == 0 {
            return 0.0;
        }
        match (billed(exchange), price_of(family, &target.sku)) {
            (Some((output, input)), Some(price)) if price.is_by_size() => {
                price.of_area(came, output, input)
            }
            _ => {
                let order = Order {
                    pictures: came,
                    ..self.order(context)
                };
                price_usd(family, &target.sku, order)
            }
        }
    }

    fn order(&self, context: &Context) -> Order {
        let engine = &self.shared.engine;
        order_of(engine, self.scenario, self.step, &self.case.target, context)
    }
}

/// The areas that an answer says were billed, in millions of pixels: what came, and what was sent along.
fn billed(exchange: &Exchange) -> Option<(f64, f64)> {
    let answer: Value = serde_json::from_str(exchange.body()).ok()?;
    let meta = answer.get("request_meta")?;
    let area = |name: &str| {
        meta.get(name)
            .and_then(Value::as_f64)
            .filter(|area| *area >= 0.0)
    };
    Some((area("output_mp")?, area("input_mp").unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordedResponse;

    #[test]
    fn the_areas_that_were_billed_are_read_from_the_answer() {
        let billed_by = |body: &str| {
            billed(&Exchange {
                response: Some(RecordedResponse {
                    body: body.into(),
                    ..RecordedResponse::default()
                }),
                ..Exchange::default()
            })
        };
        let told = r#"{"data":[],"request_meta":{"input_mp":2,"output_mp":1.05}}"#;
        assert_eq!(billed_by(told), Some((1.05, 2.0)));
        assert_eq!(billed_by(r#"{"data":[]}"#), None);
        assert_eq!(billed_by(r#"{"request_meta":{"output_mp":-1}}"#), None);
    }
}
