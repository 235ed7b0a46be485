//! A `fleet.toml` to start from, with every key and what it means. A test reads it, so that it stays true.

/// The example as `tenantry config example` prints it.
pub const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Vocabulary, read};

    #[test]
    fn the_example_is_free_of_mistakes_as_it_stands_and_with_every_line_in_force() {
        let vocabulary = Vocabulary::default();
        assert_eq!(read(EXAMPLE, &vocabulary).mistakes, []);
        // Lines such as `#mouse = true` are settings; lines such as `# Text` are text.
        let all: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let read = read(&all, &vocabulary);
        assert_eq!(read.mistakes, []);
        assert_eq!(read.config.environments.len(), 2);
    }
}
