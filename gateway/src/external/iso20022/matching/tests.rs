//! Tables: what is known, what the file says, and the verdicts.

use expect_test::{Expect, expect};
use payment_domain::Currency;

use super::super::reading::{Booking, BookingKind, Return, Statement, Status, StatusLine, Sum};
use super::*;

const OURS: &str = "DE89370400440532013000";

/// `7 collection 12.50 sent`, `8 payout 3.00 settled B1`, `9 collection 5.00 returned B1 R1`, `9 payout 5.00 rejected`,
/// all in file `F`, batch `F-R`.
fn known(line: &str) -> Known {
    let words: Vec<&str> = line.split_whitespace().collect();
    let reference = |index: usize| words.get(index).filter(|word| **word != "-").map(ToString::to_string);
    Known {
        attempt: AttemptId::parse(words[0]).unwrap(),
        kind: if words[1] == "payout" { Kind::Payout } else { Kind::Collection },
        amount: money(words[2]),
        file: "F".to_owned(),
        batch: "F-R".to_owned(),
        state: match words[3] {
            "sent" => State::Sent,
            "settled" => State::Settled { booked_as: reference(4) },
            "rejected" => State::Rejected,
            "returned" => State::Returned { booked_as: reference(4), returned_as: reference(5) },
            other => panic!("{other}"),
        },
    }
}

/// `credit 12.50 for 7 as B1 back MD06 of 12.00 in F-R count 2`: all but the first two words may be left out.
fn booking(line_number: usize, line: &str) -> Booking {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words.iter().skip_while(|w| **w != word).nth(1).copied();
    let reference = |word| after(word).map(|text| Reference::new(text.to_owned()));
    Booking {
        line: u64::try_from(line_number).unwrap().saturating_add(1),
        reference: reference("as"),
        end_to_end_id: reference("for"),
        batch: reference("in"),
        batch_count: after("count").map(|count| count.parse().unwrap()),
        direction: if words[0] == "credit" { Direction::Credit } else { Direction::Debit },
        amount: (words[1] != "?").then(|| money(words[1])),
        original_amount: after("of").map(money),
        returned: after("back").map(|reason| Return { reason: (reason != "-").then(|| Reason::new(reason)) }),
        booked_on: None,
        sum: if words.contains(&"torn") { Sum::Differs } else { Sum::Agrees },
    }
}

/// `entry 7 RJCT AM04 12.50`, `batch F-R RJCT`, `file RJCT FF01`.
fn status(line_number: usize, line: &str) -> StatusLine {
    let mut words = line.split_whitespace();
    let subject = match words.next().unwrap() {
        "file" => Subject::File,
        "batch" => Subject::Batch(words.next().unwrap().to_owned()),
        _ => Subject::Entry(words.next().map(|id| Reference::new(id.to_owned()))),
    };
    let status = match words.next().unwrap() {
        "RJCT" => Status::Rejected,
        "ACSC" => Status::Settled,
        "PART" => Status::Partial,
        "ACSP" => Status::Underway,
        _ => Status::Unclear,
    };
    let rest: Vec<&str> = words.collect();
    StatusLine {
        line: u64::try_from(line_number).unwrap().saturating_add(1),
        subject,
        status,
        reason: rest.iter().find(|word| word.len() == 4 && !word.contains('.')).map(|code| Reason::new(code)),
        amount: rest.iter().find(|word| word.contains('.')).map(|amount| money(amount)),
        booked_as: None,
    }
}

/// `12.50`, or `12.50USD`.
fn money(text: &str) -> Money {
    let (number, currency) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let currency = if currency.is_empty() { Currency::EUR } else { Currency::parse(currency).unwrap() };
    Money::parse(number, currency).unwrap()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn register(text: &str) -> Register {
    Register::new(Iban::parse(OURS).unwrap(), lines(text).map(known))
}

fn check_bookings(known: &str, said: &str, expected: &Expect) {
    let statement = Statement {
        line: 0,
        id: "S1".to_owned(),
        account: Some(Reference::new(OURS.to_owned())),
        balance: Sum::NotStated,
        bookings: lines(said).enumerate().map(|(index, line)| booking(index, line)).collect(),
    };
    let file = BankFile::Bookings(BookingReport {
        kind: BookingKind::Notification,
        id: "N1".to_owned(),
        created_at: String::new(),
        statements: vec![statement],
    });
    expected.assert_eq(&render(&reconcile(&file, &register(known))));
}

fn check_statuses(known: &str, said: &str, expected: &Expect) {
    let file = BankFile::Status(StatusReport {
        id: "P1".to_owned(),
        created_at: String::new(),
        original_file: "F".to_owned(),
        lines: lines(said).enumerate().map(|(index, line)| status(index, line)).collect(),
    });
    expected.assert_eq(&render(&reconcile(&file, &register(known))));
}

fn render(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{}: {}\n", finding.line, finding.verdict)).collect()
}

#[test]
fn what_was_sent_and_is_booked_is_settled() {
    check_bookings(
        "7 collection 12.50 sent
         8 payout 3.00 sent",
        "credit 12.50 for 7 as B1
         debit 3.00 for 8 as B2",
        &expect![[r#"
            1: attempt 7 settled as B1
            2: attempt 8 settled as B2
        "#]],
    );
}

#[test]
fn an_entry_of_nobody_is_a_break() {
    check_bookings(
        "7 collection 12.50 sent",
        "credit 12.50 for 9 as B1
         credit 12.50 for RENT-MARCH as B2
         credit 12.50 as B3
         credit 12.50 for 07 as B4",
        &expect![[r#"
            1: break: unknown entry, EUR 12.50
            2: break: unknown entry, EUR 12.50
            3: break: unknown entry, EUR 12.50
            4: break: unknown entry, EUR 12.50
        "#]],
    );
}

#[test]
fn another_amount_or_currency_is_a_break() {
    check_bookings(
        "7 collection 12.50 sent
         8 payout 3.00 sent",
        "credit 12.51 for 7
         credit 12.50USD for 7
         credit ? for 7
         credit 12.50 for 7 torn
         debit 30.00 for 8",
        &expect![[r#"
            1: break: attempt 7 sent with EUR 12.50, the bank says EUR 12.51
            2: break: attempt 7 sent with EUR 12.50, the bank says USD 12.50
            3: break: attempt 7 sent with EUR 12.50, the bank says no amount
            4: break: attempt 7 in an entry that does not add up
            5: break: attempt 8 sent with EUR 3.00, the bank says EUR 30.00
        "#]],
    );
}

#[test]
fn a_repeated_entry_is_known_and_money_that_moved_twice_is_a_break() {
    check_bookings(
        "7 collection 12.50 sent
         8 payout 3.00 settled B2
         9 payout 4.00 settled -",
        "credit 12.50 for 7 as B1
         credit 12.50 for 7 as B1
         credit 12.50 for 7
         credit 12.50 for 7 as B9
         debit 3.00 for 8 as B2
         debit 3.00 for 8 as B8
         debit 4.00 for 9 as B3
         debit 4.00 for 9 as B4",
        &expect![[r#"
            1: attempt 7 settled as B1
            2: attempt 7 already known
            3: attempt 7 already known
            4: break: attempt 7 booked as B1 and again as B9
            5: attempt 8 already known
            6: break: attempt 8 booked as B2 and again as B8
            7: attempt 9 confirmed as B3
            8: break: attempt 9 booked as B3 and again as B4
        "#]],
    );
}

#[test]
fn money_that_comes_back_is_returned_whatever_the_order_of_lines() {
    check_bookings(
        "7 collection 12.50 sent
         8 payout 3.00 settled B2
         9 collection 5.00 sent
         10 collection 6.00 sent",
        "debit 12.50 for 7 as R1 back MD06
         credit 12.50 for 7 as B1
         credit 3.00 for 8 as R2 back AC04
         debit 5.00 for 9 as R3
         debit 9.50 for 10 of 6.00 as R4 back AM04",
        &expect![[r#"
            2: attempt 7 settled as B1
            1: attempt 7 returned: MD06, the debtor asked for the money back
            3: attempt 8 returned: AC04, the account is closed
            4: attempt 9 returned: no reason given
            5: attempt 10 returned: AM04, not enough money, fee EUR 3.50
        "#]],
    );
}

#[test]
fn returns_that_do_not_fit_are_breaks() {
    check_bookings(
        "7 collection 12.50 settled B1
         8 collection 3.00 rejected
         9 collection 5.00 returned B3 R3
         10 collection 5.00 returned - R4",
        "debit 12.00 for 7 as R1 back MD06
         debit 15.00 for 7 as R1 back MD06
         debit 12.50 for 7 of 12.00 as R1 back MD06
         debit 12.50 for 7 as R1 torn
         credit 12.50 for 7 as B1 back MD06
         debit 3.00 for 8 back AM04
         debit 5.00 for 9 as R3 back MD06
         debit 5.00 for 9 as R9 back MD06
         credit 5.00 for 9 as B3
         credit 5.00 for 10 as B4",
        &expect![[r#"
            5: break: attempt 7 returned in the direction that it was sent
            9: attempt 9 already known
            10: attempt 10 confirmed as B4
            1: break: attempt 7 sent with EUR 12.50, the bank says EUR 12.00
            2: break: attempt 7 sent with EUR 12.50, the bank says EUR 15.00
            3: break: attempt 7 sent with EUR 12.50, the bank says EUR 12.00
            4: break: attempt 7 in an entry that does not add up
            6: break: attempt 8 cannot be returned after it was rejected
            7: attempt 9 already known
            8: break: attempt 9 booked as R3 and again as R9
        "#]],
    );
}

#[test]
fn a_batch_booked_as_one_settles_all_of_it_or_nothing() {
    let known = "7 collection 12.50 sent
                 8 collection 3.00 sent
                 9 collection 5.00 rejected";
    check_bookings(
        known,
        "credit 15.50 in F-R count 2 as B1
         credit 15.50 in F-R count 2 as B1",
        &expect![[r#"
            1: attempt 7 settled as B1
            1: attempt 8 settled as B1
            2: attempt 7 already known
            2: attempt 8 already known
        "#]],
    );
    check_bookings(
        known,
        "credit 20.50 in F-R
         credit 15.50 in F-R count 3
         debit 15.50 in F-R
         credit 15.50USD in F-R
         credit 15.50 in F-X",
        &expect![[r#"
            1: break: batch F-R is EUR 15.50 here, the bank says EUR 20.50
            2: break: batch F-R is EUR 15.50 here, the bank says EUR 15.50
            3: break: batch F-R is EUR 15.50 here, the bank says EUR 15.50
            4: break: batch F-R is EUR 15.50 here, the bank says USD 15.50
            5: break: unknown entry, EUR 15.50
        "#]],
    );
}

#[test]
fn another_account_and_a_statement_that_does_not_add_up_are_breaks() {
    let statement = |account: &str, balance| Statement {
        line: 4,
        id: "S1".to_owned(),
        account: Some(Reference::new(account.to_owned())),
        balance,
        bookings: vec![booking(4, "credit 12.50 for 7 as B1")],
    };
    let file = |statement| {
        BankFile::Bookings(BookingReport {
            kind: BookingKind::Statement,
            id: "N1".to_owned(),
            created_at: String::new(),
            statements: vec![statement],
        })
    };
    let register = register("7 collection 12.50 sent");
    let other = file(statement("NL91ABNA0417164300", Sum::Agrees));
    expect![[r#"
        4: break: bookings of another account
    "#]]
    .assert_eq(&render(&reconcile(&other, &register)));
    let torn = file(statement(OURS, Sum::Differs));
    expect![[r#"
        5: attempt 7 settled as B1
        4: break: statement S1 does not add up
    "#]]
    .assert_eq(&render(&reconcile(&torn, &register)));
}

#[test]
fn the_narrower_status_counts() {
    check_statuses(
        "7 collection 12.50 sent
         8 collection 3.00 sent
         9 collection 5.00 sent",
        "file ACSP
         batch F-R RJCT MD01
         entry 8 ACSC",
        &expect![[r#"
            3: attempt 8 settled
            2: attempt 7 rejected: MD01, there is no mandate
            2: attempt 9 rejected: MD01, there is no mandate
        "#]],
    );
    check_statuses(
        "7 collection 12.50 sent
         8 collection 3.00 sent",
        "file PART
         entry 8 RJCT AM04 3.00",
        &expect![[r#"
            2: attempt 8 rejected: AM04, not enough money
        "#]],
    );
    check_statuses(
        "7 payout 12.50 sent",
        "file RJCT FF01",
        &expect![[r#"
            1: attempt 7 rejected: FF01, the file format is wrong
        "#]],
    );
}

#[test]
fn statuses_that_cannot_be_are_breaks() {
    check_statuses(
        "7 collection 12.50 settled B1
         8 collection 3.00 rejected
         9 collection 5.00 sent",
        "entry 7 RJCT AM04
         entry 7 ACSP
         entry 8 RJCT AM04
         entry 8 ACSC
         entry 9 RJCT AM04 5.01
         entry 9 XXXX
         entry 9 PART
         entry 77 RJCT
         batch G-R RJCT",
        &expect![[r#"
            1: break: attempt 7 cannot be rejected after it was settled
            2: attempt 7 already known
            3: attempt 8 already known
            4: break: attempt 8 cannot be settled after it was rejected
            5: break: attempt 9 sent with EUR 5.00, the bank says EUR 5.01
            6: break: attempt 9 with a status that is not known
            7: break: attempt 9 with a status that is not known
            8: break: unknown entry, no amount
            9: break: unknown entry, no amount
        "#]],
    );
}

#[test]
fn a_refusal_as_a_repetition_rejects_nothing() {
    check_statuses(
        "7 collection 12.50 sent
         8 collection 3.00 rejected",
        "file RJCT AM05",
        &expect![[r#"
            1: break: attempt 7 refused as sent before, which says nothing about the first time
            1: break: attempt 8 refused as sent before, which says nothing about the first time
        "#]],
    );
    check_statuses(
        "7 collection 12.50 sent",
        "entry 7 RJCT DU04",
        &expect![[r#"
        1: break: attempt 7 refused as sent before, which says nothing about the first time
    "#]],
    );
}

#[test]
fn a_status_in_a_report_on_another_file_is_a_break() {
    let mut entry = known("7 collection 12.50 sent");
    entry.file = "G".to_owned();
    let register = Register::new(Iban::parse(OURS).unwrap(), [entry]);
    let file = BankFile::Status(StatusReport {
        id: "P1".to_owned(),
        created_at: String::new(),
        original_file: "F".to_owned(),
        lines: vec![status(0, "entry 7 RJCT AM04")],
    });
    expect![[r#"
        1: break: attempt 7 reported under another file
    "#]]
    .assert_eq(&render(&reconcile(&file, &register)));
}

#[test]
fn what_a_file_mentions_is_listed_once() {
    let file = BankFile::Status(StatusReport {
        id: "P1".to_owned(),
        created_at: String::new(),
        original_file: "F".to_owned(),
        lines: ["file PART", "batch F-R PART", "entry 7 RJCT", "entry 7 RJCT", "entry x RJCT"]
            .iter()
            .enumerate()
            .map(|(index, line)| status(index, line))
            .collect(),
    });
    let mentioned = Mentioned::by(&file);
    assert_eq!(mentioned.attempts, [AttemptId::parse("7").unwrap()]);
    assert_eq!((mentioned.batches, mentioned.files), (vec!["F-R".to_owned()], vec!["F".to_owned()]));
}

#[test]
fn nothing_that_others_wrote_is_printed() {
    let found = Break::Unknown {
        name: Some(Reference::new("RENT OF JOHN SMITH".to_owned())),
        direction: None,
        amount: None,
    };
    assert!(!format!("{found} {found:?} {}", Verdict::Break(found.clone())).contains("SMITH"));
}
