//! Composition: what stands where in a picture, chosen by the words of the prompt and a seed.

use super::enlarge::Small;
use super::palette::{Palette, Rgb, mix};
use super::{Rng, digest};

/// How much smaller a scene is composed than it is shown.
pub(super) const SCALE: usize = 4;

/// A kind of thing that can stand in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Motif {
    Peaks,
    Skyline,
    Tiles,
    Orb,
    Waves,
    Bolt,
    Trees,
    Creature,
}

/// Which words ask for which motif.
const MOTIFS: &[(Motif, &[&str])] = &[
    (
        Motif::Peaks,
        &[
            "mountain",
            "mountains",
            "peak",
            "peaks",
            "alps",
            "landscape",
            "volcano",
        ],
    ),
    (
        Motif::Skyline,
        &[
            "city",
            "cyberpunk",
            "skyline",
            "street",
            "building",
            "buildings",
            "office",
            "house",
        ],
    ),
    (
        Motif::Tiles,
        &[
            "geometric",
            "abstract",
            "pattern",
            "shapes",
            "cube",
            "logo",
            "minimal",
        ],
    ),
    (
        Motif::Orb,
        &[
            "sun", "moon", "planet", "sunset", "sunrise", "ball", "circle", "apple", "orb",
        ],
    ),
    (
        Motif::Waves,
        &[
            "sea", "ocean", "wave", "waves", "lake", "river", "water", "beach",
        ],
    ),
    (
        Motif::Bolt,
        &[
            "battery",
            "lightning",
            "bolt",
            "bolts",
            "energy",
            "electric",
            "robot",
            "machine",
        ],
    ),
    (
        Motif::Trees,
        &[
            "forest", "tree", "trees", "garden", "flower", "flowers", "jungle",
        ],
    ),
    (
        Motif::Creature,
        &[
            "cat", "dog", "fox", "bird", "bear", "portrait", "person", "animal", "owl",
        ],
    ),
];

/// Composes the scene of `prompt` for a picture of `width` by `height`; one `seed` gives one scene.
pub(super) fn compose(prompt: &str, seed: u64, width: usize, height: usize) -> Small {
    let words = words(prompt);
    let mut rng = Rng::new(digest(&[prompt.as_bytes(), &seed.to_le_bytes()]));
    let mut canvas = Canvas::blank(width, height);
    let palette = Palette::of(&words, &mut rng);
    canvas.wash(&palette, &mut rng);
    for motif in motifs(&words, &mut rng) {
        canvas.draw(motif, &palette, &mut rng);
    }
    canvas.small
}

/// Lays the scene of `prompt` over `input` so that both stay to be seen: an edit.
pub(super) fn edit(input: &Small, prompt: &str, seed: u64, width: usize, height: usize) -> Small {
    let scene = compose(prompt, seed, width, height);
    let mut samples = input.samples.clone();
    for (sample, new) in samples.iter_mut().zip(&scene.samples) {
        *sample = ((u16::from(*sample) * 9 + u16::from(*new) * 7) / 16) as u8;
    }
    let mut canvas = Canvas {
        height: scene.samples.len() / (3 * scene.width),
        small: Small { samples, ..scene },
    };
    let mut rng = Rng::new(digest(&[prompt.as_bytes(), b"edit", &seed.to_le_bytes()]));
    let words = words(prompt);
    let palette = Palette::of(&words, &mut rng);
    canvas.draw(Motif::Orb, &palette, &mut rng);
    canvas.small
}

/// A scene without light.
pub(super) fn black(width: usize, height: usize) -> Small {
    Canvas::blank(width, height).small
}

/// Size of the scene behind a picture of this size: one point more than needed on each side, whole JPEG blocks covered.
pub(super) fn size(width: usize, height: usize) -> (usize, usize) {
    let points = |length: usize| length.div_ceil(16) * 16 / SCALE + 1;
    (points(width), points(height))
}

fn words(prompt: &str) -> Vec<String> {
    prompt
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn motifs(words: &[String], rng: &mut Rng) -> Vec<Motif> {
    let mut chosen = Vec::new();
    for word in words {
        let found = MOTIFS.iter().find(|(_, names)| names.contains(&&**word));
        if let Some((motif, _)) = found
            && !chosen.contains(motif)
        {
            chosen.push(*motif);
        }
    }
    while chosen.len() < 2 {
        chosen.push(MOTIFS[rng.below(MOTIFS.len())].0);
    }
    chosen.truncate(3);
    chosen
}

struct Canvas {
    height: usize,
    small: Small,
}

impl Canvas {
    fn blank(width: usize, height: usize) -> Self {
        let (width, height) = size(width, height);
        Canvas {
            height,
            small: Small {
                width,
                channels: 3,
                samples: vec![0; width * height * 3],
            },
        }
    }

    /// A slanted wash from the far to the near colour, with a light somewhere in it.
    fn wash(&mut self, palette: &Palette, rng: &mut Rng) {
        let (width, height) = (self.small.width as f32, self.height as f32);
        let slant = rng.between(-0.8, 0.8);
        let (light_x, light_y) = (rng.between(0.1, 0.9), rng.between(0.1, 0.7));
        let (reach, glow) = (rng.between(0.2, 0.5), palette.accents[0]);
        let wide = self.small.width * 3;
        for (y, row) in self.small.samples.chunks_mut(wide).enumerate() {
            let down = y as f32 / height;
            for (x, point) in row.chunks_mut(3).enumerate() {
                let across = x as f32 / width;
                let share = (down + slant * (across - 0.5)).clamp(0.0, 1.0);
                let base = mix(palette.far, palette.near, share);
                let away = (across - light_x).powi(2) + (down - light_y).powi(2);
                let light = (1.0 - away / (reach * reach)).max(0.0) * 0.6;
                point.copy_from_slice(&mix(base, glow, light));
            }
        }
    }

    fn draw(&mut self, motif: Motif, palette: &Palette, rng: &mut Rng) {
        let colour = palette.accents[rng.below(3)];
        let dark = mix(colour, [10, 12, 18], 0.55);
        match motif {
            Motif::Peaks => {
                for layer in 0..3 {
                    let shade = mix(colour, palette.near, 0.3 * layer as f32);
                    let (top, x) = (rng.between(0.15, 0.5), rng.between(0.0, 1.0));
                    let half = rng.between(0.25, 0.6);
                    let base = 1.05;
                    self.fill(&[(x, top), (x + half, base), (x - half, base)], shade);
                    let snow = half * 0.22;
                    let low = top + (base - top) * 0.22;
                    self.fill(
                        &[(x, top), (x + snow, low), (x - snow, low)],
                        [240, 242, 248],
                    );
                }
            }
            Motif::Skyline => {
                let mut x = rng.between(-0.1, 0.0);
                while x < 1.0 {
                    let (wide, top) = (rng.between(0.06, 0.16), rng.between(0.2, 0.75));
                    self.bar(
                        x,
                        top,
                        wide * 0.92,
                        1.0,
                        mix(dark, palette.near, rng.unit()),
                    );
                    let lit = palette.accents[rng.below(3)];
                    for _ in 0..12 {
                        let (u, v) = (rng.between(0.1, 0.8), rng.between(0.05, 0.95));
                        self.bar(x + wide * u, top + (1.0 - top) * v, 0.012, 0.018, lit);
                    }
                    x += wide;
                }
            }
            Motif::Tiles => {
                for _ in 0..9 {
                    let (x, y) = (rng.unit(), rng.unit());
                    let around = 3 + rng.below(4);
                    let (reach, turn) = (rng.between(0.08, 0.3), rng.between(0.0, 6.0));
                    let corners: Vec<(f32, f32)> = (0..around)
                        .map(|corner| {
                            let angle =
                                turn + corner as f32 * std::f32::consts::TAU / around as f32;
                            (x + reach * angle.cos(), y + reach * angle.sin())
                        })
                        .collect();
                    let tone = palette.accents[rng.below(3)];
                    self.fill(&corners, mix(tone, [250, 250, 250], rng.unit() * 0.5));
                }
            }
            Motif::Orb => {
                let (x, y) = (rng.between(0.2, 0.8), rng.between(0.2, 0.7));
                let reach = rng.between(0.12, 0.28);
                self.disc(x, y, reach, dark);
                self.disc(x - reach * 0.1, y - reach * 0.1, reach * 0.85, colour);
                let shine = mix(colour, [255, 255, 255], 0.6);
                self.disc(x - reach * 0.35, y - reach * 0.35, reach * 0.25, shine);
            }
            Motif::Waves => {
                for layer in 0..5 {
                    let level = 0.55 + 0.1 * layer as f32 + rng.between(-0.04, 0.04);
                    let (swell, turn) = (rng.between(0.02, 0.05), rng.between(0.0, 6.0));
                    let mut outline = vec![(1.0, 1.05), (0.0, 1.05)];
                    outline.extend((0..=24).map(|step| {
                        let x = step as f32 / 24.0;
                        (x, level + swell * (x * 14.0 + turn).sin())
                    }));
                    self.fill(&outline, mix(colour, dark, 0.2 * layer as f32));
                }
            }
            Motif::Bolt => {
                let x = rng.between(0.3, 0.6);
                self.bar(x - 0.14, 0.3, 0.28, 0.55, dark);
                self.bar(x - 0.05, 0.24, 0.1, 0.06, mix(dark, [255, 255, 255], 0.4));
                self.bar(x - 0.12, 0.32 + rng.between(0.0, 0.3), 0.24, 0.2, colour);
                for _ in 0..3 {
                    let (x, y) = (rng.between(0.05, 0.9), rng.between(0.05, 0.5));
                    let points = [
                        (0.05, 0.0),
                        (0.0, 0.16),
                        (0.04, 0.15),
                        (0.01, 0.3),
                        (0.09, 0.11),
                        (0.05, 0.12),
                        (0.1, 0.0),
                    ];
                    let bolt: Vec<_> = points.iter().map(|(u, v)| (x + u, y + v)).collect();
                    self.fill(&bolt, [252, 232, 120]);
                }
            }
            Motif::Trees => {
                for _ in 0..7 {
                    let (x, foot) = (rng.unit(), rng.between(0.75, 1.0));
                    let (tall, wide) = (rng.between(0.25, 0.5), rng.between(0.05, 0.12));
                    self.bar(
                        x - 0.012,
                        foot - tall * 0.3,
                        0.024,
                        tall * 0.3,
                        [84, 60, 42],
                    );
                    let tone = mix(colour, [40, 110, 56], rng.between(0.3, 0.8));
                    for level in 0..3 {
                        let top = foot - tall + tall * 0.22 * level as f32;
                        let reach = wide * (0.6 + 0.25 * level as f32);
                        self.fill(
                            &[
                                (x, top),
                                (x + reach, top + tall * 0.32),
                                (x - reach, top + tall * 0.32),
                            ],
                            tone,
                        );
                    }
                }
            }
            Motif::Creature => {
                let (x, y) = (rng.between(0.3, 0.7), rng.between(0.4, 0.6));
                let reach = rng.between(0.16, 0.24);
                self.disc(x, y + reach * 1.5, reach * 1.2, mix(colour, dark, 0.4));
                for side in [-1.0, 1.0] {
                    let (u, v) = (x + side * reach * 0.7, y - reach * 0.5);
                    self.fill(
                        &[
                            (u, v - reach * 0.8),
                            (u + 0.07, v + 0.08),
                            (u - 0.07, v + 0.08),
                        ],
                        dark,
                    );
                }
                self.disc(x, y, reach, colour);
                for side in [-1.0, 1.0] {
                    self.disc(
                        x + side * reach * 0.38,
                        y - reach * 0.1,
                        reach * 0.18,
                        [250, 250, 246],
                    );
                    self.disc(
                        x + side * reach * 0.38,
                        y - reach * 0.1,
                        reach * 0.09,
                        [16, 16, 20],
                    );
                }
                self.disc(x, y + reach * 0.35, reach * 0.12, dark);
            }
        }
    }

    fn bar(&mut self, x: f32, y: f32, wide: f32, tall: f32, colour: Rgb) {
        let (right, foot) = (x + wide, y + tall);
        self.fill(&[(x, y), (right, y), (right, foot), (x, foot)], colour);
    }

    fn disc(&mut self, x: f32, y: f32, reach: f32, colour: Rgb) {
        let shape = self.small.width as f32 / self.height as f32;
        let around: Vec<(f32, f32)> = (0..40)
            .map(|step| {
                let angle = step as f32 * std::f32::consts::TAU / 40.0;
                (
                    x + reach * angle.cos() / shape.max(1.0),
                    y + reach * angle.sin() * shape.min(1.0),
                )
            })
            .collect();
        self.fill(&around, colour);
    }

    /// Fills a polygon given in parts of the width and the height.
    fn fill(&mut self, corners: &[(f32, f32)], colour: Rgb) {
        let (width, height) = (self.small.width, self.height);
        let scaled: Vec<(f32, f32)> = corners
            .iter()
            .map(|(x, y)| (x * width as f32, y * height as f32))
            .collect();
        let top = scaled
            .iter()
            .fold(f32::MAX, |least, point| least.min(point.1));
        let foot = scaled
            .iter()
            .fold(f32::MIN, |most, point| most.max(point.1));
        let mut crossings = Vec::new();
        for y in top.max(0.0) as usize..(foot.max(0.0) as usize + 1).min(height) {
            let level = y as f32 + 0.5;
            crossings.clear();
            let edges = scaled.iter().zip(scaled.iter().cycle().skip(1));
            for ((x0, y0), (x1, y1)) in edges {
                if (*y0 <= level) != (*y1 <= level) {
                    crossings.push(x0 + (level - y0) / (y1 - y0) * (x1 - x0));
                }
            }
            crossings.sort_by(f32::total_cmp);
            for span in crossings.chunks_exact(2) {
                let [from, to] = [span[0], span[1]]
                    .map(|x| (x.clamp(0.0, width as f32) as usize + y * width) * 3);
                for point in self.small.samples[from..to].chunks_mut(3) {
                    point.copy_from_slice(&colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(a: &Small, b: &Small) -> f32 {
        let sum: f32 = (a.samples.iter().zip(&b.samples))
            .map(|(a, b)| f32::from(a.abs_diff(*b)))
            .sum();
        sum / a.samples.len() as f32
    }

    #[test]
    fn one_seed_gives_one_scene_and_another_a_clearly_different_one() {
        let prompt = "A red fox in a forest";
        let first = compose(prompt, 1, 512, 512);
        assert_eq!(first.samples, compose(prompt, 1, 512, 512).samples);
        for seed in 2..12 {
            let other = compose(prompt, seed, 512, 512);
            assert!(difference(&first, &other) > 12.0, "seed {seed}");
        }
        let other = compose("An office at night", 1, 512, 512);
        assert!(difference(&first, &other) > 12.0);
    }

    #[test]
    fn no_scene_is_blank() {
        for seed in 0..20 {
            let scene = compose("", seed, 256, 256);
            let (least, most) = (scene.samples.iter().min(), scene.samples.iter().max());
            assert!(most.unwrap() - least.unwrap() > 60, "seed {seed}");
        }
    }

    #[test]
    fn an_edit_keeps_its_input_in_sight_and_changes_it() {
        let input = compose("A battery", 5, 512, 512);
        let edited = edit(&input, "make it snow", 6, 512, 512);
        let unrelated = compose("make it snow", 7, 512, 512);
        let change = difference(&input, &edited);
        assert!(change > 6.0, "{change}");
        assert!(change < difference(&input, &unrelated), "{change}");
    }
}
