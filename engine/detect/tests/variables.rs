//! Values for `$NAME`, set by hand.
#![allow(clippy::unwrap_used)]

mod support;

use detect::Variables;
use support::{Given, run};

/// (name, value) -> whether a rule for that variable alerts on traffic from 10.0.0.1 to 10.0.0.2 port 80.
fn alerts(rule: &str, name: &str, value: &str) -> bool {
    let mut variables = Variables::default();
    variables.set(name, value).unwrap();
    let loaded = detect::load(&[("test.rules", rule.as_bytes())], &variables, true, Default::default());
    assert!(loaded.refusals.is_empty(), "{name} {value}: {:?}", loaded.refusals);
    run(&loaded.rules, &[Given::payload(b"abc")]) == [[1]]
}

#[test]
fn addresses_and_ports_are_taken_as_rules_write_them() {
    let from_home = r#"alert tcp $HOME_NET any -> any any (content:"abc"; sid:1;)"#;
    let not_home = r#"alert tcp !$HOME_NET any -> any any (content:"abc"; sid:1;)"#;
    let web = r#"alert tcp any any -> any $HTTP_PORTS (content:"abc"; sid:1;)"#;
    let rows = [
        (from_home, "HOME_NET", "10.0.0.0/8", true),
        (from_home, "HOME_NET", "192.168.0.0/16", false),
        (from_home, "HOME_NET", "[192.168.0.0/16,10.0.0.1]", true),
        (from_home, "HOME_NET", "[10.0.0.0/8,!10.0.0.1]", false),
        (from_home, "HOME_NET", "any", true),
        (from_home, "HOME_NET", "fd00::/8", false),
        (not_home, "HOME_NET", "10.0.0.0/8", false),
        (not_home, "HOME_NET", "192.168.0.0/16", true),
        (web, "HTTP_PORTS", "80", true),
        (web, "HTTP_PORTS", "[8000:8099,443]", false),
        (web, "HTTP_PORTS", "!443", true),
        (r#"alert tcp any any -> $MY_SHOP any (content:"abc"; sid:1;)"#, "MY_SHOP", "10.0.0.2", true),
        (r#"alert tcp any any -> any $MY_PORT (content:"abc"; sid:1;)"#, "MY_PORT", "80", true),
    ];
    for (rule, name, value, expected) in rows {
        assert_eq!(alerts(rule, name, value), expected, "{name}={value}: {rule}");
    }
}

#[test]
fn a_value_that_is_none_is_refused_with_what_to_write() {
    let rows =
        [("HOME_NET", "somewhere"), ("HOME_NET", "10.0.0.0/99"), ("HOME_NET", ""), ("HTTP_PORTS", "10.0.0.1"), ("HTTP_PORTS", "70000")];
    for (name, value) in rows {
        let fault = Variables::default().set(name, value).unwrap_err();
        assert!(fault.contains(name) && fault.contains("give a list of"), "{fault}");
    }
}

#[test]
fn a_variable_that_names_itself_is_refused() {
    let mut variables = Variables::default();
    variables.set("HOME_NET", "$HOME_NET").unwrap();
    variables.set("A_PORTS", "[$A_PORTS,80]").unwrap();
    let rules =
        "alert tcp $HOME_NET any -> any any (sid:1;)\nalert tcp any any -> any $A_PORTS (sid:2;)\nalert tcp any any -> any any (sid:3;)\n";
    let loaded = detect::load(&[("test.rules", rules.as_bytes())], &variables, true, Default::default());
    assert_eq!(loaded.refusals.iter().map(|refusal| refusal.diagnostic.code).collect::<Vec<_>>(), ["D005", "D005"]);
    assert_eq!(loaded.rules.rules().len(), 1);
}
