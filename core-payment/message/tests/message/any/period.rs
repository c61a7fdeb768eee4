//! Any bill, statement, payout advice, credit note, reminder or proof, with figures that add up.

use payment_domain::{
    Bill, ConsumerId, CreditNote, Currency, Digest, InclusionProof, LedgerPosition, Line, MerchantId, Money,
    PayoutAdvice, Reminder, Statement,
};
use payment_message::Message;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::value::{any_interval, any_label, any_money, any_party, any_time};

pub(super) fn any_document() -> BoxedStrategy<Message> {
    prop_oneof![
        any_bill().prop_map(Message::from),
        any_statement().prop_map(Message::from),
        any_advice().prop_map(Message::from),
        any_note().prop_map(Message::from),
        any_reminder().prop_map(Message::from),
        any_proof().prop_map(Message::from),
    ]
    .boxed()
}

fn any_position() -> impl Strategy<Value = LedgerPosition> {
    (1..=i64::MAX).prop_map(|position| LedgerPosition::new(position).unwrap())
}

fn any_currency() -> impl Strategy<Value = Currency> {
    "[A-Z]{3}".prop_map(|code| Currency::parse(&code).unwrap())
}

/// So small that no sum of them leaves the range of amounts.
fn any_micros() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1..10_000_000_i64, 1..10_000_000_000_000_000_i64]
}

/// Lines that come to the payments, and the payments.
fn any_lines(currency: Currency) -> impl Strategy<Value = (Vec<Line>, u64, Money)> {
    vec((any_party(), 0..1_000_000_u64, 1..1_000_000_000_000_i64), 0..6).prop_map(move |lines| {
        let count = lines.iter().map(|(_, count, _)| count).sum();
        let micros = lines.iter().map(|(_, _, micros)| micros).sum();
        let line = |(merchant, count, micros)| {
            let amount = Money::from_micros(micros, currency);
            Line { merchant: MerchantId::new(merchant), count, amount }
        };
        (lines.into_iter().map(line).collect(), count, Money::from_micros(micros, currency))
    })
}

/// What is left of what came in.
fn balance(came_in: &[Money], went_out: &[Money]) -> Money {
    let zero = Money::zero(came_in.first().unwrap().currency());
    let sum = |side: &[Money]| side.iter().fold(zero, |sum, money| sum.checked_add(*money).unwrap());
    sum(came_in).checked_sub(sum(went_out)).unwrap()
}

fn any_bill() -> impl Strategy<Value = Bill> {
    let figures =
        (-1_000_000_000_i64..1_000_000_000, any_micros(), -1_000_000_000_i64..1_000_000_000, any_micros());
    let lines = any_currency().prop_flat_map(any_lines);
    let times = (any_interval(), any_time(), any_time());
    (any_position(), any_party(), figures, lines, times, any::<[u8; 32]>()).prop_map(
        |(position, consumer, figures, (lines, count, payments), times, root)| {
            let money = |micros| Money::from_micros(micros, payments.currency());
            let (opening, refunds) = (money(figures.0), money(figures.1));
            let (credits, amount_due) = (money(figures.2), money(figures.3));
            Bill {
                position,
                consumer: ConsumerId::new(consumer),
                from: times.0.0,
                to: times.0.1,
                opening,
                payments,
                count,
                refunds,
                credits,
                amount_due,
                carried: balance(&[opening, payments], &[refunds, credits, amount_due]),
                root: Digest::new(root),
                lines,
                due_at: times.1,
                issued_at: times.2,
            }
        },
    )
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let figures = (any_micros(), any_micros(), any_micros(), any_micros(), -1_000_000_000_i64..1_000_000_000);
    let lines = any_currency().prop_flat_map(any_lines);
    (any_position(), any_party(), figures, lines, (any_interval(), any_time()), any::<[u8; 32]>()).prop_map(
        |(position, consumer, figures, (lines, count, payments), ((from, to), issued_at), root)| {
            let money = |micros| Money::from_micros(micros, payments.currency());
            let (opening, top_ups, refunds) = (money(figures.0), money(figures.1), money(figures.2));
            let (redemptions, other) = (money(figures.3), money(figures.4));
            Statement {
                position,
                consumer: ConsumerId::new(consumer),
                from,
                to,
                opening,
                top_ups,
                payments,
                count,
                refunds,
                redemptions,
                other,
                closing: balance(&[opening, top_ups, refunds, other], &[payments, redemptions]),
                root: Digest::new(root),
                lines,
                issued_at,
            }
        },
    )
}

fn any_advice() -> impl Strategy<Value = PayoutAdvice> {
    let sold = (any_currency(), any_micros(), any::<u64>());
    let figures = (any_micros(), any_micros(), any_micros(), any_micros());
    let balances = (-1_000_000_000_i64..1_000_000_000, -1_000_000_000_i64..1_000_000_000);
    let times = (any_interval(), any_time());
    (any_position(), any_party(), sold, (figures, balances), times, any_label(), any::<[u8; 32]>()).prop_map(
        |(
            position,
            merchant,
            (currency, sales, count),
            (figures, balances),
            ((from, to), issued_at),
            reference,
            root,
        )| {
            let money = |micros| Money::from_micros(micros, currency);
            let (opening, sales, other) = (money(balances.0), money(sales), money(balances.1));
            let (refunds, disputes) = (money(figures.0), money(figures.1));
            let (fees, payout) = (money(figures.2), money(figures.3));
            PayoutAdvice {
                position,
                merchant: MerchantId::new(merchant),
                from,
                to,
                opening,
                sales,
                count,
                refunds,
                disputes,
                fees,
                other,
                payout,
                carried: balance(&[opening, sales, other], &[refunds, disputes, fees, payout]),
                root: Digest::new(root),
                reference,
                issued_at,
            }
        },
    )
}

fn any_note() -> impl Strategy<Value = CreditNote> {
    (any_position(), any_position(), any_party(), any_money(1), any_label(), any_time()).prop_map(
        |(position, bill, consumer, amount, reason, issued_at)| CreditNote {
            position,
            bill,
            consumer: ConsumerId::new(consumer),
            amount,
            reason,
            issued_at,
        },
    )
}

fn any_reminder() -> impl Strategy<Value = Reminder> {
    let about = (any_position(), any_position(), any_party(), any::<u64>());
    let sums = (any_money(1), any_money(1), any_money(0));
    let how = (any::<bool>(), option::of(any_time()), any_label(), option::of(any_label()));
    (about, sums, how, any_time()).prop_map(
        |(
            (position, bill, consumer, number),
            (amount_due, open, fee),
            (suspended, pay_by, reference, pay_to),
            issued_at,
        )| Reminder {
            position,
            bill,
            consumer: ConsumerId::new(consumer),
            number,
            amount_due,
            open,
            fee,
            suspended,
            pay_by,
            reference,
            pay_to,
            issued_at,
        },
    )
}

fn any_proof() -> impl Strategy<Value = InclusionProof> {
    let path = vec(any::<[u8; 32]>().prop_map(Digest::new), 0..=InclusionProof::MAX_PATH);
    let leaf = (any::<u64>(), any::<u64>());
    (any_position(), any_position(), any_money(1), leaf, path, any::<[u8; 32]>(), any_time()).prop_map(
        |(bill, payment, amount, (index, count), path, root, proved_at)| InclusionProof {
            bill,
            payment,
            amount,
            index,
            count,
            path,
            root: Digest::new(root),
            proved_at,
        },
    )
}
