//! What comes as a file: rules and captures.

use std::io::Cursor;

use ::capture::PacketSource;
use detect::Variables;

/// Rule text, from its tokens to a compiled set; whatever is said of it can be shown.
pub fn rules(data: &[u8]) {
    let file = ::rules::parse(data);
    for diagnostic in &file.diagnostics {
        std::hint::black_box(::rules::render(diagnostic, "fuzzed.rules", data));
    }
    // Half of them without pattern databases, which take most of the time.
    let prefilter = data.len() % 2 == 0;
    let loaded = detect::load(&[("fuzzed.rules", data)], &Variables::default(), prefilter, Default::default());
    std::hint::black_box(loaded.refusals.len());
}

/// A capture file: pcap or pcapng, plain or compressed.
pub fn capture(data: &[u8]) {
    let Ok(mut source) = ::capture::from_reader(Cursor::new(data.to_vec()), "fuzzed.pcap") else { return };
    while let Ok(Some(frame)) = source.next() {
        assert!(frame.data.len() <= ::capture::MAX_FRAME);
        std::hint::black_box(wire::decode(frame.link, frame.data, wire::Checksums::Verify).payload);
    }
}
