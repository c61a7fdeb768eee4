//! Money back: an order that the merchant's key signs, once, however often the button is pressed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use payment_domain::{MerchantId, Money, RefundId, RefundOrder};
use payment_message::Message;

use super::act::{self, Wanted, new_id};
use super::payment::{find, left};
use super::{Shop, hosted, requests, say};
use crate::page::{Block, Field, FieldKind, Form, Inline, Link, Notice, Page, Weight};
use crate::sales::Sale;
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// Asks how much.
pub(super) async fn ask(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let sale = find(&visitor, &shop, &path).await?;
    let words = visitor.words();
    if hosted::until(&visitor, &*shop.authority).await?.is_none() {
        return visitor.show(without_key(words, &sale));
    }
    // As much as is asked for, if somebody asks.
    let asked = requests::open_about(&visitor, &sale).await?.map(|request| request.amount);
    let amount = asked.filter(|asked| asked.micros() <= left(&sale).micros()).unwrap_or(left(&sale));
    let wanted = Wanted { id: new_id(&visitor)?, amount: amount.decimal() };
    visitor.show(page(words, &sale, &wanted, None))
}

/// Gives it back.
pub(super) async fn order(
    visitor: Visitor,
    shop: Data<Shop>,
    path: Path<String>,
    Filled(wanted): Filled<Wanted>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Manager)?;
    let person = visitor.need_fresh()?.clone();
    let words = visitor.words();
    let sale = find(&visitor, &shop, &path).await?;
    let refund_id = RefundId::parse(&wanted.id).map_err(|_| Fault::invalid())?;
    let Some(amount) = say::read_amount(&wanted.amount, sale.paid.currency()) else {
        return visitor.show_again(page(words, &sale, &wanted, Some(words.say("merchant-amount-wrong"))));
    };
    let message = Message::RefundOrder(RefundOrder {
        refund_id,
        order_id: sale.order,
        merchant: MerchantId::new(person.party),
        amount,
        created_at: visitor.now(),
    });
    // How much is left is the core's to say: it counts what is under way, and what others have just given back.
    let (outcome, sent) = act::perform(&visitor, &shop, "refund", &message).await?;
    let amount = match sent {
        Message::RefundOrder(sent) if sent.order_id == sale.order => sent.amount,
        _ => return Err(Fault::invalid()),
    };
    act::tell(
        &visitor,
        &sale,
        (outcome, wanted),
        |pending| done(words, amount, pending),
        |wanted, fault| page(words, &sale, wanted, fault),
        || without_key(words, &sale),
    )
}

fn done(words: Words, amount: Money, pending: bool) -> Notice {
    let amount = [("amount", Value::from(words.money(amount)))];
    say::good(if pending {
        words.say_with("merchant-refund-begun", &amount)
    } else {
        words.say_with("merchant-refund-done", &amount)
    })
}

fn page(words: Words, sale: &Sale, wanted: &Wanted, fault: Option<String>) -> Page {
    let explained = words.say_with(
        "merchant-refund-left",
        &[("amount", Value::from(words.money(left(sale)))), ("title", Value::from(sale.title.as_str()))],
    );
    Page::new(words.say("merchant-refund"), "/payments")
        .with(Block::Paragraph(vec![Inline::Text(explained)]))
        .with(Form {
            action: format!("/payments/{}/refund", sale.order),
            fields: vec![
                say::field("id", String::new(), FieldKind::Hidden, &wanted.id),
                Field {
                    fault,
                    hint: Some(sale.paid.currency().to_string()),
                    ..say::field(
                        "amount",
                        words.say("merchant-column-amount"),
                        FieldKind::Amount,
                        &wanted.amount,
                    )
                },
            ],
            submit: words.say("merchant-refund-do"),
            weight: Weight::Grave,
            ..Form::default()
        })
        .with(Block::Actions(vec![Link::new(
            format!("/payments/{}", sale.order),
            words.say("merchant-back"),
        )]))
}

/// Where the portal keeps no key, the merchant signs refunds itself.
fn without_key(words: Words, sale: &Sale) -> Page {
    let back = Link::new(format!("/payments/{}", sale.order), words.say("merchant-back"));
    Page::new(words.say("merchant-refund"), "/payments").with(no_key(words)).with(Block::Actions(vec![back]))
}

/// What cannot be done without a key, and what to do about it.
pub(super) fn no_key(words: Words) -> Block {
    Block::Empty {
        text: words.say("merchant-no-key"),
        link: Some(Link::new("/certificates", words.say("merchant-host-key"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::tests::sale;
    use crate::words::Locale;

    #[test]
    fn a_refund_that_was_too_much_is_asked_for_again_with_what_is_wrong() {
        let words = Words::of(Locale::English);
        let wanted = Wanted { id: "x".into(), amount: "999".into() };
        let page = page(words, &sale("<img src=x>"), &wanted, Some("too much".into()));
        let form = page.blocks.iter().find_map(|block| match block {
            Block::Form(form) => Some(form),
            _ => None,
        });
        let amount = &form.unwrap().fields[1];
        assert_eq!((amount.value.as_str(), amount.fault.as_deref()), ("999", Some("too much")));
        assert!(page.title != "<img src=x>");
    }
}
