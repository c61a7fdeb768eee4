//! The demo's bank: reads the payment files that were written for it, does what they ask, and answers with one camt.054.
//!
//! It believes everything it reads: it stands in for a bank in a demonstration. The tests have an independent one, in
//! another language, that validates what it gets.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use core_payment::Clock as _;

use crate::clock::SystemClock;

/// One instruction in a file.
struct Order {
    end_to_end: String,
    amount: String,
    collects: bool,
}

/// Reads every file in `from` and writes the answer into `to`. Returns where it is, and how many orders it books.
pub(crate) fn answer(from: &Path, to: &Path, iban: &str) -> anyhow::Result<(PathBuf, usize)> {
    let mut orders = Vec::new();
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            orders.extend(read(&text).with_context(|| path.display().to_string())?);
        }
    }
    ensure!(!orders.is_empty(), "no payment file in {}", from.display());
    let path = to.join("camt.054-demo.xml");
    std::fs::write(&path, write(&orders, iban)?).with_context(|| path.display().to_string())?;
    Ok((path, orders.len()))
}

fn read(text: &str) -> anyhow::Result<Vec<Order>> {
    let (opening, collects) =
        if text.contains("pain.008") { ("<DrctDbtTxInf>", true) } else { ("<CdtTrfTxInf>", false) };
    text.split(opening)
        .skip(1)
        .map(|transaction| {
            let end_to_end = between(transaction, "<EndToEndId>", "</EndToEndId>")?;
            let amount = between(transaction, "<InstdAmt Ccy=\"EUR\">", "</InstdAmt>")?;
            Ok(Order { end_to_end, amount, collects })
        })
        .collect()
}

fn between(text: &str, opening: &str, closing: &str) -> anyhow::Result<String> {
    let (_, rest) = text.split_once(opening).with_context(|| format!("no {opening}"))?;
    let (found, _) = rest.split_once(closing).with_context(|| format!("no {closing}"))?;
    Ok(found.to_owned())
}

/// ISO 20022 camt.054.001.08: one booked entry for each order.
fn write(orders: &[Order], iban: &str) -> anyhow::Result<String> {
    let now = SystemClock.now().to_string();
    let today = now.get(..10).unwrap_or_default();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\"><BkToCstmrDbtCdtNtfctn>\
         <GrpHdr><MsgId>DEMO-1</MsgId><CreDtTm>{now}</CreDtTm></GrpHdr>\
         <Ntfctn><Id>DEMO-1</Id><CreDtTm>{now}</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
    );
    for (number, order) in orders.iter().enumerate() {
        let Order { end_to_end, amount, collects } = order;
        let direction = if *collects { "CRDT" } else { "DBIT" };
        let (family, sub_family) = if *collects { ("IDDT", "ESDD") } else { ("ICDT", "ESCT") };
        let booking = format!("DEMO-BOOKING-{}", number.saturating_add(1));
        writeln!(
            xml,
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>{today}</Dt></BookgDt><ValDt><Dt>{today}</Dt></ValDt><AcctSvcrRef>{booking}</AcctSvcrRef>\
             <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub_family}</SubFmlyCd></Fmly></Domn></BkTxCd>\
             <NtryDtls><TxDtls><Refs><AcctSvcrRef>{booking}</AcctSvcrRef><EndToEndId>{end_to_end}</EndToEndId></Refs>\
             <Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd></TxDtls></NtryDtls></Ntry>"
        )?;
    }
    xml.push_str("</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n");
    Ok(xml)
}

#[cfg(test)]
mod tests {
    use gateway::external::iso20022::reading::{BankFile, Limits, read as read_bank_file};

    use super::*;

    #[test]
    fn its_answer_is_one_that_is_read() {
        let order =
            |id: &str, collects| Order { end_to_end: id.to_owned(), amount: "12.50".to_owned(), collects };
        let xml = write(&[order("17", false), order("18", true)], "DE89370400440532013000").unwrap();
        let file = read_bank_file(xml.as_bytes(), Limits::default()).unwrap();
        assert!(matches!(file, BankFile::Bookings(_)));
    }
}
