//! Runs a table of acts against the core in this process.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use core_payment::{AdminError, Attempt, Core, Outcome, Reply};
use payment_domain::{
    Capability, ConsumerId, Currency, Method, Offer, OfferId, OrderId, PaymentOrder, RefundId, RefundOrder,
    RequestId,
};
use payment_message::message::UnexpectedKind;
use payment_message::{
    Message, Sender, SenderError, Senders, State, StatusRequest, StrictEngine, Verified, canonical, open,
};
use payment_trust::Certificate;
use tests::audit;
use tests::database::Database;
use tests::random;
use tests::town::{Signed, Town, euros};

/// Runs the acts in order, compares each answer, and ends with the audit.
pub(crate) async fn table(database: Database, acts: &str) -> Result<()> {
    let town = Town::found(&database).await?;
    let core = town.core(&database)?;
    let mut stage = Stage::new(&town, core.clone());
    let mut waiting: Vec<(&str, Verified<PaymentOrder>)> = Vec::new();
    let mut together = false;
    for line in acts.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line {
            "together" => together = true,
            "go" => {
                together = false;
                let answers = waiting.iter().map(|(_, order)| core.accept_order(Verified::clone(order)));
                // Polled in the order of the lines, so that they are queued in that order.
                for ((line, _), answer) in waiting.iter().zip(join(answers).await) {
                    expect(line, &said(&answer?)?)?;
                }
            }
            _ if together => waiting.push((line, stage.order(words(line).0)?)),
            _ => {
                let answer = stage.act(words(line).0).await.with_context(|| line.to_owned())?;
                expect(line, &answer)?;
            }
        }
    }
    core.shut_down();
    let report = audit::audit(&town, &database)?;
    ensure!(report.passes(), "the audit finds {:#?}", report.findings);
    Ok(())
}

async fn join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(context) {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

fn words(line: &str) -> (&str, Option<&str>) {
    line.split_once('=').map_or((line, None), |(act, answer)| (act.trim(), Some(answer.trim())))
}

fn expect(line: &str, answer: &str) -> Result<()> {
    let expected = words(line).1.unwrap_or_default();
    ensure!(answer == expected, "{line}\n  was answered: {answer}");
    Ok(())
}

struct Stage<'t> {
    town: &'t Town,
    core: Core,
    offers: BTreeMap<String, Signed<Offer>>,
    orders: BTreeMap<String, Verified<PaymentOrder>>,
    refunds: BTreeMap<String, RefundId>,
    ids: BTreeMap<String, RequestId>,
    attempts: BTreeMap<String, Attempt>,
}

/// Everybody in town may sign.
struct Everybody<'t>(&'t Town);

impl Senders for Everybody<'_> {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let certificate = Certificate::from_der(certificate_hint).map_err(|_| SenderError::Unknown)?;
        ensure_known(self.0, &certificate)?;
        Ok(Arc::new(certificate.to_sender()))
    }
}

fn ensure_known(town: &Town, certificate: &Certificate) -> Result<(), SenderError> {
    let party = town.party(certificate.party().as_str());
    let same = party.credential.certificate().fingerprint() == certificate.fingerprint();
    if same { Ok(()) } else { Err(SenderError::Unknown) }
}

impl<'t> Stage<'t> {
    fn new(town: &'t Town, core: Core) -> Self {
        Self {
            town,
            core,
            offers: BTreeMap::new(),
            orders: BTreeMap::new(),
            refunds: BTreeMap::new(),
            ids: BTreeMap::new(),
            attempts: BTreeMap::new(),
        }
    }

    async fn act(&mut self, act: &str) -> Result<String> {
        let words: Vec<_> = act.split_whitespace().collect();
        match words.as_slice() {
            ["offer", name, merchant, price, rest @ ..] => self.offer(name, merchant, price, rest).await,
            ["pay", name, ..] => {
                let order = self.order(act)?;
                let reply = self.core.accept_order(order).await?;
                let again = self.attempts.contains_key(*name);
                let answer = self.noted(name, reply)?;
                Ok(if again { format!("{answer} again") } else { answer })
            }
            ["refund", name, order, merchant, amount] => {
                let refund = self.refund(name, order, merchant, amount)?;
                let reply = self.core.refund(refund).await?;
                self.noted(name, reply)
            }
            ["finish", name, outcome] => {
                let attempt = self.attempts.get(*name).context("no attempt")?.id;
                let outcome = match *outcome {
                    "approved" => Outcome::Approved { reference: "ref-1".to_owned() },
                    "declined" => Outcome::Declined { reason: "no".to_owned() },
                    _ => Outcome::Unknown,
                };
                said(&self.core.finish_attempt(attempt, outcome).await?)
            }
            ["status", order, who] => {
                let order_id = self.orders.get(*order).context("no order")?.message().order_id;
                let request: Verified<StatusRequest> =
                    self.verify(&self.town.ask(who, order_id)?.document)?;
                said(&self.core.status(request).await?)
            }
            ["topup", name, who, amount] => {
                let id =
                    *self.ids.entry((*name).to_owned()).or_insert_with(|| RequestId::new(random::uuid()));
                match self.core.top_up(id, &ConsumerId::parse(who)?, euros(amount)).await {
                    Ok(_) => Ok("posted".to_owned()),
                    Err(AdminError::IdReused) => Ok("id-reused".to_owned()),
                    Err(error) => bail!(error),
                }
            }
            ["balances", who @ ..] => self.balances(who),
            _ => bail!("no such act"),
        }
    }

    fn balances(&self, who: &[&str]) -> Result<String> {
        let mut balances = Vec::new();
        for name in who {
            let party = &self.town.party(name).id;
            let balance = self.core.balance(party, Currency::EUR)?.context("no account")?;
            balances.push(balance.decimal());
        }
        Ok(balances.join(" "))
    }

    async fn offer(&mut self, name: &str, merchant: &str, price: &str, rest: &[&str]) -> Result<String> {
        if !self.offers.contains_key(name) {
            let draft = self.town.offer(merchant, price).id(OfferId::new(random::uuid()));
            let draft = if rest == ["once"] { draft.once() } else { draft };
            self.offers.insert(name.to_owned(), draft.sign()?);
        }
        let offer: Verified<Offer> = self.verify(&self.offers[name].document)?;
        said(&self.core.deposit_offer(offer).await?)
    }

    fn order(&mut self, act: &str) -> Result<Verified<PaymentOrder>> {
        let words: Vec<_> = act.split_whitespace().collect();
        let ["pay", name, who, offer, terminal @ ..] = words.as_slice() else { bail!("no payment: {act}") };
        let offer = self.offers.get(*offer).context("no offer")?;
        if let Some(known) = self.orders.get(*name) {
            let same =
                known.message().offer_id == offer.message.offer_id && known.sender().party().as_str() == *who;
            if same {
                return Ok(known.clone());
            }
        }
        let known = self.orders.get(*name).map(|order| order.message().order_id);
        let id = known.unwrap_or_else(|| OrderId::new(random::uuid()));
        let mut draft = self.town.order(offer).by(&self.town.party(who)).id(id);
        if let [terminal] = terminal {
            draft = draft.from(Capability::parse(terminal)?, Method::OneTimeCode);
        }
        let order: Verified<PaymentOrder> = self.verify(&draft.sign()?.document)?;
        self.orders.entry((*name).to_owned()).or_insert_with(|| order.clone());
        Ok(order)
    }

    fn refund(&mut self, name: &str, order: &str, who: &str, amount: &str) -> Result<Verified<RefundOrder>> {
        let order = self.orders.get(order).context("no order")?.message();
        let id = *self.refunds.entry(name.to_owned()).or_insert_with(|| RefundId::new(random::uuid()));
        let mut draft = self.town.refund(order, amount).id(id);
        // The same words are the same message.
        draft.refund.created_at = order.created_at;
        draft.refund.merchant = payment_domain::MerchantId::parse(who)?;
        let signed = draft.signed_by(&self.town.party(who)).sign()?;
        self.verify(&signed.document)
    }

    fn verify<T>(&self, document: &[u8]) -> Result<Verified<T>>
    where
        T: TryFrom<Message, Error = UnexpectedKind>,
    {
        verify(self.town, document)
    }

    fn noted(&mut self, name: &str, reply: Reply) -> Result<String> {
        let answer = said(&reply)?;
        if let Reply::Pending { attempt: Some(attempt), .. } = reply {
            ensure!(!self.attempts.contains_key(name), "an attempt was given out twice");
            self.attempts.insert(name.to_owned(), *attempt);
        }
        Ok(answer)
    }
}

/// Opens a message of somebody in town.
pub(crate) fn verify<T>(town: &Town, document: &[u8]) -> Result<Verified<T>>
where
    T: TryFrom<Message, Error = UnexpectedKind>,
{
    Ok(open(&StrictEngine, document, &Everybody(town))?.narrow()?)
}

/// What a reply says, in the words of the table.
fn said(reply: &Reply) -> Result<String> {
    let scanned = canonical::scan(reply.document())?;
    Ok(match Message::parse(scanned.body())? {
        Message::PaymentReceipt(receipt) => format!("{} {}", receipt.mode, receipt.funding),
        Message::RefundReceipt(receipt) => format!("refunded {}", receipt.refunded_total.decimal()),
        Message::Rejection(rejection) => format!("refused {}", rejection.code),
        Message::StatusReport(report) => match (report.state, report.refunded) {
            (State::Refunded, Some(refunded)) => format!("refunded {}", refunded.decimal()),
            (state, _) => state.to_string(),
        },
        other => bail!("answered with {:?}", other.kind()),
    })
}
