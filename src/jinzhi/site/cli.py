"""``./jinzhi`` after its environment is ready: up, manage, test, bench."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from jinzhi.kernel.text import Text
from jinzhi.site.console import Stop, both, clear_errors
from jinzhi.site.datadir import ROOT

HELP = """\
./jinzhi up [--demo]           启动平台 · start the platform; Ctrl-C stops it
./jinzhi manage COMMAND …      管理命令 · Django management commands on the platform's database
./jinzhi test [--fast] …       检查与测试 · checks and tests
./jinzhi bench NAME [--quick]  性能测量 · run a benchmark of bench/

DATABASE_URL=postgresql://…    使用自备的 PostgreSQL 15+ · use a PostgreSQL server of your own
"""


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="./jinzhi", description="金质 Jinzhi", epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter, usage="./jinzhi COMMAND …"
    )
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True)
    data = argparse.ArgumentParser(add_help=False)
    default = Path(os.environ.get("JINZHI_DATA", ROOT / "var"))
    data.add_argument("--data", type=Path, default=default, metavar="DIR", help="数据目录 · data folder (./var)")
    up = commands.add_parser("up", parents=[data], help="启动平台 · start the platform")
    up.add_argument("--port", type=port, default=8000, metavar="N", help="端口 · port (8000)")
    up.add_argument("--host", default="127.0.0.1", metavar="H", help="监听地址 · address to listen on (127.0.0.1)")
    up.add_argument("--demo", action="store_true", help="装入演示局 · load the demo bureau")
    manage = commands.add_parser("manage", parents=[data], help="管理命令 · management commands", add_help=False)
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    test = commands.add_parser("test", help="检查与测试 · checks and tests", add_help=False)
    test.add_argument("arguments", nargs=argparse.REMAINDER)
    bench = commands.add_parser("bench", help="性能测量 · benchmarks")
    bench.add_argument("name", nargs="?", default="", metavar="NAME")
    bench.add_argument("--quick", action="store_true", help="少量数据 · less data")
    bench.add_argument("--json", type=Path, metavar="FILE", help="结果写入文件 · write the figures to a file")
    return main


def port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(both(Text("端口应为 1 至 65535 的整数", "a port is a number from 1 to 65535")))
    return int(text)


def main() -> int:
    options, rest = parser().parse_known_args()
    arguments = [*rest, *getattr(options, "arguments", [])]
    with clear_errors():
        if options.command == "up":
            from jinzhi.site.up import up

            if rest:
                raise Stop(Text(f"不认识参数 {rest[0]}。", f"{rest[0]} is not an option of up; see ./jinzhi up --help."))
            return up(options)
        if options.command == "manage":
            from jinzhi.site.manage import manage

            return manage(options.data, arguments)
        if options.command == "test":
            from jinzhi.site.testing import test

            return test(arguments)
        from jinzhi.site.benching import bench

        return bench(options.name, quick=options.quick, json=options.json)
    return 1


if __name__ == "__main__":
    sys.exit(main())
