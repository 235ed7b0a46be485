//! What is in one schema of each class: the reference's class first, then the largest. A schema that changes while it is read is
//! read again and gets its new class; where somebody works on one, another stands for the class. Must not compare structures.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::facets::few;
use super::{Prints, facets};
use crate::domain::catalog::{Oid, SchemaFacts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{FleetEvent, Note, Pass};
use crate::domain::name::shown;
use crate::domain::roles::{Role, classify};
use crate::domain::structure::{ClassId, Object, Structure};
use crate::drift::canonical::{self, Origin};
use crate::observer::link;
use crate::observer::passes::Run;
use crate::observer::passes::notes::{info, not_read};
use crate::observer::seat::{Seat, Taken};
use crate::pg::catalog::{Context, objects};
use crate::pg::{Limits, Session};

/// For what takes a lock on a table: whoever works there goes first.
const POLITE: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(10) };
/// Classes of one shape that are read: more of them differ in loose names only.
const VARIANTS: usize = 32;
/// Schemas after which the server process has grown too much: some 15 MB.
const MANY: u32 = 50;
/// Schemas that are read before it is looked whether one of them has changed: the first ones by themselves, so that they show at once.
const TOGETHER: usize = 16;
/// Schemas that are tried for a class, and attempts to read one that changes.
const TRIES: usize = 4;

/// A class of which no structure is known.
struct Pending {
    class: ClassId,
    members: Vec<SchemaFacts>,
    is_reference: bool,
}

/// What came of reading one schema.
enum Outcome {
    /// Its structure, and the class that it has now.
    Read(Box<(Structure, ClassId, Prints)>),
    /// It changes all the time, or is gone.
    Moving,
    /// Somebody works on it.
    Busy,
}

impl Run<'_> {
    /// Reads one schema of each class that is new.
    pub(in crate::observer::passes) async fn classes(&mut self, context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Classes);
        if self.known.structure.whole.is_none() {
            return Ok(());
        }
        let pending = self.pending();
        let all = pending.len();
        let mut reader = Reader { spare: None, here: 0 };
        let (mut busy, mut notes) = (0, Vec::new());
        let (mut done, mut together) = (0, 1);
        while done < all {
            let batch = &pending[done..all.min(done + together)];
            for class in self.represent_together(context, &mut reader, batch, (done, all)).await? {
                match self.represent(context, &mut reader, class).await {
                    Ok(true) => {}
                    Ok(false) => busy += 1,
                    Err(fault) if self.session.is_closed() => return Err(fault),
                    Err(fault) => notes.push(unread(class, &fault)),
                }
            }
            done += batch.len();
            together = (together * 2).min(TOGETHER);
        }
        self.known.is_heavy |= reader.here >= MANY;
        reader.close().await;
        self.has_read(|read| read.structures = busy == 0 && notes.is_empty());
        if busy > 0 {
            let what = if busy == 1 { "1 structure is".to_owned() } else { format!("{busy} structures are") };
            notes.push(info(format!("{what} being changed just now: read at the next refresh")));
        }
        self.ends(Pass::Classes, notes);
        Ok(())
    }

    /// The classes to read, the most important first.
    fn pending(&self) -> Vec<Pending> {
        let memory = &self.known.structure;
        let mut pending: HashMap<ClassId, Pending> = HashMap::new();
        for row in classify(&memory.schemas, memory.registry.as_ref(), &self.target.policy) {
            let is_compared = matches!(row.role, Role::Tenant | Role::Orphan | Role::Unknown | Role::Reference);
            let Some(schema) = row.schema.map(|at| &memory.schemas[at]).filter(|_| is_compared) else { continue };
            let Some(&class) = memory.told.get(&schema.oid).filter(|class| !memory.read.contains(class)) else { continue };
            let entry = pending.entry(class).or_insert_with(|| Pending { class, members: Vec::new(), is_reference: false });
            entry.is_reference |= row.role == Role::Reference;
            entry.members.push(schema.clone());
        }
        let mut pending: Vec<Pending> = pending.into_values().collect();
        for class in &mut pending {
            // What our role may not look into is described less well.
            class.members.sort_by_key(|schema| !schema.readable);
        }
        pending.sort_by_key(|class| (!class.is_reference, Reverse(class.members.len()), class.class));
        let mut variants: HashMap<u64, usize> = HashMap::new();
        for class in &memory.read {
            *variants.entry(class.shape).or_default() += 1;
        }
        pending.retain(|class| {
            let variants = variants.entry(class.class.shape).or_default();
            *variants += 1;
            class.is_reference || *variants <= VARIANTS
        });
        pending
    }

    /// Reads the first schema of each of these classes, and looks once for all of them whether they are still what they were. Gives
    /// the classes for which this did not do.
    async fn represent_together<'p>(
        &mut self,
        context: &Context,
        reader: &mut Reader,
        batch: &'p [Pending],
        (done, all): (usize, usize),
    ) -> Result<Vec<&'p Pending>, Fault> {
        let (mut read, mut again) = (Vec::with_capacity(batch.len()), Vec::new());
        for (at, class) in batch.iter().enumerate() {
            self.begins_part(Pass::Classes, (done + at, all));
            let Some(schema) = class.members.first() else { continue };
            match read_objects(reader.session(self).await, context, schema).await {
                Ok(objects) => read.push((class, schema, objects)),
                Err(fault) if self.session.is_closed() => return Err(fault),
                Err(_) => again.push(class),
            }
        }
        let oids: Vec<Oid> = read.iter().map(|(_, schema, _)| schema.oid).collect();
        let mut prints = match self.prints_now(reader.session(self).await, context, &oids).await {
            Ok(prints) => prints,
            Err(fault) if self.session.is_closed() => return Err(fault),
            Err(_) => HashMap::new(),
        };
        for (class, schema, objects) in read {
            match prints.remove(&schema.oid).filter(|prints| prints.class() == class.class) {
                Some(prints) => {
                    let structure = self.canonical(context, schema, objects);
                    self.tell_structure(schema, structure, class.class, prints);
                }
                None => again.push(class),
            }
        }
        Ok(again)
    }

    /// What some schemas add up to at this moment. The same as before means that nothing has changed in between.
    async fn prints_now(&self, session: &Session, context: &Context, oids: &[Oid]) -> Result<HashMap<Oid, Prints>, Fault> {
        let reading = session.read(POLITE).await?;
        let prints = few(&reading, context.version, &facets(&self.target.policy.comparison), oids).await?;
        reading.finish().await?;
        Ok(prints)
    }

    fn canonical(&self, context: &Context, schema: &SchemaFacts, objects: Vec<Object>) -> Structure {
        let origin = Origin { schema: &schema.name, owner: &schema.owner, major: context.version / 10_000 };
        canonical::structure(objects, &origin, &self.target.policy.comparison)
    }

    /// Reads a schema of this class. Says whether nothing is left to do for it.
    async fn represent(&mut self, context: &Context, reader: &mut Reader, class: &Pending) -> Result<bool, Fault> {
        for schema in class.members.iter().take(TRIES) {
            let session = reader.session(self).await;
            match self.read_one(session, context, schema, class.class).await? {
                Outcome::Read(read) => {
                    let (structure, now, prints) = *read;
                    self.tell_structure(schema, structure, now, prints);
                    if now == class.class {
                        return Ok(true);
                    }
                }
                Outcome::Moving => {
                    let memory = &mut self.known.structure;
                    memory.told.remove(&schema.oid);
                    memory.prints.remove(&schema.oid);
                    (self.emit)(FleetEvent::Structures(self.id, HashMap::from([(schema.oid, None)]), vec![]));
                }
                Outcome::Busy => {}
            }
        }
        // Where every member has moved on to another class there is nothing to read.
        let told = &self.known.structure.told;
        Ok(!class.members.iter().any(|schema| told.get(&schema.oid) == Some(&class.class)))
    }

    async fn read_one(
        &self,
        session: &Session,
        context: &Context,
        schema: &SchemaFacts,
        mut class: ClassId,
    ) -> Result<Outcome, Fault> {
        for _ in 0..TRIES {
            let objects = match read_objects(session, context, schema).await {
                Ok(objects) => objects,
                Err(fault) if fault.kind == FaultKind::Gone => continue,
                Err(fault) if fault.kind == FaultKind::Busy => return Ok(Outcome::Busy),
                Err(fault) => return Err(fault),
            };
            let prints = self.prints_now(session, context, &[schema.oid]).await?.remove(&schema.oid).unwrap_or_default();
            if prints.class() == class {
                let structure = self.canonical(context, schema, objects);
                return Ok(Outcome::Read(Box::new((structure, class, prints))));
            }
            class = prints.class();
        }
        Ok(Outcome::Moving)
    }

    fn tell_structure(&mut self, schema: &SchemaFacts, mut structure: Structure, class: ClassId, prints: Prints) {
        let memory = &mut self.known.structure;
        for object in &mut structure.objects {
            match memory.objects.get(object) {
                Some(known) => *object = Arc::clone(known),
                None => drop(memory.objects.insert(Arc::clone(object))),
            }
        }
        memory.prints.insert(schema.oid, prints);
        memory.told.insert(schema.oid, class);
        let structures = if memory.read.insert(class) { vec![(class, Arc::new(structure))] } else { vec![] };
        (self.emit)(FleetEvent::Structures(self.id, HashMap::from([(schema.oid, Some(class))]), structures));
    }
}

async fn read_objects(session: &Session, context: &Context, schema: &SchemaFacts) -> Result<Vec<Object>, Fault> {
    let reading = session.read(POLITE).await?;
    let objects = objects::read(&reading, context.version, schema.oid, &schema.name).await?;
    reading.finish().await?;
    Ok(objects)
}

fn unread(class: &Pending, fault: &Fault) -> Note {
    let name = class.members.first().map(|schema| shown(&schema.name).into_owned()).unwrap_or_default();
    not_read(&format!("the structure of schema {name}"), fault)
}

/// The connection that reads schemas one by one: the second one where it is free, because it can be replaced when it has grown.
struct Reader {
    spare: Option<(Session, Taken, u32)>,
    /// Schemas that were read on the first connection.
    here: u32,
}

impl Reader {
    async fn session<'s>(&'s mut self, run: &'s Run<'_>) -> &'s Session {
        let seat = run.known.seat.as_ref();
        let is_wanted = seat.is_some_and(Seat::is_wanted_now);
        if self.spare.as_ref().is_some_and(|(session, _, read)| is_wanted || *read >= MANY || session.is_closed()) {
            self.close().await;
        }
        if self.spare.is_none()
            && let Some(taken) = seat.and_then(Seat::for_help)
            && let Ok((session, _)) = link::connect(run.target, "fleet").await
        {
            self.spare = Some((session, taken, 0));
        }
        if let Some((session, _, read)) = &mut self.spare {
            *read += 1;
            session
        } else {
            self.here += 1;
            run.session
        }
    }

    async fn close(&mut self) {
        if let Some((session, ..)) = self.spare.take() {
            session.close().await;
        }
    }
}
