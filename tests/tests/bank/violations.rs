//! Files that break their schema: `xmllint` says so, and our reader refuses each with its line and element.

use gateway::external::iso20022::reading::{BankFile, Limits, read};
use serde_json::json;
use tests::bank::{Bank, schema_violation};

use crate::desk::{Desk, parsed, valid};

/// A statement, a notification and a status report as the bank writes them.
fn documents() -> Option<[(&'static str, String); 3]> {
    let bank = Bank::open().unwrap()?;
    let mut desk = Desk::default();
    let file = desk.collect("CPS-1", &[(7, "12.50"), (9, "5.00")]);
    let script = json!({ "reject": { "9": "AM04" }, "status": "ACSP" });
    let status = bank.receive(&file, &script).unwrap();
    bank.give_back("7", "MD06", "3.50").unwrap();
    let text = |schema, document| String::from_utf8(valid(schema, document)).unwrap();
    Some([
        ("camt.053.001.08", text("camt.053.001.08", bank.statement().unwrap())),
        ("camt.054.001.08", text("camt.054.001.08", bank.notify().unwrap())),
        ("pain.002.001.10", text("pain.002.001.10", status)),
    ])
}

/// What is replaced the first time it occurs, by what, and how the reader refuses it.
const BOOKINGS: &[(&str, &str, &str)] = &[
    ("<CdtDbtInd>CRDT</CdtDbtInd>\n        <Sts>", "<Sts>", "Ntry: `CdtDbtInd` is missing"),
    ("<CdtDbtInd>CRDT<", "<CdtDbtInd>BOTH<", "CdtDbtInd: not CRDT or DBIT"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt>12.50", "Ntry/Amt: no currency of three capital letters"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"eur\">12.50", "Ntry/Amt: no currency of three capital letters"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"EUR\">-12.50", "Ntry/Amt: not an amount of at most five decimals"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"EUR\">12,50", "Ntry/Amt: not an amount of at most five decimals"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"EUR\">1.25e1", "Ntry/Amt: not an amount of at most five decimals"),
    (
        "<Amt Ccy=\"EUR\">12.50",
        "<Amt Ccy=\"EUR\">12.500001",
        "Ntry/Amt: not an amount of at most five decimals",
    ),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"EUR\">", "Ntry/Amt: it is empty"),
    ("<Amt Ccy=\"EUR\">12.50", "<Amt Ccy=\"EUR\" x=\"\">12.50", "Ntry/Amt: an attribute is not allowed here"),
    ("<AcctSvcrRef>", "<AcctSvcrRef Ccy=\"EUR\">", "Ntry/AcctSvcrRef: an attribute is not allowed here"),
    ("<AcctSvcrRef>", "<AcctSvcrRef><b/>", "Ntry/AcctSvcrRef: `b` is not allowed here"),
    ("<Ntry>", "<Ntry>x", "Ntry: text is not allowed here"),
    ("<BookgDt>\n          <Dt>2026-11-24", "<BookgDt><Dt>2026-11-31", "BookgDt/Dt: not a date"),
    ("<BookgDt>", "<BookgDt><Dt>2026-11-24</Dt>", "BookgDt: `Dt` is not allowed here"),
    (
        "<AcctSvcrRef>BOOK000001",
        "<AcctSvcrRef>BOOK00000000000000000000000000000001",
        "longer than 35 characters",
    ),
    ("<AcctSvcrRef>BOOK000001</AcctSvcrRef>", "<AcctSvcrRef/>", "AcctSvcrRef: it is empty"),
    ("<Sts>", "<Sts><Cd>BOOK</Cd>", "Sts: `Cd` is not allowed here"),
    ("<BkTxCd>", "<ValDt/><BkTxCd>", "Ntry: `ValDt` comes too often"),
    ("<Refs>", "<Refs/><Refs>", "TxDtls: `Refs` comes too often"),
    ("<EndToEndId>", "<PmtInfId>x</PmtInfId><EndToEndId>", ""),
    ("<EndToEndId>7", "<EndToEndID>7</EndToEndID><EndToEndId>7", "Refs: `EndToEndID` is not allowed here"),
    ("<Rsn>", "<Rsn><Prtry>x</Prtry>", "RtrInf/Rsn: `Cd` is not allowed here"),
    ("<Cd>MD06", "<Cd>MD06X", "RtrInf/Rsn/Cd: longer than 4 characters"),
    ("<GrpHdr>", "<GrpHdr><x/>", "GrpHdr: `x` is not allowed here"),
    ("<Acct>", "<Acct xmlns=\"urn:x\">", "the namespace `urn:x` is not the one expected"),
];

const STATUSES: &[(&str, &str, &str)] = &[
    ("<OrgnlMsgId>CPS-1</OrgnlMsgId>", "", "OrgnlGrpInfAndSts: `OrgnlMsgId` is missing"),
    ("<TxSts>", "<TxSts>RJCT</TxSts><TxSts>", "TxInfAndSts: `TxSts` comes too often"),
    ("<TxSts>RJCT", "<TxSts>REJECTED", "TxInfAndSts/TxSts: longer than 4 characters"),
    ("<Rsn>", "<Rsn><Cd>AM04</Cd>", "StsRsnInf/Rsn: `Cd` is not allowed here"),
    ("<OrgnlEndToEndId>9</OrgnlEndToEndId>", "<OrgnlEndToEndId/>", "OrgnlEndToEndId: it is empty"),
    ("<GrpHdr>", "<SplmtryData/><GrpHdr>", "CstmrPmtStsRpt: `GrpHdr` is missing"),
    (
        "</OrgnlPmtInfAndSts>",
        "<PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>",
        "`PmtInfSts` comes too often",
    ),
];

#[test]
fn what_breaks_the_schema_is_refused_with_line_and_element() {
    let Some(documents) = documents() else { return };
    for (schema, document) in &documents {
        let table = if schema.starts_with("camt") { BOOKINGS } else { STATUSES };
        for (from, to, expected) in table {
            assert!(document.contains(from), "{from} is not in\n{document}");
            let broken = document.replacen(from, to, 1);
            let refused = schema_violation(schema, broken.as_bytes()).unwrap();
            let read = read(broken.as_bytes(), Limits::default());
            if expected.is_empty() {
                assert!(refused.is_none() && read.is_ok(), "{schema}: {to} is allowed");
                continue;
            }
            assert!(refused.is_some(), "{schema} has nothing against {to}");
            let error = read.expect_err(to);
            assert!(error.to_string().ends_with(expected), "{schema}: {error}, not {expected}");
            // The reader stands where the broken part begins, or on the line after it.
            let line = document[..document.find(from).unwrap()].lines().count() as u64;
            assert!((line..=line + 8).contains(&error.line), "{schema}: line {} for {line}", error.line);
        }
    }
}

/// What we leave out as a whole, where the schema may have more against it than we do.
const SKIPPED: &[&str] = &[
    "NtryRef",
    "ValDt",
    "ElctrncSeqNb",
    "Bal/Dt",
    "Acct/Ccy",
    "Stmt/CreDtTm",
    "Ntfctn/CreDtTm",
    "StsId",
    "OrgnlMsgNmId",
    "AddtlInf",
];

/// Takes every element out in turn, doubles it, and renames it. Whatever the schema has against the result, we have too,
/// but for what we skip; and whatever it allows, we read.
#[test]
fn reader_and_schema_agree_on_every_element() {
    let Some(documents) = documents() else { return };
    let (mut refused_by_both, mut allowed_by_both) = (0, 0);
    for (schema, document) in &documents {
        for (path, range) in elements(document) {
            let whole = &document[range.clone()];
            let name = path.rsplit('/').next().unwrap();
            let renamed = whole.replace(&format!("<{name}"), "<Xx").replace(&format!("</{name}"), "</Xx");
            for changed in [String::new(), whole.repeat(2), renamed] {
                let mut broken = document.clone();
                broken.replace_range(range.clone(), &changed);
                let refused = schema_violation(schema, broken.as_bytes()).unwrap();
                let read = read(broken.as_bytes(), Limits::default());
                match (&refused, &read) {
                    (Some(_), Err(_)) => refused_by_both += 1,
                    (None, Ok(_)) => allowed_by_both += 1,
                    (Some(_), Ok(_)) if SKIPPED.iter().any(|skipped| path.contains(skipped)) => {}
                    (Some(said), Ok(_)) => panic!("{schema}: we read {changed} at {path}, but {said}"),
                    (None, Err(error)) => panic!("{schema} allows {changed} at {path}, but {error}"),
                }
            }
        }
    }
    assert!(refused_by_both > 200 && allowed_by_both > 50, "{refused_by_both} {allowed_by_both}");
}

/// The path of each element below the root, and where it begins and ends.
fn elements(document: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (at, _) in document.match_indices('<') {
        let tag = &document[at..=at + document[at..].find('>').unwrap()];
        if tag.starts_with("</") {
            let path: Vec<&str> = open.iter().map(|(name, _)| *name).collect();
            let (_, start) = open.pop().unwrap();
            if !open.is_empty() {
                found.push((path.join("/"), start..at + tag.len()));
            }
        } else if !tag.starts_with("<?") {
            open.push((tag[1..].split([' ', '>']).next().unwrap(), at));
        }
    }
    found
}

#[test]
fn what_the_bank_writes_is_read_in_full() {
    let Some([(_, statement), (_, notification), (_, status)]) = documents() else { return };
    let bookings = |document: &str| match parsed(document.as_bytes()) {
        BankFile::Bookings(report) => {
            report.statements.iter().map(|statement| statement.bookings.len()).sum()
        }
        BankFile::Status(_) => 0_usize,
    };
    assert_eq!((bookings(&statement), bookings(&notification)), (2, 2));
    assert_eq!(parsed(statement.as_bytes()).message(), "camt.053.001.08");
    assert_eq!(parsed(notification.as_bytes()).message(), "camt.054.001.08");
    assert!(matches!(parsed(status.as_bytes()), BankFile::Status(report) if report.lines.len() == 3));
}
