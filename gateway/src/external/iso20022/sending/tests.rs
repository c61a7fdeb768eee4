//! What is written, and what is left out. The official schemas are asked in the tests of the whole.

use time::macros::date;

use super::*;

fn account(holder: &str, iban: &str) -> BankAccount {
    BankAccount { holder: Label::parse(holder).unwrap(), iban: Iban::parse(iban).unwrap(), bic: None }
}

fn header() -> Header {
    Header {
        id: FileId::parse("CPS-2026-11-21-1").unwrap(),
        created_at: Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap(),
        initiator: Label::parse("Météore").unwrap(),
        account: account("Météore", "DE89370400440532013000"),
    }
}

fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn collection(attempt: i64, amount: Money) -> Collection {
    Collection {
        attempt: AttemptId::new(attempt).unwrap(),
        amount,
        debtor: account("Jürgen Groß", "NL91ABNA0417164300"),
        mandate: Mandate { id: MandateId::parse("M-1").unwrap(), signed_on: date!(2026 - 01 - 31) },
        sequence: Sequence::Recurring,
        remittance: Label::parse("Bill 17 & 18").unwrap(),
    }
}

fn payout(attempt: i64, amount: Money) -> Payout {
    Payout {
        attempt: AttemptId::new(attempt).unwrap(),
        amount,
        payee: account("Kiosk", "NL91ABNA0417164300"),
        remittance: Label::parse("Payout 3").unwrap(),
    }
}

fn creditor() -> CreditorId {
    CreditorId::parse("DE98ZZZ09999999999").unwrap()
}

#[test]
fn collections_are_sorted_into_first_and_recurring() {
    let mut first = collection(7, euros("1.00"));
    first.sequence = Sequence::First;
    let written =
        collections(&header(), &creditor(), date!(2026 - 11 - 30), &[collection(8, euros("2.50")), first])
            .unwrap();
    let batches: Vec<_> =
        written.batches.iter().map(|batch| (batch.id.as_str(), batch.attempts.len())).collect();
    assert_eq!(batches, [("CPS-2026-11-21-1-F", 1), ("CPS-2026-11-21-1-R", 1)]);
    assert_eq!(written.total, euros("3.50"));
    let xml = String::from_utf8(written.xml).unwrap();
    for part in [
        "<CreDtTm>2026-11-21T07:29:25Z</CreDtTm>",
        "<CtrlSum>3.50</CtrlSum>",
        "<SeqTp>FRST</SeqTp>",
        "<SeqTp>RCUR</SeqTp>",
        "<EndToEndId>7</EndToEndId>",
        "<Nm>Juergen Gross</Nm>",
        "<Ustrd>Bill 17 + 18</Ustrd>",
        "<ReqdColltnDt>2026-11-30</ReqdColltnDt>",
        "<DtOfSgntr>2026-01-31</DtOfSgntr>",
    ] {
        assert!(xml.contains(part), "{part} is not in\n{xml}");
    }
}

#[test]
fn what_no_bank_would_take_is_left_out_and_named() {
    let usd = Currency::parse("USD").unwrap();
    let mut young = collection(5, euros("1"));
    young.mandate.signed_on = date!(2026 - 12 - 01);
    let mut odd_account = collection(6, euros("1"));
    odd_account.debtor.iban = too_short();
    let entries = [
        collection(1, Money::parse("1", usd).unwrap()),
        collection(2, euros("1.001")),
        collection(3, euros("0")),
        collection(4, euros("1000000000")),
        young,
        odd_account,
        collection(7, euros("1")),
        collection(7, euros("1")),
    ];
    let written = collections(&header(), &creditor(), date!(2026 - 11 - 30), &entries).unwrap();
    let refused: Vec<_> =
        written.refused.iter().map(|refused| (refused.attempt.value(), refused.refusal)).collect();
    assert_eq!(
        refused,
        [
            (1, Refusal::NotEuro),
            (2, Refusal::NotWholeCents),
            (3, Refusal::OutOfRange),
            (4, Refusal::OutOfRange),
            (5, Refusal::MandateTooNew),
            (6, Refusal::Account),
            (7, Refusal::Repeated),
        ]
    );
    assert_eq!((written.batches.len(), written.total), (1, euros("1")));
}

/// A German number of one digit too few, with check digits that agree.
fn too_short() -> Iban {
    (2..=98).find_map(|digits| Iban::parse(&format!("DE{digits:02}37040044053201300")).ok()).unwrap()
}

#[test]
fn a_file_of_nothing_is_not_written() {
    let usd = Money::parse("1", Currency::parse("USD").unwrap()).unwrap();
    let result = payouts(&header(), date!(2026 - 11 - 30), &[payout(1, usd)]);
    assert!(matches!(result, Err(WriteError::Empty { refused }) if refused.len() == 1));
}

#[test]
fn too_many_entries_are_refused() {
    let entries: Vec<_> = (1..=50_001).map(|attempt| payout(attempt, euros("1"))).collect();
    assert!(matches!(payouts(&header(), date!(2026 - 11 - 30), &entries), Err(WriteError::TooMany)));
}

#[test]
fn names_and_texts_are_cut_to_what_a_file_may_hold() {
    let mut entry = payout(1, euros("1"));
    entry.payee.holder = Label::parse("Größe ".repeat(19).trim_end()).unwrap();
    entry.remittance = Label::parse(&"ß".repeat(120)).unwrap();
    let written = payouts(&header(), date!(2026 - 11 - 30), &[entry]).unwrap();
    let xml = String::from_utf8(written.xml).unwrap();
    let text = |tag: &str| {
        let rest = xml.rsplit_once(&format!("<{tag}>")).unwrap().1;
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(text("Ustrd"), "ss".repeat(70));
    assert!(text("Nm").len() <= 70 && text("Nm").starts_with("Groesse Groesse"));
}

#[test]
fn names_of_files_and_creditors_are_checked() {
    for bad in ["", "a b", "a/b", &"x".repeat(34)] {
        assert_eq!(FileId::parse(bad), Err(InvalidFileId), "{bad}");
    }
    assert_eq!(CreditorId::parse("DE99ZZZ09999999999"), Err(InvalidCreditorId));
}

#[test]
fn a_written_file_is_not_printed() {
    let written = payouts(&header(), date!(2026 - 11 - 30), &[payout(1, euros("1"))]).unwrap();
    assert!(!format!("{written:?}").contains("Kiosk") && !format!("{:?}", header()).contains("DE89"));
}
