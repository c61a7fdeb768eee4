//! TLS without a network: a client and a server that hand each other their bytes.

use std::sync::Arc;
use std::time::Duration;

use payment_trust::{Credential, Host, PrivateKey, ServerIdentity, Validity, client_config, server_config};
use rustls::version::TLS12;
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection,
};
use rustls_pki_types::{CertificateDer, ServerName};

use crate::town::{Authorities, DAY, at, party};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

struct World {
    authorities: Authorities,
    identity: Arc<ServerIdentity>,
    server: Arc<ServerConfig>,
}

impl World {
    /// Lasts from 2000 on for a century: the TLS library reads the clock itself.
    fn new() -> Self {
        let authorities = Authorities::lasting(at("2000-01-01T00:00:00.000Z"), 2 * CENTURY);
        let credential = server_credential(&authorities);
        let identity = ServerIdentity::new(&authorities.chain(), &credential).unwrap();
        let server = Arc::new(server_config(Arc::clone(&identity)).unwrap());
        Self { authorities, identity, server }
    }

    fn client(&self) -> ClientConfig {
        let mut client = client_config(self.authorities.root.certificate()).unwrap();
        client.alpn_protocols = vec![b"h2".to_vec()];
        client
    }
}

fn server_credential(authorities: &Authorities) -> Credential {
    let key = PrivateKey::generate().unwrap();
    let validity = Validity::starting(at("2000-01-01T00:00:00.000Z"), CENTURY / 2).unwrap();
    let hosts = [Host::Dns("localhost".to_owned()), Host::Ip([127, 0, 0, 1].into())];
    let public = key.public_key().unwrap();
    let certificate = authorities.issuing.certify_server(&party("cps"), &hosts, &public, validity).unwrap();
    Credential::new(key, certificate).unwrap()
}

/// Shakes hands; says which version and protocol, and which certificate the server presented.
fn shake_hands(
    client: ClientConfig,
    server: &Arc<ServerConfig>,
    name: &'static str,
) -> Result<(ProtocolVersion, Vec<u8>, CertificateDer<'static>), rustls::Error> {
    let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from(name).unwrap())?;
    let mut server = ServerConnection::new(Arc::clone(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        server.read_tls(&mut &bytes[..]).unwrap();
        server.process_new_packets()?;
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        client.read_tls(&mut &bytes[..]).unwrap();
        client.process_new_packets()?;
    }
    let protocol = client.alpn_protocol().unwrap_or_default().to_vec();
    let certificate = client.peer_certificates().unwrap().first().unwrap().clone().into_owned();
    Ok((client.protocol_version().unwrap(), protocol, certificate))
}

#[test]
fn a_client_with_our_root_speaks_tls_1_3_and_http_2_by_name_and_by_address() {
    let world = World::new();
    for name in ["localhost", "127.0.0.1"] {
        let (version, protocol, _) = shake_hands(world.client(), &world.server, name).unwrap();
        assert_eq!((version, &protocol[..]), (ProtocolVersion::TLSv1_3, &b"h2"[..]));
    }
}

#[test]
fn tls_1_2_is_the_floor_and_still_stands() {
    let world = World::new();
    let mut roots = RootCertStore::empty();
    roots.add(world.authorities.root.certificate().der().to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    assert_eq!(shake_hands(client, &world.server, "localhost").unwrap().0, ProtocolVersion::TLSv1_2);
}

#[test]
fn another_name_another_root_and_a_certificate_that_is_no_servers_are_refused() {
    let (world, stranger) = (World::new(), World::new());
    assert!(shake_hands(world.client(), &world.server, "example.org").is_err());
    assert!(shake_hands(stranger.client(), &world.server, "localhost").is_err());

    // A party's certificate is good for signing messages, not for serving.
    let key = PrivateKey::generate().unwrap();
    let validity = Validity::starting(at("2000-01-01T00:00:00.000Z"), CENTURY / 2).unwrap();
    let public = key.public_key().unwrap();
    let merchant = crate::town::role("merchant");
    let certificate =
        world.authorities.issuing.certify(&party("tram"), &merchant, &public, validity).unwrap();
    let merchant = Credential::new(key, certificate).unwrap();
    world.identity.replace(&world.authorities.chain(), &merchant).unwrap();
    assert!(shake_hands(world.client(), &world.server, "localhost").is_err());
}

#[test]
fn an_expired_server_certificate_is_refused() {
    let world = World::new();
    let key = PrivateKey::generate().unwrap();
    let validity = Validity::starting(at("2000-01-01T00:00:00.000Z"), DAY).unwrap();
    let hosts = [Host::Dns("localhost".to_owned())];
    let public = key.public_key().unwrap();
    let certificate =
        world.authorities.issuing.certify_server(&party("cps"), &hosts, &public, validity).unwrap();
    world.identity.replace(&world.authorities.chain(), &Credential::new(key, certificate).unwrap()).unwrap();
    assert!(shake_hands(world.client(), &world.server, "localhost").is_err());
}

#[test]
fn a_replaced_certificate_is_presented_from_the_next_handshake_on() {
    let world = World::new();
    let before = shake_hands(world.client(), &world.server, "localhost").unwrap().2;
    let next = server_credential(&world.authorities);
    world.identity.replace(&world.authorities.chain(), &next).unwrap();
    let after = shake_hands(world.client(), &world.server, "localhost").unwrap().2;
    assert_ne!(before, after);
    assert_eq!(&after[..], &next.certificate().der()[..]);
}
