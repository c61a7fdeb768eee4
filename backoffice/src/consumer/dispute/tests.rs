use payment_domain::{Currency, Funding, LedgerPosition, MerchantId, Mode, OrderId, Timestamp};

use super::*;
use crate::sales::query::SaleState;

fn purchase() -> Purchase {
    let eur = |micros| Money::from_micros(micros, Currency::EUR);
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
        refunded: eur(700_000),
        mode: Mode::Aggregated,
        funding: Funding::Prepaid,
        rule: label("eu-default/aggregate-micropayment"),
        state: SaleState::PartlyRefunded,
        receipt: LedgerPosition::new(7).ok(),
    }
}

#[test]
fn no_more_is_disputed_than_what_did_not_come_back() {
    let complaint = |amount: &str, reason: &str| {
        let complaint = Complaint { amount: amount.into(), reason: reason.into() };
        complaint.read(&purchase()).map(|(amount, reason)| (amount.micros(), reason.as_str().to_owned()))
    };
    assert_eq!(complaint("1,00", " It never\ncame. "), Ok((1_000_000, "It never came.".into())));
    assert_eq!(complaint("1.01", "x"), Err(Wrong::Amount));
    assert_eq!(complaint("0", "x"), Err(Wrong::Amount));
    assert_eq!(complaint("1", " "), Err(Wrong::Reason));
    assert_eq!(complaint("1", &"x".repeat(121)), Err(Wrong::Reason));
}
