//! What a form carries so that no other site can send it: a value that only this server makes of the browser's token, under a
//! new mask on each page. Without the mask, whoever can make a browser fetch compressed pages with text of their own in them
//! could learn it from their length (BREACH).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::portal::{NoRandomness, Randomness};
use super::session::Token;
use payment_trust::Sealer;

const PURPOSE: &str = "portal.form";

/// The value for a form on one page.
pub(super) fn make(
    token: &Token,
    sealer: &Sealer,
    randomness: &dyn Randomness,
) -> Result<String, NoRandomness> {
    let mut mask = [0_u8; 32];
    randomness.fill(&mut mask)?;
    let masked = xor(token.tag(sealer, PURPOSE), &mask);
    Ok(URL_SAFE_NO_PAD.encode([mask, masked].concat()))
}

/// Whether a form came from a page of ours in this browser.
pub(super) fn holds(sent: &str, token: &Token, sealer: &Sealer) -> bool {
    // 64 bytes, and nothing longer is decoded.
    let decoded = if sent.len() == 86 { URL_SAFE_NO_PAD.decode(sent).ok() } else { None };
    let Some((mask, masked)) = decoded.as_deref().and_then(<[u8]>::split_first_chunk::<32>) else {
        return false;
    };
    let Ok(masked) = <[u8; 32]>::try_from(masked) else { return false };
    verify_slices_are_equal(&xor(masked, mask), &token.tag(sealer, PURPOSE)).is_ok()
}

fn xor(mut bytes: [u8; 32], mask: &[u8; 32]) -> [u8; 32] {
    bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counting(AtomicU8);

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    #[test]
    fn a_form_holds_in_its_browser_only_and_is_never_written_twice_the_same() {
        let (sealer, randomness) = (Sealer::from_key([7; 32]).unwrap(), Counting(AtomicU8::new(0)));
        let (mine, other) = (Token::random(&randomness).unwrap(), Token::random(&randomness).unwrap());
        let (first, second) =
            (make(&mine, &sealer, &randomness).unwrap(), make(&mine, &sealer, &randomness).unwrap());
        assert_ne!(first, second);
        assert!(holds(&first, &mine, &sealer) && holds(&second, &mine, &sealer));
        assert!(!holds(&first, &other, &sealer));
        assert!(!holds(&first, &mine, &Sealer::from_key([8; 32]).unwrap()));
        for wrong in ["", "A", &"A".repeat(86), &first[1..], &format!("{first}A")] {
            assert!(!holds(wrong, &mine, &sealer), "{wrong}");
        }
    }
}
