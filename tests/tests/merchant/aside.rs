//! What a pay link has only set aside is taken or released at the portal, by a merchant who has no server.

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::shop::{Shop, Street, until};

on_each_database!(what_was_set_aside_is_taken_in_part_or_released_once_by_who_may);

/// From now on the money is taken later.
async fn defer(shop: &mut Shop) -> Result<()> {
    let item = format!("/items/{}", shop.things.item);
    let page = shop.owner.get(&item).await?.shown()?;
    let sheet = [
        ("title", "Parking"),
        ("price", "2.40"),
        ("terms", "As seen."),
        ("capture", "deferred"),
        ("active", "yes"),
    ];
    let changed = shop.owner.submit(&page, &item, &sheet).await?;
    ensure!(changed.leads()?.starts_with("/items"), "{changed:?}");
    Ok(())
}

async fn what_was_set_aside_is_taken_in_part_or_released_once_by_who_may(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Parking").await?;
    let mut viewer = street.join(&mut shop, "vera@example.org", "viewer").await?;
    defer(&mut shop).await?;

    let first = street.buy(&mut shop).await?;
    let payment = format!("/payments/{first}");
    let (take, release) = (format!("{payment}/capture"), format!("{payment}/release"));
    let seen = until(&mut shop.owner, &payment, "set aside").await?;
    ensure!(seen.link(&take).is_some() && seen.link(&release).is_some(), "{seen:?}");
    let looked = viewer.get(&payment).await?.shown()?;
    ensure!(looked.link(&take).is_none() && looked.link(&release).is_none(), "{looked:?}");
    for way in [&take, &release] {
        ensure!(viewer.get(way).await?.status == 403, "{way}");
    }

    // What cannot be taken is said where the amount stands.
    let page = shop.owner.get(&take).await?.shown()?;
    ensure!(page.text.contains("name=\"amount\" value=\"2.40\""), "{page:?}");
    for (amount, said) in
        [("abc", "Write an amount"), ("0", "Write an amount"), ("2.41", "more than was set aside")]
    {
        let again = shop.owner.submit(&page, &take, &[("amount", amount)]).await?;
        ensure!(again.status == 422 && again.text.contains(said), "{amount}: {again:?}");
    }
    // Without a token of our own nothing is sent at all.
    let mut forged = page.form(&take)?;
    forged.retain(|(name, _)| name != "form_token");
    forged.push(("amount".to_owned(), "2.40".to_owned()));
    ensure!(shop.owner.post(&take, &forged).await?.status == 403, "without a token");

    // A part, once: whoever presses again, for another amount, gets what was said first.
    let page = shop.owner.get(&take).await?.shown()?;
    for amount in ["1.50", "2.40"] {
        let taken = shop.owner.submit(&page, &take, &[("amount", amount)]).await?;
        ensure!(taken.leads()? == payment, "{taken:?}");
        ensure!(shop.owner.get(&payment).await?.text.contains("€1.50 taken"), "{amount}");
    }
    let seen = until(&mut shop.owner, &payment, "<dd>€1.50</dd>").await?;
    ensure!(seen.link(&take).is_none() && seen.link(&release).is_none(), "{seen:?}");
    ensure!(shop.owner.get(&take).await?.shown()?.text.contains("Nothing is set aside"));
    let late = shop.owner.submit(&page, &take, &[("id", ""), ("amount", "0.90")]).await?;
    ensure!(late.status == 422 || late.status == 400, "without an id: {late:?}");

    // The other one is released, and then there is nothing to take.
    let second = street.buy(&mut shop).await?;
    let payment = format!("/payments/{second}");
    until(&mut shop.owner, &payment, "set aside").await?;
    let (take, release) = (format!("{payment}/capture"), format!("{payment}/release"));
    let (to_take, to_release) =
        (shop.owner.get(&take).await?.shown()?, shop.owner.get(&release).await?.shown()?);
    for _ in 0..2 {
        let released = shop.owner.submit(&to_release, &release, &[]).await?;
        ensure!(released.leads()? == payment, "{released:?}");
        ensure!(shop.owner.get(&payment).await?.text.contains("€2.40 released"));
    }
    let late = shop.owner.submit(&to_take, &take, &[("amount", "2.40")]).await?;
    ensure!(late.status == 422 && late.text.contains("Nothing is set aside"), "{late:?}");
    until(&mut shop.owner, &payment, "Set free: nobody paid").await?;

    let mut sql = street.portals.scene.database.sql()?;
    let states = sql.words("SELECT state AS value FROM payment ORDER BY id")?;
    ensure!(states == ["accepted", "voided"], "{states:?}");
    let taken =
        sql.words("SELECT CAST(COALESCE(captured_micros, 0) AS TEXT) AS value FROM payment ORDER BY id")?;
    ensure!(taken == ["1500000", "0"], "{taken:?}");
    let moved = sql.number("SELECT CAST(SUM(micros) AS BIGINT) FROM transfer WHERE kind = 'payment'")?;
    ensure!(moved == 1_500_000, "{moved}");
    drop(sql);
    street.close()
}
