//! The journal, the evidence and the chain of batches only ever grow: no statement of ours rewrites them (R37, R42). And portals
//! write nothing that money hangs on: what they want done they say to the core (ADR 11).

use crate::code::line_of;
use crate::tree::{File, Tree};

const TABLES: &[&str] = &["transfer", "evidence", "batch"];
const REWRITES: &[&str] = &[
    "update ",
    "update only ",
    "delete from ",
    "replace into ",
    "truncate ",
    "truncate table ",
    "drop table ",
];

/// What portals only read.
const OF_THE_CORE: &[&str] = &[
    "account",
    "attempt",
    "bank_file",
    "batch",
    "bill",
    "certificate",
    "coupon",
    "credit",
    "dispute",
    "evidence",
    "message_key",
    "offer",
    "outbox",
    "party",
    "payment",
    "payout",
    "period",
    "policy",
    "transfer",
];
const WRITES: &[&str] = &["insert into ", "update ", "delete from ", "replace into ", "truncate "];

pub(crate) fn written_by_portals(tree: &Tree) -> Vec<String> {
    let ours = |file: &&File| file.path.ends_with(".rs") && file.is_in(&["backoffice/src/"]);
    let found = |file: &File| {
        found_in(
            file,
            (WRITES, &["insert_into(", "update(", "delete("]),
            OF_THE_CORE,
            "is the core's to write",
        )
    };
    tree.files.iter().filter(ours).flat_map(found).collect()
}

pub(crate) fn rewritten(tree: &Tree) -> Vec<String> {
    let ours = |file: &&File| {
        (file.path.ends_with(".rs") || file.path.ends_with(".sql"))
            // The tests tamper on purpose, and going back to nothing drops everything.
            && !file.is_in(&["tests/"])
            && !file.path.ends_with("down.sql")
    };
    tree.files.iter().filter(ours).flat_map(rewritten_in).collect()
}

fn rewritten_in(file: &File) -> Vec<String> {
    found_in(file, (REWRITES, &["update(", "delete("]), TABLES, "rewrites the journal")
}

fn found_in(file: &File, (verbs, calls): (&[&str], &[&str]), tables: &[&str], why: &str) -> Vec<String> {
    let text = file.text.to_ascii_lowercase();
    let sql = verbs.iter().flat_map(|verb| tables.iter().map(move |table| format!("{verb}{table}")));
    let dsl = calls.iter().flat_map(|verb| {
        tables.iter().flat_map(move |table| {
            [format!("{verb}{table}::"), format!("{verb}schema::{table}::"), format!("{verb}{table}.")]
        })
    });
    let mut findings = Vec::new();
    for needle in sql.chain(dsl) {
        for (at, _) in text.match_indices(&needle) {
            let next = text.as_bytes().get(at + needle.len());
            let whole = next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            if whole || !needle.ends_with(char::is_alphabetic) {
                findings.push(format!("{}:{}: `{needle}` {why}", file.path, line_of(&text, at)));
            }
        }
    }
    findings
}

#[test]
fn a_rewritten_journal_is_found() {
    for text in [
        "UPDATE transfer SET amount = 1",
        "DELETE FROM evidence WHERE id = 1",
        "drop table batch;",
        "diesel::update(transfer::table)",
        "diesel::delete(batch::table.find(1))",
    ] {
        assert_eq!(rewritten(&Tree::of(&[("core-payment/src/storage.rs", text)])).len(), 1, "{text}");
    }
    for text in
        ["UPDATE account SET balance = 1", "INSERT INTO transfer", "update transfer_total", "batch.update(x)"]
    {
        assert!(rewritten(&Tree::of(&[("core-payment/src/storage.rs", text)])).is_empty(), "{text}");
    }
}

#[test]
fn a_portal_that_writes_what_is_the_cores_is_found() {
    let found = |path: &str, text: &str| written_by_portals(&Tree::of(&[(path, text)])).len();
    for text in
        ["UPDATE party SET active = 0", "INSERT INTO payment VALUES", "diesel::insert_into(outbox::table)"]
    {
        assert_eq!(found("backoffice/src/storage/merchant.rs", text), 1, "{text}");
        assert_eq!(found("core-payment/src/storage.rs", text), 0, "{text}");
    }
    for text in
        ["UPDATE sale SET state = 'paid'", "SELECT id FROM payment", "diesel::update(payment_seen::table)"]
    {
        assert_eq!(found("backoffice/src/storage/merchant.rs", text), 0, "{text}");
    }
}
