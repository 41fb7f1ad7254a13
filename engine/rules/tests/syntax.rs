//! `syntax/NAME.rules` beside `syntax/NAME.txt`: the tree that a rule becomes. Recorded like `errors.rs`.

use std::fmt::Write;
use std::path::Path;

use rules::{AddressSet, Argument, PortSet, Rule};

mod goldens;

fn report(name: &str, source: &[u8]) -> String {
    let file = rules::parse(source);
    let mut text = String::new();
    file.rules.iter().for_each(|rule| show_rule(rule, &mut text));
    for diagnostic in &file.diagnostics {
        let _ = write!(text, "{}", rules::render(diagnostic, name, source));
    }
    text
}

fn show_rule(rule: &Rule, text: &mut String) {
    let _ = write!(text, "line {}: {} {}", rule.line, rule.action.text, rule.protocol.text);
    if let Some(ends) = &rule.endpoints {
        let arrow = if ends.both_ways { "<>" } else { "->" };
        let (from, to) = (addresses(&ends.src), addresses(&ends.dst));
        let _ = write!(text, " {from} {} {arrow} {to} {}", ports(&ends.src_ports), ports(&ends.dst_ports));
    }
    text.push('\n');
    for option in &rule.options {
        let _ = writeln!(text, "  {}{}", option.keyword.text, if option.value.is_some() { ":" } else { "" });
        option.arguments.iter().for_each(|argument| show_argument(argument, text));
    }
}

fn show_argument(argument: &Argument, text: &mut String) {
    let words: Vec<&str> = argument.words.iter().map(|word| word.text.as_str()).collect();
    let negated = if argument.negated { "! " } else { "" };
    let quoted = argument.quoted.as_ref().map(|bytes| format!("\"{}\" ", bytes.escape_ascii())).unwrap_or_default();
    let _ = writeln!(text, "    {}", format!("{negated}{quoted}{words:?}").trim_end_matches("[]").trim_end());
}

fn addresses(set: &AddressSet) -> String {
    match set {
        AddressSet::Any => "any".to_owned(),
        AddressSet::Variable(word) => format!("variable({})", word.text),
        AddressSet::Network(address, length) => format!("{address}/{length}"),
        AddressSet::Not(inner) => format!("not({})", addresses(inner)),
        AddressSet::List(members) => format!("list({})", members.iter().map(addresses).collect::<Vec<_>>().join(" ")),
    }
}

fn ports(set: &PortSet) -> String {
    match set {
        PortSet::Any => "any".to_owned(),
        PortSet::Variable(word) => format!("variable({})", word.text),
        PortSet::Range(low, high) => format!("{low}..{high}"),
        PortSet::Not(inner) => format!("not({})", ports(inner)),
        PortSet::List(members) => format!("list({})", members.iter().map(ports).collect::<Vec<_>>().join(" ")),
    }
}

#[test]
fn rules_become_the_recorded_trees() {
    goldens::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax"), report);
}
