//! What is answered: the types that stand in the OpenAPI document, and from what they are made. Amounts are decimals in
//! strings, so that no program rounds them.

use actix_web::http::StatusCode;
use payment_domain::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::written;
use crate::sales::Sale;
use crate::sales::timeline::{Event, Happened};
use crate::storage::merchant::{ItemRow, PayoutRow, StandingRow};
use crate::web::Visitor;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Amount {
    /// The amount, with as many decimals as it has.
    #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", example = "2.40")]
    amount: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: String,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Payment {
    /// The consumer's order.
    #[schema(format = "uuid")]
    order: String,
    /// The number in the receipt, once there is one.
    receipt: Option<String>,
    /// When it was ordered.
    #[schema(format = "date-time")]
    ordered_at: String,
    /// Your code of the item.
    item: String,
    /// What the consumer read.
    title: String,
    /// Who bought, as you see them: the same for every purchase of theirs from you, another one for everybody else.
    customer: String,
    /// What became of it.
    state: State,
    /// Whether it is aggregated with others, or was paid by itself.
    mode: String,
    /// What was ordered.
    price: Amount,
    /// What you were paid.
    paid: Amount,
    /// What of it was given back.
    refunded: Amount,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// An external system has not answered yet.
    Pending,
    /// The money is set aside.
    Authorised,
    /// You were paid.
    Paid,
    /// A part of it went back.
    PartlyRefunded,
    /// All of it went back.
    Refunded,
    /// The consumer complains.
    Disputed,
    /// An external system said no.
    Declined,
    /// What was set aside was set free.
    Voided,
}

/// Payments, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Payments {
    /// The payments.
    pub(super) payments: Vec<Payment>,
    /// Where to go on, if there may be more: an answer to a search can be short, or empty, and have one.
    pub(super) next: Option<String>,
}

/// A payment, with what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PaymentHistory {
    /// The payment.
    pub(super) payment: Payment,
    /// What happened, first to last.
    pub(super) events: Vec<Happening>,
}

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Happening {
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// What.
    #[schema(example = "paid")]
    kind: String,
    /// How much it was about, if it was about an amount.
    amount: Option<Amount>,
}

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Payout {
    /// Its number: the position of its advice.
    position: String,
    /// When it was drawn up.
    #[schema(format = "date-time")]
    issued_at: String,
    /// `none` (nothing to pay out), `pending`, `paid`, `declined`, `returned`.
    state: String,
    /// What is paid out.
    amount: Amount,
    /// What we kept for it.
    fee: Amount,
    /// What is carried to the next one.
    carried: Amount,
    /// What open disputes keep back.
    withheld: Amount,
    /// The message id of the pain.001 file that it is in.
    bank_file: Option<String>,
    /// Our reference at the bank.
    reference: Option<String>,
    /// The bank's reference of the booking.
    booked_as: Option<String>,
}

/// Payouts, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Payouts {
    /// The payouts.
    pub(super) payouts: Vec<Payout>,
    /// Where to go on, if there is more.
    pub(super) next: Option<String>,
}

/// What stands on your accounts, one for each currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Balances {
    /// The accounts.
    pub(super) accounts: Vec<Account>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Account {
    /// All that stands on it.
    balance: Amount,
    /// What the next payout is about so far, before its fee and without what open disputes keep back.
    next_payout: Amount,
}

/// An item of yours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Item {
    /// Your code.
    code: String,
    /// What the consumer reads.
    title: String,
    /// What it costs.
    price: Amount,
    /// What the buyer agrees to.
    terms: String,
    /// `immediate`, or `deferred`: set aside first, captured by you.
    capture: String,
    /// Whether it is for sale.
    active: bool,
}

/// Items, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Items {
    /// The items.
    pub(super) items: Vec<Item>,
    /// Where to go on, if there is more.
    pub(super) next: Option<String>,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Which problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:meteore:problem:invalid")]
    kind: String,
    /// The same in a few words.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// This request: what to ask us about.
    instance: String,
}

impl Amount {
    fn of(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency().to_string() }
    }

    /// A stored amount; `None` for a currency that cannot be.
    fn stored(micros: i64, currency: &str) -> Option<Self> {
        Currency::parse(currency).ok().map(|currency| Self::of(Money::from_micros(micros, currency)))
    }
}

impl Payment {
    pub(super) fn of(sale: &Sale) -> Self {
        Self {
            order: sale.order.to_string(),
            receipt: sale.receipt.map(|receipt| receipt.to_string()),
            ordered_at: sale.ordered_at.to_string(),
            item: sale.item.as_str().to_owned(),
            title: sale.title.as_str().to_owned(),
            customer: sale.consumer.to_string(),
            state: State::of(sale.state),
            mode: sale.mode.to_string(),
            price: Amount::of(sale.price),
            paid: Amount::of(sale.paid),
            refunded: Amount::of(sale.refunded),
        }
    }
}

impl State {
    const fn of(state: crate::sales::query::SaleState) -> Self {
        use crate::sales::query::SaleState;
        match state {
            SaleState::Pending => Self::Pending,
            SaleState::Authorised => Self::Authorised,
            SaleState::Paid => Self::Paid,
            SaleState::PartlyRefunded => Self::PartlyRefunded,
            SaleState::Refunded => Self::Refunded,
            SaleState::Disputed => Self::Disputed,
            SaleState::Declined => Self::Declined,
            SaleState::Voided => Self::Voided,
        }
    }
}

impl Happening {
    pub(super) fn of(event: &Event) -> Self {
        let (kind, amount) = match &event.what {
            Happened::Ordered { price, .. } => ("ordered", Some(*price)),
            Happened::Asked { amount, .. } => ("asked", Some(*amount)),
            Happened::Answered { approved: true, .. } => ("approved", None),
            Happened::Answered { approved: false, .. } => ("not-approved", None),
            Happened::Paid { amount, .. } => ("paid", Some(*amount)),
            Happened::Declined => ("declined", None),
            Happened::Voided => ("voided", None),
            Happened::Refunded { amount } => ("refunded", Some(*amount)),
            Happened::RefundBegun { amount } => ("refund-begun", Some(*amount)),
            Happened::RefundArrived { amount } => ("refund-arrived", Some(*amount)),
            Happened::RefundFailed { amount } => ("refund-failed", Some(*amount)),
            Happened::TakenBack { amount } => ("taken-back", Some(*amount)),
            Happened::DisputeOpened { amount } => ("dispute-opened", Some(*amount)),
            Happened::DisputeDecided { for_consumer: true } => ("dispute-lost", None),
            Happened::DisputeDecided { for_consumer: false } => ("dispute-won", None),
            Happened::DisputeRefunded { amount } => ("dispute-refunded", Some(*amount)),
            Happened::CallbackDue { .. } => ("callback-due", None),
            Happened::CallbackTaken { .. } => ("callback-taken", None),
            Happened::CallbackGivenUp { .. } => ("callback-given-up", None),
        };
        Self { at: event.at.to_string(), kind: kind.to_owned(), amount: amount.map(Amount::of) }
    }
}

impl Payout {
    pub(super) fn of(row: &PayoutRow) -> Option<Self> {
        let amount = |micros| Amount::stored(micros, &row.currency);
        Some(Self {
            position: row.position.to_string(),
            issued_at: payment_domain::Timestamp::from_millis(row.issued_at).ok()?.to_string(),
            state: row.state.clone(),
            amount: amount(row.amount)?,
            fee: amount(row.fee)?,
            carried: amount(row.carried)?,
            withheld: amount(row.withheld)?,
            bank_file: row.file.clone(),
            reference: row.reference.clone(),
            booked_as: row.booked_as.clone(),
        })
    }
}

impl Account {
    pub(super) fn of(row: &StandingRow) -> Option<Self> {
        Some(Self {
            balance: Amount::stored(row.balance, &row.currency)?,
            next_payout: Amount::stored(row.next_payout(), &row.currency)?,
        })
    }
}

impl Item {
    pub(super) fn of(row: &ItemRow) -> Option<Self> {
        Some(Self {
            code: row.code.clone(),
            title: row.title.clone(),
            price: Amount::stored(row.micros, &row.currency)?,
            terms: row.terms.clone(),
            capture: row.capture.clone(),
            active: row.active,
        })
    }
}

impl Problem {
    pub(super) fn of(status: StatusCode, detail: &str, visitor: &Visitor) -> Self {
        let name = if status == StatusCode::METHOD_NOT_ALLOWED { "method" } else { "invalid" };
        Self {
            kind: format!("urn:meteore:problem:{name}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            instance: format!("urn:meteore:request:{}", visitor.id()),
        }
    }
}

/// Takes the row too many away, and says where to go on.
pub(super) fn cut<T>(rows: &mut Vec<T>, most: i64, key: impl Fn(&T) -> i64) -> Option<String> {
    let most = usize::try_from(most).unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().filter(|_| more).map(|last| written(key(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::query::SaleState;

    #[test]
    fn states_are_written_as_everywhere_else() {
        for state in SaleState::ALL {
            assert_eq!(serde_json::to_value(State::of(state)).unwrap(), state.as_str());
        }
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let mut rows = vec![9_i64, 8, 7];
        assert_eq!(cut(&mut rows, 2, |row| *row).as_deref(), Some("0000000000000008"));
        assert_eq!(rows, [9, 8]);
        assert_eq!(cut(&mut rows, 2, |row| *row), None);
    }
}
