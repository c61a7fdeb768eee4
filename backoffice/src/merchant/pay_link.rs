//! Where a pay link leads consumers: to the checkout, over the terms if there are any. At the consumer portal, for whoever
//! comes. Start at [`routes`].

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get};

use super::offers::{Closed, Offered, offer_for};
use super::say;
use crate::consumer::Till;
use crate::page::{Block, Inline, Link, Page};
use crate::web::{Fault, Route, Visitor};
use crate::words::Words;

/// What is answered here.
pub const ROUTES: &[Route] = &[Route::open("GET", "/l/{link}")];

/// The address of pay links. Needs a [`Till`] in the data of the app.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/l/{link}", get().to(follow));
}

async fn follow(visitor: Visitor, till: Data<Till>, path: Path<String>) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    // No link has such a name, and PostgreSQL cannot even be asked for one with a NUL in it.
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Fault::NotFound);
    }
    match offer_for(&visitor, &till, &path).await? {
        Ok(offered) if offered.terms.is_empty() => Ok(visitor.go(address(&offered), None)),
        Ok(offered) => visitor.show(terms(words, &offered)),
        Err(Closed::Unknown) => Err(Fault::NotFound),
        Err(closed) => visitor.show_as(StatusCode::GONE, over(words, closed)),
    }
}

fn address(offered: &Offered) -> String {
    format!("/pay/{}", offered.digest)
}

fn terms(words: Words, offered: &Offered) -> Page {
    let mut page = Page::new(offered.title.as_str(), "");
    page.alone = true;
    page = page.with(Block::Amount(words.money(offered.price)));
    let lines = offered.terms.lines().map(|line| Inline::Text(line.to_owned()));
    let mut text: Vec<Inline> = lines.flat_map(|line| [line, Inline::Break]).collect();
    text.pop();
    page.with(crate::page::Section::new(words.say("merchant-terms")).with(Block::Paragraph(text)))
        .with(Block::Actions(vec![Link::new(address(offered), words.say("merchant-link-go-on"))]))
}

fn over(words: Words, closed: Closed) -> Page {
    let why = match closed {
        Closed::UsedUp => words.say("merchant-link-used-up"),
        Closed::Over => words.say("merchant-link-over"),
        Closed::Withdrawn | Closed::NoKey | Closed::Unknown => words.say("merchant-link-withdrawn"),
    };
    let mut page = Page::new(words.say("merchant-link-not-open"), "");
    page.alone = true;
    page.notice = Some(say::bad(why));
    page
}

#[cfg(test)]
mod tests {
    use payment_domain::{Currency, Digest, Money};

    use super::*;
    use crate::words::Locale;

    #[test]
    fn terms_are_read_before_the_way_to_the_checkout() {
        let offered = Offered {
            digest: Digest::new([0xab; 32]),
            title: "<b>Tram</b>".into(),
            price: Money::from_micros(2_400_000, Currency::EUR),
            terms: "First.\n<script>".into(),
        };
        let page = terms(Words::of(Locale::English), &offered);
        let html = crate::page::html::render(&page, &crate::page::Frame::default()).unwrap();
        assert!(!html.contains("<b>Tram") && html.contains("&#60;script&#62;"), "{html}");
        assert!(html.contains(&format!("/pay/{}", "ab".repeat(32))), "{html}");
    }
}
