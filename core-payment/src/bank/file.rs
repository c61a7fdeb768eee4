//! Writing a file, and refusing what cannot be in one.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use payment_domain::{AttemptId, Currency, Digest, Money};
use payment_message::sha256;
use payment_trust::{SealError, Sealer};
use zeroize::Zeroizing;

use super::{BankFile, Batch, Draft, Due, Kind, MandateUse, Refused, SYSTEM, Scribe, Unwritable};
use crate::act::ending;
use crate::act::{Accounts, Act, ActError, Begun, Books};
use crate::batch::BatchError;
use crate::parties::BankDetails;
use crate::reply::Outcome;
use crate::storage::bank::{self, EntryRow, NewFileRow};

/// Writes what is due of one kind into one file, keeps it, and marks its entries as sent. Run again after a rollback it
/// writes another file, and nobody has seen the first.
pub struct WriteFile<S> {
    /// What kind.
    pub kind: Kind,
    /// The most entries.
    pub most: u16,
    /// Who writes.
    pub scribe: Arc<S>,
}

/// What came of writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filed {
    /// The file; nothing if there was nothing to write.
    pub file: Option<BankFile>,
    /// What was left out. Whoever wrote declines it: [`RefuseEntry`].
    pub refused: Vec<Refused>,
}

impl<S: Scribe> Act for WriteFile<S> {
    type Done = Result<Filed, Unwritable>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let mut candidates = self.candidates(books)?;
        if candidates.due.is_empty() {
            return Ok(Ok(Filed { file: None, refused: candidates.refused }));
        }
        let at = books.position()?;
        let name = format!("CPS-{at}");
        let draft = Draft { kind: self.kind, name: &name, entries: &candidates.due, now: books.now() };
        let written = match self.scribe.write(&draft) {
            Ok(written) => written,
            Err(unwritable) => return Ok(Err(unwritable)),
        };
        let refused = std::mem::take(&mut candidates.refused).into_iter().chain(written.refused).collect();
        let Some((document, batches)) = written.document else {
            return Ok(Ok(Filed { file: None, refused }));
        };
        let (entries, total) = candidates.entries(&batches, at.value())?;
        let file = BankFile {
            id: at,
            kind: self.kind,
            name,
            digest: sha256(&document),
            entries: u64::try_from(entries.len()).unwrap_or(u64::MAX),
            total,
            created_at: books.now(),
            delivered_at: None,
            released_at: None,
        };
        let row = NewFileRow {
            id: at.value(),
            kind: self.kind.as_str(),
            message_id: file.name.clone(),
            digest: file.digest.as_bytes().to_vec(),
            document: close(&books.batch.context.sealer, at.value(), &document)?,
            entries: super::stored(file.entries),
            total_micros: total.micros(),
            created_at: file.created_at.as_millis(),
        };
        bank::insert_file(books.tx(), &row)?;
        bank::insert_entries(books.tx(), &entries)?;
        books.declare(at, &words(&file))?;
        Ok(Ok(Filed { file: Some(file), refused }))
    }
}

impl<S> WriteFile<S> {
    fn candidates(&self, books: &mut Books<'_, '_, '_>) -> Result<Candidates, ActError> {
        let rows = bank::due(books.tx().conn(), SYSTEM, self.kind.operations(), 0, i64::from(self.most))?;
        let mut candidates = Candidates::default();
        for row in rows {
            // One damaged row must not keep the others from being paid; the audit names it.
            let Some(begun) = Begun::read(&row) else {
                tracing::error!(attempt = row.id, "an attempt cannot be read");
                continue;
            };
            candidates.add(books, self.kind, &begun)?;
        }
        Ok(candidates)
    }
}

/// What may be written, with what has to be remembered of it.
#[derive(Default)]
struct Candidates {
    due: Vec<Due>,
    mandates: HashMap<AttemptId, Vec<u8>>,
    /// Mandates that something in this file goes by.
    used: HashSet<Vec<u8>>,
    refused: Vec<Refused>,
}

impl Candidates {
    fn add(&mut self, books: &mut Books<'_, '_, '_>, kind: Kind, begun: &Begun) -> Result<(), ActError> {
        if Kind::of(begun.operation) != Some(kind) {
            let reason = format!("a bank's file cannot {}", begun.operation);
            self.refused.push(Refused { attempt: begun.id, reason });
            return Ok(());
        }
        let bank = match begun.party {
            Some(party) => books.load(party)?.bank(),
            None => None,
        };
        let mut mandate_use = MandateUse::First;
        if let (Kind::Collections, Some(party), Some(bank)) = (kind, begun.party, &bank)
            && let Some(index) = mandate_index(&books.batch.context.sealer, party, bank)
        {
            if self.used.contains(&index) || bank::is_mandate_used(books.tx().conn(), &index)? {
                mandate_use = MandateUse::Again;
            }
            self.used.insert(index.clone());
            self.mandates.insert(begun.id, index);
        }
        let Begun { id, purpose, subject, amount, .. } = *begun;
        self.due.push(Due { attempt: id, purpose, subject, amount, bank, mandate_use });
        Ok(())
    }

    /// The entries that were written, and what they sum to.
    fn entries(&mut self, batches: &[Batch], file: i64) -> Result<(Vec<EntryRow>, Money), ActError> {
        let amounts: HashMap<AttemptId, Money> =
            self.due.iter().map(|due| (due.attempt, due.amount)).collect();
        let mut total = Money::zero(Currency::EUR);
        let mut entries = Vec::new();
        for batch in batches {
            for attempt in &batch.attempts {
                let amount = amounts.get(attempt).ok_or(ActError::corrupt("entry of a bank file"))?;
                total = total.checked_add(*amount).map_err(|_| ActError::overflow())?;
                entries.push(EntryRow {
                    attempt: attempt.value(),
                    file: Some(file),
                    batch: Some(batch.name.clone()),
                    mandate: self.mandates.remove(attempt),
                    state: "sent".to_owned(),
                    booked_as: None,
                    returned_as: None,
                    fee_micros: 0,
                });
            }
        }
        Ok((entries, total))
    }
}

/// Declines an attempt that cannot be in a file. It can be in none from then on.
#[derive(Debug, Clone)]
pub struct RefuseEntry(pub Refused);

impl Act for RefuseEntry {
    /// Whether it was declined; not if it is in a file by now, or has ended.
    type Done = bool;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let ending = ending::resolve(books.batch, books.tx, self.0.attempt)?;
        Ok(ending.map(|ending| ending.accounts()).unwrap_or_default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<bool, ActError> {
        let Refused { attempt, reason } = &self.0;
        let Some(ending) = ending::resolve(books.batch, books.tx, *attempt)? else { return Ok(false) };
        if !ending.is_pending() || bank::entry(books.tx().conn(), attempt.value())?.is_some() {
            return Ok(false);
        }
        // Whoever writes it into a file at the same moment meets this row, and one of the two is run again.
        let row = EntryRow {
            attempt: attempt.value(),
            file: None,
            batch: None,
            mandate: None,
            state: "refused".to_owned(),
            booked_as: None,
            returned_as: None,
            fee_micros: 0,
        };
        bank::insert_entries(books.tx(), &[row])?;
        ending::end(books.batch, books.tx, &ending, &Outcome::Declined { reason: reason.clone() })?;
        Ok(true)
    }
}

/// What is kept of a file.
pub(crate) fn words(file: &BankFile) -> String {
    let BankFile { kind, name, digest, entries, total, .. } = file;
    format!("bank file {name}: {}, {entries} entries, {total}, sha256 {digest}", kind.as_str())
}

/// Compresses and seals a document.
fn close(sealer: &Sealer, id: i64, document: &[u8]) -> Result<Vec<u8>, BatchError> {
    Ok(sealer.seal(&context(id), &zstd::bulk::compress(document, LEVEL)?)?)
}

/// Opens a stored document, and holds it against its digest.
pub(crate) fn open(
    sealer: &Sealer,
    id: i64,
    stored: &[u8],
    digest: &Digest,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let packed = sealer.open(&context(id), stored)?;
    let document = Zeroizing::new(zstd::bulk::decompress(&packed, MAX_BYTES)?);
    if sha256(&document) == *digest { Ok(document) } else { Err(OpenError::Altered) }
}

/// Why a stored document is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the document of a bank file cannot be opened: {0}")]
    Seal(#[from] SealError),
    #[error("the document of a bank file cannot be unpacked: {0}")]
    Unpack(#[from] io::Error),
    #[error("the document of a bank file is not the one that was written")]
    Altered,
}

const LEVEL: i32 = 3;
/// Above any file of as many entries as fit into one.
const MAX_BYTES: usize = 128 << 20;

fn context(id: i64) -> String {
    format!("bank_file.document/{id}")
}

/// What a mandate is looked up by.
fn mandate_index(sealer: &Sealer, party: i64, bank: &BankDetails) -> Option<Vec<u8>> {
    let mandate = bank.mandate.as_ref()?;
    let text = format!("{party}/{}/{}", mandate.id.as_str(), mandate.signed_at.as_millis());
    Some(sealer.blind_index("bank.mandate", text.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_opens_at_its_number_with_its_digest_and_nowhere_else() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let document = b"<Document>Ines Duarte DE89370400440532013000</Document>";
        let stored = close(&sealer, 42, document).unwrap();
        assert!(!stored.windows(4).any(|window| window == b"Ines" || window == b"DE89"));
        let digest = sha256(document);
        assert_eq!(open(&sealer, 42, &stored, &digest).unwrap().as_slice(), document);
        assert!(open(&sealer, 43, &stored, &digest).is_err());
        assert!(matches!(open(&sealer, 42, &stored, &sha256(b"")), Err(OpenError::Altered)));
        assert!(open(&Sealer::from_key([8; 32]).unwrap(), 42, &stored, &digest).is_err());
    }
}
