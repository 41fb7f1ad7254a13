//! A window over a stream: big reads into one buffer, frames handed out in place.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of buffer. Holds the largest block that is read whole, and makes reads few.
pub(crate) const WINDOW: usize = 1024 * 1024;

/// A buffered stream.
pub(crate) struct Window {
    stream: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the stream of `start`.
    offset: u64,
}

impl Window {
    pub fn new(stream: Box<dyn Read + Send>) -> Self {
        Window { stream, buffer: vec![0; WINDOW], start: 0, end: 0, offset: 0 }
    }

    /// Has `length` bytes ready, or as many as the stream still holds. At most [`WINDOW`].
    #[inline]
    pub fn fill(&mut self, length: usize) -> io::Result<&[u8]> {
        if self.end - self.start < length {
            self.read_up_to(length)?;
        }
        Ok(&self.buffer[self.start..self.end.min(self.start + length)])
    }

    fn read_up_to(&mut self, length: usize) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        // Each read takes what there is: a packet from a pipe is seen when it has come, not when the buffer is full.
        while self.end < length {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(()),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves past `length` bytes that [`Window::fill`] made ready.
    #[inline]
    pub fn advance(&mut self, length: usize) {
        self.start += length;
        self.offset += length as u64;
    }

    /// Moves past `length` bytes, however many; false where the stream ends before.
    pub fn skip(&mut self, mut length: u64) -> io::Result<bool> {
        while length > 0 {
            let step = length.min(WINDOW as u64) as usize;
            let ready = self.fill(step)?.len();
            self.advance(ready);
            length -= ready as u64;
            if ready < step {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The last `length` bytes passed by [`Window::advance`]; they stay until the next [`Window::fill`].
    #[inline]
    pub fn passed(&self, length: usize) -> &[u8] {
        &self.buffer[self.start - length..self.start]
    }

    /// Offset in the stream of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes read from the stream that are still ahead.
    pub fn ahead(&self) -> u64 {
        (self.end - self.start) as u64
    }
}

/// Counts the bytes that pass, for whoever shows progress.
pub(crate) struct Counting<R> {
    pub stream: R,
    pub count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
