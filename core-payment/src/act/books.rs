//! A batch as other rooms see it.

use std::sync::Arc;

use payment_domain::{
    AttemptId, Currency, EvidenceKind, Funding, Label, LedgerPosition, Money, Operation, PartyId, Purpose,
    Role, SystemAccount, Timestamp, TransferKind,
};
use payment_message::{Code, Message, MessageId, Rejection, State, StatusReport, sha256};

use super::{ActError, Asked, Begun, End};
use crate::batch::{Batch, BatchError, Record};
use crate::evidence;
use crate::order::give_back::{Back, Cause, give_back};
use crate::order::repeat;
use crate::outbox::NoticeKind;
use crate::parties::{Details, ExternalInstrument, Party};
use crate::reply::{Attempt, Original, Reply, ReplyKind};
use crate::routes::Routing;
use crate::storage::Tx;
use crate::storage::payment::{self, AttemptRow};

/// A batch and its transaction.
pub struct Books<'a, 'b, 't> {
    pub(crate) batch: &'a mut Batch<'b>,
    pub(crate) tx: &'a mut Tx<'t>,
}

/// Money to move: one immutable row, both legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// What it belongs to: the position of the payment, bill, payout or coupon.
    pub subject: i64,
    /// The account that gives.
    pub debit: i64,
    /// The account that gets.
    pub credit: i64,
    /// How much, above zero.
    pub micros: i64,
    /// Why.
    pub kind: TransferKind,
}

/// An attempt to begin.
#[derive(Debug, Clone)]
pub struct NewAttempt<'m> {
    /// What the system will be asked to do.
    pub operation: Operation,
    /// What for.
    pub purpose: Purpose,
    /// The position of what it belongs to.
    pub subject: i64,
    /// Whose instrument or bank account.
    pub party: i64,
    /// The attempt that it goes back to.
    pub original: Option<AttemptId>,
    /// Which system.
    pub system: &'m str,
    /// How much, above zero.
    pub amount: Money,
}

/// A document that was signed and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Where.
    pub position: LedgerPosition,
    /// The signed bytes.
    pub document: Arc<[u8]>,
}

/// What other rooms may know of a party. Its pseudonyms are made on request; its sealed details are not shown in logs.
#[derive(Debug, Clone)]
pub struct PartyView {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: PartyId,
    /// What it is.
    pub role: Role,
    /// Whether it is not suspended.
    pub active: bool,
    /// How it pays, or is paid, at an external system.
    pub external: Option<ExternalInstrument>,
    /// How to reach and pay it.
    pub details: Details,
    /// Its accounts: number, kind, currency.
    pub accounts: Vec<(i64, String, Currency)>,
}

impl<'b, 't> Books<'_, 'b, 't> {
    /// The time of the batch.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.batch.now
    }

    /// The transaction, for the room's own tables.
    pub fn tx(&mut self) -> &mut Tx<'t> {
        self.tx
    }

    /// The next position in the ledger.
    ///
    /// # Errors
    /// [`ActError`] if the batch is full; it is run again in smaller parts.
    pub fn position(&mut self) -> Result<LedgerPosition, ActError> {
        Ok(self.batch.position()?)
    }

    /// What a locked account stands at, with everything that this batch has moved.
    ///
    /// # Errors
    /// [`ActError`] if it is not locked.
    pub fn balance(&mut self, account: i64) -> Result<i64, ActError> {
        Ok(self.batch.account(account)?.balance())
    }

    /// What a locked account can still pay.
    ///
    /// # Errors
    /// [`ActError`] if it is not locked.
    pub fn available(&mut self, account: i64, currency: Currency) -> Result<Money, ActError> {
        Ok(self.batch.account(account)?.available(currency))
    }

    /// One of our own accounts, opened when first needed. Our accounts are moved last and need no lock.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn system_account(
        &mut self,
        kind: SystemAccount,
        label: &str,
        currency: Currency,
    ) -> Result<i64, ActError> {
        Ok(self.batch.system_account(self.tx, kind, label, currency)?)
    }

    /// Moves money.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn post(&mut self, posting: Posting) -> Result<LedgerPosition, ActError> {
        Ok(self.batch.post(posting)?)
    }

    /// Gives a part of a payment back, as a dispute about it was decided: to where a refund would go. The caller has locked
    /// both of its accounts and the payment, and knows that the merchant's account holds as much.
    ///
    /// # Errors
    /// [`ActError`] if more would go back than was paid, or if an external system was paid: it is disputed there.
    pub fn award(&mut self, payment: i64, micros: i64) -> Result<(), ActError> {
        let paid = payment::payment_at(self.tx.conn(), payment)?.ok_or(ActError::corrupt("payment"))?;
        let total_micros = paid.refunded_micros.checked_add(micros).ok_or(ActError::overflow())?;
        if paid.funding == Funding::External.as_str() || total_micros > paid.paid_micros() {
            return Err(ActError::corrupt("dispute"));
        }
        payment::add_refund(self.tx, payment, micros)?;
        Ok(give_back(self.batch, self.tx, &paid, Back { cause: Cause::Dispute, micros, total_micros })?)
    }

    /// The system that is asked first.
    #[must_use]
    pub fn route(&self, routing: &Routing<'_>) -> String {
        self.batch.context.routes.first(routing).to_owned()
    }

    /// Signs a document that nobody asked for, keeps it as evidence at a position, and says who is to get it.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn issue(&mut self, at: LedgerPosition, message: &Message) -> Result<Issued, ActError> {
        let reply = self.batch.sign(message, ReplyKind::Accepted)?;
        let kind = EvidenceKind::Issued;
        self.batch.keep(
            Record { position: at, kind, sender: None, message: None, request: &[], personal: false },
            &reply,
        )?;
        Ok(Issued { position: at, document: Arc::clone(reply.document()) })
    }

    /// Keeps the words of an act that no signed message stands behind.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn declare(&mut self, at: LedgerPosition, words: &str) -> Result<(), ActError> {
        self.keep_words(at, EvidenceKind::Declared, words)
    }

    /// Answers a message: signs the answer and keeps both as evidence at a position.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn answer(
        &mut self,
        at: LedgerPosition,
        asked: &Asked<'_>,
        answer: &Message,
    ) -> Result<Reply, ActError> {
        let reply = self.batch.sign(answer, ReplyKind::Accepted)?;
        self.keep_asked(at, EvidenceKind::Request, asked, &reply)?;
        Ok(reply)
    }

    /// Refuses a message, without keeping it.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn refuse(
        &self,
        asked: &Asked<'_>,
        code: Code,
        field: Option<&'static str>,
    ) -> Result<Reply, ActError> {
        self.reject(asked.id, Some(asked.digest), code, field)
    }

    fn reject(
        &self,
        id: MessageId,
        digest: Option<payment_domain::Digest>,
        code: Code,
        field: Option<&'static str>,
    ) -> Result<Reply, ActError> {
        let label = |text: &str| Label::parse(text).map_err(|_| ActError::corrupt("label"));
        let rejection = Rejection {
            in_reply_to: Some(id),
            request_digest: digest,
            code,
            reason: label(code.description())?,
            field: field.map(label).transpose()?,
            challenge: None,
            rule: None,
            rejected_at: self.batch.now,
        };
        Ok(self.batch.sign(&Message::Rejection(rejection), ReplyKind::Rejected(code))?)
    }

    /// Begins an attempt that a message asked for: it takes the position of the message's evidence, which is kept here
    /// with the answer "pending". The attempt is in the reply, given out once.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn begin_for(
        &mut self,
        at: LedgerPosition,
        asked: &Asked<'_>,
        new: &NewAttempt<'_>,
    ) -> Result<Reply, ActError> {
        let attempt = self.begin_at(at, new)?;
        let report = StatusReport {
            in_reply_to: asked.id,
            subject: asked.id,
            state: State::Pending,
            amount: Some(new.amount),
            refunded: None,
            receipt_digest: None,
            action_url: None,
            reported_at: self.batch.now,
        };
        let document = self.batch.context.notary.sign(&Message::StatusReport(report))?.into();
        let reply = Reply::Pending { document, attempt: Some(Box::new(attempt)) };
        self.keep_asked(at, EvidenceKind::RequestPending, asked, &reply)?;
        Ok(reply)
    }

    /// Begins an attempt that no message asked for. Its words are the evidence.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn begin(&mut self, new: &NewAttempt<'_>) -> Result<Attempt, ActError> {
        let at = self.position()?;
        let attempt = self.begin_at(at, new)?;
        let words = Begun::words(&Begun {
            id: attempt.id,
            operation: new.operation,
            purpose: new.purpose,
            subject: new.subject,
            party: Some(new.party),
            original: new.original,
            system: new.system.to_owned(),
            amount: new.amount,
            started_at: attempt.started_at,
        });
        self.keep_words(at, EvidenceKind::Attempt, &words)?;
        Ok(attempt)
    }

    fn begin_at(&mut self, at: LedgerPosition, new: &NewAttempt<'_>) -> Result<Attempt, ActError> {
        let now = self.batch.now;
        let row = AttemptRow {
            id: at.value(),
            payment: new.subject,
            kind: new.operation.as_str().to_owned(),
            purpose: new.purpose.as_str().to_owned(),
            party: Some(new.party),
            original: new.original.map(AttemptId::value),
            system: new.system.to_owned(),
            micros: new.amount.micros(),
            currency: new.amount.currency().as_str().to_owned(),
            state: "pending".to_owned(),
            reference: None,
            action_url: None,
            started_at: now.as_millis(),
            finished_at: None,
            settled_at: None,
            returned_at: None,
        };
        let original = match new.original {
            Some(id) => payment::attempt_by_id(self.tx.conn(), id.value())?,
            None => None,
        };
        let owner = self.load(new.party)?;
        let attempt = Attempt {
            id: AttemptId::new(at.value()).map_err(BatchError::from)?,
            operation: new.operation,
            purpose: new.purpose,
            system: new.system.to_owned(),
            instrument: owner.external.clone(),
            bank: owner.bank(),
            original: original.as_ref().and_then(Original::read),
            reference: None,
            amount: new.amount,
            started_at: now,
        };
        self.batch.add_attempt(row);
        Ok(attempt)
    }

    /// Keeps the end of an attempt that a message asked for: a receipt, or a rejection if it was declined.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn keep_end(
        &mut self,
        at: LedgerPosition,
        end: &End<'_>,
        answer: &Message,
    ) -> Result<Reply, ActError> {
        let (kind, reply) = match end {
            End::Approved { .. } => (EvidenceKind::RequestApproved, ReplyKind::Accepted),
            End::Declined { .. } => (EvidenceKind::RequestDeclined, ReplyKind::Rejected(Code::Declined)),
        };
        let reply = self.batch.sign(answer, reply)?;
        self.batch.keep(
            Record { position: at, kind, sender: None, message: None, request: &[], personal: false },
            &reply,
        )?;
        Ok(reply)
    }

    /// Keeps the end of an attempt that a message asked for and that was declined.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn keep_declined(
        &mut self,
        at: LedgerPosition,
        asked: (MessageId, payment_domain::Digest),
    ) -> Result<Reply, ActError> {
        let reply = self.reject(asked.0, Some(asked.1), Code::Declined, None)?;
        let kind = EvidenceKind::RequestDeclined;
        self.batch.keep(
            Record { position: at, kind, sender: None, message: None, request: &[], personal: false },
            &reply,
        )?;
        Ok(reply)
    }

    /// Keeps the end of an attempt that no message asked for.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn declare_end(
        &mut self,
        at: LedgerPosition,
        attempt: &Begun,
        end: &End<'_>,
    ) -> Result<Reply, ActError> {
        let kind = match end {
            End::Approved { .. } => EvidenceKind::AttemptApproved,
            End::Declined { .. } => EvidenceKind::AttemptDeclined,
        };
        self.keep_words(at, kind, &format!("attempt {} of {}", attempt.id, attempt.amount))?;
        Ok(Reply::Signed { document: Vec::new().into(), kind: ReplyKind::Report })
    }

    /// The message that was asked at a position, from its evidence, and its digest.
    ///
    /// # Errors
    /// [`ActError`] if there is none of this kind.
    pub fn asked_at<T: TryFrom<Message>>(
        &mut self,
        position: i64,
    ) -> Result<(T, payment_domain::Digest), ActError> {
        let row = payment::evidence_at(self.tx.conn(), position)?.ok_or(ActError::corrupt("evidence"))?;
        let packed = evidence::unseal(Some(&self.batch.context.sealer), row.id, &row.request)
            .map_err(BatchError::from)?;
        let document = repeat::unpack(&mut self.batch.memory.unpacker, self.tx.conn(), &packed)?;
        let corrupt = || ActError::corrupt("request");
        let scanned = payment_message::canonical::scan(&document).map_err(|_| corrupt())?;
        let message = Message::parse(scanned.body()).map_err(|_| corrupt())?;
        let digest = message.digest();
        message.try_into().map(|message| (message, digest)).map_err(|_| corrupt())
    }

    /// Puts the reply kept at a position into the outbox, for a party. It is sent after the commit.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn enqueue(&mut self, kind: NoticeKind, party: i64, subject: LedgerPosition) -> Result<(), ActError> {
        Ok(self.batch.enqueue(kind, party, subject)?)
    }

    pub(crate) fn load(&mut self, id: i64) -> Result<Arc<Party>, ActError> {
        let (parties, sealer) = (&mut self.batch.memory.parties, &self.batch.context.sealer);
        let found = parties.numbered(self.tx.conn(), sealer, id, self.batch.now)?;
        found.ok_or(ActError::corrupt("party"))
    }

    fn keep_words(
        &mut self,
        position: LedgerPosition,
        kind: EvidenceKind,
        words: &str,
    ) -> Result<(), ActError> {
        let digest = sha256(words.as_bytes());
        self.batch.keep_words(position, kind, words, digest)?;
        Ok(())
    }

    fn keep_asked(
        &mut self,
        position: LedgerPosition,
        kind: EvidenceKind,
        asked: &Asked<'_>,
        reply: &Reply,
    ) -> Result<(), ActError> {
        let sender = self.party_named(asked.sender.party())?.map(|party| party.id);
        let record = Record {
            position,
            kind,
            sender,
            message: Some((asked.id.as_bytes(), asked.digest)),
            request: asked.document,
            personal: asked.personal,
        };
        Ok(self.batch.keep(record, reply)?)
    }
}
