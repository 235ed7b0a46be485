//! Guards that a connection keeps: from its third message on, where it may, and whatever becomes of them all is guarded.

use tenantry::plan::RunPolicy;

use super::fleet::{Fleet, Run, Written, policy};

/// What every migration of these tests does.
const DOES: [&str; 2] = ["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')"];
/// Tells in each schema whether the session kept the guards when it was migrated.
const TELLS: &str = "CREATE TABLE kept AS SELECT count(*) = 1 AS kept FROM pg_proc WHERE proname = 'tenantry_last' \
                     AND pronamespace = pg_my_temp_schema()";

/// Who was migrated with kept guards, by one connection.
fn kept(fleet: &Fleet<'_>, more: &[&str]) -> Vec<bool> {
    let statements = [&DOES[..], &[TELLS], more].concat();
    let run = Run::new(fleet, fleet.plan(&[("0002_kept", &statements, true)], RunPolicy { concurrency: 1, ..policy() }));
    assert_eq!(run.finish(), 0, "{}", run.log());
    run.agrees(fleet);
    fleet.tenants.iter().map(|tenant| fleet.sql(&format!("SELECT kept FROM \"{tenant}\".kept")) == ["t"]).collect()
}

#[test]
fn from_the_third_message_on_the_guards_are_kept_and_gone_with_the_session() {
    let fleet = Fleet::of(6);
    assert_eq!(kept(&fleet, &[]), [false, false, true, true, true, true]);
    crate::support::wait_for("the end of what was temporary", || {
        (fleet.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'tenantry%'") == ["0"]).then_some(())
    });
}

#[test]
fn who_wants_to_be_told_of_what_is_made_is_not_told_of_guards() {
    let fleet = Fleet::of(4);
    fleet.sql(
        "CREATE TABLE public.told (tag text, schema text); \
         CREATE FUNCTION public.tell() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.told \
         SELECT command_tag, schema_name FROM pg_event_trigger_ddl_commands(); END'; \
         CREATE EVENT TRIGGER tell ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION', 'GRANT') EXECUTE FUNCTION public.tell()",
    );
    assert_eq!(kept(&fleet, &[]), [false; 4]);
    assert!(fleet.sql("SELECT * FROM public.told").is_empty());
}

#[test]
fn a_migration_that_discards_them_is_guarded_all_the_same() {
    let fleet = Fleet::of(6);
    fleet.sql("CREATE TABLE public.shared (id int)");
    // The third finds them there: what discarded them was undone, and done again without them.
    assert_eq!(kept(&fleet, &["DISCARD TEMP"]), [false, false, true, false, false, false]);
    let falls: Written<'_> = ("0003_falls", &["DISCARD TEMP", "INSERT INTO shared VALUES (1)"], true);
    let run = Run::new(&fleet, fleet.plan(&[falls], RunPolicy { concurrency: 1, ..policy() }));
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert!(fleet.sql("SELECT * FROM public.shared").is_empty());
}
