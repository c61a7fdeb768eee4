//! The core's register of passkeys, and what the audit makes of it.

use anyhow::Result;
use core_payment::passkey::{CredentialId, MOST_PASSKEYS, NewPasskey, PasskeyError};
use payment_domain::{ConsumerId, Method, Msisdn, PartyId};
use payment_message::passkey::Claimed;
use tests::counter::{Counter, said};
use tests::database::Database;
use tests::on_each_database;
use tests::passkey::Authenticator;
use tests::town::people::{ALICE, ALICE_NUMBER, BOB};

on_each_database!(
    a_passkey_belongs_to_one_consumer_until_it_is_revoked_for_good,
    only_consumers_have_passkeys_and_not_without_end,
    the_audit_sees_a_register_that_says_something_else_than_the_evidence,
    the_audit_asks_for_the_proof_of_every_message,
);

async fn a_passkey_belongs_to_one_consumer_until_it_is_revoked_for_good(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let core = &counter.core;
    let (alice, bob) = (PartyId::parse(ALICE)?, PartyId::parse(BOB)?);
    let first = Authenticator::register(core, ALICE).await?;
    let second = Authenticator::register(core, ALICE).await?;
    let listed = |party| -> Result<Vec<CredentialId>> {
        Ok(core.passkeys(party)?.into_iter().map(|passkey| passkey.credential).collect())
    };
    assert_eq!(listed(&alice)?, [first.credential.clone(), second.credential.clone()]);
    assert!(listed(&bob)?.is_empty());

    // The same again changes nothing; anything else under its id is refused.
    core.register_passkey(first.passkey_of(ALICE)?).await?;
    assert_eq!(core.register_passkey(first.passkey_of(BOB)?).await, Err(PasskeyError::Taken));
    let other_key = NewPasskey { credential: first.credential.clone(), ..second.passkey_of(ALICE)? };
    assert_eq!(core.register_passkey(other_key).await, Err(PasskeyError::Taken));

    let by_name = ConsumerId::parse(ALICE)?;
    let number = Msisdn::parse(ALICE_NUMBER)?;
    let key = first.passkey_of(ALICE)?.key;
    for consumer in [Claimed::Consumer(&by_name), Claimed::Msisdn(&number)] {
        assert_eq!(core.passkey_of(consumer, &first.credential)?, Some(key.clone()));
    }
    assert_eq!(core.passkey_of(Claimed::Consumer(&ConsumerId::parse(BOB)?), &first.credential)?, None);

    assert_eq!(core.revoke_passkey(&bob, &first.credential).await, Err(PasskeyError::UnknownPasskey));
    let unknown = Authenticator::make()?.credential;
    assert_eq!(core.revoke_passkey(&alice, &unknown).await, Err(PasskeyError::UnknownPasskey));
    core.revoke_passkey(&alice, &first.credential).await?;
    core.revoke_passkey(&alice, &first.credential).await?;
    assert_eq!(core.passkey_of(Claimed::Consumer(&by_name), &first.credential)?, None);
    assert_eq!(listed(&alice)?, [second.credential]);
    assert_eq!(core.register_passkey(first.passkey_of(ALICE)?).await, Err(PasskeyError::Taken));
    counter.close(0)
}

async fn only_consumers_have_passkeys_and_not_without_end(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let core = &counter.core;
    let passkey = Authenticator::make()?;
    for nobody in ["parking", "adapter-web", "nobody"] {
        let refused = core.register_passkey(passkey.passkey_of(nobody)?).await;
        assert_eq!(refused, Err(PasskeyError::UnknownConsumer), "{nobody}");
    }
    let mut last = passkey;
    for _ in 0..MOST_PASSKEYS {
        last = Authenticator::register(core, ALICE).await?;
    }
    let more = Authenticator::make()?;
    assert_eq!(core.register_passkey(more.passkey_of(ALICE)?).await, Err(PasskeyError::TooMany));
    core.revoke_passkey(&PartyId::parse(ALICE)?, &last.credential).await?;
    core.register_passkey(more.passkey_of(ALICE)?).await?;
    Authenticator::register(core, BOB).await?;
    counter.close(0)
}

async fn the_audit_sees_a_register_that_says_something_else_than_the_evidence(
    database: Database,
) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let core = &counter.core;
    let passkey = Authenticator::register(core, ALICE).await?;
    let revoked = Authenticator::register(core, ALICE).await?;
    core.revoke_passkey(&PartyId::parse(ALICE)?, &revoked.credential).await?;
    let offer = counter.deposit(counter.town.offer("parking", "1.80")).await?;
    let order = counter.town.order(&offer).by_passkey(&passkey)?.sign()?;
    assert_eq!(said(&counter.hand_in(&order).await?)?, "paid EUR 1.80");
    let ended = counter.end();
    let (in_force, otherwise) = ("revoked_at IS NULL", "is registered otherwise");
    for (change, which, expected) in [
        // A key of somebody else's.
        ("public_key = (SELECT public_key FROM passkey WHERE revoked_at IS NOT NULL)", in_force, otherwise),
        (
            "public_key = (SELECT public_key FROM passkey WHERE revoked_at IS NOT NULL)",
            in_force,
            "does not verify",
        ),
        ("party = (SELECT id FROM party WHERE name = 'bob')", in_force, otherwise),
        ("party = (SELECT id FROM party WHERE name = 'bob')", in_force, "was not this consumer's"),
        ("revoked_at = NULL", "revoked_at IS NOT NULL", otherwise),
        ("revoked_at = NULL", "revoked_at IS NOT NULL", "2 are registered and 0 revoked"),
        ("revoked_at = revoked_at + 1", "revoked_at IS NOT NULL", otherwise),
        // Long before the order.
        ("revoked_at = 1", in_force, "was not this consumer's, or not then"),
        ("registered_at = registered_at + 1", in_force, otherwise),
    ] {
        ended.tamper(&format!("UPDATE passkey SET {change} WHERE {which}"), expected)?;
    }
    ended.tamper("DELETE FROM passkey WHERE revoked_at IS NULL", "is not registered")?;
    ended.tamper("DELETE FROM passkey WHERE revoked_at IS NOT NULL", "1 are registered and 0 revoked")?;
    ended.passes(1)
}

/// Whoever gets past the door, by another program on the same database for one, is found out.
async fn the_audit_asks_for_the_proof_of_every_message(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let offer = counter.deposit(counter.town.offer("parking", "1.80")).await?;
    let passkey = Authenticator::register(&counter.core, ALICE).await?;
    let proven = counter.town.order(&offer).by_passkey(&passkey)?;
    let made_up = proven.clone().with(|order| order.evidence = b"it was her".to_vec());
    let (of_another, id) = (proven.clone(), counter.town.order(&offer).order.order_id);
    for order in [proven.sign()?, of_another.id(id).sign()?] {
        assert_eq!(said(&counter.hand_in(&order).await?)?, "paid EUR 1.80");
    }
    let id = counter.town.order(&offer).order.order_id;
    let made_up = made_up.id(id).sign()?;
    assert_eq!(made_up.message.method, Method::Passkey);
    assert_eq!(said(&counter.hand_in(&made_up).await?)?, "paid EUR 1.80");
    let faults = counter.end().faults()?;
    let expected = [
        "the passkey: the assertion is over another challenge",
        "the passkey: the evidence is not an assertion in encoding 1",
    ];
    assert_eq!(faults, expected);
    Ok(())
}
