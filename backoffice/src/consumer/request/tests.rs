use payment_domain::{Currency, Funding, Label, LedgerPosition, MerchantId, Mode, Money, OrderId, Timestamp};

use super::*;
use crate::words::Locale;

fn eur(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn purchase(state: SaleState, refunded: i64) -> Purchase {
    let label = |text| Label::parse(text).unwrap();
    Purchase {
        position: LedgerPosition::new(7).unwrap(),
        order: OrderId::from_bytes([1; 16]),
        ordered_at: Timestamp::EPOCH,
        merchant: MerchantId::parse("city-tram").unwrap(),
        item: label("TRAM"),
        title: label("Tram"),
        price: eur(1_700_000),
        paid: eur(1_700_000),
        refunded: eur(refunded),
        mode: Mode::Aggregated,
        funding: Funding::Prepaid,
        rule: label("eu-default/aggregate-micropayment"),
        state,
        receipt: LedgerPosition::new(7).ok(),
    }
}

fn request(stands: Stands) -> Request {
    Request {
        id: 7,
        order: OrderId::from_bytes([1; 16]),
        amount: eur(1_000_000),
        reason: "<b>Rain</b>".to_owned(),
        ended_at: (stands != Stands::Open).then(|| Timestamp::from_millis(9).unwrap()),
        stands,
        asked_at: Timestamp::EPOCH,
    }
}

#[test]
fn only_what_was_paid_and_is_not_back_is_asked_for() {
    assert!(may_be_asked(&purchase(SaleState::Paid, 0)));
    assert!(may_be_asked(&purchase(SaleState::PartlyRefunded, 1_000_000)));
    assert!(!may_be_asked(&purchase(SaleState::Refunded, 1_700_000)));
    for state in [SaleState::Pending, SaleState::Declined, SaleState::Disputed, SaleState::Voided] {
        assert!(!may_be_asked(&purchase(state, 0)), "{state}");
    }
}

#[test]
fn only_what_is_open_can_be_taken_back_and_what_was_declined_says_why() {
    let words = Words::of(Locale::English);
    let shown = |stands| section(words, &purchase(SaleState::Paid, 0), &request(stands));
    let forms =
        |section: &Section| section.blocks.iter().filter(|block| matches!(block, Block::Form(_))).count();
    assert_eq!(forms(&shown(Stands::Open)), 1);
    for stands in [Stands::Granted, Stands::Withdrawn, Stands::Declined("No".to_owned())] {
        assert_eq!(forms(&shown(stands)), 0);
    }
    let declined = shown(Stands::Declined("Not by night".to_owned()));
    let Some(Block::Facts(facts)) = declined.blocks.first() else { panic!("{declined:?}") };
    assert_eq!(facts.last().unwrap().1, [Inline::Text("Not by night".to_owned())]);
}

#[test]
fn a_time_line_says_that_it_was_asked_and_how_it_ended_without_money() {
    let words = Words::of(Locale::French);
    for (stands, count) in [
        (Stands::Open, 1),
        (Stands::Granted, 1),
        (Stands::Withdrawn, 2),
        (Stands::Declined("Non".to_owned()), 2),
    ] {
        assert_eq!(events(words, &request(stands)).len(), count);
    }
}
