//! The table of flush points that replay runs with: which value a splitter gets depends on every splitter made before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Flush points in octets, in the order in which Snort hands them out under `-H` (one ring for a whole run).
const FLUSH_POINTS: [u8; 64] = [
    128, 217, 189, 130, 240, 221, 134, 129, 250, 232, 141, 131, 144, 177, 201, 130, 230, 190, 177, 142, 130, 200, 173, 129, 250, 244, 174,
    151, 201, 190, 180, 198, 220, 201, 142, 185, 219, 129, 194, 140, 145, 191, 197, 183, 199, 220, 231, 245, 233, 135, 143, 158, 174, 194,
    200, 180, 201, 142, 153, 187, 173, 199, 143, 201,
];

/// A shared handle on one ring; clones draw from the same sequence.
#[derive(Debug, Clone, Default)]
pub struct FlushRing(Ring);

#[derive(Debug, Clone)]
enum Ring {
    /// One sequence for everyone.
    Shared(Arc<AtomicUsize>),
    /// Always the same value.
    Even,
}

impl Default for Ring {
    fn default() -> Self {
        Self::Shared(Arc::default())
    }
}

/// The middle of the flush points.
pub(crate) const MIDDLE: u32 = 192;

impl FlushRing {
    /// Answers the middle of the ring to everyone: what a flow gets does not depend on others.
    pub fn even() -> Self {
        Self(Ring::Even)
    }

    /// The next flush point, 128 to 250 octets.
    pub fn draw(&self) -> u32 {
        match &self.0 {
            Ring::Shared(next) => u32::from(FLUSH_POINTS[next.fetch_add(1, Ordering::Relaxed) % FLUSH_POINTS.len()]),
            Ring::Even => MIDDLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FlushRing;

    #[test]
    fn an_even_ring_answers_its_middle_always() {
        let ring = FlushRing::even();
        assert_eq!([ring.draw(), ring.clone().draw(), ring.draw()], [192; 3]);
    }

    #[test]
    fn clones_share_one_sequence_that_starts_again_after_64() {
        let (ring, clone) = (FlushRing::default(), FlushRing::default().clone());
        assert_eq!((ring.draw(), clone.draw()), (128, 128), "two rings are apart");
        let other = ring.clone();
        assert_eq!([other.draw(), ring.draw(), other.draw()], [217, 189, 130]);
        for _ in 4..64 {
            ring.draw();
        }
        assert_eq!(other.draw(), 128);
    }
}
