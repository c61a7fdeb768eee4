//! Nobody sees, confirms or changes what is somebody else's: it is not there for them.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::Portals;
use tests::town::people::{ALICE_NUMBER, BOB_NUMBER};

on_each_database!(what_is_somebody_elses_is_not_there);

async fn what_is_somebody_elses_is_not_there(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut bob) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;
    let deposit = |price: &'static str| portals.scene.deposit(portals.scene.town.offer("parking", price));
    let (paid, open) = (deposit("1.80").await?.digest, deposit("0.30").await?.digest);
    let pays = |page: &tests::portal::Page| {
        page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")
    };
    let page = alice.get(&format!("/pay/{paid}")).await?.shown()?;
    let done = alice.submit(&page, &pays(&page)?, &[]).await?;
    let order = done.leads()?.rsplit('/').next().context("an order")?.to_owned();
    let waiting = pays(&alice.get(&format!("/pay/{open}")).await?.shown()?)?;
    let page = alice.get("/top-up").await?.shown()?;
    let top_up = alice.submit(&page, "/top-up", &[("amount", "20")]).await?.leads()?.to_owned();

    for path in [
        format!("/payments/{order}"),
        format!("/payments/{order}/receipt.xml"),
        format!("/payments/{order}/verify"),
        format!("/payments/{order}/proof"),
        format!("/payments/{order}/proof.xml"),
        format!("/payments/{order}/dispute"),
        format!("/payments/{order}/request"),
        format!("/paid/{order}"),
        top_up.clone(),
        "/coupons/018f4b2e-0000-7000-8000-000000000001".to_owned(),
        "/bills/12345".to_owned(),
        "/bills/12345/bill.xml".to_owned(),
        "/bills/12345/verify".to_owned(),
        "/campaigns/018f4b2e-0000-7000-8000-000000000001".to_owned(),
    ] {
        let page = bob.get(&path).await?;
        ensure!(page.status == 404, "{path} for somebody else: {page:?}");
    }
    // Bob's own token is good; the order is not his.
    let token = bob.get("/interests").await?.shown()?.form("/interests")?;
    for path in [
        waiting.clone(),
        format!("{waiting}/code"),
        top_up.clone(),
        format!("{top_up}/code"),
        format!("/payments/{order}/dispute"),
        format!("/payments/{order}/request"),
        format!("/payments/{order}/request/withdraw"),
    ] {
        let answer = bob.post(&path, &token).await?;
        ensure!(answer.status == 404, "{path}: {answer:?}");
    }
    ensure!(!bob.get("/payments").await?.shown()?.text.contains(&order));
    // They are still Alice's to confirm.
    let page = alice.get(&format!("/pay/{open}")).await?.shown()?;
    ensure!(pays(&page)? == waiting);
    alice.submit(&page, &waiting, &[]).await?.leads()?;
    portals.scene.close(2)
}
