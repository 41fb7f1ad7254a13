//! `byte_jump` (notes 2.8).

use crate::support::check;

#[test]
fn the_cursor_moves_by_the_number() {
    check(&[
        ("from behind the number", r#"byte_jump:1,0; content:"d",within 1;"#, b"\x03abcde", true),
        ("exactly to the end", "byte_jump:1,0; isdataat:!0,relative;", b"\x03abc", true),
        ("past the end", "byte_jump:1,0;", b"\x04abc", false),
        ("align, to a multiple of 4", r#"byte_jump:1,0,align; content:"e",within 1;"#, b"\x03abcde", true),
        ("from the beginning", r#"byte_jump:1,4,from_beginning; content:"c",within 1;"#, b"abcd\x02", true),
        ("from the end", r#"byte_jump:1,0,from_end,post_offset -3; content:"d",within 1;"#, b"\x01abcde", true),
        ("a multiplier", r#"byte_jump:1,0,multiplier 2; content:"e",within 1;"#, b"\x02abcde", true),
        ("a post offset", r#"byte_jump:1,0,post_offset 1; content:"d",within 1;"#, b"\x02abcd", true),
        ("a negative one", r#"byte_jump:1,0,post_offset -2; content:"b",within 1;"#, b"\x03abcd", true),
        ("before the buffer", "byte_jump:1,0,post_offset -9;", b"\x03abcd", false),
        ("an offset left out is 0", r#"byte_jump:1; content:"b",within 1;"#, b"\x01ab", true),
    ]);
}

#[test]
fn the_number_is_read_as_by_byte_test() {
    check(&[
        ("relative and little", r#"content:"LEN"; byte_jump:2,0,relative,little; content:"END",within 3;"#, b"LEN\x02\0..END", true),
        ("in the other order it leads nowhere", r#"content:"LEN"; byte_jump:2,0,relative;"#, b"LEN\x02\0..END", false),
        ("before the cursor", r#"content:".."; byte_jump:1,-3,relative; content:"E",within 1;"#, b"L\x02..END", true),
        ("text", r#"byte_jump:2,0,string,dec; content:"Z",within 1;"#, b"03abcZ", true),
        ("text moves by what it took", r#"byte_jump:4,0,string,dec; content:"Z",within 1;"#, b"3abcZ", true),
        ("a mask", r#"byte_jump:1,0,bitmask 0xf0; content:"c",within 1;"#, b"\x2fabcd", true),
        ("no bytes: an offset alone", r#"byte_jump:0,2; content:"c",within 1;"#, b"abcd", true),
        ("the content before is tried again", r#"content:"L"; byte_jump:1,0,relative; content:"E",within 1;"#, b"L\x01.xL\x01.E", true),
    ]);
}

#[test]
fn numbers_wrap_at_32_bits_and_never_leave_the_buffer() {
    check(&[
        ("a huge number", "byte_jump:4,0;", b"\x80\0\0\0abcd", false),
        ("around to the front", r#"byte_jump:4,0; content:"|FF|",within 1;"#, b"\xff\xff\xff\xfcabcd", true),
        ("align wraps too", "byte_jump:4,0,align; isdataat:0,relative;", b"\xff\xff\xff\xfdabcd", true),
    ]);
}
