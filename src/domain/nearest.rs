//! The nearest word: what "did you mean" proposes. Pure text; must not know what the words name.

/// The candidate nearest to `word`, when one is near enough to be what a person meant: a third of its letters wrong at most, or
/// one the beginning of the other. Upper and lower case count as the same letter. The first of two equally near ones wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = word.to_lowercase().chars().collect();
    if wanted.is_empty() {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        let begins =
            wanted.len() >= 3 && (letters.starts_with(&wanted) || wanted.starts_with(&letters) && letters.len() >= 3);
        let bound = (wanted.len().max(letters.len()) / 3).max(1);
        let score = if begins { 1 } else { distance(&wanted, &letters) };
        if (begins || score <= bound) && best.is_none_or(|(least, _)| score < least) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters must be typed, removed, changed or swapped with their neighbour to make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let words = ["label", "colour", "access", "registry", "leave_out"];
        for (typed, meant) in [
            ("lable", Some("label")),
            ("color", Some("colour")),
            ("Access", Some("access")),
            ("registri", Some("registry")),
            ("leave", Some("leave_out")),
            ("labels", Some("label")),
            ("timeout", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
    }

    #[test]
    fn letters_beyond_ascii_count_as_one() {
        assert_eq!(nearest("grüsse", ["klein", "grösse"]), Some("grösse"));
        assert_eq!(distance(&['a', 'b'], &['b', 'a']), 1);
    }
}
