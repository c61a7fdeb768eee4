//! The operations. Each reads with the merchant of the key in every question.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use payment_domain::OrderId;

use super::answers::{
    Account, Balances, Happening, Item, Items, Payment, PaymentHistory, Payments, Payout, Payouts, Problem,
    State, cut,
};
use super::asked::Asked;
use super::client::Client;
use crate::merchant::Shop;
use crate::sales::SaleKey;
use crate::sales::query::{Cursor, Query};
use crate::storage::merchant as storage;
use crate::web::Fault;

/// Payments, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/payments",
    operation_id = "listPayments",
    params(
        ("state" = inline(Option<State>), Query, description = "Only those of one state."),
        ("from" = Option<String>, Query, format = DateTime, description = "Ordered at this time or later."),
        ("to" = Option<String>, Query, format = DateTime, description = "Ordered before this time."),
        ("q" = Option<String>, Query, min_length = 1, max_length = 120,
            description = "An order, the number in a receipt, the beginning of a pseudonym (8 digits), an item code, or the beginning of a title."),
        ("cursor" = Option<String>, Query, pattern = "^[0-7][0-9a-f]{15}$", description = "Go on where an answer ended."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 50 if nobody says."),
    ),
    responses(
        (status = 200, description = "Payments.", body = Payments),
    ),
)]
pub(super) async fn payments(
    client: Client,
    shop: Data<Shop>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let asked = Asked::read(request.query_string(), &["state", "from", "to", "q", "cursor", "limit"])?;
    let after = match asked.after {
        // Before everything.
        Some(0) => return Ok(HttpResponse::Ok().json(Payments { payments: Vec::new(), next: None })),
        Some(position) => {
            Some(Cursor::parse(&super::asked::written(position)).map_err(|_| Fault::invalid())?)
        }
        None => None,
    };
    let query = Query {
        state: asked.state,
        from: asked.from,
        to: asked.to,
        text: asked.text,
        after,
        limit: asked.limit,
    };
    let party = client.party;
    let found = Shop::read(&shop, move |sales| sales.list(&party, &query)).await?;
    Ok(HttpResponse::Ok().json(Payments {
        payments: found.rows.iter().map(Payment::of).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// One payment, with what happened to it.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{order}",
    operation_id = "getPayment",
    params(("order" = String, Path,
        pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", description = "The consumer's order.")),
    responses(
        (status = 200, description = "The payment.", body = PaymentHistory),
        (status = 404, description = "No such payment of yours.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn payment(
    client: Client,
    shop: Data<Shop>,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    Asked::read(request.query_string(), &[])?;
    let order = OrderId::parse(&path).map_err(|_| Fault::NotFound)?;
    let party = client.party;
    let found = Shop::read(&shop, move |sales| {
        let Some(sale) = sales.one(&party, SaleKey::Order(order))? else { return Ok(None) };
        let events = sales.time_line(&party, sale.position)?;
        Ok(Some((sale, events)))
    })
    .await?;
    let (sale, events) = found.ok_or(Fault::NotFound)?;
    let events = events.iter().map(Happening::of).collect();
    Ok(HttpResponse::Ok().json(PaymentHistory { payment: Payment::of(&sale), events }))
}

/// Payouts, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/payouts",
    operation_id = "listPayouts",
    params(
        ("cursor" = Option<String>, Query, pattern = "^[0-7][0-9a-f]{15}$", description = "Go on where an answer ended."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 50 if nobody says."),
    ),
    responses(
        (status = 200, description = "Payouts.", body = Payouts),
    ),
)]
pub(super) async fn payouts(client: Client, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let asked = Asked::read(request.query_string(), &["cursor", "limit"])?;
    let (most, one_more) = asked.rows();
    let (merchant, before) = (client.merchant, asked.after.unwrap_or(i64::MAX));
    let mut rows =
        client.visitor.read(move |conn| storage::payouts(conn, merchant, before, one_more)).await?;
    let next = cut(&mut rows, most, |row| row.position);
    let payouts: Option<Vec<Payout>> = rows.iter().map(Payout::of).collect();
    let payouts = payouts.ok_or_else(|| Fault::internal("a stored payout cannot be read back"))?;
    Ok(HttpResponse::Ok().json(Payouts { payouts, next }))
}

/// What stands on your accounts.
#[utoipa::path(
    get,
    path = "/api/v1/balance",
    operation_id = "getBalance",
    responses(
        (status = 200, description = "The accounts.", body = Balances),
    ),
)]
pub(super) async fn balance(client: Client, request: HttpRequest) -> Result<HttpResponse, Fault> {
    Asked::read(request.query_string(), &[])?;
    let merchant = client.merchant;
    let rows = client.visitor.read(move |conn| storage::standings(conn, merchant)).await?;
    let accounts: Option<Vec<Account>> = rows.iter().map(Account::of).collect();
    let accounts = accounts.ok_or_else(|| Fault::internal("a stored account cannot be read back"))?;
    Ok(HttpResponse::Ok().json(Balances { accounts }))
}

/// Your items, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/items",
    operation_id = "listItems",
    params(
        ("cursor" = Option<String>, Query, pattern = "^[0-7][0-9a-f]{15}$", description = "Go on where an answer ended."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 50 if nobody says."),
    ),
    responses(
        (status = 200, description = "Items.", body = Items),
    ),
)]
pub(super) async fn items(client: Client, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let asked = Asked::read(request.query_string(), &["cursor", "limit"])?;
    let (most, one_more) = asked.rows();
    let (merchant, after) = (client.merchant, asked.after.unwrap_or(0));
    let mut rows = client.visitor.read(move |conn| storage::items(conn, merchant, after, one_more)).await?;
    let next = cut(&mut rows, most, |row| row.id);
    let items: Option<Vec<Item>> = rows.iter().map(Item::of).collect();
    let items = items.ok_or_else(|| Fault::internal("a stored item cannot be read back"))?;
    Ok(HttpResponse::Ok().json(Items { items, next }))
}
