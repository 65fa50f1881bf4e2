"""The signed statements about authorities, keys and revocations in a shared SQLite store."""

from __future__ import annotations

import base64
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from .errors import StartError
from .signed_invocation import canonical

_DOMAIN = "kaizen-eatp statement 1\n"
_START = "0" * 64
_REMEDY = "Stop writing to the store, and put a good copy of it back."


@dataclass(frozen=True)
class Statement:
    """A statement whose place and signature were checked. Whether its authority is believed is for the reader to decide."""

    sequence: int
    kind: str
    body: dict[str, Any]
    at: str
    authority_id: str
    key_id: str
    public_key: str


@dataclass(frozen=True)
class StatementSigner:
    """An authority that makes statements.

    Args:
        authority_id: The id of the authority.
        key: Its private key.
        key_id: The name of the key in the key manager of the TypeScript deployment.
    """

    authority_id: str
    key: SigningKey
    key_id: str

    @property
    def public_key(self) -> str:
        """Base64 of the public key."""
        return base64.b64encode(bytes(self.key.verify_key)).decode()


class StatementLog:
    """The statements in a SQLite file that `@kaizen-eatp/store-sqlite` made.

    Args:
        path: The file.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def read(self) -> list[Statement]:
        """Reads all statements.

        Raises:
            StartError: A statement does not follow the one before it, or is not as it was signed.
        """
        with self._open() as db:
            return [statement for statement, _ in _checked(db)]

    def append(self, kind: str, body: dict[str, Any], signer: StatementSigner) -> Statement:
        """Signs a statement for the next place and stores it.

        Raises:
            StartError: The statements that are stored are damaged.
        """
        with self._open() as db:
            # Holds the file from the look at the last statement until the new one is stored.
            db.execute("BEGIN IMMEDIATE")
            head = _START
            sequence = 1
            for statement, link in _checked(db):
                head, sequence = link, statement.sequence + 1
            content = {
                "sequence": sequence,
                "previous_hash": head,
                "kind": kind,
                "body": body,
                "at": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
                "authority_id": signer.authority_id,
                "key_id": signer.key_id,
                "public_key": signer.public_key,
            }
            signature = signer.key.sign((_DOMAIN + canonical(content)).encode()).signature
            text = canonical({**content, "signature": base64.b64encode(signature).decode()})
            db.execute(
                "INSERT INTO eatp_statements (sequence, previous_hash, hash, text) VALUES (?, ?, ?, ?)",
                (sequence, head, _link(head, text), text),
            )
            db.execute("COMMIT")
        return _statement(content)

    def revoke_agent(self, agent_id: str, reason: str, signer: StatementSigner) -> Statement:
        """States that an agent is revoked. TypeScript processes that share the file stop its work."""
        return self.append("agent_revoked", {"agent_id": agent_id, "reason": reason, "chain_hash": None}, signer)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, isolation_level=None, timeout=10)
        try:
            yield db
        finally:
            db.close()


def _checked(db: sqlite3.Connection) -> Iterator[tuple[Statement, str]]:
    head, expected = _START, 1
    rows = db.execute("SELECT sequence, previous_hash, hash, text FROM eatp_statements ORDER BY sequence")
    for sequence, previous, link, text in rows:
        if sequence != expected or previous != head or link != _link(head, text):
            raise StartError(f"Statement {sequence} does not follow the one before it.", _REMEDY)
        content = json.loads(text)
        signature = content.pop("signature", "")
        if content.get("sequence") != sequence or content.get("previous_hash") != head:
            raise StartError(f"Statement {sequence} was signed for another place.", _REMEDY)
        try:
            VerifyKey(base64.b64decode(content["public_key"])).verify(
                (_DOMAIN + canonical(content)).encode(), base64.b64decode(signature)
            )
        except (BadSignatureError, ValueError, TypeError, KeyError) as error:
            raise StartError(f"Statement {sequence} is not as it was signed.", _REMEDY) from error
        yield _statement(content), link
        head, expected = link, sequence + 1


def _statement(content: dict[str, Any]) -> Statement:
    names = ("sequence", "kind", "body", "at", "authority_id", "key_id", "public_key")
    return Statement(**{name: content[name] for name in names})


def _link(previous: str, text: str) -> str:
    return sha256(f"{previous}\n{text}".encode()).hexdigest()
