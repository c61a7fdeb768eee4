//! From the transaction that issues a bill to the letter and the callback, over the core's real outbox.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use core_payment::{
    Accounts, Act, ActError, Books, Callback as CallbackDetails, ChangeParty, Core, Details, Dispatched,
    Filter, Listed, NoticeKind,
};
use gateway::notify::Roots;
use gateway::notify::callback::{AddressRules, CallSettings, Caller, MachineResolver};
use gateway::notify::dispatch::{Channel, Deliver, DispatchSettings, Dispatcher, Outbox};
use gateway::notify::mail::{Credentials, MailSettings, Postman, Security};
use gateway::notify::notices::{Callbacks, Letters};
use payment_domain::{Bill, ConsumerId, Currency, Digest, EmailAddress, Label, Money, PartyId, Timestamp};
use payment_message::{Message, canonical};
use tests::callback::{Answer, Receiver};
use tests::clock;
use tests::database::{Database, Engine};
use tests::smtp::{Smtp, USER, WORD};
use tests::town::Town;

/// Issues a bill of nothing, and puts it into the outbox.
pub(crate) struct Issue {
    pub(crate) to: &'static [(&'static str, NoticeKind)],
}

impl Act for Issue {
    type Done = ();

    fn accounts(&self, _books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        for (name, kind) in self.to {
            let party = books.party_named(&PartyId::parse(name).unwrap())?.unwrap();
            let position = books.position()?;
            let nothing = Money::zero(Currency::EUR);
            let (from, to) = (books.now().saturating_add_millis(-86_400_000), books.now());
            let bill = Bill {
                position,
                consumer: ConsumerId::new(party.name.clone()),
                from,
                to,
                opening: nothing,
                payments: nothing,
                count: 0,
                refunds: nothing,
                credits: nothing,
                amount_due: nothing,
                carried: nothing,
                root: Digest::new([0; 32]),
                lines: Vec::new(),
                due_at: to,
                issued_at: to,
            };
            books.issue(position, &Message::Bill(bill))?;
            books.enqueue(*kind, party.id, position)?;
        }
        Ok(())
    }
}

pub(crate) const EMAIL: NoticeKind = NoticeKind::Email;
pub(crate) const CALLBACK: NoticeKind = NoticeKind::Callback;
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) async fn on_each_engine<F: Future<Output = ()>>(test: impl Fn(Core) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(database) = Database::new(engine).unwrap() else { continue };
        let town = Town::found(&database).await.unwrap();
        let core = town.core(&database).unwrap();
        test(core.clone()).await;
        core.shut_down();
    }
}

pub(crate) async fn reach(core: &Core, name: &str, email: Option<&str>, callback: Option<&str>) {
    let details = Details {
        email: email.map(|email| EmailAddress::parse(email).unwrap()),
        callback: callback.map(|url| CallbackDetails::parse(url, [7; 32]).unwrap()),
        ..Details::default()
    };
    let name = PartyId::parse(name).unwrap();
    let change = ChangeParty { name, active: None, external: None, details: Some(details) };
    core.change_party(change).await.unwrap();
}

pub(crate) fn postman(smtp: &Smtp) -> Postman {
    let settings = MailSettings {
        host: "127.0.0.1".to_owned(),
        port: smtp.port(),
        security: Security::StartTls,
        credentials: Some(Credentials { user: USER.to_owned(), password: WORD.to_owned().into() }),
        sender_name: issuer(),
        sender: EmailAddress::parse("billing@meteore.example").unwrap(),
        connections: 2,
        time_limit: LIMIT,
    };
    Postman::new(settings, &Roots::only(smtp.root_pem().as_bytes()).unwrap()).unwrap()
}

fn caller() -> Caller {
    let settings = CallSettings {
        rules: AddressRules { networks: vec!["127.0.0.0/8".parse().unwrap()], hosts: Vec::new() },
        plain_http: true,
        connect_limit: LIMIT,
        time_limit: LIMIT,
    };
    let roots = Roots::only(tests::smtp::self_signed_root().unwrap().as_bytes()).unwrap();
    Caller::new(settings, &roots, Arc::new(MachineResolver)).unwrap()
}

pub(crate) fn issuer() -> Label {
    Label::parse("Meteore").unwrap()
}

/// Delivers everything that is due now, as a server that runs a moment.
async fn deliver<D: Deliver + 'static>(channel: Channel, outbox: Arc<dyn Outbox<D::Content>>, courier: D) {
    let settings = DispatchSettings {
        parallel: 8,
        per_destination: 8,
        lease: Duration::from_secs(60),
        poll: Duration::from_millis(10),
    };
    let mut dispatcher = Dispatcher::new(channel, outbox, courier, settings, Arc::new(clock::now));
    while dispatcher.begin().await {}
    dispatcher.finish().await;
}

async fn deliver_letters(core: &Core, smtp: &Smtp) {
    deliver(Channel::Email, Arc::new(Letters::new(core.clone(), issuer())), postman(smtp)).await;
}

pub(crate) async fn deliver_callbacks(core: &Core) {
    deliver(Channel::Callback, Arc::new(Callbacks::new(core.clone())), caller()).await;
}

fn listed(core: &Core) -> Vec<Listed> {
    core.notices(&Filter { limit: 100, ..Filter::default() }).unwrap()
}

/// `party state tries fault` of every item.
fn states(core: &Core) -> Vec<String> {
    let line = |item: &Listed| {
        format!("{} {} {} {}", item.party, item.state, item.tries, item.fault.as_deref().unwrap_or("-"))
    };
    listed(core).iter().map(line).collect()
}

#[tokio::test]
async fn a_bill_goes_from_the_transaction_that_issues_it_to_the_letter() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    let smtp = &smtp;
    on_each_engine(|core| async move {
        let before = smtp.letters().unwrap().len();
        reach(&core, "alice", Some("alice@example.org"), None).await;
        reach(&core, "carol", Some("unknown@example.org"), None).await;
        core.perform(Arc::new(Issue { to: &[("carol", EMAIL), ("bob", EMAIL), ("alice", EMAIL)] }))
            .await
            .unwrap();
        deliver_letters(&core, smtp).await;
        assert_eq!(
            states(&core),
            [
                "carol dead 1 the relay refuses the recipient: 550 5.1.1",
                "bob dead 1 the party has given no address",
                "alice sent 1 -",
            ]
        );
        let letters = smtp.letters().unwrap();
        let [letter] = &letters[before..] else { panic!("{letters:?}") };
        assert_eq!(letter.recipients, ["alice@example.org"]);
        let xml = letter.parts.iter().find(|part| part.media_type == "application/xml").unwrap();
        let Message::Bill(bill) = Message::parse(canonical::scan(&xml.content).unwrap().body()).unwrap()
        else {
            panic!("a bill")
        };
        assert_eq!(bill.consumer.to_string(), "alice");
        assert_eq!(xml.name.as_deref(), Some(format!("bill-{}.xml", bill.position).as_str()));
        assert!(letter.headers["subject"].contains(&bill.position.to_string()));

        // The dead letter is sent again by hand, to an address that is known by now.
        reach(&core, "bob", Some("bob@example.org"), None).await;
        let dead = Filter {
            state: Some("dead".to_owned()),
            party: Some(PartyId::parse("bob").unwrap()),
            ..Filter::default()
        };
        assert_eq!(core.resend(&dead, &[]).unwrap(), 1);
        deliver_letters(&core, smtp).await;
        assert!(states(&core).contains(&"bob sent 1 -".to_owned()), "{:?}", states(&core));

        // What was sent can be sent again too, and says that it is the same.
        let sent = listed(&core).into_iter().find(|item| item.party.as_str() == "alice").unwrap();
        assert_eq!(core.resend(&Filter::default(), &[sent.id]).unwrap(), 1);
        deliver_letters(&core, smtp).await;
        let again = smtp.letters().unwrap().pop().unwrap();
        assert_eq!(again.headers["message-id"], letter.headers["message-id"]);
    })
    .await;
}

#[tokio::test]
async fn a_callback_that_failed_is_made_again_with_the_same_id_and_a_gone_one_never() {
    on_each_engine(|core| async move {
        let answers = [Answer::Status(404), Answer::Status(200), Answer::Status(410)];
        let receiver = Receiver::plain(&answers).await.unwrap();
        reach(&core, "parking", None, Some(&receiver.url("127.0.0.1"))).await;
        core.perform(Arc::new(Issue { to: &[("parking", CALLBACK)] })).await.unwrap();
        deliver_callbacks(&core).await;
        assert_eq!(states(&core), ["parking due 1 HTTP status 404"]);
        let start = Instant::now();
        while states(&core) != ["parking sent 2 HTTP status 404"] && states(&core) != ["parking sent 2 -"] {
            assert!(start.elapsed() < LIMIT, "{:?}", states(&core));
            tokio::time::sleep(Duration::from_millis(100)).await;
            deliver_callbacks(&core).await;
        }
        let calls = receiver.calls();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
        assert_eq!(calls[0].body, calls[1].body);

        core.perform(Arc::new(Issue { to: &[("parking", CALLBACK), ("parking", CALLBACK)] })).await.unwrap();
        deliver_callbacks(&core).await;
        let parking = PartyId::parse("parking").unwrap();
        assert_eq!(core.details(&parking).unwrap().unwrap().callback, None);
        core.perform(Arc::new(Issue { to: &[("parking", CALLBACK)] })).await.unwrap();
        deliver_callbacks(&core).await;
        assert!(states(&core).contains(&"parking dead 1 the party has given no address".to_owned()));
        // The second one was under way beside the first; nothing comes after.
        assert_eq!(receiver.calls().len(), 4);
        assert!(
            states(&core).iter().any(|state| state.contains("dead 1 HTTP status 410")),
            "{:?}",
            states(&core)
        );
    })
    .await;
}

#[tokio::test]
async fn an_item_that_is_put_back_untried_has_lost_no_try() {
    on_each_engine(|core| async move {
        core.perform(Arc::new(Issue { to: &[("alice", EMAIL)] })).await.unwrap();
        let take = |lease: Timestamp| core.take_notices(EMAIL, lease, 10).unwrap();
        let now = clock::now();
        let [taken] = &take(now)[..] else { panic!("one item") };
        core.dispatched(taken.id, &Dispatched::NotNow { at: now }).unwrap();
        assert_eq!(states(&core), ["alice due 0 -"]);
        let [taken] = &take(now)[..] else { panic!("it is due again") };
        core.dispatched(taken.id, &Dispatched::Again { at: now, fault: "busy".to_owned() }).unwrap();
        assert_eq!(states(&core), ["alice due 1 busy"]);
    })
    .await;
}

#[tokio::test]
async fn two_gateways_that_take_at_once_never_take_the_same_item() {
    on_each_engine(|core| async move {
        for _ in 0..10 {
            core.perform(Arc::new(Issue { to: &[("alice", EMAIL); 10] })).await.unwrap();
        }
        let lease = clock::now().saturating_add_millis(60_000);
        let takers = (0..4).map(|_| {
            let core = core.clone();
            tokio::task::spawn_blocking(move || {
                let mut ids = Vec::new();
                loop {
                    let taken = core.take_notices(EMAIL, lease, 7).unwrap();
                    if taken.is_empty() {
                        return ids;
                    }
                    ids.extend(taken.into_iter().map(|notice| notice.id));
                }
            })
        });
        let mut ids = Vec::new();
        for taker in takers.collect::<Vec<_>>() {
            ids.extend(taker.await.unwrap());
        }
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!((count, ids.len()), (100, 100));
    })
    .await;
}
