//! One transaction's worth of work: what was read under lock, what will be written, and the links between.
//!
//! Every task decides against this memory and adds rows to it; [`Batch::write`] then writes all of them, one statement a
//! table. Locks are taken in one order everywhere: consumers' accounts by id, then merchants' accounts by id; accounts
//! that are only credited are moved last.

mod context;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

use payment_domain::{
    AccountKind, Currency, Digest, EvidenceKind, InvalidId, LedgerPosition, Money, Policy, Spent,
    SystemAccount, Timestamp,
};
use payment_message::{Message, SignError};
use thiserror::Error;

pub(crate) use crate::act::Posting;
pub(crate) use context::Context;

use crate::evidence::{self, Packer, Unpacker};
use crate::ledger::{Link, Positions};
use crate::order::Offers;
use crate::outbox::{self, NoticeKind};
use crate::parties::{Known, account_kind};
use crate::reply::{Reply, ReplyKind};
use crate::storage::journal::{
    self, AccountChange, AccountRow, EvidenceRow, KnownMessage, PaymentRow, TransferRow,
};
use crate::storage::node::{self, ChainHead};
use crate::storage::outbox::OutboxRow;
use crate::storage::party::NewAccountRow;
use crate::storage::payment::AttemptRow;
use crate::storage::{Failure, StorageError, Tx, outbox as storage_outbox, party, payment};

/// What one writer keeps between batches.
pub(crate) struct Memory {
    pub(crate) parties: Known,
    pub(crate) offers: Offers,
    pub(crate) packer: Packer,
    pub(crate) unpacker: Unpacker,
    /// Certificates that are known to be kept.
    pub(crate) certificates: HashSet<Digest>,
}

/// What a batch leaves behind once it is committed.
pub(crate) struct Written {
    pub(crate) head: Option<ChainHead>,
    pub(crate) certificates: Vec<Digest>,
}

impl Memory {
    /// How many certificates are remembered.
    const MOST_CERTIFICATES: usize = 100_000;

    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            parties: Known::default(),
            offers: Offers::default(),
            packer: Packer::new()?,
            unpacker: Unpacker::new()?,
            certificates: HashSet::new(),
        })
    }

    /// Forgets what was read in a transaction that was rolled back: some of it may never have existed.
    pub(crate) fn forget(&mut self) {
        self.parties = Known::default();
        self.offers = Offers::default();
    }

    /// Notes what a committed batch has kept.
    pub(crate) fn committed(&mut self, certificates: Vec<Digest>) {
        if self.certificates.len() > Self::MOST_CERTIFICATES {
            self.certificates.clear();
        }
        self.certificates.extend(certificates);
    }
}

/// Why a batch failed as a whole. Nothing of it was kept, unless the commit itself was not answered.
#[derive(Debug, Error)]
pub(crate) enum BatchError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error("evidence cannot be packed or unpacked")]
    Evidence(#[source] io::Error),
    #[error("a batch has more rows than positions")]
    Full,
    #[error("an amount in the ledger would overflow")]
    Overflow,
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
    #[error("personal data cannot be sealed")]
    Seal(#[from] payment_trust::SealError),
}

impl BatchError {
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Storage(error) => error.failure(),
            Self::Sign(_) | Self::Seal(_) => Failure::Unavailable,
            Self::Evidence(_) | Self::Overflow | Self::Corrupt(_) => Failure::Refused,
            Self::Full => Failure::Conflict,
        }
    }
}

impl From<InvalidId> for BatchError {
    fn from(_: InvalidId) -> Self {
        Self::Corrupt("position")
    }
}

impl From<io::Error> for BatchError {
    fn from(error: io::Error) -> Self {
        Self::Evidence(error)
    }
}

/// A message that has been seen: in an earlier batch or in this one.
pub(crate) enum Seen {
    Before(KnownMessage),
    Here { position: LedgerPosition, sender: Option<i64>, digest: Digest, reply: Reply },
}

/// A consumer's account as this batch sees it.
#[derive(Debug, Clone)]
pub(crate) struct Locked {
    row: AccountRow,
    delta: i64,
    pub(crate) spent: Spent,
    changed: bool,
}

impl Locked {
    fn new(row: AccountRow) -> Self {
        let spent = Spent {
            since_strong_micros: row.since_strong_micros,
            since_strong_count: u32::try_from(row.since_strong_count).unwrap_or(u32::MAX),
            month: row.month,
            month_micros: row.month_micros,
        };
        Self { row, delta: 0, spent, changed: false }
    }

    /// What it stands at, with everything that this batch has moved.
    pub(crate) fn balance(&self) -> i64 {
        self.row.balance.saturating_add(self.delta)
    }

    /// What it can still pay.
    pub(crate) fn available(&self, currency: Currency) -> Money {
        Money::from_micros(self.balance().saturating_add(self.row.credit_limit), currency)
    }

    /// Its kind, if it holds money.
    pub(crate) fn kind(&self) -> Option<AccountKind> {
        account_kind(&self.row.kind)
    }

    /// Sets what was spent.
    pub(crate) fn spend(&mut self, spent: Spent) {
        self.spent = spent;
        self.changed = true;
    }
}

/// One transaction's worth of work.
pub(crate) struct Batch<'b> {
    pub(crate) id: i64,
    pub(crate) now: Timestamp,
    pub(crate) context: &'b Context,
    /// What is allowed, for all of the batch.
    pub(crate) policy: &'b Policy,
    pub(crate) memory: &'b mut Memory,
    positions: Positions,
    seen: HashMap<Vec<u8>, Seen>,
    accounts: HashMap<i64, Locked>,
    moves: BTreeMap<i64, i64>,
    systems: HashMap<(SystemAccount, String, Currency), i64>,
    certificates: HashMap<Digest, Vec<u8>>,
    evidence: Vec<EvidenceRow>,
    payments: Vec<PaymentRow>,
    transfers: Vec<TransferRow>,
    attempts: Vec<AttemptRow>,
    outbox: Vec<OutboxRow>,
}

impl<'b> Batch<'b> {
    pub(crate) fn new(
        id: i64,
        now: Timestamp,
        context: &'b Context,
        policy: &'b Policy,
        memory: &'b mut Memory,
    ) -> Self {
        Self {
            id,
            now,
            context,
            policy,
            memory,
            positions: Positions::of(id),
            seen: HashMap::new(),
            accounts: HashMap::new(),
            moves: BTreeMap::new(),
            systems: HashMap::new(),
            certificates: HashMap::new(),
            evidence: Vec::new(),
            payments: Vec::new(),
            transfers: Vec::new(),
            attempts: Vec::new(),
            outbox: Vec::new(),
        }
    }

    /// Looks all message ids of the batch up at once.
    pub(crate) fn look_up(&mut self, tx: &mut Tx<'_>, ids: Vec<Vec<u8>>) -> Result<(), BatchError> {
        if ids.is_empty() {
            return Ok(());
        }
        for known in journal::find_messages(tx.conn(), ids)? {
            self.seen.insert(known.id.clone(), Seen::Before(known));
        }
        Ok(())
    }

    /// What is known of a message id.
    pub(crate) fn seen(&self, id: &[u8; 16]) -> Option<&Seen> {
        self.seen.get(&id[..])
    }

    /// Locks accounts that this batch has not locked yet.
    pub(crate) fn lock(&mut self, tx: &mut Tx<'_>, ids: &BTreeSet<i64>) -> Result<(), BatchError> {
        let missing: Vec<i64> = ids.iter().copied().filter(|id| !self.accounts.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for row in journal::lock_accounts(tx, missing)? {
            self.accounts.insert(row.id, Locked::new(row));
        }
        Ok(())
    }

    /// A locked account.
    pub(crate) fn account(&mut self, id: i64) -> Result<&mut Locked, BatchError> {
        self.accounts.get_mut(&id).ok_or(BatchError::Corrupt("account"))
    }

    /// The next position in the ledger.
    pub(crate) fn position(&mut self) -> Result<LedgerPosition, BatchError> {
        self.positions.take().ok_or(BatchError::Full)
    }

    /// One of our own accounts, opened when first needed.
    pub(crate) fn system_account(
        &mut self,
        tx: &mut Tx<'_>,
        kind: SystemAccount,
        label: &str,
        currency: Currency,
    ) -> Result<i64, BatchError> {
        let key = (kind, label.to_owned(), currency);
        if let Some(id) = self.systems.get(&key) {
            return Ok(*id);
        }
        let id = match party::system_account(tx.conn(), kind.as_str(), label, currency.as_str())? {
            Some(id) => id,
            None => {
                let id = self.position()?.value();
                // What an external system owes us is bounded by it, not by us.
                let credit_limit = if kind.may_be_negative() { i64::MAX } else { 0 };
                let row = NewAccountRow {
                    id,
                    owner: None,
                    kind: kind.as_str(),
                    label: label.to_owned(),
                    currency: currency.as_str().to_owned(),
                    balance: 0,
                    credit_limit,
                    opened_at: self.now.as_millis(),
                };
                party::open_account(tx, &row)?;
                id
            }
        };
        self.systems.insert(key, id);
        Ok(id)
    }

    /// Moves money: one immutable row, both legs.
    pub(crate) fn post(&mut self, transfer: Posting) -> Result<LedgerPosition, BatchError> {
        let position = self.position()?;
        let debit = transfer.micros.checked_neg().ok_or(BatchError::Overflow)?;
        self.shift(transfer.debit, debit)?;
        self.shift(transfer.credit, transfer.micros)?;
        self.transfers.push(TransferRow {
            id: position.value(),
            payment: transfer.subject,
            debit: transfer.debit,
            credit: transfer.credit,
            micros: transfer.micros,
            kind: transfer.kind.as_str().to_owned(),
            created_at: self.now.as_millis(),
        });
        Ok(position)
    }

    fn shift(&mut self, account: i64, micros: i64) -> Result<(), BatchError> {
        let delta = match self.accounts.get_mut(&account) {
            Some(locked) => {
                locked.changed = true;
                &mut locked.delta
            }
            None => self.moves.entry(account).or_default(),
        };
        *delta = delta.checked_add(micros).ok_or(BatchError::Overflow)?;
        Ok(())
    }

    /// Adds a payment.
    pub(crate) fn add_payment(&mut self, row: PaymentRow) {
        self.payments.push(row);
    }

    /// Adds an attempt at an external system.
    pub(crate) fn add_attempt(&mut self, row: AttemptRow) {
        self.attempts.push(row);
    }

    /// Attempts of this batch that belong to something.
    pub(crate) fn begun_for(&self, subject: i64) -> Vec<AttemptRow> {
        self.attempts.iter().filter(|attempt| attempt.payment == subject).cloned().collect()
    }

    /// Puts the reply at a position into the outbox.
    pub(crate) fn enqueue(
        &mut self,
        kind: NoticeKind,
        party: i64,
        subject: LedgerPosition,
    ) -> Result<(), BatchError> {
        let id = self.position()?;
        self.outbox.push(outbox::row(id, kind, party, subject, self.now));
        Ok(())
    }

    /// Keeps the words of an act.
    pub(crate) fn keep_words(
        &mut self,
        position: LedgerPosition,
        kind: EvidenceKind,
        words: &str,
        digest: Digest,
    ) -> Result<(), BatchError> {
        let (request, reply) = (self.pack(words.as_bytes())?, self.pack(&[])?);
        self.evidence.push(EvidenceRow {
            id: position.value(),
            kind: kind.as_str().to_owned(),
            sender: None,
            message_id: None,
            digest: Some(digest.as_bytes().to_vec()),
            request,
            reply,
        });
        Ok(())
    }

    /// Keeps what was received and answered, and remembers the id for the rest of the batch.
    pub(crate) fn keep(&mut self, record: Record<'_>, reply: &Reply) -> Result<(), BatchError> {
        let mut request = self.pack(record.request)?;
        if record.personal {
            request = evidence::seal(&self.context.sealer, record.position.value(), &request)?;
        }
        let packed = self.pack(reply.document())?;
        self.evidence.push(EvidenceRow {
            id: record.position.value(),
            kind: record.kind.as_str().to_owned(),
            sender: record.sender,
            message_id: record.message.map(|(id, _)| id.to_vec()),
            digest: record.message.map(|(_, digest)| digest.as_bytes().to_vec()),
            request,
            reply: packed,
        });
        if let Some((id, digest)) = record.message {
            let (position, sender, reply) = (record.position, record.sender, reply.clone());
            let seen = Seen::Here { position, sender, digest, reply };
            self.seen.insert(id.to_vec(), seen);
        }
        Ok(())
    }

    fn pack(&mut self, document: &[u8]) -> Result<Vec<u8>, BatchError> {
        let packed = self.memory.packer.pack(document)?;
        if let Some((fingerprint, der)) = packed.certificate
            && !self.memory.certificates.contains(&fingerprint)
        {
            self.certificates.insert(fingerprint, der);
        }
        Ok(packed.bytes)
    }

    /// Signs as the Core Payment System.
    pub(crate) fn sign(&self, message: &Message, kind: ReplyKind) -> Result<Reply, BatchError> {
        let document = self.context.notary.sign(message)?;
        Ok(Reply::Signed { document: document.into(), kind })
    }

    /// Writes everything and links it to the chain. There is a new head if anything was written to the journal.
    pub(crate) fn write(
        mut self,
        tx: &mut Tx<'_>,
        node: i16,
        head: Option<&ChainHead>,
    ) -> Result<Written, BatchError> {
        // The chain is in the order of positions. An act may have kept what it began before what it was asked.
        self.evidence.sort_by_key(|row| row.id);
        let next = self.link(head);
        let certificates = self.certificates.keys().copied().collect();
        journal::insert_certificates(tx, self.certificates.into_iter().collect())?;
        journal::insert_evidence(tx, self.evidence)?;
        journal::insert_payments(tx, self.payments)?;
        journal::insert_transfers(tx, &self.transfers)?;
        for attempt in &self.attempts {
            payment::insert_attempt(tx, attempt)?;
        }
        storage_outbox::insert(tx, &self.outbox)?;
        if let Some(next) = &next {
            node::insert_batch(tx, node, next)?;
        }
        let changes: BTreeMap<i64, AccountChange> = self
            .accounts
            .into_iter()
            .filter(|(_, locked)| locked.changed)
            .map(|(id, locked)| (id, locked.change()))
            .collect();
        journal::change_accounts(tx, &changes.into_values().collect::<Vec<_>>())?;
        let moves: Vec<(i64, i64)> = self.moves.into_iter().filter(|(_, delta)| *delta != 0).collect();
        journal::move_balances(tx, &moves)?;
        Ok(Written { head: next, certificates })
    }

    fn link(&self, head: Option<&ChainHead>) -> Option<ChainHead> {
        if self.evidence.is_empty() && self.payments.is_empty() && self.transfers.is_empty() {
            return None;
        }
        let seq = head.map_or(1, |head| head.seq.saturating_add(1));
        let mut link = Link::begin(head.map(|head| head.hash.as_slice()), self.id, seq);
        self.evidence.iter().for_each(|row| link.evidence(row));
        self.payments.iter().for_each(|row| link.payment(row));
        self.transfers.iter().for_each(|row| link.transfer(row));
        Some(ChainHead { id: self.id, seq, hash: link.end().as_bytes().to_vec() })
    }
}

impl Locked {
    fn change(self) -> AccountChange {
        AccountChange {
            id: self.row.id,
            delta: self.delta,
            since_strong_micros: self.spent.since_strong_micros,
            since_strong_count: i32::try_from(self.spent.since_strong_count).unwrap_or(i32::MAX),
            month: self.spent.month,
            month_micros: self.spent.month_micros,
        }
    }
}

/// A message and where its evidence stands.
pub(crate) struct Record<'r> {
    pub(crate) position: LedgerPosition,
    pub(crate) kind: EvidenceKind,
    pub(crate) sender: Option<i64>,
    pub(crate) message: Option<(&'r [u8; 16], Digest)>,
    pub(crate) request: &'r [u8],
    /// Whether the request holds what must be confidential at rest (R40).
    pub(crate) personal: bool,
}
