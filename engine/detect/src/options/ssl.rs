//! `ssl_state` and `ssl_version`: what the TLS inspector saw (Snort 3 manual; notes 2.10).

use inspect::{ssl_states, ssl_versions};
use rules::RuleOption;

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Ssl {
    version: bool,
    wanted: u32,
    /// Words behind `!`.
    unwanted: u32,
}

impl Step for Ssl {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(facts) = on.subject.inspection.facts.ssl else { return false };
        if !on.subject.rebuilt && !on.subject.whole {
            return false;
        }
        let seen = if self.version { facts.versions } else { facts.states };
        // A listed word that was seen, or a negated one that was not.
        (self.wanted & seen) != 0 || (self.unwanted & !seen) != 0
    }
}

fn compile_words(option: &RuleOption, known: &[(&str, u32)], version: bool, draft: &mut Draft, around: &Around<'_>) -> Compiled {
    let mut ssl = Ssl { version, wanted: 0, unwanted: 0 };
    for word in option.arguments.iter().flat_map(words) {
        let (negated, name) = match word.text.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, word.text.as_str()),
        };
        let bit = known.iter().find(|(text, _)| *text == name).map(|(_, bit)| *bit);
        let list = || known.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(", ");
        let bit = bit.ok_or_else(|| unknown_argument(word.span, &option.keyword.text, name, &list()))?;
        *(if negated { &mut ssl.unwanted } else { &mut ssl.wanted }) |= bit;
    }
    draft.push(ssl, option, around);
    Ok(())
}

/// Reads `ssl_state`.
pub fn state(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let known = [
        ("client_hello", ssl_states::CLIENT_HELLO),
        ("server_hello", ssl_states::SERVER_HELLO),
        ("client_keyx", ssl_states::CLIENT_KEYX),
        ("server_keyx", ssl_states::SERVER_KEYX),
        ("unknown", ssl_states::UNKNOWN),
    ];
    compile_words(option, &known, false, draft, around)
}

/// Reads `ssl_version`.
pub fn version(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let known = [
        ("sslv2", ssl_versions::SSLV2),
        ("sslv3", ssl_versions::SSLV3),
        ("tls1.0", ssl_versions::TLS1_0),
        ("tls1.1", ssl_versions::TLS1_1),
        ("tls1.2", ssl_versions::TLS1_2),
    ];
    compile_words(option, &known, true, draft, around)
}
