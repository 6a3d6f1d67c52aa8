"""What a support bundle leaves out."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_omero.secret_values import SHORTEST, SecretValues, masked

PASSWORD = 'pä"ss\\wörd %&/ 1<'


def secret(value: bytes, key: str = "password", name: str = "demo-db") -> dict[str, object]:
    return {"metadata": {"name": name}, "data": {key: base64.b64encode(value).decode()}}


@pytest.mark.parametrize(
    "shown",
    [
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        urllib.parse.quote(PASSWORD, safe=""),
        urllib.parse.quote_plus(PASSWORD),
        json.dumps(PASSWORD),
        json.dumps(PASSWORD, ensure_ascii=False),
        repr(PASSWORD),
        html.escape(PASSWORD),
        PASSWORD.replace("\\", "\\\\"),
        urllib.parse.quote(PASSWORD),
        f"postgresql://omero:{urllib.parse.quote(PASSWORD, safe='')}@demo-db/omero",
    ],
)
def test_a_value_is_found_in_every_form(shown: str) -> None:
    text = SecretValues([secret(PASSWORD.encode())]).without(f"before {shown} after")
    assert text.startswith("before ") and text.endswith(" after")
    assert "[value of demo-db/password]" in text
    assert PASSWORD not in text and shown not in text


@given(st.text(min_size=SHORTEST, max_size=60).filter(lambda text: len(text.strip()) >= SHORTEST))
def test_no_value_stays_in_a_line_of_json(value: str) -> None:
    values = SecretValues([secret(value.encode("utf-8", "replace"))])
    stored = value.encode("utf-8", "replace").decode()
    line = values.without(json.dumps({"message": stored}))
    assert json.dumps(stored)[1:-1] not in line


def test_a_private_key_is_found_line_by_line() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"
    values = SecretValues([secret(key.encode(), "tls.key", "demo-tls")])
    assert values.without("log: kqhkiG9w0BAQEF!") == "log: [value of demo-tls/tls.key]!"
    assert values.without("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_what_everybody_may_know_stays() -> None:
    values = SecretValues([secret(b"job-service", "username"), secret(b"root", "name")])
    assert values.without("job-service logs in, root too") == "job-service logs in, root too"


def test_a_part_of_another_value_does_not_break_it() -> None:
    short, long = secret(b"abcdef", name="short"), secret(b"abcdef-and-more", name="long")
    values = SecretValues([short, long])
    assert values.without("x abcdef-and-more y") == "x [value of long/password] y"


def test_binary_values_and_empty_secrets_are_no_trouble() -> None:
    binary = b"\xff\xfe\x00\x01\x02\x03\x04"
    values = SecretValues([secret(binary), {"metadata": {"name": "empty"}}])
    encoded = base64.b64encode(binary).decode()
    assert values.without(encoded) == "[value of demo-db/password]"
    assert SecretValues([]).without("text") == "text"


def test_passwords_where_none_belong_are_left_out() -> None:
    given_object = {
        "spec": {
            "config": {"omero.ldap.password": "hunter2", "omero.web.page_size": "100"},
            "env": [{"name": "API_TOKEN", "value": "abc"}, {"name": "TZ", "value": "UTC"}],
            "rootPasswordSecretRef": {"name": "mine", "key": "password"},
            "more": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}],
            "RESTIC_PASSPHRASE": "x",
        }
    }
    assert masked(given_object) == {
        "spec": {
            "config": {"omero.ldap.password": "[left out]", "omero.web.page_size": "100"},
            "env": [{"name": "API_TOKEN", "value": "[left out]"}, {"name": "TZ", "value": "UTC"}],
            "rootPasswordSecretRef": {"name": "mine", "key": "password"},
            "more": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "[left out]"}],
            "RESTIC_PASSPHRASE": "[left out]",
        }
    }
