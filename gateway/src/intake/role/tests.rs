use std::fs;
use std::path::Path;
use std::sync::Arc;

use payment_domain::{
    Authentication, Campaign, CampaignId, Capability, Capture, CaptureId, CaptureOrder, ConsumerId,
    CouponAct, CouponId, CouponOrder, Currency, Digest, Discount, DisputeId, DisputeOrder, Label, MerchantId,
    Method, Money, Msisdn, Offer, OfferId, OrderId, QuoteRequest, RedemptionOrder, RefundId, RefundOrder,
    RequestId, Sale, Timestamp, TopUpOrder, VoidOrder,
};
use payment_message::canonical::scan;
use payment_message::{Kind, PublicKey, StatusRequest};

use super::*;

struct NoKey;

impl PublicKey for NoKey {
    fn verify(&self, _message: &[u8], _signature: &[u8; 64]) -> bool {
        false
    }
}

const ID: [u8; 16] = [7; 16];
const ROLES: &[&str] =
    &["merchant", "terminal", "adapter:sms", "adapter:wap", "adapter:web", "operator", "cps", "tls"];

fn sender(name: &str, role: &str) -> Sender {
    let (party, role) = (PartyId::parse(name).unwrap(), Role::parse(role).unwrap());
    let (from, until) = (Timestamp::EPOCH, Timestamp::EPOCH.saturating_add_millis(1));
    Sender::new(party, role, Arc::from(&b"certificate"[..]), Arc::new(NoKey), from, until)
}

/// Who may send this, of everybody called `name`.
fn allowed(name: &str, message: &Message) -> Vec<&'static str> {
    ROLES.iter().copied().filter(|role| check(&sender(name, role), message).is_ok()).collect()
}

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn order(payer: Payer, capability: Capability) -> Message {
    Message::from(PaymentOrder {
        order_id: OrderId::from_bytes(ID),
        payer,
        merchant: MerchantId::parse("tram").unwrap(),
        offer_id: OfferId::from_bytes(ID),
        offer_digest: Digest::new([1; 32]),
        amount: eur("1.80"),
        capability,
        method: Method::DeviceKey,
        authenticated_at: Timestamp::EPOCH,
        evidence: Vec::new(),
        created_at: Timestamp::EPOCH,
        expires_at: Timestamp::EPOCH.saturating_add_millis(1),
        quote: None,
        coupons: Vec::new(),
    })
}

fn by_name(name: &str) -> Payer {
    Payer::Consumer(ConsumerId::parse(name).unwrap())
}

/// Everything that a merchant sends, in the name of `tram`.
fn of_a_merchant() -> Vec<Message> {
    let merchant = MerchantId::parse("tram").unwrap();
    let (capture_id, order_id) = (CaptureId::from_bytes(ID), OrderId::from_bytes(ID));
    let (valid_from, valid_until) = (Timestamp::EPOCH, Timestamp::EPOCH.saturating_add_millis(1));
    let created_at = Timestamp::EPOCH;
    vec![
        Message::from(Offer {
            offer_id: OfferId::from_bytes(ID),
            merchant: merchant.clone(),
            item: label("t1"),
            title: label("Tram 1 h"),
            price: eur("1.80"),
            sale: Sale::Catalogue,
            valid_from,
            valid_until,
            capture: Capture::Immediate,
            coupon: None,
        }),
        Message::from(RefundOrder {
            refund_id: RefundId::from_bytes(ID),
            order_id,
            merchant: merchant.clone(),
            amount: eur("1.80"),
            created_at,
        }),
        Message::from(CaptureOrder {
            capture_id,
            order_id,
            merchant: merchant.clone(),
            amount: eur("1.80"),
            created_at,
        }),
        Message::from(VoidOrder { void_id: capture_id, order_id, merchant: merchant.clone(), created_at }),
        Message::from(Campaign {
            campaign_id: CampaignId::from_bytes(ID),
            merchant,
            title: label("A tenth off"),
            item: None,
            discount: Discount::Ppm(100_000),
            coupons: 100,
            valid_from,
            valid_until,
        }),
    ]
}

/// Everything but payments that a consumer instructs, in the name of `alice`.
fn of_a_consumer(capability: Capability) -> Vec<Message> {
    let (request_id, order_id) = (RequestId::from_bytes(ID), OrderId::from_bytes(ID));
    let (consumer, created_at) = (ConsumerId::parse("alice").unwrap(), Timestamp::EPOCH);
    let authentication = Authentication {
        capability,
        method: Method::DeviceKey,
        authenticated_at: created_at,
        evidence: Vec::new(),
    };
    let act = CouponAct::Gift { coupon: CouponId::from_bytes(ID), to: by_name("bob") };
    vec![
        Message::from(TopUpOrder {
            top_up_id: request_id,
            consumer: consumer.clone(),
            amount: eur("20"),
            authentication: authentication.clone(),
            created_at,
        }),
        Message::from(RedemptionOrder {
            redemption_id: request_id,
            consumer: consumer.clone(),
            amount: eur("20"),
            authentication: authentication.clone(),
            created_at,
        }),
        Message::from(CouponOrder {
            request_id,
            consumer: consumer.clone(),
            act,
            authentication: authentication.clone(),
            created_at,
        }),
        Message::from(DisputeOrder {
            dispute_id: DisputeId::from_bytes(ID),
            consumer,
            order_id,
            amount: eur("1.80"),
            reason: label("No tram came"),
            authentication,
            created_at,
        }),
    ]
}

fn quote_request() -> Message {
    Message::from(QuoteRequest {
        request_id: RequestId::from_bytes(ID),
        consumer: ConsumerId::parse("alice").unwrap(),
        price: eur("1.80"),
        currency: Currency::parse("CHF").unwrap(),
        created_at: Timestamp::EPOCH,
    })
}

fn status_request() -> Message {
    Message::from(StatusRequest {
        request_id: RequestId::from_bytes(ID),
        order_id: OrderId::from_bytes(ID),
        created_at: Timestamp::EPOCH,
    })
}

#[test]
fn a_merchant_speaks_in_its_own_name_only() {
    for message in of_a_merchant() {
        let kind = message.kind();
        assert_eq!(allowed("tram", &message), ["merchant"], "{kind:?}");
        assert_eq!(allowed("kiosk", &message), [""; 0], "{kind:?}");
    }
}

#[test]
fn each_kind_of_terminal_is_spoken_for_by_one_role() {
    for (capability, expected) in [
        (Capability::App, ["terminal"]),
        (Capability::Passkey, ["adapter:web"]),
        (Capability::Browser, ["adapter:web"]),
        (Capability::Wap, ["adapter:wap"]),
        (Capability::Sms, ["adapter:sms"]),
    ] {
        assert_eq!(allowed("alice", &order(by_name("alice"), capability)), expected, "{capability}");
        for message in of_a_consumer(capability) {
            assert_eq!(allowed("alice", &message), expected, "{capability} {:?}", message.kind());
        }
    }
}

#[test]
fn a_terminal_orders_for_its_own_consumer_and_an_adapter_for_any() {
    assert_eq!(allowed("mallory", &order(by_name("alice"), Capability::App)), [""; 0]);
    let number = Payer::Msisdn(Msisdn::parse("+33612345678").unwrap());
    assert_eq!(allowed("alice", &order(number.clone(), Capability::App)), [""; 0]);
    assert_eq!(allowed("sms-gate", &order(number, Capability::Sms)), ["adapter:sms"]);
    assert_eq!(allowed("portal", &order(by_name("alice"), Capability::Browser)), ["adapter:web"]);
    for message in of_a_consumer(Capability::App) {
        assert_eq!(allowed("mallory", &message), [""; 0], "{:?}", message.kind());
    }
    for message in of_a_consumer(Capability::Browser) {
        assert_eq!(allowed("portal", &message), ["adapter:web"], "{:?}", message.kind());
    }
}

#[test]
fn a_quote_is_asked_for_by_a_consumers_own_terminal_or_by_an_adapter() {
    let adapters = ["adapter:sms", "adapter:wap", "adapter:web"];
    assert_eq!(allowed("alice", &quote_request()), ["terminal", "adapter:sms", "adapter:wap", "adapter:web"]);
    assert_eq!(allowed("mallory", &quote_request()), adapters);
}

#[test]
fn whoever_takes_part_in_a_payment_may_ask_for_its_status() {
    let expected = ["merchant", "terminal", "adapter:sms", "adapter:wap", "adapter:web"];
    assert_eq!(allowed("anybody", &status_request()), expected);
}

/// The golden document of each kind, sent by everybody in every name that it holds.
#[test]
fn what_the_core_signs_is_nobodys_to_send() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core-payment/message/golden");
    let sent: Vec<Kind> = [order(by_name("alice"), Capability::App), quote_request(), status_request()]
        .into_iter()
        .chain(of_a_merchant())
        .chain(of_a_consumer(Capability::App))
        .map(|message| message.kind())
        .collect();
    for kind in Kind::ALL {
        let document = fs::read(golden.join(format!("{}.xml", kind.as_str()))).unwrap();
        let message = Message::parse(scan(&document).unwrap().body()).unwrap();
        let verdicts = ROLES.iter().flat_map(|role| {
            ["alice", "city-tram", "meteore"].map(|name| check(&sender(name, role), &message))
        });
        let unknown = verdicts.filter(|verdict| *verdict == Err(Code::UnknownMessage)).count();
        let everybody = ROLES.len().checked_mul(3).unwrap();
        assert_eq!(unknown, if sent.contains(kind) { 0 } else { everybody }, "{kind:?}");
    }
}
