//! The frame around every screen: header, tabs, rules, status line and the keys that matter. Pure: model in, cells out. Must not
//! know what a screen shows in its body.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::glyph::Glyphs;
use super::model::{Model, View, plural};
use super::parts::text::fit;
use super::screens::Look;
use super::theme::ThemeRole;
use crate::action::{Action, Scope};
use crate::domain::fleet::{Link, Severity};
use crate::domain::name::shown;
use crate::domain::units;

/// The least size at which the screens are drawn.
pub const LEAST: (u16, u16) = (60, 15);

/// Where the parts of the frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Name, environment, label, access, tenants, age.
    pub header: Rect,
    /// Screens, breadcrumb, and what goes on.
    pub tabs: Rect,
    /// The rule above the body.
    pub upper: Rect,
    /// The screen's own area.
    pub body: Rect,
    /// The rule below the body.
    pub lower: Rect,
    /// What the list shows, a notice, or an input.
    pub status: Rect,
    /// The keys that matter.
    pub keys: Rect,
}

impl Places {
    /// The parts of an area.
    pub fn of(area: Rect) -> Self {
        let line = |y: u16| Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area };
        let from_below = |n: u16| area.height.checked_sub(n).map_or(Rect { height: 0, ..area }, line);
        let body = Rect { y: area.y + 3.min(area.height), height: area.height.saturating_sub(6), ..area };
        Self {
            header: line(0),
            tabs: line(1),
            upper: line(2),
            body,
            lower: from_below(3),
            status: from_below(2),
            keys: from_below(1),
        }
    }
}

/// From this width on every screen's name stands beside its key, and what goes on has room too.
const ALL_TABS: u16 = 76;

/// The area of a screen in a terminal of this size.
pub fn body(size: (u16, u16)) -> Rect {
    Places::of(Rect::new(0, 0, size.0, size.1)).body
}

/// Draws everything.
pub fn view(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, look.theme.style(ThemeRole::Text));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return card(model, look, frame);
    }
    let places = Places::of(area);
    header(model, look, frame, places.header);
    tabs(model, look, frame, places.tabs);
    let rule = look.glyphs.rule.repeat(usize::from(area.width));
    for place in [places.upper, places.lower] {
        frame.render_widget(Span::styled(rule.clone(), look.theme.style(ThemeRole::Border)), place);
    }
    let context = model.context();
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => opened.screen.view(&context, look, frame, places.body),
        (View::Tenants, _) => model.tenants_screen.view(&context, look, frame, places.body),
        (View::Drift, _) => model.drift_screen.view(&context, look, frame, places.body),
        (View::Capacity, _) => model.capacity_screen.view(&context, look, frame, places.body),
        (View::Runs, _) => model.runs_screen.view(&context, look, frame, places.body),
        (View::Activity, _) => model.activity_screen.view(&context, look, frame, places.body),
        (View::Compare, _) if model.compared.is_some() => {
            model.compared.iter().for_each(|it| it.screen.view(&context, look, frame, places.body));
        }
        (View::Fleet | View::Schema | View::Compare, _) => model.fleet_screen.view(&context, look, frame, places.body),
    }
    status(model, look, frame, places.status);
    keys(model, look, frame, places.keys);
    for overlay in &model.overlays {
        overlay.view(model, look, frame);
    }
}

fn header(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
    let style = look.theme.style(model.title.loudness.role());
    let dot = look.glyphs.dot;
    let title = &model.title;
    let access = if title.write { "write" } else { "read-only" };
    let name = shown(&title.environment);
    let label = shown(&title.label);
    let words: Vec<&str> = [&*name, &*label, access].into_iter().filter(|word| !word.is_empty()).collect();
    let words = words.join(&format!(" {dot} "));
    let count = model.tenants().map_or_else(|| look.glyphs.none.to_owned(), units::count);
    let age = model.as_of().map_or_else(|| look.glyphs.none.to_owned(), |at| time_of_day(at, model.now, &model.zone));
    let lefts = [format!(" tenantry  {words}"), format!(" {words}")];
    let counted = |gap| format!("{count} tenants{gap}as of {age} ");
    let rights = [counted("   "), counted(" "), format!("{count}  as of {age} "), format!("as of {age} ")];
    let width = usize::from(area.width);
    let pairs = rights.iter().flat_map(|right| lefts.iter().map(move |left| (left, right)));
    let (left, right) =
        pairs.clone().find(|(left, right)| left.width() + right.width() < width).unwrap_or((&lefts[1], &rights[3]));
    let left = fit(left, width.saturating_sub(right.width() + 1), look.glyphs.cut);
    let gap = width.saturating_sub(left.width() + right.width());
    frame.render_widget(Paragraph::new(format!("{left}{}{right}", " ".repeat(gap))).style(style), area);
}

/// The screens that have a key of their own: action, key, and name where it is written out.
fn tab_words(model: &Model, width: u16) -> Vec<(Action, String, &'static str, bool)> {
    let from = model.root();
    let all = [
        (Action::Fleet, View::Fleet, "Fleet"),
        (Action::Tenants, View::Tenants, "Tenants"),
        (Action::Drift, View::Drift, "Drift"),
        (Action::Capacity, View::Capacity, "Capacity"),
        (Action::Runs, View::Runs, "Runs"),
        (Action::Activity, View::Activity, "Activity"),
    ];
    let word = |(action, view, word): (Action, View, &'static str)| {
        let key = model.keymap.keys(action).first().map(|key| key.label(model.ascii)).unwrap_or_default();
        let is_shown = from == view;
        (action, key, if is_shown || width >= ALL_TABS { word } else { "" }, is_shown)
    };
    all.into_iter().map(word).collect()
}

/// The screen whose name stands at a column of the second line.
pub fn tab_at(model: &Model, column: u16) -> Option<Action> {
    let mut end = 1;
    for (action, key, word, _) in tab_words(model, model.size.0) {
        end += key.width() + if word.is_empty() { 0 } else { 1 + word.width() };
        if usize::from(column) <= end {
            return Some(action);
        }
        end += 2;
    }
    None
}

fn tabs(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
    let mut spans = Vec::new();
    for (_, key, word, is_shown) in tab_words(model, area.width) {
        let role = if is_shown { ThemeRole::Accent } else { ThemeRole::Text };
        spans.push(Span::raw(if spans.is_empty() { " " } else { "  " }));
        spans.push(Span::styled(key, look.theme.style(ThemeRole::Key)));
        if !word.is_empty() {
            spans.push(Span::styled(format!(" {word}"), look.theme.style(role)));
        }
    }
    if let Some(path) = breadcrumb(model) {
        let room = usize::from(area.width * 2 / 5);
        spans.push(Span::raw(format!(" {} ", look.glyphs.more_right)));
        spans.push(Span::styled(fit(&path, room, look.glyphs.cut).into_owned(), look.theme.style(ThemeRole::Accent)));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    frame.render_widget(Line::from(spans), area);
    if let Some((severity, text, shorter)) = going_on(model) {
        let room = usize::from(area.width).saturating_sub(used + 4);
        let text = said_in(room.saturating_sub(2), text, shorter);
        let text = format!("{} {text}", look.glyphs.severity(severity));
        let text = fit(&text, room, look.glyphs.cut);
        let width = text.width() as u16;
        let place = Rect { x: area.right().saturating_sub(width + 1), width, ..area };
        let role = if severity == Severity::Info { ThemeRole::Dim } else { ThemeRole::of(severity) };
        frame.render_widget(Span::styled(text, look.theme.style(role)), place);
    }
}

/// What is opened above a screen of the tabs, safe to show.
fn breadcrumb(model: &Model) -> Option<String> {
    match (model.view, &model.schema, &model.compared) {
        (View::Schema, Some(opened), _) => {
            let several = model.fleet.databases.len() > 1;
            let label = model.fleet.database(opened.screen.database()).filter(|_| several);
            let name = shown(opened.screen.name());
            Some(label.map_or_else(|| name.clone().into_owned(), |label| format!("{}/{name}", shown(&label.label))))
        }
        (View::Compare, _, Some(compared)) => Some(format!("diff {}", compared.screen.title(&model.fleet))),
        (View::Runs, ..) => model.runs_screen.opened().map(|id| shown(id.short()).into_owned()),
        _ => None,
    }
}

/// The one thing worth a word beside the tabs, and the same for less and less room: a running refresh, lost links, a pause.
fn going_on(model: &Model) -> Option<(Severity, String, Vec<String>)> {
    let databases = &model.fleet.databases;
    let reading: Vec<_> = databases.iter().filter_map(|database| Some((database, database.progress?))).collect();
    if let Some((database, progress)) = reading.first() {
        let others = if reading.len() > 1 { format!("{} databases, ", reading.len()) } else { String::new() };
        let label = shown(&database.label);
        let (word, at, total) = (progress.pass.word(), progress.done + 1, progress.total);
        let count = format!("{}/{total}", at.min(total));
        let pass = format!("{word} {count}");
        return Some((Severity::Info, format!("{others}{label}: {pass}"), vec![pass, count]));
    }
    let down: Vec<_> = databases.iter().filter(|database| database.is_stale()).collect();
    let (severity, text, shorter) =
        match (down.as_slice(), databases.iter().find(|database| database.link == Link::Connecting)) {
            ([], Some(database)) => {
                (Severity::Info, format!("connecting to {}", shown(&database.label)), vec!["connecting".to_owned()])
            }
            ([], None) if model.paused => (Severity::Info, "refresh paused".to_owned(), vec!["paused".to_owned()]),
            ([], None) => return None,
            ([one], _) => match &one.link {
                Link::Down { since, fault, .. } => {
                    let span = units::span(model.now.duration_since(*since));
                    let label = shown(&one.label);
                    let shorter = vec![format!("{label} down {span}"), format!("{label} down"), "down".to_owned()];
                    (Severity::Danger, format!("{label} down {span}: {}", shown(&fault.what)), shorter)
                }
                _ => return None,
            },
            (several, _) => {
                let labels: Vec<_> = several.iter().map(|database| shown(&database.label)).collect();
                let many = several.len();
                let shorter = vec![format!("{} down", plural(many, "database")), format!("{many} down"), "down".to_owned()];
                (Severity::Danger, format!("{} down: {}", plural(many, "database"), labels.join(", ")), shorter)
            }
        };
    Some((severity, text, shorter))
}

/// What is said in so many columns: a long text may lose its end where something of it is left beyond the next shorter one.
fn said_in(room: usize, text: String, shorter: Vec<String>) -> String {
    const WORTH: usize = 12;
    let is_worth = shorter.first().is_none_or(|next| room >= next.width() + WORTH);
    if is_worth || text.width() <= room {
        return text;
    }
    let last = shorter.last().cloned();
    shorter.into_iter().find(|text| text.width() <= room).or(last).unwrap_or(text)
}

fn status(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    if let Some(notice) = &model.notice {
        let style = look.theme.style(ThemeRole::of(notice.severity));
        let text = format!("{} {}", look.glyphs.severity(notice.severity), shown(&notice.text));
        frame.render_widget(Span::styled(format!(" {}", fit(&text, room, look.glyphs.cut)), style), area);
        return;
    }
    let context = model.context();
    let text = match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => opened.screen.status(&context),
        (View::Tenants, _) => model.tenants_screen.status(&context),
        (View::Drift, _) => model.drift_screen.status(&context),
        (View::Capacity, _) => model.capacity_screen.status(&context),
        (View::Runs, _) => model.runs_screen.status(&context),
        (View::Activity, _) => model.activity_screen.status(&context),
        (View::Compare, _) if model.compared.is_some() => {
            model.compared.as_ref().map_or_else(String::new, |it| it.screen.status(&context))
        }
        (View::Fleet | View::Schema | View::Compare, _) => model.fleet_screen.status(&context),
    };
    let text = in_signs_of(look.glyphs, text);
    let style = look.theme.style(ThemeRole::Text);
    frame.render_widget(Span::styled(format!(" {}", fit(&text, room, look.glyphs.cut)), style), area);
}

/// A line that a screen wrote with the usual signs, in the signs of this terminal.
fn in_signs_of(glyphs: &Glyphs, text: String) -> String {
    const USUAL: Glyphs = Glyphs::unicode();
    if *glyphs == USUAL {
        return text;
    }
    let signs = [
        (USUAL.dot, glyphs.dot),
        (USUAL.about, glyphs.about),
        (USUAL.ascending, glyphs.ascending),
        (USUAL.descending, glyphs.descending),
        (USUAL.none, glyphs.none),
        (USUAL.cut, glyphs.cut),
    ];
    signs.iter().fold(text, |text, (usual, here)| text.replace(usual, here))
}

/// The actions worth a place in the footer, the most useful first; help and the way out always have theirs.
const fn footer(scope: Scope) -> (&'static [Action], &'static [Action]) {
    match scope {
        Scope::Tenants => (
            &[
                Action::Open,
                Action::Filter,
                Action::Mark,
                Action::Migrate,
                Action::Clone,
                Action::Sort,
                Action::NextMatch,
                Action::Copy,
                Action::Psql,
                Action::Actions,
                Action::Export,
                Action::Refresh,
                Action::Wide,
            ],
            &[Action::Help],
        ),
        Scope::Drift => (
            &[
                Action::Open,
                Action::NextTab,
                Action::NextMatch,
                Action::MarkAll,
                Action::Migrate,
                Action::Filter,
                Action::Copy,
                Action::Export,
                Action::Actions,
                Action::Refresh,
            ],
            &[Action::Help],
        ),
        Scope::Capacity => (
            &[
                Action::Open,
                Action::More,
                Action::Less,
                Action::Filter,
                Action::NextMatch,
                Action::NextTab,
                Action::Export,
                Action::Copy,
                Action::Refresh,
                Action::Actions,
            ],
            &[Action::Help],
        ),
        Scope::Runs => (
            &[
                Action::Open,
                Action::PauseRun,
                Action::StopRun,
                Action::Retry,
                Action::Filter,
                Action::Copy,
                Action::Export,
                Action::Refresh,
                Action::Actions,
            ],
            &[Action::Help],
        ),
        Scope::Run => (
            &[
                Action::PauseRun,
                Action::StopRun,
                Action::Retry,
                Action::Log,
                Action::Diff,
                Action::Concurrency,
                Action::NextTab,
                Action::Back,
                Action::Export,
                Action::Actions,
            ],
            &[Action::Help],
        ),
        Scope::Activity => (
            &[
                Action::Open,
                Action::NextTab,
                Action::Filter,
                Action::EndSession,
                Action::Pause,
                Action::Copy,
                Action::Export,
                Action::Actions,
            ],
            &[Action::Help],
        ),
        Scope::Diff => (
            &[
                Action::Back,
                Action::NextMatch,
                Action::Open,
                Action::Mend,
                Action::Filter,
                Action::Copy,
                Action::Export,
                Action::Refresh,
            ],
            &[Action::Help],
        ),
        Scope::Schema => (
            &[
                Action::Back,
                Action::NextTab,
                Action::Mend,
                Action::Filter,
                Action::Sort,
                Action::Psql,
                Action::Clone,
                Action::Copy,
                Action::Refresh,
                Action::Export,
            ],
            &[Action::Help],
        ),
        Scope::Fleet | Scope::Everywhere => (
            &[Action::Open, Action::Refresh, Action::Palette, Action::Theme, Action::Pause, Action::Actions],
            &[Action::Help, Action::Quit],
        ),
    }
}

fn keys(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
    let pair = |action: &Action| {
        let key = model.keymap.keys(*action).first()?;
        Some((key.label(model.ascii), model.word_for(*action)))
    };
    let (first, last): (Vec<_>, Vec<_>) = if let Some(overlay) = model.overlays.last() {
        (overlay.keys(model), Vec::new())
    } else {
        let (first, last) = footer(model.scope());
        let usable = first.iter().filter(|action| model.refusal(**action).is_none());
        (usable.filter_map(pair).collect(), last.iter().filter_map(pair).collect())
    };
    let width = |(key, word): &(String, &str)| key.width() + word.width() + 3;
    let mut room = usize::from(area.width).saturating_sub(1 + last.iter().map(width).sum::<usize>());
    let mut spans = vec![Span::raw(" ")];
    let fitting = first.into_iter().take_while(|entry| {
        let fits = width(entry) <= room + 2;
        room = room.saturating_sub(width(entry));
        fits
    });
    for (key, word) in fitting.collect::<Vec<_>>().into_iter().chain(last) {
        spans.push(Span::styled(key, look.theme.style(ThemeRole::Key)));
        spans.push(Span::styled(format!(" {word}  "), look.theme.style(ThemeRole::Dim)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What fits into a terminal that is too small: the figures that matter most, and the size that is needed.
fn card(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    let title = &model.title;
    let count = model.tenants().map_or_else(|| "no tenants known yet".to_owned(), |count| plural(count as usize, "tenant"));
    let odd = model.fleet.entries().filter(|entry| entry.is_tenant() && entry.oddity().is_some()).count();
    let down = model.fleet.databases.iter().filter(|database| database.is_stale()).count();
    let mut lines = vec![
        (model.title.loudness.role(), format!("{} {}", shown(&title.environment), shown(&title.label))),
        (ThemeRole::Text, count),
    ];
    if down > 0 {
        lines.push((ThemeRole::Danger, format!("{} {} down", look.glyphs.danger, plural(down, "database"))));
    }
    if odd > 0 {
        lines.push((ThemeRole::Warn, format!("{} {} odd", look.glyphs.warn, units::count(odd as u64))));
    }
    lines.push((ThemeRole::Dim, format!("needs {}x{}, here {}x{}", LEAST.0, LEAST.1, area.width, area.height)));
    for (at, (role, text)) in lines.into_iter().take(usize::from(area.height)).enumerate() {
        let place = Rect { y: area.y + at as u16, height: 1, ..area };
        let text = fit(&text, usize::from(area.width), look.glyphs.cut);
        frame.render_widget(Span::styled(text, look.theme.style(role)), place);
    }
}

/// A moment as `14:02:11` when it is of the same day as `now`, else with its date.
pub fn time_of_day(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests;
