//! Numbers for the names of flowbits, which outlive the rules that named them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use rules::Span;

use crate::diagnose::{Compiled, fault};

/// Numbers for flowbit names, shared by all rules of a set, and by the sets that come after it: what flows hold stays true.
#[derive(Debug, Clone, Default)]
pub struct Flowbits {
    /// Of this set.
    used: HashMap<String, u16>,
    lineage: Arc<Lineage>,
}

/// Every name of a set and of those that came before or after it: they mean the same by a number, also two that are compiled at once.
#[derive(Debug)]
struct Lineage {
    serial: u32,
    numbers: Mutex<HashMap<String, u16>>,
}

impl Default for Lineage {
    fn default() -> Self {
        static SERIAL: AtomicU32 = AtomicU32::new(1);
        Self { serial: SERIAL.fetch_add(1, Ordering::Relaxed), numbers: Mutex::default() }
    }
}

impl Lineage {
    fn numbers(&self) -> MutexGuard<'_, HashMap<String, u16>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flowbits {
    /// Names a rule set may use.
    pub const CAP: usize = 4096;
    /// Names that are handed down from set to set; with more, a set begins anew and flows forget their bits.
    pub const HANDED_DOWN: usize = 4 * Self::CAP;

    /// For a set that comes after the one of these.
    pub fn after(&self) -> Self {
        match self.lineage.numbers().len() > Self::HANDED_DOWN {
            true => Self::default(),
            false => Self { used: HashMap::new(), lineage: self.lineage.clone() },
        }
    }

    /// Tells sets whose numbers mean the same from others.
    pub fn lineage(&self) -> u32 {
        self.lineage.serial
    }

    /// The number of a name.
    pub fn number(&mut self, name: &str, span: Span) -> Compiled<u16> {
        if let Some(&number) = self.used.get(name) {
            return Ok(number);
        }
        let mut numbers = self.lineage.numbers();
        let number = match numbers.get(name) {
            Some(&known) => known,
            None => u16::try_from(numbers.len()).unwrap_or(u16::MAX),
        };
        if self.used.len() >= Self::CAP || number == u16::MAX {
            return Err(fault("D010", span, format!("more than {} flowbit names", Self::CAP), "use fewer names"));
        }
        numbers.insert(name.to_owned(), number);
        self.used.insert(name.to_owned(), number);
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Span = Span { start: 0, end: 0 };

    #[test]
    fn names_of_many_sets_do_not_pile_up() {
        let first = Flowbits::default();
        let (mut flowbits, mut highest) = (first.clone(), 0);
        for round in 0..=Flowbits::HANDED_DOWN / Flowbits::CAP {
            assert_eq!(flowbits.lineage(), first.lineage());
            flowbits = flowbits.after();
            for name in 0..Flowbits::CAP {
                highest = highest.max(flowbits.number(&format!("{round} {name}"), NOWHERE).unwrap_or(u16::MAX));
            }
        }
        assert!(usize::from(highest) < Flowbits::HANDED_DOWN + Flowbits::CAP);
        let mut anew = flowbits.after();
        assert_ne!(anew.lineage(), first.lineage());
        assert_eq!(anew.number("0 0", NOWHERE).ok(), Some(0));
    }
}
