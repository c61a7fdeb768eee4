//! A redemption: value on a prepaid account becomes money at the consumer's bank again, at par and free of charge (R55,
//! EMD2 art. 11). It is held until the bank has answered.

use payment_domain::{
    LedgerPosition, Money, Operation, Purpose, RedemptionOrder, RedemptionReceipt, SystemAccount,
    TransferKind,
};
use payment_message::{Code, Message, Verified};

use super::expiry::extend_voucher;
use super::{Purse, authorise, find, forgo};
use crate::act::{
    Accounts, ActError, Asked, Begun, Books, End, Irreversible, NewAttempt, Posting, Request, Reversal,
    Settlement,
};
use crate::order::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Routing;

/// The hold that redemptions wait in.
pub(super) const HOLD: &str = "redemption";
/// The system that pays to bank accounts.
const BANK: &str = crate::bank::SYSTEM;

/// A verified redemption order. Repeated, it gets the first answer, and nothing is paid out again.
#[derive(Debug, Clone)]
pub struct Redemption(Verified<RedemptionOrder>);

impl Redemption {
    /// Takes a verified order.
    #[must_use]
    pub const fn new(order: Verified<RedemptionOrder>) -> Self {
        Self(order)
    }

    fn find(&self, books: &mut Books<'_, '_, '_>) -> Result<Result<Purse, Refusal>, ActError> {
        let order = self.0.message();
        find(books, self.0.sender(), &order.consumer, &order.authentication, order.amount)
    }
}

impl Request for Redemption {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().redemption_id.into(),
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
        let spent = match authorise(books, &asked, &purse, &order.authentication, order.amount)? {
            Ok(spent) => spent,
            Err(refused) => return Ok(refused),
        };
        // To the bank account; to the card that the money came from only where there is none.
        let scheme = match (purse.consumer.bank(), &purse.consumer.external) {
            (Some(_), _) => BANK,
            (None, Some(instrument)) => instrument.system(),
            (None, None) => return books.refuse(&asked, Code::NoPayoutAccount, None),
        };
        let available = books.available(purse.account, order.amount.currency())?;
        if available.micros() < order.amount.micros() {
            return books.refuse(&asked, Code::InsufficientFunds, Some("amount"));
        }
        books.batch.account(purse.account)?.spend(spent);
        let operation = Operation::Payout;
        let routing = Routing { scheme, operation, amount: order.amount };
        let system = books.route(&routing);
        let hold = books.system_account(SystemAccount::Hold, HOLD, order.amount.currency())?;
        let at = books.position()?;
        books.post(Posting {
            subject: at.value(),
            debit: purse.account,
            credit: hold,
            micros: order.amount.micros(),
            kind: TransferKind::RedemptionHold,
        })?;
        let attempt = NewAttempt {
            operation,
            purpose: Purpose::Redemption,
            subject: purse.account,
            party: purse.consumer.id,
            original: None,
            system: &system,
            amount: order.amount,
        };
        books.begin_for(at, &asked, &attempt)
    }
}

/// What ends redemptions.
#[derive(Debug)]
pub(super) struct Redemptions;

impl Settlement for Redemptions {
    fn purpose(&self) -> Purpose {
        Purpose::Redemption
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
        let (order, digest) = books.asked_at::<RedemptionOrder>(attempt.id.value())?;
        let (account, currency) = (attempt.subject, attempt.amount.currency());
        let hold = books.system_account(SystemAccount::Hold, HOLD, currency)?;
        let release = |credit, kind| Posting {
            subject: attempt.id.value(),
            debit: hold,
            credit,
            micros: attempt.amount.micros(),
            kind,
        };
        if let End::Declined { .. } = end {
            books.post(release(account, TransferKind::RedemptionVoid))?;
            forgo(books, account, &order.authentication, order.amount)?;
            return books.keep_declined(at, (order.redemption_id.into(), digest));
        }
        let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
        books.post(release(system, TransferKind::RedemptionPaid))?;
        let receipt = RedemptionReceipt {
            redemption_id: order.redemption_id,
            redemption_digest: digest,
            consumer: order.consumer,
            amount: attempt.amount,
            balance: Money::from_micros(books.balance(account)?, currency),
            redeemed_at: books.now(),
            position: at,
        };
        books.keep_end(at, end, &Message::RedemptionReceipt(receipt))
    }
}

impl Reversal for Redemptions {
    fn purpose(&self) -> Purpose {
        Purpose::Redemption
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        Ok(Accounts { consumers: [attempt.subject].into(), ..Accounts::default() })
    }

    /// The value is on the account again, whatever it may hold by now: it is the consumer's. A voucher counts anew, or
    /// what comes back after its day would be lost at once.
    fn reverse(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        _: &str,
    ) -> Result<Result<(), Irreversible>, ActError> {
        let currency = attempt.amount.currency();
        let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
        books.post(Posting {
            subject: attempt.id.value(),
            debit: system,
            credit: attempt.subject,
            micros: attempt.amount.micros(),
            kind: TransferKind::RedemptionReturned,
        })?;
        extend_voucher(books.batch, books.tx, attempt.subject)?;
        Ok(Ok(()))
    }
}
