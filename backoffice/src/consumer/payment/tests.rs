use payment_domain::{Currency, Funding, Label, LedgerPosition, MerchantId, Mode, Money};

use super::*;
use crate::words::Locale;

fn purchase(state: SaleState, mode: Mode) -> Purchase {
    let eur = |micros| Money::from_micros(micros, Currency::EUR);
    Purchase {
        position: LedgerPosition::new(7 << 22).unwrap(),
        order: OrderId::from_bytes([1; 16]),
        ordered_at: Timestamp::EPOCH,
        merchant: MerchantId::parse("city-tram").unwrap(),
        item: Label::parse("TRAM").unwrap(),
        title: Label::parse("<b>Tram</b>").unwrap(),
        price: eur(1_700_000),
        paid: eur(1_700_000),
        refunded: eur(0),
        mode,
        funding: Funding::Prepaid,
        rule: Label::parse("eu-default/aggregate-micropayment").unwrap(),
        state,
        receipt: (state == SaleState::Paid).then(|| LedgerPosition::new(7 << 22).unwrap()),
    }
}

fn links(page: &Page) -> Vec<String> {
    let of = |block: &Block| match block {
        Block::Actions(links) => links.iter().map(|link| link.href.clone()).collect(),
        _ => Vec::new(),
    };
    page.blocks.iter().flat_map(of).collect()
}

#[test]
fn only_what_can_be_done_is_offered() {
    let words = Words::of(Locale::English);
    let ends = |page: &Page| -> Vec<String> {
        links(page).iter().map(|href| href.rsplit('/').next().unwrap().to_owned()).collect()
    };
    let shown = |state, mode, may_ask| {
        let asked = Asked { may_ask, ..Asked::default() };
        page(words, &purchase(state, mode), &Names::default(), &CourseRow::default(), &asked)
    };
    let paid = shown(SaleState::Paid, Mode::Aggregated, true);
    assert_eq!(ends(&paid), ["verify", "receipt.xml", "proof", "request", "dispute"]);
    let single = shown(SaleState::Paid, Mode::Single, false);
    assert_eq!(ends(&single), ["verify", "receipt.xml", "dispute"]);
    assert!(ends(&shown(SaleState::Pending, Mode::Single, false)).is_empty());
}

#[test]
fn the_time_line_is_in_order_of_time() {
    let course = CourseRow {
        happenings: vec![
            Happening::Refunded { at: 9_000, micros: 500_000 },
            Happening::Asked { at: 1 },
            Happening::Answered { at: 5, approved: true },
        ],
    };
    let purchase = purchase(SaleState::Paid, Mode::Single);
    let moments = time_line(Words::of(Locale::English), &purchase, &course, &[]);
    let times: Vec<_> = moments.iter().map(|moment| moment.machine.clone()).collect();
    let mut sorted = times.clone();
    sorted.sort();
    assert_eq!((times, moments.len()), (sorted, 5));
}
