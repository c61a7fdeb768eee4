//! Money back that a consumer asks for: a letter, which moves nothing until the merchant gives something back.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::Page;
use tests::shop::{Street, until};

on_each_database!(
    a_request_is_answered_with_money_or_with_words_and_taken_back_before,
    whoever_signs_refunds_elsewhere_has_answered_too,
);

/// Asks for money back, and returns the page of the payment.
async fn ask(street: &mut Street, order: &str, amount: &str, reason: &str) -> Result<Page> {
    street.ask_back(order, amount, reason).await?;
    street.buyer.get(&format!("/payments/{order}")).await?.shown()
}

fn says(page: &Page, texts: &[&str]) -> Result<()> {
    for text in texts {
        ensure!(page.text.contains(text), "{text} is not said: {page:?}");
    }
    Ok(())
}

async fn a_request_is_answered_with_money_or_with_words_and_taken_back_before(
    database: Database,
) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let mut vera = street.join(&mut shop, "vera@example.org", "viewer").await?;
    let order = street.buy(&mut shop).await?;
    let (payment, request) = (format!("/payments/{order}"), format!("/payments/{order}/request"));
    let (decline, refund) = (format!("{payment}/decline"), format!("{payment}/refund"));

    // More than was paid, nothing, and no reason: asked for again.
    let page = street.buyer.get(&request).await?.shown()?;
    // What did not come back is there already.
    says(&page, &["name=\"amount\" value=\"2.40\""])?;
    for (amount, reason) in [("2.41", "Rain"), ("0", "Rain"), ("2.40", " "), ("2.40", &"x".repeat(121))] {
        let again = street.buyer.submit(&page, &request, &[("amount", amount), ("reason", reason)]).await?;
        ensure!(again.status == 422, "{amount}, {reason}: {again:?}");
    }

    // One open request, whatever is pressed.
    let asked = ask(&mut street, &order, "1.00", "It was raining").await?;
    says(&asked, &["waits for the merchant", "It was raining", "You asked the merchant for €1.00 back"])?;
    ensure!(asked.text.contains(&format!("{payment}/dispute")), "it can be disputed all the same: {asked:?}");
    ensure!(asked.link(&request).is_none(), "it was asked for already: {asked:?}");
    let twice = street.buyer.submit(&page, &request, &[("amount", "2.00"), ("reason", "Once more")]).await?;
    ensure!(twice.leads()? == payment, "{twice:?}");
    let count = |street: &Street, which: &str| {
        street.portals.scene.database.sql()?.number(&format!("SELECT COUNT(*) FROM refund_request {which}"))
    };
    ensure!(count(&street, "")? == 1);

    // Whoever looks sees it; whoever may answers it. Nobody is named.
    says(&shop.owner.get("/").await?.shown()?, &["One request waits for you"])?;
    let listed = shop.owner.get("/requests").await?.shown()?;
    says(&listed, &["It was raining", "waits for you", "€1.00", &payment])?;
    ensure!(!listed.text.to_lowercase().contains("alice"), "{listed:?}");
    let seen = shop.owner.get(&payment).await?.shown()?;
    says(&seen, &["It was raining", &decline, &refund, "The customer asks for €1.00 back"])?;
    // As much as is asked for.
    says(&shop.owner.get(&refund).await?.shown()?, &["name=\"amount\" value=\"1.00\""])?;
    let looked = vera.get(&payment).await?.shown()?;
    says(&looked, &["It was raining"])?;
    ensure!(looked.link(&decline).is_none() && looked.link(&refund).is_none(), "{looked:?}");

    // Taken back, nobody can answer it any more.
    let answering = shop.owner.get(&decline).await?.shown()?;
    let page = street.buyer.get(&payment).await?.shown()?;
    street.buyer.submit(&page, &format!("{request}/withdraw"), &[]).await?.leads()?;
    says(&street.buyer.get(&payment).await?.shown()?, &["taken back", "You took your request back"])?;
    let late = shop.owner.submit(&answering, &decline, &[("reason", "No")]).await?;
    ensure!(late.leads()? == payment, "{late:?}");
    says(&shop.owner.get(&payment).await?.shown()?, &["taken back"])?;
    ensure!(shop.owner.get(&decline).await?.leads()? == payment, "there is nothing to decline");

    // Declined, with words.
    ask(&mut street, &order, "2.40", "It came too late").await?;
    let answering = shop.owner.get(&decline).await?.shown()?;
    let again = shop.owner.submit(&answering, &decline, &[("reason", "")]).await?;
    ensure!(again.status == 422, "{again:?}");
    let no = shop.owner.submit(&answering, &decline, &[("reason", "Tickets say so")]).await?;
    ensure!(no.leads()? == payment, "{no:?}");
    let told = street.buyer.get(&payment).await?.shown()?;
    says(&told, &["declined", "Tickets say so", "The merchant declined"])?;
    let back = "SELECT COALESCE(SUM(refunded_micros), 0) FROM payment";
    ensure!(street.portals.scene.database.sql()?.number(back)? == 0, "letters move nothing");

    // Granted, with less than was asked for.
    ask(&mut street, &order, "2.40", "Please").await?;
    shop.refund(&order, &[("amount", "0.40")]).await?.leads()?;
    says(&street.buyer.get(&payment).await?.shown()?, &["money came back"])?;
    until(&mut shop.owner, &payment, "partly given back").await?;
    let answered = shop.owner.get("/requests").await?.shown()?;
    says(&answered, &["given back", "declined", "taken back"])?;
    let states = "WHERE state = 'granted' AND ended_at IS NOT NULL";
    ensure!(count(&street, states)? == 1 && count(&street, "WHERE state = 'open'")? == 0);
    ensure!(!shop.owner.get("/").await?.shown()?.text.contains("waits for you"));

    // Five times is enough.
    for _ in 0..2 {
        let page = ask(&mut street, &order, "1.00", "Again").await?;
        street.buyer.submit(&page, &format!("{request}/withdraw"), &[]).await?.leads()?;
    }
    ensure!(street.buyer.get(&request).await?.leads()? == payment, "asked often enough");
    let forced = street.buyer.get(&payment).await?.shown()?.form("/sign-out")?;
    let token = forced.into_iter().filter(|(name, _)| name == "form_token");
    let fields = [("amount", "1.00"), ("reason", "Sixth")].map(|(name, text)| (name.into(), text.into()));
    street.buyer.post(&request, &token.chain(fields).collect::<Vec<_>>()).await?.leads()?;
    ensure!(count(&street, "")? == 5);
    street.close()
}

async fn whoever_signs_refunds_elsewhere_has_answered_too(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let (first, second) = (street.buy(&mut shop).await?, street.buy(&mut shop).await?);
    // Asked before, given back before: nobody waits for that.
    shop.refund(&first, &[("amount", "0.40")]).await?.leads()?;
    let asked = ask(&mut street, &first, "2.00", "The rest").await?;
    says(&asked, &["waits for the merchant"])?;
    ask(&mut street, &second, "2.40", "All of it").await?;
    says(&shop.owner.get("/").await?.shown()?, &["2 requests wait for you"])?;
    // Without a word to the page of requests: the read model tells that money came back.
    shop.refund(&second, &[("amount", "2.40")]).await?.leads()?;
    until(&mut shop.owner, "/", "One request waits for you").await?;
    let whole = street.buyer.get(&format!("/payments/{second}")).await?.shown()?;
    says(&whole, &["money came back"])?;
    ensure!(whole.link(&format!("/payments/{second}/request")).is_none(), "all is back: {whole:?}");
    let mut sql = street.portals.scene.database.sql()?;
    let open = sql.words("SELECT CAST(micros AS TEXT) AS value FROM refund_request WHERE state = 'open'");
    ensure!(open.context("requests")? == ["2000000"]);
    drop(sql);
    street.close()
}
