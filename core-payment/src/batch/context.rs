//! What every batch of a server shares: the policy in force, where to ask, who signs, seals and tells the time.

use std::sync::Arc;

use arc_swap::ArcSwap;
use payment_domain::Purpose;
use payment_trust::Sealer;

use crate::act::{Reversal, Settlement};
use crate::policy::InForce;
use crate::ports::{Clock, Notary};
use crate::routes::Routes;
use crate::storage::{Conn, StorageError};

/// What every batch of a server shares.
pub(crate) struct Context {
    pub(crate) policy: ArcSwap<InForce>,
    pub(crate) routes: Routes,
    pub(crate) notary: Arc<dyn Notary>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settlements: Vec<Arc<dyn Settlement>>,
    pub(crate) reversals: Vec<Arc<dyn Reversal>>,
}

impl Context {
    /// Goes over to the policy that two people have put into force, if there is a newer one.
    pub(crate) fn follow_policy(&self, conn: &mut Conn) -> Result<(), StorageError> {
        let Some(newer) = self.policy.load().newer(conn)? else { return Ok(()) };
        tracing::info!(version = newer.version, name = %newer.policy.name, "another policy is in force");
        self.policy.store(Arc::new(newer));
        Ok(())
    }

    /// Who ends attempts of this purpose.
    pub(crate) fn settlement(&self, purpose: Purpose) -> Option<&Arc<dyn Settlement>> {
        self.settlements.iter().find(|settlement| settlement.purpose() == purpose)
    }

    /// Who takes back what attempts of this purpose have moved.
    pub(crate) fn reversal(&self, purpose: Purpose) -> Option<&Arc<dyn Reversal>> {
        self.reversals.iter().find(|reversal| reversal.purpose() == purpose)
    }
}
