"""The table of commands. Each is loaded only when it is called, so `podlynx version` does not pay for the web server."""

from collections.abc import Sequence

from cyclopts import App, CycloptsError

from podlynx.cli.exits import Exit
from podlynx.cli.terminal import complain

COMMANDS = (
    ("inspect", "Inspect captures and print the alerts.", """\
Examples:
  podlynx inspect capture.pcap
  podlynx inspect captures/ --format alert-json > alerts.jsonl
  tcpdump -i eth0 -w - | podlynx inspect - --rules local.rules"""),
    ("run", "Inspect live traffic of this machine's interfaces.", """\
Examples:
  sudo podlynx run -i eth0
  sudo podlynx run -i lo --port 8080 --page"""),
    ("demo", "See it work: a small shop, an attack on it, the alert on the page.", """\
Examples:
  podlynx demo
  podlynx demo --once"""),
    ("manager", "Serve the Alerts page and take in events of sensors.", """\
Examples:
  podlynx manager
  podlynx manager --port 8443 --database /var/lib/podlynx/events.db
  podlynx manager --cluster"""),
    ("open", "Open the Alerts page of a cluster, with your own rights.", """\
Examples:
  kubectl podlynx open
  podlynx open --context production --no-browser
  podlynx open --as podlynx-system/alice"""),
    ("status", "Print which pods of a cluster are monitored, node by node.", """\
Examples:
  kubectl podlynx status
  podlynx status -n default"""),
    ("operator", "Reconcile a cluster's DeepPacketInspections into monitors.", """\
Examples:
  PODLYNX_IMAGE=registry.example/podlynx:1 podlynx operator
  KUBECONFIG=~/.kube/config podlynx operator --farewell"""),
    ("doctor", "Look at a cluster and say what is wrong and how to mend it.", """\
Examples:
  podlynx doctor
  podlynx doctor --context production --json"""),
    ("sensor", "Watch one node of a cluster: its pods in, their alerts out.", """\
Example:
  DPI_NODENAME=node-1 PODLYNX_MANAGER=https://localhost:8443 podlynx sensor"""),
    ("version", "Print the versions of Podlynx and its engine.", "Example:\n  podlynx version"),
)  # fmt: skip
RULE_COMMANDS = (
    ("check", "Load the rules and say which could not be used, and why.", """\
Examples:
  podlynx rules check
  podlynx rules check local.rules --json"""),
    ("list", "List the rules, one a line.", """\
Examples:
  podlynx rules list
  podlynx rules list --match log4j"""),
    ("show", "Print a rule as it is written, with where it stands.", "Example:\n  podlynx rules show 57461"),
    ("explain", "Say in plain words what a rule looks for.", "Example:\n  podlynx rules explain 57461"),
    ("fetch", "Fetch the community rules and use them from now on.", """\
Examples:
  podlynx rules fetch
  podlynx rules fetch --archive snort3-community-rules.tar.gz"""),
)  # fmt: skip
STANDARD_INPUT = "/dev/stdin"
EXIT_CODES = "Exit codes: 0 done, 1 problem found, 2 usage, 3 input unreadable, 4 no privilege, 5 port taken, 6 network."


def build() -> App:
    """The command line, nothing loaded yet."""
    app = App(
        name="podlynx",
        help="Deep packet inspection for Kubernetes pods, with Snort 3 rules.",
        help_epilogue=EXIT_CODES,
        help_format="plaintext",
        result_action="return_value",
        version_flags=(),
    )
    for name, text, examples in COMMANDS:
        app.command(f"podlynx.cli.{name}:{name}", name=name, help=text, help_epilogue=examples)
    # What `podlynx sensor` starts, and nobody else.
    app.command("podlynx.cli.inspector:inspector", name="inspector", show=False)
    rules = App(name="rules", help="Check, list, explain and fetch rules.")
    for name, text, examples in RULE_COMMANDS:
        rules.command(f"podlynx.cli.rules:{name}_rules", name=name, help=text, help_epilogue=examples)
    app.command(rules)
    return app


def call(arguments: Sequence[str]) -> int:
    """Runs one command; answers its exit code. Whatever is wrong with the arguments is Exit.USAGE."""
    # `-` is standard input, as everywhere; the parser would take it for an option.
    tokens = [STANDARD_INPUT if argument == "-" else argument for argument in arguments]
    try:
        code = build()(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        complain(str(error), f"podlynx {_verb(arguments)}--help shows what there is")
        return Exit.USAGE
    return Exit.OK if code is None else int(code)


def _verb(arguments: Sequence[str]) -> str:
    names = [name for name, _, _ in COMMANDS] + ["rules"]
    return f"{arguments[0]} " if arguments and arguments[0] in names else ""
