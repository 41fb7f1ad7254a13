//! Options about the rule as a whole: what is accepted without effect, and `enable`.

use crate::support::check;
use detect::Variables;

#[test]
fn what_tells_people_of_a_rule_changes_no_match() {
    check(&[
        ("rem", r#"rem:"why; and how"; content:"a";"#, b"a", true),
        ("target", r#"content:"a"; target:dst_ip;"#, b"a", true),
        ("the other end", r#"content:"a"; target:src_ip;"#, b"b", false),
        ("replace", r#"content:"a"; replace:"b|00|";"#, b"a", true),
        ("priority", r#"content:"a"; priority:1;"#, b"a", true),
        ("tag", r#"content:"a"; tag:session,packets 5;"#, b"a", true),
        ("metadata", r#"metadata:policy security-ips drop, service http; content:"a";"#, b"a", true),
        ("reference", r#"reference:url,example.org/a?b=c; content:"a";"#, b"a", true),
        ("enable", r#"enable:yes; content:"a";"#, b"a", true),
    ]);
}

#[test]
fn a_rule_that_switches_itself_off_is_left_out_with_a_warning() {
    let rule = r#"alert tcp any any -> any 80 (content:"a"; enable:no; sid:1;)"#;
    let loaded = detect::load(&[("one.rules", rule.as_bytes())], &Variables::default(), true, Default::default());
    let said: Vec<_> = loaded.refusals.iter().map(|refusal| (refusal.diagnostic.code, refusal.diagnostic.fatal)).collect();
    assert_eq!((said, loaded.rules.rules().len()), (vec![("D008", false)], 0));
}

#[test]
fn actions_are_words_and_a_rule_may_have_comments_and_lines() {
    let rules = concat!(
        "# alert tcp any any -> any any (content:\"a\"; sid:1;)\n",
        "/* alert tcp any any -> any any (content:\"a\"; sid:2;) */\n",
        "#begin\nalert tcp any any -> any any (content:\"a\"; sid:3;)\n#end\n",
        "drop tcp any any -> any any (content:\"a\"; sid:4;) # behind it\n",
        "alert tcp any any -> any any\n(\n  content:\"a\"; # within it\n  /* and over\n  lines */ sid:5;\n)\n",
        "block tcp any any -> any any \\\n  (content:\"a\"; sid:6;)\n",
        "alert tcp (content:\"a\"; sid:7;)\n",
    );
    let loaded = detect::load(&[("one.rules", rules.as_bytes())], &Variables::default(), true, Default::default());
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    let rules: Vec<_> = loaded.rules.rules().iter().map(|rule| (rule.id.sid, rule.about.action.as_str())).collect();
    assert_eq!(rules, [(4, "drop"), (5, "alert"), (6, "block"), (7, "alert")]);
}

#[test]
fn a_service_that_nobody_knows_is_warned_of_and_the_rule_loads() {
    for (rule, warnings) in [
        (r#"alert tcp any any -> any 80 (content:"a"; service:htttp; sid:1;)"#, 1),
        (r#"alert tpc any any -> any 80 (content:"a"; sid:1;)"#, 1),
        (r#"alert tcp any any -> any 80 (content:"a"; service:kerberos,http; sid:1;)"#, 0),
    ] {
        let loaded = detect::load(&[("one.rules", rule.as_bytes())], &Variables::default(), true, Default::default());
        let said: Vec<_> = loaded.refusals.iter().map(|refusal| (refusal.diagnostic.code, refusal.diagnostic.fatal)).collect();
        assert_eq!((said, loaded.rules.rules().len()), (vec![("D009", false); warnings], 1), "{rule}");
    }
}
