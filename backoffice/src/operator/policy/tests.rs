//! A form of limits, held against the policy that it was filled with.

use core_payment::policy::{Setting, changes, eu_default, parse_toml, settings, to_toml};
use payment_domain::Currency;
use payment_domain::policy::{Policy, SinceStrong};
use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

use super::form::{Sheet, page};
use super::limits::{named, of};
use super::*;
use crate::page::{Frame, html};
use crate::words::Locale;

fn words() -> Words {
    Words::of(Locale::English)
}

fn shown(page: &Page) -> String {
    html::render(page, &Frame { language: "en", words: words().frame(), ..Frame::default() }).unwrap()
}

fn posted<T: DeserializeOwned>(fields: BTreeMap<String, String>) -> T {
    T::deserialize(MapDeserializer::<_, Error>::new(fields.into_iter())).unwrap()
}

/// The form with what is in force and another name, changed.
fn changed(policy: &Policy, more: &[(&str, &str)]) -> Sheet {
    let mut fields: BTreeMap<String, String> =
        of(policy).map(|limit| (limit.field.clone(), limit.filled(policy))).collect();
    fields.insert("name".to_owned(), "another".to_owned());
    for (field, text) in more {
        fields.insert((*field).to_owned(), (*text).to_owned());
    }
    posted(fields)
}

/// What a form changes, by name; or the fields with faults.
fn told(policy: &Policy, more: &[(&str, &str)]) -> Result<Vec<(String, Option<String>)>, Vec<String>> {
    let text = changed(policy, more)
        .read(words(), policy)
        .map_err(|faults| faults.into_keys().collect::<Vec<_>>())?;
    let after = parse_toml(&text).unwrap();
    assert_eq!(text, to_toml(&after), "written as the program writes it");
    let changed = changes(policy, &after).into_iter().filter(|change| change.name != "name");
    Ok(changed.map(|change| (change.name, change.after)).collect())
}

#[test]
fn every_limit_of_the_built_in_policy_has_its_field_and_the_rest_is_text() {
    let policy = eu_default().unwrap();
    let without: Vec<_> =
        settings(&policy).iter().map(Setting::name).filter(|name| named(name).is_none()).collect();
    let rule = |name: &String| {
        let of_grant = name.starts_with("grant ");
        let rules = [".terminal", ".method", ".strong", ".challenge"];
        ["name", "currency", "coupon.banks"].contains(&name.as_str())
            || of_grant && rules.iter().any(|rule| name.ends_with(rule))
    };
    assert!(without.iter().all(rule), "{without:?}");
    let page = shown(&page(words(), &policy, &Sheet::of(&policy), &BTreeMap::new()));
    for limit in of(&policy) {
        assert_eq!(page.matches(&format!("name=\"{}\"", limit.field)).count(), 1, "{}", limit.field);
    }
    for text in
        ["(EUR)", "value=\"1000.00\"", "<legend>app with device-key</legend>", "href=\"/policy/text\""]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.len() < 60_000);
}

#[test]
fn what_is_filled_in_changes_and_nothing_else() {
    let policy = eu_default().unwrap();
    let some = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    for (field, text, change) in [
        ("aggregated_max", "2,50", some("aggregated_max", "\"2.50\"")),
        (
            "grant.wap.msisdn-pin.single_max",
            " 1 000.5 ",
            some("grant wap msisdn-pin.single_max", "\"1000.50\""),
        ),
        ("prepaid.anonymous_reloadable", "yes", some("prepaid.anonymous_reloadable", "true")),
        ("prepaid.expires_after_months", "24", some("prepaid.expires_after_months", "24")),
        ("exchange.margin_ppm", "0", some("exchange.margin_ppm", "0")),
        ("coupon.restored_days", "7", some("coupon.restored_days", "7")),
    ] {
        assert_eq!(told(&policy, &[(field, text)]), Ok(vec![change]));
    }
    let count = [("low_value.since_strong_amount", ""), ("low_value.since_strong_count", "5")];
    let text = changed(&policy, &count).read(words(), &policy).unwrap();
    let counted = parse_toml(&text).unwrap();
    assert_eq!(counted.low_value.since_strong, SinceStrong::Count(5));
    // And back.
    let back = [("low_value.since_strong_amount", "100"), ("low_value.since_strong_count", "")];
    let text = changed(&counted, &back).read(words(), &counted).unwrap();
    assert_eq!(parse_toml(&text).unwrap().low_value, policy.low_value);
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    let policy = eu_default().unwrap();
    let markup = "<img src=x onerror=alert(1)>";
    for (field, text) in [
        ("aggregated_max", ""),
        ("single_max", "-1"),
        ("postpaid.month", "1e3"),
        ("postpaid.each", markup),
        ("grant.app.device-key.single_max", "0.0000001"),
        ("prepaid.expires_after_months", "0"),
        ("exchange.quote_valid_s", "0"),
        ("exchange.margin_ppm", "500001"),
        ("coupon.gifts_per_month", "99999999999"),
        ("coupon.restored_days", "+ - 5"),
        ("low_value.since_strong_amount", ""),
        ("name", ""),
        ("name", "with/slash"),
        ("name", "longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong"),
    ] {
        assert_eq!(told(&policy, &[(field, text)]), Err(vec![field.to_owned()]), "{text}");
        let sheet = changed(&policy, &[(field, text)]);
        let faults = sheet.read(words(), &policy).unwrap_err();
        let page = shown(&page(words(), &policy, &sheet, &faults));
        assert_eq!(page.matches("aria-invalid").count(), 1, "{field}");
        assert!(page.contains("autofocus") && !page.contains("<img"), "{field}");
    }
    let both = [("low_value.since_strong_count", "5")];
    assert_eq!(told(&policy, &both), Err(vec!["low_value.since_strong_amount".to_owned()]));
    // A name alone changes nothing.
    assert_eq!(told(&policy, &[]), Err(vec![String::new()]));
}

#[test]
fn a_difference_is_told_in_words_and_what_is_no_limit_as_it_is_written() {
    let version = |text: String, version| PolicyVersion {
        id: 1,
        version,
        name: "x".to_owned(),
        text,
        base: 1,
        proposed_by: Some("anna".to_owned()),
        proposed_at: payment_domain::Timestamp::EPOCH,
        approved_by: None,
        in_force_at: None,
    };
    let mut policy = eu_default().unwrap();
    let base = version(to_toml(&policy), Some(1));
    policy.single_max_micros = 2_500_000;
    policy.prepaid.expires_after_months = Some(24);
    policy.coupon_banks = vec!["<b>bank".to_owned()];
    policy.grants[0].strong = false;
    let difference = Difference::of(&version(to_toml(&policy), None), Some(&base)).unwrap();
    assert_eq!((difference.currency, difference.changes.len()), (Currency::EUR, 4));
    let page = shown(&Page::new("x", "/").with(difference.table(words())));
    for text in [
        "Single at most",
        "€1,000.00",
        "€2.50",
        "–",
        ">24<",
        "grant app device-key.strong",
        "&#60;b&#62;bank",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let first = Difference::of(&base, None).unwrap();
    assert!(shown(&Page::new("x", "/").with(first.table(words()))).contains("It is the first one"));
}
