//! Faults that a payment system lives through: killed processes, a full disk, a database that goes away.
//!
//! Every test ends with the same three questions: is everything acknowledged durable, is nothing there twice, does the
//! audit pass. The service comes back by itself: nobody restarts it except after `kill -9`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use payment_domain::{Offer, PaymentOrder};
use payment_message::Code;
use tests::database::Database;
use tests::faults::{kill_under_load, orders, scene_with_whale};
use tests::load::{self, Orders};
use tests::postgres::{self, Durability, Postgres, Stop};
use tests::scene::Scene;
use tests::scratch::Scratch;
use tests::town::Signed;
use tests::{ledger, on_each_database, peer};

on_each_database!(killed_under_load_the_server_keeps_what_it_acknowledged);

async fn killed_under_load_the_server_keeps_what_it_acknowledged(database: Database) -> Result<()> {
    let rounds = std::env::var("METEORE_FAULT_ROUNDS").map_or(Ok(30), |rounds| rounds.parse())?;
    let tally = kill_under_load(database, rounds, |_| {}).await?;
    ensure!(tally.acknowledged > rounds, "hardly anything was acknowledged: {tally:?}");
    ensure!(tally.in_flight > 0, "the server was never killed with work on its hands: {tally:?}");
    Ok(())
}

#[test]
fn a_lost_postgres_is_said_and_the_service_resumes() {
    with_own_postgres(async |server| {
        let database = Database::on_server(&server.url("postgres"))?;
        let (mut scene, offer) = scene_with_whale(database).await?;
        let pid = scene.app.pid();
        let (mut connection, mut paid) = (scene.door().connect().await?, 0);
        for how in [Stop::Fast, Stop::Immediate] {
            let before = orders(&scene, &offer, 1)?;
            connection.post(&before[0].document).await?.receipt()?;
            server.stop(how)?;
            let waiting = orders(&scene, &offer, 3)?;
            for order in &waiting {
                let reply = connection.post(&order.document).await?;
                reply.refused(503, Code::Unavailable).with_context(|| format!("{how:?}"))?;
                ensure!(reply.headers.contains_key("retry-after"), "nothing is said about when to come back");
            }
            ensure!(scene.door().fetch("/healthz").await?.status == 200, "the process lives");
            ensure!(
                scene.door().fetch("/readyz").await?.status == 503,
                "it is not ready without its database"
            );
            server.resume()?;
            until_paid(&scene, &waiting).await?;
            paid += 1 + waiting.len();
        }
        ensure!(scene.app.pid() == pid, "it was the same process all along");
        scene.close(u64::try_from(paid)?)
    });
}

#[test]
fn killed_postgres_backends_are_survived_under_load() {
    with_own_postgres(async |server| {
        let database = Database::on_server(&server.url("postgres"))?;
        let (scene, offer) = scene_with_whale(database).await?;
        under_load(scene, &offer, 3_000, |scene| {
            let (mut sql, mut killed) = (scene.database.sql()?, 0);
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(60));
                killed += sql.touch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )?;
            }
            ensure!(killed > 10, "hardly a backend was killed: {killed}");
            Ok(())
        })
        .await
    });
}

#[test]
fn a_full_disk_is_said_and_the_service_resumes() {
    block_on(async {
        let disk = SmallDisk::new()?;
        let database = Database::sqlite_at(&disk.folder().join("meteore.db"));
        let (mut scene, offer) = scene_with_whale(database).await?;
        let mut connection = scene.door().connect().await?;
        let mut paid = 0;
        for _ in 0..2 {
            let before = orders(&scene, &offer, 1)?;
            connection.post(&before[0].document).await?.receipt()?;
            paid += 1;
            disk.fill(scene.app.pid())?;
            let (taken, waiting) =
                until_unavailable(&mut connection, &orders(&scene, &offer, 2_000)?).await?;
            ensure!(scene.door().fetch("/healthz").await?.status == 200, "the process lives");
            disk.free(scene.app.pid())?;
            until_paid(&scene, &waiting).await?;
            paid += taken + waiting.len();
        }
        scene.close(u64::try_from(paid)?)
    });
}

/// Sends load while something is done to the system, repeats what was not paid, and closes with the audit.
async fn under_load(
    mut scene: Scene,
    offer: &Signed<Offer>,
    count: usize,
    disturb: impl FnOnce(&Scene) -> Result<()>,
) -> Result<()> {
    let orders = Orders::new(orders(&scene, offer, count)?);
    let door = scene.door().clone();
    let load = std::thread::spawn({
        let orders = orders.clone();
        move || block_on_value(async { load::run(&door, &orders, 16).await })
    });
    disturb(&scene)?;
    let outcome = load.join().expect("the load does not panic")?;
    ensure!(outcome.unanswered.is_empty(), "{} orders got no answer", outcome.unanswered.len());
    ensure!(outcome.refused.iter().all(|(status, _)| *status == 503), "{:?}", outcome.refused.first());
    let durable = ledger::paid(&scene.database)?;
    ensure!(
        outcome.acknowledged.iter().all(|order| durable.contains(order)),
        "something acknowledged is lost"
    );
    until_paid(&scene, orders.all()).await?;
    scene.close(u64::try_from(count)?)
}

/// Repeats orders until each has its receipt.
async fn until_paid(scene: &Scene, orders: &[Signed<PaymentOrder>]) -> Result<()> {
    let start = Instant::now();
    let mut connection = scene.door().connect().await?;
    for order in orders {
        loop {
            let reply = connection.post(&order.document).await?;
            if reply.status == 200 {
                reply.receipt()?;
                break;
            }
            reply.refused(503, Code::Unavailable)?;
            ensure!(
                start.elapsed() < Duration::from_secs(60),
                "the service does not resume:\n{}",
                scene.app.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Pays until the system says that it cannot. How many were paid, and a few that were not.
async fn until_unavailable(
    connection: &mut tests::door::Connection,
    orders: &[Signed<PaymentOrder>],
) -> Result<(usize, Vec<Signed<PaymentOrder>>)> {
    for (taken, order) in orders.iter().enumerate() {
        let reply = connection.post(&order.document).await?;
        if reply.status != 200 {
            let waiting = orders[taken..orders.len().min(taken + 3)].to_vec();
            for order in &waiting {
                connection.post(&order.document).await?.refused(503, Code::Unavailable)?;
            }
            return Ok((taken, waiting));
        }
        reply.receipt()?;
    }
    anyhow::bail!("the disk was never full")
}

/// A disk that can be filled: a small one of its own, or, where mounting is not allowed, a limit on the size of the
/// server's files.
enum SmallDisk {
    Mounted(Scratch),
    Limited(Scratch),
}

impl SmallDisk {
    fn new() -> Result<Self> {
        let folder = Scratch::new("disk")?;
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "meteore-test"])
            .arg(folder.path())
            .output();
        let mounted = mount.is_ok_and(|mount| mount.status.success());
        Ok(if mounted { Self::Mounted(folder) } else { Self::Limited(folder) })
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Mounted(folder) | Self::Limited(folder) => folder.path(),
        }
    }

    fn fill(&self, pid: u32) -> Result<()> {
        match self {
            // More than fits: the ballast takes what is left.
            Self::Mounted(folder) => {
                let ballast = std::fs::write(folder.path().join("ballast"), vec![1; 32 * 1024 * 1024]);
                ensure!(ballast.is_err(), "the disk is not small");
                Ok(())
            }
            Self::Limited(_) => limit(pid, "16384"),
        }
    }

    fn free(&self, pid: u32) -> Result<()> {
        match self {
            Self::Mounted(folder) => Ok(std::fs::remove_file(folder.path().join("ballast"))?),
            Self::Limited(_) => limit(pid, "unlimited"),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Self::Mounted(folder) = self {
            let _ = Command::new("umount").arg("--lazy").arg(folder.path()).status();
        }
    }
}

fn limit(pid: u32, soft: &str) -> Result<()> {
    let limit = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), &format!("--fsize={soft}:unlimited")])
        .status()?;
    ensure!(limit.success(), "the size of files cannot be limited");
    Ok(())
}

fn with_own_postgres(test: impl AsyncFnOnce(&mut Postgres) -> Result<()>) {
    if peer::is_there("PostgreSQL", postgres::programs().is_some()) {
        block_on(async {
            let mut server = Postgres::start(Durability::ProcessOnly)?;
            test(&mut server).await
        });
    }
}

fn block_on(test: impl Future<Output = Result<()>>) {
    if let Err(error) = block_on_value(test) {
        panic!("{error:?}");
    }
}

fn block_on_value<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
