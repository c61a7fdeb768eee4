//! A page of each portal as a reader would meet it, to be looked at.

use crate::page::*;
use crate::words::{Locale, Words};

/// Name, page and frame.
pub(crate) fn all() -> Vec<(&'static str, Page, Frame)> {
    vec![
        ("consumer", consumer(), frame("Meteore", &CONSUMER, Some("+33 6 12 34 56 78"))),
        (
            "checkout",
            checkout(),
            Frame {
                languages: Vec::from([Link::new("?lang=fr", "Français").in_language("fr")]),
                ..frame("Meteore", &[], None)
            },
        ),
        (
            "merchant",
            merchant(),
            Frame { test: true, ..frame("Parking Centro", &MERCHANT, Some("Anna, owner")) },
        ),
        (
            "operator",
            operator(),
            Frame {
                leave: None,
                ..frame(
                    "Operator",
                    &OPERATOR,
                    Some("signed in by certificate, A. operator:finance, until 12 Dec"),
                )
            },
        ),
        ("payment", payment(), frame("Meteore", &CONSUMER, Some("+33 6 12 34 56 78"))),
        ("form", form(), frame("Parking Centro", &MERCHANT, Some("Anna, owner"))),
        (
            "sign-in",
            sign_in(),
            Frame {
                languages: Vec::from([Link::new("?lang=fr", "Français").in_language("fr")]),
                ..frame("Meteore", &[], None)
            },
        ),
    ]
}

const CONSUMER: [(&str, &str); 8] = [
    ("/", "Home"),
    ("/payments", "Payments"),
    ("/bills", "Bills"),
    ("/top-up", "Top up"),
    ("/coupons", "Coupons"),
    ("/devices", "Phones and keys"),
    ("/alerts", "Alerts"),
    ("/privacy", "Privacy"),
];

const MERCHANT: [(&str, &str); 9] = [
    ("/", "Overview"),
    ("/payments", "Payments"),
    ("/refunds", "Refunds"),
    ("/payouts", "Payouts"),
    ("/items", "Items and pay links"),
    ("/campaigns", "Campaigns"),
    ("/callbacks", "Callbacks"),
    ("/keys", "Keys"),
    ("/team", "Team"),
];

const OPERATOR: [(&str, &str); 12] = [
    ("/", "System"),
    ("/merchants", "Merchants"),
    ("/consumers", "Consumers"),
    ("/ledger", "Ledger"),
    ("/periods", "Periods"),
    ("/payouts", "Payout batches"),
    ("/external", "External systems"),
    ("/certificates", "Certificates"),
    ("/messages", "Messages"),
    ("/policy", "Policy"),
    ("/risk", "Risk"),
    ("/audit", "Audit log"),
];

fn frame(name: &str, menu: &[(&str, &str)], who: Option<&str>) -> Frame {
    Frame {
        language: "en",
        languages: Vec::new(),
        name: name.to_owned(),
        menu: menu.iter().map(|(href, words)| Link::new(*href, *words)).collect(),
        who: who.map(str::to_owned),
        leave: who.map(|_| "/sign-out"),
        token: "7f3a1c".to_owned(),
        test: false,
        words: Words::of(Locale::English).frame(),
    }
}

fn text(words: &str) -> Cell {
    vec![words.into()]
}

fn two_lines(first: impl Into<Inline>, second: &str) -> Cell {
    vec![first.into(), Inline::Break, Inline::Muted(second.to_owned())]
}

fn muted(words: &str) -> Cell {
    vec![Inline::Muted(words.to_owned())]
}

fn chip(tone: Tone, words: &str) -> Cell {
    vec![Chip::new(tone, words).into()]
}

fn tile(label: &str, value: &str, detail: Cell) -> Tile {
    Tile { label: label.to_owned(), value: value.to_owned(), detail, meter: None }
}

fn consumer() -> Page {
    let limit = Tile {
        meter: Some((18, "€18.302 of €100 spent".to_owned())),
        ..tile("Monthly limit", "€100", muted("€81.698 left until 30 Nov"))
    };
    let row = |what: &str, when: &str, how: &str, state, amount: &str| {
        vec![two_lines(what, when), muted(how), state, text(amount)]
    };
    let payments = Table {
        caption: "Last payments".to_owned(),
        columns: vec![
            Column::words("What"),
            Column::words("How").minor(),
            Column::words("State"),
            Column::numbers("Amount"),
        ],
        rows: vec![
            row(
                "Parking Centro, zone 7",
                "today 14:40",
                "passkey · aggregated",
                chip(Tone::Good, "paid"),
                "€2.40",
            ),
            row(
                "La Gazzetta, one page",
                "today 08:12",
                "WAP, PIN · aggregated",
                chip(Tone::Good, "paid"),
                "€0.002",
            ),
            row(
                "Teatro Regio, 2 seats",
                "yesterday",
                "app · single, card",
                chip(Tone::Waiting, "bank is answering"),
                "€86.00",
            ),
            row(
                "Tram 4, single ticket",
                "18 Nov",
                "SMS code · aggregated",
                chip(Tone::Plain, "refunded"),
                "€1.70",
            ),
        ],
        ..Table::default()
    };
    Page::new("Good morning", "/")
        .with(Block::Tiles(vec![
            tile("Balance", "€12.085", vec![Link::new("/top-up", "Top up").into()]),
            tile("November bill so far", "€18.302", muted("43 payments, closes 30 Nov")),
            limit,
        ]))
        .with(Section {
            more: Some(Link::new("/payments", "All payments")),
            ..Section::new("Last payments").with(payments)
        })
}

fn checkout() -> Page {
    let pay = Form {
        action: "/pay/7".to_owned(),
        submit: "Pay €2.40 with your passkey".to_owned(),
        ceremony: Some(Ceremony {
            creates: false,
            options: r#"{"challenge":"x4Zr"}"#.to_owned(),
            field: "assertion",
            without: "Your browser has no passkey for this portal. Ask for a code instead.".to_owned(),
        }),
        ..Form::default()
    };
    Page::new("Parking Centro, zone 7", "")
        .with(Block::Paragraph(muted("2 hours, until 16:40 · plate FD 318 KX")))
        .with(Block::Amount("€2.40".to_owned()))
        .with(Block::Explained(
            "Goes on your November bill".to_owned(),
            "Small amount, and this phone signs for you. You have spent €18.30 of €100 this month."
                .to_owned(),
        ))
        .with(pay)
        .with(Block::Actions(vec![Link::new("/back", "Not now")]))
        .with(Block::Seal(vec![
            "The offer is signed by Parking Centro S.p.A. They will know you only as ".into(),
            Inline::Strong("7Q4-KD2".to_owned()),
            ". ".into(),
            Link::new("/checked", "What is checked").into(),
        ]))
}

fn merchant() -> Page {
    let row = |receipt: &str, at: &str, item: &str, who: &str, state, gross: &str, fee: &str| {
        let link = Link::new(format!("/payments/{receipt}"), receipt);
        vec![two_lines(link, at), text(item), text(who), state, text(gross), text(fee)]
    };
    let payments = Table {
        caption: "Payments".to_owned(),
        columns: vec![
            Column::words("Receipt"),
            Column::words("Item"),
            Column::words("Customer").minor(),
            Column::words("State"),
            Column::numbers("Gross"),
            Column::numbers("Fee").minor(),
        ],
        rows: vec![
            row(
                "R-8F31C0",
                "14:40:07",
                "Zone 7, 2 h",
                "7Q4-KD2",
                chip(Tone::Good, "paid"),
                "€2.40",
                "€0.048",
            ),
            row(
                "R-8F31BE",
                "14:39:55",
                "Zone 2, 30 min",
                "M1X-0AF",
                chip(Tone::Good, "paid"),
                "€0.60",
                "€0.012",
            ),
            row(
                "R-8F31B2",
                "14:38:20",
                "Garage, day",
                "P9T-33C",
                chip(Tone::Bad, "limit reached"),
                "€18.00",
                "–",
            ),
        ],
        older: Some(Link::new("?after=R-8F31B2", "Older payments")),
        ..Table::default()
    };
    let search = Form {
        action: "/".to_owned(),
        looks_up: true,
        fields: vec![
            Field { name: "text", label: "Receipt, pseudonym or item".to_owned(), ..Field::default() },
            Field {
                name: "state",
                label: "State".to_owned(),
                kind: FieldKind::Choice(
                    ["any", "paid", "refused"].map(|state| (state.to_owned(), state.to_owned())).into(),
                ),
                ..Field::default()
            },
        ],
        submit: "Search".to_owned(),
        weight: Weight::Quiet,
        ..Form::default()
    };
    Page::new("Today", "/")
        .with(Block::Tiles(vec![
            tile("Sales", "€4,318.60", muted("12% over last Saturday")),
            tile("Payments", "1,944", muted("€2.22 on average")),
            tile("Accepted", "98.7%", vec![Link::new("/payments?state=refused", "25 refused, why").into()]),
            tile("Next payout", "€11,902.14", muted("Monday, IBAN …3000")),
        ]))
        .with(sales_by_hour())
        .with(Section {
            more: Some(Link::new("/payments.csv", "CSV")),
            ..Section::new("Payments").with(search).with(payments)
        })
}

fn sales_by_hour() -> Chart {
    let heights =
        [60, 68, 43, 80, 91, 49, 41, 38, 32, 81, 100, 67, 37, 58, 96, 98, 76, 65, 52, 43, 63, 57, 33, 112];
    let bars = heights.iter().zip(0..).map(|(height, hour)| Bar {
        label: format!("{hour} h"),
        height: *height,
        value: format!("€{}.00", height * 3),
    });
    Chart {
        title: "Sales by hour".to_owned(),
        summary: "Sales by hour, highest at 23 h with €336.00".to_owned(),
        headings: ("Hour".to_owned(), "Sales".to_owned()),
        bars: bars.collect(),
    }
}

fn operator() -> Page {
    let batch = vec![
        two_lines("PB-2026-11-21", "pain.001, EUR"),
        text("operator:finance 03"),
        text("214"),
        text("€96,112.47"),
        vec![Link::new("/payouts/PB-2026-11-21", "Review").into()],
    ];
    let batches = Table {
        caption: "Batches that wait for a second person".to_owned(),
        columns: vec![
            Column::words("Batch"),
            Column::words("Prepared by"),
            Column::numbers("Payouts"),
            Column::numbers("Total"),
            Column::numbers(""),
        ],
        rows: vec![batch],
        ..Table::default()
    };
    let door = |name: &str, state, detail: &str| vec![text(name), state, muted(detail)];
    let doors = Table {
        caption: "Doors".to_owned(),
        columns: vec![Column::words(""), Column::words(""), Column::numbers("")],
        rows: vec![
            door("HTTPS messages", chip(Tone::Good, "serving"), "2 gateways"),
            door("SMSC, bind 1", chip(Tone::Waiting, "throttled"), "42 queued"),
            door("Card processor", chip(Tone::Good, "answering"), "p99 410 ms"),
            door("Bank files", chip(Tone::Bad, "camt.053 late"), "due 07:00"),
        ],
        ..Table::default()
    };
    let sums = [
        ("billed", "€418,220.114"),
        ("paid out", "€409,836.902"),
        ("fees", "€8,364.402"),
        ("open", "€18.810"),
    ];
    let sums = sums.map(|(name, sum)| (name.to_owned(), sum.to_owned())).into();
    Page::new("System", "/")
        .with(Block::Tiles(vec![
            tile("Payments a second", "3,412", muted("p99 38 ms")),
            tile("Writer queue", "61", muted("of 4,096")),
            tile("Unknown at a bank", "2", vec![Link::new("/external", "oldest 40 s").into()]),
            tile("Revocation list", "4 min", muted("next in 56 min")),
        ]))
        .with(Section {
            state: Some(Chip::new(Tone::Good, "balances")),
            ..Section::new("October, closed").with(Block::Equation(sums))
        })
        .with(Section::new("Waiting for a second person").with(batches))
        .with(Section::new("Doors").with(doors))
}

fn payment() -> Page {
    let moment =
        |at: &str, machine: &str, what: Cell| Moment { at: at.to_owned(), machine: machine.to_owned(), what };
    Page {
        state: Some(Chip::new(Tone::Good, "paid")),
        notice: Some(Notice { tone: Tone::Good, text: "The receipt is genuine: its signature, its place in the bill and its amount fit together.".to_owned() }),
        ..Page::new("Parking Centro, zone 7", "/payments")
    }
    .with(Block::Facts(vec![
        ("Amount".to_owned(), vec![Inline::Strong("€2.40".to_owned())]),
        ("When".to_owned(), vec![Inline::Time("21 Nov 2026, 14:40".to_owned(), "2026-11-21T13:40:07.000Z".to_owned())]),
        ("Receipt".to_owned(), vec![Inline::Code("0192f3c1-7b3e-7a41-9c1d-0f31c0aa2e77".to_owned())]),
        ("How".to_owned(), vec!["passkey, on the November bill. ".into(), Inline::Muted("Small amount, and this phone signs for you.".to_owned())]),
    ]))
    .with(Section::new("What happened").with(Block::TimeLine(vec![
        moment("21 Nov, 14:40:05", "2026-11-21T13:40:05.000Z", text("Parking Centro made an offer and signed it")),
        moment("21 Nov, 14:40:07", "2026-11-21T13:40:07.000Z", vec!["You agreed ".into(), Chip::new(Tone::Good, "passkey").into()]),
        moment("21 Nov, 14:40:07", "2026-11-21T13:40:07.000Z", text("The receipt was written")),
    ])))
    .with(Section::new("Signed receipt").with(Block::Verbatim {
        label: "XML as it was signed".to_owned(),
        text: "<PaymentReceipt xmlns=\"urn:meteore:payment:1\">\n  <OrderId>0192f3c1-7b3e-7a41-9c1d-0f31c0aa2e77</OrderId>\n  <Amount currency=\"EUR\">2.40</Amount>\n  <SignatureValue>Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6</SignatureValue>\n</PaymentReceipt>".to_owned(),
    }))
    .with(Block::Actions(vec![Link::new("/refund", "Ask for a refund"), Link::new("/dispute", "Dispute it")]))
}

fn form() -> Page {
    let remove = Form {
        action: "/items/7/remove".to_owned(),
        submit: "Remove this item".to_owned(),
        weight: Weight::Grave,
        ..Form::default()
    };
    let notice = Notice { tone: Tone::Bad, text: "One thing needs another look.".to_owned() };
    let removal = Block::Paragraph(text("What was sold stays valid; nothing new is sold."));
    Page { notice: Some(notice), ..Page::new("New item", "/items") }
        .with(item())
        .with(Section::new("Remove").with(removal).with(remove))
        .with(Section::new("Pay links").with(Block::Empty {
            text: "There is no pay link for this item yet.".to_owned(),
            link: Some(Link::new("/links/new", "Make the first")),
        }))
}

fn item() -> Form {
    let plain = |name, label: &str| Field { name, label: label.to_owned(), ..Field::default() };
    let choices = |list: &[&str]| {
        FieldKind::Choice(list.iter().map(|one| ((*one).to_owned(), (*one).to_owned())).collect())
    };
    Form {
        action: "/items".to_owned(),
        fields: vec![
            Field { value: "Zone 7, 2 hours".to_owned(), ..plain("name", "Name") },
            Field {
                kind: FieldKind::Amount,
                value: "2.4.0".to_owned(),
                hint: Some("In euro; down to a tenth of a cent.".to_owned()),
                fault: Some("This is no amount. Write it like 2.40.".to_owned()),
                ..plain("price", "Price")
            },
            Field {
                kind: choices(&["once", "for a time", "until used"]),
                value: "once".to_owned(),
                ..plain("terms", "What is sold")
            },
            Field {
                kind: choices(&["parking", "tram", "concert", "news", "other"]),
                ..plain("kind", "Kind")
            },
            Field { kind: FieldKind::Day, optional: true, ..plain("until", "On sale until") },
            Field {
                kind: FieldKind::Lines,
                optional: true,
                hint: Some("Customers read this before they pay.".to_owned()),
                ..plain("about", "Description")
            },
            Field {
                kind: FieldKind::Tick { chosen: true },
                value: "yes".to_owned(),
                ..plain("refundable", "Can be given back within a day")
            },
        ],
        submit: "Save and make a pay link".to_owned(),
        ..Form::default()
    }
}

fn sign_in() -> Page {
    let by_code = Form {
        action: "/sign-in".to_owned(),
        fields: vec![Field {
            name: "reach",
            label: "Phone or e-mail".to_owned(),
            hint: Some("We send a code. Nobody needs a password.".to_owned()),
            autocomplete: Some("username webauthn"),
            ..Field::default()
        }],
        submit: "Send a code".to_owned(),
        ..Form::default()
    };
    Page::new("Sign in", "")
        .with(by_code)
        .with(Block::Actions(vec![Link::new("/sign-up", "New here? Make an account")]))
}
