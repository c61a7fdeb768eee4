//! Text that wants to be markup, in every field of every form and every address, from consumers and from merchants: text it
//! stays, in HTML and in XHTML Mobile Profile, and nothing breaks by it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use backoffice::merchant::pay_link;
use backoffice::{checkout, consumer, people};
use core_payment::{ChangeParty, Details};
use payment_domain::{Campaign, CampaignId, CouponTerms, Discount, Label, MerchantId, PartyId, Sale};
use tests::database::Database;
use tests::portal::{Page, Portals, Visitor, encode};
use tests::town::people::ALICE_NUMBER;
use tests::{clock, on_each_database, random};

on_each_database!(
    what_browsers_are_told_to_write_stays_text,
    what_phones_are_told_to_write_stays_text,
    what_newcomers_write_stays_text,
);

const MARKUP: &str = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>&amp;{{7*7}}";
/// What XML and PostgreSQL cannot hold, and what makes text read backwards.
const BROKEN: &str = "a\u{0}b\u{7}c\u{202e}d\u{fffe}e";
const NEW: &str = "+33699999903";
/// In which consumers write.
const FIELDS: [&str; 10] = ["name", "reach", "q", "amount", "reason", "to", "holder", "iban", "from", "code"];

/// Nothing of it became markup, and nothing broke.
fn is_clean(page: &Page, what: &str) -> Result<()> {
    ensure!(page.status.as_u16() < 500, "{what}: {page:?}");
    for markup in ["<img", "<script>alert", "onerror=alert(1)>"] {
        ensure!(!page.text.contains(markup), "{what}: {markup} in {page:?}");
    }
    ensure!(!page.text.contains(['\u{0}', '\u{7}', '\u{202e}', '\u{fffe}']), "{what}: {page:?}");
    let to = page.location.as_deref().unwrap_or_default();
    ensure!(to.is_empty() || to.starts_with('/') && !to.starts_with("//"), "{what} leads to {to}");
    Ok(())
}

/// Fills every field of every form on these pages, and returns their names.
async fn write_everywhere(who: &mut Visitor, pages: &[String]) -> Result<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for path in pages {
        let page = who.get(path).await?;
        is_clean(&page, path)?;
        for sheet in page.sheets() {
            for field in &sheet.texts {
                for text in [MARKUP, BROKEN] {
                    let what = format!("{field} of {} on {path}", sheet.action);
                    let answer = who.fill(&sheet, field, text).await?;
                    is_clean(&answer, &what)?;
                    if let Some(to) = &answer.location {
                        is_clean(&who.get(to).await?, &what)?;
                    }
                }
                fields.insert(field.clone());
            }
        }
    }
    Ok(fields)
}

/// Every address without anything in it.
fn plain() -> impl Iterator<Item = String> {
    let routes = people::ROUTES.iter().chain(consumer::ROUTES).chain(checkout::ROUTES);
    let pages = routes.filter(|route| route.method == "GET" && !route.path.contains('{'));
    pages.map(|route| route.path.to_owned())
}

/// Every address, with something in it that nobody has put there.
fn bent() -> Vec<String> {
    let routes =
        || people::ROUTES.iter().chain(consumer::ROUTES).chain(checkout::ROUTES).chain(pay_link::ROUTES);
    let mut paths = Vec::new();
    for route in routes().filter(|route| route.method == "GET") {
        for text in [MARKUP, BROKEN] {
            let filled = route.path.split('/').map(|part| match part.starts_with('{') {
                true => encode(text),
                false => part.to_owned(),
            });
            let path = filled.collect::<Vec<_>>().join("/");
            let names =
                ["next", "q", "state", "from", "to", "after", "return", "coupon", "code", "again", "lang"];
            let query: Vec<_> = names.iter().map(|name| format!("{name}={}", encode(text))).collect();
            paths.extend([format!("{path}?{}", query.join("&")), path]);
        }
    }
    paths
}

/// Merchants are called, sell and promise markup; Alice has bought from them.
async fn among_villains(portals: &Portals, alice: &mut Visitor) -> Result<Vec<String>> {
    let (scene, label) = (&portals.scene, Label::parse(MARKUP)?);
    let core = scene.town.core(&scene.database)?;
    let details = Some(Details { trade_name: Some(label.clone()), ..Details::default() });
    let name = PartyId::parse("parking")?;
    core.change_party(ChangeParty { name, active: None, external: None, details }).await?;
    core.shut_down();
    let titled = |price| {
        let label = label.clone();
        scene.town.offer("parking", price).with(|offer| (offer.title, offer.item) = (label.clone(), label))
    };
    let offer = scene.deposit(titled("1.80")).await?;
    let expires_at = clock::now().saturating_add_millis(30 * 24 * 60 * 60 * 1000);
    let voucher = scene.deposit(titled("2.00").with(|offer| {
        offer.sale = Sale::Coupon;
        offer.coupon = Some(CouponTerms { expires_at, transferable: true });
    }));
    let campaign = Campaign {
        campaign_id: CampaignId::new(random::uuid()),
        merchant: MerchantId::parse("parking")?,
        title: label.clone(),
        item: None,
        discount: Discount::Ppm(500_000),
        coupons: 100,
        valid_from: clock::now().saturating_add_millis(-60_000),
        valid_until: expires_at,
    };
    let promised = scene.town.sign("parking", campaign)?;
    scene.door().post(&promised.document).await?.report()?;

    alice.sign_in(ALICE_NUMBER).await?;
    let mut pages = Vec::new();
    for digest in [offer.digest, voucher.await?.digest] {
        let address = format!("/pay/{digest}");
        let page = alice.get(&address).await?.shown()?;
        let pay =
            page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")?;
        let paid = alice.submit(&page, &pay, &[]).await?.leads()?.to_owned();
        let order = paid.rsplit('/').next().context("an order")?.to_owned();
        pages.extend([address.clone(), format!("{address}/checked"), format!("{address}?again=1"), paid]);
        pages.extend(
            ["", "/verify", "/proof", "/dispute", "/request"].map(|what| format!("/payments/{order}{what}")),
        );
    }
    let wants = alice.get("/interests").await?.shown()?;
    alice.submit(&wants, "/interests", &[("advantages", "yes")]).await?.leads()?;
    let held = alice.get("/coupons").await?.shown()?;
    let links = held.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let led: Vec<_> = links
        .filter(|to| to.starts_with("/coupons/") || to.starts_with("/campaigns/"))
        .map(str::to_owned)
        .collect();
    ensure!(led.len() == 2, "a coupon and a campaign: {led:?}");
    pages.extend(led);
    Ok(pages)
}

async fn lived_through(portals: &mut Portals, mut alice: Visitor) -> Result<()> {
    let mut pages = among_villains(portals, &mut alice).await?;
    pages.extend(plain());
    let fields = write_everywhere(&mut alice, &pages).await?;
    for field in FIELDS {
        ensure!(fields.contains(field), "nobody wrote into {field}: {fields:?}");
    }
    for path in bent() {
        is_clean(&alice.get(&path).await?, &path)?;
    }
    // It is shown, as what it is.
    let mut shown = 0;
    for path in &pages {
        let page = alice.get(path).await?;
        is_clean(&page, path)?;
        shown += usize::from(page.text.contains("&#60;img src=x"));
    }
    ensure!(shown >= 10, "{shown} pages of {}", pages.len());
    Ok(())
}

async fn what_browsers_are_told_to_write_stays_text(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let alice = portals.browser()?;
    lived_through(&mut portals, alice).await?;
    portals.scene.close(2)
}

async fn what_phones_are_told_to_write_stays_text(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let alice = portals.phone()?;
    lived_through(&mut portals, alice).await?;
    portals.scene.close(2)
}

async fn what_newcomers_write_stays_text(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    for mut nobody in [portals.browser()?, portals.phone()?] {
        for path in bent() {
            is_clean(&nobody.get(&path).await?, &path)?;
        }
        let fields =
            write_everywhere(&mut nobody, &["/sign-in", "/sign-up", "/code"].map(str::to_owned)).await?;
        ensure!(fields.contains("reach") && fields.contains("code"), "{fields:?}");
        let page = nobody.get("/sign-in").await?;
        nobody.submit(&page, "/sign-in", &[("reach", NEW)]).await?;
        let (page, code) = (nobody.get("/code").await?, nobody.code(NEW)?);
        let entered = nobody.submit(&page, "/code", &[("code", &code)]).await?;
        if entered.leads()? == "/welcome" {
            let fields = write_everywhere(&mut nobody, &["/welcome".to_owned()]).await?;
            ensure!(fields.contains("name"), "{fields:?}");
            let page = nobody.get("/welcome").await?;
            nobody.submit(&page, "/welcome", &[("name", MARKUP), ("terms", "yes")]).await?.leads()?;
        }
        for path in plain() {
            is_clean(&nobody.get(&path).await?, &path)?;
        }
        let account = nobody.get("/account").await?.shown()?;
        ensure!(account.text.contains("&#60;img src=x"), "{account:?}");
    }
    portals.scene.close(0)
}
