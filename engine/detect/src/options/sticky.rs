//! Options that select a buffer for those behind them: `pkt_data`, `file_data`, `http_uri`, ... (Snort notes 2.2, 2.6).

use inspect::BufferId;
use rules::RuleOption;

use crate::arguments::{value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::content::searchable;
use crate::options::http_field;
use crate::rule::Stage;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Select {
    buffer: BufferId,
}

impl Step for Select {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let inspection = on.subject.inspection;
        // Seen by running: raw_data does not find what an inspector normalized (SMTP commands).
        if self.buffer == BufferId::RawData && inspection.alternate {
            return false;
        }
        let data = inspection.buffers.get(self.buffer);
        *cursor = Cursor::new(self.buffer, data);
        if self.buffer == BufferId::FileData {
            cursor.file_pos = inspection.file_pos;
        }
        // pkt_data and raw_data are always there, the others only where they hold something.
        !data.is_empty() || matches!(self.buffer, BufferId::PktData | BufferId::RawData)
    }
}

fn stage(buffer: BufferId) -> Stage {
    use BufferId::*;
    match buffer {
        HttpUri | HttpRawUri | HttpHeader | HttpRawHeader | HttpCookie | HttpRawCookie | HttpMethod | HttpVersion | HttpStatCode
        | HttpStatMsg | HttpRawRequest | HttpRawStatus | HttpTrueIp => Stage::Header,
        PktData | FileData | HttpClientBody | HttpRawBody | JsData | VbaData => Stage::Body,
        HttpTrailer | HttpRawTrailer => Stage::Trailer,
        _ => Stage::Unsaid,
    }
}

/// The service that a buffer implies for a rule that names none.
fn service(buffer: BufferId) -> Option<&'static str> {
    let name = buffer.name();
    match buffer {
        BufferId::JsData => Some("http"),
        _ if name.starts_with("http_") => Some("http"),
        _ if name.starts_with("sip_") => Some("sip"),
        // Which means dcerpc too.
        BufferId::DceStubData => Some("netbios-ssn"),
        _ => None,
    }
}

/// What may stand behind a buffer's name (Snort 3 manual, the modules of the buffers).
fn known_arguments(keyword: &str) -> &'static str {
    match keyword {
        "http_header" | "http_trailer" => "field NAME, request, with_header, with_body, with_trailer",
        "http_raw_header" | "http_raw_trailer" | "http_cookie" | "http_raw_cookie" | "http_version" => {
            "request, with_header, with_body, with_trailer"
        }
        "http_uri" | "http_raw_uri" => "scheme, host, port, path, query, fragment, with_header, with_body, with_trailer",
        _ if keyword.starts_with("http_") => "with_header, with_body, with_trailer",
        _ => "nothing",
    }
}

/// Reads what stands behind the buffer's name; answers the header line that is asked for. `with_...` say nothing in Snort 3.12.
fn arguments(option: &RuleOption, draft: &mut Draft) -> Compiled<Option<String>> {
    let (keyword, mut field) = (option.keyword.text.as_str(), None);
    let known = known_arguments(keyword);
    for argument in &option.arguments {
        let list = words(argument);
        let name = list.first().map(|word| word.text.as_str()).unwrap_or_default();
        if !known.split(", ").any(|one| one.split(' ').next() == Some(name)) {
            return Err(unknown_argument(argument.span, keyword, name, known));
        }
        match name {
            "field" => field = Some(http_field::known(value_of(keyword, &list, argument.span)?)?),
            "with_header" | "with_body" | "with_trailer" => {}
            // The request's buffers while its response is inspected, and parts of a URI, are not kept apart.
            part => drop(draft.not_evaluated.get_or_insert_with(|| format!("{keyword}:{part}"))),
        }
    }
    Ok(field)
}

/// Reads the option: the keyword is the buffer's name.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let keyword = option.keyword.text.as_str();
    // Only keywords that are names of buffers come here (see OPTIONS).
    let buffer = BufferId::NAMES.iter().find(|(_, name)| *name == keyword).map_or(BufferId::PktData, |(buffer, _)| *buffer);
    if matches!(buffer, BufferId::JsData | BufferId::VbaData) {
        draft.not_evaluated.get_or_insert_with(|| keyword.to_owned());
    }
    let field = arguments(option, draft)?;
    let searched = searchable(buffer).then_some(buffer);
    draft.select(searched, field.is_some(), stage(buffer));
    if let Some(name) = service(buffer) {
        draft.imply_service(name);
    }
    match field {
        Some(name) => draft.push(http_field::HttpField::new(name), option, around),
        None => draft.push(Select { buffer }, option, around),
    }
    Ok(())
}
