//! What ordinary traffic is full of: windows of a literal that look like it would be found everywhere.

use std::sync::LazyLock;

/// Text of the kinds that services exchange. Only its runs of four bytes are used, without regard to case.
const TEXT: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nPOST / HTTP/1.1\r\nHost: www.example.com\r\nHost: localhost:8080\r\nHost: shop.default.svc.cluster.local\r\n",
    b"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n",
    b"User-Agent: Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)\r\nUser-Agent: curl/7.88.1\r\nuser-agent: grpc-go/1.60.0\r\n",
    b"User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Gecko/20100101 Firefox/115.0\r\nUser-Agent: Go-http-client/1.1\r\n",
    b"User-Agent: python-requests/2.31.0\r\nUser-Agent: kube-probe/1.30\r\nAccept: */*\r\nAccept: application/json, text/plain, */*\r\n",
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n",
    b"Accept-Encoding: gzip, deflate, br\r\nAccept-Charset: utf-8\r\nConnection: keep-alive\r\nConnection: close\r\nUpgrade: websocket\r\n",
    b"Content-Type: application/json; charset=utf-8\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Type: application/grpc\r\n",
    b"Content-Type: multipart/form-data; boundary=----\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\nContent-Type: text/css\r\n",
    b"Content-Type: application/javascript\r\nContent-Type: application/octet-stream\r\nContent-Type: image/png\r\nContent-Type: image/jpeg\r\n",
    b"Content-Length: 1024\r\nContent-Encoding: gzip\r\nContent-Disposition: attachment; filename=\"\r\nTransfer-Encoding: chunked\r\n",
    b"Cache-Control: no-cache, no-store, max-age=0, must-revalidate, private\r\nPragma: no-cache\r\nExpires: 0\r\nVary: Accept-Encoding\r\n",
    b"Referer: https://www.example.com/index.html\r\nOrigin: http://localhost\r\nLocation: https://\r\nDNT: 1\r\nRange: bytes=0-\r\n",
    b"Cookie: session=0123456789abcdef; path=/; HttpOnly; Secure; SameSite=Lax\r\nSet-Cookie: id=\r\nAuthorization: Bearer \r\n",
    b"X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Request-Id: \r\nX-Requested-With: XMLHttpRequest\r\ntraceparent: 00-\r\n",
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nServer: envoy\r\nServer: Apache/2.4.57 (Ubuntu)\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n",
    b"HTTP/1.1 404 Not Found\r\nLast-Modified: Tue, 02 Feb 2026 10:10:10 GMT\r\nETag: W/\"\r\nKeep-Alive: timeout=5, max=100\r\n\r\n",
    b"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title></title>",
    b"<link rel=\"stylesheet\" href=\"/static/style.css\"><script type=\"text/javascript\" src=\"/static/app.js\"></script></head><body>",
    b"<div class=\"container\"><span id=\"item\"></span></div><p><a href=\"http://www.example.com/\"></a></p><h1></h1><br/><ul><li></li></ul>",
    b"<table><tr><td></td></tr></table><img src=\"/images/logo.png\" alt=\"\"><form action=\"/login\" method=\"post\"><input type=\"hidden\" name=\"id\" value=\"\">",
    b"function(){return this.value;} var i=0; if(document.getElementById(\"id\")){window.location=\"/index.html\";} for(let i=0;i<length;i++){const}",
    b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><string></string>",
    b"{\"id\":1,\"name\":\"value\",\"type\":\"string\",\"status\":\"ok\",\"error\":null,\"message\":\"\",\"code\":200,\"data\":[{\"count\":0,\"items\":[]}]}",
    b"{\"created_at\":\"2026-01-01T00:00:00Z\",\"url\":\"https://\",\"user\":{\"email\":\"\"},\"enabled\":true,\"total\":10,\"description\":\"\"}",
    b"/api/v1/users/1?page=2&limit=100 /index.php?id=1&name=test /images/logo.png /static/app.js /login /admin /search?q=",
    b"the and for that with this from your have not are was but all can has more will about which their other there when been file time",
    b"id=1&name=test&value=10&action=login&user=admin&password=\r\n--boundary\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n",
];

/// One bit for each hash of four bytes that stand in [`TEXT`].
static SEEN: LazyLock<Box<[u64; 1024]>> = LazyLock::new(|| {
    let mut seen = Box::new([0; 1024]);
    for four in TEXT.iter().flat_map(|text| text.windows(4)) {
        let bit = place(four);
        seen[bit >> 6] |= 1 << (bit & 63);
    }
    seen
});

/// Runs of four bytes in `window` that ordinary traffic holds too.
pub fn common(window: &[u8]) -> usize {
    let seen = &*SEEN;
    window.windows(4).map(place).filter(|bit| seen[bit >> 6] & (1 << (bit & 63)) != 0).count()
}

fn place(four: &[u8]) -> usize {
    let folded = four.iter().fold(0u32, |all, byte| all << 8 | u32::from(byte.to_ascii_lowercase()));
    (folded.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn what_every_request_holds_is_common_and_an_exploit_is_not() {
        assert_eq!(common(b"\r\nAccept"), 5);
        assert_eq!(common(b"content-"), 5);
        assert_eq!(common(b"x'|5C|zq"), 0);
        assert_eq!(common(b"abc"), 0, "too short to tell");
    }
}
