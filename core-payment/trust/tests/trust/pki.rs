//! Certificates from their making to their revocation, and every way in which a path fails.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use payment_domain::Role;
use payment_trust::{
    AuthorityCertificate, Certificate, CertificateError, CertificateRequest, Chain, CrlError, Directory,
    DirectoryError, Host, KeyKind, Lifetimes, Link, PathError, Plan, PrivateKey, RevocationList,
    RevocationReason, Serial, Validity,
};

use crate::town::{Authorities, DAY, HOUR, at, later, now, party, role};

#[test]
fn every_role_is_read_back_from_its_certificate() {
    let authorities = Authorities::new();
    let chain = authorities.chain();
    for name in [
        "merchant",
        "terminal",
        "adapter:sms",
        "adapter:wap",
        "adapter:web",
        "operator",
        "operator:ledger",
        "cps",
    ] {
        let certificate = authorities.certify(name, "kiosk");
        assert_eq!((certificate.role(), certificate.party()), (&role(name), &party("kiosk")));
        assert_eq!(certificate.not_before(), at("2026-11-21T07:29:25.000Z"));
        assert_eq!(certificate.not_after(), at("2026-11-22T07:29:25.999Z"));
        chain.validate(&certificate, None, now()).unwrap();
        let again = Certificate::from_pem(certificate.to_pem().as_bytes()).unwrap();
        assert_eq!(again.fingerprint(), certificate.fingerprint());
        assert_eq!(Serial::parse(&certificate.serial().to_string()).unwrap(), certificate.serial());
    }
}

#[test]
fn a_server_certificate_names_hosts_beside_its_party() {
    let authorities = Authorities::new();
    let key = PrivateKey::generate().unwrap().public_key().unwrap();
    let hosts = [Host::Dns("localhost".to_owned()), Host::Ip([127, 0, 0, 1].into())];
    let validity = Validity::starting(now(), DAY).unwrap();
    let certificate = authorities.issuing.certify_server(&party("cps"), &hosts, &key, validity).unwrap();
    assert_eq!(*certificate.role(), Role::Tls);
    authorities.chain().validate(&certificate, None, now()).unwrap();
}

#[test]
fn a_party_is_no_authority_and_an_authority_no_party() {
    let authorities = Authorities::new();
    let leaf = authorities.certify("merchant", "tram");
    assert!(matches!(
        AuthorityCertificate::from_der(leaf.der()),
        Err(CertificateError::Kind { found_authority: false })
    ));
    assert!(matches!(
        Certificate::from_der(authorities.issuing.certificate().der()),
        Err(CertificateError::Kind { found_authority: true })
    ));
}

#[test]
fn a_path_holds_only_while_all_its_certificates_do() {
    let authorities = Authorities::new();
    let (chain, leaf) = (authorities.chain(), authorities.certify("merchant", "tram"));
    let validate = |at| chain.validate(&leaf, None, at);
    assert!(matches!(validate(at("2026-11-21T07:29:24.999Z")), Err(PathError::NotYetValid(_))));
    validate(at("2026-11-21T07:29:25.000Z")).unwrap();
    validate(at("2026-11-22T07:29:25.999Z")).unwrap();
    assert!(matches!(validate(at("2026-11-22T07:29:26.000Z")), Err(PathError::Expired(Link::Party))));
    assert!(matches!(validate(later(51 * DAY)), Err(PathError::Expired(Link::Issuing))));
    assert!(matches!(validate(later(101 * DAY)), Err(PathError::Expired(Link::Root))));
}

#[test]
fn strangers_and_authorities_of_the_same_name_are_refused() {
    let (ours, theirs) = (Authorities::new(), Authorities::new());
    // Same names, other keys: only the signatures tell them apart.
    let leaf = theirs.certify("merchant", "tram");
    assert!(matches!(ours.chain().validate(&leaf, None, now()), Err(PathError::Signature(Link::Party))));
    assert!(matches!(
        Chain::new(ours.root.certificate().clone(), theirs.issuing.certificate().clone()),
        Err(PathError::Signature(Link::Issuing))
    ));
    // The root may not issue to parties past the authority: the names do not match.
    let key = PrivateKey::generate().unwrap().public_key().unwrap();
    let past =
        ours.root.certify(&party("tram"), &role("merchant"), &key, Validity::starting(now(), DAY).unwrap());
    assert!(matches!(
        ours.chain().validate(&past.unwrap(), None, now()),
        Err(PathError::Issuer(Link::Party))
    ));
}

#[test]
fn an_issuing_authority_makes_no_authorities() {
    let authorities = Authorities::new();
    let key = PrivateKey::generate().unwrap();
    let validity = Validity::starting(now(), DAY).unwrap();
    let below = authorities.issuing.certify_authority("Below", &key.public_key().unwrap(), validity).unwrap();
    // As a root of its own it has no room below, and it did not sign itself.
    assert!(matches!(
        Chain::new(authorities.issuing.certificate().clone(), below),
        Err(PathError::Issuer(Link::Root) | PathError::Signature(Link::Root))
    ));
    // A root that calls itself issuing authority has room below it, which an issuing authority must not have.
    assert!(matches!(
        Chain::new(authorities.root.certificate().clone(), authorities.root.certificate().clone()),
        Err(PathError::PathLength(Link::Issuing))
    ));
}

#[test]
fn every_altered_byte_of_a_certificate_breaks_it() {
    let authorities = Authorities::new();
    let (chain, leaf) = (authorities.chain(), authorities.certify("merchant", "tram"));
    for position in 0..leaf.der().len() {
        let mut der = leaf.der().to_vec();
        der[position] ^= 0x01;
        let survived =
            Certificate::from_der(&der).is_ok_and(|altered| chain.validate(&altered, None, now()).is_ok());
        assert!(!survived, "byte {position} of {:02x?}", &leaf.der()[position.saturating_sub(20)..]);
    }
}

#[test]
fn a_revocation_counts_from_its_time_on_and_always_if_the_key_is_compromised() {
    let authorities = Authorities::new();
    let (chain, leaf) = (authorities.chain(), authorities.certify("merchant", "tram"));
    for (reason, counts_before) in
        [(RevocationReason::Superseded, false), (RevocationReason::KeyCompromise, true)]
    {
        let revocation = payment_trust::Revocation { at: later(HOUR), reason };
        let list =
            authorities.issuing.revocation_list(7, [(leaf.serial(), revocation)], now(), later(DAY)).unwrap();
        assert_eq!(list.status(leaf.serial()).unwrap().reason, reason);
        assert_eq!(chain.validate(&leaf, Some(&list), now()).is_err(), counts_before);
        assert!(matches!(chain.validate(&leaf, Some(&list), later(2 * HOUR)), Err(PathError::Revoked(_))));
        let other = authorities.certify("merchant", "news");
        chain.validate(&other, Some(&list), later(2 * HOUR)).unwrap();
    }
}

#[test]
fn a_revocation_list_must_be_whole_signed_and_not_older() {
    let (ours, theirs) = (Authorities::new(), Authorities::new());
    let issuing = ours.issuing.certificate();
    let list = |number| ours.issuing.revocation_list(number, [], now(), later(DAY)).unwrap();
    let seven = list(7);
    assert_eq!((seven.number(), seven.is_empty()), (7, true));
    assert!(!seven.is_stale(later(HOUR)) && seven.is_stale(later(DAY + HOUR)));

    assert!(matches!(RevocationList::from_pem(b"", issuing), Err(CrlError::Pem(_))));
    assert!(matches!(RevocationList::from_der(b"", issuing), Err(CrlError::Malformed)));
    assert!(matches!(RevocationList::from_der(b"junk", issuing), Err(CrlError::Malformed)));
    assert!(matches!(
        RevocationList::from_der(seven.der(), theirs.issuing.certificate()),
        Err(CrlError::Signature)
    ));
    assert!(matches!(
        RevocationList::from_der(seven.der(), ours.root.certificate()),
        Err(CrlError::Signature)
    ));
    for position in 0..seven.der().len() {
        let mut der = seven.der().to_vec();
        der[position] ^= 0x01;
        assert!(RevocationList::from_der(&der, issuing).is_err(), "byte {position}");
        assert!(RevocationList::from_der(&seven.der()[..position], issuing).is_err(), "cut at {position}");
    }

    assert!(matches!(list(6).succeed(&seven), Err(CrlError::Older { offered: 6, in_force: 7 })));
    assert_eq!(list(8).succeed(&seven).unwrap().number(), 8);
}

fn plan() -> Plan {
    Plan {
        party: party("cps"),
        hosts: vec![Host::Dns("localhost".to_owned())],
        lifetimes: Lifetimes::default(),
    }
}

#[test]
fn an_installation_is_made_once_privately_and_opens() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("pki");
    let made = Directory::init(&folder, &plan(), now()).unwrap();
    assert!(matches!(Directory::init(&folder, &plan(), now()), Err(DirectoryError::Exists(_))));

    let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
    for folder in ["", "archive"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for key in ["root.key", "issuing.key", "cps.key", "tls.key"] {
        assert_eq!(mode(key), 0o600, "{key}");
    }
    let opened = Directory::open(&folder).unwrap();
    assert_eq!(
        opened.cps().unwrap().certificate().fingerprint(),
        made.cps().unwrap().certificate().fingerprint()
    );
    let roles: Vec<String> = opened.list().unwrap().iter().map(|issued| issued.role.to_string()).collect();
    assert_eq!(roles, ["cps", "tls"]);
    opened.chain().unwrap().validate(opened.tls().unwrap().certificate(), None, now()).unwrap();
}

#[test]
fn an_installation_with_exchanged_or_damaged_parts_does_not_open() {
    for (name, from) in
        [("cps.key", "tls.key"), ("issuing.pem", "root.pem"), ("crl.pem", "root.pem"), ("tls.pem", "cps.pem")]
    {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("pki");
        Directory::init(&folder, &plan(), now()).unwrap();
        fs::copy(folder.join(from), folder.join(name)).unwrap();
        assert!(Directory::open(&folder).is_err(), "{name}");
    }
    for name in ["crl.pem", "cps.pem", "tls.key"] {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("pki");
        Directory::init(&folder, &plan(), now()).unwrap();
        fs::write(folder.join(name), b"").unwrap();
        assert!(Directory::open(&folder).is_err(), "{name}");
    }
}

#[test]
fn a_request_is_certified_under_our_names_and_revoked_by_its_serial_number() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::init(&temporary.path().join("pki"), &plan(), now()).unwrap();
    let request = PrivateKey::generate().unwrap().request_pem().unwrap();
    let request = CertificateRequest::from_pem(request.as_bytes()).unwrap();
    let certificate =
        directory.issue(&party("tram"), &role("merchant"), request.key(), 30 * DAY, now()).unwrap();
    assert_eq!(certificate.key(), request.key());

    let list =
        directory.revoke(certificate.serial(), RevocationReason::KeyCompromise, DAY, later(HOUR)).unwrap();
    assert_eq!((list.number(), list.len()), (2, 1));
    assert!(matches!(
        directory.chain().unwrap().validate(&certificate, Some(&list), later(2 * HOUR)),
        Err(PathError::Revoked(_))
    ));
    let again = directory.revoke(certificate.serial(), RevocationReason::Superseded, DAY, later(HOUR));
    assert!(matches!(again, Err(DirectoryError::AlreadyRevoked(_))));
    let unknown = Serial::parse("0badcafe").unwrap_or_else(|_| Serial::parse("badcafe0").unwrap());
    let unknown = directory.revoke(unknown, RevocationReason::Superseded, DAY, later(HOUR));
    assert!(matches!(unknown, Err(DirectoryError::UnknownSerial(_))));

    let renewed = directory.renew_crl(DAY, later(DAY)).unwrap();
    assert_eq!((renewed.number(), renewed.len()), (3, 1));
    assert_eq!(directory.revocation_list().unwrap().number(), 3);
    assert_eq!(
        directory.list().unwrap().last().unwrap().revoked.unwrap().reason,
        RevocationReason::KeyCompromise
    );
}

#[test]
fn a_torn_last_line_of_a_register_never_happened() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::init(&temporary.path().join("pki"), &plan(), now()).unwrap();
    let path = directory.folder().join("issued.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"serial\":\"12");
    fs::write(&path, text).unwrap();
    assert_eq!(directory.list().unwrap().len(), 2);
    let key = PrivateKey::generate().unwrap().public_key().unwrap();
    directory.issue(&party("tram"), &role("merchant"), &key, DAY, now()).unwrap();
    assert_eq!(directory.list().unwrap().len(), 3);

    fs::write(&path, "{\"serial\":\"12\"}\n").unwrap();
    assert!(matches!(directory.list(), Err(DirectoryError::Register(_))));
}

#[test]
fn a_replaced_signing_certificate_stays_in_the_archive_and_its_key_does_not() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::init(&temporary.path().join("pki"), &plan(), now()).unwrap();
    let old = directory.cps().unwrap();
    let old_signature = old.key().sign(b"an old receipt").unwrap();
    let new = directory.rotate_cps(DAY, later(HOUR)).unwrap();

    assert_ne!(new.certificate().fingerprint(), old.certificate().fingerprint());
    assert_eq!(directory.cps().unwrap().certificate().fingerprint(), new.certificate().fingerprint());
    let archived = directory.archived_cps().unwrap();
    assert_eq!(archived.len(), 1);
    assert!(archived[0].key().verifies(b"an old receipt", &old_signature));
    directory
        .chain()
        .unwrap()
        .validate(&archived[0], Some(&directory.revocation_list().unwrap()), now())
        .unwrap();
    let keys = fs::read_dir(directory.folder()).unwrap().filter_map(Result::ok);
    let keys: Vec<_> = keys.filter(|entry| entry.file_name().to_string_lossy().contains("cps.key")).collect();
    assert_eq!(keys.len(), 1);
    Directory::open(directory.folder()).unwrap();
}

#[test]
fn a_rotation_cut_short_is_undone_before_its_point_of_no_return_and_finished_after_it() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::init(&temporary.path().join("pki"), &plan(), now()).unwrap();
    let folder = directory.folder();
    let old = directory.cps().unwrap().certificate().fingerprint();
    let key = PrivateKey::generate().unwrap();
    let new = directory.issue(&party("cps"), &Role::Cps, &key.public_key().unwrap(), DAY, now()).unwrap();

    key.save(&folder.join("cps.key.next")).unwrap();
    assert_eq!(Directory::open(folder).unwrap().cps().unwrap().certificate().fingerprint(), old);
    assert!(!folder.join("cps.key.next").exists());

    key.save(&folder.join("cps.key.next")).unwrap();
    fs::write(folder.join("cps.pem.next"), new.to_pem()).unwrap();
    assert_eq!(
        Directory::open(folder).unwrap().cps().unwrap().certificate().fingerprint(),
        new.fingerprint()
    );

    // The key was moved and the certificate was not.
    fs::write(folder.join("cps.pem.next"), new.to_pem()).unwrap();
    assert_eq!(
        Directory::open(folder).unwrap().cps().unwrap().certificate().fingerprint(),
        new.fingerprint()
    );
}

#[test]
fn openssl_agrees_with_what_we_issue_and_we_certify_an_rsa_request_of_openssl() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::init(&temporary.path().join("pki"), &plan(), now()).unwrap();
    let path = |name: &str| directory.folder().join(name).to_str().unwrap().to_owned();
    let openssl =
        |arguments: &[&str]| std::process::Command::new("openssl").args(arguments).output().unwrap();

    let seconds = (now().as_millis() / 1000).to_string();
    let verified = openssl(&[
        "verify",
        "-x509_strict",
        "-crl_check",
        "-attime",
        &seconds,
        "-CAfile",
        &path("root.pem"),
        "-untrusted",
        &path("issuing.pem"),
        "-CRLfile",
        &path("crl.pem"),
        &path("cps.pem"),
    ]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    let request = |kind: &str, bits: &str| {
        let made = openssl(&[
            "req",
            "-new",
            "-newkey",
            &format!("{kind}{bits}"),
            "-nodes",
            "-subj",
            "/CN=root/OU=cps",
            "-keyout",
            &path("partner.key"),
            "-out",
            &path("partner.csr"),
        ]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        CertificateRequest::from_pem(&fs::read(path("partner.csr")).unwrap())
    };
    let accepted = request("rsa:", "2048").unwrap();
    assert_eq!(accepted.key().kind(), KeyKind::Rsa);
    let certificate = directory.issue(&party("bank"), &role("merchant"), accepted.key(), DAY, now()).unwrap();
    assert_eq!((certificate.party(), certificate.role()), (&party("bank"), &role("merchant")));
    directory.chain().unwrap().validate(&certificate, None, now()).unwrap();
    assert!(request("rsa:", "1024").is_err());
}
