use payment_message::Kind;

use super::*;

fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core-payment/message/golden");
    std::fs::read(folder.join(format!("{name}.xml"))).unwrap()
}

/// A certificate has to be valid when the message was made, not when what it is about begins or ends.
#[test]
fn a_message_is_verified_as_of_the_time_that_it_was_made() {
    const MADE: &[&str] = &[
        "createdAt",
        "acceptedAt",
        "rejectedAt",
        "reportedAt",
        "refundedAt",
        "toppedUpAt",
        "redeemedAt",
        "issuedAt",
        "quotedAt",
        "provedAt",
    ];
    let now = Timestamp::parse("2026-12-24T18:00:00.000Z").unwrap();
    for kind in Kind::ALL {
        let document = golden(kind.as_str());
        let message = Message::parse(scan(&document).unwrap().body()).unwrap();
        let (at, text) = (written_at(&message, now), String::from_utf8(document).unwrap());
        let says = |element: &str| text.contains(&format!("<{element}>{at}</{element}>"));
        match kind {
            Kind::Offer | Kind::Campaign => assert!(at == now || says("validUntil"), "{kind:?} as of {at}"),
            _ => assert!(MADE.iter().any(|element| says(element)), "{kind:?} as of {at}"),
        }
    }
}

/// What says only until when it holds was made before now, and before that.
#[test]
fn an_offer_is_verified_as_of_now_or_of_its_end() {
    for kind in [Kind::Offer, Kind::Campaign] {
        let message = Message::parse(scan(&golden(kind.as_str())).unwrap().body()).unwrap();
        assert_eq!(written_at(&message, Timestamp::EPOCH), Timestamp::EPOCH, "{kind:?}");
        let late = Timestamp::parse("2099-01-01T00:00:00.000Z").unwrap();
        assert!(written_at(&message, late) < late, "{kind:?}");
    }
}
