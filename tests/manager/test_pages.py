"""The web page: served from what was built, and nothing else of the disk."""

import httpx2
import msgspec
import pytest

from podlynx.manager.app import app_of
from podlynx.manager.pages import load
from podlynx.manager.services import Services

pytestmark = pytest.mark.anyio
HTML = {"Accept": "text/html,*/*"}


@pytest.mark.parametrize("path", ["/", "/alerts", "/alerts/default_x_1700_10.0.0.1_1_10.0.0.2_2_n_1_2"])
async def test_screens_are_the_index(client, path):
    answer = await client.get(path.split("_")[0], headers=HTML)
    assert (answer.status_code, "<title>Alerts" in answer.text) == (200, True)
    assert answer.headers["cache-control"] == "no-cache"


async def test_assets_are_kept_by_browsers(client):
    answer = await client.get("/assets/index-1a2b.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    again = await client.get("/assets/index-1a2b.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.head("/assets/index-1a2b.js")).content == b""


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//etc/passwd"]
)
async def test_no_path_leads_out(client, path):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "not for the web" not in answer.text


async def test_without_a_token_there_is_only_the_log_in(nobody):
    assert (await nobody.get("/assets/index-1a2b.js")).status_code == 401
    page = await nobody.get("/alerts", headers=HTML)
    assert (page.status_code, "Log in" in page.text) == (401, True)


async def test_a_page_that_was_not_built_says_how(store, settings, tmp_path):
    bare = msgspec.structs.replace(settings, web_folder=tmp_path / "none")
    app = app_of(Services(store, bare))
    headers = {"Authorization": f"Bearer {bare.token}"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://localhost", headers=headers
    ) as client:
        answer = await client.get("/")
    assert (answer.status_code, "make setup" in answer.text) == (200, True)


def test_links_out_of_the_folder_are_not_followed(settings, tmp_path):
    (settings.web_folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert sorted(load(settings.web_folder)) == ["/assets/index-1a2b.js", "/index.html"]
