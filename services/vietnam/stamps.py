"""What a writer stamps into a submission: who sent it and where that is, as the directory knew."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.contracts.terms import Submitter
from services.vietnam.dated_law import local_day
from services.vietnam.directory import FacilityDirectory


class Caller(Protocol):
    """What a signed token says of who sent a request."""

    @property
    def facility(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def licence(self) -> str: ...


def submitter(directory: FacilityDirectory, caller: Caller, at: datetime) -> Submitter:
    """The token's word plus what the directory knows of the site as of the moment it happened.

    A facility nobody knows has no place, and its licence is UNKNOWN.
    """
    day = local_day(at)
    facility = directory.find(caller.facility, day)
    if facility is None:
        return Submitter(
            facility_id=caller.facility,
            role=caller.role,
            person_id=caller.person,
            licence=caller.licence,
        )
    return Submitter(
        facility_id=facility.facility_id,
        role=caller.role,
        person_id=caller.person,
        licence=caller.licence,
        province=facility.province,
        latitude=facility.latitude,
        longitude=facility.longitude,
        chain_id=facility.chain_id,
        directory_version=facility.version,
        licence_status=facility.licence_status(day),
        permitted_classes=facility.permitted_classes,
    )
