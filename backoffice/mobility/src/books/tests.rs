#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use payment_domain::{Currency, Money, OfferId, OrderId};
use tempfile::TempDir;

use super::*;
use crate::sales::{Item, Plate};

const STOCK: Stock = Stock { stalls: 3, balcony: 2 };
const MINUTE_MS: i64 = 60_000;

struct Desk {
    folder: TempDir,
    books: Option<Books>,
    now: Timestamp,
    made: u8,
}

impl Desk {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let books = Some(Books::open(&folder.path().join("journal"), STOCK).unwrap());
        Self { folder, books, now: Timestamp::parse("2026-11-21T10:00:00.000Z").unwrap(), made: 0 }
    }

    fn books(&self) -> &Books {
        self.books.as_ref().unwrap()
    }

    /// As after a `kill -9`: everything is read again.
    fn again(&mut self) {
        self.books = None;
        self.books = Some(Books::open(&self.folder.path().join("journal"), STOCK).unwrap());
    }

    fn wait(&mut self, minutes: i64) {
        self.now = self.now.saturating_add_millis(minutes * MINUTE_MS);
    }

    fn purchase(&mut self, item: Item) -> Purchase {
        self.made += 1;
        Purchase {
            id: Token::new([self.made; 16]),
            visitor: Some(Token::new([0xaa; 16])),
            item,
            title: "Something".to_owned(),
            price: Money::parse("1.80", Currency::EUR).unwrap(),
            offer_id: OfferId::from_bytes([self.made; 16]),
            offer: Digest::new([self.made; 32]),
            made_at: self.now,
            pay_until: self.now.saturating_add_millis(15 * MINUTE_MS),
            stage: Stage::Open,
        }
    }

    fn sell(&mut self, item: Item) -> Result<Token, OpenError> {
        let purchase = self.purchase(item);
        let id = purchase.id;
        self.books().open_purchase(purchase, self.now).map(|()| id)
    }

    fn pay(&self, id: Token, order: u8) -> Result<Delivery, DeliverError> {
        let (price, lent) = (self.books().purchase(id).map(|purchase| purchase.price), lent(id));
        let payment = Payment {
            order: OrderId::from_bytes([order; 16]),
            amount: price.unwrap_or(Money::zero(Currency::EUR)),
            at: self.now,
            receipt: "<PaymentReceipt/>".to_owned(),
        };
        self.books().deliver(id, payment, lent)
    }

    fn stage(&self, id: Token) -> Stage {
        self.books().purchase(id).unwrap().stage
    }

    fn left(&self) -> (u16, u16) {
        let left = |seat| self.books().left(seat, "2026-11-28", self.now);
        (left(Seat::Stalls), left(Seat::Balcony))
    }
}

/// The same purchase is lent the same code, so that a test knows it.
fn lent(id: Token) -> Lent {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&id.to_string().as_bytes()[..8]);
    Lent { code: Code::new(bytes), refund: RefundId::from_bytes([7; 16]) }
}

fn seats(seat: Seat, count: u16) -> Item {
    Item::Concert { day: "2026-11-28".to_owned(), seat, count }
}

fn parking() -> Item {
    Item::Parking { zone: "centre".to_owned(), plate: Plate::parse("FD318KX").unwrap(), minutes: 60 }
}

#[test]
fn what_is_paid_is_delivered_once_however_often_one_hears_of_it() {
    let mut desk = Desk::open();
    let id = desk.sell(Item::Tram).unwrap();
    assert_eq!(desk.pay(id, 1).unwrap(), Delivery::Now);
    let stage = desk.stage(id);
    desk.wait(1);
    assert_eq!(desk.pay(id, 1).unwrap(), Delivery::Before);
    assert!(matches!(desk.pay(id, 2), Err(DeliverError::OtherOrder)));
    assert_eq!(desk.stage(id), stage);
    desk.again();
    assert_eq!(desk.stage(id), stage);
    assert_eq!(desk.pay(id, 1).unwrap(), Delivery::Before);
    assert!(matches!(desk.pay(Token::new([0xff; 16]), 3), Err(DeliverError::Unknown)));
}

#[test]
fn a_ticket_is_used_once() {
    let mut desk = Desk::open();
    let id = desk.sell(Item::Tram).unwrap();
    let code = lent(id).code;
    assert!(matches!(desk.books().use_ticket(code, desk.now), Err(TicketError::Unknown)));
    desk.pay(id, 1).unwrap();
    let used_at = desk.now;
    desk.books().use_ticket(code, used_at).unwrap();
    desk.wait(5);
    for _ in 0..2 {
        assert!(
            matches!(desk.books().use_ticket(code, desk.now), Err(TicketError::Used(at)) if at == used_at)
        );
        desk.again();
    }
    let void = desk.books().void(id, RefundId::from_bytes([1; 16]), desk.now);
    assert!(matches!(void, Err(TicketError::Used(_))));
}

#[test]
fn a_ticket_given_back_counts_no_more_and_the_money_is_owed_until_it_is_back() {
    let mut desk = Desk::open();
    let id = desk.sell(Item::Tram).unwrap();
    assert!(matches!(
        desk.books().void(id, RefundId::from_bytes([1; 16]), desk.now),
        Err(TicketError::Unknown)
    ));
    desk.pay(id, 1).unwrap();
    desk.books().void(id, RefundId::from_bytes([1; 16]), desk.now).unwrap();
    assert!(matches!(desk.books().use_ticket(lent(id).code, desk.now), Err(TicketError::Returned)));
    let again = desk.books().void(id, RefundId::from_bytes([2; 16]), desk.now);
    assert!(matches!(again, Err(TicketError::Returned)));
    // Paying it again, which a late callback looks like, brings nothing back.
    assert_eq!(desk.pay(id, 1).unwrap(), Delivery::Before);
    desk.again();
    let due = desk.books().refunds_due();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].2.id, due[0].2.too_late), (RefundId::from_bytes([1; 16]), false));
    desk.books().renew_refund(id, RefundId::from_bytes([3; 16]), desk.now).unwrap();
    assert_eq!(desk.books().refunds_due()[0].2.id, RefundId::from_bytes([3; 16]));
    desk.books().refunded(id, desk.now).unwrap();
    assert_eq!(desk.books().refunds_due(), []);
}

#[test]
fn only_tickets_are_given_back() {
    let mut desk = Desk::open();
    let id = desk.sell(parking()).unwrap();
    desk.pay(id, 1).unwrap();
    assert!(matches!(
        desk.books().void(id, RefundId::from_bytes([1; 16]), desk.now),
        Err(TicketError::Unknown)
    ));
    assert!(matches!(desk.books().use_ticket(lent(id).code, desk.now), Err(TicketError::Unknown)));
}

#[test]
fn seats_are_set_aside_while_somebody_pays_and_free_again_if_they_do_not() {
    let mut desk = Desk::open();
    assert_eq!(desk.left(), (3, 2));
    let two = desk.sell(seats(Seat::Stalls, 2)).unwrap();
    assert_eq!(desk.left(), (1, 2));
    assert!(matches!(desk.sell(seats(Seat::Stalls, 2)), Err(OpenError::SoldOut)));
    let one = desk.sell(seats(Seat::Stalls, 1)).unwrap();
    desk.again();
    assert_eq!(desk.left(), (0, 2));
    desk.books().cancel(two).unwrap();
    assert_eq!(desk.left(), (2, 2));
    // The other one never comes back: 15 minutes to pay, and 10 for a bank to answer.
    desk.wait(24);
    assert_eq!(desk.left(), (2, 2));
    desk.wait(1);
    assert_eq!(desk.left(), (3, 2));
    assert_eq!(desk.stage(one), Stage::Open);
    // Other seats, and another day, were never touched.
    assert_eq!(desk.books().left(Seat::Stalls, "2026-12-05", desk.now), 3);
}

#[test]
fn a_payment_that_comes_late_is_delivered_while_there_are_seats_and_else_given_back() {
    let mut desk = Desk::open();
    let late = desk.sell(seats(Seat::Balcony, 2)).unwrap();
    let later = desk.sell(seats(Seat::Stalls, 1)).unwrap();
    desk.books().cancel(later).unwrap();
    desk.wait(30);
    let other = desk.sell(seats(Seat::Balcony, 1)).unwrap();
    desk.pay(other, 2).unwrap();
    assert_eq!(desk.pay(later, 3).unwrap(), Delivery::Now);
    assert_eq!(desk.pay(late, 1).unwrap(), Delivery::TooLate);
    assert_eq!(desk.pay(late, 1).unwrap(), Delivery::Before);
    assert_eq!(desk.left(), (2, 1));
    desk.again();
    let due = desk.books().refunds_due();
    assert_eq!(due.len(), 1);
    assert!(due[0].0.id == late && due[0].2.too_late);
}

#[test]
fn time_added_follows_what_is_left() {
    let mut desk = Desk::open();
    let car = desk.sell(parking()).unwrap();
    let more = |parking| Item::MoreParking {
        parking,
        zone: "centre".to_owned(),
        plate: Plate::parse("FD318KX").unwrap(),
        minutes: 30,
    };
    assert!(matches!(desk.sell(more(car)), Err(OpenError::Over)));
    desk.pay(car, 1).unwrap();
    let began = desk.now;
    let until = |desk: &Desk| desk.books().parked_until(car).unwrap().millis_since(began) / MINUTE_MS;
    assert_eq!(until(&desk), 60);
    desk.wait(20);
    let first = desk.sell(more(car)).unwrap();
    let second = desk.sell(more(car)).unwrap();
    desk.pay(first, 2).unwrap();
    desk.pay(first, 2).unwrap();
    assert_eq!(until(&desk), 90);
    // Paid after the time had ended: it begins with the payment.
    desk.wait(80);
    desk.pay(second, 3).unwrap();
    assert_eq!(until(&desk), 130);
    desk.again();
    assert_eq!(until(&desk), 130);
    desk.wait(60);
    assert!(matches!(desk.sell(more(car)), Err(OpenError::Over)));
}

#[test]
fn nobody_fills_the_books_with_what_they_do_not_pay() {
    let mut desk = Desk::open();
    for _ in 0..20 {
        desk.sell(Item::Tram).unwrap();
    }
    assert!(matches!(desk.sell(Item::Tram), Err(OpenError::TooMany)));
    let mut other = desk.purchase(Item::Tram);
    other.visitor = Some(Token::new([0xbb; 16]));
    desk.books().open_purchase(other, desk.now).unwrap();
    desk.wait(30);
    desk.sell(Item::Tram).unwrap();
}

#[test]
fn a_visitor_sees_their_own_purchases_the_newest_first() {
    let mut desk = Desk::open();
    let first = desk.sell(Item::Tram).unwrap();
    desk.wait(1);
    let second = desk.sell(parking()).unwrap();
    let ids =
        |visitor| desk.books().of(Token::new([visitor; 16])).iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(0xaa), [second, first]);
    assert_eq!(ids(0xbb), []);
}
