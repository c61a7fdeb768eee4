//! The files of the look: they never change under their names, so browsers keep them for ever.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Path};
use actix_web::{HttpResponse, Resource};

use super::Fault;
use crate::look;

/// Whether this is the address of one.
pub(super) fn is_one(path: &str) -> bool {
    path.starts_with(look::PLACE)
}

pub(super) fn routes() -> Resource {
    web::resource(format!("{}{{name}}", look::PLACE)).get(asset)
}

async fn asset(name: Path<String>) -> Result<HttpResponse, Fault> {
    let asset = look::asset(&name).ok_or(Fault::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes))
}
