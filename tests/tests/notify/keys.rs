//! Keys of callbacks that change while callbacks are under way: both verify for a day, then only the new one.

use std::sync::Arc;

use core_payment::{Callback, ChangeParty, Core, Details};
use gateway::notify::callback::SigningKey;
use payment_domain::{PartyId, Timestamp};
use tests::callback::Receiver;
use tests::clock;

use crate::callbacks::verdict_of;
use crate::outbox::{CALLBACK, Issue, deliver_callbacks, on_each_engine};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;
const FIRST: u8 = 1;
const SECOND: u8 = 2;
const THIRD: u8 = 3;

#[tokio::test]
async fn while_keys_change_the_old_and_the_new_one_verify_and_after_a_day_the_new_one_only() {
    on_each_engine(|core| async move {
        let receiver = Receiver::plain(&[]).await.unwrap();
        let first = Callback::parse(&receiver.url("127.0.0.1"), [FIRST; 32]).unwrap();
        tell(&core, first.clone()).await;
        // It is due under the old key, and goes out when the new one is in force.
        core.perform(Arc::new(Issue { to: &[("parking", CALLBACK)] })).await.unwrap();
        let now = clock::now();
        let almost_a_day_ago = now.saturating_add_millis(MINUTE_MS - DAY_MS);
        assert!(verifies(&core, &receiver, first.with_new_key([SECOND; 32], now), &[FIRST, SECOND]).await);
        for (changed_at, keys) in [
            (almost_a_day_ago, &[FIRST, SECOND][..]),
            (now.saturating_add_millis(-DAY_MS), &[SECOND]),
            (Timestamp::EPOCH, &[SECOND]),
        ] {
            core.perform(Arc::new(Issue { to: &[("parking", CALLBACK)] })).await.unwrap();
            let changed = first.with_new_key([SECOND; 32], changed_at);
            assert!(verifies(&core, &receiver, changed, keys).await, "changed at {changed_at}");
        }
        // Two changes in a day: of the keys from before, the last one.
        core.perform(Arc::new(Issue { to: &[("parking", CALLBACK)] })).await.unwrap();
        let twice = first.with_new_key([SECOND; 32], now).with_new_key([THIRD; 32], now);
        assert!(verifies(&core, &receiver, twice, &[SECOND, THIRD]).await);
    })
    .await;
}

/// Whether what is delivered next verifies under just these keys; also without the reference library, which then is
/// not asked.
async fn verifies(core: &Core, receiver: &Receiver, callback: Callback, keys: &[u8]) -> bool {
    tell(core, callback).await;
    let before = receiver.calls().len();
    deliver_callbacks(core).await;
    let calls = receiver.calls();
    let [call] = &calls[before..] else { panic!("{calls:?}") };
    assert_eq!(call.headers["webhook-signature"].split(' ').count(), keys.len());
    [FIRST, SECOND, THIRD].into_iter().all(|byte| {
        let expected = if keys.contains(&byte) { "accepted" } else { "No matching signature found" };
        let verdict = verdict_of(&SigningKey::new(vec![byte; 32]).unwrap(), call);
        verdict.is_none_or(|verdict| verdict == expected)
    })
}

async fn tell(core: &Core, callback: Callback) {
    let name = PartyId::parse("parking").unwrap();
    let details = Details { callback: Some(callback), ..Details::default() };
    let change = ChangeParty { name, active: None, external: None, details: Some(details) };
    core.change_party(change).await.unwrap();
}
