//! An app is invited on a page, enrols at the door, pays, and pays no more once its owner has revoked it.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use payment_domain::{PartyId, Role};
use payment_message::{Code, Message};
use payment_trust::{Certificate, Credential, PrivateKey};
use tests::database::Database;
use tests::enrolment::{Bare, enrolled, request};
use tests::on_each_database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::Party;
use tests::town::people::{ALICE, ALICE_NUMBER, BOB_NUMBER};

on_each_database!(an_app_pays_from_its_invitation_to_its_revocation);

const REVOKE: &str = "/terminals/";

/// What stands in the field of a page that can be copied from.
fn copied(page: &Page, text: impl Fn(&str) -> bool) -> Option<&str> {
    page.text.split(['<', '>', '"']).find(|part| text(part))
}

async fn invited(who: &mut Visitor) -> Result<String> {
    let page = who.get("/terminals").await?.shown()?;
    let shown = who.submit(&page, "/terminals/invite", &[]).await?.shown()?;
    ensure!(copied(&shown, |text| text == ALICE).is_some(), "whose account it is: {shown:?}");
    let secret = |text: &str| {
        text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    copied(&shown, secret).map(str::to_owned).with_context(|| format!("no invitation: {shown:?}"))
}

async fn an_app_pays_from_its_invitation_to_its_revocation(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut bob) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;
    let before = alice.get("/terminals").await?.shown()?;
    ensure!(
        before.text.contains("pays by text message") && !before.text.contains(ALICE_NUMBER),
        "{before:?}"
    );

    let invitation = invited(&mut alice).await?;
    let key = PrivateKey::generate()?;
    let document = Message::from(request(ALICE, &invitation, &key)?).sign(&Bare(&key))?;
    let response = enrolled(&portals.scene.door().post(&document).await?)?;
    let certificate = Certificate::from_der(&response.certificate)?;
    let serial = certificate.serial().to_string();
    let credential = Credential::new(key, certificate)?;
    let app = Arc::new(Party { id: PartyId::parse(ALICE)?, role: Role::Terminal, credential });
    // It counts once.
    let other = PrivateKey::generate()?;
    let again = Message::from(request(ALICE, &invitation, &other)?).sign(&Bare(&other))?;
    portals.scene.door().post(&again).await?.refused(403, Code::EnrolmentRefused)?;

    let offer = portals.scene.deposit(portals.scene.town.offer("parking", "1.80")).await?;
    portals.scene.pay(&portals.scene.town.order(&offer).by(&app).sign()?).await?;

    let address = format!("{REVOKE}{serial}/revoke");
    ensure!(bob.get(&address).await?.status == 404, "somebody else's does not exist");
    let list = alice.get("/terminals").await?.shown()?;
    ensure!(list.text.contains(&format!("href=\"{address}\"")), "{list:?}");
    let page = alice.get(&address).await?.shown()?;
    let form = page.form(&address)?;
    let stolen = bob.post(&address, &form).await?;
    ensure!(matches!(stolen.status.as_u16(), 403 | 404), "{stolen:?}");
    ensure!(alice.submit(&page, &address, &[]).await?.leads()? == "/terminals");
    let list = alice.get("/terminals").await?.shown()?;
    ensure!(list.text.contains(">revoked<") && !list.text.contains(&address), "{list:?}");

    let order = portals.scene.town.order(&offer).by(&app).sign()?;
    let reply = portals.scene.order(&order).await?;
    reply.refused(401, Code::CertificateRevoked)?;
    // The one that she had before goes on paying.
    portals.scene.pay(&portals.scene.town.order(&offer).sign()?).await?;
    portals.scene.close(2)
}
