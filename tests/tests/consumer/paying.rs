//! The checkout: one order, one receipt, and back to where the merchant said that it is.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_domain::{Digest, Label, Mode, OrderId};
use serde_json::{Value, json};
use tests::database::Database;
use tests::on_each_database;
use tests::passkey::Authenticator;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::{ALICE, ALICE_NUMBER};

on_each_database!(
    a_small_amount_is_paid_with_two_presses_and_its_receipt_verifies,
    pressed_twice_sent_again_or_gone_back_it_is_one_payment,
    a_passkey_signs_the_order_and_pays_large_amounts_with_one_press,
    a_browser_goes_back_only_to_where_the_merchant_said_that_it_is,
    a_hostile_title_stays_a_title,
    a_phone_without_script_pays_as_well,
    a_forged_form_pays_nothing,
);

/// Whoever entered their last code an hour ago.
fn an_hour_passes(portals: &Portals) -> Result<()> {
    portals.scene.database.sql()?.execute("UPDATE portal_session SET proved_at = proved_at - 3600000")
}

async fn offer(portals: &Portals, merchant: &str, price: &str) -> Result<String> {
    let offer = portals.scene.deposit(portals.scene.town.offer(merchant, price)).await?;
    Ok(offer.digest.to_string())
}

/// The form that pays, not the one that sends a code.
fn pays(page: &Page) -> Result<String> {
    let actions = page.actions("/pay/");
    actions.into_iter().find(|action| !action.ends_with("/code")).context("nothing to press")
}

fn order_of(address: &str) -> Result<OrderId> {
    Ok(OrderId::parse(address.rsplit('/').next().unwrap_or_default())?)
}

async fn a_small_amount_is_paid_with_two_presses_and_its_receipt_verifies(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    let digest = offer(&portals, "parking", "1.80").await?;

    // Whoever is not signed in sees what it costs, and nothing is made for them.
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(page.text.contains("€1.80") && page.actions("/pay/").is_empty(), "{page:?}");

    alice.sign_in(ALICE_NUMBER).await?;
    an_hour_passes(&portals)?;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(page.text.contains("€98.20"), "what is left afterwards: {page:?}");
    ensure!(pays(&page).is_err(), "without a code nothing can be paid");
    let send = page.actions("/pay/").pop().context("a code can be sent")?;

    let sent = alice.submit(&page, &send, &[]).await?;
    let page = alice.get(sent.leads()?).await?.shown()?;
    let pay = pays(&page)?;
    let wrong = alice.submit(&page, &pay, &[("code", "000000")]).await?;
    let page = alice.get(wrong.leads()?).await?.shown()?;
    let code = alice.code(ALICE_NUMBER)?;
    let paid = alice.submit(&page, &pays(&page)?, &[("code", &code)]).await?;
    let order = order_of(paid.leads()?)?;

    let receipt = alice.get(paid.leads()?).await?.shown()?;
    ensure!(receipt.text.contains("€1.80") && receipt.text.contains("paid"), "{receipt:?}");
    let verified = alice.get(&format!("/payments/{order}/verify")).await?.shown()?;
    ensure!(verified.text.contains("genuine") && !verified.text.contains("not genuine"), "{verified:?}");
    let document = alice.get(&format!("/payments/{order}/receipt.xml")).await?.shown()?;
    ensure!(document.content_type == "application/xml" && document.text.contains(&order.to_string()));
    let checked = alice.get(&format!("/pay/{digest}/checked")).await?.shown()?;
    ensure!(checked.text.contains("genuine") && !checked.text.contains("not genuine"), "{checked:?}");
    let line = alice.get(&format!("/payments/{order}")).await?.shown()?;
    ensure!(line.text.contains("parking"), "{line:?}");
    let list = alice.get("/payments?q=PARK&state=paid").await?.shown()?;
    ensure!(list.text.contains(&order.to_string()), "{list:?}");
    ensure!(portals.scene.balance(ALICE)? == 98_200_000);
    portals.scene.close(1)
}

async fn pressed_twice_sent_again_or_gone_back_it_is_one_payment(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let digest = offer(&portals, "news", "0.002").await?;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    let pay = pays(&page)?;
    let form = page.form(&pay)?;

    // A second window shows the same order, and both are pressed at once.
    let mut window = alice.another_window();
    let same = window.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(pays(&same)? == pay, "a reload makes no other order");
    let (first, second) = tokio::join!(alice.post(&pay, &form), window.post(&pay, &form));
    let (first, second) = (first?, second?);
    ensure!(first.leads()? == second.leads()?, "{first:?} {second:?}");
    for _ in 0..3 {
        let again = alice.post(&pay, &form).await?;
        ensure!(again.leads()? == first.leads()?, "{again:?}");
    }
    let receipt = alice.get(first.leads()?).await?.shown()?;
    ensure!(receipt.text.contains("€0.002"), "{receipt:?}");

    // Going back to the offer does not offer it again.
    let back = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(pays(&back).is_err() && back.text.contains("just paid"), "{back:?}");
    let once_more = alice.get(&format!("/pay/{digest}?again=1")).await?.shown()?;
    ensure!(pays(&once_more)? != pay, "on purpose it is another order");
    ensure!(portals.scene.balance(ALICE)? == 99_998_000);
    portals.scene.close(1)
}

/// What a browser's `toJSON` makes of an assertion over the challenge on the page.
fn signed(page: &Page, passkey: &Authenticator) -> Result<String> {
    let options: Value = serde_json::from_str(&page.attribute("data-options").context("no ceremony")?)?;
    let challenge = URL_SAFE_NO_PAD.decode(options["challenge"].as_str().context("no challenge")?)?;
    let assertion = passkey.assertion(&challenge)?;
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let id = text(&assertion.credential_id);
    ensure!(options["allowCredentials"][0]["id"] == id.as_str(), "{options}");
    Ok(json!({
        "id": id, "rawId": id, "type": "public-key",
        "response": {
            "clientDataJSON": text(&assertion.client_data_json),
            "authenticatorData": text(&assertion.authenticator_data),
            "signature": text(&assertion.signature),
        },
    })
    .to_string())
}

async fn with_passkey(portals: &Portals, browser: &mut Visitor) -> Result<Authenticator> {
    browser.sign_in(ALICE_NUMBER).await?;
    an_hour_passes(portals)?;
    let mut passkey = portals.scene.passkey(ALICE).await?;
    passkey.origin.clone_from(&portals.consumer);
    Ok(passkey)
}

async fn a_passkey_signs_the_order_and_pays_large_amounts_with_one_press(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    let passkey = with_passkey(&portals, &mut alice).await?;
    let digest = offer(&portals, "concert", "45.00").await?;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    let pay = pays(&page)?;

    // Another passkey's signature pays nothing; and then this order is over.
    let mut stranger = Authenticator::make()?;
    (stranger.origin, stranger.credential) = (portals.consumer.clone(), passkey.credential.clone());
    let refused = alice.submit(&page, &pay, &[("assertion", &signed(&page, &stranger)?)]).await?;
    let refused = alice.get(refused.leads()?).await?.shown()?;
    ensure!(refused.text.contains("does not fit"), "{refused:?}");

    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(pays(&page)? != pay);
    let paid = alice.submit(&page, &pays(&page)?, &[("assertion", &signed(&page, &passkey)?)]).await?;
    let order = order_of(paid.leads()?)?;
    let receipt = alice.get(paid.leads()?).await?.shown()?;
    ensure!(receipt.text.contains("€45.00") && receipt.text.contains("paid"), "{receipt:?}");
    let mode = portals.scene.database.sql()?.words("SELECT mode AS value FROM payment")?;
    ensure!(mode == [Mode::Single.as_str()], "{mode:?} for {order}");
    portals.scene.close(1)
}

async fn a_browser_goes_back_only_to_where_the_merchant_said_that_it_is(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    portals.scene.app.command(&["party", "change", "parking", "--site", "https://shop.example"])?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;

    let digest = offer(&portals, "parking", "1.80").await?;
    let there = "https%3A%2F%2Fshop.example%2Fback%3Fcart%3D7";
    let page = alice.get(&format!("/pay/{digest}?return={there}")).await?.shown()?;
    ensure!(page.text.contains("https://shop.example/back?cart=7&#38;meteore-cancelled=1"), "{page:?}");
    let paid = alice.submit(&page, &pays(&page)?, &[]).await?;
    let back = paid.leads()?.to_owned();
    let rest = back.strip_prefix("https://shop.example/back?cart=7&meteore-order=").context(back.clone())?;
    let (order, digest_of_order) = rest.split_once("&meteore-digest=").context("both")?;
    let reply = portals
        .scene
        .door()
        .connect()
        .await?
        .fetch_receipt(OrderId::parse(order)?, &Digest::parse(digest_of_order)?)
        .await?;
    ensure!(reply.receipt()?.merchant.as_str() == "parking", "the merchant fetches its receipt");

    for elsewhere in [
        "https%3A%2F%2Fevil.example%2F",
        "javascript%3Aalert(1)",
        "%2F%2Fevil.example",
        "https%3A%2F%2Fshop.example%40evil.example%2F",
    ] {
        let digest = offer(&portals, "parking", "0.10").await?;
        let page = alice.get(&format!("/pay/{digest}?return={elsewhere}")).await?.shown()?;
        ensure!(
            !page.text.contains("evil.example") || !page.text.contains("href=\"https://evil"),
            "{page:?}"
        );
        let paid = alice.submit(&page, &pays(&page)?, &[]).await?;
        ensure!(paid.leads()?.starts_with("/paid/"), "{elsewhere}: {paid:?}");
    }
    portals.scene.close(5)
}

async fn a_hostile_title_stays_a_title(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let mut draft = portals.scene.town.offer("news", "0.002");
    draft.offer.title = Label::parse("</title><script>alert(1)</script>\" onload=\"x")?;
    draft.offer.item = Label::parse("<img src=x onerror=alert(2)>")?;
    let digest = portals.scene.deposit(draft).await?.digest;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    let paid = alice.submit(&page, &pays(&page)?, &[]).await?;
    let order = order_of(paid.leads()?)?;
    for path in [
        format!("/pay/{digest}"),
        format!("/pay/{digest}/checked"),
        format!("/paid/{order}"),
        "/".to_owned(),
        "/payments?q=%3Cscript%3Ealert(3)".to_owned(),
        "/payments".to_owned(),
        format!("/payments/{order}"),
        format!("/payments/{order}/verify"),
        format!("/payments/{order}/dispute"),
        format!("/payments/{order}/request"),
    ] {
        let page = alice.get(&path).await?.shown()?;
        ensure!(
            !page.text.contains("<script>alert") && !page.text.contains("<img src=x"),
            "{path}: {page:?}"
        );
    }
    portals.scene.close(1)
}

async fn a_phone_without_script_pays_as_well(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.phone()?;
    with_passkey(&portals, &mut alice).await?;
    let digest = offer(&portals, "parking", "1.80").await?;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    ensure!(page.content_type.starts_with("application/vnd.wap.xhtml+xml"), "{page:?}");
    ensure!(page.attribute("data-options").is_none(), "what it cannot do is not asked of it");
    let send = page.actions("/pay/").pop().context("a code can be sent")?;
    let sent = alice.submit(&page, &send, &[]).await?;
    let page = alice.get(sent.leads()?).await?.shown()?;
    let code = alice.code(ALICE_NUMBER)?;
    let paid = alice.submit(&page, &pays(&page)?, &[("code", &code)]).await?;
    let receipt = alice.get(paid.leads()?).await?.shown()?;
    ensure!(receipt.text.contains("€1.80"), "{receipt:?}");
    ensure!(alice.get("/").await?.shown()?.content_type.starts_with("application/vnd.wap.xhtml+xml"));
    portals.scene.close(1)
}

async fn a_forged_form_pays_nothing(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let digest = offer(&portals, "parking", "1.80").await?;
    let page = alice.get(&format!("/pay/{digest}")).await?.shown()?;
    let pay = pays(&page)?;
    for fields in [
        vec![],
        vec![("form_token".to_owned(), "made-up".to_owned())],
        vec![("form_token".to_owned(), String::new()), ("code".to_owned(), "123456".to_owned())],
    ] {
        let refused = alice.post(&pay, &fields).await?;
        ensure!(refused.status == 403, "{refused:?}");
    }
    ensure!(portals.scene.balance(ALICE)? == 100_000_000);
    portals.scene.close(0)
}
