"""A worker does what was delegated to its agent, and nothing else. The proofs are made by the reference itself."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from hashlib import sha256
from typing import Any

import pytest

pytest.importorskip("kailash.trust", reason="the verdict is the reference's own: pip install 'kailash[trust]'")

from reference_world import World, stored_text

from kaizen_eatp_bridge import verdict
from kaizen_eatp_bridge.context import Facts
from kaizen_eatp_bridge.errors import ProofRefusedError, StartError
from kaizen_eatp_bridge.full_verdict import FullVerifier
from kaizen_eatp_bridge.signed_invocation import canonical, evidence_digest
from kaizen_eatp_bridge.verdict import Credulous, SignatureVerifier, make_verifier

PAYLOAD = b"\xc0"


def judge(
    world: World, agent_id: str, proof: Any, payload: bytes = PAYLOAD, verifier: Any = None, audience: str = ""
) -> Facts:
    """Has a proof checked; by default it came by the call for which the newest proof was made."""
    verifier = verifier or FullVerifier(world.pinned)
    facts: Facts = asyncio.run(verifier.check(agent_id, proof, payload, audience or world.audience))
    return facts


def refusal(
    world: World, agent_id: str, proof: Any, payload: bytes = PAYLOAD, verifier: Any = None, audience: str = ""
) -> str:
    with pytest.raises(ProofRefusedError) as refused:
        judge(world, agent_id, proof, payload, verifier, audience)
    assert refused.value.code == "REFUSED"
    return refused.value.message


def respelt(signature: str) -> str:
    """Other text for the same bytes: base64 leaves four bits of the last letter of a signature unused."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert signature.endswith("==")
    other = signature[:-3] + letters[letters.index(signature[-3]) ^ 1] + "=="
    assert other != signature
    assert base64.b64decode(other) == base64.b64decode(signature)
    return other


@pytest.fixture
def world() -> World:
    world = World()
    world.agent("lead", "analyze_data", "read_*")
    world.agent("worker", "summarize")
    return world


class TestAccepts:
    def test_an_agent_that_acts_by_its_own_right(self, world: World) -> None:
        facts = judge(world, "lead", world.proof("lead", action="analyze_data"))
        assert facts.agent_id == "lead"
        assert facts.delegation_chain == ("lead",)
        assert facts.constraints == ()

    def test_a_delegation(self, world: World) -> None:
        given = world.delegate("lead", "worker", "analyze_data", constraints=["read_only"])
        facts = judge(world, "worker", world.proof("worker", action="analyze_data", delegation=given))
        assert facts.delegation_chain == ("lead", "worker")
        assert facts.constraints == ("read_only",)
        assert facts.delegation_id == given.id

    def test_being_invoked_under_any_delegation(self, world: World) -> None:
        given = world.delegate("lead", "worker", "analyze_data")
        assert judge(world, "worker", world.proof("worker", delegation=given)).action == "execute"

    def test_a_delegation_of_ones_own_job(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        assert judge(world, "worker", world.proof("worker", action="summarize", delegation=given))

    def test_a_wildcard(self, world: World) -> None:
        given = world.delegate("lead", "worker", "read_*")
        assert judge(world, "worker", world.proof("worker", action="execute", delegation=given))
        narrower = world.delegate("lead", "worker", "read_rows", constraints=["audit_required"])
        assert judge(world, "worker", world.proof("worker", action="read_rows", delegation=narrower))

    def test_a_sub_delegation(self, world: World) -> None:
        world.agent("helper")
        first = world.delegate("lead", "worker", "analyze_data", constraints=["audit_required"])
        second = world.delegate("worker", "helper", "analyze_data", parent=first)
        facts = judge(world, "helper", world.proof("helper", action="analyze_data", delegation=second))
        assert facts.delegation_chain == ("lead", "worker", "helper")

    def test_an_agent_whose_chain_was_derived_from_a_delegation(self, world: World) -> None:
        given = world.delegate("lead", "newcomer", "execute", "analyze_data")
        assert judge(world, "newcomer", world.proof("newcomer", action="analyze_data", delegation=given))

    def test_delegations_across_two_authorities(self, world: World) -> None:
        world.authority("globex")
        world.agent("guest", authority_id="globex")
        given = world.delegate("lead", "guest", "execute")
        assert judge(world, "guest", world.proof("guest", delegation=given))

    def test_a_human_origin(self, world: World) -> None:
        person = {"human_id": "ada@acme.example", "display_name": "Ada"}
        proof = world.proof("lead", human_origin=person)
        assert judge(world, "lead", proof).human_origin == person
        assert "ada@acme.example" not in proof["invocation"]
        assert judge(world, "lead", world.proof("lead")).human_origin is None

    def test_a_delegation_that_was_made_in_an_invocation_for_a_person(self, world: World) -> None:
        world.agent("helper")
        ada = {"person": "person-ada"}
        first = world.delegate("lead", "worker", "analyze_data", constraints=["audit_required"], **ada)
        second = world.delegate("worker", "helper", "analyze_data", parent=first, made_in="run-1/1", **ada)
        assert judge(world, "helper", world.proof("helper", delegation=second, **ada))

    def test_a_delegation_from_outside_runs_in_a_run_that_was_started_under_it(self, world: World) -> None:
        given = world.delegate("lead", "worker", "analyze_data", run_id=None)
        assert judge(world, "worker", world.proof("worker", delegation=given))
        assert judge(world, "worker", world.proof("worker", delegation=given, run_id=None))


class TestRefuses:
    def test_a_missing_proof(self, world: World) -> None:
        assert refusal(world, "lead", None) == "The invocation came without a proof."

    def test_a_changed_input(self, world: World) -> None:
        assert "not the one that was signed" in refusal(world, "lead", world.proof("lead"), b"\xc2")

    def test_another_agents_invocation(self, world: World) -> None:
        assert "is for lead, not for worker" in refusal(world, "worker", world.proof("lead"))

    def test_a_replay(self, world: World) -> None:
        verifier, proof = FullVerifier(world.pinned), world.proof("lead")
        judge(world, "lead", proof, verifier=verifier)
        assert "seen before" in refusal(world, "lead", proof, verifier=verifier)

    def test_a_replay_by_another_call_or_another_session(self, world: World) -> None:
        proof = world.proof("lead")
        for elsewhere in ("5e5510/2", "5e5511/1", "5e5510/1/1", "/1"):
            assert "another session or another call" in refusal(world, "lead", proof, audience=elsewhere)
        assert judge(world, "lead", proof, audience="5e5510/1")

    def test_the_same_invocation_with_a_new_proof_is_accepted_again(self, world: World) -> None:
        verifier = FullVerifier(world.pinned)
        for _ in range(2):
            assert judge(world, "lead", world.proof("lead", invocation_id="run-1/1"), verifier=verifier)

    def test_a_replay_is_remembered_until_it_cannot_come_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen, now = verdict._Seen(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        assert seen.add("a", now)
        for minutes in (1, 5, 5.4):
            assert not seen.add("a", now + dt.timedelta(minutes=minutes))
        seen.add("b", now + dt.timedelta(minutes=5.6))
        assert not seen.add("a", now + dt.timedelta(minutes=6))
        seen.add("c", now + dt.timedelta(minutes=12))
        assert len(seen._new) + len(seen._old) < 4

    @pytest.mark.parametrize(
        ("minutes", "lasts", "says"),
        [(-6, 5, "expired"), (-5.01, 5, "expired"), (1, 5, "from the future"), (0, 6, "longer than is allowed")],
    )
    def test_an_invocation_that_is_not_good_now(self, world: World, minutes: float, lasts: float, says: str) -> None:
        issued = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        until = issued + dt.timedelta(minutes=lasts)
        proof = world.proof("lead", issued_at=issued.isoformat(), expires_at=until.isoformat())
        assert says in refusal(world, "lead", proof)

    @pytest.mark.parametrize("field", ["issued_at", "expires_at"])
    @pytest.mark.parametrize("value", [None, 5, "", "soon", "2026-01-01T00:00:00"])
    def test_timestamps_that_are_none(self, world: World, field: str, value: Any) -> None:
        refusal(world, "lead", world.proof("lead", **{field: value}))

    def test_an_unknown_version(self, world: World) -> None:
        for version in ("1", "3", 2):
            assert f"Version {version!r}" in refusal(world, "lead", world.proof("lead", version=version))

    @pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", "1e999", '{"version":NaN}', "[" * 100_000])
    def test_what_is_no_invocation(self, world: World, text: str) -> None:
        refusal(world, "lead", {**world.proof("lead"), "invocation": text})

    def test_another_spelling_of_the_same(self, world: World) -> None:
        proof = world.proof("lead")
        spaced = json.dumps(json.loads(proof["invocation"]))
        assert "canonical" in refusal(world, "lead", {**proof, "invocation": spaced})
        twice = proof["invocation"].replace('"action":', '"action":"x","action":')
        assert "canonical" in refusal(world, "lead", {**proof, "invocation": twice})

    def test_another_spelling_of_the_same_signature(self, world: World) -> None:
        proof = world.proof("lead")
        data = json.loads(proof["invocation"])
        data["signature"] = respelt(data["signature"])
        assert "signature by acme is invalid" in refusal(world, "lead", {**proof, "invocation": canonical(data)})

    def test_another_spelling_of_the_signature_of_a_delegation(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        chains = [json.loads(stored_text(world.chain(i))) for i in ("worker", "lead")]
        record = chains[0]["delegations"][0]
        record["signature"] = respelt(record["signature"])
        proof = world.proof("worker", delegation=given, chains=[json.dumps(c) for c in chains])
        assert "does not write its signature as it must be" in refusal(world, "worker", proof)

    def test_an_authority_that_is_not_known(self, world: World) -> None:
        proof = world.proof("lead")
        assert "does not know" in refusal(world, "lead", proof, verifier=FullVerifier({"other": world.pinned["acme"]}))

    def test_another_key_under_the_authoritys_name(self, world: World) -> None:
        believed = world.pinned
        impostor = World()
        impostor.agent("lead")
        assert "signature by acme is invalid" in refusal(impostor, "lead", impostor.proof("lead"), verifier=FullVerifier(believed))

    def test_an_invocation_signed_by_another_authority(self, world: World) -> None:
        world.authority("globex")
        assert "signature by acme" in refusal(world, "lead", world.proof("lead", signed_by="globex"))
        proof = world.proof("lead", signed_by="globex", authority_id="globex")
        assert "not signed by the agent's own authority" in refusal(world, "lead", proof)

    def test_chains_of_an_authority_that_is_not_known(self, world: World) -> None:
        world.authority("globex")
        world.agent("stranger", authority_id="globex")
        world.agent("guest")
        given = world.delegate("stranger", "guest", "execute")
        believed = {"acme": world.pinned["acme"]}
        proof = world.proof("guest", delegation=given)
        assert refusal(world, "guest", proof, verifier=FullVerifier(believed))
        assert judge(world, "guest", world.proof("guest", delegation=given))

    def test_an_authority_that_is_no_longer_active(self, world: World) -> None:
        world.registry.known["acme"].is_active = False
        assert refusal(world, "lead", world.proof("lead"))

    def test_an_authority_that_comes_twice(self, world: World) -> None:
        proof = world.proof("lead", authorities=world.authority_texts() * 2)
        assert "twice" in refusal(world, "lead", proof)

    @pytest.mark.parametrize(
        "told",
        [
            {"run_id": "run-2", "invocation_id": "run-1/1", "person": "person-ada"},
            {"run_id": None, "invocation_id": "run-1/1", "person": "person-ada"},
            {"run_id": "run-1", "invocation_id": None, "person": "person-ada"},
            {"run_id": "run-1", "invocation_id": "run-1/2", "person": "person-ada"},
            {"run_id": "run-1", "invocation_id": "run-1/1", "person": None},
        ],
    )
    def test_a_delegation_that_was_made_for_something_else(self, world: World, told: dict[str, str | None]) -> None:
        given = world.delegate("lead", "worker", "execute", made_in="run-1/1", person="person-ada")
        proof = world.proof("worker", delegation=given, person="person-ada", delegated_for=told)
        assert "made for another run, invocation or person" in refusal(world, "worker", proof)
        assert judge(world, "worker", world.proof("worker", delegation=given, person="person-ada"))

    def test_a_delegation_that_was_made_for_another_person(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute", person="person-ada")
        for person in ("person-bob", None):
            proof = world.proof("worker", delegation=given, person=person)
            assert "made for another person" in refusal(world, "worker", proof)
        world.agent("helper")
        under = world.delegate("worker", "helper", "execute", parent=given, person="person-bob")
        proof = world.proof("helper", delegation=under, person="person-bob")
        assert f"Delegation {given.id} was made for another person" in refusal(world, "helper", proof)

    def test_a_delegation_of_a_run_outside_runs(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        assert "made in a run" in refusal(world, "worker", world.proof("worker", delegation=given, run_id=None))

    def test_bindings_that_are_missing_or_of_something_else(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        other = world.delegate("lead", "worker", "execute")
        texts = {name: canonical(world.bindings[link.id]) for name, link in (("own", given), ("other", other))}
        spaced = json.dumps(world.bindings[given.id])
        for bindings in ([], [texts["own"]] * 2, [texts["other"]], [spaced], ["{}"], [""]):
            proof = world.proof("worker", delegation=given, bindings=bindings)
            assert "binding" in refusal(world, "worker", proof) or bindings[:1] != [texts["own"]]
        leading = world.proof("lead", bindings=[texts["own"]])
        assert "1 bindings for 0 delegations" in refusal(world, "lead", leading)

    def test_an_id_that_is_the_digest_of_another_spelling(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        for spelling in (
            json.dumps(world.bindings[given.id]),
            '{"invocation_id":null,"nonce":"0","nonce":"0","person":null,"run_id":"run-1"}',
            canonical({**world.bindings[given.id], "more": None}),
            canonical({**world.bindings[given.id], "nonce": None}),
            canonical([]),
            "x",
        ):
            given.id = f"del-{sha256(spelling.encode()).hexdigest()}"
            world.bindings[given.id] = {"run_id": "run-1", "invocation_id": None, "person": None}
            world.resign(given)
            asyncio.run(world.ops._issue_chain_state_signature(world.chain("worker")))
            proof = world.proof("worker", delegation=given, bindings=[spelling])
            assert "binding of delegation" in refusal(world, "worker", proof)

    @pytest.mark.parametrize(
        "changed",
        [
            {"delegated_for": None},
            {"delegation_id": None},
            {"delegated_for": {"run_id": "run-1"}},
            {"delegated_for": {"run_id": 1, "invocation_id": None, "person": None}},
            {"delegated_for": []},
            {"person": {"pseudonym": "person-ada"}},
            {"person": "ada"},
            {"person": {"pseudonym": "person-ada", "digest": "00"}},
            {"audience": None},
            {"evidence_sha256": None},
        ],
    )
    def test_fields_that_are_not_as_they_must_be(self, world: World, changed: dict[str, Any]) -> None:
        given = world.delegate("lead", "worker", "execute")
        assert refusal(world, "worker", world.proof("worker", delegation=given, fields=changed))

    def test_a_person_that_is_not_what_was_signed(self, world: World) -> None:
        proof = world.proof("lead", human_origin={"human_id": "ada"})
        for disclosed in (None, proof["person"].replace("ada", "bob"), "{}"):
            assert "not what was signed" in refusal(world, "lead", {**proof, "person": disclosed})
        alone = world.proof("lead")
        assert "not what was signed" in refusal(world, "lead", {**alone, "person": proof["person"]})

    def test_a_missing_chain(self, world: World) -> None:
        assert "chain of lead is missing" in refusal(world, "lead", world.proof("lead", chains=[]))
        given = world.delegate("lead", "worker", "execute")
        alone = world.proof("worker", delegation=given, chains=[stored_text(world.chain("worker"))])
        assert "lead" in refusal(world, "worker", alone)

    def test_a_chain_that_comes_twice(self, world: World) -> None:
        text = stored_text(world.chain("lead"))
        assert "twice" in refusal(world, "lead", world.proof("lead", chains=[text, text]))

    def test_a_delegation_that_is_not_there(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        world.chain("worker").delegations.clear()
        assert "is not in the chain of worker" in refusal(world, "worker", world.proof("worker", delegation=given))

    def test_a_capability_that_was_not_given(self, world: World) -> None:
        assert "worker for 'analyze_data'" in refusal(world, "worker", world.proof("worker", action="analyze_data"))

    def test_own_capabilities_under_a_delegation_that_names_others(self, world: World) -> None:
        given = world.delegate("lead", "worker", "analyze_data")
        proof = world.proof("worker", action="summarize", delegation=given)
        assert "does not give 'summarize'" in refusal(world, "worker", proof)

    def test_an_expired_delegation(self, world: World) -> None:
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
        given = world.delegate("lead", "worker", "execute", expires_at=soon)
        verifier = FullVerifier(world.pinned)
        assert judge(world, "worker", world.proof("worker", delegation=given), verifier=verifier)
        asyncio.run(asyncio.sleep(2))
        # The verdict before is remembered, and must not outlive what it rests on.
        assert "expired" in refusal(world, "worker", world.proof("worker", delegation=given), verifier=verifier)

    def test_a_delegation_for_another_task(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute", task_id="task-2")
        assert "for task task-2, not for task-1" in refusal(world, "worker", world.proof("worker", delegation=given))

    def test_a_delegation_to_another_agent(self, world: World) -> None:
        world.agent("other")
        given = world.delegate("lead", "other", "execute")
        world.chain("worker").delegations.append(given)
        asyncio.run(world.ops._issue_chain_state_signature(world.chain("worker")))
        assert "is for other, not for worker" in refusal(world, "worker", world.proof("worker", delegation=given))

    def test_a_delegation_that_was_widened(self, world: World) -> None:
        given = world.delegate("lead", "worker", "read_rows")
        given.capabilities_delegated = ["read_rows", "summarize"]
        assert "signature" in refusal(world, "worker", world.proof("worker", action="summarize", delegation=given))

    def test_a_delegation_that_gives_more_than_its_delegator_has(self, world: World) -> None:
        given = world.delegate("lead", "worker", "read_rows")
        given.capabilities_delegated = ["delete_rows"]
        world.resign(given)
        assert "lead for 'delete_rows'" in refusal(world, "worker", world.proof("worker", delegation=given))

    def test_a_sub_delegation_of_more_than_was_given(self, world: World) -> None:
        world.agent("helper")
        first = world.delegate("lead", "worker", "analyze_data")
        second = world.delegate("worker", "helper", "summarize", parent=first)
        proof = world.proof("helper", delegation=second)
        assert "gives 'summarize', which worker could not give" in refusal(world, "helper", proof)

    def test_a_sub_delegation_that_hides_what_it_was_made_under(self, world: World) -> None:
        from kaizen_eatp_bridge.delegation_path import derived_capability_id

        world.agent("helper")
        world.delegate("lead", "worker", "analyze_data", constraints=["audit_required"])
        chain = world.chain("worker")
        # Folded like on the TypeScript side: a right that the delegation gave is recognised by its id.
        derived = next(c for c in chain.capabilities if c.capability == "analyze_data")
        from kailash.trust.signing.crypto import serialize_for_signing, sign

        derived.id = derived_capability_id(chain.delegations[0].id, "analyze_data")
        payload = serialize_for_signing(derived.to_signing_payload(subject_agent_id="worker"))
        derived.signature = sign(payload, world.private["acme"])
        asyncio.run(world.ops._issue_chain_state_signature(chain))
        second = world.delegate("worker", "helper", "analyze_data")
        assert second.parent_delegation_id is None
        proof = world.proof("helper", delegation=second, chains=world.chains("helper", "worker", "lead"))
        assert "gives 'analyze_data', which worker could not give" in refusal(world, "helper", proof)

    def test_a_sub_delegation_that_drops_a_limit(self, world: World) -> None:
        world.agent("helper")
        first = world.delegate("lead", "worker", "analyze_data", constraints=["read_only"])
        second = world.delegate("worker", "helper", "analyze_data", parent=first)
        second.constraint_subset = []
        world.resign(second)
        assert "drops the constraint 'read_only'" in refusal(world, "helper", world.proof("helper", delegation=second))

    def test_a_sub_delegation_that_outlives_the_one_above(self, world: World) -> None:
        world.agent("helper")
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        first = world.delegate("lead", "worker", "execute", expires_at=soon)
        second = world.delegate("worker", "helper", "execute", parent=first)
        assert "lasts longer" in refusal(world, "helper", world.proof("helper", delegation=second))

    def test_delegations_in_a_circle(self, world: World) -> None:
        first = world.delegate("lead", "worker", "execute")
        second = world.delegate("worker", "lead", "execute", parent=first)
        first.parent_delegation_id = second.id
        world.resign(first)
        proof = world.proof("worker", delegation=first, chains=world.chains("lead", "worker"))
        assert "circle" in refusal(world, "worker", proof)

    def test_a_delegator_that_may_not_delegate(self, world: World) -> None:
        first = world.delegate("lead", "worker", "execute")
        world.agent("helper")
        second = world.delegate("worker", "helper", "execute", parent=first)
        # The reference would not make the second under the first as it is now.
        for record in (first, second):
            record.constraint_subset = ["no_delegation"]
            world.resign(record)
        assert "worker may not delegate" in refusal(world, "helper", world.proof("helper", delegation=second))

    def test_an_action_that_a_constraint_forbids(self, world: World) -> None:
        world.agent("clerk", "update_rows", constraints=["read_only"])
        assert judge(world, "clerk", world.proof("clerk"))
        assert "Constraint violation" in refusal(world, "clerk", world.proof("clerk", action="update_rows"))

    def test_a_form_that_does_not_sign_its_task(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute")
        given.signing_payload_version = "v2-complete"
        assert "does not sign its task" in refusal(world, "worker", world.proof("worker", delegation=given))

    def test_whatever_is_no_chain(self, world: World) -> None:
        for text in ("", "{}", "null", "[]", '{"genesis":{}}', "5"):
            assert "could not be checked" in refusal(world, "lead", world.proof("lead", chains=[text]))

    def test_timestamps_without_a_zone_in_a_chain(self, world: World) -> None:
        text = stored_text(world.chain("lead")).replace('"expires_at": null', '"expires_at": "2999-01-01T00:00:00"')
        refusal(world, "lead", world.proof("lead", chains=[text]))


class TestEveryByte:
    def test_of_the_signed_invocation(self, world: World) -> None:
        proof = world.proof("lead")
        text, verifier = proof["invocation"], FullVerifier(world.pinned)
        for at in range(len(text)):
            for other in {chr(ord(text[at]) ^ 1), "0", " "} - {text[at]}:
                changed = text[:at] + other + text[at + 1 :]
                refusal(world, "lead", {**proof, "invocation": changed}, verifier=verifier)
        assert judge(world, "lead", proof, verifier=verifier)

    def test_of_a_delegation_and_all_around_it_and_its_binding(self, world: World) -> None:
        given = world.delegate("lead", "worker", "analyze_data", constraints=["read_only"])
        proof = world.proof("worker", delegation=given)
        text = proof["chains"][0]
        assert given.id in text
        for at in range(len(text)):
            changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
            refusal(world, "worker", {**proof, "chains": [changed, *proof["chains"][1:]]})
        (binding,) = proof["bindings"]
        for at in range(len(binding)):
            changed = binding[:at] + chr(ord(binding[at]) ^ 1) + binding[at + 1 :]
            assert "not the ones that were signed" in refusal(world, "worker", {**proof, "bindings": [changed]})
        assert judge(world, "worker", proof)

    def test_of_what_a_delegation_says_even_if_the_authority_signs_the_rest(self, world: World) -> None:
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        given = world.delegate("lead", "worker", "analyze_data", constraints=["read_only"], expires_at=until)
        chains = [json.loads(stored_text(world.chain(i))) for i in ("worker", "lead")]
        record = chains[0]["delegations"][0]
        said = ("id", "delegator_id", "delegatee_id", "task_id", "delegated_at", "expires_at", "signature")
        tried = 0
        for name in said:
            original = record[name]
            for at, letter in enumerate(original):
                other = chr(ord(letter) ^ (16 if letter.isalpha() else 1))
                record[name] = original[:at] + other + original[at + 1 :]
                proof = world.proof("worker", delegation=given, chains=[json.dumps(c) for c in chains])
                refusal(world, "worker", proof)
                tried += 1
            record[name] = original
        for name in ("capabilities_delegated", "constraint_subset"):
            original = record[name]
            for changed in ([], [*original, "more"], [original[0] + "x"], [original[0][:-1]]):
                record[name] = changed
                proof = world.proof("worker", delegation=given, chains=[json.dumps(c) for c in chains])
                refusal(world, "worker", proof)
            record[name] = original
        assert tried > 200
        assert judge(world, "worker", world.proof("worker", delegation=given, chains=[json.dumps(c) for c in chains]))


class TestMemory:
    def count(self, monkeypatch: pytest.MonkeyPatch, verifier: FullVerifier) -> list[int]:
        judged: list[int] = []
        real = verifier._judge

        async def counted(*args: Any) -> Any:
            judged.append(1)
            return await real(*args)

        monkeypatch.setattr(verifier, "_judge", counted)
        return judged

    def test_the_same_chains_are_judged_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        verifier = FullVerifier(world.pinned)
        judged = self.count(monkeypatch, verifier)
        for _ in range(5):
            assert judge(world, "lead", world.proof("lead"), verifier=verifier)
        assert len(judged) == 1
        judge(world, "lead", world.proof("lead", action="analyze_data"), verifier=verifier)
        assert len(judged) == 2

    def test_of_the_same_chains_each_right_is_judged_by_itself(self, world: World) -> None:
        first = world.delegate("lead", "worker", "analyze_data", constraints=["read_only"])
        second = world.delegate("lead", "worker", "execute")
        chains = world.chains("worker", "lead")
        verifier = FullVerifier(world.pinned)

        def told(given: Any) -> tuple[Any, Any]:
            facts = judge(world, "worker", world.proof("worker", delegation=given, chains=chains), verifier=verifier)
            return facts.delegation_chain, facts.constraints

        assert told(first) == (("lead", "worker"), ("read_only",))
        assert told(second) == (("lead", "worker"), ())
        assert told(None) == (("worker",), ())

    def test_under_a_label_that_could_change_its_mind_they_are_judged_each_time(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.agent("clerk", constraints=["rate_limit"])
        verifier = FullVerifier(world.pinned)
        judged = self.count(monkeypatch, verifier)
        for _ in range(3):
            assert judge(world, "clerk", world.proof("clerk"), verifier=verifier)
        assert len(judged) == 3

    def test_the_same_chains_are_judged_once_for_many_tasks_and_runs(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verifier = FullVerifier(world.pinned)
        judged = []
        real = FullVerifier._judge

        async def counted(self: Any, *args: Any) -> Any:
            judged.append(1)
            return await real(self, *args)

        monkeypatch.setattr(FullVerifier, "_judge", counted)
        for number in range(5):
            assert judge(world, "lead", world.proof("lead", task_id=f"task-{number}"), verifier=verifier)
        assert len(judged) == 1

    def test_what_is_remembered_is_still_for_one_task_and_person(self, world: World) -> None:
        verifier = FullVerifier(world.pinned)
        given = world.delegate("lead", "worker", "execute", person="person-ada")
        assert judge(world, "worker", world.proof("worker", delegation=given, person="person-ada"), verifier=verifier)
        other_task = world.proof("worker", delegation=given, person="person-ada", task_id="task-other")
        assert "not for task-other" in refusal(world, "worker", other_task, verifier=verifier)
        for person in ("person-bob", None):
            proof = world.proof("worker", delegation=given, person=person)
            assert "made for another" in refusal(world, "worker", proof, verifier=verifier)

    def test_what_was_refused_is_judged_again(self, world: World) -> None:
        verifier = FullVerifier(world.pinned)
        for _ in range(2):
            refusal(world, "worker", world.proof("worker", action="analyze_data"), verifier=verifier)


class TestModes:
    def test_auto_is_full_where_the_reference_is_installed(self, world: World) -> None:
        assert type(make_verifier("auto", world.pinned)) is FullVerifier
        assert type(make_verifier("full", world.pinned)) is FullVerifier

    def test_auto_is_signature_where_it_is_not(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verdict, "has_kailash", lambda: False)
        assert type(make_verifier("auto", world.pinned)) is SignatureVerifier
        with pytest.raises(StartError, match="pip install"):
            make_verifier("full", world.pinned)

    def test_without_an_authority_it_does_not_start(self) -> None:
        for mode in ("auto", "full", "signature"):
            with pytest.raises(StartError, match="--authority"):
                make_verifier(mode, {})

    def test_signature_looks_at_the_invocation_alone(self, world: World) -> None:
        verifier = SignatureVerifier(world.pinned)
        proof = world.proof("worker", action="anything", chains=[])
        assert judge(world, "worker", proof, verifier=verifier).delegation_chain == ("worker",)
        assert "seen before" in refusal(world, "worker", proof, verifier=verifier)
        assert "without a proof" in refusal(world, "worker", None, verifier=verifier)
        bound = world.proof("worker")
        assert "not the ones that were signed" in refusal(world, "worker", {**bound, "chains": []}, verifier=verifier)

    def test_off_accepts_all_and_passes_its_facts_on(self, world: World) -> None:
        given = world.delegate("lead", "worker", "execute", constraints=["read_only"])
        facts = judge(world, "worker", world.proof("worker", delegation=given), verifier=Credulous())
        assert facts.delegation_chain == ("lead", "worker")
        assert facts.constraints == ("read_only",)
        assert judge(world, "worker", None, verifier=Credulous()) == Facts()
        person = {"human_id": "ada"}
        assert judge(world, "lead", world.proof("lead", human_origin=person), verifier=Credulous()).human_origin == person
        nothing = {"invocation": "x", "chains": [], "authorities": [], "bindings": []}
        assert judge(world, "worker", nothing, verifier=Credulous()) == Facts()


def test_the_digest_of_the_evidence_tells_chains_from_authorities_and_their_order() -> None:
    evidence = [
        (["a", "b"], [], []),
        (["b", "a"], [], []),
        (["ab"], [], []),
        (["a"], ["b"], []),
        ([], ["a", "b"], []),
        ([], ["a"], ["b"]),
        ([], [], ["a", "b"]),
    ]
    assert len({evidence_digest(*texts) for texts in evidence}) == len(evidence)
