//! Where the browser goes afterwards. A merchant says beforehand where its shops are; an address that leads anywhere else is
//! not followed, whoever wrote it into a link (OWASP ASVS 5.1.5).

use core_payment::Site;
use payment_domain::{Digest, OrderId};
use url::Url;

use crate::web::Origin;

/// The longest address that is followed.
const MOST_BYTES: usize = 1000;

/// An address at one of the merchant's sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Back(Url);

impl Back {
    /// Reads an address that stands in a link; `None` if it leads anywhere but to one of these sites.
    pub(crate) fn parse(text: &str, sites: &[Site]) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let origin = Origin::of(text).ok()?;
        let known = sites.iter().any(|site| site.as_str() == origin.as_str());
        Url::parse(text).ok().filter(|_| known).map(Self)
    }

    /// Reads one that was kept.
    pub(crate) fn kept(text: &str) -> Option<Self> {
        Url::parse(text).ok().map(Self)
    }

    /// As it is kept.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The site.
    pub(crate) fn origin(&self) -> Option<Origin> {
        Origin::of(self.0.as_str()).ok()
    }

    /// After it was paid: the merchant fetches the receipt with these two.
    pub(crate) fn paid(&self, order: OrderId, digest: Digest) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut()
            .append_pair("meteore-order", &order.to_string())
            .append_pair("meteore-digest", &digest.to_string());
        url.into()
    }

    /// With what somebody is interested in.
    pub(crate) fn interested(&self, themes: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair("meteore-interests", themes);
        url.into()
    }

    /// After it was not.
    pub(crate) fn cancelled(&self) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair("meteore-cancelled", "1");
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites() -> Vec<Site> {
        ["https://shop.example", "http://localhost:8450"].map(|site| Site::parse(site).unwrap()).into()
    }

    #[test]
    fn only_a_registered_site_is_gone_back_to() {
        for right in [
            "https://shop.example/back",
            "https://shop.example:443/back?a=1#here",
            "HTTPS://Shop.Example/back",
            "http://localhost:8450/",
        ] {
            assert!(Back::parse(right, &sites()).is_some(), "{right}");
        }
        for wrong in [
            "",
            "/back",
            "//shop.example/",
            "http://shop.example/back",
            "https://shop.example:8443/",
            "https://shop.example.evil.example/",
            "https://evil.example/?https://shop.example/",
            "https://shop.example@evil.example/",
            "https://user@shop.example/",
            "https:\\\\evil.example\\@shop.example/",
            "javascript:alert(1)//https://shop.example",
            "data:text/html,x",
            "http://localhost:8451/",
        ] {
            assert_eq!(Back::parse(wrong, &sites()), None, "{wrong}");
        }
        assert_eq!(Back::parse("https://shop.example/", &[]), None);
        assert_eq!(Back::parse(&format!("https://shop.example/{}", "a".repeat(MOST_BYTES)), &sites()), None);
    }

    #[test]
    fn what_the_merchant_needs_is_appended_properly() {
        let order = OrderId::from_bytes([1; 16]);
        let digest = Digest::new([0xab; 32]);
        let plain = Back::parse("https://shop.example/back", &sites()).unwrap();
        assert_eq!(plain.cancelled(), "https://shop.example/back?meteore-cancelled=1");
        let busy = Back::parse("https://shop.example/back?cart=a%26b#top", &sites()).unwrap();
        assert_eq!(
            busy.paid(order, digest),
            format!("https://shop.example/back?cart=a%26b&meteore-order={order}&meteore-digest={digest}#top")
        );
        assert_eq!(plain.origin().unwrap().as_str(), "https://shop.example");
    }
}
