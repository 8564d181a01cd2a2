"""A private key as PKCS#8 under a passphrase: scrypt and AES-256-CBC, as `openssl pkcs8 -topk8 -scrypt` writes it.

The `cryptography` library reads this form but writes only PBKDF2 with 2,048 rounds, which a stolen file withstands for
minutes. Sources: RFC 8018 section 6.2 (PBES2), RFC 7914 section 7 (scrypt parameters), RFC 5958 section 3.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PROTECTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_END = b"-----END ENCRYPTED PRIVATE KEY-----"

# 16 MiB and some 50 ms: the most that openssl takes without being told to, and its own choice.
_COST, _BLOCK, _PARALLEL = 1 << 14, 8, 1

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_PBES2 = bytes.fromhex("06092a864886f70d01050d")  # 1.2.840.113549.1.5.13
_SCRYPT = bytes.fromhex("06092b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_AES256_CBC = bytes.fromhex("060960864801650304012a")  # 2.16.840.1.101.3.4.1.42


def private_pem(private: Ed25519PrivateKey, passphrase: bytes | None, entropy: Callable[[int], bytes]) -> bytes:
    """PKCS#8 PEM, protected by the passphrase when there is one. Salt and vector are taken from `entropy`."""
    if passphrase is None:
        return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    salt, vector = entropy(16), entropy(16)
    secret = Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PARALLEL).derive(passphrase)
    padder, encryptor = PKCS7(128).padder(), Cipher(AES256(secret), CBC(vector)).encryptor()
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    numbers = b"".join(_der(_INTEGER, _unsigned(number)) for number in (_COST, _BLOCK, _PARALLEL))
    derivation = _der(_SEQUENCE, _SCRYPT + _der(_SEQUENCE, _der(_OCTETS, salt) + numbers))
    encryption = _der(_SEQUENCE, _AES256_CBC + _der(_OCTETS, vector))
    scheme = _der(_SEQUENCE, _PBES2 + _der(_SEQUENCE, derivation + encryption))
    body = base64.b64encode(_der(_SEQUENCE, scheme + _der(_OCTETS, sealed))).decode("ascii")
    return b"\n".join([PROTECTED, *(line.encode() for line in textwrap.wrap(body, 64)), _END, b""])


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size])
    return bytes([tag]) + length + content


def _unsigned(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
