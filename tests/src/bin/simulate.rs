//! `./x simulate`: years of a small town in minutes, with crashes, against books that somebody else keeps.
//!
//! Prints what happened and the seed that makes it happen again. Start at `tests::simulation`.

use anyhow::{Context as _, Result, bail};
use tests::database::{Database, Engine};
use tests::random;
use tests::scratch::target_folder;
use tests::simulation::process::{Settings, day_runner, run};

const USAGE: &str = "./x simulate [--days N] [--seed S] [--database sqlite|postgres]\n\
    ./x simulate --go-on yes --days N --seed S     after the last comparison of a run on SQLite that was stopped";

fn main() -> Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "day-runner") {
        return day_runner(&words[1..]);
    }
    if words.iter().any(|word| word == "-h" || word == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    let (mut days, mut engine) = (10_000, Engine::Sqlite);
    let mut seed = u64::from(u32::from_be_bytes(random::bytes()));
    let mut go_on = false;
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| USAGE)?;
        match (word.as_str(), value.as_str()) {
            ("--days", days_to_live) => days = days_to_live.parse().context(USAGE)?,
            ("--seed", number) => seed = number.parse().context(USAGE)?,
            ("--go-on", "yes") => go_on = true,
            ("--database", "sqlite") => engine = Engine::Sqlite,
            ("--database", "postgres") => engine = Engine::Postgres,
            _ => bail!("{USAGE}"),
        }
    }
    let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    let again = format!("./x simulate --days {days} --seed {seed} --database {name}");
    println!("Seed {seed}. Again: {again}");
    let folder = target_folder().join("simulation").join(format!("{name}-{seed}"));
    if !go_on {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
    }
    let database = match engine {
        Engine::Sqlite => Database::sqlite_at(&folder.join("meteore.db")),
        Engine::Postgres => Database::new(engine)?.context("PostgreSQL is not installed")?,
    };
    let settings = Settings {
        program: std::env::current_exe()?,
        folder: folder.clone(),
        database: database.url().to_owned(),
        seed,
        days,
        crashes: 5,
        compare_every: 100,
        go_on,
    };
    let done = run(&settings, |report| {
        if report.days % 500 == 0 {
            println!("{} days, {} crashes, {:.0?}", report.days, report.crashes, report.elapsed);
        }
    });
    let report = done
        .with_context(|| format!("It does not hold. Again: {again}\nWhat is left: {}", folder.display()))?;
    println!("{report}");
    Ok(std::fs::remove_dir_all(&folder)?)
}
