//! The head of a run's pane: which run, where it is, how far, and the counts that add up. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::digest::Spot;
use super::words;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::map::State as _;
use crate::tui::parts::{bar, text};
use crate::tui::runs::{Followed, Worked, what};
use crate::tui::screens::{Context, Look};
use crate::tui::theme::ThemeRole;

/// The lines above the counts: which run, where it is, how far.
const ABOVE: u16 = 3;

/// How many lines the head takes.
pub(super) fn height(followed: &Followed, width: u16) -> u16 {
    // Signs are one cell wide in both sets.
    ABOVE + entries(followed, &Glyphs::unicode(), width).len() as u16 + u16::from(followed.work().is_some())
}

/// One word of the counts: the state as the map shows it, and how many targets have it.
type Counted = (Option<Spot>, String);

/// The counts in lines: all that is not nothing, and what it adds up to.
fn entries(followed: &Followed, glyphs: &Glyphs, width: u16) -> Vec<Vec<Counted>> {
    let counts = &followed.state.counts;
    // Nobody knows whether what a lost worker had started still runs.
    let started = if followed.standing().is_live() { "running" } else { "started" };
    let all = [
        (Spot::Applied, "ok", counts.applied),
        (Spot::Running, started, counts.running),
        (Spot::Retrying, "retrying", counts.retrying),
        (Spot::Failed, "failed", counts.failed),
        (Spot::InDoubt, "in doubt", counts.in_doubt),
        (Spot::Dirty, "dirty", counts.dirty),
        (Spot::Skipped, "skipped", counts.skipped),
        (Spot::Pending, "pending", counts.pending),
    ];
    // Always there, so that what changes least stands still: done, failed, to do.
    let stays = [Spot::Applied, Spot::Failed, Spot::Pending];
    let there = all.into_iter().filter(|(spot, _, count)| *count > 0 || stays.contains(spot));
    let mut words: Vec<Counted> =
        there.map(|(spot, word, count)| (Some(spot), format!("{word} {}", units::count(count.into())))).collect();
    words.push((None, format!("= {}", units::count(counts.total().into()))));
    let mut lines = vec![Vec::new()];
    let mut used = 1;
    for (spot, word) in words {
        let cells = text::width(&word) + if spot.is_some() { text::width(glyphs.cell) + 1 } else { 0 };
        if used + cells > usize::from(width).saturating_sub(1) && lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(Vec::new());
            used = 1;
        }
        used += cells + 2;
        if let Some(line) = lines.last_mut() {
            line.push((spot, word));
        }
    }
    lines
}

pub(super) fn draw(followed: &Followed, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let line = |y: u16| (y < area.height).then(|| Rect { y: area.y + y, height: 1, ..area });
    if let Some(area) = line(0) {
        title(followed, look, buffer, area);
    }
    if let Some(area) = line(1) {
        standing(followed, context, look, buffer, area);
    }
    if let Some(area) = line(2) {
        progress(followed, context, look, buffer, area);
    }
    let mut below = ABOVE;
    if let Some(work) = followed.work() {
        if let Some(area) = line(below) {
            worked(followed, work, context, look, buffer, area);
        }
        below += 1;
    }
    for (y, words) in (below..).zip(entries(followed, look.glyphs, area.width)) {
        if let Some(area) = line(y) {
            counts(&words, look, buffer, area);
        }
    }
}

fn title(followed: &Followed, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let plan = &followed.plan;
    let by = followed.state.began.as_ref().map_or_else(String::new, |(by, _)| format!("by {}", words::person(by)));
    let by_room = usize::from(area.width / 3);
    let by = text::fit(&by, by_room, look.glyphs.cut);
    let by_at = area.right().saturating_sub(text::width(&by) as u16 + 1);
    buffer.set_stringn(by_at, area.y, &by, by_room, look.theme.style(ThemeRole::Dim));
    let room = |x: u16| usize::from(by_at.saturating_sub(x + 2));
    let run = format!("RUN {}", shown(followed.id.short()));
    let x = area.x + 1;
    let (x, _) = buffer.set_stringn(x, area.y, run, room(x), look.theme.style(ThemeRole::Title));
    let labels: Vec<_> = plan.databases.iter().map(|database| shown(&database.label)).collect();
    let name = if plan.environment.name.is_empty() { String::new() } else { format!("{}  ", shown(&plan.environment.name)) };
    let about = format!("{}  {name}{}", what(&plan.kind), labels.join(", "));
    let about = text::fit(&about, room(x + 2), look.glyphs.cut);
    buffer.set_stringn(x + 2, area.y, about, room(x + 2), look.theme.style(ThemeRole::Text));
}

/// `▸ running · wave 2 of 3, stage 4 of 5 · 10 s`.
fn standing(followed: &Followed, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (standing, state) = (followed.standing(), &followed.state);
    let severity = standing.severity();
    let sign = if severity == Severity::Info { look.glyphs.running } else { look.glyphs.severity(severity) };
    let words = format!("{sign} {}", words::standing(followed, context));
    let mut aside = Vec::new();
    if let Some(stage) = state.stage.filter(|_| standing.is_live()) {
        let stages = followed.plan.stages.len();
        aside.push(format!("stage {} of {stages}, {}", stage + 1, words::stage(&followed.plan, stage)));
    }
    if let Some((_, began)) = &state.began {
        let until = if standing.is_live() { context.now } else { state.last.unwrap_or(context.now) };
        aside.push(units::span(until.duration_since(*began)));
    }
    let room = usize::from(area.width.saturating_sub(2));
    let fits = |aside: &[String]| text::width(&words) + 2 + text::width(&aside.join("  ")) <= room;
    // Why nothing goes on is worth more than where it stands.
    if severity != Severity::Info && !fits(&aside) {
        aside.clear();
    }
    let aside = aside.join("  ");
    let aside_room = room.min(text::width(&aside));
    let words = text::fit(&words, room.saturating_sub(aside_room + 2).max(room / 2), look.glyphs.cut);
    let (x, _) = buffer.set_stringn(area.x + 1, area.y, &words, room, look.theme.style(ThemeRole::of(severity)));
    let room = usize::from(area.right().saturating_sub(x + 3));
    let aside = text::fit(&aside, room, look.glyphs.cut);
    let at = area.right().saturating_sub(text::width(&aside) as u16 + 1);
    buffer.set_stringn(at, area.y, aside, room, look.theme.style(ThemeRole::Dim));
}

/// A bar and figures: `3,974 of 6,410  62 %  412/s  ETA 6 s`.
fn progress(followed: &Followed, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let counts = &followed.state.counts;
    let share = followed.share();
    // The whole per cent is reached when everything is.
    let percent = (share * 100.0).floor();
    let mut figures =
        format!("{} of {}  {percent:>3.0} %", units::count(counts.settled().into()), units::count(counts.total().into()));
    if followed.standing().is_live() {
        // Their room is kept, so that nothing moves while a run is slow.
        let rate = followed.state.rate(context.now);
        let per_second = rate.map_or_else(|| look.glyphs.none.to_owned(), rate_words);
        let eta = rate.map_or_else(
            || remaining(followed, context).map_or_else(|| look.glyphs.none.to_owned(), units::span),
            |rate| units::span(jiff::SignedDuration::from_secs((f64::from(counts.open()) / rate).ceil() as i64)),
        );
        figures = format!("{figures}  {per_second:>6}  ETA {eta:<5}");
    }
    let right = area.right().saturating_sub(1);
    let room = usize::from(area.width.saturating_sub(2));
    let figures = text::fit(&figures, room, look.glyphs.cut);
    let at = right.saturating_sub(text::width(&figures) as u16).max(area.x);
    buffer.set_stringn(at, area.y, &figures, room, look.theme.style(ThemeRole::Text));
    let cells = usize::from(at.saturating_sub(area.x + 3));
    let role = if counts.failed + counts.dirty > 0 { ThemeRole::Warn } else { ThemeRole::Bar };
    buffer.set_stringn(area.x + 1, area.y, look.glyphs.track.repeat(cells), cells, look.theme.style(ThemeRole::Track));
    buffer.set_stringn(area.x + 1, area.y, bar::bar(share, cells, look.glyphs), cells, look.theme.style(role));
}

/// The time that is left when everything goes on as it went, of work that takes long: none of its targets may have ended yet.
fn remaining(followed: &Followed, context: &Context<'_>) -> Option<jiff::SignedDuration> {
    let (_, began) = followed.state.began.as_ref().filter(|_| followed.work().is_some())?;
    let (share, passed) = (followed.share(), context.now.duration_since(*began).as_secs_f64());
    let left = (share > 0.0 && passed > 0.0).then(|| passed * (1.0 - share) / share)?;
    Some(jiff::SignedDuration::from_secs(left.ceil() as i64))
}

/// `1,204 of 3,400 objects · 812,000 rows, 34 MB copied · 12 MB/s`.
fn worked(followed: &Followed, work: Worked, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let all = u64::from(work.each) * u64::from(followed.state.counts.total());
    let mut parts = vec![format!("{} of {} objects", units::count(work.objects.min(all)), units::count(all))];
    if work.rows > 0 || work.bytes > 0 {
        parts.push(format!("{} rows, {} copied", units::count(work.rows), units::bytes(work.bytes)));
    }
    if let Some((_, began)) = followed.state.began.as_ref().filter(|_| followed.standing().is_live() && work.bytes > 0) {
        let seconds = context.now.duration_since(*began).as_secs().max(1).unsigned_abs();
        parts.push(format!("{}/s", units::bytes(work.bytes / seconds)));
    }
    let room = usize::from(area.width.saturating_sub(2));
    let words = parts.join(&format!(" {} ", look.glyphs.dot));
    buffer.set_stringn(
        area.x + 1,
        area.y,
        text::fit(&words, room, look.glyphs.cut),
        room,
        look.theme.style(ThemeRole::Text),
    );
}

/// `412/s`, and of slow runs `0.4/s`.
fn rate_words(rate: f64) -> String {
    if rate < 9.95 { format!("{rate:.1}/s") } else { format!("{}/s", units::short(rate.round() as u64)) }
}

fn counts(words: &[Counted], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let mut x = area.x + 1;
    for (spot, word) in words {
        let room = |x: u16| usize::from(area.right().saturating_sub(x + 1));
        if let Some(spot) = spot {
            let (sign, role) = spot.sign(look);
            x = buffer.set_stringn(x, area.y, sign, room(x), look.theme.style(role)).0 + 1;
        }
        let role = match spot {
            Some(Spot::Failed | Spot::Dirty | Spot::InDoubt) if !word.ends_with(" 0") => ThemeRole::Danger,
            Some(Spot::Retrying | Spot::Skipped) => ThemeRole::Warn,
            Some(_) => ThemeRole::Text,
            None => ThemeRole::Dim,
        };
        x = buffer.set_stringn(x, area.y, word, room(x), look.theme.style(role)).0 + 2;
    }
}
