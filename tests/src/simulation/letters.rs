//! What people write: the signed message of each task. The same task is the same content, today and after a crash.

use anyhow::{Result, ensure};
use core_payment::exchange::{Day, DeclaredRates};
use payment_domain::{
    Authentication, Capability, CaptureId, CaptureOrder, ConsumerId, CouponAct, CouponId, CouponOrder,
    Currency, Digest, DisputeId, DisputeOrder, Label, Method, Money, Offer, OrderId, Payer, PaymentOrder,
    QuoteId, QuoteRequest, Rate, RedemptionOrder, RefundId, RefundOrder, RequestId, Timestamp, TopUpOrder,
    VoidOrder,
};
use payment_message::Message;

use super::dice::Dice;
use super::people::{CONSUMERS, MERCHANTS, People, day_start, dollars};
use super::plan::{Deed, Flaw, Key, Purchase, Task, Terminal};
use super::shop::{self, Shelf};

/// When of a day the orders come that begin something, in milliseconds.
pub const MORNING_MS: i64 = 9 * 3_600_000;
/// When those come that refer to something earlier.
pub const AFTERNOON_MS: i64 = 15 * 3_600_000;

/// What a message names that only the ledger knows.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub quote: Option<QuoteId>,
    pub coupons: Vec<CouponId>,
}

/// Writes everybody's messages.
#[derive(Clone, Copy)]
pub struct Letters<'p> {
    pub seed: u64,
    pub people: &'p People,
}

/// Who signs for a terminal, what it can do, how its holder was authenticated.
fn way(terminal: Terminal, consumer: &'static str) -> (&'static str, Capability, Method) {
    match terminal {
        Terminal::App => (consumer, Capability::App, Method::DeviceKey),
        Terminal::Browser => ("adapter-web", Capability::Browser, Method::OneTimeCode),
        Terminal::Wap => ("adapter-wap", Capability::Wap, Method::MsisdnPin),
        Terminal::Sms => ("adapter-sms", Capability::Sms, Method::MsisdnCode),
    }
}

impl Letters<'_> {
    /// Signs as somebody.
    ///
    /// # Errors
    /// If the key fails.
    pub fn sign(&self, name: &str, message: impl Into<Message>) -> Result<Vec<u8>> {
        Ok(message.into().sign(&self.people.party(name).credential)?)
    }

    /// The message of a task, sent on a day.
    ///
    /// # Errors
    /// If the key fails.
    pub fn write(&self, day: u32, task: &Task, known: &Known) -> Result<Vec<u8>> {
        let at = moment(day, task);
        let id = task.key.id(self.seed);
        let (request_id, order_of) = (RequestId::new(id), |key: &Key| OrderId::new(key.id(self.seed)));
        match &task.deed {
            Deed::Buy(bought) => self.sign(self.signer(task, bought), self.order(day, task, bought, known)),
            Deed::Capture { order, shelf, micros } => {
                let capture = CaptureOrder {
                    capture_id: CaptureId::new(id),
                    order_id: order_of(order),
                    merchant: shelf.merchant_id(),
                    amount: Money::from_micros(*micros, shelf.currency()),
                    created_at: at,
                };
                self.sign(MERCHANTS[shelf.merchant], capture)
            }
            Deed::Void { order, shelf } => {
                let (void_id, order_id) = (CaptureId::new(id), order_of(order));
                let void = VoidOrder { void_id, order_id, merchant: shelf.merchant_id(), created_at: at };
                self.sign(MERCHANTS[shelf.merchant], void)
            }
            Deed::Refund { order, shelf, micros } => {
                let refund = RefundOrder {
                    refund_id: RefundId::new(id),
                    order_id: order_of(order),
                    merchant: shelf.merchant_id(),
                    amount: Money::from_micros(*micros, shelf.currency()),
                    created_at: at,
                };
                self.sign(MERCHANTS[shelf.merchant], refund)
            }
            Deed::Dispute { order, consumer, shelf, micros } => {
                let dispute = DisputeOrder {
                    dispute_id: DisputeId::new(id),
                    consumer: consumer_id(*consumer),
                    order_id: order_of(order),
                    amount: Money::from_micros(*micros, shelf.currency()),
                    reason: Label::parse("It never came")?,
                    authentication: by_app(at),
                    created_at: at,
                };
                self.sign(CONSUMERS[*consumer].name, dispute)
            }
            Deed::TopUp { consumer, micros } => {
                let order = TopUpOrder {
                    top_up_id: request_id,
                    consumer: consumer_id(*consumer),
                    amount: Money::from_micros(*micros, Currency::EUR),
                    authentication: by_app(at),
                    created_at: at,
                };
                let wrong = task.flaw == Some(Flaw::WrongSigner);
                self.sign(if wrong { neighbour(*consumer) } else { CONSUMERS[*consumer].name }, order)
            }
            Deed::Redeem { consumer, micros } => {
                let order = RedemptionOrder {
                    redemption_id: request_id,
                    consumer: consumer_id(*consumer),
                    amount: Money::from_micros(*micros, Currency::EUR),
                    authentication: by_app(at),
                    created_at: at,
                };
                self.sign(CONSUMERS[*consumer].name, order)
            }
            Deed::Claim { consumer, .. }
            | Deed::Give { from: consumer, .. }
            | Deed::Return { consumer, .. } => {
                let order = CouponOrder {
                    request_id,
                    consumer: consumer_id(*consumer),
                    act: self.act(day, task, known)?,
                    authentication: by_app(at),
                    created_at: at,
                };
                self.sign(CONSUMERS[*consumer].name, order)
            }
        }
    }

    /// An order and its digest, for whoever asks for its receipt.
    #[must_use]
    pub fn ordered(&self, task: &Task, bought: &Purchase) -> (OrderId, Digest) {
        let order = self.order(task.key.day, task, bought, &Known::default());
        (order.order_id, Message::from(order).digest())
    }

    /// What somebody asks before paying abroad.
    ///
    /// # Errors
    /// If the key fails.
    pub fn quote_request(&self, task: &Task, bought: &Purchase) -> Result<Vec<u8>> {
        let request = QuoteRequest {
            request_id: RequestId::new(task.key.dice(self.seed, 0x90).uuid()),
            consumer: consumer_id(bought.consumer),
            price: bought.shelf.price(self.seed),
            currency: Currency::EUR,
            created_at: moment(task.key.day, task).saturating_add_millis(-60_000),
        };
        self.sign(CONSUMERS[bought.consumer].name, request)
    }

    /// What is sold.
    ///
    /// # Errors
    /// If the key fails.
    pub fn offer(&self, shelf: Shelf) -> Result<Vec<u8>> {
        self.sign(MERCHANTS[shelf.merchant], shelf.offer(self.seed))
    }

    fn act(&self, day: u32, task: &Task, known: &Known) -> Result<CouponAct> {
        if let Deed::Claim { merchant, .. } = task.deed {
            return Ok(CouponAct::Claim(shop::campaign(self.seed, day, merchant).campaign_id));
        }
        ensure!(!known.coupons.is_empty(), "no coupon for {task:?}");
        let coupon = known.coupons[0];
        Ok(match task.deed {
            Deed::Give { to, .. } => CouponAct::Gift { coupon, to: Payer::Consumer(consumer_id(to)) },
            _ => CouponAct::Refund(coupon),
        })
    }

    fn signer(&self, task: &Task, bought: &Purchase) -> &'static str {
        match task.flaw {
            Some(Flaw::WrongSigner) => neighbour(bought.consumer),
            _ => way(bought.terminal, CONSUMERS[bought.consumer].name).0,
        }
    }

    fn order(&self, day: u32, task: &Task, bought: &Purchase, known: &Known) -> PaymentOrder {
        let (offer, digest, price) = self.on_sale(task, bought.shelf);
        let buyer = &CONSUMERS[bought.consumer];
        let (_, capability, method) = way(bought.terminal, buyer.name);
        let by_number = matches!(bought.terminal, Terminal::Sms | Terminal::Wap);
        let payer = match buyer.msisdn().filter(|_| by_number) {
            Some(number) => Payer::Msisdn(number),
            None => Payer::Consumer(consumer_id(bought.consumer)),
        };
        let made = moment(day, task);
        PaymentOrder {
            order_id: OrderId::new(task.key.id(self.seed)),
            payer,
            merchant: offer.merchant,
            offer_id: offer.offer_id,
            offer_digest: digest,
            amount: self.amount(task, bought, price),
            capability,
            method,
            authenticated_at: made,
            evidence: if bought.terminal == Terminal::App { Vec::new() } else { b"a code".to_vec() },
            created_at: made,
            expires_at: made.saturating_add_millis(if task.flaw == Some(Flaw::Stale) { 1 } else { 600_000 }),
            quote: known.quote,
            coupons: known.coupons.clone(),
        }
    }

    fn on_sale(&self, task: &Task, shelf: Shelf) -> (Offer, Digest, Money) {
        let old = task.flaw == Some(Flaw::OldOffer);
        let shelf = if old { Shelf { week: shelf.week.saturating_sub(3), ..shelf } } else { shelf };
        let mut offer = shelf.offer(self.seed);
        if old && shelf.week == 0 || task.flaw == Some(Flaw::NoOffer) {
            offer.offer_id = payment_domain::OfferId::new(task.key.dice(self.seed, 0x0f).uuid());
        }
        let (digest, price) = (Message::from(offer.clone()).digest(), offer.price);
        (offer, digest, price)
    }

    fn amount(&self, task: &Task, bought: &Purchase, price: Money) -> Money {
        let micros = match (&bought.tender, task.flaw) {
            (super::plan::Tender::Discount(claimed), _) => {
                let campaign = shop::campaign(self.seed, claimed.day, bought.shelf.merchant);
                shop::reduced(price, campaign.discount)
            }
            (_, Some(Flaw::AmountDiffers)) => price.micros() + 1,
            _ => price.micros(),
        };
        Money::from_micros(micros, price.currency())
    }
}

/// The rates of a day, if it is one on which banks work.
///
/// # Errors
/// Never.
pub fn rates(seed: u64, day: u32) -> Result<Option<DeclaredRates>> {
    let mut dice = Dice::of(seed, &[0x7a7e, u64::from(day)]);
    if matches!(day % 7, 1 | 2) {
        return Ok(None);
    }
    let rate = Rate::from_nanos(dice.between(900_000_000, 1_250_000_000))?;
    let today = Day::of(day_start(day));
    Ok(Some(DeclaredRates::new("ECB", today, Currency::EUR, [(dollars(), rate)])?))
}

/// When a message is written: an hour earlier if it is to be stale.
fn moment(day: u32, task: &Task) -> Timestamp {
    let stale_ms = if task.flaw == Some(Flaw::Stale) { 3_600_000 } else { 0 };
    let of_day = if task.is_late() { AFTERNOON_MS } else { MORNING_MS };
    day_start(day).saturating_add_millis(of_day - stale_ms - 5_000)
}

fn consumer_id(place: usize) -> ConsumerId {
    ConsumerId::parse(CONSUMERS[place].name).expect("a name")
}

fn neighbour(place: usize) -> &'static str {
    CONSUMERS[(place + 1) % CONSUMERS.len()].name
}

fn by_app(at: Timestamp) -> Authentication {
    let (capability, method) = (Capability::App, Method::DeviceKey);
    Authentication { capability, method, authenticated_at: at, evidence: Vec::new() }
}
