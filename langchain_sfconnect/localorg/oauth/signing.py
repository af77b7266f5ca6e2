"""RS256 both ways: the org's own key, which signs its tokens, and the check of what apps sign; knows no users."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

KEY_ID = "250"


class SigningKey:
    """An RS256 key, made when it is first needed."""

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, claims: Mapping[str, Any], **header: str) -> str:
        """A compact JWT of these claims."""
        head = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT", **header}
        signing_input = ".".join(_b64(json.dumps(part).encode()) for part in (head, dict(claims)))
        signature = self._key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signing_input}.{_b64(signature)}"

    def public_keys(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID}
        return {"keys": [{**key, "n": _number(numbers.n), "e": _number(numbers.e)}]}


def claims_of(assertion: str) -> dict[str, Any] | None:
    """What a JWT says, believed by nobody yet; None when it is no JWT."""
    try:
        claims = json.loads(_unpacked(assertion.split(".")[1]))
    except (IndexError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def is_signed_by(assertion: str, certificate: str) -> bool:
    """Whether a JWT is signed, with RS256, by the owner of a PEM certificate or public key."""
    signing_input, _, signature = assertion.rpartition(".")
    try:
        signed, key = _unpacked(signature), rsa_key(certificate)
        key.verify(signed, signing_input.encode("utf-8", "replace"), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def rsa_key(pem: str) -> rsa.RSAPublicKey:
    """The RSA key of a PEM certificate or public key.

    Raises:
        ValueError: It is none.
    """
    raw = pem.encode()
    is_certificate = b"BEGIN CERTIFICATE" in raw
    try:
        key = load_pem_x509_certificate(raw).public_key() if is_certificate else load_pem_public_key(raw)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("RS256 needs an RSA key")
    return key


def _unpacked(part: str) -> bytes:
    try:
        return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))
