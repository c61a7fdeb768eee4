//! What is durable, read straight from the tables: for counting, where a reply cannot be trusted to tell.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use payment_domain::OrderId;

use crate::database::{Database, Engine};

/// The ids of all orders that were paid.
///
/// # Errors
/// If one was paid twice.
pub fn paid(database: &Database) -> Result<HashSet<OrderId>> {
    let hex = match database.engine() {
        Engine::Sqlite => "LOWER(HEX(order_id))",
        Engine::Postgres => "ENCODE(order_id, 'hex')",
    };
    let ids =
        database.sql()?.words(&format!("SELECT {hex} AS value FROM payment WHERE state = 'accepted'"))?;
    let mut paid = HashSet::new();
    for id in ids {
        let order = OrderId::from_bytes(u128::from_str_radix(&id, 16)?.to_be_bytes());
        ensure!(paid.insert(order), "{order} was paid twice");
    }
    Ok(paid)
}
