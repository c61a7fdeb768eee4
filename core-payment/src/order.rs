//! What becomes of one message inside a batch: accept an order, refund a payment, finish an attempt, deposit an offer.
//!
//! Each has two steps: `resolve` reads what never changes and says which accounts to lock; then the act itself decides
//! against the locked batch and adds rows to it. Start at [`accept`].

pub(crate) mod accept;
mod attempt;
pub(crate) mod capture;
pub(crate) mod deposit;
pub(crate) mod finish;
pub(crate) mod give_back;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod repeat;
pub(crate) mod returned;
pub(crate) mod status;

use std::collections::HashMap;
use std::sync::Arc;

use payment_domain::{Capture, Currency, Digest, Money, Sale};

use crate::batch::BatchError;
use crate::storage::payment::OfferRow;
use crate::storage::{Conn, payment};

/// The terms of a deposited offer. They never change: the digest names them.
pub(crate) struct Terms {
    pub(crate) row: OfferRow,
    pub(crate) price: Money,
    pub(crate) sale: Sale,
    pub(crate) capture: Capture,
}

/// Offers that one writer has met.
#[derive(Default)]
pub(crate) struct Offers(HashMap<Digest, Arc<Terms>>);

impl Offers {
    /// How many are remembered.
    const MOST: usize = 50_000;

    /// The offer with this digest.
    pub(crate) fn find(
        &mut self,
        conn: &mut Conn,
        digest: &Digest,
    ) -> Result<Option<Arc<Terms>>, BatchError> {
        if let Some(terms) = self.0.get(digest) {
            return Ok(Some(Arc::clone(terms)));
        }
        let Some(row) = payment::offer_by_digest(conn, digest.as_bytes())? else { return Ok(None) };
        let currency = Currency::parse(&row.currency).map_err(|_| BatchError::Corrupt("offer"))?;
        let sale = Sale::parse(&row.sale).map_err(|_| BatchError::Corrupt("offer"))?;
        let capture = Capture::parse(&row.capture).map_err(|_| BatchError::Corrupt("offer"))?;
        let terms = Arc::new(Terms { capture, price: Money::from_micros(row.micros, currency), sale, row });
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(*digest, Arc::clone(&terms));
        Ok(Some(terms))
    }
}
