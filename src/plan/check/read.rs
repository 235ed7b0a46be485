//! A statement as the rules read it: its words, and its tree where the parser understands it; the objects that it names and what it
//! does to them. Must not know which rules there are.

use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::sqltext::lexer::{Token, TokenKind, tokens};

/// One statement, read.
pub(super) struct Read {
    /// The node of the statement; `None` where it is not understood.
    pub(super) node: Option<SyntaxNode>,
    /// Its words in upper case, names in quotes as they are, quotes and all; nothing else.
    pub(super) words: Vec<String>,
    /// What the parser does not understand in it.
    pub(super) wrong: Option<String>,
}

/// An object that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The raw name of the schema, where it is written.
    pub(super) schema: Option<String>,
    /// Its raw name.
    pub(super) name: String,
    /// What is done to it.
    pub(super) done: Done,
}

/// What a statement does to an object that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It is made.
    Made,
    /// It, or what it holds, is changed or dropped.
    Changed,
    /// A foreign key refers to it.
    Referred,
    /// It is only read.
    Read,
}

impl Read {
    pub(super) fn new(sql: &str) -> Self {
        let words = tokens(sql).iter().filter_map(word).collect();
        let parsed = SourceFile::parse(sql);
        let wrong = parsed.errors().first().map(|error| error.message().to_owned());
        let root = parsed.syntax_node();
        let node = root.children().find(|node| node.kind() != SyntaxKind::EMPTY_STMT).filter(|_| wrong.is_none());
        let wrong = wrong.or_else(|| node.is_none().then(|| "it begins with a word that begins no statement".to_owned()));
        Self { node, words, wrong }
    }

    /// What it is, where it is understood.
    pub(super) fn kind(&self) -> Option<SyntaxKind> {
        self.node.as_ref().map(SyntaxNode::kind)
    }

    /// The statement and all that is in it.
    pub(super) fn nodes(&self) -> impl Iterator<Item = SyntaxNode> {
        self.node.iter().flat_map(SyntaxNode::descendants)
    }

    /// Whether there is a node of one of these kinds in it.
    pub(super) fn has(&self, kinds: &[SyntaxKind]) -> bool {
        self.nodes().any(|node| kinds.contains(&node.kind()))
    }

    /// Whether it begins with these words.
    pub(super) fn begins(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(here, word)| here == word)
    }

    /// Whether it has this word anywhere.
    pub(super) fn says(&self, word: &str) -> bool {
        self.words.iter().any(|here| here == word)
    }

    /// What `ALTER TABLE` and the like do: the nodes below the statement.
    pub(super) fn actions(&self) -> impl Iterator<Item = SyntaxNode> {
        self.node.iter().flat_map(SyntaxNode::children)
    }

    /// The objects that it names, without types and the functions of expressions.
    pub(super) fn names(&self) -> Vec<Named> {
        self.nodes().filter_map(|node| named(&node)).collect()
    }

    /// The object that it is about: the first that it changes or makes.
    pub(super) fn subject(&self) -> Option<Named> {
        self.names().into_iter().find(|named| matches!(named.done, Done::Made | Done::Changed))
    }
}

fn word(token: &Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Word => Some(token.text.to_uppercase()),
        TokenKind::Quoted => Some(token.text.to_owned()),
        _ => None,
    }
}

/// The name that a whole path is, if it is one of an object.
fn named(node: &SyntaxNode) -> Option<Named> {
    let is_path = |node: &SyntaxNode| matches!(node.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF);
    let parent = node.parent().filter(|parent| is_path(node) && !is_path(parent))?;
    let mut parts = parts(node);
    if parent.kind() == SyntaxKind::QUALIFIED_COLUMN_NAME_REF {
        parts.pop();
    }
    let name = parts.pop()?;
    Some(Named { schema: parts.pop(), name, done: done(node, &parent)? })
}

/// The raw names of a path, or of any node that is a name.
pub(super) fn parts(path: &SyntaxNode) -> Vec<String> {
    let text = path.text().to_string();
    tokens(&text).iter().filter_map(|token| token.name().map(std::borrow::Cow::into_owned)).collect()
}

fn done(path: &SyntaxNode, parent: &SyntaxNode) -> Option<Done> {
    use SyntaxKind as K;
    match parent.kind() {
        // Not objects of a schema, or objects that a statement only uses.
        K::PATH_TYPE
        | K::PERCENT_TYPE
        | K::CONFIG_PARAMETER_REF
        | K::CONSTRAINT_NAME_REF
        | K::COLLATION_REF
        | K::OP
        | K::OP_CLASS_REF
        | K::OP_FAMILY_REF => return None,
        _ => {}
    }
    for above in path.ancestors().skip(1) {
        match above.kind() {
            K::REFERENCES_CONSTRAINT | K::FOREIGN_KEY_CONSTRAINT => return Some(Done::Referred),
            // What a policy or a function's body says is looked at by the server when it is used.
            K::FROM_CLAUSE
            | K::USING_CLAUSE
            | K::USING_ON_CLAUSE
            | K::LIKE_CLAUSE
            | K::SELECT_CLAUSE
            | K::SELECT
            | K::TABLE
            | K::COMPOUND_SELECT
            | K::FROM_TABLE
            | K::CALL_EXPR
            | K::EXECUTE
            | K::PREPARE => return Some(Done::Read),
            K::COPY if above.children().any(|child| child.kind() == K::COPY_TO) => return Some(Done::Read),
            K::INTO_CLAUSE => return Some(Done::Made),
            K::INSERT | K::UPDATE | K::DELETE | K::MERGE => return Some(Done::Changed),
            _ => {}
        }
    }
    Some(if path.kind() == K::PATH { Done::Made } else { Done::Changed })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(sql: &str) -> Vec<String> {
        let read = Read::new(sql);
        assert_eq!(read.wrong, None, "{sql}");
        let shown = |named: Named| {
            let schema = named.schema.map_or_else(String::new, |schema| format!("{schema}."));
            format!("{:?} {schema}{}", named.done, named.name).to_lowercase()
        };
        read.names().into_iter().map(shown).collect()
    }

    #[test]
    fn what_is_done_to_which_object_is_read() {
        for (sql, expected) in [
            ("ALTER TABLE public.\"T\" ADD a int REFERENCES other.u (id)", vec!["changed public.t", "referred other.u"]),
            ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES public.u", vec!["changed t", "referred public.u"]),
            ("INSERT INTO a.t SELECT * FROM b.u JOIN c ON true", vec!["changed a.t", "read b.u", "read c"]),
            ("WITH x AS (DELETE FROM a.t RETURNING *) SELECT * FROM x", vec!["changed a.t", "read x"]),
            ("UPDATE a.t SET b = 1 FROM c.u", vec!["changed a.t", "read c.u"]),
            ("DELETE FROM a.t USING c.u", vec!["changed a.t", "read c.u"]),
            ("CREATE TABLE a.t (b public.citext, LIKE c.u)", vec!["made a.t", "read c.u"]),
            ("CREATE VIEW a.v AS SELECT public.f(1) FROM b.t", vec!["made a.v", "read b.t"]),
            ("CREATE INDEX i ON a.t (lower(b))", vec!["made i", "changed a.t"]),
            ("DROP TABLE a.t, u CASCADE", vec!["changed a.t", "changed u"]),
            ("DROP INDEX CONCURRENTLY a.i", vec!["changed a.i"]),
            ("TRUNCATE a.t", vec!["changed a.t"]),
            ("ALTER SEQUENCE a.s OWNED BY b.t.c", vec!["changed a.s", "changed b.t"]),
            ("COMMENT ON COLUMN a.t.c IS 'x'", vec!["changed a.t"]),
            ("DROP FUNCTION a.f(int)", vec!["changed a.f"]),
            ("CREATE TRIGGER g AFTER INSERT ON a.t EXECUTE FUNCTION public.f()", vec!["changed a.t"]),
            ("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM public.t'", vec!["made a.f"]),
            ("SELECT public.f()", vec![]),
            ("LOCK TABLE a.t", vec!["changed a.t"]),
            ("GRANT SELECT ON a.t TO b", vec!["changed a.t"]),
            ("COPY a.t FROM '/tmp/x'", vec!["changed a.t"]),
            ("COPY a.t TO '/tmp/x'", vec!["read a.t"]),
            ("CREATE TYPE a.mood AS ENUM ('b')", vec!["made a.mood"]),
            ("MERGE INTO a.t USING b.u ON true WHEN MATCHED THEN DELETE", vec!["changed a.t", "read b.u"]),
            ("REFRESH MATERIALIZED VIEW a.v", vec!["changed a.v"]),
            ("VACUUM a.t", vec!["changed a.t"]),
        ] {
            assert_eq!(names(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(Read::new("ALTR TABLE t").wrong.is_some());
        assert!(Read::new("").wrong.is_some());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "([a-z]{1,3}|ALTER TABLE|CREATE|INDEX|ON|SELECT|FROM|DO|SET|[ \n;()'$\"\\.,*=1]|\\PC){0,20}") {
            let read = Read::new(&text);
            let _names = read.names();
            prop_assert!(read.node.is_some() != read.wrong.is_some());
        }
    }
}
