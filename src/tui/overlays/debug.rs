//! What the console itself costs: connections, bytes, frames, memory, and how long each refresh took. Must not measure anything.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::paint;
use crate::domain::fleet::Link;
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::model::Model;
use crate::tui::parts::text::fit;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// Draws the box.
pub(super) fn view(model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
    let lines = lines(model);
    let inside = paint::open_box("our own footprint", (66, lines.len() as u16), look, frame);
    for (at, (name, value)) in lines.into_iter().take(usize::from(inside.height)).enumerate() {
        let area = Rect { y: inside.y + at as u16, height: 1, ..inside };
        let room = usize::from(inside.width).saturating_sub(20);
        let line = Line::from(vec![
            Span::styled(format!("{:<20}", fit(&name, 19, look.glyphs.cut)), look.theme.style(ThemeRole::Dim)),
            Span::styled(fit(&value, room, look.glyphs.cut), look.theme.style(ThemeRole::Overlay)),
        ]);
        frame.render_widget(Paragraph::new(line), area);
    }
}

fn lines(model: &Model) -> Vec<(String, String)> {
    let cost = &model.footprint;
    let unknown = || "not told by this system".to_owned();
    let row = |name: &str, value: String| (name.to_owned(), value);
    let mut lines = vec![
        row("memory", cost.memory.map_or_else(unknown, units::bytes)),
        row(
            "processor time",
            cost.cpu_ms.map_or_else(unknown, |ms| format!("{} ms in {} s", units::count(ms), units::count(cost.seconds))),
        ),
        row("terminal", format!("{} in {} frames", units::bytes(cost.bytes), units::count(cost.frames))),
        row("last frame", format!("{} bytes, {:.1} ms", units::count(cost.last_frame), cost.frame_us as f64 / 1e3)),
        row("rows", units::count(model.fleet.databases.iter().map(|database| database.rows.len() as u64).sum())),
        row("", String::new()),
    ];
    for database in &model.fleet.databases {
        let link = match &database.link {
            Link::Connecting => "connecting".to_owned(),
            Link::Up { round_trip_us } => format!("up, round trip {:.1} ms", *round_trip_us as f64 / 1e3),
            Link::Down { fault, .. } => format!("down: {}", fault.what),
        };
        lines.push((shown(&database.label).into_owned(), link));
        lines.extend(database.took_ms.map(|ms| row("", format!("last refresh took {} ms", units::count(ms)))));
        if let Some(backend) = database.backend {
            let memory = backend.memory.map_or_else(|| "memory not told to this role".to_owned(), units::bytes);
            lines.push(row("", format!("server process {}, {memory}", backend.process)));
        }
    }
    lines.push(row("", "at most 2 connections per database, read-only".to_owned()));
    lines
}
