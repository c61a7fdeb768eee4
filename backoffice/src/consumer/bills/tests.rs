use payment_domain::{ConsumerId, Digest, MerchantId};

use super::*;
use crate::words::Locale;

fn eur(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn bill() -> Bill {
    let at = |text| Timestamp::parse(text).unwrap();
    let bill = Bill {
        position: LedgerPosition::new(99).unwrap(),
        consumer: ConsumerId::parse("alice").unwrap(),
        from: at("2026-11-01T00:00:00.000Z"),
        to: at("2026-12-01T00:00:00.000Z"),
        opening: eur(4_000),
        payments: eur(18_302_000),
        count: 43,
        refunds: eur(1_700_000),
        credits: eur(0),
        amount_due: eur(16_600_000),
        carried: eur(6_000),
        root: Digest::new([1; 32]),
        lines: vec![Line {
            merchant: MerchantId::parse("city-tram").unwrap(),
            count: 43,
            amount: eur(18_302_000),
        }],
        due_at: at("2026-12-15T00:00:00.000Z"),
        issued_at: at("2026-12-01T02:00:00.000Z"),
    };
    bill.checked().unwrap()
}

#[test]
fn a_bill_shows_sums_that_add_up_and_the_month_it_is_for() {
    let words = Words::of(Locale::English);
    let page = document_page(words, &Message::Bill(bill()), None, &[], Timestamp::EPOCH);
    assert!(page.title.contains("November 2026"), "{}", page.title);
    let Block::Equation(sums) = sums(words, &Message::Bill(bill())) else { panic!("sums") };
    let micros = |text: &str| {
        let sign = if text.contains(['-', '−']) { -1 } else { 1 };
        let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        sign * Money::parse(&digits, Currency::EUR).unwrap().micros()
    };
    let parts: i64 = sums[1..].iter().map(|(_, value)| micros(value)).sum();
    assert_eq!(micros(&sums[0].1), parts, "{sums:?}");
}

#[test]
fn what_is_still_to_be_paid_of_a_bill_is_said_until_nothing_is() {
    let words = Words::of(Locale::English);
    let row = |collected, written_off, state: &str| BillRow {
        position: 99,
        account: 7,
        currency: "EUR".to_owned(),
        due: 16_600_000,
        collected,
        written_off,
        state: state.to_owned(),
        issued_at: 0,
        due_at: 0,
    };
    let open = |row: BillRow| {
        let page = document_page(words, &Message::Bill(bill()), Some(&row), &[], Timestamp::EPOCH);
        page.blocks.iter().find_map(|block| match block {
            Block::Facts(facts) => Some(format!("{facts:?}")),
            _ => None,
        })
    };
    assert!(open(row(6_600_000, 0, "reminding")).unwrap().contains("€10.00"));
    assert_eq!(open(row(16_600_000, 0, "paid")), None);
    assert_eq!(open(row(6_600_000, 10_000_000, "written-off")), None);
}

#[test]
fn no_bills_is_said_in_words() {
    let page = list_page(Words::of(Locale::French), &[], &[]);
    assert!(matches!(&page.blocks[0], Block::Empty { text, .. } if text.contains("facture")));
}
