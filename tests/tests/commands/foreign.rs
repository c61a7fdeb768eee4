//! A payment in another currency is a leaf of two documents, with another amount in each.

use anyhow::{Result, bail};
use core_payment::NewAccount;
use payment_domain::{Currency, Money};
use payment_message::Message;
use tests::database::Database;
use tests::town::Newcomer;
use tests::{clock, on_each_database};

use crate::desk::{Desk, FRIDA};
use crate::inclusion::{Auditor, Files};

on_each_database!(what_was_paid_in_another_currency_is_in_the_bill_and_in_the_advice);

async fn what_was_paid_in_another_currency_is_in_the_bill_and_in_the_advice(
    database: Database,
) -> Result<()> {
    let usd = Currency::parse("USD")?;
    let abroad =
        Newcomer { accounts: vec![NewAccount::Merchant { currency: usd }], ..Newcomer::merchant("abroad") };
    let desk = Desk::open(database, [abroad]).await?;
    let day = clock::now().to_string()[..10].to_owned();
    let rates = format!(
        "<Envelope xmlns='http://www.gesmes.org/xml/2002-08-01' xmlns:e='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'>\
         <e:Cube><e:Cube time='{day}'><e:Cube currency='USD' rate='1.25'/></e:Cube></e:Cube></Envelope>"
    );
    desk.works(&["rates", &desk.keep("rates.xml", rates.as_bytes())?])?;

    let town = &desk.scene.town;
    let price = Money::parse("5.00", usd)?;
    let offer = desk.scene.deposit(town.offer("abroad", "1.00").with(|offer| offer.price = price)).await?;
    let asked = town.sign(FRIDA, town.quote_request(FRIDA, price))?;
    let Message::Quote(quote) = desk.scene.door().post(&asked.document).await?.message()? else {
        bail!("no quote")
    };
    let order = town.order(&offer).by(&town.party(FRIDA));
    let order = order.with(|order| order.quote = Some(quote.quote_id)).sign()?;
    let paid = desk.hand_in(&order).await?;
    desk.works(&["close-period", "--all"])?;

    let receipt = desk.keep("receipt.xml", &paid.document)?;
    for (side, amount) in [("consumer", quote.charged), ("merchant", price)] {
        let files = Files::prove(&desk, &receipt, side)?;
        let said = desk.works(&files.verify(&desk.root()?))?;
        assert!(said.contains(&format!("{amount} to abroad")), "{side}: {said}");
        if let Some(auditor) = Auditor::find() {
            auditor.agrees(&files)?;
        }
    }
    desk.close(1)
}
