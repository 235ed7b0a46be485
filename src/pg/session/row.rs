//! One row of an answer, read by position into plain Rust values. The only place that knows how PostgreSQL writes values on
//! the wire; must not know what a column means.

use jiff::Timestamp;
use tokio_postgres::types::{FromSql, Type};

use crate::domain::fault::{Fault, FaultKind};

/// One row of an answer. Columns are counted from 0.
#[derive(Debug)]
pub struct Row(tokio_postgres::Row);

impl Row {
    pub(in crate::pg) fn new(row: tokio_postgres::Row) -> Self {
        Self(row)
    }

    /// How many columns the answer has.
    pub fn width(&self) -> usize {
        self.0.len()
    }

    /// The name of a column, raw.
    pub fn column(&self, at: usize) -> Option<&str> {
        self.0.columns().get(at).map(tokio_postgres::Column::name)
    }

    /// The value of a column; [`FaultKind::Server`] when it is of another type, or null where `T` is not an `Option`.
    pub fn get<'a, T: Cell<'a>>(&'a self, at: usize) -> Result<T, Fault> {
        let Some(column) = self.0.columns().get(at) else {
            return Err(Fault::new(
                FaultKind::Server,
                format!("the answer has {} columns, column {at} was asked for", self.width()),
            ));
        };
        let raw: Option<Raw<'a>> = self.0.try_get(at).unwrap_or(None);
        T::read(column.type_(), raw.map(|raw| raw.0)).ok_or_else(|| {
            let found = if raw.is_none() { "null" } else { column.type_().name() };
            Fault::new(FaultKind::Server, format!("column {:?} is {found}, expected {}", column.name(), T::EXPECTED))
        })
    }
}

/// The bytes of a value, whatever its type.
#[derive(Clone, Copy)]
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A Rust type that a column can be read as. Text that is not valid UTF-8 (a `SQL_ASCII` database) is read with replacement
/// characters by `String` and refused by `&str`.
pub trait Cell<'a>: Sized {
    /// What the column should have been, for the message when it is not.
    const EXPECTED: &'static str;
    /// The value; `None` when the type or the bytes do not fit.
    #[doc(hidden)]
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self>;
}

impl<'a, T: Cell<'a>> Cell<'a> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        match raw {
            None => Some(None),
            Some(_) => T::read(kind, raw).map(Some),
        }
    }
}

fn integer(kind: &Type, raw: &[u8]) -> Option<i64> {
    match *kind {
        Type::INT2 => Some(i16::from_be_bytes(raw.try_into().ok()?).into()),
        Type::INT4 => Some(i32::from_be_bytes(raw.try_into().ok()?).into()),
        Type::INT8 => Some(i64::from_be_bytes(raw.try_into().ok()?)),
        Type::OID | Type::XID | Type::REGCLASS | Type::REGNAMESPACE => Some(u32::from_be_bytes(raw.try_into().ok()?).into()),
        _ => None,
    }
}

macro_rules! integers {
    ($($rust:ty),*) => {$(
        impl<'a> Cell<'a> for $rust {
            const EXPECTED: &'static str = "an integer that fits";
            fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
                integer(kind, raw?)?.try_into().ok()
            }
        }
    )*};
}
integers!(i16, i32, i64, u32, u64);

impl<'a> Cell<'a> for f64 {
    const EXPECTED: &'static str = "a floating point number";
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        match *kind {
            Type::FLOAT4 => Some(f32::from_be_bytes(raw?.try_into().ok()?).into()),
            Type::FLOAT8 => Some(Self::from_be_bytes(raw?.try_into().ok()?)),
            _ => None,
        }
    }
}

impl<'a> Cell<'a> for bool {
    const EXPECTED: &'static str = "a boolean";
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        (*kind == Type::BOOL).then(|| raw.is_some_and(|raw| raw == [1])).filter(|_| raw.is_some())
    }
}

fn text<'a>(kind: &Type, raw: Option<&'a [u8]>) -> Option<&'a [u8]> {
    let is_text = matches!(
        *kind,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::CHAR | Type::JSON | Type::XML
    );
    raw.filter(|_| is_text)
}

impl<'a> Cell<'a> for &'a str {
    const EXPECTED: &'static str = "text";
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        std::str::from_utf8(text(kind, raw)?).ok()
    }
}

impl<'a> Cell<'a> for String {
    const EXPECTED: &'static str = "text";
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        text(kind, raw).map(|raw| Self::from_utf8_lossy(raw).into_owned())
    }
}

impl<'a> Cell<'a> for Timestamp {
    const EXPECTED: &'static str = "a timestamp with time zone";
    /// `infinity` and `-infinity` are the last and the first moment that can be told.
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        const EPOCH_2000: i64 = 946_684_800_000_000;
        let micros = (*kind == Type::TIMESTAMPTZ).then(|| raw?.try_into().ok().map(i64::from_be_bytes)).flatten()?;
        let end = if micros < 0 { Self::MIN } else { Self::MAX };
        Some(micros.checked_add(EPOCH_2000).and_then(|micros| Self::from_microsecond(micros).ok()).unwrap_or(end))
    }
}

/// An array whose elements may not be null.
impl<'a, T: Cell<'a>> Cell<'a> for Vec<T> {
    const EXPECTED: &'static str = "an array";
    fn read(kind: &Type, raw: Option<&'a [u8]>) -> Option<Self> {
        let tokio_postgres::types::Kind::Array(of) = kind.kind() else { return None };
        let (dimensions, rest) = word(raw?)?;
        if dimensions == 0 {
            return Some(Self::new());
        }
        // Flag of nulls, type of the elements, then length and lower bound of the only dimension.
        let (_, rest) = word(rest)?;
        let (_, rest) = word(rest)?;
        let (length, rest) = word(rest)?;
        let (_, mut rest) = word(rest)?;
        if dimensions != 1 {
            return None;
        }
        let mut all = Self::new();
        for _ in 0..length {
            let (bytes, after) = word(rest)?;
            // A null has the length -1, which an array of `Option` can tell.
            let (value, after) = match usize::try_from(bytes) {
                Ok(bytes) => (Some(after.get(..bytes)?), after.get(bytes..)?),
                Err(_) => (None, after),
            };
            all.push(T::read(of, value)?);
            rest = after;
        }
        Some(all)
    }
}

fn word(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((i32::from_be_bytes(*head), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_wire_type() {
        assert_eq!(i64::read(&Type::INT2, Some(&[0xff, 0xfe])), Some(-2));
        assert_eq!(u32::read(&Type::OID, Some(&[0xff, 0xff, 0xff, 0xff])), Some(u32::MAX));
        assert_eq!(u32::read(&Type::INT4, Some(&[0xff, 0xff, 0xff, 0xff])), None);
        assert_eq!(i64::read(&Type::TEXT, Some(b"12")), None);
        assert_eq!(bool::read(&Type::BOOL, Some(&[0])), Some(false));
        assert_eq!(bool::read(&Type::BOOL, None), None);
        assert_eq!(Option::<bool>::read(&Type::BOOL, None), Some(None));
        assert_eq!(f64::read(&Type::FLOAT4, Some(&1.5f32.to_be_bytes())), Some(1.5));
        assert_eq!(String::read(&Type::TEXT, Some(b"a\xffb")), Some("a\u{fffd}b".into()));
        assert_eq!(<&str>::read(&Type::NAME, Some(b"acme")), Some("acme"));
    }

    #[test]
    fn infinite_timestamps_are_the_ends_of_time() {
        let read = |micros: i64| Timestamp::read(&Type::TIMESTAMPTZ, Some(&micros.to_be_bytes())).unwrap();
        assert_eq!(read(0).to_string(), "2000-01-01T00:00:00Z");
        assert_eq!((read(i64::MAX), read(i64::MIN)), (Timestamp::MAX, Timestamp::MIN));
    }

    #[test]
    fn arrays_keep_their_order_and_their_nulls() {
        let mut raw = Vec::new();
        for word in [1, 1, 25, 3, 1, 1] {
            raw.extend_from_slice(&i32::to_be_bytes(word));
        }
        raw.extend_from_slice(b"a\xff\xff\xff\xff\0\0\0\x02bc");
        let expected = vec![Some("a".to_owned()), None, Some("bc".to_owned())];
        assert_eq!(Vec::<Option<String>>::read(&Type::TEXT_ARRAY, Some(&raw)), Some(expected));
        assert_eq!(Vec::<String>::read(&Type::TEXT_ARRAY, Some(&raw)), None);
        assert_eq!(Vec::<String>::read(&Type::TEXT_ARRAY, Some(&[0; 12])), Some(vec![]));
    }
}
