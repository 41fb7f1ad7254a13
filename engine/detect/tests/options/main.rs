//! Rule options as users see them: a rule, the bytes of a buffer or packet, and whether it alerts. A file a subject, a row a behaviour
//! (Snort notes 2.3 to 2.11).
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod about;
mod buffers;
mod byte_extract;
mod byte_jump;
mod byte_math;
mod byte_test;
mod content;
mod detection_filter;
mod encodings;
mod facts;
mod flow;
mod flowbits;
mod hash;
mod header;
mod packet;
mod pcre;
mod regex;
mod sizes;
