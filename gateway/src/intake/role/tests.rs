use std::sync::Arc;

use payment_domain::{
    Capability, ConsumerId, Currency, Digest, Label, MerchantId, Method, Money, Msisdn, Offer, OfferId,
    OrderId, RefundId, RefundOrder, RequestId, Sale, Timestamp,
};
use payment_message::{PublicKey, StatusRequest};

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
    })
}

fn by_name(name: &str) -> Payer {
    Payer::Consumer(ConsumerId::parse(name).unwrap())
}

#[test]
fn a_merchant_offers_and_refunds_in_its_own_name_only() {
    let merchant = MerchantId::parse("tram").unwrap();
    let offer = Message::from(Offer {
        offer_id: OfferId::from_bytes(ID),
        merchant: merchant.clone(),
        item: Label::parse("t1").unwrap(),
        title: Label::parse("Tram 1 h").unwrap(),
        price: eur("1.80"),
        sale: Sale::Catalogue,
        valid_from: Timestamp::EPOCH,
        valid_until: Timestamp::EPOCH.saturating_add_millis(1),
    });
    let refund = Message::from(RefundOrder {
        refund_id: RefundId::from_bytes(ID),
        order_id: OrderId::from_bytes(ID),
        merchant,
        amount: eur("1.80"),
        created_at: Timestamp::EPOCH,
    });
    for message in [offer, refund] {
        assert_eq!(allowed("tram", &message), ["merchant"]);
        assert_eq!(allowed("kiosk", &message), [""; 0]);
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
    }
}

#[test]
fn a_terminal_orders_for_its_own_consumer_and_an_adapter_for_any() {
    assert_eq!(allowed("mallory", &order(by_name("alice"), Capability::App)), [""; 0]);
    let number = Payer::Msisdn(Msisdn::parse("+33612345678").unwrap());
    assert_eq!(allowed("alice", &order(number.clone(), Capability::App)), [""; 0]);
    assert_eq!(allowed("sms-gate", &order(number, Capability::Sms)), ["adapter:sms"]);
    assert_eq!(allowed("portal", &order(by_name("alice"), Capability::Browser)), ["adapter:web"]);
}

#[test]
fn whoever_takes_part_in_a_payment_may_ask_for_its_status() {
    let request = Message::from(StatusRequest {
        request_id: RequestId::from_bytes(ID),
        order_id: OrderId::from_bytes(ID),
        created_at: Timestamp::EPOCH,
    });
    let expected = ["merchant", "terminal", "adapter:sms", "adapter:wap", "adapter:web"];
    assert_eq!(allowed("anybody", &request), expected);
}
