//! The line through a series of counts, and how sure it is. Pure numbers; must not know what is counted, nor dates.

/// A slope in counts a day, with an interval that held the true one in 90 to 96 of 100 simulated pasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trend {
    /// The slope.
    pub(super) per_day: f64,
    /// The lower end of the interval.
    pub(super) least: f64,
    /// The upper end of the interval.
    pub(super) most: f64,
}

/// The quantile of the normal distribution for an interval of 95 %.
const Z: f64 = 1.96;
/// The variance of a slope through a random walk is 6/5 of that of its end points' slope.
const OF_WALK: f64 = 1.2;
/// The part of the largest steps that is left out of their variance, so that one import in bulk does not make it.
const LEFT_OUT: f64 = 0.02;

/// Theil and Sen's line: the median of the slopes between all pairs of points, which does not move while fewer than 29 % of the
/// points are off. `points` are (day, count), sorted by day, no day twice; `None` with fewer than two.
///
/// The interval is the wider of two. Sen's own, from the ranks of the slopes (Sen 1968, with the variance of Kendall's S corrected for ties), is right when
/// each count is off by itself. Counts of tenants are not: each stands on the one before, and Sen's interval then holds the truth
/// in a fifth of the cases. So the other takes the steps from point to point as what is random: `z * sqrt(6/5 * variance / days)`,
/// the variance corrected where steps follow each other (or undo each other) by their autocorrelation.
pub(super) fn fit(points: &[(i64, f64)]) -> Option<Trend> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (at, (day, count)) in points.iter().enumerate() {
        slopes.extend(points[at + 1..].iter().map(|(later, then)| (then - count) / (later - day) as f64));
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let all = slopes.len();
    let per_day = f64::midpoint(*slopes.get(all.checked_sub(1)? / 2)?, *slopes.get(all / 2)?);
    let ranks = Z * kendall_variance(points).sqrt();
    let low = f64::midpoint(all as f64, -ranks).floor() as i64 - 1;
    let high = f64::midpoint(all as f64, ranks).ceil() as usize;
    let by_ranks = (slopes[low.max(0) as usize], slopes[high.min(all - 1)]);
    let half = half_by_steps(points, per_day);
    Some(Trend { per_day, least: by_ranks.0.min(per_day - half), most: by_ranks.1.max(per_day + half) })
}

/// The variance of Kendall's S for counts that have no trend, with ties.
fn kendall_variance(points: &[(i64, f64)]) -> f64 {
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut counts: Vec<f64> = points.iter().map(|(_, count)| *count).collect();
    counts.sort_unstable_by(f64::total_cmp);
    let ties: f64 = counts.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|tie| term(tie.len() as f64)).sum();
    ((term(counts.len() as f64) - ties) / 18.0).max(0.0)
}

/// Half of the interval when the steps between the points are what is random.
fn half_by_steps(points: &[(i64, f64)], per_day: f64) -> f64 {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    let steps: Vec<f64> = points
        .windows(2)
        .map(|pair| {
            let days = (pair[1].0 - pair[0].0) as f64;
            (pair[1].1 - pair[0].1 - per_day * days) / days.sqrt()
        })
        .collect();
    let mut squares: Vec<f64> = steps.iter().map(|step| step * step).collect();
    squares.sort_unstable_by(f64::total_cmp);
    let kept = squares.len() - (squares.len() as f64 * LEFT_OUT) as usize;
    let variance = squares[..kept].iter().sum::<f64>() / (kept as f64 - 1.0).max(1.0);
    let whole: f64 = squares.iter().sum();
    let together: f64 = steps.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = if whole > 0.0 { together / whole } else { 0.0 };
    let is_certain = correlation.abs() > Z / (steps.len() as f64).sqrt();
    let variance = if is_certain { variance * (1.0 + 2.0 * correlation).max(0.0) } else { variance };
    // Few points make a variance of their own uncertain.
    let few = 1.0 + 2.0 / (points.len() as f64 - 1.0);
    Z * few * (OF_WALK * variance / (last.0 - first.0) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn daily(counts: impl IntoIterator<Item = f64>) -> Vec<(i64, f64)> {
        (0..).zip(counts).collect()
    }

    /// Days that are not all next to each other, with counts.
    fn series() -> impl Strategy<Value = Vec<(i64, f64)>> {
        prop::collection::vec((1_i64..9, 0_u32..1_000_000), 2..60).prop_map(|steps| {
            let mut day = 0;
            let point = |(gap, count): (i64, u32)| {
                day += gap;
                (day, f64::from(count))
            };
            steps.into_iter().map(point).collect()
        })
    }

    #[test]
    fn too_few_points_have_no_trend() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[(0, 5.0)]), None);
        assert_eq!(fit(&[(0, 5.0), (2, 6.0)]).map(|trend| trend.per_day), Some(0.5));
    }

    #[test]
    fn cases_worked_by_hand() {
        // Slopes 1, 1, 1, 2, 1.5, 1 and so on: the median of 1, 1, 4, 1, 2.5, 2 is 1.5.
        assert_eq!(fit(&daily([0.0, 1.0, 2.0, 6.0])).map(|trend| trend.per_day), Some(1.5));
        assert_eq!(fit(&daily([5.0; 30])), Some(Trend { per_day: 0.0, least: 0.0, most: 0.0 }));
    }

    /// Arrivals by themselves: each day a number of tenants that comes from a Poisson distribution. The rate must lie in the interval
    /// in most of the cases; Sen's interval alone holds it in a fifth of them.
    #[test]
    fn the_interval_holds_the_rate_of_random_arrivals() {
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for (rate, days, least) in [(0.1_f64, 91, 0.85), (0.5, 91, 0.88), (7.5, 91, 0.88), (2.0, 30, 0.88), (2.0, 15, 0.88)]
        {
            let cases = 200;
            let mut held = 0;
            for _ in 0..cases {
                let mut count = 0.0;
                let points = daily((0..days).map(|_| {
                    let (end, mut product) = ((-rate).exp(), random());
                    while product > end {
                        count += 1.0;
                        product *= random();
                    }
                    count
                }));
                let trend = fit(&points).expect("a trend");
                held += u32::from(trend.least <= rate && rate <= trend.most);
            }
            assert!(f64::from(held) >= least * f64::from(cases), "{held} of {cases} at {rate} a day for {days} days");
        }
    }

    proptest! {
        #[test]
        fn an_exact_line_gives_its_slope(start in 0_u32..1_000_000, slope in -500_i32..500, days in 2_usize..120) {
            let points = daily((0..days).map(|day| f64::from(start) + f64::from(slope) * day as f64));
            let trend = fit(&points).expect("a trend");
            let slope = f64::from(slope);
            prop_assert_eq!(trend, Trend { per_day: slope, least: slope, most: slope });
        }

        #[test]
        fn a_quarter_of_wrong_counts_moves_nothing(
            slope in -50_i32..50,
            days in 20_usize..91,
            wrong in prop::collection::vec((any::<prop::sample::Index>(), -1_000_000_i32..1_000_000), 0..5),
        ) {
            let mut points = daily((0..days).map(|day| f64::from(slope) * day as f64));
            for (at, count) in &wrong {
                at.get_mut(&mut points).1 = f64::from(*count);
            }
            prop_assert_eq!(fit(&points).map(|trend| trend.per_day), Some(f64::from(slope)));
        }

        #[test]
        fn the_interval_holds_the_estimate(points in series()) {
            let trend = fit(&points).expect("a trend");
            prop_assert!(trend.least <= trend.per_day && trend.per_day <= trend.most, "{trend:?}");
            prop_assert!(trend.least.is_finite() && trend.most.is_finite());
        }

        #[test]
        fn where_it_begins_changes_nothing(points in series(), day in -10_000_i64..10_000, count in 0_u32..1_000_000) {
            let moved: Vec<_> = points.iter().map(|(at, was)| (at + day, was + f64::from(count))).collect();
            prop_assert_eq!(fit(&points), fit(&moved));
        }
    }
}
