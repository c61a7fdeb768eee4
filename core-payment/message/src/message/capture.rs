//! Captures and voids of authorised orders, and disputes about payments.

use payment_domain::{CaptureOrder, DisputeOrder, VoidOrder};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId, authentication};

impl Layout for CaptureOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("captureId", &self.capture_id);
        elements.put("orderId", &self.order_id);
        elements.put("merchant", &self.merchant);
        elements.put_money("amount", self.amount);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            capture_id: fields.take("captureId")?,
            order_id: fields.take("orderId")?,
            merchant: fields.take("merchant")?,
            amount: fields.take_amount("amount")?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.capture_id.into())
    }
}

impl Layout for VoidOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("voidId", &self.void_id);
        elements.put("orderId", &self.order_id);
        elements.put("merchant", &self.merchant);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            void_id: fields.take("voidId")?,
            order_id: fields.take("orderId")?,
            merchant: fields.take("merchant")?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.void_id.into())
    }
}

impl Layout for DisputeOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("disputeId", &self.dispute_id);
        elements.put("consumer", &self.consumer);
        elements.put("orderId", &self.order_id);
        elements.put_money("amount", self.amount);
        elements.put("reason", &self.reason);
        authentication::write(elements, &self.authentication);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let dispute_id = fields.take("disputeId")?;
        let consumer = fields.take("consumer")?;
        let order_id = fields.take("orderId")?;
        let amount = fields.take_amount("amount")?;
        let reason = fields.take("reason")?;
        let (authentication, created_at) = authentication::read(fields)?;
        Ok(Self { dispute_id, consumer, order_id, amount, reason, authentication, created_at })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.dispute_id.into())
    }
}
