//! What an account may hold: the policy's maximum, and AMLD5 art. 12 for whoever nobody has identified.

use anyhow::Result;
use core_payment::Details;
use payment_domain::EmailAddress;
use tests::counter::{Counter, said};
use tests::database::Database;
use tests::on_each_database;
use tests::town::Newcomer;
use tests::town::people::ALICE;

on_each_database!(
    two_top_ups_at_once_do_not_exceed_the_maximum_together,
    whoever_nobody_has_identified_stores_little_and_once,
    an_anonymous_account_may_be_reloadable_within_its_maximum,
);

async fn two_top_ups_at_once_do_not_exceed_the_maximum_together(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    // 100.00 are there already; 1,000.00 may be.
    let order = |amount: &str| counter.town.sign(ALICE, counter.town.top_up(ALICE, amount));
    let (a, b) = (order("500.00")?, order("500.00")?);
    let (first, second) = tokio::join!(counter.hand_in(&a), counter.hand_in(&b));
    let mut answers = [said(&first?)?, said(&second?)?];
    answers.sort_unstable();
    assert_eq!(answers, ["pending", "refused stored-limit"]);
    assert_eq!(said(&counter.hand_in(&order("400.01")?).await?)?, "refused stored-limit");
    let second = counter.begin(&order("400.00")?).await?;
    assert_eq!(said(&counter.hand_in(&order("0.01")?).await?)?, "refused stored-limit");
    // What was refused for the limit may be sent again, and is taken once there is room.
    assert_eq!(counter.finish(second.id, "declined").await?, "refused declined");
    let mut again = 0;
    for order in [&a, &b] {
        again += usize::from(said(&counter.hand_in(order).await?)? == "refused stored-limit");
    }
    assert_eq!(again, 1);
    // What is being redeemed may come back, and counts.
    let back = counter.begin(&counter.town.sign(ALICE, counter.town.redemption(ALICE, "100.00"))?).await?;
    assert_eq!(counter.balance(ALICE)?, "0.00");
    assert_eq!(said(&counter.hand_in(&order("400.01")?).await?)?, "refused stored-limit");
    counter.finish(back.id, "approved").await?;
    counter.begin(&order("400.01")?).await?;
    counter.close(0)
}

async fn whoever_nobody_has_identified_stores_little_and_once(database: Database) -> Result<()> {
    let newcomer = |name| Newcomer::prepaid(name, "0.00").with_external("simulator:approve");
    let by_mail = Details { email: Some(EmailAddress::parse("heidi@example.org")?), ..Details::default() };
    let people = vec![newcomer("greta"), newcomer("heidi").with_details(by_mail)];
    let counter = Counter::open(database, people, |_| {}).await?;
    let order = |name, amount: &str| counter.town.sign(name, counter.town.top_up(name, amount));
    assert_eq!(said(&counter.hand_in(&order("greta", "150.01")?).await?)?, "refused stored-limit");
    let first = counter.begin(&order("greta", "50.00")?).await?;
    assert_eq!(said(&counter.hand_in(&order("greta", "10.00")?).await?)?, "refused not-reloadable");
    counter.finish(first.id, "declined").await?;
    // What came to nothing was no top-up.
    let (a, b) = (order("greta", "50.00")?, order("greta", "50.00")?);
    let (one, other) = tokio::join!(counter.hand_in(&a), counter.hand_in(&b));
    let mut answers = [said(&one?)?, said(&other?)?];
    answers.sort_unstable();
    assert_eq!(answers, ["pending", "refused not-reloadable"]);
    let identified = [order("heidi", "500.00")?, order("heidi", "500.00")?];
    for order in &identified {
        counter.begin(order).await?;
    }
    counter.close(0)
}

async fn an_anonymous_account_may_be_reloadable_within_its_maximum(database: Database) -> Result<()> {
    let people = vec![Newcomer::prepaid("greta", "0.00").with_external("simulator:approve")];
    let counter = Counter::open(database, people, |policy| {
        policy.prepaid.anonymous_reloadable = true;
        policy.prepaid.remote_max_micros = 1_000_000;
    })
    .await?;
    let order = |amount: &str| counter.town.sign("greta", counter.town.top_up("greta", amount));
    for amount in ["50.00", "50.00", "50.00"] {
        let attempt = counter.begin(&order(amount)?).await?;
        counter.finish(attempt.id, "approved").await?;
    }
    assert_eq!(said(&counter.hand_in(&order("0.01")?).await?)?, "refused stored-limit");
    // Little at once from the account; above it the card pays, whose bank knows its holder.
    let greta = counter.town.party("greta");
    let small = counter.deposit(counter.town.offer("parking", "1.00")).await?;
    let large = counter.deposit(counter.town.offer("parking", "1.01")).await?;
    let pay = |offer| counter.town.order(offer).by(&greta).sign();
    assert_eq!(said(&counter.hand_in(&pay(&small)?).await?)?, "paid EUR 1.00");
    assert_eq!(said(&counter.hand_in(&pay(&large)?).await?)?, "pending");
    assert_eq!(counter.balance("greta")?, "149.00");
    counter.close(2)
}
