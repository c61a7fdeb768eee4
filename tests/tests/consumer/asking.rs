//! What consumers write to merchants to get money back: theirs, kept with them, and gone with them.

use anyhow::{Context as _, Result, ensure};
use payment_domain::{CouponTerms, Digest, Sale};
use serde_json::Value;
use tests::database::Database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::{ALICE_NUMBER, BOB_NUMBER};
use tests::{clock, on_each_database};

on_each_database!(
    a_request_is_its_consumers_alone_and_goes_with_them,
    a_coupon_is_given_back_by_its_bank_and_not_asked_about,
);

const NEW: &str = "+33699999906";

/// Pays an offer, and returns the payment's page.
async fn pay(who: &mut Visitor, digest: &Digest) -> Result<String> {
    let page = who.get(&format!("/pay/{digest}")).await?.shown()?;
    let pay = page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")?;
    let paid = who.submit(&page, &pay, &[]).await?.leads()?.to_owned();
    Ok(format!("/payments/{}", paid.rsplit('/').next().context("an order")?))
}

async fn ask(who: &mut Visitor, payment: &str, reason: &str) -> Result<Page> {
    let address = format!("{payment}/request");
    let page = who.get(&address).await?.shown()?;
    ensure!(
        who.submit(&page, &address, &[("amount", "1.80"), ("reason", reason)]).await?.leads()? == payment
    );
    who.get(payment).await?.shown()
}

async fn a_request_is_its_consumers_alone_and_goes_with_them(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut new, mut bob) = (portals.phone()?, portals.browser()?);
    new.sign_in(NEW).await?;
    bob.sign_in(BOB_NUMBER).await?;
    // All that she has goes into one payment: whoever has money left cannot leave.
    let page = new.get("/means").await?.shown()?;
    new.submit(&page, "/means/card", &[("card", "approved")]).await?.leads()?;
    let page = new.get("/top-up").await?.shown()?;
    let opened = new.submit(&page, "/top-up", &[("amount", "10")]).await?.leads()?.to_owned();
    let page = new.get(&opened).await?.shown()?;
    new.submit(&page, &opened, &[]).await?.leads()?;
    let offer = portals.scene.deposit(portals.scene.town.offer("parking", "10.00")).await?;
    let payment = pay(&mut new, &offer.digest).await?;
    let asked = ask(&mut new, &payment, "The barrier was closed").await?;
    ensure!(asked.text.contains("The barrier was closed"), "{asked:?}");
    let mut sql = portals.scene.database.sql()?;

    // Somebody else takes nothing back.
    let token = bob.get("/interests").await?.shown()?.form("/interests")?;
    for path in [format!("{payment}/request"), format!("{payment}/request/withdraw")] {
        let answer = bob.post(&path, &token).await?;
        ensure!(answer.status == 404, "{path}: {answer:?}");
    }
    ensure!(sql.number("SELECT COUNT(*) FROM refund_request WHERE state = 'open'")? == 1);

    let page = new.get("/privacy").await?.shown()?;
    let file = new.submit(&page, "/privacy/export", &[]).await?.shown()?;
    let all: Value = serde_json::from_str(&file.text)?;
    let request = &all["requests"][0];
    ensure!(request["reason"] == "The barrier was closed" && request["state"] == "open", "{all}");
    ensure!(payment.ends_with(request["order"].as_str().context("an order")?), "{all}");

    let page = new.get("/privacy/leave").await?.shown()?;
    let left = new.submit(&page, "/privacy/leave", &[("sure", "yes")]).await?;
    ensure!(left.leads()? == "/sign-in", "{left:?}");
    ensure!(sql.number("SELECT COUNT(*) FROM refund_request")? == 0, "her words are gone with her");
    ensure!(sql.number("SELECT COUNT(*) FROM payment")? == 1, "the payment is not");
    drop(sql);
    portals.scene.close(1)
}

async fn a_coupon_is_given_back_by_its_bank_and_not_asked_about(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let expires_at = clock::now().saturating_add_millis(30 * 24 * 60 * 60 * 1000);
    let voucher = portals.scene.town.offer("parking", "2.00").with(|offer| {
        offer.sale = Sale::Coupon;
        offer.coupon = Some(CouponTerms { expires_at, transferable: true });
    });
    let offer = portals.scene.deposit(voucher).await?;
    let payment = pay(&mut alice, &offer.digest).await?;
    let page = alice.get(&payment).await?.shown()?;
    ensure!(page.link(&format!("{payment}/request")).is_none(), "{page:?}");
    ensure!(alice.get(&format!("{payment}/request")).await?.leads()? == payment);
    let token = alice.get("/interests").await?.shown()?.form("/interests")?;
    let token = token.into_iter().filter(|(name, _)| name == "form_token");
    let fields = [("amount", "2.00"), ("reason", "x")].map(|(name, text)| (name.into(), text.into()));
    let fields: Vec<(String, String)> = token.chain(fields).collect();
    ensure!(alice.post(&format!("{payment}/request"), &fields).await?.leads()? == payment);
    let asked = portals.scene.database.sql()?.number("SELECT COUNT(*) FROM refund_request")?;
    ensure!(asked == 0);
    portals.scene.close(1)
}
