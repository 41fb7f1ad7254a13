//! `http_header:field NAME` and its like: the value of one header or trailer line (Snort notes 2.6, 10).

use inspect::BufferId;
use rules::Word;

use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault};
use crate::options::http_message::{Message, folded};
use crate::step::{Evaluation, Step};

/// Selects the value of a line; the first one counts where the name is repeated.
#[derive(Debug)]
pub struct HttpField {
    /// In any case.
    pub name: String,
    /// The buffer that the line is in.
    pub buffer: BufferId,
    /// Whose line.
    pub message: Message,
}

impl Step for HttpField {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let line = |block| self.message.line(on, block, &self.name).unwrap_or_default();
        let value = match self.buffer {
            BufferId::HttpHeader => self.message.header(on, &self.name),
            BufferId::HttpTrailer => folded(line(BufferId::HttpRawTrailer), on.memory),
            raw => line(raw),
        };
        *cursor = Cursor::new(self.buffer, value);
        !value.is_empty()
    }
}

/// Header names that a rule may ask for (Snort notes 9).
const NAMES: &str = "cache-control connection date pragma trailer cookie set-cookie transfer-encoding upgrade via warning accept \
    accept-charset accept-encoding accept-language authorization expect from host if-match if-modified-since if-none-match \
    if-range if-unmodified-since max-forwards proxy-authorization range referer te user-agent accept-ranges age etag \
    location proxy-authenticate retry-after server vary www-authenticate allow content-encoding content-language \
    content-length content-location content-md5 content-range content-type expires last-modified x-forwarded-for \
    true-client-ip x-working-with content-transfer-encoding mime-version proxy-agent content-disposition http2-settings \
    restrict-access-to-tenants restrict-access-context origin forwarded x-forwarded-from client-ip xroxy-connection \
    proxy-connection";

/// The name in `word`, in small letters, where it is one of those.
pub fn known(word: &Word) -> Compiled<String> {
    let name = word.text.to_ascii_lowercase();
    if NAMES.split_whitespace().any(|known| known == name) {
        return Ok(name);
    }
    let message = format!("`{}` is no header that can be asked for by name", word.text);
    Err(fault("D062", word.span, message, "search it in http_header with content or pcre"))
}
