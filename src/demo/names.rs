//! The names of the sample fleet: believable ones, and those that break careless programs. Must not know what they name.

/// Names of schemas with names of tenants, each a trap of another kind.
pub(super) const HOSTILE: [(&str, &str); 16] = [
    ("Größe & Söhne", "Größe & Söhne GmbH & Co. KG"),
    ("say \"hi\"", "Say \"Hi\" Signs"),
    ("o'hara", "O'Hara; DROP TABLE customers_client; --"),
    ("UPPER_Case", "UPPER and lower Ltd"),
    ("acme.eu", "Acme.eu (formerly eu.acme)"),
    ("株式会社さくら", "株式会社さくら設備サービス"),
    ("crab🦀 family👩‍👩‍👧", "Crab 🦀 & Family 👩‍👩‍👧"),
    (
        "a_name_that_uses_every_one_of_the_sixty_three_bytes_it_may_have",
        "Verbose customer, name that is exactly as long as the registry's column can hold, and insists",
    ),
    ("red\u{1b}[31malert\u{1b}[0m", "Red \u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mAlert\u{1b}[0m"),
    ("copy\u{1b}]52;c;cm0gLXJmIH4=\u{7}", "Clip\u{1b}]52;c;cm0gLXJmIH4=\u{7}board"),
    ("abc\u{202e}txt.exe", "Right\u{202e}tfeL \u{2066}Isolated\u{2069}"),
    ("two\nlines", "Two\nLines\r\nand\ta tab"),
    ("back\\slash %s $1 :var", "Back\\slash \\x1b %s $1 :var"),
    (" padded ", "Padded with blanks "),
    ("select", "=HYPERLINK(\"https://evil.example\";\"Pay here\")"),
    ("zero\u{200b}width\u{feff}", "Zero\u{200b}width Z\u{334}a\u{334}l\u{334}g\u{334}o\u{334}"),
];

/// Time zones, the usual ones more than once.
pub(super) const TIME_ZONES: [&str; 16] = [
    "Europe/Berlin",
    "Europe/Berlin",
    "Europe/Berlin",
    "Europe/Berlin",
    "Europe/Vienna",
    "Europe/Zurich",
    "Europe/Paris",
    "Europe/London",
    "Europe/London",
    "America/New_York",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Australia/Sydney",
    "Asia/Tokyo",
    "UTC",
];

const FIRST: [&str; 24] = [
    "acme", "bolt", "cedar", "delta", "ember", "fjord", "granite", "harbor", "iris", "juniper", "kestrel", "lumen", "maple",
    "north", "orchid", "pioneer", "quartz", "river", "summit", "tundra", "umbra", "vector", "willow", "zephyr",
];

const TRADE: [&str; 16] = [
    "air", "boats", "climate", "doors", "electric", "fire", "gardens", "heating", "lifts", "locks", "networks", "plumbing",
    "pools", "roofing", "solar", "windows",
];

const FORMS: [&str; 8] = ["GmbH", "Ltd", "Inc", "AG", "SARL", "Pty Ltd", "BV", "LLC"];

/// The words of an ordinary tenant's name.
pub(super) struct Words {
    first: &'static str,
    trade: &'static str,
    round: usize,
    form: &'static str,
}

impl Words {
    /// The words of the tenant with this number: no two have the same.
    pub(super) fn of(index: u32) -> Self {
        let all = FIRST.len() * TRADE.len();
        // 151 has no factor in common with the number of pairs, so that every pair comes once per round.
        let pair = index as usize * 151 % all;
        let (first, trade) = (FIRST[pair / TRADE.len()], TRADE[pair % TRADE.len()]);
        Self { first, trade, round: index as usize / all, form: FORMS[(pair * 5 + pair / TRADE.len()) % FORMS.len()] }
    }

    /// As a schema: `bolt_heating`, in later rounds `bolt_heating_2`.
    pub(super) fn schema(&self) -> String {
        self.joined("_")
    }

    /// As a part of a host name.
    pub(super) fn slug(&self) -> String {
        self.joined("-")
    }

    /// As a company.
    pub(super) fn company(&self) -> String {
        format!("{} {}", title(&self.joined(" ")), self.form)
    }

    fn joined(&self, between: &str) -> String {
        match self.round {
            0 => format!("{}{between}{}", self.first, self.trade),
            round => format!("{}{between}{}{between}{}", self.first, self.trade, round + 1),
        }
    }
}

/// `bolt_heating` as `Bolt Heating`.
pub(super) fn title(name: &str) -> String {
    let capital = |word: &str| -> String {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    };
    name.split(['_', ' ']).map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_believable() {
        assert_eq!(Words::of(0).schema(), "acme_air");
        assert_eq!(Words::of(0).company(), "Acme Air GmbH");
        assert_eq!(Words::of(384).slug(), "acme-air-2");
        assert_eq!(title("never_born_lifts"), "Never Born Lifts");
    }

    #[test]
    fn the_longest_hostile_names_fill_their_columns() {
        assert_eq!(HOSTILE.iter().map(|(schema, _)| schema.len()).max(), Some(63));
        assert!(HOSTILE.iter().all(|(_, name)| name.chars().count() <= 100));
    }
}
