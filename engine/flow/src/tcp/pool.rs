//! Empty queues wait here for the next flow, so that traffic in steady state allocates nothing.

use super::queue::Queue;

/// Queues kept.
const SPARE_QUEUES: usize = 256;

/// Bytes that a kept queue may hold on to.
const SPARE_BYTES: usize = 65_536;

/// Spare queues, the one used last on top (its memory is warm).
#[derive(Debug, Default)]
#[allow(clippy::vec_box, reason = "a stream holds its queue boxed: moving the box in and out costs nothing")]
pub(crate) struct Pool {
    spare: Vec<Box<Queue>>,
}

impl Pool {
    pub fn take(&mut self) -> Box<Queue> {
        self.spare.pop().unwrap_or_default()
    }

    pub fn give(&mut self, mut queue: Box<Queue>) {
        if self.spare.len() < SPARE_QUEUES {
            queue.clear();
            if queue.memory() > SPARE_BYTES {
                queue.shrink(SPARE_BYTES / 2);
            }
            self.spare.push(queue);
        }
    }

    /// Memory taken, in bytes.
    pub fn memory(&self) -> usize {
        self.spare.iter().map(|queue| queue.memory()).sum()
    }
}
