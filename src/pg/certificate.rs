//! What libpq accepts of a certificate and rustls does not: one that is trusted by itself, and one that has the host's name as
//! its common name only, as PostgreSQL's own documentation makes them. Must not verify signatures.

use std::net::IpAddr;
use std::time::Duration;

use x509_cert::Certificate;
use x509_cert::der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::der::{Decode as _, Tagged as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// A certificate that was parsed to be looked at.
pub(super) struct Parsed(Certificate);

/// Where a moment lies to the time in which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    TooEarly,
    Valid,
    TooLate,
}

impl Parsed {
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        Certificate::from_der(der).ok().map(Self)
    }

    /// `now` counts from 1970.
    pub(super) fn at(&self, now: Duration) -> Moment {
        let validity = &self.0.tbs_certificate.validity;
        if now < validity.not_before.to_unix_duration() {
            Moment::TooEarly
        } else if now > validity.not_after.to_unix_duration() {
            Moment::TooLate
        } else {
            Moment::Valid
        }
    }

    /// Whether the common name is this host. It counts only where no alternative name says which hosts are meant.
    pub(super) fn is_called(&self, host: &str) -> bool {
        !self.has_alternative_names() && self.common_name().is_some_and(|name| fits(&name, host))
    }

    fn has_alternative_names(&self) -> bool {
        // What cannot be read may hold names.
        self.0.tbs_certificate.get::<SubjectAltName>().map_or(true, |found| {
            found.is_some_and(|(_, names)| {
                names.0.iter().any(|name| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_)))
            })
        })
    }

    fn common_name(&self) -> Option<String> {
        const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
        let mut parts = self.0.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
        let value = &parts.find(|part| part.oid == COMMON_NAME)?.value;
        match value.tag() {
            x509_cert::der::Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.to_string()),
            x509_cert::der::Tag::PrintableString => {
                value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.to_string())
            }
            x509_cert::der::Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().ok().map(|text| text.to_string()),
            _ => None,
        }
    }
}

/// Whether a name of a certificate is this host. A star stands for the first label, never for a part of an address.
fn fits(name: &str, host: &str) -> bool {
    if host.is_empty() || name.contains('\0') {
        return false;
    }
    match name.strip_prefix("*.") {
        Some(rest) if host.parse::<IpAddr>().is_err() => {
            host.split_once('.').is_some_and(|(first, of_host)| !first.is_empty() && of_host.eq_ignore_ascii_case(rest))
        }
        Some(_) => false,
        None => name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn parsed(common_name: &str, alternative: &[&str]) -> Parsed {
        let names: Vec<String> = alternative.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2030, 1, 1);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Parsed::read(made.der()).unwrap()
    }

    #[test]
    fn the_common_name_counts_where_it_is_alone() {
        assert!(parsed("db.test", &[]).is_called("DB.test"));
        assert!(!parsed("db.test", &[]).is_called("db2.test"));
        assert!(!parsed("db.test", &["other.test"]).is_called("db.test"));
        assert!(!parsed("db.test", &["10.0.0.1"]).is_called("db.test"));
    }

    #[test]
    fn a_star_is_one_label() {
        for (name, host, expected) in [
            ("*.example.com", "db.example.com", true),
            ("*.example.com", "a.db.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.0.0.1", "10.0.0.1", false),
            ("*", "db", false),
            ("", "", false),
            ("10.0.0.1", "10.0.0.1", true),
        ] {
            assert_eq!(fits(name, host), expected, "{name} {host}");
        }
    }

    #[test]
    fn a_certificate_has_its_time() {
        let certificate = parsed("db.test", &[]);
        let at = |text: &str| {
            let second = text.parse::<jiff::Timestamp>().unwrap().as_second();
            certificate.at(Duration::from_secs(second.unsigned_abs()))
        };
        assert_eq!(at("2019-12-31T23:59:59Z"), Moment::TooEarly);
        assert_eq!(at("2025-01-01T00:00:00Z"), Moment::Valid);
        assert_eq!(at("2030-01-01T00:00:01Z"), Moment::TooLate);
    }
}
