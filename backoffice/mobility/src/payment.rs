//! Everything that a merchant writes to be paid through the gateway (R28). The rest of this portal is an ordinary web
//! server that never heard of payments.
//!
//! 1. Sign an offer and deposit it: [`Merchant::offer`], [`Gateway::deposit`].
//! 2. Send the browser to [`Gateway::checkout`].
//! 3. It comes back and says which order paid: [`Gateway::fetch`] the receipt. If it never comes back, the gateway
//!    posts the same receipt to us: [`Merchant::hear`].
//! 4. Either way, [`settle`]: check that the receipt is for this offer and price, and deliver once.
//!
//! Money goes back by [`Gateway::refund`]; discounts are promised by [`Gateway::deposit`]ing a campaign.

use std::path::Path;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::{
    Capture, Digest, InvalidOffer, Label, MerchantId, Money, Offer, OfferId, OrderId, PaymentReceipt,
    RefundOrder, Role, Sale, Timestamp,
};
use payment_message::{Code, Message, SignError, State, StrictEngine};
use payment_trust::{
    Certificate, CertificateError, Chain, Credential, CredentialError, KeyError, PrivateKey, TlsError,
    client_config, verify_offline,
};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};
use thiserror::Error;
use url::Url;

/// Somebody who sells: a name, a key with its certificate, and the secret of the callbacks.
#[derive(Debug)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    credential: Credential,
    callback: Option<hmac::Key>,
}

/// The gateway: where its door is, where its customers pay, and which authority signs its receipts.
#[derive(Debug)]
pub(crate) struct Gateway {
    http: Client,
    door: Url,
    consumer: Url,
    chain: Chain,
}

/// A receipt that the gateway signed.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) says: PaymentReceipt,
    /// As it came: keep it.
    pub(crate) document: String,
}

/// What a receipt has to say to count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sold<'s> {
    pub(crate) merchant: &'s MerchantId,
    pub(crate) offer: Digest,
    pub(crate) price: Money,
    /// What coupons of our own campaigns may take off the price.
    pub(crate) discount: Money,
}

/// How a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refunded {
    Done,
    /// A bank is answering: ask again with the same order.
    Pending,
}

/// The headers of a callback, as Standard Webhooks names them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallbackHead<'h> {
    pub(crate) id: &'h str,
    pub(crate) timestamp: &'h str,
    pub(crate) signature: &'h str,
}

/// Why a merchant's files cannot be used.
#[derive(Debug, Error)]
pub(crate) enum MerchantError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the certificate file: {0}")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error("a callback key is `whsec_` and base64")]
    Callback,
}

/// Why the gateway cannot be spoken to at all.
#[derive(Debug, Error)]
pub(crate) enum GatewayError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Why something was not paid, deposited or given back.
#[derive(Debug, Error)]
pub(crate) enum PaymentError {
    /// No answer: it may have been done all the same. Send the same again.
    #[error("the gateway does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("the gateway refuses: {0}")]
    Refused(Code),
    #[error("there is no receipt for this order")]
    NoReceipt,
    #[error("not a receipt that the gateway signed")]
    Forged,
    #[error("the receipt is not for this offer, merchant and price")]
    NotOurs,
    #[error("the callback is not signed with our key, or is old")]
    ForgedCallback,
    #[error("the answer makes no sense here")]
    Unexpected,
    #[error(transparent)]
    Offer(#[from] InvalidOffer),
    #[error("the key cannot be used: {0}")]
    Key(#[from] SignError),
}

/// How old a callback may be, and how far the clocks may differ.
const CALLBACK_AGE_S: u64 = 300;

impl Merchant {
    /// Reads `ID.key` and `ID.pem`, which enrolment gave, and the callback key as it was shown: `whsec_…`.
    pub(crate) fn load(folder: &Path, id: MerchantId, callback: Option<&str>) -> Result<Self, MerchantError> {
        let key = PrivateKey::load(&folder.join(format!("{id}.key")))?;
        let certificate = Certificate::from_pem(&std::fs::read(folder.join(format!("{id}.pem")))?)?;
        let callback = callback.map(|text| {
            let encoded = text.strip_prefix("whsec_").ok_or(MerchantError::Callback)?;
            let secret = STANDARD.decode(encoded).map_err(|_| MerchantError::Callback)?;
            Ok::<_, MerchantError>(hmac::Key::new(hmac::HMAC_SHA256, &secret))
        });
        Ok(Self { id, credential: Credential::new(key, certificate)?, callback: callback.transpose()? })
    }

    /// Terms for one item, to be bought once.
    pub(crate) fn offer(
        &self,
        offer_id: OfferId,
        (item, title): (Label, Label),
        price: Money,
        (valid_from, valid_until): (Timestamp, Timestamp),
    ) -> Result<Offer, InvalidOffer> {
        let (merchant, sale, capture, coupon) = (self.id.clone(), Sale::Single, Capture::Immediate, None);
        Offer { offer_id, merchant, item, title, price, sale, valid_from, valid_until, capture, coupon }
            .checked()
    }

    /// Whether a callback is signed with this merchant's key and not a copy of an old one.
    /// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
    pub(crate) fn hear(
        &self,
        head: CallbackHead<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        let key = self.callback.as_ref().ok_or(PaymentError::ForgedCallback)?;
        let sent_s: i64 = head.timestamp.parse().map_err(|_| PaymentError::ForgedCallback)?;
        if now.as_millis().div_euclid(1_000).abs_diff(sent_s) > CALLBACK_AGE_S {
            return Err(PaymentError::ForgedCallback);
        }
        let signed = [head.id.as_bytes(), b".", head.timestamp.as_bytes(), b".", body].concat();
        let ours = head.signature.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).any(
            |signature| {
                STANDARD
                    .decode(signature)
                    .is_ok_and(|signature| hmac::verify(key, &signed, &signature).is_ok())
            },
        );
        if ours { Ok(()) } else { Err(PaymentError::ForgedCallback) }
    }
}

impl Gateway {
    /// Trusts this root and no other, for TLS and for receipts.
    pub(crate) fn new(door: Url, consumer: Url, chain: Chain) -> Result<Self, GatewayError> {
        let mut tls = client_config(chain.root())?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = Client::builder().tls_backend_preconfigured(tls).https_only(true).no_proxy();
        let http = client.timeout(std::time::Duration::from_secs(10)).build()?;
        Ok(Self { http, door, consumer, chain })
    }

    /// Signs an offer or a campaign and deposits it. Twice is as good as once.
    pub(crate) async fn deposit(&self, merchant: &Merchant, message: Message) -> Result<(), PaymentError> {
        match self.send(merchant, &message).await? {
            Message::StatusReport(report) if report.state == State::Deposited => Ok(()),
            answer => Err(refused(&answer)),
        }
    }

    /// Where the customer pays an offer, and from where they come back to us.
    pub(crate) fn checkout(&self, offer: Digest, back: &Url) -> Url {
        let mut url = self.consumer.clone();
        url.set_path(&format!("/pay/{offer}"));
        url.query_pairs_mut().append_pair("return", back.as_str());
        url
    }

    /// Fetches the receipt of an order. Whoever comes back with both values has seen the order signed.
    pub(crate) async fn fetch(
        &self,
        order: OrderId,
        digest: Digest,
        now: Timestamp,
    ) -> Result<Receipt, PaymentError> {
        let mut url = self.door.clone();
        url.set_path(&format!("/v1/orders/{order}/receipt"));
        let answer = self.http.get(url).header("Meteore-Order-Digest", digest.to_string()).send().await?;
        match answer.status() {
            StatusCode::OK => self.read(&answer.bytes().await?, now),
            StatusCode::NOT_FOUND => Err(PaymentError::NoReceipt),
            _ => Err(PaymentError::Refused(Code::Unavailable)),
        }
    }

    /// Reads a receipt: the signature, the way of its certificate to the root, and that only the gateway signs receipts.
    pub(crate) fn read(&self, document: &[u8], now: Timestamp) -> Result<Receipt, PaymentError> {
        match self.open(document, now)? {
            Message::PaymentReceipt(says) => {
                let document = String::from_utf8(document.to_vec()).map_err(|_| PaymentError::Forged)?;
                Ok(Receipt { says, document })
            }
            _ => Err(PaymentError::Unexpected),
        }
    }

    /// Gives money back. Repeat it with the same order until it is done: it is given back once.
    pub(crate) async fn refund(
        &self,
        merchant: &Merchant,
        order: RefundOrder,
    ) -> Result<Refunded, PaymentError> {
        let (id, amount) = (order.refund_id, order.amount);
        match self.send(merchant, &order.into()).await? {
            Message::RefundReceipt(receipt) if (receipt.refund_id, receipt.amount) == (id, amount) => {
                Ok(Refunded::Done)
            }
            Message::StatusReport(report) if report.state == State::Pending => Ok(Refunded::Pending),
            answer => Err(refused(&answer)),
        }
    }

    async fn send(&self, merchant: &Merchant, message: &Message) -> Result<Message, PaymentError> {
        let mut url = self.door.clone();
        url.set_path("/v1/messages");
        let document = message.sign(&merchant.credential)?;
        let answer =
            self.http.post(url).header(CONTENT_TYPE, "application/xml").body(document).send().await?;
        self.open(&answer.bytes().await?, crate::machine::now())
    }

    fn open(&self, document: &[u8], now: Timestamp) -> Result<Message, PaymentError> {
        let signed = verify_offline(&StrictEngine, document, &self.chain, None, now);
        let signed = signed.map_err(|_| PaymentError::Forged)?;
        if *signed.sender().role() != Role::Cps {
            return Err(PaymentError::Forged);
        }
        Message::parse(signed.body()).map_err(|_| PaymentError::Unexpected)
    }
}

/// Checks that a receipt pays for what was sold. Less than the price counts only with a coupon that we promised.
pub(crate) fn settle(receipt: &PaymentReceipt, sold: Sold<'_>) -> Result<(), PaymentError> {
    let discounted =
        sold.price.checked_sub(sold.discount).is_ok_and(|least| receipt.amount.micros() >= least.micros());
    let enough = receipt.amount == sold.price
        || (!receipt.coupons.is_empty() && receipt.amount.micros() < sold.price.micros() && discounted);
    let ours = receipt.merchant == *sold.merchant && receipt.offer_digest == sold.offer;
    let same_currency = receipt.amount.currency() == sold.price.currency();
    if ours && enough && same_currency { Ok(()) } else { Err(PaymentError::NotOurs) }
}

fn refused(answer: &Message) -> PaymentError {
    match answer {
        Message::Rejection(rejection) => PaymentError::Refused(rejection.code),
        _ => PaymentError::Unexpected,
    }
}

#[cfg(test)]
mod tests;
