//! The ledger explorer of the real server tells all of a payment: when it was settled, every transfer whenever it was made,
//! and the newest answer to its order.

use anyhow::{Context as _, Result, ensure};
use core_payment::time_of;
use payment_domain::{CaptureId, CaptureOrder, MerchantId, Offer, PaymentOrder};
use payment_message::State;
use tests::clock;
use tests::database::Database;
use tests::officer::certify;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB, CAROL, DAVE};
use tests::town::{OfferDraft, Signed, Town, euros};
use tests::{on_each_database, random};

use crate::browser::{Answer, Browser, between};
use crate::operator::{browser, serve, serve_with};

on_each_database!(
    a_payment_is_shown_with_all_of_its_transfers_and_its_newest_answer,
    each_system_of_the_configuration_is_watched,
);

/// Orders something that has to be paid, by somebody.
async fn paid(scene: &Scene, draft: OfferDraft, who: &str) -> Result<Signed<PaymentOrder>> {
    let offer: Signed<Offer> = scene.deposit(draft).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(who)).sign()?;
    let reply = scene.order(&order).await?;
    ensure!([200, 202].contains(&reply.status.as_u16()), "{reply:?}");
    Ok(order)
}

/// The page of a payment, found by its order.
async fn look(who: &mut Browser, order: &Signed<PaymentOrder>) -> Result<Answer> {
    let found = who.get(&format!("/ledger?find={}", order.message.order_id)).await?;
    let to = found.location().context("it leads nowhere")?.to_owned();
    ensure!(to.starts_with("/ledger/payments/"), "{to}");
    who.get(&to).await
}

/// Looks until the page says something: the portals' read model follows the journal.
async fn until(who: &mut Browser, order: &Signed<PaymentOrder>, text: &str) -> Result<Answer> {
    for _ in 0..200 {
        let page = look(who, order).await?;
        if page.body.contains(text) {
            return Ok(page);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("never {text}: {}", look(who, order).await?.body)
}

/// What the page says of when it was settled, for machines.
fn settled(page: &Answer) -> Result<&str> {
    let (_, rest) = page.body.split_once(">Settled<").context("not settled")?;
    between(rest, "datetime=\"", "\"").context("no time")
}

fn transfers(page: &Answer) -> Vec<&str> {
    let rows = page.body.split("<code>").filter_map(|rest| rest.split("</code>").next());
    rows.filter(|text| ["payment", "refund"].contains(text)).collect()
}

async fn a_payment_is_shown_with_all_of_its_transfers_and_its_newest_answer(
    database: Database,
) -> Result<()> {
    let town = Town::found(&database).await?;
    let (app, port) = serve(&town, &database).await?;
    certify(&app, &town.folder(), "carl", "operator:audit", "carl")?;
    let mut carl = browser(&town, port, "carl")?;
    let mut scene = Scene { app, database, town };

    // Aggregated, and given back in two parts, each in a batch of its own.
    let small = paid(&scene, scene.town.offer("parking", "1.80"), ALICE).await?;
    let page = look(&mut carl, &small).await?;
    page.says(200, "PaymentReceipt")?;
    ensure!(transfers(&page).len() == 1, "{}", page.body);
    for amount in ["0.50", "0.30"] {
        let refund = scene.town.refund(&small.message, amount).sign()?;
        scene.door().post(&refund.document).await?.refund()?;
    }
    let page = until(&mut carl, &small, "€0.30").await?;
    for text in ["€1.80", "€0.50", "€0.80"] {
        page.says(200, text)?;
    }
    ensure!(transfers(&page) == ["payment", "refund", "refund"], "{:?}", transfers(&page));

    // A single payment whose bank took its time: at first it was pending, and now there is a receipt.
    let single = paid(&scene, scene.town.offer("concert", "45.00"), CAROL).await?;
    let page = until(&mut carl, &single, "PaymentReceipt").await?;
    ensure!(!page.body.contains("StatusReport"), "{}", page.body);
    let at = scene.database.sql()?.number("SELECT MAX(settled_at) FROM payment")?;
    ensure!(settled(&page)? == time_of(at).to_string(), "{} instead of {}", settled(&page)?, time_of(at));
    ensure!(!page.body.contains("1970"), "{}", page.body);

    // Set aside, and taken in part much later.
    let aside = paid(&scene, scene.town.offer("parking", "20.00").deferred(), ALICE).await?;
    let page = look(&mut carl, &aside).await?;
    page.says(200, "Nothing was moved")?;
    let parking = scene.town.party("parking");
    let capture = Signed::by(
        &parking,
        CaptureOrder {
            capture_id: CaptureId::new(random::uuid()),
            order_id: aside.message.order_id,
            merchant: MerchantId::new(parking.id.clone()),
            amount: euros("7.50"),
            created_at: clock::now(),
        },
    )?;
    scene.door().post(&capture.document).await?.receipt()?;
    let page = look(&mut carl, &aside).await?;
    page.says(200, "€7.50")?;
    ensure!(transfers(&page) == ["payment"], "{:?}", transfers(&page));
    let report = scene.door().post(&scene.town.ask(ALICE, aside.message.order_id)?.document).await?;
    ensure!(report.report()?.state == State::Accepted);

    // Accounts are led to, and say what they list.
    let own = between(&page.body, "href=\"/ledger/accounts/", "\"").context("no account")?.to_owned();
    carl.get(&format!("/ledger/accounts/{own}")).await?.says(200, "What was moved")?;
    let parking = scene
        .database
        .sql()?
        .number("SELECT a.id FROM account a JOIN party p ON p.id = a.owner WHERE p.name = 'parking'")?;
    page.says(200, &format!("/ledger/accounts/{parking}\""))?;
    let account = carl.get(&format!("/ledger/accounts/{parking}")).await?;
    account.says(200, "What was sold")?;
    account.says(200, "Nothing was paid out yet")?;
    scene.close(3)
}

/// The cells of a system's line, without markup.
fn line(page: &Answer, system: &str) -> Result<Vec<String>> {
    let (_, rest) = page.body.split_once(&format!("<code>{system}</code>")).context("no line")?;
    let row = rest.split("</tr>").next().unwrap_or_default();
    let plain = |cell: &str| -> String {
        let text = cell.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text));
        text.collect::<String>().trim().to_owned()
    };
    Ok(row.split("<td").skip(1).map(|cell| plain(&format!("<td{cell}"))).collect())
}

async fn each_system_of_the_configuration_is_watched(database: Database) -> Result<()> {
    const BANK: &str = "[bank]\niban = 'DE89370400440532013000'\n";
    let town = Town::found(&database).await?;
    let (app, port) = serve_with(&town, &database, BANK).await?;
    certify(&app, &town.folder(), "carl", "operator:audit", "carl")?;
    let mut carl = browser(&town, port, "carl")?;
    let mut scene = Scene { app, database, town };

    let page = carl.get("/systems").await?;
    page.says(200, "Every system has answered")?;
    for system in ["simulator", "sepa"] {
        let cells = line(&page, system)?;
        ensure!(cells == ["nothing to answer", "0", "", "none", "0", "0"], "{system}: {cells:?}");
    }
    // Two say yes, one says no.
    for who in [ALICE, CAROL] {
        paid(&scene, scene.town.offer("concert", "45.00"), who).await?;
    }
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let declined = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    ensure!(scene.order(&declined).await?.status == 402);
    let page = carl.get("/systems").await?;
    let cells = line(&page, "simulator")?;
    ensure!(cells.len() == 6 && cells[..3] == ["answering", "0", ""], "{cells:?}");
    ensure!(cells[3] != "none" && cells[4..] == ["2", "1"], "{cells:?}");
    ensure!(line(&page, "sepa")?[0] == "nothing to answer", "{}", page.body);
    // Nothing is known of the last one until its bank is asked: then it says what it did.
    paid(&scene, scene.town.offer("concert", "45.00"), DAVE).await?;
    for _ in 0..200 {
        let cells = line(&carl.get("/systems").await?, "simulator")?;
        if cells[1..2] == ["0"] && cells[4..] == ["3", "1"] {
            return scene.close(4);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("{:?}", line(&carl.get("/systems").await?, "simulator")?)
}
