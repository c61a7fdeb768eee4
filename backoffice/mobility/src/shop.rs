//! The shop behind the pages: sells an item, hears of its payment, delivers it, gives money back.
//!
//! It puts [`payment`](crate::payment) and [`books`](crate::books) together and knows no HTTP. Start at [`Shop::sell`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use payment_domain::{
    Campaign, CampaignId, InvalidOffer, Label, OfferId, OrderId, RefundId, RefundOrder, Timestamp,
};
use payment_message::{Code as Refusal, Message};
use payment_trust::{AuthorityCertificate, CertificateError, Chain, PathError};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};
use url::Url;

use crate::books::{
    Books, CampaignRecord, DeliverError, Delivery, Lent, OpenError, Payment, Purchase, Stage, Stock,
    TicketError,
};
use crate::config::{Config, ConfigError};
use crate::id::{Code, Token};
use crate::journal::JournalError;
use crate::machine::{NoRandomness, random};
use crate::payment::{
    CallbackHead, Gateway, GatewayError, Merchant, MerchantError, PaymentError, Receipt, Refunded, Sold,
    settle,
};
use crate::sales::{Item, Promise, Sales, SalesError, Seat, Trade};
use crate::town::{Town, TownError};
use crate::words::Words;

/// The shop.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) town: Town,
    pub(crate) sales: Sales,
    pub(crate) books: Arc<Books>,
    gateway: Gateway,
    merchants: BTreeMap<Trade, Merchant>,
    origin: Url,
    consumer: Url,
    /// Held by whoever orders refunds: two would both write down what came of one.
    refunding: Mutex<()>,
}

/// Why the shop cannot open.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Town(#[from] TownError),
    #[error(transparent)]
    Sales(#[from] SalesError),
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("{path}: {source}")]
    Authority { path: String, source: CertificateError },
    #[error(transparent)]
    Chain(#[from] PathError),
    #[error("merchant {id}: {source}")]
    Merchant { id: String, source: MerchantError },
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why nothing is sold, delivered or given back.
#[derive(Debug, Error)]
pub(crate) enum ShopError {
    #[error("there is no such item")]
    NoSuchItem,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    #[error(transparent)]
    Ticket(#[from] TicketError),
    #[error(transparent)]
    Payment(#[from] PaymentError),
    #[error(transparent)]
    Offer(#[from] InvalidOffer),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("the work was given up")]
    GivenUp(#[from] JoinError),
}

/// For how long an offer can be bought.
const OFFER_MS: i64 = 15 * 60 * 1000;
/// The gateway's clock may be behind ours.
const SKEW_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Shop {
    /// Reads keys, data and the books.
    pub(crate) fn open(config: &Config) -> Result<Self, StartError> {
        let chain = Chain::new(authority(&config.root())?, authority(&config.issuing())?)?;
        let mut merchants = BTreeMap::new();
        for (trade, name) in &config.merchants {
            let id = config.merchant(*trade)?;
            let merchant = Merchant::load(&config.keys(), id.clone(), name.callback.as_deref());
            let merchant = merchant.map_err(|source| StartError::Merchant { id: id.to_string(), source })?;
            merchants.insert(*trade, merchant);
        }
        let state = config.state();
        std::fs::create_dir_all(&state).map_err(|source| file_error(&state, source))?;
        let sales = Sales::of_rivenne()?;
        let seats = |seat| sales.concert.seats(seat).seats;
        let stock = Stock { stalls: seats(Seat::Stalls), balcony: seats(Seat::Balcony) };
        Ok(Self {
            town: Town::rivenne()?,
            books: Arc::new(Books::open(&state.join("journal.jsonl"), stock)?),
            sales,
            gateway: Gateway::new(config.door.clone(), config.consumer.clone(), chain)?,
            merchants,
            origin: config.origin.clone(),
            consumer: config.consumer.clone(),
            refunding: Mutex::default(),
        })
    }

    /// This server as browsers see it.
    pub(crate) const fn origin(&self) -> &Url {
        &self.origin
    }

    /// The gateway's consumer portal, where browsers are sent.
    pub(crate) const fn consumer(&self) -> &Url {
        &self.consumer
    }

    /// Offers an item to a visitor, and says where it is paid.
    pub(crate) async fn sell(
        &self,
        item: Item,
        visitor: Option<Token>,
        words: &Words,
        now: Timestamp,
    ) -> Result<Url, ShopError> {
        let merchant = self.merchant(item.trade())?;
        let price = item.price(&self.town, &self.sales).ok_or(ShopError::NoSuchItem)?;
        let title = item.label(&self.town, &self.sales, words).ok_or(ShopError::NoSuchItem)?;
        let code = Label::parse(&item.code()).map_err(|_| ShopError::NoSuchItem)?;
        let valid =
            (now.saturating_add_millis(SKEW_MS.saturating_neg()), now.saturating_add_millis(OFFER_MS));
        let offer = merchant.offer(OfferId::from_bytes(random()?), (code, title.clone()), price, valid)?;
        let offer_id = offer.offer_id;
        let message = Message::from(offer);
        let id = Token::new(random()?);
        let purchase = Purchase {
            id,
            visitor,
            item,
            title: title.to_string(),
            price,
            offer_id,
            offer: message.digest(),
            made_at: now,
            pay_until: valid.1,
            stage: Stage::Open,
        };
        let digest = purchase.offer;
        // In our books before anybody can pay it.
        self.in_books(move |books| books.open_purchase(purchase, now)).await??;
        if let Err(error) = self.gateway.deposit(merchant, message).await {
            // Nobody knows the offer, so nobody can pay it: the seats are free again.
            self.in_books(move |books| books.cancel(id)).await??;
            return Err(error.into());
        }
        Ok(self.gateway.checkout(digest, &self.url(&format!("/back/{id}"))))
    }

    /// Where an open purchase is paid.
    pub(crate) fn checkout(&self, purchase: &Purchase) -> Url {
        self.gateway.checkout(purchase.offer, &self.url(&format!("/back/{}", purchase.id)))
    }

    /// The customer came back and says which order paid.
    pub(crate) async fn came_back(
        &self,
        purchase: Token,
        order: OrderId,
        digest: payment_domain::Digest,
        now: Timestamp,
    ) -> Result<Delivery, ShopError> {
        let purchase = self.books.purchase(purchase).ok_or(DeliverError::Unknown)?;
        let receipt = self.gateway.fetch(order, digest, now).await?;
        self.deliver(purchase, receipt, now).await
    }

    /// The gateway posted a receipt. `None` if it is for something that the merchant sold elsewhere: a purchase is in
    /// our books before it can be paid.
    pub(crate) async fn heard(
        &self,
        head: CallbackHead<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<Delivery>, ShopError> {
        let mut ours =
            self.merchants.values().filter(|merchant| merchant.hear(head, body, now).is_ok()).peekable();
        if ours.peek().is_none() {
            return Err(PaymentError::ForgedCallback.into());
        }
        let receipt = match self.gateway.read(body, now) {
            // Of a refund or a complaint: nothing is delivered for it, and we asked for the refund ourselves.
            Err(PaymentError::Unexpected) => return Ok(None),
            receipt => receipt?,
        };
        if !ours.any(|merchant| merchant.id == receipt.says.merchant) {
            return Err(PaymentError::NotOurs.into());
        }
        match self.books.offered(receipt.says.offer_digest) {
            Some(purchase) => self.deliver(purchase, receipt, now).await.map(Some),
            None => Ok(None),
        }
    }

    async fn deliver(
        &self,
        purchase: Purchase,
        receipt: Receipt,
        now: Timestamp,
    ) -> Result<Delivery, ShopError> {
        let trade = purchase.item.trade();
        let discount = self.sales.largest_discount(trade, &purchase.item.code(), purchase.price);
        let merchant = &self.merchant(trade)?.id;
        settle(&receipt.says, Sold { merchant, offer: purchase.offer, price: purchase.price, discount })?;
        let Receipt { says, document } = receipt;
        let payment = Payment { order: says.order_id, amount: says.amount, at: now, receipt: document };
        let lent = Lent { code: Code::new(random()?), refund: RefundId::from_bytes(random()?) };
        let id = purchase.id;
        let delivery = self.in_books(move |books| books.deliver(id, payment, lent)).await??;
        if delivery == Delivery::TooLate {
            tracing::warn!("a payment came when there was nothing left to deliver: it goes back");
        }
        Ok(delivery)
    }

    /// The customer does not want to pay.
    pub(crate) async fn cancel(&self, purchase: Token) -> Result<(), ShopError> {
        Ok(self.in_books(move |books| books.cancel(purchase)).await??)
    }

    /// A ticket is shown at the door of the tram or the theatre.
    pub(crate) async fn use_ticket(&self, code: Code, now: Timestamp) -> Result<Purchase, ShopError> {
        Ok(self.in_books(move |books| books.use_ticket(code, now)).await??)
    }

    /// A ticket is given back. The refund is ordered now, and again until it is done.
    pub(crate) async fn void(&self, purchase: Token, now: Timestamp) -> Result<(), ShopError> {
        let refund = RefundId::from_bytes(random()?);
        self.in_books(move |books| books.void(purchase, refund, now)).await??;
        self.refund_all(now).await;
        Ok(())
    }

    /// Orders the refunds that are due. One that fails is tried again at the next call.
    pub(crate) async fn refund_all(&self, now: Timestamp) {
        let _one_at_a_time = self.refunding.lock().await;
        for (purchase, payment, refund) in self.books.refunds_due() {
            let Ok(merchant) = self.merchant(purchase.item.trade()) else { continue };
            let order = RefundOrder {
                refund_id: refund.id,
                order_id: payment.order,
                merchant: merchant.id.clone(),
                amount: payment.amount,
                created_at: refund.ordered_at,
            };
            let answer = self.gateway.refund(merchant, order).await;
            if let Err(error) = self.note_refund(purchase.id, answer, now).await {
                tracing::warn!(%error, refund = %refund.id, "a refund is not done yet");
            }
        }
    }

    async fn note_refund(
        &self,
        purchase: Token,
        answer: Result<Refunded, PaymentError>,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        match answer {
            Ok(Refunded::Done) => Ok(self.in_books(move |books| books.refunded(purchase, now)).await??),
            Ok(Refunded::Pending) => Ok(()),
            // It never arrived, and is too old to be taken now: nothing was given back under this id.
            Err(PaymentError::Refused(Refusal::MessageStale)) => {
                let refund = RefundId::from_bytes(random()?);
                Ok(self.in_books(move |books| books.renew_refund(purchase, refund, now)).await??)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Sees that each campaign is promised at the gateway, and begun again when its time is over.
    pub(crate) async fn promise_all(&self, now: Timestamp) -> Result<(), ShopError> {
        for promise in &self.sales.campaigns {
            let known = self.books.promised(&promise.id).filter(|record| now < record.until);
            let record = match known {
                Some(record) => record,
                None => {
                    let record = CampaignRecord {
                        name: promise.id.clone(),
                        id: CampaignId::from_bytes(random()?),
                        from: now.saturating_add_millis(SKEW_MS.saturating_neg()),
                        until: now.saturating_add_millis(i64::from(promise.days).saturating_mul(DAY_MS)),
                    };
                    let kept = record.clone();
                    self.in_books(move |books| books.promise(kept)).await??;
                    record
                }
            };
            let merchant = self.merchant(promise.merchant)?;
            self.gateway.deposit(merchant, campaign(promise, &record, merchant)?.into()).await?;
        }
        Ok(())
    }

    /// Where a consumer of the gateway's says what interests them, and nothing about who they are.
    pub(crate) fn interests(&self) -> Result<Url, ShopError> {
        let mut url = self.consumer.clone();
        url.set_path("/interests/share");
        let merchant = self.merchant(Trade::Theatre)?.id.to_string();
        let back = self.url("/advantages");
        url.query_pairs_mut().append_pair("merchant", &merchant).append_pair("return", back.as_str());
        Ok(url)
    }

    /// Where a consumer takes the coupon of a campaign, and until when; `None` before it was promised.
    pub(crate) fn claim(&self, promise: &Promise, now: Timestamp) -> Option<(Url, Timestamp)> {
        let record = self.books.promised(&promise.id).filter(|record| now < record.until)?;
        let mut url = self.consumer.clone();
        url.set_path(&format!("/campaigns/{}", record.id));
        Some((url, record.until))
    }

    fn merchant(&self, trade: Trade) -> Result<&Merchant, ShopError> {
        self.merchants.get(&trade).ok_or(ShopError::NoSuchItem)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(path);
        url
    }

    /// Writing waits for the disk: not on a thread that serves others.
    async fn in_books<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Books) -> T + Send + 'static,
    ) -> Result<T, ShopError> {
        let books = Arc::clone(&self.books);
        Ok(spawn_blocking(move || work(&books)).await?)
    }
}

fn campaign(promise: &Promise, record: &CampaignRecord, merchant: &Merchant) -> Result<Campaign, ShopError> {
    let label = |text: &str| Label::parse(text).map_err(|_| ShopError::NoSuchItem);
    let campaign = Campaign {
        campaign_id: record.id,
        merchant: merchant.id.clone(),
        title: label(promise.title(crate::words::Language::English))?,
        item: promise.item.as_deref().map(label).transpose()?,
        discount: promise.discount,
        coupons: promise.coupons,
        valid_from: record.from,
        valid_until: record.until,
    };
    campaign.checked().map_err(|_| ShopError::NoSuchItem)
}

fn authority(path: &Path) -> Result<AuthorityCertificate, StartError> {
    let pem = std::fs::read(path).map_err(|source| file_error(path, source))?;
    AuthorityCertificate::from_pem(&pem)
        .map_err(|source| StartError::Authority { path: path.display().to_string(), source })
}

fn file_error(path: &Path, source: std::io::Error) -> StartError {
    StartError::File { path: path.display().to_string(), source }
}
