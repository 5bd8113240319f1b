"""What a writer stamps into a submission: who sent it and where that is, as the directory knew."""

from __future__ import annotations

from typing import Protocol

from services.contracts.terms import Submitter
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


def submitter(directory: FacilityDirectory, caller: Caller) -> Submitter:
    """The token's word plus the registered site; a facility nobody knows has no place."""
    facility = directory.find(caller.facility)
    return Submitter(
        facility_id=facility.facility_id if facility else caller.facility,
        role=caller.role,
        person_id=caller.person,
        licence=caller.licence,
        province=facility.province if facility else "",
        latitude=facility.latitude if facility else None,
        longitude=facility.longitude if facility else None,
        chain_id=facility.chain_id if facility else "",
        directory_version=directory.version if facility else "",
    )
