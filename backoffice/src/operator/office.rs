//! What the operators' portal needs besides what all portals have.

use std::fmt;
use std::sync::Arc;

use aggregation::Aggregation;
use payment_trust::SenderCache;

/// What the operators' portal works with. One a server, in the data of the app.
pub struct Office {
    /// Certificates and the revocation list in force.
    pub senders: Arc<SenderCache>,
    /// Decides disputes, and closes periods.
    pub aggregation: Aggregation,
    /// Messages that may wait for a writer.
    pub queue: u64,
    /// The external systems of the configuration, by name.
    pub systems: Vec<String>,
    /// Whether files of payouts wait for a second person.
    pub two_people: bool,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Office({:?})", self.senders)
    }
}
