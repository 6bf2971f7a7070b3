"""A signing worker as a process of its own: signs until nothing waits, or ends when told to die in the middle."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main(mode: str, folder: str) -> None:
    import django

    django.setup()
    from django.conf import settings

    from jinzhi.kernel.documents import commands, signer, signing
    from jinzhi.kernel.documents.tests.samples import draft, kinds
    from jinzhi.kernel.orgs.actors import SYSTEM
    from jinzhi.kernel.orgs.sight import look_as

    settings.DATA_DIR = Path(folder)
    look_as(SYSTEM)
    commands.kinds = signer.kinds = kinds  # type: ignore[attr-defined]
    if mode == "issue":
        print(
            len(
                commands.issue(
                    [draft(f"N-{n:03}", {"seal": "检"} if n % 5 else {"rows": [{"label": "x", "value": "𪚥"}]}) for n in range(30)]
                )
            )
        )
    elif mode == "die":

        def die(*_: object, **__: object) -> bytes:
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

        signing.sign = die  # type: ignore[assignment]
        commands.sign_pending(20)
    else:
        done = 0
        while signed := commands.sign_pending(7):
            done += signed
        print(done)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
