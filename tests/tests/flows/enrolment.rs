//! A party that was invited gets a certificate for a key that only it has (R38, R43).

use anyhow::Result;
use payment_domain::{PartyId, Role};
use payment_message::{Code, EnrolmentRequest, Invitation, Message};
use payment_trust::{Certificate, Credential, PrivateKey};
use tests::clock::now;
use tests::database::Database;
use tests::enrolment::{Bare, enrolled, request};
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::{Newcomer, Party};

on_each_database!(
    an_invited_consumer_enrols_and_pays,
    an_invitation_counts_once_and_only_for_whom_it_was_given,
    a_request_must_be_signed_with_the_key_it_is_about,
);

const INVITATION: &str = "Welcome-to-the-town_2026";

async fn an_invited_consumer_enrols_and_pays(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    invite(&mut scene, "frank").await?;
    let key = PrivateKey::generate()?;
    let request = request("frank", INVITATION, &key)?;
    let document = Message::from(request.clone()).sign(&Bare(&key))?;
    let reply = scene.door().post(&document).await?;
    let response = enrolled(&reply)?;
    assert_eq!((reply.status.as_u16(), response.in_reply_to), (200, request.request_id));
    let certificate = Certificate::from_der(&response.certificate)?;
    assert_eq!((certificate.party().as_str(), certificate.role()), ("frank", &Role::Terminal));
    assert_eq!(certificate.key(), &key.public_key()?);
    scene.town.chain()?.validate(&certificate, None, now())?;

    // The answer was lost: the same request gets the same certificate.
    assert_eq!(scene.door().post(&document).await?.body, reply.body);

    let frank = Party {
        id: PartyId::parse("frank")?,
        role: Role::Terminal,
        credential: Credential::new(key, certificate)?,
    };
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    scene.pay(&scene.town.order(&offer).by(&frank.into()).sign()?).await?;
    scene.close(1)
}

async fn an_invitation_counts_once_and_only_for_whom_it_was_given(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    invite(&mut scene, "frank").await?;
    let refused = async |party: &str, invitation: &str, role: Role| -> Result<()> {
        let key = PrivateKey::generate()?;
        let request = EnrolmentRequest { role, ..request(party, invitation, &key)? };
        let document = Message::from(request).sign(&Bare(&key))?;
        scene.door().post(&document).await?.refused(403, Code::EnrolmentRefused)?;
        Ok(())
    };
    refused("frank", "not-the-one-that-was-given", Role::Terminal).await?;
    refused("alice", INVITATION, Role::Terminal).await?;
    refused("frank", INVITATION, Role::Merchant).await?;
    refused("frank", INVITATION, Role::Operator(None)).await?;
    refused("frank", INVITATION, Role::Cps).await?;
    refused("nobody", INVITATION, Role::Terminal).await?;

    let key = PrivateKey::generate()?;
    let document = Message::from(request("frank", INVITATION, &key)?).sign(&Bare(&key))?;
    enrolled(&scene.door().post(&document).await?)?;
    refused("frank", INVITATION, Role::Terminal).await?;
    scene.close(0)
}

async fn a_request_must_be_signed_with_the_key_it_is_about(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    invite(&mut scene, "frank").await?;
    let (key, other) = (PrivateKey::generate()?, PrivateKey::generate()?);
    let request = request("frank", INVITATION, &key)?;
    let forged = Message::from(request.clone()).sign(&Bare(&other))?;
    scene.door().post(&forged).await?.refused(401, Code::SignatureInvalid)?;
    // A certificate request that does not prove possession of its key.
    let mut broken = request;
    let last = broken.pkcs10.len() - 1;
    broken.pkcs10[last] ^= 1;
    let document = Message::from(broken).sign(&Bare(&key))?;
    scene.door().post(&document).await?.refused(403, Code::EnrolmentRefused)?;
    scene.close(0)
}

async fn invite(scene: &mut Scene, name: &str) -> Result<()> {
    scene.town.settle(&scene.database, [Newcomer::prepaid(name, "5.00")]).await?;
    let core = scene.town.core(&scene.database)?;
    let until = now().saturating_add_millis(60_000);
    core.invite(&PartyId::parse(name)?, &Role::Terminal, &Invitation::parse(INVITATION)?, until).await?;
    core.shut_down();
    Ok(())
}
