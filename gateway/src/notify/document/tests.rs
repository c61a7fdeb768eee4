use expect_test::{Expect, expect};
use payment_domain::{
    ConsumerId, CouponId, CouponKind, CouponState, Currency, Digest, LedgerPosition, Line, MerchantId, Money,
    PartyId, RequestId, Timestamp,
};

use super::*;

fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn number(value: i64) -> LedgerPosition {
    LedgerPosition::new(value).unwrap()
}

fn alice() -> ConsumerId {
    ConsumerId::new(PartyId::parse("alice").unwrap())
}

fn line(merchant: &str, count: u64, amount: &str) -> Line {
    Line { merchant: MerchantId::new(PartyId::parse(merchant).unwrap()), count, amount: euros(amount) }
}

fn issuer() -> Label {
    Label::parse("Météore & Co <pay>").unwrap()
}

fn bill() -> Bill {
    Bill {
        position: number(4711),
        consumer: alice(),
        from: at("2026-10-21T00:00:00.000Z"),
        to: at("2026-11-21T00:00:00.000Z"),
        opening: euros("0.004"),
        payments: euros("1234.5625"),
        count: 12_345,
        refunds: euros("2"),
        credits: euros("0"),
        amount_due: euros("1232.56"),
        carried: euros("0.0065"),
        root: Digest::new([0xab; 32]),
        lines: vec![line("news", 12_300, "1000.0625"), line("parking", 45, "234.5")],
        due_at: at("2026-12-05T00:00:00.000Z"),
        issued_at: at("2026-11-21T07:29:25.123Z"),
    }
}

fn check(signed: Signed<'_>, expected: &Expect) {
    let document = Document::of(signed, &issuer()).unwrap();
    expected
        .assert_eq(&format!("Subject: {}\nFiles: {}\n\n{}", document.subject, document.stem, document.text));
    assert!(document.html.contains("Météore &#38; Co &#60;pay&#62;"), "{}", document.html);
    assert!(!document.html.contains("<pay>") && !document.html.contains("http"), "{}", document.html);
    assert!(document.pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(Document::of(signed, &issuer()).unwrap(), document, "the same bytes again");
}

#[test]
fn a_coupon_says_where_it_is_spent_and_until_when() {
    let receipt = CouponReceipt {
        request_id: RequestId::parse("0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6").unwrap(),
        request_digest: Digest::new([0xab; 32]),
        coupon: CouponId::parse("0192f0c1-2b3c-8d4e-8f50-a1b2c3d4e5f6").unwrap(),
        merchant: MerchantId::new(PartyId::parse("concert").unwrap()),
        holder: alice(),
        series: Label::parse("TEN").unwrap(),
        kind: CouponKind::Value,
        face: euros("10"),
        remaining: euros("7.5"),
        state: CouponState::Held,
        transferable: true,
        expires_at: at("2026-12-05T00:00:00.000Z"),
        position: number(4712),
        issued_at: at("2026-11-21T07:29:25.123Z"),
    };
    check(
        Signed::Coupon(&receipt),
        &expect![[r#"
        Subject: Coupon for concert: €7.50, until 5 December 2026, 00:00 UTC
        Files: coupon-4712

        Météore & Co <pay>
        Coupon for concert

        For             alice
        Series          TEN
        Coupon          0192f0c1-2b3c-8d4e-8f50-a1b2c3d4e5f6
        Spend before    5 December 2026, 00:00 UTC
        Issued          21 November 2026, 07:29 UTC

        Paid for it                                                       €10.00
        ------------------------------------------------------------------------
        Left of it                                                         €7.50

        It is kept for you: name it when you pay this merchant.

        The signed coupon is the file coupon-4712.xml that comes with this one;
        it alone is binding.
    "#]],
    );
}

#[test]
fn a_bill_says_what_is_due_and_how_it_comes_about() {
    check(
        Signed::Bill(&bill()),
        &expect![[r#"
            Subject: Bill 4711: €1,232.56, to be paid by 5 December 2026
            Files: bill-4711

            Météore & Co <pay>
            Bill 4711

            For             alice
            Period          21 October 2026, 00:00 UTC to 21 November 2026, 00:00 UTC
            Issued          21 November 2026, 07:29 UTC
            To be paid by   5 December 2026

            Carried from before                                              €0.0040
            Payments (12,345)                                            €1,234.5625
            Refunds                                                         -€2.0000
            ------------------------------------------------------------------------
            Amount due                                                     €1,232.56
            Carried to the next bill                                         €0.0065

            Payments by merchant
            Merchant                                  Payments                Amount
            news                                        12,300           €1,000.0625
            parking                                         45             €234.5000

            The signed bill is the file bill-4711.xml that comes with this one; it
            alone is binding.

            Whoever has the receipt of a payment can check without us that the
            payment is in this bill (meteore verify-inclusion). Merkle root:
            abababababababababababababababababababababababababababababababab
        "#]],
    );
}

#[test]
fn a_statement_asks_for_nothing() {
    let statement = Statement {
        position: number(4712),
        consumer: alice(),
        from: at("2026-10-21T00:00:00.000Z"),
        to: at("2026-11-21T00:00:00.000Z"),
        opening: euros("0"),
        top_ups: euros("20"),
        payments: euros("3.5"),
        count: 1,
        refunds: euros("0.5"),
        redemptions: euros("5"),
        other: euros("-0.25"),
        closing: euros("11.75"),
        root: Digest::new([0xcd; 32]),
        lines: vec![line("parking", 1, "3.5")],
        issued_at: at("2026-11-21T07:29:25.123Z"),
    };
    check(
        Signed::Statement(&statement),
        &expect![[r#"
            Subject: Statement 4712: €11.75 on the account
            Files: statement-4712

            Météore & Co <pay>
            Statement 4712

            For             alice
            Period          21 October 2026, 00:00 UTC to 21 November 2026, 00:00 UTC
            Issued          21 November 2026, 07:29 UTC

            On the account before                                              €0.00
            Paid in                                                           €20.00
            Payments (1)                                                      -€3.50
            Refunds                                                            €0.50
            Changed back to money                                             -€5.00
            Other                                                             -€0.25
            ------------------------------------------------------------------------
            On the account now                                                €11.75

            Payments by merchant
            Merchant                                  Payments                Amount
            parking                                          1                 €3.50

            Nothing is to be paid.

            The signed statement is the file statement-4712.xml that comes with this
            one; it alone is binding.

            Whoever has the receipt of a payment can check without us that the
            payment is in this statement (meteore verify-inclusion). Merkle root:
            cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
        "#]],
    );
}

#[test]
fn a_payout_advice_shows_every_deduction() {
    let advice = PayoutAdvice {
        position: number(4713),
        merchant: MerchantId::new(PartyId::parse("parking").unwrap()),
        from: at("2026-11-14T00:00:00.000Z"),
        to: at("2026-11-21T00:00:00.000Z"),
        opening: euros("0.001"),
        sales: euros("250.75"),
        count: 300,
        refunds: euros("1.8"),
        disputes: euros("3.5"),
        fees: euros("6.26875"),
        other: euros("0"),
        payout: euros("239.18"),
        carried: euros("0.00225"),
        root: Digest::new([0xef; 32]),
        reference: Label::parse("METEORE 4713").unwrap(),
        issued_at: at("2026-11-21T07:29:25.123Z"),
    };
    check(
        Signed::PayoutAdvice(&advice),
        &expect![[r#"
            Subject: Payout advice 4713: €239.18
            Files: payout-4713

            Météore & Co <pay>
            Payout advice 4713

            For             parking
            Period          14 November 2026, 00:00 UTC to 21 November 2026, 00:00 UTC
            Issued          21 November 2026, 07:29 UTC
            Reference       METEORE 4713

            On the account before                                           €0.00100
            Sales (300)                                                   €250.75000
            Refunds                                                        -€1.80000
            Disputes                                                       -€3.50000
            Fees                                                           -€6.26875
            ------------------------------------------------------------------------
            Paid out                                                         €239.18
            Stays on the account                                            €0.00225

            The signed payout advice is the file payout-4713.xml that comes with
            this one; it alone is binding.

            Whoever has the receipt of a payment can check without us that the
            payment is in this payout advice (meteore verify-inclusion). Merkle
            root: efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef
        "#]],
    );
}

#[test]
fn a_credit_note_names_its_bill_and_its_reason() {
    let note = CreditNote {
        position: number(4714),
        bill: number(4711),
        consumer: alice(),
        amount: euros("3.5"),
        reason: Label::parse("The barrier did not open <script>").unwrap(),
        issued_at: at("2026-11-21T07:29:25.123Z"),
    };
    check(
        Signed::CreditNote(&note),
        &expect![[r#"
            Subject: Credit note 4714: €3.50 on bill 4711
            Files: credit-note-4714

            Météore & Co <pay>
            Credit note 4714

            For             alice
            Bill            4711
            Reason          The barrier did not open <script>
            Issued          21 November 2026, 07:29 UTC

            ------------------------------------------------------------------------
            Credited                                                           €3.50

            The credit is on the account; the next bill shows it.

            The signed credit note is the file credit-note-4714.xml that comes with
            this one; it alone is binding.
        "#]],
    );
    let html = Document::of(Signed::CreditNote(&note), &issuer()).unwrap().html;
    assert!(!html.contains("<script>"));
}

fn reminder() -> Reminder {
    Reminder {
        position: number(4715),
        bill: number(4711),
        consumer: alice(),
        number: 2,
        amount_due: euros("1232.56"),
        open: euros("1000"),
        fee: euros("2.5"),
        suspended: false,
        pay_by: Some(at("2026-12-24T00:00:00.000Z")),
        reference: Label::parse("METEORE bill 4711").unwrap(),
        pay_to: Some(Label::parse("DE44500105175407324931").unwrap()),
        issued_at: at("2026-12-10T07:29:25.123Z"),
    }
}

#[test]
fn a_reminder_says_which_it_is_what_is_open_and_how_to_pay() {
    check(
        Signed::Reminder(&reminder()),
        &expect![[r#"
        Subject: Reminder 2 of bill 4711: €1,000.00, to be paid by 24 December 2026
        Files: reminder-4715

        Météore & Co <pay>
        Reminder 2 of bill 4711

        For             alice
        Bill            4711
        Reminders       2
        Issued          10 December 2026, 07:29 UTC
        To be paid      by 24 December 2026
        Reference       METEORE bill 4711
        To the account  DE44500105175407324931

        The bill asked for                                             €1,232.56
        Paid and credited since                                         -€232.56
        ------------------------------------------------------------------------
        Open                                                           €1,000.00

        Please transfer €1,000.00 to DE44500105175407324931, with the reference
        METEORE bill 4711. To be paid by 24 December 2026.

        This reminder costs €2.50: the next bill asks for it, do not add it now.

        If you have paid in the meantime, take this letter as settled.

        The signed reminder is the file reminder-4715.xml that comes with this
        one; it alone is binding.
    "#]],
    );
}

#[test]
fn the_last_letter_says_that_payments_are_suspended() {
    let last = Reminder { fee: euros("0"), suspended: true, pay_by: None, pay_to: None, ..reminder() };
    check(
        Signed::Reminder(&last),
        &expect![[r#"
        Subject: Payments suspended: bill 4711 is not paid: €1,000.00, to be paid at once
        Files: reminder-4715

        Météore & Co <pay>
        Payments suspended: bill 4711 is not paid

        For             alice
        Bill            4711
        Reminders       2
        Issued          10 December 2026, 07:29 UTC
        To be paid      at once
        Reference       METEORE bill 4711

        The bill asked for                                             €1,232.56
        Paid and credited since                                         -€232.56
        ------------------------------------------------------------------------
        Open                                                           €1,000.00

        Please pay €1,000.00, with the reference METEORE bill 4711. To be paid
        at once.

        Payments are suspended: nothing can be paid from the account before this
        is paid.

        If you have paid in the meantime, take this letter as settled.

        The signed reminder is the file reminder-4715.xml that comes with this
        one; it alone is binding.
    "#]],
    );
    // Somebody may be suspended for something else before the last letter about this bill.
    let other = Reminder { suspended: true, ..reminder() };
    let text = Document::of(Signed::Reminder(&other), &issuer()).unwrap().text;
    assert!(text.contains("Reminder 2") && text.contains("Payments are suspended"), "{text}");
    let text = Document::of(Signed::Reminder(&reminder()), &issuer()).unwrap().text;
    assert!(!text.contains("suspended"), "{text}");
}

#[test]
fn a_letter_carries_the_pdf_and_the_signed_bytes() {
    let document = Document::of(Signed::Bill(&bill()), &issuer()).unwrap();
    let pdf = document.pdf.clone();
    let xml: Arc<[u8]> = b"<Bill/>".as_slice().into();
    let to = EmailAddress::parse("alice@example.org").unwrap();
    let letter = document.into_letter(EventId::parse("e-1").unwrap(), to, Arc::clone(&xml)).unwrap();
    let [first, second] = letter.attachments.as_slice() else { panic!("two files") };
    assert_eq!((first.name.as_str(), &*first.content), ("bill-4711.pdf", &*pdf));
    assert_eq!((second.name.as_str(), &*second.content), ("bill-4711.xml", &*xml));
}

#[test]
fn the_largest_numbers_still_have_room() {
    let most = Money::from_micros(i64::MAX, Currency::parse("JPY").unwrap());
    let largest = Bill { position: number(i64::MAX), amount_due: most, ..bill() };
    assert!(Document::of(Signed::Bill(&largest), &issuer()).is_ok());
}
