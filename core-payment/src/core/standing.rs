//! What a consumer could pay with now: what an order would be decided on if it came. Reads only, and promises nothing: the
//! decision is made when the order is there, on what is true then.

use payment_domain::{Currency, Means, Money, PartyId, Spent};

use super::{Core, ReadError, read_error};
use crate::parties::{ExternalInstrument, Party, account_kind};
use crate::storage::party;

/// How a consumer stands, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What is on the account: below zero it is owed. `None` for who only pays through external systems.
    pub balance: Option<Money>,
    /// How far it may be overdrawn.
    pub credit_limit: Money,
    /// What the decision goes by.
    pub means: Means,
    /// The external system that is charged, if one is on file; what it charges is not to be shown (R47).
    pub charged_at: Option<String>,
    /// Whether the consumer may pay at all.
    pub active: bool,
}

impl Core {
    /// How a consumer stands in a currency; `None` if there is no such party. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn standing(&self, consumer: &PartyId, currency: Currency) -> Result<Option<Standing>, ReadError> {
        let mut conn = self.conn()?;
        let row = party::by_name(&mut conn, consumer.as_str()).map_err(read_error)?;
        let Some(row) = row else { return Ok(None) };
        let consumer = Party::load(&mut conn, self.sealer(), row).map_err(read_error)?;
        let account = party::spending(&mut conn, consumer.id, currency.as_str()).map_err(read_error)?;
        let money = |micros| Money::from_micros(micros, currency);
        let held = account.as_ref().and_then(|row| Some((account_kind(&row.kind)?, row)));
        let spent = account.as_ref().map_or_else(Spent::default, |row| Spent {
            since_strong_micros: row.since_strong_micros,
            since_strong_count: u32::try_from(row.since_strong_count).unwrap_or(u32::MAX),
            month: row.month,
            month_micros: row.month_micros,
        });
        Ok(Some(Standing {
            balance: held.map(|(_, row)| money(row.balance)),
            credit_limit: money(account.as_ref().map_or(0, |row| row.credit_limit)),
            means: Means {
                account: held.map(|(kind, row)| (kind, money(row.balance.saturating_add(row.credit_limit)))),
                external: consumer.external.is_some(),
                anonymous: consumer.anonymous,
                spent,
            },
            charged_at: consumer.external.as_ref().map(ExternalInstrument::system).map(str::to_owned),
            active: consumer.active,
        }))
    }
}
