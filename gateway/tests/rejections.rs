//! `docs/rejections.md` says what the code says: `UPDATE_EXPECT=1 cargo test -p gateway --test rejections` writes it anew.

use std::fmt::Write as _;

use expect_test::expect_file;
use gateway::http::http_status;
use gateway::intake::Verdict;
use payment_message::Code;

const HEAD: &str = "\
# Rejections

A message that is not accepted is answered with a signed `Rejection`. Programs act on its `code`, which is stable; the HTTP status is for
what stands in between. Nothing is posted for a rejected message, and the connection lives on. The codes stand in the order in which a
message meets the checks.

- `429` and `503` come with `Retry-After`. **Send the same bytes again**: the id makes a repetition harmless.
- *Kept* rejections of an order were decided: the same id gets the same answer again, and another try needs a new order. All others may succeed later under
  the same id.
- `step-up-required` names the `challenge`. Authenticate the consumer as it says, and send a new order that says so.
- A time-out, or a connection that breaks, says nothing about the order. Repeat it, or send a `StatusRequest`.

This page is written by a test from the codes themselves.

| code | HTTP | kept | meaning |
|---|---|---|---|
";

/// Decided under the order's or refund's id, with evidence.
fn is_kept(code: Code) -> bool {
    matches!(
        code,
        Code::MethodRefused
            | Code::StepUpRequired
            | Code::OverLimit
            | Code::InsufficientFunds
            | Code::Declined
    )
}

#[test]
fn the_page_says_what_the_code_says() {
    let mut page = HEAD.to_owned();
    for code in Code::ALL {
        let status = http_status(Verdict::Rejected(*code)).as_u16();
        let kept = if is_kept(*code) { "yes" } else { "" };
        writeln!(page, "| `{code}` | {status} | {kept} | {} |", code.description()).unwrap();
    }
    expect_file!["../../docs/rejections.md"].assert_eq(&page);
}
