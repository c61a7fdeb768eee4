//! Drafts of what people in town write, with defaults that are right: a test changes only what it is about.

use std::sync::Arc;

use anyhow::Result;
use payment_domain::{
    Capability, Capture, Channel, ConsumerId, Currency, Digest, Label, MerchantId, Method, Money, Msisdn,
    Offer, OfferId, OrderId, Payer, PaymentOrder, RefundId, RefundOrder, RequestId, Sale, Timestamp,
};
use payment_message::{Message, StatusRequest};

use super::{Party, Town, adapter, people};
use crate::passkey::Authenticator;
use crate::{clock, random};

/// A signed message, as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    pub message: T,
    pub digest: Digest,
    pub document: Vec<u8>,
}

/// An offer that is being written.
#[derive(Debug, Clone)]
pub struct OfferDraft {
    pub offer: Offer,
    signer: Arc<Party>,
}

/// An order that is being written.
#[derive(Debug, Clone)]
pub struct OrderDraft {
    pub order: PaymentOrder,
    signer: Arc<Party>,
    people: Arc<Adapters>,
}

/// A refund that is being written.
#[derive(Debug, Clone)]
pub struct RefundDraft {
    pub refund: RefundOrder,
    signer: Arc<Party>,
}

#[derive(Debug)]
struct Adapters {
    sms: Arc<Party>,
    wap: Arc<Party>,
    web: Arc<Party>,
}

/// An amount in euros.
///
/// # Panics
/// If the text is no amount.
#[must_use]
pub fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).expect("an amount")
}

impl<T: Clone + Into<Message>> Signed<T> {
    /// Signs as somebody.
    ///
    /// # Errors
    /// If the key fails.
    pub fn by(party: &Party, message: T) -> Result<Self> {
        let any: Message = message.clone().into();
        let (digest, document) = (any.digest(), any.sign(&party.credential)?);
        Ok(Self { message, digest, document })
    }
}

impl Town {
    /// An offer of a merchant: any number of times, valid for a day.
    ///
    /// # Panics
    /// If there is no such merchant or the price is no amount.
    #[must_use]
    pub fn offer(&self, merchant: &str, price: &str) -> OfferDraft {
        let signer = self.party(merchant);
        let now = clock::now();
        let offer = Offer {
            offer_id: OfferId::new(random::uuid()),
            merchant: MerchantId::new(signer.id.clone()),
            item: label("ITEM-1"),
            title: label(&format!("Something from {merchant}")),
            price: euros(price),
            sale: Sale::Catalogue,
            valid_from: now.saturating_add_millis(-60_000),
            valid_until: now.saturating_add_millis(24 * 60 * 60 * 1000),
            capture: Capture::Immediate,
            coupon: None,
        };
        OfferDraft { offer, signer }
    }

    /// An order of alice's for an offer, from her app, at the offer's price, made now.
    #[must_use]
    pub fn order(&self, offer: &Signed<Offer>) -> OrderDraft {
        let signer = self.party(people::ALICE);
        let now = clock::now();
        let order = PaymentOrder {
            order_id: OrderId::new(random::uuid()),
            payer: Payer::Consumer(ConsumerId::new(signer.id.clone())),
            merchant: offer.message.merchant.clone(),
            offer_id: offer.message.offer_id,
            offer_digest: offer.digest,
            amount: offer.message.price,
            capability: Capability::App,
            method: Method::DeviceKey,
            authenticated_at: now,
            evidence: Vec::new(),
            created_at: now,
            expires_at: now.saturating_add_millis(120_000),
            quote: None,
            coupons: Vec::new(),
        };
        let people = Adapters {
            sms: self.party(adapter(Channel::Sms)),
            wap: self.party(adapter(Channel::Wap)),
            web: self.party(adapter(Channel::Web)),
        };
        OrderDraft { order, signer, people: Arc::new(people) }
    }

    /// A merchant's refund of an order.
    #[must_use]
    pub fn refund(&self, order: &PaymentOrder, amount: &str) -> RefundDraft {
        let refund = RefundOrder {
            refund_id: RefundId::new(random::uuid()),
            order_id: order.order_id,
            merchant: order.merchant.clone(),
            amount: euros(amount),
            created_at: clock::now(),
        };
        RefundDraft { refund, signer: self.party(order.merchant.as_str()) }
    }

    /// A question about an order.
    ///
    /// # Errors
    /// If the key fails.
    pub fn ask(&self, name: &str, order: OrderId) -> Result<Signed<StatusRequest>> {
        let request_id = RequestId::new(random::uuid());
        let request = StatusRequest { request_id, order_id: order, created_at: clock::now() };
        Signed::by(&self.party(name), request)
    }
}

impl OfferDraft {
    /// To be authorised when it is ordered, and captured later.
    #[must_use]
    pub fn deferred(mut self) -> Self {
        self.offer.capture = Capture::Deferred;
        self
    }

    /// With something else about it.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Offer)) -> Self {
        change(&mut self.offer);
        self
    }

    /// To be bought once.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.offer.sale = Sale::Single;
        self
    }

    /// Valid from and until.
    #[must_use]
    pub fn valid(mut self, from: Timestamp, until: Timestamp) -> Self {
        (self.offer.valid_from, self.offer.valid_until) = (from, until);
        self
    }

    /// With another id.
    #[must_use]
    pub fn id(mut self, id: OfferId) -> Self {
        self.offer.offer_id = id;
        self
    }

    /// Signs as the merchant.
    ///
    /// # Errors
    /// If the key fails.
    pub fn sign(self) -> Result<Signed<Offer>> {
        Signed::by(&self.signer, self.offer)
    }
}

impl OrderDraft {
    /// By another consumer, from their app.
    #[must_use]
    pub fn by(mut self, consumer: &Arc<Party>) -> Self {
        self.order.payer = Payer::Consumer(ConsumerId::new(consumer.id.clone()));
        self.signer = Arc::clone(consumer);
        self
    }

    /// From another kind of terminal: the adapter that speaks to it signs.
    #[must_use]
    pub fn from(mut self, capability: Capability, method: Method) -> Self {
        (self.order.capability, self.order.method) = (capability, method);
        match capability {
            Capability::App => return self,
            Capability::Passkey | Capability::Browser => self.signer = Arc::clone(&self.people.web),
            Capability::Wap => self.signer = Arc::clone(&self.people.wap),
            Capability::Sms => self.signer = Arc::clone(&self.people.sms),
        }
        self.order.evidence = b"how the consumer was authenticated".to_vec();
        self
    }

    /// From a browser, authenticated by a passkey that signs the finished order: the last thing to be said of a draft.
    ///
    /// # Errors
    /// If the passkey fails.
    pub fn by_passkey(self, passkey: &Authenticator) -> Result<Self> {
        let mut draft = self.from(Capability::Passkey, Method::Passkey);
        draft.order = passkey.authenticate(draft.order)?;
        Ok(draft)
    }

    /// The payer, by telephone number.
    #[must_use]
    pub fn msisdn(mut self, number: &str) -> Self {
        self.order.payer = Payer::Msisdn(Msisdn::parse(number).expect("a telephone number"));
        self
    }

    /// With another amount than the price.
    #[must_use]
    pub fn amount(mut self, amount: &str) -> Self {
        self.order.amount = euros(amount);
        self
    }

    /// With another id.
    #[must_use]
    pub fn id(mut self, id: OrderId) -> Self {
        self.order.order_id = id;
        self
    }

    /// Made at another time, to be valid as long as usual.
    #[must_use]
    pub fn made(mut self, at: Timestamp) -> Self {
        (self.order.authenticated_at, self.order.created_at) = (at, at);
        self.order.expires_at = at.saturating_add_millis(120_000);
        self
    }

    /// Any other change.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut PaymentOrder)) -> Self {
        change(&mut self.order);
        self
    }

    /// Signed by somebody else than the order says.
    #[must_use]
    pub fn signed_by(mut self, party: &Arc<Party>) -> Self {
        self.signer = Arc::clone(party);
        self
    }

    /// Signs.
    ///
    /// # Errors
    /// If the key fails.
    pub fn sign(self) -> Result<Signed<PaymentOrder>> {
        Signed::by(&self.signer, self.order)
    }
}

impl RefundDraft {
    /// With another id.
    #[must_use]
    pub fn id(mut self, id: RefundId) -> Self {
        self.refund.refund_id = id;
        self
    }

    /// Signed by somebody else than the merchant.
    #[must_use]
    pub fn signed_by(mut self, party: &Arc<Party>) -> Self {
        self.signer = Arc::clone(party);
        self
    }

    /// Signs.
    ///
    /// # Errors
    /// If the key fails.
    pub fn sign(self) -> Result<Signed<RefundOrder>> {
        Signed::by(&self.signer, self.refund)
    }
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}
