//! A hash that is the same in every session, on every machine and in every version: names of classes follow from it. It is FNV-1a
//! with a last stir, so that the first digits tell classes apart. Must not know what is hashed.

use std::hash::Hasher;

/// The running hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stable(u64);

impl Stable {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// A text that ends where it ends: `ab`, `c` is not `a`, `bc`, and no text is not an empty one.
    pub(super) fn text(&mut self, text: Option<&str>) {
        if let Some(text) = text {
            self.write(text.as_bytes());
            self.write(&[0xff]);
        } else {
            self.write(&[0xfe]);
        }
    }
}

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[Option<&str>]) -> u64 {
        let mut hash = Stable::new();
        for text in texts {
            hash.text(*text);
        }
        hash.finish()
    }

    #[test]
    fn texts_end_where_they_end_and_the_hash_never_changes() {
        assert_ne!(of(&[Some("ab"), Some("c")]), of(&[Some("a"), Some("bc")]));
        assert_ne!(of(&[Some("")]), of(&[None]));
        assert_eq!(format!("{:016x}", of(&[Some("crm"), Some("0001_initial")])), "8aa8fc36186a5ad9");
    }
}
