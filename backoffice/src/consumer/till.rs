//! What the consumer portal needs besides what all portals have.

use std::fmt;
use std::sync::Arc;

use aggregation::Aggregation;
use payment_trust::Chain;

use crate::certificates::Authority;
use crate::desk::Desk;
use crate::sales::Sales;

/// What the consumer portal works with. One a server, in the data of the app.
pub struct Till {
    /// Where instructions are signed and handed in.
    pub desk: Desk,
    /// What was paid.
    pub sales: Sales,
    /// Proofs that a payment is in a bill.
    pub aggregation: Aggregation,
    /// The certificates that every document is verified against.
    pub chain: Chain,
    /// Who takes certificates out of force.
    pub authority: Arc<dyn Authority>,
    /// The domain that passkeys are made for (WebAuthn, `rpId`).
    pub relying_party: String,
    /// How old a message may be at the door, in milliseconds.
    pub message_max_age_ms: i64,
    /// Cards of a simulated bank, for portals where no money is real.
    pub test_cards: Vec<TestCard>,
}

/// A card of a simulated bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCard {
    /// By which it is chosen.
    pub name: &'static str,
    /// `SYSTEM:TOKEN`.
    pub instrument: &'static str,
}

impl Till {
    /// How long somebody has for a page with a message in it: a little less than the message lives.
    pub(crate) const fn patience_ms(&self) -> i64 {
        self.message_max_age_ms.saturating_sub(Self::MARGIN_MS)
    }

    /// For the way to the door.
    const MARGIN_MS: i64 = 15_000;
}

impl fmt::Debug for Till {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Till({})", self.relying_party)
    }
}
