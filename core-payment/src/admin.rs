//! Acts of administration inside a batch: parties, certificates, invitations, enrolment, money paid in.

use payment_domain::{
    ConsumerId, EvidenceKind, LedgerPosition, Money, PartyId, RequestId, Role, SystemAccount, Timestamp,
    TransferKind,
};
use payment_message::{Code, EnrolmentRequest, Invitation, MessageId};
use payment_trust::Certificate;

use crate::batch::{Batch, BatchError, Posting, Record, Seen};
use crate::order::refusal::Refusal;
use crate::parties::{ChangeParty, NewAccount, NewParty, invitation_hash, msisdn_index, seal};
use crate::purse;
use crate::reply::{Enrolment, Reply, ReplyKind};
use crate::storage::party::{self, NewAccountRow, NewPartyRow};
use crate::storage::pki::{self, NewCertificate};
use crate::storage::{Conn, StorageError, Tx};
use crate::task::{AdminError, Answer};

/// Registers a party and opens its accounts.
pub(crate) fn register(batch: &mut Batch<'_>, tx: &mut Tx<'_>, new: &NewParty) -> Result<Answer, BatchError> {
    let index = new.msisdn.as_ref().map(|msisdn| msisdn_index(&batch.context.sealer, msisdn));
    let taken = match &index {
        Some(index) => party::by_msisdn(tx.conn(), index)?.is_some(),
        None => false,
    };
    if taken || party::by_name(tx.conn(), new.name.as_str())?.is_some() {
        return Ok(Answer::Refused(AdminError::Exists));
    }
    if new.accounts.iter().any(is_voucher) && batch.policy.prepaid.expires_after_months.is_none() {
        return Ok(Answer::Refused(AdminError::NothingExpires));
    }
    let id = batch.position()?.value();
    party::insert(
        tx,
        &NewPartyRow {
            id,
            name: new.name.as_str().to_owned(),
            role: new.role.to_string(),
            state: "active",
            sealed: seal(&batch.context.sealer, new)?,
            msisdn_index: index,
            created_at: batch.now.as_millis(),
        },
    )?;
    let mut accounts: Vec<_> = new.accounts.iter().map(NewAccount::terms).collect();
    let served = batch.policy.currency;
    if new.role == Role::Terminal && accounts.iter().all(|(_, limit)| limit.currency() != served) {
        // Whoever pays only through external systems still has limits over time to be counted in.
        accounts.push(("counter", Money::zero(served)));
    }
    for (kind, credit_limit) in accounts {
        let row = NewAccountRow {
            id: batch.position()?.value(),
            owner: Some(id),
            kind,
            label: String::new(),
            currency: credit_limit.currency().as_str().to_owned(),
            balance: 0,
            credit_limit: credit_limit.micros(),
            opened_at: batch.now.as_millis(),
        };
        party::open_account(tx, &row)?;
        let expires = |account: &NewAccount| is_voucher(account) && account.terms() == (kind, credit_limit);
        if new.accounts.iter().any(expires) {
            purse::open_voucher(batch, tx, row.id)?;
        }
    }
    Ok(Answer::Done)
}

const fn is_voucher(account: &NewAccount) -> bool {
    matches!(account, NewAccount::Voucher { .. })
}

/// Changes how a party pays, is paid and reached, or whether it may act.
pub(crate) fn change(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    change: &ChangeParty,
) -> Result<Answer, BatchError> {
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    // As it is stored: what another writer has changed since this one met the party must not be sealed over.
    if let Some(known) = parties.named(tx.conn(), sealer, &change.name, batch.now)? {
        parties.forget(known.id);
    }
    let Some(known) = parties.named(tx.conn(), sealer, &change.name, batch.now)? else {
        return Ok(Answer::Refused(AdminError::UnknownParty));
    };
    if change.external.is_some() || change.details.is_some() {
        let external = change.external.as_ref().or(known.external.as_ref());
        let details = change.details.as_ref().unwrap_or(&known.details);
        party::set_sealed(tx, known.id, &known.seal_with(sealer, external, details)?)?;
    }
    if let Some(active) = change.active {
        party::set_state(tx, known.id, if active { "active" } else { "suspended" })?;
    }
    parties.forget(known.id);
    Ok(Answer::Done)
}

/// Registers the certificate of a known party.
pub(crate) fn register_certificate(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    certificate: &Certificate,
) -> Result<Answer, BatchError> {
    let Some(owner) = party::by_name(tx.conn(), certificate.party().as_str())? else {
        return Ok(Answer::Refused(AdminError::UnknownParty));
    };
    if owner.role != certificate.role().to_string() {
        return Ok(Answer::Refused(AdminError::WrongRole));
    }
    pki::register(tx, &certificate_row(certificate, owner.id, batch.now))?;
    Ok(Answer::Done)
}

/// Keeps an invitation for a known party.
pub(crate) fn invite(
    tx: &mut Tx<'_>,
    name: &PartyId,
    role: &Role,
    invitation: &Invitation,
    expires_at: Timestamp,
) -> Result<Answer, BatchError> {
    let Some(owner) = party::by_name(tx.conn(), name.as_str())? else {
        return Ok(Answer::Refused(AdminError::UnknownParty));
    };
    if owner.role != role.to_string() {
        return Ok(Answer::Refused(AdminError::WrongRole));
    }
    pki::invite(tx, &invitation_hash(invitation), owner.id, &owner.role, expires_at.as_millis())?;
    Ok(Answer::Done)
}

/// Whether the invitation in a request holds: for this party, this role, now, and not used yet.
pub(crate) fn invited(
    conn: &mut Conn,
    request: &EnrolmentRequest,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let owner = party::by_name(conn, request.party.as_str())?;
    let invitation = pki::invitation(conn, &invitation_hash(&request.invitation))?;
    Ok(owner.zip(invitation).is_some_and(|(owner, invitation)| {
        invitation.party == owner.id
            && invitation.role == request.role.to_string()
            && invitation.expires_at > now.as_millis()
            && invitation.used_at.is_none()
    }))
}

/// Gives the certificate out if the invitation holds: for this party, this role, now, and once.
pub(crate) fn enrol(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    enrolment: &Enrolment,
) -> Result<Reply, BatchError> {
    let request = &enrolment.request;
    let id = MessageId::from(request.request_id);
    let hash = invitation_hash(&request.invitation);
    let owner = party::by_name(tx.conn(), request.party.as_str())?;
    let holds = invited(tx.conn(), request, batch.now)?;
    let issued =
        *enrolment.certificate.party() == request.party && *enrolment.certificate.role() == request.role;
    let Some(owner) = owner.filter(|_| holds && issued) else {
        return Refusal::new(Code::EnrolmentRefused).sign(batch, id, Some(enrolment.digest));
    };
    if !pki::use_invitation(tx, &hash, batch.now.as_millis())? {
        return Refusal::new(Code::EnrolmentRefused).sign(batch, id, Some(enrolment.digest));
    }
    pki::register(tx, &certificate_row(&enrolment.certificate, owner.id, batch.now))?;
    let reply = Reply::Signed { document: enrolment.response.clone().into(), kind: ReplyKind::Accepted };
    let record = Record {
        position: batch.position()?,
        kind: EvidenceKind::Enrolment,
        sender: None,
        message: Some((request.request_id.as_bytes(), enrolment.digest)),
        request: &enrolment.document,
        personal: false,
    };
    batch.keep(record, &reply)?;
    Ok(reply)
}

/// Credits a prepaid account with money that a bank has received (R5, R43).
pub(crate) fn top_up(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    id: RequestId,
    consumer: &ConsumerId,
    amount: Money,
) -> Result<Answer, BatchError> {
    if amount.positive().is_err() {
        return Ok(Answer::Refused(AdminError::NotPositive));
    }
    let text = format!("top-up {consumer} {amount}");
    let digest = payment_message::sha256(text.as_bytes());
    match batch.seen(id.as_bytes()) {
        Some(Seen::Before(known)) if known.digest.as_deref() == Some(&digest.as_bytes()[..]) => {
            return Ok(Answer::Posted(LedgerPosition::new(known.position)?));
        }
        Some(Seen::Here { position, digest: known, .. }) if *known == digest => {
            return Ok(Answer::Posted(*position));
        }
        Some(_) => return Ok(Answer::Refused(AdminError::IdReused)),
        None => {}
    }
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let Some(owner) = parties.named(tx.conn(), sealer, consumer.party(), batch.now)? else {
        return Ok(Answer::Refused(AdminError::UnknownParty));
    };
    let account = owner.account_in(amount.currency()).filter(|account| account.kind == "prepaid");
    let Some(account) = account else { return Ok(Answer::Refused(AdminError::NoAccount)) };
    let bank = batch.system_account(tx, SystemAccount::External, "bank", amount.currency())?;
    let position = batch.position()?;
    batch.post(Posting {
        subject: position.value(),
        debit: bank,
        credit: account.id,
        micros: amount.micros(),
        kind: TransferKind::TopUp,
    })?;
    // No signed message stands behind it: the words of the act are the evidence.
    let record = Record {
        position,
        kind: EvidenceKind::TopUp,
        sender: None,
        message: Some((id.as_bytes(), digest)),
        request: text.as_bytes(),
        personal: false,
    };
    let none = Reply::Signed { document: Vec::new().into(), kind: ReplyKind::Report };
    batch.keep(record, &none)?;
    Ok(Answer::Posted(position))
}

fn certificate_row(certificate: &Certificate, party: i64, now: Timestamp) -> NewCertificate {
    NewCertificate {
        fingerprint: certificate.fingerprint().as_bytes().to_vec(),
        serial: certificate.serial().to_string(),
        party,
        role: certificate.role().to_string(),
        der: certificate.der().to_vec(),
        not_after: certificate.not_after().as_millis(),
        registered_at: now.as_millis(),
    }
}
