//! One day, from its beginning to its end. Whatever of it has happened before a crash is found as it was left.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use core_payment::coupon::ExpireCoupons;
use core_payment::exchange::DeclareRates;
use core_payment::purse::ExpirePurses;
use core_payment::{Attempt, ChangeParty, Clock as _, Core, Outcome, Reply, ReplyKind};
use payment_domain::{AttemptId, CouponId, Digest, PartyId, Purpose};
use payment_message::Message;

use super::bank::{Answer, Bank};
use super::files::{self, goes_by_file};
use super::letters::{AFTERNOON_MS, Known, Letters, MORNING_MS, rates};
use super::office::{Office, after_midnight};
use super::people::{CONSUMERS, People, day_start};
use super::plan::{self, Deed, Key, Purchase, Task, Tender};
use super::process::journal;
use super::shop;
use super::stage::{Calendar, Tally, hand_in, read, word};

const HOUR_MS: i64 = 3_600_000;
/// Steps that one payment with coupons takes at most, and then some.
const MOST_STEPS: u32 = 100;

/// Lives one day after the other.
pub struct Runner {
    pub core: Core,
    bank: Bank,
    office: Office,
    seed: u64,
    people: People,
    calendar: Arc<Calendar>,
    tally: Tally,
}

impl Runner {
    /// Opens the core and the bank's journal.
    ///
    /// # Errors
    /// If one of them does not open.
    pub fn open(folder: &Path, database: &str, seed: u64) -> Result<Self> {
        let (people, calendar) = (People::open(folder)?, Arc::new(Calendar::of(database)?));
        let core = people.core(people.settings(database)?, calendar.clone())?;
        let bank = Bank::open(&journal(folder), seed)?;
        let office = Office::open(&core, database, seed, &calendar)?;
        Ok(Self { core, bank, office, seed, people, calendar, tally: Tally::default() })
    }

    /// Lives a day in which everything happens that is planned for it.
    ///
    /// # Errors
    /// If something happened that must not.
    pub async fn live(&mut self, day: u32) -> Result<Tally> {
        self.begin(day).await?;
        self.prepare(day).await?;
        let tasks = plan::tasks(self.seed, day);
        let (late, new): (Vec<_>, Vec<_>) = tasks.into_iter().partition(Task::is_late);
        self.at(day, MORNING_MS);
        self.send(day, new).await?;
        self.office.decide(&mut self.tally).await?;
        self.at(day, AFTERNOON_MS);
        if day.is_multiple_of(3) {
            // Payments go on while periods are closed.
            let (office, now) = (self.office.aggregation.clone(), self.calendar.now());
            let (sent, closed) = tokio::join!(self.send(day, late), office.close_due(now));
            sent?;
            ensure!(closed?.stuck.is_empty(), "a period cannot be closed beside payments");
        } else {
            self.send(day, late).await?;
        }
        self.end(day).await?;
        Ok(std::mem::take(&mut self.tally))
    }

    /// Lives days on which nobody wants anything and everybody outside answers, until nothing is pending.
    ///
    /// # Errors
    /// If something always is.
    pub async fn rest(&mut self, days: std::ops::Range<u32>) -> Result<Tally> {
        self.bank.calm = true;
        for day in days {
            self.begin(day).await?;
            self.end(day).await?;
            if self.core.pending_attempts(self.calendar.now().saturating_add_millis(1), None)?.is_empty() {
                return Ok(std::mem::take(&mut self.tally));
            }
        }
        anyhow::bail!("something is always pending")
    }

    fn at(&self, day: u32, millis: i64) {
        self.calendar.advance(day_start(day).saturating_add_millis(millis));
    }

    async fn begin(&mut self, day: u32) -> Result<()> {
        self.calendar.advance(after_midnight(day));
        self.office.close(&mut self.tally).await?;
        files::send(&self.core, &mut self.bank, day, &mut self.tally).await?;
        self.at(day, 6 * HOUR_MS);
        self.office.book(day, &mut self.bank, &mut self.tally).await?;
        let (now, today) = (self.calendar.now().saturating_add_millis(1), day_start(day));
        // Nobody but ourselves has begun anything yet today.
        let left = |attempt: &Attempt| {
            attempt.started_at >= today && !matches!(attempt.purpose, Purpose::Bill | Purpose::Payout)
        };
        let left = self.core.pending_attempts(now, None)?.iter().filter(|attempt| left(attempt)).count();
        self.tally.add("attempts left by a crash", u64::try_from(left)?);
        self.sweep(day).await
    }

    async fn end(&mut self, day: u32) -> Result<()> {
        self.at(day, 22 * HOUR_MS);
        self.sweep(day).await?;
        let expired = self.core.perform(Arc::new(ExpireCoupons { most: 100 })).await?;
        self.tally.add("coupons expired", u64::try_from(expired.count)?);
        let expired = self.core.perform(Arc::new(ExpirePurses { limit: 100 })).await?;
        self.tally.add("vouchers expired", u64::try_from(expired.taken.len())?);
        Ok(())
    }

    /// Everything before anybody buys: who is suspended, what a euro is worth, what is for sale.
    async fn prepare(&mut self, day: u32) -> Result<()> {
        self.at(day, 7 * HOUR_MS);
        self.office.administer(day).await?;
        for (place, consumer) in CONSUMERS.iter().enumerate() {
            let suspended = plan::is_suspended(self.seed, day, place);
            if suspended != (day > 0 && plan::is_suspended(self.seed, day - 1, place)) {
                let name = PartyId::parse(consumer.name)?;
                let change = ChangeParty { name, active: Some(!suspended), external: None, details: None };
                self.core.change_party(change).await?;
                self.tally.add(if suspended { "suspension" } else { "reinstatement" }, 1);
            }
        }
        if let Some(rates) = rates(self.seed, day)? {
            let declared =
                self.core.perform(Arc::new(DeclareRates { rates, file: Digest::new([7; 32]) })).await?;
            self.tally.add(if declared.is_ok() { "rates declared" } else { "rates declared again" }, 1);
        }
        let letters = Letters { seed: self.seed, people: &self.people };
        let mut documents: Vec<_> =
            shop::new_offers(day).map(|shelf| letters.offer(shelf)).collect::<Result<_>>()?;
        for campaign in shop::new_campaigns(self.seed, day) {
            let merchant = campaign.merchant.clone();
            documents.push(letters.sign(merchant.as_str(), campaign)?);
        }
        for reply in hand_in(&self.office.aggregation, &self.core, &self.people, documents).await? {
            let refused = matches!(reply, Reply::Signed { kind: ReplyKind::Rejected(_), .. });
            ensure!(!refused, "an offer or campaign was {}", word(&reply));
            self.tally.add("offers and campaigns", 1);
        }
        Ok(())
    }

    /// Sends messages, all at once, and sees through what comes of them at the bank.
    async fn send(&mut self, day: u32, tasks: Vec<Task>) -> Result<()> {
        let quotes = self.quotes(&tasks).await?;
        let letters = Letters { seed: self.seed, people: &self.people };
        let (mut sent, mut documents) = (Vec::new(), Vec::new());
        for (task, quote) in tasks.into_iter().zip(quotes) {
            let Some(known) = self.known(&task, quote)? else {
                self.tally.add(format!("{}: not possible yet", task.kind()), 1);
                continue;
            };
            let document = letters.write(day, &task, &known).with_context(|| format!("{task:?}"))?;
            documents.push(document.clone());
            if task.twice {
                documents.push(document);
            }
            sent.push(task);
        }
        let mut replies =
            hand_in(&self.office.aggregation, &self.core, &self.people, documents).await?.into_iter();
        let mut attempts = Vec::new();
        for task in sent {
            let reply = replies.next().context("a reply is missing")?;
            self.note(&task, &reply)?;
            if task.twice {
                let again = replies.next().context("a reply is missing")?;
                same_answer(&reply, &again).with_context(|| format!("{task:?} was sent twice"))?;
                attempts.extend(handed_out(again));
            }
            attempts.extend(handed_out(reply));
        }
        self.execute(day, attempts).await
    }

    fn note(&mut self, task: &Task, reply: &Reply) -> Result<()> {
        let (word, refused) =
            (word(reply), matches!(reply, Reply::Signed { kind: ReplyKind::Rejected(_), .. }));
        if let Some(flaw) = task.flaw {
            ensure!(refused, "{flaw:?} was answered with {word}: {task:?}");
            self.tally.add(format!("wrong on purpose: {flaw:?}"), 1);
        } else {
            self.tally.add(format!("{}: {word}", task.kind()), 1);
        }
        Ok(())
    }

    /// What the ledger has to say before a message can be written; `None` if what it is about is not there.
    fn known(&self, task: &Task, quote: Option<Reply>) -> Result<Option<Known>> {
        let coupons = match &task.deed {
            Deed::Buy(Purchase { tender: Tender::Coupons(bought), .. }) => bought.clone(),
            Deed::Buy(Purchase { tender: Tender::Discount(claimed), .. }) => {
                return Ok(self.claimed(*claimed)?.map(|id| Known { coupons: vec![id], quote: None }));
            }
            Deed::Give { coupon, .. } | Deed::Return { coupon, .. } => vec![*coupon],
            Deed::Buy(Purchase { tender: Tender::Quote, .. }) if task.flaw.is_none() => {
                let said = quote.map(|reply| read(reply.document())).transpose()?;
                return Ok(match said {
                    Some(Message::Quote(quote)) => {
                        Some(Known { quote: Some(quote.quote_id), ..Known::default() })
                    }
                    _ => None,
                });
            }
            _ => return Ok(Some(Known::default())),
        };
        let coupons: Option<Vec<_>> = coupons.iter().map(|key| self.bought(*key)).collect::<Result<_>>()?;
        Ok(coupons.map(|coupons| Known { coupons, quote: None }))
    }

    /// The coupon that an order of an earlier day has bought.
    fn bought(&self, key: Key) -> Result<Option<CouponId>> {
        let Some(task) = self.task(key) else { return Ok(None) };
        let Deed::Buy(bought) = &task.deed else { return Ok(None) };
        let letters = Letters { seed: self.seed, people: &self.people };
        let (order, digest) = letters.ordered(&task, bought);
        let Some(document) = self.core.receipt(order, &digest)? else { return Ok(None) };
        Ok(match read(&document)? {
            Message::CouponReceipt(receipt) => Some(receipt.coupon),
            _ => None,
        })
    }

    /// The discount that was claimed on an earlier day.
    fn claimed(&self, key: Key) -> Result<Option<CouponId>> {
        let Some(task) = self.task(key) else { return Ok(None) };
        let letters = Letters { seed: self.seed, people: &self.people };
        let claim = self.people.verify(&letters.write(key.day, &task, &Known::default())?)?;
        let Some(answer) = self.core.answered(&claim)? else { return Ok(None) };
        Ok(match read(answer.document())? {
            Message::CouponReceipt(receipt) => Some(receipt.coupon),
            _ => None,
        })
    }

    fn task(&self, key: Key) -> Option<Task> {
        plan::new_tasks(self.seed, key.day).into_iter().find(|task| task.key == key)
    }

    /// The answers to requests for quotes, for those tasks that need one.
    async fn quotes(&mut self, tasks: &[Task]) -> Result<Vec<Option<Reply>>> {
        let letters = Letters { seed: self.seed, people: &self.people };
        let wants = |task: &Task| match &task.deed {
            Deed::Buy(bought) if bought.tender == Tender::Quote => Some(letters.quote_request(task, bought)),
            _ => None,
        };
        let documents: Vec<_> = tasks.iter().map(|task| wants(task).transpose()).collect::<Result<_>>()?;
        let asked: Vec<_> = documents.iter().flatten().cloned().collect();
        let mut replies =
            hand_in(&self.office.aggregation, &self.core, &self.people, asked).await?.into_iter();
        let mut quotes = Vec::with_capacity(tasks.len());
        for document in documents {
            let reply = if document.is_some() { replies.next() } else { None };
            if let Some(reply) = &reply {
                self.tally.add(format!("quote: {}", word(reply)), 1);
            }
            quotes.push(reply);
        }
        Ok(quotes)
    }

    /// Executes attempts at the bank, and those that come of them.
    async fn execute(&mut self, day: u32, mut attempts: Vec<Attempt>) -> Result<()> {
        for _ in 0..MOST_STEPS {
            if attempts.is_empty() {
                return Ok(());
            }
            let answers = self.bank.receive(day, &attempts)?;
            let mut ends = Vec::with_capacity(attempts.len());
            for (mut attempt, mut answer) in attempts.into_iter().zip(answers) {
                if answer == Answer::NothingSent
                    && let Some(elsewhere) = self.elsewhere(&attempt).await?
                {
                    attempt.system = elsewhere;
                    answer = self.bank.receive(day, std::slice::from_ref(&attempt))?.remove(0);
                }
                let outcome = match answer {
                    Answer::Said(outcome) => outcome,
                    Answer::NothingSent => Outcome::Unknown,
                };
                ends.push((attempt.id, outcome));
            }
            attempts = self.finish(ends).await?;
        }
        anyhow::bail!("what begins at the bank never ends")
    }

    /// Another system for an attempt of which nothing was sent, once that is on record.
    async fn elsewhere(&mut self, attempt: &Attempt) -> Result<Option<String>> {
        let Some(to) = self.core.next_system(attempt).map(str::to_owned) else { return Ok(None) };
        let soon = self.calendar.now().saturating_add_millis(60_000);
        let moved = self.core.reroute_attempt(attempt.id, &attempt.system, &to, soon).await?;
        self.tally.add("attempts sent to another system", u64::from(moved));
        Ok(moved.then_some(to))
    }

    /// Tells the core what the bank has said. What it wants next.
    async fn finish(&mut self, ends: Vec<(AttemptId, Outcome)>) -> Result<Vec<Attempt>> {
        let tasks: Vec<_> = ends
            .into_iter()
            .map(|(id, outcome)| {
                let core = self.core.clone();
                let word = match &outcome {
                    Outcome::Approved { .. } => "approved",
                    Outcome::Declined { .. } => "declined",
                    Outcome::ActionRequired { .. } => "to be confirmed",
                    Outcome::Unknown => "unknown",
                };
                (word, tokio::spawn(async move { core.finish_attempt(id, outcome).await }))
            })
            .collect();
        let mut next = Vec::new();
        for (word, task) in tasks {
            next.extend(handed_out(task.await??));
            self.tally.add(format!("answer from outside: {word}"), 1);
        }
        Ok(next)
    }

    /// Asks about everything that is pending, and sends again what never arrived.
    async fn sweep(&mut self, day: u32) -> Result<()> {
        let now = self.calendar.now().saturating_add_millis(1);
        let mut after = None;
        let (mut unheard, mut ends) = (Vec::new(), Vec::new());
        loop {
            let page = self.core.pending_attempts(now, after)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let page: Vec<_> = page.into_iter().filter(|attempt| !goes_by_file(&attempt.system)).collect();
            let answers = self.bank.ask(day, &page)?;
            for (attempt, answer) in page.into_iter().zip(answers) {
                match answer {
                    Some(outcome) => ends.push((attempt.id, outcome)),
                    None => unheard.push(attempt),
                }
            }
        }
        let next = self.finish(ends).await?;
        self.execute(day, unheard).await?;
        self.execute(day, next).await
    }
}

/// The attempt in a reply: whoever gets it executes it, unless it goes by a file.
fn handed_out(reply: Reply) -> Option<Attempt> {
    match reply {
        Reply::Pending { attempt, .. } => {
            attempt.map(|attempt| *attempt).filter(|attempt| !goes_by_file(&attempt.system))
        }
        Reply::Signed { .. } => None,
    }
}

/// Of two answers to one message the second is the first again.
fn same_answer(first: &Reply, second: &Reply) -> Result<()> {
    ensure!(word(first) == word(second), "{}, then {}", word(first), word(second));
    let kept = matches!(first, Reply::Pending { .. } | Reply::Signed { kind: ReplyKind::Accepted, .. });
    ensure!(!kept || first.document() == second.document(), "two different documents: {}", word(first));
    Ok(())
}
