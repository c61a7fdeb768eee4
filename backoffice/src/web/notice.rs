//! What the next page says: in a cookie that only we can read and write, so that nothing is written to the database for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_trust::Sealer;
use serde::{Deserialize, Serialize};

use super::portal::Audience;
use crate::page::{Notice, Tone};

/// Browsers take 4,096 bytes of a cookie, with its name and attributes.
const MOST_BYTES: usize = 3500;

#[derive(Serialize, Deserialize)]
struct Kept {
    tone: String,
    text: String,
}

/// The value of the cookie; none for a notice that is too long.
pub(super) fn seal(notice: &Notice, sealer: &Sealer, audience: Audience) -> Option<String> {
    let kept = Kept { tone: name(notice.tone).to_owned(), text: notice.text.clone() };
    let sealed = sealer.seal(&context(audience), &serde_json::to_vec(&kept).ok()?).ok()?;
    Some(URL_SAFE_NO_PAD.encode(sealed)).filter(|value| value.len() <= MOST_BYTES)
}

/// What a cookie says, if we wrote it.
pub(super) fn open(value: &str, sealer: &Sealer, audience: Audience) -> Option<Notice> {
    let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
    let kept: Kept = serde_json::from_slice(&sealer.open(&context(audience), &sealed).ok()?).ok()?;
    let tones = [Tone::Plain, Tone::Good, Tone::Waiting, Tone::Bad];
    let tone = tones.into_iter().find(|tone| name(*tone) == kept.tone)?;
    Some(Notice { tone, text: kept.text })
}

fn context(audience: Audience) -> String {
    format!("portal.notice/{}", audience.as_str())
}

const fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Waiting => "waiting",
        Tone::Bad => "bad",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_by_the_portal_that_wrote_it_only() {
        let (sealer, audience) = (Sealer::from_key([7; 32]).unwrap(), Audience::Consumers);
        let notice = Notice { tone: Tone::Bad, text: "<b>no</b>".to_owned() };
        let value = seal(&notice, &sealer, audience).unwrap();
        assert_eq!(open(&value, &sealer, audience), Some(notice.clone()));
        assert_eq!(open(&value, &sealer, Audience::Merchants), None);
        assert_eq!(open(&value[1..], &sealer, audience), None);
        let long = Notice { text: "x".repeat(4000), ..notice };
        assert_eq!(seal(&long, &sealer, audience), None);
    }
}
