//! What consumers in town write about their accounts, with everything right: a test changes what it is about, and signs.

use anyhow::Result;
use payment_domain::{
    Authentication, Capability, ConsumerId, Currency, Method, Money, QuoteRequest, RedemptionOrder,
    RequestId, TopUpOrder,
};

use super::{Signed, Town, euros};
use crate::{clock, random};

/// From the consumer's app, now.
#[must_use]
pub fn by_app() -> Authentication {
    Authentication {
        capability: Capability::App,
        method: Method::DeviceKey,
        authenticated_at: clock::now(),
        evidence: Vec::new(),
    }
}

impl Town {
    /// A top-up of somebody's own account.
    #[must_use]
    pub fn top_up(&self, name: &str, amount: &str) -> TopUpOrder {
        let authentication = by_app();
        TopUpOrder {
            top_up_id: RequestId::new(random::uuid()),
            consumer: ConsumerId::new(self.party(name).id.clone()),
            amount: euros(amount),
            created_at: authentication.authenticated_at,
            authentication,
        }
    }

    /// A redemption of what is on somebody's own account.
    #[must_use]
    pub fn redemption(&self, name: &str, amount: &str) -> RedemptionOrder {
        let authentication = by_app();
        RedemptionOrder {
            redemption_id: RequestId::new(random::uuid()),
            consumer: ConsumerId::new(self.party(name).id.clone()),
            amount: euros(amount),
            created_at: authentication.authenticated_at,
            authentication,
        }
    }

    /// Somebody's question what a price comes to in euros.
    #[must_use]
    pub fn quote_request(&self, name: &str, price: Money) -> QuoteRequest {
        QuoteRequest {
            request_id: RequestId::new(random::uuid()),
            consumer: ConsumerId::new(self.party(name).id.clone()),
            price,
            currency: Currency::EUR,
            created_at: clock::now(),
        }
    }

    /// Signs as somebody in town.
    ///
    /// # Errors
    /// If the key fails.
    pub fn sign<T>(&self, name: &str, message: T) -> Result<Signed<T>>
    where
        T: Clone + Into<payment_message::Message>,
    {
        Signed::by(&self.party(name), message)
    }
}
