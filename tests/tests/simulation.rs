//! Two months of a small town on each database, with crashes; and the proof that the comparison of books finds a lost or
//! doubled micro-unit. `./x simulate` lives as many days as one likes.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::database::{Database, Engine};
use tests::on_each_database;
use tests::scratch::Scratch;
use tests::simulation::process::{Settings, check, journal, run};

on_each_database!(two_months_with_crashes_lose_no_cent);

fn settings(folder: &Path, database: &Database, days: u32) -> Result<Settings> {
    let seed = std::env::var("METEORE_SIMULATION_SEED").map_or(Ok(20_270_101), |seed| seed.parse())?;
    Ok(Settings {
        program: env!("CARGO_BIN_EXE_simulate").into(),
        folder: folder.to_owned(),
        database: database.url().to_owned(),
        seed,
        days,
        crashes: 15,
        compare_every: 20,
        go_on: false,
    })
}

async fn two_months_with_crashes_lose_no_cent(database: Database) -> Result<()> {
    let folder = Scratch::new("simulation")?;
    let settings = settings(folder.path(), &database, 60)?;
    let engine = if database.engine() == Engine::Sqlite { "sqlite" } else { "postgres" };
    let again =
        format!("METEORE_SIMULATION_SEED={} cargo test -p tests --test simulation {engine}", settings.seed);
    println!("{again}");
    // It waits for processes: not on the thread of the test's runtime.
    let done = std::thread::spawn(move || run(&settings, |_| {})).join().expect("no panic");
    let report = done.with_context(|| format!("It does not hold. Again: {again}"))?;
    println!("{report}");
    ensure!(report.days == 60 && report.comparisons == 4, "not everything was lived and compared");
    ensure!(report.crashes >= 4, "hardly a crash: {}", report.crashes);
    // What never happens is not tested.
    for (what, least) in [
        ("payment: accepted", 200),
        ("payment: pending", 50),
        ("payment abroad: accepted", 10),
        ("payment with coupons: pending", 10),
        ("payment with a discount: accepted", 3),
        ("capture: pending", 10),
        ("void: pending", 3),
        ("refund: accepted", 50),
        ("refund: pending", 20),
        ("top-up: pending", 20),
        ("redemption: pending", 3),
        ("dispute: accepted", 3),
        ("return of a coupon: pending", 2),
        ("gift of a coupon: accepted", 1),
        ("wrong on purpose", 100),
        ("attempts sent to another system", 2),
        ("answer from outside: declined", 10),
        ("answer from outside: unknown", 100),
        ("answer from outside: to be confirmed", 5),
        ("document: bill", 3),
        ("document: payout advice", 10),
        ("dunning: collections", 10),
        ("dunning: reminders", 4),
        ("dunning: suspended", 1),
        ("dunning: reinstated", 1),
        ("bank file", 5),
        ("statement: executed", 10),
    ] {
        ensure!(report.count(what) >= least, "{what}: only {}", report.count(what));
    }
    Ok(())
}

/// Changes what the bank or the ledger remembers after some days, and expects the comparison to find it.
#[test]
fn a_micro_unit_that_is_lost_or_doubled_is_found() -> Result<()> {
    let (folder, database) = (Scratch::new("simulation")?, Database::sqlite()?);
    let settings = settings(folder.path(), &database, 12)?;
    run(&settings, |_| {})?;
    check(&settings, true).context("before anything is changed")?;
    let written = std::fs::read_to_string(journal(folder.path()))?;
    for (name, change, expected) in [
        ("the bank took a micro-unit more", more as Change, "differs"),
        ("the bank acted twice", twice, "which no attempt was made for"),
        ("the bank never approved", declined, "is approved, at the bank"),
        ("the bank approved after all", approved, "is declined, at the bank"),
        ("the bank forgot an order", forgotten, "is approved, at the bank None"),
        ("somebody sent a micro-unit", sent, "by its books"),
        ("the bank protested", protested, "protests"),
    ] {
        let tampered = Scratch::new("tampered")?;
        std::fs::write(journal(tampered.path()), change(&written).with_context(|| name)?)?;
        let settings = Settings { folder: tampered.path().to_owned(), ..settings.clone() };
        finds(&settings, name, expected)?;
    }
    for (statement, expected) in [
        (
            "UPDATE account SET balance = balance + 1 WHERE kind = 'external' AND label = 'wallet'",
            "by its books",
        ),
        ("UPDATE account SET balance = balance - 1 WHERE kind = 'merchant'", "sum to"),
        ("UPDATE account SET balance = balance + 1 WHERE kind = 'hold'", "nothing is pending, but held"),
        ("UPDATE account SET balance = balance + 1 WHERE kind = 'coupon'", "left of what coupons cost"),
        ("UPDATE attempt SET micros = micros + 1 WHERE state = 'approved'", "differs"),
        ("UPDATE attempt SET state = 'declined' WHERE state = 'approved'", "at the bank Some(Approved)"),
        ("UPDATE attempt SET state = 'pending' WHERE state = 'declined'", "are pending"),
        ("UPDATE attempt SET reference = 'x' WHERE state = 'approved'", "another reference"),
        ("DELETE FROM attempt WHERE state = 'approved'", "which no attempt was made for"),
    ] {
        let copy = database.copy()?;
        ensure!(copy.sql()?.touch(statement)? > 0, "nothing was touched: {statement}");
        finds(&Settings { database: copy.url().to_owned(), ..settings.clone() }, statement, expected)?;
    }
    Ok(())
}

type Change = fn(&str) -> Option<String>;

fn finds(settings: &Settings, name: &str, expected: &str) -> Result<()> {
    let Err(found) = check(settings, true) else { anyhow::bail!("{name}: nothing was found") };
    let found = format!("{found:#}");
    ensure!(found.contains(expected), "{name}: expected {expected}, found {found}");
    Ok(())
}

/// The first order of a kind that has ended in a way: its lines, from the order to its end.
fn lines_of<'j>(journal: &'j str, operation: &str, end: &str) -> Option<(&'j str, &'j str)> {
    let orders = journal.lines().filter(|line| line.starts_with("order ") && line.contains(operation));
    orders.into_iter().find_map(|order| {
        let id = order.split(' ').nth(1)?;
        let ended = |line: &&str| line.starts_with("end ") && line.ends_with(&format!(" {id} {end}"));
        Some((order, journal.lines().find(ended)?))
    })
}

fn more(journal: &str) -> Option<String> {
    let (order, _) = lines_of(journal, " charge EUR ", "approved")?;
    let words: Vec<_> = order.split(' ').collect();
    let micros = words.get(5)?.parse::<i64>().ok()? + 1;
    let changed = order.replacen(&format!(" EUR {} ", words.get(5)?), &format!(" EUR {micros} "), 1);
    Some(journal.replacen(order, &changed, 1))
}

fn twice(journal: &str) -> Option<String> {
    let (order, end) = lines_of(journal, " charge EUR ", "approved")?;
    let id = order.split(' ').nth(1)?;
    let again = |line: &str| line.replacen(id, &format!("{id}9"), 1);
    Some(format!("{journal}{}\n{}\n", again(order), again(end)))
}

fn declined(journal: &str) -> Option<String> {
    let (_, end) = lines_of(journal, " charge EUR ", "approved")?;
    Some(journal.replacen(end, &end.replace("approved", "declined"), 1))
}

fn approved(journal: &str) -> Option<String> {
    let (_, end) = lines_of(journal, " charge EUR ", "declined")?;
    Some(journal.replacen(end, &end.replace("declined", "approved"), 1))
}

fn forgotten(journal: &str) -> Option<String> {
    let (order, end) = lines_of(journal, " payout EUR ", "approved")?;
    let id = order.split(' ').nth(1)?;
    let others = journal.lines().filter(|line| *line != end && !line.split(' ').any(|word| word == id));
    Some(others.map(|line| format!("{line}\n")).collect())
}

fn sent(journal: &str) -> Option<String> {
    Some(format!("{journal}paid-in 11 sepa 1 EUR 1\n"))
}

fn protested(journal: &str) -> Option<String> {
    Some(format!("{journal}protest 1 charge makes no sense\n"))
}
