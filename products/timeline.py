"""READER. The dated history of a product as its rights, announcements and agreement entries tell it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gi_registry.data_words import announcement_name
from products.agreement_words import country_name
from products.models import AgreementEntry, Announcement, AnnouncementEntry, Right
from products.states import AnnouncementKind, DateBasis, EntryStatus, ProductStatus


@dataclass(frozen=True)
class Line:
    """One event. `date` is the last possible day of what is known, None where no date is loaded."""

    title: str
    date: datetime.date | None = None
    precision: str = ""
    text: str = ""
    url: str = ""
    kind: str = ""


def timeline_of(rights: Iterable[Right], entries: Iterable[AgreementEntry]) -> list[Line]:
    """All events, the oldest first and those without a date last.

    Expects `announcement_entries` with their announcements, and `agreement` and `stages` of the entries, to be loaded.
    """
    lines = [line for right in rights for line in _of_right(right)]
    lines += [line for entry in entries for line in _of_entry(entry)]
    unique = list(dict.fromkeys(lines))
    return sorted(unique, key=lambda line: (line.date is None, line.date or datetime.date.max))


def named(announcement: Announcement) -> str:
    """Its number, or what is known of one without in the reader's language."""
    return announcement_name(announcement.text) or announcement.text


def _of_right(right: Right) -> Iterator[Line]:
    track = str(right.get_track_display())
    acts = list(right.announcement_entries.all())
    approvals = [act for act in acts if act.kind == AnnouncementKind.APPROVAL]
    if right.approved_on or approvals:
        yield _approval(right, track, approvals[0] if approvals else None)
    elif right.effective_from and right.effective_from_basis == DateBasis.DATA_DATE:
        yield Line(
            title=_("Counted as protected: {track}").format(track=track),
            date=right.effective_from,
            precision="day",
            text=_("Date of the data set; the approval is older, its date is not loaded."),
            kind="live",
        )
    for act in acts:
        if act.kind != AnnouncementKind.APPROVAL:
            yield _act(act)
    if right.effective_to:
        yield Line(
            title=_("Protection ended: {track}").format(track=track),
            date=right.effective_to,
            precision="day",
            kind="stopped",
        )


def _approval(right: Right, track: str, act: AnnouncementEntry | None) -> Line:
    """The approval, or for a right that is not confirmed, what the source reports under that date."""
    if right.is_confirmed or right.status == ProductStatus.REVOKED:
        title, kind = _("Approved: {track}"), "live"
    elif right.status == ProductStatus.IN_PROCEDURE:
        title, kind = _("In procedure, not approved: {track}"), "look"
    else:
        title, kind = _("Reported, not confirmed: {track}"), "look"
    date, precision = right.approved_on, right.approved_precision
    if date is None and act is not None:
        date, precision = act.announcement.published_on, act.announcement.published_precision
    return Line(
        title=title.format(track=track),
        date=date,
        precision=precision or "day",
        text=named(act.announcement) if act else "",
        url=act.announcement.get_absolute_url() if act else "",
        kind=kind,
    )


def _act(act: AnnouncementEntry) -> Line:
    titles = {
        AnnouncementKind.MARK_USE: _("Users of the special mark approved"),
        AnnouncementKind.ACCEPTANCE: _("Application accepted; time to object"),
        AnnouncementKind.PRELIMINARY: _("Preliminarily announced; time to object"),
        AnnouncementKind.CHANGE: _("What is protected changed"),
        AnnouncementKind.AMENDMENT: _("Protection amended"),
        AnnouncementKind.REVOCATION: _("Protection revoked"),
    }
    paper = act.announcement
    return Line(
        title=titles[AnnouncementKind(act.kind)],
        date=paper.published_on,
        precision=paper.published_precision or "day",
        text=named(paper),
        url=paper.get_absolute_url(),
        kind="stopped" if act.kind == AnnouncementKind.REVOCATION else "",
    )


def _of_entry(entry: AgreementEntry) -> Iterator[Line]:
    """A name abroad: its dated stages, and the day from which it is protected; listing alone has no date of its own."""
    stages = list(entry.stages.all())
    for stage in stages:
        if stage.status != EntryStatus.PROTECTED:
            ended = stage.status in (EntryStatus.LAPSED, EntryStatus.WITHDRAWN)
            yield _abroad(
                entry,
                _("Name abroad: {state}").format(state=stage.get_status_display()),
                stage.effective_from,
                "stopped" if ended else "look",
                stage.act,
                stage.effective_precision,
            )
    was_protected = entry.status in (EntryStatus.PROTECTED, EntryStatus.LAPSED)
    if was_protected and entry.protected_from is not None:
        name = entry.name_transcription or entry.name_en or entry.name_native
        title = _("Protected abroad as {name}").format(name=name) if name else _("Protected abroad")
        acts = [stage.act for stage in stages if stage.status == EntryStatus.PROTECTED]
        yield _abroad(entry, title, entry.protected_from, "live", *acts[:1])


def _abroad(
    entry: AgreementEntry, title: str, date: datetime.date, kind: str, act: str = "", precision: str = "day"
) -> Line:
    partner = _("Partner: {partner}").format(partner=country_name(entry.agreement.partner))
    return Line(
        title=title,
        date=date,
        precision=precision,
        text=f"{partner} · {act}" if act else partner,
        url=entry.agreement.get_absolute_url(),
        kind=kind,
    )
