//! Options that select a buffer for those behind them: `pkt_data`, `file_data`, `http_uri`, ... (Snort notes 2.2, 2.6).

use inspect::BufferId;
use inspect::http::{UriPart, part};
use rules::RuleOption;

use crate::arguments::{value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::content::searchable;
use crate::options::http_field;
use crate::options::http_message::{Message, common};
use crate::rule::Stage;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Select {
    buffer: BufferId,
    message: Message,
}

impl Step for Select {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let inspection = on.subject.inspection;
        // Seen by running: raw_data does not find what an inspector normalized (SMTP commands).
        if self.buffer == BufferId::RawData && inspection.alternate {
            return false;
        }
        let data = if self.message.request { self.message.buffer(on, self.buffer) } else { inspection.buffers.get(self.buffer) };
        *cursor = Cursor::new(self.buffer, data);
        if self.buffer == BufferId::FileData {
            cursor.file_pos = inspection.file_pos;
        }
        // pkt_data and raw_data are always there, the others only where they hold something.
        !data.is_empty() || matches!(self.buffer, BufferId::PktData | BufferId::RawData)
    }
}

/// A part of the URI.
#[derive(Debug)]
struct SelectPart {
    buffer: BufferId,
    part: UriPart,
}

impl Step for SelectPart {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let buffers = on.subject.inspection.buffers;
        let (uri, connect) = (buffers.get(BufferId::HttpRawUri), buffers.get(BufferId::HttpMethod).eq_ignore_ascii_case(b"CONNECT"));
        let mut normalized = Vec::new();
        let written = (self.buffer == BufferId::HttpUri).then_some(&mut normalized);
        let raw = part(uri, self.part, connect, written);
        let data = if normalized.is_empty() { raw } else { on.memory.alloc_slice_copy(&normalized) };
        on.spend(uri.len());
        *cursor = Cursor::new(self.buffer, data);
        !data.is_empty()
    }
}

fn stage(buffer: BufferId) -> Stage {
    use BufferId::*;
    match buffer {
        HttpUri | HttpRawUri | HttpHeader | HttpRawHeader | HttpCookie | HttpRawCookie | HttpMethod | HttpVersion | HttpStatCode
        | HttpStatMsg | HttpRawRequest | HttpRawStatus | HttpTrueIp => Stage::Header,
        PktData | FileData | HttpClientBody | HttpRawBody => Stage::Body,
        HttpTrailer | HttpRawTrailer => Stage::Trailer,
        _ => Stage::Unsaid,
    }
}

/// The service that a buffer implies for a rule that names none.
fn service(buffer: BufferId) -> Option<&'static str> {
    let name = buffer.name();
    match buffer {
        BufferId::FileData => Some("file"),
        _ if name.starts_with("http_") => Some("http"),
        _ if name.starts_with("sip_") => Some("sip"),
        // Which means dcerpc too.
        BufferId::DceStubData => Some("netbios-ssn"),
        _ => None,
    }
}

/// What may stand behind a buffer's name (Snort 3 rule guide, the pages of the buffers).
fn known_arguments(keyword: &str) -> &'static str {
    match keyword {
        "http_header" | "http_raw_header" | "http_trailer" | "http_raw_trailer" => "field, request, with_header, with_body, with_trailer",
        "http_cookie" | "http_raw_cookie" | "http_version" => "request, with_header, with_body, with_trailer",
        "http_uri" | "http_raw_uri" => "scheme, host, port, path, query, fragment, with_header, with_body, with_trailer",
        _ if keyword.starts_with("http_") => "with_header, with_body, with_trailer",
        _ => "nothing",
    }
}

/// What stands behind the buffer's name.
#[derive(Debug, Default)]
struct Arguments {
    field: Option<String>,
    message: Message,
    part: Option<UriPart>,
}

fn uri_part(word: &str) -> Option<UriPart> {
    Some(match word {
        "scheme" => UriPart::Scheme,
        "host" => UriPart::Host,
        "port" => UriPart::Port,
        "path" => UriPart::Path,
        "query" => UriPart::Query,
        "fragment" => UriPart::Fragment,
        _ => return None,
    })
}

fn arguments(option: &RuleOption) -> Compiled<Arguments> {
    let (keyword, mut found) = (option.keyword.text.as_str(), Arguments::default());
    let known = known_arguments(keyword);
    for argument in &option.arguments {
        let list = words(argument);
        let name = list.first().map(|word| word.text.as_str()).unwrap_or_default();
        if !known.split(", ").any(|one| one == name) {
            return Err(unknown_argument(argument.span, keyword, name, known));
        }
        match name {
            "field" => found.field = Some(http_field::known(value_of(keyword, &list, argument.span)?)?),
            _ if common(name, &mut found.message) => {}
            name => found.part = uri_part(name).or(found.part),
        }
    }
    Ok(found)
}

/// Whether the prefilter finds in the buffer whatever can be found in the part of it that is asked for.
fn is_searched(buffer: BufferId, asked: &Arguments) -> bool {
    let kept = match asked.part {
        Some(UriPart::Scheme | UriPart::Host | UriPart::Port) => buffer == BufferId::HttpRawUri,
        _ => true,
    };
    let as_it_came = asked.field.is_none() || buffer != BufferId::HttpTrailer;
    searchable(buffer) && kept && as_it_came && !asked.message.request
}

/// Reads the option: the keyword is the buffer's name.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let keyword = option.keyword.text.as_str();
    // Only keywords that are names of buffers come here (see OPTIONS).
    let buffer = BufferId::NAMES.iter().find(|(_, name)| *name == keyword).map_or(BufferId::PktData, |(buffer, _)| *buffer);
    let asked = arguments(option)?;
    let searched = is_searched(buffer, &asked).then_some(buffer);
    draft.select(searched, asked.field.is_some() || asked.part.is_some(), stage(buffer));
    draft.once_a_message |= asked.message.request;
    if let Some(name) = service(buffer) {
        draft.imply_service(name);
    }
    let message = asked.message;
    match (asked.field, asked.part) {
        (Some(name), _) => draft.push(http_field::HttpField { name, buffer, message }, option, around),
        (None, Some(part)) => draft.push(SelectPart { buffer, part }, option, around),
        (None, None) => draft.push(Select { buffer, message }, option, around),
    }
    Ok(())
}
