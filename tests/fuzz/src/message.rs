//! The message parser: never panics, and what it reads it writes back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use payment_message::Message;
use payment_message::canonical::scan;

fuzz_target!(|data: &[u8]| {
    // The parser is only ever given canonical bytes, but must not rely on it to stay alive.
    let _ = Message::parse(data);
    let Ok(scanned) = scan(data) else { return };
    let body = scanned.into_body();
    let again = scan(&body).expect("a canonical body is readable");
    assert_eq!(again.body(), body, "a canonical body is its own canonical form");
    let Ok(message) = Message::parse(&body) else { return };
    let written = message.to_canonical();
    assert_eq!(scan(&written).expect("what we write is readable").body(), written, "we write canonically");
    assert_eq!(Message::parse(&written).expect("what we write is valid"), message);
});
