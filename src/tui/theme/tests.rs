//! Every shipped theme is loaded and held to what a person must be able to tell apart; a person's own file and its mistakes.

use ratatui::style::{Color, Modifier, Style};

use super::*;

const DEPTHS: [ColourDepth; 4] = [ColourDepth::None, ColourDepth::Ansi16, ColourDepth::Ansi256, ColourDepth::True];

/// What reaches a cell: the role laid over ordinary text. Two looks are told apart by colour or by attribute.
fn look(theme: &Theme, role: ThemeRole) -> (Option<Color>, Option<Color>, Modifier) {
    let style = theme.style(ThemeRole::Text).patch(theme.style(role));
    (style.fg, style.bg, style.add_modifier)
}

#[test]
fn severities_and_selection_differ_from_text_and_from_each_other_at_every_depth() {
    use ThemeRole::{Danger, Info, MapDanger, MapInfo, MapOk, MapWarn, Ok, Selection, Text, Warn};
    for name in Theme::names() {
        for depth in DEPTHS {
            let theme = Theme::load(name, None, depth).unwrap();
            for group in [&[Text, Selection, Ok, Info, Warn, Danger][..], &[MapOk, MapInfo, MapWarn, MapDanger, Selection]] {
                for (at, &one) in group.iter().enumerate() {
                    for &other in &group[at + 1..] {
                        let (a, b) = (look(&theme, one), look(&theme, other));
                        assert_ne!(a, b, "{name} at {depth:?}: {one:?} and {other:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn headers_of_environments_differ_at_every_depth() {
    use ThemeRole::{HeaderPlain, HeaderProduction, HeaderStaging};
    for name in Theme::names() {
        for depth in DEPTHS {
            let theme = Theme::load(name, None, depth).unwrap();
            let looks = [HeaderPlain, HeaderStaging, HeaderProduction].map(|role| look(&theme, role));
            assert!(looks[0] != looks[1] && looks[1] != looks[2] && looks[0] != looks[2], "{name} at {depth:?}");
        }
    }
}

#[test]
fn nothing_is_drawn_in_the_colour_of_its_ground() {
    for name in Theme::names() {
        for depth in [ColourDepth::Ansi16, ColourDepth::Ansi256, ColourDepth::True] {
            let theme = Theme::load(name, None, depth).unwrap();
            for role in ThemeRole::ALL {
                let (fg, bg, _) = look(&theme, role);
                assert!(fg != bg || fg == Some(Color::Reset), "{name} at {depth:?}: {role:?} is {fg:?} on {bg:?}");
            }
        }
    }
}

#[test]
fn full_palettes_can_be_read() {
    use ThemeRole::{Border, MapOk, MapUnknown, Track};
    let mut poor = Vec::new();
    for name in Theme::names() {
        for depth in [ColourDepth::True, ColourDepth::Ansi256] {
            let theme = Theme::load(name, None, depth).unwrap();
            for role in ThemeRole::ALL {
                let (fg, bg, _) = look(&theme, role);
                let Some(contrast) = colour::contrast(fg.unwrap(), bg.unwrap()) else { continue };
                let wanted = match role {
                    Border | Track | MapUnknown => 1.6,
                    MapOk => 2.0,
                    ThemeRole::Text | ThemeRole::Selection => 4.5,
                    _ => 4.0,
                };
                if contrast < wanted {
                    poor.push(format!("{name} at {depth:?}: {role:?} has a contrast of {contrast:.1}, not {wanted}"));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{poor:#?}");
}

#[test]
fn without_colour_no_theme_sets_one() {
    for name in Theme::names() {
        let theme = Theme::load(name, None, ColourDepth::None).unwrap();
        for role in ThemeRole::ALL {
            let Style { fg, bg, .. } = theme.style(role);
            assert!([fg, bg].into_iter().flatten().all(|colour| colour == Color::Reset), "{name} {role:?}");
        }
        assert!(theme.style(ThemeRole::Selection).add_modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn a_selected_row_hides_the_colours_of_its_cells() {
    let theme = Theme::load("terminal", None, ColourDepth::Ansi16).unwrap();
    let over = theme.style(ThemeRole::Danger).patch(theme.style(ThemeRole::Selection));
    assert_eq!((over.fg, over.bg, over.add_modifier), (Some(Color::Reset), Some(Color::Reset), Modifier::REVERSED));
}

#[test]
fn a_persons_file_wins_and_may_inherit_even_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.toml"), "inherit = \"dark\"\n[palette]\naccent = \"#ff0000\"\n").unwrap();
    std::fs::write(folder.path().join("dark.toml"), "inherit = \"dark\"\n[roles]\nok = \"214 underline\"\n").unwrap();
    let mine = Theme::load("mine", Some(folder.path()), ColourDepth::True).unwrap();
    assert_eq!(mine.style(ThemeRole::Accent).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(mine.style(ThemeRole::Ok).fg, Some(Color::Indexed(214)), "it inherits the person's own dark");
    let dark = Theme::load("dark", Some(folder.path()), ColourDepth::True).unwrap();
    assert_eq!(dark.style(ThemeRole::Ok), Style::new().fg(Color::Indexed(214)).add_modifier(Modifier::UNDERLINED));
    assert_eq!(Theme::names_with(Some(folder.path())).last().map(String::as_str), Some("mine"));
}

#[test]
fn mistakes_say_file_line_and_key() {
    let cases = [
        ("inherit = \"dark\"\n[roles]\n\nwarn = \"peech\"\n", "own.toml:4: warn: \"peech\" is not a colour"),
        ("inherit = \"dark\"\n[palette]\nred = \"#12\"\n", "own.toml:3: red: \"#12\" is not a colour"),
        ("[roles]\nwarning = \"red\"\n", "own.toml:2: warning: there is no such role"),
        ("colour = 1\n", "own.toml:1: colour: no such key"),
        ("[roles]\nok = 3\n", "own.toml:2: ok: a text is wanted, not integer"),
        ("[roles]\nok = \"red on\"\n", "own.toml:2: ok: a colour is missing behind \"on\""),
        ("[roles]\nok = \"red green\"\n", "own.toml:2: ok: \"green\" is too much"),
        ("[roles]\ntext = \"red\"\n", "theme \"own\" does not say the role dim"),
        ("inherit = \"nope\"\n", "there is no theme \"nope\""),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in cases {
        std::fs::write(folder.path().join("own.toml"), text).unwrap();
        let complete = if text.contains("ok = \"") { format!("inherit = \"dark\"\n{text}") } else { text.to_owned() };
        let shift = usize::from(complete.len() > text.len());
        std::fs::write(folder.path().join("own.toml"), complete).unwrap();
        let fault = Theme::load("own", Some(folder.path()), ColourDepth::True).unwrap_err();
        let expected = expected.replace("own.toml:2: ok: a colour", &format!("own.toml:{}: ok: a colour", 2 + shift));
        let expected = expected.replace("own.toml:2: ok: \"green", &format!("own.toml:{}: ok: \"green", 2 + shift));
        assert!(fault.what.ends_with(&expected), "{} does not end with {expected}", fault.what);
    }
    std::fs::write(folder.path().join("own.toml"), "[roles\n").unwrap();
    let fault = Theme::load("own", Some(folder.path()), ColourDepth::True).unwrap_err();
    assert!(fault.what.contains("own.toml:1: "), "{}", fault.what);
}

#[test]
fn a_circle_of_themes_and_a_name_that_leads_elsewhere_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), "inherit = \"b\"\n").unwrap();
    std::fs::write(folder.path().join("b.toml"), "inherit = \"a\"\n").unwrap();
    let fault = Theme::load("a", Some(folder.path()), ColourDepth::True).unwrap_err();
    assert_eq!(fault.what, "theme \"a\" inherits in a circle");
    let fault = Theme::load("../a", Some(&folder.path().join("themes")), ColourDepth::True).unwrap_err();
    assert!(fault.what.contains("there is no theme"), "{}", fault.what);
    assert!(fault.hint.unwrap().contains("tokyo-night"));
}
