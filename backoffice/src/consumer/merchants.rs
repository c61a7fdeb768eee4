//! What merchants are called before consumers: as they call themselves, and else as the payment system knows them.
//!
//! What this must not do: leave the party's name out where it matters who somebody is. Anybody may call themselves anything.

use std::collections::BTreeMap;

use core_payment::{Core, ReadError};
use payment_domain::{Label, MerchantId, PartyId};

use crate::web::{Fault, Visitor};

/// The names of the merchants on a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(BTreeMap<PartyId, Label>);

impl Names {
    /// Reads the names of these merchants.
    pub(crate) async fn of<'m>(
        visitor: &Visitor,
        merchants: impl IntoIterator<Item = &'m MerchantId>,
    ) -> Result<Self, Fault> {
        let merchants: Vec<MerchantId> = merchants.into_iter().cloned().collect();
        let core = visitor.portal().core.clone();
        let read = tokio::task::spawn_blocking(move || Self::read(&core, &merchants)).await;
        Ok(read.map_err(Fault::internal)??)
    }

    /// The same. Blocks.
    pub(crate) fn read<'m>(
        core: &Core,
        merchants: impl IntoIterator<Item = &'m MerchantId>,
    ) -> Result<Self, ReadError> {
        let wanted = merchants.into_iter().map(|merchant| merchant.party().clone()).collect();
        Ok(Self(core.trade_names(&wanted)?))
    }

    /// As a merchant calls itself, if it does.
    pub(crate) fn short(&self, merchant: &MerchantId) -> String {
        self.0.get(merchant.party()).map_or_else(|| merchant.to_string(), |name| name.as_str().to_owned())
    }

    /// The same with the name that only this merchant has.
    pub(crate) fn whole(&self, merchant: &MerchantId) -> String {
        match self.0.get(merchant.party()) {
            Some(name) => format!("{} ({merchant})", name.as_str()),
            None => merchant.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_is_called_as_it_likes_and_still_told_apart() {
        let merchant = MerchantId::parse("cafe-7k2f9").unwrap();
        let nameless = Names::default();
        assert_eq!(
            (nameless.short(&merchant), nameless.whole(&merchant)),
            ("cafe-7k2f9".into(), "cafe-7k2f9".into())
        );
        let name = (merchant.party().clone(), Label::parse("Café").unwrap());
        let names = Names(BTreeMap::from([name]));
        assert_eq!(
            (names.short(&merchant), names.whole(&merchant)),
            ("Café".into(), "Café (cafe-7k2f9)".into())
        );
    }
}
