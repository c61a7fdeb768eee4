//! Money back.

use payment_domain::{RefundOrder, RefundReceipt};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

impl Layout for RefundOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("refundId", &self.refund_id);
        elements.put("orderId", &self.order_id);
        elements.put("merchant", &self.merchant);
        elements.put_money("amount", self.amount);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            refund_id: fields.take("refundId")?,
            order_id: fields.take("orderId")?,
            merchant: fields.take("merchant")?,
            amount: fields.take_amount("amount")?,
            created_at: fields.take("createdAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.refund_id.into())
    }
}

impl Layout for RefundReceipt {
    fn write(&self, elements: &mut Elements) {
        elements.put("refundId", &self.refund_id);
        elements.put("refundDigest", &self.refund_digest);
        elements.put("orderId", &self.order_id);
        elements.put("merchant", &self.merchant);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        elements.put_money("refundedTotal", self.refunded_total);
        elements.put("refundedAt", &self.refunded_at);
        elements.put("position", &self.position);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            refund_id: fields.take("refundId")?,
            refund_digest: fields.take("refundDigest")?,
            order_id: fields.take("orderId")?,
            merchant: fields.take("merchant")?,
            consumer: fields.take("consumer")?,
            amount: fields.take_amount("amount")?,
            refunded_total: fields.take_amount("refundedTotal")?,
            refunded_at: fields.take("refundedAt")?,
            position: fields.take("position")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.refund_id.into())
    }
}
