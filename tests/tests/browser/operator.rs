//! The operators' portal: who is let in, what takes two people, and the end of a certificate.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use core_payment::{BankDetails, Details, Mandate};
use payment_domain::{BankAccount, ConsumerId, DisputeId, DisputeOrder, Iban, Label, MandateId, OrderId};
use payment_message::State;
use serde_json::{Value, json};
use tests::bank::{ACCOUNT, Bank};
use tests::browser::{hand_over, hand_over_to_operator};
use tests::callback::{Answer, Receiver};
use tests::clock;
use tests::database::Database;
use tests::town::{Newcomer, by_app, euros};
use tests::{on_each_database, random};

use crate::stage::Stage;

on_each_database!(operators_do_alone_what_is_theirs_and_together_what_takes_two);

/// Pays in by direct debit, and has money paid out.
const INES: &str = "ines";

/// The certificates: file, person, role.
const OPERATORS: [(&str, &str, &str); 9] = [
    ("olga", "olga", "operator"),
    ("anna", "anna", "operator:security"),
    ("bert", "bert", "operator:support"),
    ("carl", "carl", "operator:audit"),
    ("fred", "fred", "operator:finance"),
    // Another key of the same person, and a second person.
    ("fred-2", "fred", "operator:finance"),
    ("frieda", "frieda", "operator:finance"),
    ("otto", "otto", "operator"),
    ("chief", "stranger", "operator:chief"),
];

async fn operators_do_alone_what_is_theirs_and_together_what_takes_two(database: Database) -> Result<()> {
    let Some(bank) = Bank::open()? else { return Ok(()) };
    let tables = format!(
        "[bank]\nenabled = true\ntwo_people = true\niban = '{ACCOUNT}'\nlook_every_ms = 100\n\
         creditor_id = 'DE98ZZZ09999999999'\n\
         [callbacks]\nplain_http = true\nallow = ['127.0.0.1']\n[outbox]\npoll_ms = 50\n"
    );
    let Some(mut stage) = Stage::open_with(database, &tables, vec![banked()?]).await? else { return Ok(()) };
    let folder = stage.scene.town.folder();
    let mut serials = json!({});
    for (file, name, role) in OPERATORS {
        serials[file] = hand_over_to_operator(&stage.scene.app, &folder, name, role, file)?.into();
    }
    hand_over(&folder, "alice", &stage.scene.town.party("alice").credential)?;

    // Its first answer is that it wants no more of these.
    let receiver = Receiver::plain(&[Answer::Status(410)]).await?;
    let url = receiver.url("127.0.0.1");
    stage.scene.app.command(&["party", "change", "news", "--callback", &url])?;
    let paper = stage.scene.deposit(stage.scene.town.offer("news", "0.40")).await?;
    let order = stage.scene.town.order(&paper).sign()?;
    stage.scene.pay(&order).await?;

    stage.scene.charged_back().await?;
    let batch = at_the_bank(&stage, &bank, &folder).await?;
    let prepared = json!({
        "serials": serials,
        "batch": batch,
        "order": order.message.order_id.to_string(),
        "callback": url,
        "offer": stage.offer("parking", "1.80").await?,
        "dispute": disputed(&stage, order.message.order_id).await?,
        "hostile": hostile(&stage).await?,
    });
    stage.play("operator", prepared).await?;
    stage.play("officer", json!({})).await?;
    ensure!(receiver.calls().len() == 2, "called {} times", receiver.calls().len());
    stage.scene.close(4)
}

/// A file of payouts that waits for two people, and an answer of the bank that does not fit. Returns the file's name.
async fn at_the_bank(stage: &Stage, bank: &Bank, folder: &Path) -> Result<String> {
    let scene = &stage.scene;
    let (town, app) = (&scene.town, &scene.app);
    let pay_in = town.sign(INES, town.top_up(INES, "10.00"))?;
    let pay_out = town.sign(INES, town.redemption(INES, "20.00"))?;
    for document in [&pay_in.document, &pay_out.document] {
        let report = scene.door().post(document).await?.report()?;
        ensure!(report.state == State::Pending, "{report:?}");
    }
    let collections = until("collections at the bank", || {
        let Ok(listed) = std::fs::read_dir(folder.join("bank/out")) else { return None };
        listed
            .flatten()
            .map(|file| file.path())
            .find(|path| path.to_string_lossy().contains("pain.008.001.08.xml"))
    })
    .await?;
    bank.receive(&std::fs::read(collections)?, &json!({ "strangers": ["12.00"] }))?;
    // Whole at once: the server takes what lies there.
    let unfinished = folder.join("notified.xml");
    std::fs::write(&unfinished, bank.notify()?)?;
    std::fs::rename(unfinished, folder.join("bank/in/notified.xml"))?;
    until("a break", || app.say(&["reconcile", "--breaks"]).ok().filter(|said| said.out.contains("break")))
        .await?;
    until("a file of payouts", || {
        let listed = app.command(&["payouts", "--list-files"]).ok()?;
        let line = listed.lines().find(|line| line.contains("payouts"))?.to_owned();
        line.split_whitespace().next().map(str::to_owned)
    })
    .await
}

/// Alice complains about a payment; the complaint's id.
async fn disputed(stage: &Stage, order: OrderId) -> Result<String> {
    let town = &stage.scene.town;
    let authentication = by_app();
    let dispute = DisputeOrder {
        dispute_id: DisputeId::new(random::uuid()),
        consumer: ConsumerId::new(town.party("alice").id.clone()),
        order_id: order,
        amount: euros("0.40"),
        reason: Label::parse("It never came")?,
        created_at: authentication.authenticated_at,
        authentication,
    };
    let signed = town.sign("alice", dispute)?;
    let report = stage.scene.door().post(&signed.document).await?.report()?;
    ensure!(report.state == State::Pending, "{report:?}");
    Ok(signed.message.dispute_id.to_string())
}

/// An offer whose words want to be markup.
async fn hostile(stage: &Stage) -> Result<Value> {
    let markup = "<img src=x onerror=alert(1)>";
    let mut draft = stage.scene.town.offer("concert", "0.70");
    draft.offer.title = Label::parse(markup)?;
    draft.offer.item = Label::parse("<script>")?;
    let offer = stage.scene.deposit(draft).await?;
    let order = stage.scene.town.order(&offer).sign()?;
    stage.scene.pay(&order).await?;
    // Refused: it is in the risk log. Erin has nothing to pay with.
    let refused = stage
        .scene
        .order(&stage.scene.town.order(&offer).by(&stage.scene.town.party("erin")).sign()?)
        .await?;
    refused.rejection()?;
    Ok(json!({ "markup": markup, "order": order.message.order_id.to_string() }))
}

async fn until<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> Result<T> {
    for _ in 0..200 {
        if let Some(found) = find() {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None.with_context(|| format!("never {what}"))
}

fn banked() -> Result<Newcomer> {
    let account = BankAccount {
        holder: Label::parse("Inês Duarte")?,
        iban: Iban::parse("NL91ABNA0417164300")?,
        bic: None,
    };
    let signed_at = clock::now().saturating_add_millis(-30 * 24 * 60 * 60 * 1000);
    let mandate = Some(Mandate { id: MandateId::parse("MND-INES")?, signed_at });
    let details = Details { bank: Some(BankDetails { account, mandate }), ..Details::default() };
    Ok(Newcomer::prepaid(INES, "50.00").with_external("sepa:mandate").with_details(details))
}
