"""SpiffWorkflow: BPMN in memory, its JSON saved at every step under a row lock, with an audit row, by psycopg. No task rows, deadline or number.

The definition is parsed once and kept; only the state is stored and restored, as spiff-arena does.
"""

from __future__ import annotations

import io
import itertools
import os
from typing import Any

import psycopg
from line import STEPS, WHO, Peer, serve
from lxml import etree
from psycopg import sql
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench">'


def _bpmn() -> bytes:
    tasks = "".join(f'<userTask id="{s}" name="{s}"/>' for s in STEPS)
    chain = ("begin", *STEPS, "end")
    flows = "".join(f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(itertools.pairwise(chain)))
    return f'{HEAD}<process id="licence" isExecutable="true"><startEvent id="begin"/>{tasks}<endEvent id="end"/>{flows}</process></definitions>'.encode()


parser = BpmnParser()
parser.add_bpmn_xml(etree.parse(io.BytesIO(_bpmn())), filename="licence.bpmn")
SPEC = parser.get_spec("licence")


class StateOnly(BpmnWorkflowConverter):
    """The definition is neither written nor read with every case."""

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        spec, workflow.spec = workflow.spec, None
        try:
            return super().to_dict(workflow)
        finally:
            workflow.spec = spec

    def from_dict(self, dct: dict[str, Any]) -> Any:
        dct["spec"] = SPEC
        return super().from_dict(dct)


serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: StateOnly}))


class Spiff(Peer):
    def __init__(self) -> None:
        self.connection = psycopg.connect(os.environ["PEER_DATABASE"])
        self.count = 0

    def _run(self, query: str, *values: Any) -> Any:
        self.count += 1
        return self.connection.execute(sql.SQL(query), values)

    def setup(self) -> None:
        self._run(
            "create table instance (id bigint generated always as identity primary key, process text not null, status text not null, state jsonb not null,"
            " title text not null, org text not null, opened_at timestamptz not null default now(), updated_at timestamptz not null default now())"
        )
        self._run("create index on instance (status)")
        self._run(
            "create table audit (id bigint generated always as identity primary key, instance bigint not null references instance, action text not null,"
            " actor text not null, at timestamptz not null default now(), task uuid)"
        )
        self._run("create index on audit (instance)")
        self.connection.commit()

    def open_one(self) -> int:
        workflow = BpmnWorkflow(SPEC)
        workflow.data.update(title="测量用许可", org="000000/120000/")
        workflow.do_engine_steps()
        with self.connection.transaction():
            text = serializer.serialize_json(workflow)
            (case,) = self._run("insert into instance (process, status, state, title, org) values ('licence', 'running', %s, '测量用许可', '000000/120000/') returning id", text).fetchone()
            self._run("insert into audit (instance, action, actor) values (%s, 'ask', 'applicant')", case)
        self.connection.commit()
        return int(case)

    def step(self, case: int, place: int) -> None:
        self._step(case, STEPS[place], WHO[place])

    def _step(self, case: int, name: str, who: str) -> None:
        try:
            (state,) = self._run("select state::text from instance where id = %s for update", case).fetchone()
            workflow = serializer.deserialize_json(state)
            task = next((t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.bpmn_id == name), None)
            if task is None:
                raise LookupError(f"{name} is not ready")
            task.set_data(opinion="同意")
            task.run()
            workflow.do_engine_steps()
            status = "completed" if workflow.completed else "running"
            self._run("update instance set state = %s, status = %s, updated_at = now() where id = %s", serializer.serialize_json(workflow), status, case)
            self._run("insert into audit (instance, action, actor, task) values (%s, %s, %s, %s)", case, name, who, task.id)
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def look(self, case: int, way: str) -> int:
        self._run("select state::text from instance where id = %s", case).fetchone()
        self.connection.rollback()
        return case

    def press(self, seen: int, caller: int, way: str) -> None:
        self._step(seen, STEPS[0], f"clerk{caller}")

    def records(self, case: int) -> int:
        return int(self._run("select count(*) from audit where instance = %s and action = %s", case, STEPS[0]).fetchone()[0])

    def problems(self, cases: list[int]) -> list[str]:
        wrong, audits = self._run(
            "select (select count(*) from instance where id = any(%s) and status <> 'completed'), (select count(*) from audit where instance = any(%s))", cases, cases
        ).fetchone()
        self.connection.rollback()
        return [f"{wrong} not completed"] * bool(wrong) + [f"{audits} audit rows of {len(cases)} cases"] * (audits != 7 * len(cases))

    def statements(self) -> int:
        return self.count


if __name__ == "__main__":
    serve(Spiff())
