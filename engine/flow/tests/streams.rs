//! What comes out of a TCP conversation, packet by packet. Packets are numbered from 1.

mod script;

use flow::FlowLimits;
use script::{HELLO, Stage, check, lines, never, pieces};

fn hello(rest: &str) -> String {
    format!("{HELLO}{rest}")
}

#[test]
fn data_is_flushed_when_it_is_acknowledged_and_before_the_answer_is_queued() {
    let script = hello("c A \"GET\\n\"\ns A \"200\\n\"\nc A\nc FA\ns FA\nc A");
    let log = "
        5 c \"GET\\n\" Splitter
        6 s \"200\\n\" Splitter
        8 c close
        9 s close
        end 1";
    check(lines(), &script, log);
}

#[test]
fn a_message_spans_segments_and_a_segment_holds_several() {
    let script = hello("c A \"one\"\nc A \" two\\nthree\\nfo\"\ns A\nc A \"ur\\n\"\ns A\nc FA\ns A");
    let log = "
        6 c \"one two\\n\" Splitter
        6 c \"three\\n\" Splitter
        8 c \"four\\n\" Splitter
        10 c close
        s close
        end 1";
    check(lines(), &script, log);
}

#[test]
fn reordered_segments_come_out_in_order() {
    let script = hello("c A seq=4 \"def\"\nc A seq=7 \"g\\n\"\nc A seq=1 \"abc\"\ns A");
    check(lines(), &script, "7 c \"abcdefg\\n\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn the_end_of_the_capture_flushes_only_what_was_acknowledged() {
    let script = hello("c A \"acked\"\ns A\nc A \" never\"");
    check(lines(), &script, "c \"acked\" Close\nc close\ns close\nend 1");
}

#[test]
fn an_acknowledgement_inside_a_segment_releases_only_that_part() {
    let script = hello("c A \"abcdef\"\ns A ack=4\ns A ack=7");
    check(pieces(), &script, "5 c \"abc\" Splitter\n6 c \"def\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn one_direction_alone_is_given_out_unscanned_at_the_end() {
    let script = "c S\nc A ack=1\nc A ack=1 \"a\\nb\\n\"\nc A ack=5\nc FA ack=5";
    check(lines(), script, "c \"a\\nb\\n\" Close\nc close\ns close\nend 1");
}

#[test]
fn data_acknowledged_before_it_was_seen_is_scanned_at_once() {
    let script = hello("s A ack=5\nc A \"abc\\n\"");
    check(lines(), &script, "5 c \"abc\\n\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn data_acknowledged_before_it_was_seen_is_not_queued_where_snorts_verdicts_are_asked_for() {
    let limits = FlowLimits { early_acknowledgement_ends: true, seed: Some(1), ..FlowLimits::default() };
    for (script, log) in [
        ("s A ack=5\nc A \"abc\\n\"", "5 not queued\nc close\ns close\nend 1"),
        ("s A ack=3\nc A \"abc\\n\"\ns A", "6 c \"abc\\n\" Splitter\nc close\ns close\nend 1"),
    ] {
        let mut stage = Stage::with(lines(), limits.clone());
        stage.play(&hello(script));
        assert_eq!(stage.finish().join("\n"), log, "{script}");
    }
}

#[test]
fn an_acknowledged_hole_flushes_what_precedes_it() {
    let script = hello("c A seq=1 \"before\"\nc A seq=10 \"after\\n\"\ns A\nc A seq=7 \"xxx\"");
    let log = "
        6 c \"before\" Gap
        6 c gap 3
        6 c \"after\\n\" Splitter
        7 not queued
        c close
        s close
        end 1";
    check(lines(), &script, log);
}

#[test]
fn a_hole_acknowledged_early_is_skipped_when_the_next_segment_comes() {
    let script = hello("s A ack=6\nc A seq=3 \"cd\\n\"\nc A seq=1 \"ab\"");
    check(lines(), &script, "5 c gap 2\n5 c \"cd\\n\" Splitter\n6 not queued\nc close\ns close\nend 1");
}

#[test]
fn overlaps_keep_what_came_first_unless_the_later_segment_begins_earlier() {
    for (first, second, expected) in [
        ("seq=5 \"oneone\"", "seq=5 \"two\"", "BBBBoneone"),
        ("seq=5 \"one\"", "seq=5 \"twotwo\"", "BBBBonetwo"),
        ("seq=5 \"oneone\"", "seq=3 \"twotwo\"", "BBBBotwone"),
        ("seq=5 \"oneone\"", "seq=8 \"twotwo\"", "BBBBoneonetwo"),
    ] {
        let script = hello(&format!("c A {first}\nc A {second}\nc A seq=1 \"BBBB\"\ns A\n"));
        let mut stage = Stage::new(never());
        stage.play(&script);
        let log = stage.finish();
        assert!(log.contains(&format!("c {expected:?} Close")), "{first} then {second}: {log:?}");
    }
}

#[test]
fn in_order_bytes_are_replaced_too_while_they_are_not_acknowledged() {
    let script = hello("c A seq=1 \"aaaa\"\nc A seq=5 \"bbbb\"\nc A seq=3 \"xxxxx\"\ns A");
    check(never(), &script, "c \"aaaaxxxb\" Close\nc close\ns close\nend 1");
    let script = hello("c A seq=1 \"aaaa\"\nc A seq=5 \"bbbb\"\ns A ack=7\nc A seq=3 \"xxxxx\"\ns A ack=9");
    check(never(), &script, "7 not queued\nc \"aaaabbbb\" Close\nc close\ns close\nend 1");
}

#[test]
fn repeated_segments_and_keep_alive_probes_add_nothing() {
    let script = hello("c A seq=0 \"?\"\nc A seq=1 \"ab\"\nc A seq=3 \"cd\"\nc A seq=1 \"abcd\"\ns A\nc A seq=1 \"abcd\"\nc A seq=4 \"d\"");
    check(never(), &script, "4 not queued\n7 not queued\n9 not queued\n10 not queued\nc \"abcd\" Close\nc close\ns close\nend 1");
}

#[test]
fn sequence_numbers_wrap() {
    let mut stage = Stage::new(lines());
    stage.isn = [u32::MAX - 3, u32::MAX];
    stage.play(&hello("c A seq=4 \"def\\n\"\nc A seq=1 \"abc\"\ns A \"ok\\n\"\nc A\nc FA\ns FA\nc A"));
    assert_eq!(stage.finish(), ["6 c \"abcdef\\n\" Splitter", "7 s \"ok\\n\" Splitter", "9 c close", "10 s close", "end 1"]);
}

#[test]
fn segments_that_start_beyond_the_window_are_not_queued() {
    let hello = "c S\ns SA win=4\nc A\n";
    let script = format!("{hello}c A seq=1 \"abcdef\"\nc A seq=7 \"gh\"\ns A ack=7 win=0\nc A seq=7 \"g\"\ns A ack=8 win=4");
    check(never(), &script, "5 not queued\nc \"abcdefg\" Close\nc close\ns close\nend 1");
}

#[test]
fn windows_are_scaled_where_both_sides_said_so() {
    for (scales, queued) in [((" scale=4", " scale=4"), true), ((" scale=4", ""), false), (("", " scale=4"), false)] {
        let hello = format!("c S{}\ns SA win=4{}\nc A\ns A win=4\n", scales.0, scales.1);
        let mut stage = Stage::new(never());
        stage.play(&format!("{hello}c A seq=1 \"abcdef\"\nc A seq=7 \"gh\""));
        assert_eq!(stage.log().is_empty(), queued, "{scales:?}");
    }
}

#[test]
fn data_on_syn_and_on_fin_counts() {
    let script = "c S \"early\"\ns SA ack=6\nc A\nc FA \"late\"\ns A\n";
    check(never(), script, "5 c \"earlylate\" Close\n5 c close\ns close\nend 1");
}

#[test]
fn a_fin_that_the_peer_did_not_take_ends_nothing() {
    let script = hello("c A \"ab\"\nc FA\nc A seq=3 \"cd\\n\"\ns A ack=6\nc A seq=6 \"ef\\n\"\ns A");
    check(lines(), &script, "7 c \"abcd\\n\" Splitter\n9 c \"ef\\n\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn a_reset_counts_only_at_the_byte_expected() {
    let script = hello("c A \"ab\"\nc R seq=3\ns A\nc A \"c\\n\"\ns A\n");
    check(lines(), &script, "8 c \"abc\\n\" Splitter\nc close\ns close\nend 1");
    let script = hello("c A \"ab\"\ns A\ns RA\nc A \"c\\n\"\ns A\n");
    check(lines(), &script, "6 c \"ab\" Close\n6 c close\n6 s close\n7 not queued\nend 1");
    check(lines(), "c S\ns RA seq=0 ack=1\nc A \"x\"\n", "2 c close\n2 s close\n3 not queued\nend 1");
}

#[test]
fn segments_without_ack_are_not_queued() {
    let script = hello("c P seq=1 \"x\"\nc A seq=1 \"y\"\ns A ack=2");
    check(never(), &script, "4 not queued\nc \"y\" Close\nc close\ns close\nend 1");
}

#[test]
fn a_restart_scans_both_sides_again_from_their_first_unflushed_byte() {
    let mut shown = 0;
    let splitter = Box::new(move |_, piece: &[u8], _| {
        shown += 1;
        match shown {
            1 | 2 => flow::Scan::More,
            3 => flow::Scan::Restart,
            _ => flow::Scan::Flush(piece.len()),
        }
    });
    let script = hello("c A \"ab\"\ns A\ns A \"yz\"\nc A\nc A \"cd\"\ns A\nc A");
    let log = "
        9 c \"ab\" Splitter
        9 c \"cd\" Splitter
        10 s \"yz\" Splitter
        c close
        s close
        end 1";
    check(splitter, &script, log);
}

#[test]
fn an_endless_wish_to_restart_is_refused() {
    let mut stage = Stage::new(Box::new(|_, _, _| flow::Scan::Restart));
    stage.play(&hello("c A \"ab\"\ns A"));
    assert_eq!(stage.finish()[0], "c \"ab\" Close");
    assert_eq!(stage.table.counters().restarts_exceeded, 1);
}

#[test]
fn the_splitter_is_told_what_was_scanned_and_what_waits() {
    let splitter = Box::new(|_, piece: &[u8], at: flow::ScanAt| {
        let expected = match piece {
            b"ab" => (0, 0, true),
            b"cde" => (2, 1, true),
            b"de" => (0, 0, true),
            b"f" => (2, 1, false),
            _ => panic!("{piece:?}"),
        };
        assert_eq!((at.pending, at.segments, at.more), expected, "{piece:?}");
        if piece == b"cde" { flow::Scan::Flush(1) } else { flow::Scan::More }
    });
    check(splitter, &hello("c A \"ab\"\nc A \"cde\"\nc A \"f\"\ns A"), "7 c \"abc\" Splitter\nc \"def\" Close\nc close\ns close\nend 1");
}
