//! A real server that delivers while it serves, and the command by which an operator looks and sends again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tests::app::{App, Setup};
use tests::callback::Receiver;
use tests::database::Database;
use tests::town::Town;

use crate::outbox::{CALLBACK, EMAIL, Issue, reach};

const LIMIT: Duration = Duration::from_secs(20);

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_delivers_what_is_due_and_sends_again_by_command() {
    let database = Database::sqlite().unwrap();
    let town = Town::found(&database).await.unwrap();
    let receiver = Receiver::plain(&[]).await.unwrap();
    let more = "[mail]\nfolder = 'mail'\n[callbacks]\nplain_http = true\nallow = ['127.0.0.1']\n[outbox]\npoll_ms = 50";
    let setup = Setup { more: more.to_owned(), ..Setup::default() };
    let mut app = App::start_with(&town, &database, &setup).await.unwrap();

    let core = town.core(&database).unwrap();
    reach(&core, "alice", Some("alice@example.org"), None).await;
    reach(&core, "parking", None, Some(&receiver.url("127.0.0.1"))).await;
    let items = &[("alice", EMAIL), ("parking", CALLBACK), ("bob", EMAIL)];
    core.perform(Arc::new(Issue { to: items })).await.unwrap();
    core.shut_down();

    let list = |state: &str| app.command(&["outbox", "list", "--state", state]).unwrap();
    until("two are delivered and one is dead", || {
        list("sent").lines().count() == 2 && list("dead").lines().count() == 1
    })
    .await;
    let dead = list("dead");
    assert!(dead.contains("bob") && dead.contains("the party has given no address"), "{dead}");
    let letters = || std::fs::read_dir(town.folder().join("mail")).unwrap().count();
    assert_eq!(letters(), 1);
    let first = receiver.calls();
    assert_eq!(first.len(), 1);

    let sent = list("sent");
    let posted = sent.lines().find(|line| line.contains("parking")).unwrap();
    let id = posted.split_whitespace().next().unwrap();
    assert_eq!(app.command(&["outbox", "resend", id]).unwrap().trim(), "1 will be sent again");
    until("it is posted again", || receiver.calls().len() == 2).await;
    let second = receiver.calls().pop().unwrap();
    assert_eq!(second.headers["webhook-id"], first[0].headers["webhook-id"]);
    assert_eq!(second.body, first[0].body);

    assert_eq!(app.command(&["outbox", "resend", "--all-dead"]).unwrap().trim(), "1 will be sent again");
    assert!(app.command(&["outbox", "resend"]).is_err(), "nothing is named");
    until("it is dead again", || list("dead").lines().count() == 1).await;

    let metrics = app.metrics().unwrap();
    assert!(
        metrics.contains(r#"meteore_outbox_items_total{channel="callback",outcome="sent"} 2"#),
        "{metrics}"
    );
    for secret in ["alice@example.org", "/receipts"] {
        assert!(!app.log().contains(secret), "{secret} is in the log");
    }
    app.stop().unwrap();
}
