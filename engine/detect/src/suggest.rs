//! What was meant by a word that nobody knows: a slip of the keyboard, or version 2 of the language.

use rules::{Diagnostic, Word};

use crate::diagnose::fault;
use crate::options;

/// The fault of a keyword that the language does not have.
pub fn unknown_keyword(keyword: &Word) -> Diagnostic {
    let near = options::OPTIONS.iter().map(|kind| (distance(kind.keyword, &keyword.text), kind.keyword)).min();
    let hint = match near {
        Some((distance, name)) if distance <= 2 => format!("did you mean `{name}`?"),
        _ => "docs/rule-options.md lists the options there are".to_owned(),
    };
    let hint = of_snort2(&keyword.text).map_or(hint, str::to_owned);
    fault("D001", keyword.span, format!("there is no rule option `{}`", keyword.text), hint)
}

/// How Snort 3 writes what was an option of its own in version 2 of the language.
fn of_snort2(keyword: &str) -> Option<&'static str> {
    Some(match keyword {
        "nocase" | "depth" | "offset" | "distance" | "within" | "fast_pattern" => {
            "write it behind its content, as in content:\"abc\",nocase,depth 5;"
        }
        "uricontent" => "write http_uri; content:\"...\";",
        "urilen" => "write http_uri; bufferlen:...;",
        "rawbytes" => "write raw_data; before the content",
        "isnotdataat" => "write isdataat:!...;",
        "threshold" => "write detection_filter, or an event_filter in the settings",
        "http_encode" | "sameip" | "ftpbounce" | "logto" | "session" | "resp" | "activates" | "activated_by" | "count" => {
            "version 3 of the language has no such option"
        }
        _ => return None,
    })
}

/// Letters to change, add or drop to make one word the other.
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let best = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}
