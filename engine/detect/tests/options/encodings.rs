//! `base64_decode`, `base64_data`, `ber_data` and `ber_skip` (notes 2.10).

use crate::support::check;

#[test]
fn base_64_is_decoded_line_by_line() {
    check(&[
        ("from the cursor", r#"content:"d:"; base64_decode:relative; base64_data; content:"needle";"#, b"d:bmVlZGxl", true),
        ("from the start", r#"base64_decode; base64_data; content:"needle";"#, b"bmVlZGxl", true),
        ("the cursor of base64_data is its start", r#"base64_decode; base64_data; content:"need",within 4;"#, b"bmVlZGxl", true),
        ("an offset", r#"base64_decode:offset 2; base64_data; content:"needle";"#, b"xxbmVlZGxl", true),
        ("an offset behind the end", "base64_decode:offset 9;", b"bmVlZGxl", false),
        ("as many characters", r#"base64_decode:bytes 4; base64_data; bufferlen:3;"#, b"bmVlZGxl", true),
        ("folded", r#"base64_decode; base64_data; content:"needle";"#, b"bmVl\r\n ZGxl", true),
        ("ends at the line", r#"base64_decode; base64_data; content:"needle";"#, b"bmVl\r\nZGxl", false),
        ("one padding character", r#"base64_decode; base64_data; content:"needl"; bufferlen:5;"#, b"bmVlZGw=", true),
        ("two", r#"base64_decode; base64_data; content:"need"; bufferlen:4;"#, b"bmVlZA==", true),
        ("padding where none may stand", "base64_decode;", b"b===", false),
        ("other characters are skipped", r#"base64_decode; base64_data; content:"needle";"#, b"bm-Vl.Z_Gxl", true),
        ("nothing decoded", "base64_decode;", b"....", false),
        ("the decoded text alone", r#"base64_decode; base64_data; content:"bmVl";"#, b"bmVlZGxl", false),
        ("back to the payload", r#"base64_decode; base64_data; content:"needle"; pkt_data; content:"bmVl";"#, b"bmVlZGxl", true),
    ]);
}

#[test]
fn ber_elements_are_entered_and_skipped() {
    check(&[
        ("enter, skip, look", r#"ber_data:0x30; ber_skip:0x02; content:"A",within 1;"#, b"\x30\x05\x02\x01\x07AB", true),
        ("not the tag", "ber_data:0x31;", b"\x30\x01A", false),
        ("optional and absent", r#"ber_data:0x30; ber_skip:0x01,optional; content:"A",within 1;"#, b"\x30\x05AB", true),
        ("optional and present", r#"ber_data:0x30; ber_skip:0x01,optional; content:"A",within 1;"#, b"\x30\x05\x01\x01.AB", true),
        ("needed and absent", "ber_data:0x30; ber_skip:0x01;", b"\x30\x05AB", false),
        ("a long length", r#"ber_data:0x30; content:"A",within 1;"#, b"\x30\x82\x00\x01A", true),
        ("without end", "ber_data:0x30;", b"\x30\x80AB", false),
        ("a skipped element that is cut short", "ber_skip:0x02;", b"\x02\x05AB", false),
        ("a header that is cut short", "ber_data:0x30;", b"\x30", false),
        ("a length of too many bytes", "ber_data:0x30;", b"\x30\x85\0\0\0\0\x01A", false),
        ("a huge length", "ber_skip:0x02;", b"\x02\x84\xff\xff\xff\xffA", false),
        ("retried with the content before it", r#"content:"|FF|"; ber_data:0x30;"#, b"\xff.\xff\x30\x01A", true),
    ]);
}
