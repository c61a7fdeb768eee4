//! What closing a period issues.

use payment_domain::{
    Bill, CreditNote, Digest, InclusionProof, Line, MerchantId, PayoutAdvice, Reminder, Statement,
};
use payment_message::Message;

use super::{alice, at, euros, label, merchant, position};

pub(super) fn documents() -> [Message; 6] {
    let bill = bill();
    let note = CreditNote {
        position: position(9),
        bill: bill.position,
        consumer: alice(),
        amount: euros(1_800_000),
        reason: label("A dispute was decided for you"),
        issued_at: at(2_682_000),
    };
    let proof = InclusionProof {
        index: 1,
        count: bill.count,
        path: vec![Digest::new([0xab; 32]), Digest::new([0xcd; 32])],
        ..proof_of_the_only_payment()
    };
    [bill.into(), statement().into(), advice().into(), note.into(), reminder().into(), proof.into()]
}

fn reminder() -> Reminder {
    Reminder {
        position: position(10),
        bill: position(6),
        consumer: alice(),
        number: 2,
        amount_due: euros(3_310_000),
        open: euros(1_800_000),
        fee: euros(2_000_000),
        suspended: false,
        pay_by: Some(at(5_011_200)),
        reference: label("METEORE bill 7232000000000000006"),
        pay_to: Some(label("DE44500105175407324931")),
        issued_at: at(3_801_660),
    }
}

/// Of somebody who can pay nobody, and knows where to.
pub(super) fn suspension() -> Reminder {
    Reminder { fee: euros(0), suspended: true, pay_by: None, pay_to: None, ..reminder() }
}

/// The leaf is the root.
pub(super) fn proof_of_the_only_payment() -> InclusionProof {
    let bill = bill();
    InclusionProof {
        bill: bill.position,
        payment: position(1),
        amount: euros(1_800_000),
        index: 0,
        count: 1,
        path: Vec::new(),
        root: bill.root,
        proved_at: at(2_682_000),
    }
}

fn bill() -> Bill {
    Bill {
        position: position(6),
        consumer: alice(),
        from: at(0),
        to: at(2_592_000),
        opening: euros(4_000),
        payments: euros(3_601_000),
        count: 3,
        refunds: euros(500_000),
        credits: euros(-200_000),
        amount_due: euros(3_310_000),
        carried: euros(-5_000),
        root: Digest::new([0xab; 32]),
        lines: vec![
            Line { merchant: merchant(), count: 2, amount: euros(3_600_000) },
            Line { merchant: MerchantId::parse("kiosk-5").unwrap(), count: 1, amount: euros(1_000) },
        ],
        due_at: at(3_801_600),
        issued_at: at(2_592_060),
    }
}

/// Of somebody who paid nothing and has something to their credit.
pub(super) fn empty_bill() -> Bill {
    Bill {
        opening: euros(-1_800_000),
        payments: euros(0),
        count: 0,
        refunds: euros(0),
        credits: euros(0),
        amount_due: euros(0),
        carried: euros(-1_800_000),
        lines: Vec::new(),
        ..bill()
    }
}

fn statement() -> Statement {
    Statement {
        position: position(7),
        consumer: alice(),
        from: at(0),
        to: at(2_592_000),
        opening: euros(10_000_000),
        top_ups: euros(20_000_000),
        payments: euros(3_600_000),
        count: 2,
        refunds: euros(500_000),
        redemptions: euros(5_000_000),
        other: euros(-900_000),
        closing: euros(21_000_000),
        root: Digest::new([0xab; 32]),
        lines: vec![Line { merchant: merchant(), count: 2, amount: euros(3_600_000) }],
        issued_at: at(2_592_060),
    }
}

fn advice() -> PayoutAdvice {
    PayoutAdvice {
        position: position(8),
        merchant: merchant(),
        from: at(0),
        to: at(2_592_000),
        opening: euros(-5_000),
        sales: euros(100_000_000),
        count: 55,
        refunds: euros(2_000_000),
        disputes: euros(1_000_000),
        fees: euros(3_001_000),
        other: euros(250_000),
        payout: euros(94_240_000),
        carried: euros(4_000),
        root: Digest::new([0xab; 32]),
        reference: label("METEORE 7232000000000000008"),
        issued_at: at(2_592_060),
    }
}
