//! Other people's programs as witnesses: the `xmlsec1` command verifies what we sign, and signs what we accept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use payment_message::{SignatureEngine, StrictEngine, VerifyError};
use payment_trust::{Certificate, CertificateRequest, PrivateKey, XmlsecEngine};
use tempfile::TempDir;

use crate::engines::engines;
use crate::town::{Authorities, BODY, Registered, signed_by};

struct World {
    authorities: Authorities,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let (authorities, folder) = (Authorities::new(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("root.pem"), authorities.root.certificate().to_pem()).unwrap();
        fs::write(folder.path().join("issuing.pem"), authorities.issuing.certificate().to_pem()).unwrap();
        Self { authorities, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program).args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// The fixed clock of the tests, as the command wants it.
    fn verify(&self, document: &[u8]) -> Output {
        fs::write(self.path("document.xml"), document).unwrap();
        let trust = ["--verify", "--trusted-pem", "root.pem", "--untrusted-pem", "issuing.pem"];
        let time = ["--verification-gmt-time", "2026-11-21 12:00:00", "document.xml"];
        self.run("xmlsec1", &[&trust[..], &time[..]].concat())
    }

    /// Signs a template with a key and a certificate in it.
    fn sign(&self, template: &str, key: &Path, certificate: &Certificate) -> Vec<u8> {
        fs::write(self.path("signer.pem"), certificate.to_pem()).unwrap();
        fs::write(self.path("template.xml"), template).unwrap();
        let pair = format!("{},signer.pem", key.display());
        let signed = self
            .run("xmlsec1", &["--sign", "--privkey-pem", &pair, "--output", "signed.xml", "template.xml"]);
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
        fs::read(self.path("signed.xml")).unwrap()
    }

    fn partner(&self, kind: &[&str]) -> (PathBuf, Certificate) {
        let key = ["-keyout", "partner.key", "-out", "partner.csr", "-nodes", "-subj", "/CN=partner"];
        let made = self.run("openssl", &[&["req", "-new", "-newkey"], kind, &key].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let request = CertificateRequest::from_pem(&fs::read(self.path("partner.csr")).unwrap()).unwrap();
        (self.path("partner.key"), self.authorities.certify_key("merchant", "partner", request.key()))
    }
}

fn template(method: &str, uri: &str) -> String {
    let signature = format!(
        r##"<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/><Reference URI="{uri}"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature>"##
    );
    BODY.replace("</Order>", &format!("{signature}</Order>"))
}

#[test]
fn xmlsec1_verifies_what_we_sign_and_sees_what_was_altered() {
    let world = World::new();
    let document = signed_by(&world.authorities.credential("merchant", "tram"));
    let verified = world.verify(&document);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    let altered = String::from_utf8(document).unwrap().replace("125.40", "1.40");
    assert!(!world.verify(altered.as_bytes()).status.success());
    let stranger = signed_by(&Authorities::new().credential("merchant", "tram"));
    assert!(!world.verify(&stranger).status.success());
}

#[test]
fn both_engines_accept_ecdsa_documents_signed_by_xmlsec1() {
    let world = World::new();
    let key = PrivateKey::generate().unwrap();
    let certificate = world.authorities.certify_key("merchant", "tram", &key.public_key().unwrap());
    key.save(&world.path("tram.key")).unwrap();
    let document = world.sign(&template("ecdsa-sha256", ""), &world.path("tram.key"), &certificate);
    let senders = Registered::new(&[&certificate]);
    for engine in engines() {
        assert_eq!(engine.verify(&document, &senders).unwrap().body(), BODY.as_bytes(), "{}", engine.name());
    }
}

#[test]
fn rsa_and_ids_are_outside_the_strict_profile_and_served_by_the_xmlsec_engine() {
    let world = World::new();
    let engine = XmlsecEngine::start().unwrap();
    let rsa = ("rsa-sha256", ["rsa:2048"].to_vec());
    let ecdsa = ("ecdsa-sha256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"].to_vec());
    for ((method, kind), uri) in [(rsa.clone(), ""), (rsa, "#order-1"), (ecdsa, "#order-1")] {
        let (key, certificate) = world.partner(&kind);
        let template = template(method, uri);
        // Without an id declared to it, the command cannot find one.
        let template =
            template.replacen("<Order", "<!DOCTYPE Order [<!ATTLIST Order Id ID #IMPLIED>]><Order", 1);
        let signed = String::from_utf8(world.sign(&template, &key, &certificate)).unwrap();
        let document = &signed[signed.find("<Order").unwrap()..];
        let senders = Registered::new(&[&certificate]);

        assert!(matches!(
            StrictEngine.verify(document.as_bytes(), &senders),
            Err(VerifyError::OutsideProfile(_))
        ));
        let authentic = engine.verify(document.as_bytes(), &senders).unwrap();
        assert_eq!(authentic.body(), BODY.as_bytes(), "{method} {uri}");
        let altered = document.replace("125.40", "1.40");
        assert_eq!(engine.verify(altered.as_bytes(), &senders).unwrap_err(), VerifyError::DigestMismatch);
    }
}

#[test]
fn references_to_anything_but_the_root_are_refused_before_the_library_sees_them() {
    let world = World::new();
    let engine = XmlsecEngine::start().unwrap();
    let tram = world.authorities.credential("merchant", "tram");
    let senders = Registered::new(&[tram.certificate()]);
    let document = String::from_utf8(signed_by(&tram)).unwrap();
    for uri in [
        "#other",
        "#xpointer(/)",
        "#xpointer(id('order-1'))",
        "#",
        "file:///etc/passwd",
        "order.xml",
        "#order-1')]",
    ] {
        let document = document.replace(r#"URI="""#, &format!(r#"URI="{uri}""#));
        let refused = engine.verify(document.as_bytes(), &senders);
        assert!(matches!(refused, Err(VerifyError::OutsideProfile(_))), "{uri}: {refused:?}");
    }
}
