//! Which application of Django a table belongs to, by its name alone, and whose applications are whose. Must not know which tables are
//! there.

use crate::domain::roles::Policy;

/// Tables of applications that come with Django and are not called after them.
const CONTRIB: [(&str, &str); 7] = [
    ("django_admin_log", "admin"),
    ("django_content_type", "contenttypes"),
    ("django_flatpage", "flatpages"),
    ("django_flatpage_sites", "flatpages"),
    ("django_redirect", "redirects"),
    ("django_session", "sessions"),
    ("django_site", "sites"),
];

/// The label of the application that a table belongs to: `auth` of `auth_user_groups`. Of several labels that fit, the longest one
/// is meant. `None` when no known application fits.
pub fn app_of(table: &str, is_app: impl Fn(&str) -> bool) -> Option<&str> {
    if let Some((_, app)) = CONTRIB.iter().find(|(known, _)| *known == table) {
        return Some(app);
    }
    table.rmatch_indices('_').map(|(at, _)| &table[..at]).find(|label| is_app(label))
}

/// What a person said about an application: whether it is a tenant's. Settings name the package (`django.contrib.auth`), ledgers
/// its label.
pub fn said(policy: &Policy, label: &str) -> Option<bool> {
    let names = |list: &[String]| list.iter().any(|app| app.rsplit('.').next() == Some(label));
    match (names(&policy.tenant_apps), names(&policy.shared_apps)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => (!policy.tenant_apps.is_empty()).then_some(false),
    }
}

/// Whether an application that so many schemas record is theirs by its tables, which so many of them have: one stray table makes
/// no tenants' application, and one that only few have yet is one all the same.
pub fn is_installed(records: u32, has: u32) -> bool {
    has > 0 && has * 2 >= records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_label_that_fits_is_meant() {
        let apps = ["auth", "crm", "crm_extra", "contenttypes"];
        for (table, app) in [
            ("auth_user_groups", Some("auth")),
            ("crm_order", Some("crm")),
            ("crm_extra_order", Some("crm_extra")),
            ("crm", None),
            ("crmorder", None),
            ("django_content_type", Some("contenttypes")),
            ("django_migrations", None),
        ] {
            assert_eq!(app_of(table, |label| apps.contains(&label)), app, "{table}");
        }
    }
}
