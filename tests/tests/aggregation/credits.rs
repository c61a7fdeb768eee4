//! Refunds and disputes, before and after the bill.

use aggregation::dispute::{ResolveError, Verdict};
use aggregation::period::Book;
use anyhow::{Result, bail};
use payment_domain::{
    Authentication, Capability, ConsumerId, DisputeId, DisputeOrder, Label, Method, Money, PaymentOrder,
};
use payment_message::{Code, Message};
use tests::database::Database;
use tests::town::{Signed, euros};
use tests::{on_each_database, random};

use crate::stage::{DAY, Stage, message, terms};

on_each_database!(
    a_refund_before_the_bill_makes_it_smaller_and_one_after_gets_a_credit_note,
    a_dispute_keeps_the_money_back_until_it_is_decided,
    a_dispute_is_refused_for_its_reason,
);

async fn a_refund_before_the_bill_makes_it_smaller_and_one_after_gets_a_credit_note(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    let (_, first) = stage.pay("frida", &cake).await?;
    let (_, second) = stage.pay("frida", &cake).await?;
    stage.refund(&first, "1.50").await?;
    let report = stage.aggregation.close_all(&[Book::Postpaid]).await?;
    assert_eq!((report.bills, report.credit_notes), (1, 0));
    let billed = stage.bills("frida")?.pop().unwrap();
    assert_eq!((billed.payments, billed.refunds), (euros("10.00"), euros("1.50")));
    assert_eq!(billed.amount_due, euros("8.50"));

    stage.refund(&second, "2.00").await?;
    let report = stage.aggregation.close_due(stage.now()).await?;
    assert_eq!((report.bills, report.credit_notes), (0, 1));
    let [note] = &stage.credit_notes()?[..] else { panic!("one credit note") };
    assert_eq!((note.bill, note.amount), (billed.position, euros("2.00")));
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.credit_notes, 0);

    stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[Book::Postpaid]).await?;
    assert_eq!(stage.bills("frida")?.pop().unwrap().amount_due, euros("3.00"));
    stage.close()
}

/// Frida complains about a payment.
pub(crate) async fn dispute(
    stage: &Stage,
    order: &PaymentOrder,
    amount: Money,
) -> Result<(DisputeId, Message)> {
    let frida = stage.town.party("frida");
    let dispute = DisputeOrder {
        dispute_id: DisputeId::new(random::uuid()),
        consumer: ConsumerId::new(frida.id.clone()),
        order_id: order.order_id,
        amount,
        reason: Label::parse("Never arrived")?,
        authentication: Authentication {
            capability: Capability::App,
            method: Method::DeviceKey,
            authenticated_at: stage.now(),
            evidence: Vec::new(),
        },
        created_at: stage.now(),
    };
    let signed = Signed::by(&frida, dispute.clone())?;
    let request = stage.aggregation.dispute(stage.town.verify(&signed.document)?);
    let reply = stage.core.request(request).await?;
    Ok((dispute.dispute_id, message(reply.document())?))
}

/// The same, and the complaint is taken.
pub(crate) async fn opened(stage: &Stage, order: &PaymentOrder, amount: Money) -> Result<DisputeId> {
    match dispute(stage, order, amount).await? {
        (id, Message::StatusReport(_)) => Ok(id),
        (_, other) => bail!("answered with {other:?}"),
    }
}

/// The same, and the complaint is refused.
pub(crate) async fn refused(stage: &Stage, order: &PaymentOrder, amount: Money) -> Result<Code> {
    match dispute(stage, order, amount).await? {
        (_, Message::Rejection(rejection)) => Ok(rejection.code),
        (_, other) => bail!("answered with {other:?}"),
    }
}

async fn a_dispute_keeps_the_money_back_until_it_is_decided(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    let (_, won) = stage.pay("frida", &cake).await?;
    let (_, lost) = stage.pay("frida", &cake).await?;
    let (won, lost) =
        (opened(&stage, &won, euros("4.00")).await?, opened(&stage, &lost, euros("5.00")).await?);
    stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;
    // 10.00 less 0.152 of fees less 9.00 in dispute is below the minimum.
    assert_eq!(stage.advices("bakery")?[0].payout, euros("0.00"));

    stage.aggregation.resolve_dispute(lost, Verdict::Merchant).await?;
    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    let again = stage.aggregation.resolve_dispute(won, Verdict::Merchant).await;
    assert_eq!(again, Err(ResolveError::Decided("consumer")));
    assert_eq!(stage.balance("bakery")?, "5.848");
    let report = stage.aggregation.close_all(&[Book::Merchant]).await?;
    assert_eq!(report.credit_notes, 1);
    let advice = stage.advices("bakery")?.pop().unwrap();
    assert_eq!((advice.disputes, advice.payout), (euros("4.00"), euros("5.84")));
    assert_eq!(stage.credit_notes()?[0].amount, euros("4.00"));

    // Everything is paid out: what is decided now stays open until the merchant has earned it.
    let (_, third) = stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let late = opened(&stage, &third, euros("5.00")).await?;
    let lacks = stage.aggregation.resolve_dispute(late, Verdict::Consumer).await;
    assert!(matches!(lacks, Err(ResolveError::MerchantLacks(_))), "{lacks:?}");
    assert_eq!(stage.aggregation.open_disputes(10)?.len(), 1);
    stage.close()
}

async fn a_dispute_is_refused_for_its_reason(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    let (_, order) = stage.pay("frida", &cake).await?;
    let (_, others) = stage.pay("bob", &cake).await?;
    stage.refund(&order, "1.00").await?;
    assert_eq!(refused(&stage, &others, euros("5.00")).await?, Code::UnknownOrder);
    assert_eq!(refused(&stage, &order, euros("4.01")).await?, Code::RefundExceedsPayment);
    let first = opened(&stage, &order, euros("4.00")).await?;
    assert_eq!(refused(&stage, &order, euros("1.00")).await?, Code::DisputeOpen);
    stage.aggregation.resolve_dispute(first, Verdict::Consumer).await?;
    // What a dispute gave back a refund does not give back again.
    assert!(stage.refund(&order, "0.01").await.is_err());
    assert_eq!(refused(&stage, &order, euros("0.01")).await?, Code::RefundExceedsPayment);
    stage.wait(60 * DAY);
    assert_eq!(refused(&stage, &order, euros("0.01")).await?, Code::DisputeTooLate);
    stage.close()
}
