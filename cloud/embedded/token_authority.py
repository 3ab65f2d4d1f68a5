"""Signs and verifies the tokens of the local Supabase stand-in, and knows its two API keys."""

import base64
import hashlib
import time
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

# The two API keys of a project stay the same for ever, so their times are fixed: 2026 to 2046.
_KEYS_ISSUED, _KEYS_EXPIRE = 1_767_225_600, 2_398_377_600
_LEGACY_ID = "WFfTACHsaHoCUL/S"


class TokenAuthority:
    """The project's signing key (ES256) and its legacy secret (HS256).

    Attributes:
        issuer: The `iss` claim of user tokens.
        anon_key: API key of clients.
        service_key: API key of servers; row-level security does not hold for it.
    """

    def __init__(
        self, signing_key_pem: str, legacy_secret: str, issuer: str, *, algorithm: Literal["ES256", "HS256"] = "ES256"
    ) -> None:
        key = serialization.load_pem_private_key(signing_key_pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("The signing key must be an EC P-256 key.")
        self._key = key
        self._secret = legacy_secret
        self._algorithm = algorithm
        self.issuer = issuer
        self.key_id = _key_id(key)
        self.anon_key = self._api_key("anon")
        self.service_key = self._api_key("service_role")

    def sign(self, claims: dict[str, Any], seconds: int) -> str:
        """A token of a user."""
        now = int(time.time())
        full = {"iss": self.issuer, "iat": now, "exp": now + seconds, **claims}
        if self._algorithm == "HS256":
            # Hosted projects give the secret an id, which their list of public keys does not have.
            return jwt.encode(full, self._secret, "HS256", headers={"kid": _LEGACY_ID})
        return jwt.encode(full, self._key, "ES256", headers={"kid": self.key_id})

    def sign_internal(self, claims: dict[str, Any], seconds: int) -> str:
        """A token that only this server reads, such as a signed download."""
        return jwt.encode({**claims, "exp": int(time.time()) + seconds}, self._secret, "HS256")

    def verify(self, token: str) -> dict[str, Any]:
        """Claims of a user token or API key.

        Raises:
            jwt.PyJWTError: it is not valid.
        """
        if jwt.get_unverified_header(token).get("alg") == "ES256":
            return jwt.decode(token, self._key.public_key(), ["ES256"], options={"verify_aud": False})
        return jwt.decode(token, self._secret, ["HS256"], options={"verify_aud": False})

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys; a project on the legacy secret has none."""
        if self._algorithm == "HS256":
            return {"keys": []}
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "alg": "ES256", "use": "sig", "kid": self.key_id, "key_ops": ["verify"]}]}

    def _api_key(self, role: str) -> str:
        return jwt.encode(
            {"iss": "supabase-local", "role": role, "iat": _KEYS_ISSUED, "exp": _KEYS_EXPIRE}, self._secret, "HS256"
        )


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:16]).decode().rstrip("=")
