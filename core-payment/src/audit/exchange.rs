//! Payments in another currency: rates as they were declared, quotes as they were signed, and both legs of every payment
//! as its quote says.

use std::collections::HashMap;

use payment_domain::{PaymentOrder, PaymentReceipt, Quote, QuoteRequest, TransferKind};
use payment_message::Message;

use super::documents::{Documents, Said};
use super::{AuditReport, place};
use crate::exchange::{Day, DeclaredRates, given_back, words};
use crate::ledger::time_of;
use crate::storage::exchange::{self, QuoteRow};
use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError, party, payment};

/// What the evidence says must be registered, and what our positions add up to.
#[derive(Default)]
pub(super) struct Exchanges {
    days: usize,
    quotes: i64,
    used: i64,
    /// Legs, less those that a payment accounts for.
    legs: i64,
    positions: HashMap<i64, i128>,
    /// What was given back of each payment: of its price, and of what was charged.
    returned: HashMap<i64, (i64, i64)>,
}

impl Exchanges {
    /// Compares one page with the registers.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let mut legs: HashMap<i64, Vec<&TransferRow>> = HashMap::new();
        for transfer in &page.transfers {
            if self.add(transfer) {
                legs.entry(transfer.payment).or_default().push(transfer);
            }
        }
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            match (&said.request, &said.reply) {
                (Some(Message::QuoteRequest(request)), Some(Message::Quote(quote))) => {
                    self.quotes = self.quotes.saturating_add(1);
                    if !quoted(conn, row, request, quote)? {
                        report
                            .find(format!("quote {}", quote.quote_id), "is missing, or not as it was signed");
                    }
                }
                _ if row.kind == "declared" => self.declared(conn, row, said, report)?,
                _ => {}
            }
        }
        for paid in &page.payments {
            let Some(Said {
                request: Some(Message::PaymentOrder(order)),
                reply: Some(Message::PaymentReceipt(receipt)),
                ..
            }) = documents.said(paid.id)
            else {
                continue;
            };
            if order.quote.is_none() && receipt.charged.is_none() {
                continue;
            }
            self.used = self.used.saturating_add(1);
            self.legs = self.legs.saturating_sub(2);
            let legs = legs.get(&paid.id).map(Vec::as_slice).unwrap_or_default();
            if !exchanged(conn, paid, order, receipt, legs)? {
                report
                    .find(place("payment", paid.id), "its quote, its receipt and its two legs do not agree");
            }
        }
        Ok(())
    }

    /// Adds a leg to our position. `true` if it belongs to a payment's own two.
    fn add(&mut self, transfer: &TransferRow) -> bool {
        let micros = transfer.micros;
        let (ours, gained, own) = match TransferKind::parse(&transfer.kind) {
            Ok(TransferKind::ExchangeSold) => (transfer.credit, micros, true),
            Ok(TransferKind::ExchangeBought) => (transfer.debit, micros.saturating_neg(), true),
            Ok(TransferKind::ExchangeReturned | TransferKind::ExchangeDisputed) => {
                (transfer.credit, micros, false)
            }
            Ok(TransferKind::ExchangeRestored | TransferKind::ExchangeAwarded) => {
                (transfer.debit, micros.saturating_neg(), false)
            }
            _ => return false,
        };
        let position = self.positions.entry(ours).or_default();
        *position = position.saturating_add(i128::from(gained));
        if own {
            self.legs = self.legs.saturating_add(1);
        } else {
            let (price, charged) = self.returned.entry(transfer.payment).or_default();
            *price = price.saturating_add(gained.max(0));
            *charged = charged.saturating_sub(gained.min(0));
        }
        own
    }

    /// Words of ours that declare rates: the register says the same.
    fn declared(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let text = String::from_utf8_lossy(&said.words).into_owned();
        let Some(("rates", rest)) = text.split_once(' ') else { return Ok(()) };
        self.days = self.days.saturating_add(1);
        let mut parts = rest.split(' ');
        let (source, day) = (parts.next(), parts.next().and_then(|day| Day::parse(day).ok()));
        let rows = match source.zip(day) {
            Some((source, day)) => exchange::rates_of(conn, source, day.as_millis())?,
            None => Vec::new(),
        };
        let here = rows.iter().all(|rate| rate.declared_at == row.id);
        let registered = DeclaredRates::read(&rows).ok().flatten().map(|rates| words(&rates));
        if !here || text.split(" file ").next() != registered.as_deref() {
            report.find(place("evidence", row.id), "the rates that it declares are registered otherwise");
        }
        Ok(())
    }

    /// Compares what is registered with what must be.
    pub(super) fn close(mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let (quotes, used) = exchange::quote_counts(conn)?;
        if (quotes, used) != (self.quotes, self.used) {
            let fault = format!(
                "{quotes} are registered and {used} used, {} were made and {} used",
                self.quotes, self.used
            );
            report.find("quote", fault);
        }
        let days = exchange::days_declared(conn)?;
        if days != self.days {
            report.find("rate", format!("{days} days are registered, {} were declared", self.days));
        }
        if self.legs != 0 {
            report.find("transfer", format!("{} legs of exchanges belong to no payment", self.legs));
        }
        for account in exchange::position_accounts(conn)? {
            let sum = self.positions.remove(&account.id).unwrap_or_default();
            if sum != i128::from(account.balance) {
                let fault = format!("stands at {}, its legs sum to {sum}", account.balance);
                report.find(place("account", account.id), fault);
            }
        }
        for account in self.positions.keys() {
            report.find(place("account", *account), "holds legs of exchanges and is no position");
        }
        for (id, returned) in self.returned {
            if !restored(conn, id, returned)? {
                report.find(place("payment", id), "was not given back at the rate that it was paid at");
            }
        }
        Ok(())
    }
}

fn quoted(
    conn: &mut Conn,
    row: &EvidenceRow,
    request: &QuoteRequest,
    quote: &Quote,
) -> Result<bool, StorageError> {
    let Some(registered) = exchange::quote_by_id(conn, quote.quote_id.as_bytes())? else { return Ok(false) };
    let consumer = party::by_id(conn, registered.consumer)?;
    let follows = quote.rate.convert(quote.price, quote.charged.currency());
    Ok(registered.position == row.id
        && consumer.is_some_and(|party| party.name == request.consumer.as_str())
        && (request.price, request.currency) == (quote.price, quote.charged.currency())
        && follows == Ok((quote.charged, registered.rounded_nanos))
        && is_quote(&registered, quote.price.micros(), quote.price.currency().as_str())
        && registered.charged_micros == quote.charged.micros()
        && registered.charged_currency == quote.charged.currency().as_str()
        && registered.nanos == quote.rate.nanos()
        && registered.valid_until == quote.valid_until.as_millis())
}

fn is_quote(registered: &QuoteRow, price_micros: i64, price_currency: &str) -> bool {
    registered.price_micros == price_micros && registered.price_currency == price_currency
}

fn exchanged(
    conn: &mut Conn,
    paid: &PaymentRow,
    order: &PaymentOrder,
    receipt: &PaymentReceipt,
    legs: &[&TransferRow],
) -> Result<bool, StorageError> {
    let Some((quote, (charged, rate))) = order.quote.zip(receipt.charged) else { return Ok(false) };
    let Some(quote) = exchange::quote_by_id(conn, quote.as_bytes())? else { return Ok(false) };
    let promised = quote.payment == Some(paid.id)
        && quote.consumer == paid.consumer
        && is_quote(&quote, paid.micros, &paid.currency)
        && quote.charged_micros == charged.micros()
        && quote.charged_currency == charged.currency().as_str()
        && quote.nanos == rate.nanos()
        && time_of(paid.id).as_millis() < quote.valid_until;
    let leg = |kind: TransferKind| {
        let mut these = legs.iter().filter(|leg| leg.kind == kind.as_str());
        these.next().filter(|_| these.next().is_none())
    };
    let sold = leg(TransferKind::ExchangeSold)
        .is_some_and(|leg| leg.debit == paid.consumer_account && leg.micros == charged.micros());
    let bought = leg(TransferKind::ExchangeBought)
        .is_some_and(|leg| leg.credit == paid.merchant_account && leg.micros == paid.micros);
    Ok(promised && sold && bought)
}

/// In proportion, and all of it in the end.
fn restored(conn: &mut Conn, id: i64, (price, charged): (i64, i64)) -> Result<bool, StorageError> {
    let (paid, quote) = (payment::payment_at(conn, id)?, exchange::quote_of(conn, id)?);
    Ok(paid.zip(quote).is_some_and(|(paid, quote)| {
        paid.refunded_micros == price && given_back(quote.charged_micros, paid.micros, price) == Some(charged)
    }))
}
