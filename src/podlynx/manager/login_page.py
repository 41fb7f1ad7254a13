"""The log-in page: plain HTML without a script, shown to a browser that has no session."""

import html
from base64 import b64encode
from hashlib import sha256
from typing import Final

import msgspec

_STYLE: Final = """
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:15px/1.5 system-ui,sans-serif;
background:light-dark(#f6f7f9,#0f1216);color:light-dark(#1b2330,#e4e8ee)}
main{width:min(22rem,calc(100vw - 3rem));padding:1.75rem;border-radius:12px;
background:light-dark(#fff,#171b21);border:1px solid light-dark(#dfe3e9,#2a313b)}
h1{margin:0 0 .25rem;font-size:1.15rem}p{margin:.25rem 0 1rem}label{display:block;font-weight:600;margin-bottom:.25rem}
input,button{box-sizing:border-box;width:100%;font:inherit;padding:.55rem .7rem;border-radius:7px}
input{border:1px solid light-dark(#8a94a3,#6b7686);background:transparent;color:inherit}
.way{display:block;padding:.55rem .7rem;border-radius:7px;text-align:center;font-weight:600;text-decoration:none;
background:#1f5fbf;color:#fff}
button{margin-top:.8rem;border:0;font-weight:600;background:#1f5fbf;color:#fff;cursor:pointer}
:focus-visible{outline:3px solid #4c8df0;outline-offset:2px}
[role=alert]{color:light-dark(#a3170f,#ff9d94);font-weight:600}
"""

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title} · Podlynx</title>{head}<style>{style}</style></head>
<body><main><h1>Podlynx</h1>{content}</main></body></html>
"""

_FORM: Final = """{alert}{provider}<p>Log in with the token that <code>podlynx</code> printed when it started;
in a cluster with your own (<code>kubectl create token NAME</code>).</p>
<form method="post" action="/login"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus maxlength="4096">
<button type="submit">Log in</button></form>"""

_PROVIDER: Final = """<p><a class="way" href="/login/oidc">Log in with {name}</a></p>"""

_ON: Final = """<p>You are logged in.</p><p><a class="way" href="{place}">Go on</a></p>"""

_NO_PAGE: Final = """<p>The manager runs, but its web page was not built.</p>
<p>Run <code>make setup</code> in the checkout and start again.
The API answers at <a href="/openapi.json">/openapi.json</a>.</p>"""

_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Page(msgspec.Struct, frozen=True):
    """A whole HTML page with the headers that it needs."""

    body: bytes
    headers: dict[str, str]


def login_page(message: str = "", provider: str = "") -> Page:
    """The form, with what went wrong before if anything did, and the way by an OIDC provider where there is one."""
    alert = f'<p role="alert">{html.escape(message)}</p>' if message else ""
    way = _PROVIDER.format(name=html.escape(provider)) if provider else ""
    return _page("Log in", _FORM.format(alert=alert, provider=way))


def going_on(place: str) -> Page:
    """Goes on to a place of our own.

    A redirect would not do: the browser comes from another site then, and keeps a cookie of SameSite=Strict to itself.
    """
    shown = html.escape(place, quote=True)
    return _page("Logged in", _ON.format(place=shown), f'<meta http-equiv="refresh" content="0;url={shown}">')


def missing_page() -> Page:
    """Says that the web page was not built, and how to build it."""
    return _page("No web page", _NO_PAGE)


def _page(title: str, content: str, head: str = "") -> Page:
    body = _PAGE.format(title=title, head=head, style=_STYLE, content=content).encode()
    return Page(body, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
