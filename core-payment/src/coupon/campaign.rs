//! A merchant's campaign: kept before its coupons can be claimed, so that both sides have signed its terms (R24).

use payment_domain::{Campaign, Currency, Discount, Label, Role};
use payment_message::{Code, Message, State, StatusReport, Verified};

use crate::act::{Accounts, ActError, Asked, Books, Request};
use crate::reply::Reply;
use crate::storage::coupon::campaign::{self, CampaignRow};

/// A verified campaign. Repeated, it gets the first answer.
#[derive(Debug, Clone)]
pub struct CampaignDeposit(Verified<Campaign>);

impl CampaignDeposit {
    /// Takes a verified campaign.
    #[must_use]
    pub const fn new(campaign: Verified<Campaign>) -> Self {
        Self(campaign)
    }
}

impl Request for CampaignDeposit {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().campaign_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: false,
        }
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let (asked, message) = (self.asked(), self.0.message());
        let merchant = books.known(asked.sender.party())?.filter(|party| party.role == Role::Merchant);
        let Some(merchant) = merchant.filter(|party| party.active) else {
            return books.refuse(&asked, Code::UnknownMerchant, Some("merchant"));
        };
        if *asked.sender.role() != Role::Merchant || merchant.name != *message.merchant.party() {
            return books.refuse(&asked, Code::WrongRole, Some("merchant"));
        }
        let sells_in = |currency: Currency| merchant.account_in(currency).is_some();
        if let Discount::Amount(off) = message.discount
            && !sells_in(off.currency())
        {
            return books.refuse(&asked, Code::WrongCurrency, Some("discount"));
        }
        if message.valid_until <= books.batch.now {
            return books.refuse(&asked, Code::CampaignEnded, Some("validUntil"));
        }
        let at = books.position()?;
        campaign::insert(books.tx, &row(message, merchant.id, at.value()))?;
        let report = StatusReport {
            in_reply_to: asked.id,
            subject: asked.id,
            state: State::Deposited,
            amount: None,
            refunded: None,
            receipt_digest: None,
            action_url: None,
            reported_at: books.now(),
        };
        books.answer(at, &asked, &Message::StatusReport(report))
    }
}

fn row(message: &Campaign, merchant: i64, position: i64) -> CampaignRow {
    let (micros, currency, ppm) = match message.discount {
        Discount::Amount(off) => (Some(off.micros()), Some(off.currency().as_str().to_owned()), None),
        Discount::Ppm(ppm) => (None, None, Some(i64::from(ppm))),
    };
    CampaignRow {
        id: message.campaign_id.as_bytes().to_vec(),
        position,
        merchant,
        title: message.title.as_str().to_owned(),
        item: message.item.as_ref().map(|item| item.as_str().to_owned()),
        discount_micros: micros,
        currency,
        discount_ppm: ppm,
        coupons: i64::from(message.coupons),
        claimed: 0,
        valid_from: message.valid_from.as_millis(),
        valid_until: message.valid_until.as_millis(),
    }
}

impl CampaignRow {
    /// What it takes off; `None` if that cannot be read.
    pub(crate) fn discount(&self) -> Option<Discount> {
        match (self.discount_micros, &self.currency, self.discount_ppm) {
            (Some(micros), Some(currency), None) => {
                let currency = Currency::parse(currency).ok()?;
                Some(Discount::Amount(payment_domain::Money::from_micros(micros, currency)))
            }
            (None, None, Some(ppm)) => u32::try_from(ppm).ok().map(Discount::Ppm),
            _ => None,
        }
    }

    /// Whether its merchant signed this.
    pub(crate) fn is_as_signed(&self, message: &Campaign) -> bool {
        Label::parse(&self.title).is_ok_and(|title| title == message.title)
            && Self { claimed: 0, ..self.clone() } == row(message, self.merchant, self.position)
    }
}
