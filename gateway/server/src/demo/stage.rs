//! What every party has in hand: keys, certificates, offers; and how each makes its messages.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use core_payment::Clock as _;
use payment_domain::{
    Authentication, Capability, Capture, CaptureId, CaptureOrder, Channel, ConsumerId, CouponId, CouponTerms,
    Currency, Label, MerchantId, Method, Money, Msisdn, Offer, OfferId, OrderId, PartyId, Payer,
    PaymentOrder, RefundId, RefundOrder, RequestId, Role, Sale, Timestamp, TopUpOrder,
};
use payment_message::{EnrolmentRequest, Invitation, Message, SignError, Signer, State, StatusRequest};
use payment_trust::{Certificate, Credential, PrivateKey};

use super::client::{Client, Exchange, file_name};
use super::passkey::Authenticator;
use crate::clock::{SystemClock, new_id};

/// The parties' side of the demo.
pub(crate) struct Stage {
    client: Client,
    credentials: HashMap<PartyId, Credential>,
    offers: HashMap<&'static str, Offer>,
    numbers: HashMap<PartyId, Msisdn>,
    passkeys: HashMap<PartyId, Authenticator>,
}

/// An order that was made, signed and kept before it is sent, as every terminal should.
pub(crate) struct SignedOrder {
    pub(crate) order: PaymentOrder,
    pub(crate) document: Vec<u8>,
}

/// What is sold, and how it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Good {
    /// At once.
    Item,
    /// When the merchant says so, up to the price.
    Deferred,
    /// A coupon, to be spent at the merchant later.
    Coupon,
}

/// How long an order counts.
const ORDER_LIFE_MS: i64 = 120_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long to ask for the outcome of a pending order.
const PATIENCE: Duration = Duration::from_secs(20);

impl Stage {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            credentials: HashMap::new(),
            offers: HashMap::new(),
            numbers: HashMap::new(),
            passkeys: HashMap::new(),
        }
    }

    /// Makes a key and has it certified: the request is signed with the key itself.
    pub(crate) async fn enrol(
        &mut self,
        party: &PartyId,
        role: &Role,
        invitation: Invitation,
    ) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let key = PrivateKey::generate()?;
        let request = Message::from(EnrolmentRequest {
            request_id: RequestId::new(new_id(now)?),
            party: party.clone(),
            role: role.clone(),
            invitation,
            pkcs10: key.request()?,
            created_at: now,
        });
        let key = Applicant(key);
        let exchange = self.client.send(file_name(request.kind()), &request.sign(&key)?).await?;
        let Message::EnrolmentResponse(response) = exchange.reply else {
            bail!("{party} was not enrolled: {:?}", exchange.reply);
        };
        let certificate = Certificate::from_der(&response.certificate)?;
        self.credentials.insert(party.clone(), Credential::new(key.0, certificate)?);
        Ok(())
    }

    /// Remembers a consumer's telephone number, as the operators of their adapters do.
    pub(crate) fn reach(&mut self, consumer: &PartyId, number: Msisdn) {
        self.numbers.insert(consumer.clone(), number);
    }

    /// Remembers a consumer's passkey, as their laptop does.
    pub(crate) fn equip(&mut self, consumer: &PartyId, passkey: Authenticator) {
        self.passkeys.insert(consumer.clone(), passkey);
    }

    /// Signs an offer as the merchant and deposits it.
    pub(crate) async fn deposit(
        &mut self,
        merchant: &str,
        item: &'static str,
        (title, price): (&str, &str),
        good: Good,
    ) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let expires_at = now.saturating_add_millis(30 * DAY_MS);
        let offer = Offer {
            offer_id: OfferId::new(new_id(now)?),
            merchant: MerchantId::parse(merchant)?,
            item: Label::parse(item)?,
            title: Label::parse(title)?,
            price: eur(price)?,
            sale: if good == Good::Coupon { Sale::Coupon } else { Sale::Catalogue },
            valid_from: now,
            valid_until: now.saturating_add_millis(DAY_MS),
            capture: if good == Good::Deferred { Capture::Deferred } else { Capture::Immediate },
            coupon: (good == Good::Coupon).then_some(CouponTerms { expires_at, transferable: true }),
        };
        let exchange = self.say(merchant, &Message::from(offer.clone())).await?;
        match exchange.reply {
            Message::StatusReport(report) if report.state == State::Deposited => {
                self.offers.insert(item, offer);
                Ok(())
            }
            reply => bail!("the offer {item} was not deposited: {reply:?}"),
        }
    }

    /// The offer of an item.
    pub(crate) fn offer(&self, item: &str) -> anyhow::Result<&Offer> {
        self.offers.get(item).with_context(|| format!("no offer {item}"))
    }

    /// Makes and signs an order, as whoever signs for this kind of terminal.
    pub(crate) fn order(
        &self,
        consumer: &str,
        item: &str,
        capability: Capability,
        method: Method,
    ) -> anyhow::Result<SignedOrder> {
        self.order_with(consumer, item, (capability, method), Vec::new())
    }

    /// The same, to be paid with coupons.
    pub(crate) fn order_with(
        &self,
        consumer: &str,
        item: &str,
        (capability, method): (Capability, Method),
        coupons: Vec<CouponId>,
    ) -> anyhow::Result<SignedOrder> {
        let now = SystemClock.now();
        let offer = self.offer(item)?;
        let (signer, payer) = self.signer_and_payer(consumer, capability)?;
        let order = PaymentOrder {
            order_id: OrderId::new(new_id(now)?),
            payer,
            merchant: offer.merchant.clone(),
            offer_id: offer.offer_id,
            offer_digest: Message::from(offer.clone()).digest(),
            amount: offer.price,
            capability,
            method,
            authenticated_at: now,
            evidence: evidence(method, now),
            created_at: now,
            expires_at: now.saturating_add_millis(ORDER_LIFE_MS),
            quote: None,
            coupons,
        };
        let mut message = Message::from(order);
        if method == Method::Passkey {
            let passkey = self.passkeys.get(&PartyId::parse(consumer)?);
            passkey.with_context(|| format!("{consumer} has no passkey"))?.sign(&mut message)?;
        }
        let document = message.sign(signer)?;
        Ok(SignedOrder { order: message.try_into()?, document })
    }

    /// Sends an order.
    pub(crate) async fn send(&mut self, order: &SignedOrder) -> anyhow::Result<Exchange> {
        self.client.send("order", &order.document).await
    }

    /// Sends a document under a name of its own.
    pub(crate) async fn send_as(&mut self, name: &str, document: &[u8]) -> anyhow::Result<Exchange> {
        self.client.send(name, document).await
    }

    /// Asks for the status of an order until it is known, and then for its receipt.
    pub(crate) async fn await_receipt(
        &mut self,
        sender: &str,
        order: &SignedOrder,
    ) -> anyhow::Result<Exchange> {
        let deadline = tokio::time::Instant::now().checked_add(PATIENCE).context("the clock")?;
        loop {
            let now = SystemClock.now();
            let request = Message::from(StatusRequest {
                request_id: RequestId::new(new_id(now)?),
                order_id: order.order.order_id,
                created_at: now,
            });
            let exchange = self.say(sender, &request).await?;
            match &exchange.reply {
                Message::StatusReport(report) if report.state == State::Accepted => {
                    let digest = Message::from(order.order.clone()).digest();
                    return self.client.receipt(order.order.order_id, digest).await;
                }
                Message::StatusReport(report) if report.state == State::Pending => {}
                _ => return Ok(exchange),
            }
            if tokio::time::Instant::now() > deadline {
                return Ok(exchange);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Orders money back, as the merchant who was paid.
    pub(crate) async fn refund(&mut self, order: &PaymentOrder, amount: &str) -> anyhow::Result<Exchange> {
        let now = SystemClock.now();
        let refund = Message::from(RefundOrder {
            refund_id: RefundId::new(new_id(now)?),
            order_id: order.order_id,
            merchant: order.merchant.clone(),
            amount: eur(amount)?,
            created_at: now,
        });
        self.say(order.merchant.as_str(), &refund).await
    }

    /// Takes a part of what was authorised, as the merchant; the rest is set free.
    pub(crate) async fn capture(&mut self, order: &PaymentOrder, amount: &str) -> anyhow::Result<Exchange> {
        let now = SystemClock.now();
        let capture = Message::from(CaptureOrder {
            capture_id: CaptureId::new(new_id(now)?),
            order_id: order.order_id,
            merchant: order.merchant.clone(),
            amount: eur(amount)?,
            created_at: now,
        });
        self.say(order.merchant.as_str(), &capture).await
    }

    /// Has a consumer's card charged for their account, by their app.
    pub(crate) async fn top_up(&mut self, consumer: &str, amount: &str) -> anyhow::Result<Exchange> {
        let now = SystemClock.now();
        let top_up = Message::from(TopUpOrder {
            top_up_id: RequestId::new(new_id(now)?),
            consumer: ConsumerId::parse(consumer)?,
            amount: eur(amount)?,
            authentication: Authentication {
                capability: Capability::App,
                method: Method::DeviceKey,
                authenticated_at: now,
                evidence: Vec::new(),
            },
            created_at: now,
        });
        self.say(consumer, &top_up).await
    }

    /// Signs a message as somebody and sends it.
    async fn say(&mut self, sender: &str, message: &Message) -> anyhow::Result<Exchange> {
        let document = message.sign(self.credential(sender)?)?;
        self.client.send(file_name(message.kind()), &document).await
    }

    /// A consumer's own device signs for itself; for every other terminal its adapter does, which knows telephones by
    /// their number.
    fn signer_and_payer(
        &self,
        consumer: &str,
        capability: Capability,
    ) -> anyhow::Result<(&Credential, Payer)> {
        let by_name = || Ok::<_, anyhow::Error>(Payer::Consumer(ConsumerId::parse(consumer)?));
        let number = || {
            let number = self.numbers.get(&PartyId::parse(consumer)?);
            Ok::<_, anyhow::Error>(Payer::Msisdn(number.context("no telephone number")?.clone()))
        };
        let (channel, payer) = match capability {
            Capability::App => return Ok((self.credential(consumer)?, by_name()?)),
            Capability::Passkey | Capability::Browser => (Channel::Web, by_name()?),
            Capability::Wap => (Channel::Wap, number()?),
            Capability::Sms => (Channel::Sms, number()?),
        };
        Ok((self.credential(adapter(channel))?, payer))
    }

    /// The key and certificate of a party that has enrolled.
    pub(crate) fn credential(&self, party: &str) -> anyhow::Result<&Credential> {
        self.credentials.get(&PartyId::parse(party)?).with_context(|| format!("{party} is not enrolled"))
    }
}

/// Who speaks for the terminals of a channel.
pub(crate) const fn adapter(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "portal",
        Channel::Wap => "wap-gate",
        Channel::Sms => "sms-gate",
    }
}

/// An amount of euros.
pub(crate) fn eur(text: &str) -> anyhow::Result<Money> {
    Ok(Money::parse(text, Currency::EUR)?)
}

/// What an adapter keeps as proof. A device that signs by itself needs none; a passkey's follows when the order is made.
fn evidence(method: Method, now: Timestamp) -> Vec<u8> {
    match method {
        Method::DeviceKey | Method::Passkey => Vec::new(),
        method => format!("demo {method} transaction {now}").into_bytes(),
    }
}

/// A key that has no certificate yet.
struct Applicant(PrivateKey);

impl Signer for Applicant {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.sign(signed_info).map_err(|_| SignError::Unavailable)
    }

    fn certificate(&self) -> Option<&[u8]> {
        None
    }
}
