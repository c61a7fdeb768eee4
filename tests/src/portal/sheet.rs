//! A form as it stands on a page, for whoever fills in what its page did not mean.

use super::attribute;

/// A form.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Where it is sent.
    pub action: String,
    /// Whether it looks something up instead of doing something.
    pub looks_up: bool,
    /// The names of the fields in which one writes.
    pub texts: Vec<String>,
    /// What is sent if nobody touches it; of a choice the last one.
    given: Vec<(String, String)>,
}

impl Sheet {
    /// Reads what follows a `<form `.
    pub(super) fn read(markup: &str) -> Option<Self> {
        let (form, _) = markup.split_once("</form>")?;
        let (head, body) = form.split_once('>')?;
        let looks_up = attribute(head, "method").as_deref() == Some("get");
        let mut sheet = Self { action: attribute(head, "action")?, looks_up, ..Self::default() };
        for input in body.split("<input ").skip(1) {
            let input = input.split_once('>').map_or(input, |(input, _)| input);
            let value = attribute(input, "value").unwrap_or_default();
            let Some(name) = attribute(input, "name") else { continue };
            match attribute(input, "type").as_deref() {
                Some("checkbox") => {}
                Some("hidden" | "radio") => sheet.give(name, value),
                _ => {
                    sheet.texts.push(name.clone());
                    sheet.give(name, value);
                }
            }
        }
        for area in body.split("<textarea ").skip(1) {
            sheet.texts.extend(attribute(area, "name"));
        }
        for choice in body.split("<select ").skip(1) {
            let choice = choice.split_once("</select>").map_or(choice, |(choice, _)| choice);
            let option =
                choice.split("<option ").skip(1).filter_map(|option| attribute(option, "value")).last();
            if let Some((name, value)) = attribute(choice, "name").zip(option) {
                sheet.give(name, value);
            }
        }
        Some(sheet)
    }

    /// What is sent with a text in one field.
    #[must_use]
    pub fn with(&self, field: &str, text: &str) -> Vec<(String, String)> {
        let others = self.given.iter().filter(|(name, _)| name != field).cloned();
        others.chain([(field.to_owned(), text.to_owned())]).collect()
    }

    fn give(&mut self, name: String, value: String) {
        self.given.retain(|(other, _)| *other != name);
        self.given.push((name, value));
    }
}
