//! The core in this process: for tests that play the external system, the policy or the calendar.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, bail, ensure};
use core_payment::exchange::QuoteFor;
use core_payment::purse::{Redemption, TopUp};
use core_payment::{Attempt, Clock, Core, DatabaseUrl, Outcome, Reply, Settings};
use payment_domain::{
    AttemptId, Currency, Money, Offer, PartyId, PaymentOrder, Policy, RefundOrder, Timestamp,
};
use payment_message::{Message, canonical};

use crate::audit;
use crate::clock;
use crate::database::Database;
use crate::town::{Newcomer, OfferDraft, Signed, Town};

/// A clock that goes with the machine's, and is put forward by the test.
#[derive(Debug, Default)]
pub struct Calendar(AtomicI64);

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        clock::now().saturating_add_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A town and a core.
pub struct Counter {
    // Dropped in this order: the core before its database, the database before the folder.
    pub core: Core,
    pub database: Database,
    pub town: Town,
    calendar: Arc<Calendar>,
}

impl Counter {
    /// A town with some more people, and the core on its database. The test may change the policy.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(
        database: Database,
        newcomers: Vec<Newcomer>,
        change: impl FnOnce(&mut Policy),
    ) -> Result<Self> {
        let mut town = Town::found(&database).await?;
        let mut policy = core_payment::policy::eu_default()?;
        change(&mut policy);
        let calendar = Arc::new(Calendar::default());
        let settings = Settings::new(DatabaseUrl::parse(database.url())?, policy);
        let core = town.core_of(settings, calendar.clone())?;
        town.settle_by(&core, newcomers).await?;
        Ok(Self { core, database, town, calendar })
    }

    /// Puts the clock forward.
    pub fn wait(&self, millis: i64) {
        self.calendar.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// Deposits an offer.
    ///
    /// # Errors
    /// If it is not taken.
    pub async fn deposit(&self, draft: OfferDraft) -> Result<Signed<Offer>> {
        let offer = draft.sign()?;
        self.core.deposit_offer(self.town.verify(&offer.document)?).await?;
        Ok(offer)
    }

    /// Hands in any signed message, as the gateway does.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn hand_in<T: Clone + Into<Message>>(&self, signed: &Signed<T>) -> Result<Reply> {
        let document = &signed.document;
        let (core, town) = (&self.core, &self.town);
        Ok(match signed.message.clone().into() {
            Message::PaymentOrder(_) => core.accept_order(town.verify::<PaymentOrder>(document)?).await?,
            Message::RefundOrder(_) => core.refund(town.verify::<RefundOrder>(document)?).await?,
            Message::TopUpOrder(_) => core.request(TopUp::new(town.verify(document)?)).await?,
            Message::RedemptionOrder(_) => core.request(Redemption::new(town.verify(document)?)).await?,
            Message::QuoteRequest(_) => core.request(QuoteFor::new(town.verify(document)?)).await?,
            other => bail!("nobody hands in {:?}", other.kind()),
        })
    }

    /// The same for a message that has to come to an attempt.
    ///
    /// # Errors
    /// If it is answered otherwise.
    pub async fn begin<T: Clone + Into<Message>>(&self, signed: &Signed<T>) -> Result<Box<Attempt>> {
        match self.hand_in(signed).await? {
            Reply::Pending { attempt: Some(attempt), .. } => Ok(attempt),
            other => bail!("no attempt: {}", said(&other)?),
        }
    }

    /// Says what the external system said.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn finish(&self, attempt: AttemptId, outcome: &str) -> Result<String> {
        let outcome = match outcome {
            "approved" => Outcome::Approved { reference: "ref-1".to_owned() },
            "declined" => Outcome::Declined { reason: "no".to_owned() },
            _ => Outcome::Unknown,
        };
        said(&self.core.finish_attempt(attempt, outcome).await?)
    }

    /// What is on somebody's account in euros.
    ///
    /// # Errors
    /// If there is none.
    pub fn balance(&self, name: &str) -> Result<String> {
        self.balance_in(name, Currency::EUR)
    }

    /// What is on somebody's account.
    ///
    /// # Errors
    /// If there is none.
    pub fn balance_in(&self, name: &str, currency: Currency) -> Result<String> {
        let balance = self.core.balance(&PartyId::parse(name)?, currency)?;
        balance.map(Money::decimal).ok_or_else(|| anyhow::anyhow!("{name} has no account in {currency}"))
    }

    /// What one of our own accounts stands at, over all currencies; zero if it was never opened.
    ///
    /// # Errors
    /// If the database does not say.
    pub fn own(&self, kind: &str, label: &str) -> Result<i64> {
        self.database.sql()?.number(&format!(
            "SELECT COALESCE(SUM(balance), 0) FROM account WHERE owner IS NULL AND kind = '{kind}' AND label = '{label}'"
        ))
    }

    /// Stops the core and runs the audit, which has to count this many payments and find nothing wrong.
    ///
    /// # Errors
    /// With the findings.
    pub fn close(self, payments: u64) -> Result<()> {
        self.end().passes(payments)
    }

    /// Stops the core.
    #[must_use]
    pub fn end(self) -> Ended {
        self.core.shut_down();
        Ended { database: self.database, town: self.town }
    }
}

/// What is left when the core has stopped, for the audit.
#[derive(Debug)]
pub struct Ended {
    database: Database,
    town: Town,
}

impl Ended {
    /// Runs the audit, which has to count this many payments and find nothing wrong.
    ///
    /// # Errors
    /// With the findings.
    pub fn passes(&self, payments: u64) -> Result<()> {
        audit::passes(&self.town, &self.database, payments)
    }

    /// Runs the audit and says what it finds.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn faults(&self) -> Result<Vec<String>> {
        let findings = audit::audit(&self.town, &self.database)?.findings;
        Ok(findings.into_iter().map(|finding| finding.fault).collect())
    }

    /// Runs a statement against a copy of the database, and expects the audit to find this.
    ///
    /// # Errors
    /// If it does not.
    pub fn tamper(&self, statement: &str, expected: &str) -> Result<()> {
        let copy = self.database.copy()?;
        ensure!(copy.sql()?.touch(statement)? > 0, "nothing was touched: {statement}");
        let findings = audit::audit(&self.town, &copy)?.findings;
        let found = findings.iter().any(|finding| finding.fault.contains(expected));
        ensure!(found, "{statement}\n  expected {expected}, found {findings:#?}");
        Ok(())
    }
}

/// What the system said in a reply.
///
/// # Errors
/// If it is no message.
pub fn message(reply: &Reply) -> Result<Message> {
    let scanned = canonical::scan(reply.document())?;
    Ok(Message::parse(scanned.body())?)
}

/// The same in a few words.
///
/// # Errors
/// If it is no message.
pub fn said(reply: &Reply) -> Result<String> {
    Ok(match message(reply)? {
        Message::PaymentReceipt(receipt) => match receipt.charged {
            Some((charged, rate)) => format!("paid {} charged {charged} at {rate}", receipt.amount),
            None => format!("paid {}", receipt.amount),
        },
        Message::RefundReceipt(receipt) => format!("refunded {}", receipt.refunded_total.decimal()),
        Message::TopUpReceipt(receipt) => {
            format!("topped up {} to {}", receipt.amount.decimal(), receipt.balance.decimal())
        }
        Message::RedemptionReceipt(receipt) => {
            format!("redeemed {} to {}", receipt.amount.decimal(), receipt.balance.decimal())
        }
        Message::Quote(quote) => format!("quoted {} for {} at {}", quote.charged, quote.price, quote.rate),
        Message::StatusReport(report) => report.state.to_string(),
        Message::Rejection(rejection) => match rejection.challenge {
            Some(challenge) => format!("refused {} {challenge}", rejection.code),
            None => format!("refused {}", rejection.code),
        },
        other => bail!("answered with {:?}", other.kind()),
    })
}
