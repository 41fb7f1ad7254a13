//! Start line and headers of one message, parsed once into the views that rules name.

use memchr::memchr;

use super::headers::{Field, Headers, last_address, without_final_line_ends};
use super::line_feeds::LineFeeds;
use super::normalize::{decode_in_place, fold_blanks, has_blank_runs, may_have_blank_runs};
use super::request::HttpRequest;
use super::span::Span;
use super::start_line::{self, RequestLine, StatusLine};
use super::transaction::RequestParts;
use super::uri::{self, Normalized};
use crate::{BufferId, Buffers};

/// Where a view's bytes are.
#[derive(Debug, Clone, Copy, Default)]
enum View {
    #[default]
    Absent,
    /// In the block as it came.
    Sent(Span),
    /// Among what had to be rewritten.
    Rewritten(Span),
}

/// Which line a message began with.
#[derive(Debug, Clone, Copy)]
enum StartLine {
    Request(RequestLine),
    Status(StatusLine),
}

/// One message's head. It holds positions; the block they lie in is given again for every look.
#[derive(Debug, Default)]
pub(crate) struct Head {
    line: Span,
    start: Option<StartLine>,
    block: Span,
    pub headers: Headers,
    rewritten: Vec<u8>,
    uri: View,
    header: View,
    cookie: View,
    raw_cookie: View,
    /// Values with folds or runs of blanks, each run made one space; in the order of their fields.
    folds: Vec<Span>,
}

impl Head {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.rewritten.clear();
        self.folds.clear();
        (self.line, self.start, self.block) = (Span::default(), None, Span::default());
        (self.uri, self.header, self.cookie, self.raw_cookie) = Default::default();
    }

    /// Becomes the same as `other`, reusing the memory.
    pub fn copy(&mut self, other: &Self) {
        self.headers.copy(&other.headers);
        self.rewritten.clone_from(&other.rewritten);
        self.folds.clone_from(&other.folds);
        (self.line, self.start, self.block) = (other.line, other.start, other.block);
        (self.uri, self.header, self.cookie, self.raw_cookie) = (other.uri, other.header, other.cookie, other.raw_cookie);
    }

    /// Parses a request head; `None` where it has no proper request line.
    pub fn request(&mut self, data: &[u8], line_feeds: &LineFeeds) -> Option<()> {
        self.clear();
        let after = self.take_line(data);
        let line = self.line.of(data);
        let request = start_line::request(line)?;
        self.start = Some(StartLine::Request(request));
        let raw = request.uri.of(line);
        let connect = request.method.of(line).eq_ignore_ascii_case(b"CONNECT");
        let from = self.rewritten.len();
        self.uri = match uri::normalize(raw, connect, &mut self.rewritten) {
            Normalized::Tail(n) => {
                let end = self.line.start as usize + request.uri.range().end;
                View::Sent(Span::new(end - n, end))
            }
            Normalized::Written => self.since(from),
        };
        self.lines(data, after, line_feeds, b"Cookie");
        Some(())
    }

    /// Parses a response head.
    pub fn response(&mut self, data: &[u8], line_feeds: &LineFeeds) -> Option<()> {
        self.clear();
        let after = self.take_line(data);
        let line = self.line.of(data);
        if line.len() < 5 || start_line::status_start(line) == start_line::Start::Foreign {
            return None;
        }
        self.start = Some(StartLine::Status(start_line::status(line)));
        self.lines(data, after, line_feeds, b"Set-Cookie");
        Some(())
    }

    fn take_line(&mut self, data: &[u8]) -> usize {
        let start = start_line::leading_blanks(data);
        let (end, after) = start_line::line_end(data, start);
        self.line = Span::new(start, end);
        after
    }

    fn lines(&mut self, data: &[u8], from: usize, line_feeds: &LineFeeds, cookie_name: &[u8]) {
        let end = from + without_final_line_ends(&data[from..]);
        self.block = Span::new(from, end);
        self.headers.read(data, self.block, line_feeds, cookie_name);
        self.header = self.header_view(data);
        self.fold_values(data);
        if !self.headers.cookies.is_empty() {
            self.cookie_views(data);
        }
    }

    /// Makes every run of blanks in a value one space. A look at the whole block first: few have any.
    fn fold_values(&mut self, data: &[u8]) {
        let any = may_have_blank_runs(self.block.of(data)) || self.headers.fields.iter().any(|field| field.folded);
        for field in self.headers.fields.iter_mut().filter(|_| any) {
            field.folded = has_blank_runs(field.value.of(data));
            if field.folded {
                let from = self.rewritten.len();
                fold_blanks(field.value.of(data), &mut self.rewritten);
                self.folds.push(Span::new(from, self.rewritten.len()));
            }
        }
    }

    /// All lines but the cookies, decoded.
    fn header_view(&mut self, data: &[u8]) -> View {
        let block = self.block.of(data);
        if self.headers.cookies.is_empty() && memchr(b'%', block).is_none() {
            return View::Sent(self.block);
        }
        let from = self.rewritten.len();
        let mut kept = self.block.start as usize;
        for cookie in &self.headers.cookies {
            self.rewritten.extend_from_slice(&data[kept..cookie.line.start as usize]);
            kept = cookie.line.end as usize;
        }
        self.rewritten.extend_from_slice(&data[kept..self.block.end as usize]);
        decode_in_place(&mut self.rewritten, from);
        self.since(from)
    }

    /// Cookie values joined by commas: as sent, and with blanks folded and decoded.
    fn cookie_views(&mut self, data: &[u8]) {
        self.raw_cookie = match self.headers.cookies.as_slice() {
            [one] => View::Sent(one.value),
            _ => self.joined(|value, out| out.extend_from_slice(value), data),
        };
        let from = self.rewritten.len();
        self.joined(fold_blanks, data);
        decode_in_place(&mut self.rewritten, from);
        self.cookie = self.since(from);
    }

    fn joined(&mut self, mut append: impl FnMut(&[u8], &mut Vec<u8>), data: &[u8]) -> View {
        let from = self.rewritten.len();
        for (i, cookie) in self.headers.cookies.iter().enumerate() {
            if i > 0 {
                self.rewritten.push(b',');
            }
            let value = cookie.value.of(data);
            if has_blank_runs(value) { append(value, &mut self.rewritten) } else { self.rewritten.extend_from_slice(value) }
        }
        self.since(from)
    }

    fn since(&self, from: usize) -> View {
        View::Rewritten(Span::new(from, self.rewritten.len()))
    }

    fn view<'a>(&'a self, view: View, data: &'a [u8]) -> &'a [u8] {
        match view {
            View::Absent => &[],
            View::Sent(span) => span.of(data),
            View::Rewritten(span) => span.of(&self.rewritten),
        }
    }

    /// Header lines as they came, without the final line ends.
    pub fn raw_header<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        self.block.of(data)
    }

    /// Number of a response's status, `None` for requests and unreadable ones.
    pub fn status(&self, data: &[u8]) -> Option<u16> {
        let Some(StartLine::Status(status)) = self.start else { return None };
        start_line::status_number(status.code.of(self.line.of(data)))
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Some(StartLine::Request(_)))
    }

    /// Whether it is a request without version.
    pub fn is_zero_nine(&self) -> bool {
        matches!(self.start, Some(StartLine::Request(request)) if request.version.len() == 0)
    }

    /// The parts of a request that its response needs.
    pub fn parts<'a>(&'a self, data: &'a [u8]) -> RequestParts<'a> {
        let line = self.line.of(data);
        let Some(StartLine::Request(request)) = self.start else { return RequestParts::default() };
        let (raw_uri, host) = (request.uri.of(line), self.headers.host.of(data));
        RequestParts {
            message: HttpRequest::new(self, data),
            line,
            method: request.method.of(line),
            raw_uri,
            uri: self.view(self.uri, data),
            // An absolute target names the host where no header does, as in HTTP/2.
            host: if host.is_empty() && raw_uri.first() != Some(&b'/') { uri::authority(raw_uri) } else { host },
            user_agent: self.headers.user_agent.of(data),
        }
    }

    /// Sets the buffers of this message, but for those that [`RequestParts::fill`] sets.
    pub fn fill<'a>(&'a self, data: &'a [u8], buffers: &mut Buffers<'a>) {
        let line = self.line.of(data);
        match self.start {
            Some(StartLine::Request(request)) => {
                buffers.set(BufferId::HttpVersion, request.version.of(line));
                buffers.set(BufferId::HttpTrueIp, last_address(self.headers.forwarded_for, data).of(data));
            }
            Some(StartLine::Status(status)) => {
                buffers.set(BufferId::HttpRawStatus, line);
                buffers.set(BufferId::HttpVersion, status.version.of(line));
                buffers.set(BufferId::HttpStatCode, status.code.of(line));
                buffers.set(BufferId::HttpStatMsg, status.reason.of(line));
            }
            None => {}
        }
        buffers.set(BufferId::HttpRawHeader, self.block.of(data));
        buffers.set(BufferId::HttpHeader, self.view(self.header, data));
        buffers.set(BufferId::HttpRawCookie, self.view(self.raw_cookie, data));
        buffers.set(BufferId::HttpCookie, self.view(self.cookie, data));
    }

    /// Lists (name, value) of the header lines.
    pub fn fields<'a>(&'a self, data: &'a [u8], out: &mut Vec<(&'a [u8], &'a [u8])>) {
        let mut folds = self.folds.iter();
        for field in &self.headers.fields {
            let value = if field.folded { folds.next().copied().unwrap_or_default().of(&self.rewritten) } else { field.value.of(data) };
            out.push((field.name.of(data), value));
        }
    }

    /// Octets of memory held.
    pub fn capacity(&self) -> usize {
        self.rewritten.capacity() + (self.headers.fields.capacity() + self.headers.cookies.capacity()) * size_of::<Field>()
    }
}
