//! Load: pre-signed orders over keep-alive TLS connections. Records every latency and every acknowledged order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use payment_domain::{OrderId, PaymentOrder};

use crate::door::{Door, Reply};
use crate::town::Signed;

/// Orders waiting to be sent, handed out one by one to all connections.
#[derive(Debug)]
pub struct Orders {
    signed: Vec<Signed<PaymentOrder>>,
    next: AtomicUsize,
    stop: AtomicBool,
}

/// What came of a load.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Acknowledged with a receipt.
    pub acknowledged: Vec<OrderId>,
    /// Answered otherwise: the HTTP status and the first bytes, for the message of a failed test.
    pub refused: Vec<(u16, String)>,
    /// Orders that were sent and never answered. They may or may not be durable.
    pub unanswered: Vec<OrderId>,
    /// From sending to the whole reply, sorted, in microseconds.
    pub latencies_us: Vec<u64>,
    /// From the first order to the last reply.
    pub wall: Duration,
}

impl Orders {
    /// A stack of orders.
    #[must_use]
    pub fn new(signed: Vec<Signed<PaymentOrder>>) -> Arc<Self> {
        Arc::new(Self { signed, next: AtomicUsize::new(0), stop: AtomicBool::new(false) })
    }

    /// Every order, sent or not.
    #[must_use]
    pub fn all(&self) -> &[Signed<PaymentOrder>] {
        &self.signed
    }

    /// How many were taken so far.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.next.load(Ordering::Relaxed).min(self.signed.len())
    }

    /// Sends no more.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> Option<&Signed<PaymentOrder>> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.signed.get(self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Sends orders over so many connections until there are none left, or the server is gone.
///
/// # Errors
/// If the connections cannot be opened.
pub async fn run(door: &Door, orders: &Arc<Orders>, connections: usize) -> Result<Outcome> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(door.connect().await?);
    }
    let start = Instant::now();
    let mut customers = Vec::new();
    for mut connection in open {
        let orders = Arc::clone(orders);
        customers.push(tokio::spawn(async move {
            let mut outcome = Outcome::default();
            while let Some(order) = orders.take() {
                let sent = Instant::now();
                let Ok(reply) = connection.post(&order.document).await else {
                    outcome.unanswered.push(order.message.order_id);
                    break;
                };
                outcome.latencies_us.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
                outcome.note(order.message.order_id, &reply);
            }
            outcome
        }));
    }
    let mut total = Outcome::default();
    for customer in customers {
        total.add(customer.await?);
    }
    total.wall = start.elapsed();
    total.latencies_us.sort_unstable();
    Ok(total)
}

impl Outcome {
    /// The latency that this share of the orders did not exceed, in microseconds. `per_mille` of 500 is the median.
    #[must_use]
    pub fn percentile_us(&self, per_mille: usize) -> u64 {
        let last = self.latencies_us.len().saturating_sub(1);
        self.latencies_us.get((last * per_mille).div_ceil(1000)).copied().unwrap_or(0)
    }

    /// Acknowledged orders a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.acknowledged.len() as f64 / self.wall.as_secs_f64()
    }

    /// Joins what another connection, or another round, saw.
    pub fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.unanswered.extend(other.unanswered);
        self.latencies_us.extend(other.latencies_us);
        self.wall += other.wall;
    }

    /// Here a reply is only recognised, which costs the machine under load little; tests verify receipts later.
    fn note(&mut self, order: OrderId, reply: &Reply) {
        if reply.status == 200 && reply.body.starts_with(b"<PaymentReceipt") {
            self.acknowledged.push(order);
        } else {
            let start = String::from_utf8_lossy(&reply.body).chars().take(300).collect();
            self.refused.push((reply.status.as_u16(), start));
        }
    }
}
