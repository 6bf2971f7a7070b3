"""Keys and certificates that seal documents.

Folder ``pki/`` of the data folder, readable by the platform's user only:

- ``orgs/<organisation code>/key.pem, cert.pem, chain.pem``: a real key of that organisation, placed by the deployer;
- ``platform/key.pem, cert.pem, chain.pem``: one for all organisations that have none of their own;
- ``trust/*.pem``: roots to trust besides;
- ``demo/``: made here when neither of the first two exists. Its certificates say that they are for demonstration only.

Several processes may need the first key at once: it is made under a lock in a folder of its own, which one rename puts in place,
so that a process that is killed half-way leaves nothing that could be taken for a key.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

ROOT_YEARS = 20
SEAL_YEARS = 5
_SAFE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class KeyFiles:
    """Where one sealing key is: private key and certificate in PEM, and the certificates up to its root."""

    key: Path
    cert: Path
    chain: tuple[Path, ...]
    demo: bool


def folder() -> Path:
    return Path(settings.DATA_DIR) / "pki"


def key_for(org_code: str, org_zh: str, org_en: str) -> KeyFiles:
    """The sealing key of an organisation: its own, else the platform's, else a demonstration key made now."""
    name = _SAFE.sub("_", org_code) or "platform"
    for place in (folder() / "orgs" / name, folder() / "platform"):
        if (place / "key.pem").is_file() and (place / "cert.pem").is_file():
            chain = place / "chain.pem"
            return KeyFiles(place / "key.pem", place / "cert.pem", (chain,) if chain.is_file() else (), demo=False)
    place = folder() / "demo" / name
    if not (place / "cert.pem").is_file():
        with _lock():
            root = _demo_root()
            if not (place / "cert.pem").is_file():
                _make_seal(place, root, org_zh, org_en)
    return KeyFiles(place / "key.pem", place / "cert.pem", (folder() / "demo" / "root" / "cert.pem",), demo=True)


def trusted() -> list[Path]:
    """The roots a signature is checked against. A deployer's own chain ends in a root put into ``trust/``."""
    found = sorted((folder() / "trust").glob("*.pem"))
    root = folder() / "demo" / "root" / "cert.pem"
    return [*found, root] if root.is_file() else found


@contextmanager
def _lock() -> Iterator[None]:
    base = folder()
    base.mkdir(parents=True, exist_ok=True)
    base.chmod(0o700)
    descriptor = os.open(base / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _demo_root() -> Path:
    place = folder() / "demo" / "root"
    if (place / "cert.pem").is_file():
        return place
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("演示根证书 Demonstration Root", "仅供演示 FOR DEMONSTRATION ONLY")
    cert = (
        _builder(name, name, key.public_key(), dt.timedelta(days=365 * ROOT_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _put(place, key, cert)
    return place


def _make_seal(place: Path, root: Path, org_zh: str, org_en: str) -> None:
    root_cert = x509.load_pem_x509_certificate((root / "cert.pem").read_bytes())
    root_key = serialization.load_pem_private_key((root / "key.pem").read_bytes(), None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    # X.520 allows 64 characters for each of these names.
    name = _name(f"{org_zh}（演示）"[:64], (org_en or org_zh)[:64], unit="仅供演示 FOR DEMONSTRATION ONLY")
    cert = (
        _builder(name, root_cert.subject, key.public_key(), dt.timedelta(days=365 * SEAL_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_cert.public_key()), critical=False)  # type: ignore[arg-type]
        .sign(root_key, hashes.SHA256())
    )
    _put(place, key, cert)


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, life: dt.timedelta) -> x509.CertificateBuilder:
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
    )


def _name(common: str, organisation: str, unit: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common), x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name(parts)


def _usage(**granted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
        "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names})


def _put(place: Path, key: ec.EllipticCurvePrivateKey, cert: x509.Certificate) -> None:
    """Both files in a new folder, flushed, then renamed into place as one step."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for name, data in (("key.pem", private), ("cert.pem", cert.public_bytes(serialization.Encoding.PEM))):
            descriptor = os.open(making / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        if place.exists():  # left by something else than this module, without a certificate: keep it aside
            place.rename(place.with_name(f".old-{place.name}-{os.getpid()}"))
        making.rename(place)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
