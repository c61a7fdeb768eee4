//! Whatever we write is valid: proved on random entries, at the edges, and on a large file.

use std::io::{BufReader, Read};

use gateway::external::iso20022::reading::{BankFile, Limits, Sum, read};
use gateway::external::iso20022::sending::{MAX_ENTRIES, collections, payouts};
use payment_domain::{Bic, Label};
use proptest::prelude::*;
use tests::{bank, peer};
use time::macros::date;

use crate::desk::{collection, creditor, header, payout, valid};

#[test]
fn the_validator_refuses_what_is_not_valid() {
    if !peer::is_there("xmllint", peer::on_path("xmllint")) {
        return;
    }
    let file = payouts(&header("CPS-1"), date!(2026 - 11 - 24), &[payout(1, "1.00")]).unwrap().xml;
    let wrong = String::from_utf8(file).unwrap().replace("<PmtMtd>TRF</PmtMtd>", "");
    let said = bank::schema_violation("pain.001.001.09", wrong.as_bytes()).unwrap().unwrap();
    assert!(said.contains("PmtMtd"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any name, any text, any amount: the file is valid, or the entry is refused.
    #[test]
    fn every_file_that_is_written_is_valid(
        cents in prop::collection::vec(1_i64..=99_999_999_999, 1..8),
        holder in "\\PC{1,120}",
        remittance in "\\PC{1,120}",
        bic in prop::option::of("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"),
    ) {
        if !peer::is_there("xmllint", peer::on_path("xmllint")) {
            return Ok(());
        }
        let (Ok(holder), Ok(remittance)) = (Label::parse(&holder), Label::parse(&remittance)) else {
            return Ok(());
        };
        let amount = |cents: &i64| format!("{}.{:02}", cents / 100, cents % 100);
        let numbered = || (1..).zip(cents.iter().map(amount));
        let debits: Vec<_> = numbered().map(|(attempt, amount)| {
            let mut entry = collection(attempt, &amount);
            entry.debtor.holder = holder.clone();
            entry.debtor.bic = bic.as_deref().map(|bic| Bic::parse(bic).unwrap());
            entry.remittance = remittance.clone();
            entry
        }).collect();
        let credits: Vec<_> = numbered().map(|(attempt, amount)| {
            let mut entry = payout(attempt, &amount);
            entry.payee.holder = holder.clone();
            entry.payee.bic = bic.as_deref().map(|bic| Bic::parse(bic).unwrap());
            entry.remittance = remittance.clone();
            entry
        }).collect();
        let day = date!(2026 - 11 - 24);
        // A BIC of a country that there is not is refused, and with it all entries here.
        if let Ok(written) = collections(&header("CPS-1"), &creditor(), day, &debits) {
            prop_assert_eq!(written.refused.len(), 0);
            valid("pain.008.001.08", written.xml);
        } else {
            prop_assert!(bic.is_some());
        }
        if let Ok(written) = payouts(&header("CPS-2"), day, &credits) {
            valid("pain.001.001.09", written.xml);
        } else {
            prop_assert!(bic.is_some());
        }
    }
}

#[test]
fn the_largest_file_is_valid_and_adds_up() {
    if !peer::is_there("xmllint", peer::on_path("xmllint")) {
        return;
    }
    let entries: Vec<_> =
        (1..).take(MAX_ENTRIES).map(|attempt| collection(attempt, "999999999.99")).collect();
    let written = collections(&header("CPS-1"), &creditor(), date!(2026 - 11 - 24), &entries).unwrap();
    assert_eq!(written.refused, []);
    let head = String::from_utf8_lossy(&written.xml[..600]).into_owned();
    assert!(head.contains("<CtrlSum>49999999999500.00</CtrlSum>"), "{head}");
    valid("pain.008.001.08", written.xml);
}

/// A statement that is never in memory as a whole.
struct Entries {
    left: u32,
    piece: std::io::Cursor<Vec<u8>>,
}

impl Read for Entries {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let count = self.piece.read(target)?;
        if count > 0 || self.left == 0 {
            return Ok(count);
        }
        self.left -= 1;
        let text = if self.left == 0 {
            "</Stmt></BkToCstmrStmt></Document>".to_owned()
        } else {
            format!(
                "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt>\
                 </BookgDt><AcctSvcrRef>B{0}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs>\
                 <RltdPties><Dbtr><Pty><Nm>Somebody with a long name</Nm></Pty></Dbtr></RltdPties>\
                 <RmtInf><Ustrd>Bill {0}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n",
                self.left
            )
        };
        self.piece = std::io::Cursor::new(text.into_bytes());
        self.piece.read(target)
    }
}

#[test]
fn a_statement_of_a_hundred_thousand_entries_is_read_as_it_comes() {
    let balance = |code: &str, amount: u32| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>2026-11-24</Dt></Dt></Bal>"
        )
    };
    let head = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>\
         <CreDtTm>2026-11-24T20:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S</Id><Acct><Id><IBAN>{}</IBAN></Id></Acct>{}{}",
        bank::ACCOUNT,
        balance("OPBD", 0),
        balance("CLBD", 100_000)
    );
    let file = Entries { left: 100_001, piece: std::io::Cursor::new(head.into_bytes()) };
    let BankFile::Bookings(report) = read(BufReader::new(file), Limits::default()).unwrap() else {
        panic!("a status report")
    };
    assert_eq!((report.statements[0].bookings.len(), report.statements[0].balance), (100_000, Sum::Agrees));
}
