//! A top-up: the consumer's external instrument is charged, then the prepaid account is credited (R5).

use payment_domain::{
    LedgerPosition, Money, Operation, Purpose, SystemAccount, TopUpOrder, TopUpReceipt, TransferKind,
};
use payment_message::{Code, Message, Verified};

use super::expiry::extend_voucher;
use super::{Purse, authorise, find, forgo};
use crate::act::{Accounts, ActError, Asked, Begun, Books, End, NewAttempt, Posting, Request, Settlement};
use crate::order::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Routing;
use crate::storage::purse;

/// A verified top-up order. Repeated, it gets the first answer, and nobody is charged again.
#[derive(Debug, Clone)]
pub struct TopUp(Verified<TopUpOrder>);

impl TopUp {
    /// Takes a verified order.
    #[must_use]
    pub const fn new(order: Verified<TopUpOrder>) -> Self {
        Self(order)
    }

    fn find(&self, books: &mut Books<'_, '_, '_>) -> Result<Result<Purse, Refusal>, ActError> {
        let order = self.0.message();
        find(books, self.0.sender(), &order.consumer, &order.authentication, order.amount)
    }
}

impl Request for TopUp {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().top_up_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: !self.0.message().authentication.evidence.is_empty(),
        }
    }

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let account = self.find(books)?.ok().map(|purse| purse.account);
        Ok(Accounts { consumers: account.into_iter().collect(), ..Accounts::default() })
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let (order, asked) = (self.0.message(), self.asked());
        let purse = match self.find(books)? {
            Ok(purse) => purse,
            Err(refusal) => return books.refuse(&asked, refusal.code, refusal.field),
        };
        let Some(instrument) = purse.consumer.external.clone() else {
            return books.refuse(&asked, Code::InsufficientFunds, None);
        };
        let spent = match authorise(books, &asked, &purse, &order.authentication, order.amount)? {
            Ok(spent) => spent,
            Err(refused) => return Ok(refused),
        };
        if let Err(refusal) = may_hold(books, &purse, order.amount)? {
            return books.refuse(&asked, refusal.code, refusal.field);
        }
        books.batch.account(purse.account)?.spend(spent);
        let operation = Operation::Charge;
        let routing = Routing { scheme: instrument.system(), operation, amount: order.amount };
        let system = books.route(&routing);
        let at = books.position()?;
        let attempt = NewAttempt {
            operation,
            purpose: Purpose::TopUp,
            subject: purse.account,
            party: purse.consumer.id,
            original: None,
            system: &system,
            amount: order.amount,
        };
        books.begin_for(at, &asked, &attempt)
    }
}

/// What an account may hold (AMLD5 art. 12 for somebody unidentified). Money on its way in counts, and money on its way
/// out that may come back: two top-ups at a time cannot exceed it together.
fn may_hold(
    books: &mut Books<'_, '_, '_>,
    purse: &Purse,
    amount: Money,
) -> Result<Result<(), Refusal>, ActError> {
    let limits = books.batch.policy.prepaid;
    let here = books.batch.begun_for(purse.account);
    let begun_here = here.iter().any(|attempt| attempt.purpose == Purpose::TopUp.as_str());
    let mut held = i128::from(books.balance(purse.account)?);
    let under_way = purse::under_way(books.tx.conn(), purse.account)?;
    for micros in here.iter().map(|attempt| attempt.micros).chain(under_way).chain([amount.micros()]) {
        held = held.saturating_add(i128::from(micros));
    }
    let anonymous = purse.consumer.anonymous;
    let most = if anonymous {
        limits.anonymous_stored_max_micros.min(limits.stored_max_micros)
    } else {
        limits.stored_max_micros
    };
    if held > i128::from(most) {
        return Ok(Err(Refusal::of(Code::StoredLimit, "amount")));
    }
    let again = anonymous
        && !limits.anonymous_reloadable
        && (begun_here || purse::topped_up(books.tx.conn(), purse.account)?);
    Ok(if again { Err(Refusal::new(Code::NotReloadable)) } else { Ok(()) })
}

/// What ends top-ups.
#[derive(Debug)]
pub(super) struct TopUps;

impl Settlement for TopUps {
    fn purpose(&self) -> Purpose {
        Purpose::TopUp
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        Ok(Accounts { consumers: [attempt.subject].into(), ..Accounts::default() })
    }

    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError> {
        let (order, digest) = books.asked_at::<TopUpOrder>(attempt.id.value())?;
        let (account, currency) = (attempt.subject, attempt.amount.currency());
        if let End::Declined { .. } = end {
            forgo(books, account, &order.authentication, order.amount)?;
            return books.keep_declined(at, (order.top_up_id.into(), digest));
        }
        let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
        books.post(Posting {
            subject: attempt.id.value(),
            debit: system,
            credit: account,
            micros: attempt.amount.micros(),
            kind: TransferKind::TopUp,
        })?;
        extend_voucher(books.batch, books.tx, account)?;
        let receipt = TopUpReceipt {
            top_up_id: order.top_up_id,
            top_up_digest: digest,
            consumer: order.consumer,
            amount: attempt.amount,
            balance: Money::from_micros(books.balance(account)?, currency),
            topped_up_at: books.now(),
            position: at,
        };
        books.keep_end(at, end, &Message::TopUpReceipt(receipt))
    }
}
