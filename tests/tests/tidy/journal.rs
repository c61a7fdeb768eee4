//! The journal, the evidence and the chain of batches only ever grow: no statement of ours rewrites them (R37, R42).

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
    let text = file.text.to_ascii_lowercase();
    let sql = REWRITES.iter().flat_map(|verb| TABLES.iter().map(move |table| format!("{verb}{table}")));
    let dsl = ["update(", "delete("].into_iter().flat_map(|verb| {
        TABLES.iter().flat_map(move |table| {
            [format!("{verb}{table}::"), format!("{verb}schema::{table}::"), format!("{verb}{table}.")]
        })
    });
    let mut findings = Vec::new();
    for needle in sql.chain(dsl) {
        for (at, _) in text.match_indices(&needle) {
            let next = text.as_bytes().get(at + needle.len());
            let whole = next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            if whole || !needle.ends_with(char::is_alphabetic) {
                findings.push(format!(
                    "{}:{}: `{needle}` rewrites the journal",
                    file.path,
                    line_of(&text, at)
                ));
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
