//! Prepaid accounts (R5, R6): money comes in by a top-up, goes out by purchases, and back to the bank by a redemption.
//!
//! A top-up and a redemption are the only two acts that ask an external system; a purchase from the account is a row in
//! the ledger. Both follow the saga of design.md (c): the attempt is on record before anybody outside is asked, and what
//! is unknown stays pending. Value in an account does not expire (EMD2 art. 11), unless it was opened as a voucher.
//!
//! What this must not do: call out, or decide who may act for whom otherwise than orders do. Start at [`TopUp`].

mod expiry;
mod redemption;
mod returned;
mod top_up;

use std::sync::Arc;

use payment_domain::{Authentication, ConsumerId, Decision, Money, Question, Role, Spent, decide_transfer};
use payment_message::{Code, Sender};

pub(crate) use expiry::open_voucher;
pub(crate) use expiry::words as expiry_words;
pub use expiry::{ExpirePurses, Expiries};
pub use redemption::Redemption;
pub(crate) use returned::words as return_words;
pub use top_up::TopUp;

use crate::act::{ActError, Asked, Books, Reversal, Settlement};
use crate::order::accept::speaks_for;
use crate::order::refusal::{Refusal, code_of, sign_ruling};
use crate::parties::Party;
use crate::reply::Reply;
use crate::storage::party::AccountRef;

/// The hold that redemptions wait in.
pub(crate) const fn redemption_hold() -> &'static str {
    redemption::HOLD
}

/// What banks and cards move at the least.
const CENT_MICROS: i64 = 10_000;

/// What ends top-ups and redemptions.
pub(crate) fn settlements() -> [Arc<dyn Settlement>; 2] {
    [Arc::new(top_up::TopUps), Arc::new(redemption::Redemptions)]
}

/// What takes redemptions and top-ups back.
pub(crate) fn reversals() -> [Arc<dyn Reversal>; 2] {
    [Arc::new(redemption::Redemptions), Arc::new(returned::ReturnedTopUps)]
}

/// A consumer's prepaid account.
struct Purse {
    consumer: Arc<Party>,
    account: i64,
}

/// Finds the account that a consumer's instruction is about, if the sender may speak for them.
fn find(
    books: &mut Books<'_, '_, '_>,
    sender: &Sender,
    consumer: &ConsumerId,
    authentication: &Authentication,
    amount: Money,
) -> Result<Result<Purse, Refusal>, ActError> {
    let Some(speaker) = books.known(sender.party())? else {
        return Ok(Err(Refusal::new(Code::UnknownSender)));
    };
    let consumer = books.known(consumer.party())?.filter(|party| party.role == Role::Terminal);
    let Some(consumer) = consumer else { return Ok(Err(Refusal::of(Code::UnknownConsumer, "consumer"))) };
    if !speaks_for(authentication.capability, sender, &consumer) {
        return Ok(Err(Refusal::new(Code::WrongRole)));
    }
    if !consumer.active || !speaker.active {
        return Ok(Err(Refusal::new(Code::ConsumerSuspended)));
    }
    let currency = amount.currency();
    let prepaid = |account: &&AccountRef| account.kind == "prepaid" && account.currency == currency.as_str();
    let account = consumer.accounts.iter().find(prepaid);
    let Some(account) = account.map(|account| account.id) else {
        return Ok(Err(Refusal::of(Code::WrongCurrency, "amount")));
    };
    if amount.micros().checked_rem(CENT_MICROS) != Some(0) {
        return Ok(Err(Refusal::of(Code::FractionOfCent, "amount")));
    }
    Ok(Ok(Purse { consumer, account }))
}

/// Whether the consumer was authenticated well enough, as for a single payment of the amount: what has been spent after
/// it, or the refusal.
fn authorise(
    books: &mut Books<'_, '_, '_>,
    asked: &Asked<'_>,
    purse: &Purse,
    authentication: &Authentication,
    amount: Money,
) -> Result<Result<Spent, Reply>, ActError> {
    let Authentication { capability, method, .. } = *authentication;
    let question = Question { amount, capability, method, now: books.batch.now };
    let spent = books.batch.account(purse.account)?.spent;
    let policy = books.batch.policy;
    let ruling = decide_transfer(&question, spent, policy);
    let (code, challenge) = match ruling.decision {
        Decision::Single => {
            let strong = policy.grant(capability, method).is_some_and(|grant| grant.strong);
            return Ok(Ok(spent.after(&question, strong, ruling.decision)));
        }
        Decision::Refused(reason) => (code_of(reason), None),
        Decision::StepUp(challenge) => (Code::StepUpRequired, Some(challenge)),
        Decision::Aggregated(_) => return Err(ActError::corrupt("ruling")),
    };
    Ok(Err(sign_ruling(books.batch, asked.id, asked.digest, code, challenge, &ruling)?))
}

/// Gives back what an instruction that came to nothing has used of the limits over time.
fn forgo(
    books: &mut Books<'_, '_, '_>,
    account: i64,
    authentication: &Authentication,
    amount: Money,
) -> Result<(), ActError> {
    let grant = books.batch.policy.grant(authentication.capability, authentication.method);
    if grant.is_some_and(|grant| grant.strong) {
        return Ok(());
    }
    let locked = books.batch.account(account)?;
    let before = locked.spent;
    locked.spend(Spent {
        since_strong_micros: before.since_strong_micros.saturating_sub(amount.micros()).max(0),
        since_strong_count: before.since_strong_count.saturating_sub(1),
        ..before
    });
    Ok(())
}
