//! One payment: what it was, what it cost the merchant, what happened to it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::{Money, Operation, OrderId, Timestamp};

use super::{Shop, capture, fees, requests, say};
use crate::page::{Block, Inline, Link, Moment, Page, Section};
use crate::requests::Request;
use crate::sales::query::SaleState;
use crate::sales::timeline::{Event, Happened};
use crate::sales::{Sale, SaleKey};
use crate::storage::merchant as storage;
use crate::web::{Fault, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Shows it.
pub(super) async fn show(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let sale = find(&visitor, &shop, &path).await?;
    let person = visitor.need_person()?;
    let (party, number, position) = (person.party.clone(), person.party_number, sale.position);
    let events = Shop::read(&shop, move |sales| sales.time_line(&party, position)).await?;
    let schedules = visitor.read(move |conn| storage::fee_schedules(conn, number)).await?;
    let fee = fees::of(&schedules, &shop.fees, &sale);
    let asked = requests::about(&visitor, &sale).await?;
    let happened = Happenings { events, asked };
    visitor.show(page(visitor.words(), &sale, fee, &happened, person.may(MemberRole::Manager)))
}

/// One of the merchant's payments: anybody else's is not found.
pub(super) async fn find(visitor: &Visitor, shop: &Data<Shop>, path: &str) -> Result<Sale, Fault> {
    let party = visitor.need_person()?.party.clone();
    let order = OrderId::parse(path).map_err(|_| Fault::NotFound)?;
    Shop::read(shop, move |sales| sales.one(&party, SaleKey::Order(order))).await?.ok_or(Fault::NotFound)
}

/// What can still be given back.
pub(super) fn left(sale: &Sale) -> Money {
    let open = matches!(sale.state, SaleState::Paid | SaleState::PartlyRefunded | SaleState::Disputed);
    let left = sale.paid.checked_sub(sale.refunded).ok().filter(|_| open);
    left.unwrap_or(Money::zero(sale.paid.currency()))
}

/// What happened to it.
#[derive(Debug, Clone, Default)]
struct Happenings {
    events: Vec<Event>,
    /// What its consumer asked for, the newest first.
    asked: Vec<Request>,
}

fn page(words: Words, sale: &Sale, fee: Option<Money>, happened: &Happenings, may_refund: bool) -> Page {
    let mut page = Page::new(sale.title.as_str(), "/payments").with(Block::Amount(words.money(sale.price)));
    page.state = Some(say::state(words, sale.state));
    page = page.with(Block::Facts(facts(words, sale, fee)));
    let newest = happened.asked.first();
    // Where somebody waits for an answer, this is one of two.
    let waits = newest.is_some_and(Request::is_open);
    if may_refund && !waits && left(sale).micros() > 0 {
        let refund = Link::new(format!("/payments/{}/refund", sale.order), words.say("merchant-refund"));
        page = page.with(Block::Actions(vec![refund]));
    }
    if may_refund && capture::is_aside(sale) {
        page = page.with(capture::ways(words, sale));
    }
    if let Some(request) = newest {
        let ways = may_refund.then(|| left(sale));
        page = page.with(requests::section(words, sale, request, ways));
    }
    let line = Section::new(words.say("merchant-time-line"));
    page.with(line.with(Block::TimeLine(time_line(words, happened))))
}

fn time_line(words: Words, happened: &Happenings) -> Vec<Moment> {
    let events = happened.events.iter().map(|event| (event.at, self::happened(words, &event.what)));
    let asked = happened.asked.iter().flat_map(|request| requests::events(words, request));
    let mut all: Vec<(Timestamp, String)> = events.chain(asked).collect();
    // What has the same time stays in the order of its causes.
    all.sort_by_key(|(at, _)| *at);
    let moment = |(at, what): (Timestamp, String)| Moment {
        at: words.moment(at),
        machine: words.machine(at),
        what: vec![Inline::Text(what)],
    };
    all.into_iter().map(moment).collect()
}

fn facts(words: Words, sale: &Sale, fee: Option<Money>) -> Vec<(String, Vec<Inline>)> {
    let all = format!("/payments?q={}", sale.consumer);
    let mut facts = vec![
        (
            words.say("merchant-column-customer"),
            vec![
                Inline::Code(sale.consumer.to_string()),
                Inline::Break,
                say::link(all, words.say("merchant-all-of-customer")),
            ],
        ),
        say::fact(words.say("merchant-item-code"), Inline::Code(sale.item.as_str().to_owned())),
        say::fact(words.say("merchant-when"), say::time(words, sale.ordered_at)),
        say::fact(words.say("merchant-how"), say::how(words, sale.mode, sale.funding)),
        say::fact(words.say("merchant-paid"), words.money(sale.paid)),
    ];
    if sale.refunded.micros() > 0 {
        facts.push(say::fact(words.say("merchant-refunded"), words.money(sale.refunded)));
    }
    if let Some(fee) = fee {
        facts.push(say::fact(words.say("merchant-column-fee"), words.money(fee)));
    }
    facts.push(say::fact(words.say("merchant-order"), Inline::Code(sale.order.to_string())));
    if let Some(receipt) = sale.receipt {
        facts.push(say::fact(words.say("merchant-receipt"), Inline::Code(receipt.to_string())));
    }
    facts
}

/// What happened, in words.
fn happened(words: Words, what: &Happened) -> String {
    let with = |amount: &Money| [("amount", Value::from(words.money(*amount)))];
    let tries = |tries: &u32| [("count", Value::from(u64::from(*tries)))];
    match what {
        Happened::Ordered { price, .. } => words.say_with("merchant-event-ordered", &with(price)),
        Happened::Asked { operation, amount } => match operation {
            Operation::Authorise => words.say_with("merchant-event-authorise", &with(amount)),
            Operation::Capture => words.say_with("merchant-event-capture", &with(amount)),
            Operation::Void => words.say_with("merchant-event-void", &with(amount)),
            Operation::Refund => words.say_with("merchant-event-refund", &with(amount)),
            Operation::Charge | Operation::Payout => words.say_with("merchant-event-charge", &with(amount)),
        },
        Happened::Answered { approved: true, .. } => words.say("merchant-event-approved"),
        Happened::Answered { approved: false, .. } => words.say("merchant-event-refused"),
        Happened::Paid { amount, .. } => words.say_with("merchant-event-paid", &with(amount)),
        Happened::Declined => words.say("merchant-event-declined"),
        Happened::Voided => words.say("merchant-event-voided"),
        Happened::Refunded { amount } => words.say_with("merchant-event-refunded", &with(amount)),
        Happened::RefundBegun { amount } => words.say_with("merchant-event-refund-begun", &with(amount)),
        Happened::RefundArrived { amount } => words.say_with("merchant-event-refund-arrived", &with(amount)),
        Happened::RefundFailed { amount } => words.say_with("merchant-event-refund-failed", &with(amount)),
        Happened::TakenBack { amount } => words.say_with("merchant-event-taken-back", &with(amount)),
        Happened::DisputeOpened { amount } => words.say_with("merchant-event-disputed", &with(amount)),
        Happened::DisputeDecided { for_consumer: true } => words.say("merchant-event-dispute-lost"),
        Happened::DisputeDecided { for_consumer: false } => words.say("merchant-event-dispute-won"),
        Happened::DisputeRefunded { amount } => {
            words.say_with("merchant-event-dispute-refunded", &with(amount))
        }
        Happened::CallbackDue { .. } => words.say("merchant-event-callback-due"),
        Happened::CallbackTaken { tries: count } => {
            words.say_with("merchant-event-callback-taken", &tries(count))
        }
        Happened::CallbackGivenUp { tries: count } => {
            words.say_with("merchant-event-callback-dead", &tries(count))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::tests::sale;
    use crate::words::Locale;

    fn actions(page: &Page) -> usize {
        page.blocks.iter().filter(|block| matches!(block, Block::Actions(_))).count()
    }

    #[test]
    fn only_what_was_paid_and_is_not_back_yet_can_be_refunded_and_only_by_who_may() {
        let words = Words::of(Locale::English);
        for (state, may, shown) in [
            (SaleState::Paid, true, 1),
            (SaleState::Paid, false, 0),
            (SaleState::PartlyRefunded, true, 1),
            (SaleState::Declined, true, 0),
            (SaleState::Refunded, true, 0),
            (SaleState::Pending, true, 0),
            // What is set aside is taken or released.
            (SaleState::Authorised, true, 1),
            (SaleState::Authorised, false, 0),
        ] {
            let sale = Sale { state, ..sale("Tram") };
            assert_eq!(
                actions(&page(words, &sale, None, &Happenings::default(), may)),
                shown,
                "{state} {may}"
            );
        }
        let all_back = Sale { refunded: sale("Tram").paid, ..sale("Tram") };
        assert_eq!(actions(&page(words, &all_back, None, &Happenings::default(), true)), 0);
    }

    #[test]
    fn a_customer_is_a_pseudonym_and_nothing_else() {
        let sale = sale("Tram");
        let facts = facts(Words::of(Locale::French), &sale, None);
        assert!(matches!(&facts[0].1[0], Inline::Code(text) if *text == sale.consumer.to_string()));
    }
}
