//! Who blocks whom, as trees. Each session stands once, however many it waits for, so that a long queue is as long as it is.
//! Must not know what they do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::session::Session;

/// A place in a tree: a tree is the nodes in the order in which they are read, each below the one it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The session; [`PREPARED`](crate::domain::session::PREPARED) for a prepared transaction. One that blocks and is gone by now
    /// is not among the sessions.
    pub pid: i32,
    /// How deep: 0 blocks and waits for nobody.
    pub depth: usize,
    /// How many wait for it, directly or not, as this tree has them.
    pub waiting: usize,
    /// Whether it waits for itself in the end: a deadlock, which the server will break.
    pub is_cycle: bool,
}

/// The trees of these sessions, the root with the lowest pid first. Where one waits for several it stands below the one that is
/// nearest to a root.
pub fn tree(sessions: &[Session]) -> Vec<Node> {
    let mut waits: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    let mut blocks: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    for session in sessions {
        for &blocker in &session.blocked_by {
            waits.entry(session.pid).or_default().insert(blocker);
            blocks.entry(blocker).or_default().insert(session.pid);
        }
    }
    let mut parents: BTreeMap<i32, Option<i32>> = BTreeMap::new();
    let mut cycles = BTreeSet::new();
    let roots: Vec<i32> = blocks.keys().copied().filter(|pid| !waits.contains_key(pid)).collect();
    spread(&roots, &blocks, &mut parents);
    // Who is still left waits in a circle, or behind one: the lowest pid of a circle is its root.
    while let Some(left) = waits.keys().copied().find(|pid| !parents.contains_key(pid)) {
        let root = in_circle(left, &waits);
        cycles.insert(root);
        spread(&[root], &blocks, &mut parents);
    }
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (&pid, &parent) in &parents {
        match parent {
            Some(parent) => children.entry(parent).or_default().push(pid),
            None => tops.push(pid),
        }
    }
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<(i32, usize)> = tops.into_iter().rev().map(|pid| (pid, 0)).collect();
    while let Some((pid, depth)) = open.pop() {
        nodes.push(Node { pid, depth, waiting: 0, is_cycle: cycles.contains(&pid) });
        open.extend(children.get(&pid).into_iter().flatten().rev().map(|&child| (child, depth + 1)));
    }
    for at in 0..nodes.len() {
        let below = nodes[at + 1..].iter().take_while(|node| node.depth > nodes[at].depth).count();
        nodes[at].waiting = below;
    }
    nodes
}

/// Gives everybody who waits for one of these, directly or not, the nearest parent.
fn spread(roots: &[i32], blocks: &BTreeMap<i32, BTreeSet<i32>>, parents: &mut BTreeMap<i32, Option<i32>>) {
    let mut queue: VecDeque<i32> = roots.iter().copied().collect();
    parents.extend(roots.iter().map(|root| (*root, None)));
    while let Some(pid) = queue.pop_front() {
        for &waiter in blocks.get(&pid).into_iter().flatten() {
            if let std::collections::btree_map::Entry::Vacant(place) = parents.entry(waiter) {
                place.insert(Some(pid));
                queue.push_back(waiter);
            }
        }
    }
}

/// The lowest pid of the circle that one comes to from here.
fn in_circle(from: i32, waits: &BTreeMap<i32, BTreeSet<i32>>) -> i32 {
    let mut path = vec![from];
    let mut at = from;
    loop {
        // Whoever is left waits for somebody who is left too: a root would have taken them in.
        let Some(next) = waits.get(&at).and_then(|blockers| blockers.iter().copied().find(|pid| waits.contains_key(pid)))
        else {
            return at;
        };
        if let Some(start) = path.iter().position(|pid| *pid == next) {
            return path[start..].iter().copied().min().unwrap_or(next);
        }
        path.push(next);
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sessions(edges: &[(i32, &[i32])]) -> Vec<Session> {
        let session = |(pid, by): &(i32, &[i32])| Session { pid: *pid, blocked_by: by.to_vec(), ..Session::default() };
        edges.iter().map(session).collect()
    }

    /// The trees as text: each node indented by its depth, with those that wait for it, `!` for a circle.
    fn drawn(edges: &[(i32, &[i32])]) -> String {
        let nodes = tree(&sessions(edges));
        let line = |node: &Node| {
            format!("{}{}{}:{}", ".".repeat(node.depth), node.pid, if node.is_cycle { "!" } else { "" }, node.waiting)
        };
        nodes.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn trees_stand_root_first_and_each_session_once() {
        for (edges, expected) in [
            (vec![], ""),
            (vec![(1, &[][..]), (2, &[])], ""),
            (vec![(1, &[]), (2, &[1])], "1:1 .2:0"),
            // A queue: each waits for the holder and for all before it.
            (vec![(1, &[]), (2, &[1]), (3, &[1, 2]), (4, &[1, 2, 3])], "1:3 .2:0 .3:0 .4:0"),
            // Readers wait for a writer that waits for a reader.
            (vec![(9, &[]), (5, &[9]), (6, &[5]), (7, &[5])], "9:3 .5:2 ..6:0 ..7:0"),
            (vec![(1, &[]), (2, &[]), (3, &[1, 2])], "1:1 .3:0 2:0"),
            // The blocker is gone, or is prepared.
            (vec![(4, &[77])], "77:1 .4:0"),
            (vec![(4, &[0]), (5, &[4])], "0:2 .4:1 ..5:0"),
            (vec![(1, &[2]), (2, &[1])], "1!:1 .2:0"),
            (vec![(1, &[3]), (3, &[2]), (2, &[3])], "2!:2 .3:1 ..1:0"),
            (vec![(5, &[5])], "5!:0"),
        ] {
            assert_eq!(drawn(&edges), expected, "{edges:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_waits_for_whatever_everybody_concerned_stands_once(
            edges in proptest::collection::vec((1_i32..12, proptest::collection::vec(0_i32..12, 0..4)), 0..12),
        ) {
            let edges: BTreeMap<i32, Vec<i32>> = edges.into_iter().collect();
            let all: Vec<Session> =
                edges.iter().map(|(&pid, by)| Session { pid, blocked_by: by.clone(), ..Session::default() }).collect();
            let nodes = tree(&all);
            let mut expected: BTreeSet<i32> = BTreeSet::new();
            for (pid, by) in edges.iter().filter(|(_, by)| !by.is_empty()) {
                expected.insert(*pid);
                expected.extend(by);
            }
            let seen: Vec<i32> = nodes.iter().map(|node| node.pid).collect();
            prop_assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), expected);
            prop_assert_eq!(seen.len(), nodes.len());
            prop_assert!(nodes.first().is_none_or(|node| node.depth == 0));
            for pair in nodes.windows(2) {
                prop_assert!(pair[1].depth <= pair[0].depth + 1);
            }
            // Below each stands only who waits for it.
            for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.depth > 0) {
                let parent = nodes[..at].iter().rev().find(|other| other.depth + 1 == node.depth);
                prop_assert!(parent.is_some_and(|parent| edges[&node.pid].contains(&parent.pid)));
            }
        }
    }
}
