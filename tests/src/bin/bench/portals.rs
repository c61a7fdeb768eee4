//! The portals: how long their pages take when the database holds very many payments, and how heavy they are.
//!
//! The payments are those of `sales`. Pages are asked for one after the other over a connection that stays open, as by a
//! browser that has been here before; the time is that from the request's first byte to the answer's last, so the server's
//! own and the loopback's.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use backoffice::sales::fold::{SalesWorker, Step};
use core_payment::DatabaseUrl;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST};
use serde_json::{Value, json};
use tests::clock::MachineClock;
use tests::database::{Database, Engine};
use tests::door::{Connection, Door};
use tests::portal::Portals;

use crate::arguments::Arguments;
use crate::{block_on, machine, sales, write};

/// How often each page is asked for.
const CALLS: usize = 400;
/// What the issue asks for.
const MOST_P99_MS: f64 = 20.0;
const MOST_BYTES: usize = 60 * 1024;

const SELLER: &str = "seller@bench.example";
const BUYER: &str = "buyer@bench.example";
const OPERATOR: &str = "olga";

/// Somebody with an open connection to a portal.
struct Tab {
    connection: Connection,
    host: String,
    head: (hyper::header::HeaderName, String),
}

/// One page.
struct Took {
    what: String,
    median: f64,
    p99: f64,
    bytes: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    println!("Portals on {}", machine::line());
    let (mut databases, mut short) = (Vec::new(), 0);
    for engine in &arguments.engines {
        let (_server, database) = Database::durable(*engine)?;
        let (figures, fell_short) = measure(*engine, database, arguments)?;
        databases.push(figures);
        short += fell_short;
    }
    write("portals", json!({ "payments": arguments.payments, "databases": databases }))?;
    if short > 0 {
        bail!("{short} pages fall short of what is asked for");
    }
    Ok(())
}

/// The figures, and how many pages fall short.
fn measure(engine: Engine, database: Database, arguments: &Arguments) -> Result<(Value, usize)> {
    let (town, core) = sales::settle(&database, engine, arguments)?;
    let worker = SalesWorker::new(core.clone(), DatabaseUrl::parse(database.url())?, Arc::new(MachineClock));
    while worker.step()? != Step::Done {}
    core.shut_down();
    let mut sql = database.sql()?;
    // The payments were multiplied into the hours to come; what sums the last ones shall find them there.
    sql.execute("UPDATE sale_hour SET hour = (SELECT MIN(hour) FROM sale_hour) * 2 - hour")?;
    drop(sql);
    database.settle()?;
    let took = block_on(async {
        let portals = Portals::open_in(town, database, "").await?;
        ask_all(&portals).await
    })?;
    println!("\n{engine:?}, {} payments", arguments.payments);
    println!("  {:<52}{:>10}{:>12}{:>12}", "", "bytes", "median ms", "p99 ms");
    for Took { what, median, p99, bytes } in &took {
        let verdict = if *p99 < MOST_P99_MS && *bytes <= MOST_BYTES { "" } else { "  FALLS SHORT" };
        println!("  {what:<52}{bytes:>10}{median:>12.2}{p99:>12.2}{verdict}");
    }
    let short = took.iter().filter(|took| took.p99 >= MOST_P99_MS || took.bytes > MOST_BYTES).count();
    let worst = took.iter().map(|took| took.p99).fold(0.0, f64::max);
    println!("  slowest p99: {worst:.2} ms, {:.2} of the {MOST_P99_MS} ms asked for", worst / MOST_P99_MS);
    let pages: Vec<Value> = took
        .iter()
        .map(|took| json!({ "what": took.what, "median_ms": took.median, "p99_ms": took.p99, "bytes": took.bytes }))
        .collect();
    Ok((json!({ "engine": format!("{engine:?}"), "slowest_p99_ms": worst, "pages": pages }), short))
}

async fn ask_all(portals: &Portals) -> Result<Vec<Took>> {
    let app = &portals.scene.app;
    app.command(&["party", "sign-in", "merchant-0", "--reach", SELLER])?;
    app.command(&["party", "sign-in", "consumer-7", "--reach", BUYER])?;
    let mut took = Vec::new();
    // Bills and statements, with what was really paid in them.
    app.command(&["close-period", "--all"])?;
    let key = sell(portals, &mut took).await?;
    buy(portals, &mut took).await?;
    report(portals, &key, &mut took).await?;
    operate(portals, &mut took).await?;
    Ok(took)
}

/// The merchant's pages; makes a key for a program.
async fn sell(portals: &Portals, took: &mut Vec<Took>) -> Result<String> {
    let mut seller = portals.merchant_browser()?;
    seller.sign_in(SELLER).await?;
    let page = seller.get("/api-keys").await?;
    let made = seller.submit(&page, "/api-keys", &[("name", "bench")]).await?;
    let key = made.text.split(['<', '>', '"']).find(|text| text.starts_with("mk_")).context("no key")?;
    let order = signed_order(portals, "merchant", "merchant-0")?;
    let payment = format!("/payments/{order}");
    let mut tab = Tab::of(seller.stay().await?);
    // Far back: fifty pages of the list, one after the other.
    let mut deep = "/payments".to_owned();
    for _ in 0..50 {
        let (page, _) = tab.get(&deep).await?;
        deep = older(&page).context("the list ends")?;
    }
    for (what, path) in [
        ("overview", "/"),
        ("payments", "/payments"),
        ("payments, fifty pages back", deep.as_str()),
        ("payments, paid", "/payments?state=paid"),
        ("payments, disputed", "/payments?state=disputed"),
        ("payments, search: an order", &format!("/payments?q={order}")),
        ("payments, search: an item", "/payments?q=sku-7"),
        ("payments, search: a title", "/payments?q=ride+to"),
        ("payments, search: nothing", "/payments?q=no+such+thing"),
        ("payment", &payment),
        ("refused orders", "/refused"),
        ("disputes", "/disputes"),
        ("requests", "/requests"),
        ("payouts", "/payouts"),
        ("items", "/items"),
        ("pay links", "/links"),
        ("campaigns", "/campaigns"),
        ("callbacks", "/callbacks"),
        ("certificates", "/certificates"),
        ("team", "/team"),
    ] {
        took.push(tab.ask(&format!("merchant: {what}"), path).await?);
    }
    Ok(key.to_owned())
}

/// One value of the database.
fn value(portals: &Portals, select: &str) -> Result<String> {
    let mut sql = portals.scene.database.sql()?;
    sql.words(select)?.pop().with_context(|| format!("nothing: {select}"))
}

/// One of the payments that were really made: what was multiplied has no document that could be shown.
fn signed_order(portals: &Portals, whose: &str, name: &str) -> Result<String> {
    let mut sql = portals.scene.database.sql()?;
    let hex = match portals.scene.database.engine() {
        Engine::Sqlite => "lower(hex(p.order_id))",
        Engine::Postgres => "encode(p.order_id, 'hex')",
    };
    let found = sql.words(&format!(
        "SELECT {hex} AS value FROM payment p JOIN party w ON w.id = p.{whose} WHERE w.name = '{name}' ORDER BY p.id LIMIT 1"
    ))?;
    Ok(uuid::Uuid::parse_str(found.first().context("no payment")?)?.to_string())
}

async fn buy(portals: &Portals, took: &mut Vec<Took>) -> Result<()> {
    let mut buyer = portals.browser()?;
    buyer.sign_in(BUYER).await?;
    let payment = format!("/payments/{}", signed_order(portals, "consumer", "consumer-7")?);
    let bill = value(
        portals,
        "SELECT CAST(p.position AS TEXT) AS value FROM period p JOIN party w ON w.id = p.owner \
         WHERE w.name = 'consumer-7' AND p.position IS NOT NULL LIMIT 1",
    )?;
    let bill = format!("/bills/{bill}");
    let hex = match portals.scene.database.engine() {
        Engine::Sqlite => "lower(hex(digest))",
        Engine::Postgres => "encode(digest, 'hex')",
    };
    let offer = value(portals, &format!("SELECT {hex} AS value FROM offer LIMIT 1"))?;
    let mut tab = Tab::of(buyer.stay().await?);
    for (what, path) in [
        ("home", "/"),
        ("payments", "/payments"),
        ("payments, search: a title", "/payments?q=seat+1"),
        ("payments, search: nothing", "/payments?q=no+such+thing"),
        ("payment", &payment),
        ("receipt, verified", &format!("{payment}/verify")),
        ("payment, proved to be in its bill", &format!("{payment}/proof")),
        ("checkout", &format!("/pay/{offer}")),
        ("bills", "/bills"),
        ("bill", &bill),
        ("bill, verified", &format!("{bill}/verify")),
        ("top-up", "/top-up"),
        ("coupons", "/coupons"),
        ("payment methods", "/means"),
        ("limits", "/limits"),
        ("terminals", "/terminals"),
        ("interests", "/interests"),
        ("phones and keys", "/keys"),
        ("privacy", "/privacy"),
    ] {
        took.push(tab.ask(&format!("consumer: {what}"), path).await?);
    }
    Ok(())
}

async fn report(portals: &Portals, key: &str, took: &mut Vec<Took>) -> Result<()> {
    let (connection, host, _) = portals.merchant_browser()?.stay().await?;
    let mut tab = Tab { connection, host, head: (AUTHORIZATION, format!("Bearer {key}")) };
    for path in
        ["/api/v1/payments", "/api/v1/payments?limit=100&state=paid", "/api/v1/payouts", "/api/v1/balance"]
    {
        took.push(tab.ask(&format!("reports: {path}"), path).await?);
    }
    Ok(())
}

async fn operate(portals: &Portals, took: &mut Vec<Took>) -> Result<()> {
    let folder = portals.scene.town.folder();
    let [key, certificate] = ["key", "pem"].map(|ending| folder.join(format!("{OPERATOR}.{ending}")));
    let issued = ["ca", "issue", OPERATOR, "--role", "operator", "--key"].map(str::to_owned);
    let paths = [key.display().to_string(), "--output".to_owned(), certificate.display().to_string()];
    let arguments: Vec<&str> = issued.iter().chain(&paths).map(String::as_str).collect();
    portals.scene.app.command(&arguments)?;
    let host = portals.operator.trim_start_matches("https://").to_owned();
    let address = host.replace("localhost", "127.0.0.1").parse()?;
    let connection = Door::showing(address, &portals.scene.town, &certificate, &key)?.connect().await?;
    let mut tab = Tab { connection, host, head: (COOKIE, String::new()) };
    let [account, payment] = ["merchant_account", "id"].map(|column| {
        format!(
            "SELECT CAST(p.{column} AS TEXT) AS value FROM payment p JOIN party w ON w.id = p.merchant \
             WHERE w.name = 'merchant-0' ORDER BY p.id LIMIT 1"
        )
    });
    let account = format!("/ledger/accounts/{}", value(portals, &account)?);
    let payment = format!("/ledger/payments/{}", value(portals, &payment)?);
    for (what, path) in [
        ("system", "/"),
        ("merchants", "/merchants"),
        ("consumers", "/consumers"),
        ("merchant", "/parties/merchant-0"),
        ("ledger", "/ledger"),
        ("ledger: an account", &account),
        ("ledger: a payment", &payment),
        ("periods", "/periods"),
        ("payout batches", "/batches"),
        ("breaks", "/breaks"),
        ("disputes", "/disputes"),
        ("external systems", "/systems"),
        ("certificates", "/certificates"),
        ("messages", "/messages"),
        ("risk", "/risk"),
        ("risk: a merchant", "/risk/merchant-0"),
        ("policy", "/policy"),
        ("reveals", "/reveals"),
        ("approvals", "/approvals"),
        ("audit log", "/audit"),
    ] {
        took.push(tab.ask(&format!("operator: {what}"), path).await?);
    }
    Ok(())
}

impl Tab {
    fn of((connection, host, cookies): (Connection, String, String)) -> Self {
        Self { connection, host, head: (COOKIE, cookies) }
    }

    async fn get(&mut self, path: &str) -> Result<(String, usize)> {
        let request = Request::builder()
            .uri(path)
            .header(HOST, &self.host)
            .header(ACCEPT, "text/html,application/json")
            .header(&self.head.0, &self.head.1)
            .body(Full::<Bytes>::default())?;
        let reply = self.connection.send(request).await?;
        ensure!(reply.status == 200, "{path}: {}", reply.status);
        let bytes = reply.body.len();
        Ok((String::from_utf8(reply.body)?, bytes))
    }

    async fn ask(&mut self, what: &str, path: &str) -> Result<Took> {
        let mut times = Vec::with_capacity(CALLS);
        let mut bytes = 0;
        // The first ones open connections to the database.
        for _ in 0..8 {
            self.get(path).await?;
        }
        for _ in 0..CALLS {
            let start = Instant::now();
            bytes = self.get(path).await?.1;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let milliseconds = |place: usize| times[place].as_secs_f64() * 1000.0;
        let (median, p99) = (milliseconds(CALLS / 2), milliseconds(CALLS * 99 / 100));
        Ok(Took { what: what.to_owned(), median, p99, bytes })
    }
}

/// The link to older rows.
fn older(page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.contains("after=")).last().map(|link| link.replace("&#38;", "&"))
}
