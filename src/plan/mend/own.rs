//! Own names in canonical texts: there they stand without schema, in a proposal they stand with it. Works on tokens. Must not know
//! what a text is for.

use std::collections::{HashMap, HashSet};

use crate::domain::structure::{Difference, Kind, Object, Structure};
use crate::sqltext::lexer::{Token, TokenKind, tokens};
use crate::sqltext::{ident, literal, qualified};

/// The names of the reference, to be found in texts and qualified with the drifted schema.
pub(super) struct Own<'a> {
    pub(super) schema: &'a str,
    reference: &'a Structure,
    functions: HashSet<&'a str>,
    types: HashSet<&'a str>,
    relations: HashSet<&'a str>,
    /// Per owning column, as SQL: the raw name of the sequence in the drifted schema.
    sequences: HashMap<&'a str, &'a str>,
    /// Own text search configurations, dictionaries, parsers and templates.
    searches: HashSet<&'a str>,
    missing: HashSet<(Kind, Option<&'a str>, &'a str)>,
    /// Names of missing things for which there is no simple statement.
    absent: HashSet<&'a str>,
    /// Names of things that are too many.
    taken: HashSet<&'a str>,
    /// Tables that are attached to others than in the reference.
    moved: HashSet<&'a str>,
}

impl<'a> Own<'a> {
    pub(super) fn new(schema: &'a str, reference: &'a Structure, differences: &'a [Difference]) -> Self {
        let mut own = Self {
            schema,
            reference,
            functions: HashSet::new(),
            types: HashSet::new(),
            relations: HashSet::new(),
            sequences: HashMap::new(),
            searches: HashSet::new(),
            missing: HashSet::new(),
            absent: HashSet::new(),
            taken: HashSet::new(),
            moved: HashSet::new(),
        };
        let mut names_here: HashMap<&str, &str> = HashMap::new();
        for difference in differences {
            match difference {
                Difference::Renamed { reference, here } | Difference::Changed { reference, here, .. } => {
                    if reference.kind == Kind::Sequence {
                        names_here.insert(&reference.name, &here.name);
                    }
                    let places = ["inherits", "partition of", "bound", "partition key"];
                    if places.iter().any(|attribute| reference.get(attribute) != here.get(attribute)) {
                        own.moved.insert(&reference.name);
                    }
                }
                Difference::Missing { object } => {
                    own.missing.insert((object.kind, object.parent.as_deref(), &object.name));
                    if object.parent.is_none() && !matches!(object.kind, Kind::Sequence | Kind::Enum) {
                        own.absent.insert(bare(object));
                    }
                }
                Difference::Extra { object } => drop(own.taken.insert(&object.name)),
                Difference::Incomparable { .. } => {}
            }
        }
        for object in &reference.objects {
            let name = object.name.as_str();
            match object.kind {
                Kind::Function | Kind::Aggregate | Kind::Procedure => drop(own.functions.insert(bare(object))),
                Kind::TextSearch => drop(own.searches.insert(bare(object))),
                Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => drop(own.types.insert(name)),
                Kind::Sequence => {
                    own.relations.insert(name);
                    if let Some(column) = object.get("owned by") {
                        own.sequences.insert(column, names_here.get(name).copied().unwrap_or(name));
                    }
                }
                Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => {
                    own.relations.insert(name);
                    own.types.insert(name);
                }
                _ => {}
            }
        }
        own
    }

    /// An own object by its raw name, quoted and with schema.
    pub(super) fn name(&self, name: &str) -> String {
        qualified(self.schema, name)
    }

    /// Whether the drifted schema misses this object.
    pub(super) fn misses(&self, kind: Kind, parent: Option<&str>, name: &str) -> bool {
        self.missing.contains(&(kind, parent, name))
    }

    /// Whether the drifted schema misses this column (as SQL).
    pub(super) fn misses_column(&self, label: &str) -> bool {
        let (table, name) = split_label(label);
        self.misses(Kind::Column, table.as_deref(), &name.unwrap_or_default())
    }

    /// Why something of this name at this parent cannot be made just now.
    pub(super) fn hindrance(&self, parent: Option<&str>, name: &str, texts: &[&str]) -> Option<String> {
        if self.taken.contains(name) {
            return Some("something extra has its name: look at that first".to_owned());
        }
        if parent.is_some_and(|parent| self.moved.contains(parent)) {
            return Some("its table is attached to another one: mend that first".to_owned());
        }
        let absent = texts.iter().find_map(|text| self.first_absent(text))?;
        Some(format!("it needs {absent}, which is missing, too"))
    }

    /// The first own name of a text that has to be made by hand first.
    fn first_absent(&self, text: &str) -> Option<String> {
        let all = tokens(text);
        (0..all.len()).find_map(|at| {
            let name = match all[at].name() {
                Some(name) if at == 0 || self.is_own(&all, at, &name) => name.into_owned(),
                _ => self.named(&all, at)?,
            };
            self.absent.contains(name.as_str()).then_some(name)
        })
    }

    /// The options of the sequence behind the identity of a column, in parentheses; nothing when all are the default.
    pub(super) fn identity_options(&self, column: &Object) -> String {
        let is_of_column = |sequence: &&std::sync::Arc<Object>| {
            let label = sequence.get("owned by").map(split_label);
            label.is_some_and(|(table, name)| table == column.parent && name.as_deref() == Some(column.name.as_str()))
        };
        let mut sequences = self.reference.objects.iter().filter(|object| object.kind == Kind::Sequence);
        let options = sequences.find(is_of_column).map(|sequence| super::changed::options(sequence, "type"));
        options
            .filter(|options| !options.is_empty())
            .map_or_else(String::new, |options| format!(" ({})", options.trim_start()))
    }

    /// The clause that gives a sequence to this column (as SQL).
    pub(super) fn owned_by(&self, label: &str) -> String {
        let (table, name) = split_label(label);
        format!("OWNED BY {}.{}", self.name(&table.unwrap_or_default()), ident(&name.unwrap_or_default()))
    }

    /// Whether a table of the reference is partitioned.
    pub(super) fn is_partitioned(&self, table: &str) -> bool {
        self.object(Kind::Table, None, table).is_some_and(|table| table.get("partition key").is_some())
    }

    /// Whether the parent of something is a domain.
    pub(super) fn is_domain(&self, name: &str) -> bool {
        self.object(Kind::Domain, None, name).is_some()
    }

    /// Whether other columns of its table stand behind a column.
    pub(super) fn has_columns_behind(&self, column: &Object) -> bool {
        let place = |object: &Object| object.get("position").and_then(|place| place.parse::<u32>().ok());
        let columns =
            self.reference.objects.iter().filter(|other| other.kind == Kind::Column && other.parent == column.parent);
        columns
            .filter(|other| !self.misses(Kind::Column, other.parent.as_deref(), &other.name))
            // Where places are not compared nobody minds.
            .any(|other| place(column).is_some_and(|here| place(other) > Some(here)))
    }

    /// The sequence of a column, as the drifted schema will call it. The column as SQL.
    pub(super) fn sequence_of(&self, column: &str) -> Option<&str> {
        self.sequences.get(column).copied()
    }

    /// The sequence that the default of a column draws from, when the column owns it.
    pub(super) fn sequence_in(&self, text: &str) -> Option<&str> {
        let all = tokens(text);
        (0..all.len()).find_map(|at| self.sequence_of(&sequence_label(&all, at)?))
    }

    fn object(&self, kind: Kind, parent: Option<&str>, name: &str) -> Option<&Object> {
        let at = self.reference.objects.binary_search_by(|object| {
            (object.kind, object.parent.as_deref(), object.name.as_str()).cmp(&(kind, parent, name))
        });
        at.ok().map(|at| self.reference.objects[at].as_ref())
    }

    /// A text with its own functions, types and relations qualified.
    pub(super) fn sql(&self, text: &str) -> String {
        let all = tokens(text);
        let mut out = String::with_capacity(text.len() + 32);
        let mut at = 0;
        while let Some(token) = all.get(at) {
            if let Some(sequence) = sequence_label(&all, at).and_then(|label| self.sequence_of(&label)) {
                out.push_str(&format!("{}::regclass", literal(&self.name(sequence))));
                at += 4;
                continue;
            }
            match token.name() {
                Some(name) if self.is_own(&all, at, &name) => out.push_str(&self.name(&name)),
                _ => match self.named(&all, at) {
                    Some(name) => out.push_str(&literal(&self.name(&name))),
                    None => out.push_str(token.text),
                },
            }
            at += 1;
        }
        out
    }

    /// A call of an own function, a cast to an own type, a table that a key refers to. What is qualified already is not own.
    fn is_own(&self, all: &[Token<'_>], at: usize, name: &str) -> bool {
        let is_next = |symbol| all.get(at + 1).is_some_and(|next| next.is_symbol(symbol));
        let before = all[..at].iter().rev().find(|token| !token.is_blank());
        if is_next(".") || before.is_some_and(|token| token.is_symbol(".")) {
            return false;
        }
        let follows = |word| before.is_some_and(|token| token.is_word(word));
        if follows("references") {
            return true;
        }
        before.is_some_and(|token| token.is_symbol("::")) && self.types.contains(name)
            || is_next("(") && self.functions.contains(name)
    }

    /// The own object that a literal names: `'orders'::regclass`, `'search'::regconfig`.
    fn named(&self, all: &[Token<'_>], at: usize) -> Option<String> {
        let [text, cast, kind] = all.get(at..at + 3)? else { return None };
        if text.kind != TokenKind::Literal || !cast.is_symbol("::") {
            return None;
        }
        let own = match kind.text {
            "regclass" => &self.relations,
            "regtype" => &self.types,
            "regproc" => &self.functions,
            "regconfig" | "regdictionary" => &self.searches,
            _ => return None,
        };
        let inner = text.text.trim_matches('\'').replace("''", "'");
        match tokens(&inner).as_slice() {
            [single] => single.name().map(std::borrow::Cow::into_owned).filter(|name| own.contains(name.as_str())),
            _ => None,
        }
    }

    /// A type as a column has it: `mood[]`, `numeric(10,2)`.
    pub(super) fn type_name(&self, text: &str) -> String {
        let all = tokens(text);
        let is_single = !all.get(1).is_some_and(|token| token.is_symbol("."));
        match all.first().and_then(Token::name).filter(|name| is_single && self.types.contains(name.as_ref())) {
            Some(name) => self.name(&name) + &text[all[0].text.len()..],
            None => text.to_owned(),
        }
    }

    /// A definition with the table after its first `ON` qualified, and a name put in after `word` where one is given.
    pub(super) fn on_table(&self, definition: &str, named: Option<(&str, &str)>) -> Option<String> {
        let all = tokens(definition);
        let on = all.iter().position(|token| token.is_word("on"))?;
        let is_name = |token: &Token<'_>| !token.is_blank() && !token.is_word("only");
        let table = on + 1 + all[on + 1..].iter().position(is_name)?;
        let name = all[table].name().filter(|_| !all.get(table + 1).is_some_and(|token| token.is_symbol(".")))?;
        let mut head = String::new();
        // An index of a partitioned table alone would not be valid.
        let is_kept = |token: &&Token<'_>| !(token.is_word("only") && self.is_partitioned(&name));
        for token in all[..table].iter().filter(is_kept) {
            head.push_str(token.text);
            if let Some((_, name)) = named.filter(|(word, _)| token.is_word(word)) {
                head.push(' ');
                head.push_str(&ident(name));
            }
        }
        let tail: String = all[table + 1..].iter().map(|token| token.text).collect();
        Some(head + &self.name(&name) + &self.sql(&tail))
    }
}

/// `@table.column`: the sequence that the column owns, in texts where the name of the sequence means nothing.
fn sequence_label(all: &[Token<'_>], at: usize) -> Option<String> {
    let [sign, table, dot, column] = all.get(at..at + 4)? else { return None };
    let is_label = sign.is_symbol("@") && table.name().is_some() && dot.is_symbol(".") && column.name().is_some();
    is_label.then(|| [table.text, dot.text, column.text].concat())
}

/// The name of a function without its arguments, of a text search object without its kind.
fn bare(object: &Object) -> &str {
    let name = object.name.as_str();
    match object.kind {
        Kind::TextSearch => name.split_once(' ').map_or(name, |(_, name)| name),
        _ => name.split_once('(').map_or(name, |(name, _)| name),
    }
}

/// The raw names in `table.column`.
fn split_label(label: &str) -> (Option<String>, Option<String>) {
    let parts = tokens(label);
    let name = |token: Option<&Token<'_>>| token.and_then(|token| token.name().map(std::borrow::Cow::into_owned));
    (name(parts.first()), name(parts.last()))
}
