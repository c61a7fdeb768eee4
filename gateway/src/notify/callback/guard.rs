//! Which addresses a callback may reach. A merchant names the host; without this, naming one inside our own network
//! would turn the gateway into a way in (server-side request forgery).
//!
//! The rule is asked about the very addresses that are connected to: they come out of [`GuardedResolver`], and nobody
//! looks the name up a second time, so an answer that changes between check and use (DNS rebinding) gains nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::notify::delivery::Reason;

/// What may be called beyond the public Internet.
#[derive(Debug, Clone, Default)]
pub struct AddressRules {
    /// Networks of the installation that may be called.
    pub networks: Vec<IpNet>,
    /// Names that may be called whatever they resolve to, in lower case.
    pub hosts: Vec<String>,
}

/// Finds the addresses of a name.
pub trait Resolver: Send + Sync {
    /// The addresses, in the order in which they are to be tried.
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineResolver;

/// A name that must not be called, or cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotAllowed {
    #[error("no address of this name may be called")]
    Address,
    #[error("the name has no address")]
    Unknown,
}

/// Lets only allowed addresses through to the connection.
pub(super) struct GuardedResolver {
    rules: Arc<AddressRules>,
    resolver: Arc<dyn Resolver>,
}

/// IPv4 blocks that are not, or not surely, somebody else's server (IANA special-purpose registry, RFC 6890).
const NOT_PUBLIC_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, and with it the metadata services of clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All of IPv6 that is handed out to the public (RFC 4291 §2.4). Loopback, unique local, link-local, multicast, and
/// the addresses that carry an IPv4 one (mapped, NAT64) lie outside.
const PUBLIC_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks within it that are not public.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u8)] = &[
    // IETF protocol assignments, Teredo among them, which carries an IPv4 address.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which carries an IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

impl AddressRules {
    /// Whether this address may be connected to.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        // `::ffff:10.0.0.1` reaches 10.0.0.1.
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }

    fn allow_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host.trim_end_matches('.')))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|(network, length)| {
            Ipv4Net::new(*network, *length).is_ok_and(|network| network.contains(&address))
        }),
        IpAddr::V6(address) => {
            let within = |(network, length): &(Ipv6Addr, u8)| {
                Ipv6Net::new(*network, *length).is_ok_and(|network| network.contains(&address))
            };
            within(&PUBLIC_V6) && !NOT_PUBLIC_V6.iter().any(within)
        }
    }
}

impl Resolver for MachineResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl GuardedResolver {
    pub(super) fn new(rules: AddressRules, resolver: Arc<dyn Resolver>) -> Self {
        Self { rules: Arc::new(rules), resolver }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, resolver) = (Arc::clone(&self.rules), Arc::clone(&self.resolver));
        Box::pin(async move {
            let host = name.as_str();
            let mut found = resolver.resolve(host).await.map_err(|_| NotAllowed::Unknown)?;
            if found.is_empty() {
                return Err(NotAllowed::Unknown.into());
            }
            if !rules.allow_host(host) {
                found.retain(|address| rules.allow(*address));
            }
            if found.is_empty() {
                return Err(NotAllowed::Address.into());
            }
            // The port 0 stands for that of the URL.
            let found: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}

impl NotAllowed {
    pub(super) const fn reason(self) -> Reason {
        match self {
            Self::Address => Reason::AddressNotAllowed,
            Self::Unknown => Reason::NameUnknown,
        }
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResolver").field("rules", &self.rules).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_called() {
        let rules = AddressRules::default();
        for public in
            ["9.9.9.9", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "2620:fe::fe", "2a00::1"]
        {
            assert!(rules.allow(public.parse().unwrap()), "{public}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!rules.allow(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_installation_can_allow_networks_of_its_own() {
        let rules = AddressRules { networks: vec!["10.20.0.0/16".parse().unwrap()], hosts: Vec::new() };
        for (address, expected) in
            [("10.20.3.4", true), ("::ffff:10.20.3.4", true), ("10.21.0.1", false), ("127.0.0.1", false)]
        {
            assert_eq!(rules.allow(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn an_allowed_name_is_the_whole_name() {
        let rules = AddressRules { networks: Vec::new(), hosts: vec!["shop.internal".to_owned()] };
        for (host, expected) in [
            ("shop.internal", true),
            ("SHOP.internal.", true),
            ("evil-shop.internal", false),
            ("shop.internal.example.org", false),
            ("a.shop.internal", false),
        ] {
            assert_eq!(rules.allow_host(host), expected, "{host}");
        }
    }
}
