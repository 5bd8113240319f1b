"""Validation errors as field problems: path, English reason, Vietnamese reason.

A room's own validator raises `PydanticCustomError(code, english, {"vi": vietnamese})` (and may add
`rule` and `source` to the context) to speak both languages; a plain `ValueError` is given in
English in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LISTED_MAX = 500
FIELD_CHARACTERS_MAX = 200
_GENERAL_VI = "giá trị không hợp lệ"

_VIETNAMESE = {
    "missing": "thiếu trường bắt buộc này",
    "extra_forbidden": "trường này không được phép",
    "json_invalid": "nội dung không phải JSON hợp lệ",
    "none_required": "trường này phải để trống",
    "string_type": "phải là chuỗi ký tự",
    "string_too_short": "phải có ít nhất {min_length} ký tự",
    "string_too_long": "không được dài quá {max_length} ký tự",
    "string_pattern_mismatch": "không đúng mẫu {pattern}",
    "string_unicode": "không phải chuỗi Unicode hợp lệ",
    "bytes_type": "phải là dữ liệu nhị phân",
    "bytes_invalid_encoding": "không phải dữ liệu base64 hợp lệ",
    "base64_decode": "không phải dữ liệu base64 hợp lệ",
    "bool_type": "phải là đúng hoặc sai",
    "bool_parsing": "phải là đúng hoặc sai",
    "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên",
    "int_parsing_size": "số quá lớn",
    "int_from_float": "phải là số nguyên, không có phần lẻ",
    "float_type": "phải là một số",
    "float_parsing": "phải là một số",
    "finite_number": "phải là số hữu hạn",
    "decimal_type": "phải là một số",
    "decimal_parsing": "phải là một số",
    "decimal_max_digits": "không được quá {max_digits} chữ số",
    "decimal_max_places": "không được quá {decimal_places} chữ số thập phân",
    "decimal_whole_digits": "không được quá {whole_digits} chữ số phần nguyên",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than": "phải nhỏ hơn {lt}",
    "less_than_equal": "không được lớn hơn {le}",
    "multiple_of": "phải là bội số của {multiple_of}",
    "date_type": "phải là một ngày",
    "date_parsing": "phải là ngày hợp lệ dạng năm-tháng-ngày",
    "date_from_datetime_parsing": "phải là ngày hợp lệ dạng năm-tháng-ngày",
    "date_from_datetime_inexact": "phải là ngày, không kèm giờ",
    "datetime_type": "phải là một thời điểm",
    "datetime_parsing": "phải là thời điểm hợp lệ theo ISO 8601",
    "datetime_from_date_parsing": "phải là thời điểm hợp lệ theo ISO 8601",
    "timezone_aware": "thời điểm phải có múi giờ",
    "literal_error": "phải là một trong: {expected}",
    "enum": "phải là một trong: {expected}",
    "union_tag_invalid": "phải là một trong: {expected_tags}",
    "union_tag_not_found": "thiếu trường phân loại {discriminator}",
    "list_type": "phải là danh sách",
    "tuple_type": "phải là danh sách",
    "dict_type": "phải là đối tượng",
    "model_type": "phải là đối tượng",
    "model_attributes_type": "phải là đối tượng",
    "too_short": "phải có ít nhất {min_length} phần tử",
    "too_long": "không được quá {max_length} phần tử",
    "uuid_type": "phải là UUID",
    "uuid_parsing": "phải là UUID hợp lệ",
    "url_parsing": "phải là địa chỉ URL hợp lệ",
}


def field_problems(errors: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, str]], int]:
    """Pydantic's errors as `FieldProblem` members, and how many more there were.

    Values are never repeated: they may be personal.
    """
    listed = [_field_problem(error) for error in errors[:LISTED_MAX]]
    return listed, max(0, len(errors) - LISTED_MAX)


def _field_problem(error: Mapping[str, Any]) -> dict[str, str]:
    location, field = _place(error.get("loc", ()))
    kind = str(error.get("type", ""))
    context = error.get("ctx") or {}
    reason = str(error.get("msg", "not valid")).removeprefix("Value error, ")
    problem = {
        "field": field,
        "location": location,
        "reason": reason,
        "reason_vi": _vietnamese(kind, reason, context),
    }
    problem.update({key: str(context[key]) for key in ("rule", "source") if key in context})
    return problem


def _vietnamese(kind: str, reason: str, context: Mapping[str, Any]) -> str:
    if "vi" in context:
        return str(context["vi"])
    if kind in ("value_error", "assertion_error"):
        return reason
    try:
        return _VIETNAMESE.get(kind, _GENERAL_VI).format_map(context)
    except KeyError:
        return _GENERAL_VI


def _place(path: Sequence[Any]) -> tuple[str, str]:
    """`("body", "lines", 0, "quantity")` -> `("body", "lines[0].quantity")`."""
    location, *steps = path or ("body",)
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return str(location), text[:FIELD_CHARACTERS_MAX] or str(location)
