"""Three agents as a Kaizen user writes them: a config, a signature, a BaseAgent. Nothing here knows of TypeScript."""

import csv
import io
import json
import os
from collections import defaultdict
from dataclasses import dataclass

from kaizen.core.base_agent import BaseAgent
from kaizen.signatures import InputField, OutputField, Signature
from kaizen_agents.llm import LLMClient


MODEL = os.environ.get("TEAM_MODEL", "local-model")


@dataclass
class TeamConfig:
    """Every agent has one, whether it asks a model or not."""

    llm_provider: str = "openai"
    model: str = MODEL
    temperature: float = 0.0


# --- a worker that computes ------------------------------------------------------------------------------------------


class TaskSignature(Signature):
    """Work on one task."""

    task_description: str = InputField(desc="What to do: JSON with the month and the incidents as CSV")
    task_id: str = InputField(desc="Which task it is", default="")

    result: str = OutputField(desc="What came of it, as JSON")
    status: str = OutputField(desc="completed or failed")


class Downtime:
    """A strategy that needs no model: it adds up."""

    def execute(self, agent, inputs, **kwargs):
        task = json.loads(inputs["task_description"])
        minutes, causes = defaultdict(int), defaultdict(int)
        for incident in csv.DictReader(io.StringIO(task["incidents"])):
            minutes[incident["service"]] += int(incident["minutes"])
            causes[incident["cause"]] += int(incident["minutes"])
        report = {"month": task["month"], "kind": task["kind"], "minutes": minutes, "causes": causes}
        return {"result": json.dumps(report), "status": "completed"}


reliability = BaseAgent(config=TeamConfig(), signature=TaskSignature(), strategy=Downtime(), mcp_servers=[])


# --- a debater that asks a model -------------------------------------------------------------------------------------


class DebateSignature(Signature):
    """Argue for or against a position, from the facts only."""

    topic: str = InputField(desc="What the debate is about")
    position: str = InputField(desc="for or against")
    context: str = InputField(desc="What was said before", default="")
    opponent_argument: str = InputField(desc="What the other side said, if it spoke", default="")

    argument: str = OutputField(desc="The argument, in one sentence")
    key_points: list = OutputField(desc="The numbers that it rests on")


class AskModel:
    """A strategy that goes through Kaizen's model client: any OpenAI-compatible server."""

    SCHEMA = {
        "type": "object",
        "properties": {
            "argument": {"type": "string"},
            "key_points": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["argument", "key_points"],
        "additionalProperties": False,
    }

    def __init__(self):
        self.client = LLMClient(model=MODEL, base_url=os.environ.get("OPENAI_BASE_URL"))

    def execute(self, agent, inputs, **kwargs):
        asked = "\n".join(f"{name}: {value}" for name, value in inputs.items() if value)
        messages = [
            {"role": "system", "content": "You debate. Use the figures that you are given, and no others."},
            {"role": "user", "content": asked},
        ]
        return self.client.complete_structured(messages, self.SCHEMA, schema_name="argument")


class Debater(BaseAgent):
    """Argues and rebuts, by one model and one signature."""

    def __init__(self, config: TeamConfig):
        super().__init__(config=config, signature=DebateSignature(), strategy=AskModel(), mcp_servers=[])

    def construct_argument(self, topic: str, position: str = "for", context: str = "") -> dict:
        return self.run(topic=topic, position=position, context=context)

    def rebut(self, opponent_argument: str, original_position: str = "for", topic: str = "") -> dict:
        answer = self.run(topic=topic, position=original_position, opponent_argument=opponent_argument)
        return {"rebuttal": answer["argument"], "counterpoints": answer["key_points"], "strength": "strong"}


def careful() -> BaseAgent:
    """A factory: made when the worker starts."""
    return Debater(TeamConfig())


# --- a judge that computes -------------------------------------------------------------------------------------------


class JudgeSignature(Signature):
    """Judge a debate by how many numbers each side brought."""

    topic: str = InputField(desc="What the debate is about")
    proponent_argument: str = InputField(desc="For")
    opponent_argument: str = InputField(desc="Against")
    proponent_rebuttal: str = InputField(desc="For, again", default="")
    opponent_rebuttal: str = InputField(desc="Against, again", default="")

    decision: str = OutputField(desc="for, against or tie")
    winner: str = OutputField(desc="Who won")
    reasoning: str = OutputField(desc="Why")
    confidence: float = OutputField(desc="0.0 to 1.0")


class CountNumbers:
    """Facts win: the side that names more numbers is believed."""

    def execute(self, agent, inputs, **kwargs):
        said_for = inputs["proponent_argument"] + inputs.get("proponent_rebuttal", "")
        said_against = inputs["opponent_argument"] + inputs.get("opponent_rebuttal", "")
        numbers = [sum(part.strip(".,%()").isdigit() for part in said.split()) for said in (said_for, said_against)]
        decision = "for" if numbers[0] > numbers[1] else "against" if numbers[1] > numbers[0] else "tie"
        return {
            "decision": decision,
            "winner": {"for": "proponent", "against": "opponent", "tie": "nobody"}[decision],
            "reasoning": f"the side for it named {numbers[0]} numbers, the side against it {numbers[1]}",
            "confidence": 0.75,
        }


judge = BaseAgent(config=TeamConfig(), signature=JudgeSignature(), strategy=CountNumbers(), mcp_servers=[])
