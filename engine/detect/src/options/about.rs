//! Options about the rule as a whole: msg, sid, rev, gid, classtype, priority, reference, metadata, service, enable, target, replace, rem, tag.

use rules::{Diagnostic, RuleOption, Word};

use crate::arguments::{integer, value, value_of, words};
use crate::diagnose::{Compiled, fault, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::content::unhex;
use crate::services;

/// Reads `msg`.
pub fn msg(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    draft.about.msg = match option.arguments.first().and_then(|argument| argument.quoted.as_ref()) {
        Some(quoted) => String::from_utf8_lossy(quoted).into_owned(),
        None => value(option)?.text,
    };
    Ok(())
}

/// Refuses an option that says again what the rule has said: which of the two counts is nobody's guess.
pub fn once(option: &RuleOption, draft: &Draft) -> Compiled {
    const ONCE: [&str; 7] = ["classtype", "detection_filter", "gid", "msg", "priority", "rev", "sid"];
    let keyword = option.keyword.text.as_str();
    if ONCE.contains(&keyword) && draft.about.keywords.iter().any(|known| known == keyword) {
        return Err(fault("D006", option.span, format!("`{keyword}` is written twice"), "keep one of them"));
    }
    Ok(())
}

fn positive(option: &RuleOption) -> Compiled<u32> {
    let word = value(option)?;
    integer(&option.keyword.text, &word, 0, i64::from(u32::MAX)).map(|n| n as u32)
}

/// Reads `sid`.
pub fn sid(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    draft.id.sid = positive(option)?;
    Ok(())
}

/// Reads `rev`.
pub fn rev(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    draft.id.rev = positive(option)?;
    Ok(())
}

/// Reads `gid`.
pub fn gid(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    draft.id.gid = positive(option)?;
    Ok(())
}

/// Reads `priority`.
pub fn priority(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    draft.priority = Some(positive(option)?);
    Ok(())
}

/// Reads `classtype`.
pub fn classtype(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    // An unknown class is kept as it is, as Snort does: the rule gets the priority of an unclassified one.
    draft.about.classtype = value(option)?.text;
    Ok(())
}

/// Reads `reference`.
pub fn reference(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    if word.text.split_once(',').is_none_or(|(_, id)| id.trim().is_empty()) {
        return Err(missing(option.span, "reference", "a scheme and an id, e.g. cve,2021-44228"));
    }
    draft.about.references.push(word.text);
    Ok(())
}

/// Reads `metadata`.
pub fn metadata(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    draft.about.metadata.extend(word.text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()));
    Ok(())
}

/// Reads `service`.
pub fn service(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<Vec<Word>> = option.arguments.iter().map(words).collect();
    if lists.is_empty() || lists.iter().any(Vec::is_empty) {
        return Err(missing(option.span, "service", "a name before and behind each comma"));
    }
    for word in lists.into_iter().flatten() {
        around.warnings.extend(services::unknown(&word.text, word.span));
        draft.services.add(&word.text);
        draft.about.services.push(word.text);
    }
    Ok(())
}

/// Reads `enable`: `no` switches the rule off, which is said, as nothing else would tell why it never alerts.
pub fn enable(option: &RuleOption, _draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    match word.text.as_str() {
        "yes" | "inherit" => Ok(()),
        "no" => {
            let off = fault("D008", option.span, "the rule is switched off by `enable:no`", "remove the option to use the rule");
            Err(Diagnostic { fatal: false, ..off })
        }
        other => Err(unknown_argument(word.span, "enable", other, "yes, no or inherit")),
    }
}

/// Reads `target`, which says which end of the flow an alert is about.
pub fn target(option: &RuleOption, _draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    match word.text.as_str() {
        "src_ip" | "dst_ip" => Ok(()),
        other => Err(unknown_argument(word.span, "target", other, "src_ip or dst_ip")),
    }
}

/// Reads `replace`: packets are only watched, never rewritten.
pub fn replace(option: &RuleOption, _draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let quoted = option.arguments.first().and_then(|argument| argument.quoted.as_ref());
    unhex(quoted.ok_or_else(|| missing(option.span, "replace", "a text in quotes"))?, option.span).map(drop)
}

/// Reads `tag`, which only sends later packets to packet loggers.
pub fn tag(option: &RuleOption, _draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    for (place, argument) in option.arguments.iter().enumerate() {
        let list = words(argument);
        let first = list.first().map(|word| word.text.as_str()).unwrap_or_default();
        match (place, first) {
            (0, "session" | "host_src" | "host_dst") => {}
            (1.., "packets" | "seconds" | "bytes") => drop(integer("tag", value_of("tag", &list, argument.span)?, 1, i64::from(u32::MAX))?),
            (_, other) => {
                let known = "session, host_src or host_dst, then packets, seconds or bytes with a number";
                return Err(unknown_argument(argument.span, "tag", other, known));
            }
        }
    }
    if option.arguments.is_empty() { Err(missing(option.span, "tag", "session, host_src or host_dst")) } else { Ok(()) }
}

/// Reads `rem`: any text.
pub fn rem(_option: &RuleOption, _draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    Ok(())
}
