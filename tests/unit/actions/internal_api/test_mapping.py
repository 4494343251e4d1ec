"""Where a business has other paths and other names, one file says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from actions.internal_api.mapping import PATH_VALUES, MappingError, load_mapping
from actions.internal_api.models import Appointments, Refusal
from actions.settings import ROOT

OURS = ROOT / "contract" / "mapping.yml"


def written(folder: Path, **changes: object) -> Path:
    whole = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    for section, change in changes.items():
        whole[section] = {**whole[section], **change} if isinstance(change, dict) else change
    file = folder / "mapping.yml"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return file


def test_the_projects_own_maps_every_operation_onto_the_contract() -> None:
    contract = yaml.safe_load((ROOT / "contract" / "internal_api.yaml").read_text(encoding="utf-8"))
    described = {f"{method.upper()} {path}" for path, item in contract["paths"].items() for method in item}
    mapped = {operation.call for operation in load_mapping(OURS).operations.values()}
    assert mapped <= described
    assert described - mapped == {"GET /v1/health", "GET /v1/profile"}
    assert load_mapping(OURS).operations.keys() == PATH_VALUES.keys()


def test_other_paths_methods_and_names_of_parameters(tmp_path: Path) -> None:
    slots = {"call": "POST /horarios/buscar", "query": {"from": "desde"}, "body": {"start": "inicio"}}
    operation = load_mapping(written(tmp_path, operations={"slots": slots})).operations["slots"]
    assert (operation.method, operation.path) == ("POST", "/horarios/buscar")
    assert (operation.query["from"], operation.body["start"]) == ("desde", "inicio")


def test_fields_are_found_where_the_file_says_within_lists_too(tmp_path: Path) -> None:
    fields = {
        "Appointments": {"appointments": "datos.citas"},
        "Appointment": {"id": "numero", "start": "horario.inicio"},
    }
    mapping = load_mapping(written(tmp_path, fields=fields))
    theirs = {
        "datos": {"citas": [{"numero": "C-7", "horario": {"inicio": "2026-11-24T15:00:00-06:00"}, "status": "booked"}]}
    }
    ours = mapping.as_ours(Appointments, theirs)
    assert ours["appointments"][0] == {
        "numero": "C-7",
        "horario": {"inicio": "2026-11-24T15:00:00-06:00"},
        "status": "booked",
        "id": "C-7",
        "start": "2026-11-24T15:00:00-06:00",
    }


@pytest.mark.parametrize("content", [None, [], "x", {"datos": 7}, {"datos": {"citas": 7}}])
def test_an_answer_of_another_shape_is_left_for_the_model_to_refuse(tmp_path: Path, content: object) -> None:
    mapping = load_mapping(written(tmp_path, fields={"Appointments": {"appointments": "datos.citas"}}))
    mapping.as_ours(Appointments, content)
    mapping.as_ours(Refusal, content)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"operations": {"appointment": "GET /citas"}}, r"appointment must hold \{appointment_id\}"),
        ({"operations": {"business": "GET /negocio/{id}"}}, "business must hold no braces"),
        ({"operations": {"business": "/negocio"}}, "write a method and a path"),
        ({"operations": {"refund": "POST /reembolsos"}}, "no operation refund"),
        ({"operations": {"slots": {"call": "GET /h", "querry": {}}}}, "querry"),
        ({"fields": {"Apointment": {"id": "numero"}}}, "Apointment has no field id"),
        ({"fields": {"Appointment": {"number": "numero"}}}, "Appointment has no field number"),
        ({"kopf": {}}, "kopf"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(MappingError, match=complaint):
        load_mapping(_written_anyhow(tmp_path, changes))


def test_an_operation_that_is_left_out_is_named(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("  pay: POST /v1/payments\n", ""), encoding="utf-8")
    with pytest.raises(MappingError, match="operation pay is missing"):
        load_mapping(file)


@pytest.mark.parametrize("content", ["{", "", "- a\n- b\n", None])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "other.yml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(MappingError, match=r"other\.yml"):
        load_mapping(file)


def _written_anyhow(folder: Path, changes: dict[str, object]) -> Path:
    whole = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    for section, change in changes.items():
        whole[section] = {**whole.get(section, {}), **change} if isinstance(change, dict) else change
    file = folder / "mapping.yml"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return file
