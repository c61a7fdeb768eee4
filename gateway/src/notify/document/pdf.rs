//! A sheet as PDF: A4 pages of real text in built-in fonts, the same bytes whenever it is made.
//!
//! Lengths are whole tenths of a point; the coordinate system of each page is scaled once, so that nothing here
//! computes with fractions. What this must not do: decide what the document says.

mod font;
mod paper;

use pdf_writer::{Date, Finish as _, Name, Pdf, Rect, Ref, TextStr};

use super::amount::date_time;
use super::sheet::{Sheet, Table};
use font::Font;
use paper::{Align, LEFT, Paper, RIGHT};

const BODY: i16 = 100;
const SMALL: i16 = 80;
const LINE: i16 = 145;
const SMALL_LINE: i16 = 110;

/// The sheet as a PDF file.
pub(super) fn to_pdf(sheet: &Sheet) -> Vec<u8> {
    let mut paper = Paper::new();
    head(&mut paper, sheet);
    account(&mut paper, sheet);
    if let Some(table) = &sheet.table {
        details(&mut paper, table);
    }
    paper.gap(150);
    for note in &sheet.notes {
        paper.gap(50);
        for line in paper::wrap(note, Font::Regular, SMALL, RIGHT.saturating_sub(LEFT)) {
            paper.room(SMALL_LINE);
            paper.down(SMALL_LINE);
            paper.show(&line, LEFT, Align::Left, Font::Regular, SMALL);
        }
    }
    write(sheet, paper)
}

fn head(paper: &mut Paper, sheet: &Sheet) {
    paper.down(LINE);
    paper.show(&sheet.issuer, LEFT, Align::Left, Font::Regular, BODY);
    for line in paper::wrap(&sheet.title, Font::Bold, 200, RIGHT.saturating_sub(LEFT)) {
        paper.down(280);
        paper.show(&line, LEFT, Align::Left, Font::Bold, 200);
    }
    paper.gap(120);
    let values = LEFT.saturating_add(1200);
    for fact in &sheet.facts {
        let lines = paper::wrap(&fact.value, Font::Regular, BODY, RIGHT.saturating_sub(values));
        for (index, line) in lines.iter().enumerate() {
            paper.room(LINE);
            paper.down(LINE);
            if index == 0 {
                paper.show(&fact.label, LEFT, Align::Left, Font::Regular, BODY);
            }
            paper.show(line, values, Align::Left, Font::Regular, BODY);
        }
    }
    paper.gap(150);
}

fn account(paper: &mut Paper, sheet: &Sheet) {
    for sum in &sheet.sums {
        let font = if sum.is_total { Font::Bold } else { Font::Regular };
        paper.room(LINE.saturating_mul(2));
        if sum.is_total {
            paper.rule(10);
        }
        paper.down(LINE);
        paper.show(&sum.label, LEFT, Align::Left, font, BODY);
        paper.show(&sum.amount, RIGHT, Align::Right, font, BODY);
    }
}

/// The columns' names stand on every page that the table reaches.
fn details(paper: &mut Paper, table: &Table) {
    // The title stays with the first row.
    paper.room(LINE.saturating_mul(5));
    paper.gap(200);
    paper.down(LINE);
    paper.show(&table.title, LEFT, Align::Left, Font::Bold, 120);
    paper.gap(30);
    row(paper, &table.heads, Font::Bold);
    for line in &table.rows {
        if paper.room(LINE) {
            row(paper, &table.heads, Font::Bold);
        }
        row(paper, line, Font::Regular);
    }
}

fn row(paper: &mut Paper, (first, second, third): &(String, String, String), font: Font) {
    let counts = RIGHT.saturating_sub(1400);
    let name = paper::wrap(first, font, BODY, counts.saturating_sub(LEFT).saturating_sub(700));
    for (index, line) in name.iter().enumerate() {
        paper.room(LINE);
        paper.down(LINE);
        paper.show(line, LEFT, Align::Left, font, BODY);
        if index == 0 {
            paper.show(second, counts, Align::Right, font, BODY);
            paper.show(third, RIGHT, Align::Right, font, BODY);
        }
    }
    if font == Font::Bold {
        paper.rule(5);
    }
}

/// The objects of the file: catalog, page tree, information, two fonts, and two for each page.
fn write(sheet: &Sheet, paper: Paper) -> Vec<u8> {
    let mut ids = (1..).map(Ref::new);
    let mut next = || ids.next().unwrap_or(Ref::new(1));
    let (catalog, tree, information, regular, bold) = (next(), next(), next(), next(), next());
    let contents = paper.finish(|page, pages| format!("{}, page {page} of {pages}", sheet.title));
    let pages: Vec<_> = contents.into_iter().map(|content| (next(), next(), content)).collect();

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr("en"));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|(page, _, _)| *page)).count(count);
    let mut about = pdf.document_info(information);
    about.title(TextStr(&sheet.title)).author(TextStr(&sheet.issuer)).producer(TextStr("meteore"));
    about.creation_date(created(sheet));
    about.finish();
    for (id, name) in [(regular, &b"Helvetica"[..]), (bold, b"Helvetica-Bold")] {
        pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (id, content_id, content) in &pages {
        let mut page = pdf.page(*id);
        page.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(*content_id);
        page.resources()
            .fonts()
            .pair(Name(Font::Regular.resource()), regular)
            .pair(Name(Font::Bold.resource()), bold);
        page.finish();
        pdf.stream(*content_id, content);
    }
    pdf.finish()
}

fn created(sheet: &Sheet) -> Date {
    let at = date_time(sheet.issued_at);
    let year = u16::try_from(at.year()).unwrap_or(1970);
    Date::new(year)
        .month(u8::from(at.month()))
        .day(at.day())
        .hour(at.hour())
        .minute(at.minute())
        .second(at.second())
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
