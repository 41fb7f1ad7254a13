//! Addresses and ports as a header writes them.

use std::net::{IpAddr, Ipv4Addr};

use crate::ast::{AddressSet, PortSet, Word};
use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// What address sets and port sets have in common, so that the header's grammar is written once.
pub(crate) trait Member: Sized {
    fn any() -> Self;
    fn is_any(&self) -> bool;
    fn variable(name: Word) -> Self;
    fn not(self) -> Self;
    fn list(members: Vec<Self>) -> Self;
    fn literal(word: &Word) -> Result<Self, Diagnostic>;
    fn fault(span: Span) -> Diagnostic;
}

impl Member for AddressSet {
    fn any() -> Self {
        Self::Any
    }

    fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    fn variable(name: Word) -> Self {
        Self::Variable(name)
    }

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    fn list(members: Vec<Self>) -> Self {
        Self::List(members)
    }

    fn literal(word: &Word) -> Result<Self, Diagnostic> {
        let (address, prefix) = match word.text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (word.text.as_str(), None),
        };
        let bad = || Self::fault(word.span).message(format!("`{}` is no address", word.text));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        match prefix {
            None => Ok(Self::Network(address, bits)),
            Some(prefix) => prefix_length(prefix, bits)
                .map(|length| Self::Network(address, length))
                .ok_or_else(|| Diagnostic::new(&catalogue::BAD_PREFIX, word.span)),
        }
    }

    fn fault(span: Span) -> Diagnostic {
        Diagnostic::new(&catalogue::NO_ADDRESS, span)
    }
}

/// `24`, or the netmask `255.255.255.0` of an IPv4 network (`bits` 32).
fn prefix_length(text: &str, bits: u8) -> Option<u8> {
    if let (32, Ok(mask)) = (bits, text.parse::<Ipv4Addr>()) {
        let mask = u32::from(mask);
        let length = mask.leading_ones();
        return (length + mask.trailing_zeros().min(32 - length) == 32).then_some(length).and_then(|length| u8::try_from(length).ok());
    }
    text.parse().ok().filter(|&length| length <= bits)
}

impl Member for PortSet {
    fn any() -> Self {
        Self::Any
    }

    fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    fn variable(name: Word) -> Self {
        Self::Variable(name)
    }

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    fn list(members: Vec<Self>) -> Self {
        Self::List(members)
    }

    fn literal(word: &Word) -> Result<Self, Diagnostic> {
        let bad = || Self::fault(word.span).message(format!("`{}` is no port", word.text));
        let port = |text: &str| text.parse::<u16>().map_err(|_| bad());
        let (low, high) = match word.text.split_once(':') {
            None => (port(&word.text)?, port(&word.text)?),
            Some(("", "")) => return Err(bad()),
            Some(("", high)) => (0, port(high)?),
            Some((low, "")) => (port(low)?, u16::MAX),
            Some((low, high)) => (port(low)?, port(high)?),
        };
        if low > high {
            return Err(Diagnostic::new(&catalogue::PORT_ORDER, word.span));
        }
        Ok(Self::Range(low, high))
    }

    fn fault(span: Span) -> Diagnostic {
        Diagnostic::new(&catalogue::NO_PORT, span)
    }
}
