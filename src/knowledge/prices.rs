//! What pictures cost: by the picture, or by their area and that of the pictures sent along.

use super::families::{by_id, is_prepaid};
use crate::model::{FamilyId, Size, Sku};
use serde::{Deserialize, Serialize};

/// What a call asks for that is billed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Order {
    /// Pictures.
    pub pictures: u32,
    /// Their size; absent for the family's usual one.
    pub size: Option<Size>,
    /// Area of all input pictures together, in millions of pixels.
    pub input_megapixels: f64,
}

/// Price of an order of a family on a deployment of this sku, in US dollars; nothing for a family that the table does not
/// hold, and for capacity that is paid by the hour.
pub fn price_usd(family: Option<&FamilyId>, sku: &Sku, order: Order) -> f64 {
    let Some(price) = price_of(family, sku) else {
        return 0.0;
    };
    let usual = family.and_then(by_id).map(|family| family.default_size);
    match order.size.or(usual) {
        Some(size) => price.usd(order.pictures, size, order.input_megapixels),
        None => 0.0,
    }
}

/// What pictures of a family cost on a deployment of this sku; absent where a picture costs nothing or nobody knows.
pub fn price_of(family: Option<&FamilyId>, sku: &Sku) -> Option<Price> {
    if is_prepaid(sku) {
        return None;
    }
    family.and_then(by_id).map(|family| family.price)
}

/// What pictures cost, in US dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// For each picture, whatever its size.
    pub picture: f64,
    /// For each million pixels of a picture that comes.
    pub output_megapixel: f64,
    /// For each million pixels of a picture that is sent along.
    pub input_megapixel: f64,
}

/// Sides of a size that is billed by its area are multiples of this (the service snaps all others to it).
const GRID: u32 = 16;

impl Price {
    /// Whether the size of a picture counts.
    pub fn is_by_size(&self) -> bool {
        self.output_megapixel > 0.0
    }

    /// Price of pictures of a size. A size off the service's grid counts as the next larger one on it.
    pub fn usd(&self, pictures: u32, size: Size, input_megapixels: f64) -> f64 {
        let side = |side: u32| f64::from(side.div_ceil(GRID) * GRID);
        let output = side(size.width) * side(size.height) / PIXELS;
        self.of_area(pictures, f64::from(pictures) * output, input_megapixels)
    }

    /// Price of pictures of which all areas are known, in millions of pixels.
    pub fn of_area(&self, pictures: u32, output_megapixels: f64, input_megapixels: f64) -> f64 {
        f64::from(pictures) * self.picture
            + output_megapixels * self.output_megapixel
            + input_megapixels * self.input_megapixel
    }
}

/// Pixels in the megapixel that prices count in.
const PIXELS: f64 = 1_000_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Order = Order {
        pictures: 1,
        size: None,
        input_megapixels: 0.0,
    };

    #[test]
    fn pictures_of_capacity_that_is_paid_by_the_hour_cost_nothing_more() {
        let price = |family: &str, sku: &str| {
            let sku = Sku {
                name: sku.into(),
                ..Sku::default()
            };
            price_usd(Some(&family.into()), &sku, ONE)
        };
        assert_eq!(price("flux-1.1-pro", "GlobalStandard"), 0.04);
        assert_eq!(price("flux-1.1-pro", ""), 0.04);
        assert_eq!(price("flux-1.1-pro", "GlobalProvisionedManaged"), 0.0);
        assert_eq!(price("flux.3", "GlobalStandard"), 0.0);
        assert_eq!(price_usd(None, &Sku::default(), ONE), 0.0);
    }
}
