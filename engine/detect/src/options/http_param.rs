//! `http_param:"key"`: the value of a query or form parameter (Snort 3 manual; notes 2.6, 10).

use inspect::BufferId;
use rules::RuleOption;

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::rule::Stage;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct HttpParam {
    key: Vec<u8>,
    nocase: bool,
}

impl HttpParam {
    fn is_key(&self, key: &[u8]) -> bool {
        if self.nocase { key.eq_ignore_ascii_case(&self.key) } else { key == self.key }
    }

    /// The value and the buffer it is part of, where the key is written exactly once in query and body together: Snort finds none of several.
    fn value<'a>(&self, query: &'a [u8], body: &'a [u8]) -> Option<(BufferId, &'a [u8])> {
        let pairs = |text: &'a [u8], buffer| text.split(|&b| b == b'&').map(move |pair| (buffer, pair));
        let pairs = pairs(query, BufferId::HttpUri).chain(pairs(body, BufferId::HttpClientBody));
        let mut values = pairs.filter_map(|(buffer, pair)| {
            let equals = memchr::memchr(b'=', pair)?;
            self.is_key(&pair[..equals]).then_some((buffer, &pair[equals + 1..]))
        });
        let first = values.next()?;
        (values.next().is_none() && !first.1.is_empty()).then_some(first)
    }
}

impl Step for HttpParam {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let buffers = &on.subject.inspection.buffers;
        let uri = buffers.get(BufferId::HttpUri);
        let query = memchr::memchr(b'?', uri).map(|at| &uri[at + 1..]).unwrap_or_default();
        let query = query.split(|&b| b == b'#').next().unwrap_or_default();
        let Some((buffer, value)) = self.value(query, buffers.get(BufferId::HttpClientBody)) else { return false };
        *cursor = Cursor::new(buffer, value);
        true
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let first = option.arguments.first().ok_or_else(|| missing(option.span, "http_param", "a key in quotes"))?;
    let key = match (&first.quoted, first.words.first()) {
        (Some(quoted), _) => quoted.clone(),
        (None, Some(word)) => word.text.clone().into_bytes(),
        (None, None) => return Err(missing(option.span, "http_param", "a key in quotes")),
    };
    let mut nocase = false;
    for word in option.arguments.iter().skip(1).flat_map(words) {
        match word.text.as_str() {
            "nocase" => nocase = true,
            other => return Err(unknown_argument(word.span, "http_param", other, "nocase")),
        }
    }
    draft.select(None, true, Stage::HeaderOrBody);
    draft.imply_service("http");
    draft.push(HttpParam { key, nocase }, option, around);
    Ok(())
}
