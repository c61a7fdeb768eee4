//! A shop that has sold something, and a program with its key.

use anyhow::Result;
use serde_json::Value;
use tests::database::Database;
use tests::portal::{Page, Visitor};
use tests::shop::{Shop, Street, until};

/// A shop with sales, one of them given back in part, with payouts and four items.
pub(crate) struct Trade {
    pub(crate) street: Street,
    pub(crate) shop: Shop,
}

impl Trade {
    pub(crate) async fn open(database: Database, sales: usize) -> Result<Self> {
        let mut street = Street::open(database).await?;
        let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram, \"zone 7\"").await?;
        for code in ["A1", "B2", "C3"] {
            shop.add(code, "Tram").await?;
        }
        shop.make_key("Accounting").await?;
        for number in 1..=sales {
            let order = street.buy(&mut shop).await?;
            shop.things.order = order.clone();
            if number == sales {
                // Before it is paid out: afterwards there is nothing on the account to give back.
                shop.refund(&order, &[("amount", "0.40")]).await?.leads()?;
                until(&mut shop.owner, &format!("/payments/{order}"), "partly given back").await?;
            }
            // A payout after the first sale, and one after the last.
            if number == 1 || number == sales {
                street.pay_out()?;
            }
        }
        Ok(Self { street, shop })
    }

    pub(crate) fn program(&self) -> Visitor {
        self.shop.owner.program(&self.shop.things.secret)
    }

    pub(crate) fn close(self) -> Result<()> {
        self.street.close()
    }
}

/// What an answer says.
pub(crate) fn json(page: &Page) -> Result<Value> {
    Ok(serde_json::from_str(&page.text)?)
}
