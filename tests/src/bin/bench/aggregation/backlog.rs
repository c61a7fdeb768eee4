//! Micropayments to close: a crowd of consumers and merchants, and payments between them that were really signed,
//! verified, decided, posted and receipted, as fast as this machine does it without a door.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use core_payment::{Core, DatabaseUrl, Reply, ReplyKind, Settings};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use payment_domain::{Offer, PaymentOrder};
use payment_message::{Sender, SenderError, Senders, StrictEngine, open};
use tests::clock::MachineClock;
use tests::database::Database;
use tests::town::{Newcomer, Party, Signed, Town};

use crate::block_on;

/// Prices with their weights: EUR 0.001 to 2.00, most of them small, on average about EUR 0.10.
const PRICES: [(&str, u64); 12] = [
    ("0.001", 20),
    ("0.0015", 10),
    ("0.002", 10),
    ("0.005", 12),
    ("0.0075", 8),
    ("0.01", 10),
    ("0.02", 10),
    ("0.05", 8),
    ("0.10", 5),
    ("0.20", 3),
    ("0.50", 3),
    ("2.00", 1),
];
/// Everything that is drawn comes from here: the same payments on every machine and both databases.
pub(crate) const SEED: u64 = 20_261_121;
/// Orders of one thread that wait for their commit.
const IN_FLIGHT: usize = 256;
/// What is paid in beyond what will be spent: for the payments during a close.
const SPARE_MICROS: i64 = 10_000_000;
const TEN_EUROS: i64 = 10_000_000;

/// Who pays whom, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) payments: u64,
    pub(crate) consumers: u64,
    pub(crate) merchants: u64,
}

/// One payment as it is drawn.
#[derive(Debug, Clone, Copy)]
struct Draw {
    consumer: usize,
    merchant: usize,
    price: usize,
}

/// The crowd, the database, and the payments in it that nothing was closed of.
pub(crate) struct Backlog {
    // The database goes before the folder.
    pub(crate) database: Database,
    pub(crate) town: Town,
    pub(crate) plan: Plan,
    pub(crate) making: Duration,
    consumers: Vec<Arc<Party>>,
    /// By merchant, then by price.
    offers: Vec<Vec<Signed<Offer>>>,
}

impl Plan {
    pub(crate) fn tenth(self) -> Self {
        Self { payments: (self.payments / 10).max(1), ..self }
    }

    fn draw(&self, number: u64) -> Draw {
        let random = mixed(SEED.wrapping_add(number));
        let mut weight = (random >> 48) % PRICES.iter().map(|(_, weight)| weight).sum::<u64>();
        let price = PRICES.iter().position(|(_, share)| {
            let found = weight < *share;
            weight = weight.saturating_sub(*share);
            found
        });
        let place = |bits: u64, of: u64| usize::try_from(bits % of).unwrap_or_default();
        Draw {
            consumer: place(random & 0xff_ffff, self.consumers),
            merchant: place((random >> 24) & 0xff_ffff, self.merchants),
            price: price.unwrap_or_default(),
        }
    }

    /// What each consumer will spend, in micro-units.
    fn spending(&self) -> Result<Vec<i64>> {
        let prices: Vec<i64> = (0..PRICES.len()).map(price_micros).collect();
        let mut spending = vec![0; usize::try_from(self.consumers)?];
        for number in 0..self.payments {
            let draw = self.draw(number);
            spending[draw.consumer] += prices[draw.price];
        }
        Ok(spending)
    }
}

/// The price of micropayments during a close.
pub(crate) const LEAST_PRICE: usize = 0;

fn price_micros(price: usize) -> i64 {
    tests::town::euros(PRICES[price].0).micros()
}

/// SplitMix64: one number becomes another that looks random.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Consumers by turns pay beforehand and afterwards.
fn newcomer(number: usize, spending: i64) -> Newcomer {
    let name = format!("consumer-{number}");
    let tens = (spending + SPARE_MICROS) / TEN_EUROS + 1;
    let text = format!("{tens}0.00");
    let newcomer = if number.is_multiple_of(2) {
        Newcomer::prepaid(&name, &text)
    } else {
        Newcomer::postpaid(&name, &text)
    };
    newcomer.with_external("simulator:approve")
}

impl Backlog {
    /// Registers everybody and makes the payments.
    pub(crate) fn make(database: Database, plan: Plan) -> Result<Self> {
        let spending = plan.spending()?;
        let consumers = spending.iter().enumerate().map(|(number, micros)| newcomer(number, *micros));
        let merchants = (0..plan.merchants).map(|number| {
            Newcomer::merchant(&format!("merchant-{number}")).with_external("simulator:approve")
        });
        let mut town = block_on(Town::found(&database))?;
        std::fs::write(town.folder().join(POLICY_FILE), policy_text())?;
        let mut settings = Settings::new(DatabaseUrl::parse(database.url())?, policy()?);
        settings.writers = Some(1);
        let core = town.core_of(settings, Arc::new(MachineClock))?;
        let offers = block_on(async {
            town.settle_by(&core, consumers.chain(merchants)).await?;
            deposit(&core, &town, plan.merchants).await
        });
        let offers = offers.inspect_err(|_| core.shut_down())?;
        let consumers = (0..plan.consumers).map(|number| town.party(&format!("consumer-{number}"))).collect();
        let mut backlog = Self { database, town, plan, making: Duration::ZERO, consumers, offers };
        let start = Instant::now();
        let paid = backlog.pay_all(&core);
        core.shut_down();
        paid?;
        backlog.making = start.elapsed();
        Ok(backlog)
    }

    /// Orders of all consumers by turns at all merchants by turns, for the least price.
    pub(crate) fn orders(&self, count: usize) -> Result<Vec<Signed<PaymentOrder>>> {
        let order = |number: usize| {
            let consumer = &self.consumers[number * 13 % self.consumers.len()];
            let offers = &self.offers[number * 7 % self.offers.len()];
            self.town.order(&offers[LEAST_PRICE]).by(consumer).sign()
        };
        (0..count).map(order).collect()
    }

    /// A thread a core draws, signs, verifies and hands in; the core's own thread commits.
    fn pay_all(&self, core: &Core) -> Result<()> {
        let known = Known::of(&self.consumers);
        let (next, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let pay = || {
                let paid = block_on(self.pay_some(core, &known, (&next, &done)));
                // The others need not go on after a failure.
                paid.inspect_err(|_| next.store(self.plan.payments, Ordering::Relaxed))
            };
            let payers: Vec<_> = (0..threads).map(|_| scope.spawn(pay)).collect();
            scope.spawn(|| progress(&done, self.plan.payments, &stop));
            let outcome = payers
                .into_iter()
                .try_for_each(|payer| payer.join().map_err(|_| anyhow!("a thread that paid panicked"))?);
            stop.store(true, Ordering::Relaxed);
            outcome
        })?;
        ensure!(done.into_inner() == self.plan.payments, "not every payment was made");
        Ok(())
    }

    async fn pay_some(
        &self,
        core: &Core,
        known: &Known,
        (next, done): (&AtomicU64, &AtomicU64),
    ) -> Result<()> {
        let numbers = std::iter::from_fn(|| {
            Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < self.plan.payments)
        });
        let pay = |number| async move {
            let draw = self.plan.draw(number);
            let offer = &self.offers[draw.merchant][draw.price];
            let order = self.town.order(offer).by(&self.consumers[draw.consumer]).sign()?;
            let verified = open(&StrictEngine, &order.document, known)?.narrow()?;
            match core.accept_order(verified).await? {
                Reply::Signed { kind: ReplyKind::Accepted, .. } => {}
                other => {
                    anyhow::bail!("payment {number} was answered with {}", tests::counter::said(&other)?)
                }
            }
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        stream::iter(numbers).map(pay).buffer_unordered(IN_FLIGHT).try_collect().await
    }
}

async fn deposit(core: &Core, town: &Town, merchants: u64) -> Result<Vec<Vec<Signed<Offer>>>> {
    let mut offers = Vec::new();
    for number in 0..merchants {
        let mut catalogue = Vec::new();
        for (price, _) in PRICES {
            let offer = town.offer(&format!("merchant-{number}"), price).sign()?;
            core.deposit_offer(town.verify(&offer.document)?).await?;
            catalogue.push(offer);
        }
        offers.push(catalogue);
    }
    Ok(offers)
}

/// The crowd by certificate, found as fast as the gateway's cache finds it.
struct Known(HashMap<Vec<u8>, Arc<Sender>>);

impl Known {
    fn of(parties: &[Arc<Party>]) -> Self {
        let known = |party: &Arc<Party>| {
            let certificate = party.credential.certificate();
            (certificate.der().to_vec(), Arc::new(certificate.to_sender()))
        };
        Self(parties.iter().map(known).collect())
    }
}

impl Senders for Known {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        self.0.get(certificate_hint).cloned().ok_or(SenderError::Unknown)
    }
}

/// In the folder of the town, for the server.
pub(crate) const POLICY_FILE: &str = "policy.toml";

/// The built-in policy, but for what may be spent on credit in a month: the payments of many months are made in minutes.
fn policy_text() -> String {
    core_payment::policy::EU_DEFAULT_TOML.replace("month = \"300.00\"", "month = \"1000000.00\"")
}

pub(crate) fn policy() -> Result<payment_domain::Policy> {
    core_payment::policy::parse_toml(&policy_text()).context("the policy of the benchmark")
}

/// Says how far it is, once a second where somebody watches, else at every tenth.
fn progress(done: &AtomicU64, of: u64, stop: &AtomicBool) {
    let (start, watched) = (Instant::now(), std::io::stderr().is_terminal());
    let mut said = 0;
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(200));
        let made = done.load(Ordering::Relaxed);
        let tenth = made * 10 / of.max(1);
        if !watched && tenth == said {
            continue;
        }
        said = tenth;
        let rate = made as f64 / start.elapsed().as_secs_f64();
        eprint!("{}{made} of {of} payments made, {rate:.0} a second", if watched { "\r" } else { "" });
        eprint!("{}", if watched && made < of { "" } else { "\n" });
        let _ = std::io::stderr().flush();
    }
}
