//! Through the real server: the bank's file by command, the quote and the order over HTTPS.

use anyhow::{Result, bail, ensure};
use payment_message::{Code, Message};
use tests::app::App;
use tests::clock;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::Town;
use tests::town::people::ALICE;

use crate::{dollars, seller};

on_each_database!(the_banks_file_is_declared_quoted_and_paid_by);

fn file(day: &str, usd: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube><Cube time='{day}'><Cube currency='USD' rate='{usd}'/><Cube currency='JPY' rate='161.50'/></Cube></Cube>
</gesmes:Envelope>"#
    )
}

async fn the_banks_file_is_declared_quoted_and_paid_by(database: Database) -> Result<()> {
    let town = Town::found_with(&database, vec![seller()]).await?;
    let app = App::start(&town, &database).await?;
    let mut scene = Scene { app, database, town };
    ensure!(scene.app.command(&["rates"])?.contains("No rates were declared"));
    let day = clock::now().to_string()[..10].to_owned();
    let path = scene.town.folder().join("eurofxref-daily.xml");
    let declare = |text: String| -> Result<String> {
        std::fs::write(&path, text)?;
        scene.app.command(&["rates", path.to_str().unwrap_or_default()])
    };
    let first = declare(file(&day, "1.25"))?;
    ensure!(first.contains(&format!("declared  2 currencies, ECB {day}")), "{first}");
    ensure!(declare(file(&day, "1.250"))?.contains("known     2 currencies"));
    let older = declare(file("2026-01-02", "3"))?;
    ensure!(older.contains("are newer and count"), "{older}");
    for wrong in [file(&day, "1.26"), file("9999-01-01", "1.25"), file(&day, "1,25"), "<x/>".to_owned()] {
        ensure!(declare(wrong.clone()).is_err(), "{wrong}");
    }
    let shown = scene.app.command(&["rates"])?;
    ensure!(
        shown.contains("USD") && shown.contains("1.25") && shown.contains("before     ECB 2026-01-02"),
        "{shown}"
    );

    let draft = scene.town.offer("abroad", "1.00").with(|offer| offer.price = dollars("10.00"));
    let offer = scene.deposit(draft).await?;
    let plain = scene.town.order(&offer).sign()?;
    scene.order(&plain).await?.refused(422, Code::WrongCurrency)?;
    let request = scene.town.sign(ALICE, scene.town.quote_request(ALICE, dollars("10.00")))?;
    let reply = scene.door().post(&request.document).await?;
    let Message::Quote(quote) = reply.message()? else { bail!("no quote: {}", reply.status) };
    ensure!(reply.status == 200 && quote.request_id == request.message.request_id);
    assert_eq!(quote.charged.to_string(), "EUR 8.08");
    let by_quote = || scene.town.order(&offer).with(|order| order.quote = Some(quote.quote_id)).sign();
    let order = by_quote()?;
    let receipt = scene.pay(&order).await?;
    assert_eq!(receipt.charged, Some((quote.charged, quote.rate)));
    scene.order(&by_quote()?).await?.refused(409, Code::QuoteUsed)?;
    assert_eq!(scene.pay(&order).await?, receipt, "the first receipt");
    let merchant = scene.town.sign("parking", scene.town.quote_request(ALICE, dollars("10.00")))?;
    scene.door().post(&merchant.document).await?.refused(403, Code::WrongRole)?;
    assert_eq!(scene.balance(ALICE)?, 91_920_000);
    scene.close(1)
}
