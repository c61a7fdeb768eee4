//! throwaway
use core_payment::{Core, Reply};
use payment_domain::{Capability, Method, PaymentOrder};
use payment_message::{Message, Sender, SenderError, Senders, StrictEngine, Verified, open};
use payment_trust::Certificate;
use std::sync::Arc;
use std::time::Instant;
use tests::database::Database;
use tests::town::{Newcomer, Town};

struct Everybody;
impl Senders for Everybody {
    fn sender(&self, h: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let c = Certificate::from_der(h).map_err(|_| SenderError::Unknown)?;
        Ok(Arc::new(Sender::new(
            c.party().clone(),
            c.role().clone(),
            Arc::clone(c.der()),
            Arc::new(c.key().clone()),
            c.not_before(),
            c.not_after(),
        )))
    }
}
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn main() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async {
        let url = std::env::args().nth(1).unwrap();
        let writers: usize = std::env::args().nth(2).unwrap().parse().unwrap();
        let n: usize = std::env::args().nth(3).unwrap().parse().unwrap();
        let db = if url == "sqlite" {
            Database::sqlite().unwrap()
        } else {
            Database::on_server(&std::env::var("METEORE_TEST_POSTGRES").unwrap()).unwrap()
        };
        let mut people = vec![];
        for i in 0..200 {
            people.push(Newcomer::prepaid(&format!("c{i}"), "100000.00"));
        }
        for i in 0..20 {
            people.push(Newcomer::merchant(&format!("m{i}")));
        }
        let town = Town::found_with(&db, people).await.unwrap();
        let core = town.core_with(&db, writers).unwrap();
        let mut offers = vec![];
        for i in 0..20 {
            let o = town.offer(&format!("m{i}"), "0.01").sign().unwrap();
            let v: Verified<Message> = open(&StrictEngine, &o.document, &Everybody).unwrap();
            core.deposit_offer(v.narrow().unwrap()).await.unwrap();
            offers.push(o);
        }
        let mut orders: Vec<Verified<PaymentOrder>> = vec![];
        for i in 0..n {
            let d = town
                .order(&offers[i % 20])
                .by(&town.party(&format!("c{}", i % 200)))
                .from(Capability::App, Method::DeviceKey)
                .sign()
                .unwrap();
            orders.push(open(&StrictEngine, &d.document, &Everybody).unwrap().narrow().unwrap());
        }
        let (t, c) = (Instant::now(), cpu());
        let orders = Arc::new(std::sync::Mutex::new(orders));
        let mut tasks = vec![];
        for _ in 0..128 {
            let core: Core = core.clone();
            let orders = Arc::clone(&orders);
            tasks.push(tokio::spawn(async move {
                let mut ok = 0;
                loop {
                    let Some(o) = orders.lock().unwrap().pop() else { break ok };
                    match core.accept_order(o).await {
                        Ok(Reply::Signed { .. }) => ok += 1,
                        other => panic!("{other:?}"),
                    }
                }
            }));
        }
        let mut ok = 0;
        for t in tasks {
            ok += t.await.unwrap();
        }
        let s = t.elapsed().as_secs_f64();
        println!(
            "{url} writers {writers}: {ok} in {s:.2}s = {:.0}/s, own cpu {:.0} us each",
            ok as f64 / s,
            (cpu() - c) * 1e6 / ok as f64
        );
        core.shut_down();
        println!("bytes/payment {}", db.size_bytes().unwrap() as usize / n);
    });
}
