//! The team: who may do what, and who is invited.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::links::Nothing;
use super::{bank, say};
use crate::page::{Block, Field, FieldKind, Form, Inline, Page, Section, Weight};
use crate::people::team::{self, Changed, Invitation, Member};
use crate::people::{People, Reach};
use crate::web::{Fault, Filled, MemberRole, Visitor};
use crate::words::{Value, Words};

/// An invitation that is filled in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    reach: String,
    #[serde(default)]
    role: String,
}

/// Lists both.
pub(super) async fn list(visitor: Visitor) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let page = page(&visitor, &Sheet::default(), None).await?;
    visitor.show(page)
}

/// Invites somebody.
pub(super) async fn invite(
    visitor: Visitor,
    people: Data<People>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let words = visitor.words();
    let role = MemberRole::parse(&sheet.role).ok_or_else(Fault::invalid)?;
    let Some(reach) = Reach::parse(sheet.reach.trim()) else {
        let wrong = words.say("merchant-team-reach-wrong");
        let page = page(&visitor, &sheet, Some(wrong)).await?;
        return visitor.show_again(page);
    };
    let details = bank::details(&visitor).await?;
    let party = visitor.need_person()?.party.to_string();
    let merchant = details.bank.map_or(party, |bank| bank.account.holder.as_str().to_owned());
    let changed = team::invite(&visitor, &people, &reach, role, &merchant).await?;
    Ok(after(&visitor, changed, words.say("merchant-team-invited")))
}

/// Gives somebody another role.
pub(super) async fn set_role(
    visitor: Visitor,
    path: Path<i64>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let role = MemberRole::parse(&sheet.role).ok_or_else(Fault::invalid)?;
    let changed = team::set_role(&visitor, *path, role).await?;
    Ok(after(&visitor, changed, visitor.words().say("merchant-team-changed")))
}

/// Removes somebody.
pub(super) async fn remove(
    visitor: Visitor,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    let changed = team::remove(&visitor, *path).await?;
    Ok(after(&visitor, changed, visitor.words().say("merchant-team-removed")))
}

/// Takes an invitation back.
pub(super) async fn withdraw(
    visitor: Visitor,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    visitor.need(MemberRole::Owner)?;
    team::withdraw(&visitor, *path).await?;
    Ok(after(&visitor, Changed::Done, visitor.words().say("merchant-team-withdrawn")))
}

fn after(visitor: &Visitor, changed: Changed, done: String) -> HttpResponse {
    let words = visitor.words();
    let notice = match changed {
        Changed::Done => say::good(done),
        Changed::LastOwner => say::bad(words.say("merchant-team-last-owner")),
        Changed::TooMany => say::bad(words.say("merchant-team-too-many")),
        Changed::NotTold => say::bad(words.say("merchant-team-not-told")),
    };
    visitor.go("/team", Some(notice))
}

async fn page(visitor: &Visitor, sheet: &Sheet, fault: Option<String>) -> Result<Page, Fault> {
    let words = visitor.words();
    let members = team::members(visitor).await?;
    let invitations = team::invitations(visitor).await?;
    let mut page = Page::new(words.say("merchant-menu-team"), "/team");
    for member in &members {
        page = page.with(member_section(words, member));
    }
    for invitation in &invitations {
        page = page.with(invitation_section(words, invitation));
    }
    Ok(page.with(Section::new(words.say("merchant-team-invite")).with(Form {
        action: "/team/invite".to_owned(),
        fields: vec![
            Field {
                hint: Some(words.say("merchant-team-reach-hint")),
                fault,
                autocomplete: Some("off"),
                ..say::field("reach", words.say("merchant-team-reach"), FieldKind::Text, &sheet.reach)
            },
            role_field(words, MemberRole::parse(&sheet.role).unwrap_or(MemberRole::Viewer)),
        ],
        submit: words.say("merchant-team-invite-do"),
        ..Form::default()
    })))
}

fn role(words: Words, role: MemberRole) -> String {
    match role {
        MemberRole::Viewer => words.say("merchant-role-viewer"),
        MemberRole::Manager => words.say("merchant-role-manager"),
        MemberRole::Owner => words.say("merchant-role-owner"),
    }
}

fn role_field(words: Words, chosen: MemberRole) -> Field {
    let choices = MemberRole::ALL.map(|one| (one.as_str().to_owned(), role(words, one)));
    say::field("role", words.say("merchant-team-role"), FieldKind::Choice(choices.into()), chosen.as_str())
}

fn member_section(words: Words, member: &Member) -> Section {
    let reach = member.known.reach().map(|reach| reach.reveal().to_owned()).unwrap_or_default();
    let section = Section::new(member.known.greeting()).with(Block::Facts(vec![
        say::fact(words.say("merchant-team-reach"), Inline::Muted(reach)),
        say::fact(words.say("merchant-team-role"), role(words, member.role)),
        say::fact(words.say("merchant-team-since"), words.day(member.since)),
    ]));
    if member.me {
        return section;
    }
    section
        .with(Form {
            action: format!("/team/{}/role", member.id),
            fields: vec![role_field(words, member.role)],
            submit: words.say("merchant-team-change"),
            weight: Weight::Quiet,
            ..Form::default()
        })
        .with(Form {
            action: format!("/team/{}/remove", member.id),
            submit: words.say("merchant-team-remove"),
            weight: Weight::Grave,
            ..Form::default()
        })
}

fn invitation_section(words: Words, invitation: &Invitation) -> Section {
    let until = [("day", Value::from(words.day(invitation.until)))];
    Section::new(invitation.reach.reveal())
        .with(Block::Facts(vec![
            say::fact(words.say("merchant-team-role"), role(words, invitation.role)),
            say::fact(words.say("merchant-team-invitation"), words.say_with("merchant-team-until", &until)),
        ]))
        .with(Form {
            action: format!("/team/invitations/{}/withdraw", invitation.id),
            submit: words.say("merchant-team-withdraw"),
            weight: Weight::Grave,
            ..Form::default()
        })
}
