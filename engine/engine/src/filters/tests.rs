//! Events second by second, and which of them are shown.
#![allow(clippy::unwrap_used)]

use detect::Action;

use super::{Filters, Happening};
use crate::settings::{Mode, Settings};

fn filters(json: &str) -> Result<Filters, String> {
    let settings = Settings::read(json.as_bytes(), Mode::Exact)?;
    Filters::new(&settings, &settings.variables()?)
}

fn event(now: i64, source: u8) -> Happening {
    Happening { gid: 1, sid: 7, source: [10, 0, 0, source].into(), destination: [10, 0, 1, 1].into(), now }
}

/// Seconds at which an event of rule 1:7 from 10.0.0.1 is shown, of those at which there is one.
fn shown(json: &str, action: Action, at: &[i64]) -> Vec<i64> {
    let mut filters = filters(json).unwrap();
    at.iter().copied().filter(|&now| filters.shows(action, &event(now, 1))).collect()
}

#[test]
fn events_of_each_filter() {
    let filter = |kind: &str, count: i32| {
        format!(r#"{{"event_filter": [{{"sid": 7, "type": "{kind}", "track": "by_src", "count": {count}, "seconds": 10}}]}}"#)
    };
    let rate = |action: &str, timeout: i32| {
        format!(
            r#"{{"rate_filter": [{{"sid": 7, "track": "by_src", "count": 2, "seconds": 4, "new_action": "{action}", "timeout": {timeout}}}]}}"#
        )
    };
    let all = &[0, 1, 2, 3, 4, 9, 10, 11, 12, 25];
    let alert = Action::Alert;
    let cases: [(String, Action, &[i64]); 13] = [
        ("{}".to_owned(), alert, all),
        (filter("limit", 2), alert, &[0, 1, 10, 11, 25]),
        (filter("threshold", 3), alert, &[2, 9, 12]),
        (filter("both", 3), alert, &[2, 12]),
        (filter("limit", -1), alert, all),
        (rate("pass", 6), alert, &[0, 1, 9, 10, 25]),
        (rate("pass", 0), alert, &[0, 1]),
        (rate("drop", 6), alert, all),
        (rate("alert", 6), Action::Log, &[2, 3, 4, 11, 12]),
        ("{}".to_owned(), Action::Pass, &[]),
        ("{}".to_owned(), Action::Log, &[]),
        (r#"{"suppress": [{"sid": 7}]}"#.to_owned(), alert, &[]),
        (r#"{"suppress": [{"sid": 8}]}"#.to_owned(), alert, all),
    ];
    for (settings, action, want) in cases {
        assert_eq!(shown(&settings, action, all), want, "{settings} {action:?}");
    }
}

#[test]
fn an_entry_is_for_some_addresses_and_rules_only() {
    let suppress = |text: &str| format!(r#"{{"suppress": [{text}]}}"#);
    let cases = [
        (suppress(r#"{"sid": 7, "track": "by_src", "ip": "10.0.0.2"}"#), [true, false]),
        (suppress(r#"{"sid": 7, "track": "by_src", "ip": "[10.0.0.0/24,!10.0.0.1]"}"#), [true, false]),
        (suppress(r#"{"sid": 7, "track": "by_dst", "ip": "10.0.1.0/24"}"#), [false, false]),
        (suppress(r#"{"sid": 0, "track": "by_src", "ip": "10.0.0.1"}"#), [false, true]),
        (suppress(r#"{"gid": 2, "sid": 0}"#), [true, true]),
        (suppress(r#"{"gid": 0, "sid": 0}"#), [false, false]),
    ];
    for (settings, want) in cases {
        let mut filters = filters(&settings).unwrap();
        assert_eq!([1, 2].map(|source| filters.shows(Action::Alert, &event(0, source))), want, "{settings}");
    }
}

#[test]
fn the_narrower_filter_counts() {
    let settings = r#"{"event_filter": [
        {"gid": 0, "sid": 0, "type": "limit", "track": "by_src", "count": 1, "seconds": 60},
        {"sid": 7, "type": "limit", "track": "by_src", "count": 3, "seconds": 60}]}"#;
    let mut filters = filters(settings).unwrap();
    let of = |sid| Happening { sid, ..event(0, 1) };
    assert_eq!((0..5).filter(|_| filters.shows(Action::Alert, &of(7))).count(), 3);
    assert_eq!((0..5).filter(|_| filters.shows(Action::Alert, &of(8))).count(), 1);
}

#[test]
fn a_full_table_hides_no_event_and_is_counted() {
    let settings = r#"{"event_filter": [{"sid": 7, "type": "threshold", "track": "by_src", "count": 2, "seconds": 60}]}"#;
    let mut filters = filters(settings).unwrap();
    let from = |address: u32, now| Happening { source: std::net::Ipv4Addr::from(address).into(), ..event(now, 1) };
    for address in 0..65_536 {
        assert!(!filters.shows(Action::Alert, &from(address, 0)));
    }
    assert!(filters.shows(Action::Alert, &from(70_000, 1)), "nobody can be counted, so everything is shown");
    assert_eq!(filters.caps()[0].1, 1);
    assert!(!filters.shows(Action::Alert, &from(70_000, 60)), "those whose window is over make room");
}

#[test]
fn what_makes_no_sense_is_named() {
    let cases = [
        (r#"{"suppress": [{"sid": 1, "ip": "10.0.0.1"}]}"#, "suppress.0.ip: needs track"),
        (r#"{"suppress": [{"sid": 1, "track": "by_src", "ip": "ten"}]}"#, "suppress.0.ip: `ten` is no list of addresses"),
        (r#"{"event_filter": [{"sid": 1, "type": "limit", "track": "by_rule", "count": 1, "seconds": 1}]}"#, "event_filter.0.track"),
        (r#"{"event_filter": [{"sid": 1, "type": "limit", "track": "by_src", "count": 0, "seconds": 1}]}"#, "event_filter.0.count"),
        (
            r#"{"rate_filter": [{"sid": 1, "track": "by_src", "count": 1, "seconds": 1, "new_action": "shout", "timeout": 1}]}"#,
            "rate_filter.0.new_action: `shout` is no rule action",
        ),
        (r#"{"alerts": {"order": "pass alarm"}}"#, "alerts.order: `alarm` is no rule action"),
        (r#"{"ips": {"variables": {"nets": {"HOME_NET": "10.0.0.0/33"}}}}"#, "ips.variables.nets.HOME_NET"),
        (r#"{"ips": {"variables": {"nets": {"HOME_NET": "$AWAY"}}}}"#, "`$AWAY` has no value"),
    ];
    for (settings, says) in cases {
        let error = filters(settings).map(|_| ()).unwrap_err();
        assert!(error.contains(says), "{settings}: {error}");
    }
}
