//! What a rule file may hold at most. Whoever writes a rule file must not be able to exhaust the one who reads it.

/// Bytes of a rule file.
pub const FILE_BYTES: usize = 64 << 20;

/// Bytes of one rule, from its action to its closing parenthesis.
pub const RULE_BYTES: usize = 64 << 10;

/// Options of one rule.
pub const RULE_OPTIONS: usize = 512;

/// Lists within lists in a header.
pub const LIST_DEPTH: usize = 16;

/// Diagnostics that a parse keeps; further ones are only counted ([`crate::ParsedFile::diagnostics_dropped`]).
pub const DIAGNOSTICS: usize = 1000;

/// Bytes looked at to tell a text file from a binary one.
pub const SNIFFED_BYTES: usize = 8 << 10;
