//! Where somebody is reached: an e-mail address or a telephone number. Personal: never shown in logs.

use payment_domain::{EmailAddress, Msisdn};
use payment_trust::Sealer;

/// Where somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// By e-mail.
    Email(EmailAddress),
    /// By text message.
    Phone(Msisdn),
}

impl Reach {
    /// Reads what people type: an address in any case, a number with spaces and with `00` for `+`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 254 {
            return None;
        }
        if text.contains('@') {
            // Two spellings of one mailbox are one person.
            return EmailAddress::parse(&text.to_ascii_lowercase()).ok().map(Self::Email);
        }
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '(' | ')' | '/'))
            .collect();
        let international = plain.strip_prefix("00").map(|rest| format!("+{rest}"));
        Msisdn::parse(international.as_deref().unwrap_or(&plain)).ok().map(Self::Phone)
    }

    /// The address or number itself: to send to, and to seal. Never for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match self {
            Self::Email(email) => email.reveal(),
            Self::Phone(phone) => phone.reveal(),
        }
    }

    /// What the person who has it recognises it by: `a…@example.org`, `+33…78`.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Email(email) => {
                let (local, domain) = email.reveal().split_once('@').unwrap_or_default();
                let first = local.get(..1).unwrap_or_default();
                format!("{first}…@{domain}")
            }
            Self::Phone(phone) => {
                let number = phone.reveal();
                let end = number.get(number.len().saturating_sub(2)..).unwrap_or_default();
                format!("{}…{end}", number.get(..3).unwrap_or_default())
            }
        }
    }

    /// What it is found by in the database.
    pub(crate) fn index(&self, sealer: &Sealer) -> [u8; 32] {
        let label = match self {
            Self::Email(_) => "person.email",
            Self::Phone(_) => "person.phone",
        };
        sealer.blind_index(label, self.reveal().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revealed(text: &str) -> Option<String> {
        Reach::parse(text).map(|reach| reach.reveal().to_owned())
    }

    #[test]
    fn people_write_addresses_and_numbers_in_many_ways() {
        assert_eq!(revealed(" Ada@Example.ORG "), Some("ada@example.org".into()));
        assert_eq!(revealed("+33 6 12-34.56 (78)"), Some("+33612345678".into()));
        assert_eq!(revealed("0033612345678"), Some("+33612345678".into()));
        for wrong in ["", "ada", "ada@", "0612345678", "+0", &format!("{}@example.org", "a".repeat(300))] {
            assert_eq!(revealed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hint_tells_those_who_know_and_a_log_nothing() {
        let reach = Reach::parse("ada@example.org").unwrap();
        assert_eq!(reach.hint(), "a…@example.org");
        assert_eq!(Reach::parse("+33612345678").unwrap().hint(), "+33…78");
        assert!(!format!("{reach:?}").contains("ada"));
    }

    #[test]
    fn an_address_and_a_number_are_found_apart_from_each_other() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let (one, two) = (Reach::parse("ada@example.org").unwrap(), Reach::parse("ADA@example.org").unwrap());
        assert_eq!(one.index(&sealer), two.index(&sealer));
        assert_ne!(one.index(&sealer), Reach::parse("+33612345678").unwrap().index(&sealer));
    }
}
