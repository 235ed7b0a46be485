//! Tenants over time as a picture: the past, the trend, the scary line. Must not know where the figures come from.

use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::capacity::runway;
use crate::domain::capacity::Growth;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::columns::{self, Align};
use crate::tui::parts::{bar, text};
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The fewest lines in which a chart tells more than a sparkline.
pub(super) const LEAST: u16 = 5;

/// Spans of more days than this are told by months.
const BY_MONTH: i32 = 120;

/// What is more than so many times the tallest of the past is not drawn: it would press the past to the ground.
const FAR: u64 = 4;

/// A trend goes so much farther than to the scary line.
const OVER: f64 = 1.1;

/// Days of the month that a trend is told by.
const MONTH: f64 = 30.44;

/// The dot of a cell by its column and row.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The days and figures that a chart spans, and its dots.
struct Field {
    from: Date,
    /// Days from the first to the last dot.
    days: i32,
    /// The figure at its upper edge.
    most: u64,
    /// Dots.
    width: usize,
    height: usize,
}

impl Field {
    fn day(&self, column: usize) -> i32 {
        (f64::from(self.days) * column as f64 / self.last()) as i32
    }

    /// The last column, at least the second one.
    fn last(&self) -> f64 {
        self.width.saturating_sub(1).max(1) as f64
    }

    fn column(&self, day: i32) -> usize {
        (f64::from(day) * self.last() / f64::from(self.days.max(1))).max(0.0) as usize
    }

    /// The row of a figure, counted from below; `None` outside of the field.
    fn row(&self, figure: f64) -> Option<usize> {
        let at = (figure / self.most as f64 * (self.height - 1) as f64).round();
        (at >= 0.0 && at < self.height as f64).then_some(at as usize)
    }
}

/// Whether there is anything to draw: one day is no growth.
pub(super) fn is_drawn(growth: &Growth) -> bool {
    growth.points.len() > 1
}

/// Whether the scary line is drawn: one that is far above would press the past to the ground.
pub(super) fn is_near(growth: &Growth, scary: u64) -> bool {
    scary <= peak(growth).saturating_mul(FAR)
}

fn peak(growth: &Growth) -> u64 {
    growth.points.iter().map(|(_, tenants)| *tenants).max().unwrap_or(0).max(1)
}

/// One line of small columns over the days of the past.
pub(super) fn spark(growth: &Growth, cells: usize, glyphs: &Glyphs) -> String {
    let (Some((from, _)), Some((to, _))) = (growth.points.first(), growth.points.last()) else { return String::new() };
    let days = runway::days(*from, *to);
    let mut steps = Steps::of(&growth.points);
    let day = |at: usize| (f64::from(days) * (at + 1) as f64 / cells.max(1) as f64) as i32;
    let values: Vec<u64> = (0..cells).map(|at| steps.at(day(at))).collect();
    bar::columns(&values, 1, glyphs).concat()
}

/// Where the past leads: a line from its last point.
#[derive(Debug, Clone, Copy)]
struct Trend {
    from: f64,
    per_day: f64,
    /// The days of it that are drawn.
    days: i32,
}

impl Trend {
    /// The trend of so many tenants a month, as far as it is drawn: to a little over the scary line where it comes there before the
    /// past has passed twice more, else for half as long as the past; never to where the past would be a corner of the picture.
    fn of(growth: &Growth, per_month: f64, scary: u64, past: i32) -> Self {
        let tenants = growth.points.last().map_or(0, |(_, tenants)| *tenants) as f64;
        let (per_day, peak) = (per_month / MONTH, peak(growth));
        // Days until there are so many, where that lies ahead.
        let until = |figure: f64| {
            let days = (figure - tenants) / per_day;
            (days.is_finite() && days >= 0.0).then_some(days)
        };
        let there = until(scary as f64).filter(|_| is_near(growth, scary)).map(|days| days * OVER);
        let days = there.filter(|days| *days <= f64::from(past) * 2.0).unwrap_or_else(|| f64::from(past) / 2.0);
        let highest = until(peak as f64 * FAR as f64 * OVER);
        Self { from: tenants, per_day, days: days.min(highest.unwrap_or(days)).ceil().max(1.0) as i32 }
    }

    fn at(&self, days: i32) -> f64 {
        self.from + self.per_day * f64::from(days)
    }
}

/// Draws the past, the trend of so many tenants a month, and the scary line into an area of at least [`LEAST`] lines.
pub(super) fn draw(growth: &Growth, per_month: Option<f64>, scary: u64, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (Some((from, _)), Some((last, _))) = (growth.points.first(), growth.points.last()) else { return };
    let past = runway::days(*from, *last).max(1);
    let trend = per_month.map(|per_month| Trend::of(growth, per_month, scary, past));
    let (peak, is_near) = (peak(growth), is_near(growth, scary));
    // The axis ends over whatever is drawn.
    let highest = trend.map_or(0, |trend| trend.at(trend.days).max(0.0).ceil() as u64).max(peak);
    let highest = if is_near { highest.max(scary) } else { highest };
    let labels = text::width(&units::count(if is_near { scary.max(peak) } else { peak })) as u16;
    let plot = Rect {
        x: area.x + labels + 1,
        width: area.width.saturating_sub(labels + 1),
        height: area.height.saturating_sub(1),
        ..area
    };
    if plot.width < 10 || plot.height < 3 {
        return;
    }
    let (across, down) = if look.glyphs.has_dots { (2, 4) } else { (1, 1) };
    let field = Field {
        from: *from,
        // A short trend has room for the word that says where it begins.
        days: past + trend.map_or(0, |trend| trend.days.max(past / 8)),
        most: highest.saturating_add(highest / 12).max(1),
        width: usize::from(plot.width) * across,
        height: usize::from(plot.height) * down,
    };
    let mut cells = Cells::new(plot, across, down);
    cells.past(&field, growth, past);
    if let Some(trend) = &trend {
        cells.trend(&field, trend, past);
    }
    if is_near {
        cells.scary(&field, scary);
    }
    cells.draw(look, buffer);
    axes(&field, (scary, peak, is_near), past, plot, look, buffer, area);
}

/// The figure on each day: that of the last point before.
struct Steps<'a> {
    points: &'a [(Date, u64)],
    at: usize,
}

impl<'a> Steps<'a> {
    fn of(points: &'a [(Date, u64)]) -> Self {
        Self { points, at: 0 }
    }

    /// The figure so many days after the first one. To be asked in order.
    fn at(&mut self, day: i32) -> u64 {
        let from = self.points[0].0;
        while self.points.get(self.at + 1).is_some_and(|(next, _)| runway::days(from, *next) <= day) {
            self.at += 1;
        }
        self.points[self.at].1
    }
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Layer {
    #[default]
    Nothing,
    Past,
    Trend,
    Scary,
}

/// The cells of a chart: the dots of each and what they are of.
struct Cells {
    plot: Rect,
    across: usize,
    down: usize,
    held: Vec<(Layer, u8)>,
}

impl Cells {
    fn new(plot: Rect, across: usize, down: usize) -> Self {
        let held = vec![(Layer::Nothing, 0); usize::from(plot.width) * usize::from(plot.height)];
        Self { plot, across, down, held }
    }

    /// Sets a dot; the row is counted from below. What was drawn before in its cell stays when it is of the same layer or over it.
    fn set(&mut self, layer: Layer, column: usize, row: usize) {
        let height = usize::from(self.plot.height);
        let (x, y) = (column / self.across, height - 1 - row / self.down);
        let Some((old, mask)) = self.held.get_mut(y * usize::from(self.plot.width) + x) else { return };
        let dot = DOTS[column % self.across][self.down - 1 - row % self.down];
        match layer {
            Layer::Scary if *old != Layer::Scary => (*old, *mask) = (layer, dot),
            Layer::Trend if *old == Layer::Past => {}
            _ => (*old, *mask) = (layer, *mask | dot),
        }
    }

    fn past(&mut self, field: &Field, growth: &Growth, past: i32) {
        let mut steps = Steps::of(&growth.points);
        for column in 0..field.width {
            let day = field.day(column);
            if day > past {
                break;
            }
            let top = field.row(steps.at(day) as f64).unwrap_or(field.height - 1);
            (0..=top).for_each(|row| self.set(Layer::Past, column, row));
        }
    }

    /// The trend, from the end of the past on.
    fn trend(&mut self, field: &Field, trend: &Trend, past: i32) {
        let mut before = None;
        for column in field.column(past) + 1..field.width {
            let days = field.day(column) - past;
            let Some(row) = field.row(trend.at(days)).filter(|_| days <= trend.days) else { break };
            // Where it is steep a column has several dots.
            let from = before.replace(row).unwrap_or_else(|| field.row(trend.from).unwrap_or(row));
            let rows = if from < row { from + 1..=row } else { row..=from.saturating_sub(1).max(row) };
            rows.filter(|row| (column + row) % 3 != 2).for_each(|row| self.set(Layer::Trend, column, row));
        }
    }

    fn scary(&mut self, field: &Field, scary: u64) {
        let Some(row) = field.row(scary as f64) else { return };
        (0..field.width).filter(|column| column % 4 != 3).for_each(|column| self.set(Layer::Scary, column, row));
    }

    fn draw(&self, look: &Look<'_>, buffer: &mut Buffer) {
        let width = usize::from(self.plot.width);
        for (at, (layer, mask)) in self.held.iter().enumerate() {
            let (role, plain) = match layer {
                Layer::Nothing => continue,
                Layer::Past => (ThemeRole::Bar, '#'),
                Layer::Trend => (ThemeRole::Info, '.'),
                Layer::Scary => (ThemeRole::Danger, '-'),
            };
            let dots = char::from_u32(0x2800 + u32::from(*mask)).filter(|_| look.glyphs.has_dots);
            let (x, y) = (self.plot.x + (at % width) as u16, self.plot.y + (at / width) as u16);
            buffer.set_stringn(x, y, dots.unwrap_or(plain).to_string(), 1, look.theme.style(role));
        }
    }
}

/// The figures at the left and the days below.
fn axes(
    field: &Field,
    (scary, peak, is_near): (u64, u64, bool),
    past: i32,
    plot: Rect,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let dim = look.theme.style(ThemeRole::Dim);
    let left = area.x..plot.x.saturating_sub(1);
    let line = |figure: u64| {
        let rows = field.height / usize::from(plot.height);
        field.row(figure as f64).map(|row| plot.bottom() - 1 - (row / rows) as u16)
    };
    let mut taken = Vec::new();
    let figures = [(scary, ThemeRole::Danger, is_near), (peak, ThemeRole::Dim, true), (0, ThemeRole::Dim, true)];
    for (figure, role, _) in figures.into_iter().filter(|(.., is_told)| *is_told) {
        if let Some(y) = line(figure).filter(|y| !taken.contains(y)) {
            columns::cell(buffer, &left, y, Align::Right, &units::count(figure), look.glyphs.cut, look.theme.style(role));
            taken.push(y);
        }
    }
    let y = area.bottom() - 1;
    let format = if field.days > BY_MONTH { "%b %Y" } else { "%-d %b" };
    let day = |day: i32| {
        let date = field.from.checked_add(jiff::Span::new().days(day)).unwrap_or(field.from);
        date.strftime(format).to_string()
    };
    let (first, last) = (day(0), day(field.days));
    let end = plot.right().saturating_sub(text::width(&last) as u16);
    buffer.set_stringn(plot.x, y, &first, usize::from(plot.width), dim);
    buffer.set_stringn(end, y, &last, usize::from(plot.width), dim);
    // Where the past ends, when there is room between.
    let across = field.width / usize::from(plot.width);
    let today = (plot.x + (field.column(past) / across) as u16).saturating_sub(2);
    let is_free = today > plot.x + text::width(&first) as u16 + 1 && today + 6 < end;
    if field.days > past && is_free {
        buffer.set_stringn(today, y, "today", 5, dim);
    }
}
