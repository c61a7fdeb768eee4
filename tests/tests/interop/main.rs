//! Others read what we sign, and we read what they sign: the `xmlsec1` command, the JDK's own XML signatures with secure
//! validation, and `xmllint` with the schema that the door hands out.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use payment_domain::PaymentOrder;
use payment_message::{Code, Message};
use tests::app;
use tests::attacks::partner_document;
use tests::database::Database;
use tests::on_each_database;
use tests::peer;
use tests::scene::Scene;
use tests::scratch::Scratch;
use tests::town::people::ALICE;

on_each_database!(
    xmlsec1_accepts_every_message_of_the_demo_but_the_forged_one,
    the_jdk_accepts_every_message_of_the_demo_but_the_forged_one,
    xmllint_finds_every_message_of_the_demo_valid,
    an_order_that_xmlsec1_signed_is_paid,
    an_order_that_the_jdk_signed_is_paid,
    an_order_in_a_partners_own_layout_is_paid,
);

/// What `meteore demo --once --save` wrote.
struct Saved {
    folder: Scratch,
    /// Signed with a certificate that leads to the root.
    good: Vec<PathBuf>,
    /// Altered after signing, and refused in the demo.
    forged: Vec<PathBuf>,
}

async fn xmlsec1_accepts_every_message_of_the_demo_but_the_forged_one(database: Database) -> Result<()> {
    if !peer::is_there("xmlsec1", peer::on_path("xmlsec1")) {
        return Ok(());
    }
    let saved = demo(&database)?;
    let verify = |file: &Path| -> Result<Output> {
        let mut command = Command::new("xmlsec1");
        command.arg("--verify").arg("--trusted-pem").arg(saved.file("ca.pem"));
        Ok(command.arg("--untrusted-pem").arg(saved.file("issuing.pem")).arg(file).output()?)
    };
    for file in &saved.good {
        let output = verify(file)?;
        ensure!(output.status.success(), "{}: {}", file.display(), text(&output));
    }
    for file in &saved.forged {
        ensure!(!verify(file)?.status.success(), "{} was forged", file.display());
    }
    Ok(())
}

async fn the_jdk_accepts_every_message_of_the_demo_but_the_forged_one(database: Database) -> Result<()> {
    if !peer::is_there("a JDK", has_jdk()) {
        return Ok(());
    }
    let saved = demo(&database)?;
    let mut arguments = vec![saved.file("ca.pem"), saved.file("issuing.pem")];
    arguments.extend(saved.good.iter().chain(&saved.forged).cloned());
    let said = jdk("verify", &arguments)?;
    for (files, verdict) in [(&saved.good, "ok"), (&saved.forged, "bad")] {
        for file in files {
            let line = format!("{verdict} {}", file.display());
            ensure!(said.lines().any(|said| said.starts_with(&line)), "not `{line}` in:\n{said}");
        }
    }
    Ok(())
}

async fn xmllint_finds_every_message_of_the_demo_valid(database: Database) -> Result<()> {
    if !peer::is_there("xmllint", peer::on_path("xmllint")) {
        return Ok(());
    }
    let saved = demo(&database.sibling()?)?;
    let mut scene = Scene::open(database).await?;
    for name in ["meteore-payment-1.xsd", "xmldsig.xsd"] {
        let reply = scene.door().fetch(&format!("/v1/schema/{name}")).await?;
        ensure!(reply.status == 200, "{name}: {}", reply.status);
        std::fs::write(saved.file(name), reply.body)?;
    }
    let validate = |files: &[PathBuf]| -> Result<Output> {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--nonet", "--schema"]).arg(saved.file("meteore-payment-1.xsd"));
        Ok(command.args(files).output()?)
    };
    let output = validate(&saved.good)?;
    ensure!(output.status.success(), "{}", text(&output));
    // A schema that accepts everything would accept this, too.
    let wrong = saved.file("wrong.xml");
    let order = std::fs::read_to_string(&saved.good[0])?;
    std::fs::write(
        &wrong,
        order.replacen("urn:meteore:payment:1\">", "urn:meteore:payment:1\"><tip></tip>", 1),
    )?;
    ensure!(!validate(&[wrong])?.status.success(), "the schema accepts anything");
    scene.close(0)
}

async fn an_order_that_xmlsec1_signed_is_paid(database: Database) -> Result<()> {
    if !peer::is_there("xmlsec1", peer::on_path("xmlsec1")) {
        return Ok(());
    }
    paid_when_signed_by(database, |folder, body| {
        let template = format!("{body}{TEMPLATE}").replacen("</PaymentOrder>", "", 1) + "</PaymentOrder>";
        std::fs::write(folder.join("template.xml"), template)?;
        let keys = format!("{},{}", folder.join("key.pem").display(), folder.join("cert.pem").display());
        let mut command = Command::new("xmlsec1");
        command.args(["--sign", "--privkey-pem", &keys, "--output"]).arg(folder.join("signed.xml"));
        let output = command.arg(folder.join("template.xml")).output()?;
        ensure!(output.status.success(), "{}", text(&output));
        Ok(())
    })
    .await
}

async fn an_order_that_the_jdk_signed_is_paid(database: Database) -> Result<()> {
    if !peer::is_there("a JDK", has_jdk()) {
        return Ok(());
    }
    paid_when_signed_by(database, |folder, body| {
        std::fs::write(folder.join("body.xml"), body)?;
        let files = ["key.pem", "cert.pem", "body.xml", "signed.xml"].map(|name| folder.join(name));
        jdk("sign", &files).map(drop)
    })
    .await
}

async fn an_order_in_a_partners_own_layout_is_paid(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let draft = scene.town.order(&offer);
    let body = Message::from(draft.order.clone()).to_canonical();
    let document = partner_document(&body, &scene.town.party(ALICE).credential);
    let receipt = scene.door().post(&document).await?.receipt()?;
    assert_eq!(receipt.order_id, draft.order.order_id);
    let altered = String::from_utf8(document)?.replacen(">1.80<", ">1.08<", 1);
    scene.door().post(altered.as_bytes()).await?.refused(401, Code::SignatureInvalid)?;
    scene.close(1)
}

/// Has somebody else sign an order of alice's in a folder with her key, and pays with it.
async fn paid_when_signed_by(database: Database, sign: impl FnOnce(&Path, &str) -> Result<()>) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order: PaymentOrder = scene.town.order(&offer).order;
    let alice = scene.town.party(ALICE);
    let folder = Scratch::new("partner")?;
    std::fs::write(folder.path().join("key.pem"), alice.credential.key().to_pem()?.as_bytes())?;
    std::fs::write(folder.path().join("cert.pem"), alice.credential.certificate().to_pem())?;
    let message = Message::from(order.clone());
    sign(folder.path(), &String::from_utf8(message.to_canonical())?)?;
    let document = std::fs::read(folder.path().join("signed.xml"))?;
    let reply = scene.door().post(&document).await?;
    let receipt = reply.receipt().with_context(|| String::from_utf8_lossy(&document).into_owned())?;
    assert_eq!((receipt.order_id, receipt.order_digest), (order.order_id, message.digest()));
    scene.close(1)
}

const TEMPLATE: &str = concat!(
    r#"<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>"#,
    r#"<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#,
    r#"<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><Reference URI=""><Transforms>"#,
    r#"<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#,
    r#"<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>"#,
    r#"<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>"#,
    r#"<SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature>"#
);

fn demo(database: &Database) -> Result<Saved> {
    // Each demo takes the usual port if it is free: not two at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Scratch::new("demo")?;
    let messages = folder.path().join("messages");
    let output = Command::new(app::binary()?)
        .args(["demo", "--once", "--database", database.url(), "--save"])
        .arg(&messages)
        .arg("--dir")
        .arg(folder.path().join("home"))
        .output()?;
    ensure!(output.status.success(), "the demo fails:\n{}", text(&output));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&messages)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension() == Some(OsStr::new("xml")));
    files.sort();
    let (forged, good): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is(file, "forged"));
    ensure!(!forged.is_empty(), "nothing in the demo is forged");
    // Whoever asks for a certificate has none to sign with.
    let good: Vec<_> = good.into_iter().filter(|file| !is(file, "enrolment-request")).collect();
    for kind in ["order", "receipt"] {
        ensure!(good.iter().filter(|file| is(file, kind)).count() > 10, "hardly any {kind}s in the demo");
    }
    Ok(Saved { folder, good, forged })
}

fn is(file: &Path, kind: &str) -> bool {
    file.to_string_lossy().ends_with(&format!("-{kind}.xml"))
}

impl Saved {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("messages").join(name)
    }
}

/// The launcher for source files needs the compiler's module, which a mere runtime lacks.
fn has_jdk() -> bool {
    let modules = Command::new("java").arg("--list-modules").output();
    modules.is_ok_and(|modules| String::from_utf8_lossy(&modules.stdout).contains("jdk.compiler@"))
}

fn jdk(command: &str, files: &[PathBuf]) -> Result<String> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/Xmldsig.java");
    let output = Command::new("java").arg(program).arg(command).args(files).output()?;
    ensure!(output.status.success(), "{}", text(&output));
    Ok(String::from_utf8(output.stdout)?)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
