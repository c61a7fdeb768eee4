//! How to reach and pay a party: e-mail, bank account, callback. Sealed at rest, never shown (R40, R47).

use std::fmt;

use payment_domain::{BankAccount, Bic, EmailAddress, Iban, Label, MandateId, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How to reach and pay a party.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Where bills, statements and advices go.
    pub email: Option<EmailAddress>,
    /// Where payouts go, or what bills are collected from.
    pub bank: Option<BankDetails>,
    /// Where a merchant's receipts are posted.
    pub callback: Option<Callback>,
    /// Where a merchant's shops are: a portal sends a browser back there and nowhere else.
    pub sites: Vec<Site>,
    /// What a merchant calls itself before its customers. Not personal, and never instead of the party's name where it
    /// matters who somebody is: anybody may call themselves anything.
    pub trade_name: Option<Label>,
}

/// A web site as browsers name it: scheme, host and port (RFC 6454 §6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Site(String);

/// Not a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a site is written https://HOST or https://HOST:PORT, in lower case, without anything after it")]
pub struct InvalidSite;

impl Site {
    /// A merchant has no more of them.
    pub const MOST: usize = 8;

    /// Reads a site. In the clear only this machine, for trying things out.
    ///
    /// # Errors
    /// [`InvalidSite`].
    pub fn parse(text: &str) -> Result<Self, InvalidSite> {
        let secure = text.strip_prefix("https://").map(|rest| (rest, "443"));
        let clear = || text.strip_prefix("http://").map(|rest| (rest, "80"));
        let (rest, usual) = secure.or_else(clear).ok_or(InvalidSite)?;
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let named = (1..=253).contains(&host.len()) && host.bytes().all(name) || host == "[::1]";
        // A browser leaves the usual port out, and writes numbers in one form.
        let canonical = |port: &str| {
            port != usual && port.parse::<u16>().is_ok_and(|number| number.to_string() == port && number > 0)
        };
        if named && port.is_none_or(canonical) && (secure.is_some() || loopback) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSite)
        }
    }

    /// As a browser writes it in `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bank account, and the standing consent to debit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankDetails {
    /// The account.
    pub account: BankAccount,
    /// The mandate; without one nothing is collected.
    pub mandate: Option<Mandate>,
}

/// Standing consent to debit a bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its id at the bank.
    pub id: MandateId,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// Where a merchant's receipts are posted, and the key that signs the posts. While keys change there are two: what is under
/// way, and a server that was not told of the new one yet, still verify.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Callback {
    url: String,
    secret: [u8; 32],
    last: Option<LastKey>,
}

/// The key from before.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
struct LastKey {
    secret: [u8; 32],
    until_ms: i64,
}

/// Not a callback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a callback address is an absolute http or https URL of at most 500 characters, without a user")]
pub struct InvalidCallback;

impl Callback {
    /// Reads an address. Where it may lead is decided when it is called.
    ///
    /// # Errors
    /// [`InvalidCallback`].
    pub fn parse(url: &str, secret: [u8; 32]) -> Result<Self, InvalidCallback> {
        let plain = url.len() <= 500 && url.bytes().all(|byte| byte.is_ascii_graphic());
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        if !plain || host.is_none_or(|host| host.is_empty() || host.contains('@')) {
            return Err(InvalidCallback);
        }
        Ok(Self { url: url.to_owned(), secret, last: None })
    }

    /// The same, in the place of another one, if there was one: its key signs too for [`Self::LAST_KEY_MS`] from now on. A
    /// key before that one signs no more.
    #[must_use]
    pub fn in_place_of(mut self, before: Option<&Self>, now: Timestamp) -> Self {
        self.last = before.filter(|before| before.secret != self.secret).map(|before| LastKey {
            secret: before.secret,
            until_ms: now.saturating_add_millis(Self::LAST_KEY_MS).as_millis(),
        });
        self
    }

    /// The same address with a new key.
    #[must_use]
    pub fn with_new_key(&self, secret: [u8; 32], now: Timestamp) -> Self {
        Self { url: self.url.clone(), secret, last: None }.in_place_of(Some(self), now)
    }

    /// For how long the last key signs too: as long as a post is tried.
    pub const LAST_KEY_MS: i64 = 24 * 60 * 60 * 1000;

    /// The address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that signs the posts.
    #[must_use]
    pub const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The key from before, and until when it signs too.
    #[must_use]
    pub fn last(&self) -> Option<(&[u8; 32], Timestamp)> {
        let last = self.last.as_ref()?;
        Some((&last.secret, Timestamp::from_millis(last.until_ms).ok()?))
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(sealed)")
    }
}

/// The details as text, inside what is sealed.
#[derive(Default, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct SealedDetails {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    holder: Option<String>,
    #[serde(default)]
    iban: Option<String>,
    #[serde(default)]
    bic: Option<String>,
    #[serde(default)]
    mandate: Option<String>,
    #[serde(default)]
    mandate_signed_ms: i64,
    #[serde(default)]
    callback: Option<String>,
    #[serde(default)]
    callback_secret: [u8; 32],
    #[serde(default)]
    callback_last_secret: [u8; 32],
    /// Zero without a last key.
    #[serde(default)]
    callback_last_until_ms: i64,
    #[serde(default)]
    sites: Vec<String>,
    #[serde(default)]
    trade_name: Option<String>,
}

impl SealedDetails {
    pub(super) fn of(details: &Details) -> Self {
        let bank = details.bank.as_ref();
        let mandate = bank.and_then(|bank| bank.mandate.as_ref());
        let callback = details.callback.as_ref();
        let last = callback.and_then(|callback| callback.last.as_ref());
        Self {
            email: details.email.as_ref().map(|email| email.reveal().to_owned()),
            holder: bank.map(|bank| bank.account.holder.as_str().to_owned()),
            iban: bank.map(|bank| bank.account.iban.reveal().to_owned()),
            bic: bank.and_then(|bank| bank.account.bic.as_ref()).map(|bic| bic.as_str().to_owned()),
            mandate: mandate.map(|mandate| mandate.id.as_str().to_owned()),
            mandate_signed_ms: mandate.map_or(0, |mandate| mandate.signed_at.as_millis()),
            callback: callback.map(|callback| callback.url.clone()),
            callback_secret: callback.map_or([0; 32], |callback| callback.secret),
            callback_last_secret: last.map_or([0; 32], |last| last.secret),
            callback_last_until_ms: last.map_or(0, |last| last.until_ms),
            sites: details.sites.iter().map(|site| site.0.clone()).collect(),
            trade_name: details.trade_name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }

    /// `None` if what was sealed is not what [`Self::of`] writes.
    pub(super) fn read(&self) -> Option<Details> {
        let bank = match (&self.iban, &self.holder) {
            (Some(iban), Some(holder)) => Some(BankDetails {
                account: BankAccount {
                    holder: Label::parse(holder).ok()?,
                    iban: Iban::parse(iban).ok()?,
                    bic: self.bic.as_deref().map(Bic::parse).transpose().ok()?,
                },
                mandate: match &self.mandate {
                    Some(id) => Some(Mandate {
                        id: MandateId::parse(id).ok()?,
                        signed_at: Timestamp::from_millis(self.mandate_signed_ms).ok()?,
                    }),
                    None => None,
                },
            }),
            _ => None,
        };
        let callback = match &self.callback {
            Some(url) => {
                let mut callback = Callback::parse(url, self.callback_secret).ok()?;
                callback.last = (self.callback_last_until_ms != 0).then_some(LastKey {
                    secret: self.callback_last_secret,
                    until_ms: self.callback_last_until_ms,
                });
                Some(callback)
            }
            None => None,
        };
        Some(Details {
            email: self.email.as_deref().map(EmailAddress::parse).transpose().ok()?,
            bank,
            callback,
            sites: self.sites.iter().map(|site| Site::parse(site)).collect::<Result<_, _>>().ok()?,
            trade_name: self.trade_name.as_deref().map(Label::parse).transpose().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        Details {
            email: Some(EmailAddress::parse("alice@example.org").unwrap()),
            bank: Some(BankDetails {
                account: BankAccount {
                    holder: Label::parse("Alice Martin").unwrap(),
                    iban: Iban::parse("DE89370400440532013000").unwrap(),
                    bic: Some(Bic::parse("COBADEFFXXX").unwrap()),
                },
                mandate: Some(Mandate {
                    id: MandateId::parse("M-1").unwrap(),
                    signed_at: Timestamp::parse("2026-01-02T00:00:00.000Z").unwrap(),
                }),
            }),
            callback: Some(Callback::parse("https://shop.example/receipts", [7; 32]).unwrap()),
            // Where its customers are is public.
            sites: vec![Site::parse("https://tickets.example").unwrap()],
            trade_name: Some(Label::parse("Café Müller").unwrap()),
        }
    }

    #[test]
    fn details_read_back_as_they_were_and_none_as_none() {
        for details in [details(), Details::default()] {
            let text = serde_json::to_string(&SealedDetails::of(&details)).unwrap();
            let read: SealedDetails = serde_json::from_str(&text).unwrap();
            assert_eq!(read.read().unwrap(), details);
        }
        let old: SealedDetails = serde_json::from_str("{}").unwrap();
        assert_eq!(old.read().unwrap(), Details::default());
    }

    #[test]
    fn nothing_personal_is_shown() {
        let shown = format!("{:?}", details());
        for secret in ["alice@", "DE89", "Martin", "shop.example", "7, 7"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn a_site_is_written_as_browsers_write_it() {
        for right in [
            "https://shop.example",
            "https://shop.example:8450",
            "http://localhost:8450",
            "http://127.0.0.1:8450",
            "http://[::1]:8450",
        ] {
            assert_eq!(Site::parse(right).map(|site| site.as_str().to_owned()), Ok(right.to_owned()));
        }
        for wrong in [
            "",
            "https://",
            "https://shop.example/",
            "https://shop.example/back",
            "https://shop.example:443",
            "https://shop.example:0443",
            "https://shop.example:0",
            "https://shop.example:",
            "https://user@shop.example",
            "https://Shop.example",
            "http://shop.example",
            "http://localhost:80",
            "javascript:alert(1)",
            "https://shop.example?x",
        ] {
            assert_eq!(Site::parse(wrong), Err(InvalidSite), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_kept_for_a_day_when_another_takes_its_place() {
        let now = Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap();
        let tomorrow = Timestamp::parse("2026-11-22T07:29:25.123Z").unwrap();
        let first = Callback::parse("https://shop.example/receipts", [1; 32]).unwrap();
        assert_eq!(first.clone().in_place_of(None, now).last(), None);
        let second = first.with_new_key([2; 32], now);
        assert_eq!((second.url(), second.secret()), (first.url(), &[2; 32]));
        assert_eq!(second.last(), Some((&[1; 32], tomorrow)));
        let elsewhere = Callback::parse("https://shop.example/other", [3; 32]).unwrap();
        let elsewhere = elsewhere.in_place_of(Some(&second), now);
        assert_eq!(elsewhere.last(), Some((&[2; 32], tomorrow)), "the last one, not the one before");
        let details = Details { callback: Some(elsewhere), ..Details::default() };
        let text = serde_json::to_string(&SealedDetails::of(&details)).unwrap();
        let read: SealedDetails = serde_json::from_str(&text).unwrap();
        assert_eq!(read.read().unwrap(), details);
        assert_eq!(format!("{:?}", details.callback.unwrap()), "Callback(sealed)");
    }

    #[test]
    fn callbacks_are_absolute_urls_without_a_user() {
        for wrong in
            ["", "ftp://a/", "https://", "https:///x", "https://u:p@host/", "https://a b/", "/receipts"]
        {
            assert!(Callback::parse(wrong, [0; 32]).is_err(), "{wrong}");
        }
    }
}
