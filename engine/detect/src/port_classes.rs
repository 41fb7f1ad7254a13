//! Ports that no rule tells apart form a class: contexts are kept by class, not by port.

use hashbrown::HashMap;

use crate::header::Ports;

/// The class of every port, and a port of every class.
#[derive(Debug)]
pub struct PortClasses {
    class: Box<[u16; 65_536]>,
    example: Vec<u16>,
}

impl PortClasses {
    /// Tells ports apart by the sets that hold them.
    pub fn new<'r>(sets: impl Iterator<Item = &'r Ports>) -> Self {
        let mut distinct: Vec<&Ports> = sets.filter(|set| matches!(set, Ports::Some(_))).collect();
        distinct.sort_by_key(|set| if let Ports::Some(bits) = set { std::sync::Arc::as_ptr(bits) as usize } else { 0 });
        distinct.dedup_by(|a, b| matches!((a, b), (Ports::Some(a), Ports::Some(b)) if std::sync::Arc::ptr_eq(a, b)));
        let mut class = Box::new([0u16; 65_536]);
        let mut count: u16 = 1;
        for set in distinct {
            let Ports::Some(bits) = set else { continue };
            // Splits each class into the ports inside and outside of this set: those inside get a new number.
            let mut split: HashMap<u16, u16> = HashMap::new();
            for (word, &mask) in bits.iter().enumerate().filter(|(_, mask)| **mask != 0) {
                let mut mask = mask;
                while mask != 0 {
                    let port = word * 64 + mask.trailing_zeros() as usize;
                    mask &= mask - 1;
                    class[port] = *split.entry(class[port]).or_insert_with(|| {
                        count += 1;
                        count - 1
                    });
                }
            }
        }
        let mut example = vec![0; usize::from(count)];
        for (port, &class) in class.iter().enumerate().rev() {
            example[usize::from(class)] = port as u16;
        }
        Self { class, example }
    }

    /// The class of `port`.
    pub fn of(&self, port: u16) -> u16 {
        self.class[usize::from(port)]
    }

    /// A port of `class`.
    pub fn example(&self, class: u16) -> u16 {
        self.example.get(usize::from(class)).copied().unwrap_or(0)
    }
}
