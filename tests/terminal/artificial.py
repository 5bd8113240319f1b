"""A network of pretended rooms for the terminal, and prescriptions in the national format."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2

from services.kernel.secret_files import client_secret
from services.terminal.client import Client
from services.terminal.printing import Printer
from services.terminal.settings import Settings

MASTER = "0123456789abcdef"
Answer = httpx2.Response | Exception
Room = Callable[[httpx2.Request], Answer]


def answer(status: int, body: Any = None, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json=body, headers=named)


class Network:
    """Every room at once: `room` answers what is not about tokens. Remembers what it was asked."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.requests: list[httpx2.Request] = []
        self.signed_in: list[str] = []
        self.issuer: Room | None = None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        given = self._token(request) if request.url.path == "/token" else self._asked(request)
        if isinstance(given, Exception):
            raise given
        return given

    def _token(self, request: httpx2.Request) -> Answer:
        if self.issuer is not None:
            return self.issuer(request)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        assert form["client_secret"] == client_secret(MASTER, form["client_id"])
        self.signed_in.append(form["client_id"])
        return answer(200, {"access_token": form["client_id"], "expires_in": 300})

    def _asked(self, request: httpx2.Request) -> Answer:
        self.requests.append(request)
        return self.room(request)

    def client(self, tmp_path: Path, **settings: Any) -> Client:
        (tmp_path / "room.secret").write_text(MASTER)
        (tmp_path / "room.secret").chmod(0o600)
        addresses = {
            "issuer": "http://issuer",
            "prescribing_url": "http://prescribing",
            "registry_url": "http://registry",
            "oversight_url": "http://oversight",
            "secrets_dir": tmp_path,
        }
        return Client(
            Settings.model_validate(addresses | settings), transport=httpx2.MockTransport(self)
        )


def in_turn(*answers: Answer) -> Room:
    """A room that answers one after the other, and the last for ever."""
    left: Iterator[Answer] = iter(answers)
    last: list[Answer] = []

    def room(_request: httpx2.Request) -> Answer:
        last[:] = [next(left, last[0] if last else answers[-1])]
        return last[0]

    return room


def by_path(paths: dict[str, Any]) -> Room:
    """A room with one answer per path, or several in turn."""
    asked: dict[str, int] = defaultdict(int)

    def room(request: httpx2.Request) -> Answer:
        given = paths.get(request.url.path)
        if given is None:
            return answer(404, {"type": "urn:rxlog:problem:not-found", "title": "Not found"})
        if isinstance(given, list):
            place = min(asked[request.url.path], len(given) - 1)
            asked[request.url.path] += 1
            given = given[place]
        return given if isinstance(given, httpx2.Response | Exception) else answer(200, given)

    return room


def printer() -> tuple[Printer, io.StringIO]:
    """A printer without a terminal, and what it wrote."""
    stream = io.StringIO()
    return Printer(stream), stream


def document(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A lawful prescription in the national format; the patient is made up."""
    return {
        "ma_lien_thong_co_so_kham_chua_benh": "01911",
        "ma_lien_thong_bac_si": "BSM-01911-1",
        "loai_don_thuoc": "c",
        "ma_don_thuoc": f"01911{number:07d}-c",
        "ho_ten_benh_nhan": f"BỆNH NHÂN MẪU {number:04d}",
        "ngay_sinh_benh_nhan": "30/11/1991",
        "ma_dinh_danh_cong_dan": "001191000003",
        "gioi_tinh": 3,
        "dia_chi": "Số 3 đường Mẫu, xã Mẫu, Hà Nội",
        "chan_doan": [{"ma_chan_doan": "J06.9", "ten_chan_doan": "Viêm họng", "ket_luan": ""}],
        "hinh_thuc_dieu_tri": 1,
        "thong_tin_don_thuoc": [
            {
                "ma_thuoc": "DQGMAU0136",
                "biet_duoc": "paracetamol",
                "ten_thuoc": "Paracetamol Mẫu 136 500 mg",
                "don_vi_tinh": "viên",
                "so_luong": 10,
                "cach_dung": "Uống ngày 2 lần, mỗi lần 1 viên, x 5 ngày",
            }
        ],
        "ngay_gio_ke_don": "2026-10-05 08:15:00",
        **changes,
    }


def written(folder: Path, name: str, content: Any) -> Path:
    """A file with this content; bytes as they are, anything else as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path
