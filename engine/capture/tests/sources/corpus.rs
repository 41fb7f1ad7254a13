//! Foreign captures by the thousand, where they lie beside the checkout: none breaks the reader or the decoder.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use capture::{ErrorKind, PacketSource, from_reader};
use ruzstd::decoding::StreamingDecoder;
use wire::Checksums;

/// Files of the sets that really are damaged, as libpcap says too.
const DAMAGED: [&str; 2] = ["08eb289cd159ef8c.pcap", "3b3d3dd44eab84bd.pcap"];

fn set(name: &str) -> Option<File> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(name);
    File::open(path).map_err(|_| eprintln!("skipped: no {name} beside the checkout")).ok()
}

/// The files of a tar archive: name and contents.
fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut rest) = (Vec::new(), archive);
    while let Some((header, after)) = rest.split_at_checked(512).filter(|(header, _)| header[0] != 0) {
        let text = |at: usize, length: usize| String::from_utf8_lossy(&header[at..at + length]).trim_end_matches(['\0', ' ']).to_string();
        let size = usize::from_str_radix(&text(124, 12), 8).unwrap();
        if header[156] == b'0' {
            files.push((text(0, 100), after[..size].to_vec()));
        }
        rest = &after[size.next_multiple_of(512)..];
    }
    files
}

#[test]
fn foreign_captures_are_read_and_decoded() {
    for name in ["real.tar.zst", "field.tar.zst"] {
        let Some(packed) = set(name) else { return };
        let mut archive = Vec::new();
        StreamingDecoder::new(packed).unwrap().read_to_end(&mut archive).unwrap();
        let files = entries(&archive);
        assert!(files.len() > 800, "{} files", files.len());
        for (file, bytes) in files {
            read(&file, bytes);
        }
    }
}

fn read(file: &str, bytes: Vec<u8>) {
    let damaged = DAMAGED.iter().any(|damaged| file.ends_with(damaged));
    let mut source = from_reader(Cursor::new(bytes), file).unwrap();
    let end = loop {
        match source.next() {
            Ok(Some(frame)) => drop(wire::decode(frame.link, frame.data, Checksums::Verify)),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert_eq!(end.as_ref().map(|error| error.kind()), damaged.then_some(ErrorKind::Damaged), "{end:?}");
}
