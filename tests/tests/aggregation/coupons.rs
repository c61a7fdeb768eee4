//! Payments with coupons: one sale however many coupons pay it, and what a dispute gives back goes into them.

use aggregation::dispute::{ResolveError, Verdict};
use aggregation::fee::FeeSchedule;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Context as _, Result, ensure};
use core_payment::coupon::{CampaignDeposit, CouponInstruction, Worth};
use payment_domain::{
    Campaign, CampaignId, ConsumerId, CouponAct, CouponId, CouponOrder, CouponTerms, Discount, Label,
    LedgerPosition, MerchantId, Offer, PaymentOrder, RequestId, Sale,
};
use payment_message::inclusion::proves;
use payment_message::{Code, Message};
use tests::database::Database;
use tests::town::{Signed, by_app, euros};
use tests::{on_each_database, random};

use crate::credits::{opened, refused};
use crate::stage::{DAY, Stage, message, micros, terms};

on_each_database!(
    a_payment_with_three_coupons_is_one_sale,
    what_a_dispute_gives_back_goes_into_the_coupons,
    a_dispute_and_refunds_together_give_back_no_more_than_the_coupons_gave,
    a_dispute_about_a_discounted_payment_gives_back_what_was_paid_and_not_the_discount,
    what_an_external_system_was_charged_for_is_disputed_there,
    a_merchant_that_was_paid_out_keeps_a_dispute_about_coupons_open,
    the_audit_sees_value_that_a_dispute_gave_back_and_somebody_changed,
);

/// A quarter for each sale, and a share.
fn dear() -> Terms {
    let fees = FeeSchedule { share_ppm: 15_000, fixed_micros: 250_000, ..terms().fees };
    Terms { fees, ..terms() }
}

/// No fee: a merchant can give everything back.
fn free() -> Terms {
    Terms { fees: FeeSchedule::NONE, ..terms() }
}

/// Frida buys a coupon of the bakery's. Returns the order that bought it, too.
async fn buy(stage: &Stage, price: &str) -> Result<(CouponId, PaymentOrder)> {
    let now = stage.now();
    let draft = stage.town.offer("bakery", price).valid(now, now.saturating_add_millis(DAY));
    let offer = draft
        .with(|offer| {
            offer.sale = Sale::Coupon;
            offer.coupon =
                Some(CouponTerms { expires_at: now.saturating_add_millis(300 * DAY), transferable: true });
        })
        .sign()?;
    stage.core.deposit_offer(stage.town.verify(&offer.document)?).await?;
    let frida = stage.town.party("frida");
    let order = stage.town.order(&offer).by(&frida).made(now).sign()?;
    stage.core.accept_order(stage.town.verify(&order.document)?).await?;
    ensure!(stage.answer("order", true).await? == 1, "nobody is charged");
    let newest = stage.core.coupons(&frida.id)?.into_iter().next().context("no coupon")?;
    Ok((newest.id, order.message))
}

/// Frida pays with coupons, and their bank agrees to every step.
async fn pay_with(stage: &Stage, offer: &Signed<Offer>, coupons: &[CouponId]) -> Result<PaymentOrder> {
    let order = stage.town.order(offer).by(&stage.town.party("frida")).made(stage.now());
    let order = order.with(|order| order.coupons = coupons.to_vec()).sign()?;
    stage.core.accept_order(stage.town.verify(&order.document)?).await?;
    while stage.answer("coupon", true).await? > 0 {}
    let reply = stage.core.accept_order(stage.town.verify(&order.document)?).await?;
    ensure!(matches!(message(reply.document())?, Message::PaymentReceipt(_)), "not paid");
    Ok(order.message)
}

/// What is left of frida's coupons, in the order in which they are named.
fn left(stage: &Stage, coupons: &[CouponId]) -> Result<Vec<String>> {
    let held = stage.core.coupons(&stage.town.party("frida").id)?;
    let worth = |id: &CouponId| match held.iter().find(|coupon| coupon.id == *id)?.worth {
        Worth::Value { remaining, .. } => Some(remaining.decimal()),
        Worth::Discount(_) => None,
    };
    coupons.iter().map(|id| worth(id).context("no such coupon")).collect()
}

async fn three(stage: &Stage) -> Result<[CouponId; 3]> {
    Ok([buy(stage, "4.00").await?.0, buy(stage, "4.00").await?.0, buy(stage, "4.00").await?.0])
}

async fn a_payment_with_three_coupons_is_one_sale(database: Database) -> Result<()> {
    let stage = Stage::open(database, dear()).await?;
    let coupons = three(&stage).await?;
    let (feast, cake) = (stage.offer("bakery", "10.00").await?, stage.offer("bakery", "5.00").await?);
    pay_with(&stage, &feast, &coupons).await?;
    let spent = "SELECT COUNT(*) FROM transfer WHERE kind = 'coupon-spent'";
    assert_eq!(stage.number(spent)?, 3);
    stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;

    let [advice] = &stage.advices("bakery")?[..] else { panic!("one advice") };
    // Two sales: 1.5 % of 15.00, and 0.25 twice.
    assert_eq!((advice.sales, advice.count), (euros("15.00"), 2));
    assert_eq!((advice.fees, advice.payout), (euros("0.725"), euros("14.27")));
    let [bill] = &stage.bills("frida")?[..] else { panic!("one bill") };
    // The coupons were paid for when they were bought.
    assert_eq!((bill.payments, bill.count, bill.lines[0].count), (euros("5.00"), 1, 1));

    // The receipt names all of it, and so does the leaf.
    let settled = stage.number("SELECT settled_at FROM payment WHERE funding = 'coupon'")?;
    let settled = LedgerPosition::new(settled)?;
    let proof = stage.aggregation.inclusion_proof(settled, Side::Merchant, stage.now())?;
    assert_eq!(proof.amount, euros("10.00"));
    assert!(proves(&proof, advice.into()));

    // What goes back is no sale, and takes no fee back.
    pay_with(&stage, &stage.offer("bakery", "1.50").await?, &[coupons[2]]).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let advice = stage.advices("bakery")?.pop().context("no advice")?;
    assert_eq!((advice.sales, advice.count, advice.fees), (euros("1.50"), 1, euros("0.2725")));
    stage.close()
}

async fn what_a_dispute_gives_back_goes_into_the_coupons(database: Database) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let coupons = three(&stage).await?;
    let feast = stage.offer("bakery", "10.00").await?;
    let paid = pay_with(&stage, &feast, &coupons).await?;
    assert_eq!(left(&stage, &coupons)?, ["0.00", "0.00", "2.00"]);

    let (before, owed) = (stage.balance("frida")?, stage.number("SELECT COUNT(*) FROM credit")?);
    let won = opened(&stage, &paid, euros("5.00")).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let advice = stage.advices("bakery")?.pop().context("no advice")?;
    assert_eq!((advice.payout, advice.carried), (euros("5.00"), euros("5.00")), "half is kept back");
    stage.answer("payout", true).await?;

    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    // The one that was named last first, as when its merchant gives back; and nothing of it is money.
    assert_eq!(left(&stage, &coupons)?, ["0.00", "3.00", "4.00"]);
    assert_eq!(stage.balance("frida")?, before);
    assert_eq!(stage.balance("bakery")?, "0.00");
    let value = "SELECT balance FROM account WHERE owner IS NULL AND kind = 'coupon'";
    assert_eq!(stage.number(value)?, micros("7.00"));
    // Their bank is told, or it would decline to spend the value again.
    let told = stage.core.pending_attempts(stage.now().saturating_add_millis(1), None)?;
    let told: Vec<_> = told.iter().map(|a| format!("{} {}", a.operation, a.amount.decimal())).collect();
    assert_eq!(told, ["refund 3.00", "refund 2.00"]);

    stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;
    let advice = stage.advices("bakery")?.pop().context("no advice")?;
    assert_eq!((advice.disputes, advice.refunds, advice.count), (euros("5.00"), euros("0.00"), 0));
    // It was in no bill: no credit note.
    assert_eq!(stage.number("SELECT COUNT(*) FROM credit")?, owed);
    // And it is spent again.
    let again = stage.offer("bakery", "7.00").await?;
    while stage.answer("coupon", true).await? > 0 {}
    pay_with(&stage, &again, &coupons[1..]).await?;
    assert_eq!(left(&stage, &coupons)?, ["0.00", "0.00", "0.00"]);
    stage.close()
}

async fn a_dispute_and_refunds_together_give_back_no_more_than_the_coupons_gave(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let coupons = three(&stage).await?;
    let paid = pay_with(&stage, &stage.offer("bakery", "10.00").await?, &coupons).await?;
    stage.refund(&paid, "1.00").await?;
    assert_eq!(refused(&stage, &paid, euros("9.01")).await?, Code::RefundExceedsPayment);
    let late = opened(&stage, &paid, euros("9.00")).await?;
    // While it is open its merchant gives in, mostly.
    stage.refund(&paid, "6.50").await?;
    stage.aggregation.resolve_dispute(late, Verdict::Consumer).await?;
    assert_eq!(left(&stage, &coupons)?, ["4.00", "4.00", "4.00"]);
    assert!(stage.refund(&paid, "0.000001").await.is_err());
    assert_eq!(refused(&stage, &paid, euros("0.000001")).await?, Code::RefundExceedsPayment);
    let by_dispute = "SELECT SUM(micros) FROM transfer WHERE kind = 'coupon-disputed'";
    assert_eq!(stage.number(by_dispute)?, micros("2.50"));

    let paid = pay_with(&stage, &stage.offer("bakery", "3.00").await?, &coupons[..1]).await?;
    let settled = opened(&stage, &paid, euros("3.00")).await?;
    stage.refund(&paid, "3.00").await?;
    let nothing = stage.aggregation.resolve_dispute(settled, Verdict::Consumer).await;
    assert_eq!(nothing, Err(ResolveError::Refunded));
    stage.aggregation.resolve_dispute(settled, Verdict::Merchant).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    stage.close()
}

/// R24: a discount was never money. It does not become any.
async fn a_dispute_about_a_discounted_payment_gives_back_what_was_paid_and_not_the_discount(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let now = stage.now();
    let campaign = Campaign {
        campaign_id: CampaignId::new(random::uuid()),
        merchant: MerchantId::parse("bakery")?,
        title: Label::parse("Autumn")?,
        item: None,
        discount: Discount::Amount(euros("2.00")),
        coupons: 1,
        valid_from: now,
        valid_until: now.saturating_add_millis(DAY),
    };
    let campaign = stage.town.sign("bakery", campaign)?;
    stage.core.request(CampaignDeposit::new(stage.town.verify(&campaign.document)?)).await?;
    let authentication = by_app();
    let claim = CouponOrder {
        request_id: RequestId::new(random::uuid()),
        consumer: ConsumerId::parse("frida")?,
        act: CouponAct::Claim(campaign.message.campaign_id),
        created_at: authentication.authenticated_at,
        authentication,
    };
    let claim = stage.town.sign("frida", claim)?;
    let reply = stage.core.request(CouponInstruction::new(stage.town.verify(&claim.document)?)).await?;
    let Message::CouponReceipt(claimed) = message(reply.document())? else { panic!("no coupon") };

    let cake = stage.offer("bakery", "5.00").await?;
    let order = stage.town.order(&cake).by(&stage.town.party("frida")).made(stage.now()).amount("3.00");
    let order = order.with(|order| order.coupons = vec![claimed.coupon]).sign()?.document;
    let order = stage.town.verify::<PaymentOrder>(&order)?;
    let paid = order.message().clone();
    stage.core.accept_order(order).await?;
    assert_eq!(stage.balance("frida")?, "-3.00");
    assert_eq!(refused(&stage, &paid, euros("5.00")).await?, Code::RefundExceedsPayment);
    let won = opened(&stage, &paid, euros("3.00")).await?;
    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    assert_eq!((stage.balance("frida")?, stage.balance("bakery")?), ("0.00".to_owned(), "0.00".to_owned()));
    let again = stage.town.order(&cake).by(&stage.town.party("frida")).made(stage.now()).amount("3.00");
    let again = again.with(|order| order.coupons = vec![claimed.coupon]).sign()?;
    let reply = stage.core.accept_order(stage.town.verify(&again.document)?).await?;
    let Message::Rejection(rejection) = message(reply.document())? else { panic!("paid twice") };
    assert_eq!(rejection.code, Code::CouponUsed);
    stage.close()
}

/// R56: a card, and the bank that was charged for a coupon, have their own ways to complain.
async fn what_an_external_system_was_charged_for_is_disputed_there(database: Database) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let (_, bought) = buy(&stage, "4.00").await?;
    assert_eq!(refused(&stage, &bought, euros("4.00")).await?, Code::UnknownOrder);
    let ticket = stage.offer("cinema", "25.00").await?;
    let order = stage.town.order(&ticket).by(&stage.town.party("frida")).made(stage.now()).sign()?;
    stage.core.accept_order(stage.town.verify(&order.document)?).await?;
    assert_eq!(stage.answer("order", true).await?, 1);
    assert_eq!(refused(&stage, &order.message, euros("25.00")).await?, Code::UnknownOrder);
    stage.close()
}

async fn a_merchant_that_was_paid_out_keeps_a_dispute_about_coupons_open(database: Database) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let coupons = three(&stage).await?;
    let paid = pay_with(&stage, &stage.offer("bakery", "10.00").await?, &coupons).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    stage.answer("payout", true).await?;
    let open = opened(&stage, &paid, euros("10.00")).await?;
    let lacks = stage.aggregation.resolve_dispute(open, Verdict::Consumer).await;
    assert_eq!(lacks, Err(ResolveError::MerchantLacks(euros("0.00"))));
    assert_eq!(left(&stage, &coupons)?, ["0.00", "0.00", "2.00"]);
    stage.audit()?;
    stage.pay("gustav", &stage.offer("bakery", "10.00").await?).await?;
    stage.aggregation.resolve_dispute(open, Verdict::Consumer).await?;
    assert_eq!(left(&stage, &coupons)?, ["4.00", "4.00", "4.00"]);
    stage.close()
}

async fn the_audit_sees_value_that_a_dispute_gave_back_and_somebody_changed(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, free()).await?;
    let coupons = three(&stage).await?;
    let paid = pay_with(&stage, &stage.offer("bakery", "10.00").await?, &coupons).await?;
    let won = opened(&stage, &paid, euros("5.00")).await?;
    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    stage.audit()?;
    stage.tamper(&[
        ("UPDATE transfer SET micros = micros + 1 WHERE kind = 'coupon-disputed'", "its uses are not"),
        ("DELETE FROM transfer WHERE kind = 'coupon-disputed'", "its uses are not"),
        ("UPDATE transfer SET kind = 'dispute' WHERE kind = 'coupon-disputed'", "its uses are not"),
        ("UPDATE payment SET refunded_micros = 0 WHERE funding = 'coupon'", "its refunds differ"),
    ])
}
