//! Payments as a file for spreadsheets: read and sent a page at a time, whatever its size.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data, Query as InAddress};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{Shop, payments};
use crate::sales::SalesError;
use crate::sales::query::Query;
use crate::search::Search;
use crate::web::{Fault, Visitor};

/// Pages that wait for a slow receiver.
const WAITING: usize = 2;

/// Sends what the list with this address shows, all pages of it.
pub(super) async fn csv(
    visitor: Visitor,
    shop: Data<Shop>,
    InAddress(wanted): InAddress<Search>,
) -> Result<HttpResponse, Fault> {
    let party = visitor.need_person()?.party.clone();
    let query = Query { after: None, ..wanted.query(payments::ROWS) };
    let (to, mut from) = mpsc::channel::<Result<Bytes, SalesError>>(WAITING);
    let reader = shop.clone();
    // Ends when the file does, or when nobody takes it any more.
    tokio::task::spawn_blocking(move || {
        for page in reader.sales.csv(&party, &query) {
            if to.blocking_send(page.map(Bytes::from)).is_err() {
                break;
            }
        }
    });
    // The first page tells whether there will be an answer at all.
    let first = match from.recv().await {
        Some(Ok(page)) => page,
        Some(Err(error)) => return Err(super::unreadable(error)),
        None => return Err(Fault::internal("nothing was read")),
    };
    let pages = stream::unfold((Some(first), from), |(first, mut from)| async move {
        match first {
            Some(page) => Some((Ok(page), (None, from))),
            None => from.recv().await.map(|page| (page, (None, from))),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"payments.csv\""))
        .streaming(pages))
}
