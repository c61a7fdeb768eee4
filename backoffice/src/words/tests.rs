use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

use super::*;

const ROOMS: [&str; 6] = ["frame", "people", "consumer", "checkout", "merchant", "operator"];

/// Messages of a language with the variables that each of them names.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn messages(locale: Locale) -> Messages {
    let mut messages = Messages::new();
    for (room, file) in ROOMS.iter().zip(locale.files()) {
        let resource =
            parser::parse(file).unwrap_or_else(|(_, errors)| panic!("{room} in {locale:?}: {errors:?}"));
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let id = message.id.name;
            assert!(id.starts_with(&format!("{room}-")), "{id} is in the file of {room}");
            assert!(message.attributes.is_empty(), "{id}: nobody asks for attributes");
            let mut variables = BTreeSet::new();
            collect(message.value.as_ref().unwrap(), &mut variables);
            assert!(messages.insert(id.to_owned(), variables).is_none(), "{id} is there twice in {locale:?}");
        }
    }
    messages
}

fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            collect_expression(expression, variables);
        }
    }
}

fn collect_expression(expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => collect_inline(inline, variables),
        Expression::Select { selector, variants } => {
            collect_inline(selector, variables);
            variants.iter().for_each(|variant| collect(&variant.value, variables));
        }
    }
}

fn collect_inline(inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => collect_expression(expression, variables),
        InlineExpression::FunctionReference { arguments: CallArguments { positional, .. }, .. } => {
            positional.iter().for_each(|argument| collect_inline(argument, variables));
        }
        _ => {}
    }
}

/// What the code of this crate says: every string in quotes, every id with whether values come with it, and their names.
#[derive(Default)]
struct Said {
    quoted: BTreeSet<String>,
    plain: BTreeSet<String>,
    with: BTreeMap<String, Vec<BTreeSet<String>>>,
}

fn said() -> Said {
    let mut said = Said::default();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if path.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == "tests")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let quoted = text.split('"').map(str::to_owned).filter(|text| is_id(text));
        said.quoted.extend(quoted);
        for call in text.split("say(").skip(1) {
            said.plain.extend(id_at_start(call));
        }
        for call in text.split("say_with(").skip(1) {
            let Some(id) = id_at_start(call) else { continue };
            if let Some(names) = names_of_values(call) {
                said.with.entry(id).or_default().push(names);
            }
        }
    }
    said
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(of).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

fn is_id(text: &str) -> bool {
    ROOMS.iter().any(|room| text.starts_with(&format!("{room}-")))
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn id_at_start(call: &str) -> Option<String> {
    let rest = call.trim_start().strip_prefix('"')?;
    rest.split_once('"').map(|(id, _)| id.to_owned())
}

#[expect(clippy::arithmetic_side_effects, reason = "counts brackets")]
/// The names in `"id", &[("name", …), ("other", …)])`, where they stand in the call itself.
fn names_of_values(call: &str) -> Option<BTreeSet<String>> {
    let (_, rest) = call.split_once(',')?;
    let list = rest.trim_start().strip_prefix("&[")?;
    let (mut depth, mut names) = (0_i32, BTreeSet::new());
    for (at, c) in list.char_indices() {
        match c {
            ']' if depth == 0 => return Some(names),
            '(' | '[' | '{' => {
                if depth == 0 {
                    names.extend(id_at_start(&list[at + 1..]));
                }
                depth += 1;
            }
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let (english, french) = (messages(Locale::English), messages(Locale::French));
    assert!(english.len() > 10);
    for (id, variables) in &english {
        assert_eq!(french.get(id), Some(variables), "{id} in French");
    }
    for id in french.keys() {
        assert!(english.contains_key(id), "{id} in English");
    }
}

#[test]
fn what_is_said_is_written_and_what_is_written_is_said() {
    let (messages, said) = (messages(Locale::English), said());
    for id in said.plain.iter().chain(said.with.keys()) {
        assert!(messages.contains_key(id), "{id} is said, and not written");
    }
    for (id, variables) in &messages {
        assert!(said.quoted.contains(id), "{id} is written, and nobody says it");
        for names in said.with.get(id).into_iter().flatten() {
            assert_eq!(names, variables, "the values of {id}");
        }
        assert!(variables.is_empty() || !said.plain.contains(id), "{id} is said without its values");
    }
}

#[test]
fn what_is_said_is_found_in_code() {
    let call = "\"frame-x\", &[(\"a\", words.say(\"b\").into()), (\"c\", [1][0].into())]) (\"d\"";
    assert_eq!(id_at_start(call), Some("frame-x".to_owned()));
    assert_eq!(names_of_values(call), Some(BTreeSet::from(["a".to_owned(), "c".to_owned()])));
    assert_eq!(names_of_values("\"frame-x\", &clock())"), None);
    assert!(is_id("people-code-2") && !is_id("people") && !is_id("/people-x y"));
}

#[test]
fn a_browser_gets_the_language_that_it_likes_best() {
    for (field, expected) in [
        ("", Locale::English),
        ("fr", Locale::French),
        ("fr-CA,fr;q=0.9,en;q=0.8", Locale::French),
        ("de-AT, FR;q=0.5", Locale::French),
        ("en;q=0.4, fr;q=0.5", Locale::French),
        ("en;q=0.5, fr;q=0.5", Locale::English),
        ("fr;q=0.5, en;q=0.5", Locale::French),
        ("fr;q=0", Locale::English),
        ("fr;q=0.0001", Locale::English),
        ("fr;q=2", Locale::English),
        ("fr;q=x", Locale::English),
        ("*", Locale::English),
        ("*;q=0.1, fr;q=0.2", Locale::French),
        ("de, it", Locale::English),
        (";;q=,,-,", Locale::English),
        ("français", Locale::English),
    ] {
        assert_eq!(Locale::negotiate(field), expected, "{field}");
    }
}

#[test]
fn a_message_is_said_in_each_language_with_its_values() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let now = at("2026-11-21T15:00:00.000Z");
    let (english, french) = (Words::of(Locale::English), Words::of(Locale::French));
    let paris = Zone::parse("+01:00").unwrap();
    for (moment, in_english, in_french) in [
        ("2026-11-21T13:40:00.000Z", "today 14:40", "aujourd’hui à 14:40"),
        ("2026-11-20T22:59:00.000Z", "yesterday 23:59", "hier à 23:59"),
        ("2026-11-19T22:59:00.000Z", "19 Nov 2026, 23:59", "19 nov. 2026 à 23:59"),
        ("2026-11-22T22:59:00.000Z", "22 Nov 2026, 23:59", "22 nov. 2026 à 23:59"),
    ] {
        assert_eq!(english.in_zone(paris).lately(at(moment), now), in_english);
        assert_eq!(french.in_zone(paris).lately(at(moment), now), in_french);
    }
    assert_eq!(english.say("nobody-wrote-this"), "nobody-wrote-this");
    assert_eq!(english.machine(now), "2026-11-21T15:00:00.000Z");
    assert_eq!(english.clock(now), "15:00");
    assert_eq!(english.number(1_944), "1,944");
}

#[test]
fn numbers_within_messages_choose_the_plural_and_have_their_thousands_apart() {
    const ENGLISH: &str = "x = { $n ->\n [one] { $n } payment\n *[other] { $n } payments\n }\n";
    const FRENCH: &str = "x = { $n ->\n [one] { $n } paiement\n *[other] { $n } paiements\n }\n";
    let say = |locale: Locale, file: &str, value: Value| {
        let spoken = Spoken::from_texts(locale, [file]);
        spoken.format("x", Some(&[("n", FluentValue::from(&value))].into_iter().collect()))
    };
    for (count, english, french) in [
        (0_i64, "0 payments", "0 paiement"),
        (1, "1 payment", "1 paiement"),
        (2, "2 payments", "2 paiements"),
        (12_345, "12,345 payments", "12\u{202f}345 paiements"),
        (-1_234, "-1,234 payments", "-1\u{202f}234 paiements"),
    ] {
        assert_eq!(say(Locale::English, ENGLISH, Value::from(count)), english);
        assert_eq!(say(Locale::French, FRENCH, Value::from(count)), french);
    }
    assert_eq!(say(Locale::English, "x = a { $n } b", Value::from("<i>")), "a <i> b");
    assert_eq!(say(Locale::English, "x = { $n }", Value::from(u64::MAX)), "18446744073709551615");
}
