//! The demo's table, and the check of every receipt in it.

use std::io::Write;
use std::time::Duration;

use payment_domain::{CouponId, Label, Money};
use payment_message::Message;
use payment_trust::Chain;

use super::client::{Exchange, read};
use super::script::Expected;
use crate::document;

/// Prints what happened and remembers whether it should have.
pub(crate) struct Report {
    chain: Chain,
    receipts: Vec<Vec<u8>>,
    surprises: u32,
}

/// What was asked.
pub(crate) struct Line<'l> {
    pub(crate) terminal: &'l str,
    pub(crate) what: &'l str,
    pub(crate) amount: Money,
    pub(crate) method: &'l str,
}

impl Report {
    pub(crate) const fn new(chain: Chain) -> Self {
        Self { chain, receipts: Vec::new(), surprises: 0 }
    }

    /// The signed receipts so far.
    pub(crate) fn receipts(&self) -> &[Vec<u8>] {
        &self.receipts
    }

    /// The coupon that was got last.
    pub(crate) fn coupon(&self) -> Option<CouponId> {
        self.receipts.iter().rev().find_map(|receipt| match read(receipt) {
            Ok(Message::CouponReceipt(receipt)) => Some(receipt.coupon),
            _ => None,
        })
    }

    pub(crate) fn head(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let columns =
            ["terminal", "item", "amount", "authentication", "mode", "rule or reason", "receipt", "ms"];
        print(columns, out)
    }

    /// A line without an end yet.
    pub(crate) fn pending(
        &self,
        line: &Line<'_>,
        exchange: &Exchange,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let Message::StatusReport(report) = &exchange.reply else { return Ok(()) };
        self.row(line, [report.state.as_str(), "asked the external system", "-"], exchange.took, out)
    }

    /// A line, its receipt, and whether it is what should have come.
    pub(crate) fn add(
        &mut self,
        line: &Line<'_>,
        exchange: &Exchange,
        expected: Expected,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let (mode, rule, receipt) = describe(&exchange.reply);
        self.row(line, [&mode, &rule, &receipt], exchange.took, out)?;
        if matches!(
            exchange.reply,
            Message::PaymentReceipt(_)
                | Message::RefundReceipt(_)
                | Message::TopUpReceipt(_)
                | Message::CouponReceipt(_)
        ) {
            self.receipts.push(exchange.document.clone());
        }
        if !expected.is(exchange.status, &exchange.reply) {
            self.surprises = self.surprises.saturating_add(1);
            writeln!(out, "  ^ not as it should be: expected {expected:?}, got HTTP {}", exchange.status)?;
        }
        Ok(())
    }

    /// Verifies every receipt with the authorities' certificates alone. True if all is well.
    pub(crate) fn verify(&self, out: &mut impl Write) -> anyhow::Result<bool> {
        let mut bad = 0_u32;
        for receipt in &self.receipts {
            if let Err(error) = document::check(receipt, &self.chain, None, None) {
                bad = bad.saturating_add(1);
                writeln!(out, "a receipt does not verify: {error:#}")?;
            }
        }
        let count = self.receipts.len();
        if bad == 0 && self.surprises == 0 {
            writeln!(out, "\nAll went as it should, and all {count} receipts verify offline.")?;
        } else {
            writeln!(out, "\n{} surprises; {bad} of {count} receipts do not verify.", self.surprises)?;
        }
        Ok(bad == 0 && self.surprises == 0 && count > 0)
    }

    fn row(
        &self,
        line: &Line<'_>,
        [mode, rule, receipt]: [&str; 3],
        took: Duration,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let ms = took.as_millis().to_string();
        print(
            [line.terminal, line.what, &line.amount.to_string(), line.method, mode, rule, receipt, &ms],
            out,
        )
    }
}

/// Mode, rule or reason, and the receipt's place in the ledger.
fn describe(reply: &Message) -> (String, String, String) {
    let none = || "-".to_owned();
    match reply {
        Message::PaymentReceipt(receipt) => {
            (receipt.mode.to_string(), rule_name(&receipt.rule), receipt.position.to_string())
        }
        Message::RefundReceipt(receipt) => {
            let total = format!("{} back in all", receipt.refunded_total);
            ("refund".to_owned(), total, receipt.position.to_string())
        }
        Message::TopUpReceipt(receipt) => {
            let balance = format!("{} on the account", receipt.balance);
            ("top-up".to_owned(), balance, receipt.position.to_string())
        }
        Message::CouponReceipt(receipt) => {
            let left = format!("{} to spend", receipt.remaining);
            ("coupon".to_owned(), left, receipt.position.to_string())
        }
        Message::Rejection(rejection) => {
            let rule = rejection.rule.as_ref().map(rule_name);
            match rejection.challenge {
                Some(challenge) => {
                    ("step-up".to_owned(), rule.unwrap_or_else(none), format!("ask for {challenge}"))
                }
                None => ("refused".to_owned(), rule.unwrap_or_else(none), rejection.code.to_string()),
            }
        }
        Message::StatusReport(report) => (report.state.to_string(), none(), none()),
        other => (other.kind().as_str().to_owned(), none(), none()),
    }
}

/// The rule without its policy, which is the same everywhere here: `eu-default`.
fn rule_name(rule: &Label) -> String {
    let text = rule.as_str();
    text.split_once('/').map_or(text, |(_, name)| name).to_owned()
}

fn print(columns: [&str; 8], out: &mut impl Write) -> anyhow::Result<()> {
    let [terminal, item, amount, method, mode, rule, receipt, ms] = columns;
    writeln!(
        out,
        "{terminal:<15} {item:<22} {amount:>9} {method:<15} {mode:<10} {rule:<25} {receipt:<22} {ms:>4}"
    )?;
    Ok(out.flush()?)
}
