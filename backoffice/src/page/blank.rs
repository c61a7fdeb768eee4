//! A form as it is printed: its fields numbered, and what must not be shown apart from what is.

use super::inline::is_own;
use super::{Ceremony, Field, FieldKind, Form};

/// More choices than these are folded into a list.
const RADIOS_AT_MOST: usize = 4;

/// A form that is ready to be filled in.
pub(super) struct Blank<'a> {
    pub(super) form: &'a Form,
    /// Names and values that are sent but not shown.
    pub(super) hidden: Vec<(&'a str, &'a str)>,
    /// What is filled in.
    pub(super) lines: Vec<Line<'a>>,
}

/// A field with its number.
pub(super) struct Line<'a> {
    pub(super) field: &'a Field,
    /// For `id`, once on a page.
    pub(super) id: String,
    /// For `aria-describedby`: the ids of the hint and of the fault, as far as there are any.
    pub(super) described: String,
    /// Whether the browser may send the form without it.
    pub(super) required: bool,
    /// The choices, where they are so few that all of them are shown.
    pub(super) radios: bool,
    /// Whether writing starts here: the first field with a fault.
    pub(super) first: bool,
    /// The name of the group that begins with it.
    pub(super) opens: Option<&'a str>,
    /// Whether its group ends with it.
    pub(super) closes: bool,
}

/// Counts the forms of a page.
#[derive(Default)]
pub(super) struct Numbering(u32);

impl<'a> Blank<'a> {
    pub(super) fn new(form: &'a Form, token: &'a str, numbering: &mut Numbering) -> Self {
        let number = numbering.next();
        let shown = |field: &&Field| field.kind != FieldKind::Hidden;
        let mut hidden: Vec<_> = form
            .fields
            .iter()
            .filter(|field| !shown(field))
            .map(|field| (field.name, field.value.as_str()))
            .collect();
        if !form.looks_up {
            hidden.push((super::TOKEN_FIELD, token));
        }
        if let Some(ceremony) = &form.ceremony
            && form.fields.iter().all(|field| field.name != ceremony.field)
        {
            hidden.push((ceremony.field, ""));
        }
        let faulty = form.fields.iter().find(|field| field.fault.is_some()).map(|field| field.name);
        let mut lines: Vec<Line<'a>> = Vec::new();
        for field in form.fields.iter().filter(shown) {
            let mut line = Line::new(field, form, number, faulty);
            let before = lines.last_mut().filter(|before| before.field.group == field.group);
            match before {
                Some(before) => before.closes = false,
                None => line.opens = field.group.as_deref(),
            }
            lines.push(line);
        }
        Self { form, hidden, lines }
    }

    /// A form never leaves the portal: one that would is not shown at all.
    pub(super) fn is_ours(&self) -> bool {
        is_own(&self.form.action)
    }

    pub(super) fn ceremony(&self) -> Option<&'a Ceremony> {
        self.form.ceremony.as_ref()
    }
}

impl<'a> Line<'a> {
    fn new(field: &'a Field, form: &Form, number: u32, faulty: Option<&str>) -> Self {
        let id = format!("f{number}-{}", field.name);
        let hint = field.hint.as_ref().map(|_| format!("{id}-hint"));
        let fault = field.fault.as_ref().map(|_| format!("{id}-fault"));
        let described: Vec<_> = [hint, fault].into_iter().flatten().collect();
        let required = !form.looks_up
            && !field.optional
            && !matches!(field.kind, FieldKind::Tick { .. } | FieldKind::Hidden);
        let radios = !form.looks_up
            && matches!(&field.kind, FieldKind::Choice(choices) if choices.len() <= RADIOS_AT_MOST);
        Self {
            field,
            id,
            described: described.join(" "),
            required,
            radios,
            first: faulty == Some(field.name),
            opens: None,
            // Until the next one turns out to belong to it.
            closes: field.group.is_some(),
        }
    }

    /// Whether it is marked as optional: where it looks something up, everything is.
    pub(super) fn marked_optional(&self, blank: &Blank<'_>) -> bool {
        self.field.optional && !blank.form.looks_up && !matches!(self.field.kind, FieldKind::Tick { .. })
    }

    /// `type`, `inputmode` and what `autocomplete` is usual, of a field of one line.
    pub(super) fn input(&self) -> (&'static str, &'static str, &'static str) {
        match self.field.kind {
            FieldKind::Email => ("email", "email", "email"),
            FieldKind::Telephone => ("tel", "tel", "tel"),
            FieldKind::Code => ("text", "numeric", "one-time-code"),
            FieldKind::Amount => ("text", "decimal", "off"),
            FieldKind::Count => ("text", "numeric", "off"),
            FieldKind::Day => ("date", "", ""),
            FieldKind::Text
            | FieldKind::Lines
            | FieldKind::Choice(_)
            | FieldKind::Tick { .. }
            | FieldKind::Hidden => ("text", "", ""),
        }
    }

    /// Lines that a field of several lines shows: what is in it, within reason.
    pub(super) fn rows(&self) -> usize {
        self.field.value.lines().count().saturating_add(1).clamp(4, 30)
    }

    /// Whether a list begins with an invitation to choose: nothing in it is chosen yet, and something must be.
    pub(super) fn invites(&self) -> bool {
        match &self.field.kind {
            FieldKind::Choice(choices) => {
                self.required && choices.iter().all(|(value, _)| *value != self.field.value)
            }
            _ => false,
        }
    }
}

impl Numbering {
    const fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}
