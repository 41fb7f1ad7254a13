//! Whether bytes may hold a secret at all: one pass in linear time, so that looking closely (`podlynx.redaction`) is for the few that may.

use std::sync::LazyLock;

use pyo3::prelude::*;
use regex::bytes::Regex;

/// Words that name a secret, what tells a protocol's log-in, user and host of a URL, letters that somebody hid by an escape, and
/// digits enough for a card. `podlynx.redaction.secrets` finds nothing where this finds nothing; its tests hold it to that.
const SUSPICIOUS: &str = r#"(?x-u)
    (?i: (?: passw(?:or)?d | passcode | passphrase | pwd | secret | token | cookie | credential | jwt | signature | authori[sz]ation
         | (?:api|access|auth|private|subscription|functions)[_-]?key | sess(?:ion)?[_-]?id ) [0-9a-z_-]* [\])"'\\\s]* [=:%] )
  | (?i: (?:^|[^0-9a-z]|%3f|%26|%3b) (?:pass|pin|otp|cvv2?|cvc2?|sig) [\])"'\\\s]* [=:%] )
  | (?i: <[\w.:-]* (?:pass|pwd|secret|token|credential|jwt|signature|authori|key|sess|pin|otp|cv[cv]|sig) [\w.-]*[\s>] )
  | (?i: form-data; )
  | (?i: (?:^|[\r\n]) [\x20\t]* (?: (?:pass|acct|apop) | (?:[0-9a-z.]+[\x20\t]+)? (?:login|auth(?:enticate)?) ) [\x20\t] )
  | ://[^\s/?\#"'<>]*@
  | (?i: %3a%2f%2f[^\s/?\#"'<>]*%40 )
  | %(?:[46][1-9A-Fa-f]|[57][0-9Aa]) | \\u00[4-7]
  | [2-6](?:[\x20-]?[0-9]){12}
"#;

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SUSPICIOUS).ok());

/// True where the bytes may hold a secret; also where nobody can tell.
#[pyfunction]
pub fn may_hold_secrets(data: &[u8]) -> bool {
    PATTERN.as_ref().is_none_or(|pattern| pattern.is_match(data))
}
