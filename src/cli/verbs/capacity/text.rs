//! Capacity in lines of text: figures with their formulas, then the lines of PRESSURE; at most 80 cells each. Must not reckon.

use unicode_width::UnicodeWidthStr as _;

use super::Told;
use crate::capacity::{self, runway};
use crate::cli::sheet::Paper;
use crate::domain::capacity::{Gauge, Growth, GrowthSource, Runway, Sizing};
use crate::domain::fleet::{Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::units;

/// Cells of a line.
const WIDTH: usize = 80;
/// Cells of the words behind a figure: two blanks, 22 for its name, 11 for itself and 3 blanks stand before them.
const DETAIL: usize = WIDTH - 38;

/// All databases, and the fleet where there are several.
pub(super) fn text(fleet: &Fleet, all: &[Told<'_>], paper: Paper) -> String {
    let mut page = Page { out: String::new(), paper };
    for told in all {
        if !page.out.is_empty() {
            page.out.push('\n');
        }
        page.database(told);
    }
    if let Some(whole) = capacity::of_fleet(fleet).filter(|_| all.len() > 1) {
        page.out.push('\n');
        page.heading("THE FLEET", "its databases together", "");
        page.sizing(&whole);
    }
    page.out
}

/// The sign of a severity.
pub(super) fn sign(severity: Severity, paper: Paper) -> &'static str {
    match (severity, paper.ascii) {
        (Severity::Ok, false) => "●",
        (Severity::Info, false) => "·",
        (Severity::Warn, false) => "▲",
        (Severity::Danger, false) => "✗",
        (Severity::Ok, true) => "*",
        (Severity::Info, true) => ".",
        (Severity::Warn, true) => "!",
        (Severity::Danger, true) => "X",
    }
}

struct Page {
    out: String,
    paper: Paper,
}

impl Page {
    fn database(&mut self, told: &Told<'_>) {
        let limit = told.sizing.as_ref().map_or_else(|| "limit".to_owned(), limit);
        let label = shown(&told.database.label).into_owned();
        self.heading("SCARY NUMBER", &format!("{limit} / (tables_per_tenant + 2)"), &label);
        let Some(sizing) = &told.sizing else {
            self.out.push_str("  no tenant whose tables were counted\n");
            self.pressure(&told.gauges);
            return;
        };
        self.sizing(sizing);
        let from = if sizing.is_limit_configured {
            "table_limit of fleet.toml"
        } else {
            "the usual one; fleet.toml may say another"
        };
        self.row("table limit", &units::count(sizing.table_limit), from);
        if let Some(growth) = &told.growth {
            self.growth(growth);
        }
        if !sizing.outliers.is_empty() {
            let named = sizing.outliers.iter().map(|outlier| format!("{} {}", shown(&outlier.schema), outlier.tables));
            self.row("outliers", &units::count(sizing.outliers.len() as u64), &some(named));
        }
        if let Some(then) = &told.what_if {
            let tables = units::count(then.tables_per_tenant.median.into());
            let tenants = units::count(then.tenants);
            self.heading("WHAT IF", &format!("{tables} tables for each of {tenants} tenants"), "");
            self.figures(then);
        }
        self.pressure(&told.gauges);
    }

    fn sizing(&mut self, sizing: &Sizing) {
        let spread = sizing.tables_per_tenant;
        let from_to = format!("median, from {} to {}", units::count(spread.least.into()), units::count(spread.most.into()));
        self.row("tables per tenant", &units::count(spread.median.into()), &from_to);
        self.figures(sizing);
    }

    fn figures(&mut self, sizing: &Sizing) {
        let spoken = format!("tenants, spoken {}", units::count(sizing.spoken));
        self.row("scary number", &units::count(sizing.scary_number), &spoken);
        let share = (sizing.share * 100.0).min(1e9) as u64;
        let share = if share == 0 && sizing.tenants > 0 { "below 1".to_owned() } else { units::count(share) };
        let judged = format!("{share} %  {} {}", sign(sizing.severity, self.paper), sizing.severity.word());
        self.row("tenants", &units::count(sizing.tenants), &judged);
        let times = if self.paper.ascii { 'x' } else { '×' };
        let (tables, tenants) = (units::count(sizing.tables_per_tenant.median.into()), units::count(sizing.tenants));
        self.row(
            "million-tables factor",
            &format!("{:.3}", sizing.million_tables_factor),
            &format!("= {tables} {times} {tenants} / 10^6"),
        );
    }

    fn growth(&mut self, growth: &Growth) {
        let source = match growth.source {
            GrowthSource::Registry => "registry",
            GrowthSource::Samples => "samples",
        };
        let today = growth.points.last().map_or_else(Default::default, |(day, _)| *day);
        let length = runway::length(&growth.runway, today, "not known");
        let (words, trend) = match &growth.runway {
            Runway::NotEnough { why } => (why.clone(), None),
            Runway::Reached => ("the database is full, as the rule has it".to_owned(), None),
            Runway::Level { per_month, days } => {
                let why = if *per_month > 0.0 { "it grows too slowly to tell a day" } else { "it does not grow" };
                (why.to_owned(), Some((per_month, days)))
            }
            Runway::Falls { per_month, days, day, earliest, latest } => {
                let latest = latest.map_or_else(|| "or never".to_owned(), |latest| format!("to {latest}"));
                (format!("{day}, {earliest} {latest}"), Some((per_month, days)))
            }
        };
        self.row("runway", &length, &words);
        if let Some((per_month, days)) = trend {
            let words = format!("tenants a month, last {days} days, {source}");
            self.row("growth", &runway::signed(*per_month), &words);
        }
    }

    fn pressure(&mut self, gauges: &[Gauge]) {
        if gauges.is_empty() {
            return;
        }
        self.heading("PRESSURE", "measured on this server", "");
        for gauge in gauges {
            let value = spelled(&gauge.value, self.paper);
            let value = format!("{value}{}", " ".repeat(48_usize.saturating_sub(value.width())));
            let judged = format!("{} {}", sign(gauge.severity, self.paper), spelled(&gauge.verdict, self.paper));
            let judged = if self.paper.colour { coloured(gauge.severity, &judged) } else { judged };
            self.line(&format!(" {:<15} {value} {judged}", gauge.id.word()));
        }
    }

    /// A heading, its formula, and what stands at the right end.
    fn heading(&mut self, heading: &str, formula: &str, right: &str) {
        let room = WIDTH.saturating_sub(24 + formula.width() + right.width()).max(2);
        self.line(&format!("{heading:<24}{formula}{}{right}", " ".repeat(room)));
    }

    fn row(&mut self, name: &str, figure: &str, detail: &str) {
        self.line(&format!("  {name:<22}{figure:>11}   {detail}"));
    }

    fn line(&mut self, line: &str) {
        self.out.extend([line.trim_end(), "\n"]);
    }
}

/// The limit as it stands in the formula.
fn limit(sizing: &Sizing) -> String {
    if sizing.table_limit == 1_000_000 { "10^6".to_owned() } else { units::count(sizing.table_limit) }
}

/// As many as fit, and how many there are more.
fn some(parts: impl ExactSizeIterator<Item = String>) -> String {
    let all = parts.len();
    let mut text = String::new();
    for (at, part) in parts.enumerate() {
        let rest = all - at;
        let more = format!("{}and {rest} more", if at == 0 { "" } else { " " });
        let longer = format!("{text}{}{part}", if at == 0 { "" } else { ", " });
        // What follows must be told too, unless this is the last one.
        let needed = if rest > 1 { longer.width() + more.width() } else { longer.width() };
        if needed > DETAIL {
            return if at == 0 { format!("{all} schemas with long names") } else { text + &more };
        }
        text = longer;
    }
    text
}

/// Text of ours as the paper can show it.
pub(super) fn spelled(text: &str, paper: Paper) -> String {
    if !paper.ascii {
        return text.to_owned();
    }
    let plain = |c: char| match c {
        '×' => "x".to_owned(),
        '–' | '−' | '·' => "-".to_owned(),
        '≈' => "~".to_owned(),
        '…' => "...".to_owned(),
        '≤' => "<=".to_owned(),
        '≥' => ">=".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(plain).collect()
}

fn coloured(severity: Severity, text: &str) -> String {
    match severity {
        Severity::Ok | Severity::Info => text.to_owned(),
        Severity::Warn => format!("\u{1b}[33m{text}\u{1b}[0m"),
        Severity::Danger => format!("\u{1b}[31m{text}\u{1b}[0m"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::capacity::{Explanation, GaugeId, Outlier, Spread};
    use crate::domain::fleet::Database;
    use crate::domain::roles::Policy;

    fn sizing() -> Sizing {
        Sizing {
            tenants: 6_410,
            tables: 641_000,
            tables_per_tenant: Spread { least: 98, median: 100, most: 104 },
            outliers: Vec::new(),
            table_limit: 1_000_000,
            is_limit_configured: false,
            scary_number: 9_803,
            spoken: 10_000,
            million_tables_factor: 0.641,
            share: 0.6539,
            severity: Severity::Ok,
        }
    }

    fn gauge() -> Gauge {
        Gauge {
            id: GaugeId::LockTable,
            severity: Severity::Warn,
            value: "dropping one tenant takes 1,500 of 6,400 ≈ 23 %".into(),
            verdict: "4 at once".into(),
            measure: Some(0.23),
            unit: "share",
            warn: Some(0.2),
            danger: None,
            is_estimate: false,
            unseen: None,
            explanation: Explanation::default(),
        }
    }

    fn page(runway: Runway, sizing: Sizing, what_if: Option<Sizing>, paper: Paper) -> String {
        let database = Database::new("eu-1".into(), Policy::default());
        let growth = Growth { source: GrowthSource::Registry, points: vec![(date(2026, 11, 21), 6_410)], runway };
        let told = Told {
            database: &database,
            sizing: Some(sizing),
            growth: Some(growth),
            what_if,
            gauges: vec![gauge()],
            sequences: None,
        };
        text(&Fleet::default(), &[told], paper)
    }

    #[test]
    fn a_page_has_every_figure_with_its_formula() {
        let runway = Runway::Falls {
            per_month: 230.4,
            days: 90,
            day: date(2028, 1, 25),
            earliest: date(2027, 12, 1),
            latest: Some(date(2028, 3, 20)),
        };
        let expected = "\
SCARY NUMBER            10^6 / (tables_per_tenant + 2)                      eu-1
  tables per tenant             100   median, from 98 to 104
  scary number                9,803   tenants, spoken 10,000
  tenants                     6,410   65 %  ● ok
  million-tables factor       0.641   = 100 × 6,410 / 10^6
  table limit             1,000,000   the usual one; fleet.toml may say another
  runway                  14 months   2028-01-25, 2027-12-01 to 2028-03-20
  growth                       +230   tenants a month, last 90 days, registry
PRESSURE                measured on this server
 lock table      dropping one tenant takes 1,500 of 6,400 ≈ 23 %  ▲ 4 at once
";
        assert_eq!(page(runway.clone(), sizing(), None, Paper::default()), expected);
        let ascii = page(runway, sizing(), None, Paper { ascii: true, ..Paper::default() });
        assert!(ascii.is_ascii() && ascii.contains("= 100 x 6,410") && ascii.contains("~ 23 %  ! 4 at once"), "{ascii}");
    }

    #[test]
    fn what_is_not_known_what_if_and_outliers_have_their_lines_and_none_is_too_long() {
        let outliers = (0..30).map(|at| Outlier { schema: format!("tenant_{at:02}"), tables: 140 }).collect();
        let now = Sizing { outliers, table_limit: 500_000, is_limit_configured: true, ..sizing() };
        let then = capacity::what_if(&now, 120, 8_000);
        let runway = Runway::NotEnough { why: "2 days known, 14 needed".into() };
        let text = page(runway, now, Some(then), Paper::default());
        for line in [
            "SCARY NUMBER            500,000 / (tables_per_tenant + 2)                   eu-1",
            "  table limit               500,000   table_limit of fleet.toml",
            "  runway                  not known   2 days known, 14 needed",
            "  outliers                       30   tenant_00 140, tenant_01 140 and 28 more",
            "WHAT IF                 120 tables for each of 8,000 tenants",
            "  scary number                4,098   tenants, spoken 4,200",
            "  tenants                     8,000   195 %  ✗ danger",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
    }
}
