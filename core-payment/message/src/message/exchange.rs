//! What a price comes to in another currency (R55).

use payment_domain::{Quote, QuoteRequest};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

impl Layout for QuoteRequest {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("consumer", &self.consumer);
        elements.put_money("price", self.price);
        elements.put("currency", &self.currency);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            request_id: fields.take("requestId")?,
            consumer: fields.take("consumer")?,
            price: fields.take_amount("price")?,
            currency: fields.take("currency")?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}

impl Layout for Quote {
    fn write(&self, elements: &mut Elements) {
        elements.put("requestId", &self.request_id);
        elements.put("quoteId", &self.quote_id);
        elements.put_money("price", self.price);
        elements.put_money("charged", self.charged);
        elements.put("rate", &self.rate);
        elements.put("source", &self.source);
        elements.put("validUntil", &self.valid_until);
        elements.put("quotedAt", &self.quoted_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            request_id: fields.take("requestId")?,
            quote_id: fields.take("quoteId")?,
            price: fields.take_amount("price")?,
            charged: fields.take_amount("charged")?,
            rate: fields.take("rate")?,
            source: fields.take("source")?,
            valid_until: fields.take("validUntil")?,
            quoted_at: fields.take("quotedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.request_id.into())
    }
}
