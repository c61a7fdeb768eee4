//! Only a form of ours, sent from a page of ours in this browser, does anything.

use anyhow::{Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::shop::Street;

use crate::stage::{routes, sheet, token};

on_each_database!(what_no_page_of_ours_has_sent_is_not_done);

async fn what_no_page_of_ours_has_sent_is_not_done(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    street.join(&mut shop, "max@example.org", "manager").await?;
    street.furnish(&mut shop).await?;
    let mut eve = street.shop("eve@example.org", "Kiosk Eve", "Tram").await?;
    let (own, others) = (token(&mut shop.owner).await?, token(&mut eve.owner).await?);
    let strangers = token(&mut street.portals.merchant_browser()?).await?;
    let at_consumers = token(&mut street.buyer).await?;
    let made_up = vec![("form_token".to_owned(), "x".repeat(own[0].1.len()))];
    let twice = [own.clone(), own.clone()].concat();
    let mut posts = 0;
    for route in routes().filter(|route| route.method == "POST") {
        let address = shop.things.address(route.path)?;
        for (what, token) in [
            ("no token", &Vec::new()),
            ("a token that was made up", &made_up),
            ("another shop's token", &others),
            ("a stranger's token", &strangers),
            ("a token of the consumers' portal", &at_consumers),
            ("a token that stands twice", &twice),
        ] {
            let answer = shop.owner.post(&address, &[sheet(), token.clone()].concat()).await?;
            ensure!(answer.status == 403, "{address} with {what}: {answer:?}");
        }
        for origin in ["https://evil.example", "null", street.portals.consumer.as_str(), "http://localhost"] {
            let answer = shop.owner.led_by(origin).post(&address, &[sheet(), own.clone()].concat()).await?;
            ensure!(answer.status == 403, "{address} from {origin}: {answer:?}");
        }
        posts += 1;
    }
    ensure!(posts > 25, "{posts} forms");
    // Where browsers keep her cookies back, the answer puts no other one into their place: that would sign her out.
    let mut bare = street.portals.merchant_browser()?.led_by("https://evil.example");
    ensure!(bare.post("/sign-out", &own).await?.status == 403);
    let (_, _, cookies) = bare.stay().await?;
    ensure!(cookies.is_empty(), "{cookies}");
    // Nobody was signed out, nothing was removed or changed, and the token is good where it belongs.
    for (path, action) in [
        ("/links", format!("/links/{}/close", shop.things.link)),
        ("/api-keys", format!("/api-keys/{}/remove", shop.things.api_key)),
        ("/certificates", "/certificates/drop".to_owned()),
        ("/team", format!("/team/invitations/{}/withdraw", shop.things.invitation)),
    ] {
        let page = shop.owner.get(path).await?.shown()?;
        ensure!(page.actions(&action).len() == 1, "{path}: {page:?}");
        let done = shop.owner.post(&action, &own).await?;
        ensure!(done.leads()? == path, "{done:?}");
    }
    street.close()
}
