//! Application protocols: a folder each; `probe` (wizard), split into PDUs, parse into named buffers.

mod bounded;
pub mod buffer;
pub mod counters;
mod dce;
pub mod flush_ring;
mod framed;
mod ftp;
mod ftp_data;
pub mod http;
pub mod http2;
mod imap;
pub mod inspector;
mod line_head;
mod mime;
mod pop;
pub mod registry;
pub mod service;
mod sip;
mod smtp;
mod ssh;
mod ssl;
mod sunrpc;
mod telnet;
pub mod wizard;

pub use buffer::{BufferId, Buffers};
pub use http::HttpRequest;
pub use inspector::{DceFacts, Facts, HttpFacts, Inspection, Inspector, Section, Sink, SipFacts, SslFacts, ssl_states, ssl_versions};
pub use service::Service;
