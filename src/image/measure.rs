//! What is measured of a picture while its rows go by: one row, a few histograms and two small grids are all it holds.

use super::shrink::Shrinker;

/// Cells across and down that a difference hash compares.
const GRID: (u32, u32) = (9, 8);
/// Levels of a channel that a pixel of a blank picture may stray from the mean: grain and the ringing of JPEG stay within.
const BLANK_STRAY: u32 = 20;
/// One pixel in so many may stray further, and the picture is still blank.
const BLANK_OUTLIERS: u64 = 100_000;
/// Levels by which the mean colours of a blank picture's regions may differ; a gradient or a dark scene differs more.
const BLANK_DRIFT: u8 = 3;
/// Regions with fewer pixels have no steady mean, so they have no say.
const BLANK_REGION: u64 = 64;

/// Collects measures of one picture, row by row.
pub(super) struct Measure {
    width: u32,
    height: u32,
    rows: u32,
    channels: [Box<[u32; 256]>; 3],
    brightness: Box<[u32; 256]>,
    alpha: (u8, u8),
    grid: Shrinker,
    thumbnail: Option<Shrinker>,
    row: Vec<[u8; 3]>,
}

/// What was measured of a whole picture.
pub(super) struct Measured {
    pub(super) entropy: f64,
    /// `None` where the picture is smaller than the grid.
    pub(super) dhash: Option<u64>,
    /// The mean colour, where every part of the picture is (almost) that.
    pub(super) blank: Option<[u8; 3]>,
    /// Width, height and RGB bytes.
    pub(super) thumbnail: Option<(u32, u32, Vec<u8>)>,
}

impl Measure {
    /// Measures of a picture of this size in pixels, with a thumbnail whose longer edge has at most so many pixels.
    pub(super) fn new(width: u32, height: u32, thumbnail: Option<u32>) -> Self {
        Self {
            width,
            height,
            rows: 0,
            channels: std::array::from_fn(|_| Box::new([0; 256])),
            brightness: Box::new([0; 256]),
            alpha: (u8::MAX, u8::MIN),
            grid: Shrinker::new((width, height), GRID),
            thumbnail: thumbnail
                .map(|edge| Shrinker::new((width, height), fit(width, height, edge))),
            row: Vec::with_capacity(width as usize),
        }
    }

    /// Width and height in pixels, as declared.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Rows taken so far.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Takes the next row: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) bytes a pixel. What shines through is white.
    pub(super) fn push_row(&mut self, bytes: &[u8], channels: usize) {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        match channels {
            1 => row.extend(bytes.iter().map(|&grey| [grey; 3])),
            2 => row.extend(bytes.as_chunks::<2>().0.iter().map(|&[grey, alpha]| {
                self.note_alpha(alpha);
                [over_white(grey, alpha); 3]
            })),
            3 => row.extend_from_slice(bytes.as_chunks::<3>().0),
            _ => row.extend(bytes.as_chunks::<4>().0.iter().map(|&[r, g, b, alpha]| {
                self.note_alpha(alpha);
                [r, g, b].map(|channel| over_white(channel, alpha))
            })),
        }
        self.count(&row);
        self.grid.push_row(&row);
        if let Some(thumbnail) = &mut self.thumbnail {
            thumbnail.push_row(&row);
        }
        self.rows += 1;
        self.row = row;
    }

    /// The measures, once all rows have been taken.
    pub(super) fn finish(self) -> Measured {
        let cell_pixels = u64::from(self.width / GRID.0) * u64::from(self.height / GRID.1);
        let entropy = entropy(&self.brightness);
        let mean = self.mean_where_steady();
        let (across, down, cells) = self.grid.finish();
        let cells = cells.as_chunks::<3>().0;
        let is_level = cell_pixels < BLANK_REGION || (0..3).all(|c| drift(cells, c) <= BLANK_DRIFT);
        Measured {
            entropy,
            dhash: ((across, down) == GRID).then(|| difference_hash(cells)),
            blank: mean.filter(|_| is_level),
            thumbnail: self.thumbnail.map(Shrinker::finish),
        }
    }

    /// Only the thumbnail: what there is to show of a picture that did not decode to its end.
    pub(super) fn into_thumbnail(self) -> Option<(u32, u32, Vec<u8>)> {
        self.thumbnail.map(Shrinker::finish)
    }

    fn note_alpha(&mut self, alpha: u8) {
        self.alpha = (self.alpha.0.min(alpha), self.alpha.1.max(alpha));
    }

    fn count(&mut self, row: &[[u8; 3]]) {
        let [reds, greens, blues] = &mut self.channels;
        for &[r, g, b] in row {
            reds[usize::from(r)] += 1;
            greens[usize::from(g)] += 1;
            blues[usize::from(b)] += 1;
            self.brightness[usize::from(brightness([r, g, b]))] += 1;
        }
    }

    /// The mean colour, where hardly a pixel strays from it. White on nothing is not blank, hence the look at alpha.
    fn mean_where_steady(&self) -> Option<[u8; 3]> {
        let pixels = u64::from(self.width) * u64::from(self.rows);
        if pixels == 0 || self.alpha.1.saturating_sub(self.alpha.0) > BLANK_DRIFT {
            return None;
        }
        let mut mean = [0; 3];
        for (mean, histogram) in mean.iter_mut().zip(&self.channels) {
            let total: u64 = levels(histogram).map(|(v, n)| u64::from(v) * n).sum();
            let middle = ((total + pixels / 2) / pixels) as u32;
            let strays: u64 = levels(histogram)
                .filter(|(v, _)| v.abs_diff(middle) > BLANK_STRAY)
                .map(|(_, n)| n)
                .sum();
            if strays * BLANK_OUTLIERS > pixels {
                return None;
            }
            *mean = middle as u8;
        }
        Some(mean)
    }
}

/// Brightness by the weights of ITU-R BT.601, in 1/256ths.
fn brightness([r, g, b]: [u8; 3]) -> u8 {
    ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8) as u8
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn levels(histogram: &[u32; 256]) -> impl Iterator<Item = (u32, u64)> {
    (0_u32..).zip(histogram.iter().map(|&count| u64::from(count)))
}

/// Shannon entropy of a histogram, in bits.
fn entropy(histogram: &[u32; 256]) -> f64 {
    let total: f64 = histogram.iter().map(|&count| f64::from(count)).sum();
    let bits: f64 = histogram
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum();
    bits.max(0.0)
}

/// Levels between the darkest and the brightest cell of a channel.
fn drift(cells: &[[u8; 3]], channel: usize) -> u8 {
    let values = || cells.iter().filter_map(|cell| cell.get(channel).copied());
    let high = values().max().unwrap_or_default();
    high - values().min().unwrap_or_default()
}

/// One bit for each pair of neighbours in a row of cells, the first in the highest place: set where it gets brighter to
/// the right.
fn difference_hash(cells: &[[u8; 3]]) -> u64 {
    cells
        .chunks_exact(GRID.0 as usize)
        .flat_map(|row| row.windows(2))
        .fold(0, |hash, pair| {
            hash << 1 | u64::from(brightness(pair[1]) > brightness(pair[0]))
        })
}

/// Width and height that fit a square of `edge` pixels, never larger than the picture.
fn fit(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let long = width.max(height).max(1);
    let edge = edge.clamp(1, long);
    let side = |length: u32| {
        let scaled = (u64::from(length) * u64::from(edge) + u64::from(long) / 2) / u64::from(long);
        (scaled as u32).max(1)
    };
    (side(width), side(height))
}

/// Bits in which two difference hashes differ.
#[cfg(test)]
pub(super) fn hamming(one: &str, other: &str) -> u32 {
    let bits = |hash| u64::from_str_radix(hash, 16).unwrap();
    (bits(one) ^ bits(other)).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Measured {
        let mut measure = Measure::new(width, height, Some(16));
        for y in 0..height {
            let row: Vec<u8> = (0..width).flat_map(|x| color(x, y)).collect();
            measure.push_row(&row, 3);
        }
        measure.finish()
    }

    /// Repeatable grain between -`most` and `most`.
    fn grain(x: u32, y: u32, most: i32) -> i32 {
        let mixed =
            (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        (mixed >> 16) as i32 % (most + 1) * if mixed & 1 == 0 { 1 } else { -1 }
    }

    #[test]
    fn one_color_is_blank_and_holds_no_information() {
        let black = measured(256, 128, |_, _| [0, 0, 0]);
        assert_eq!(black.blank, Some([0, 0, 0]));
        assert_eq!(black.entropy, 0.0);
        assert_eq!(black.dhash, Some(0));
        assert_eq!(black.thumbnail, Some((16, 8, vec![0; 16 * 8 * 3])));
    }

    #[test]
    fn grain_on_one_color_is_still_blank() {
        let grainy = measured(512, 512, |x, y| [(128 + grain(x, y, 9)) as u8, 60, 200]);
        assert_eq!(grainy.blank, Some([128, 60, 200]));
        assert!(grainy.entropy > 1.0);
    }

    #[test]
    fn a_gradient_is_not_blank() {
        let gradient = measured(576, 64, |x, _| [100 + (x / 64) as u8; 3]);
        assert_eq!(gradient.blank, None);
        assert_eq!(gradient.dhash, Some(u64::MAX));
    }

    #[test]
    fn a_dark_night_with_three_stars_is_not_blank() {
        let night = measured(1024, 1024, |x, y| {
            let star = [(100, 100), (700, 300), (512, 900)];
            let near = |&(sx, sy): &(u32, u32)| x.abs_diff(sx) < 2 && y.abs_diff(sy) < 2;
            if star.iter().any(near) {
                [250, 250, 240]
            } else {
                [4, 4, 6]
            }
        });
        assert_eq!(night.blank, None);
    }

    #[test]
    fn a_dim_room_is_not_blank() {
        let room = measured(512, 512, |x, y| {
            let light = 14_u32.saturating_sub((x.abs_diff(256) + y.abs_diff(256)) / 24) as i32;
            [(3 + light + grain(x, y, 2).max(-3)) as u8; 3]
        });
        assert_eq!(room.blank, None);
    }

    #[test]
    fn noise_of_full_strength_is_not_blank() {
        let noise = measured(256, 256, |x, y| [(128 + grain(x, y, 120)) as u8; 3]);
        assert_eq!(noise.blank, None);
        assert!(noise.entropy > 7.0, "{}", noise.entropy);
    }

    #[test]
    fn white_on_nothing_is_not_blank_but_nothing_is() {
        let mut logo = Measure::new(32, 32, None);
        let mut nothing = Measure::new(32, 32, None);
        for y in 0..32_u8 {
            let alpha = if y < 16 { 255 } else { 0 };
            logo.push_row(&[255, 255, 255, alpha].repeat(32), 4);
            nothing.push_row(&[10, 20, 30, 0].repeat(32), 4);
        }
        assert_eq!(logo.finish().blank, None);
        assert_eq!(nothing.finish().blank, Some([255, 255, 255]));
    }

    #[test]
    fn equal_shares_of_two_greys_are_one_bit() {
        let halves = measured(64, 64, |x, _| if x < 32 { [0; 3] } else { [255; 3] });
        assert_eq!(halves.entropy, 1.0);
    }

    #[test]
    fn a_picture_smaller_than_the_grid_has_no_hash() {
        let tiny = measured(8, 8, |x, _| [x as u8 * 30; 3]);
        assert_eq!(tiny.dhash, None);
        assert_eq!(tiny.blank, None);
        assert_eq!(measured(1, 1, |_, _| [7; 3]).blank, Some([7; 3]));
    }

    #[test]
    fn a_thumbnail_keeps_the_shape_and_never_grows() {
        assert_eq!(fit(1344, 768, 96), (96, 55));
        assert_eq!(fit(768, 1344, 96), (55, 96));
        assert_eq!(fit(20, 10, 96), (20, 10));
        assert_eq!(fit(5000, 1, 96), (96, 1));
    }
}
