//! Money in: one order, one charge, one credit (R5).

use anyhow::{Result, ensure};
use core_payment::Reply;
use payment_domain::{Capability, Channel, Method, Operation, Purpose, RefundId, RefundOrder};
use payment_message::Message;
use tests::counter::{Counter, message, said};
use tests::database::Database;
use tests::on_each_database;
use tests::passkey::Authenticator;
use tests::town::people::{ALICE, BOB, CAROL, ERIN};
use tests::town::{Newcomer, adapter, euros};

on_each_database!(
    a_top_up_is_charged_once_however_often_it_is_sent,
    a_declined_top_up_credits_nothing_and_uses_up_no_limit,
    a_top_up_is_for_the_consumers_own_prepaid_account,
    a_consumer_is_authenticated_for_a_top_up_as_for_a_single_payment,
    the_audit_sees_a_top_up_that_was_tampered_with,
);

async fn a_top_up_is_charged_once_however_often_it_is_sent(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let order = counter.town.sign(ALICE, counter.town.top_up(ALICE, "20.00"))?;
    let (first, second, third) =
        tokio::join!(counter.hand_in(&order), counter.hand_in(&order), counter.hand_in(&order));
    let attempts: Vec<_> = [first?, second?, third?]
        .into_iter()
        .filter_map(|reply| match reply {
            Reply::Pending { attempt, .. } => attempt,
            Reply::Signed { .. } => None,
        })
        .collect();
    let [attempt] = attempts.as_slice() else { anyhow::bail!("{} attempts", attempts.len()) };
    ensure!((attempt.operation, attempt.purpose) == (Operation::Charge, Purpose::TopUp));
    ensure!(attempt.amount == euros("20.00") && attempt.system == "simulator");

    assert_eq!(counter.finish(attempt.id, "unknown").await?, "pending");
    assert_eq!((counter.balance(ALICE)?, counter.own("external", "simulator")?), ("100.00".to_owned(), 0));
    assert_eq!(counter.finish(attempt.id, "approved").await?, "topped up 20.00 to 120.00");
    for late in ["approved", "declined", "unknown"] {
        assert_eq!(counter.finish(attempt.id, late).await?, "topped up 20.00 to 120.00", "{late}");
    }
    let again = counter.hand_in(&order).await?;
    let Message::TopUpReceipt(receipt) = message(&again)? else { anyhow::bail!("no receipt") };
    ensure!(receipt.top_up_id == order.message.top_up_id && receipt.top_up_digest == order.digest);
    ensure!(receipt.consumer == order.message.consumer);

    // The same id with other content, or by somebody else, is neither charged nor told what became of it.
    let mut other = order.message.clone();
    other.amount = euros("20.01");
    assert_eq!(said(&counter.hand_in(&counter.town.sign(ALICE, other)?).await?)?, "refused id-reused");
    let mut stolen = counter.town.top_up(ERIN, "20.00");
    stolen.top_up_id = order.message.top_up_id;
    assert_eq!(said(&counter.hand_in(&counter.town.sign(ERIN, stolen)?).await?)?, "refused id-reused");
    let refund = RefundOrder {
        refund_id: RefundId::from_bytes(*order.message.top_up_id.as_bytes()),
        ..counter.town.refund(&any_order(&counter).await?, "1.00").refund
    };
    let refund = counter.town.sign("parking", refund)?;
    assert_eq!(said(&counter.hand_in(&refund).await?)?, "refused id-reused");

    assert_eq!(counter.balance(ALICE)?, "118.20");
    assert_eq!(counter.own("external", "simulator")?, -20_000_000);
    counter.close(1)
}

async fn any_order(counter: &Counter) -> Result<payment_domain::PaymentOrder> {
    let offer = counter.deposit(counter.town.offer("parking", "1.80")).await?;
    let order = counter.town.order(&offer).sign()?;
    assert_eq!(said(&counter.hand_in(&order).await?)?, "paid EUR 1.80");
    Ok(order.message)
}

async fn a_declined_top_up_credits_nothing_and_uses_up_no_limit(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let from_browser = |amount: &str| {
        let mut order = counter.town.top_up(ALICE, amount);
        order.authentication.capability = Capability::Browser;
        order.authentication.method = Method::OneTimeCode;
        order.authentication.evidence = b"a code".to_vec();
        counter.town.sign(adapter(Channel::Web), order)
    };
    // Without strong authentication EUR 100 in all: three of 30 and no fourth, unless one of them came to nothing.
    let mut attempts = Vec::new();
    for _ in 0..3 {
        attempts.push(counter.begin(&from_browser("30.00")?).await?.id);
    }
    let fourth = from_browser("30.00")?;
    assert_eq!(said(&counter.hand_in(&fourth).await?)?, "refused over-limit");
    assert_eq!(counter.finish(attempts[0], "declined").await?, "refused declined");
    assert_eq!(counter.finish(attempts[0], "approved").await?, "refused declined");
    counter.begin(&fourth).await?;
    assert_eq!(counter.balance(ALICE)?, "100.00");
    assert_eq!(counter.finish(attempts[1], "approved").await?, "topped up 30.00 to 130.00");
    counter.close(0)
}

async fn a_top_up_is_for_the_consumers_own_prepaid_account(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let town = &counter.town;
    let for_alice = town.top_up(ALICE, "20.00");
    for (signer, order, expected) in [
        (ERIN, for_alice.clone(), "refused wrong-role"),
        ("parking", for_alice.clone(), "refused wrong-role"),
        // An adapter speaks for its own kind of terminal only.
        (adapter(Channel::Web), for_alice, "refused wrong-role"),
        (BOB, town.top_up(BOB, "20.00"), "refused wrong-currency"),
        (CAROL, town.top_up(CAROL, "20.00"), "refused wrong-currency"),
        (ERIN, town.top_up(ERIN, "20.00"), "refused insufficient-funds"),
        (ALICE, town.top_up(ALICE, "0.005"), "refused fraction-of-cent"),
        (ALICE, town.top_up(ALICE, "20.000001"), "refused fraction-of-cent"),
    ] {
        assert_eq!(said(&counter.hand_in(&town.sign(signer, order)?).await?)?, expected, "{signer}");
    }
    assert_eq!(counter.database.sql()?.number("SELECT COUNT(*) FROM attempt")?, 0);
    counter.close(0)
}

async fn a_consumer_is_authenticated_for_a_top_up_as_for_a_single_payment(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let passkey = Authenticator::register(&counter.core, ALICE).await?;
    for (channel, capability, method, amount, expected) in [
        (Channel::Web, Capability::Browser, Method::OneTimeCode, "30.00", "pending"),
        (Channel::Web, Capability::Browser, Method::OneTimeCode, "30.01", "refused over-limit"),
        (Channel::Web, Capability::Passkey, Method::OneTimeCode, "30.01", "refused step-up-required passkey"),
        (Channel::Web, Capability::Passkey, Method::Passkey, "30.01", "pending"),
        (Channel::Web, Capability::Passkey, Method::Passkey, "1000.01", "refused over-limit"),
        // A text message is not enough to move money in, however little.
        (Channel::Sms, Capability::Sms, Method::MsisdnCode, "1.00", "refused over-limit"),
        (Channel::Sms, Capability::Sms, Method::Msisdn, "1.00", "refused method-refused"),
        (Channel::Wap, Capability::Wap, Method::MsisdnPin, "1.00", "refused step-up-required one-time-code"),
    ] {
        let mut order = counter.town.top_up(ALICE, amount);
        (order.authentication.capability, order.authentication.method) = (capability, method);
        order.authentication.evidence = b"how".to_vec();
        if method == Method::Passkey {
            order = passkey.authenticate(order)?;
        }
        let order = counter.town.sign(adapter(channel), order)?;
        assert_eq!(said(&counter.hand_in(&order).await?)?, expected, "{capability} {method} {amount}");
    }
    counter.close(0)
}

async fn the_audit_sees_a_top_up_that_was_tampered_with(database: Database) -> Result<()> {
    let more = vec![Newcomer::prepaid("frank", "0.00").with_external("simulator:approve")];
    let counter = Counter::open(database, more, |_| {}).await?;
    let order = counter.town.sign(ALICE, counter.town.top_up(ALICE, "20.00"))?;
    let attempt = counter.begin(&order).await?;
    counter.finish(attempt.id, "approved").await?;
    let ended = counter.end();
    for (statement, expected) in [
        ("UPDATE transfer SET micros = micros + 1 WHERE kind = 'top-up'", "do not agree"),
        ("UPDATE attempt SET micros = micros + 10000", "do not agree"),
        ("UPDATE attempt SET payment = payment + 1", "do not agree"),
        ("UPDATE attempt SET purpose = 'redemption'", "do not agree"),
        ("DELETE FROM transfer WHERE kind = 'top-up'", "do not agree"),
        ("DELETE FROM evidence WHERE kind = 'request-approved'", "1 of the kind top-up"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}
