//! The checkout: a merchant's signed offer, one decision, a signed receipt, back to the merchant (R28, R54, R58).
//!
//! | in | is |
//! |---|---|
//! | `offered` | what a merchant deposited, read back and verified |
//! | `purchase` | what would be ordered: in which currency, with which coupon, and what the policy says to it |
//! | `explain` | how it will be paid, and why, in words |
//! | `page` | the page with the decision |
//! | `pay` | deciding: once, however often the button is pressed |
//! | `back` | where the browser goes afterwards: only to where the merchant said that it is |
//!
//! What this must not do: tell the merchant who pays, or make an order that was not kept before. Start at [`routes`].

mod back;
mod explain;
mod offered;
mod page;
mod pay;
mod purchase;

use actix_web::web::{ServiceConfig, get, post};

use crate::web::Route;

pub(crate) use back::Back;

/// What is answered here.
pub const ROUTES: &[Route] = &[
    Route::open("GET", "/pay/{offer}"),
    Route::open("GET", "/pay/{offer}/checked"),
    Route::signed_in("POST", "/pay/{order}"),
    Route::signed_in("POST", "/pay/{order}/code"),
    Route::signed_in("GET", "/paid/{order}"),
];

/// The pages. Needs a [`Till`](crate::consumer::Till) and [`People`](crate::people::People) in the data of the app.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/pay/{offer}", get().to(pay::show))
        .route("/pay/{offer}/checked", get().to(pay::checked))
        .route("/pay/{order}", post().to(pay::pay))
        .route("/pay/{order}/code", post().to(pay::send_code))
        .route("/paid/{order}", get().to(pay::paid));
}
