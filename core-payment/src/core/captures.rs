//! Captures and voids of authorised orders.

use payment_domain::{CaptureOrder, VoidOrder};
use payment_message::Verified;

use super::Core;
use crate::order::capture::{Capturing, Voiding};
use crate::reply::{Reply, SubmitError};

impl Core {
    /// Takes what was authorised, or a part of it; the rest is set free.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the capture, and it may be sent again.
    pub async fn capture(&self, order: Verified<CaptureOrder>) -> Result<Reply, SubmitError> {
        self.request(Capturing(order)).await
    }

    /// Sets free all that was authorised.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is known of the void, and it may be sent again.
    pub async fn void(&self, order: Verified<VoidOrder>) -> Result<Reply, SubmitError> {
        self.request(Voiding(order)).await
    }
}
