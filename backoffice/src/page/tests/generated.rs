//! Pages made of a list of kinds, with whatever words and addresses somebody wants to try in every place.

use crate::page::*;

/// A page with what stands around it.
pub(crate) struct Sheet {
    pub(crate) page: Page,
    pub(crate) frame: Frame,
    /// Words that old phones are not told.
    aside: Vec<String>,
}

/// Every kind of block, field, run and tone at least once.
pub(crate) const EVERY_KIND: [u8; 44] = {
    let mut kinds = [0; 44];
    let mut at = 0;
    while at < kinds.len() {
        kinds[at] = at as u8;
        at += 1;
    }
    kinds
};

struct Scribe<'a> {
    words: &'a mut dyn FnMut(usize) -> String,
    places: &'a mut dyn FnMut(usize) -> String,
    number: usize,
    /// All words so far.
    made: Vec<String>,
    aside: Vec<String>,
}

pub(crate) fn page_of(
    kinds: &[u8],
    words: &mut dyn FnMut(usize) -> String,
    places: &mut dyn FnMut(usize) -> String,
) -> Sheet {
    let mut scribe = Scribe { words, places, number: 0, made: Vec::new(), aside: Vec::new() };
    let mut page = Page::new(scribe.word(), "/here");
    page.state = Some(scribe.chip(0));
    page.notice = Some(Notice { tone: Tone::Bad, text: scribe.word() });
    page.blocks = kinds.iter().map(|kind| scribe.block(*kind)).collect();
    let frame = scribe.frame();
    Sheet { page, frame, aside: scribe.aside }
}

impl Sheet {
    pub(crate) fn of(page: Page, frame: Frame) -> Self {
        Self { page, frame, aside: Vec::new() }
    }

    pub(crate) fn is_aside(&self, word: &str) -> bool {
        self.aside.iter().any(|aside| aside == word)
    }
}

impl Scribe<'_> {
    fn word(&mut self) -> String {
        self.number += 1;
        let word = (self.words)(self.number);
        self.made.push(word.clone());
        word
    }

    fn aside(&mut self) -> String {
        let word = self.word();
        self.aside.push(word.clone());
        word
    }

    fn link(&mut self) -> Link {
        self.number += 1;
        Link::new((self.places)(self.number), self.word())
    }

    fn chip(&mut self, kind: u8) -> Chip {
        let tone = [Tone::Plain, Tone::Good, Tone::Waiting, Tone::Bad][usize::from(kind) % 4];
        Chip { tone, words: self.word() }
    }

    fn runs(&mut self) -> Vec<Inline> {
        vec![
            Inline::Text(self.word()),
            Inline::Strong(self.word()),
            Inline::Muted(self.word()),
            Inline::Code(self.word()),
            Inline::Link(self.link()),
            Inline::Chip(self.chip(1)),
            Inline::Break,
            Inline::Time(self.word(), self.aside()),
        ]
    }

    fn block(&mut self, kind: u8) -> Block {
        match kind % 44 {
            0 => Block::Section(Section {
                title: self.word(),
                state: Some(self.chip(kind)),
                more: Some(self.link()),
                blocks: (1..16).map(|kind| self.block(kind)).collect(),
            }),
            1 => Block::Paragraph(self.runs()),
            2 => Block::Tiles(vec![self.tile(Some(18)), self.tile(Some(255)), self.tile(None)]),
            3 => Block::Amount(self.word()),
            4 => Block::Explained(self.word(), self.word()),
            5 => Block::Facts(vec![(self.word(), self.runs()), (self.word(), self.runs())]),
            6 => Block::Table(self.table(2)),
            7 => Block::Table(self.table(0)),
            8 => Block::Chart(self.chart(7)),
            9 => Block::Chart(self.chart(0)),
            10 => Block::TimeLine((0..2).map(|_| self.moment()).collect()),
            11 => Block::Actions(vec![self.link(), self.link()]),
            12 => Block::Verbatim { label: self.word(), text: self.word() },
            13 => Block::Seal(self.runs()),
            14 => Block::Equation((0..4).map(|_| (self.word(), self.word())).collect()),
            15 => Block::Empty { text: self.word(), link: Some(self.link()) },
            16 => Block::Section(Section {
                title: self.word(),
                blocks: vec![Block::Section(Section::new(self.word()))],
                ..Section::default()
            }),
            17 => Block::Empty { text: self.word(), link: None },
            18 => Block::Facts(Vec::new()),
            kind => Block::Form(self.form(kind)),
        }
    }

    fn tile(&mut self, share: Option<u8>) -> Tile {
        Tile {
            label: self.word(),
            value: self.word(),
            detail: if share.is_none() { Vec::new() } else { self.runs() },
            meter: share.map(|share| (share, self.word())),
        }
    }

    fn table(&mut self, rows: usize) -> Table {
        // The first column needs no name on a phone, and what is minor is not shown there.
        let columns = if rows == 0 {
            Vec::new()
        } else {
            let (first, minor) = (self.aside(), self.aside());
            let numbers = Column::numbers(self.word());
            vec![Column::words(first), numbers, Column::words(minor).minor(), Column::words("")]
        };
        let row = |scribe: &mut Self| {
            let minor = vec![Inline::Text(scribe.aside())];
            vec![scribe.runs(), scribe.runs(), minor, scribe.runs()]
        };
        Table {
            caption: if rows == 0 { String::new() } else { self.aside() },
            rows: (0..rows).map(|_| row(self)).collect(),
            columns,
            empty: if rows == 0 { self.word() } else { String::new() },
            newer: Some(self.link()),
            older: Some(self.link()),
        }
    }

    fn chart(&mut self, bars: u64) -> Chart {
        Chart {
            title: self.word(),
            summary: self.word(),
            headings: (self.aside(), self.aside()),
            bars: (0..bars).map(|height| Bar { label: self.word(), height, value: self.word() }).collect(),
        }
    }

    fn moment(&mut self) -> Moment {
        Moment { at: self.word(), machine: self.aside(), what: self.runs() }
    }

    /// With two fields: one bare, and one with all that a field can have.
    fn form(&mut self, kind: u8) -> Form {
        let before = self.made.len();
        self.number += 1;
        let action = (self.places)(self.number);
        let looks_up = kind.is_multiple_of(2);
        let fields = vec![self.field(kind / 2, "first", false), self.field(kind / 2, "second", true)];
        let ceremony = (kind % 4 == 1).then(|| Ceremony {
            creates: kind % 8 == 1,
            options: self.aside(),
            field: "credential",
            without: self.word(),
        });
        let weight = [Weight::Main, Weight::Quiet, Weight::Grave][usize::from(kind) % 3];
        let form = Form { action, looks_up, fields, submit: self.word(), weight, ceremony };
        if form.ceremony.is_some() {
            // No phone of that age has passkeys.
            self.aside.extend_from_slice(&self.made[before..]);
        }
        form
    }

    fn field(&mut self, kind: u8, name: &'static str, full: bool) -> Field {
        let few = |scribe: &mut Self, count: u8| (0..count).map(|_| (scribe.word(), scribe.word())).collect();
        let kind = match kind % 12 {
            0 => FieldKind::Text,
            1 => FieldKind::Lines,
            2 => FieldKind::Email,
            3 => FieldKind::Telephone,
            4 => FieldKind::Code,
            5 => FieldKind::Amount,
            6 => FieldKind::Day,
            7 => FieldKind::Choice(few(self, 3)),
            8 => FieldKind::Choice(few(self, 7)),
            9 => FieldKind::Tick { chosen: full },
            10 => FieldKind::Count,
            _ => FieldKind::Hidden,
        };
        let shown = kind != FieldKind::Hidden;
        let chosen = matches!(kind, FieldKind::Choice(_));
        Field {
            name,
            label: if shown { self.word() } else { String::new() },
            kind,
            value: if chosen { String::new() } else { self.word() },
            hint: (full && shown).then(|| self.word()),
            fault: (full && shown).then(|| self.word()),
            optional: full,
            autocomplete: full.then_some("name"),
            group: (full && shown).then(|| self.word()),
        }
    }

    fn frame(&mut self) -> Frame {
        Frame {
            language: "en",
            languages: vec![self.link(), self.link()],
            name: self.word(),
            menu: (0..12).map(|_| self.link()).collect(),
            who: Some(self.word()),
            leave: Some("/sign-out"),
            token: self.word(),
            test: true,
            words: FrameWords {
                skip: self.aside(),
                menu: self.aside(),
                leave: self.word(),
                test: self.word(),
                // Never beside the other one.
                live: String::new(),
                as_table: self.aside(),
                optional: self.word(),
                languages: self.aside(),
                pages: self.aside(),
                choose: self.word(),
                copy: self.aside(),
                copied: self.aside(),
                cancelled: self.aside(),
            },
        }
    }
}
