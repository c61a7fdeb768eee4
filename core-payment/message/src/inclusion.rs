//! Whether a payment is in a bill: the tree that the root in a bill, statement or payout advice stands for.
//!
//! The shape is that of RFC 6962 §2.1, the hashes are our own: a leaf is a payment as its receipt names it, and leaf and
//! node differ in their first bytes, so that no node passes for a payment. Verifying needs no key and no network: phones
//! do it. Building roots and paths is the business of the room that bills.

use payment_domain::{Bill, Currency, Digest, InclusionProof, LedgerPosition, PayoutAdvice, Statement};
use sha2::{Digest as _, Sha256};

const LEAF_TAG: &[u8] = b"METEORE/v1/bill/leaf";
const NODE_TAG: &[u8] = b"METEORE/v1/bill/node";

/// A payment as a leaf: its position and amount are in the signed receipt.
#[must_use]
pub fn leaf(position: i64, micros: i64, currency: Currency) -> Digest {
    let mut hash = Sha256::new();
    hash.update(LEAF_TAG);
    hash.update([0]);
    hash.update(position.to_be_bytes());
    hash.update(micros.to_be_bytes());
    hash.update(currency.as_str());
    Digest::new(hash.finalize().into())
}

/// The node above two others.
#[must_use]
pub fn node(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(NODE_TAG);
    hash.update([1]);
    hash.update(left.as_bytes());
    hash.update(right.as_bytes());
    Digest::new(hash.finalize().into())
}

/// Whether a path leads from a leaf to a root (RFC 9162 §2.1.3.2). A path that is too long or too short leads nowhere.
#[must_use]
pub fn leads(leaf: Digest, index: u64, count: u64, path: &[Digest], root: &Digest) -> bool {
    if index >= count {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, count.saturating_sub(1), leaf);
    for neighbour in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = node(neighbour, &hash);
            // Where there is no right neighbour the node moves up as it is.
            while at % 2 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, neighbour);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// A document with a root over payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rooted {
    /// Where it stands in the ledger.
    pub position: LedgerPosition,
    /// How many payments it covers.
    pub count: u64,
    /// The root.
    pub root: Digest,
}

impl From<&Bill> for Rooted {
    fn from(bill: &Bill) -> Self {
        Self { position: bill.position, count: bill.count, root: bill.root }
    }
}

impl From<&Statement> for Rooted {
    fn from(statement: &Statement) -> Self {
        Self { position: statement.position, count: statement.count, root: statement.root }
    }
}

impl From<&PayoutAdvice> for Rooted {
    fn from(advice: &PayoutAdvice) -> Self {
        Self { position: advice.position, count: advice.count, root: advice.root }
    }
}

/// Whether a proof shows its payment in a document. The caller has verified the document's signature, and compares
/// position and amount with the payment's receipt: the proof itself proves nothing of its own.
#[must_use]
pub fn proves(proof: &InclusionProof, document: Rooted) -> bool {
    let leaf = leaf(proof.payment.value(), proof.amount.micros(), proof.amount.currency());
    proof.bill == document.position
        && proof.count == document.count
        && proof.root == document.root
        && proof.path.len() <= InclusionProof::MAX_PATH
        && leads(leaf, proof.index, document.count, &proof.path, &document.root)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: u64) -> Vec<Digest> {
        (1..=i64::try_from(count).unwrap()).map(|position| leaf(position, 10_000, Currency::EUR)).collect()
    }

    /// RFC 6962 §2.1, word for word.
    fn root(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => crate::sha256(&[]),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&root(left), &root(right))
            }
        }
    }

    /// RFC 6962 §2.1.1, word for word.
    fn path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
        if leaves.len() <= 1 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut path, other) = if index < left.len() {
            (path(index, left), root(right))
        } else {
            (path(index.saturating_sub(left.len()), right), root(left))
        };
        path.push(other);
        path
    }

    proptest! {
        #[test]
        fn every_path_leads_to_the_root_and_to_no_other_place(count in 1_u64..70, pick in any::<u64>()) {
            let (all, index) = (leaves(count), pick.checked_rem(count).unwrap());
            let at = usize::try_from(index).unwrap();
            let (top, way) = (root(&all), path(at, &all));
            prop_assert!(leads(all[at], index, count, &way, &top));
            for other in (0..=count).filter(|other| *other != index) {
                prop_assert!(!leads(all[at], other, count, &way, &top), "as leaf {other}");
            }
            let mut longer = way.clone();
            longer.push(top);
            prop_assert!(!leads(all[at], index, count, &longer, &top));
            if let Some((_, shorter)) = way.split_last() {
                prop_assert!(!leads(all[at], index, count, shorter, &top));
                prop_assert!(!leads(all[at], index, count, &[], &top));
            }
            let stranger = leaf(1_000_000, 10_000, Currency::EUR);
            prop_assert!(!leads(stranger, index, count, &way, &top));
        }
    }

    #[test]
    fn a_node_does_not_pass_for_a_payment() {
        let all = leaves(4);
        let (left, right) = (node(&all[0], &all[1]), node(&all[2], &all[3]));
        let top = node(&left, &right);
        assert!(leads(all[0], 0, 4, &[all[1], right], &top));
        // As a tree of two leaves it would lead there, but the signed document says four, and no payment hashes to a node.
        assert!(!leads(left, 0, 4, &[right], &top));
        assert!((1..10_000).all(|position| leaf(position, 1, Currency::EUR) != left));
    }

    #[test]
    fn every_field_of_a_payment_moves_its_leaf() {
        let usd = Currency::parse("USD").unwrap();
        let plain = leaf(1, 2, Currency::EUR);
        for other in [leaf(2, 2, Currency::EUR), leaf(1, 3, Currency::EUR), leaf(1, 2, usd)] {
            assert_ne!(plain, other);
        }
    }

    #[test]
    fn a_proof_is_for_one_document() {
        let all = leaves(5);
        let position = |value| LedgerPosition::new(value).unwrap();
        let document = Rooted { position: position(99), count: 5, root: root(&all) };
        let proof = InclusionProof {
            bill: position(99),
            payment: position(4),
            amount: payment_domain::Money::from_micros(10_000, Currency::EUR),
            index: 3,
            count: 5,
            path: path(3, &all),
            root: root(&all),
            proved_at: payment_domain::Timestamp::EPOCH,
        };
        assert!(proves(&proof, document));
        assert!(!proves(&proof, Rooted { position: position(98), ..document }));
        assert!(!proves(&proof, Rooted { count: 6, ..document }));
        assert!(!proves(&proof, Rooted { root: all[0], ..document }));
        let money = |micros| payment_domain::Money::from_micros(micros, Currency::EUR);
        assert!(!proves(&InclusionProof { amount: money(10_001), ..proof.clone() }, document));
        assert!(!proves(&InclusionProof { payment: position(5), ..proof }, document));
    }
}
