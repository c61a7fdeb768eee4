use expect_test::expect_file;
use proptest::prelude::*;

use self::generated::{Sheet, page_of};
use self::reading::{Element, html_elements, xhtml_elements};
use super::*;

#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "counts the few words of a made-up page"
)]
mod generated;
#[expect(clippy::arithmetic_side_effects, reason = "counts the elements of a page")]
mod reading;
#[expect(clippy::arithmetic_side_effects, reason = "made-up sums")]
mod samples;

/// What people have tried, and what XML cannot hold.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title></style></pre></option><svg onload=alert(1)>",
    "]]><x/>",
    "--><x/><!--",
    "&lt;b&gt; &#60;b&#62; &",
    "{{ 7 * 7 }}{% include \"/etc/passwd\" %}",
    "\0\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}",
    "\u{202e}gnihton yap\u{2066}",
    "=HYPERLINK(\"x\")",
    "`javascript:alert(1)`",
];

const PLACES_THAT_ARE_NONE: &[&str] = &[
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    "\u{1}javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//elsewhere.example",
    "\\\\elsewhere.example",
    "https://a.example/ onclick=x",
];

fn both(sheet: &Sheet) -> (String, String) {
    (html::render(&sheet.page, &sheet.frame).unwrap(), mobile::render(&sheet.page, &sheet.frame).unwrap())
}

/// Everything there is, with these words and addresses everywhere.
fn everything(words: &str, href: &str) -> Sheet {
    page_of(&generated::EVERY_KIND, &mut |number| format!("{words} {number}"), &mut |_| href.to_owned())
}

#[test]
fn every_word_of_a_page_is_shown_by_both_renderers() {
    let mut told = Vec::new();
    let mut words = |number| {
        told.push(format!("w{number}w"));
        format!("w{number}w")
    };
    let sheet = page_of(&generated::EVERY_KIND, &mut words, &mut |number| format!("/h{number}h"));
    let (html, mobile) = both(&sheet);
    for word in &told {
        assert!(html.contains(word.as_str()), "{word} in html: {html}");
        // Phones of that age know no moments for machines, no names of what is not seen, no script and no
        // passkeys.
        assert!(sheet.is_aside(word) || mobile.contains(word.as_str()), "{word} in XHTML: {mobile}");
    }
}

#[test]
fn a_page_says_whether_money_is_real() {
    for test in [true, false] {
        let mut sheet = everything("x", "/x");
        sheet.frame.test = test;
        (sheet.frame.words.test, sheet.frame.words.live) = ("for play".to_owned(), "for real".to_owned());
        for menu in [0, 3] {
            sheet.frame.menu.truncate(3 - menu);
            let (html, mobile) = both(&sheet);
            for text in [html, mobile] {
                assert_eq!((text.contains("for play"), text.contains("for real")), (test, !test), "{text}");
            }
        }
    }
}

#[test]
fn a_page_holds_no_style_no_handler_and_no_script_of_its_own() {
    for menu in [0, 3] {
        let mut sheet = everything("x", "/x");
        sheet.frame.menu.truncate(menu);
        let (html, mobile) = both(&sheet);
        for element in html_elements(&html).iter().chain(&xhtml_elements(&mobile)) {
            assert_ne!(element.name, "style");
            assert!(element.name != "script" || element.has("src"), "{element:?}");
            for (name, _) in &element.attributes {
                assert!(name != "style" && !name.starts_with("on"), "{element:?}");
            }
        }
        assert_eq!(html_elements(&html).iter().filter(|element| element.name == "script").count(), 1);
        assert!(!mobile.contains("<script") && !mobile.contains("<table"));
    }
}

#[test]
fn only_places_to_go_are_linked_or_sent_to() {
    for href in PLACES_THAT_ARE_NONE {
        let sheet = everything("x", href);
        let (html, mobile) = both(&sheet);
        for element in html_elements(&html).iter().chain(&xhtml_elements(&mobile)) {
            // What is left is the renderer's own.
            for (name, value) in &element.attributes {
                let own = ["/look/", "#main", "/sign-out"].iter().any(|start| value.starts_with(start));
                assert!(!matches!(name.as_str(), "href" | "src" | "action") || own, "{href:?}: {element:?}");
            }
        }
    }
}

#[test]
fn every_form_that_posts_carries_the_token_and_none_that_looks_up() {
    let (html, mobile) = both(&everything("x", "/x"));
    for elements in [html_elements(&html), xhtml_elements(&mobile)] {
        let forms: Vec<_> = elements.split(|element| element.name == "form").skip(1).collect();
        let heads: Vec<_> = elements.iter().filter(|element| element.name == "form").collect();
        assert!(heads.len() > 3);
        for (head, inside) in heads.iter().zip(forms) {
            let is_token = |element: &&Element| element.value("name") == Some(TOKEN_FIELD);
            let tokens =
                inside.iter().filter(is_token).filter(|element| element.value("type") == Some("hidden"));
            assert_eq!(tokens.count(), usize::from(head.value("method") == Some("post")), "{head:?}");
        }
    }
}

#[test]
fn every_name_within_a_page_is_given_once_and_every_reference_is_answered() {
    let (html, mobile) = both(&everything("x", "/x"));
    for elements in [html_elements(&html), xhtml_elements(&mobile)] {
        let mut ids: Vec<_> = elements.iter().filter_map(|element| element.value("id")).collect();
        ids.sort_unstable();
        assert!(ids.len() > 10 && ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
        for element in &elements {
            for name in ["for", "aria-describedby", "popovertarget"] {
                for id in element.value(name).into_iter().flat_map(str::split_whitespace) {
                    assert!(ids.contains(&id), "{id} of {element:?}");
                }
            }
        }
        assert_eq!(elements.iter().filter(|element| element.name == "h1").count(), 1);
    }
}

#[test]
fn an_unknown_choice_is_not_chosen_for_anybody() {
    let choice = |value: &str, optional| {
        let choices = (0..9).map(|n| (format!("v{n}"), format!("w{n}"))).collect();
        let kind = FieldKind::Choice(choices);
        let field = Field { name: "n", kind, value: value.to_owned(), optional, ..Field::default() };
        let form = Form { action: "/a".to_owned(), fields: vec![field], ..Form::default() };
        html::render(&Page::new("t", "").with(form), &Frame::default()).unwrap()
    };
    assert!(choice("", false).contains("<option value=\"\" selected disabled>"));
    assert!(choice("v3", false).contains("<option value=\"v3\" selected>"));
    assert!(!choice("v3", false).contains("disabled>") && !choice("", true).contains("disabled>"));
}

#[test]
fn a_link_is_the_decision_of_a_page_only_where_no_form_is() {
    let actions = || Block::Actions(vec![Link::new("/a", "a"), Link::new("/b", "b")]);
    let shown = |page: &Page| html::render(page, &Frame::default()).unwrap();
    let alone = shown(&Page::new("t", "").with(actions()));
    assert!(alone.contains("button main\" href=\"/a\"") && alone.contains("button quiet\" href=\"/b\""));
    let form = Form { action: "/f".to_owned(), ..Form::default() };
    let beside = shown(&Page::new("t", "").with(Section::new("s").with(form)).with(actions()));
    assert!(
        beside.contains("button quiet\" href=\"/a\"") && beside.contains("button main\" type=\"submit\"")
    );
}

#[test]
fn only_finished_parts_are_called_safe() {
    let mut templates = 0;
    for folder in ["html", "mobile"] {
        for entry in std::fs::read_dir(format!("{}/templates/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap()
        {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            templates += 1;
            for (before, _) in text.match_indices("|safe").map(|(at, _)| text.split_at(at)) {
                let name = before.rsplit("{{ ").next().unwrap();
                assert!(["part", "placed.part"].contains(&name), "{name}|safe");
            }
            assert!(
                !text.contains("|safe|") && !text.contains("| safe") && !text.contains("escape"),
                "{text}"
            );
        }
    }
    assert!(templates > 20);
}

#[test]
fn phones_get_what_xhtml_basic_allows() {
    const DTD: &str = "/usr/share/xml/w3c-sgml-lib/schema/dtd/REC-xhtml-basic-20101123/xhtml-basic11.dtd";
    if !std::path::Path::new(DTD).exists() {
        assert!(std::env::var_os("CI").is_none(), "the DTD (Debian: w3c-sgml-lib) is missing");
        eprintln!("skipped: no DTD of XHTML Basic 1.1 (Debian: w3c-sgml-lib)");
        return;
    }
    let mut sheets = vec![everything("x", "/x"), everything("x", "javascript:x"), everything("<&>\0", "/x")];
    sheets.push(page_of(&[], &mut |_| String::new(), &mut |_| String::new()));
    sheets.extend(samples::all().into_iter().map(|(_, page, frame)| Sheet::of(page, frame)));
    for sheet in sheets {
        let folder = std::env::temp_dir().join(format!("backoffice-xhtml-{}", std::process::id()));
        std::fs::write(&folder, mobile::render(&sheet.page, &sheet.frame).unwrap()).unwrap();
        let output = std::process::Command::new("xmllint")
            .args(["--noout", "--nonet", "--dtdvalid", DTD])
            .arg(&folder)
            .env("XML_CATALOG_FILES", "/usr/share/xml/w3c-sgml-lib/schema/dtd/catalog.xml")
            .output()
            .unwrap();
        std::fs::remove_file(&folder).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn pages_look_as_they_did() {
    for (name, page, frame) in samples::all() {
        let (html, mobile) = (html::render(&page, &frame).unwrap(), mobile::render(&page, &frame).unwrap());
        // Names of files change with every touch of the look.
        let html = [&*crate::look::STYLE, &*crate::look::SCRIPT, &*crate::look::MARK].into_iter().fold(
            html,
            |html, asset| {
                html.replace(&asset.name_with_hash, asset.name_with_hash.split('-').next().unwrap())
            },
        );
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/goldens");
        if name == "consumer" || name == "checkout" {
            // Pages have no line ends to spare; whoever compares them has.
            let (html, mobile) = (html.replace("><", ">\n<") + "\n", mobile.replace("><", ">\n<") + "\n");
            expect_file![format!("{folder}/{name}.html")].assert_eq(&html);
            expect_file![format!("{folder}/{name}.xhtml")].assert_eq(&mobile);
        }
    }
}

/// To be looked at: `target/look-sample/`. And never so large that a phone would wait.
#[test]
fn samples_are_small_and_there_to_be_seen() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/look-sample");
    std::fs::create_dir_all(format!("{folder}/look")).unwrap();
    let assets = [&*crate::look::STYLE, &*crate::look::SCRIPT, &*crate::look::MARK];
    for asset in assets {
        std::fs::write(format!("{folder}/look/{}", asset.name_with_hash), asset.bytes).unwrap();
    }
    let look: usize = assets.iter().map(|asset| asset.bytes.len()).sum();
    for (name, page, frame) in samples::all() {
        let html = html::render(&page, &frame).unwrap();
        assert!(html.len() + look < 60_000, "{name}: {} bytes before compression", html.len() + look);
        std::fs::write(format!("{folder}/{name}.html"), html).unwrap();
        std::fs::write(format!("{folder}/{name}.xhtml"), mobile::render(&page, &frame).unwrap()).unwrap();
    }
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(ATTACKS).prop_map(str::to_owned),
        any::<String>(),
        "[<>&\"'/=a-z\u{0}-\u{20}\u{7f}-\u{a0}]{0,24}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_words_ever_become_markup(
        kinds in prop::collection::vec(any::<u8>(), 0..24),
        words in prop::collection::vec(hostile(), 1..8),
    ) {
        let plain = page_of(&kinds, &mut |number| format!("w{number}"), &mut |number| format!("/h{number}"));
        let mut hostile_words = |number: usize| format!("{number}{}", words.iter().cycle().nth(number).unwrap());
        let mut hostile_places = |number: usize| {
            let text = words.iter().cycle().nth(number).unwrap();
            format!("/{number}{}", text.replace(|c: char| c.is_control() || c.is_whitespace() || c == '\\', ""))
        };
        let attacked = page_of(&kinds, &mut hostile_words, &mut hostile_places);
        let ((html, mobile), (attacked_html, attacked_mobile)) = (both(&plain), both(&attacked));
        let shape = |elements: Vec<Element>| -> Vec<_> { elements.iter().map(Element::shape).collect() };
        prop_assert_eq!(shape(html_elements(&attacked_html)), shape(html_elements(&html)));
        prop_assert_eq!(shape(xhtml_elements(&attacked_mobile)), shape(xhtml_elements(&mobile)));
    }
}
