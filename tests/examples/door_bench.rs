//! throwaway
use tests::app::{App, Setup};
use tests::database::Database;
use tests::load::{Orders, run};
use tests::town::{Newcomer, Town};
fn pgcpu() -> f64 {
    // all postgres processes incl. reaped children of postmaster
    let mut t = 0.0;
    for e in std::fs::read_dir("/proc").unwrap().flatten() {
        if let Ok(s) = std::fs::read_to_string(e.path().join("stat")) {
            if s.contains("(postgres)") {
                let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
                let ppid = f[1];
                t += (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0;
                let _ = ppid;
            }
        }
    }
    t
}
fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async {
        let a: Vec<String> = std::env::args().collect();
        let n: usize = a[2].parse().unwrap();
        let conns: usize = a[3].parse().unwrap();
        let hot = a[4] == "hot";
        let db = if a[1] == "sqlite" {
            Database::sqlite().unwrap()
        } else {
            Database::on_server(&std::env::var("METEORE_TEST_POSTGRES").unwrap()).unwrap()
        };
        let mut people = vec![];
        for i in 0..300 {
            people.push(Newcomer::prepaid(&format!("c{i}"), "100000.00"));
        }
        for i in 0..30 {
            people.push(Newcomer::merchant(&format!("m{i}")));
        }
        let town = Town::found_with(&db, people).await.unwrap();
        let mut app =
            App::start_with(&town, &db, &Setup { shadow_one_in: 64, log: "warn", ..Setup::default() })
                .await
                .unwrap();
        let mut offers = vec![];
        for i in 0..30 {
            let o = town.offer(&format!("m{i}"), "0.01").sign().unwrap();
            app.door().post(&o.document).await.unwrap().report().unwrap();
            offers.push(o);
        }
        let orders: Vec<_> = (0..n)
            .map(|i| {
                town.order(&offers[if hot { 0 } else { i % 30 }])
                    .by(&town.party(&format!("c{}", i % 300)))
                    .sign()
                    .unwrap()
            })
            .collect();
        let warm: Vec<_> = (0..2000)
            .map(|i| town.order(&offers[i % 30]).by(&town.party(&format!("c{}", i % 300))).sign().unwrap())
            .collect();
        run(app.door(), &Orders::new(warm), conns).await.unwrap();
        let u0 = app.usage().unwrap();
        let p0 = pgcpu();
        let o = run(app.door(), &Orders::new(orders), conns).await.unwrap();
        let u1 = app.usage().unwrap();
        let p1 = pgcpu();
        println!(
            "{} conns {conns} hot {hot}: {:.0}/s p50 {} p99 {} max {} us, refused {} unanswered {}",
            a[1],
            o.per_second(),
            o.percentile_us(500),
            o.percentile_us(990),
            o.percentile_us(1000),
            o.refused.len(),
            o.unanswered.len()
        );
        println!("  server cpu {:?} -> {:?}; pg {:.1} us each", u0, u1, (p1 - p0) * 1e6 / n as f64);
        app.stop().unwrap();
    });
}
