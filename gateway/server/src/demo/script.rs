//! What is bought, from which terminal, and what must come of it.

use std::io::Write;

use anyhow::{Context as _, ensure};
use payment_domain::{Capability, Method, Mode};
use payment_message::{Code, Message, State};

use super::report::{Line, Report};
use super::stage::{SignedOrder, Stage};

/// One purchase.
struct Purchase {
    consumer: &'static str,
    terminal: Capability,
    item: &'static str,
    method: Method,
    expected: Expected,
}

/// What must come of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A receipt at once.
    Paid(Mode),
    /// "Pending", and a receipt later.
    PaidLater,
    /// A refusal.
    Refused(Code),
    /// Money back.
    Refunded,
    /// Money on a prepaid account.
    ToppedUp,
    /// A coupon.
    Coupon,
    /// Money that the merchant may take.
    Authorised,
}

const AGGREGATED: Expected = Expected::Paid(Mode::Aggregated);
const SINGLE: Expected = Expected::Paid(Mode::Single);
const STEP_UP: Expected = Expected::Refused(Code::StepUpRequired);

const fn buy(
    consumer: &'static str,
    terminal: Capability,
    item: &'static str,
    method: Method,
    expected: Expected,
) -> Purchase {
    Purchase { consumer, terminal, item, method, expected }
}

/// After each step-up comes the stronger order.
const PURCHASES: &[Purchase] = {
    use {Capability as C, Method as M};
    &[
        buy("alice", C::App, "news-page", M::DeviceKey, AGGREGATED),
        buy("alice", C::App, "concert", M::DeviceKey, SINGLE),
        buy("emil", C::App, "concert", M::DeviceKey, Expected::PaidLater),
        buy("fay", C::App, "concert", M::DeviceKey, Expected::Refused(Code::Declined)),
        buy("bruno", C::Passkey, "park-1h", M::Passkey, AGGREGATED),
        buy("bruno", C::Passkey, "concert", M::OneTimeCode, STEP_UP),
        buy("bruno", C::Passkey, "concert", M::Passkey, SINGLE),
        buy("chloe", C::Passkey, "tram-1h", M::Passkey, SINGLE),
        buy("dora", C::Browser, "news-page", M::OneTimeCode, AGGREGATED),
        buy("dora", C::Browser, "park-1h", M::OneTimeCode, Expected::Refused(Code::InsufficientFunds)),
        buy("chloe", C::Browser, "park-day", M::OneTimeCode, SINGLE),
        buy("chloe", C::Browser, "concert", M::OneTimeCode, Expected::Refused(Code::OverLimit)),
        buy("bruno", C::Wap, "park-1h", M::MsisdnPin, AGGREGATED),
        buy("bruno", C::Wap, "park-evening", M::MsisdnPin, STEP_UP),
        buy("bruno", C::Wap, "park-evening", M::MsisdnPinCode, AGGREGATED),
        buy("bruno", C::Sms, "tram-1h", M::MsisdnCode, AGGREGATED),
        buy("bruno", C::Sms, "park-1h", M::MsisdnCode, Expected::Refused(Code::OverLimit)),
        buy("bruno", C::Sms, "news-page", M::Msisdn, STEP_UP),
        buy("bruno", C::Sms, "news-page", M::MsisdnCode, AGGREGATED),
    ]
};

/// Plays it all.
pub(crate) async fn play(stage: &mut Stage, report: &mut Report, out: &mut impl Write) -> anyhow::Result<()> {
    let mut orders = Vec::new();
    for purchase in PURCHASES {
        let order = purchase.make(stage, report, out).await?;
        orders.push(order);
    }
    let order = |index: usize| orders.get(index).context("an order of the script");
    repeat(stage, report, order(0)?, out).await?;
    forge(stage, report, out).await?;
    refund(stage, report, ("Concert, part refund", order(1)?, "15.00", Expected::Refunded), out).await?;
    refund(stage, report, ("Parking, refund", order(4)?, "2.50", Expected::Refunded), out).await?;
    let too_much = Expected::Refused(Code::RefundExceedsPayment);
    refund(stage, report, ("Parking, refund again", order(4)?, "2.50", too_much), out).await?;
    top_up(stage, report, out).await?;
    coupon(stage, report, out).await?;
    capture(stage, report, out).await
}

impl Purchase {
    async fn make(
        &self,
        stage: &mut Stage,
        report: &mut Report,
        out: &mut impl Write,
    ) -> anyhow::Result<SignedOrder> {
        let order = stage.order(self.consumer, self.item, self.terminal, self.method)?;
        let title = stage.offer(self.item)?.title.clone();
        let mut exchange = stage.send(&order).await?;
        let line = Line {
            terminal: self.terminal.as_str(),
            what: title.as_str(),
            amount: order.order.amount,
            method: self.method.as_str(),
        };
        if self.expected == Expected::PaidLater {
            report.pending(&line, &exchange, out)?;
            exchange = stage.await_receipt(self.consumer, &order).await?;
        }
        report.add(&line, &exchange, self.expected, out)?;
        Ok(order)
    }
}

/// The same bytes again, as after a lost answer: the same receipt, and nothing is paid twice.
async fn repeat(
    stage: &mut Stage,
    report: &mut Report,
    order: &SignedOrder,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let first = stage.send(order).await?;
    let again = stage.send(order).await?;
    ensure!(first.document == again.document, "a repeated order was answered with another receipt");
    let line = Line {
        terminal: "app",
        what: "The first order again",
        amount: order.order.amount,
        method: order.order.method.as_str(),
    };
    report.add(&line, &again, AGGREGATED, out)
}

/// An order whose amount is changed after it was signed.
async fn forge(stage: &mut Stage, report: &mut Report, out: &mut impl Write) -> anyhow::Result<()> {
    let order = stage.order("alice", "concert", Capability::App, Method::DeviceKey)?;
    let text = String::from_utf8(order.document)?;
    let forged = text.replace(">45.00<", ">0.45<");
    ensure!(forged != text, "nothing to forge");
    let exchange = stage.send_as("forged", forged.as_bytes()).await?;
    let line = Line {
        terminal: "app",
        what: "Concert, price forged",
        amount: super::stage::eur("0.45")?,
        method: Method::DeviceKey.as_str(),
    };
    report.add(&line, &exchange, Expected::Refused(Code::SignatureInvalid), out)
}

async fn refund(
    stage: &mut Stage,
    report: &mut Report,
    (what, order, amount, expected): (&str, &SignedOrder, &str, Expected),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let exchange = stage.refund(&order.order, amount).await?;
    let line = Line { terminal: "merchant", what, amount: super::stage::eur(amount)?, method: "-" };
    report.add(&line, &exchange, expected, out)
}

/// By card into the account: what is bought from it asks no bank.
async fn top_up(stage: &mut Stage, report: &mut Report, out: &mut impl Write) -> anyhow::Result<()> {
    let exchange = stage.top_up("alice", "10.00").await?;
    let amount = super::stage::eur("10.00")?;
    let line = Line { terminal: "app", what: "Top-up by card", amount, method: Method::DeviceKey.as_str() };
    report.add(&line, &exchange, Expected::ToppedUp, out)
}

/// A coupon is bought, and pays a ticket.
async fn coupon(stage: &mut Stage, report: &mut Report, out: &mut impl Write) -> anyhow::Result<()> {
    let by_app = (Capability::App, Method::DeviceKey);
    let bought = buy("alice", by_app.0, "tram-carnet", by_app.1, Expected::Coupon);
    bought.make(stage, report, out).await?;
    let coupon = report.coupon().context("no coupon was bought")?;
    let order = stage.order_with("alice", "tram-1h", by_app, vec![coupon])?;
    let exchange = stage.send(&order).await?;
    let amount = order.order.amount;
    let line = Line { terminal: "app", what: "Tram, by the carnet", amount, method: by_app.1.as_str() };
    report.add(&line, &exchange, SINGLE, out)
}

/// Money is set aside when a car is parked, and a part of it is taken when it leaves.
async fn capture(stage: &mut Stage, report: &mut Report, out: &mut impl Write) -> anyhow::Result<()> {
    let set_aside = buy("alice", Capability::App, "park-until", Method::DeviceKey, Expected::Authorised);
    let order = set_aside.make(stage, report, out).await?;
    let exchange = stage.capture(&order.order, "7.50").await?;
    let amount = super::stage::eur("7.50")?;
    let line = Line { terminal: "merchant", what: "Parking, until now", amount, method: "-" };
    report.add(&line, &exchange, SINGLE, out)
}

impl Expected {
    /// Whether this is the answer that should come.
    pub(crate) fn is(self, status: u16, reply: &Message) -> bool {
        match (self, reply) {
            (Self::Paid(mode), Message::PaymentReceipt(receipt)) => status == 200 && receipt.mode == mode,
            (Self::PaidLater, Message::PaymentReceipt(receipt)) => {
                status == 200 && receipt.mode == Mode::Single
            }
            (Self::Refused(code), Message::Rejection(rejection)) => status >= 400 && rejection.code == code,
            (Self::Refunded, Message::RefundReceipt(_))
            | (Self::ToppedUp, Message::TopUpReceipt(_))
            | (Self::Coupon, Message::CouponReceipt(_)) => status == 200,
            (Self::Authorised, Message::StatusReport(report)) => report.state == State::Authorised,
            _ => false,
        }
    }
}
