//! The consumer front-office (R11): what somebody has, paid and owes, and everything that can be done about it.
//!
//! | in | is |
//! |---|---|
//! | `till` | what this portal needs besides what all portals have |
//! | `instruction` | a message of the consumer's on its way: kept, proven, signed, sent, answered |
//! | `proof` | how a consumer proves that they mean it |
//! | `instructed` | the page on which an instruction is confirmed, and what became of it |
//! | `home`, `payments`, `payment`, `bills`, … | a page each |
//! | `merchants` | what merchants are called |
//! | `verify` | what a signed document proves, in words |
//!
//! What this must not do: move money otherwise than by a signed message at the [`Desk`](crate::desk::Desk), show anything of
//! somebody else, or write markup. Start at [`routes`].

mod bills;
pub(crate) mod code;
mod coupons;
mod dispute;
mod export;
mod farewell;
mod home;
pub(crate) mod instructed;
pub(crate) mod instruction;
pub(crate) mod interests;
mod limits;
mod means;
pub(crate) mod merchants;
mod payment;
mod payments;
pub(crate) mod proof;
mod request;
pub(crate) mod say;
mod share;
mod terminals;
mod till;
mod top_up;
mod verify;

use actix_web::web::{ServiceConfig, get, post};

use crate::page::Link;
use crate::web::{Person, Route};
use crate::words::Words;

pub use till::{TestCard, Till};

/// What is answered here.
pub const ROUTES: &[Route] = &[
    Route::signed_in("GET", "/"),
    Route::signed_in("GET", "/payments"),
    Route::signed_in("GET", "/payments/{order}"),
    Route::signed_in("GET", "/payments/{order}/receipt.xml"),
    Route::signed_in("GET", "/payments/{order}/verify"),
    Route::signed_in("GET", "/payments/{order}/proof.xml"),
    Route::signed_in("GET", "/payments/{order}/proof"),
    Route::signed_in("GET", "/payments/{order}/dispute"),
    Route::signed_in("POST", "/payments/{order}/dispute"),
    Route::signed_in("GET", "/payments/{order}/request"),
    Route::signed_in("POST", "/payments/{order}/request"),
    Route::signed_in("POST", "/payments/{order}/request/withdraw"),
    Route::signed_in("GET", "/bills"),
    Route::signed_in("GET", "/bills/{number}"),
    Route::signed_in("GET", "/bills/{number}/bill.xml"),
    Route::signed_in("GET", "/bills/{number}/verify"),
    Route::signed_in("GET", "/top-up"),
    Route::signed_in("POST", "/top-up"),
    Route::signed_in("GET", "/redeem"),
    Route::signed_in("POST", "/redeem"),
    Route::signed_in("GET", "/means"),
    Route::signed_in("POST", "/means/bank"),
    Route::signed_in("POST", "/means/card"),
    Route::signed_in("POST", "/means/bank/remove"),
    Route::signed_in("POST", "/means/card/remove"),
    Route::signed_in("GET", "/terminals"),
    Route::signed_in("POST", "/terminals/invite"),
    Route::signed_in("GET", "/terminals/{serial}/revoke"),
    Route::signed_in("POST", "/terminals/{serial}/revoke"),
    Route::signed_in("GET", "/limits"),
    Route::signed_in("GET", "/coupons"),
    Route::signed_in("GET", "/coupons/{coupon}"),
    Route::signed_in("POST", "/coupons/{coupon}/gift"),
    Route::signed_in("POST", "/coupons/{coupon}/refund"),
    Route::signed_in("GET", "/campaigns/{campaign}"),
    Route::signed_in("POST", "/campaigns/{campaign}"),
    Route::signed_in("GET", "/interests"),
    Route::signed_in("POST", "/interests"),
    Route::signed_in("GET", "/interests/share"),
    Route::signed_in("POST", "/interests/share"),
    Route::signed_in("GET", "/privacy"),
    Route::signed_in("POST", "/privacy/export"),
    Route::signed_in("GET", "/privacy/leave"),
    Route::signed_in("POST", "/privacy/leave"),
    Route::signed_in("GET", "/instructions/{id}"),
    Route::signed_in("POST", "/instructions/{id}"),
    Route::signed_in("POST", "/instructions/{id}/code"),
];

/// The pages. Needs a [`Till`] in the data of the app.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", get().to(home::show))
        .route("/payments", get().to(payments::list))
        .route("/payments/{order}", get().to(payment::show))
        .route("/payments/{order}/receipt.xml", get().to(payment::download))
        .route("/payments/{order}/verify", get().to(payment::verify))
        .route("/payments/{order}/proof.xml", get().to(bills::download_proof))
        .route("/payments/{order}/proof", get().to(bills::verify_proof))
        .route("/payments/{order}/dispute", get().to(dispute::ask))
        .route("/payments/{order}/dispute", post().to(dispute::open))
        .route("/payments/{order}/request", get().to(request::ask))
        .route("/payments/{order}/request", post().to(request::open))
        .route("/payments/{order}/request/withdraw", post().to(request::withdraw))
        .route("/bills", get().to(bills::list))
        .route("/bills/{number}", get().to(bills::show))
        .route("/bills/{number}/bill.xml", get().to(bills::download))
        .route("/bills/{number}/verify", get().to(bills::verify))
        .route("/top-up", get().to(top_up::ask))
        .route("/top-up", post().to(top_up::order))
        .route("/redeem", get().to(top_up::ask_back))
        .route("/redeem", post().to(top_up::order_back))
        .route("/means", get().to(means::show))
        .route("/means/bank", post().to(means::set_bank))
        .route("/means/card", post().to(means::set_card))
        .route("/means/bank/remove", post().to(means::remove_bank))
        .route("/means/card/remove", post().to(means::remove_instrument))
        .route("/terminals", get().to(terminals::list))
        .route("/terminals/invite", post().to(terminals::invite))
        .route("/terminals/{serial}/revoke", get().to(terminals::ask))
        .route("/terminals/{serial}/revoke", post().to(terminals::revoke))
        .route("/limits", get().to(limits::show))
        .route("/coupons", get().to(coupons::list))
        .route("/coupons/{coupon}", get().to(coupons::show))
        .route("/coupons/{coupon}/gift", post().to(coupons::give))
        .route("/coupons/{coupon}/refund", post().to(coupons::refund))
        .route("/campaigns/{campaign}", get().to(coupons::campaign))
        .route("/campaigns/{campaign}", post().to(coupons::claim))
        .route("/interests", get().to(interests::show))
        .route("/interests", post().to(interests::set))
        .route("/interests/share", get().to(share::ask))
        .route("/interests/share", post().to(share::give))
        .route("/privacy", get().to(export::show))
        .route("/privacy/export", post().to(export::download))
        .route("/privacy/leave", get().to(farewell::ask))
        .route("/privacy/leave", post().to(farewell::leave))
        .route("/instructions/{id}", get().to(instructed::show))
        .route("/instructions/{id}", post().to(instructed::send))
        .route("/instructions/{id}/code", post().to(instructed::send_code));
}

/// The menu of a consumer.
#[must_use]
pub fn menu(words: &Words, _: &Person) -> Vec<Link> {
    vec![
        Link::new("/", words.say("consumer-menu-home")),
        Link::new("/payments", words.say("consumer-menu-payments")),
        Link::new("/bills", words.say("consumer-menu-bills")),
        Link::new("/top-up", words.say("consumer-menu-top-up")),
        Link::new("/coupons", words.say("consumer-menu-coupons")),
        Link::new("/means", words.say("consumer-menu-means")),
        Link::new("/limits", words.say("consumer-menu-limits")),
        Link::new("/terminals", words.say("consumer-menu-terminals")),
        Link::new("/keys", words.say("consumer-menu-passkeys")),
        Link::new("/interests", words.say("consumer-menu-interests")),
        Link::new("/privacy", words.say("consumer-menu-privacy")),
    ]
}
