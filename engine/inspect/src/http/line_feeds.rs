//! Where the lines of a header block end: noted by the splitter on its way, used again by the parser.

use memchr::memchr_iter;

use super::splitter::MAX_HEAD;

/// Line ends noted; the parser looks for further ones itself.
const MAX_NOTED: usize = 512;

const _: () = assert!(MAX_HEAD <= u16::MAX as usize, "positions in a block fit into 16 bits");

/// Positions of LF in a block, in order, at most [`MAX_NOTED`].
#[derive(Debug, Default)]
pub(crate) struct LineFeeds(Vec<u16>);

impl LineFeeds {
    /// Of a whole block.
    pub fn of(data: &[u8]) -> Self {
        let mut noted = Self::default();
        memchr_iter(b'\n', data).take(MAX_NOTED).for_each(|at| noted.note(at));
        noted
    }

    /// Notes the next one.
    pub fn note(&mut self, at: usize) {
        if let (true, Ok(at)) = (self.0.len() < MAX_NOTED, u16::try_from(at)) {
            self.0.push(at);
        }
    }

    /// Those of `data` from position `from` on, also where not all are noted.
    pub fn iter(&self, data: &[u8], from: usize) -> impl Iterator<Item = usize> {
        let end = if self.0.len() < MAX_NOTED { data.len() } else { self.0.last().map_or(0, |last| usize::from(*last) + 1) };
        let rest = data.get(end.max(from)..).unwrap_or_default();
        let noted = self.0.iter().map(|at| usize::from(*at)).filter(move |at| *at >= from);
        noted.chain(memchr_iter(b'\n', rest).map(move |at| at + end.max(from)))
    }

    /// Ready for the next block.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::LineFeeds;

    #[test]
    fn noted_or_not_the_same_positions_come() {
        for lines in [0, 1, 511, 512, 513, 2000] {
            let data = "ab\n".repeat(lines) + "c";
            for from in [0, 1, 2, 3, 1500] {
                let want: Vec<_> = (0..lines).map(|n| 3 * n + 2).filter(|at| *at >= from).collect();
                assert_eq!(LineFeeds::of(data.as_bytes()).iter(data.as_bytes(), from).collect::<Vec<_>>(), want, "{lines} {from}");
            }
        }
    }
}
