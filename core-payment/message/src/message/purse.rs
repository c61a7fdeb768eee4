//! Money into and out of prepaid accounts (R5, R55).

use payment_domain::{RedemptionOrder, RedemptionReceipt, TopUpOrder, TopUpReceipt};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId, authentication};

impl Layout for TopUpOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("topUpId", &self.top_up_id);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        authentication::write(elements, &self.authentication);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let top_up_id = fields.take("topUpId")?;
        let consumer = fields.take("consumer")?;
        let amount = fields.take_amount("amount")?;
        let (authentication, created_at) = authentication::read(fields)?;
        Ok(Self { top_up_id, consumer, amount, authentication, created_at })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.top_up_id.into())
    }
}

impl Layout for TopUpReceipt {
    fn write(&self, elements: &mut Elements) {
        elements.put("topUpId", &self.top_up_id);
        elements.put("topUpDigest", &self.top_up_digest);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        elements.put_money("balance", self.balance);
        elements.put("toppedUpAt", &self.topped_up_at);
        elements.put("position", &self.position);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            top_up_id: fields.take("topUpId")?,
            top_up_digest: fields.take("topUpDigest")?,
            consumer: fields.take("consumer")?,
            amount: fields.take_amount("amount")?,
            balance: fields.take_total("balance")?,
            topped_up_at: fields.take("toppedUpAt")?,
            position: fields.take("position")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.top_up_id.into())
    }
}

impl Layout for RedemptionOrder {
    fn write(&self, elements: &mut Elements) {
        elements.put("redemptionId", &self.redemption_id);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        authentication::write(elements, &self.authentication);
        elements.put("createdAt", &self.created_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let redemption_id = fields.take("redemptionId")?;
        let consumer = fields.take("consumer")?;
        let amount = fields.take_amount("amount")?;
        let (authentication, created_at) = authentication::read(fields)?;
        Ok(Self { redemption_id, consumer, amount, authentication, created_at })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.redemption_id.into())
    }
}

impl Layout for RedemptionReceipt {
    fn write(&self, elements: &mut Elements) {
        elements.put("redemptionId", &self.redemption_id);
        elements.put("redemptionDigest", &self.redemption_digest);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        elements.put_money("balance", self.balance);
        elements.put("redeemedAt", &self.redeemed_at);
        elements.put("position", &self.position);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            redemption_id: fields.take("redemptionId")?,
            redemption_digest: fields.take("redemptionDigest")?,
            consumer: fields.take("consumer")?,
            amount: fields.take_amount("amount")?,
            balance: fields.take_total("balance")?,
            redeemed_at: fields.take("redeemedAt")?,
            position: fields.take("position")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        Some(self.redemption_id.into())
    }
}
