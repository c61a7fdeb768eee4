//! What the merchant portal needs besides what all portals have.

use std::fmt;
use std::sync::Arc;

use actix_web::web::Data;
use aggregation::fee::FeeSchedule;

use crate::certificates::Authority;
use crate::desk::Desk;
use crate::sales::{Sales, SalesError};
use crate::web::{Fault, Origin};

/// What the merchant portal works with. One a server, in the data of the app.
pub struct Shop {
    /// Where messages are signed and handed in.
    pub desk: Desk,
    /// What was sold.
    pub sales: Sales,
    /// What merchants pay unless something else was agreed with them.
    pub fees: FeeSchedule,
    /// Where consumers pay: pay links lead there.
    pub consumers: Origin,
    /// Who takes certificates out of force.
    pub authority: Arc<dyn Authority>,
}

impl Shop {
    /// Reads sales, on a thread where waiting is allowed.
    pub(crate) async fn read<T: Send + 'static>(
        this: &Data<Self>,
        work: impl FnOnce(&Sales) -> Result<T, SalesError> + Send + 'static,
    ) -> Result<T, Fault> {
        let this = this.clone();
        let read = tokio::task::spawn_blocking(move || work(&this.sales)).await;
        read.map_err(Fault::internal)?.map_err(unreadable)
    }
}

/// Why sales cannot be shown.
pub(crate) fn unreadable(error: SalesError) -> Fault {
    match error {
        SalesError::UnknownParty => Fault::NotFound,
        SalesError::TooLong => Fault::invalid(),
        error => Fault::unavailable(error),
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shop({})", self.consumers)
    }
}
