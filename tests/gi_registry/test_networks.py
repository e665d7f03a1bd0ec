"""The network of a request: which address counts, and how little of it is used."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.networks import client_address, network_of


def network(address: str | None = "61.139.2.69", forwarded: str | None = None) -> str:
    request = RequestFactory().get("/")
    request.META.pop("REMOTE_ADDR")
    if address is not None:
        request.META["REMOTE_ADDR"] = address
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return network_of(request)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("61.139.2.69", "61.139.2.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("2409:8928:e20:77::1", "2409:8928:e20::/48"),
        ("::1", "::/48"),
        ("::ffff:61.139.2.69", "61.139.2.0/24"),
        ("61.139.2.69:51324", "61.139.2.0/24"),
        ("[2409:8928:e20::9]:443", "2409:8928:e20::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_the_network_stands_for_the_address(address: str, expected: str) -> None:
    assert network(address) == expected


def test_neighbours_are_one_network_and_others_are_not() -> None:
    assert network("61.139.2.1") == network("61.139.2.254") != network("61.139.3.1")
    assert network("2409:8928:e20::1") == network("2409:8928:e20:ffff::1") != network("2409:8928:e21::1")


@pytest.mark.parametrize("address", [None, "", "unix:", "localhost", "61.139.2", "61.139.2.069", "1" * 5000, "[", ":"])
def test_what_is_no_address_has_no_network(address: str | None) -> None:
    assert network(address) == ""


def test_a_visitor_cannot_choose_the_network_to_be_counted_by() -> None:
    assert network("61.139.2.69", forwarded="8.8.8.8") == "61.139.2.0/24"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "8.8.8.8, 61.139.2.69", "61.139.2.0/24"),
        (1, "61.139.2.69", "61.139.2.0/24"),
        (1, "61.139.2.69:5000", "61.139.2.0/24"),
        (2, "8.8.8.8, 61.139.2.69, 10.0.0.3", "61.139.2.0/24"),
        (2, "61.139.2.69", ""),  # did not pass both proxies
        (1, "61.139.2.69, unknown", ""),
        (1, "8.8.8.8," * 5000 + "61.139.2.69", "61.139.2.0/24"),
        (1, None, "127.0.0.0/24"),  # asked directly from inside
    ],
)
def test_behind_proxies_only_what_they_wrote_counts(settings, proxies, forwarded, expected) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    assert network("127.0.0.1", forwarded) == expected


@given(st.ip_addresses())
def test_nothing_of_the_rest_of_an_address_is_left(address) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=str(address))
    seen = client_address(request)
    start, _, length = network_of(request).partition("/")
    assert seen is not None
    rest = seen.max_prefixlen - int(length)
    assert int(type(seen)(start)) == int(seen) >> rest << rest


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_breaks_it(address: str, forwarded: str) -> None:
    assert isinstance(network(address, forwarded), str)
