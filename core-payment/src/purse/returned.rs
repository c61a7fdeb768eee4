//! A top-up that the bank took back weeks after it was booked: a direct debit can be returned by whoever was debited,
//! also when what it paid for is spent.
//!
//! What is still on the account goes back to the external system. The rest is our loss, or somebody could top up, buy,
//! return the debit and keep the goods for nothing that anybody sees; and the consumer may not pay any more until a
//! person has looked at it. That person finds it among what does not fit with the bank.

use payment_domain::{Money, Purpose, SystemAccount, TransferKind};
use payment_message::sha256;

use crate::act::{Accounts, Act as _, ActError, Begun, Books, Irreversible, Posting, Reversal};
use crate::bank::{Break, RegisterAnswer};

/// The account that bears what was spent.
const LOSS: &str = "top-ups";

/// What takes top-ups back.
#[derive(Debug)]
pub(super) struct ReturnedTopUps;

impl Reversal for ReturnedTopUps {
    fn purpose(&self) -> Purpose {
        Purpose::TopUp
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        Ok(Accounts { consumers: [attempt.subject].into(), ..Accounts::default() })
    }

    fn reverse(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        reason: &str,
    ) -> Result<Result<(), Irreversible>, ActError> {
        let (account, currency) = (attempt.subject, attempt.amount.currency());
        let consumer = attempt.party.ok_or(ActError::corrupt("attempt"))?;
        let system = books.system_account(SystemAccount::External, &attempt.system, currency)?;
        let back_micros = books.balance(account)?.clamp(0, attempt.amount.micros());
        let lost_micros = attempt.amount.micros().saturating_sub(back_micros);
        let leg = |debit, micros, kind| Posting {
            subject: attempt.id.value(),
            debit,
            credit: system,
            micros,
            kind,
        };
        if back_micros > 0 {
            books.post(leg(account, back_micros, TransferKind::TopUpReturned))?;
        }
        if lost_micros > 0 {
            let loss = books.system_account(SystemAccount::Loss, LOSS, currency)?;
            books.post(leg(loss, lost_micros, TransferKind::TopUpLost))?;
        }
        books.suspend(consumer)?;
        let at = books.position()?;
        let (back, lost) =
            (Money::from_micros(back_micros, currency), Money::from_micros(lost_micros, currency));
        let words = words(attempt, consumer, back, lost);
        books.declare(at, &words)?;
        // The reason is the bank's: for a person, and nothing that is compared.
        let reason: String = reason.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        let told = RegisterAnswer {
            digest: sha256(format!("return of top-up {}", attempt.id).as_bytes()),
            message: "return-of-top-up".to_owned(),
            name: attempt.id.to_string(),
            findings: 1,
            breaks: vec![Break::new(0, format!("{words}: {reason}"))],
        };
        told.run(books)?;
        Ok(Ok(()))
    }
}

/// What is kept of it. The consumer is a number here: their name is not for everybody who reads this.
pub(crate) fn words(attempt: &Begun, consumer: i64, back: Money, lost: Money) -> String {
    let Begun { id, amount, subject, .. } = attempt;
    format!(
        "top-up {id} of {amount} taken back: {back} from account {subject}, {lost} lost; consumer {consumer} suspended"
    )
}
