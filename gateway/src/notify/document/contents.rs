//! What stands on each kind of document. Amounts that reduce others are shown with a minus; lines of nothing are left out.

use payment_domain::{
    Bill, CouponReceipt, CreditNote, Digest, Label, Line, Money, PayoutAdvice, Reminder, Statement, Timestamp,
};

use super::amount::{amount, column, count, date, moment};
use super::sheet::{Fact, Sheet, Sum, Table};

/// A sheet, the subject of its letter, and what its files are called.
pub(super) type Contents = (Sheet, String, String);

/// How an amount counts in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// Adds; left out if it is nothing.
    Plus,
    /// Takes away; left out if it is nothing.
    Minus,
    /// Shown whatever it is.
    Always,
    /// What it all comes to.
    Total,
}

pub(super) fn bill(bill: &Bill, issuer: &Label) -> Contents {
    let stem = format!("bill-{}", bill.position);
    let due = date(bill.due_at);
    let sheet = Sheet {
        title: format!("Bill {}", bill.position),
        issuer: issuer.to_string(),
        facts: facts([
            ("For", bill.consumer.to_string()),
            ("Period", period(bill.from, bill.to)),
            ("Issued", moment(bill.issued_at)),
            ("To be paid by", due.clone()),
        ]),
        sums: account(&[
            ("Carried from before".to_owned(), bill.opening, Entry::Plus),
            (counted("Payments", bill.count), bill.payments, Entry::Always),
            ("Refunds".to_owned(), bill.refunds, Entry::Minus),
            ("Paid and credited".to_owned(), bill.credits, Entry::Minus),
            ("Amount due".to_owned(), bill.amount_due, Entry::Total),
            ("Carried to the next bill".to_owned(), bill.carried, Entry::Plus),
        ]),
        table: merchants(&bill.lines),
        notes: notes("bill", &stem, &bill.lines, Some(bill.root)),
        issued_at: bill.issued_at,
    };
    let subject = format!("Bill {}: {}, to be paid by {due}", bill.position, amount(bill.amount_due));
    (sheet, subject, stem)
}

pub(super) fn statement(statement: &Statement, issuer: &Label) -> Contents {
    let stem = format!("statement-{}", statement.position);
    let sheet = Sheet {
        title: format!("Statement {}", statement.position),
        issuer: issuer.to_string(),
        facts: facts([
            ("For", statement.consumer.to_string()),
            ("Period", period(statement.from, statement.to)),
            ("Issued", moment(statement.issued_at)),
        ]),
        sums: account(&[
            ("On the account before".to_owned(), statement.opening, Entry::Always),
            ("Paid in".to_owned(), statement.top_ups, Entry::Plus),
            (counted("Payments", statement.count), statement.payments, Entry::Minus),
            ("Refunds".to_owned(), statement.refunds, Entry::Plus),
            ("Changed back to money".to_owned(), statement.redemptions, Entry::Minus),
            ("Other".to_owned(), statement.other, Entry::Plus),
            ("On the account now".to_owned(), statement.closing, Entry::Total),
        ]),
        table: merchants(&statement.lines),
        notes: {
            let mut notes = vec!["Nothing is to be paid.".to_owned()];
            notes.extend(self::notes("statement", &stem, &statement.lines, Some(statement.root)));
            notes
        },
        issued_at: statement.issued_at,
    };
    let subject = format!("Statement {}: {} on the account", statement.position, amount(statement.closing));
    (sheet, subject, stem)
}

pub(super) fn payout_advice(advice: &PayoutAdvice, issuer: &Label) -> Contents {
    let stem = format!("payout-{}", advice.position);
    let sheet = Sheet {
        title: format!("Payout advice {}", advice.position),
        issuer: issuer.to_string(),
        facts: facts([
            ("For", advice.merchant.to_string()),
            ("Period", period(advice.from, advice.to)),
            ("Issued", moment(advice.issued_at)),
            ("Reference", advice.reference.to_string()),
        ]),
        sums: account(&[
            ("On the account before".to_owned(), advice.opening, Entry::Plus),
            (counted("Sales", advice.count), advice.sales, Entry::Always),
            ("Refunds".to_owned(), advice.refunds, Entry::Minus),
            ("Disputes".to_owned(), advice.disputes, Entry::Minus),
            ("Fees".to_owned(), advice.fees, Entry::Minus),
            ("Other".to_owned(), advice.other, Entry::Plus),
            ("Paid out".to_owned(), advice.payout, Entry::Total),
            ("Stays on the account".to_owned(), advice.carried, Entry::Plus),
        ]),
        table: None,
        notes: notes("payout advice", &stem, &[], Some(advice.root)),
        issued_at: advice.issued_at,
    };
    let subject = format!("Payout advice {}: {}", advice.position, amount(advice.payout));
    (sheet, subject, stem)
}

pub(super) fn credit_note(note: &CreditNote, issuer: &Label) -> Contents {
    let stem = format!("credit-note-{}", note.position);
    let sheet = Sheet {
        title: format!("Credit note {}", note.position),
        issuer: issuer.to_string(),
        facts: facts([
            ("For", note.consumer.to_string()),
            ("Bill", note.bill.to_string()),
            ("Reason", note.reason.to_string()),
            ("Issued", moment(note.issued_at)),
        ]),
        sums: account(&[("Credited".to_owned(), note.amount, Entry::Total)]),
        table: None,
        notes: {
            let mut notes = vec!["The credit is on the account; the next bill shows it.".to_owned()];
            notes.extend(self::notes("credit note", &stem, &[], None));
            notes
        },
        issued_at: note.issued_at,
    };
    let subject = format!("Credit note {}: {} on bill {}", note.position, amount(note.amount), note.bill);
    (sheet, subject, stem)
}

pub(super) fn reminder(reminder: &Reminder, issuer: &Label) -> Contents {
    let stem = format!("reminder-{}", reminder.position);
    let open = amount(reminder.open);
    let by = reminder.pay_by.map_or_else(|| "at once".to_owned(), |at| format!("by {}", date(at)));
    // The last letter says that payments are suspended, and asks for nothing that the ones before did not.
    let is_last = reminder.pay_by.is_none();
    let title = match is_last {
        true => format!("Payments suspended: bill {} is not paid", reminder.bill),
        false => format!("Reminder {} of bill {}", count(reminder.number), reminder.bill),
    };
    let paid = reminder.amount_due.checked_sub(reminder.open);
    let paid = paid.unwrap_or(Money::zero(reminder.open.currency()));
    let mut facts = facts([
        ("For", reminder.consumer.to_string()),
        ("Bill", reminder.bill.to_string()),
        ("Reminders", count(reminder.number)),
        ("Issued", moment(reminder.issued_at)),
        ("To be paid", by.clone()),
        ("Reference", reminder.reference.to_string()),
    ]);
    if let Some(account) = &reminder.pay_to {
        facts.push(Fact { label: "To the account".to_owned(), value: account.to_string() });
    }
    let how = match &reminder.pay_to {
        Some(account) => {
            format!("Please transfer {open} to {account}, with the reference {}.", reminder.reference)
        }
        None => format!("Please pay {open}, with the reference {}.", reminder.reference),
    };
    let mut notes = vec![format!("{how} To be paid {by}.")];
    if reminder.fee.micros() > 0 {
        let fee = amount(reminder.fee);
        notes.push(format!("This reminder costs {fee}: the next bill asks for it, do not add it now."));
    }
    if is_last {
        notes.push(
            "Payments are suspended: nothing can be paid from the account before this is paid.".to_owned(),
        );
    } else if reminder.suspended {
        notes.push("Payments are suspended: nothing can be paid from the account now.".to_owned());
    }
    notes.push("If you have paid in the meantime, take this letter as settled.".to_owned());
    notes.extend(self::notes("reminder", &stem, &[], None));
    let sheet = Sheet {
        title: title.clone(),
        issuer: issuer.to_string(),
        facts,
        sums: account(&[
            ("The bill asked for".to_owned(), reminder.amount_due, Entry::Always),
            ("Paid and credited since".to_owned(), paid, Entry::Minus),
            ("Open".to_owned(), reminder.open, Entry::Total),
        ]),
        table: None,
        notes,
        issued_at: reminder.issued_at,
    };
    (sheet, format!("{title}: {open}, to be paid {by}"), stem)
}

pub(super) fn coupon(receipt: &CouponReceipt, issuer: &Label) -> Contents {
    let stem = format!("coupon-{}", receipt.position);
    let until = moment(receipt.expires_at);
    let sheet = Sheet {
        title: format!("Coupon for {}", receipt.merchant),
        issuer: issuer.to_string(),
        facts: facts([
            ("For", receipt.holder.to_string()),
            ("Series", receipt.series.to_string()),
            ("Coupon", receipt.coupon.to_string()),
            ("Spend before", until.clone()),
            ("Issued", moment(receipt.issued_at)),
        ]),
        sums: account(&[
            ("Paid for it".to_owned(), receipt.face, Entry::Always),
            ("Left of it".to_owned(), receipt.remaining, Entry::Total),
        ]),
        table: None,
        notes: {
            let mut notes = vec!["It is kept for you: name it when you pay this merchant.".to_owned()];
            notes.extend(self::notes("coupon", &stem, &[], None));
            notes
        },
        issued_at: receipt.issued_at,
    };
    let subject = format!("Coupon for {}: {}, until {until}", receipt.merchant, amount(receipt.remaining));
    (sheet, subject, stem)
}

fn facts<const N: usize>(facts: [(&str, String); N]) -> Vec<Fact> {
    facts.into_iter().map(|(label, value)| Fact { label: label.to_owned(), value }).collect()
}

fn account(entries: &[(String, Money, Entry)]) -> Vec<Sum> {
    let shown = |(_, money, entry): &&(String, Money, Entry)| {
        money.micros() != 0 || matches!(entry, Entry::Always | Entry::Total)
    };
    let entries: Vec<_> = entries.iter().filter(shown).collect();
    let signed = |(_, money, entry): &&(String, Money, Entry)| match entry {
        Entry::Minus => Money::zero(money.currency()).checked_sub(*money).unwrap_or(*money),
        Entry::Plus | Entry::Always | Entry::Total => *money,
    };
    let amounts = column(&entries.iter().map(signed).collect::<Vec<_>>());
    let sum = |((label, money, entry), aligned): (&(String, Money, Entry), String)| match entry {
        // What is paid is written as it is paid, in whole minor units.
        Entry::Total => Sum { label: label.clone(), amount: amount(*money), is_total: true },
        _ => Sum { label: label.clone(), amount: aligned, is_total: false },
    };
    entries.into_iter().zip(amounts).map(sum).collect()
}

fn merchants(lines: &[Line]) -> Option<Table> {
    if lines.is_empty() {
        return None;
    }
    let amounts = column(&lines.iter().map(|line| line.amount).collect::<Vec<_>>());
    let row = |(line, amount): (&Line, String)| (line.merchant.to_string(), count(line.count), amount);
    Some(Table {
        title: "Payments by merchant".to_owned(),
        heads: ("Merchant".to_owned(), "Payments".to_owned(), "Amount".to_owned()),
        rows: lines.iter().zip(amounts).map(row).collect(),
    })
}

fn notes(kind: &str, stem: &str, lines: &[Line], root: Option<Digest>) -> Vec<String> {
    let mut notes = Vec::new();
    if lines.len() >= Bill::MAX_LINES {
        notes.push(format!(
            "The first {} merchants are listed; the sum of the payments holds all of them.",
            count(u64::try_from(lines.len()).unwrap_or(u64::MAX))
        ));
    }
    notes.push(format!(
        "The signed {kind} is the file {stem}.xml that comes with this one; it alone is binding."
    ));
    if let Some(root) = root {
        notes.push(format!(
            "Whoever has the receipt of a payment can check without us that the payment is in this {kind} \
             (meteore verify-inclusion). Merkle root: {root}"
        ));
    }
    notes
}

/// To the minute: a period can also end because enough has come together.
fn period(from: Timestamp, to: Timestamp) -> String {
    format!("{} to {}", moment(from), moment(to))
}

fn counted(what: &str, number: u64) -> String {
    format!("{what} ({})", count(number))
}
