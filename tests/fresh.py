"""Time passes since somebody proved who they are; for tests of what asks for a new proof, or ends a session."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

PASSWORD = "steep green hill 1958"


def grow_old(client: Client, seconds: float = 301) -> None:
    """The last proof of the client's session was given so many seconds ago."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds}]
    session.save()


def prove(client: Client, response, password: str = PASSWORD):
    """Answer the question that a response leads to, and go where it leads then."""
    assert "/account/reauthenticate/" in response.url, response.url
    target = client.get(response.url)
    form = target.context["redirect_field_value"]
    answer = client.post("/en/account/reauthenticate/", {"password": password, "next": form})
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer.url)
