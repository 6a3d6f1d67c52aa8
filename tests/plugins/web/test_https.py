"""Behind an ingress that ends HTTPS, with the lines that the operator writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import local_services

DROP_IN = """
config set -- omero.web.use_x_forwarded_host true
config set -- omero.web.session_cookie_secure true
config set -- omero.web.csrf_cookie_secure true
config set -- omero.web.secure_proxy_ssl_header '["HTTP_X_FORWARDED_PROTO", "https"]'
config set -- omero.web.csrf_trusted_origins '["https://omero.example.org"]'
config set -- omero.web.debug true
"""
PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "omero.example.org"}


def test_cookies_origins_and_addresses(
    tmp_path: Path, static_root: Path, new_visitor: Callable[[str], Any]
) -> None:
    with local_services.site(
        tmp_path, drop_in=DROP_IN, OMERO_WEB_STATIC_ROOT=str(static_root)
    ) as site:
        visitor = new_visitor(site.url)
        visitor.headers.update(PROXY)
        visitor.follow_redirects = False
        form = visitor.get("/webclient/login/")
        token = form.cookies["csrftoken"]
        fields = {"username": "root", "password": site.standin.password, "server": "1"}
        fields["csrfmiddlewaretoken"] = token
        # The client does not send secure cookies by HTTP; the proxy gets them by HTTPS.
        cookie = {"Cookie": f"csrftoken={token}"}

        def log_in(origin: str) -> Any:
            headers = cookie | {"Origin": origin, "Referer": f"{origin}/webclient/login/"}
            return visitor.post("/webclient/login/", data=fields, headers=headers)

        assert log_in("https://evil.example.org").status_code == 403
        answer = log_in("https://omero.example.org")
        assert answer.status_code == 302, answer.text[:500]
        cookies = answer.headers.get_list("set-cookie") + form.headers.get_list("set-cookie")
        assert len(cookies) >= 2
        assert all("; Secure" in each for each in cookies), cookies
        session = next(each for each in cookies if each.startswith("sessionid="))
        assert "; HttpOnly" in session

        api = visitor.get("/api/").json()
        assert api["data"][0]["url:base"] == "https://omero.example.org/api/v0/"
        # No drop-in turns on pages that show settings and code.
        missing = visitor.get("/no/such/page/")
        assert missing.status_code == 404
        assert "DEBUG = True" not in missing.text
