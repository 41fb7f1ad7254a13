//! `md5`, `sha256` and `sha512` (Snort 3 rule guide).

use crate::support::check;

#[test]
fn digests_of_so_many_bytes_at_a_place() {
    check(&[
        ("md5", r#"md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4;"#, b"abcdef", true),
        ("md5, an offset", r#"md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,offset 2;"#, b"..abcd", true),
        ("md5, elsewhere", r#"md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4;"#, b"..abcd", false),
        ("md5, negated", r#"md5:!"|e2fc714c4727ee9395f324cd2e7f331f|",length 4;"#, b"abcX", true),
        ("md5, negated where it is so", r#"md5:!"|e2fc714c4727ee9395f324cd2e7f331f|",length 4;"#, b"abcd", false),
        ("sha256", r#"sha256:"|88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589|",length 4;"#, b"abcdef", true),
        (
            "sha256, an offset",
            r#"sha256:"|88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589|",length 4,offset 2;"#,
            b"..abcd",
            true,
        ),
        ("sha256, elsewhere", r#"sha256:"|88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589|",length 4;"#, b"..abcd", false),
        ("sha256, negated", r#"sha256:!"|88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589|",length 4;"#, b"abcX", true),
        (
            "sha256, negated where it is so",
            r#"sha256:!"|88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589|",length 4;"#,
            b"abcd",
            false,
        ),
        (
            "sha512",
            r#"sha512:"|d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f|",length 4;"#,
            b"abcdef",
            true,
        ),
        (
            "sha512, an offset",
            r#"sha512:"|d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f|",length 4,offset 2;"#,
            b"..abcd",
            true,
        ),
        (
            "sha512, elsewhere",
            r#"sha512:"|d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f|",length 4;"#,
            b"..abcd",
            false,
        ),
        (
            "sha512, negated",
            r#"sha512:!"|d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f|",length 4;"#,
            b"abcX",
            true,
        ),
        (
            "sha512, negated where it is so",
            r#"sha512:!"|d8022f2060ad6efd297ab73dcc5355c9b214054b0d1776a136a669d26a7d3b14f73aa0d0ebff19ee333368f0164b6419a96da49e3e481753e7e96b716bdccb6f|",length 4;"#,
            b"abcd",
            false,
        ),
        ("relative", r#"content:".."; md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,relative;"#, b"..abcd", true),
        (
            "relative, tried at each content",
            r#"content:"."; md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,relative;"#,
            b"x.y.abcd",
            true,
        ),
        ("relative, backwards", r#"content:"d"; md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,offset -4,relative;"#, b"abcd", true),
        ("too few bytes", r#"md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 5;"#, b"abcd", false),
        ("too few bytes, negated", r#"md5:!"|e2fc714c4727ee9395f324cd2e7f331f|",length 5;"#, b"abcd", false),
        ("before the buffer, negated", r#"md5:!"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,offset -1;"#, b"abcd", false),
        (
            "an offset from the buffer",
            r#"byte_extract:1,0,n; md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4,offset n;"#,
            b"\x02.abcd",
            true,
        ),
        ("the cursor is behind the bytes", r#"md5:"|e2fc714c4727ee9395f324cd2e7f331f|",length 4; content:"e",within 1;"#, b"abcde", true),
        ("negated it stays", r#"md5:!"|e2fc714c4727ee9395f324cd2e7f331f|",length 4; content:"X",within 1;"#, b"Xbcde", true),
    ]);
}
