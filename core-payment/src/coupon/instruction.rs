//! What a consumer wants done with a coupon: claim, give away, refund. Who may say so is as for orders.

use std::sync::Arc;

use payment_domain::{CouponAct, CouponOrder, Payer, Role};
use payment_message::{Code, Verified};

use super::{claim, gift, refund};
use crate::act::{Accounts, ActError, Asked, Books, Request};
use crate::order::accept::speaks_for;
use crate::order::refusal::Refusal;
use crate::parties::Party;
use crate::reply::Reply;
use crate::storage::coupon::{self, CouponRow};

/// A verified instruction about a coupon. Repeated, it gets the first answer.
#[derive(Debug, Clone)]
pub struct CouponInstruction(Verified<CouponOrder>);

/// What an instruction is about, found and checked.
pub(super) enum Wanted {
    Claim { consumer: Arc<Party> },
    Gift { coupon: CouponRow, giver: Account, receiver: Account },
    Refund { coupon: CouponRow },
}

/// A consumer and the account whose lock guards their coupons.
pub(super) struct Account {
    pub(super) party: Arc<Party>,
    pub(super) id: i64,
}

impl CouponInstruction {
    /// Takes a verified instruction.
    #[must_use]
    pub const fn new(order: Verified<CouponOrder>) -> Self {
        Self(order)
    }

    /// Finds what it is about. Somebody else's coupon is unknown to this consumer.
    fn find(&self, books: &mut Books<'_, '_, '_>) -> Result<Result<Wanted, Refusal>, ActError> {
        let order = self.0.message();
        let Some(speaker) = books.known(self.0.sender().party())? else {
            return Ok(Err(Refusal::new(Code::UnknownSender)));
        };
        let consumer = books.known(order.consumer.party())?.filter(|party| party.role == Role::Terminal);
        let Some(consumer) = consumer else {
            return Ok(Err(Refusal::of(Code::UnknownConsumer, "consumer")));
        };
        if !speaks_for(order.authentication.capability, self.0.sender(), &consumer) {
            return Ok(Err(Refusal::new(Code::WrongRole)));
        }
        if !consumer.active || !speaker.active {
            return Ok(Err(Refusal::new(Code::ConsumerSuspended)));
        }
        let id = match &order.act {
            CouponAct::Claim(_) => return Ok(Ok(Wanted::Claim { consumer })),
            CouponAct::Gift { coupon, .. } | CouponAct::Refund(coupon) => coupon,
        };
        let coupon = coupon::by_id(books.tx.conn(), id.as_bytes())?;
        let Some(coupon) = coupon.filter(|coupon| coupon.holder == consumer.id) else {
            return Ok(Err(Refusal::of(Code::UnknownCoupon, "coupon")));
        };
        let Some(giver) = account_of(consumer, &coupon) else {
            return Ok(Err(Refusal::of(Code::WrongCurrency, "coupon")));
        };
        let CouponAct::Gift { to, .. } = &order.act else {
            return Ok(Ok(Wanted::Refund { coupon }));
        };
        Ok(match receiver(books, to)?.map(|party| account_of(party, &coupon)) {
            None => Err(Refusal::of(Code::UnknownConsumer, "to")),
            // Without an account in its currency nobody can spend it.
            Some(None) => Err(Refusal::of(Code::WrongCurrency, "to")),
            Some(Some(receiver)) => Ok(Wanted::Gift { coupon, giver, receiver }),
        })
    }
}

fn account_of(party: Arc<Party>, coupon: &CouponRow) -> Option<Account> {
    let id = party.accounts.iter().find(|account| account.currency == coupon.currency)?.id;
    Some(Account { party, id })
}

fn receiver(books: &mut Books<'_, '_, '_>, to: &Payer) -> Result<Option<Arc<Party>>, ActError> {
    let party = match to {
        Payer::Consumer(id) => books.known(id.party())?,
        Payer::Msisdn(msisdn) => {
            let (parties, sealer) = (&mut books.batch.memory.parties, &books.batch.context.sealer);
            parties.reached_by(books.tx.conn(), sealer, msisdn, books.batch.now)?
        }
    };
    Ok(party.filter(|party| party.role == Role::Terminal && party.active))
}

impl Request for CouponInstruction {
    fn asked(&self) -> Asked<'_> {
        let order = self.0.message();
        let number = matches!(order.act, CouponAct::Gift { to: Payer::Msisdn(_), .. });
        Asked {
            id: order.request_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: number || !order.authentication.evidence.is_empty(),
        }
    }

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let consumers = match self.find(books)? {
            Ok(Wanted::Gift { giver, receiver, .. }) => [giver.id, receiver.id].into(),
            Ok(Wanted::Refund { coupon }) => refund::account(books, &coupon)?.into_iter().collect(),
            Ok(Wanted::Claim { .. }) | Err(_) => return Ok(Accounts::default()),
        };
        Ok(Accounts { consumers, ..Accounts::default() })
    }

    /// The coupon is read again, now that its holder's account is locked.
    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let (asked, order) = (self.asked(), self.0.message());
        let done = match (self.find(books)?, &order.act) {
            (Ok(Wanted::Claim { consumer }), CouponAct::Claim(campaign)) => {
                claim::claim(books, &asked, &consumer, *campaign)?
            }
            (Ok(Wanted::Gift { coupon, giver, receiver }), _) => {
                gift::give(books, &asked, &order.authentication, coupon, (&giver, &receiver))?
            }
            (Ok(Wanted::Refund { coupon }), _) => {
                refund::begin(books, &asked, &order.authentication, coupon)?
            }
            (Err(refusal), _) => Err(refusal),
            (Ok(Wanted::Claim { .. }), _) => return Err(ActError::corrupt("instruction")),
        };
        match done {
            Ok(reply) => Ok(reply),
            Err(refusal) => books.refuse(&asked, refusal.code, refusal.field),
        }
    }
}
