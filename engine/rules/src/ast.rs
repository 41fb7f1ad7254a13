//! A rule as written, with the place of every part; no meaning yet.

use crate::span::Span;

/// One parsed rule. Text that it refers to is in [`Rule::text`]; spans are byte ranges of the source file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The rule as written, without surrounding blanks.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Line of its first character, from 1.
    pub line: usize,
    /// alert, drop, ...
    pub action: Word,
    /// tcp, udp, icmp, ip, or a service name.
    pub protocol: Word,
    /// Addresses and ports; `None` for a bare service header (`alert http (`).
    pub endpoints: Option<Endpoints>,
    /// The options, in order.
    pub options: Vec<RuleOption>,
}

/// A word and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Both ends of a header.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Left addresses.
    pub src: AddressSet,
    /// Left ports.
    pub src_ports: PortSet,
    /// `<>` instead of `->`.
    pub both_ways: bool,
    /// Right addresses.
    pub dst: AddressSet,
    /// Right ports.
    pub dst_ports: PortSet,
}

/// Addresses of a header.
#[derive(Debug, Clone)]
pub enum AddressSet {
    /// any
    Any,
    /// `$NAME`; the text is the name without the `$`.
    Variable(Word),
    /// Network and prefix length.
    Network(std::net::IpAddr, u8),
    /// `!x`
    Not(Box<AddressSet>),
    /// `[a,b,!c]`
    List(Vec<AddressSet>),
}

/// Ports of a header.
#[derive(Debug, Clone)]
pub enum PortSet {
    /// any
    Any,
    /// `$NAME`; the text is the name without the `$`.
    Variable(Word),
    /// Both ends included; a single port has equal ends.
    Range(u16, u16),
    /// `!x`
    Not(Box<PortSet>),
    /// `[a,b:c,!d]`
    List(Vec<PortSet>),
}

/// `keyword: value;`
#[derive(Debug, Clone)]
pub struct RuleOption {
    /// Keyword.
    pub keyword: Word,
    /// Value as written, blanks trimmed; `None` where there is no colon.
    pub value: Option<Word>,
    /// The value split at commas outside quotes (not for pcre, metadata, reference, msg: one argument with the whole value).
    pub arguments: Vec<Argument>,
    /// From the keyword to before the `;`.
    pub span: Span,
}

/// One comma-separated part of an option's value, e.g. `!"GET"`, `depth 5`, `nocase`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// A `!` stood before the quoted string (only where `quoted`).
    pub negated: bool,
    /// Bytes of a quoted string, backslash escapes undone (`|..|` hex is left to `content`). For pcre, regex and sd_pattern: verbatim between the quotes.
    pub quoted: Option<Vec<u8>>,
    /// Blank-separated words, quoted strings left out.
    pub words: Vec<Word>,
    /// Where it stands.
    pub span: Span,
}
