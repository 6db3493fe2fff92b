//! From a small canvas to full-size rows: smooth between its points, with grain on top.

use super::Rng;

/// A small picture of interleaved channels, the source of an enlargement.
#[derive(Debug, Clone)]
pub(super) struct Small {
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) samples: Vec<u8>,
}

impl Small {
    fn row(&self, index: usize) -> &[u8] {
        let stride = self.width * self.channels;
        let last = (self.samples.len() / stride).saturating_sub(1);
        let start = index.min(last) * stride;
        &self.samples[start..start + stride]
    }
}

/// Gives the rows of the enlarged picture one after another.
pub(super) struct Enlarger<'a> {
    small: &'a Small,
    factor: usize,
    shift: u32,
    grain_mask: u8,
    rng: Rng,
    at: Option<usize>,
    above: Vec<u16>,
    below: Vec<u16>,
    grain: Vec<u8>,
    y: usize,
}

impl<'a> Enlarger<'a> {
    /// Enlarges `factor` times (a power of two up to 8) to rows of `width` points. Each sample is moved by up to half
    /// of `grain_mask` (a power of two less one, or zero for none).
    pub(super) fn new(
        small: &'a Small,
        factor: usize,
        width: usize,
        grain_mask: u8,
        rng: Rng,
    ) -> Self {
        let samples = width * small.channels;
        Enlarger {
            small,
            factor,
            shift: 2 * factor.trailing_zeros(),
            grain_mask,
            rng,
            at: None,
            above: vec![0; samples],
            below: vec![0; samples],
            grain: vec![0; samples],
            y: 0,
        }
    }

    /// Writes the next row into `out`, which must be one row long.
    pub(super) fn next_row(&mut self, out: &mut [u8]) {
        let (index, step) = (self.y / self.factor, self.y % self.factor);
        self.y += 1;
        if self.at != Some(index) {
            if self.at == index.checked_sub(1) && index > 0 {
                std::mem::swap(&mut self.above, &mut self.below);
            } else {
                stretch(self.small, index, self.factor, &mut self.above);
            }
            stretch(self.small, index + 1, self.factor, &mut self.below);
            self.at = Some(index);
        }
        let (near, far) = ((self.factor - step) as u16, step as u16);
        let shift = self.shift;
        let rows = self.above.iter().zip(&self.below);
        for (out, (above, below)) in out.iter_mut().zip(rows) {
            *out = ((above * near + below * far) >> shift) as u8;
        }
        if self.grain_mask > 0 {
            self.rng.fill(&mut self.grain);
            let (mask, middle) = (self.grain_mask, self.grain_mask / 2);
            for (out, grain) in out.iter_mut().zip(&self.grain) {
                *out = out.saturating_add(grain & mask).saturating_sub(middle);
            }
        }
    }
}

fn stretch(small: &Small, index: usize, factor: usize, out: &mut [u16]) {
    let (row, channels) = (small.row(index), small.channels);
    let last = small.width - 1;
    for (cell, points) in out.chunks_mut(factor * channels).enumerate() {
        let here = cell.min(last) * channels;
        let next = (cell + 1).min(last) * channels;
        for (step, point) in points.chunks_mut(channels).enumerate() {
            let (near, far) = ((factor - step) as u16, step as u16);
            for (channel, sample) in point.iter_mut().enumerate() {
                let left = u16::from(row[here + channel]);
                let right = u16::from(row[next + channel]);
                *sample = left * near + right * far;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(small: &Small, factor: usize, width: usize, height: usize, mask: u8) -> Vec<Vec<u8>> {
        let mut enlarger = Enlarger::new(small, factor, width, mask, Rng::new(1));
        (0..height)
            .map(|_| {
                let mut row = vec![0; width * small.channels];
                enlarger.next_row(&mut row);
                row
            })
            .collect()
    }

    #[test]
    fn it_is_smooth_between_the_points_and_holds_the_last() {
        let small = Small {
            width: 2,
            channels: 1,
            samples: vec![0, 80, 160, 240],
        };
        let rows = rows(&small, 4, 8, 8, 0);
        assert_eq!(rows[0], [0, 20, 40, 60, 80, 80, 80, 80]);
        assert_eq!(rows[2][0], 80);
        assert_eq!(rows[7][7], 240);
    }

    #[test]
    fn grain_stays_within_half_its_mask() {
        let small = Small {
            width: 1,
            channels: 3,
            samples: vec![100, 100, 100],
        };
        let rows = rows(&small, 4, 64, 16, 7);
        let all: Vec<u8> = rows.concat();
        assert!(all.iter().all(|sample| (97..=104).contains(sample)));
        assert!(all.iter().any(|sample| *sample != 100));
    }
}
