//! A town, a core and its aggregation, with a clock that the test puts forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aggregation::calendar::Cadence;
use aggregation::dunning::Plan;
use aggregation::fee::FeeSchedule;
use aggregation::terms::{Amounts, Closing, Terms};
use aggregation::{Aggregation, settlements};
use anyhow::{Context as _, Result, bail, ensure};
use core_payment::{Clock, Core, DatabaseUrl, Outcome, Settings};
use payment_domain::{
    Bill, CreditNote, Currency, LedgerPosition, Offer, PartyId, PaymentOrder, PaymentReceipt, PayoutAdvice,
    RefundOrder, Reminder, RequestId, Statement, Timestamp,
};
use payment_message::{Message, canonical};
use tests::database::{Database, Engine};
use tests::town::{Newcomer, Signed, Town, euros};
use tests::{audit, clock, random};

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// A clock that goes with the machine's, and is put forward by the test.
#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        clock::now().saturating_add_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Stage {
    // Dropped in this order: the core before its database, the database before the folder.
    pub(crate) aggregation: Aggregation,
    pub(crate) core: Core,
    pub(crate) database: Database,
    pub(crate) town: Town,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) terms: Arc<Terms>,
}

/// Closes by the calendar only, every month, at once collected.
pub(crate) fn terms() -> Terms {
    Terms {
        step_transfers: 50,
        postpaid: Closing { cadence: Some(Cadence::Monthly), ..Closing::default() },
        prepaid: Closing { cadence: Some(Cadence::Monthly), ..Closing::default() },
        least_bill: Amounts::default(),
        fees: FeeSchedule {
            share_ppm: 15_000,
            fixed_micros: 1_000,
            minimum_micros: 1_000_000,
            cadence: Cadence::Weekly,
        },
        dunning: Plan { collect_after_ms: 0, ..Plan::default() },
        ..Terms::default()
    }
}

/// People who can be billed and paid, besides the usual ones.
pub(crate) fn newcomers() -> Vec<Newcomer> {
    vec![
        Newcomer::postpaid("frida", "1000.00").with_external("simulator:approve"),
        Newcomer::postpaid("gustav", "1000.00"),
        Newcomer::postpaid("hanna", "20.00").with_external("simulator:approve"),
        Newcomer::merchant("bakery").with_external("simulator:approve"),
        Newcomer::merchant("cinema").with_external("simulator:approve"),
    ]
}

impl Stage {
    pub(crate) async fn open(database: Database, terms: Terms) -> Result<Self> {
        Self::open_with(database, terms, 1).await
    }

    /// With so many writers, where the engine takes several.
    pub(crate) async fn open_with(database: Database, terms: Terms, writers: usize) -> Result<Self> {
        let mut town = Town::found(&database).await?;
        let clock = Arc::new(TestClock::default());
        let terms = Arc::new(terms);
        let (core, aggregation) = start(&town, &database, &terms, &clock, writers)?;
        town.settle_by(&core, newcomers()).await?;
        Ok(Self { aggregation, core, database, town, clock, terms })
    }

    /// Another process on the same database.
    pub(crate) fn another(&self) -> Result<(Core, Aggregation)> {
        start(&self.town, &self.database, &self.terms, &self.clock, 1)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wait(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) async fn offer(&self, merchant: &str, price: &str) -> Result<Signed<Offer>> {
        let now = self.now();
        let draft = self.town.offer(merchant, price);
        let draft = draft.valid(now.saturating_add_millis(-1), now.saturating_add_millis(400 * DAY));
        let offer = draft.sign()?;
        self.core.deposit_offer(self.town.verify(&offer.document)?).await?;
        Ok(offer)
    }

    /// Pays for an offer and returns the receipt and the order.
    pub(crate) async fn pay(
        &self,
        consumer: &str,
        offer: &Signed<Offer>,
    ) -> Result<(PaymentReceipt, PaymentOrder)> {
        self.pay_at(&self.core, consumer, offer).await
    }

    pub(crate) async fn pay_at(
        &self,
        core: &Core,
        consumer: &str,
        offer: &Signed<Offer>,
    ) -> Result<(PaymentReceipt, PaymentOrder)> {
        let order = self.town.order(offer).by(&self.town.party(consumer)).made(self.now()).sign()?;
        let reply = core.accept_order(self.town.verify(&order.document)?).await?;
        match message(reply.document())? {
            Message::PaymentReceipt(receipt) => Ok((receipt, order.message)),
            other => bail!("answered with {other:?}"),
        }
    }

    pub(crate) async fn refund(&self, order: &PaymentOrder, amount: &str) -> Result<()> {
        let refund = self.town.refund(order, amount).sign()?;
        let reply = self.core.refund(self.town.verify::<RefundOrder>(&refund.document)?).await?;
        match message(reply.document())? {
            Message::RefundReceipt(_) => Ok(()),
            other => bail!("answered with {other:?}"),
        }
    }

    pub(crate) fn balance(&self, name: &str) -> Result<String> {
        let balance = self.core.balance(&PartyId::parse(name)?, Currency::EUR)?;
        Ok(balance.context("no account")?.decimal())
    }

    /// Documents of a period, by their positions in order.
    fn documents(&self, book: &str, owner: &str) -> Result<Vec<Message>> {
        let query = format!(
            "SELECT CAST(p.position AS TEXT) AS value FROM period p JOIN party o ON o.id = p.owner \
             WHERE p.book = '{book}' AND o.name = '{owner}' AND p.position IS NOT NULL ORDER BY p.seq"
        );
        self.database.sql()?.words(&query)?.iter().map(|position| self.issued(position)).collect()
    }

    pub(crate) fn issued(&self, position: &str) -> Result<Message> {
        let document = self.core.issued(LedgerPosition::parse(position)?)?.context("no document")?;
        message(&document)
    }

    pub(crate) fn bills(&self, owner: &str) -> Result<Vec<Bill>> {
        let bill = |message| match message {
            Message::Bill(bill) => Ok(bill),
            other => bail!("not a bill: {other:?}"),
        };
        self.documents("postpaid", owner)?.into_iter().map(bill).collect()
    }

    pub(crate) fn statements(&self, owner: &str) -> Result<Vec<Statement>> {
        let statement = |message| match message {
            Message::Statement(statement) => Ok(statement),
            other => bail!("not a statement: {other:?}"),
        };
        self.documents("prepaid", owner)?.into_iter().map(statement).collect()
    }

    pub(crate) fn advices(&self, owner: &str) -> Result<Vec<PayoutAdvice>> {
        let advice = |message| match message {
            Message::PayoutAdvice(advice) => Ok(advice),
            other => bail!("not an advice: {other:?}"),
        };
        self.documents("merchant", owner)?.into_iter().map(advice).collect()
    }

    pub(crate) fn credit_notes(&self) -> Result<Vec<CreditNote>> {
        let query =
            "SELECT CAST(position AS TEXT) AS value FROM credit WHERE state = 'noted' ORDER BY transfer";
        let note = |position: &String| match self.issued(position)? {
            Message::CreditNote(note) => Ok(note),
            other => bail!("not a credit note: {other:?}"),
        };
        self.database.sql()?.words(query)?.iter().map(note).collect()
    }

    /// Letters about bills that are not paid, in order.
    pub(crate) fn reminders(&self) -> Result<Vec<Reminder>> {
        let query = "SELECT CAST(id AS TEXT) AS value FROM evidence WHERE kind = 'issued' ORDER BY id";
        let mut reminders = Vec::new();
        for position in self.database.sql()?.words(query)? {
            if let Message::Reminder(reminder) = self.issued(&position)? {
                reminders.push(reminder);
            }
        }
        Ok(reminders)
    }

    /// Ends every pending attempt of a purpose, as the external system says.
    pub(crate) async fn answer(&self, purpose: &str, approve: bool) -> Result<usize> {
        let pending = self.core.pending_attempts(self.now().saturating_add_millis(1), None)?;
        let mut ended = 0;
        for attempt in pending.iter().filter(|attempt| attempt.purpose.as_str() == purpose) {
            let outcome = if approve {
                Outcome::Approved { reference: format!("ref-{}", attempt.id) }
            } else {
                Outcome::Declined { reason: "no".to_owned() }
            };
            self.core.finish_attempt(attempt.id, outcome).await?;
            ended += 1;
        }
        Ok(ended)
    }

    /// Runs both audits.
    pub(crate) fn audit(&self) -> Result<()> {
        let report = audit::audit(&self.town, &self.database)?;
        ensure!(report.passes(), "the audit finds {:#?}", report.findings);
        let report = self.aggregation.audit()?;
        ensure!(report.passes(), "the audit of bills finds {:#?}", report.findings);
        Ok(())
    }

    /// Stops the core and, for each statement run against a copy of the database, expects the core's audit to find this.
    pub(crate) fn tamper(self, statements: &[(&str, &str)]) -> Result<()> {
        let Self { aggregation, core, database, town, .. } = self;
        core.shut_down();
        // Nobody may be connected while the database is copied.
        drop((core, aggregation));
        for (statement, expected) in statements {
            let copy = database.copy()?;
            ensure!(copy.sql()?.touch(statement)? > 0, "nothing was touched: {statement}");
            let findings = audit::audit(&town, &copy)?.findings;
            let found = findings.iter().any(|finding| finding.fault.contains(expected));
            ensure!(found, "{statement}\n  expected {expected}, found {findings:#?}");
        }
        Ok(())
    }

    pub(crate) fn number(&self, query: &str) -> Result<i64> {
        self.database.sql()?.number(query)
    }

    /// Stops the core and runs both audits.
    pub(crate) fn close(self) -> Result<()> {
        self.core.shut_down();
        self.audit()
    }
}

fn start(
    town: &Town,
    database: &Database,
    terms: &Arc<Terms>,
    clock: &Arc<TestClock>,
    writers: usize,
) -> Result<(Core, Aggregation)> {
    let url = DatabaseUrl::parse(database.url())?;
    let writers = if database.engine() == Engine::Sqlite { 1 } else { writers };
    let settings = Settings {
        writers: Some(writers),
        ..Settings::new(url.clone(), core_payment::policy::eu_default()?)
    };
    let core = town.core_settling(settings, clock.clone(), settlements(terms))?;
    let aggregation = Aggregation::new(core.clone(), url, terms.clone(), clock.clone());
    Ok((core, aggregation))
}

pub(crate) fn message(document: &[u8]) -> Result<Message> {
    Ok(Message::parse(canonical::scan(document)?.body())?)
}

/// The id of an act of an operator.
pub(crate) fn act() -> RequestId {
    RequestId::new(random::uuid())
}

pub(crate) fn micros(amount: &str) -> i64 {
    euros(amount).micros()
}
