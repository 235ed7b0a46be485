//! The screens on a terminal of memory: snapshots of what a person sees, in every state and size, and the position of each column.

mod activity;
mod any;
mod capacity;
mod drift;
mod drifted;
mod fleet;
mod launch;
mod placement;
pub(crate) mod runs;
mod sample;
mod schema;
mod tenants;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tenantry::domain::fleet::Fleet;
use tenantry::domain::name::SchemaPath;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::runs::Runs;
use tenantry::tui::screens::{Context, Look};
use tenantry::tui::theme::{ColourDepth, Theme, ThemeRole};
use tenantry::tui::watch::Watch;

/// What the frame leaves of terminals of 60x15, 80x24, 120x40 and 160x50.
const SIZES: [(u16, u16); 4] = [(60, 9), (80, 18), (120, 34), (160, 44)];

/// What a screen may see, for a fleet and a size.
struct Stage {
    fleet: Fleet,
    watch: Watch,
    runs: Runs,
    marks: BTreeSet<SchemaPath>,
    zone: TimeZone,
    size: (u16, u16),
    depth: ColourDepth,
    glyphs: Glyphs,
}

impl Stage {
    fn new(fleet: Fleet, size: (u16, u16)) -> Self {
        let (marks, zone, glyphs) = (BTreeSet::new(), TimeZone::UTC, Glyphs::unicode());
        Self { fleet, watch: Watch::default(), runs: Runs::default(), marks, zone, size, depth: ColourDepth::True, glyphs }
    }

    fn context(&self) -> Context<'_> {
        Context {
            fleet: &self.fleet,
            watch: &self.watch,
            runs: &self.runs,
            marks: &self.marks,
            now: sample::now(),
            zone: &self.zone,
            area: self.size,
        }
    }

    fn draw(&self, view: impl Fn(&Context<'_>, &Look<'_>, &mut ratatui::Frame<'_>, Rect)) -> Buffer {
        let theme = Theme::load("dark", None, self.depth).expect("a shipped theme");
        let look = Look { theme: &theme, glyphs: &self.glyphs };
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal of memory");
        terminal
            .draw(|frame| {
                let area = frame.area();
                frame.buffer_mut().set_style(area, theme.style(ThemeRole::Text));
                view(&self.context(), &look, frame, area);
            })
            .expect("a frame");
        terminal.backend().buffer().clone()
    }
}

/// The lines of a screen. The second cell of a wide character is left out, as a terminal does.
fn lines(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        let mut line = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += ratatui::buffer::CellWidth::cell_width(symbol).max(1);
        }
        line.trim_end().to_owned()
    };
    (0..area.height).map(line).collect()
}

/// The screen in a frame, so that its edges are seen.
fn picture(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let lines: Vec<String> = lines(buffer)
        .into_iter()
        .map(|line| format!("│{line}{}│", " ".repeat(width.saturating_sub(cells(&line)))))
        .collect();
    format!("┌{}┐\n{}\n└{}┘", "─".repeat(width), lines.join("\n"), "─".repeat(width))
}

fn cells(line: &str) -> usize {
    use unicode_segmentation::UnicodeSegmentation as _;
    line.graphemes(true).map(|cluster| usize::from(ratatui::buffer::CellWidth::cell_width(cluster))).sum()
}

/// What screen 1 says of a fleet, as wide as a terminal of 80 columns.
pub(crate) fn of_fleet(fleet: Fleet) -> Vec<String> {
    let stage = Stage::new(fleet, SIZES[1]);
    lines(&fleet::draw(&stage, &fleet::screen(&stage)))
}

/// Compares with the picture that is kept, one file per screen, state and size.
fn keep(name: &str, (width, height): (u16, u16), picture: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture));
}

/// The screen as words in a row, at one place on it: `(column, row)` of the first cell of a text.
fn place_of(buffer: &Buffer, text: &str) -> Option<(u16, u16)> {
    lines(buffer).iter().zip(0..).find_map(|(line, y)| Some((cells(&line[..line.find(text)?]) as u16, y)))
}

/// The cells of a row that look like the row under the cursor.
fn selected_cells(buffer: &Buffer, y: u16) -> usize {
    use ratatui::style::Modifier;
    (0..buffer.area.width).filter(|&x| buffer[(x, y)].modifier.contains(Modifier::REVERSED)).count()
}
