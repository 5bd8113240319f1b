"""What the room is asked and what it answers."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.contracts.erasures import LegalBasis
from services.identity import identifiers, sealing
from services.vietnam.bilingual import BilingualError

FIELDS_MAX = 100
TEXT_CHARACTERS_MAX = 65_536

PatientRef = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
EventId = Annotated[str, Field(pattern=r"^[0-9A-Za-z:._-]{8,80}$")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$")]
Text = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

Basis = Literal["person-request", "purpose-fulfilled", "retention-ended", "authority-order"]


def legal_basis(basis: Basis) -> LegalBasis:
    """How events name the basis of an erasure."""
    return _BASES[basis]


_BASES: dict[Basis, LegalBasis] = {
    "person-request": "PERSON_REQUEST",
    "purpose-fulfilled": "PURPOSE_FULFILLED",
    "retention-ended": "RETENTION_ENDED",
    "authority-order": "AUTHORITY_ORDER",
}


def _decoded(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64_decode", "must be base64") from None


def _known_key(name: str) -> str:
    try:
        sealing.key_number(name)
    except ValueError:
        raise PydanticCustomError(
            "key_name", "is not the name of a data key", {"vi": "không phải tên khóa dữ liệu"}
        ) from None
    return name


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded, json_schema_input_type=str),
    PlainSerializer(lambda data: base64.b64encode(data).decode(), return_type=str),
]
KeyName = Annotated[str, AfterValidator(_known_key)]


class Request(BaseModel):
    """What every body has in common: nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonNumber(Request):
    """A number a person is known by. It is hashed on arrival and kept nowhere."""

    kind: identifiers.Kind
    value: str = Field(min_length=1, max_length=80, repr=False)

    @model_validator(mode="after")
    def _is_one(self) -> PersonNumber:
        try:
            self.canonical()
        except BilingualError as error:
            raise PydanticCustomError(
                "malformed_identifier", "{en}", {"en": error.message_en, "vi": error.message_vi}
            ) from None
        return self

    def canonical(self) -> identifiers.Identifier:
        """The number in its one spelling."""
        return identifiers.canonical(self.kind, self.value)


class OnBehalfOf(Request):
    """The caller for whom a room reads, as that caller's own token says."""

    facility: str = Field(min_length=1, max_length=40)
    role: Word
    person: Word = ""


class SealRequest(Request):
    """Seal these fields of this event for the person with this number."""

    identifier: PersonNumber
    event_id: EventId
    fields: dict[FieldName, Text] = Field(max_length=FIELDS_MAX, repr=False)


class Sealed(BaseModel):
    """The person's reference, the key's name, and each field as base64."""

    patient_ref: PatientRef
    sealed_key: str
    sealed: dict[str, Base64]


class UnsealRequest(Request):
    """Open these fields for this caller, who needs them for this purpose."""

    patient_ref: PatientRef
    event_id: EventId
    sealed_key: KeyName
    sealed: dict[FieldName, Base64] = Field(min_length=1, max_length=FIELDS_MAX)
    caller: OnBehalfOf
    purpose: Word = Field(min_length=3)
    reason: Word = ""


class Unsealed(BaseModel):
    """The texts."""

    fields: dict[str, str]


class LookupRequest(Request):
    """Find the person with this number for this caller, who needs it for this purpose."""

    identifier: PersonNumber
    caller: OnBehalfOf
    purpose: Word = Field(min_length=3)
    reason: Word = ""


class Found(BaseModel):
    """The person's reference."""

    patient_ref: PatientRef


class ReadingRecord(BaseModel):
    """One reading of a person. `room` is the client that read on the caller's behalf."""

    id: int
    at: datetime
    kind: str
    event_id: str
    fields: list[str]
    room: str
    facility: str
    role: str
    person: str
    purpose: str
    reason: str


class Readings(BaseModel):
    """A page of readings, newest first; `before` asks for the next one, null at the end."""

    reads: list[ReadingRecord]
    before: int | None
