//! The read model of sales: how fast the worker follows the journal, and how long the look-ups of merchants and consumers
//! take when there are very many payments, most of them at one merchant.
//!
//! Some payments are really made; they are multiplied straight in the tables, hour by hour, for nobody has to sign what is
//! only looked at. The worker then folds all of it, and what it made is compared with the journal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use backoffice::sales::compare::compare;
use backoffice::sales::fold::{SalesWorker, Step};
use backoffice::sales::query::{Query, SaleState};
use backoffice::sales::{SaleKey, Sales};
use core_payment::{Core, DatabaseUrl, Reply, ReplyKind, Settings};
use payment_domain::{Currency, Label, Offer, PartyId, Timestamp};
use serde_json::{Value, json};
use tests::clock::{self, MachineClock};
use tests::database::{Database, Engine};
use tests::simulation::dice::Dice;
use tests::town::{Newcomer, Signed, Town};

use crate::arguments::Arguments;
use crate::{block_on, machine, write};

/// Payments that are really made.
const REAL: u64 = 2_000;
const MOST_CONSUMERS: u64 = 200;
const ITEMS: u64 = 40;
/// Look-ups of each kind.
const CALLS: usize = 400;
/// What the issue asks for, a page as a whole.
const MOST_P99_MS: f64 = 20.0;
/// An hour of positions.
const HOUR: i64 = 3_600_000 << 22;

/// How long one kind of look-up took, in milliseconds; and of the processor alone, here and not at a server: what does not
/// depend on who else is busy.
struct Took {
    what: &'static str,
    median: f64,
    p99: f64,
    cpu_p99: f64,
    rows: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    println!("Sales on {}", machine::line());
    let mut databases = Vec::new();
    for engine in &arguments.engines {
        let (_server, database) = Database::durable(*engine)?;
        databases.push(measure(*engine, database, arguments)?);
    }
    write("sales", json!({ "payments": arguments.payments, "databases": databases }))
}

fn measure(engine: Engine, database: Database, arguments: &Arguments) -> Result<Value> {
    let (town, core) = settle(&database, engine, arguments)?;
    let url = DatabaseUrl::parse(database.url())?;
    let worker = SalesWorker::new(core.clone(), url.clone(), Arc::new(MachineClock));
    let start = Instant::now();
    let (mut payments, mut longest) = (0, Duration::ZERO);
    loop {
        let begun = Instant::now();
        match worker.step()? {
            Step::Folded { added, .. } => payments += added,
            Step::Done => break,
            Step::Cleared | Step::Lost => {}
        }
        longest = longest.max(begun.elapsed());
    }
    let took = start.elapsed();
    let rate = payments as f64 / took.as_secs_f64();
    println!(
        "\n{engine:?}: {payments} payments folded in {took:.1?}, {rate:.0} a second, a step in {longest:.1?} at most"
    );
    let compared = compare(&url)?;
    ensure!(compared.differences.is_empty() && compared.waiting == 0, "{compared:#?}");
    let looks = look_ups(&Sales::new(core.clone(), &url))?;
    println!("  {:<44}{:>8}{:>12}{:>12}{:>12}", "", "rows", "median ms", "p99 ms", "p99 CPU ms");
    for Took { what, median, p99, cpu_p99, rows } in &looks {
        let verdict = if *p99 < MOST_P99_MS { "" } else { "  FALLS SHORT" };
        println!("  {what:<44}{rows:>8}{median:>12.2}{p99:>12.2}{cpu_p99:>12.2}{verdict}");
    }
    core.shut_down();
    drop(town);
    let looks: Vec<Value> = looks
        .iter()
        .map(|look| json!({ "what": look.what, "median_ms": look.median, "p99_ms": look.p99, "cpu_p99_ms": look.cpu_p99, "rows": look.rows }))
        .collect();
    Ok(json!({
        "engine": format!("{engine:?}"),
        "folded": payments,
        "folded_per_second": rate,
        "look_ups": looks,
    }))
}

/// A town on a database with as many payments as the arguments say.
pub(crate) fn settle(database: &Database, engine: Engine, arguments: &Arguments) -> Result<(Town, Core)> {
    let settled = block_on(settled(database, arguments))?;
    let times = (arguments.payments / REAL).max(1);
    multiply(database, engine, i64::try_from(times)?)?;
    Ok(settled)
}

/// A crowd, and payments that were really made: three of five at the first merchant.
async fn settled(database: &Database, arguments: &Arguments) -> Result<(Town, Core)> {
    let (consumers, merchants) = (arguments.consumers.min(MOST_CONSUMERS), arguments.merchants);
    let mut town = Town::found(database).await?;
    let settings = Settings {
        writers: Some(1),
        ..Settings::new(DatabaseUrl::parse(database.url())?, core_payment::policy::eu_default()?)
    };
    let core = town.core_of(settings, Arc::new(MachineClock))?;
    let crowd = (0..consumers).map(|number| Newcomer::prepaid(&format!("consumer-{number}"), "100.00"));
    town.settle_by(&core, crowd).await?;
    let sellers = (0..merchants).map(|number| Newcomer::merchant(&format!("merchant-{number}")));
    town.settle_by(&core, sellers).await?;
    let mut offers: Vec<Vec<Signed<Offer>>> = Vec::new();
    for number in 0..merchants {
        let mut items = Vec::new();
        for item in 0..ITEMS {
            let title =
                if item < 10 { format!("Ride to stop {item}") } else { format!("Seat {item}, row 3") };
            let draft = town.offer(&format!("merchant-{number}"), "0.10").with(|offer| {
                offer.title = Label::parse(&title).expect("a label");
                offer.item = Label::parse(&format!("SKU-{item}")).expect("a label");
            });
            let offer = draft.sign()?;
            core.deposit_offer(town.verify(&offer.document)?).await?;
            items.push(offer);
        }
        offers.push(items);
    }
    let mut dice = Dice::of(20_261_124, &[]);
    for number in 0..REAL {
        let merchant = if dice.happens(600) { 0 } else { usize::try_from(dice.number() % merchants)? };
        let offer = &offers[merchant][usize::try_from(dice.number() % ITEMS)?];
        let consumer = town.party(&format!("consumer-{}", dice.number() % consumers));
        let order = town.order(offer).by(&consumer).sign()?;
        let reply = core.accept_order(town.verify(&order.document)?).await?;
        let paid = matches!(reply, Reply::Signed { kind: ReplyKind::Accepted, .. });
        ensure!(paid, "payment {number} was answered with {}", tests::counter::said(&reply)?);
    }
    Ok((town, core))
}

/// The same again in every hour that follows: payments, transfers, order ids and the batches that they are in.
fn multiply(database: &Database, engine: Engine, times: i64) -> Result<()> {
    let mut sql = database.sql()?;
    let hours = format!(
        "WITH RECURSIVE hours (key) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT key + 1 FROM hours WHERE key < {})",
        times - 1
    );
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(md5(random()::text || p.id || key), 'hex')",
    };
    if times > 1 {
        sql.execute(&format!(
            "{hours} INSERT INTO payment SELECT p.id + key * {HOUR}, {id}, p.consumer, p.merchant, p.consumer_account, \
             p.merchant_account, p.offer_digest, p.micros, p.currency, p.mode, p.funding, p.rule, p.state, \
             p.id + key * {HOUR}, 0, NULL FROM hours, payment p"
        ))?;
        sql.execute(&format!(
            "{hours} INSERT INTO transfer SELECT t.id + key * {HOUR}, t.payment + key * {HOUR}, t.debit, t.credit, \
             t.micros, t.kind, t.created_at FROM hours, transfer t WHERE t.kind = 'payment'"
        ))?;
        sql.execute(&format!(
            "{hours} INSERT INTO batch SELECT b.id + key * {HOUR}, b.node, \
             b.seq + key * (SELECT MAX(seq) FROM batch), b.hash FROM hours, batch b \
             WHERE b.id >= (SELECT MIN(id) FROM payment) - 16384"
        ))?;
        sql.execute("INSERT INTO message_key SELECT order_id, id FROM payment WHERE id NOT IN (SELECT position FROM message_key)")?;
    }
    drop(sql);
    database.settle()
}

fn look_ups(sales: &Sales) -> Result<Vec<Took>> {
    let merchant = PartyId::parse("merchant-0")?;
    let consumer = PartyId::parse("consumer-7")?;
    let mut dice = Dice::of(7, &[]);
    // Somewhere in the middle, by pages of different depths.
    let mut known = Vec::new();
    let newest = sales.list(&merchant, &Query { limit: 1, ..Query::default() })?;
    let last = newest.rows.first().context("no sale")?.ordered_at;
    let whole = last.millis_since(clock::now()).max(1);
    let some = |dice: &mut Dice| -> Timestamp { clock::now().saturating_add_millis(dice.between(0, whole)) };
    for _ in 0..CALLS {
        let query = Query { to: Some(some(&mut dice)), limit: 1, ..Query::default() };
        known.extend(sales.list(&merchant, &query)?.rows);
    }
    ensure!(known.len() > CALLS / 2, "too few sales");
    let list = |query: Query| Ok(sales.list(&merchant, &query)?.rows.len());
    let text = |text: String| Query { text: Some(text), ..Query::default() };
    let to = |to: Timestamp| Query { to: Some(to), ..Query::default() };
    let month = || (last.saturating_add_millis(-30 * 86_400_000), last);
    let at = |call: usize| &known[call % known.len()];
    Ok(vec![
        took("list, newest", |_| list(Query::default()))?,
        took("list, anywhere", |call| list(to(at(call).ordered_at)))?,
        took("list, one state, newest", |_| {
            list(Query { state: Some(SaleState::Paid), ..Query::default() })
        })?,
        took("list, a state that nothing has", |call| {
            list(Query { state: Some(SaleState::Disputed), ..to(at(call).ordered_at) })
        })?,
        took("search, order id", |call| list(text(at(call).order.to_string())))?,
        took("search, number of a receipt", |call| list(text(at(call).position.to_string())))?,
        took("search, pseudonym", |call| list(text(at(call).consumer.to_string()[..8].to_owned())))?,
        took("search, item code", |call| list(text(format!("sku-{}", call % 40))))?,
        took("search, title of ten items", |call| {
            list(Query { to: Some(at(call).ordered_at), ..text("ride to".to_owned()) })
        })?,
        took("search, title of thirty items", |call| {
            list(Query { to: Some(at(call).ordered_at), ..text("seat".to_owned()) })
        })?,
        took("search, title and a state that nothing has", |_| {
            list(Query { state: Some(SaleState::Voided), ..text("seat".to_owned()) })
        })?,
        took("one", |call| Ok(usize::from(sales.one(&merchant, SaleKey::Order(at(call).order))?.is_some())))?,
        took("time line", |call| Ok(sales.time_line(&merchant, at(call).position)?.len()))?,
        took("figures by the hour, a month", |_| {
            Ok(sales.by_hour(&merchant, Currency::EUR, month().0, month().1)?.len())
        })?,
        took("totals, a month", |_| Ok(sales.totals(&merchant, month().0, month().1)?.len()))?,
        took("a page of CSV", |_| {
            Ok(sales
                .csv(&merchant, &Query::default())
                .next()
                .transpose()?
                .map_or(0, |page| page.lines().count()))
        })?,
        took("history of a consumer", |_| Ok(sales.history(&consumer, &Query::default())?.rows.len()))?,
        took("history, search", |_| Ok(sales.history(&consumer, &text("seat 1".to_owned()))?.rows.len()))?,
        took("history, search in vain", |_| {
            Ok(sales.history(&consumer, &text("nothing".to_owned()))?.rows.len())
        })?,
    ])
}

fn took(what: &'static str, mut call: impl FnMut(usize) -> Result<usize>) -> Result<Took> {
    let (mut times, mut cpu) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
    let mut rows = 0;
    for number in 0..CALLS {
        let (start, before) = (Instant::now(), machine::thread_cpu_ns());
        rows = call(number)?;
        cpu.push(machine::thread_cpu_ns() - before);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    cpu.sort_unstable();
    let milliseconds = |place: usize| times[place].as_secs_f64() * 1000.0;
    let (median, p99) = (milliseconds(CALLS / 2), milliseconds(CALLS * 99 / 100));
    Ok(Took { what, median, p99, cpu_p99: cpu[CALLS * 99 / 100] as f64 / 1e6, rows })
}
