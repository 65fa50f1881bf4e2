"""Agents whose failures look like results, and results that look like failures."""

from dataclasses import dataclass

ENVELOPE = {"error": "no model", "type": "ConnectionError", "success": False}


class EnvelopeAgent:
    def run(self, n):
        return dict(ENVELOPE)


class AddedKeysAgent:
    def run(self, n):
        return {**ENVELOPE, "warning": "low", "verified": False}


class NestedAgent:
    def run(self, n):
        return {"answer": "", "details": {"call": dict(ENVELOPE)}}


class AllItemsFailedAgent:
    def run(self, n):
        return {"items": [dict(ENVELOPE)] * n}


class SomeItemsFailedAgent:
    """A batch, of which one item failed: a result."""

    def run(self, n):
        return {"items": [dict(ENVELOPE), {"answer": n}]}


class OnlyErrorAgent:
    def run(self, n):
        return {"error": "stream broke", "details": {"at": n}}


class ErrorKeyAgent:
    """Says what is wrong with the input, and answers nevertheless: a result."""

    def run(self, n):
        return {"answer": "please say more", "error": "INVALID_INPUT"}


class ChecksAgent:
    """Reports that something else failed: a result."""

    def run(self, n):
        return {"checks": {"disk": {"success": False, "error": "full"}}, "checked": 1}


@dataclass
class Report:
    text: str = ""
    success: bool = False
    error: str = "out of budget"


class FailedObjectAgent:
    def run(self, n):
        return Report()


class DeclaringAgent:
    @staticmethod
    def kaizen_eatp_is_failure(output):
        return output["state"] == "rejected" and f"rejected: {output['why']}"

    def run(self, why):
        return {"state": "rejected" if why else "accepted", "why": why}


class RaisingAgent:
    def run(self, n):
        raise PermissionError("not allowed")


class YieldingErrorAgent:
    def run(self, n):
        yield {"step": 1}
        yield dict(ENVELOPE)
