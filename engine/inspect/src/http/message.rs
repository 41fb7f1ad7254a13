//! One message from its head to its trailers, and the units of detection that come of it.

use memchr::memchr;

use super::body::Content;
use super::charset::Charset;
use super::head::Head;
use super::headers::without_final_line_ends;
use super::normalize::decode_in_place;
use super::pool::{FieldList, Pool, SectionBuffers};
use super::transaction::RequestParts;
use crate::{BufferId, Buffers, Facts, HttpFacts, Inspection, Section, Sink};

/// (name, value) of a header line.
type Field<'a> = (&'a [u8], &'a [u8]);

/// A message whose body may still be going on.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub head: Head,
    /// The head as it came, kept while the body lasts.
    kept: Vec<u8>,
    content: Content,
    /// A body of files in a form: no file of its own.
    form: bool,
    /// Sections are no packet data.
    hidden: bool,
    file_id: u64,
    file_pos: u64,
}

impl Message {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.head.clear();
        self.kept.clear();
        (self.content, self.form, self.hidden, self.file_id, self.file_pos) = Default::default();
    }

    /// Octets of memory held.
    pub fn capacity(&self) -> usize {
        self.kept.capacity() + self.head.capacity()
    }

    /// Gives the head to detection: `data` is the block it was parsed from.
    pub fn inspect_head(&self, data: &[u8], request: Option<RequestParts<'_>>, pool: &mut Pool, sink: &mut Sink<'_>) {
        let list = &mut pool.section.fields;
        let fields = self.fields(data, list);
        let mut unit = self.unit(Section::Header, data, request, &fields);
        unit.buffers.set(BufferId::RawData, self.head.raw_header(data));
        sink(&unit);
        list.give(fields);
    }

    /// Keeps what the body needs of a head.
    pub fn begin_body(&mut self, data: &[u8], file_id: u64) {
        self.kept.extend_from_slice(data);
        self.file_id = file_id;
        let (headers, request) = (&self.head.headers, self.head.is_request());
        let charset = if request { Charset::Narrow } else { Charset::of_content_type(headers.content_type.of(data)) };
        self.content = Content::new(headers.coding, charset);
        self.form = request && headers.is_multipart_form(data);
    }

    /// Leaves `pkt_data` empty also for body sections, as HTTP/2 has it.
    pub fn hide_packet(&mut self) {
        self.hidden = true;
    }

    /// Gives the content of a body section to detection; `section` is without transfer coding.
    pub fn inspect_body(&mut self, section: &[u8], request: Option<RequestParts<'_>>, pool: &mut Pool, sink: &mut Sink<'_>) {
        let SectionBuffers { unfolded, text, decoded, fields } = &mut pool.section;
        let body = self.content.unfold(section, unfolded);
        let file = if self.form { &[] } else { self.content.convert(body, text) };
        if !body.is_empty() {
            let client = if self.head.is_request() { percent_decoded(body, decoded) } else { &[] };
            let listed = self.fields(&self.kept, fields);
            let mut unit = self.unit(Section::Body, &self.kept, request, &listed);
            unit.buffers.set(BufferId::PktData, if self.hidden { &[] } else { body });
            unit.buffers.set(BufferId::RawData, body);
            unit.buffers.set(BufferId::HttpRawBody, body);
            unit.buffers.set(BufferId::HttpClientBody, client);
            unit.buffers.set(BufferId::FileData, file);
            sink(&unit);
            fields.give(listed);
        }
        self.file_pos += file.len() as u64;
        pool.section.empty();
    }

    /// Gives the trailers to detection, where there are any.
    pub fn inspect_trailers(&self, data: &[u8], request: Option<RequestParts<'_>>, pool: &mut Pool, sink: &mut Sink<'_>) {
        let raw = &data[..without_final_line_ends(data)];
        if raw.is_empty() {
            return;
        }
        let SectionBuffers { decoded, fields, .. } = &mut pool.section;
        let listed = self.fields(&self.kept, fields);
        let mut unit = self.unit(Section::Trailer, &self.kept, request, &listed);
        unit.buffers.set(BufferId::RawData, raw);
        unit.buffers.set(BufferId::HttpRawTrailer, raw);
        unit.buffers.set(BufferId::HttpTrailer, percent_decoded(raw, decoded));
        sink(&unit);
        fields.give(listed);
        pool.section.empty();
    }

    /// A unit of detection with the buffers that every section of the message has: those of the request, then its own.
    fn unit<'a>(&'a self, section: Section, data: &'a [u8], request: Option<RequestParts<'a>>, fields: &'a [Field<'a>]) -> Inspection<'a> {
        let request = if self.head.is_request() { self.head.parts(data) } else { request.unwrap_or_default() };
        let RequestParts { line: request_line, host, user_agent, .. } = request;
        let http = HttpFacts { fields, request_line, host, user_agent, request: request.message };
        let mut unit = Inspection {
            section,
            buffers: Buffers::default(),
            alternate: false,
            head: true,
            file_id: self.file_id,
            file_pos: self.file_pos,
            encrypted: false,
            facts: Facts { http: Some(http), ..Facts::default() },
        };
        request.fill(&mut unit.buffers);
        self.head.fill(data, &mut unit.buffers);
        unit
    }

    /// The list of fields for one unit.
    fn fields<'a>(&'a self, data: &'a [u8], list: &mut FieldList) -> Vec<Field<'a>> {
        let mut fields = list.take();
        self.head.fields(data, &mut fields);
        fields
    }
}

/// The bytes percent-decoded: themselves, or written to `out`.
fn percent_decoded<'a>(bytes: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(b'%', bytes).is_none() {
        return bytes;
    }
    out.extend_from_slice(bytes);
    decode_in_place(out, 0);
    out
}
