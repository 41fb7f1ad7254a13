//! Compressed captures: recognised by their first bytes, unpacked as a stream.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The last three bytes of the sixteen magic numbers of skippable frames (RFC 8878, section 3.1.2).
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// A stream unpacked, and whether it had to be.
pub(crate) fn unpack<R: Read + Send + 'static>(mut stream: R) -> io::Result<(Box<dyn Read + Send>, bool)> {
    let mut magic = Vec::with_capacity(4);
    Read::by_ref(&mut stream).take(4).read_to_end(&mut magic)?;
    let is_gzip = magic.starts_with(&GZIP);
    let is_zstd = magic == ZSTD || magic.get(1..) == Some(&ZSTD_SKIPPABLE);
    let whole = Cursor::new(magic).chain(stream);
    Ok(match (is_gzip, is_zstd) {
        (true, _) => (Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, whole))), true),
        (_, true) => (Box::new(Zstd::new(whole)), true),
        _ => (Box::new(whole), false),
    })
}

/// Whether an error of a decoder means that its input ended early.
pub(crate) fn ended_early(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return true;
    }
    let mut cause = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|inner| inner.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// All frames of a zstd stream, one after another.
///
/// What a frame's window may still refer to stays with the decoder until the frame ends; so a file that is cut
/// short loses up to a window of what came before the cut.
struct Zstd<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: Read> Zstd<R> {
    fn new(stream: Chain<Cursor<Vec<u8>>, R>) -> Self {
        Zstd { input: BufReader::with_capacity(64 * 1024, stream), decoder: FrameDecoder::new(), inside: false }
    }

    /// Into the next frame that holds data; false at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut Read::by_ref(&mut self.input).take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.next_frame()? {
                return Ok(0);
            }
            self.inside = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1)).map_err(io::Error::other)?;
            }
            match self.decoder.read(buffer)? {
                0 => self.inside = false,
                count => return Ok(count),
            }
        }
    }
}
