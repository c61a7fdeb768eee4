//! PDFs as an independent reader sees them: strictly parsed by pypdf, its text compared with what was meant.

use std::io::Write as _;
use std::process::{Command, Stdio};

use gateway::notify::document::{Document, Signed};
use payment_domain::{
    Bill, ConsumerId, Currency, Digest, Label, LedgerPosition, Line, MerchantId, Money, PartyId, Timestamp,
};
use serde_json::Value;
use tests::peer;
use tests::scratch::repository;

fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn bill(merchants: u32) -> Bill {
    let line = |number: u32| Line {
        merchant: MerchantId::new(PartyId::parse(&format!("merchant-{number}")).unwrap()),
        count: u64::from(number),
        amount: euros(&format!("{number}.25")),
    };
    Bill {
        position: LedgerPosition::new(4711).unwrap(),
        consumer: ConsumerId::new(PartyId::parse("alice").unwrap()),
        from: Timestamp::parse("2026-10-21T00:00:00.000Z").unwrap(),
        to: Timestamp::parse("2026-11-21T00:00:00.000Z").unwrap(),
        opening: euros("0"),
        payments: euros("1234567.8925"),
        count: 5,
        refunds: euros("0.002"),
        credits: euros("0"),
        amount_due: euros("1234567.89"),
        carried: euros("0.0005"),
        root: Digest::new([0xab; 32]),
        lines: (1..=merchants).map(line).collect(),
        due_at: Timestamp::parse("2026-12-05T00:00:00.000Z").unwrap(),
        issued_at: Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap(),
    }
}

/// The text of each page and the information, as pypdf reads them; `None` without the peer.
fn read(pdf: &[u8]) -> Option<(Vec<String>, Value)> {
    let python = peer::python()?;
    let mut reader = Command::new(python)
        .arg(repository().join("tests/peers/pdf.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pages = read["pages"].as_array().unwrap().iter().map(|page| page.as_str().unwrap().to_owned());
    Some((pages.collect(), read["information"].clone()))
}

#[test]
fn a_pdf_says_in_real_text_what_the_bill_says() {
    let issuer = Label::parse("Météore").unwrap();
    let document = Document::of(Signed::Bill(&bill(2)), &issuer).unwrap();
    let Some((pages, information)) = read(&document.pdf) else { return };
    let [page] = pages.as_slice() else { panic!("one page, not {}", pages.len()) };
    for expected in [
        "Météore",
        "Bill 4711",
        "To be paid by 5 December 2026",
        "Payments (5) €1,234,567.8925",
        "Refunds -€0.0020",
        "Amount due €1,234,567.89",
        "Carried to the next bill €0.0005",
        "merchant-1 1 €1.25",
        "merchant-2 2 €2.25",
        &"ab".repeat(32),
        "Bill 4711, page 1 of 1",
    ] {
        assert!(page.contains(expected), "{expected} is not in:\n{page}");
    }
    assert_eq!(information["/Title"], "Bill 4711");
    assert_eq!(information["/Author"], "Météore");
    assert_eq!(information["/CreationDate"], "D:20261121072925Z");
}

#[test]
fn a_long_table_goes_on_over_pages_that_each_name_the_columns_and_loses_no_line() {
    let issuer = Label::parse("Meteore").unwrap();
    let document = Document::of(Signed::Bill(&bill(1000)), &issuer).unwrap();
    let Some((pages, _)) = read(&document.pdf) else { return };
    assert!((20..=30).contains(&pages.len()), "{} pages", pages.len());
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("page {number} of {}", pages.len())), "{page}");
    }
    let text = pages.join("\n");
    for number in 1..=1000 {
        let row = format!("merchant-{number} {}", grouped(number));
        assert!(text.lines().any(|line| line.starts_with(&format!("{row} €"))), "{row}");
    }
    let with_rows = pages.iter().filter(|page| page.contains("merchant-"));
    assert!(with_rows.into_iter().all(|page| page.contains("Merchant Payments Amount")));
    assert!(text.contains("The first 1,000 merchants are listed"));
}

fn grouped(number: u32) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}
