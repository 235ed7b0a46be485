//! The order in which parts are made: who is needed comes first, among equals the kind and the name decide. A cycle is broken by a
//! function or view that is made twice: first one that needs less. Pure; must not know how a statement is written.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::blueprint::{Address, Blueprint, Part, PartKind};
use crate::domain::catalog::Oid;

/// One step of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The part of this number.
    Make(usize),
    /// The table of this number, with these defaults and checks as clauses.
    Table(usize, Vec<usize>),
    /// The form of this function or view that needs less.
    Stub(usize),
    /// What comes when others stand: the `extra` of this part.
    Extra(usize),
}

/// What the parts before the rows are, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Order {
    pub(super) steps: Vec<Step>,
    /// Keys and indexes that had to come before the rows, because a view or function needs them.
    pub(super) early: HashSet<usize>,
}

/// The order. The error tells what needs each other in a circle that cannot be broken: raw names.
pub(super) fn order(blueprint: &Blueprint) -> Result<Order, Vec<String>> {
    let graph = Graph::of(blueprint);
    let mut work = Work::new(&graph);
    while let Some(next) = work.next() {
        work.make(next);
    }
    if work.left.is_empty() {
        Ok(Order { steps: work.steps, early: graph.early })
    } else {
        Err(work.left.iter().map(|at| graph.nodes[*at].part.what.clone()).collect())
    }
}

/// What is to be made, and what it needs.
struct Node<'a> {
    part: &'a Part,
    /// The number of the part.
    number: usize,
    /// Whether it is the `extra` of its part.
    is_extra: bool,
    /// The table in whose statement it is a clause, if its needs let it.
    clause_of: Option<usize>,
    needs: BTreeSet<usize>,
    /// Those of them that it needs as types: in its signature, or for its columns.
    types: BTreeSet<usize>,
}

struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// Who waits for each.
    waiting: Vec<Vec<usize>>,
    early: HashSet<usize>,
}

impl<'a> Graph<'a> {
    fn of(blueprint: &'a Blueprint) -> Self {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut by_address: HashMap<Address, usize> = HashMap::new();
        let mut by_table: HashMap<Oid, usize> = HashMap::new();
        for (number, part) in blueprint.parts.iter().enumerate() {
            let stands_alone =
                part.sql.is_some() && !matches!(part.kind, PartKind::Column | PartKind::Grant | PartKind::DefaultGrant);
            let is_clause = matches!(part.kind, PartKind::Default | PartKind::Check);
            if stands_alone || is_clause {
                if !matches!(part.kind, PartKind::Alteration | PartKind::Attach | PartKind::State | PartKind::IndexState) {
                    by_address.entry(part.at).or_insert(nodes.len());
                }
                if matches!(part.kind, PartKind::Table | PartKind::Matview | PartKind::View) {
                    by_table.insert(part.at.oid, nodes.len());
                }
                nodes.push(Node::of(part, number, false));
            }
            let has_more = matches!(part.kind, PartKind::Sequence | PartKind::OperatorFamily | PartKind::Statistics);
            if has_more && part.extra.is_some() {
                nodes.push(Node::of(part, number, true));
            }
        }
        let mut graph = Self { nodes, waiting: Vec::new(), early: HashSet::new() };
        graph.link(blueprint, &by_address, &by_table);
        graph.keep_what_comes_before_rows();
        graph
    }

    /// Finds what each node needs.
    fn link(&mut self, blueprint: &Blueprint, by_address: &HashMap<Address, usize>, by_table: &HashMap<Oid, usize>) {
        let mut belongs: HashMap<Address, Address> = HashMap::new();
        for need in blueprint.needs.iter().filter(|need| need.is_owned || need.is_inside) {
            // What it is inside of says more than what it goes with.
            if need.is_inside {
                belongs.insert(need.who, need.whom);
            } else {
                belongs.entry(need.who).or_insert(need.whom);
            }
        }
        for part in blueprint.parts.iter().filter(|part| part.kind == PartKind::Inside) {
            if let Some(table) = by_table.get(&part.of) {
                belongs.insert(part.at, self.nodes[*table].part.at);
            }
        }
        let node = |address: Address| -> Option<usize> {
            let mut at = address;
            for _ in 0..8 {
                if let Some(found) = by_address.get(&at) {
                    return Some(*found);
                }
                at = *belongs.get(&at)?;
            }
            None
        };
        for need in &blueprint.needs {
            let (Some(who), Some(whom)) = (node(need.who), node(need.whom)) else { continue };
            let kind = self.nodes[who].part.kind;
            // A partition is made alone, and so is a sequence: they are attached later.
            let is_attached = need.is_owned && matches!(kind, PartKind::Table | PartKind::Sequence);
            if who != whom && !is_attached {
                self.nodes[who].needs.insert(whom);
                if self.nodes[whom].part.at.class == need.whom.class && is_type(self.nodes[whom].part.kind)
                    || need.whom.class != self.nodes[whom].part.at.class && self.nodes[whom].part.kind >= PartKind::Table
                {
                    self.nodes[who].types.insert(whom);
                }
            }
        }
        self.link_what_is_said(&node, by_address, by_table);
        let extras: HashMap<Address, usize> =
            (0..self.nodes.len()).filter(|at| self.nodes[*at].is_extra).map(|at| (self.nodes[at].part.at, at)).collect();
        for need in blueprint.needs.iter().filter(|need| need.is_owned || need.is_inside) {
            // A sequence that a column owns is told so when the table stands.
            let (Some(extra), Some(whom)) = (extras.get(&need.who), node(need.whom)) else { continue };
            if self.nodes[*extra].part.kind == PartKind::Sequence {
                self.nodes[*extra].needs.insert(whom);
            }
        }
    }

    /// What is said of an object needs the object, and what that needs.
    fn link_what_is_said(
        &mut self,
        node: &impl Fn(Address) -> Option<usize>,
        by_address: &HashMap<Address, usize>,
        by_table: &HashMap<Oid, usize>,
    ) {
        let is_member = |kind| matches!(kind, PartKind::Operator | PartKind::Function | PartKind::OperatorClass);
        let members: BTreeSet<usize> = (0..self.nodes.len()).filter(|at| is_member(self.nodes[*at].part.kind)).collect();
        for at in 0..self.nodes.len() {
            let part = self.nodes[at].part;
            let first = by_address.get(&part.at).copied().filter(|first| *first != at);
            let table = by_table.get(&part.of).copied().filter(|table| *table != at);
            if matches!(part.kind, PartKind::Default | PartKind::Check) && part.sql.is_some() {
                self.nodes[at].clause_of = table;
            }
            let mut needs: BTreeSet<usize> =
                first.iter().flat_map(|first| self.nodes[*first].needs.iter().copied()).collect();
            if self.nodes[at].is_extra && part.kind == PartKind::OperatorFamily {
                needs.extend(&members);
            }
            needs.extend([first, table, node(part.at)].into_iter().flatten());
            needs.remove(&at);
            self.nodes[at].needs.extend(needs);
        }
    }

    /// Leaves what comes after the rows out, unless something before them needs it.
    fn keep_what_comes_before_rows(&mut self) {
        let mut kept: HashSet<usize> = HashSet::new();
        let mut open: Vec<usize> =
            (0..self.nodes.len()).filter(|at| self.nodes[*at].part.kind <= PartKind::Matview).collect();
        while let Some(at) = open.pop() {
            if kept.insert(at) {
                open.extend(self.nodes[at].needs.iter().copied());
            }
        }
        self.waiting = vec![Vec::new(); self.nodes.len()];
        for at in 0..self.nodes.len() {
            if !kept.contains(&at) {
                self.nodes[at].needs.clear();
                continue;
            }
            if self.nodes[at].part.kind > PartKind::Matview {
                self.early.insert(self.nodes[at].number);
            }
            for need in &self.nodes[at].needs {
                self.waiting[*need].push(at);
            }
        }
    }

    fn is_kept(&self, at: usize) -> bool {
        self.nodes[at].part.kind <= PartKind::Matview || self.early.contains(&self.nodes[at].number)
    }
}

impl<'a> Node<'a> {
    fn of(part: &'a Part, number: usize, is_extra: bool) -> Self {
        Self { part, number, is_extra, clause_of: None, needs: BTreeSet::new(), types: BTreeSet::new() }
    }

    /// Whether it can be made in a form that needs less.
    fn has_stub(&self) -> bool {
        matches!(self.part.kind, PartKind::Function | PartKind::View) && self.part.extra.is_some()
    }
}

fn is_type(kind: PartKind) -> bool {
    matches!(kind, PartKind::Enum | PartKind::Type)
}

/// What is made and what is left.
struct Work<'g> {
    graph: &'g Graph<'g>,
    /// How many needs of each are not made yet.
    open: Vec<usize>,
    done: HashSet<usize>,
    stubs: HashSet<usize>,
    left: BTreeSet<usize>,
    ready: BTreeSet<(PartKind, bool, &'g str, i32, usize)>,
    steps: Vec<Step>,
}

impl<'g> Work<'g> {
    fn new(graph: &'g Graph<'g>) -> Self {
        let left: BTreeSet<usize> = (0..graph.nodes.len()).filter(|at| graph.is_kept(*at)).collect();
        let open: Vec<usize> = graph.nodes.iter().map(|node| node.needs.len()).collect();
        let mut work = Self {
            graph,
            open,
            done: HashSet::new(),
            stubs: HashSet::new(),
            left,
            ready: BTreeSet::new(),
            steps: Vec::new(),
        };
        let first: Vec<usize> = work.left.iter().copied().filter(|at| work.open[*at] == 0).collect();
        for at in first {
            work.becomes_ready(at);
        }
        work
    }

    fn becomes_ready(&mut self, at: usize) {
        let node = &self.graph.nodes[at];
        self.ready.insert((node.part.kind, node.is_extra, &node.part.what, node.part.place, at));
    }

    /// What is made next: what is ready, else a form that needs less of something that is not.
    fn next(&mut self) -> Option<usize> {
        if let Some((.., at)) = self.ready.pop_first() {
            return Some(at);
        }
        let graph = self.graph;
        let can_be_stub = |at: &&usize| {
            let node = &graph.nodes[**at];
            node.has_stub() && !self.stubs.contains(*at) && node.types.iter().all(|need| self.done.contains(need))
        };
        let stub = *self
            .left
            .iter()
            .filter(can_be_stub)
            .min_by_key(|at| (graph.nodes[**at].part.kind, &graph.nodes[**at].part.what))?;
        self.steps.push(Step::Stub(graph.nodes[stub].number));
        self.stubs.insert(stub);
        self.stands(stub);
        self.next()
    }

    fn make(&mut self, at: usize) {
        if !self.left.remove(&at) {
            return;
        }
        let node = &self.graph.nodes[at];
        let calls_itself = node.part.kind == PartKind::Function && node.part.place == 1;
        if calls_itself && node.has_stub() && self.stubs.insert(at) {
            self.steps.push(Step::Stub(node.number));
            self.stands(at);
        }
        match node.part.kind {
            _ if node.is_extra => self.steps.push(Step::Extra(node.number)),
            PartKind::Table => {
                let clauses = self.clauses(at);
                self.steps.push(Step::Table(node.number, clauses.iter().map(|at| self.graph.nodes[*at].number).collect()));
                for clause in clauses {
                    self.left.remove(&clause);
                    self.stands(clause);
                }
            }
            PartKind::Default | PartKind::Check if node.part.extra.is_some() => self.steps.push(Step::Extra(node.number)),
            // It comes with its parent's.
            PartKind::Default | PartKind::Check => {}
            _ => self.steps.push(Step::Make(node.number)),
        }
        if !self.stubs.contains(&at) {
            self.stands(at);
        }
    }

    /// The clauses of a table whose other needs are met.
    fn clauses(&self, table: usize) -> Vec<usize> {
        let is_met = |at: &&usize| {
            let node = &self.graph.nodes[**at];
            node.clause_of == Some(table)
                && self.left.contains(*at)
                && node.needs.iter().all(|need| *need == table || self.done.contains(need))
        };
        self.graph.waiting[table].iter().filter(is_met).copied().collect()
    }

    /// From now on others may need it.
    fn stands(&mut self, at: usize) {
        if !self.done.insert(at) {
            return;
        }
        for waiting in &self.graph.waiting[at] {
            self.open[*waiting] -= 1;
            if self.open[*waiting] == 0 && self.left.contains(waiting) {
                self.becomes_ready(*waiting);
            }
        }
    }
}

#[cfg(test)]
mod tests;
