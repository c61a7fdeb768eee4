//! The read model against the journal, for tests and the audit: the one place here that reads whole tables.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::storage::{Conn, StorageError};

/// Counts and sums of one merchant in one currency.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct SumRow {
    #[diesel(sql_type = BigInt)]
    pub(crate) merchant: i64,
    #[diesel(sql_type = Text)]
    pub(crate) currency: String,
    #[diesel(sql_type = BigInt)]
    pub(crate) payments: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) gross: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) refunded: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// What the merchants' accounts were paid and gave back, by the transfers alone. A payment with several transfers (coupons)
/// is one payment.
const JOURNAL: &str = "SELECT a.owner AS merchant, a.currency AS currency, \
     CAST(COUNT(DISTINCT m.paid) AS BIGINT) AS payments, CAST(SUM(m.gross) AS BIGINT) AS gross, \
     CAST(SUM(m.refunded) AS BIGINT) AS refunded FROM \
     (SELECT credit AS account, payment AS paid, micros AS gross, 0 AS refunded FROM transfer \
     WHERE kind IN ('payment', 'coupon-spent', 'exchange-bought') \
     UNION ALL SELECT credit, NULL, 0, -micros FROM transfer \
     WHERE kind IN ('refund-void', 'refund-returned') \
     UNION ALL SELECT debit, NULL, 0, micros FROM transfer WHERE kind IN ('refund', 'refund-hold', 'dispute', \
     'coupon-restored', 'coupon-disputed', 'exchange-returned', 'exchange-disputed', 'payment-returned')) m \
     JOIN account a ON a.id = m.account WHERE a.kind = 'merchant' GROUP BY a.owner, a.currency ORDER BY 1, 2";

/// The same by the sales.
const SALES: &str = "SELECT merchant, currency, CAST(COUNT(*) AS BIGINT) AS payments, \
     CAST(SUM(paid_micros) AS BIGINT) AS gross, CAST(SUM(refunded_micros) AS BIGINT) AS refunded \
     FROM sale WHERE paid_micros > 0 GROUP BY merchant, currency ORDER BY 1, 2";

/// The same by the hours.
const HOURS: &str = "SELECT merchant, currency, CAST(SUM(sales) AS BIGINT) AS payments, \
     CAST(SUM(gross_micros) AS BIGINT) AS gross, CAST(SUM(refunded_micros) AS BIGINT) AS refunded \
     FROM sale_hour GROUP BY merchant, currency HAVING SUM(sales) > 0 ORDER BY 1, 2";

/// What went back by the rows that time lines are made of.
const RETURNS: &str = "SELECT r.merchant AS merchant, s.currency AS currency, CAST(0 AS BIGINT) AS payments, \
     CAST(0 AS BIGINT) AS gross, CAST(SUM(CASE WHEN r.kind IN ('refund-void', 'refund-returned') THEN -r.micros \
     ELSE r.micros END) AS BIGINT) AS refunded FROM sale_return r JOIN sale s ON s.merchant = r.merchant AND s.id = r.payment \
     WHERE r.kind <> 'refund-paid' GROUP BY r.merchant, s.currency ORDER BY 1, 2";

/// Batches that the worker has not come to.
const WAITING: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM batch b \
     LEFT JOIN sale_cursor c ON c.node = b.node WHERE c.seq IS NULL OR b.seq > c.seq";

/// Sales whose state is not that of their payment, as far as one follows from the other.
const STALE: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM sale s JOIN payment p ON p.id = s.id \
     WHERE p.merchant <> s.merchant OR p.refunded_micros <> s.refunded_micros OR p.micros <> s.micros \
     OR (p.state = 'accepted') <> (s.state IN ('paid', 'partly-refunded', 'refunded', 'disputed')) \
     OR (p.state <> 'accepted' AND p.state <> s.state)";

/// Payments that are no sale, and should be.
const MISSING: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM payment p JOIN offer o ON o.digest = p.offer_digest \
     LEFT JOIN sale s ON s.merchant = p.merchant AND s.id = p.id WHERE o.sale <> 'coupon' AND s.id IS NULL";

/// Refused orders in the journal less those in the lists, and those in the lists less those in the hours.
const REFUSALS: &str = "SELECT CAST(ABS((SELECT COUNT(*) FROM evidence WHERE kind = 'order-refused') - \
     (SELECT COUNT(*) FROM refusal)) + ABS((SELECT COUNT(*) FROM refusal) - \
     (SELECT COALESCE(SUM(orders), 0) FROM refusal_hour)) AS BIGINT) AS value";

/// Everything that is compared.
pub(crate) struct Compared {
    pub(crate) journal: Vec<SumRow>,
    pub(crate) sales: Vec<SumRow>,
    pub(crate) hours: Vec<SumRow>,
    pub(crate) returns: Vec<SumRow>,
    pub(crate) waiting: i64,
    pub(crate) stale: i64,
    pub(crate) missing: i64,
    pub(crate) refusals: i64,
}

/// Reads both sides. To be called on one unchanging state of the database.
pub(crate) fn read(conn: &mut Conn) -> Result<Compared, StorageError> {
    Ok(Compared {
        journal: sums(conn, JOURNAL)?,
        sales: sums(conn, SALES)?,
        hours: sums(conn, HOURS)?,
        returns: sums(conn, RETURNS)?,
        waiting: count(conn, WAITING)?,
        stale: count(conn, STALE)?,
        missing: count(conn, MISSING)?,
        refusals: count(conn, REFUSALS)?,
    })
}

fn sums(conn: &mut Conn, query: &str) -> Result<Vec<SumRow>, StorageError> {
    Ok(on_both!(conn, conn => diesel::sql_query(query).load(conn)?))
}

fn count(conn: &mut Conn, query: &str) -> Result<i64, StorageError> {
    let count: Count = on_both!(conn, conn => diesel::sql_query(query).get_result(conn)?);
    Ok(count.value)
}
