//! Bills, statements, payout advices, credit notes, reminders and proofs of inclusion (R8, R53). They answer nothing: what is known
//! of them is their position.
//!
//! A line is three elements in a row, and a message stays a flat list: `lineMerchant`, `lineCount`, `lineAmount`.

use payment_domain::{Bill, CreditNote, InclusionProof, Line, PayoutAdvice, Reminder, Statement};

use super::reader::Fields;
use super::writer::Elements;
use super::{InvalidMessage, Layout, MessageId};

fn write_lines(elements: &mut Elements, lines: &[Line]) {
    for line in lines {
        elements.put("lineMerchant", &line.merchant);
        elements.put("lineCount", &line.count);
        elements.put_money("lineAmount", line.amount);
    }
}

fn read_lines(fields: &mut Fields<'_>) -> Result<Vec<Line>, InvalidMessage> {
    let mut lines = Vec::new();
    while lines.len() < Bill::MAX_LINES && fields.next_is("lineMerchant") {
        lines.push(Line {
            merchant: fields.take("lineMerchant")?,
            count: fields.take("lineCount")?,
            amount: fields.take_amount("lineAmount")?,
        });
    }
    Ok(lines)
}

impl Layout for Bill {
    fn write(&self, elements: &mut Elements) {
        elements.put("position", &self.position);
        elements.put("consumer", &self.consumer);
        elements.put("from", &self.from);
        elements.put("to", &self.to);
        elements.put_money("opening", self.opening);
        elements.put_money("payments", self.payments);
        elements.put("count", &self.count);
        elements.put_money("refunds", self.refunds);
        elements.put_money("credits", self.credits);
        elements.put_money("amountDue", self.amount_due);
        elements.put_money("carried", self.carried);
        elements.put("root", &self.root);
        write_lines(elements, &self.lines);
        elements.put("dueAt", &self.due_at);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let bill = Self {
            position: fields.take("position")?,
            consumer: fields.take("consumer")?,
            from: fields.take("from")?,
            to: fields.take("to")?,
            opening: fields.take_signed("opening")?,
            payments: fields.take_total("payments")?,
            count: fields.take("count")?,
            refunds: fields.take_total("refunds")?,
            credits: fields.take_signed("credits")?,
            amount_due: fields.take_total("amountDue")?,
            carried: fields.take_signed("carried")?,
            root: fields.take("root")?,
            lines: read_lines(fields)?,
            due_at: fields.take("dueAt")?,
            issued_at: fields.take("issuedAt")?,
        };
        bill.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}

impl Layout for Statement {
    fn write(&self, elements: &mut Elements) {
        elements.put("position", &self.position);
        elements.put("consumer", &self.consumer);
        elements.put("from", &self.from);
        elements.put("to", &self.to);
        elements.put_money("opening", self.opening);
        elements.put_money("topUps", self.top_ups);
        elements.put_money("payments", self.payments);
        elements.put("count", &self.count);
        elements.put_money("refunds", self.refunds);
        elements.put_money("redemptions", self.redemptions);
        elements.put_money("other", self.other);
        elements.put_money("closing", self.closing);
        elements.put("root", &self.root);
        write_lines(elements, &self.lines);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let statement = Self {
            position: fields.take("position")?,
            consumer: fields.take("consumer")?,
            from: fields.take("from")?,
            to: fields.take("to")?,
            opening: fields.take_signed("opening")?,
            top_ups: fields.take_total("topUps")?,
            payments: fields.take_total("payments")?,
            count: fields.take("count")?,
            refunds: fields.take_total("refunds")?,
            redemptions: fields.take_total("redemptions")?,
            other: fields.take_signed("other")?,
            closing: fields.take_signed("closing")?,
            root: fields.take("root")?,
            lines: read_lines(fields)?,
            issued_at: fields.take("issuedAt")?,
        };
        statement.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}

impl Layout for PayoutAdvice {
    fn write(&self, elements: &mut Elements) {
        elements.put("position", &self.position);
        elements.put("merchant", &self.merchant);
        elements.put("from", &self.from);
        elements.put("to", &self.to);
        elements.put_money("opening", self.opening);
        elements.put_money("sales", self.sales);
        elements.put("count", &self.count);
        elements.put_money("refunds", self.refunds);
        elements.put_money("disputes", self.disputes);
        elements.put_money("fees", self.fees);
        elements.put_money("other", self.other);
        elements.put_money("payout", self.payout);
        elements.put_money("carried", self.carried);
        elements.put("root", &self.root);
        elements.put("reference", &self.reference);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        let advice = Self {
            position: fields.take("position")?,
            merchant: fields.take("merchant")?,
            from: fields.take("from")?,
            to: fields.take("to")?,
            opening: fields.take_signed("opening")?,
            sales: fields.take_total("sales")?,
            count: fields.take("count")?,
            refunds: fields.take_total("refunds")?,
            disputes: fields.take_total("disputes")?,
            fees: fields.take_total("fees")?,
            other: fields.take_signed("other")?,
            payout: fields.take_total("payout")?,
            carried: fields.take_signed("carried")?,
            root: fields.take("root")?,
            reference: fields.take("reference")?,
            issued_at: fields.take("issuedAt")?,
        };
        advice.checked().map_err(|error| fields.contradiction(&error))
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}

impl Layout for CreditNote {
    fn write(&self, elements: &mut Elements) {
        elements.put("position", &self.position);
        elements.put("bill", &self.bill);
        elements.put("consumer", &self.consumer);
        elements.put_money("amount", self.amount);
        elements.put("reason", &self.reason);
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            position: fields.take("position")?,
            bill: fields.take("bill")?,
            consumer: fields.take("consumer")?,
            amount: fields.take_amount("amount")?,
            reason: fields.take("reason")?,
            issued_at: fields.take("issuedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}

impl Layout for Reminder {
    fn write(&self, elements: &mut Elements) {
        elements.put("position", &self.position);
        elements.put("bill", &self.bill);
        elements.put("consumer", &self.consumer);
        elements.put("number", &self.number);
        elements.put_money("amountDue", self.amount_due);
        elements.put_money("open", self.open);
        elements.put_money("fee", self.fee);
        elements.put("suspended", &self.suspended);
        elements.put_optional("payBy", self.pay_by.as_ref());
        elements.put("reference", &self.reference);
        elements.put_optional("payTo", self.pay_to.as_ref());
        elements.put("issuedAt", &self.issued_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            position: fields.take("position")?,
            bill: fields.take("bill")?,
            consumer: fields.take("consumer")?,
            number: fields.take("number")?,
            amount_due: fields.take_amount("amountDue")?,
            open: fields.take_amount("open")?,
            fee: fields.take_total("fee")?,
            suspended: fields.take("suspended")?,
            pay_by: fields.take_optional("payBy")?,
            reference: fields.take("reference")?,
            pay_to: fields.take_optional("payTo")?,
            issued_at: fields.take("issuedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}

impl Layout for InclusionProof {
    fn write(&self, elements: &mut Elements) {
        elements.put("bill", &self.bill);
        elements.put("payment", &self.payment);
        elements.put_money("amount", self.amount);
        elements.put("index", &self.index);
        elements.put("count", &self.count);
        for neighbour in &self.path {
            elements.put("neighbour", neighbour);
        }
        elements.put("root", &self.root);
        elements.put("provedAt", &self.proved_at);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, InvalidMessage> {
        Ok(Self {
            bill: fields.take("bill")?,
            payment: fields.take("payment")?,
            amount: fields.take_amount("amount")?,
            index: fields.take("index")?,
            count: fields.take("count")?,
            path: fields.take_some("neighbour", Self::MAX_PATH)?,
            root: fields.take("root")?,
            proved_at: fields.take("provedAt")?,
        })
    }

    fn id(&self) -> Option<MessageId> {
        None
    }
}
