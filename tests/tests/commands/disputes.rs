//! `dispute list` and `dispute decide`.

use anyhow::Result;
use payment_domain::{ConsumerId, DisputeId, DisputeOrder, Label, PaymentOrder};
use payment_message::State;
use tests::database::Database;
use tests::town::{by_app, euros};
use tests::{on_each_database, random};

use crate::desk::{Desk, FRIDA};

on_each_database!(disputes_are_listed_and_decided);

async fn disputes_are_listed_and_decided(database: Database) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    let offer = desk.offer("1.80").await?;
    let (won, lost) = (desk.pay(FRIDA, &offer).await?, desk.pay(FRIDA, &offer).await?);
    assert_eq!(desk.works(&["dispute", "list"])?, "no dispute waits for a decision\n");

    let (won_id, lost_id) = (opened(&desk, &won.order).await?, opened(&desk, &lost.order).await?);
    let listed = desk.works(&["dispute", "list"])?;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    for (id, paid) in [(&won_id, &won), (&lost_id, &lost)] {
        let line =
            format!("{id}  EUR 1.00  frida about parking  payment {}  since 20", paid.receipt.position);
        assert!(listed.lines().any(|listed| listed.starts_with(&line)), "not `{line}` in {listed}");
    }

    let decide = |id: &str, winner: &str| desk.works(&["dispute", "decide", id, "--for", winner]);
    let refused =
        |id: &str, winner: &str, words: &str| desk.fails(&["dispute", "decide", id, "--for", winner], words);
    desk.fails(&["dispute", "decide", &won_id], "--for")?;
    refused(&won_id, "nobody", "possible values: consumer, merchant")?;
    refused("7", "consumer", "the id that `meteore dispute list` shows")?;
    refused(&DisputeId::new(random::uuid()).to_string(), "consumer", "no such dispute")?;

    let before = desk.scene.balance(FRIDA)?;
    assert_eq!(decide(&lost_id, "merchant")?, format!("dispute {lost_id} is decided: the payment stands\n"));
    assert_eq!(desk.scene.balance(FRIDA)?, before);
    let said = decide(&won_id, "consumer")?;
    assert_eq!(said, format!("dispute {won_id} is decided: the money went back to the consumer\n"));
    assert_eq!(desk.scene.balance(FRIDA)?, before + 1_000_000);
    refused(&won_id, "merchant", "the dispute was decided before, for the consumer")?;
    assert_eq!(desk.works(&["dispute", "list"])?, "no dispute waits for a decision\n");
    desk.close(2)
}

/// Complains about a part of a payment; returns the dispute's id.
async fn opened(desk: &Desk, order: &PaymentOrder) -> Result<String> {
    let town = &desk.scene.town;
    let authentication = by_app();
    let dispute = DisputeOrder {
        dispute_id: DisputeId::new(random::uuid()),
        consumer: ConsumerId::new(town.party(FRIDA).id.clone()),
        order_id: order.order_id,
        amount: euros("1.00"),
        reason: Label::parse("Never arrived")?,
        created_at: authentication.authenticated_at,
        authentication,
    };
    let signed = town.sign(FRIDA, dispute)?;
    let report = desk.scene.door().post(&signed.document).await?.report()?;
    assert_eq!(report.state, State::Pending);
    Ok(signed.message.dispute_id.to_string())
}
