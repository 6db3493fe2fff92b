//! The Mann-Whitney U test: whether one set of timings tends to be longer than another, without assuming how timings
//! are spread (H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18, 1947).

/// Most pairs for which the distribution is counted out rather than approximated.
const MOST_COUNTED_PAIRS: usize = 400;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Probability of the later set being so much longer, or more, by chance alone.
    pub p: f64,
    /// Share of pairs in which the later value is the longer one; a tie counts half.
    pub effect: f64,
}

/// Tests whether `later` tends to be longer than `earlier`. Nothing where one of them is empty.
pub fn rank_sum(earlier: &[f64], later: &[f64]) -> Option<RankSum> {
    if earlier.is_empty() || later.is_empty() {
        return None;
    }
    let pairs = (earlier.len() * later.len()) as f64;
    let u: f64 = later
        .iter()
        .map(|one| earlier.iter().map(|other| win(*one, *other)).sum::<f64>())
        .sum();
    let has_ties = has_ties(earlier, later);
    let p = if !has_ties && earlier.len() * later.len() <= MOST_COUNTED_PAIRS {
        counted(earlier.len(), later.len(), u as usize)
    } else {
        approximated(earlier, later, u)
    };
    Some(RankSum {
        p,
        effect: u / pairs,
    })
}

fn win(one: f64, other: f64) -> f64 {
    match one.total_cmp(&other) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    }
}

fn has_ties(earlier: &[f64], later: &[f64]) -> bool {
    tie_sizes(earlier, later).iter().any(|size| *size > 1)
}

/// Sizes of the groups of equal values among all.
fn tie_sizes(earlier: &[f64], later: &[f64]) -> Vec<usize> {
    let mut all: Vec<f64> = earlier.iter().chain(later).copied().collect();
    all.sort_by(f64::total_cmp);
    all.chunk_by(|one, other| one == other)
        .map(<[f64]>::len)
        .collect()
}

/// The share of all orders of `n` and `m` values whose U is at least `u`.
fn counted(n: usize, m: usize, u: usize) -> f64 {
    // ways[j][k]: orders of the values seen so far, j of them later ones, with U = k.
    let mut ways = vec![vec![0.0_f64; n * m + 1]; m + 1];
    ways[0][0] = 1.0;
    // A later value in the place after i earlier ones beats i of them; each place takes any number of later values.
    for beaten in 0..=n {
        for j in 1..=m {
            for k in beaten..=n * m {
                ways[j][k] += ways[j - 1][k - beaten];
            }
        }
    }
    let all: f64 = ways[m].iter().sum();
    ways[m][u.min(n * m)..].iter().sum::<f64>() / all
}

/// The normal approximation, corrected for ties and for steps of one half.
fn approximated(earlier: &[f64], later: &[f64], u: f64) -> f64 {
    let (n, m) = (earlier.len() as f64, later.len() as f64);
    let all = n + m;
    let ties: f64 = tie_sizes(earlier, later)
        .iter()
        .map(|size| (*size as f64).powi(3) - *size as f64)
        .sum();
    let variance = n * m / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)).max(1.0));
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (u - n * m / 2.0 - 0.5) / variance.sqrt();
    upper_tail(z)
}

/// Probability that a standard normal value exceeds `z` (Abramowitz and Stegun, 26.2.17; error below 7.5e-8).
fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_tail(-z);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let factors = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = factors
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    sum * (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(earlier: &[f64], later: &[f64]) -> f64 {
        rank_sum(earlier, later).unwrap().p
    }

    #[test]
    fn small_sets_are_counted_out() {
        let (low, high) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
        // 20 orders of three and three; one of them has every later value above every earlier one.
        assert!((p(&low, &high) - 1.0 / 20.0).abs() < 1e-12);
        assert!((p(&high, &low) - 1.0).abs() < 1e-12);
        assert_eq!(rank_sum(&low, &high).unwrap().effect, 1.0);
        // Known value: n = m = 5, U = 23: 4 of the 252 orders have U of 23 or more.
        let earlier = [1.0, 2.0, 3.0, 4.0, 7.0];
        let later = [5.0, 6.0, 8.0, 9.0, 10.0];
        assert!((p(&earlier, &later) - 4.0 / 252.0).abs() < 1e-12);
    }

    #[test]
    fn larger_sets_are_approximated_closely() {
        let earlier: Vec<f64> = (0..18).map(|i| f64::from(i) * 1.7).collect();
        let later: Vec<f64> = (0..18).map(|i| f64::from(i) * 1.7 + 9.03).collect();
        let u = rank_sum(&earlier, &later).unwrap();
        let exact = u.p;
        let near = approximated(&earlier, &later, u.effect * 324.0);
        assert!((exact - near).abs() < 2e-3, "{exact} {near}");
        assert!((upper_tail(1.644_853_627) - 0.05).abs() < 1e-6);
    }

    #[test]
    fn equal_values_show_no_shift() {
        let same = [5.0; 12];
        let rank = rank_sum(&same, &same).unwrap();
        assert_eq!((rank.p, rank.effect), (1.0, 0.5));
        assert!(rank_sum(&[], &same).is_none());
    }

    proptest::proptest! {
        /// What one side gains the other loses, whatever the values are.
        #[test]
        fn sides_mirror_each_other(
            earlier in proptest::collection::vec(0.0_f64..1e5, 1..12),
            later in proptest::collection::vec(0.0_f64..1e5, 1..12),
        ) {
            let there = rank_sum(&earlier, &later).unwrap();
            let back = rank_sum(&later, &earlier).unwrap();
            proptest::prop_assert!((there.effect + back.effect - 1.0).abs() < 1e-9);
            proptest::prop_assert!((0.0..=1.0 + 1e-9).contains(&there.p));
            proptest::prop_assert!(there.p + back.p >= 1.0 - 1e-6);
        }
    }
}
