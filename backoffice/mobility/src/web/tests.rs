#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use actix_web::App;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use payment_domain::{Digest, Money, OfferId, OrderId, PartyId, RefundId, Role, Timestamp};
use payment_trust::{Directory, Host, Lifetimes, Plan, PrivateKey};
use quick_xml::Reader as XmlReader;
use quick_xml::events::Event as XmlEvent;
use tempfile::TempDir;

use super::*;
use crate::books::{Lent, Payment, Purchase, Stage};
use crate::config::Config;
use crate::id::{Code, Token};
use crate::machine::now;
use crate::place::Position;
use crate::sales::{End, Item, Plate, Sales, Seat};

/// A shop whose gateway does not answer.
struct Closed {
    _folder: TempDir,
    shop: Data<Shop>,
}

fn shop() -> Closed {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        party: PartyId::parse("meteore").unwrap(),
        hosts: vec![Host::Dns("localhost".to_owned())],
        lifetimes: Lifetimes::default(),
    };
    let pki = Directory::init(&folder.path().join("pki"), &plan, now()).unwrap();
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    for name in ["parking", "tram", "theatre", "gazette"] {
        let (id, key) = (PartyId::parse(name).unwrap(), PrivateKey::generate().unwrap());
        let year = std::time::Duration::from_secs(365 * 86_400);
        let certificate = pki.issue(&id, &Role::Merchant, &key.public_key().unwrap(), year, now()).unwrap();
        key.save(&keys.join(format!("{name}.key"))).unwrap();
        std::fs::write(keys.join(format!("{name}.pem")), certificate.to_pem()).unwrap();
    }
    let example = include_str!("../../mobility.example.toml");
    // Port 9 of this machine is nobody's.
    let config = example.replace("8443", "9").replace("\"root.pem\"", "\"pki/root.pem\"");
    let config = config.replace("\"issuing.pem\"", "\"pki/issuing.pem\"");
    let path = folder.path().join("mobility.toml");
    std::fs::write(&path, config).unwrap();
    let shop = Shop::open(&Config::load(&path).unwrap()).unwrap();
    Closed { _folder: folder, shop: Data::new(shop) }
}

impl Closed {
    /// Something bought, and its name.
    fn bought(&self, number: u8, item: Item) -> Token {
        let (id, price) = (Token::new([number; 16]), item.price(&self.shop.town, &self.shop.sales).unwrap());
        let title = item.title(&self.shop.town, &self.shop.sales, Words::of(Language::English));
        let purchase = Purchase {
            id,
            visitor: Some(Token::new([0xaa; 16])),
            item,
            title,
            price,
            offer_id: OfferId::from_bytes([number; 16]),
            offer: Digest::new([number; 32]),
            made_at: now(),
            pay_until: now().saturating_add_millis(900_000),
            stage: Stage::Open,
        };
        self.shop.books.open_purchase(purchase, now()).unwrap();
        id
    }

    fn paid(&self, number: u8, item: Item) -> Token {
        let id = self.bought(number, item);
        let amount: Money = self.shop.books.purchase(id).unwrap().price;
        let order = OrderId::from_bytes([number; 16]);
        let payment = Payment { order, amount, at: now(), receipt: "<PaymentReceipt/>".to_owned() };
        let lent = Lent { code: Code::new([number; 8]), refund: RefundId::from_bytes([number; 16]) };
        self.shop.books.deliver(id, payment, lent).unwrap();
        id
    }

    /// One of everything, in every state.
    fn everything(&self) -> Vec<Token> {
        let end = |id: &str| {
            let spot = self.shop.town.spot(id).unwrap();
            End { name: spot.name.clone(), at: spot.at }
        };
        let position = |text| Position::parse(text).unwrap();
        let parking = || Item::Parking {
            zone: "centre".into(),
            plate: Plate::parse("FD 318 KX").unwrap(),
            minutes: 30,
        };
        let items = [
            parking(),
            Item::Tram,
            Item::Route { from: end("hopital"), to: end("musee") },
            Item::Route { from: End { name: "<b>&".into(), at: position("0,0") }, to: end("musee") },
            Item::Nearby { position: position("46.2040,6.0047") },
            Item::Nearby { position: position("0,0") },
            Item::Concert { day: "2026-11-28".into(), seat: Seat::Stalls, count: 2 },
            Item::Article { id: "ferry".into() },
        ];
        let mut ids: Vec<_> = (1..).zip(items).map(|(number, item)| self.paid(number, item)).collect();
        let (zone, plate) = ("centre".into(), Plate::parse("FD318KX").unwrap());
        ids.push(self.paid(20, Item::MoreParking { parking: ids[0], zone, plate, minutes: 30 }));
        ids.push(self.bought(21, Item::Tram));
        let [cancelled, used, voided] =
            [self.bought(22, Item::Tram), self.paid(23, Item::Tram), self.paid(24, Item::Tram)];
        self.shop.books.cancel(cancelled).unwrap();
        self.shop.books.use_ticket(Code::new([23; 8]), now()).unwrap();
        self.shop.books.void(voided, RefundId::from_bytes([1; 16]), now()).unwrap();
        let done = self.paid(25, Item::Tram);
        self.shop.books.void(done, RefundId::from_bytes([2; 16]), now()).unwrap();
        self.shop.books.refunded(done, Timestamp::EPOCH).unwrap();
        ids.extend([cancelled, used, voided, done]);
        ids
    }
}

/// The pages of a shop, without a port.
macro_rules! serve {
    ($closed:expr) => {
        init_service(
            App::new().wrap(headers(&$closed.shop)).app_data(Data::clone(&$closed.shop)).configure(routes),
        )
        .await
    };
}

const PATHS: [&str; 12] = [
    "/",
    "/parking",
    "/tram",
    "/route",
    "/nearby",
    "/concert",
    "/news",
    "/advantages",
    "/advantages?position=46.2019,6.0061",
    "/purchases",
    "/validate",
    "/nowhere",
];

/// What XHTML Mobile Profile 1.2 has of what is used here.
const PHONES_KNOW: &[&str] = &[
    "html", "head", "meta", "title", "link", "body", "div", "a", "h1", "h2", "p", "b", "span", "form",
    "label", "input", "select", "option", "fieldset", "legend", "table", "tr", "th", "td",
];
const BROWSERS_KNOW: &[&str] = &["header", "main", "footer"];

/// Reads a page as XML, and gives its elements and attributes.
fn elements(page: &str) -> Vec<(String, Vec<String>)> {
    let mut reader = XmlReader::from_str(page);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    let mut depth = 0_i32;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{page}")) {
            XmlEvent::Eof => break,
            event @ (XmlEvent::Start(_) | XmlEvent::Empty(_)) => {
                let (XmlEvent::Start(tag) | XmlEvent::Empty(tag)) = &event else { unreachable!() };
                let text = |text: &str| text.to_owned();
                let attributes = tag
                    .attributes()
                    .map(|attribute| text(attribute.unwrap().key.as_ref()))
                    .collect::<Vec<_>>();
                found.push((text(tag.name().as_ref()), attributes));
                depth += i32::from(matches!(event, XmlEvent::Start(_)));
            }
            XmlEvent::End(_) => depth -= 1,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{page}");
    found
}

#[actix_web::test]
async fn every_page_is_well_formed_for_browsers_and_for_phones_in_both_languages() {
    let closed = shop();
    let purchases = closed.everything();
    let app = serve!(closed);
    let paths = PATHS
        .iter()
        .map(|path| (*path).to_owned())
        .chain(purchases.iter().map(|id| format!("/purchase/{id}")));
    for path in paths {
        for (accept, mobile) in [("text/html", false), ("application/vnd.wap.xhtml+xml", true)] {
            for language in ["en", "fr"] {
                let cookies =
                    format!("visitor={}; interests=culture.car; language={language}", Token::new([0xaa; 16]));
                let request = TestRequest::get().uri(&path).insert_header(("accept", accept));
                let answer =
                    call_service(&app, request.insert_header(("cookie", cookies)).to_request()).await;
                assert_eq!(answer.status().as_u16(), if path == "/nowhere" { 404 } else { 200 }, "{path}");
                let page = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
                assert!(page.contains(&format!("lang=\"{language}\"")), "{path}");
                assert!(page.len() < 60_000, "{path}: {} bytes", page.len());
                for (name, attributes) in elements(&page) {
                    let known = PHONES_KNOW.contains(&name.as_str())
                        || (!mobile && BROWSERS_KNOW.contains(&name.as_str()));
                    assert!(known, "{path}: <{name}> for a {}", if mobile { "phone" } else { "browser" });
                    for attribute in attributes {
                        assert!(
                            !attribute.starts_with("on") && attribute != "style",
                            "{path}: {name} {attribute}"
                        );
                    }
                }
            }
        }
    }
}

#[actix_web::test]
async fn every_answer_carries_the_strict_headers() {
    let closed = shop();
    let app = serve!(closed);
    for path in PATHS {
        let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("form-action 'self' https://localhost:8444;"), "{policy}");
        assert_eq!(
            (header("referrer-policy"), header("x-content-type-options")),
            ("same-origin", "nosniff"),
            "{path}"
        );
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
}

#[actix_web::test]
async fn a_form_of_another_site_does_nothing() {
    let closed = shop();
    let id = closed.paid(1, Item::Tram);
    let app = serve!(closed);
    let paths = [
        "/parking",
        "/tram",
        "/route",
        "/nearby",
        "/concert",
        "/news",
        "/advantages",
        "/advantages/forget",
        "/validate",
    ];
    let own =
        [format!("/purchase/{id}/void"), format!("/purchase/{id}/cancel"), format!("/purchase/{id}/more")];
    for path in paths.iter().map(|path| (*path).to_owned()).chain(own) {
        for origin in ["https://evil.example", "null", "http://127.0.0.1:8448"] {
            let request = TestRequest::post().uri(&path).insert_header(("origin", origin));
            let request = request.set_form([("code", Code::new([1; 8]).to_string())]);
            let answer = call_service(&app, request.to_request()).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} from {origin}");
        }
    }
    assert!(matches!(closed.shop.books.purchase(id).unwrap().stage, Stage::Paid { used: None, .. }));
}

#[actix_web::test]
async fn a_form_that_is_filled_in_wrongly_sells_nothing() {
    let closed = shop();
    let app = serve!(closed);
    let parking = |zone, position, plate, minutes| {
        ("/parking", vec![("zone", zone), ("position", position), ("plate", plate), ("minutes", minutes)])
    };
    let concert = |seat, count, day| ("/concert", vec![("seat", seat), ("count", count), ("day", day)]);
    for (path, form) in [
        parking("centre", "", "<script>", "30"),
        parking("nowhere", "", "FD318KX", "30"),
        parking("", "here", "FD318KX", "30"),
        parking("", "0,0", "FD318KX", "30"),
        parking("centre", "", "FD318KX", "45"),
        ("/nearby", vec![("position", "\"><script>alert(1)</script>")]),
        ("/route", vec![("from", "gare"), ("to", "nowhere")]),
        ("/route", vec![("from", ""), ("position", ""), ("to", "gare")]),
        concert("stalls", "1", "2020-01-04"),
        concert("royal", "1", "2020-01-04"),
        ("/news", vec![("article", "none")]),
    ] {
        let answer = call_service(&app, TestRequest::post().uri(path).set_form(&form).to_request()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path} {form:?}");
        let page = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        assert!(!page.contains("<script"), "{path} {form:?}");
        elements(&page);
    }
}

#[actix_web::test]
async fn nothing_that_is_typed_comes_back_as_markup() {
    let closed = shop();
    let app = serve!(closed);
    let attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/{attack}"),
        format!("/purchase/{attack}"),
        format!("/advantages?position={attack}"),
        format!("/back/{attack}?meteore-order={attack}&meteore-digest={attack}&meteore-cancelled={attack}"),
        "/a'b\"c".replace('"', "%22"),
    ] {
        let answer = call_service(&app, TestRequest::get().uri(&path).to_request()).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        let page = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        assert!(!page.contains("<script"), "{path}");
        elements(&page);
    }
}

#[actix_web::test]
async fn the_choice_of_a_language_leads_to_a_page_of_ours() {
    let closed = shop();
    let app = serve!(closed);
    for (to, expected) in [
        ("/tram", "/tram"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/%0d%0aset-cookie:a", "/"),
        ("", "/"),
    ] {
        let request = TestRequest::get().uri(&format!("/language/fr?to={to}")).to_request();
        let answer = call_service(&app, request).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers().get(LOCATION).unwrap(), expected, "{to}");
        let cookie = answer.response().cookies().next().unwrap();
        assert_eq!((cookie.name(), cookie.value(), cookie.http_only()), ("language", "fr", Some(true)));
    }
    let request = TestRequest::get().uri("/language/xx").to_request();
    assert_eq!(call_service(&app, request).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn offers_are_shown_to_those_who_asked_for_them() {
    let closed = shop();
    let app = serve!(closed);
    let now = now();
    for promise in &Sales::of_rivenne().unwrap().campaigns {
        let (name, id) = (promise.id.clone(), payment_domain::CampaignId::from_bytes([9; 16]));
        let until = now.saturating_add_millis(86_400_000);
        closed.shop.books.promise(crate::books::CampaignRecord { name, id, from: now, until }).unwrap();
    }
    for (interests, place, count) in [
        ("", "", 0),
        ("culture", "", 1),
        ("culture.car.transport.news", "", 4),
        ("culture.car", "?position=46.2040,6.0047", 2),
        ("culture.car", "?position=46.1912,5.9761", 0),
        ("nonsense", "", 0),
    ] {
        let request = TestRequest::get().uri(&format!("/advantages{place}"));
        let request = request.insert_header(("cookie", format!("interests={interests}")));
        let page = read_body(call_service(&app, request.to_request()).await).await;
        let page = String::from_utf8(page.to_vec()).unwrap();
        let found = page.matches("https://localhost:8444/campaigns/09090909-").count();
        assert_eq!(found, count, "{interests} {place}");
    }
    let form = [("car", "on"), ("evil", "on")];
    let answer = call_service(&app, TestRequest::post().uri("/advantages").set_form(form).to_request()).await;
    let cookie = answer.response().cookies().next().unwrap();
    assert_eq!((cookie.name(), cookie.value()), ("interests", "car"));
    let answer = call_service(&app, TestRequest::post().uri("/advantages/forget").to_request()).await;
    assert_eq!(
        answer.response().cookies().next().unwrap().max_age(),
        Some(actix_web::cookie::time::Duration::ZERO)
    );
}

#[actix_web::test]
async fn while_the_gateway_is_away_nothing_is_sold_and_no_seat_is_kept() {
    let closed = shop();
    let app = serve!(closed);
    let day = crate::sales::Concert::next_day(closed.shop.town.local(now()).date()).to_string();
    let form = [("seat", "stalls"), ("count", "4"), ("day", day.as_str())];
    let answer = call_service(&app, TestRequest::post().uri("/concert").set_form(form).to_request()).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(closed.shop.books.left(Seat::Stalls, &day, now()), 40);
    let id = closed.bought(1, Item::Tram);
    let back = format!(
        "/back/{id}?meteore-order=0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6&meteore-digest={}",
        Digest::new([1; 32])
    );
    let answer = call_service(&app, TestRequest::get().uri(&back).to_request()).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(closed.shop.books.purchase(id).unwrap().stage, Stage::Open);
}

#[actix_web::test]
async fn a_callback_without_our_signature_is_refused() {
    let closed = shop();
    let app = serve!(closed);
    let request = TestRequest::post().uri("/receipts").set_payload("<PaymentReceipt/>").to_request();
    assert_eq!(call_service(&app, request).await.status(), StatusCode::UNAUTHORIZED);
}
