//! Coupons and campaigns (R1–R4, R24).

use payment_domain::{Campaign, CouponAct, CouponOrder, CouponReceipt, Discount, Payer};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId, authentication};

impl Layout for CouponOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("consumer", &self.consumer);
        match &self.act {
            CouponAct::Claim(campaign) => elements.put("claim", campaign),
            CouponAct::Gift { coupon, to } => {
                elements.put("gift", coupon);
                match to {
                    Payer::Consumer(consumer) => elements.put("toConsumer", consumer),
                    Payer::Msisdn(msisdn) => elements.put("toMsisdn", msisdn),
                }
            }
            CouponAct::Refund(coupon) => elements.put("refund", coupon),
        }
        authentication::write(elements, &self.authentication);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let request_id = fields.take("requestId")?;
        let consumer = fields.take("consumer")?;
        let act = if let Some(campaign) = fields.take_optional("claim")? {
            CouponAct::Claim(campaign)
        } else if let Some(coupon) = fields.take_optional("gift")? {
            let to = match fields.take_optional("toMsisdn")? {
                Some(msisdn) => Payer::Msisdn(msisdn),
                None => Payer::Consumer(fields.take("toConsumer")?),
            };
            CouponAct::Gift { coupon, to }
        } else {
            CouponAct::Refund(fields.take("refund")?)
        };
        let (authentication, created_at) = authentication::read(fields)?;
        Ok(Self { request_id, consumer, act, authentication, created_at })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}

impl Layout for CouponReceipt {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("requestDigest", &self.request_digest);
        elements.put("coupon", &self.coupon);
        elements.put("merchant", &self.merchant);
        elements.put("holder", &self.holder);
        elements.put("series", &self.series);
        elements.put("kind", &self.kind);
        elements.put_money("face", self.face);
        elements.put_money("remaining", self.remaining);
        elements.put("state", &self.state);
        elements.put("transferable", &self.transferable);
        elements.put("expiresAt", &self.expires_at);
        elements.put("position", &self.position);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            request_id: fields.take("requestId")?,
            request_digest: fields.take("requestDigest")?,
            coupon: fields.take("coupon")?,
            merchant: fields.take("merchant")?,
            holder: fields.take("holder")?,
            series: fields.take("series")?,
            kind: fields.take("kind")?,
            face: fields.take_total("face")?,
            remaining: fields.take_total("remaining")?,
            state: fields.take("state")?,
            transferable: fields.take("transferable")?,
            expires_at: fields.take("expiresAt")?,
            position: fields.take("position")?,
            issued_at: fields.take("issuedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}

impl Layout for Campaign {
    fn write(&self, elements: &mut Elements) {
        elements.put("campaignId", &self.campaign_id);
        elements.put("merchant", &self.merchant);
        elements.put("title", &self.title);
        elements.put_optional("item", self.item.as_ref());
        match &self.discount {
            Discount::Amount(amount) => elements.put_money("discount", *amount),
            Discount::Ppm(ppm) => elements.put("discountPpm", ppm),
        }
        elements.put("coupons", &self.coupons);
        elements.put("validFrom", &self.valid_from);
        elements.put("validUntil", &self.valid_until);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let campaign = Self {
            campaign_id: fields.take("campaignId")?,
            merchant: fields.take("merchant")?,
            title: fields.take("title")?,
            item: fields.take_optional("item")?,
            discount: if fields.next_is("discountPpm") {
                Discount::Ppm(fields.take_within("discountPpm", 1..=Discount::MAX_PPM)?)
            } else {
                Discount::Amount(fields.take_amount("discount")?)
            },
            coupons: fields.take_within("coupons", 1..=u32::MAX)?,
            valid_from: fields.take("validFrom")?,
            valid_until: fields.take("validUntil")?,
        };
        campaign.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.campaign_id.into())
    }
}
