"""LEAF. The open data as a catalogue that harvesters read: DCAT 3 in JSON-LD, shaped as DCAT-AP asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gi_registry.open_fields import CC_BY, Dataset, Licence

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU = "http://publications.europa.eu/resource/authority/"
_TITLES = ("地理标志产品登记簿开放数据", "Open data of the register of geographical indications")
_NAMES = ("地理标志产品登记簿", "Register of Geographical Indications")
_ABOUT = (
    "中国地理标志产品、产地、用标企业、公告、国际互认和登记日志，每夜制作。",
    "GI products of China, their areas, who may use the mark, announcements, recognition, the journal; made nightly.",
)
# Names in the registry of media types; there is none for JSON Lines.
_IANA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMATS = {"csv": "CSV", "geojson": "GeoJSON", "xlsx": "XLSX", "jsonl": "JSON Lines"}


def catalogue(
    manifest: Mapping[str, Any], datasets: Iterable[Dataset], *, site: str, licence: str, contact: str
) -> dict[str, Any]:
    """The catalogue of one making. `licence`, `contact`: addresses, '' where the operator has named none."""
    page = f"{site}/open-data/"
    made: dict[str, Any] = {"manifest": manifest, "site": site, "page": page, "licence": licence}
    more = {"dcat:contactPoint": _contact(contact)} if contact else {}
    return {
        "@context": CONTEXT,
        "@id": page,
        "@type": "dcat:Catalog",
        "dct:title": _both(*_TITLES),
        "dct:description": _both(*_ABOUT),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(*_NAMES), "foaf:homepage": {"@id": f"{site}/"}},
        "dct:language": [{"@id": f"{_EU}language/{code}"} for code in ("ZHO", "ENG")],
        "dct:conformsTo": {"@id": "https://www.w3.org/TR/vocab-dcat-3/"},
        "dct:modified": _typed("dateTime", manifest["made_at"]),
        "foaf:homepage": {"@id": page},
        "dcat:dataset": [_dataset(one, made) | more for one in datasets],
        "dcat:service": [
            {
                "@id": f"{site}/api/v1/",
                "@type": "dcat:DataService",
                "dct:title": _both("登记簿接口", "API of the register"),
                "dcat:endpointURL": {"@id": f"{site}/api/v1/"},
                "dcat:endpointDescription": {"@id": f"{site}/api/v1/schema/"},
            }
        ],
    }


def _dataset(one: Dataset, made: dict[str, Any]) -> dict[str, Any]:
    manifest, page = made["manifest"], made["page"]
    terms = _terms(one.licence, made["licence"])
    return {
        "@id": f"{page}#{one.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": one.name,
        "dct:title": _both(one.zh, one.en),
        "dct:description": _both(one.about_zh, one.about_en),
        "dct:accrualPeriodicity": {"@id": f"{_EU}frequency/DAILY"},
        "dct:spatial": {"@id": f"{_EU}country/CHN"},
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:endDate": _typed("date", manifest["as_of"])},
        "dct:modified": _typed("dateTime", manifest["made_at"]),
        "dct:conformsTo": {"@id": f"{page}fields/#{one.name}"},
        "dcat:version": manifest["stamp"],
        "dcat:landingPage": {"@id": page},
        **terms,
        "dcat:distribution": [
            _distribution(file, made) | terms for file in manifest["files"] if file["dataset"] == one.name
        ],
    }


def _distribution(file: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    address = {"@id": f"{made['site']}/open-data/files/{made['manifest']['stamp']}/{file['name']}"}
    media = _IANA.get(file["format"])
    return {
        "@type": "dcat:Distribution",
        "dct:title": file["name"],
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dct:format": {"@type": "dct:MediaTypeOrExtent", "rdfs:label": _FORMATS[file["format"]]},
        **({"dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"}} if media else {}),
        "dcat:byteSize": _typed("nonNegativeInteger", str(file["bytes"])),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": _typed("hexBinary", file["sha256"]),
        },
    }


def _terms(licence: Licence, chosen: str) -> dict[str, Any]:
    """The licence where one is certain, and always the words on what it covers."""
    address = CC_BY if licence == Licence.DIVISIONS else chosen
    words = {"@type": "dct:RightsStatement", "rdfs:label": _both(licence.zh, licence.en)}
    return {"dct:rights": words, **({"dct:license": {"@id": address}} if address else {})}


def _contact(address: str) -> dict[str, Any]:
    how = "vcard:hasEmail" if address.startswith("mailto:") else "vcard:hasURL"
    return {"@type": "vcard:Organization", "vcard:fn": _both(*_NAMES), how: {"@id": address}}


def _both(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "zh", "@value": zh}, {"@language": "en", "@value": en}]


def _typed(kind: str, value: str) -> dict[str, str]:
    return {"@type": f"xsd:{kind}", "@value": value}
