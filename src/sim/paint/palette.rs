//! Colours: those that a prompt names, those that a seed picks, and the names of what is seen.

use super::Rng;

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// Names of colours, the words of a prompt that ask for them, and a typical value.
const COLOURS: &[(&str, &[&str], Rgb)] = &[
    ("red", &["red", "crimson", "scarlet", "ruby"], [204, 44, 48]),
    (
        "orange",
        &["orange", "sunset", "sunrise", "fire", "autumn", "fox"],
        [236, 128, 44],
    ),
    (
        "yellow",
        &["yellow", "gold", "golden", "lightning", "sun", "sand"],
        [240, 204, 64],
    ),
    (
        "green",
        &["green", "forest", "grass", "emerald", "jungle", "garden"],
        [64, 152, 72],
    ),
    (
        "teal",
        &["teal", "turquoise", "cyan", "lagoon"],
        [40, 172, 172],
    ),
    (
        "blue",
        &["blue", "sea", "ocean", "lake", "sky", "water", "river"],
        [52, 104, 204],
    ),
    (
        "purple",
        &["purple", "violet", "cyberpunk", "lavender", "galaxy"],
        [132, 64, 188],
    ),
    (
        "pink",
        &["pink", "magenta", "neon", "rose", "blossom"],
        [232, 92, 164],
    ),
    (
        "brown",
        &["brown", "wood", "wooden", "bear", "coffee", "desert"],
        [132, 92, 60],
    ),
    (
        "white",
        &["white", "snow", "snowy", "ice", "minimal", "minimalist"],
        [236, 238, 242],
    ),
    (
        "grey",
        &["grey", "gray", "silver", "metal", "fog", "stone"],
        [132, 136, 144],
    ),
    (
        "black",
        &["black", "night", "midnight", "dark", "space"],
        [26, 28, 40],
    ),
];

/// Five colours that belong together: sky, ground, and three for what stands before them.
#[derive(Debug, Clone)]
pub(super) struct Palette {
    pub(super) far: Rgb,
    pub(super) near: Rgb,
    pub(super) accents: [Rgb; 3],
}

impl Palette {
    /// Takes the colours that `words` name first, and lets the seed choose the rest and shift them all a little.
    pub(super) fn of(words: &[String], rng: &mut Rng) -> Self {
        let mut chosen: Vec<Rgb> = words.iter().filter_map(|word| asked(word)).collect();
        chosen.dedup();
        while chosen.len() < 5 {
            chosen.push(COLOURS[rng.below(COLOURS.len())].2);
        }
        let mut shift = |colour: Rgb| {
            colour.map(|part| (f32::from(part) + rng.between(-34.0, 34.0)).clamp(8.0, 250.0) as u8)
        };
        let far = shift(chosen[0]);
        let near = shift(mix(chosen[1], [20, 22, 30], 0.35));
        let accents = [chosen[2], chosen[3], chosen[4]].map(&mut shift);
        Palette { far, near, accents }
    }
}

/// The point between two colours; `0.0` is `from`.
pub(super) fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|part| {
        let (from, to) = (f32::from(from[part]), f32::from(to[part]));
        (from + (to - from) * share) as u8
    })
}

/// The everyday name of a colour.
pub(super) fn name(colour: Rgb) -> &'static str {
    let distance = |other: &Rgb| -> i32 {
        let parts = colour.iter().zip(other);
        parts
            .map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2))
            .sum()
    };
    COLOURS
        .iter()
        .min_by_key(|(_, _, value)| distance(value))
        .map_or("grey", |(name, _, _)| name)
}

fn asked(word: &str) -> Option<Rgb> {
    COLOURS
        .iter()
        .find(|(_, words, _)| words.contains(&word))
        .map(|(_, _, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_that_is_asked_for_is_the_sky() {
        let words = ["a", "red", "fox"].map(String::from);
        let palette = Palette::of(&words, &mut Rng::new(3));
        assert_eq!(name(palette.far), "red");
    }

    #[test]
    fn colours_have_names() {
        assert_eq!(name([255, 255, 255]), "white");
        assert_eq!(name([0, 0, 0]), "black");
        assert_eq!(name([50, 100, 210]), "blue");
    }
}
