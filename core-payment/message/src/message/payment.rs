//! Offers, orders and receipts (R14, R29, R54).

use payment_domain::{Capture, CouponTerms, Offer, Payer, PaymentOrder, PaymentReceipt};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

impl Layout for Offer {
    fn write(&self, elements: &mut Elements) {
        elements.put("offerId", &self.offer_id);
        elements.put("merchant", &self.merchant);
        elements.put("item", &self.item);
        elements.put("title", &self.title);
        elements.put_money("price", self.price);
        elements.put("sale", &self.sale);
        elements.put("validFrom", &self.valid_from);
        elements.put("validUntil", &self.valid_until);
        if self.capture != Capture::Immediate {
            elements.put("capture", &self.capture);
        }
        if let Some(terms) = &self.coupon {
            elements.put("couponExpiresAt", &terms.expires_at);
            elements.put("couponTransferable", &terms.transferable);
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let offer = Self {
            offer_id: fields.take("offerId")?,
            merchant: fields.take("merchant")?,
            item: fields.take("item")?,
            title: fields.take("title")?,
            price: fields.take_amount("price")?,
            sale: fields.take("sale")?,
            valid_from: fields.take("validFrom")?,
            valid_until: fields.take("validUntil")?,
            capture: match fields.take_optional("capture")? {
                None => Capture::Immediate,
                // What is usual is not said: one offer has one text.
                Some(Capture::Immediate) => return Err(fields.unexpected()),
                Some(deferred) => deferred,
            },
            coupon: match fields.take_optional("couponExpiresAt")? {
                Some(expires_at) => {
                    Some(CouponTerms { expires_at, transferable: fields.take("couponTransferable")? })
                }
                None => None,
            },
        };
        offer.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.offer_id.into())
    }
}

impl Layout for PaymentOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("orderId", &self.order_id);
        match &self.payer {
            Payer::Consumer(consumer) => elements.put("consumer", consumer),
            Payer::Msisdn(msisdn) => elements.put("msisdn", msisdn),
        }
        elements.put("merchant", &self.merchant);
        elements.put("offerId", &self.offer_id);
        elements.put("offerDigest", &self.offer_digest);
        elements.put_money("amount", self.amount);
        elements.put("capability", &self.capability);
        elements.put("method", &self.method);
        elements.put("authenticatedAt", &self.authenticated_at);
        if !self.evidence.is_empty() {
            elements.put_bytes("evidence", &self.evidence);
        }
        elements.put("createdAt", &self.created_at);
        elements.put("expiresAt", &self.expires_at);
        elements.put_optional("quote", self.quote.as_ref());
        for coupon in &self.coupons {
            elements.put("coupon", coupon);
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let order = Self {
            order_id: fields.take("orderId")?,
            payer: match fields.take_optional("msisdn")? {
                Some(msisdn) => Payer::Msisdn(msisdn),
                None => Payer::Consumer(fields.take("consumer")?),
            },
            merchant: fields.take("merchant")?,
            offer_id: fields.take("offerId")?,
            offer_digest: fields.take("offerDigest")?,
            amount: fields.take_amount("amount")?,
            capability: fields.take("capability")?,
            method: fields.take("method")?,
            authenticated_at: fields.take("authenticatedAt")?,
            evidence: if fields.next_is("evidence") {
                fields.take_bytes("evidence", Self::MAX_EVIDENCE_BYTES)?
            } else {
                Vec::new()
            },
            created_at: fields.take("createdAt")?,
            expires_at: fields.take("expiresAt")?,
            quote: fields.take_optional("quote")?,
            coupons: fields.take_some("coupon", Self::MAX_COUPONS)?,
        };
        order.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.order_id.into())
    }
}

impl Layout for PaymentReceipt {
    fn write(&self, elements: &mut Elements) {
        elements.put("orderId", &self.order_id);
        elements.put("orderDigest", &self.order_digest);
        elements.put("offerId", &self.offer_id);
        elements.put("offerDigest", &self.offer_digest);
        elements.put("merchant", &self.merchant);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        elements.put("mode", &self.mode);
        elements.put("funding", &self.funding);
        elements.put("rule", &self.rule);
        elements.put("capability", &self.capability);
        elements.put("method", &self.method);
        elements.put("orderedAt", &self.ordered_at);
        elements.put("acceptedAt", &self.accepted_at);
        elements.put("position", &self.position);
        if let Some((charged, rate)) = &self.charged {
            elements.put_money("charged", *charged);
            elements.put("rate", rate);
        }
        for coupon in &self.coupons {
            elements.put("coupon", coupon);
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            order_id: fields.take("orderId")?,
            order_digest: fields.take("orderDigest")?,
            offer_id: fields.take("offerId")?,
            offer_digest: fields.take("offerDigest")?,
            merchant: fields.take("merchant")?,
            consumer: fields.take("consumer")?,
            amount: fields.take_amount("amount")?,
            mode: fields.take("mode")?,
            funding: fields.take("funding")?,
            rule: fields.take("rule")?,
            capability: fields.take("capability")?,
            method: fields.take("method")?,
            ordered_at: fields.take("orderedAt")?,
            accepted_at: fields.take("acceptedAt")?,
            position: fields.take("position")?,
            charged: if fields.next_is("charged") {
                Some((fields.take_amount("charged")?, fields.take("rate")?))
            } else {
                None
            },
            coupons: fields.take_some("coupon", PaymentOrder::MAX_COUPONS)?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.order_id.into())
    }
}
