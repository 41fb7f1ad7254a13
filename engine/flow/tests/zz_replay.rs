mod script;
use script::*;
use std::time::Instant;
use wire::*;
#[test]
fn replay() {
    let mut total = (0u64, 0u64);
    for path in std::env::var("PCAPS").unwrap().split(':') {
        let Ok(b) = std::fs::read(path) else { continue };
        if b.len() < 24 {
            continue;
        }
        let m = u32::from_le_bytes(b[..4].try_into().unwrap());
        if m != 0xa1b2c3d4 && m != 0xa1b23c4d {
            continue;
        }
        let link = u32::from_le_bytes(b[20..24].try_into().unwrap()) & 0xffff;
        let mut o = 24;
        let mut frames = vec![];
        while o + 16 <= b.len() {
            let g = |i: usize| u32::from_le_bytes(b[o + i..o + i + 4].try_into().unwrap());
            let cl = g(8) as usize;
            if o + 16 + cl > b.len() {
                break;
            }
            frames.push((g(0) as i64 * SECOND + g(4) as i64 * if m == 0xa1b2c3d4 { 1000 } else { 1 }, &b[o + 16..o + 16 + cl]));
            o += 16 + cl;
        }
        let mut st = Stage::new(lines());
        let mut d = flow::Defragmenter::default();
        let t = Instant::now();
        for (now, f) in &frames {
            let p = decode(LinkType(link as u16), f, Checksums::Ignore);
            if let Some(r) = d.push(&p, *now) {
                let p = decode_ip(r);
                st.table.process(&p, *now, &mut st.world);
            } else {
                st.table.process(&p, *now, &mut st.world);
            }
            if st.world.log.len() > 100000 {
                st.world.log.clear()
            }
        }
        let e = t.elapsed();
        st.table.finish(&mut st.world);
        assert!(st.table.is_empty());
        total.0 += frames.len() as u64;
        total.1 += e.as_nanos() as u64;
        if frames.len() > 100000 {
            println!("{path} {} pk {} ns/pk mem {}", frames.len(), e.as_nanos() / frames.len() as u128, st.table.memory());
            st.table.counters().each(|n, v| {
                if v > 0 {
                    print!("{n}={v} ")
                }
            });
            println!();
            d.counters().each(|n, v| {
                if v > 0 {
                    print!("{n}={v} ")
                }
            });
            println!();
        }
    }
    println!("{total:?}");
}
