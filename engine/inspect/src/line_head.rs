//! The first octets of the line that is being scanned, for splitters that must know what it says when it ends.

/// Octets of a line that are kept.
pub(crate) const LINE_HEAD: usize = 64;

/// Collects the start of a line over pieces.
#[derive(Debug)]
pub(crate) struct LineHead {
    octets: [u8; LINE_HEAD],
    have: usize,
}

impl Default for LineHead {
    fn default() -> Self {
        Self { octets: [0; LINE_HEAD], have: 0 }
    }
}

impl LineHead {
    /// Takes octets up to and with the first line end. Answers how many that were, if there is one.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Option<usize> {
        let end = memchr::memchr(b'\n', piece).map(|at| at + 1);
        let line = &piece[..end.unwrap_or(piece.len())];
        let kept = line.len().min(LINE_HEAD - self.have);
        self.octets[self.have..self.have + kept].copy_from_slice(&line[..kept]);
        self.have += kept;
        end
    }

    /// Start of the line, and the next line begins.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let have = std::mem::take(&mut self.have);
        &self.octets[..have]
    }
}
