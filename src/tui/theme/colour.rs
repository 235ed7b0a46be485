//! Colours as numbers: reading them, reducing them to what a terminal shows, and measuring contrast. Must not know roles or themes.

use ratatui::style::Color;

use super::ColourDepth;

/// What xterm paints for the sixteen colours; a person's terminal may paint others.
const SIXTEEN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The names of the sixteen colours in the order of their numbers.
const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// Reads `default`, one of the sixteen names, a number of the 256, or `#rrggbb`.
pub(super) fn read(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some((_, colour)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(*colour);
    }
    if let Some(hex) = text.strip_prefix('#') {
        let whole =
            u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()))?;
        let [_, r, g, b] = whole.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    text.parse().ok().map(Color::Indexed)
}

/// Whether a colour is the ink or the ground: dark greys become black as a ground, so that ink stays visible on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    /// The character.
    Ink,
    /// What is behind it.
    Ground,
}

/// The nearest colour that a terminal of this depth shows.
pub(super) fn fit(colour: Color, depth: ColourDepth, layer: Layer) -> Color {
    match (depth, colour) {
        (ColourDepth::None, _) => Color::Reset,
        (ColourDepth::Ansi256, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256((r, g, b))),
        (ColourDepth::Ansi16, Color::Rgb(r, g, b)) => nearest_of_16((r, g, b), layer),
        (ColourDepth::Ansi16, Color::Indexed(index)) if index < 16 => NAMES[usize::from(index)].1,
        (ColourDepth::Ansi16, Color::Indexed(index)) => nearest_of_16(of_256(index), layer),
        _ => colour,
    }
}

/// The red, green and blue of one of the 256 colours.
fn of_256(index: u8) -> (u8, u8, u8) {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..16 => SIXTEEN[usize::from(index)],
        16..232 => (level((index - 16) / 36), level((index - 16) / 6 % 6), level((index - 16) % 6)),
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// The sixteen are left out: what they look like is the person's affair.
fn nearest_of_256(wanted: (u8, u8, u8)) -> u8 {
    let distance = |index: &u8| {
        let (r, g, b) = of_256(*index);
        let apart = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        // The eye sees green best and blue worst.
        2 * apart(r, wanted.0) + 4 * apart(g, wanted.1) + 3 * apart(b, wanted.2)
    };
    (16..=255).min_by_key(distance).unwrap_or(16)
}

/// Greys go by lightness, colours by hue: the least distance would turn every pastel into grey.
fn nearest_of_16((r, g, b): (u8, u8, u8), layer: Layer) -> Color {
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let spread = max - min;
    let light = luminance((r, g, b));
    if spread < 40 || u32::from(spread) * 4 < u32::from(max) || (light < 0.12 && spread < 70) {
        return match light {
            ..0.02 => Color::Black,
            0.02..0.10 if layer == Layer::Ground => Color::Black,
            0.02..0.25 => Color::DarkGray,
            0.25..0.60 => Color::Gray,
            _ => Color::White,
        };
    }
    let (r, g, b, max, spread) = (f64::from(r), f64::from(g), f64::from(b), f64::from(max), f64::from(spread));
    let hue = if max <= r {
        ((g - b) / spread).rem_euclid(6.0)
    } else if max <= g {
        (b - r) / spread + 2.0
    } else {
        (r - g) / spread + 4.0
    };
    let bright = light > 0.30;
    let (plain, lit) = match hue {
        0.42..1.55 => (Color::Yellow, Color::LightYellow),
        1.55..2.55 => (Color::Green, Color::LightGreen),
        2.55..3.35 => (Color::Cyan, Color::LightCyan),
        3.35..4.3 => (Color::Blue, Color::LightBlue),
        4.3..5.5 => (Color::Magenta, Color::LightMagenta),
        _ => (Color::Red, Color::LightRed),
    };
    if bright { lit } else { plain }
}

/// The relative luminance of WCAG, from 0 (black) to 1 (white).
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The contrast of WCAG between two colours, from 1 to 21; `None` when one is the person's own.
#[cfg(test)]
pub(super) fn contrast(a: Color, b: Color) -> Option<f64> {
    let light = |colour| match colour {
        Color::Rgb(r, g, b) => Some(luminance((r, g, b))),
        Color::Indexed(index @ 16..) => Some(luminance(of_256(index))),
        _ => None,
    };
    let (a, b) = (light(a)?, light(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_four_notations() {
        for (text, expected) in [
            ("default", Some(Color::Reset)),
            ("bright-red", Some(Color::LightRed)),
            ("#1e1e2e", Some(Color::Rgb(0x1e, 0x1e, 0x2e))),
            ("214", Some(Color::Indexed(214))),
            ("256", None),
            ("#12345", None),
            ("#1234567", None),
            ("#+12345", None),
            ("", None),
            ("pink", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn reduction_keeps_the_hue() {
        for (hex, expected) in [
            ("#f38ba8", Color::LightRed),
            ("#a6e3a1", Color::LightGreen),
            ("#f9e2af", Color::LightYellow),
            ("#89b4fa", Color::LightBlue),
            ("#1e1e2e", Color::Black),
            ("#cdd6f4", Color::White),
            ("#585b70", Color::DarkGray),
            ("#d20f39", Color::Red),
        ] {
            let colour = read(hex).unwrap();
            assert_eq!(fit(colour, ColourDepth::Ansi16, Layer::Ink), expected, "{hex}");
        }
        assert_eq!(fit(Color::Rgb(0x2e, 0x34, 0x40), ColourDepth::Ansi16, Layer::Ground), Color::Black);
        assert_eq!(fit(Color::Rgb(255, 0, 0), ColourDepth::Ansi256, Layer::Ink), Color::Indexed(196));
        assert_eq!(fit(Color::Rgb(8, 8, 8), ColourDepth::Ansi256, Layer::Ink), Color::Indexed(232));
        assert_eq!(fit(Color::Green, ColourDepth::Ansi256, Layer::Ink), Color::Green);
        assert_eq!(fit(Color::Rgb(1, 2, 3), ColourDepth::None, Layer::Ink), Color::Reset);
    }
}
