//! Options that select a buffer for those behind them: `pkt_data`, `file_data`, `http_uri`, ... (Snort notes 2.2, 2.6).

use inspect::BufferId;
use rules::RuleOption;

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::content::searchable;
use crate::rule::Stage;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Select {
    buffer: BufferId,
}

impl Step for Select {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let data = on.subject.inspection.buffers.get(self.buffer);
        *cursor = Cursor::new(self.buffer, data);
        if self.buffer == BufferId::FileData {
            cursor.file_pos = on.subject.inspection.file_pos;
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
        _ => None,
    }
}

/// Reads the option: the keyword is the buffer's name.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let keyword = option.keyword.text.as_str();
    let known = BufferId::NAMES.iter().find(|(_, name)| *name == keyword);
    let Some((buffer, _)) = known.copied() else {
        return Err(fault("D060", option.keyword.span, format!("`{keyword}` is no buffer"), "see `podlynx rules explain --buffers`"));
    };
    if matches!(buffer, BufferId::JsData | BufferId::VbaData) {
        draft.not_evaluated.get_or_insert_with(|| keyword.to_owned());
    }
    let mut field = None;
    for argument in &option.arguments {
        let list = words(argument);
        match list.first().map(|word| word.text.as_str()) {
            None | Some("request" | "with_header" | "with_body" | "with_trailer") => {}
            Some("field") if list.len() == 2 && keyword.contains("header") => field = Some(list[1].text.clone()),
            Some(other) => {
                return Err(unknown_argument(argument.span, keyword, other, "request, with_header, with_body, with_trailer, field NAME"));
            }
        }
    }
    let searched = searchable(buffer).then_some(buffer);
    draft.select(searched, field.is_some(), stage(buffer));
    if let Some(name) = service(buffer) {
        draft.imply_service(name);
    }
    match field {
        Some(name) => draft.push(super::http_field::HttpField::new(name), option, around),
        None => draft.push(Select { buffer }, option, around),
    }
    Ok(())
}
