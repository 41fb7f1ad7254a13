//! Every syntax fault that a rule file can have: a stable code, a title, an explanation and how to mend it.
//!
//! A new fault is one entry here and one pair of files in `tests/errors`. Faults of meaning (an unknown keyword, a
//! number out of bounds) are `detect`'s and have codes that begin with `D`.

/// One kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Stable code, e.g. `R012`.
    pub code: &'static str,
    /// What is wrong, in general.
    pub title: &'static str,
    /// Why it is a fault and what a right rule looks like.
    pub explanation: &'static str,
    /// How to mend it.
    pub hint: &'static str,
    /// The rule cannot be used. Otherwise a warning.
    pub fatal: bool,
}

/// The entry of a code; letters may be small.
pub fn find(code: &str) -> Option<&'static Entry> {
    ALL.iter().copied().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

macro_rules! catalogue {
    ($($name:ident $severity:ident $code:literal $title:literal hint $hint:literal $explanation:literal)*) => {
        $(
            #[doc = $title]
            pub const $name: Entry =
                Entry { code: $code, title: $title, explanation: $explanation, hint: $hint, fatal: catalogue!(@ $severity) };
        )*
        /// All entries, by code.
        pub const ALL: &[&Entry] = &[$(&$name),*];
    };
    (@ error) => { true };
    (@ warning) => { false };
}

catalogue! {
    FILE_TOO_LARGE error "R001" "the file is too large to be a rule file"
    hint "split the file, or check that it is the right one"
    "A rule file may hold 64 MiB. All community rules together are about 2 MiB, so a larger file is nearly always something else."

    BINARY_FILE error "R002" "this is no rule file but binary data"
    hint "give the text file with the rules; unpack archives first"
    "A rule file is text. This one begins like a program, an archive, a capture or UTF-16 text, or holds NUL bytes, so nothing in it was read."

    NO_RULE error "R003" "this is no rule"
    hint "a rule begins with its action, as in `alert tcp any any -> any 80 (...)`; write `#` before a comment"
    "Outside of a rule only comments and blank lines may stand. Everything up to the next line that begins with an action (alert, block, drop, log, pass, react, reject, rewrite) was skipped."

    CONFIGURATION error "R004" "a rule file holds only rules, no configuration"
    hint "set variables with the command's own options and name every rule file there; remove the line here"
    "Lines such as `var`, `ipvar`, `portvar`, `include`, `config`, `suppress` or `event_filter` belong to the configuration of other tools or of older versions of the language."

    UNKNOWN_ACTION error "R005" "unknown action"
    hint "use one of alert, block, drop, log, pass, react, reject, rewrite"
    "The first word of a rule is its action. This line looks like a rule otherwise (it has a protocol and an arrow or a parenthesis), but its first word is none of them."

    NO_PROTOCOL error "R006" "the rule has no protocol"
    hint "write tcp, udp, icmp, ip or a service such as http behind the action"
    "The action is followed by the protocol: tcp, udp, icmp, ip, or the name of a service (`alert http (...)`). Rules without one (`alert (gid:116; ...)`) describe built-in events of other engines."

    NO_ADDRESS error "R007" "an address is missing or malformed"
    hint "write any, $VARIABLE, 10.0.0.1, 10.0.0.0/8, 2001:db8::/32, a list [a,b] or any of these with ! in front"
    "The header is `action protocol addresses ports direction addresses ports`, or just `action service`. An address is a literal with an optional prefix length, a variable, `any`, a list in brackets, or one of these negated."

    BAD_PREFIX error "R008" "the prefix length does not fit the address"
    hint "write 0 to 32 for IPv4, 0 to 128 for IPv6, or a netmask without gaps such as 255.255.0.0"
    "Behind the slash stands how many leading bits of the address count."

    NO_PORT error "R009" "a port is missing or malformed"
    hint "write any, $VARIABLE, 80, a range 8000:8080, 1024: or :1023, a list [80,443] or any of these with ! in front"
    "Behind the addresses of either side stand its ports, from 0 to 65535, also for protocols that have none (`any`)."

    PORT_ORDER error "R010" "the port range ends before it begins"
    hint "write the lower port first"
    "A range `a:b` holds every port from a to b, both included."

    NOT_ANY error "R011" "`!any` holds nothing"
    hint "leave out the `!`, or name what shall be excluded"
    "`any` holds everything, so its negation holds nothing and the rule could never match."

    LIST_OPEN error "R012" "the list is not closed"
    hint "add the missing `]`, and commas between the members"
    "A list is `[member,member,...]`. Members may be lists again."

    LIST_EMPTY error "R013" "the list has an empty member"
    hint "remove the extra comma, or write what belongs there"
    "Between two commas of a list, and between the brackets, stands one member."

    LIST_TOO_DEEP error "R014" "lists within lists, too deep"
    hint "write the members in one list"
    "Lists may be nested 16 deep."

    NO_DIRECTION error "R015" "the direction is missing"
    hint "write `->` for one way or `<>` for both between the two ends; there is no `<-`, swap the ends instead"
    "Between source ports and destination addresses stands `->` or `<>`."

    NO_BODY error "R016" "the rule has no options"
    hint "add them in parentheses: ( msg:\"...\"; content:\"...\"; sid:1000001; rev:1; )"
    "Behind the header follow the options in parentheses. A header alone names no reason to alert."

    RULE_OPEN error "R017" "the rule is not closed"
    hint "add `)` behind the last `;`"
    "The closing parenthesis was not found before the next rule or the end of the file."

    STRAY_TEXT error "R018" "text behind the rule"
    hint "begin the next rule on its own line, or put `#` before a comment"
    "Behind the closing parenthesis the line must end. This is often a `)` in the middle of the options."

    NO_KEYWORD error "R019" "an option's name is missing or malformed"
    hint "an option is `name;` or `name:value;`, its name made of letters, digits, `_`, `.` and `-`"
    "Where an option should begin stands something else. Often a `;` too many, or a value that holds an unescaped `;` or `\"`."

    NO_SEMICOLON error "R020" "the option does not end with `;`"
    hint "add the `;`"
    "Every option ends with a semicolon, the last one before `)` too."

    STRING_OPEN error "R021" "the string is not closed"
    hint "add the missing `\"`; a quote within the string is written `\\\"`"
    "A string runs from one double quote to the next that has no backslash before it. None was found in this rule."

    TWO_STRINGS error "R022" "two strings in one argument"
    hint "end the option with `;` before the next one begins; a quote within a string is written `\\\"`"
    "An argument holds at most one quoted string. Two usually mean a missing `;` or `,` between them."

    PATTERN_OPEN error "R023" "the pcre is not closed"
    hint "write `\\;` for a semicolon within the expression, and end it with `/flags\"`"
    "The value of pcre is taken verbatim up to the first `;` without a backslash before it, so a bare semicolon within the expression ends it early."

    NUL_BYTE error "R024" "a NUL byte stands in the rule"
    hint "write |00| in a content; elsewhere remove the byte"
    "Rule text holds no NUL bytes; the file may be damaged."

    BAD_ESCAPE warning "R025" "unknown escape in a string"
    hint "a backslash itself is written `\\\\`; known escapes are \\\\ \\\" \\; \\n \\t \\r \\a \\b \\f \\v and \\xHH"
    "A backslash before a letter or a digit that means nothing special is dropped and the character kept, which is seldom what was meant (a Windows path, for example)."

    STRING_BREAK warning "R026" "a line break within a string"
    hint "close the string before the end of the line; a line break to be matched is written |0A|"
    "The line break was dropped from the string, as Snort does. A missing closing quote looks the same."

    RULE_TOO_LONG error "R027" "the rule is too long"
    hint "shorten it, or look for a missing `)`"
    "One rule may hold 64 KiB. The longest community rule has about 4 KiB."

    TOO_MANY_OPTIONS error "R028" "the rule has too many options"
    hint "split the rule"
    "One rule may hold 512 options."

    COMMENT_OPEN warning "R029" "the comment is not closed"
    hint "end it with `*/`, or `#end` on a line of its own"
    "A comment that begins with `/*` or `#begin` ran to the end of the file, so no rule behind it was read."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_without_gaps() {
        for (index, entry) in ALL.iter().enumerate() {
            assert_eq!(entry.code, format!("R{:03}", index + 1));
            assert!(!entry.hint.is_empty() && !entry.explanation.is_empty() && !entry.title.ends_with('.'), "{}", entry.code);
        }
    }

    #[test]
    fn codes_are_found_in_any_case() {
        assert_eq!(find("r020"), Some(&NO_SEMICOLON));
        assert_eq!(find("R999"), None);
    }
}
