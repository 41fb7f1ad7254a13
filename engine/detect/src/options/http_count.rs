//! `http_num_headers`, `http_num_trailers`, `http_num_cookies`, `http_max_header_line`, `http_max_trailer_line`: a number of an HTTP message
//! compared with a range (Snort 3 rule guide).

use inspect::BufferId;
use inspect::http::{HeaderLine, header_lines};
use rules::RuleOption;

use crate::arguments::{Range, range_word, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::http_message::{COMMON, Message, common, note};
use crate::step::{Evaluation, Step};

#[derive(Debug, Clone, Copy)]
enum What {
    Lines,
    LongestLine,
    Cookies,
}

#[derive(Debug)]
struct Count {
    what: What,
    block: BufferId,
    message: Message,
    range: Range,
}

impl Step for Count {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let block = self.message.buffer(on, self.block);
        if block.is_empty() {
            return false;
        }
        on.spend(block.len());
        let lines = header_lines(block);
        let number = match self.what {
            What::Lines => lines.count(),
            What::LongestLine => lines.map(|line| line.length).max().unwrap_or(0),
            What::Cookies if self.message.is_request(on) => lines.filter(|line| is(line, b"cookie")).map(|line| cookies(line.value)).sum(),
            What::Cookies => lines.filter(|line| is(line, b"set-cookie")).count(),
        };
        self.range.contains(number as i64)
    }
}

fn is(line: &HeaderLine<'_>, name: &[u8]) -> bool {
    line.name.eq_ignore_ascii_case(name)
}

/// Cookies of a request's Cookie line (RFC 6265 section 4.2.1).
fn cookies(value: &[u8]) -> usize {
    value.split(|&byte| byte == b';').filter(|pair| !pair.trim_ascii().is_empty()).count()
}

/// Reads the option: its keyword says what is counted.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let keyword = option.keyword.text.as_str();
    let trailer = keyword.contains("trailer");
    let block = if trailer { BufferId::HttpRawTrailer } else { BufferId::HttpRawHeader };
    let what = match keyword {
        "http_num_cookies" => What::Cookies,
        _ if keyword.starts_with("http_max") => What::LongestLine,
        _ => What::Lines,
    };
    let first = option.arguments.first().map(words).filter(|list| !list.is_empty());
    let first = first.ok_or_else(|| missing(option.span, keyword, "a number or a range"))?;
    let mut word = first[0].clone();
    word.text = first.iter().map(|part| part.text.as_str()).collect();
    let range = range_word(keyword, &word, 65_535)?;
    let mut message = Message::default();
    for word in option.arguments.iter().skip(1).flat_map(words) {
        if !common(&word.text, &mut message) {
            return Err(unknown_argument(word.span, keyword, &word.text, &format!("a range, then {COMMON}")));
        }
    }
    note(draft, trailer, message);
    draft.push(Count { what, block, message, range }, option, around);
    Ok(())
}
