//! What is typed behind `:`, and what the model is then.

use super::*;

#[test]
fn the_palette_runs_actions_and_commands_with_a_word() {
    let mut model = console();
    assert_eq!(command(&mut model, "q"), [Effect::Quit]);
    assert_eq!(command(&mut model, "refresh"), [Effect::Refresh { which: None, full: false }]);
    assert_eq!(command(&mut model, "read-all"), [Effect::Refresh { which: None, full: true }]);
    command(&mut model, "tenants db:eu");
    assert_eq!((model.view, model.tenants_screen.filter()), (View::Tenants, "db:eu"));
    command(&mut model, "theme nord");
    assert_eq!(model.theme, "nord");
    assert_eq!(command(&mut model, "debug"), [Effect::Measure]);
    assert!(matches!(model.overlays.as_slice(), [Overlay::Debug]));
}

#[test]
fn the_palette_needs_a_few_letters_only() {
    let mut model = console();
    assert_eq!(typed(&mut model, ": r e f r enter"), [Effect::Refresh { which: None, full: false }]);
    typed(&mut model, ": t h e m e space n o enter");
    assert_eq!(model.theme, "nord");
}

#[test]
fn a_wrong_command_stays_and_says_why() {
    for line in ["nonsense-zzz", "theme pink", "open nowhere", "quit now", "export rows.txt"] {
        let mut model = console();
        assert_eq!(command(&mut model, line), [], "{line}");
        let [Overlay::Palette(palette)] = model.overlays.as_slice() else { panic!("{line}: {:?}", model.overlays) };
        assert!(format!("{palette:?}").contains("error: Some"), "{line}");
    }
}

#[test]
fn a_schema_is_opened_by_name_and_of_two_the_chosen_one() {
    let mut model = console();
    assert_eq!(command(&mut model, "open bolt"), [Effect::OpenSchema(DatabaseId(0), "bolt".into())]);
    assert_eq!(model.view, View::Schema);
    typed(&mut model, "q");
    assert_eq!((model.view, model.schema.is_none()), (View::Fleet, true));
    assert_eq!(command(&mut model, "open us/acme"), [Effect::OpenSchema(DatabaseId(1), "acme".into())]);
    let second = format!(": {} down enter", spelled("open acme"));
    assert_eq!(typed(&mut model, &second), [Effect::OpenSchema(DatabaseId(1), "acme".into())]);
    assert_eq!(command::run(&mut model, "open acme"), Err("2 of them: eu/acme, us/acme".to_owned()));
}

#[test]
fn nobody_has_chosen_the_first_schema_of_a_list() {
    let mut model = console();
    model.title.write = true;
    assert_eq!(typed(&mut model, ": d r o p enter enter"), []);
    let overlays = format!("{:?}", model.overlays);
    assert!(overlays.contains("a word is wanted: drop DATABASE/SCHEMA"), "{overlays}");
    // Who goes down the list has chosen, and so has who is on a schema already.
    let effects = typed(&mut model, "down enter");
    assert!(
        matches!(effects.as_slice(), [Effect::BuildPlan(wanted)] if wanted.schemas[0].schema == "Größe \"1\""),
        "{effects:?}"
    );
    typed(&mut model, "esc 2 down down");
    let (_, chosen) = model.chosen_schema().unwrap();
    let effects = typed(&mut model, ": d r o p enter enter");
    assert!(matches!(effects.as_slice(), [Effect::BuildPlan(wanted)] if wanted.schemas[0].schema == chosen), "{effects:?}");
}

#[test]
fn a_schema_with_blanks_around_its_name_is_not_taken_for_the_one_without() {
    let mut model = console();
    let names = vec![schema(1, "bolt"), schema(2, " bolt"), schema(3, "bolt ")];
    update(&mut model, Msg::Facts(vec![FleetEvent::Names(DatabaseId(0), names)]));
    for name in ["bolt", " bolt", "bolt "] {
        assert_eq!(command::run(&mut model, &format!("open eu/{name}")).unwrap(), [opening(name)], "{name:?}");
        assert_eq!(
            typed(&mut model, &format!(": {} tab enter", spelled(&format!("open {name}")))),
            [opening(name)],
            "{name:?}"
        );
    }
    assert_eq!(command::run(&mut model, "open  delta ").unwrap(), [Effect::OpenSchema(DatabaseId(1), "delta".into())]);
}

#[test]
fn in_one_database_the_palette_calls_a_schema_by_its_name_alone() {
    let fleet = Fleet::new([("eu".to_owned(), Policy::default())]);
    let mut model = Model::new(Title::default(), fleet, Keymap::default(), "terminal".into());
    update(&mut model, Msg::Facts(vec![FleetEvent::Names(DatabaseId(0), vec![schema(1, "acme"), schema(2, "red\u{1b}")])]));
    typed(&mut model, ": o p e n space r e d tab");
    assert!(format!("{:?}", model.overlays).contains(r"open red\\x1b"), "{:?}", model.overlays);
    assert_eq!(typed(&mut model, "enter"), [Effect::OpenSchema(DatabaseId(0), "red\u{1b}".into())]);
}

fn opening(name: &str) -> Effect {
    Effect::OpenSchema(DatabaseId(0), name.into())
}
