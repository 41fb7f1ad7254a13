//! `http_header:field NAME`: the value of one header line (Snort notes 2.6, 10).

use inspect::BufferId;

use crate::cursor::Cursor;
use crate::step::{Evaluation, Step};

/// Selects the value of a header line; the first one counts where the name is repeated.
#[derive(Debug)]
pub struct HttpField {
    name: String,
}

impl HttpField {
    /// `name` in any case.
    pub fn new(name: String) -> Self {
        Self { name }
    }
}

impl Step for HttpField {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let Some(http) = on.subject.inspection.facts.http else { return false };
        let found = http.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(self.name.as_bytes()));
        let value = found.map(|(_, value)| *value).unwrap_or_default();
        *cursor = Cursor::new(BufferId::HttpHeader, value);
        !value.is_empty()
    }
}
