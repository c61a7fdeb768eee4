use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use core_payment::{Clock, ExternalInstrument, Original};
use payment_domain::{Purpose, Timestamp};

use super::bank::{Bank, OpenBankError};
use super::*;
use crate::external::{Transport as _, TransportError};

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

struct Stage {
    folder: tempfile::TempDir,
    clock: Arc<HandClock>,
    bank: Bank,
}

const DELAY: Duration = Duration::from_millis(2_000);
// Long enough for a machine that has other work to do.
const WAIT: Duration = Duration::from_millis(1_000);

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
        let bank = open(folder.path(), &clock);
        Self { folder, clock, bank }
    }

    /// The same books, opened again after a stop.
    fn restarted(mut self) -> Self {
        self.bank = open(self.folder.path(), &self.clock);
        self
    }

    async fn charge(&self, attempt: &Attempt) -> Result<Outcome, TransportError> {
        let answer = self.bank.send(request(attempt));
        let answer = tokio::time::timeout(WAIT, answer).await.map_err(|_| TransportError::NoAnswer)??;
        Ok(Simulator.parse(attempt, &answer))
    }

    async fn status(&self, attempt: &Attempt) -> Standing {
        let request = Simulator.status_request(attempt, self.clock.now()).unwrap();
        Simulator.parse_status(attempt, &self.bank.send(request).await.unwrap(), self.clock.now())
    }
}

fn open(folder: &Path, clock: &Arc<HandClock>) -> Bank {
    Bank::open(&folder.join("simulator.jsonl"), DELAY, Arc::<HandClock>::clone(clock)).unwrap()
}

fn attempt(id: i64, instrument: &str, amount: &str) -> Attempt {
    Attempt {
        id: AttemptId::new(id).unwrap(),
        operation: Operation::Charge,
        purpose: Purpose::Order,
        system: "simulator".to_owned(),
        instrument: Some(ExternalInstrument::parse(instrument).unwrap()),
        bank: None,
        original: None,
        reference: None,
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        started_at: Timestamp::EPOCH,
    }
}

fn request(attempt: &Attempt) -> Request {
    transfer(attempt).unwrap()
}

/// An attempt that goes back to another.
fn back(id: i64, operation: Operation, original: &Attempt, amount: &str) -> Attempt {
    let goes_back_to = Original {
        id: original.id,
        operation: original.operation,
        reference: Some(format!("SIM-{}", original.id)),
        amount: original.amount,
    };
    Attempt { operation, original: Some(goes_back_to), ..attempt(id, "simulator:approve", amount) }
}

fn refused(reason: &str) -> Result<Outcome, TransportError> {
    Ok(Outcome::Declined { reason: reason.to_owned() })
}

fn approved(id: i64) -> Outcome {
    Outcome::Approved { reference: format!("SIM-{id}") }
}

#[tokio::test]
async fn approve_charges_and_says_so_and_a_repeat_charges_nothing_more() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:approve", "45.00");
    assert_eq!(stage.charge(&order).await, Ok(approved(7)));
    assert_eq!(stage.charge(&order).await, Ok(approved(7)));
    assert_eq!(stage.status(&order).await, Standing::Known(approved(7)));
    assert_eq!(stage.bank.moved(), (1, 45_000_000));
}

#[tokio::test]
async fn the_same_id_for_another_amount_is_neither_yes_nor_no() {
    let stage = Stage::new();
    stage.charge(&attempt(7, "simulator:approve", "45.00")).await.unwrap();
    assert_eq!(stage.charge(&attempt(7, "simulator:approve", "46.00")).await, Ok(Outcome::Unknown));
    assert_eq!(stage.bank.moved(), (1, 45_000_000));
}

#[tokio::test]
async fn a_refund_gives_back_once_and_never_more_than_was_charged() {
    let stage = Stage::new();
    let charge = attempt(7, "simulator:approve", "45.00");
    let refund = back(8, Operation::Refund, &charge, "15.00");
    assert_eq!(
        stage.charge(&back(6, Operation::Refund, &charge, "1.00")).await,
        refused("nothing-to-refund")
    );
    stage.charge(&charge).await.unwrap();
    assert_eq!(stage.charge(&refund).await, Ok(approved(8)));
    assert_eq!(stage.charge(&refund).await, Ok(approved(8)));
    let stage = stage.restarted();
    assert_eq!(
        stage.charge(&back(9, Operation::Refund, &charge, "30.01")).await,
        refused("refund-exceeds-charge")
    );
    assert_eq!(stage.bank.moved(), (2, 30_000_000));
    assert_eq!(stage.charge(&back(10, Operation::Refund, &charge, "30.00")).await, Ok(approved(10)));
    assert_eq!(stage.bank.moved(), (3, 0));
}

#[tokio::test]
async fn what_was_set_aside_is_taken_once_up_to_its_amount() {
    let stage = Stage::new();
    let held = Attempt { operation: Operation::Authorise, ..attempt(7, "simulator:approve", "45.00") };
    assert_eq!(stage.charge(&held).await, Ok(approved(7)));
    assert_eq!(stage.bank.moved(), (0, 0), "setting aside moves nothing");
    let too_much = back(8, Operation::Capture, &held, "45.000001");
    assert_eq!(stage.charge(&too_much).await, refused("capture-exceeds-authorisation"));
    let capture = back(9, Operation::Capture, &held, "30.00");
    assert_eq!(stage.charge(&capture).await, Ok(approved(9)));
    assert_eq!(stage.charge(&capture).await, Ok(approved(9)));
    let stage = stage.restarted();
    for (id, operation) in [(10, Operation::Capture), (11, Operation::Void)] {
        let late = back(id, operation, &held, "1.00");
        assert_eq!(stage.charge(&late).await, refused("authorisation-has-ended"), "{operation}");
    }
    assert_eq!(stage.bank.moved(), (1, 30_000_000));
    let refund = back(12, Operation::Refund, &capture, "30.01");
    assert_eq!(stage.charge(&refund).await, refused("refund-exceeds-charge"));
}

#[tokio::test]
async fn what_was_set_free_cannot_be_taken_any_more() {
    let stage = Stage::new();
    let held = Attempt { operation: Operation::Authorise, ..attempt(7, "simulator:approve", "45.00") };
    stage.charge(&held).await.unwrap();
    assert_eq!(stage.charge(&back(8, Operation::Void, &held, "45.00")).await, Ok(approved(8)));
    assert_eq!(
        stage.charge(&back(9, Operation::Capture, &held, "45.00")).await,
        refused("authorisation-has-ended")
    );
    assert_eq!(stage.bank.moved(), (0, 0));
}

#[tokio::test]
async fn only_what_was_authorised_can_be_captured() {
    let stage = Stage::new();
    let charge = attempt(7, "simulator:approve", "45.00");
    stage.charge(&charge).await.unwrap();
    let declined = Attempt { operation: Operation::Authorise, ..attempt(8, "simulator:decline", "45.00") };
    stage.charge(&declined).await.unwrap();
    for (id, original) in [(9, &charge), (10, &declined)] {
        let capture = back(id, Operation::Capture, original, "45.00");
        assert_eq!(stage.charge(&capture).await, refused("nothing-to-capture"), "{id}");
    }
}

#[tokio::test]
async fn a_payout_is_paid_once() {
    let stage = Stage::new();
    let payout = Attempt { operation: Operation::Payout, ..attempt(7, "simulator:approve", "45.00") };
    assert_eq!(stage.charge(&payout).await, Ok(approved(7)));
    assert_eq!(stage.charge(&payout).await, Ok(approved(7)));
    assert_eq!(stage.bank.moved(), (1, -45_000_000));
}

#[test]
fn a_journal_of_the_first_release_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("simulator.jsonl");
    let line = r#"{"event":"decided","attempt":7,"direction":"charge","behaviour":"decline","micros":5,"currency":"EUR","settles_at_ms":0}"#;
    std::fs::write(&journal, format!("{line}\n")).unwrap();
    let bank = Bank::open(&journal, DELAY, Arc::new(HandClock(AtomicI64::new(0)))).unwrap();
    assert_eq!(bank.moved(), (0, 0));
}

#[tokio::test]
async fn decline_charges_nothing() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:decline", "45.00");
    let declined = Outcome::Declined { reason: "card-declined".to_owned() };
    assert_eq!(stage.charge(&order).await, Ok(declined.clone()));
    assert_eq!(stage.restarted().status(&order).await, Standing::Known(declined));
}

#[tokio::test]
async fn slow_is_undecided_until_its_time_has_come() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:slow", "45.00");
    assert_eq!(stage.charge(&order).await, Err(TransportError::NoAnswer));
    assert_eq!(stage.status(&order).await, Standing::Known(Outcome::Unknown));
    stage.clock.0.fetch_add(2_000, Ordering::Relaxed);
    assert_eq!(stage.status(&order).await, Standing::Known(approved(7)));
    assert_eq!(stage.bank.moved(), (1, 45_000_000));
}

#[tokio::test]
async fn slow_answers_whoever_waits_long_enough() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:slow", "45.00");
    let answer = stage.bank.send(request(&order)).await.unwrap();
    assert_eq!(Simulator.parse(&order, &answer), approved(7));
}

#[tokio::test]
async fn unknown_never_answers_the_request_but_says_what_it_did_even_after_a_restart() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:unknown", "45.00");
    assert_eq!(stage.charge(&order).await, Err(TransportError::NoAnswer));
    let stage = stage.restarted();
    assert_eq!(stage.status(&order).await, Standing::Known(approved(7)));
    assert_eq!(stage.bank.moved(), (1, 45_000_000));
}

#[tokio::test]
async fn lost_never_arrives_the_first_time_and_charges_once_when_sent_again() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:lost", "45.00");
    assert_eq!(stage.charge(&order).await, Err(TransportError::NoAnswer));
    let stage = stage.restarted();
    assert_eq!(stage.status(&order).await, Standing::NeverArrived);
    assert_eq!(stage.bank.moved(), (0, 0));
    assert_eq!(stage.charge(&order).await, Ok(approved(7)));
    assert_eq!(stage.charge(&order).await, Ok(approved(7)));
    assert_eq!(stage.bank.moved(), (1, 45_000_000));
}

#[tokio::test]
async fn an_instrument_or_a_message_that_it_does_not_know_is_neither_yes_nor_no() {
    let stage = Stage::new();
    let order = attempt(7, "simulator:gold", "45.00");
    assert_eq!(stage.charge(&order).await, Ok(Outcome::Unknown));
    for body in ["", "{}", r#"{"state":"paid"}"#, r#"{"state":"approved"}"#] {
        let response = Response { status: 200, body: body.into() };
        assert_eq!(Simulator.parse(&order, &response), Outcome::Unknown, "{body}");
        assert_eq!(
            Simulator.parse_status(&order, &response, Timestamp::EPOCH),
            Standing::Known(Outcome::Unknown),
            "{body}"
        );
    }
    for status in [301, 400, 409, 429, 500, 503] {
        let response = Response { status, body: Vec::new() };
        assert_eq!(Simulator.parse(&order, &response), Outcome::Unknown, "{status}");
        assert_eq!(
            Simulator.parse_status(&order, &response, Timestamp::EPOCH),
            Standing::Unclear,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_never_happened() {
    let stage = Stage::new();
    stage.charge(&attempt(7, "simulator:approve", "45.00")).await.unwrap();
    let journal = stage.folder.path().join("simulator.jsonl");
    let mut text = std::fs::read(&journal).unwrap();
    text.extend_from_slice(br#"{"event":"decided","attempt":8,"beh"#);
    std::fs::write(&journal, text).unwrap();
    let stage = stage.restarted();
    assert_eq!(stage.status(&attempt(8, "simulator:approve", "1")).await, Standing::NeverArrived);
    stage.charge(&attempt(9, "simulator:approve", "1.00")).await.unwrap();
    let stage = stage.restarted();
    assert_eq!(stage.bank.moved(), (2, 46_000_000));
}

#[test]
fn books_that_are_not_the_simulators_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("simulator.jsonl");
    std::fs::write(&journal, "{\"event\":\"lost\",\"attempt\":1}\nsomething else\n").unwrap();
    let clock = Arc::new(HandClock(AtomicI64::new(0)));
    let opened = Bank::open(&journal, DELAY, clock);
    assert!(matches!(opened, Err(OpenBankError::Journal(2))));
}

#[test]
fn the_system_learns_the_amount_and_nothing_of_the_purchase() {
    let request = request(&attempt(7, "simulator:approve", "45.00"));
    let body = String::from_utf8(request.body).unwrap();
    assert_eq!(
        body,
        r#"{"attempt":7,"operation":"charge","instrument":"approve","micros":45000000,"currency":"EUR"}"#
    );
}
