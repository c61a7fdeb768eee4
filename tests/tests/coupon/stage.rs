//! Runs a table of acts about coupons against the core in this process; the test plays the banks.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use core_payment::coupon::{CampaignDeposit, CouponInstruction, ExpireCoupons, Worth};
use core_payment::{Attempt, Core, Outcome, Reply};
use payment_domain::{
    Campaign, CampaignId, Capability, ConsumerId, CouponAct, CouponId, CouponOrder, CouponState, CouponTerms,
    Currency, Discount, Label, MerchantId, Method, Money, Msisdn, Offer, Payer, PaymentOrder, Policy,
    RefundOrder, RequestId, Sale, Timestamp,
};
use payment_message::{Message, Verified};
use tests::clock;
use tests::counter::{Counter, message};
use tests::database::{Database, Engine};
use tests::random;
use tests::town::{Signed, by_app, euros};

use crate::reading::said;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Runs the acts in order, compares each answer, and ends with the audit.
pub(crate) async fn table(database: Database, acts: &str) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage.play(acts).await?;
    stage.close()
}

pub(crate) struct Stage {
    pub(crate) counter: Counter,
    waited_ms: i64,
    payments: BTreeMap<String, Signed<PaymentOrder>>,
    offers: BTreeMap<String, Signed<Offer>>,
    instructions: BTreeMap<String, Signed<CouponOrder>>,
    refunds: BTreeMap<String, Signed<RefundOrder>>,
    campaigns: BTreeMap<String, Signed<Campaign>>,
    pub(crate) attempts: BTreeMap<String, Attempt>,
    pub(crate) coupons: BTreeMap<String, CouponId>,
    /// Name, expected answer, order.
    together: Option<Vec<(String, String, Verified<PaymentOrder>)>>,
}

impl Stage {
    pub(crate) async fn open(database: Database) -> Result<Self> {
        Self::open_by(database, |_| {}).await
    }

    /// With another policy.
    pub(crate) async fn open_by(database: Database, change: impl FnOnce(&mut Policy)) -> Result<Self> {
        Ok(Self::of(Counter::open(database, Vec::new(), change).await?))
    }

    /// With so many writers, where the engine takes several.
    pub(crate) async fn open_with(database: Database, writers: usize) -> Result<Self> {
        let mut stage = Self::open(database).await?;
        let writers = if stage.counter.database.engine() == Engine::Sqlite { 1 } else { writers };
        stage.reopen(writers)?;
        Ok(stage)
    }

    /// The server dies, and another one starts on its database.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.reopen(1)
    }

    fn reopen(&mut self, writers: usize) -> Result<()> {
        ensure!(self.waited_ms == 0, "a new core begins with the machine's clock");
        self.counter.core.shut_down();
        self.counter.core = self.counter.town.core_with(&self.counter.database, writers)?;
        Ok(())
    }

    fn of(counter: Counter) -> Self {
        Self {
            counter,
            waited_ms: 0,
            payments: BTreeMap::new(),
            offers: BTreeMap::new(),
            instructions: BTreeMap::new(),
            refunds: BTreeMap::new(),
            campaigns: BTreeMap::new(),
            attempts: BTreeMap::new(),
            coupons: BTreeMap::new(),
            together: None,
        }
    }

    pub(crate) async fn play(&mut self, acts: &str) -> Result<()> {
        for line in acts.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (act, expected) = line.split_once('=').unwrap_or((line, ""));
            match (act.trim(), &mut self.together) {
                ("together", _) => self.together = Some(Vec::new()),
                ("go", Some(_)) => self.go().await?,
                (act, Some(waiting)) => {
                    let name = act.split_whitespace().nth(1).context("no name")?.to_owned();
                    let mut orders = std::mem::take(waiting);
                    orders.push((name, expected.trim().to_owned(), self.order(act)?));
                    self.together = Some(orders);
                }
                (act, None) => {
                    let answer = self.act(act).await.with_context(|| line.to_owned())?;
                    ensure!(answer == expected.trim(), "{line}\n  was answered: {answer}");
                }
            }
        }
        Ok(())
    }

    /// How many payments there are: every order that was acknowledged.
    pub(crate) fn close(self) -> Result<()> {
        let payments = self.counter.database.sql()?.number("SELECT COUNT(*) FROM payment")?;
        self.counter.close(u64::try_from(payments)?)
    }

    pub(crate) fn core(&self) -> &Core {
        &self.counter.core
    }

    fn now(&self) -> Timestamp {
        clock::now().saturating_add_millis(self.waited_ms)
    }

    /// Orders that are queued at once, and so share a batch.
    async fn go(&mut self) -> Result<()> {
        let waiting = self.together.take().unwrap_or_default();
        let core = self.core().clone();
        let mut tasks = Vec::new();
        for (name, expected, order) in waiting {
            let core = core.clone();
            // Spawned tasks run in order on this one thread, up to where they wait for the writer.
            tasks.push((name, expected, tokio::spawn(async move { core.accept_order(order).await })));
        }
        for (name, expected, task) in tasks {
            let answer = self.noted(&name, &task.await??)?;
            ensure!(answer == expected, "{name} was answered: {answer}");
        }
        Ok(())
    }

    async fn act(&mut self, act: &str) -> Result<String> {
        let words: Vec<_> = act.split_whitespace().collect();
        match words.as_slice() {
            ["sell", name, merchant, price, terms @ ..] => self.sell(name, merchant, price, terms).await,
            ["offer", name, merchant, price, rest @ ..] => self.offer(name, merchant, price, rest).await,
            ["buy" | "pay", name, ..] => {
                let order = self.order(act)?;
                let reply = self.core().accept_order(order).await?;
                self.noted(name, &reply)
            }
            ["finish", name, outcome] => self.finish(name, outcome).await,
            ["refund", name, payment, amount] => self.refund(name, payment, amount).await,
            ["return", name, who, coupon] => {
                let coupon = self.coupon(coupon)?;
                self.instruct(name, who, CouponAct::Refund(coupon)).await
            }
            ["give", name, who, coupon, to] => {
                let to = match Msisdn::parse(to) {
                    Ok(msisdn) => Payer::Msisdn(msisdn),
                    Err(_) => Payer::Consumer(ConsumerId::parse(to)?),
                };
                let coupon = self.coupon(coupon)?;
                self.instruct(name, who, CouponAct::Gift { coupon, to }).await
            }
            ["campaign", name, merchant, discount, coupons, rest @ ..] => {
                self.campaign(name, merchant, discount, coupons, rest).await
            }
            ["claim", name, who, campaign] => {
                let id = match self.campaigns.get(*campaign) {
                    Some(campaign) => campaign.message.campaign_id,
                    None => CampaignId::new(random::uuid()),
                };
                self.instruct(name, who, CouponAct::Claim(id)).await
            }
            ["coupons", who] => self.held(who),
            ["wait", days, "days"] => {
                let millis = days.parse::<i64>()? * DAY_MS;
                self.counter.wait(millis);
                self.waited_ms += millis;
                Ok(String::new())
            }
            ["expire"] => {
                let done = self.core().perform(std::sync::Arc::new(ExpireCoupons { most: 100 })).await?;
                Ok(done.count.to_string())
            }
            ["balances", who @ ..] => {
                let balances = who.iter().map(|name| self.counter.balance(name));
                Ok(balances.collect::<Result<Vec<_>>>()?.join(" "))
            }
            ["own", kind, label] => {
                let micros = self.counter.own(kind, label)?;
                Ok(Money::from_micros(micros, Currency::EUR).decimal())
            }
            _ => bail!("no such act"),
        }
    }

    async fn sell(&mut self, name: &str, merchant: &str, price: &str, terms: &[&str]) -> Result<String> {
        let (mut days, mut transferable) = (30, true);
        for term in terms {
            match *term {
                "fixed" => transferable = false,
                other => days = other.parse()?,
            }
        }
        let expires_at = self.now().saturating_add_millis(days * DAY_MS);
        let draft = self.counter.town.offer(merchant, price).with(|offer| {
            offer.sale = Sale::Coupon;
            offer.coupon = Some(CouponTerms { expires_at, transferable });
            offer.valid_until = offer.valid_until.saturating_add_millis(300 * DAY_MS);
        });
        let reply = self.deposit(name, draft.sign()?).await?;
        said(&reply)
    }

    async fn offer(&mut self, name: &str, merchant: &str, price: &str, rest: &[&str]) -> Result<String> {
        let mut draft = self.counter.town.offer(merchant, price).with(|offer| {
            offer.valid_until = offer.valid_until.saturating_add_millis(300 * DAY_MS);
        });
        for word in rest {
            draft = match *word {
                "once" => draft.once(),
                "deferred" => draft.deferred(),
                item => draft.with(|offer| offer.item = label(item)),
            };
        }
        let reply = self.deposit(name, draft.sign()?).await?;
        said(&reply)
    }

    async fn deposit(&mut self, name: &str, offer: Signed<Offer>) -> Result<Reply> {
        let reply = self.core().deposit_offer(self.counter.town.verify(&offer.document)?).await?;
        self.offers.insert(name.to_owned(), offer);
        Ok(reply)
    }

    /// `buy NAME WHO OFFER` or `pay NAME WHO OFFER [TERMINAL[/METHOD]] with COUPON,… [for AMOUNT]`. A name that was used before is
    /// the same message again; with `!` it is another with the same id.
    pub(crate) fn order(&mut self, act: &str) -> Result<Verified<PaymentOrder>> {
        let words: Vec<_> = act.split_whitespace().collect();
        let [_, name, who, offer, rest @ ..] = words.as_slice() else { bail!("no payment: {act}") };
        let known = self.payments.get(name.trim_end_matches('!')).cloned();
        if let Some(known) = &known
            && !name.ends_with('!')
        {
            return self.counter.town.verify(&known.document);
        }
        let offer = self.offers.get(*offer).context("no offer")?;
        let party = self.counter.town.party(who);
        let mut draft = self.counter.town.order(offer).by(&party).made(self.now());
        if let Some(known) = known {
            draft = draft.id(known.message.order_id);
        }
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            draft = match *word {
                "with" => {
                    let names = rest.next().context("no coupons")?.split(',');
                    let coupons = names.map(|name| self.coupon(name)).collect::<Result<Vec<_>>>()?;
                    draft.with(|order| order.coupons = coupons)
                }
                "for" => draft.amount(rest.next().context("no amount")?),
                "signed-by" => draft.signed_by(&self.counter.town.party(rest.next().context("nobody")?)),
                terminal => {
                    let (terminal, method) = terminal.split_once('/').unwrap_or((terminal, ""));
                    let capability = Capability::parse(terminal)?;
                    let method = match (capability, method) {
                        (Capability::Sms, "") => Method::MsisdnCode,
                        (_, "") => Method::OneTimeCode,
                        (_, method) => Method::parse(method)?,
                    };
                    draft.from(capability, method)
                }
            };
        }
        let signed = draft.sign()?;
        let order = self.counter.town.verify(&signed.document)?;
        self.payments.entry((*name).to_owned()).or_insert(signed);
        Ok(order)
    }

    /// A coupon by name; one that nobody knows by another.
    fn coupon(&self, name: &str) -> Result<CouponId> {
        match name {
            "unknown" => Ok(CouponId::new(random::uuid())),
            _ => self.coupons.get(name).copied().with_context(|| format!("no coupon {name}")),
        }
    }

    async fn finish(&mut self, name: &str, outcome: &str) -> Result<String> {
        let attempt = self.attempts.get(name).context("no attempt")?.id;
        let outcome = match outcome {
            "approved" => Outcome::Approved { reference: "ref-1".to_owned() },
            "declined" => Outcome::Declined { reason: "no".to_owned() },
            _ => Outcome::Unknown,
        };
        let reply = self.core().finish_attempt(attempt, outcome).await?;
        self.noted(name, &reply)
    }

    async fn refund(&mut self, name: &str, payment: &str, amount: &str) -> Result<String> {
        let signed = match self.refunds.get(name) {
            Some(known) => known.clone(),
            None => {
                let order = &self.payments.get(payment).context("no payment")?.message;
                self.counter.town.refund(order, amount).sign()?
            }
        };
        let reply = self.core().refund(self.counter.town.verify(&signed.document)?).await?;
        self.refunds.insert(name.to_owned(), signed);
        self.noted(name, &reply)
    }

    async fn instruct(&mut self, name: &str, who: &str, act: CouponAct) -> Result<String> {
        let signed = match self.instructions.get(name.trim_end_matches('!')) {
            Some(known) if !name.ends_with('!') => known.clone(),
            known => {
                let id = known.map(|known| known.message.request_id);
                self.write(who, act, id)?
            }
        };
        let reply = self.submit(&signed).await?;
        self.instructions.entry(name.to_owned()).or_insert(signed);
        self.noted(name, &reply)
    }

    /// An instruction that was handed in.
    pub(crate) fn instruction(&self, name: &str) -> Option<&Signed<CouponOrder>> {
        self.instructions.get(name)
    }

    /// A gift that nobody has handed in yet.
    pub(crate) fn gift(&self, who: &str, coupon: &str, to: &str) -> Result<Signed<CouponOrder>> {
        let (coupon, to) = (self.coupon(coupon)?, Payer::Consumer(ConsumerId::parse(to)?));
        self.write(who, CouponAct::Gift { coupon, to }, None)
    }

    /// A claim that nobody has handed in yet.
    pub(crate) fn claim(&self, who: &str, campaign: &str) -> Result<Signed<CouponOrder>> {
        let campaign = self.campaigns.get(campaign).context("no campaign")?.message.campaign_id;
        self.write(who, CouponAct::Claim(campaign), None)
    }

    fn write(&self, who: &str, act: CouponAct, id: Option<RequestId>) -> Result<Signed<CouponOrder>> {
        let authentication = by_app();
        let order = CouponOrder {
            request_id: id.unwrap_or_else(|| RequestId::new(random::uuid())),
            consumer: ConsumerId::parse(who)?,
            act,
            created_at: authentication.authenticated_at,
            authentication,
        };
        self.counter.town.sign(who, order)
    }

    /// Hands in several instructions at once.
    pub(crate) async fn submit_all(&self, signed: &[Signed<CouponOrder>]) -> Result<Vec<String>> {
        let mut tasks = Vec::new();
        for signed in signed {
            let order = self.counter.town.verify(&signed.document)?;
            let core = self.core().clone();
            tasks.push(tokio::spawn(async move { core.request(CouponInstruction::new(order)).await }));
        }
        answers(tasks).await
    }

    /// Hands in several orders at once.
    pub(crate) async fn order_all(&self, orders: Vec<Verified<PaymentOrder>>) -> Result<Vec<String>> {
        let mut tasks = Vec::new();
        for order in orders {
            let core = self.core().clone();
            tasks.push(tokio::spawn(async move { core.accept_order(order).await }));
        }
        answers(tasks).await
    }

    /// Deposits a campaign that somebody signs.
    pub(crate) async fn deposit_campaign(&self, signer: &str, campaign: Campaign) -> Result<Reply> {
        let signed = self.counter.town.sign(signer, campaign)?;
        let deposit = CampaignDeposit::new(self.counter.town.verify(&signed.document)?);
        Ok(self.core().request(deposit).await?)
    }

    /// What banks have not answered yet.
    pub(crate) fn attempts_pending(&self) -> Result<Vec<Attempt>> {
        Ok(self.core().pending_attempts(self.now().saturating_add_millis(1000), None)?)
    }

    /// The same in words, sorted.
    pub(crate) fn pending(&self) -> Result<Vec<String>> {
        let pending = self.attempts_pending()?;
        let mut words: Vec<_> = pending
            .iter()
            .map(|attempt| format!("{} {}", attempt.operation, attempt.amount.decimal()))
            .collect();
        words.sort();
        Ok(words)
    }

    /// Hands in an instruction as it is.
    pub(crate) async fn submit(&self, signed: &Signed<CouponOrder>) -> Result<Reply> {
        let order = self.counter.town.verify(&signed.document)?;
        Ok(self.core().request(CouponInstruction::new(order)).await?)
    }

    async fn campaign(
        &mut self,
        name: &str,
        merchant: &str,
        discount: &str,
        coupons: &str,
        rest: &[&str],
    ) -> Result<String> {
        let signed = match self.campaigns.get(name) {
            Some(known) => known.clone(),
            None => {
                let discount = match discount.strip_suffix('%') {
                    Some(percent) => Discount::Ppm(percent.parse::<u32>()? * 10_000),
                    None => Discount::Amount(euros(discount)),
                };
                let campaign = Campaign {
                    campaign_id: CampaignId::new(random::uuid()),
                    merchant: MerchantId::parse(merchant)?,
                    title: label("Autumn"),
                    item: rest.first().map(|item| label(item)),
                    discount,
                    coupons: coupons.parse()?,
                    valid_from: self.now().saturating_add_millis(-60_000),
                    valid_until: self.now().saturating_add_millis(10 * DAY_MS),
                };
                self.counter.town.sign(merchant, campaign)?
            }
        };
        let deposit = CampaignDeposit::new(self.counter.town.verify(&signed.document)?);
        let reply = self.core().request(deposit).await?;
        self.campaigns.insert(name.to_owned(), signed);
        said(&reply)
    }

    fn held(&self, who: &str) -> Result<String> {
        let held = self.core().coupons(&self.counter.town.party(who).id)?;
        let mut words: Vec<_> = held
            .iter()
            .map(|held| {
                let name = self.coupons.iter().find(|(_, id)| **id == held.id).map_or("?", |(name, _)| name);
                let worth = match held.worth {
                    Worth::Value { remaining, reserved, .. } if reserved.micros() > 0 => {
                        format!("{}+{}", remaining.decimal(), reserved.decimal())
                    }
                    Worth::Value { remaining, .. } => remaining.decimal(),
                    Worth::Discount(_) => "discount".to_owned(),
                };
                format!("{name} {worth} {}", held.state)
            })
            .collect();
        words.sort();
        Ok(words.join(", "))
    }

    /// What a reply says; remembers the attempt or the coupon in it.
    fn noted(&mut self, name: &str, reply: &Reply) -> Result<String> {
        if let Reply::Pending { attempt: Some(attempt), .. } = reply {
            self.attempts.insert(name.to_owned(), (**attempt).clone());
        }
        if !reply.document().is_empty()
            && let Message::CouponReceipt(receipt) = message(reply)?
            && receipt.state != CouponState::Given
        {
            self.coupons.entry(name.to_owned()).or_insert(receipt.coupon);
        }
        said(reply)
    }
}

async fn answers(
    tasks: Vec<tokio::task::JoinHandle<Result<Reply, core_payment::SubmitError>>>,
) -> Result<Vec<String>> {
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(said(&task.await??)?);
    }
    Ok(answers)
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}
