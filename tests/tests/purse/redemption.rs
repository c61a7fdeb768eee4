//! Money out: at par, to the consumer's own bank account or card, held until the bank has answered (R55).

use anyhow::{Result, ensure};
use core_payment::{BankDetails, Details};
use payment_domain::{BankAccount, Iban, Label, Operation, Purpose};
use tests::counter::{Counter, said};
use tests::database::Database;
use tests::on_each_database;
use tests::town::people::{ALICE, BOB, ERIN};
use tests::town::{Newcomer, euros};

on_each_database!(
    value_goes_back_to_the_bank_at_par,
    value_goes_back_to_the_card_without_a_bank_account,
    a_redemption_that_the_bank_refuses_is_undone,
    no_more_is_redeemed_than_there_is,
    a_redemption_is_paid_out_once_however_often_it_is_sent,
    the_audit_sees_a_redemption_that_was_tampered_with,
);

fn banked(name: &str, amount: &str) -> Result<Newcomer> {
    let account = BankAccount {
        holder: Label::parse("Ines Duarte")?,
        iban: Iban::parse("DE89370400440532013000")?,
        bic: None,
    };
    let bank = Some(BankDetails { account, mandate: None });
    Ok(Newcomer::prepaid(name, amount)
        .with_external("simulator:approve")
        .with_details(Details { bank, ..Details::default() }))
}

async fn value_goes_back_to_the_bank_at_par(database: Database) -> Result<()> {
    let counter = Counter::open(database, vec![banked("ines", "50.00")?], |_| {}).await?;
    let order = counter.town.sign("ines", counter.town.redemption("ines", "20.00"))?;
    let attempt = counter.begin(&order).await?;
    ensure!((attempt.operation, attempt.purpose) == (Operation::Payout, Purpose::Redemption));
    ensure!(attempt.system == "sepa" && attempt.amount == euros("20.00"));
    ensure!(attempt.bank.as_ref().is_some_and(|bank| bank.account.iban.reveal() == "DE89370400440532013000"));
    assert_eq!((counter.balance("ines")?, counter.own("hold", "redemption")?), ("30.00".into(), 20_000_000));
    assert_eq!(counter.finish(attempt.id, "unknown").await?, "pending");
    assert_eq!(counter.own("hold", "redemption")?, 20_000_000, "nothing is given back on a guess");
    assert_eq!(counter.finish(attempt.id, "approved").await?, "redeemed 20.00 to 30.00");
    assert_eq!(counter.finish(attempt.id, "declined").await?, "redeemed 20.00 to 30.00");
    assert_eq!((counter.own("hold", "redemption")?, counter.own("external", "sepa")?), (0, 20_000_000));
    // EMD2 art. 11: all of it, and free of charge.
    let rest = counter.begin(&counter.town.sign("ines", counter.town.redemption("ines", "30.00"))?).await?;
    assert_eq!(counter.finish(rest.id, "approved").await?, "redeemed 30.00 to 0.00");
    counter.close(0)
}

async fn value_goes_back_to_the_card_without_a_bank_account(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let attempt = counter.begin(&counter.town.sign(ALICE, counter.town.redemption(ALICE, "20.00"))?).await?;
    ensure!(attempt.system == "simulator" && attempt.operation == Operation::Payout);
    assert_eq!(counter.finish(attempt.id, "approved").await?, "redeemed 20.00 to 80.00");
    counter.close(0)
}

async fn a_redemption_that_the_bank_refuses_is_undone(database: Database) -> Result<()> {
    let counter = Counter::open(database, vec![banked("ines", "50.00")?], |_| {}).await?;
    let attempt =
        counter.begin(&counter.town.sign("ines", counter.town.redemption("ines", "50.00"))?).await?;
    assert_eq!(counter.balance("ines")?, "0.00");
    assert_eq!(counter.finish(attempt.id, "declined").await?, "refused declined");
    assert_eq!(counter.finish(attempt.id, "approved").await?, "refused declined");
    assert_eq!((counter.balance("ines")?, counter.own("hold", "redemption")?), ("50.00".into(), 0));
    counter.close(0)
}

async fn no_more_is_redeemed_than_there_is(database: Database) -> Result<()> {
    let people = vec![banked("ines", "50.00")?, Newcomer::prepaid("jana", "5.00")];
    let counter = Counter::open(database, people, |_| {}).await?;
    let town = &counter.town;
    for (signer, order, expected) in [
        ("ines", town.redemption("ines", "50.01"), "refused insufficient-funds"),
        ("ines", town.redemption("ines", "0.001"), "refused fraction-of-cent"),
        ("jana", town.redemption("jana", "5.00"), "refused no-payout-account"),
        (ERIN, town.redemption("ines", "5.00"), "refused wrong-role"),
        (BOB, town.redemption(BOB, "5.00"), "refused wrong-currency"),
    ] {
        assert_eq!(said(&counter.hand_in(&town.sign(signer, order)?).await?)?, expected, "{signer}");
    }
    let all = || town.sign("ines", town.redemption("ines", "50.00"));
    let (a, b) = (all()?, all()?);
    let (one, other) = tokio::join!(counter.hand_in(&a), counter.hand_in(&b));
    let mut answers = [said(&one?)?, said(&other?)?];
    answers.sort_unstable();
    assert_eq!(answers, ["pending", "refused insufficient-funds"]);
    // What is on its way out can no longer be spent.
    let offer = counter.deposit(town.offer("parking", "1.80")).await?;
    let order = town.order(&offer).by(&town.party("ines")).sign()?;
    assert_eq!(said(&counter.hand_in(&order).await?)?, "pending", "the card pays");
    counter.close(1)
}

async fn a_redemption_is_paid_out_once_however_often_it_is_sent(database: Database) -> Result<()> {
    let counter = Counter::open(database, vec![banked("ines", "50.00")?], |_| {}).await?;
    let order = counter.town.sign("ines", counter.town.redemption("ines", "20.00"))?;
    let attempt = counter.begin(&order).await?;
    ensure!(counter.begin(&order).await.is_err(), "an attempt was given out twice");
    counter.finish(attempt.id, "approved").await?;
    assert_eq!(said(&counter.hand_in(&order).await?)?, "redeemed 20.00 to 30.00");
    let mut other = order.message.clone();
    other.amount = euros("25.00");
    assert_eq!(said(&counter.hand_in(&counter.town.sign("ines", other)?).await?)?, "refused id-reused");
    assert_eq!((counter.balance("ines")?, counter.own("external", "sepa")?), ("30.00".into(), 20_000_000));
    counter.close(0)
}

async fn the_audit_sees_a_redemption_that_was_tampered_with(database: Database) -> Result<()> {
    let counter = Counter::open(database, vec![banked("ines", "50.00")?], |_| {}).await?;
    let order = |amount| counter.town.sign("ines", counter.town.redemption("ines", amount));
    let attempts = [
        counter.begin(&order("5.00")?).await?,
        counter.begin(&order("6.00")?).await?,
        counter.begin(&order("7.00")?).await?,
    ];
    counter.finish(attempts[0].id, "approved").await?;
    counter.finish(attempts[1].id, "declined").await?;
    let ended = counter.end();
    for (statement, expected) in [
        ("UPDATE transfer SET micros = micros - 1 WHERE kind = 'redemption-hold'", "do not agree"),
        ("DELETE FROM transfer WHERE kind = 'redemption-void'", "do not agree"),
        ("DELETE FROM transfer WHERE kind = 'redemption-paid'", "do not agree"),
        ("UPDATE attempt SET payment = payment + 1 WHERE state = 'declined'", "do not agree"),
        // Whoever loses a pending redemption keeps somebody's money.
        ("UPDATE attempt SET state = 'approved' WHERE state = 'pending'", "what is held in EUR differs"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}
