//! Our canonicaliser against libxml2's: it may refuse more, but never read differently.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_message::canonical::scan;
use payment_trust::oracle::libxml2_exc_c14n;

fuzz_target!(|data: &[u8]| {
    let Ok(scanned) = scan(data) else { return };
    let theirs = libxml2_exc_c14n(data).expect("libxml2 accepts what we accept");
    assert_eq!(scanned.body(), theirs, "{}\n{}", text(scanned.body()), text(&theirs));
});

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
