//! A request as its response is inspected: what few rules ask for is looked up when it is asked for.

use super::head::Head;
use crate::{BufferId, Buffers};

/// Head and trailers of a request; without content where the request is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpRequest<'a> {
    head: Option<(&'a Head, &'a [u8])>,
    raw_trailers: &'a [u8],
    trailers: &'a [u8],
}

impl<'a> HttpRequest<'a> {
    /// `block` is what the head was parsed from.
    pub(crate) fn new(head: &'a Head, block: &'a [u8]) -> Self {
        Self { head: Some((head, block)), ..Self::default() }
    }

    /// The same with trailers: as they came, and percent-decoded.
    pub(crate) fn with_trailers(self, raw_trailers: &'a [u8], trailers: &'a [u8]) -> Self {
        Self { raw_trailers, trailers, ..self }
    }

    /// A buffer as it was while the request was inspected. Bodies are not kept.
    pub fn buffer(&self, id: BufferId) -> &'a [u8] {
        let Some((head, block)) = self.head else { return &[] };
        let mut buffers = Buffers::default();
        head.parts(block).fill(&mut buffers);
        head.fill(block, &mut buffers);
        buffers.set(BufferId::HttpRawTrailer, self.raw_trailers);
        buffers.set(BufferId::HttpTrailer, self.trailers);
        buffers.get(id)
    }

    /// The value of the first header line of that name, blanks folded; empty where there is none.
    pub fn field(&self, name: &[u8]) -> &'a [u8] {
        let Some((head, block)) = self.head else { return &[] };
        let mut fields = Vec::new();
        head.fields(block, &mut fields);
        fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&[], |(_, value)| value)
    }
}
