//! Which application of Django a table belongs to, by its name alone. Must not know which tables are there.

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
