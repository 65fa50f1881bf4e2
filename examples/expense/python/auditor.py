"""An auditor as a plain function. Nothing here knows of TypeScript, or of durable runs."""

LIMITS = {"travel": 1_500, "meals": 200, "equipment": 1_000}


def audit(items):
    """Finds the items of an expense report that exceed the limit of their kind."""
    findings = [
        f"{item['kind']} of {item['amount']} exceeds {LIMITS[item['kind']]}"
        for item in items
        if item["amount"] > LIMITS.get(item["kind"], 0)
    ]
    return {"total": sum(item["amount"] for item in items), "findings": findings}
