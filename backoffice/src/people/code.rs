//! Codes of six digits: made of the operating system's randomness, sent once, and kept as a keyed hash that binds them to
//! their purpose, to the browser that asked and to the address that they were sent to.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use payment_trust::Sealer;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::web::{NoRandomness, Randomness};

/// A code of six digits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in, or up.
    SignIn,
    /// To prove once more who is signed in.
    Confirm,
    /// To be reached there as well, or instead.
    Add,
}

/// What a code is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<'b> {
    pub(crate) purpose: Purpose,
    /// A keyed hash of the browser's token.
    pub(crate) holder: &'b [u8],
    /// The blind index of the address.
    pub(crate) reach: &'b [u8],
}

impl Code {
    const KINDS: u32 = 1_000_000;

    /// Any of a million, each as likely as the others.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        // The last incomplete million would make small codes likelier.
        let most = u32::MAX - u32::MAX % Self::KINDS;
        loop {
            let mut bytes = [0_u8; 4];
            randomness.fill(&mut bytes)?;
            let number = u32::from_be_bytes(bytes);
            if number < most {
                return Ok(Self(format!("{:06}", number % Self::KINDS)));
            }
        }
    }

    /// Reads what people type, spaces included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(7).collect();
        let six = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        six.then_some(Self(digits))
    }

    /// The digits: for the message that carries them, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self, sealer: &Sealer, bound: Bound<'_>) -> [u8; 32] {
        let label = format!("portal.code/{}", bound.purpose.as_str());
        // Both have one length each: no two triples are the same bytes.
        sealer.blind_index(&label, &[bound.holder, bound.reach, self.0.as_bytes()].concat())
    }

    /// Whether this is the one. Takes as long for a wrong one.
    pub(crate) fn is(&self, hash: &[u8], sealer: &Sealer, bound: Bound<'_>) -> bool {
        verify_slices_are_equal(&self.hash(sealer, bound), hash).is_ok()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(secret)")
    }
}

impl Purpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Confirm => "confirm",
            Self::Add => "add",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::SignIn, Self::Confirm, Self::Add].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Gives these numbers out, one after the other.
    struct Rigged(Mutex<Vec<u32>>);

    impl Randomness for Rigged {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            let number = self.0.lock().unwrap().pop().ok_or(NoRandomness)?;
            bytes.copy_from_slice(&number.to_be_bytes());
            Ok(())
        }
    }

    #[test]
    fn every_code_is_as_likely_as_the_others() {
        let code = |numbers: &[u32]| {
            let numbers = numbers.iter().rev().copied().collect();
            Code::random(&Rigged(Mutex::new(numbers))).map(|code| code.reveal().to_owned())
        };
        assert_eq!(code(&[7]).unwrap(), "000007");
        assert_eq!(code(&[4_293_999_999]).unwrap(), "999999");
        // 4,294,000,000 would be a 4,295th small one.
        assert_eq!(code(&[4_294_000_000, u32::MAX, 42]).unwrap(), "000042");
        assert_eq!(code(&[]), Err(NoRandomness));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(Code::parse(" 123 456 ").unwrap().reveal(), "123456");
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_holds_for_its_purpose_its_browser_and_its_address_only() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let code = Code::parse("123456").unwrap();
        let bound = Bound { purpose: Purpose::SignIn, holder: &[1; 32], reach: &[2; 32] };
        let hash = code.hash(&sealer, bound);
        assert!(code.is(&hash, &sealer, bound));
        assert!(!Code::parse("123457").unwrap().is(&hash, &sealer, bound));
        for other in [
            Bound { purpose: Purpose::Confirm, ..bound },
            Bound { holder: &[3; 32], ..bound },
            Bound { reach: &[3; 32], ..bound },
        ] {
            assert!(!code.is(&hash, &sealer, other), "{other:?}");
        }
    }
}
