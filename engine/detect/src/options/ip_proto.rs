//! `ip_proto`: protocol behind the innermost IP header, by number or name (Snort 3 manual "ip_proto"; notes 2.9).

use rules::RuleOption;

use crate::arguments::{range_word, value};
use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare_range;

/// Names of protocols (IANA, "Assigned Internet Protocol Numbers").
const NAMES: [(&str, u8); 22] = [
    ("icmp", 1),
    ("igmp", 2),
    ("ipencap", 4),
    ("ipip", 4),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("udp", 17),
    ("ipv6", 41),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("icmp6", 58),
    ("icmpv6", 58),
    ("ipv6-icmp", 58),
    ("eigrp", 88),
    ("ospf", 89),
    ("pim", 103),
    ("vrrp", 112),
    ("sctp", 132),
    ("udplite", 136),
];

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let mut word = value(option)?;
    let name = word.text.trim_start_matches(['!', '=', '<', '>', ' ']).to_ascii_lowercase();
    if let Some((_, number)) = NAMES.iter().find(|(known, _)| *known == name) {
        let signs = word.text.len() - name.len();
        word.text = format!("{}{number}", &word.text[..signs]);
    }
    let range = range_word("ip_proto", &word, u8::MAX.into())?;
    draft.ip_proto = Some(range);
    compare_range(option, draft, around, range, |subject| subject.packet?.ip.as_ref().map(|ip| i64::from(ip.protocol)))
}
