//! Sequence numbers compare modulo 2^32 (RFC 9293, 3.4).

/// A sequence number. Two of them compare rightly while they are less than 2^31 apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Seq(pub u32);

impl Seq {
    /// The number `n` bytes further on.
    pub fn plus(self, n: usize) -> Self {
        Self(self.0.wrapping_add(n as u32))
    }

    /// The number before.
    pub fn minus_one(self) -> Self {
        Self(self.0.wrapping_sub(1))
    }

    /// Bytes from `start` to here; meaningful where `start` does not lie behind.
    pub fn since(self, start: Self) -> usize {
        self.0.wrapping_sub(start.0) as usize
    }

    /// Strictly earlier than `other`.
    pub fn before(self, other: Self) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// The earlier one.
    pub fn min(self, other: Self) -> Self {
        if other.before(self) { other } else { self }
    }

    /// The later one.
    pub fn max(self, other: Self) -> Self {
        if self.before(other) { other } else { self }
    }

    /// Near enough to `other`, on either side, to be part of the same stream after any loss a capture survives (2^30 bytes).
    pub fn near(self, other: Self) -> bool {
        let distance = self.0.wrapping_sub(other.0) as i32;
        distance.unsigned_abs() < 1 << 30
    }
}
