//! Parameters of a request, as `http_param` looks them up: the query first, then a form body.

use std::borrow::Cow;

use memchr::memchr;

use super::normalize::decode_in_place;

/// The values written for one key, in order of appearance; each decoded where it needs to be.
#[derive(Debug, Clone)]
pub struct ParamValues<'a> {
    query: &'a [u8],
    body: &'a [u8],
    key: &'a [u8],
    nocase: bool,
}

/// Values of parameter `key` in `query` (without `?`, see [`super::query`]), then in `body`; both as they came, `&` between
/// parameters, `=` between key and value. Keys and values are percent-decoded; `nocase` folds ASCII.
pub fn param<'a>(query: &'a [u8], body: &'a [u8], key: &'a [u8], nocase: bool) -> ParamValues<'a> {
    ParamValues { query, body, key, nocase }
}

impl<'a> Iterator for ParamValues<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(pair) = take_pair(&mut self.query).or_else(|| take_pair(&mut self.body)) {
            let (key, value) = memchr(b'=', pair).map_or((pair, &pair[..0]), |at| (&pair[..at], &pair[at + 1..]));
            let key = decoded(key);
            if *key == *self.key || (self.nocase && key.eq_ignore_ascii_case(self.key)) {
                return Some(decoded(value));
            }
        }
        None
    }
}

/// Takes the text up to the next `&`; `None` at the end.
fn take_pair<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let at = memchr(b'&', rest).unwrap_or(rest.len());
    let pair = &rest[..at];
    *rest = rest.get(at + 1..).unwrap_or_default();
    Some(pair)
}

fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'%', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut buffer = bytes.to_vec();
    decode_in_place(&mut buffer, 0);
    Cow::Owned(buffer)
}

#[cfg(test)]
mod tests {
    use super::param;

    #[test]
    fn lookups() {
        let (query, body) = ("id=1&name=%41b&id=2&&n%61il=x&flag", "id=3&Name=zz&e==");
        let cases: [(&str, bool, &[&str]); 8] = [
            ("id", false, &["1", "2", "3"]),
            ("name", false, &["Ab"]),
            ("name", true, &["Ab", "zz"]),
            ("nail", false, &["x"]),
            ("flag", false, &[""]),
            ("e", false, &["="]),
            ("nope", true, &[]),
            ("", false, &[""]),
        ];
        for (key, nocase, want) in cases {
            let got: Vec<_> = param(query.as_bytes(), body.as_bytes(), key.as_bytes(), nocase).map(|v| v.into_owned()).collect();
            assert_eq!(got, want.iter().map(|v| v.as_bytes().to_vec()).collect::<Vec<_>>(), "{key:?} nocase {nocase}");
        }
    }
}
