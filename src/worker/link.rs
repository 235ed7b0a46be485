//! A connection to the database of the plan and to no other one. Must not know what is done on it.

use crate::domain::name::shown;
use crate::pg::Spec;
use crate::pg::write::{Identity, Refused, Writer};
use crate::plan::PlanDatabase;

use super::job::Trouble;

/// Connects and looks where that led: what has another identity than the plan says is never written to.
pub(super) async fn connect(spec: &Spec, name: &str, database: &PlanDatabase) -> Result<(Writer, Identity), Trouble> {
    let (writer, identity) = connect_to_read(spec, name, database).await?;
    takes_writes(&identity, database)?;
    Ok((writer, identity))
}

/// The same for reading alone: a standby will do.
pub(super) async fn connect_to_read(
    spec: &Spec,
    name: &str,
    database: &PlanDatabase,
) -> Result<(Writer, Identity), Trouble> {
    let writer = Writer::connect(spec, name).await.map_err(|refusal| {
        let fault = refusal.fault;
        match fault.sqlstate.as_deref() {
            Some("53300") => Trouble::Full(fault.what),
            // A worker keeps the password that it was given, and has nobody to ask for another one.
            Some("28P01") => Trouble::Passing(format!(
                "{}: where it was changed, stop the run and resume it with the new password",
                fault.what
            )),
            _ => Trouble::Passing(fault.what),
        }
    })?;
    let identity = writer.identity().await.map_err(|refused: Refused| Trouble::Passing(refused.fault.what))?;
    is_it(&identity, database)?;
    Ok((writer, identity))
}

fn is_it(found: &Identity, expected: &PlanDatabase) -> Result<(), Trouble> {
    let label = shown(&expected.label).into_owned();
    if let Some(identifier) = expected.system_identifier {
        match found.system_identifier {
            Some(found) if found == identifier => {}
            Some(found) => {
                return Err(Trouble::Wrong(format!(
                    "{label} is another server: its system identifier is {found}, the plan has {identifier}"
                )));
            }
            None => {
                return Err(Trouble::Wrong(format!(
                    "{label} does not tell its system identifier any more, which the plan has"
                )));
            }
        }
    }
    if found.oid != expected.oid {
        let name = shown(&found.name);
        return Err(Trouble::Wrong(format!(
            "{label} is another database: {name} has the oid {}, the plan has {}",
            found.oid, expected.oid
        )));
    }
    Ok(())
}

fn takes_writes(found: &Identity, expected: &PlanDatabase) -> Result<(), Trouble> {
    let label = shown(&expected.label);
    if found.standby || found.read_only {
        let why = if found.standby { "is a standby" } else { "takes no writes: transactions are read-only there" };
        return Err(Trouble::Passing(format!("{label} {why}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_server_and_another_database_are_refused() {
        let plan = PlanDatabase {
            label: "eu".into(),
            system_identifier: Some(7),
            oid: 5,
            name: "app".into(),
            version: 150_000,
            pooler: false,
        };
        let here = Identity {
            system_identifier: Some(7),
            oid: 5,
            name: "app".into(),
            standby: false,
            read_only: false,
            server_start_us: 1,
        };
        assert_eq!(is_it(&here, &plan), Ok(()));
        assert!(matches!(is_it(&Identity { system_identifier: Some(8), ..here.clone() }, &plan), Err(Trouble::Wrong(_))));
        assert!(matches!(is_it(&Identity { system_identifier: None, ..here.clone() }, &plan), Err(Trouble::Wrong(_))));
        assert!(matches!(is_it(&Identity { oid: 6, ..here.clone() }, &plan), Err(Trouble::Wrong(_))));
        assert!(matches!(takes_writes(&Identity { standby: true, ..here.clone() }, &plan), Err(Trouble::Passing(_))));
        assert!(matches!(takes_writes(&Identity { read_only: true, ..here.clone() }, &plan), Err(Trouble::Passing(_))));
        let unknown = PlanDatabase { system_identifier: None, ..plan };
        assert_eq!(is_it(&Identity { name: "renamed".into(), ..here }, &unknown), Ok(()));
    }
}
