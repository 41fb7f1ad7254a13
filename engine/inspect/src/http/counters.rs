//! What was cut off or given up, by name: every cap of this folder counts here.

use std::sync::atomic::{AtomicU64, Ordering};

/// One counter; touched only when something out of the ordinary happens.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Times it happened since the process began.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters of the HTTP/1 and HTTP/2 inspectors of this process.
        #[derive(Debug)]
        pub struct HttpCounters { $($(#[$doc])* pub $name: Counter,)* }

        /// The one set of them.
        pub static COUNTERS: HttpCounters = HttpCounters { $($name: Counter::new(),)* };

        impl HttpCounters {
            /// Every counter with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
                [$((stringify!($name), self.$name.get()),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Directions given up because they do not speak HTTP.
    not_http,
    /// Directions given up because start line and headers, or trailers, exceed 63,780 octets.
    head_too_long,
    /// Client directions given up because more than 99 requests wait for their responses.
    too_many_pipelined,
    /// Header lines beyond the 256th of a message: inspected, but not offered as single fields.
    fields_beyond_limit,
    /// Client directions given up because nobody can tell where the body ends (bad Content-Length or Transfer-Encoding).
    ambiguous_length,
    /// Bodies whose chunked coding broke; the rest is seen as it came.
    chunks_broken,
    /// Bodies whose gzip or deflate coding broke; the rest is seen as it came.
    coding_broken,
    /// Bodies whose gzip or deflate coding was given up because one section unfolded to more than 256 KiB.
    unfolded_too_far,
    /// HTTP/2 directions given up: a broken header block, or a frame too long to be followed.
    http2_broken,
    /// HTTP/2 header blocks of which only the first 63,780 octets were kept.
    header_list_cut,
    /// HTTP/2 streams beyond the 128th open one: only their heads are inspected.
    too_many_streams,
    /// HTTP/2 DATA frames of streams whose head was not seen.
    data_without_head,
}
