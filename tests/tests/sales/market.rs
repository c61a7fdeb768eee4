//! A market: people buy, cancel, complain and get their money back, and the market remembers what should have become of
//! every order. What it remembers comes from what was done, never from the tables.

use std::sync::Arc;

use aggregation::dispute::Verdict;
use aggregation::terms::Terms;
use aggregation::{Aggregation, settlements};
use anyhow::{Context as _, Result, bail, ensure};
use backoffice::sales::Sales;
use backoffice::sales::compare::compare;
use backoffice::sales::fold::SalesWorker;
use backoffice::sales::query::SaleState;
use core_payment::{Attempt, Callback, Clock, Core, DatabaseUrl, Details, Outcome, Reply, Settings};
use payment_domain::{
    Authentication, Capability, CaptureId, CaptureOrder, ConsumerId, CouponTerms, DisputeId, DisputeOrder,
    Label, MerchantId, Method, Money, Offer, OrderId, PartyId, PaymentOrder, RefundOrder, Sale, Timestamp,
    VoidOrder,
};
use payment_message::{Code, Message};
use tests::clock::MachineClock;
use tests::counter::message;
use tests::database::{Database, Engine};
use tests::random;
use tests::simulation::dice::Dice;
use tests::town::{Newcomer, Signed, Town, euros};

const SEED: u64 = 20_261_124;
pub(crate) const MERCHANTS: [&str; 2] = ["bakery", "cinema"];
pub(crate) const CONSUMERS: [&str; 3] = ["frida", "gustav", "alice"];
/// Titles that begin alike, differ in case only, or need more than ASCII.
pub(crate) const TITLES: [&str; 6] =
    ["Croissant", "croissant au beurre", "Café crème", "Matinee", "CROISSANT AUX AMANDES", "100 % rye_bread"];

/// What should have become of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) order: PaymentOrder,
    pub(crate) consumer: &'static str,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) paid: i64,
    pub(crate) refunded: i64,
    pub(crate) state: SaleState,
}

/// Whether an order ended at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) merchant: String,
    pub(crate) code: Code,
}

pub(crate) struct Market {
    // Dropped in this order: the core before its database, the database before the folder.
    pub(crate) sales: Sales,
    pub(crate) core: Core,
    aggregation: Aggregation,
    pub(crate) database: Database,
    pub(crate) town: Town,
    pub(crate) known: Vec<Known>,
    pub(crate) turned: Vec<Turned>,
    pub(crate) dice: Dice,
}

impl Market {
    pub(crate) async fn open(database: Database) -> Result<Self> {
        Self::open_with(database, 1).await
    }

    /// With so many writers, where the engine takes several.
    pub(crate) async fn open_with(database: Database, writers: usize) -> Result<Self> {
        let mut town = Town::found(&database).await?;
        let url = DatabaseUrl::parse(database.url())?;
        let writers = if database.engine() == Engine::Sqlite { 1 } else { writers };
        let policy = core_payment::policy::eu_default()?;
        let settings = Settings { writers: Some(writers), ..Settings::new(url.clone(), policy) };
        let (clock, terms) = (Arc::new(MachineClock), Arc::new(Terms::default()));
        let core = town.core_settling(settings, clock.clone(), settlements(&terms))?;
        // The bakery is told of its receipts; nobody dispatches here.
        let callback = Some(Callback::parse("https://bakery.example/told", [7; 32])?);
        let told = Details { callback, ..Details::default() };
        let newcomers = vec![
            Newcomer::postpaid("frida", "1000.00").with_external("simulator:approve"),
            Newcomer::postpaid("gustav", "1000.00").with_external("simulator:approve"),
            Newcomer::merchant("bakery").with_details(told),
            Newcomer::merchant("cinema"),
        ];
        town.settle_by(&core, newcomers).await?;
        let aggregation = Aggregation::new(core.clone(), url.clone(), terms, clock);
        let sales = Sales::new(core.clone(), &url);
        let (known, turned) = (Vec::new(), Vec::new());
        Ok(Self { sales, core, aggregation, database, town, known, turned, dice: Dice::of(SEED, &[]) })
    }

    pub(crate) fn url(&self) -> Result<DatabaseUrl> {
        Ok(DatabaseUrl::parse(self.database.url())?)
    }

    /// A worker that has just been started.
    pub(crate) fn worker(&self, steps_of: u32) -> Result<SalesWorker> {
        let worker = SalesWorker::new(self.core.clone(), self.url()?, Arc::new(MachineClock));
        Ok(worker.with_steps_of(steps_of))
    }

    /// Folds all there is, and finds the journal in it.
    pub(crate) fn fold(&self) -> Result<()> {
        self.worker(64)?.fold_all()?;
        self.compare()
    }

    pub(crate) fn compare(&self) -> Result<()> {
        let compared = compare(&self.url()?)?;
        ensure!(compared.waiting == 0, "{} batches were not folded", compared.waiting);
        ensure!(compared.differences.is_empty(), "{:#?}", compared.differences);
        Ok(())
    }

    pub(crate) fn close(self) -> Result<()> {
        self.core.shut_down();
        let report = tests::audit::audit(&self.town, &self.database)?;
        ensure!(report.passes(), "the audit finds {:#?}", report.findings);
        Ok(())
    }

    /// A number below another, the same in every run.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.dice.below(u32::try_from(sides).expect("few sides"))).expect("a number")
    }

    pub(crate) async fn offer(
        &self,
        merchant: &str,
        price: &str,
        change: impl FnOnce(&mut Offer),
    ) -> Result<Signed<Offer>> {
        let offer = self.town.offer(merchant, price).with(change).sign()?;
        self.core.deposit_offer(self.town.verify(&offer.document)?).await?;
        Ok(offer)
    }

    /// An offer of something, called as the dice say.
    async fn something(&mut self, price: &str, change: impl FnOnce(&mut Offer)) -> Result<Signed<Offer>> {
        let merchant = MERCHANTS[self.roll(MERCHANTS.len())];
        let title = self.roll(TITLES.len());
        self.offer(merchant, price, |offer| {
            offer.title = label(TITLES[title]);
            offer.item = label(&format!("SKU-{title}"));
            change(offer);
        })
        .await
    }

    /// Orders, and remembers what came of it as far as it is known yet.
    pub(crate) async fn order(
        &mut self,
        consumer: &'static str,
        offer: &Signed<Offer>,
        change: impl FnOnce(&mut PaymentOrder),
    ) -> Result<(usize, Option<Box<Attempt>>)> {
        let order = self.town.order(offer).by(&self.town.party(consumer)).with(change).sign()?;
        let reply = self.core.accept_order(self.town.verify(&order.document)?).await?;
        let (paid, state, attempt) = match reply {
            Reply::Pending { attempt, .. } => (0, SaleState::Pending, attempt),
            reply => match message(&reply)? {
                Message::PaymentReceipt(receipt) => (receipt.amount.micros(), SaleState::Paid, None),
                other => bail!("answered with {other:?}"),
            },
        };
        self.known.push(Known {
            order: order.message,
            consumer,
            code: offer.message.item.as_str().to_owned(),
            title: offer.message.title.as_str().to_owned(),
            paid,
            refunded: 0,
            state,
        });
        Ok((self.known.len() - 1, attempt))
    }

    /// Pays a small amount from an account.
    pub(crate) async fn buy(&mut self) -> Result<usize> {
        let price = ["0.10", "0.25", "1.50"][self.roll(3)];
        let offer = self.something(price, |_| {}).await?;
        let consumer = CONSUMERS[self.roll(CONSUMERS.len())];
        Ok(self.order(consumer, &offer, |_| {}).await?.0)
    }

    /// Begins a payment from outside.
    pub(crate) async fn charge(&mut self) -> Result<(usize, Box<Attempt>)> {
        let offer = self.something("45.00", |_| {}).await?;
        let consumer = CONSUMERS[self.roll(CONSUMERS.len())];
        let (number, attempt) = self.order(consumer, &offer, |_| {}).await?;
        Ok((number, attempt.context("nobody is asked")?))
    }

    /// The same, to be captured later.
    pub(crate) async fn authorise(&mut self) -> Result<usize> {
        let deferred = |offer: &mut Offer| offer.capture = payment_domain::Capture::Deferred;
        let offer = self.something("20.00", deferred).await?;
        let (number, attempt) = self.order("frida", &offer, |_| {}).await?;
        let attempt = attempt.context("nobody is asked")?;
        self.answer(&attempt, true).await?;
        self.known[number].state = SaleState::Authorised;
        Ok(number)
    }

    pub(crate) async fn answer(&self, attempt: &Attempt, approve: bool) -> Result<Reply> {
        let outcome = if approve {
            Outcome::Approved { reference: format!("ref-{}", attempt.id) }
        } else {
            Outcome::Declined { reason: "no".to_owned() }
        };
        Ok(self.core.finish_attempt(attempt.id, outcome).await?)
    }

    pub(crate) async fn capture(&mut self, number: usize, amount: &str, approve: bool) -> Result<()> {
        let order = self.known[number].order.clone();
        let merchant = self.town.party(order.merchant.as_str());
        let amount = euros(amount);
        let (capture_id, created_at) = (CaptureId::new(random::uuid()), MachineClock.now());
        let (order_id, id) = (order.order_id, MerchantId::new(merchant.id.clone()));
        let capture = CaptureOrder { capture_id, order_id, merchant: id, amount, created_at };
        let signed = Signed::by(&merchant, capture)?;
        let Reply::Pending { attempt: Some(attempt), .. } =
            self.core.capture(self.town.verify(&signed.document)?).await?
        else {
            bail!("nobody is asked")
        };
        self.answer(&attempt, approve).await?;
        if approve {
            self.known[number].paid = amount.micros();
            self.known[number].state = SaleState::Paid;
        }
        Ok(())
    }

    async fn void(&mut self, number: usize) -> Result<()> {
        let order = self.known[number].order.clone();
        let merchant = self.town.party(order.merchant.as_str());
        let (void_id, created_at) = (CaptureId::new(random::uuid()), MachineClock.now());
        let id = MerchantId::new(merchant.id.clone());
        let void = VoidOrder { void_id, order_id: order.order_id, merchant: id, created_at };
        let signed = Signed::by(&merchant, void)?;
        let Reply::Pending { attempt: Some(attempt), .. } =
            self.core.void(self.town.verify(&signed.document)?).await?
        else {
            bail!("nobody is asked")
        };
        self.answer(&attempt, true).await?;
        self.known[number].state = SaleState::Voided;
        Ok(())
    }

    /// Gives something back; from outside only if that is approved.
    pub(crate) async fn refund(&mut self, number: usize, amount: &str, approve: bool) -> Result<()> {
        let refund = self.town.refund(&self.known[number].order, amount).sign()?;
        let reply = self.core.refund(self.town.verify::<RefundOrder>(&refund.document)?).await?;
        let mut given = euros(amount).micros();
        match reply {
            Reply::Pending { attempt, .. } => {
                let attempt = attempt.context("nobody is asked")?;
                self.answer(&attempt, approve).await?;
                given = if approve { given } else { 0 };
            }
            reply => match message(&reply)? {
                Message::RefundReceipt(_) => {}
                // The merchant has been paid nothing that it could give.
                Message::Rejection(rejection) if rejection.code == Code::InsufficientFunds => return Ok(()),
                other => bail!("answered with {other:?}"),
            },
        }
        let known = &mut self.known[number];
        known.refunded += given;
        known.state = known.settled();
        Ok(())
    }

    pub(crate) async fn dispute(&mut self, number: usize, amount: Money) -> Result<DisputeId> {
        let known = &mut self.known[number];
        let consumer = self.town.party(known.consumer);
        let now = MachineClock.now();
        let dispute = DisputeOrder {
            dispute_id: DisputeId::new(random::uuid()),
            consumer: ConsumerId::new(consumer.id.clone()),
            order_id: known.order.order_id,
            amount,
            reason: label("Never arrived"),
            authentication: Authentication {
                capability: Capability::App,
                method: Method::DeviceKey,
                authenticated_at: now,
                evidence: Vec::new(),
            },
            created_at: now,
        };
        let signed = Signed::by(&consumer, dispute.clone())?;
        let reply = self.core.request(self.aggregation.dispute(self.town.verify(&signed.document)?)).await?;
        ensure!(matches!(message(&reply)?, Message::StatusReport(_)), "the complaint was not taken");
        known.state = SaleState::Disputed;
        Ok(dispute.dispute_id)
    }

    pub(crate) async fn decide(
        &mut self,
        number: usize,
        id: DisputeId,
        verdict: Verdict,
        amount: i64,
    ) -> Result<()> {
        self.aggregation.resolve_dispute(id, verdict).await?;
        let known = &mut self.known[number];
        known.refunded += if verdict == Verdict::Consumer { amount } else { 0 };
        known.state = known.settled();
        Ok(())
    }

    /// Erin has nothing to pay with.
    pub(crate) async fn be_refused(&mut self) -> Result<()> {
        let offer = self.something("0.50", |_| {}).await?;
        let order = self.town.order(&offer).by(&self.town.party("erin")).sign()?;
        let reply = self.core.accept_order(self.town.verify(&order.document)?).await?;
        let Message::Rejection(rejection) = message(&reply)? else { bail!("erin has paid") };
        let merchant = offer.message.merchant.as_str().to_owned();
        self.turned.push(Turned { merchant, code: rejection.code });
        Ok(())
    }

    /// Frida buys a coupon, which is no sale yet, and pays with it, which is one; a part goes back into the coupon.
    pub(crate) async fn coupon(&mut self) -> Result<()> {
        let expires_at = MachineClock.now().saturating_add_millis(86_400_000);
        let terms = CouponTerms { expires_at, transferable: true };
        let sold = |offer: &mut Offer| (offer.sale, offer.coupon) = (Sale::Coupon, Some(terms));
        let offer = self.offer("bakery", "4.00", sold).await?;
        let frida = self.town.party("frida");
        let order = self.town.order(&offer).by(&frida).sign()?;
        let Reply::Pending { attempt: Some(attempt), .. } =
            self.core.accept_order(self.town.verify(&order.document)?).await?
        else {
            bail!("nobody is asked")
        };
        self.answer(&attempt, true).await?;
        let coupon = self.core.coupons(&frida.id)?.into_iter().next().context("no coupon")?.id;
        let cake = self.offer("bakery", "2.50", |offer| offer.title = label("Cake")).await?;
        let (number, mut attempt) = self.order("frida", &cake, |order| order.coupons = vec![coupon]).await?;
        let approve = self.roll(3) > 0;
        while let Some(step) = attempt.take() {
            if let Reply::Pending { attempt: next, .. } = self.answer(&step, approve).await? {
                attempt = next;
            }
        }
        if !approve {
            self.known[number].state = SaleState::Declined;
            return Ok(());
        }
        (self.known[number].paid, self.known[number].state) = (euros("2.50").micros(), SaleState::Paid);
        self.refund(number, "0.75", true).await
    }

    /// One thing that happens at a market.
    pub(crate) async fn act(&mut self) -> Result<()> {
        match self.roll(16) {
            0..=5 => drop(self.buy().await?),
            6 => {
                let (number, attempt) = self.charge().await?;
                self.answer(&attempt, true).await?;
                (self.known[number].paid, self.known[number].state) = (45_000_000, SaleState::Paid);
            }
            7 => {
                let (number, attempt) = self.charge().await?;
                self.answer(&attempt, false).await?;
                self.known[number].state = SaleState::Declined;
            }
            8 => drop(self.charge().await?),
            9 => {
                let number = self.authorise().await?;
                match self.roll(4) {
                    0 => {}
                    1 => self.void(number).await?,
                    2 => self.capture(number, "12.50", false).await?,
                    _ => self.capture(number, "12.50", true).await?,
                }
            }
            10 | 11 => {
                // Some of what was paid goes back, or all that is left.
                let paid: Vec<usize> = self.numbers(|known| {
                    matches!(known.state, SaleState::Paid | SaleState::PartlyRefunded)
                        && known.order.coupons.is_empty()
                });
                if let Some(number) = self.one_of(&paid) {
                    let left = self.known[number].paid - self.known[number].refunded;
                    let micros =
                        if self.roll(2) == 0 { left } else { (left / 2).max(10_000) / 10_000 * 10_000 };
                    let amount =
                        Money::from_micros(micros.min(left), self.known[number].order.amount.currency());
                    let approve = self.roll(3) > 0;
                    self.refund(number, &amount.decimal(), approve).await?;
                }
            }
            12 => {
                let number = self.buy().await?;
                let price = self.known[number].paid;
                let amount = self.known[number].order.amount;
                let id = self.dispute(number, amount).await?;
                match self.roll(3) {
                    0 => {}
                    1 => self.decide(number, id, Verdict::Merchant, price).await?,
                    _ => self.decide(number, id, Verdict::Consumer, price).await?,
                }
            }
            13 | 14 => self.be_refused().await?,
            _ => self.coupon().await?,
        }
        Ok(())
    }

    pub(crate) fn numbers(&self, fits: impl Fn(&Known) -> bool) -> Vec<usize> {
        let numbered = self.known.iter().enumerate();
        numbered.filter(|(_, known)| fits(known)).map(|(number, _)| number).collect()
    }

    pub(crate) fn one_of(&mut self, numbers: &[usize]) -> Option<usize> {
        if numbers.is_empty() { None } else { Some(numbers[self.roll(numbers.len())]) }
    }

    /// Where an order stands in the ledger, and so when it was made.
    pub(crate) fn position(&self, order: OrderId) -> Result<i64> {
        let hex: String = order.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let literal = match self.database.engine() {
            Engine::Sqlite => format!("x'{hex}'"),
            Engine::Postgres => format!("'\\x{hex}'::bytea"),
        };
        self.database.sql()?.number(&format!("SELECT id FROM payment WHERE order_id = {literal}"))
    }
}

impl Known {
    /// What became of a paid order that nobody complains about.
    fn settled(&self) -> SaleState {
        match self.refunded {
            0 => SaleState::Paid,
            back if back < self.paid => SaleState::PartlyRefunded,
            _ => SaleState::Refunded,
        }
    }
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::parse(name).expect("a party")
}

pub(crate) fn day(days: i64) -> Timestamp {
    MachineClock.now().saturating_add_millis(days * 86_400_000)
}
