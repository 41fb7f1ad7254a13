//! `flow` and `stream_size` (notes 2.9).

use crate::support::{Given, alerts};
use ::flow::Side;

#[test]
fn direction_state_and_stream_count() {
    let client = Given::payload(b"abc");
    let server = Given { side: Side::Server, ..client.clone() };
    let half_open = Given { established: false, ..client.clone() };
    let pdu = Given { rebuilt: true, ..client.clone() };
    let put_together = Given { defragmented: true, ..client.clone() };
    let rows: [(&str, &Given<'_>, bool); 23] = [
        ("to_server", &client, true),
        ("from_client", &client, true),
        ("to_client", &client, false),
        ("from_server", &client, false),
        ("to_server", &server, false),
        ("to_client", &server, true),
        ("established", &client, true),
        ("established", &half_open, false),
        ("not_established", &client, false),
        ("not_established", &half_open, true),
        ("stateless", &half_open, true),
        ("stateless,to_server", &server, true),
        ("no_stream", &client, true),
        ("no_stream", &pdu, false),
        ("only_stream", &client, false),
        ("only_stream", &pdu, true),
        ("to_server,established", &client, true),
        ("to_server,established", &half_open, false),
        ("established,only_stream,to_server", &pdu, true),
        ("no_frag", &client, true),
        ("no_frag", &put_together, false),
        ("only_frag", &client, false),
        ("only_frag", &put_together, true),
    ];
    for (words, given, expected) in rows {
        let rule = format!(r#"flow:{words}; content:"abc";"#);
        assert_eq!(alerts(&rule, given), expected, "{rule}");
    }
}

#[test]
fn stream_size_counts_what_a_side_has_sent() {
    // The word is a direction code to Snort: to_client looks at what the server has sent.
    let rows = [
        ("1,to_client", [500, 1], true),
        ("1,to_client", [1, 500], false),
        (">100,to_server", [500, 1], true),
        (">100,either", [1, 500], true),
        (">100,both", [1, 500], false),
        (">100,both", [101, 500], true),
        ("<100", [1, 500], true),
    ];
    for (value, sent, expected) in rows {
        let given = Given { sent, ..Given::payload(b"abc") };
        assert_eq!(alerts(&format!(r#"stream_size:{value}; content:"abc";"#), &given), expected, "{value} {sent:?}");
    }
}
