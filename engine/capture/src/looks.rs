//! What a file that is no capture looks like, so that the message can say it.

/// First bytes, what they mean, how to mend it.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"\x7fELF", "a program (ELF)", ""),
    (b"snoop\0\0\0", "a Solaris snoop capture", CONVERT),
    (b"btsnoop\0", "a Bluetooth capture (btsnoop)", CONVERT),
    (b"GMBU", "a Microsoft Network Monitor capture", CONVERT),
    (b"RTSS", "a Microsoft Network Monitor 1 capture", CONVERT),
    (b"TRSNIFF data", "a Sniffer capture", CONVERT),
    (b"XCP\0", "a NetXRay capture", CONVERT),
    (b"ObserverPktBuffer", "a Network Instruments Observer capture", CONVERT),
    (b"iptrace ", "an AIX iptrace capture", CONVERT),
    (b"\xaa\xaa\xaa\xaa", "a Shomiti Surveyor capture", CONVERT),
    (b"BZh", "compressed with bzip2", "unpack it with bunzip2"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it with unxz"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "unpack it with unlz4"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it"),
    (b"\x1f\x8b", "compressed with gzip twice", "unpack it with gunzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd twice", "unpack it with unzstd"),
    (b"%PDF", "a PDF document", ""),
    (b"\x89PNG", "a picture (PNG)", ""),
    (b"SQLite format 3\0", "an SQLite database", ""),
];

const CONVERT: &str = "convert it: editcap -F pcapng FILE FILE.pcapng";
const CAPTURE: &str = "give a pcap or pcapng file, plain or compressed with gzip or zstd";

/// What the file looks like and how to mend it, from its first bytes (some hundred are plenty).
pub(crate) fn like(bytes: &[u8]) -> (String, String) {
    if let Some((_, looks, mend)) = KNOWN.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        let mend = if mend.is_empty() { CAPTURE } else { mend };
        return (format!("it looks like {looks}"), mend.to_string());
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return ("it looks like a tar archive".into(), "unpack it".into());
    }
    if bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return ("it looks like text".into(), CAPTURE.into());
    }
    let first: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    (format!("it begins with {}", first.join(" ")), CAPTURE.into())
}
