//! A file goes to the bank, and its answers come back: what the bank does, what we say of it, what moved.

use serde_json::{Value, json};
use tests::bank::Bank;

use crate::desk::{Desk, valid};

/// The three answers to one file, told in words.
struct Answers {
    status: String,
    notified: String,
    stated: String,
}

fn collect(bank: &Bank, desk: &mut Desk, entries: &[(i64, &str)], script: &Value) -> Answers {
    let file = desk.collect("CPS-1", entries);
    let status = desk.read(valid("pain.002.001.10", bank.receive(&file, script).unwrap()));
    let notified = desk.read(valid("camt.054.001.08", bank.notify().unwrap()));
    let stated = desk.read(valid("camt.053.001.08", bank.statement().unwrap()));
    Answers { status, notified, stated }
}

#[track_caller]
fn said(told: &str, expected: &[&str]) {
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines, expected);
}

#[test]
fn collections_settle_once_though_they_are_told_three_times() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let script = json!({ "status": "ACSP" });
    let answers = collect(&bank, &mut desk, &[(7, "12.50"), (8, "3.00"), (9, "0.01")], &script);
    said(&answers.status, &["attempt 8 under way", "attempt 7 under way", "attempt 9 under way"]);
    said(
        &answers.notified,
        &[
            "attempt 8 settled as BOOK000001",
            "attempt 7 settled as BOOK000002",
            "attempt 9 settled as BOOK000003",
        ],
    );
    said(&answers.stated, &["attempt 8 already known", "attempt 7 already known", "attempt 9 already known"]);
    assert_eq!(desk.cash(), "15.51");
}

#[test]
fn payouts_leave_our_account() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let file = desk.pay_out("CPS-2", &[(20, "100.00"), (21, "0.99")]);
    let status =
        desk.read(valid("pain.002.001.10", bank.receive(&file, &json!({ "status": "ACSC" })).unwrap()));
    said(&status, &["attempt 20 settled", "attempt 21 settled"]);
    assert_eq!(desk.cash(), "-100.99");
    // Now by the reference under which it was booked.
    let notified = desk.read(valid("camt.054.001.08", bank.notify().unwrap()));
    said(&notified, &["attempt 20 confirmed as BOOK000001", "attempt 21 confirmed as BOOK000002"]);
    assert_eq!(desk.cash(), "-100.99");
    // An account that was closed: the money comes back.
    bank.give_back("20", "AC04", "0").unwrap();
    let returned = desk.read(valid("camt.053.001.08", bank.statement().unwrap()));
    said(
        &returned,
        &[
            "attempt 20 already known",
            "attempt 21 already known",
            "attempt 20 returned: AC04, the account is closed",
        ],
    );
    assert_eq!(desk.cash(), "-0.99");
}

#[test]
fn what_is_rejected_moves_nothing() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let script = json!({ "reject": { "7": "AC04", "8": "AM04" } });
    let answers = collect(&bank, &mut desk, &[(7, "12.50"), (8, "3.00"), (9, "5.00")], &script);
    said(
        &answers.status,
        &["attempt 8 rejected: AM04, not enough money", "attempt 7 rejected: AC04, the account is closed"],
    );
    said(&answers.notified, &["attempt 9 settled as BOOK000001"]);
    assert_eq!(desk.cash(), "5.00");
}

#[test]
fn a_file_that_is_refused_rejects_all_of_it() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let answers = collect(&bank, &mut desk, &[(7, "12.50"), (8, "3.00")], &json!({ "refuse": "FF01" }));
    let mut lines: Vec<&str> = answers.status.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "attempt 7 rejected: FF01, the file format is wrong",
            "attempt 8 rejected: FF01, the file format is wrong"
        ]
    );
    said(&answers.stated, &[]);
    assert_eq!(desk.cash(), "0.00");
}

#[test]
fn a_file_that_is_carried_twice_is_booked_once() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let file = desk.collect("CPS-1", &[(7, "12.50")]);
    bank.receive(&file, &json!({})).unwrap();
    let again = valid("pain.002.001.10", bank.receive(&file, &json!({})).unwrap());
    // The copy is refused. That says nothing about the first one, which is about to be booked.
    let refused = "attempt 7 refused as sent before, which says nothing about the first time";
    said(&desk.read(again), &[&format!("break: {refused}")]);
    said(&desk.read(bank.notify().unwrap()), &["attempt 7 settled as BOOK000001"]);
    said(&desk.read(bank.statement().unwrap()), &["attempt 7 already known"]);
    assert_eq!(desk.cash(), "12.50");
}

#[test]
fn a_direct_debit_can_be_taken_back_weeks_later() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    collect(&bank, &mut desk, &[(7, "12.50"), (9, "5.00")], &json!({}));
    bank.give_back("7", "MD06", "0").unwrap();
    bank.give_back("9", "AM04", "3.50").unwrap();
    let told = "attempt 7 returned: MD06, the debtor asked for the money back\n\
                attempt 9 returned: AM04, not enough money, fee EUR 3.50\n";
    assert_eq!(desk.read(valid("camt.054.001.08", bank.notify().unwrap())), told);
    assert_eq!(desk.cash(), "-3.50");
    said(
        &desk.read(valid("camt.053.001.08", bank.statement().unwrap())),
        &["attempt 7 already known", "attempt 9 already known"],
    );
    assert_eq!(desk.cash(), "-3.50");
}

#[test]
fn a_return_in_the_same_statement_as_its_booking_is_a_return() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let file = desk.collect("CPS-1", &[(7, "12.50")]);
    bank.receive(&file, &json!({})).unwrap();
    bank.give_back("7", "MS03", "0").unwrap();
    said(
        &desk.read(valid("camt.053.001.08", bank.statement().unwrap())),
        &["attempt 7 settled as BOOK000001", "attempt 7 returned: MS03, the bank gave no reason"],
    );
    assert_eq!(desk.cash(), "0.00");
}

#[test]
fn entries_that_are_repeated_altered_or_unknown_move_nothing() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let script = json!({
        "repeat": ["1"], "twice": ["3"], "alter": { "5": "5.01" }, "currency": { "7": "USD" },
        "strangers": ["12.00"], "forget": ["9"],
    });
    let entries = [(1, "1.00"), (3, "3.00"), (5, "5.00"), (7, "7.00"), (9, "9.00"), (11, "11.00")];
    let file = desk.collect("CPS-1", &entries);
    bank.receive(&file, &script).unwrap();
    said(
        &desk.read(valid("camt.054.001.08", bank.notify().unwrap())),
        &[
            "attempt 1 settled as BOOK000001",
            "attempt 1 already known",
            "attempt 3 settled as BOOK000003",
            "break: attempt 3 booked as BOOK000003 and again as BOOK000004",
            "break: attempt 5 sent with EUR 5.00, the bank says EUR 5.01",
            "break: attempt 7 sent with EUR 7.00, the bank says USD 7.00",
            "attempt 11 settled as BOOK000007",
            "break: unknown entry, EUR 12.00",
        ],
    );
    assert_eq!(desk.cash(), "15.00");
}

#[test]
fn a_batch_may_be_booked_as_one() {
    for script in [json!({ "as_one": true }), json!({ "parts": true })] {
        let Some(bank) = Bank::open().unwrap() else { return };
        let mut desk = Desk::default();
        let answers = collect(&bank, &mut desk, &[(1, "1.00"), (3, "3.00")], &script);
        said(&answers.notified, &["attempt 1 settled as BOOK000001", "attempt 3 settled as BOOK000001"]);
        said(&answers.stated, &["attempt 1 already known", "attempt 3 already known"]);
        assert_eq!(desk.cash(), "4.00");
    }
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let script = json!({ "as_one": true, "alter": { "3": "2.00" } });
    let answers = collect(&bank, &mut desk, &[(1, "1.00"), (3, "3.00")], &script);
    said(&answers.notified, &["break: batch CPS-1-R is EUR 4.00 here, the bank says EUR 3.00"]);
    assert_eq!(desk.cash(), "0.00");
}

#[test]
fn a_statement_that_was_tampered_with_does_not_add_up() {
    let Some(bank) = Bank::open().unwrap() else { return };
    let mut desk = Desk::default();
    let file = desk.collect("CPS-1", &[(7, "12.50"), (9, "5.00")]);
    bank.receive(&file, &json!({})).unwrap();
    let honest = String::from_utf8(bank.statement().unwrap()).unwrap();
    let tampered = valid("camt.053.001.08", honest.replace(">12.50<", ">1250.00<").into_bytes());
    said(
        &desk.read(tampered),
        &[
            "break: attempt 7 sent with EUR 12.50, the bank says EUR 1250.00",
            "attempt 9 settled as BOOK000002",
            "break: statement STMT-2 does not add up",
        ],
    );
    let elsewhere = honest.replace(tests::bank::ACCOUNT, "NL91ABNA0417164300");
    said(&desk.read(elsewhere.into_bytes()), &["break: bookings of another account"]);
    said(&desk.read(honest.into_bytes()), &["attempt 7 settled as BOOK000001", "attempt 9 already known"]);
    assert_eq!(desk.cash(), "17.50");
}
