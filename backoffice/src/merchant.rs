//! The merchant back-office (R10): what was sold, to whom by pseudonym (R46), what is paid out after which fee, and
//! everything a merchant can change: items and pay links, callbacks, campaigns, keys, the team.
//!
//! | in | is |
//! |---|---|
//! | `shop` | what this portal needs besides what all portals have |
//! | `hosted` | the signing key that the portal keeps for merchants without one of their own |
//! | `act` | a message in the merchant's name on its way: kept, signed, sent, answered |
//! | `offers` | from a pay link to a signed offer that is deposited |
//! | `pay_link` | where a pay link leads consumers, at their portal |
//! | `overview`, `payments`, `payouts`, … | a page each |
//!
//! What this must not do: name a consumer other than by pseudonym, read or change anything without the merchant's number, or
//! move money otherwise than by a message that the merchant's key has signed. Start at [`routes`].

mod act;
mod api_keys;
mod bank;
mod callbacks;
mod campaigns;
mod capture;
mod certificates;
mod disputes;
mod export;
mod fees;
mod hosted;
mod items;
mod links;
mod offers;
mod overview;
pub mod pay_link;
mod payment;
mod payments;
mod payouts;
mod refund;
mod requests;
mod revoke;
mod say;
mod shop;
mod team;
#[cfg(test)]
mod tests;

use actix_web::web::{ServiceConfig, get, post};

use crate::page::Link;
use crate::web::{MemberRole, Person, Route};
use crate::words::Words;

pub use offers::{Closed, Offered, offer_for};
pub use shop::Shop;
pub(crate) use shop::unreadable;

const MANAGER: MemberRole = MemberRole::Manager;
const OWNER: MemberRole = MemberRole::Owner;

/// What is answered here, and to whom.
pub const ROUTES: &[Route] = &[
    Route::signed_in("GET", "/"),
    Route::signed_in("GET", "/payments"),
    Route::signed_in("GET", "/payments.csv"),
    Route::signed_in("GET", "/payments/{order}"),
    Route::for_role("GET", "/payments/{order}/refund", MANAGER),
    Route::for_role("POST", "/payments/{order}/refund", MANAGER),
    Route::for_role("GET", "/payments/{order}/capture", MANAGER),
    Route::for_role("POST", "/payments/{order}/capture", MANAGER),
    Route::for_role("GET", "/payments/{order}/release", MANAGER),
    Route::for_role("POST", "/payments/{order}/release", MANAGER),
    Route::for_role("GET", "/payments/{order}/decline", MANAGER),
    Route::for_role("POST", "/payments/{order}/decline", MANAGER),
    Route::signed_in("GET", "/refused"),
    Route::signed_in("GET", "/payouts"),
    Route::signed_in("GET", "/payouts/{position}"),
    Route::signed_in("GET", "/items"),
    Route::for_role("GET", "/items/new", MANAGER),
    Route::for_role("POST", "/items", MANAGER),
    Route::signed_in("GET", "/items/{id}"),
    Route::for_role("POST", "/items/{id}", MANAGER),
    Route::for_role("POST", "/items/{id}/links", MANAGER),
    Route::signed_in("GET", "/links"),
    Route::for_role("POST", "/links/{number}/close", MANAGER),
    Route::signed_in("GET", "/requests"),
    Route::signed_in("GET", "/disputes"),
    Route::signed_in("GET", "/campaigns"),
    Route::for_role("POST", "/campaigns", MANAGER),
    Route::signed_in("GET", "/callbacks"),
    Route::for_role("POST", "/callbacks", OWNER),
    Route::for_role("POST", "/callbacks/{id}/replay", MANAGER),
    Route::for_role("GET", "/certificates", OWNER),
    Route::for_role("POST", "/certificates/host", OWNER),
    Route::for_role("POST", "/certificates/drop", OWNER),
    Route::for_role("POST", "/certificates/invite", OWNER),
    Route::for_role("GET", "/certificates/{serial}/revoke", OWNER),
    Route::for_role("POST", "/certificates/{serial}/revoke", OWNER),
    Route::for_role("GET", "/api-keys", OWNER),
    Route::for_role("POST", "/api-keys", OWNER),
    Route::for_role("POST", "/api-keys/{id}/remove", OWNER),
    Route::for_role("GET", "/bank", OWNER),
    Route::for_role("POST", "/bank", OWNER),
    Route::for_role("POST", "/bank/sites", OWNER),
    Route::for_role("GET", "/team", OWNER),
    Route::for_role("POST", "/team/invite", OWNER),
    Route::for_role("POST", "/team/{id}/role", OWNER),
    Route::for_role("POST", "/team/{id}/remove", OWNER),
    Route::for_role("POST", "/team/invitations/{id}/withdraw", OWNER),
];

/// The pages. Needs a [`Shop`] and [`People`](crate::people::People) in the data of the app.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", get().to(overview::show))
        .route("/payments", get().to(payments::list))
        .route("/payments.csv", get().to(export::csv))
        .route("/payments/{order}", get().to(payment::show))
        .route("/payments/{order}/refund", get().to(refund::ask))
        .route("/payments/{order}/refund", post().to(refund::order))
        .route("/payments/{order}/capture", get().to(capture::ask))
        .route("/payments/{order}/capture", post().to(capture::take))
        .route("/payments/{order}/release", get().to(capture::ask_release))
        .route("/payments/{order}/release", post().to(capture::release))
        .route("/payments/{order}/decline", get().to(requests::ask))
        .route("/payments/{order}/decline", post().to(requests::decline))
        .route("/refused", get().to(payments::refused))
        .route("/payouts", get().to(payouts::list))
        .route("/payouts/{position}", get().to(payouts::show))
        .route("/items", get().to(items::list))
        .route("/items/new", get().to(items::blank))
        .route("/items", post().to(items::add))
        .route("/items/{id}", get().to(items::show))
        .route("/items/{id}", post().to(items::change))
        .route("/items/{id}/links", post().to(links::make))
        .route("/links", get().to(links::list))
        .route("/links/{number}/close", post().to(links::close))
        .route("/requests", get().to(requests::list))
        .route("/disputes", get().to(disputes::list))
        .route("/campaigns", get().to(campaigns::list))
        .route("/campaigns", post().to(campaigns::begin))
        .route("/callbacks", get().to(callbacks::list))
        .route("/callbacks", post().to(callbacks::set))
        .route("/callbacks/{id}/replay", post().to(callbacks::replay))
        .route("/certificates", get().to(certificates::list))
        .route("/certificates/host", post().to(certificates::host))
        .route("/certificates/drop", post().to(certificates::drop))
        .route("/certificates/invite", post().to(certificates::invite))
        .route("/certificates/{serial}/revoke", get().to(revoke::ask))
        .route("/certificates/{serial}/revoke", post().to(revoke::carry_out))
        .route("/api-keys", get().to(api_keys::list))
        .route("/api-keys", post().to(api_keys::make))
        .route("/api-keys/{id}/remove", post().to(api_keys::remove))
        .route("/bank", get().to(bank::show))
        .route("/bank", post().to(bank::set))
        .route("/bank/sites", post().to(bank::set_sites))
        .route("/team", get().to(team::list))
        .route("/team/invite", post().to(team::invite))
        .route("/team/{id}/role", post().to(team::set_role))
        .route("/team/{id}/remove", post().to(team::remove))
        .route("/team/invitations/{id}/withdraw", post().to(team::withdraw));
}

/// The menu of somebody of a merchant's team: what they may see.
#[must_use]
pub fn menu(words: &Words, person: &Person) -> Vec<Link> {
    let mut menu = vec![
        Link::new("/", words.say("merchant-menu-overview")),
        Link::new("/payments", words.say("merchant-menu-payments")),
        Link::new("/requests", words.say("merchant-menu-requests")),
        Link::new("/disputes", words.say("merchant-menu-disputes")),
        Link::new("/payouts", words.say("merchant-menu-payouts")),
        Link::new("/items", words.say("merchant-menu-items")),
        Link::new("/links", words.say("merchant-menu-links")),
        Link::new("/campaigns", words.say("merchant-menu-campaigns")),
        Link::new("/callbacks", words.say("merchant-menu-callbacks")),
    ];
    if person.may(OWNER) {
        menu.extend([
            Link::new("/certificates", words.say("merchant-menu-certificates")),
            Link::new("/api-keys", words.say("merchant-menu-api-keys")),
            Link::new("/bank", words.say("merchant-menu-bank")),
            Link::new("/team", words.say("merchant-menu-team")),
        ]);
    }
    menu.push(Link::new("/keys", words.say("merchant-menu-own-keys")));
    menu
}
