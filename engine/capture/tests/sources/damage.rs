//! What is wrong with a file is said: what, where, and how to mend it.

use std::path::Path;

use capture::{ErrorKind, from_fd, open};

use crate::build::*;

fn refused(path: impl AsRef<Path>) -> capture::CaptureError {
    open(path).err().expect("it opens")
}

/// The kind of error, and the message, of a file; and how many packets came before.
fn failing(bytes: &[u8]) -> (ErrorKind, String, usize) {
    let (kept, error) = read(bytes);
    let error = error.expect("no error");
    (error.kind(), error.to_string(), kept.len())
}

#[test]
fn files_that_are_no_captures_say_what_they_look_like() {
    let tar = [&[b'a'; 10][..], &[0; 247], b"ustar\0"].concat();
    let cases: [(&[u8], &str); 10] = [
        (b"\x7fELF\x02\x01\x01\0", "a program (ELF)"),
        (b"alert tcp any any -> any any (msg:\"x\";)\n", "text"),
        (b"snoop\0\0\0\0\0\0\x02", "a Solaris snoop capture"),
        (b"BZh91AY&SY", "compressed with bzip2"),
        (b"\xfd7zXZ\0\0", "compressed with xz"),
        (b"PK\x03\x04\x14\0", "a ZIP archive"),
        (&tar, "a tar archive"),
        (b"\0\x01\x02\x03\x04", "it begins with 00 01 02 03"),
        (b"\xa1\xb2", "it begins with a1 b2"),
        (b"x", "text"),
    ];
    for (bytes, looks) in cases {
        let (kind, message, _) = failing(bytes);
        assert_eq!(kind, ErrorKind::NotACapture, "{message}");
        assert!(message.starts_with("test.pcap: this is no capture file: ") && message.contains(looks), "{message}");
    }
    let (kind, message, _) = failing(&gzip(&gzip(&two_packets())));
    assert!(kind == ErrorKind::NotACapture && message.contains("gzip twice"), "{message}");
}

#[test]
fn empty_files() {
    for empty in [vec![], gzip(b""), zstd(b"")] {
        assert_eq!(failing(&empty).0, ErrorKind::Empty);
    }
}

#[test]
fn a_file_without_packets_is_fine() {
    let header = &two_packets()[..24];
    for bytes in [header, &section(BIG), &[section(LITTLE), interface(LITTLE, 1, 0, &[])].concat()] {
        assert_eq!(read(bytes), (vec![], None));
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_came_before() {
    let pcapng = [section(LITTLE), interface(LITTLE, 1, 0, &[]), enhanced(LITTLE, 0, 1, b"first", &[]), enhanced(LITTLE, 0, 2, b"x", &[])];
    for whole in [two_packets(), pcapng.concat()] {
        let expected = read(&whole).0;
        for end in 4..whole.len() {
            let (kept, error) = read(&whole[..end]);
            assert!(expected.starts_with(&kept), "{end}");
            // Between two packets nobody can tell.
            assert!(error.is_none_or(|error| error.kind() == ErrorKind::Truncated), "{end}");
        }
    }
    let (kind, message, packets) = failing(&two_packets()[..60]);
    assert_eq!((kind, packets), (ErrorKind::Truncated, 1));
    let expected = "test.pcap: the file ends inside a packet's header (at byte 45, after 1 good packet); what came before is good; copy or capture it again for the rest";
    assert_eq!(message, expected);
}

#[test]
fn compressed_files_cut_or_damaged() {
    let plain = pcap(LITTLE, 0xa1b2_c3d4, 1, 0, &vec![(1, 1, &b"some packet"[..]); 50_000]);
    for packed in [gzip(&plain), zstd(&plain)] {
        assert_eq!(failing(&packed[..packed.len() - 9]).0, ErrorKind::Truncated);
        let mut damaged = packed.clone();
        damaged[packed.len() / 2..].fill(0xff);
        assert_eq!(failing(&damaged).0, ErrorKind::Damaged);
    }
}

#[test]
fn lengths_beyond_reason_are_damage() {
    let mut long = two_packets();
    long[45 + 8..45 + 12].copy_from_slice(&LITTLE(256 * 1024 + 1));
    assert_eq!((failing(&long).0, failing(&long).2), (ErrorKind::Damaged, 1));

    let packet = enhanced(LITTLE, 0, 1, b"data", &[]);
    let with = |at: usize, value: u32| {
        let mut packet = packet.clone();
        packet[at..at + 4].copy_from_slice(&LITTLE(value));
        [section(LITTLE), interface(LITTLE, 1, 0, &[]), packet].concat()
    };
    for (at, value) in [(4, 8), (4, 37), (4, 0xffff_fffc), (8, 1), (20, 5), (20, 300_000), (20, u32::MAX), (packet.len() - 4, 40)] {
        assert_eq!(failing(&with(at, value)).0, ErrorKind::Damaged, "{at} {value}");
    }
    // A block that says nothing about packets may be long, but not longer than the file.
    let unknown = [section(LITTLE), [LITTLE(0x0bad), LITTLE(0x4000_0000), LITTLE(0)].concat()].concat();
    assert_eq!(failing(&unknown).0, ErrorKind::Truncated);
}

#[test]
fn versions_that_are_not_read() {
    let mut file = two_packets();
    file[4] = 3;
    assert_eq!(failing(&file).0, ErrorKind::Unsupported);
    let mut file = section(LITTLE);
    file[12] = 2;
    assert_eq!(failing(&file).0, ErrorKind::Unsupported);
}

#[test]
fn any_byte_replaced_never_breaks_the_reader() {
    let order = BIG;
    let pcapng =
        [section(order), interface(order, 1, 0, &option(order, 9, &[6])), enhanced(order, 0, 1, b"data", &option(order, 2, &order(1)))];
    for whole in [two_packets(), pcapng.concat(), gzip(&two_packets()), zstd(&two_packets())] {
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                read(&bytes);
            }
        }
    }
}

#[test]
fn paths_that_cannot_be_opened() {
    let missing = refused("/nowhere/at all.pcap");
    assert_eq!((missing.kind(), missing.to_string()), (ErrorKind::NotFound, "/nowhere/at all.pcap: no such file; check the path".into()));
    assert_eq!(refused(std::env::temp_dir()).kind(), ErrorKind::Directory);
    assert_eq!(from_fd(-1, "standard input").err().map(|error| error.kind()), Some(ErrorKind::System));
}

#[test]
fn a_file_without_read_permission() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("capture-test-{}-secret.pcap", std::process::id()));
    std::fs::write(&path, two_packets()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let error = open(&path).err();
    std::fs::remove_file(&path).unwrap();
    match error {
        Some(error) => assert_eq!(error.kind(), ErrorKind::Permission, "{error}"),
        None => eprintln!("skipped: this user may read everything"),
    }
}
