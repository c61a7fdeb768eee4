use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::policy::{CouponLimits, ExchangeTerms, LowValue, PostpaidLimits, PrepaidLimits};
use crate::{Currency, Label};

fn eur(text: &str) -> i64 {
    Money::parse(text, Currency::EUR).unwrap().micros()
}

fn grant(
    capability: Capability,
    method: Method,
    strong: bool,
    maxima: (&str, &str),
    challenge: Option<Challenge>,
) -> Grant {
    let (aggregated_max_micros, single_max_micros) = (eur(maxima.0), eur(maxima.1));
    Grant { capability, method, strong, aggregated_max_micros, single_max_micros, challenge }
}

fn policy() -> Policy {
    use {Capability as C, Challenge as Ask, Method as M};
    Policy {
        name: Label::parse("test").unwrap(),
        currency: Currency::EUR,
        aggregated_max_micros: eur("10"),
        single_max_micros: eur("500"),
        low_value: LowValue { each_micros: eur("30"), since_strong: SinceStrong::Amount(eur("100")) },
        postpaid: PostpaidLimits { each_micros: eur("50"), month_micros: eur("300") },
        prepaid: PrepaidLimits { remote_max_micros: eur("6"), ..PrepaidLimits::EU_DEFAULT },
        exchange: ExchangeTerms::DEFAULT,
        coupon: CouponLimits::EU_DEFAULT,
        coupon_banks: Vec::new(),
        grants: vec![
            grant(C::App, M::DeviceKey, true, ("10", "500"), None),
            grant(C::Passkey, M::Passkey, true, ("10", "500"), Some(Ask::Passkey)),
            grant(C::Passkey, M::OneTimeCode, false, ("10", "30"), Some(Ask::OneTimeCode)),
            grant(C::Browser, M::OneTimeCode, false, ("10", "30"), Some(Ask::OneTimeCode)),
            grant(C::Wap, M::MsisdnPin, false, ("5", "0"), Some(Ask::Pin)),
            grant(C::Wap, M::MsisdnPinCode, true, ("10", "30"), Some(Ask::OneTimeCode)),
            grant(C::Sms, M::MsisdnCode, false, ("2", "0"), Some(Ask::OneTimeCode)),
        ],
    }
    .checked()
    .unwrap()
}

/// Each line: terminal method amount account available external spent-since-strong spent-this-month.
#[expect(clippy::needless_pass_by_value, reason = "the macro makes a value")]
fn check(table: &str, expected: Expect) {
    let now = Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap();
    let mut out = String::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let [capability, method, amount, account, available, external, since, month] =
            line.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        let question = Question {
            amount: Money::parse(amount, Currency::EUR).unwrap(),
            capability: Capability::parse(capability).unwrap(),
            method: Method::parse(method).unwrap(),
            now,
        };
        let available = Money::parse(available, Currency::EUR).unwrap();
        let account = match account {
            "prepaid" => Some((AccountKind::Prepaid, available)),
            "postpaid" => Some((AccountKind::Postpaid, available)),
            _ => None,
        };
        let spent = Spent {
            since_strong_micros: eur(since),
            since_strong_count: 0,
            month: now.month(),
            month_micros: eur(month),
        };
        let means = Means { account, external: external == "card", anonymous: false, spent };
        let ruling = decide(&question, &means, &policy());
        let decision = match ruling.decision {
            Decision::Aggregated(kind) => format!("aggregated {}", kind.funding()),
            Decision::Single => "single".to_owned(),
            Decision::StepUp(challenge) => format!("step-up {challenge}"),
            Decision::Refused(reason) => format!("refused {reason}"),
        };
        out.push_str(&format!("{capability:15} {amount:>7} -> {decision} [{}]\n", ruling.rule));
    }
    expected.assert_eq(&out);
}

#[test]
fn every_terminal_gets_the_modes_of_its_capability() {
    check(
        "app             device-key       0.002  prepaid  20 card 0 0
         app             device-key       45     prepaid  20 card 0 0
         app             device-key       500.01 prepaid  20 card 0 0
         browser-passkey passkey          1.80   postpaid 50 card 0 0
         browser-passkey one-time-code    1.80   postpaid 50 card 0 0
         browser-passkey one-time-code    45     postpaid 50 card 0 0
         browser         one-time-code    2.50   prepaid  20 card 0 0
         browser         one-time-code    30     prepaid  20 card 0 0
         browser         one-time-code    30.01  prepaid  20 card 0 0
         wap             msisdn-pin       5      postpaid 50 none 0 0
         wap             msisdn-pin       5.01   postpaid 50 none 0 0
         wap             msisdn-pin-code  5.01   postpaid 50 none 0 0
         wap             msisdn-pin-code  30.01  postpaid 50 card 0 0
         sms             msisdn-code      2      postpaid 50 card 0 0
         sms             msisdn-code      2.01   postpaid 50 card 0 0
         sms             msisdn           1      postpaid 50 card 0 0
         sms             msisdn           45     postpaid 50 card 0 0
         sms             device-key       1      none     0  none 0 0",
        expect![[r#"
            app               0.002 -> aggregated prepaid [aggregate-micropayment]
            app                  45 -> single [large-goes-single]
            app              500.01 -> refused over-limit [terminal-limit]
            browser-passkey    1.80 -> aggregated postpaid [aggregate-micropayment]
            browser-passkey    1.80 -> aggregated postpaid [aggregate-micropayment]
            browser-passkey      45 -> step-up passkey [low-value-needs-step-up]
            browser            2.50 -> aggregated prepaid [aggregate-micropayment]
            browser              30 -> single [large-goes-single]
            browser           30.01 -> refused over-limit [low-value-exhausted]
            wap                   5 -> aggregated postpaid [aggregate-micropayment]
            wap                5.01 -> step-up one-time-code [limit-needs-step-up]
            wap                5.01 -> aggregated postpaid [aggregate-micropayment]
            wap               30.01 -> refused over-limit [terminal-limit]
            sms                   2 -> aggregated postpaid [aggregate-micropayment]
            sms                2.01 -> refused over-limit [terminal-limit]
            sms                   1 -> step-up one-time-code [method-needs-step-up]
            sms                  45 -> refused method-refused [method-not-granted]
            sms                   1 -> refused method-refused [method-not-granted]
        "#]],
    );
}

#[test]
fn funds_and_limits_over_time_decide_next() {
    check(
        "app             device-key       5      prepaid  4.999999 card 0 0
         app             device-key       5      prepaid  4.999999 none 0 0
         app             device-key       5      prepaid  5        none 0 0
         app             device-key       11     prepaid  20       none 0 0
         app             device-key       5      none     0        card 0 0
         app             device-key       5      postpaid 500      none 0 295
         app             device-key       5      postpaid 500      none 0 295.000001
         app             device-key       5      postpaid 500      card 0 295.000001
         browser         one-time-code    5      prepaid  20       card 95 0
         browser         one-time-code    5      prepaid  20       card 95.000001 0
         wap             msisdn-pin       5      prepaid  20       none 95.000001 0
         browser-passkey one-time-code    5      prepaid  20       card 95.000001 0
         browser-passkey one-time-code    5      prepaid  1        none 95.000001 0
         app             device-key       5      prepaid  20       card 1000 0
         app             device-key       0      prepaid  20       card 0 0
         app             device-key       -1     prepaid  20       card 0 0",
        expect![[r#"
            app                   5 -> single [account-short-goes-single]
            app                   5 -> refused insufficient-funds [account-short]
            app                   5 -> aggregated prepaid [aggregate-micropayment]
            app                  11 -> refused insufficient-funds [no-external-system]
            app                   5 -> single [account-short-goes-single]
            app                   5 -> aggregated postpaid [aggregate-micropayment]
            app                   5 -> refused over-limit [postpaid-limit]
            app                   5 -> single [postpaid-limit-goes-single]
            browser               5 -> aggregated prepaid [aggregate-micropayment]
            browser               5 -> refused over-limit [low-value-exhausted]
            wap                   5 -> step-up one-time-code [low-value-needs-step-up]
            browser-passkey       5 -> step-up passkey [low-value-needs-step-up]
            browser-passkey       5 -> refused over-limit [low-value-exhausted]
            app                   5 -> aggregated prepaid [aggregate-micropayment]
            app                   0 -> refused amount-not-positive [amount-not-positive]
            app                  -1 -> refused amount-not-positive [amount-not-positive]
        "#]],
    );
}

/// A terminal is asked for what would pay, whatever the reason is that its method does not: the account may be short
/// where only the other method may charge the card, or there may be no card where only the other may use the account.
#[test]
fn a_method_that_would_pay_is_asked_for_before_anything_is_refused() {
    check(
        "wap             msisdn-pin       3      prepaid  1        card 0 0
         wap             msisdn-pin       3      prepaid  1        none 0 0
         wap             msisdn-pin       3      none     0        card 0 0
         wap             msisdn-pin       3      postpaid 50       card 0 297.01
         wap             msisdn-pin       3      postpaid 50       none 0 297.01
         wap             msisdn-pin       5.01   prepaid  1        card 0 0
         wap             msisdn-pin       5.01   prepaid  1        none 0 0
         wap             msisdn-pin-code  3      prepaid  1        none 0 0
         sms             msisdn-code      1      prepaid  0.50     card 0 0
         browser-passkey one-time-code    9      prepaid  20       none 0 0
         browser-passkey one-time-code    11     prepaid  20       none 0 0",
        expect![[r#"
            wap                   3 -> step-up one-time-code [limit-needs-step-up]
            wap                   3 -> refused insufficient-funds [account-short]
            wap                   3 -> step-up one-time-code [limit-needs-step-up]
            wap                   3 -> step-up one-time-code [limit-needs-step-up]
            wap                   3 -> refused over-limit [postpaid-limit]
            wap                5.01 -> step-up one-time-code [limit-needs-step-up]
            wap                5.01 -> refused over-limit [terminal-limit]
            wap                   3 -> refused insufficient-funds [account-short]
            sms                   1 -> refused insufficient-funds [account-short]
            browser-passkey       9 -> aggregated prepaid [aggregate-micropayment]
            browser-passkey      11 -> refused insufficient-funds [no-external-system]
        "#]],
    );
}

#[test]
fn strong_authentication_resets_what_was_spent_without_it() {
    let question = Question {
        amount: Money::from_micros(eur("5"), Currency::EUR),
        capability: Capability::App,
        method: Method::DeviceKey,
        now: Timestamp::parse("2026-12-01T00:00:00.000Z").unwrap(),
    };
    let before = Spent {
        since_strong_micros: eur("90"),
        since_strong_count: 4,
        month: 202_611,
        month_micros: eur("299"),
    };
    let after = before.after(&question, true, Decision::Aggregated(AccountKind::Postpaid));
    assert_eq!((after.since_strong_micros, after.since_strong_count), (0, 0));
    assert_eq!((after.month, after.month_micros), (202_612, eur("5")));
    let after = before.after(&question, false, Decision::Single);
    assert_eq!((after.since_strong_micros, after.since_strong_count), (eur("95"), 5));
    assert_eq!((after.month, after.month_micros), (202_612, 0));
}

fn any_question() -> impl Strategy<Value = Question> {
    let currency = prop_oneof![9 => Just(Currency::EUR), 1 => Just(Currency::parse("USD").unwrap())];
    let micros = prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(0), eur("-1")..eur("600"), any::<i64>()];
    let capability = proptest::sample::select(Capability::ALL);
    let method = proptest::sample::select(Method::ALL);
    let now = 0..4_000_000_000_000_i64;
    (micros, currency, capability, method, now).prop_map(|(micros, currency, capability, method, now)| {
        Question {
            amount: Money::from_micros(micros, currency),
            capability,
            method,
            now: Timestamp::from_millis(now).unwrap(),
        }
    })
}

fn any_means() -> impl Strategy<Value = Means> {
    let micros = || prop_oneof![Just(i64::MAX), Just(0), 0..eur("400"), 0..i64::MAX];
    let kind = prop_oneof![Just(AccountKind::Prepaid), Just(AccountKind::Postpaid)];
    let available = prop_oneof![Just(i64::MIN), Just(i64::MAX), eur("-1")..eur("100"), any::<i64>()];
    let account = proptest::option::of((kind, available.prop_map(|m| Money::from_micros(m, Currency::EUR))));
    (account, any::<(bool, bool)>(), micros(), any::<u32>(), 197_001..209_612_i32, micros()).prop_map(
        |(account, (external, anonymous), since_strong_micros, since_strong_count, month, month_micros)| {
            Means {
                account,
                external,
                anonymous,
                spent: Spent { since_strong_micros, since_strong_count, month, month_micros },
            }
        },
    )
}

/// AMLD5 art. 12: the limit is the account's; what an external system pays, its bank has identified.
#[test]
fn whoever_nobody_has_identified_pays_little_at_once_from_an_account() {
    let question = |amount: &str| Question {
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        capability: Capability::App,
        method: Method::DeviceKey,
        now: Timestamp::EPOCH,
    };
    let account = |kind| Some((kind, Money::parse("100", Currency::EUR).unwrap()));
    let means = |kind, anonymous, external| Means {
        account: account(kind),
        external,
        anonymous,
        spent: Spent::default(),
    };
    let rule = |amount, means| decide(&question(amount), &means, &policy()).rule;
    assert_eq!(rule("6", means(AccountKind::Prepaid, true, false)), Rule::AggregateMicropayment);
    assert_eq!(rule("6.01", means(AccountKind::Prepaid, true, false)), Rule::AnonymousLimit);
    assert_eq!(rule("6.01", means(AccountKind::Prepaid, true, true)), Rule::AccountShortGoesSingle);
    assert_eq!(rule("6.01", means(AccountKind::Prepaid, false, false)), Rule::AggregateMicropayment);
    assert_eq!(rule("6.01", means(AccountKind::Postpaid, true, false)), Rule::AggregateMicropayment);
}

/// R1: the money of a coupon stays at its bank, so that an account never pays for one.
#[test]
fn a_coupon_is_bought_outside_however_little_it_is_and_however_full_the_account() {
    let question = |amount: &str| Question {
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        capability: Capability::App,
        method: Method::DeviceKey,
        now: Timestamp::EPOCH,
    };
    let means = |external| Means {
        account: Some((AccountKind::Prepaid, Money::parse("100", Currency::EUR).unwrap())),
        external,
        anonymous: false,
        spent: Spent::default(),
    };
    let rule = |amount, external| decide_single(&question(amount), &means(external), &policy()).rule;
    for amount in ["0.01", "9.00", "10.01", "500"] {
        assert_eq!(rule(amount, true), Rule::CouponGoesSingle, "{amount}");
        assert_eq!(rule(amount, false), Rule::NoExternalSystem, "{amount}");
    }
    assert_eq!(rule("500.01", true), Rule::TerminalLimit);
}

/// R1, R14: what is small enough to be aggregated elsewhere is asked here for what a single payment is asked for, and
/// refused as one.
#[test]
fn a_coupon_and_a_deferred_order_are_stepped_up_and_limited_like_a_single_payment_however_small() {
    use {Capability as C, Challenge as Ask, Decision as D, Method as M, Reason as R};
    let code = D::StepUp(Ask::OneTimeCode);
    let passkey = D::StepUp(Ask::Passkey);
    let (single, over, short) = (D::Single, D::Refused(R::OverLimit), D::Refused(R::InsufficientFunds));
    for (capability, method, amount, external, since, expected) in [
        (C::Wap, M::MsisdnPin, "1", true, "0", (code, Rule::LimitNeedsStepUp)),
        (C::Wap, M::MsisdnPin, "30", true, "0", (code, Rule::LimitNeedsStepUp)),
        (C::Wap, M::MsisdnPin, "30.01", true, "0", (over, Rule::LowValueExhausted)),
        (C::Wap, M::MsisdnPin, "1", false, "0", (over, Rule::TerminalLimit)),
        (C::Wap, M::MsisdnPinCode, "1", false, "0", (short, Rule::NoExternalSystem)),
        (C::Wap, M::MsisdnPinCode, "30.01", true, "0", (over, Rule::TerminalLimit)),
        (C::Sms, M::MsisdnCode, "0.01", true, "0", (over, Rule::TerminalLimit)),
        (C::Passkey, M::OneTimeCode, "1", true, "99.01", (passkey, Rule::LowValueNeedsStepUp)),
        (C::Passkey, M::OneTimeCode, "1", false, "99.01", (over, Rule::LowValueExhausted)),
        (C::Passkey, M::OneTimeCode, "1", true, "99", (single, Rule::CouponGoesSingle)),
    ] {
        let amount = Money::parse(amount, Currency::EUR).unwrap();
        let question = Question { amount, capability, method, now: Timestamp::EPOCH };
        let spent = Spent { since_strong_micros: eur(since), ..Spent::default() };
        let account = Some((AccountKind::Prepaid, Money::parse("100", Currency::EUR).unwrap()));
        let means = Means { account, external, anonymous: false, spent };
        let bought = decide_single(&question, &means, &policy());
        let place = format!("{capability} {method} {amount} external {external} since {since}");
        assert_eq!((bought.decision, bought.rule), expected, "{place}");
        let deferred = decide_deferred(&question, &means, &policy());
        assert_eq!(deferred.decision, bought.decision, "{place}");
        let of_its_own = if deferred.decision == single { Rule::DeferredGoesSingle } else { bought.rule };
        assert_eq!(deferred.rule, of_its_own, "{place}");
    }
}

/// R3, R14: the terminal's limits hold, not the account's.
#[test]
fn a_coupon_pays_what_the_terminal_may_pay_and_no_more() {
    let rule = |capability, method, amount: &str| {
        let amount = Money::parse(amount, Currency::EUR).unwrap();
        let question = Question { amount, capability, method, now: Timestamp::EPOCH };
        let means = Means { account: None, external: false, anonymous: true, spent: Spent::default() };
        decide_with_coupon(&question, &means, &policy()).rule
    };
    assert_eq!(rule(Capability::App, Method::DeviceKey, "0.000001"), Rule::Coupon);
    assert_eq!(rule(Capability::App, Method::DeviceKey, "500"), Rule::Coupon);
    assert_eq!(rule(Capability::App, Method::DeviceKey, "500.01"), Rule::TerminalLimit);
    assert_eq!(rule(Capability::App, Method::DeviceKey, "0"), Rule::AmountNotPositive);
    assert_eq!(rule(Capability::Sms, Method::Msisdn, "1"), Rule::MethodNeedsStepUp);
    assert_eq!(rule(Capability::Sms, Method::MsisdnCode, "2"), Rule::Coupon);
    assert_eq!(rule(Capability::Sms, Method::MsisdnCode, "2.01"), Rule::TerminalLimit);
    assert_eq!(rule(Capability::Browser, Method::OneTimeCode, "30.01"), Rule::LowValueExhausted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_payment_escapes_a_limit(question in any_question(), means in any_means()) {
        let policy = policy();
        let micros = question.amount.micros();
        let ruling = decide(&question, &means, &policy);
        let pays = matches!(ruling.decision, Decision::Aggregated(_) | Decision::Single);
        if pays {
            prop_assert!(micros > 0);
            prop_assert_eq!(question.amount.currency(), policy.currency);
            let grant = policy.grant(question.capability, question.method).unwrap();
            let after = means.spent.after(&question, grant.strong, ruling.decision);
            if !grant.strong {
                prop_assert!(micros <= policy.low_value.each_micros);
                prop_assert!(after.since_strong_micros <= eur("100"));
            }
            match ruling.decision {
                Decision::Aggregated(kind) => {
                    let (has, available) = means.account.unwrap();
                    if means.anonymous && has == AccountKind::Prepaid {
                        prop_assert!(micros <= policy.prepaid.remote_max_micros);
                    }
                    prop_assert_eq!(kind, has);
                    prop_assert!(micros <= available.micros(), "the balance would pass its floor");
                    prop_assert!(micros <= grant.aggregated_max_micros.min(policy.aggregated_max_micros));
                    if kind == AccountKind::Postpaid {
                        prop_assert!(micros <= policy.postpaid.each_micros);
                        prop_assert!(after.month_micros <= policy.postpaid.month_micros);
                    }
                }
                _ => {
                    prop_assert!(means.external);
                    prop_assert!(micros <= grant.single_max_micros.min(policy.single_max_micros));
                }
            }
        }
    }

    #[test]
    fn a_step_up_that_is_followed_leads_to_a_payment(question in any_question(), means in any_means()) {
        let policy = policy();
        if let Decision::StepUp(challenge) = decide(&question, &means, &policy).decision {
            let followed = policy.grants.iter().any(|grant| {
                let question = Question { method: grant.method, ..question };
                grant.capability == question.capability
                    && grant.challenge == Some(challenge)
                    && matches!(
                        decide(&question, &means, &policy).decision,
                        Decision::Aggregated(_) | Decision::Single
                    )
            });
            prop_assert!(followed);
        }
    }

    /// In any policy: its limits, not those of one installation, decide which way is open.
    #[test]
    fn nothing_is_refused_that_could_be_asked_for(
        question in any_question(),
        means in any_means(),
        maxima in proptest::collection::vec((0..eur("50"), 0..eur("600")), policy().grants.len()),
    ) {
        let mut policy = policy();
        for (grant, (aggregated, single)) in policy.grants.iter_mut().zip(maxima) {
            (grant.aggregated_max_micros, grant.single_max_micros) = (aggregated, single);
        }
        let ruling = decide(&question, &means, &policy);
        if matches!(ruling.decision, Decision::Refused(_)) {
            for grant in &policy.grants {
                let can_ask = grant.capability == question.capability && grant.challenge.is_some();
                let asked = decide(&Question { method: grant.method, ..question }, &means, &policy);
                let pays = matches!(asked.decision, Decision::Aggregated(_) | Decision::Single);
                prop_assert!(!(can_ask && pays), "{} would pay: {:?}", grant.method, ruling);
            }
        }
    }

    #[test]
    fn what_only_an_external_system_pays_is_decided_alike_whatever_it_is_for(
        question in any_question(),
        means in any_means(),
    ) {
        let policy = policy();
        let [coupon, deferred] =
            [decide_single, decide_deferred].map(|decide| decide(&question, &means, &policy).decision);
        prop_assert_eq!(coupon, deferred);
        prop_assert!(!matches!(coupon, Decision::Aggregated(_)));
        let moved = decide_transfer(&question, means.spent, &policy).decision;
        let lacks = coupon == Decision::Refused(Reason::InsufficientFunds);
        prop_assert!(coupon == moved || !means.external);
        prop_assert!(!(means.external && lacks), "there is a system, and no account is asked");
        if let Decision::StepUp(challenge) = coupon {
            let followed = policy.grants.iter().any(|grant| {
                let question = Question { method: grant.method, ..question };
                grant.capability == question.capability
                    && grant.challenge == Some(challenge)
                    && decide_single(&question, &means, &policy).decision == Decision::Single
            });
            prop_assert!(followed);
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(question in any_question(), means in any_means()) {
        prop_assert_eq!(decide(&question, &means, &policy()), decide(&question, &means, &policy()));
    }
}

/// R5, R55: nothing is too small to be asked for what a single payment is asked for.
#[test]
fn money_into_or_out_of_an_account_needs_what_a_single_payment_needs() {
    let rule = |capability, method, amount: &str| {
        let amount = Money::parse(amount, Currency::EUR).unwrap();
        let question = Question { amount, capability, method, now: Timestamp::EPOCH };
        let ruling = decide_transfer(&question, Spent::default(), &policy());
        (ruling.rule, ruling.decision == Decision::Single)
    };
    use {Capability as C, Method as M};
    for (capability, method, amount, expected) in [
        (C::App, M::DeviceKey, "0.01", (Rule::LargeGoesSingle, true)),
        (C::App, M::DeviceKey, "500", (Rule::LargeGoesSingle, true)),
        (C::App, M::DeviceKey, "500.01", (Rule::TerminalLimit, false)),
        (C::Browser, M::OneTimeCode, "30", (Rule::LargeGoesSingle, true)),
        (C::Browser, M::OneTimeCode, "30.01", (Rule::LowValueExhausted, false)),
        (C::Passkey, M::OneTimeCode, "30.01", (Rule::LowValueNeedsStepUp, false)),
        (C::Wap, M::MsisdnPin, "1", (Rule::LimitNeedsStepUp, false)),
        (C::Wap, M::MsisdnPinCode, "1", (Rule::LargeGoesSingle, true)),
        (C::Sms, M::MsisdnCode, "1", (Rule::TerminalLimit, false)),
        (C::Sms, M::Msisdn, "1", (Rule::MethodNotGranted, false)),
    ] {
        assert_eq!(rule(capability, method, amount), expected, "{capability} {method} {amount}");
    }
}
