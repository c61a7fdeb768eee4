//! Disputes: a consumer says that a payment, or a part of it, should not stand; an operator decides (R49, R56).
//!
//! While one is open, what it asks for is kept back from the merchant's payouts. Decided for the consumer, it goes from the
//! merchant to where a refund would go (the account, at the rate of the payment, or the coupons that paid), and counts as
//! given back: merchant and operator together never give back more than was paid. It is asked for in the currency of the
//! price. Only payments from accounts and with coupons are disputed here; one through an external system is disputed there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use core_payment::{Accounts, Act, ActError, Asked, Books, Reply, Request, SubmitError};
use payment_domain::{
    Capability, Currency, DisputeId, DisputeOrder, Funding, LedgerPosition, Money, OrderId, PartyId,
    Timestamp,
};
use payment_message::{Code, Message, State, StatusReport, Verified};
use thiserror::Error;

use crate::aggregation::Aggregation;
use crate::close::CloseError;
use crate::storage::StorageError;
use crate::storage::document::{self, DisputeRow};
use crate::storage::journal::{self, PaymentRow};
use crate::terms::Terms;

/// A consumer's complaint, to be handed to [`core_payment::Core::request`].
pub struct OpenDispute {
    order: Verified<DisputeOrder>,
    terms: Arc<Terms>,
}

/// For whom a dispute is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The money goes back.
    Consumer,
    /// The payment stands.
    Merchant,
}

/// Why a dispute is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// There is none.
    #[error("no such dispute")]
    Unknown,
    /// It was decided before.
    #[error("the dispute was decided before, for the {0}")]
    Decided(&'static str),
    /// The merchant cannot pay now. It stays open, and what the merchant earns is kept back for it.
    #[error("the merchant's account holds only {0}; the dispute stays open")]
    MerchantLacks(Money),
    /// Refunds have given everything back meanwhile.
    #[error("everything was refunded meanwhile; decide it for the merchant")]
    Refunded,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// An open dispute, for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    /// Its id.
    pub id: DisputeId,
    /// The position of the payment.
    pub payment: LedgerPosition,
    /// How much of it.
    pub amount: Money,
    /// Who complains.
    pub consumer: PartyId,
    /// About whom.
    pub merchant: PartyId,
    /// When it was opened.
    pub opened_at: Timestamp,
}

impl Aggregation {
    /// What deals with a consumer's complaint.
    #[must_use]
    pub fn dispute(&self, order: Verified<DisputeOrder>) -> OpenDispute {
        OpenDispute { order, terms: Arc::clone(&self.0.terms) }
    }

    /// Decides a dispute.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub async fn resolve_dispute(&self, id: DisputeId, verdict: Verdict) -> Result<(), ResolveError> {
        self.0.core.perform(Arc::new(Resolve { id, verdict })).await?
    }

    /// Disputes that wait for a decision, oldest first, at most `most`. Blocks while it reads.
    ///
    /// # Errors
    /// [`CloseError::Read`].
    pub fn open_disputes(&self, most: u32) -> Result<Vec<Disputed>, CloseError> {
        let mut conn = self.conn()?;
        let rows = document::open_disputes(&mut conn, 0, i64::from(most))?;
        let accounts = rows.iter().flat_map(|row| [row.consumer_account, row.merchant_account]);
        let accounts: Vec<i64> = accounts.collect::<BTreeSet<_>>().into_iter().collect();
        let names = journal::owners(&mut conn, &accounts)?;
        let facts = journal::accounts(&mut conn, accounts)?;
        let currencies = facts.into_iter().map(|account| (account.id, account.currency)).collect();
        let read = |row| Disputed::read(row, &names, &currencies).ok_or(StorageError::Corrupt("dispute"));
        Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
    }
}

impl Disputed {
    /// `names` and `currencies` are by account.
    fn read(
        row: DisputeRow,
        names: &BTreeMap<i64, String>,
        currencies: &BTreeMap<i64, String>,
    ) -> Option<Self> {
        let party = |account| PartyId::parse(names.get(account)?).ok();
        let currency = Currency::parse(currencies.get(&row.merchant_account)?).ok()?;
        Some(Self {
            id: DisputeId::from_bytes(row.dispute_id.try_into().ok()?),
            payment: LedgerPosition::new(row.payment).ok()?,
            amount: Money::from_micros(row.micros, currency),
            consumer: party(&row.consumer_account)?,
            merchant: party(&row.merchant_account)?,
            opened_at: Timestamp::from_millis(row.opened_at).ok()?,
        })
    }
}

/// Why a complaint is refused.
struct Refusal(Code, Option<&'static str>);

impl Request for OpenDispute {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.order.message().dispute_id.into(),
            digest: self.order.digest(),
            sender: self.order.sender(),
            document: self.order.document(),
            // It holds proof of authentication, and words that somebody wrote.
            personal: true,
        }
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let (order, asked) = (self.order.message(), self.asked());
        let paid = match self.check(books)? {
            Ok(paid) => paid,
            Err(Refusal(code, field)) => return books.refuse(&asked, code, field),
        };
        let (at, now) = (books.position()?, books.now());
        document::insert_dispute(
            books.tx(),
            &DisputeRow {
                id: at.value(),
                dispute_id: order.dispute_id.as_bytes().to_vec(),
                payment: paid.id,
                consumer: paid.consumer,
                merchant: paid.merchant,
                consumer_account: paid.consumer_account,
                merchant_account: paid.merchant_account,
                micros: order.amount.micros(),
                state: "open".to_owned(),
                opened_at: now.as_millis(),
                resolved_at: None,
                position: None,
            },
        )?;
        let report = StatusReport {
            in_reply_to: order.dispute_id.into(),
            subject: order.order_id.into(),
            state: State::Pending,
            amount: Some(order.amount),
            refunded: None,
            receipt_digest: None,
            action_url: None,
            reported_at: now,
        };
        books.answer(at, &asked, &Message::StatusReport(report))
    }
}

impl OpenDispute {
    fn check(&self, books: &mut Books<'_, '_, '_>) -> Result<Result<PaymentRow, Refusal>, ActError> {
        let order = self.order.message();
        let Some(consumer) = books.party_named(order.consumer.party())? else {
            return Ok(Err(Refusal(Code::UnknownConsumer, Some("consumer"))));
        };
        // As for an order: a terminal for its own consumer, an adapter for the terminals it speaks to (R39).
        let (sender, capability) = (self.order.sender(), order.authentication.capability);
        let own = capability != Capability::App || *sender.party() == consumer.name;
        if !capability.may_be_stated_by(sender.role()) || !own {
            return Ok(Err(Refusal(Code::WrongRole, None)));
        }
        let Some(paid) = self.payment(books, order.order_id, consumer.id)? else {
            return Ok(Err(Refusal(Code::UnknownOrder, Some("orderId"))));
        };
        let made = core_payment::time_of(paid.settled_at.unwrap_or(paid.id));
        if books.now().millis_since(made) > self.terms.dispute_within_ms {
            return Ok(Err(Refusal(Code::DisputeTooLate, Some("orderId"))));
        }
        if order.amount.currency().as_str() != paid.currency {
            return Ok(Err(Refusal(Code::WrongCurrency, Some("amount"))));
        }
        if document::disputed_of_payment(books.tx().conn(), paid.id)? > 0 {
            return Ok(Err(Refusal(Code::DisputeOpen, Some("orderId"))));
        }
        if order.amount.micros() <= 0 || order.amount.micros() > left(&paid) {
            return Ok(Err(Refusal(Code::RefundExceedsPayment, Some("amount"))));
        }
        Ok(Ok(paid))
    }

    /// This consumer's payment, if no external system was charged for it; locked.
    fn payment(
        &self,
        books: &mut Books<'_, '_, '_>,
        order: OrderId,
        consumer: i64,
    ) -> Result<Option<PaymentRow>, ActError> {
        let Some(position) = journal::position_of(books.tx().conn(), order.as_bytes())? else {
            return Ok(None);
        };
        let paid = document::lock_payment(books.tx(), position)?;
        Ok(paid.filter(|paid| {
            let theirs = paid.consumer == consumer && paid.state == "accepted";
            theirs && paid.funding != Funding::External.as_str()
        }))
    }
}

/// What was not given back.
const fn left(paid: &PaymentRow) -> i64 {
    paid.micros.saturating_sub(paid.refunded_micros)
}

struct Resolve {
    id: DisputeId,
    verdict: Verdict,
}

impl Act for Resolve {
    type Done = Result<(), ResolveError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let row = document::dispute_of(books.tx().conn(), self.id.as_bytes())?;
        let mut accounts = Accounts::default();
        if let (Some(row), Verdict::Consumer) = (row, self.verdict) {
            accounts.consumers.insert(row.consumer_account);
            accounts.merchants.insert(row.merchant_account);
        }
        Ok(accounts)
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(row) = document::dispute_of(books.tx().conn(), self.id.as_bytes())? else {
            return Ok(Err(ResolveError::Unknown));
        };
        match row.state.as_str() {
            "open" => {}
            "consumer" => return Ok(Err(ResolveError::Decided("consumer"))),
            _ => return Ok(Err(ResolveError::Decided("merchant"))),
        }
        if self.verdict == Verdict::Consumer
            && let Err(error) = give_back(books, &row)?
        {
            return Ok(Err(error));
        }
        let state = if self.verdict == Verdict::Consumer { "consumer" } else { "merchant" };
        let (at, now) = (books.position()?, books.now().as_millis());
        if !document::end_dispute(books.tx(), row.id, state, now, at.value())? {
            return Err(ActError::conflict());
        }
        books
            .declare(at, &format!("dispute {} about {} is decided for the {state}", self.id, row.payment))?;
        Ok(Ok(()))
    }
}

fn give_back(books: &mut Books<'_, '_, '_>, row: &DisputeRow) -> Result<Result<(), ResolveError>, ActError> {
    let paid = document::lock_payment(books.tx(), row.payment)?.ok_or(ActError::corrupt("payment"))?;
    let currency = Currency::parse(&paid.currency).map_err(|_| ActError::corrupt("currency"))?;
    let micros = row.micros.min(left(&paid));
    if micros <= 0 {
        return Ok(Err(ResolveError::Refunded));
    }
    let available = books.available(row.merchant_account, currency)?;
    if available.micros() < micros {
        return Ok(Err(ResolveError::MerchantLacks(available)));
    }
    books.award(row.payment, micros)?;
    Ok(Ok(()))
}
