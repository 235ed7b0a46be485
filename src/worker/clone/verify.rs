//! Whether what was made is what its source is: the same fingerprint with everything compared, read in the transaction that keeps it or
//! not; and nothing of it that leads back to the source. Must not mend anything.

use futures_util::future::{join, try_join};

use super::rows::Giver;
use super::site::{Fail, SOON, Site};
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind};
use crate::domain::structure::{Comparison, Difference, Object, Structure};
use crate::drift;
use crate::drift::canonical::{self, Origin};
use crate::pg::catalog;
use crate::pg::write::Writer;
use crate::plan::clone::message::OURS;

/// So much of what differs is told.
const MOST: usize = 3;

/// Whether the target is what the source is.
pub(super) async fn target(site: &Site<'_>, oid: Oid, giver: &Giver) -> Result<(), Fail> {
    let schema = &site.at_hand.target().schema;
    let known = &site.cloning.source;
    // Ours may have no rights in it.
    site.send(&site.making.as_maker(), 1).await?;
    let writer = site.at_hand.writer;
    let (reading, other) = (writer.within(site.limits()), site.making.is_within().then_some(known.oid));
    let Some(told) = told(site, writer, oid, schema).await? else {
        return Err(Fail::of(CauseKind::Strange, "the schema that was made is gone, or has another name", None));
    };
    // The server looks for what leads back while what it told is put in order here.
    let (leaks, found) = join(catalog::leaks(&reading, oid, other, &known.schema), async { told.structure(schema) }).await;
    if found.exact != known.exact {
        let writer = giver.0.as_ref().unwrap_or(writer);
        writer.send(OURS, SOON).await.map_err(|refused| site.fail(Some(refused), None))?;
        let source = read(site, writer, known.oid, &known.schema).await?;
        return Err(match source {
            Some(source) if source.exact == known.exact => different(&source, &found),
            _ => changed("it is not what it was"),
        });
    }
    let leaks = leaks.map_err(|fault| site.fault(writer, fault))?;
    match leaks.as_slice() {
        [] => Ok(()),
        leaks => {
            let named: Vec<String> = leaks.iter().take(MOST).map(|leak| shown(leak).into_owned()).collect();
            let what = format!("what was made still leads to its source: {}", named.join("; "));
            Err(Fail::of(CauseKind::Strange, what, None))
        }
    }
}

/// The structure of a schema as the open transaction sees it; `None` when there is none of this OID and name.
pub(super) async fn read(site: &Site<'_>, writer: &Writer, oid: Oid, name: &str) -> Result<Option<Structure>, Fail> {
    Ok(told(site, writer, oid, name).await?.map(|told| told.structure(name)))
}

/// What the catalogue tells of a schema, before that is put in order.
struct Told {
    objects: Vec<Object>,
    owner: String,
    major: u32,
}

impl Told {
    fn structure(self, name: &str) -> Structure {
        let origin = Origin { schema: name, owner: &self.owner, major: self.major };
        canonical::structure(self.objects, &origin, &Comparison::everything())
    }
}

async fn told(site: &Site<'_>, writer: &Writer, oid: Oid, name: &str) -> Result<Option<Told>, Fail> {
    let reading = writer.within(site.limits());
    let told = async {
        let (context, head) = try_join(catalog::context(&reading), catalog::head(&reading, name)).await?;
        let Some(head) = head.filter(|head| head.oid == oid) else { return Ok(None) };
        let objects = catalog::objects::read(&reading, context.version, head.oid, name).await?;
        Ok(Some(Told { objects, owner: head.owner, major: context.version / 10_000 }))
    };
    told.await.or_else(|fault: Fault| match fault.kind {
        FaultKind::Gone => Ok(None),
        _ => Err(site.fault(writer, fault)),
    })
}

/// A refusal to lock or read what is not there any more is about the source.
pub(super) fn of_source(fail: Fail) -> Fail {
    match fail {
        Fail::Cause(Cause { sqlstate: Some(state), what, .. }) if matches!(state.as_str(), "42P01" | "3F000" | "42703") => {
            changed(&what)
        }
        other => other,
    }
}

pub(super) fn changed(why: &str) -> Fail {
    let hint = Some("plan again, from the source as it is now");
    Fail::of(CauseKind::Statement, format!("the source changed since the plan: {why}"), hint)
}

fn different(source: &Structure, found: &Structure) -> Fail {
    let all = drift::diff(source, found, &Comparison::everything());
    let mut named: Vec<String> = all.iter().take(MOST).map(said).collect();
    if all.len() > MOST {
        named.push(format!("{} more", all.len() - MOST));
    }
    if named.is_empty() {
        named.push("what no comparison names".to_owned());
    }
    Fail::of(CauseKind::Strange, format!("what was made is not what its source is: {}", named.join("; ")), None)
}

fn said(difference: &Difference) -> String {
    let label = shown(&difference.object().label()).into_owned();
    match difference {
        Difference::Missing { .. } => format!("{label} is missing"),
        Difference::Extra { .. } => format!("{label} is too much"),
        Difference::Renamed { here, .. } => format!("{label} is called {}", shown(&here.name)),
        Difference::Incomparable { .. } => format!("{label} cannot be compared"),
        Difference::Changed { changes, .. } => {
            let names: Vec<String> = changes.iter().map(|change| shown(&change.attribute).into_owned()).collect();
            format!("{label} has another {}", names.join(", "))
        }
    }
}
