"""Keys and sealing. Pure: bytes in, bytes out; randomness is handed in.

From each master key three keys are derived (HKDF-SHA-256), so that none can stand in for another:
one that hashes numbers for the look-up, one that wraps data keys, one that fingerprints the file.
A patient's fields are sealed with AES-256-GCM-SIV (RFC 8452) under the patient's data key, bound
to patient, key, event and field name: a ciphertext moved anywhere else does not open.

Sealing is deterministic: the nonce is derived from event and field, so sealing the same text for
the same event again gives the same bytes, and a repeated submission is recognised as one. GCM-SIV
is made for repeated nonces: two texts under one nonce would only show whether they are equal.

A text is padded to 32, 64, 128, 256 bytes, then to multiples of 256, so that its length says little
(ISO/IEC 7816-4 padding); 16 bytes of tag follow.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.identity.identifiers import Identifier

KEY_BYTES = 32
NONCE_BYTES = 12
SCHEME = "a1"
_SMALL_BUCKETS = (32, 64, 128, 256)
_BUCKET = 256


class NotAuthenticError(Exception):
    """A ciphertext that was not sealed here for this patient, key, event and field."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored: `number` counts a patient's keys, the version the master's."""

    patient_ref: str
    number: int
    master_version: int
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed field belongs."""

    patient_ref: str
    key_number: int
    event_id: str

    def bindings(self, fields: Iterable[str]) -> Iterator[tuple[str, bytes, bytes]]:
        """(field, nonce, associated data) of each field.

        No two places share the associated data; the nonce is derived, so that the same field of
        the same event always gets the same.
        """
        place = joined("field", self.patient_ref, str(self.key_number), self.event_id)
        event = joined("nonce", self.event_id)
        for field in fields:
            name = _with_length(field)
            yield field, hashlib.sha256(event + name).digest()[:NONCE_BYTES], place + name


class Keyring:
    """The keys made from the master keys, by version; the newest one wraps."""

    def __init__(self, masters: Mapping[int, bytes]) -> None:
        if not masters or any(len(master) != KEY_BYTES for master in masters.values()):
            raise ValueError("a keyring needs master keys of 32 bytes")
        self.newest = max(masters)
        self._lookup = {v: _derived(m, "lookup") for v, m in sorted(masters.items())}
        self._wrapping = {v: AESGCMSIV(_derived(m, "wrapping")) for v, m in masters.items()}
        self.fingerprints = {v: _derived(m, "fingerprint") for v, m in sorted(masters.items())}

    def number_hmacs(self, identifier: Identifier) -> dict[int, bytes]:
        """The keyed hash of a number under every master version, oldest first."""
        message = joined(identifier.kind, identifier.number)
        return {v: hmac.digest(key, message, "sha256") for v, key in self._lookup.items()}

    def wrap(self, data_key: bytes, patient_ref: str, number: int, nonce: bytes) -> WrappedKey:
        """A data key under the newest master key; `nonce` is 12 fresh random bytes."""
        context = joined("data key", patient_ref, str(number), str(self.newest))
        wrapped = nonce + self._wrapping[self.newest].encrypt(nonce, data_key, context)
        return WrappedKey(patient_ref, number, self.newest, wrapped)

    def unwrap(self, key: WrappedKey) -> bytes:
        """The data key. Raises `NotAuthenticError` for one that was tampered with, KeyError when
        the master key of its version is not there."""
        context = joined("data key", key.patient_ref, str(key.number), str(key.master_version))
        nonce, wrapped = key.wrapped[:NONCE_BYTES], key.wrapped[NONCE_BYTES:]
        try:
            return self._wrapping[key.master_version].decrypt(nonce, wrapped, context)
        except (InvalidTag, ValueError):
            raise NotAuthenticError("a data key") from None


def parse_masters(text: str) -> dict[int, bytes]:
    """Master keys from the key file: one `<version>:<64 hexadecimal digits>` per line.

    Raises `ValueError` when a line is something else or a version occurs twice.
    """
    masters: dict[int, bytes] = {}
    for line in text.split():
        version, _, digits = line.partition(":")
        key = bytes.fromhex(digits)
        if not version.isdigit() or int(version) in masters or len(key) != KEY_BYTES:
            raise ValueError("not a master key line")
        masters[int(version)] = key
    if not masters:
        raise ValueError("no master key")
    return masters


def seal_fields(data_key: bytes, place: Place, fields: Mapping[str, str]) -> dict[str, bytes]:
    """The ciphertext of each field; the same arguments give the same bytes."""
    cipher = AESGCMSIV(data_key)
    return {
        name: cipher.encrypt(nonce, padded(fields[name].encode()), context)
        for name, nonce, context in place.bindings(fields)
    }


def unseal_fields(data_key: bytes, place: Place, sealed: Mapping[str, bytes]) -> dict[str, str]:
    """The texts. Raises `NotAuthenticError` when any of them does not belong here."""
    cipher = AESGCMSIV(data_key)
    try:
        return {
            name: unpadded(cipher.decrypt(nonce, sealed[name], context)).decode()
            for name, nonce, context in place.bindings(sealed)
        }
    except (InvalidTag, ValueError):
        raise NotAuthenticError("a sealed field") from None


def key_name(number: int) -> str:
    """How events name the data key (`sealed_key`): the sealing scheme and the key's number."""
    return f"{SCHEME}.{number}"


def key_number(name: str) -> int:
    """The number in a key's name. Raises `ValueError` for a name that is none."""
    scheme, _, number = name.partition(".")
    if scheme != SCHEME or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise ValueError("not the name of a data key")
    return int(number)


def padded(data: bytes) -> bytes:
    """The data, one marking byte, and zeros up to the next bucket."""
    marked = data + b"\x80"
    for bucket in _SMALL_BUCKETS:
        if len(marked) <= bucket:
            return marked.ljust(bucket, b"\0")
    return marked.ljust(-(-len(marked) // _BUCKET) * _BUCKET, b"\0")


def unpadded(data: bytes) -> bytes:
    """What was padded. Raises `ValueError` when the mark is missing."""
    marked = data.rstrip(b"\0")
    if not marked.endswith(b"\x80"):
        raise ValueError("not padded")
    return marked[:-1]


def joined(*parts: str) -> bytes:
    """Parts with their lengths, so that no two lists of parts give the same bytes."""
    return b"rxlog identity v1" + b"".join(map(_with_length, parts))


def _with_length(part: str) -> bytes:
    data = part.encode()
    return len(data).to_bytes(4, "big") + data


def _derived(master: bytes, purpose: str) -> bytes:
    info = b"rxlog identity " + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)
