//! How screen 4 is drawn. Which line is where follows from the room alone, so that nothing moves when facts come. Must not change the
//! state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::page::{Key, Measured, Page};
use super::{CapacityScreen, Tab, chart, words};
use crate::capacity::{figures, runway};
use crate::domain::capacity::{GaugeId, Growth, Sizing};
use crate::domain::fleet::{DatabaseId, Severity};
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::parts::columns::{self, Align};
use crate::tui::parts::{bar, text};
use crate::tui::screens::{Context, Look, describe};
use crate::tui::theme::ThemeRole;

/// From this many columns on the chart stands beside the figures.
const BESIDE_FROM: u16 = 110;

/// From this many columns on what Enter tells stands beside PRESSURE.
const TOLD_FROM: u16 = 140;

/// Cells of the figures where the chart stands beside them, and of PRESSURE where an explanation does.
const FIGURES: u16 = 78;
const GAUGES: u16 = 88;

/// The lines that a chart uses at most.
const CHART_MOST: u16 = 14;

/// From these cells on, within a line: the value of a figure, its words, the value of a gauge.
const VALUE: u16 = 25;
const WORDS: u16 = 37;
const READ: u16 = 20;

/// Cells of a verdict with its sign.
const VERDICT: u16 = 14;

/// The cells that the widest value of a gauge takes.
const WIDEST: u16 = 48;

/// What a line of the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Sizing,
    Figure(Key),
    /// A line of the chart, or the sparkline.
    Chart,
    Blank,
    Pressure,
    Gauge(GaugeId),
}

impl Line {
    /// What the cursor is on there.
    pub(super) fn key(self) -> Option<Key> {
        match self {
            Self::Figure(key) => Some(key),
            Self::Gauge(id) => Some(Key::Gauge(id)),
            Self::Sizing | Self::Chart | Self::Blank | Self::Pressure => None,
        }
    }
}

/// All lines of the page in an area; more than fit where there is little room.
pub(super) fn lines(width: u16, height: u16) -> Vec<Line> {
    let gauges = GaugeId::ALL.map(Line::Gauge);
    let figures = Key::FIGURES.map(Line::Figure);
    let fixed = (2 + figures.len() + gauges.len()) as u16;
    let roomy = height >= 12;
    let spare = height.saturating_sub(fixed + 1);
    let above = (1 + figures.len()) as u16;
    let chart = match () {
        () if width >= BESIDE_FROM => spare.min(CHART_MOST - above),
        () if spare > chart::LEAST => spare.min(CHART_MOST),
        () => u16::from(roomy),
    };
    let mut all = vec![Line::Sizing];
    all.extend(figures);
    all.extend((0..chart).map(|_| Line::Chart));
    all.extend(roomy.then_some(Line::Blank));
    all.push(Line::Pressure);
    all.extend(gauges);
    all
}

/// The cells of a gauge's value.
pub(super) fn value_room(width: u16) -> usize {
    let width = if width >= TOLD_FROM { GAUGES } else { width };
    usize::from(width.saturating_sub(READ + 2 + VERDICT).min(WIDEST))
}

pub(super) fn draw(screen: &CapacityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    tabs(screen, context, look, buffer, area);
    let inner = Rect { y: area.y + 1, height: area.height - 1, ..area };
    match screen.tab {
        Tab::Placement => screen.placement.draw(&super::below(context), look, buffer, inner),
        Tab::Capacity => draw_page(screen, context, look, buffer, inner),
    }
}

/// The tabs, and the choice of a database at the right.
fn tabs(screen: &CapacityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let mut x = area.x + 1;
    for (tab, label) in [(Tab::Capacity, "Capacity"), (Tab::Placement, "Placement")] {
        let open = tab == screen.tab;
        let style = look.theme.style(if open { ThemeRole::Accent } else { ThemeRole::Dim });
        let sign = if open { look.glyphs.cursor } else { " " };
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, format!("{sign} {label}   "), room, style).0;
    }
    let room = usize::from(area.right().saturating_sub(x + 1));
    let databases = &context.fleet.databases;
    let one = |choice: Option<DatabaseId>| match choice.and_then(|id| context.fleet.database(id)) {
        Some(database) => {
            let stale = if database.is_stale() { look.glyphs.stale } else { "" };
            format!("{stale}{}", shown(&database.label))
        }
        None => "all together".to_owned(),
    };
    let placement = screen.tab == Tab::Placement;
    let chosen = if placement { Some(screen.placed(context)) } else { screen.choice(context) };
    let choices = (!placement && databases.len() > 1).then_some(None);
    let choices = choices.into_iter().chain((0..databases.len()).map(|at| Some(DatabaseId(at as u16))));
    let mut words: Vec<(String, bool)> = choices.map(|choice| (one(choice), choice == chosen)).collect();
    let width = |words: &[(String, bool)]| words.iter().map(|(word, _)| text::width(word) + 4).sum::<usize>();
    if width(&words) > room {
        let of = format!("{} {}/{}", one(chosen), 1 + words.iter().position(|(_, it)| *it).unwrap_or(0), words.len());
        words = vec![(text::fit(&of, room.saturating_sub(4), look.glyphs.cut).into_owned(), true)];
    }
    let several = databases.len() > 1;
    let mut x = area.right().saturating_sub(1 + width(&words).min(room) as u16);
    for (word, open) in words {
        let (left, right) = if open && several { (look.glyphs.more_left, look.glyphs.more_right) } else { (" ", " ") };
        let style = look.theme.style(if open { ThemeRole::Accent } else { ThemeRole::Dim });
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, format!("{left} {word} {right}"), room, style).0;
    }
}

fn draw_page(screen: &CapacityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let page = &screen.page;
    let all = lines(area.width, area.height);
    let view = screen.cursor.window(all.len(), usize::from(area.height));
    let beside = area.width >= BESIDE_FROM;
    let told = area.width >= TOLD_FROM;
    let figures = Rect { width: if beside { FIGURES.min(area.width) } else { area.width }, ..area };
    let gauges = Rect { width: if told { GAUGES } else { area.width }, ..area };
    for (y, line) in (area.y..area.bottom()).zip(&all[view.clone()]) {
        let at = |area: Rect| Rect { y, height: 1, ..area };
        match line {
            Line::Sizing => sizing_heading(page, look, buffer, at(figures)),
            Line::Figure(key) => figure(*key, page, look, buffer, at(figures)),
            Line::Chart | Line::Blank => {}
            Line::Pressure => pressure_heading(page, context, look, buffer, at(gauges)),
            Line::Gauge(id) => gauge(*id, page, context, look, buffer, at(gauges)),
        }
        let within = if matches!(line, Line::Gauge(_)) { gauges } else { figures };
        if line.key() == Some(screen.key) {
            describe::select(look, buffer, at(within));
        }
    }
    let place = |wanted: Line| all[view.clone()].iter().position(|line| *line == wanted).map(|at| area.y + at as u16);
    let charted = all[view.clone()].iter().filter(|line| **line == Line::Chart).count() as u16;
    if beside && view.start == 0 {
        let height = (1 + Key::FIGURES.len() as u16 + charted).min(area.height);
        let right = Rect { x: area.x + FIGURES + 2, width: area.width.saturating_sub(FIGURES + 3), height, ..area };
        draw_chart(page, look, buffer, right);
    } else if let Some(y) = place(Line::Chart).filter(|_| !beside) {
        let below = Rect { y, height: charted, ..area };
        if charted >= chart::LEAST {
            let inner = Rect { x: below.x + 3, width: below.width.saturating_sub(4), ..below };
            draw_chart(page, look, buffer, inner);
        } else {
            spark(page, look, buffer, Rect { height: 1, ..below });
        }
    }
    if let Some(y) = place(Line::Pressure).filter(|_| told) {
        let right = Rect { x: area.x + GAUGES + 1, width: area.width - GAUGES - 1, y, height: area.bottom() - y };
        explanation(screen, context, look, buffer, right);
    }
    if view.len() < all.len() {
        let sign = if view.end < all.len() { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right() - 1, area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
}

/// The title, the formula, and where its limit comes from.
fn sizing_heading(page: &Page, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let on_trial = page.is_what_if();
    let (title, role) = if on_trial { ("WHAT IF", ThemeRole::Warn) } else { ("SCARY NUMBER", ThemeRole::Title) };
    buffer.set_stringn(area.x + 1, area.y, title, usize::from(area.width), look.theme.style(role));
    let limit = page.sizing.as_ref().map_or("10^6".to_owned(), |sizing| figures::limit(sizing.table_limit));
    let each = match (&page.sizing, on_trial) {
        (Some(sizing), true) => units::count(sizing.tables_per_tenant.median.into()),
        _ => "tables_per_tenant".to_owned(),
    };
    let added_up = page.database.is_none() && !on_trial && page.sizing.is_some();
    let formula = if added_up { ADDED_UP.to_owned() } else { format!("{limit} / ({each} + 2)") };
    let right = if on_trial { "esc: back to now".to_owned() } else { words::limit_source(page.sizing.as_ref()) };
    let role = if on_trial { ThemeRole::Warn } else { ThemeRole::Dim };
    aside(&formula, &right, role, VALUE, look, buffer, area);
}

/// Words from a cell on, and others at the right where both have room.
fn aside(left: &str, right: &str, role: ThemeRole, from: u16, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width.saturating_sub(from + 1));
    let left = text::fit(left, room, look.glyphs.cut);
    let dim = look.theme.style(ThemeRole::Dim);
    buffer.set_stringn(area.x + from.min(area.width), area.y, &left, room, dim);
    let width = text::width(right);
    if text::width(&left) + 2 + width <= room {
        let x = area.right().saturating_sub(width as u16 + 1);
        buffer.set_stringn(x, area.y, right, width, look.theme.style(role));
    }
}

fn cell_range(area: Rect, from: u16, to: u16) -> std::ops::Range<u16> {
    let right = area.right().saturating_sub(1).max(area.x);
    (area.x + from).min(right)..(area.x + to).min(right)
}

fn stale_mark(page: &Page, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if page.stale && area.width > 2 {
        buffer.set_stringn(area.x + 2, area.y, look.glyphs.stale, 1, look.theme.style(ThemeRole::Dim));
    }
}

fn figure(key: Key, page: &Page, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (glyphs, y, cut) = (look.glyphs, area.y, look.glyphs.cut);
    let told = words::figure(key, page, glyphs);
    if page.sizing.is_some() {
        stale_mark(page, look, buffer, area);
    }
    let plain = if page.stale { ThemeRole::Dim } else { ThemeRole::Text };
    let on_trial = page.is_what_if();
    let varied = on_trial && matches!(key, Key::Tables | Key::Tenants);
    let name = if on_trial && key == Key::Tenants { "tenants" } else { key.word() };
    let role = if varied { ThemeRole::Warn } else { plain };
    columns::cell(buffer, &cell_range(area, 3, VALUE - 1), y, Align::Left, name, cut, look.theme.style(plain));
    columns::cell(buffer, &cell_range(area, VALUE, WORDS - 3), y, Align::Right, &told.value, cut, look.theme.style(role));
    let dim = look.theme.style(ThemeRole::Dim);
    let mut words = cell_range(area, WORDS, area.width);
    columns::cell(buffer, &words, y, Align::Left, &told.words, cut, dim);
    let Some((severity, word)) = told.verdict else { return };
    let role = if page.stale { ThemeRole::Dim } else { ThemeRole::of(severity) };
    words.start += text::width(&told.words) as u16 + 2;
    let verdict = format!("{} {word}", glyphs.severity(severity));
    columns::cell(buffer, &words, y, Align::Left, &verdict, cut, look.theme.style(role));
    words.start += text::width(&verdict) as u16 + 2;
    let room = usize::from(words.end.saturating_sub(words.start));
    if let Some(share) = told.share.filter(|_| room >= 5) {
        let room = room.min(40);
        let track = look.theme.style(ThemeRole::Track);
        buffer.set_stringn(words.start, y, glyphs.track.repeat(room), room, track);
        buffer.set_stringn(words.start, y, bar::bar(share, room, glyphs), room, look.theme.style(role));
    }
}

/// The past in one line, below the figures.
fn spark(page: &Page, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(growth) = &page.growth else { return };
    let dim = look.theme.style(ThemeRole::Dim);
    if !chart::is_drawn(growth) {
        let room = usize::from(area.width.saturating_sub(4));
        let words = text::fit(ONE_DAY, room, look.glyphs.cut);
        buffer.set_stringn(area.x + 3, area.y, words, room, dim);
        return;
    }
    let cells = usize::from(WORDS - 6);
    let drawn = chart::spark(growth, cells, look.glyphs);
    let role = if page.stale { ThemeRole::Dim } else { ThemeRole::Bar };
    buffer.set_stringn(area.x + 3, area.y, drawn, cells, look.theme.style(role));
    let (Some((first, from)), Some((_, to))) = (growth.points.first(), growth.points.last()) else { return };
    let words = format!(
        "from {} in {} to {} today, {}",
        units::count(*from),
        first.strftime("%b %Y"),
        units::count(*to),
        runway::source(growth)
    );
    columns::cell(buffer, &cell_range(area, WORDS, area.width), area.y, Align::Left, &words, look.glyphs.cut, dim);
}

/// What the scary number of all databases together is.
const ADDED_UP: &str = "the scary numbers of the databases, added up";

/// What is said in place of a chart of one point.
const ONE_DAY: &str = "one day is known: a chart of growth needs a second one";

/// A title, and the chart below it.
fn draw_chart(page: &Page, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (Some(growth), Some(sizing)) = (&page.growth, &page.sizing) else { return };
    let title = "TENANTS OVER TIME";
    buffer.set_stringn(area.x, area.y, title, usize::from(area.width), look.theme.style(ThemeRole::Title));
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if !chart::is_drawn(growth) {
        let room = usize::from(area.width);
        let style = look.theme.style(ThemeRole::Dim);
        for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(ONE_DAY, room)) {
            buffer.set_stringn(area.x, y, line, room, style);
        }
        return;
    }
    let dim = look.theme.style(ThemeRole::Dim);
    let from = title.len() as u16 + 2;
    let room = usize::from(area.width.saturating_sub(from));
    let is_far = !chart::is_near(growth, sizing.scary_number);
    let source = runway::source(growth);
    let legend = format!("{source}; {}", scary_place(growth, sizing));
    let fits = text::width(&legend) <= room;
    let legend = [legend.as_str(), source].into_iter().find(|words| text::width(words) <= room).unwrap_or_default();
    buffer.set_stringn(area.x + from.min(area.width), area.y, legend, room, dim);
    // Dashes with their figure at the left explain themselves; a line that is not there does not.
    let own_line = is_far && !fits && inner.height > chart::LEAST;
    if own_line {
        let room = usize::from(area.width);
        let words = text::fit(&scary_place(growth, sizing), room, look.glyphs.cut).into_owned();
        buffer.set_stringn(area.x, inner.y, words, room, dim);
    }
    let inner = Rect { y: inner.y + u16::from(own_line), height: inner.height - u16::from(own_line), ..inner };
    chart::draw(growth, page.per_month, sizing.scary_number, look, buffer, inner);
}

/// Where the scary line is in the chart.
fn scary_place(growth: &Growth, sizing: &Sizing) -> String {
    let scary = units::count(sizing.scary_number);
    if chart::is_near(growth, sizing.scary_number) {
        format!("dashes: the scary number, {scary}")
    } else {
        format!("scary number {scary}, far above")
    }
}

fn pressure_heading(page: &Page, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    buffer.set_stringn(area.x + 1, area.y, "PRESSURE", usize::from(area.width), look.theme.style(ThemeRole::Title));
    // How many are in trouble, those below the edge too: that is worth more than how it was measured.
    let counted = |severity: Severity| {
        let count = GaugeId::ALL.iter().filter(|id| page.severity(Key::Gauge(**id)) == Some(severity)).count();
        let words = format!("{} {count} {}", look.glyphs.severity(severity), severity.word());
        (count > 0).then_some((words, ThemeRole::of(severity)))
    };
    let counts: Vec<(String, ThemeRole)> = [Severity::Danger, Severity::Warn].into_iter().filter_map(counted).collect();
    let taken: usize = counts.iter().map(|(words, _)| text::width(words) + 2).sum();
    let room = usize::from(area.width.saturating_sub(READ + 1)).saturating_sub(taken);
    let several = page.database.is_none();
    let on = if several { "the worst of each line over all servers" } else { "measured on this server" };
    let (left, role) = match &page.measured {
        Measured::At(at) => {
            let as_of = format!("as of {}", context.time_of_day(*at));
            let all = [format!("{on}, {as_of}"), on.to_owned(), as_of];
            (all.into_iter().find(|words| text::width(words) <= room).unwrap_or_default(), ThemeRole::Dim)
        }
        Measured::Waiting => ("not read yet".to_owned(), ThemeRole::Dim),
        Measured::Failed(fault) => (format!("{} not read: {}", look.glyphs.warn, fault.what), ThemeRole::Warn),
    };
    let fitted = text::fit(&left, room, look.glyphs.cut);
    buffer.set_stringn(area.x + READ.min(area.width), area.y, &fitted, room, look.theme.style(role));
    let mut x = area.right().saturating_sub(1 + taken.saturating_sub(2) as u16).max(area.x);
    for (words, role) in counts {
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, words, room, look.theme.style(role)).0 + 2;
    }
}

fn gauge(id: GaugeId, page: &Page, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (glyphs, y, cut) = (look.glyphs, area.y, look.glyphs.cut);
    let room = value_room(area.width) as u16;
    let plain = if page.stale { ThemeRole::Dim } else { ThemeRole::Text };
    columns::cell(buffer, &cell_range(area, 3, READ - 2), y, Align::Left, id.word(), cut, look.theme.style(plain));
    let value = cell_range(area, READ, READ + room);
    let Some((_, gauge)) = page.gauge(id) else {
        let sign = match page.measured {
            Measured::Waiting if !page.stale => glyphs.pending,
            _ => glyphs.none,
        };
        columns::cell(buffer, &value, y, Align::Left, sign, cut, look.theme.style(ThemeRole::Dim));
        return;
    };
    stale_mark(page, look, buffer, area);
    let words = words::gauge_value(page, id, context.fleet, glyphs).unwrap_or_default();
    let role = if gauge.unseen.is_some() { ThemeRole::Dim } else { plain };
    columns::cell(buffer, &value, y, Align::Left, &words, cut, look.theme.style(role));
    let verdict = format!("{} {}", glyphs.severity(gauge.severity), gauge.verdict);
    let role = if page.stale { ThemeRole::Dim } else { words::role(gauge) };
    let cells = cell_range(area, READ + room + 2, READ + room + 2 + VERDICT);
    columns::cell(buffer, &cells, y, Align::Left, &verdict, cut, look.theme.style(role));
}

/// What Enter on the chosen line tells, beside PRESSURE.
fn explanation(screen: &CapacityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    for y in area.y..area.bottom() {
        buffer.set_stringn(area.x, y, look.glyphs.wall, 1, look.theme.style(ThemeRole::Border));
    }
    let room = usize::from(area.width.saturating_sub(4));
    let (title, lines) = words::explain(screen.key, &screen.page, context);
    let title = text::fit(&title, room, look.glyphs.cut);
    buffer.set_stringn(area.x + 2, area.y, title, room, look.theme.style(ThemeRole::Accent));
    let wrapped: Vec<(String, ThemeRole)> = lines.iter().flat_map(|line| told(line, room)).collect();
    let inner = usize::from(area.height.saturating_sub(1));
    let cut = wrapped.len() > inner;
    let kept = if cut { inner.saturating_sub(1) } else { inner };
    for (y, (line, role)) in (area.y + 1..area.bottom()).zip(wrapped.into_iter().take(kept)) {
        buffer.set_stringn(area.x + 2, y, line, room, look.theme.style(role));
    }
    if cut {
        let dim = look.theme.style(ThemeRole::Dim);
        buffer.set_stringn(area.x + 2, area.bottom() - 1, look.glyphs.cut, room, dim);
    }
}

/// A line of an explanation broken to a width, with its indent; headings are dim.
fn told(line: &str, room: usize) -> Vec<(String, ThemeRole)> {
    let indent = &line[..line.len() - line.trim_start().len()];
    let is_heading = !line.is_empty() && line.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    let role = if is_heading { ThemeRole::Dim } else { ThemeRole::Text };
    let parts = text::wrap(line, room.saturating_sub(indent.len()));
    parts.into_iter().map(|part| (format!("{indent}{part}"), role)).collect()
}
