//! Bills and statements: what was paid in a period, what is due, and the proof that each payment is inside what was signed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use aggregation::inclusion::{InclusionError, Side};
use core_payment::database::issued;
use core_payment::{batch_of, time_of};
use payment_domain::{
    Bill, Currency, InclusionProof, LedgerPosition, Line, Money, OrderId, Statement, Timestamp,
};
use payment_message::{Message, StrictEngine};
use payment_trust::verify_offline;

use super::payment::{find as find_payment, xml};
use super::{Till, say, verify as verifying};
use crate::page::{Block, Chip, Column, Inline, Link, Page, Section, Table, Tone};
use crate::storage::consumer::{self as storage, BillRow, StatementRow};
use crate::web::{Fault, Visitor};
use crate::words::{Value, Words};

/// Bills on one page; somebody who is billed each month has them for four years.
const MOST_BILLS: i64 = 50;
/// Payments that a bill's page leads to.
const MOST_PAYMENTS: i64 = 200;
/// Positions of one batch.
const BATCH_ROWS: i64 = 1 << 14;

/// Lists them.
pub(super) async fn list(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let owner = visitor.need_person()?.party_number;
    let (bills, statements) = visitor
        .read(move |conn| {
            Ok((
                storage::bills(conn, owner, i64::MAX, MOST_BILLS)?,
                storage::statements(conn, owner, MOST_BILLS)?,
            ))
        })
        .await?;
    visitor.show(list_page(visitor.words(), &bills, &statements))
}

fn list_page(words: Words, bills: &[BillRow], statements: &[StatementRow]) -> Page {
    let mut page = Page::new(words.say("consumer-menu-bills"), "/bills");
    if bills.is_empty() && statements.is_empty() {
        return page.with(Block::Empty { text: words.say("consumer-bills-none"), link: None });
    }
    if !bills.is_empty() {
        let row = |bill: &BillRow| {
            let currency = Currency::parse(&bill.currency).unwrap_or(Currency::EUR);
            let (tone, state) = bill_state(words, &bill.state);
            vec![
                vec![say::link(format!("/bills/{}", bill.position), day(words, bill.issued_at))],
                vec![Inline::Chip(Chip::new(tone, state))],
                vec![Inline::Muted(day(words, bill.due_at))],
                vec![Inline::Text(words.money(Money::from_micros(bill.due, currency)))],
            ]
        };
        page = page.with(Table {
            caption: words.say("consumer-menu-bills"),
            columns: vec![
                Column::words(words.say("consumer-bill-issued")),
                Column::words(words.say("consumer-column-state")),
                Column::words(words.say("consumer-bill-due-at")).minor(),
                Column::numbers(words.say("consumer-bill-due")),
            ],
            rows: bills.iter().map(row).collect(),
            ..Table::default()
        });
    }
    if !statements.is_empty() {
        let row = |statement: &StatementRow| {
            let position = statement.position.unwrap_or_default();
            vec![
                vec![say::link(
                    format!("/bills/{position}"),
                    day(words, statement.closed_at.unwrap_or_default()),
                )],
                vec![Inline::Muted(words.say_with(
                    "consumer-bill-since",
                    &[("day", Value::from(day(words, statement.opened_at)))],
                ))],
            ]
        };
        page = page.with(Section::new(words.say("consumer-statements")).with(Table {
            caption: words.say("consumer-statements"),
            columns: vec![
                Column::words(words.say("consumer-bill-issued")),
                Column::words(words.say("consumer-bill-period")),
            ],
            rows: statements.iter().map(row).collect(),
            ..Table::default()
        }));
    }
    page
}

fn day(words: Words, millis: i64) -> String {
    words.day(say::at(millis))
}

fn bill_state(words: Words, state: &str) -> (Tone, String) {
    match state {
        "paid" | "paid-suspended" => (Tone::Good, words.say("consumer-bill-paid")),
        "suspended" | "written-off" => (Tone::Bad, words.say("consumer-bill-overdue")),
        "reminding" => (Tone::Bad, words.say("consumer-bill-reminded")),
        _ => (Tone::Waiting, words.say("consumer-bill-open")),
    }
}

/// A bill or statement of the visitor's, as it was signed.
struct Document {
    row: StatementRow,
    bill: Option<BillRow>,
    bytes: Vec<u8>,
}

async fn find(visitor: &Visitor, path: &str) -> Result<Document, Fault> {
    let owner = visitor.need_person()?.party_number;
    let position: i64 = path.parse().map_err(|_| Fault::NotFound)?;
    let found = visitor.read(move |conn| {
        let Some(row) = storage::statement(conn, owner, position)? else { return Ok(None) };
        let bill = storage::bill(conn, owner, position)?;
        Ok(issued(conn, position)?.map(|bytes| Document { row, bill, bytes }))
    });
    found.await?.ok_or(Fault::NotFound)
}

/// Shows one.
pub(super) async fn show(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    let (owner, account) = (visitor.need_person()?.party_number, found.row.account);
    let span = found.row.first_transfer.zip(found.row.last_transfer);
    let paid = match span {
        // A payment stands before its transfer, in the same batch.
        Some((first, last)) => {
            let range = (batch_of(first), batch_of(last).saturating_add(BATCH_ROWS));
            visitor.read(move |conn| storage::paid_in(conn, owner, account, range, MOST_PAYMENTS)).await?
        }
        None => Vec::new(),
    };
    let message = read(&found.bytes)?;
    visitor.show(document_page(visitor.words(), &message, found.bill.as_ref(), &paid, visitor.now()))
}

/// Gives the signed document out.
pub(super) async fn download(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    Ok(xml(&format!("bill-{}.xml", found.row.position.unwrap_or_default()), found.bytes))
}

/// Verifies it.
pub(super) async fn verify(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let found = find(&visitor, &path).await?;
    let words = visitor.words();
    let at = verifying::made_at(&found.bytes).unwrap_or(visitor.now());
    let verified = verifying::verify(&found.bytes, &till.chain, at);
    let mut page = Page::new(words.say("consumer-verify-bill"), "/bills").with(verifying::checks(
        words,
        &verified,
        &till.chain,
    ));
    if let Ok(verified) = &verified {
        page =
            page.with(Section::new(words.say("consumer-verify-says")).with(sums(words, &verified.message)));
    }
    page = page.with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-verify-bill-payments"))]));
    visitor.show(page.with(Block::Actions(vec![Link::new(
        format!("/bills/{}", found.row.position.unwrap_or_default()),
        words.say("consumer-back-to-bill"),
    )])))
}

fn read(document: &[u8]) -> Result<Message, Fault> {
    let scanned = payment_message::canonical::scan(document).map_err(Fault::internal)?;
    Message::parse(scanned.body()).map_err(Fault::internal)
}

fn document_page(
    words: Words,
    message: &Message,
    row: Option<&BillRow>,
    paid: &[(i64, Vec<u8>)],
    now: Timestamp,
) -> Page {
    let (title, position, lines) = match message {
        Message::Bill(bill) => (
            words.say_with("consumer-bill-of", &[("month", Value::from(words.month(last_day(bill.to))))]),
            bill.position,
            &bill.lines[..],
        ),
        Message::Statement(statement) => (
            words.say_with(
                "consumer-statement-of",
                &[("month", Value::from(words.month(last_day(statement.to))))],
            ),
            statement.position,
            &statement.lines[..],
        ),
        _ => return Page::new(words.say("consumer-menu-bills"), "/bills"),
    };
    let mut page = Page::new(title, "/bills");
    if let Some(row) = row {
        let (tone, state) = bill_state(words, &row.state);
        page.state = Some(Chip::new(tone, state));
    }
    if let Message::Bill(bill) = message {
        page = page.with(Block::Amount(words.money(bill.amount_due)));
        if let Some(open) = row.map(BillRow::open_micros).filter(|open| *open > 0) {
            let open = Money::from_micros(open, bill.amount_due.currency());
            page = page.with(Block::Facts(vec![
                say::fact(words.say("consumer-bill-still-open"), words.money(open)),
                say::fact(words.say("consumer-bill-due-at"), words.day(bill.due_at)),
            ]));
        }
    }
    page.with(sums(words, message))
        .with(Block::Actions(vec![
            Link::new(format!("/bills/{position}/verify"), words.say("consumer-verify-this-bill")),
            Link::new(format!("/bills/{position}/bill.xml"), words.say("consumer-download-bill")),
        ]))
        .with(Section::new(words.say("consumer-bill-lines")).with(lines_table(words, lines)))
        .with(Section::new(words.say("consumer-bill-payments")).with(payments_table(words, paid, now)))
}

/// A period ends with the midnight after its last day.
fn last_day(to: Timestamp) -> Timestamp {
    to.saturating_add_millis(-1)
}

/// The sums in a document: the first is the sum of the others.
fn sums(words: Words, message: &Message) -> Block {
    let line = |name: String, amount: Money| (name, words.money(amount));
    match message {
        Message::Bill(Bill { opening, payments, refunds, credits, amount_due, carried, .. }) => {
            Block::Equation(vec![
                line(words.say("consumer-bill-due"), *amount_due),
                line(words.say("consumer-bill-opening"), *opening),
                line(words.say("consumer-bill-paid-out"), *payments),
                line(words.say("consumer-bill-refunds"), negative(*refunds)),
                line(words.say("consumer-bill-credits"), negative(*credits)),
                line(words.say("consumer-bill-carried"), negative(*carried)),
            ])
        }
        Message::Statement(Statement {
            opening,
            top_ups,
            payments,
            refunds,
            redemptions,
            other,
            closing,
            ..
        }) => Block::Equation(vec![
            line(words.say("consumer-statement-closing"), *closing),
            line(words.say("consumer-statement-opening"), *opening),
            line(words.say("consumer-statement-top-ups"), *top_ups),
            line(words.say("consumer-bill-paid-out"), negative(*payments)),
            line(words.say("consumer-bill-refunds"), *refunds),
            line(words.say("consumer-statement-redemptions"), negative(*redemptions)),
            line(words.say("consumer-statement-other"), *other),
        ]),
        _ => Block::Equation(Vec::new()),
    }
}

const fn negative(amount: Money) -> Money {
    Money::from_micros(amount.micros().saturating_neg(), amount.currency())
}

fn lines_table(words: Words, lines: &[Line]) -> Table {
    let row = |line: &Line| {
        vec![
            vec![Inline::Text(line.merchant.to_string())],
            vec![Inline::Text(words.number(line.count))],
            vec![Inline::Text(words.money(line.amount))],
        ]
    };
    Table {
        caption: words.say("consumer-bill-lines"),
        columns: vec![
            Column::words(words.say("consumer-column-merchant")),
            Column::numbers(words.say("consumer-bill-count")),
            Column::numbers(words.say("consumer-column-amount")),
        ],
        rows: lines.iter().map(row).collect(),
        empty: words.say("consumer-no-payments"),
        ..Table::default()
    }
}

fn payments_table(words: Words, paid: &[(i64, Vec<u8>)], now: Timestamp) -> Table {
    let row = |(position, order): &(i64, Vec<u8>)| {
        let order = <[u8; 16]>::try_from(order.as_slice()).map(OrderId::from_bytes).ok()?;
        Some(vec![
            vec![say::link(format!("/payments/{order}"), words.lately(time_of(*position), now))],
            vec![say::link(format!("/payments/{order}/proof"), words.say("consumer-proof-in-bill"))],
        ])
    };
    Table {
        caption: words.say("consumer-bill-payments"),
        columns: vec![
            Column::words(words.say("consumer-when")),
            Column::words(words.say("consumer-proof-column")),
        ],
        rows: paid.iter().filter_map(row).collect(),
        empty: words.say("consumer-no-payments"),
        ..Table::default()
    }
}

/// Why there is no proof of a payment: not yet, or never.
enum NoProof {
    NotYet,
    External,
}

async fn prove(
    visitor: &Visitor,
    till: &Data<Till>,
    receipt: LedgerPosition,
) -> Result<Result<InclusionProof, NoProof>, Fault> {
    let (till, now) = (till.clone(), visitor.now());
    let proof =
        tokio::task::spawn_blocking(move || till.aggregation.inclusion_proof(receipt, Side::Consumer, now));
    match proof.await.map_err(Fault::internal)? {
        Ok(proof) => Ok(Ok(proof)),
        Err(InclusionError::NotYet) => Ok(Err(NoProof::NotYet)),
        Err(InclusionError::External) => Ok(Err(NoProof::External)),
        Err(InclusionError::Unknown) => Err(Fault::NotFound),
        Err(error @ InclusionError::Contradiction) => Err(Fault::internal(error)),
        Err(error @ InclusionError::Fold(_)) => Err(Fault::unavailable(error)),
    }
}

/// Gives the proof that a payment is in its bill out, as the document that others can check.
pub(super) async fn download_proof(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let bought = find_payment(&visitor, &till, &path).await?;
    let receipt = bought.purchase.receipt.ok_or(Fault::NotFound)?;
    let proof = prove(&visitor, &till, receipt).await?.map_err(|_| Fault::NotFound)?;
    Ok(xml(&format!("proof-{}.xml", bought.purchase.order), Message::InclusionProof(proof).to_canonical()))
}

/// Proves that a payment is in its bill, and says how.
pub(super) async fn verify_proof(
    visitor: Visitor,
    till: Data<Till>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let bought = find_payment(&visitor, &till, &path).await?;
    let order = bought.purchase.order;
    let receipt = bought.purchase.receipt.ok_or(Fault::NotFound)?;
    let mut page = Page::new(words.say("consumer-proof-title"), "/bills");
    let back = Link::new(format!("/payments/{order}"), bought.purchase.title.as_str());
    let proof = match prove(&visitor, &till, receipt).await? {
        Ok(proof) => proof,
        Err(why) => {
            let text = match why {
                NoProof::NotYet => words.say("consumer-proof-not-yet"),
                NoProof::External => words.say("consumer-proof-external"),
            };
            return visitor.show(page.with(Block::Empty { text, link: Some(back) }));
        }
    };
    let document = find(&visitor, &proof.bill.to_string()).await?;
    let holds = inside(&till, &proof, &bought.document, &document.bytes);
    let (tone, state) = match holds {
        true => (Tone::Good, words.say("consumer-verify-holds")),
        false => (Tone::Bad, words.say("consumer-verify-fails")),
    };
    page.state = Some(Chip::new(tone, state));
    let values = [("index", Value::from(proof.index.saturating_add(1))), ("count", Value::from(proof.count))];
    let text = match holds {
        true => words.say_with("consumer-proof-holds", &values),
        false => words.say("consumer-proof-fails"),
    };
    page = page
        .with(Block::Explained(text, words.say("consumer-proof-how")))
        .with(Block::Facts(vec![
            say::fact(words.say("consumer-column-amount"), words.money(proof.amount)),
            say::fact(words.say("consumer-position"), Inline::Code(proof.payment.to_string())),
            say::fact(
                words.say("consumer-proof-bill"),
                say::link(format!("/bills/{}", proof.bill), proof.bill.to_string()),
            ),
            say::fact(words.say("consumer-proof-root"), Inline::Code(proof.root.to_string())),
        ]))
        .with(path_of(words, &proof))
        .with(Block::Actions(vec![
            Link::new(format!("/payments/{order}/proof.xml"), words.say("consumer-download-proof")),
            back,
        ]));
    visitor.show(page)
}

fn path_of(words: Words, proof: &InclusionProof) -> Block {
    let mut text = Vec::new();
    for digest in &proof.path {
        text.push(Inline::Code(digest.to_string()));
        text.push(Inline::Break);
    }
    if text.is_empty() {
        text.push(Inline::Text(words.say("consumer-proof-alone")));
    }
    Section::new(words.say("consumer-proof-path"))
        .with(Block::Facts(vec![(words.say("consumer-proof-neighbours"), text)]))
        .into()
}

/// Whether receipt and bill verify, and the proof leads from the one to the other.
fn inside(till: &Till, proof: &InclusionProof, receipt: &[u8], bill: &[u8]) -> bool {
    let open = |document: &[u8]| {
        let at = verifying::made_at(document)?;
        let authentic = verify_offline(&StrictEngine, document, &till.chain, None, at).ok()?;
        Message::parse(authentic.body()).ok()
    };
    match (open(receipt), open(bill)) {
        (Some(Message::PaymentReceipt(receipt)), Some(bill)) => verifying::is_inside(proof, &receipt, &bill),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
