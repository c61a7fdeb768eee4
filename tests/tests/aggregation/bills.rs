//! What operators book on bills, whom they suspend, and what those are told who do not pay.

use aggregation::terms::Terms;
use aggregation::{BillFilter, SettleError};
use anyhow::{Result, ensure};
use core_payment::{ChangeParty, Details, Filter};
use payment_domain::{Bill, EmailAddress, Label, PartyId};
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::dunning::{advance, billed, short, state};
use crate::stage::{DAY, Stage, act, micros};

on_each_database!(
    the_same_act_once_more_books_nothing,
    what_an_operator_has_suspended_no_payment_reinstates,
    what_an_operator_has_reinstated_is_not_suspended_again_by_the_same_bill,
    who_does_not_pay_is_told_what_is_open_and_what_comes_next,
);

async fn change(stage: &Stage, name: &str, active: Option<bool>, details: Option<Details>) -> Result<()> {
    let name = PartyId::parse(name)?;
    stage.core.change_party(ChangeParty { name, active, external: None, details }).await?;
    Ok(())
}

/// Gustav has nothing to collect from: he is asked at once, reminded once, and suspended.
async fn suspended(stage: &Stage) -> Result<Bill> {
    let bill = billed(stage, "gustav", "7.00").await?;
    for expected in ["reminding", "reminding", "suspended"] {
        advance(stage).await?;
        ensure!(state(stage, &bill)? == expected, "not {expected}");
        stage.wait(DAY);
    }
    Ok(bill)
}

async fn can_pay(stage: &Stage) -> Result<bool> {
    let bun = stage.offer("bakery", "1.00").await?;
    Ok(stage.pay("gustav", &bun).await.is_ok())
}

async fn the_same_act_once_more_books_nothing(database: Database) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    let (first, other) = (billed(&stage, "frida", "7.00").await?, billed(&stage, "hanna", "5.00").await?);
    let aggregation = &stage.aggregation;
    let (id, part) = (act(), euros("3.00"));
    let booked = aggregation.pay_bill(id, first.position, "bank", part).await?;
    ensure!(!booked.before, "booked before");
    for _ in 0..2 {
        let again = aggregation.pay_bill(id, first.position, "bank", part).await?;
        assert_eq!(
            (again.before, again.position, again.booked_at),
            (true, booked.position, booked.booked_at)
        );
    }
    assert_eq!(stage.balance("frida")?, "-4.00");
    // An id is for one act only.
    for attempt in [
        aggregation.pay_bill(id, first.position, "bank", euros("3.01")).await,
        aggregation.pay_bill(id, other.position, "bank", part).await,
        aggregation.pay_bill(id, first.position, "simulator", part).await,
        aggregation.return_collection(id, first.position, "bank", part).await,
    ] {
        assert_eq!(attempt, Err(SettleError::IdReused));
    }
    // What is refused is not kept: the id is free.
    let free = act();
    let too_much = aggregation.pay_bill(free, first.position, "bank", euros("9.00")).await;
    assert_eq!(too_much, Err(SettleError::TooMuch(euros("4.00"))));
    // The same amount under another id is another part.
    aggregation.pay_bill(free, first.position, "bank", part).await?;
    let last = act();
    aggregation.pay_bill(last, first.position, "bank", euros("1.00")).await?;
    assert_eq!((state(&stage, &first)?, stage.balance("frida")?), ("paid".to_owned(), "0.00".to_owned()));
    // Repeated when everything is paid, it is still answered as it was.
    assert!(aggregation.pay_bill(last, first.position, "bank", euros("1.00")).await?.before);

    let back = act();
    assert!(!aggregation.return_collection(back, first.position, "bank", part).await?.before);
    assert!(aggregation.return_collection(back, first.position, "bank", part).await?.before);
    assert_eq!(
        (state(&stage, &first)?, stage.balance("frida")?),
        ("retrying".to_owned(), "-3.00".to_owned())
    );

    let (view, entries) = aggregation.bill(first.position)?.expect("a bill");
    assert_eq!((view.open, view.collected, entries.len()), (part, euros("4.00"), 4));
    assert_eq!((entries[0].id, entries[0].amount, entries[3].kind.as_str()), (id, part, "returned"));
    let open = aggregation.bills(&BillFilter { limit: 10, ..BillFilter::default() })?;
    let numbers: Vec<_> = open.iter().map(|bill| bill.position).collect();
    assert_eq!(numbers, [first.position, other.position]);
    // Whoever changes what was booked is found.
    let Stage { core, database, aggregation, .. } = stage;
    core.shut_down();
    ensure!(aggregation.audit()?.passes(), "{:#?}", aggregation.audit()?.findings);
    drop((core, aggregation));
    for change in ["SET micros = micros + 1", "SET bill = (SELECT MAX(position) FROM bill)"] {
        let copy = database.copy()?;
        ensure!(copy.sql()?.touch(&format!("UPDATE bill_entry {change}"))? > 0, "{change}");
        let url = core_payment::DatabaseUrl::parse(copy.url())?;
        let findings = aggregation::audit::audit(&url)?.findings;
        ensure!(findings.iter().any(|finding| finding.fault.contains("act of an operator")), "{findings:#?}");
    }
    Ok(())
}

async fn what_an_operator_has_suspended_no_payment_reinstates(database: Database) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    // Suspended by an operator first, then for the bill.
    let bill = billed(&stage, "gustav", "7.00").await?;
    change(&stage, "gustav", Some(false), None).await?;
    for _ in 0..3 {
        advance(&stage).await?;
        stage.wait(DAY);
    }
    assert_eq!(state(&stage, &bill)?, "suspended");
    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("7.00")).await?;
    advance(&stage).await?;
    assert_eq!((state(&stage, &bill)?, can_pay(&stage).await?), ("paid".to_owned(), false));
    change(&stage, "gustav", Some(true), None).await?;
    assert!(can_pay(&stage).await?);

    // Suspended for the bill first, then by an operator.
    let bill = suspended(&stage).await?;
    change(&stage, "gustav", Some(false), None).await?;
    let open = stage.aggregation.bill(bill.position)?.expect("a bill").0.open;
    stage.aggregation.pay_bill(act(), bill.position, "bank", open).await?;
    advance(&stage).await?;
    assert_eq!((state(&stage, &bill)?, can_pay(&stage).await?), ("paid".to_owned(), false));
    stage.close()
}

async fn what_an_operator_has_reinstated_is_not_suspended_again_by_the_same_bill(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    let bill = suspended(&stage).await?;
    assert!(!can_pay(&stage).await?);
    change(&stage, "gustav", Some(true), None).await?;
    advance(&stage).await?;
    assert!(can_pay(&stage).await?, "an operator's word counts");
    // A suspension that came after it, for something else, outlives the payment.
    change(&stage, "gustav", Some(false), None).await?;
    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("7.00")).await?;
    advance(&stage).await?;
    assert!(!can_pay(&stage).await?);
    stage.close()
}

async fn who_does_not_pay_is_told_what_is_open_and_what_comes_next(database: Database) -> Result<()> {
    let pay_to = Some(Label::parse("DE44500105175407324931")?);
    let mut terms = Terms { pay_to: pay_to.clone(), ..short() };
    terms.dunning.remind_after_ms = vec![DAY, 3 * DAY];
    let stage = Stage::open(database, terms).await?;
    let email = Some(EmailAddress::parse("gustav@example.org")?);
    change(&stage, "gustav", None, Some(Details { email, ..Details::default() })).await?;
    let bill = billed(&stage, "gustav", "7.00").await?;
    advance(&stage).await?;
    stage.wait(DAY);
    advance(&stage).await?;
    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("2.50")).await?;
    for days in [3, 1] {
        stage.wait(days * DAY);
        advance(&stage).await?;
    }
    assert_eq!(state(&stage, &bill)?, "suspended");
    let reminders = stage.reminders()?;
    let told: Vec<_> = reminders
        .iter()
        .map(|letter| (letter.number, letter.open.decimal(), letter.fee.decimal(), letter.suspended))
        .collect();
    let expected = [
        (1, "7.00".to_owned(), "2.00".to_owned(), false),
        (2, "4.50".to_owned(), "2.00".to_owned(), false),
        (2, "4.50".to_owned(), "0.00".to_owned(), true),
    ];
    assert_eq!(told, expected);
    for letter in &reminders {
        assert_eq!(
            (letter.bill, &letter.consumer, letter.amount_due),
            (bill.position, &bill.consumer, euros("7.00"))
        );
        assert_eq!(letter.reference.as_str(), format!("METEORE bill {}", bill.position));
        assert_eq!(letter.pay_to, pay_to);
    }
    let until: Vec<_> =
        reminders.iter().map(|letter| letter.pay_by.map(|by| by.millis_since(letter.issued_at))).collect();
    let about =
        |millis: Option<i64>, days: i64| millis.is_some_and(|millis| (millis - days * DAY).abs() < 60_000);
    assert!(about(until[0], 3) && about(until[1], 1) && until[2].is_none(), "{until:?}");

    // A letter is one document, sent as it was issued whenever it is sent.
    let letters = stage.core.notices(&Filter { limit: 10, ..Filter::default() })?;
    let subjects: Vec<_> = letters.iter().map(|letter| letter.subject).collect();
    let mut issued = vec![bill.position.value()];
    issued.extend(reminders.iter().map(|letter| letter.position.value()));
    assert_eq!(subjects, issued);
    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("4.50")).await?;
    advance(&stage).await?;
    assert_eq!(stage.reminders()?, reminders);
    assert_eq!(
        stage.number("SELECT SUM(balance) FROM account WHERE kind = 'fee' AND label = 'reminders'")?,
        micros("4.00")
    );
    stage.close()
}
