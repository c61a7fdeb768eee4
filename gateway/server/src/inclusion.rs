//! `meteore verify-inclusion`: that a payment is in a bill, from files, without a server (R37).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use payment_domain::{InclusionProof, PaymentReceipt, Role};
use payment_message::Message;
use payment_message::inclusion::{Rooted, proves};
use payment_trust::{Chain, RevocationList};

use crate::ca::read;
use crate::document::{Trusted, check};

/// `meteore verify-inclusion`.
#[derive(Debug, Args)]
pub(crate) struct VerifyInclusion {
    /// The signed receipt of the payment
    #[arg(long)]
    receipt: PathBuf,
    /// The signed bill, statement or payout advice
    #[arg(long)]
    bill: PathBuf,
    /// The path between them
    #[arg(long)]
    proof: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
}

/// Verifies the three documents and that they belong together; says what was checked, or what is wrong.
pub(crate) fn run(command: &VerifyInclusion, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (chain, revocations) = command.trusted.load()?;
    match command.verify(&chain, revocations.as_ref()) {
        Ok(included) => {
            let Included { receipt, proof, document } = included;
            writeln!(out, "{}: included", command.receipt.display())?;
            writeln!(out, "  payment  {} of {} to {}", proof.payment, proof.amount, receipt.merchant)?;
            writeln!(
                out,
                "  bill     {}, payment {} of {}",
                document.position,
                proof.index.saturating_add(1),
                document.count
            )?;
            writeln!(out, "  path     {} neighbours lead to the root {}", proof.path.len(), document.root)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(out, "{}: NOT SHOWN TO BE INCLUDED: {error:#}", command.receipt.display())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What was found.
struct Included {
    receipt: PaymentReceipt,
    proof: InclusionProof,
    document: Rooted,
}

impl VerifyInclusion {
    fn verify(&self, chain: &Chain, revocations: Option<&RevocationList>) -> anyhow::Result<Included> {
        let signed = |path: &Path| {
            let checked = check(&read(path)?, chain, revocations, None);
            let checked = checked.with_context(|| path.display().to_string())?;
            ensure!(
                checked.signer().is_some_and(|role| *role == Role::Cps),
                "{}: is not signed by a payment system",
                path.display()
            );
            anyhow::Ok(checked.into_message())
        };
        let receipt = match signed(&self.receipt)? {
            Message::PaymentReceipt(receipt) => receipt,
            other => {
                bail!("{}: is a {}, not a PaymentReceipt", self.receipt.display(), other.kind().as_str())
            }
        };
        // In another currency the consumer paid what was charged, and the merchant sold for the price.
        let charged = receipt.charged.map_or(receipt.amount, |(charged, _)| charged);
        let (document, amount) = match signed(&self.bill)? {
            Message::Bill(bill) => (Rooted::from(&bill), charged),
            Message::Statement(statement) => (Rooted::from(&statement), charged),
            Message::PayoutAdvice(advice) => (Rooted::from(&advice), receipt.amount),
            other => bail!("{}: a {} has no root", self.bill.display(), other.kind().as_str()),
        };
        // The proof needs no signature: it leads from the one signed document to the other, or it does not.
        let scanned = read(&self.proof)?;
        let scanned =
            payment_message::canonical::scan(&scanned).with_context(|| self.proof.display().to_string())?;
        let proof = match Message::parse(scanned.body()).with_context(|| self.proof.display().to_string())? {
            Message::InclusionProof(proof) => proof,
            other => bail!("{}: is a {}, not an InclusionProof", self.proof.display(), other.kind().as_str()),
        };
        ensure!(proof.payment == receipt.position, "the proof is of another payment than the receipt");
        ensure!(proof.amount == amount, "the proof is of another amount than the receipt");
        ensure!(proves(&proof, document), "the path does not lead from the payment to the root in the bill");
        Ok(Included { receipt, proof, document })
    }
}
