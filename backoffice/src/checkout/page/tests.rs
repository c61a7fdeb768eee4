use core_payment::Standing;
use payment_domain::{
    AccountKind, Capture, Currency, Digest, Label, Means, MerchantId, Money, Offer, OfferId, Sale, Spent,
    Timestamp,
};

use super::*;
use crate::consumer::proof::ByCode;
use crate::page::{Frame, html, mobile};
use crate::words::Locale;

fn offered(title: &str) -> Offered {
    Offered {
        digest: Digest::new([0xab; 32]),
        offer: Offer {
            offer_id: OfferId::from_bytes([1; 16]),
            merchant: MerchantId::parse("parking-centro").unwrap(),
            item: Label::parse("ZONE-7").unwrap(),
            title: Label::parse(title).unwrap(),
            price: Money::from_micros(2_400_000, Currency::EUR),
            sale: Sale::Catalogue,
            valid_from: Timestamp::EPOCH,
            valid_until: Timestamp::EPOCH.saturating_add_millis(1),
            capture: Capture::Immediate,
            coupon: None,
        },
        document: Vec::new(),
        sold: false,
        trade_name: None,
        sites: Vec::new(),
        known_as: Some("7a4bd2001122334455667788990011aa".to_owned()),
    }
}

fn decision_page(title: &str, possible: bool) -> Page {
    let offered = offered(title);
    let price = offered.offer.price;
    let standing = Standing {
        balance: Some(price),
        credit_limit: price,
        means: Means {
            account: Some((AccountKind::Prepaid, price)),
            external: false,
            anonymous: false,
            spent: Spent::default(),
        },
        charged_at: None,
        active: true,
    };
    let purchase = Purchase::for_test(standing, price);
    decide(
        Words::of(Locale::English),
        Decision {
            offered: &offered,
            purchase: &purchase,
            explained: ("Goes on your bill".into(), "Small amount.".into()),
            ask: Ask { passkey: None, code: ByCode::Send },
            possible,
            needs_passkey: false,
            action: "/pay/018f".into(),
            back: None,
            here: "/pay/abab".into(),
        },
    )
}

#[test]
fn one_amount_one_decision_and_the_pseudonym() {
    let page = decision_page("Parking Centro, zone 7", true);
    let amounts = page.blocks.iter().filter(|block| matches!(block, Block::Amount(_))).count();
    let main = page
        .blocks
        .iter()
        .filter(|block| matches!(block, Block::Form(form) if form.weight == crate::page::Weight::Main));
    assert_eq!((amounts, main.count(), page.alone), (1, 1, true));
    let text = html::render(&page, &Frame::default()).unwrap();
    assert!(text.contains("€2.40") && text.contains("7A4B-D200") && text.contains("parking-centro"));
    assert!(!text.contains("22334455"), "the whole pseudonym is nobody's business");
}

#[test]
fn what_cannot_be_paid_has_no_button_but_a_way_out() {
    let page = decision_page("Parking", false);
    assert!(!page.blocks.iter().any(|block| matches!(block, Block::Form(_))));
    assert!(page.blocks.iter().any(|block| matches!(block, Block::Actions(links) if links.len() == 3)));
}

#[test]
fn a_hostile_title_stays_a_title_on_every_terminal() {
    let page = decision_page("</title><script>alert(1)</script>", true);
    for text in
        [html::render(&page, &Frame::default()).unwrap(), mobile::render(&page, &Frame::default()).unwrap()]
    {
        assert!(!text.contains("<script>alert"), "{text}");
    }
}

#[test]
fn a_phone_without_script_sees_the_same_decision() {
    let text = mobile::render(&decision_page("Parking", true), &Frame::default()).unwrap();
    assert!(text.contains("€2.40") && text.contains("/pay/018f/code"), "{text}");
}
