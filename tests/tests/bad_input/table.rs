//! One table over one open connection.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_domain::{Capability, Method, Offer, Role};
use payment_message::envelope::sign;
use payment_message::{Code, Message};
use tests::clock::now;
use tests::database::Database;
use tests::ledger;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB, ERIN};
use tests::town::{Newcomer, OrderDraft, Signed};

on_each_database!(
    every_bad_message_is_refused_by_name_and_nothing_is_posted,
    what_is_no_message_gets_a_plain_answer,
    an_order_that_comes_again_is_told_from_one_that_changed,
);

/// What is sent, and what has to come back.
struct Case {
    name: &'static str,
    document: Vec<u8>,
    status: u16,
    code: Code,
}

struct Cases<'a> {
    scene: &'a Scene,
    offer: Signed<Offer>,
    cases: Vec<Case>,
}

const MINUTE: i64 = 60_000;

async fn every_bad_message_is_refused_by_name_and_nothing_is_posted(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let day = Duration::from_secs(24 * 60 * 60);
    let two_days_ago = now().saturating_add_millis(-2 * 24 * 60 * MINUTE);
    let late = Newcomer { certified: (two_days_ago, day), ..Newcomer::prepaid("late", "5.00") };
    scene.town.settle(&scene.database, [late, Newcomer::prepaid("revoked", "5.00")]).await?;
    let serial = scene.town.party("revoked").credential.certificate().serial().to_string();
    scene.app.command(&["ca", "revoke", &serial])?;
    scene.app.reload()?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;

    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let mut cases = Cases { scene: &scene, offer, cases: Vec::new() };
    cases.unreadable()?;
    cases.off_schema()?;
    cases.amounts()?;
    cases.senders()?;
    cases.times()?;
    cases.terms()?;
    let good = cases.draft();
    let table = cases.cases;

    let before = rows(&scene)?;
    let mut connection = scene.door().connect().await?;
    let mut wrong = Vec::new();
    for case in &table {
        ensure!(connection.is_open(), "the connection was closed before: {}", case.name);
        let reply = connection.post(&case.document).await.with_context(|| case.name)?;
        if let Err(error) = reply.refused(case.status, case.code) {
            wrong.push(format!("{}: {error:#}", case.name));
        }
    }
    ensure!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), table.len(), wrong.join("\n"));
    assert_eq!(rows(&scene)?, before, "something was posted");
    assert!(ledger::paid(&scene.database)?.is_empty());

    // The same connection, and a customer who does everything right.
    connection.post(&good.sign()?.document).await?.receipt()?;
    scene.close(1)
}

async fn what_is_no_message_gets_a_plain_answer(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let mut connection = scene.door().connect().await?;
    for (path, status) in
        [("/", 404), ("/v1/messages", 405), ("/v1/schema/none.xsd", 404), ("/v1/key.pem", 404)]
    {
        let reply = connection.fetch(path).await?;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{path}");
    }
    let as_json = hyper::Request::post("/v1/messages")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(http_body_util::Full::from(order.document.clone()))?;
    connection.send(as_json).await?.refused(415, Code::NotXml)?;
    connection.post(&order.document).await?.receipt()?;
    scene.close(1)
}

async fn an_order_that_comes_again_is_told_from_one_that_changed(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let mut connection = scene.door().connect().await?;
    let first = connection.post(&order.document).await?;
    first.receipt()?;
    assert_eq!(connection.post(&order.document).await?.body, first.body);
    let later = order.message.expires_at.saturating_add_millis(1);
    let changed = scene.town.order(&offer).id(order.message.order_id).with(|order| order.expires_at = later);
    connection.post(&changed.sign()?.document).await?.refused(409, Code::IdReused)?;
    scene.close(1)
}

/// Rows of every table that a posting would touch, and all the money.
fn rows(scene: &Scene) -> Result<Vec<i64>> {
    let mut sql = scene.database.sql()?;
    [
        "SELECT COUNT(*) FROM payment",
        "SELECT COUNT(*) FROM transfer",
        "SELECT COUNT(*) FROM attempt",
        "SELECT COUNT(*) FROM offer",
        "SELECT SUM(ABS(balance)) FROM account",
    ]
    .into_iter()
    .map(|count| sql.number(count))
    .collect()
}

impl Cases<'_> {
    fn draft(&self) -> OrderDraft {
        self.scene.town.order(&self.offer)
    }

    fn raw(&mut self, name: &'static str, document: impl Into<Vec<u8>>, status: u16, code: Code) {
        self.cases.push(Case { name, document: document.into(), status, code });
    }

    fn order(&mut self, name: &'static str, draft: OrderDraft, status: u16, code: Code) -> Result<()> {
        let document = draft.sign()?.document;
        self.raw(name, document, status, code);
        Ok(())
    }

    /// A message of alice's whose canonical text was changed before it was signed.
    fn edited(&mut self, name: &'static str, from: &str, to: &str, status: u16, code: Code) -> Result<()> {
        let text = String::from_utf8(Message::from(self.draft().order).to_canonical())?;
        ensure!(text.contains(from), "{name}: no {from} in {text}");
        let signed = sign(text.replacen(from, to, 1).as_bytes(), &self.scene.town.party(ALICE).credential);
        self.raw(name, signed.with_context(|| name)?, status, code);
        Ok(())
    }

    fn unreadable(&mut self) -> Result<()> {
        let order = self.draft().sign()?.document;
        let text = String::from_utf8(order.clone())?;
        self.raw("nothing", "", 400, Code::NotXml);
        self.raw("words", "Please pay 1.80 EUR", 400, Code::NotXml);
        self.raw("JSON", "{\"amount\": \"1.80\"}", 400, Code::NotXml);
        self.raw("random bytes", tests::random::bytes::<512>(), 400, Code::NotXml);
        self.raw("half an order", &order[..order.len() / 2], 400, Code::NotXml);
        self.raw("an order and something", format!("{text}<more/>"), 400, Code::NotXml);
        self.raw(
            "an order in UTF-16",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            400,
            Code::NotXml,
        );
        self.raw("a document type", format!("<!DOCTYPE PaymentOrder>{text}"), 400, Code::ForbiddenConstruct);
        self.raw(
            "a comment",
            text.replacen("<merchant>", "<merchant><!-- -->", 1),
            400,
            Code::ForbiddenConstruct,
        );
        self.raw(
            "too large",
            text.replacen("<merchant>", &format!("<merchant>{}", " ".repeat(65_536)), 1),
            413,
            Code::TooLarge,
        );
        self.raw("too deep", format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)), 400, Code::TooDeep);
        self.raw("unsigned", Message::from(self.draft().order).to_canonical(), 401, Code::SignatureMissing);
        let altered = text.replacen(">1.80<", ">1.08<", 1);
        self.raw("an altered amount", altered, 401, Code::SignatureInvalid);
        Ok(())
    }

    fn off_schema(&mut self) -> Result<()> {
        let invalid = Code::InvalidMessage;
        self.edited(
            "another namespace",
            "urn:meteore:payment:1",
            "urn:meteore:payment:2",
            400,
            Code::WrongNamespace,
        )?;
        self.edited("an element unknown", "<merchant>", "<tip>1</tip><merchant>", 400, invalid)?;
        self.edited("an element missing", "<merchant>parking</merchant>", "", 400, invalid)?;
        self.edited(
            "an element twice",
            "<merchant>",
            "<merchant>parking</merchant><merchant>",
            400,
            invalid,
        )?;
        self.edited("an attribute unknown", "<merchant>", "<merchant a=\"1\">", 400, invalid)?;
        self.edited("a name that is none", "<merchant>parking", "<merchant>Par King", 400, invalid)?;
        self.edited("a terminal that is none", "<capability>app", "<capability>fax", 400, invalid)?;
        self.edited("a currency that is none", "currency=\"EUR\"", "currency=\"eur\"", 400, invalid)?;
        self.edited("no currency", " currency=\"EUR\"", "", 400, invalid)?;
        let made = self.draft().order.created_at;
        let upside_down = self.draft().with(|order| order.expires_at = made.saturating_add_millis(-MINUTE));
        self.order("expired before it was made", upside_down, 400, invalid)?;
        for (name, root) in
            [("a message of no kind", "Gift"), ("a message that only the system sends", "Rejection")]
        {
            let body = format!("<{root} xmlns=\"urn:meteore:payment:1\"></{root}>");
            let document = sign(body.as_bytes(), &self.scene.town.party(ALICE).credential)?;
            let code = if root == "Gift" { Code::UnknownMessage } else { invalid };
            self.raw(name, document, 400, code);
        }
        Ok(())
    }

    fn amounts(&mut self) -> Result<()> {
        let amount = |text: &str| format!("currency=\"EUR\">{text}<");
        let price = amount("1.80");
        self.edited("zero", &price, &amount("0.00"), 400, Code::AmountNotPositive)?;
        self.edited("negative", &price, &amount("-1.80"), 400, Code::AmountNotPositive)?;
        self.edited("too precise", &price, &amount("1.8000001"), 400, Code::AmountTooPrecise)?;
        self.edited("overflowing", &price, &amount("9223372036854.775808"), 400, Code::AmountOverflow)?;
        self.edited("a number of another style", &price, &amount("1,80"), 400, Code::InvalidMessage)?;
        self.edited("a float", &price, &amount("1.8e0"), 400, Code::InvalidMessage)?;
        self.edited("another currency", "currency=\"EUR\"", "currency=\"USD\"", 422, Code::WrongCurrency)?;
        self.order("less than the price", self.draft().amount("1.79"), 422, Code::AmountDiffers)?;
        self.order("more than the price", self.draft().amount("1.81"), 422, Code::AmountDiffers)
    }

    fn senders(&mut self) -> Result<()> {
        let town = &self.scene.town;
        let stranger = town.certify("stranger", Role::Terminal)?.into();
        let namesake = town.certify(ALICE, Role::Terminal)?.into();
        let (revoked, late, bob) = (town.party("revoked"), town.party("late"), town.party(BOB));
        let (merchant, sms) = (town.party("parking"), town.party("adapter-sms"));
        let draft = || town.order(&self.offer);
        let cases = [
            ("a stranger", draft().by(&stranger), 401, Code::UnknownSender),
            ("a certificate that was never registered", draft().by(&namesake), 401, Code::UnknownSender),
            ("a revoked certificate", draft().by(&revoked), 401, Code::CertificateRevoked),
            ("an expired certificate", draft().by(&late), 401, Code::CertificateExpired),
            ("somebody else's account", draft().signed_by(&bob), 403, Code::WrongRole),
            ("a merchant for a consumer", draft().signed_by(&merchant), 403, Code::WrongRole),
            ("an adapter as an app", draft().signed_by(&sms), 403, Code::WrongRole),
            (
                "an app as a text message",
                draft().with(|o| (o.capability, o.method) = (Capability::Sms, Method::MsisdnCode)),
                403,
                Code::WrongRole,
            ),
            (
                "an adapter for another channel",
                draft().from(Capability::Wap, Method::MsisdnPin).signed_by(&sms),
                403,
                Code::WrongRole,
            ),
            (
                "a number that nobody has",
                draft().from(Capability::Sms, Method::MsisdnCode).msisdn("+33699999999"),
                422,
                Code::UnknownConsumer,
            ),
        ];
        for (name, draft, status, code) in cases {
            self.order(name, draft, status, code)?;
        }
        Ok(())
    }

    fn times(&mut self) -> Result<()> {
        let at = |minutes: i64| now().saturating_add_millis(minutes * MINUTE);
        self.order("stale", self.draft().made(at(-10)), 422, Code::MessageStale)?;
        self.order("future", self.draft().made(at(10)), 422, Code::MessageFuture)?;
        let proven = self.draft().with(|order| order.authenticated_at = at(-10));
        self.order("an old proof of who the consumer is", proven, 422, Code::MessageStale)?;
        let expired = self.draft().made(at(-4)).with(|order| order.expires_at = at(-2));
        self.order("fresh enough but expired", expired, 422, Code::MessageStale)
    }

    fn terms(&mut self) -> Result<()> {
        let town = &self.scene.town;
        let never = town.offer("parking", "1.80").sign()?;
        self.order("an offer that was never deposited", town.order(&never), 422, Code::UnknownOffer)?;
        let altered = self.draft().with(|order| order.offer_digest = payment_domain::Digest::new([1; 32]));
        self.order("an altered offer", altered, 422, Code::OfferAltered)?;
        let nobody = self
            .draft()
            .with(|order| order.merchant = payment_domain::MerchantId::parse("nobody").expect("a name"));
        self.order("a merchant that is none", nobody, 422, Code::UnknownMerchant)?;
        let number_alone = self.draft().from(Capability::Sms, Method::Msisdn);
        self.order("a telephone number alone", number_alone, 402, Code::StepUpRequired)?;
        self.order("insufficient funds", self.draft().by(&town.party(ERIN)), 402, Code::InsufficientFunds)
    }
}
