//! A server without a simulator: no page says that money is not real, and nothing of the simulator's is offered.

use anyhow::{Context as _, Result, ensure};
use tests::app::Setup;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Portals};
use tests::town::Town;

on_each_database!(where_money_is_real_pages_say_so_and_nothing_is_for_trying_out);

const BANK: &str = "[bank]\niban = 'DE89370400440532013000'\n";

fn is_live(page: &Page) -> Result<()> {
    let live = page.text.contains("Live: real money moves") && !page.text.contains("Test mode");
    ensure!(page.status == 200 && live, "{page:?}");
    Ok(())
}

async fn where_money_is_real_pages_say_so_and_nothing_is_for_trying_out(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let setup = Setup { simulator: false, more: BANK.to_owned(), ..Setup::default() };
    let mut portals = Portals::open_as(town, database, setup).await?;

    let mut new = portals.browser()?;
    is_live(&new.get("/sign-in").await?)?;
    is_live(&portals.phone()?.get("/sign-in").await?)?;
    let french = new.get("/sign-in?lang=fr").await?.shown()?;
    ensure!(french.text.contains("Mode réel") && !french.text.contains("Mode test"), "{french:?}");
    new.get("/sign-in?lang=en").await?.shown()?;
    new.sign_in("new@example.org").await?;
    is_live(&new.get("/").await?)?;

    // No card of the simulator, neither offered nor taken.
    let page = new.get("/means").await?;
    is_live(&page)?;
    ensure!(page.actions("/means/card").is_empty() && !page.text.contains("est card"), "{page:?}");
    let mut card = page.form("/means/bank")?;
    card.retain(|(name, _)| name == "form_token");
    card.push(("card".to_owned(), "approved".to_owned()));
    let refused = new.post("/means/card", &card).await?;
    ensure!(refused.status == 404, "{refused:?}");
    ensure!(new.get("/means").await?.text.contains("nothing on file"));

    let mut shop = portals.merchant_browser()?;
    is_live(&shop.get("/sign-in").await?)?;
    shop.sign_in_as("shop@example.org", "Owner", "Kiosk").await?;
    is_live(&shop.get("/").await?)?;
    let page = shop.get("/api-keys").await?.shown()?;
    let made = shop.submit(&page, "/api-keys", &[("name", "Accounting")]).await?.shown()?;
    let key = made.copied().context("no key")?;
    ensure!(key.starts_with("mk_live_"), "{}", &key[..8]);
    ensure!(shop.program(&key).get("/api/v1/balance").await?.status == 200, "it is a key");
    portals.scene.close(0)
}
