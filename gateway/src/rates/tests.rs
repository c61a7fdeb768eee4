use super::*;

/// As published, but for the number of currencies.
const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender>
    <gesmes:name>European Central Bank</gesmes:name>
  </gesmes:Sender>
  <Cube>
    <Cube time='2026-11-20'>
      <Cube currency='USD' rate='1.0432'/>
      <Cube currency='JPY' rate='161.50'/>
      <Cube currency='IDR' rate='18090.17'/>
    </Cube>
  </Cube>
</gesmes:Envelope>
"#;

fn altered(from: &str, to: &str) -> Result<DeclaredRates, EcbError> {
    assert!(FILE.contains(from), "{from}");
    read_ecb(FILE.replacen(from, to, 1).as_bytes())
}

#[test]
fn the_banks_file_is_read_exactly() {
    let rates = read_ecb(FILE.as_bytes()).unwrap();
    let of = |text: &str| rates.of(Currency::parse(text).unwrap()).map(|rate| rate.to_string());
    assert_eq!((rates.source(), rates.day().to_string().as_str()), ("ECB", "2026-11-20"));
    assert_eq!((of("USD").as_deref(), of("JPY").as_deref()), (Some("1.0432"), Some("161.5")));
    assert_eq!((of("IDR").as_deref(), of("EUR").as_deref(), of("CHF")), (Some("18090.17"), Some("1"), None));
    assert_eq!(rates.rates().count(), 3);
    // Another way to write the same.
    let prefixed =
        FILE.replace("<Cube", "<e:Cube").replace("</Cube", "</e:Cube").replace("xmlns=", "xmlns:e=");
    assert_eq!(read_ecb(prefixed.as_bytes()), Ok(rates.clone()));
    assert_eq!(altered("rate='1.0432'/>", "rate='1.0432'></Cube>"), Ok(rates));
}

#[test]
fn what_is_not_the_banks_form_is_refused() {
    for (from, to) in [
        ("<gesmes:Envelope", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><gesmes:Envelope"),
        ("<Cube>", "<!-- --><Cube>"),
        ("<Cube>", "<?php ?><Cube>"),
        ("<Cube>", "<![CDATA[ ]]><Cube>"),
        ("<Cube>", "text<Cube>"),
        ("<Cube>", "&amp;<Cube>"),
        ("<Cube>", "<Cube base='EUR'>"),
        ("<Cube>", "<Other/><Cube>"),
        ("</gesmes:Envelope>", ""),
        ("</gesmes:Envelope>", "</gesmes:Envelope><gesmes:Envelope/>"),
        ("</gesmes:Envelope>", "</gesmes:Envelope>x"),
        ("http://www.ecb.int/", "http://www.example.org/"),
        ("2002-08-01/eurofxref", "2002-08-01/other"),
        ("time='2026-11-20'", "time='20.11.2026'"),
        ("time='2026-11-20'", "time='2026-11-31'"),
        ("time='2026-11-20'", ""),
        ("time='2026-11-20'", "time='2026-11-20' time='2026-11-19'"),
        ("<Cube time='2026-11-20'>", "<Cube time='2026-11-19'></Cube><Cube time='2026-11-20'>"),
        ("<Cube time='2026-11-20'>", "<Cube time='2026-11-20'><Cube time='2026-11-20'/>"),
        ("currency='USD'", "currency='usd'"),
        ("currency='USD'", ""),
        ("currency='USD'", "currency='EUR'"),
        ("currency='USD'", "currency='JPY'"),
        ("currency='USD'", "currency='&x;'"),
        ("rate='1.0432'", "rate='0'"),
        ("rate='1.0432'", "rate='-1.0432'"),
        ("rate='1.0432'", "rate='1,0432'"),
        ("rate='1.0432'", "rate='1e0'"),
        ("rate='1.0432'", "rate='1.0432000001'"),
        ("rate='1.0432'", "rate='N/A'"),
        ("rate='1.0432'/>", "rate='1.0432'>1</Cube>"),
        ("rate='1.0432'/>", "rate='1.0432' multiplier='100'/>"),
    ] {
        assert!(altered(from, to).is_err(), "{from} -> {to}");
    }
    for wrong in ["", "<", "<a/>", "\u{0}", "{}"] {
        assert!(read_ecb(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
    assert_eq!(read_ecb(&[0xff, 0xfe]), Err(EcbError::NotPlain));
}

#[test]
fn a_day_without_rates_and_a_file_beyond_any_size_are_refused() {
    let (head, rest) = FILE.split_once("<Cube currency").unwrap();
    let (_, tail) = rest.split_once("</Cube>").unwrap();
    assert_eq!(read_ecb(format!("{head}</Cube>{tail}").as_bytes()), Err(EcbError::Rates(InvalidRates::None)));
    let letters = || ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("X{first}{second}")));
    let many: String =
        letters().take(201).map(|currency| format!("<Cube currency='{currency}' rate='1'/>")).collect();
    assert_eq!(read_ecb(format!("{head}{many}</Cube>{tail}").as_bytes()), Err(EcbError::TooLarge));
    assert_eq!(read_ecb(&vec![b' '; MOST_BYTES + 1]), Err(EcbError::TooLarge));
}
