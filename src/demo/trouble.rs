//! What somebody did to a schema of the sample fleet by hand, behind the back of its migrations. Must not run anything.

use super::sample::Case;

/// As a tool does that copies schemas: every constraint, index and owned sequence under a name of its own.
const RENAMED: &str = include_str!("sql/renamed.sql");

/// A statement, and the table without which it is left out.
pub(super) type Deed = (&'static str, &'static str);

/// What is done in the transaction that makes the schema.
pub(super) fn by_hand(case: Case) -> &'static [Deed] {
    match case {
        Case::MissingIndex => &[("sales_orderline", "DROP INDEX sales_orderline_order")],
        Case::ExtraIndex => &[("sales_order", "CREATE INDEX tmp_fix_slow_report ON sales_order (ordered_on)")],
        Case::MissingColumn => &[("crm_customer", "ALTER TABLE crm_customer DROP COLUMN phone")],
        Case::ChangedColumn => &[(
            "catalog_product",
            "ALTER TABLE catalog_product ALTER COLUMN sku TYPE varchar(80), ALTER COLUMN vat_rate SET DEFAULT 7.70",
        )],
        Case::ColumnOrder => &[
            ("catalog_pricelist", "ALTER TABLE catalog_pricelist DROP COLUMN currency"),
            ("catalog_pricelist", "ALTER TABLE catalog_pricelist ADD COLUMN currency char(3) NOT NULL DEFAULT 'EUR'"),
        ],
        Case::MissingTable => &[("billing_reminder", "DROP TABLE billing_reminder")],
        Case::Ghost => &[("jobs_task", "DROP TABLE jobs_task")],
        Case::ReplacedBody => &[(
            "billing_invoiceline",
            "CREATE OR REPLACE FUNCTION billing_total(invoice bigint) RETURNS numeric LANGUAGE sql STABLE AS\n\
             $$ SELECT coalesce(round(sum(quantity * price), 2), 0) FROM billing_invoiceline WHERE invoice_id = invoice $$",
        )],
        Case::DisabledTrigger => &[("work_job", "ALTER TABLE work_job DISABLE TRIGGER work_job_touch")],
        Case::OtherNames => &[("crm_customer", RENAMED)],
        Case::ForgottenCopy => &[("billing_invoice", "CREATE TABLE billing_invoice_copy_20240311 AS TABLE billing_invoice")],
        Case::Reporting => &[
            (
                "sales_order",
                "CREATE TABLE reporting_fact (day date NOT NULL, orders integer NOT NULL) PARTITION BY RANGE (day)",
            ),
            (
                "sales_order",
                "CREATE TABLE reporting_fact_old PARTITION OF reporting_fact FOR VALUES FROM (MINVALUE) TO ('2024-01-01')",
            ),
            (
                "sales_order",
                "CREATE TABLE reporting_fact_new PARTITION OF reporting_fact FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)",
            ),
            ("sales_order", "INSERT INTO reporting_fact SELECT ordered_on, count(*) FROM sales_order GROUP BY 1"),
            (
                "sales_order",
                "CREATE MATERIALIZED VIEW reporting_month AS SELECT date_trunc('month', day) AS month, sum(orders) FROM reporting_fact GROUP BY 1",
            ),
        ],
        _ => &[],
    }
}

/// What is tried after it, and fails: `CREATE INDEX CONCURRENTLY` over equal values leaves an index behind that is not valid.
pub(super) fn in_vain(case: Case) -> Option<Deed> {
    (case == Case::InvalidIndex)
        .then_some(("crm_tag", "CREATE UNIQUE INDEX CONCURRENTLY crm_tag_colour_once ON crm_tag (colour)"))
}
