//! `/metrics` on a loopback port of its own: figures are nobody else's business.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds, from a quarter of a millisecond to ten seconds.
const DURATIONS: &[f64] =
    &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const BATCHES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Starts to count, for the whole process.
pub(crate) fn start() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), DURATIONS)?
        .set_buckets_for_metric(Matcher::Full("meteore_batch_size".to_owned()), BATCHES)?
        .install_recorder()?;
    describe();
    let upkeep = handle.clone();
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Opens the port. The server runs when it is awaited.
pub(crate) fn open(
    listen: SocketAddr,
    handle: PrometheusHandle,
) -> anyhow::Result<(Server, Vec<SocketAddr>)> {
    let render = web::Data::new(handle);
    let server =
        HttpServer::new(move || App::new().app_data(render.clone()).route("/metrics", web::get().to(scrape)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .bind(listen)
            .with_context(|| format!("metrics.listen: {listen}"))?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

async fn scrape(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(
        "meteore_messages_total",
        "Messages by kind and result: accepted, report, pending or a code"
    );
    describe_histogram!("meteore_request_duration_seconds", "From the head of a request to its answer");
    describe_histogram!("meteore_verify_duration_seconds", "Verifying and reading one document");
    describe_histogram!("meteore_batch_size", "Messages committed together");
    describe_gauge!("meteore_queue_depth", "Verified messages that wait to be written");
    describe_gauge!("meteore_in_flight", "Requests that are worked on");
    describe_counter!("meteore_unavailable_total", "Messages that could not be taken, by reason");
    describe_counter!("meteore_batch_failures_total", "Batches that failed as a whole");
    describe_counter!(
        "meteore_shadow_verifications_total",
        "Second verifications by result; disagreed must stay 0"
    );
    describe_counter!("meteore_partner_verifications_total", "Documents outside the strict profile");
    describe_gauge!("meteore_crl_age_seconds", "Age of the revocation list in force");
    describe_gauge!("meteore_crl_valid_seconds", "Until the revocation list in force is stale");
    describe_gauge!("meteore_crl_revoked", "Certificates on the revocation list in force");
    describe_counter!("meteore_crl_refused_total", "Looks at which no newer list could be taken over");
    describe_counter!("meteore_attempts_total", "Answers of external systems by outcome");
    describe_gauge!("meteore_attempts_pending", "Attempts without an outcome");
}
