//! Where the nodes of the map stand: columns from left to right, few crossings, neighbours at one height.

use super::graph::{Column, Graph};

/// Height of a box with one line, and with two.
const BOX_HEIGHTS: [f64; 2] = [24.0, 38.0];
/// Space below a box.
const GAP: f64 = 10.0;
/// Space between columns, where the links run.
const CHANNEL: f64 = 34.0;
/// Room for the headings.
const TOP: f64 = 34.0;
const MARGIN: f64 = 12.0;
/// Width of a character of a name and of a detail, and what a box adds at both sides together.
const NAME_CHARACTER: f64 = 7.5;
const DETAIL_CHARACTER: f64 = 6.5;
const PADDING: f64 = 16.0;
/// Characters of a text that are shown; of longer ones the middle is left out.
pub(super) const MOST_CHARACTERS: usize = 24;
const SWEEPS: usize = 8;

/// A box.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Box {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Box {
    pub(super) fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Where everything stands.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// One for each node of the graph.
    pub(super) boxes: Vec<Box>,
    /// Columns that hold anything, with left edge and width.
    pub(super) columns: Vec<(Column, f64, f64)>,
    /// For each link the points that it passes between its ends.
    pub(super) bends: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A slot of a column: a node, or the place where a link passes.
#[derive(Debug, Clone, Default)]
struct Slot {
    column: usize,
    height: f64,
    y: f64,
    neighbours: [Vec<usize>; 2],
}

impl Layout {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut present: Vec<Column> = graph.nodes.iter().map(|node| node.column).collect();
        present.sort();
        present.dedup();
        let place = |column: Column| present.iter().position(|one| *one == column).unwrap_or(0);
        let mut slots: Vec<Slot> = graph
            .nodes
            .iter()
            .map(|node| Slot {
                column: place(node.column),
                height: BOX_HEIGHTS[usize::from(!node.detail.is_empty())],
                ..Slot::default()
            })
            .collect();
        let mut passes: Vec<Vec<usize>> = Vec::new();
        for link in &graph.links {
            let mut chain = vec![link.from];
            for column in slots[link.from].column + 1..slots[link.to].column {
                slots.push(Slot {
                    column,
                    height: GAP,
                    ..Slot::default()
                });
                chain.push(slots.len() - 1);
            }
            chain.push(link.to);
            for pair in chain.windows(2) {
                slots[pair[0]].neighbours[1].push(pair[1]);
                slots[pair[1]].neighbours[0].push(pair[0]);
            }
            passes.push(chain[1..chain.len() - 1].to_vec());
        }
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); present.len()];
        for (at, slot) in slots.iter().enumerate() {
            columns[slot.column].push(at);
        }
        arrange(&mut slots, &mut columns);
        placed(graph, &present, &slots, &passes)
    }
}

/// Orders the slots of each column, and sets their heights on the page.
fn arrange(slots: &mut [Slot], columns: &mut [Vec<usize>]) {
    for column in columns.iter() {
        let mut y = TOP;
        for at in column {
            slots[*at].y = y;
            y += slots[*at].height + GAP;
        }
    }
    for sweep in 0..SWEEPS {
        let is_forward = sweep % 2 == 0;
        let order: Vec<usize> = match is_forward {
            true => (0..columns.len()).collect(),
            false => (0..columns.len()).rev().collect(),
        };
        for number in order {
            let side = usize::from(!is_forward);
            let column = &mut columns[number];
            let wanted = |at: usize, slots: &[Slot]| {
                let near = &slots[at].neighbours[side];
                let near = if near.is_empty() {
                    &slots[at].neighbours[1 - side]
                } else {
                    near
                };
                let sum: f64 = near
                    .iter()
                    .map(|one| slots[*one].y + slots[*one].height / 2.0)
                    .sum();
                match near.len() {
                    0 => slots[at].y + slots[at].height / 2.0,
                    count => sum / count as f64,
                }
            };
            let mut keyed: Vec<(f64, usize)> =
                column.iter().map(|at| (wanted(*at, slots), *at)).collect();
            // Stable: what wants the same place keeps its order.
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            *column = keyed.iter().map(|(_, at)| *at).collect();
            settle(slots, &keyed);
        }
    }
    let least = slots
        .iter()
        .map(|slot| slot.y)
        .fold(f64::INFINITY, f64::min);
    for slot in slots.iter_mut() {
        slot.y += TOP - least;
    }
}

/// Puts the slots of a column as near to where they want to be as they fit: halfway between pushing all down and pushing
/// all up, both of which keep the distances.
fn settle(slots: &mut [Slot], wanted: &[(f64, usize)]) {
    let tops: Vec<f64> = wanted
        .iter()
        .map(|(middle, at)| middle - slots[*at].height / 2.0)
        .collect();
    let mut down = tops.clone();
    for number in 1..down.len() {
        let below = down[number - 1] + slots[wanted[number - 1].1].height + GAP;
        down[number] = down[number].max(below);
    }
    let mut up = tops;
    for number in (1..up.len()).rev() {
        let above = up[number] - slots[wanted[number - 1].1].height - GAP;
        up[number - 1] = up[number - 1].min(above);
    }
    for ((down, up), (_, at)) in down.iter().zip(&up).zip(wanted) {
        slots[*at].y = (down + up) / 2.0;
    }
}

fn placed(graph: &Graph, present: &[Column], slots: &[Slot], passes: &[Vec<usize>]) -> Layout {
    let mut widths = vec![0.0_f64; present.len()];
    for (node, slot) in graph.nodes.iter().zip(slots) {
        let name = node.name.chars().count().min(MOST_CHARACTERS) as f64 * NAME_CHARACTER;
        let detail = node.detail.chars().count().min(MOST_CHARACTERS) as f64 * DETAIL_CHARACTER;
        let heading = node.column.word().len() as f64 * NAME_CHARACTER;
        let width = name.max(detail).max(heading - PADDING) + PADDING;
        widths[slot.column] = widths[slot.column].max(width);
    }
    let mut lefts = Vec::new();
    let mut x = MARGIN;
    for width in &widths {
        lefts.push(x);
        x += width + CHANNEL;
    }
    let bottom = slots
        .iter()
        .map(|slot| slot.y + slot.height)
        .fold(TOP, f64::max);
    let boxes = slots.iter().take(graph.nodes.len()).map(|slot| Box {
        x: lefts[slot.column],
        y: slot.y,
        width: widths[slot.column],
        height: slot.height,
    });
    let bends = passes.iter().map(|chain| {
        let through = chain.iter().flat_map(|at| {
            let slot = &slots[*at];
            let (left, y) = (lefts[slot.column], slot.y + slot.height / 2.0);
            [(left, y), (left + widths[slot.column], y)]
        });
        through.collect()
    });
    let columns = present.iter().zip(lefts.iter().zip(&widths));
    Layout {
        boxes: boxes.collect(),
        columns: columns
            .map(|(column, (left, width))| (*column, *left, *width))
            .collect(),
        bends: bends.collect(),
        width: (x - CHANNEL + MARGIN).max(2.0 * MARGIN),
        height: bottom + MARGIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_distance_and_stand_near_what_they_want() {
        let mut slots = vec![
            Slot {
                height: 24.0,
                ..Slot::default()
            },
            Slot {
                height: 38.0,
                ..Slot::default()
            },
            Slot {
                height: 24.0,
                ..Slot::default()
            },
        ];
        settle(&mut slots, &[(100.0, 0), (100.0, 1), (400.0, 2)]);
        assert!(slots[1].y >= slots[0].y + 24.0 + GAP);
        assert!(
            (slots[0].y + slots[1].y + 38.0 - 200.0).abs() < 30.0,
            "{slots:?}"
        );
        assert!((slots[2].y - 388.0).abs() < 1e-9);
    }
}
