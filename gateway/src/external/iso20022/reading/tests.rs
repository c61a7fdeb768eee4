//! What is read, and how bad files end. What breaks the schema is tried in the tests of the whole, beside `xmllint`.

use std::io::{BufReader, Cursor, Read, repeat};

use expect_test::expect;

use super::*;

const STATEMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- Banks write comments. -->
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">
 <BkToCstmrStmt>
  <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T20:00:00+01:00</CreDtTm></GrpHdr>
  <Stmt>
   <Id>S1</Id>
   <Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ownr><Nm>M&#233;t&amp;ore</Nm></Ownr></Acct>
   <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-21</Dt></Dt></Bal>
   <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">88.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-21</Dt></Dt></Bal>
   <Ntry>
    <Amt Ccy="EUR">5.5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><Dt>2026-11-21</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef>
    <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn></BkTxCd>
    <NtryDtls>
     <Btch><PmtInfId>F-R</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>
     <TxDtls><Refs><EndToEndId>7</EndToEndId></Refs><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>
     <TxDtls><Refs><AcctSvcrRef>B2</AcctSvcrRef><EndToEndId>8</EndToEndId></Refs><Amt Ccy="EUR">2.50</Amt></TxDtls>
    </NtryDtls>
   </Ntry>
   <Ntry>
    <Amt Ccy="EUR">17.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><DtTm>2026-11-21T09:30:00</DtTm></BookgDt><AcctSvcrRef>R1</AcctSvcrRef>
    <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>
    <NtryDtls><TxDtls><Refs><EndToEndId>9</EndToEndId></Refs><AmtDtls><InstdAmt><Amt Ccy="EUR">14.00</Amt></InstdAmt></AmtDtls>
     <RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf></TxDtls></NtryDtls>
   </Ntry>
   <Ntry>
    <Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BkTxCd><Prtry><Cd>FEE</Cd></Prtry></BkTxCd>
   </Ntry>
   <AddtlStmtInf><![CDATA[a < b]]></AddtlStmtInf>
  </Stmt>
 </BkToCstmrStmt>
</Document>
"#;

fn read_text(text: &str) -> Result<BankFile, ReadError> {
    read(text.as_bytes(), Limits::default())
}

fn statement_of(text: &str) -> Statement {
    match read_text(text).unwrap() {
        BankFile::Bookings(mut report) => report.statements.remove(0),
        BankFile::Status(_) => panic!("a status report"),
    }
}

fn fault_of(text: &str) -> Fault {
    read_text(text).unwrap_err().fault
}

#[test]
fn a_statement_is_read_entry_by_entry() {
    let statement = statement_of(STATEMENT);
    let line = |booking: &Booking| {
        let name =
            |reference: &Option<Reference>| reference.as_ref().map_or("-", Reference::as_str).to_owned();
        format!(
            "{}: {:?} {} for {} as {} in {} of {:?}, back {:?}, on {}, {:?}\n",
            booking.line,
            booking.direction,
            booking.amount.unwrap(),
            name(&booking.end_to_end_id),
            name(&booking.reference),
            name(&booking.batch),
            booking.original_amount,
            booking.returned.as_ref().and_then(|back| back.reason.as_ref().map(Reason::as_str)),
            booking.booked_on.unwrap(),
            booking.sum
        )
    };
    assert_eq!((statement.id.as_str(), statement.balance), ("S1", Sum::Agrees));
    assert_eq!(statement.account.unwrap().as_str(), "DE89370400440532013000");
    expect![[r#"
        17: Credit EUR 3.00 for 7 as B1 in F-R of None, back None, on 2026-11-21, Agrees
        18: Credit EUR 2.50 for 8 as B2 in F-R of None, back None, on 2026-11-21, Agrees
        26: Debit EUR 17.00 for 9 as R1 in - of Some(Money(EUR 14.00)), back Some("MD06"), on 2026-11-21, NotStated
    "#]]
    .assert_eq(&statement.bookings.iter().map(line).collect::<String>());
}

#[test]
fn a_statement_that_was_altered_does_not_add_up() {
    let altered = statement_of(&STATEMENT.replace("\"EUR\">17.00", "\"EUR\">16.00"));
    assert_eq!(altered.balance, Sum::Differs);
    let parts = statement_of(&STATEMENT.replace("\"EUR\">3.00", "\"EUR\">3.01"));
    assert_eq!((parts.bookings[0].sum, parts.balance), (Sum::Differs, Sum::Agrees));
    let pages = "<Id>S1</Id><StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>";
    let first_of_two = statement_of(&STATEMENT.replace("<Id>S1</Id>", pages).replace("17.00", "16.00"));
    assert_eq!(first_of_two.balance, Sum::NotStated);
}

#[test]
fn a_prefix_says_the_same() {
    let prefixed = STATEMENT
        .replace("xmlns=\"urn", "xmlns:c=\"urn")
        .replace("</", "</c:")
        .replace('<', "<c:")
        .replace("<c:/c:", "</c:")
        .replace("<c:?", "<?")
        .replace("<c:!", "<!");
    assert_eq!(statement_of(&prefixed), statement_of(STATEMENT));
}

#[test]
fn a_file_that_ends_too_early_is_refused_wherever_it_ends() {
    let document = STATEMENT.trim_end();
    for end in 0..document.len() {
        if document.is_char_boundary(end) {
            assert!(read_text(&document[..end]).is_err(), "the first {end} bytes were read");
        }
    }
    assert_eq!(fault_of(&document[..document.len() - 20]), Fault::Truncated);
    assert!(read_text(document).is_ok());
}

#[test]
fn other_messages_and_other_namespaces_are_refused() {
    let own = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
    for other in [
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
        "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
        "",
    ] {
        assert_eq!(fault_of(&STATEMENT.replace(own, other)), Fault::Namespace(other.to_owned()));
    }
    // The right namespace on the outside and another one within.
    let inner = STATEMENT.replace("<Ntry>", "<Ntry xmlns=\"urn:x\">");
    assert_eq!(fault_of(&inner), Fault::Namespace("urn:x".to_owned()));
    let skipped = STATEMENT.replace("<Nm>", "<Nm xmlns=\"\">");
    assert_eq!(fault_of(&skipped), Fault::Namespace(String::new()));
    // One message under the name of another.
    let renamed = STATEMENT.replace(own, "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08");
    assert_eq!(fault_of(&renamed), Fault::Unexpected("BkToCstmrStmt".to_owned()));
}

#[test]
fn document_types_and_entities_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n<Document";
    assert_eq!(fault_of(&STATEMENT.replace("<Document", bomb)), Fault::Doctype);
    let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n<Document";
    assert_eq!(fault_of(&STATEMENT.replace("<Document", outside)), Fault::Doctype);
    let error = read_text(&STATEMENT.replace("<Id>S1<", "<Id>&b;<")).unwrap_err();
    assert_eq!((error.line, error.fault), (7, Fault::Entity));
    assert_eq!(error.element, "Document/BkToCstmrStmt/Stmt/Id");
}

#[test]
fn what_is_no_xml_in_utf_8_is_refused() {
    for (from, to, fault) in [
        ("</Acct>", "</Bal>", Fault::NotWellFormed),
        ("UTF-8", "ISO-8859-1", Fault::Encoding),
        ("<Id>S1<", "<Id>S\u{1}<", Fault::NotWellFormed),
        ("<Id>S1<", "<Id>&#1;<", Fault::NotWellFormed),
        ("<Id>S1<", "<Id a='1' a='2'>S1<", Fault::NotWellFormed),
        ("<Id>S1<", "<c:Id>S1<", Fault::NotWellFormed),
        ("</Document>", "</Document><a/>", Fault::Unexpected("a".to_owned())),
        ("</Document>", "</Document>a", Fault::StrayText),
        ("<!-- Banks", "x<!-- Banks", Fault::StrayText),
        ("comments. -->", "comm--ents. -->", Fault::NotWellFormed),
    ] {
        assert_eq!(fault_of(&STATEMENT.replace(from, to)), fault, "{to}");
    }
    let mut bytes = STATEMENT.as_bytes().to_vec();
    let at = STATEMENT.find("S1").unwrap();
    bytes[at] = 0xff;
    assert_eq!(read(bytes.as_slice(), Limits::default()).unwrap_err().fault, Fault::Encoding);
    assert_eq!(fault_of(""), Fault::Truncated);
    assert_eq!(fault_of("%PDF-1.7"), Fault::StrayText);
}

/// A file that never ends, in a buffer of a few kilobytes.
fn endless(until: &str, pattern: &'static [u8]) -> Result<BankFile, ReadError> {
    let head = STATEMENT.split_inclusive(until).next().unwrap().to_owned().into_bytes();
    let tail: Box<dyn Read> = match pattern {
        [byte] => Box::new(repeat(*byte)),
        _ => Box::new(Cycle(pattern.iter().cycle())),
    };
    let limits = Limits { file_bytes: 4 << 20, ..Limits::default() };
    read(BufReader::new(Cursor::new(head).chain(tail)), limits)
}

struct Cycle(std::iter::Cycle<std::slice::Iter<'static, u8>>);

impl Read for Cycle {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        target.iter_mut().zip(&mut self.0).for_each(|(to, from)| *to = *from);
        Ok(target.len())
    }
}

#[test]
fn an_endless_file_is_refused_before_it_fills_memory() {
    for (until, pattern, fault) in [
        // Text, an element's name, an attribute, a comment, white space: one event that never ends.
        ("<Id>", b"a".as_slice(), Fault::TooMuchAtOnce),
        ("<Stm", b"t", Fault::TooMuchAtOnce),
        ("<Amt Ccy=\"", b"E", Fault::TooMuchAtOnce),
        ("<!--", b" ", Fault::TooMuchAtOnce),
        ("</Acct>", b"\n", Fault::TooMuchAtOnce),
        ("</Acct>", b"<!---->", Fault::TooLarge),
        // Text in small pieces is counted together.
        ("<Id>", b"a<!---->", Fault::TooLong { max_chars: 35 }),
        ("<Id>", b"&#65;", Fault::TooLong { max_chars: 35 }),
        // Elements inside each other, and beside each other.
        ("<Ownr>", b"<Nm>", Fault::TooDeep),
        ("<NtryDtls>", b"<TxDtls/>", Fault::TooMany),
        ("<Ownr>", b"<Nm/>", Fault::TooLarge),
    ] {
        assert_eq!(endless(until, pattern).unwrap_err().fault, fault, "{until} {}", pattern.escape_ascii());
    }
}

#[test]
fn a_reader_that_fails_is_an_error_of_the_reader() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let file = BufReader::new(Cursor::new(&STATEMENT.as_bytes()[..900]).chain(Broken));
    let fault = read(file, Limits::default()).unwrap_err().fault;
    assert_eq!(fault, Fault::Unreadable(std::io::ErrorKind::ConnectionReset));
}

#[test]
fn nothing_personal_is_printed() {
    let printed = format!("{:?}", read_text(STATEMENT).unwrap());
    for hidden in ["DE89370400440532013000", "ore\""] {
        assert!(!printed.contains(hidden), "{hidden} is in {printed}");
    }
}

/// The schemas come with the crate `sepa`, which tests itself against them.
fn schema(message: &str) -> String {
    let run = |program: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(program);
        let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // Packages of other platforms need not be there.
    let rustc = run("rustc", &["-vV"]);
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    let metadata: serde_json::Value = serde_json::from_str(&run(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let sepa = packages.iter().find(|package| package["name"] == "sepa").unwrap();
    let manifest = std::path::Path::new(sepa["manifest_path"].as_str().unwrap());
    std::fs::read_to_string(manifest.with_file_name("tests").join(format!("xsd/{message}.xsd"))).unwrap()
}

/// The children of a complex type as the schema has them, one a line.
fn official(schema: &str, name: &str) -> String {
    let from =
        schema.find(&format!("<xs:complexType name=\"{name}\">")).unwrap_or_else(|| panic!("no {name}"));
    let body = schema[from..].split("</xs:complexType>").next().unwrap();
    let order = if body.contains("<xs:choice>") { "choice" } else { "sequence" };
    let children = body.lines().filter(|line| line.contains("<xs:element ")).map(|line| {
        let attribute = |name: &str| line.split_once(&format!("{name}=\""))?.1.split('"').next();
        let least = attribute("minOccurs").unwrap_or("1");
        let most = attribute("maxOccurs").unwrap_or("1");
        format!("\n{} {least}..{most}", attribute("name").unwrap())
    });
    format!("{order} {name}{}", children.collect::<String>())
}

fn ours(shape: &shape::Shape) -> String {
    let order = if shape.order == shape::Order::Choice { "choice" } else { "sequence" };
    let children = shape.children.iter().map(|child| {
        let most = if child.max == u32::MAX { "unbounded".to_owned() } else { child.max.to_string() };
        format!("\n{} {}..{most}", child.name, child.min)
    });
    format!("{order} {}{}", shape.name, children.collect::<String>())
}

#[test]
fn the_shapes_are_those_of_the_official_schemas() {
    for (message, shapes) in [
        ("pain.002.001.10", shape::PAIN_002),
        ("camt.053.001.08", shape::CAMT_053),
        ("camt.054.001.08", shape::CAMT_054),
        ("camt.053.001.08", shape::BOTH_CAMT),
        ("camt.054.001.08", shape::BOTH_CAMT),
    ] {
        let schema = schema(message);
        for shape in shapes {
            // A notification has no balances and is not divided into pages.
            let only_in_statements = ["Pagination1", "CashBalance8", "BalanceType13", "BalanceType10Choice"];
            if message == "camt.054.001.08" && only_in_statements.contains(&shape.name) {
                continue;
            }
            assert_eq!(ours(shape), official(&schema, shape.name), "{message}");
        }
    }
}
