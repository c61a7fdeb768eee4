//! No page reads a whole table: every statement that a real server runs while people look at the portals, as PostgreSQL says
//! that it ran it. SQLite has the same indexes.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tests::database::{Database, Engine};
use tests::officer::certify;
use tests::peer;
use tests::postgres::{Postgres, programs};
use tests::shop::Street;

use crate::operator::browser;

/// Tables with a row for each gateway, whatever is sold and to how many.
const SMALL: [&str; 4] = ["node", "fold_cursor", "sale_cursor", "alert_mark"];

/// Indexes of what is left to do: read as a whole, and empty most of the time.
const TO_DO: [&str; 1] = ["bank_file_undelivered"];

/// What a merchant looks at.
const MERCHANT: &[&str] = &[
    "/",
    "/payments",
    "/payments?state=paid",
    "/payments?q=ride",
    "/payments?q=nothing",
    "/refused",
    "/requests",
    "/disputes",
    "/payouts",
    "/items",
    "/links",
    "/campaigns",
    "/callbacks",
    "/certificates",
    "/team",
    "/api-keys",
    "/account",
    "/payments.csv",
];
/// What a consumer looks at.
const CONSUMER: &[&str] = &[
    "/",
    "/payments",
    "/payments?q=ride",
    "/bills",
    "/coupons",
    "/means",
    "/limits",
    "/keys",
    "/privacy",
    "/terminals",
    "/interests",
    "/top-up",
    "/redeem",
];
/// What an operator looks at.
const OPERATOR: &[&str] = &[
    "/",
    "/merchants",
    "/consumers",
    "/parties/alice",
    "/parties/parking",
    "/ledger",
    "/periods",
    "/batches",
    "/breaks",
    "/disputes",
    "/systems",
    "/certificates",
    "/messages",
    "/policy",
    "/risk",
    "/risk/parking",
    "/reveals",
    "/approvals",
    "/audit",
];

#[test]
fn no_page_reads_a_whole_table() {
    if !peer::is_there("PostgreSQL", programs().is_some()) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(error) = runtime.block_on(look_at_everything()) {
        panic!("{error:?}");
    }
}

async fn look_at_everything() -> Result<()> {
    let (server, database) = Database::durable(Engine::Postgres)?;
    let server = server.context("a server of our own")?;
    database.sql()?.execute(
        "DO $$ BEGIN \
         EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = auto_explain', current_database()); \
         EXECUTE format('ALTER DATABASE %I SET auto_explain.log_min_duration = 0', current_database()); END $$",
    )?;
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("olga@example.org", "Tram", "Ride").await?;
    let order = street.buy(&mut shop).await?;
    street.furnish(&mut shop).await?;
    street.portals.scene.app.command(&["close-period", "--all"])?;
    let scene = &street.portals.scene;
    certify(&scene.app, &scene.town.folder(), "anna", "operator", "anna")?;
    let port = street.portals.operator.rsplit(':').next().context("a port")?.parse()?;
    let mut anna = browser(&scene.town, port, "anna")?;
    let mut sql = scene.database.sql()?;
    let bill = sql.number("SELECT MAX(position) FROM period WHERE book = 'prepaid'")?;
    let [account, payment] =
        ["merchant_account", "id"].map(|column| format!("SELECT MAX({column}) FROM payment"));
    let (account, payment) = (sql.number(&account)?, sql.number(&payment)?);
    drop(sql);

    let begun = std::fs::metadata(server.log())?.len();
    let payment_page = format!("/payments/{order}");
    let found = format!("/payments?q={order}");
    let payout = format!("/payouts/{}", shop.things.payout);
    for path in MERCHANT.iter().copied().chain([payment_page.as_str(), &found, &payout]) {
        ensure!(shop.owner.get(path).await?.status.as_u16() < 400, "{path}");
    }
    let (verified, proved) = (format!("{payment_page}/verify"), format!("{payment_page}/proof"));
    let (bill, link) = (format!("/bills/{bill}"), shop.things.link_address.clone());
    for path in CONSUMER.iter().copied().chain([payment_page.as_str(), &verified, &proved, &bill, &link]) {
        ensure!(street.buyer.get(path).await?.status.as_u16() < 400, "{path}");
    }
    let (account, payment) = (format!("/ledger/accounts/{account}"), format!("/ledger/payments/{payment}"));
    for path in OPERATOR.iter().copied().chain([account.as_str(), &payment]) {
        anna.get(path).await?.says(200, "")?;
    }
    let plans = heard(&server, begun).await?;
    ensure!(plans.len() > 80, "only {} statements were heard: {:#?}", plans.len(), plans.keys());
    let faults: Vec<String> =
        plans.iter().filter_map(|(text, plan)| Some(format!("{}\n  {text}\n{plan}", fault(plan)?))).collect();
    ensure!(faults.is_empty(), "{} of {}\n{}", faults.len(), plans.len(), faults.join("\n"));
    street.close()
}

/// The plans of what was selected after a place in the log, each text once.
async fn heard(server: &Postgres, begun: u64) -> Result<BTreeMap<String, String>> {
    // The last lines may still be on their way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = std::fs::read_to_string(server.log())?;
    let since = log.get(usize::try_from(begun)?..).context("the log was cut")?;
    let mut plans = BTreeMap::new();
    for entry in since.split("LOG:  duration: ").skip(1) {
        // What belongs to an entry begins with a tab.
        let lines: Vec<&str> =
            entry.lines().skip(1).take_while(|line| line.starts_with('\t')).map(str::trim).collect();
        let Some(at) = lines.iter().position(|line| line.contains("(cost=")) else { continue };
        let (text, plan) = lines.split_at(at);
        let text = text.join(" ");
        let text = text.trim_start_matches("Query Text:").trim();
        if text.starts_with("SELECT") || text.starts_with("WITH") {
            plans.insert(text.to_owned(), plan.join("\n"));
        }
    }
    Ok(plans)
}

/// What is wrong with a plan. Sequential scans are switched off where there is any other way.
fn fault(plan: &str) -> Option<&'static str> {
    let lines: Vec<&str> = plan.lines().collect();
    let is_small =
        |line: &str| line.split_whitespace().any(|word| SMALL.contains(&word) || TO_DO.contains(&word));
    let limited = lines.first().is_some_and(|line| line.starts_with("Limit"));
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !is_small(line)) {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let index = line.contains("Index Scan") || line.contains("Index Only Scan");
        if line.contains("Seq Scan") {
            return Some("a table is read as a whole");
        }
        // A page of an index is read from one of its ends; whoever leaves rows out on the way may come to the other.
        if index && !next.starts_with("Index Cond") && (!limited || next.starts_with("Filter")) {
            return Some("an index is read as a whole");
        }
    }
    None
}
