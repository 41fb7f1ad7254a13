//! Lists of slots by age, without allocation when a slot moves: who was idle longest stands at the old end.

/// No slot.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Link {
    older: u32,
    newer: u32,
    /// The list it stands in, [`OUT`] for none.
    list: u8,
}

const OUT: u8 = u8::MAX;
const LONE: Link = Link { older: NONE, newer: NONE, list: OUT };

/// `N` lists over the same slots; a slot stands in one of them or in none.
#[derive(Debug)]
pub(crate) struct Ages<const N: usize> {
    links: Vec<Link>,
    /// Oldest and newest of each list.
    ends: [(u32, u32); N],
    lens: [usize; N],
}

impl<const N: usize> Default for Ages<N> {
    fn default() -> Self {
        Self { links: Vec::new(), ends: [(NONE, NONE); N], lens: [0; N] }
    }
}

impl<const N: usize> Ages<N> {
    /// Makes `slot` the newest of `list`, wherever it stood before.
    pub(crate) fn touch(&mut self, slot: u32, list: usize) {
        self.remove(slot);
        if self.links.len() <= slot as usize {
            self.links.resize(slot as usize + 1, LONE);
        }
        let newest = self.ends[list].1;
        self.links[slot as usize] = Link { older: newest, newer: NONE, list: list as u8 };
        match newest {
            NONE => self.ends[list].0 = slot,
            newest => self.links[newest as usize].newer = slot,
        }
        self.ends[list].1 = slot;
        self.lens[list] += 1;
    }

    /// Takes `slot` out of its list, if it stands in one.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(&Link { older, newer, list }) = self.links.get(slot as usize) else { return };
        if list == OUT {
            return;
        }
        let ends = &mut self.ends[list as usize];
        match older {
            NONE => ends.0 = newer,
            older => self.links[older as usize].newer = newer,
        }
        match newer {
            NONE => ends.1 = older,
            newer => self.links[newer as usize].older = older,
        }
        self.links[slot as usize] = LONE;
        self.lens[list as usize] -= 1;
    }

    /// The slot of `list` that was not touched for longest.
    pub(crate) fn oldest(&self, list: usize) -> Option<u32> {
        Some(self.ends[list].0).filter(|&slot| slot != NONE)
    }

    /// Whether `slot` stands in a list.
    pub(crate) fn holds(&self, slot: u32) -> bool {
        self.links.get(slot as usize).is_some_and(|link| link.list != OUT)
    }

    /// Slots in `list`.
    pub(crate) fn len(&self, list: usize) -> usize {
        self.lens[list]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(ages: &mut Ages<2>, list: usize) -> Vec<u32> {
        std::iter::from_fn(|| ages.oldest(list).inspect(|&slot| ages.remove(slot))).collect()
    }

    #[test]
    fn the_slot_touched_longest_ago_comes_first() {
        let mut ages = Ages::<2>::default();
        for (slot, list) in [(0, 0), (1, 0), (2, 0), (3, 1), (0, 0), (2, 1), (9, 0)] {
            ages.touch(slot, list);
        }
        ages.remove(7);
        assert_eq!((ages.len(0), ages.len(1)), (3, 2));
        assert_eq!(drain(&mut ages, 0), [1, 0, 9]);
        assert_eq!(drain(&mut ages, 1), [3, 2]);
    }
}
