use super::*;

fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn line(merchant: &str, count: u64, amount: &str) -> Line {
    Line { merchant: MerchantId::parse(merchant).unwrap(), count, amount: eur(amount) }
}

fn bill() -> Bill {
    Bill {
        position: LedgerPosition::new(1).unwrap(),
        consumer: ConsumerId::parse("alice").unwrap(),
        from: Timestamp::EPOCH,
        to: Timestamp::EPOCH.saturating_add_millis(1),
        opening: eur("0.004"),
        payments: eur("3.601"),
        count: 3,
        refunds: eur("0.50"),
        credits: eur("-0.20"),
        amount_due: eur("3.30"),
        carried: eur("0.005"),
        root: Digest::new([0; 32]),
        lines: vec![line("city-tram", 2, "3.60"), line("news", 1, "0.001")],
        due_at: Timestamp::EPOCH,
        issued_at: Timestamp::EPOCH,
    }
}

fn statement() -> Statement {
    Statement {
        position: LedgerPosition::new(1).unwrap(),
        consumer: ConsumerId::parse("alice").unwrap(),
        from: Timestamp::EPOCH,
        to: Timestamp::EPOCH.saturating_add_millis(1),
        opening: eur("10"),
        top_ups: eur("20"),
        payments: eur("3.60"),
        count: 2,
        refunds: eur("0.50"),
        redemptions: eur("5"),
        other: eur("-0.90"),
        closing: eur("21"),
        root: Digest::new([0; 32]),
        lines: vec![line("city-tram", 2, "3.60")],
        issued_at: Timestamp::EPOCH,
    }
}

fn advice() -> PayoutAdvice {
    PayoutAdvice {
        position: LedgerPosition::new(1).unwrap(),
        merchant: MerchantId::parse("city-tram").unwrap(),
        from: Timestamp::EPOCH,
        to: Timestamp::EPOCH.saturating_add_millis(1),
        opening: eur("-0.005"),
        sales: eur("100"),
        count: 55,
        refunds: eur("2"),
        disputes: eur("1"),
        fees: eur("3.001"),
        other: eur("0.25"),
        payout: eur("94.24"),
        carried: eur("0.004"),
        root: Digest::new([0; 32]),
        reference: Label::parse("METEORE 1").unwrap(),
        issued_at: Timestamp::EPOCH,
    }
}

#[test]
fn what_adds_up_is_a_bill_a_statement_or_a_payout_advice() {
    assert_eq!(bill().checked(), Ok(bill()));
    assert_eq!(statement().checked(), Ok(statement()));
    assert_eq!(advice().checked(), Ok(advice()));
}

#[test]
fn a_document_with_any_figure_changed_does_not_add_up() {
    let cent = |money: &mut Money| *money = money.checked_add(eur("0.01")).unwrap();
    let figures: [fn(&mut Bill) -> &mut Money; 6] = [
        |bill| &mut bill.opening,
        |bill| &mut bill.payments,
        |bill| &mut bill.refunds,
        |bill| &mut bill.credits,
        |bill| &mut bill.amount_due,
        |bill| &mut bill.carried,
    ];
    for figure in figures {
        let mut bill = bill();
        cent(figure(&mut bill));
        assert_eq!(bill.checked(), Err(InvalidStatement::DoesNotAddUp));
    }
    let figures: [fn(&mut Statement) -> &mut Money; 7] = [
        |statement| &mut statement.opening,
        |statement| &mut statement.top_ups,
        |statement| &mut statement.payments,
        |statement| &mut statement.refunds,
        |statement| &mut statement.redemptions,
        |statement| &mut statement.other,
        |statement| &mut statement.closing,
    ];
    for figure in figures {
        let mut statement = statement();
        cent(figure(&mut statement));
        assert_eq!(statement.checked(), Err(InvalidStatement::DoesNotAddUp));
    }
    let figures: [fn(&mut PayoutAdvice) -> &mut Money; 8] = [
        |advice| &mut advice.opening,
        |advice| &mut advice.sales,
        |advice| &mut advice.refunds,
        |advice| &mut advice.disputes,
        |advice| &mut advice.fees,
        |advice| &mut advice.other,
        |advice| &mut advice.payout,
        |advice| &mut advice.carried,
    ];
    for figure in figures {
        let mut advice = advice();
        cent(figure(&mut advice));
        assert_eq!(advice.checked(), Err(InvalidStatement::DoesNotAddUp));
    }
}

#[test]
fn a_document_has_one_currency_and_a_period() {
    let usd = Currency::parse("USD").unwrap();
    let mixed = Bill { refunds: Money::zero(usd), ..bill() };
    assert!(matches!(mixed.checked(), Err(InvalidStatement::Money(MoneyError::CurrencyMismatch { .. }))));
    let in_a_line = Line { amount: Money::from_micros(1, usd), ..line("city-tram", 1, "1") };
    let mixed = Statement { lines: vec![in_a_line], ..statement() };
    assert!(matches!(mixed.checked(), Err(InvalidStatement::Money(MoneyError::CurrencyMismatch { .. }))));
    let backwards = PayoutAdvice { to: Timestamp::EPOCH, ..advice() };
    assert_eq!(backwards.checked(), Err(InvalidStatement::NeverOpen));
}

#[test]
fn lines_come_to_no_more_than_was_paid_and_may_come_to_less() {
    assert!(Bill { lines: Vec::new(), ..bill() }.checked().is_ok());
    for lines in [vec![line("city-tram", 4, "3.60")], vec![line("city-tram", 3, "3.602")]] {
        assert_eq!(Bill { lines, ..bill() }.checked(), Err(InvalidStatement::Lines));
    }
}
