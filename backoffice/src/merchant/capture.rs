//! What was set aside for a payment: taken, all of it or a part, or released. Orders that the merchant's key signs, once,
//! however often the button is pressed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::{CaptureId, CaptureOrder, MerchantId, Money, VoidOrder};
use payment_message::Message;

use super::act::{self, Wanted, new_id};
use super::payment::find;
use super::refund::no_key;
use super::{Shop, hosted, say};
use crate::page::{Block, Field, FieldKind, Form, Inline, Link, Notice, Page, Weight};
use crate::sales::Sale;
use crate::sales::query::SaleState;
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Take,
    Release,
}

/// Asks how much to take.
pub(super) async fn ask(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    blank(&visitor, &shop, &path, Way::Take).await
}

/// Asks whether all of it is to be released.
pub(super) async fn ask_release(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    blank(&visitor, &shop, &path, Way::Release).await
}

async fn blank(visitor: &Visitor, shop: &Data<Shop>, path: &str, way: Way) -> Result<HttpResponse, Fault> {
    let sale = find(visitor, shop, path).await?;
    let words = visitor.words();
    if !is_aside(&sale) {
        let nothing = Block::Empty { text: words.say("merchant-nothing-aside"), link: None };
        return visitor.show(way.frame(words).with(nothing).with(back(words, &sale)));
    }
    if hosted::until(visitor, &*shop.authority).await?.is_none() {
        return visitor.show(without_key(words, &sale, way));
    }
    let wanted = Wanted { id: new_id(visitor)?, amount: sale.price.decimal() };
    visitor.show(page(words, &sale, way, &wanted, None))
}

/// Takes it.
pub(super) async fn take(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
    Filled(wanted): Filled<Wanted>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let person = visitor.need_fresh()?.clone();
    let words = visitor.words();
    let sale = find(&visitor, &shop, &path).await?;
    let capture_id = CaptureId::parse(&wanted.id).map_err(|_| Fault::invalid())?;
    let Some(amount) = say::read_amount(&wanted.amount, sale.price.currency()) else {
        let fault = Some(words.say("merchant-amount-wrong"));
        return visitor.show_again(page(words, &sale, Way::Take, &wanted, fault));
    };
    // Whether that much is set aside, and still is, is the core's to say.
    let message = Message::CaptureOrder(CaptureOrder {
        capture_id,
        order_id: sale.order,
        merchant: MerchantId::new(person.party),
        amount,
        created_at: visitor.now(),
    });
    send(&visitor, &shop, &sale, Way::Take, wanted, &message).await
}

/// Releases it.
pub(super) async fn release(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
    Filled(wanted): Filled<Wanted>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let person = visitor.need_fresh()?.clone();
    let sale = find(&visitor, &shop, &path).await?;
    let void_id = CaptureId::parse(&wanted.id).map_err(|_| Fault::invalid())?;
    let message = Message::VoidOrder(VoidOrder {
        void_id,
        order_id: sale.order,
        merchant: MerchantId::new(person.party),
        created_at: visitor.now(),
    });
    send(&visitor, &shop, &sale, Way::Release, wanted, &message).await
}

async fn send(
    visitor: &Visitor,
    shop: &Shop,
    sale: &Sale,
    way: Way,
    wanted: Wanted,
    message: &Message,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let (outcome, sent) = act::perform(visitor, shop, way.kind(), message).await?;
    // What was kept before under this id is what was sent: the first amount counts.
    let amount = match (way, sent) {
        (Way::Take, Message::CaptureOrder(sent)) if sent.order_id == sale.order => sent.amount,
        (Way::Release, Message::VoidOrder(sent)) if sent.order_id == sale.order => sale.price,
        _ => return Err(Fault::invalid()),
    };
    act::tell(
        visitor,
        sale,
        (outcome, wanted),
        |pending| way.done(words, amount, pending),
        |wanted, fault| page(words, sale, way, wanted, fault),
        || without_key(words, sale, way),
    )
}

/// Whether there is something to take or to release.
pub(super) fn is_aside(sale: &Sale) -> bool {
    sale.state == SaleState::Authorised
}

/// Both ways on, from a payment for which something is set aside.
pub(super) fn ways(words: Words, sale: &Sale) -> Block {
    let link = |way: Way| Link::new(way.action(sale), way.title(words));
    Block::Actions(vec![link(Way::Take), link(Way::Release)])
}

impl Way {
    const fn kind(self) -> &'static str {
        match self {
            Self::Take => "capture",
            Self::Release => "void",
        }
    }

    fn action(self, sale: &Sale) -> String {
        match self {
            Self::Take => format!("/payments/{}/capture", sale.order),
            Self::Release => format!("/payments/{}/release", sale.order),
        }
    }

    fn title(self, words: Words) -> String {
        match self {
            Self::Take => words.say("merchant-take"),
            Self::Release => words.say("merchant-release"),
        }
    }

    fn frame(self, words: Words) -> Page {
        Page::new(self.title(words), "/payments")
    }

    fn done(self, words: Words, amount: Money, pending: bool) -> Notice {
        let amount = [("amount", Value::from(words.money(amount)))];
        say::good(match (self, pending) {
            (Self::Take, false) => words.say_with("merchant-taken", &amount),
            (Self::Take, true) => words.say_with("merchant-take-begun", &amount),
            (Self::Release, false) => words.say_with("merchant-released", &amount),
            (Self::Release, true) => words.say_with("merchant-release-begun", &amount),
        })
    }
}

fn page(words: Words, sale: &Sale, way: Way, wanted: &Wanted, fault: Option<String>) -> Page {
    let aside =
        [("amount", Value::from(words.money(sale.price))), ("title", Value::from(sale.title.as_str()))];
    let mut fields = vec![say::field("id", String::new(), FieldKind::Hidden, &wanted.id)];
    let mut page = way.frame(words);
    let (about, submit) = match way {
        Way::Take => {
            fields.push(Field {
                fault,
                hint: Some(sale.price.currency().to_string()),
                ..say::field("amount", words.say("merchant-column-amount"), FieldKind::Amount, &wanted.amount)
            });
            (words.say_with("merchant-take-about", &aside), words.say("merchant-take-do"))
        }
        Way::Release => {
            // There is no field that it could stand at.
            page.notice = fault.map(say::bad);
            (words.say_with("merchant-release-about", &aside), words.say("merchant-release-do"))
        }
    };
    page.with(Block::Paragraph(vec![Inline::Text(about)]))
        .with(Form { action: way.action(sale), fields, submit, weight: Weight::Grave, ..Form::default() })
        .with(back(words, sale))
}

fn back(words: Words, sale: &Sale) -> Block {
    Block::Actions(vec![Link::new(format!("/payments/{}", sale.order), words.say("merchant-back"))])
}

/// Where the portal keeps no key, the merchant signs these orders itself.
fn without_key(words: Words, sale: &Sale, way: Way) -> Page {
    way.frame(words).with(no_key(words)).with(back(words, sale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::tests::sale;
    use crate::words::Locale;

    #[test]
    fn what_was_refused_is_said_where_it_can_be_put_right() {
        for locale in Locale::ALL {
            let words = Words::of(locale);
            let wanted = Wanted { id: "x".into(), amount: "999".into() };
            let form = |page: &Page| {
                page.blocks.iter().find_map(|block| match block {
                    Block::Form(form) => Some(form.clone()),
                    _ => None,
                })
            };
            let take = page(words, &sale("Tram"), Way::Take, &wanted, Some("too much".into()));
            let fields = form(&take).unwrap().fields;
            assert_eq!((fields[1].value.as_str(), fields[1].fault.as_deref()), ("999", Some("too much")));
            let release = page(words, &sale("Tram"), Way::Release, &wanted, Some("too late".into()));
            assert_eq!(form(&release).unwrap().fields.len(), 1, "the id, and nothing to fill in");
            assert_eq!(release.notice, Some(say::bad("too late".into())));
        }
    }
}
