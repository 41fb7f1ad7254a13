//! Bytes of packets that alerts may carry: so many a second, by the packets' time, of one interface and of all.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

const SECOND: i64 = 1_000_000_000;
/// Interfaces that have a budget of their own at once.
const PODS: usize = 4096;

/// What is left of one second's bytes.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u64,
    since: i64,
}

impl Bucket {
    /// Fills it for the time that went by; a clock that stepped back begins anew.
    fn fill(&mut self, rate: u64, now: i64) {
        let gone = now.saturating_sub(self.since);
        if !(0..SECOND).contains(&gone) {
            *self = Self { left: rate, since: now };
        } else {
            let more = u128::from(rate) * gone as u128 / SECOND as u128;
            if more > 0 {
                *self = Self { left: rate.min(self.left + more as u64), since: now };
            }
        }
    }
}

/// Both budgets.
#[derive(Debug)]
pub(super) struct Budget {
    node_rate: u64,
    pod_rate: u64,
    node: Bucket,
    pods: HashMap<u32, Bucket, RandomState>,
    /// Captures that an interface's budget had no room for.
    pub over_pod: u64,
    /// Captures that the budget of all had no room for.
    pub over_node: u64,
}

impl Budget {
    pub(super) fn new(node_rate: u64, pod_rate: u64) -> Self {
        let node = Bucket { left: node_rate, since: 0 };
        Self { node_rate, pod_rate, node, pods: HashMap::default(), over_pod: 0, over_node: 0 }
    }

    /// Whether there was room for so many bytes; they are gone then.
    pub(super) fn take(&mut self, pod: u32, bytes: u64, now: i64) -> bool {
        if self.pods.len() >= PODS && !self.pods.contains_key(&pod) {
            self.pods.clear();
        }
        let mine = self.pods.entry(pod).or_insert(Bucket { left: self.pod_rate, since: now });
        mine.fill(self.pod_rate, now);
        self.node.fill(self.node_rate, now);
        if mine.left < bytes {
            self.over_pod += 1;
            return false;
        }
        if self.node.left < bytes {
            self.over_node += 1;
            return false;
        }
        mine.left -= bytes;
        self.node.left -= bytes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_brings_so_much_and_no_more() {
        let mut budget = Budget::new(1000, 400);
        assert!(budget.take(1, 400, SECOND), "a full second's worth at once");
        assert!(!budget.take(1, 1, SECOND));
        assert!(budget.take(2, 400, SECOND), "another interface has its own");
        assert!(!budget.take(3, 300, SECOND), "but all of them share one");
        assert_eq!((budget.over_pod, budget.over_node), (1, 1));
        assert!(budget.take(1, 200, SECOND * 3 / 2), "half a second brings half");
        assert!(!budget.take(1, 200, SECOND * 3 / 2));
        assert!(budget.take(1, 400, 5), "after a clock that stepped back it goes on");
    }
}
