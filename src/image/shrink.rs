//! A box filter that takes rows as they come and keeps one row of sums.

/// Scales a picture down to `width` x `height` cells, each the mean colour of the pixels it covers.
pub(super) struct Shrinker {
    source: (u32, u32),
    width: u32,
    height: u32,
    /// First source column of each cell, and one past the last.
    edges: Vec<u32>,
    sums: Vec<[u64; 3]>,
    rows_summed: u64,
    next_row: u32,
    cells: Vec<u8>,
}

impl Shrinker {
    /// Cells of a `source` picture of width and height in pixels, at most `cells` of them in each direction; never more
    /// cells than pixels.
    pub(super) fn new(source: (u32, u32), cells: (u32, u32)) -> Self {
        let width = cells.0.clamp(1, source.0.max(1));
        let height = cells.1.clamp(1, source.1.max(1));
        Self {
            source,
            width,
            height,
            edges: (0..=width)
                .map(|cell| scale(cell, source.0, width))
                .collect(),
            sums: vec![[0; 3]; width as usize],
            rows_summed: 0,
            next_row: 0,
            cells: Vec::with_capacity(width as usize * height as usize * 3),
        }
    }

    /// Takes the next row of source pixels.
    pub(super) fn push_row(&mut self, row: &[[u8; 3]]) {
        for (sum, edge) in self.sums.iter_mut().zip(self.edges.windows(2)) {
            let (Some(&from), Some(&to)) = (edge.first(), edge.last()) else {
                continue;
            };
            let covered = row.get(from as usize..to as usize).unwrap_or_default();
            let mut total = [0_u32; 3];
            for pixel in covered {
                total[0] += u32::from(pixel[0]);
                total[1] += u32::from(pixel[1]);
                total[2] += u32::from(pixel[2]);
            }
            for (sum, part) in sum.iter_mut().zip(total) {
                *sum += u64::from(part);
            }
        }
        self.rows_summed += 1;
        self.next_row += 1;
        let finished = (self.cells.len() / 3 / self.width as usize) as u32;
        if self.next_row >= scale(finished + 1, self.source.1, self.height) {
            self.close_cells();
        }
    }

    /// Width and height in cells, and their colours row by row; cells that no row reached are mid-grey.
    pub(super) fn finish(mut self) -> (u32, u32, Vec<u8>) {
        if self.rows_summed > 0 {
            self.close_cells();
        }
        let whole = self.width as usize * self.height as usize * 3;
        self.cells.resize(whole, 0x80);
        (self.width, self.height, self.cells)
    }

    fn close_cells(&mut self) {
        for (sum, edge) in self.sums.iter_mut().zip(self.edges.windows(2)) {
            let columns = u64::from(edge[1].saturating_sub(edge[0]));
            let pixels = (columns * self.rows_summed).max(1);
            for part in sum.iter_mut() {
                self.cells.push(((*part + pixels / 2) / pixels) as u8);
                *part = 0;
            }
        }
        self.rows_summed = 0;
    }
}

/// First source line of a cell.
fn scale(cell: u32, source: u32, cells: u32) -> u32 {
    (u64::from(cell) * u64::from(source) / u64::from(cells.max(1))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_the_mean_of_what_it_covers() {
        let mut shrinker = Shrinker::new((4, 2), (2, 1));
        shrinker.push_row(&[[0, 0, 0], [10, 0, 0], [100, 0, 0], [100, 0, 0]]);
        shrinker.push_row(&[[20, 0, 0], [30, 0, 0], [100, 0, 0], [200, 0, 0]]);
        assert_eq!(shrinker.finish(), (2, 1, vec![15, 0, 0, 125, 0, 0]));
    }

    #[test]
    fn a_picture_smaller_than_the_grid_keeps_its_pixels() {
        let mut shrinker = Shrinker::new((2, 1), (9, 8));
        shrinker.push_row(&[[1, 2, 3], [4, 5, 6]]);
        assert_eq!(shrinker.finish(), (2, 1, vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn rows_that_never_came_are_grey() {
        let mut shrinker = Shrinker::new((1, 3), (1, 3));
        shrinker.push_row(&[[9, 9, 9]]);
        assert_eq!(shrinker.finish().2, [9, 9, 9, 128, 128, 128, 128, 128, 128]);
    }

    #[test]
    fn sizes_that_do_not_divide_cover_every_pixel_once() {
        let mut shrinker = Shrinker::new((7, 5), (3, 2));
        for _ in 0..5 {
            shrinker.push_row(&[[50, 60, 70]; 7]);
        }
        assert_eq!(shrinker.finish(), (3, 2, [50, 60, 70].repeat(6)));
    }
}
