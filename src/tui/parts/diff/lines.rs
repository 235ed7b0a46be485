//! Which lines of two texts are the same. Must not know what the texts are.

/// How many pairs of lines are compared at most; of longer texts the middle counts as different as a whole.
const MOST: usize = 4_000_000;

/// One line of a comparison, by its place in the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// In both, at these places.
    Same(usize, usize),
    /// In the first one only.
    Left(usize),
    /// In the second one only.
    Right(usize),
}

/// The shortest way from the lines of one text to those of another. What goes stands before what comes.
pub(super) fn compare(left: &[&str], right: &[&str]) -> Vec<Step> {
    let before = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (l, r) = (&left[before..], &right[before..]);
    let after = l.iter().rev().zip(r.iter().rev()).take_while(|(a, b)| a == b).count();
    let (l, r) = (&l[..l.len() - after], &r[..r.len() - after]);
    let mut steps: Vec<Step> = (0..before).map(|at| Step::Same(at, at)).collect();
    if l.len().saturating_mul(r.len()) > MOST {
        steps.extend((0..l.len()).map(|at| Step::Left(before + at)));
        steps.extend((0..r.len()).map(|at| Step::Right(before + at)));
    } else {
        middle(l, r, before, &mut steps);
    }
    let (left_end, right_end) = (left.len() - after, right.len() - after);
    steps.extend((0..after).map(|at| Step::Same(left_end + at, right_end + at)));
    steps
}

/// The longest common run of lines by the table of the lengths of what follows.
fn middle(left: &[&str], right: &[&str], before: usize, steps: &mut Vec<Step>) {
    let width = right.len() + 1;
    let mut common = vec![0_u32; (left.len() + 1) * width];
    for (l, line) in left.iter().enumerate().rev() {
        for (r, other) in right.iter().enumerate().rev() {
            common[l * width + r] = if line == other {
                common[(l + 1) * width + r + 1] + 1
            } else {
                common[(l + 1) * width + r].max(common[l * width + r + 1])
            };
        }
    }
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if l < left.len() && r < right.len() && left[l] == right[r] {
            steps.push(Step::Same(before + l, before + r));
            (l, r) = (l + 1, r + 1);
        } else if r == right.len() || (l < left.len() && common[(l + 1) * width + r] >= common[l * width + r + 1]) {
            steps.push(Step::Left(before + l));
            l += 1;
        } else {
            steps.push(Step::Right(before + r));
            r += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(left: &str, right: &str) -> String {
        let (left, right): (Vec<&str>, Vec<&str>) = (left.split(' ').collect(), right.split(' ').collect());
        let word = |step: &Step| match step {
            Step::Same(l, r) => {
                assert_eq!(left[*l], right[*r]);
                left[*l].to_owned()
            }
            Step::Left(l) => format!("-{}", left[*l]),
            Step::Right(r) => format!("+{}", right[*r]),
        };
        compare(&left, &right).iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_lines_that_differ_are_told() {
        for (left, right, expected) in [
            ("a b c", "a b c", "a b c"),
            ("a b c", "a x c", "a -b +x c"),
            ("a b c", "a c", "a -b c"),
            ("a c", "a b c", "a +b c"),
            ("a b c d e", "b x d e f", "-a b -c +x d e +f"),
            ("x", "y", "-x +y"),
        ] {
            assert_eq!(picture(left, right), expected);
        }
    }

    #[test]
    fn a_very_long_text_is_compared_as_a_whole() {
        let left: Vec<String> = (0..3_000).map(|n| format!("l{n}")).collect();
        let right: Vec<String> = (0..3_000).map(|n| format!("r{n}")).collect();
        let steps = compare(
            &left.iter().map(String::as_str).collect::<Vec<_>>(),
            &right.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        assert_eq!((steps.len(), steps[0], steps[3_000]), (6_000, Step::Left(0), Step::Right(0)));
    }
}
