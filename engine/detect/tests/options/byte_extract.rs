//! `byte_extract` and what its variables are good for (notes 2.8).

use crate::support::check;

#[test]
fn a_variable_stands_where_a_number_may() {
    check(&[
        ("offset", r#"byte_extract:1,0,n; content:"Z",offset n;"#, b"\x03abZ", true),
        ("too far", r#"byte_extract:1,0,n; content:"Z",offset n;"#, b"\x04abZ", false),
        ("depth", r#"byte_extract:1,0,n; content:"Z",depth n;"#, b"\x04abZ", true),
        ("depth too small", r#"byte_extract:1,0,n; content:"Z",depth n;"#, b"\x03abZ", false),
        ("distance", r#"byte_extract:1,0,n; content:"a"; content:"Z",distance n,within 1;"#, b"\x01abZ", true),
        ("within", r#"byte_extract:1,0,n; content:"a"; content:"Z",within n;"#, b"\x02abZ", true),
        ("within too small", r#"byte_extract:1,0,n; content:"a"; content:"Z",within n;"#, b"\x01abZ", false),
        ("value of byte_test", "byte_extract:1,0,n; byte_test:1,=,n,1;", b"\x07\x07", true),
        ("offset of byte_test", "byte_extract:1,0,n; byte_test:1,=,0x5a,n;", b"\x02aZ", true),
        ("offset of byte_jump", "byte_extract:1,0,n; byte_jump:1,n; isdataat:!0,relative;", b"\x02a\x01Z", true),
        ("isdataat", "byte_extract:1,0,n; isdataat:n;", b"\x02aZ", true),
        ("isdataat beyond", "byte_extract:1,0,n; isdataat:n;", b"\x03aZ", false),
        ("isdataat negated", "byte_extract:1,0,n; isdataat:!n,relative;", b"\x02aZ", true),
        ("two of them", r#"byte_extract:1,0,a; byte_extract:1,1,b; content:"Z",offset a,depth b;"#, b"\x03\x01.Z", true),
        ("a name used again holds the later number", "byte_extract:1,0,n; byte_extract:1,1,n; byte_test:1,=,n,2;", b"\x01\x02\x02", true),
    ]);
}

#[test]
fn the_number_may_be_multiplied_and_aligned_and_the_cursor_moves_behind_it() {
    check(&[
        ("multiplier", "byte_extract:1,0,n,multiplier 3; byte_test:1,=,n,1;", b"\x02\x06", true),
        ("align", "byte_extract:1,0,n,align 4; byte_test:1,=,n,1;", b"\x05\x08", true),
        ("align 2", "byte_extract:1,0,n,align 2; byte_test:1,=,n,1;", b"\x05\x06", true),
        ("little", "byte_extract:2,0,n,little; byte_test:1,=,n,2;", b"\x05\0\x05", true),
        ("text", "byte_extract:3,0,n,string,dec; byte_test:1,=,n,3;", b"012\x0c", true),
        ("mask", "byte_extract:1,0,n,bitmask 0xf0; byte_test:1,=,n,1;", b"\x3f\x03", true),
        ("the cursor", r#"byte_extract:2,1,n; content:"d",within 1;"#, b"abcd", true),
        ("relative", r#"content:"ab"; byte_extract:1,0,n,relative; content:"d",within 1;"#, b"abcd", true),
        ("a byte that is not there", "byte_extract:1,4,n;", b"abcd", false),
    ]);
}

#[test]
fn a_variable_follows_the_retry_of_the_content_before_it() {
    check(&[("the second length fits", r#"content:"L"; byte_extract:1,0,n,relative; content:"Z",within n;"#, b"L\x01..L\x03..Z", true)]);
}
