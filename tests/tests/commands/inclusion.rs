//! `inclusion-proof` and `verify-inclusion`; and a verifier of another make (`peers/verify_inclusion.py`) that reads the
//! same files and has to come to the same verdict.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::scratch::repository;
use tests::town::Newcomer;
use tests::{on_each_database, peer};

use crate::desk::{Desk, FRIDA, PARKING, Paid};

on_each_database!(
    every_payment_is_shown_in_trees_of_every_shape,
    what_does_not_belong_together_is_refused_by_both,
    a_proof_that_cannot_be_made_says_why,
);

/// The three files that show a payment in a bill.
pub(crate) struct Files {
    receipt: String,
    proof: String,
    bill: String,
}

impl Files {
    /// Has the proof and the bill written for a receipt.
    pub(crate) fn prove(desk: &Desk, receipt: &str, side: &str) -> Result<Self> {
        let beside = |what: &str| format!("{receipt}.{side}.{what}");
        let (proof, bill) = (beside("proof"), beside("bill"));
        desk.works(&["inclusion-proof", receipt, "--for", side, "-o", &proof, "--bill", &bill])?;
        Ok(Self { receipt: receipt.to_owned(), proof, bill })
    }

    /// The command that verifies them.
    pub(crate) fn verify<'a>(&'a self, root: &'a str) -> [&'a str; 9] {
        let Self { receipt, proof, bill } = self;
        ["verify-inclusion", "--receipt", receipt, "--proof", proof, "--bill", bill, "--ca", root]
    }
}

/// The verifier of another make.
pub(crate) struct Auditor(PathBuf);

impl Auditor {
    pub(crate) fn find() -> Option<Self> {
        peer::python().map(Self)
    }

    /// What it prints and its exit code.
    fn say(&self, files: &Files) -> Result<(String, Option<i32>)> {
        let Files { receipt, proof, bill } = files;
        let program = repository().join("tests/peers/verify_inclusion.py");
        let output = Command::new(&self.0).arg(program).args([receipt, proof, bill]).output()?;
        ensure!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok((String::from_utf8(output.stdout)?, output.status.code()))
    }

    pub(crate) fn agrees(&self, files: &Files) -> Result<String> {
        let (said, code) = self.say(files)?;
        ensure!(code == Some(0) && said.starts_with("included: payment "), "{code:?}: {said}");
        Ok(said)
    }

    fn refuses(&self, files: &Files, words: &str) -> Result<()> {
        let (said, code) = self.say(files)?;
        ensure!(code == Some(1) && said.starts_with("not included: "), "{code:?}: {said}");
        ensure!(said.contains(words), "not `{words}` but {said}");
        Ok(())
    }
}

/// Consumers by how often they buy: trees of one leaf, whole trees, and one above and below.
const SIZES: [(&str, usize); 6] =
    [("one", 1), ("two", 2), ("three", 3), ("seven", 7), ("eight", 8), ("nine", 9)];

async fn every_payment_is_shown_in_trees_of_every_shape(database: Database) -> Result<()> {
    let desk = Desk::open(database, SIZES.map(|(name, _)| Newcomer::postpaid(name, "100.00"))).await?;
    let mut offers = Vec::new();
    for number in 0..9 {
        // No two leaves of a bill are of the same amount.
        offers.push(desk.offer(&format!("0.{}0101", number + 1)).await?);
    }
    let mut receipts = Vec::new();
    for (name, size) in SIZES {
        for (number, offer) in offers.iter().take(size).enumerate() {
            let paid = desk.pay(name, offer).await?;
            receipts.push((size, desk.keep(&format!("{name}-{number}.xml"), &paid.document)?));
        }
    }
    desk.works(&["close-period", "--all"])?;
    let (root, auditor) = (desk.root()?, Auditor::find());
    let all = receipts.len();
    for (size, receipt) in &receipts {
        for (side, size, kind) in [("consumer", *size, "Bill"), ("merchant", all, "PayoutAdvice")] {
            let files = Files::prove(&desk, receipt, side)?;
            let said = desk.works(&files.verify(&root))?;
            ensure!(said.contains(&format!(" of {size}\n")), "{side} of {receipt}: {said}");
            if let Some(auditor) = &auditor {
                let said = auditor.agrees(&files).with_context(|| format!("{side} of {receipt}"))?;
                ensure!(said.contains(&format!(" of {size} in {kind} ")), "{side} of {receipt}: {said}");
            }
        }
    }
    desk.close(u64::try_from(all)?)
}

async fn what_does_not_belong_together_is_refused_by_both(database: Database) -> Result<()> {
    let desk = Desk::open(database, [Newcomer::postpaid("gustav", "100.00")]).await?;
    let offer = desk.offer("1.80").await?;
    let mut paid = Vec::new();
    for consumer in [FRIDA, FRIDA, FRIDA, "gustav", "gustav", "gustav"] {
        paid.push(desk.pay(consumer, &offer).await?);
    }
    desk.works(&["close-period", "--all"])?;
    let [first, second, _, others, ..] = &paid[..] else { unreachable!("six payments") };
    let prove = |name: &str, paid: &Paid| Files::prove(&desk, &desk.keep(name, &paid.document)?, "consumer");
    let (right, second, others) =
        (prove("first.xml", first)?, prove("second.xml", second)?, prove("others.xml", others)?);
    let (root, auditor) = (desk.root()?, Auditor::find());
    let refused = |files: Files, words: &str, theirs: &str| -> Result<()> {
        desk.finds(&files.verify(&root), words)?;
        auditor.as_ref().map_or(Ok(()), |auditor| auditor.refuses(&files, theirs))
    };
    let copy =
        || Files { receipt: right.receipt.clone(), proof: right.proof.clone(), bill: right.bill.clone() };
    desk.works(&right.verify(&root))?;

    let other = Files { receipt: second.receipt.clone(), ..copy() };
    refused(other, "the proof is of another payment than the receipt", "the payment differs")?;
    let other = Files { receipt: others.receipt.clone(), ..copy() };
    refused(other, "the proof is of another payment than the receipt", "the payment differs")?;
    let other = Files { bill: others.bill.clone(), ..copy() };
    refused(other, "does not lead", "the number of the bill differs")?;
    let other = Files { proof: second.proof.clone(), ..copy() };
    refused(other, "the proof is of another payment than the receipt", "the payment differs")?;

    let proof = std::fs::read_to_string(&right.proof)?;
    let (_, rest) = proof.split_once("<neighbour>").context("a neighbour")?;
    let (neighbour, _) = rest.split_once("</neighbour>").context("a whole neighbour")?;
    let flipped = if neighbour.starts_with('0') { "1" } else { "0" }.to_owned() + &neighbour[1..];
    let whole = format!("<neighbour>{neighbour}</neighbour>");
    let leaf = "the path does not lead from the payment to the root";
    for (name, altered, theirs) in [
        ("flipped", proof.replacen(neighbour, &flipped, 1), leaf),
        ("shorter", proof.replacen(&whole, "", 1), "the path"),
        ("longer", proof.replacen(&whole, &whole.repeat(2), 1), "the path"),
        ("elsewhere", proof.replacen("<index>0<", "<index>1<", 1), "the path"),
        ("outside", proof.replacen("<index>0<", "<index>3<", 1), "there is no payment 3 among 3"),
        ("smaller", proof.replacen("<count>3<", "<count>2<", 1), "how many payments there are differs"),
    ] {
        ensure!(altered != proof, "{name} alters nothing");
        let other = Files { proof: desk.keep(name, altered.as_bytes())?, ..copy() };
        refused(other, "does not lead", theirs).context(name)?;
    }
    let cheaper = proof.replacen(">1.80<", ">1.79<", 1);
    let other = Files { proof: desk.keep("cheaper", cheaper.as_bytes())?, ..copy() };
    refused(other, "the proof is of another amount than the receipt", "the amount differs")?;

    // Who alters receipt and proof alike fails at the signature with us, and at the root with everybody.
    let receipt = String::from_utf8(first.document.clone())?.replacen(">1.80<", ">1.79<", 1);
    let receipt = desk.keep("cheaper.xml", receipt.as_bytes())?;
    let other = Files { receipt, proof: desk.path("cheaper")?, ..copy() };
    refused(other, "cheaper.xml: ", leaf)?;
    let root_of = |path: &str| -> Result<String> {
        let text = std::fs::read_to_string(path)?;
        let (_, rest) = text.split_once("<root>").context("a root")?;
        Ok(rest.split_once("</root>").context("a whole root")?.0.to_owned())
    };
    let forged =
        std::fs::read_to_string(&right.bill)?.replacen(&root_of(&right.bill)?, &root_of(&others.bill)?, 1);
    let other = Files { bill: desk.keep("forged.xml", forged.as_bytes())?, ..copy() };
    refused(other, "forged.xml: ", "the root differs")?;
    desk.close(6)
}

async fn a_proof_that_cannot_be_made_says_why(database: Database) -> Result<()> {
    let desk = Desk::open(database, [Newcomer::consumer("card").with_external("simulator:approve")]).await?;
    let offer = desk.offer("1.80").await?;
    let paid = desk.pay(FRIDA, &offer).await?;
    let receipt = desk.keep("receipt.xml", &paid.document)?;
    let proof = desk.path("proof.xml")?;
    let early = ["inclusion-proof", &receipt, "-o", &proof];
    desk.fails(&early, "the payment is in no bill, statement or payout advice yet")?;
    ensure!(!std::path::Path::new(&proof).exists(), "nothing is written without a proof");
    let single = desk.pay("card", &offer).await?;
    let single = desk.keep("single.xml", &single.document)?;
    desk.works(&["close-period", "--all"])?;
    desk.fails(&["inclusion-proof", &single], "it is in no bill of its consumer")?;
    let printed = desk.works(&["inclusion-proof", &single, "--for", "merchant"])?;
    ensure!(printed.starts_with("<InclusionProof "), "{printed}");

    desk.fails(&["inclusion-proof"], "<RECEIPT>")?;
    desk.fails(&["inclusion-proof", &desk.path("nowhere.xml")?], "nowhere.xml: No such file")?;
    desk.fails(&["inclusion-proof", &desk.keep("text.xml", b"a receipt")?], "text.xml: ")?;
    let bill = format!("{receipt}.bill");
    desk.works(&["inclusion-proof", &receipt, "-o", &proof, "--bill", &bill])?;
    desk.fails(&["inclusion-proof", &bill], "receipt.xml.bill: is a Bill, not a PaymentReceipt")?;
    desk.fails(&["inclusion-proof", &receipt, "--for", PARKING], "possible values: consumer, merchant")?;

    let root = desk.root()?;
    let right = Files { receipt, proof, bill };
    let Files { receipt, proof, bill } = &right;
    desk.works(&right.verify(&root))?;
    desk.fails(
        &["verify-inclusion", "--receipt", receipt, "--proof", proof, "--ca", &root],
        "--bill <BILL>",
    )?;
    desk.fails(&right.verify(&desk.path("nowhere.pem")?), "nowhere.pem: No such file")?;
    for (receipt, proof, bill, words) in [
        (bill, proof, bill, "receipt.xml.bill: is a Bill, not a PaymentReceipt"),
        (receipt, receipt, bill, "receipt.xml: is a PaymentReceipt, not an InclusionProof"),
        (receipt, proof, receipt, "receipt.xml: a PaymentReceipt has no root"),
        (receipt, proof, proof, "proof.xml: "),
    ] {
        let mixed = Files { receipt: receipt.clone(), proof: proof.clone(), bill: bill.clone() };
        desk.finds(&mixed.verify(&root), words)?;
        if let Some(auditor) = Auditor::find() {
            ensure!(auditor.say(&mixed)?.1 == Some(2), "what it is not is unreadable");
        }
    }
    desk.close(2)
}
