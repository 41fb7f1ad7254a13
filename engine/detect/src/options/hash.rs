//! `md5`, `sha256` and `sha512`: the digest of so many bytes of the selected buffer (Snort 3 rule guide).

use md5::{Digest, Md5};
use rules::RuleOption;
use sha2::{Sha256, Sha512};

use crate::arguments::{Number, integer, number, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::content::unhex;
use crate::step::{Evaluation, Step};

#[derive(Debug, Clone, Copy)]
enum Algorithm {
    Md5,
    Sha256,
    Sha512,
}

impl Algorithm {
    fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn is_of(self, digest: &[u8], data: &[u8]) -> bool {
        match self {
            Self::Md5 => Md5::digest(data).as_slice() == digest,
            Self::Sha256 => Sha256::digest(data).as_slice() == digest,
            Self::Sha512 => Sha512::digest(data).as_slice() == digest,
        }
    }
}

#[derive(Debug)]
struct Hash {
    algorithm: Algorithm,
    digest: Vec<u8>,
    negated: bool,
    length: usize,
    offset: Number,
    relative: bool,
}

/// How much more a byte costs to hash than to search.
const HASHING: usize = 16;

impl Step for Hash {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        // Bytes that are not there have no digest: the negated option fails too.
        let Some(start) = cursor.at(self.relative, self.offset.value(&on.variables)) else { return false };
        let Some(data) = start.checked_add(self.length).and_then(|end| cursor.data.get(start..end)) else { return false };
        on.spend(self.length * HASHING);
        if self.algorithm.is_of(&self.digest, data) == self.negated {
            return false;
        }
        if !self.negated {
            on.note(cursor, start, self.length);
            cursor.pos = start + self.length;
        }
        true
    }

    fn relative(&self) -> bool {
        self.relative
    }
}

/// Reads the option: its keyword is the algorithm.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let name = option.keyword.text.as_str();
    let algorithm = match name {
        "md5" => Algorithm::Md5,
        "sha256" => Algorithm::Sha256,
        _ => Algorithm::Sha512,
    };
    let first = option.arguments.first().ok_or_else(|| missing(option.span, name, "a digest in quotes"))?;
    let quoted = first.quoted.as_ref().ok_or_else(|| missing(first.span, name, "a digest in quotes"))?;
    let digest = unhex(quoted, first.span)?;
    if digest.len() != algorithm.bytes() {
        let message = format!("a digest of `{name}` has {} bytes, this one {}", algorithm.bytes(), digest.len());
        return Err(fault("D063", first.span, message, "write its hex digits between bars: \"|0123...|\""));
    }
    let mut hash = Hash { algorithm, digest, negated: first.negated, length: 0, offset: Number::Fixed(0), relative: false };
    for argument in &option.arguments[1..] {
        let list = words(argument);
        let value = || value_of(name, &list, argument.span);
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "length" => hash.length = integer(name, value()?, 1, 65_535)? as usize,
            "offset" => hash.offset = number(draft, name, value()?, -65_535, 65_535)?,
            "relative" => hash.relative = true,
            other => return Err(unknown_argument(argument.span, name, other, "length, offset, relative")),
        }
    }
    if hash.length == 0 {
        return Err(missing(option.span, name, "length and the number of bytes"));
    }
    draft.looks();
    draft.push(hash, option, around);
    Ok(())
}
