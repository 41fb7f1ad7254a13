//! `byte_math` (Snort 3 manual).

use crate::support::check;

#[test]
fn results_stand_where_numbers_may() {
    check(&[
        ("+", r#"byte_math:bytes 1,offset 0,oper +,rvalue 3,result r; content:"Z",offset r,depth 1;"#, b"\x01...Z", true),
        ("-", "byte_math:bytes 1,offset 0,oper -,rvalue 1,result r; byte_test:1,=,r,1;", b"\x05\x04", true),
        ("*", r#"byte_math:bytes 1,offset 0,oper *,rvalue 2,result r; content:"Z",offset r,depth 1;"#, b"\x02a..Z", true),
        ("/", "byte_math:bytes 1,offset 0,oper /,rvalue 2,result r; byte_test:1,=,r,1;", b"\x09\x04", true),
        ("<<", "byte_math:bytes 1,offset 0,oper <<,rvalue 2,result r; byte_test:1,=,r,1;", b"\x03\x0c", true),
        (">>", "byte_math:bytes 1,offset 0,oper >>,rvalue 2,result r; byte_test:1,=,r,1;", b"\x0c\x03", true),
        ("two bytes", "byte_math:bytes 2,offset 0,oper +,rvalue 1,result r; byte_test:2,=,r,2;", b"\x01\xff\x02\0", true),
        ("little", "byte_math:bytes 2,offset 0,oper +,rvalue 1,result r,endian little; byte_test:1,=,r,2;", b"\x01\0\x02", true),
        ("a mask", "byte_math:bytes 1,offset 0,oper +,rvalue 1,result r,bitmask 0xf0; byte_test:1,=,r,1;", b"\x3f\x04", true),
        ("text", "byte_math:bytes 2,offset 0,oper +,rvalue 1,result r,string dec; byte_test:1,=,r,2;", b"12\x0d", true),
        ("hex text", "byte_math:bytes 2,offset 0,oper +,rvalue 1,result r,string hex; byte_test:1,=,r,2;", b"0f\x10", true),
        (
            "relative",
            r#"content:"L"; byte_math:bytes 1,offset 1,oper *,rvalue 2,result r,relative; content:"Z",offset r;"#,
            b"L.\x03...Z",
            true,
        ),
        (
            "an operand from a variable",
            "byte_extract:1,0,n; byte_math:bytes 1,offset 1,oper *,rvalue n,result r; byte_test:1,=,r,2;",
            b"\x02\x03\x06",
            true,
        ),
        ("the cursor stays", r#"byte_math:bytes 1,offset 1,oper +,rvalue 1,result r; content:"a",within 1;"#, b"abc", true),
    ]);
}

#[test]
fn results_wrap_at_32_bits_and_what_has_none_is_no_match() {
    check(&[
        ("below zero", "byte_math:bytes 1,offset 0,oper -,rvalue 6,result r; byte_test:4,=,r,1;", b"\x05\xff\xff\xff\xff", true),
        ("division by zero", "byte_extract:1,0,n; byte_math:bytes 1,offset 1,oper /,rvalue n,result r;", b"\0\x05", false),
        ("too large", "byte_math:bytes 4,offset 0,oper *,rvalue 2,result r; byte_test:1,=,r,4;", b"\x80\0\0\x03\x06", true),
        (
            "shifted over the end",
            "byte_math:bytes 4,offset 0,oper <<,rvalue 8,result r; byte_test:4,=,r,4;",
            b"\x01\x02\x03\x04\x02\x03\x04\0",
            true,
        ),
        ("shifted out", "byte_math:bytes 1,offset 0,oper <<,rvalue 40,result r;", b"\x01", false),
        ("not there", "byte_math:bytes 1,offset 3,oper +,rvalue 1,result r;", b"abc", false),
    ]);
}
