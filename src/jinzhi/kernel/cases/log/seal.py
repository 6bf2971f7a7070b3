"""A seal over a text (签名): what roots and archive files are signed with, and its check by anybody who holds the file.

Nothing here needs the platform: an auditor's machine with Python and ``cryptography`` is enough.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def sign(text: bytes, key: Path, cert: Path) -> tuple[str, str]:
    """(signature in base64, certificate in PEM) over SHA-256 of the text: ECDSA, or RSA-PSS. Raises OSError, ValueError."""
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        raw = private.sign(text, ec.ECDSA(hashes.SHA256()))
    elif isinstance(private, rsa.RSAPrivateKey):
        raw = private.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH), hashes.SHA256())
    else:
        raise ValueError(f"{key}: an EC or RSA key is needed")
    return base64.b64encode(raw).decode(), cert.read_text()


def holds(text: bytes, signature: str, certificate: str, roots: list[Path]) -> tuple[bool, str]:
    """Whether the signature is over this text and its certificate is one of ``roots`` or issued by one; and why not, in English."""
    try:
        cert = x509.load_pem_x509_certificate(certificate.encode())
        public, raw = cert.public_key(), base64.b64decode(signature)
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(raw, text, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(raw, text, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH), hashes.SHA256())
        else:
            return False, "the certificate's key is of an unknown kind"
    except InvalidSignature:
        return False, "the signature does not belong to this text"
    except ValueError as error:
        return False, f"the certificate cannot be read: {error}"
    for path in roots:
        for root in x509.load_pem_x509_certificates(path.read_bytes()):
            if root == cert:
                return True, ""
            try:
                cert.verify_directly_issued_by(root)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return True, ""
    return False, "the certificate was issued by none of the trusted roots"
