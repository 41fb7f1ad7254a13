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
  podlynx inspect capture.pcap --config podlynx.toml --mode complete
  tcpdump -i eth0 -w - | podlynx inspect - --rules local.rules
  podlynx inspect capture.pcap --trace 1:57461
  podlynx inspect captures/ --estimate"""),
    ("run", "Inspect live traffic of this machine's interfaces.", """\
Examples:
  sudo podlynx run -i eth0
  sudo podlynx run -i lo --port 8080 --page
  sudo podlynx run -i eth0 --profile"""),
    ("demo", "See it work: a small shop, an attack on it, the alert on the page.", """\
Examples:
  podlynx demo
  podlynx demo --once"""),
    ("manager", "Serve the Alerts page and take in events of sensors.", """\
Examples:
  podlynx manager
  podlynx manager --port 8443 --database /var/lib/podlynx/events.db
  podlynx manager --store https://search.example:9200
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
    ("selftest", "Send a harmless marked packet through a node's capture and follow it to the page.", """\
Examples:
  kubectl podlynx selftest --node worker-1
  PODLYNX_TOKEN=… podlynx selftest --url http://127.0.0.1:8843 --json"""),
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
    ("cost", "Rank rules by what they cost on given traffic, and say why.", """\
Examples:
  podlynx rules cost capture.pcap
  podlynx rules cost captures/ --rules local.rules --json | jq '.rules[0]'"""),
    ("diff", "Compare two rule sets: rules that changed, alerts that come or go.", """\
Examples:
  podlynx rules diff old.rules new.rules
  podlynx rules diff /etc/rules new/ --on captures/ --json"""),
    ("fetch", "Fetch the community rules and use them from now on.", """\
Examples:
  podlynx rules fetch
  podlynx rules fetch --archive snort3-community-rules.tar.gz"""),
)  # fmt: skip
RULE_FILES = frozenset({"cost", "diff"})
"""Verbs of `rules` that have a file of their own."""
STORE_COMMANDS = (
    ("backup", "Copy the event database while the manager writes.", """\
Examples:
  podlynx store backup events-2026-01-31.db
  podlynx store backup /backup/events.db --database /var/lib/podlynx/events.db"""),
    ("restore", "Put a backup in the place of the event database.", """\
Example:
  podlynx store restore events-2026-01-31.db"""),
    ("dead-letters", "List documents that the search engine refused.", """\
Examples:
  podlynx store dead-letters
  podlynx store dead-letters --json | jq -r .reason"""),
    ("retry", "Store the refused documents once more.", """\
Example:
  podlynx store retry --store https://search.example:9200"""),
)  # fmt: skip
EVENT_COMMANDS = (
    ("list", "List alerts, newest first.", """\
Examples:
  kubectl podlynx events list
  podlynx events list "severity:>=70 ns:shop time:>now-1h"
  podlynx events list sid:57461 --single --json --database events.db"""),
    ("show", "Show one event: who, when, the request, the rule, and why it matched.", """\
Examples:
  podlynx events show g3fa92b1c5d60718293a4b5c6
  podlynx events show ID --json --url https://podlynx.example:8443"""),
    ("tail", "Print events as they come, each once, until Ctrl-C.", """\
Examples:
  podlynx events tail "severity:>=70"
  podlynx events tail --json | jq .name"""),
    ("export", "Export all events that match: JSON lines, CSV, or their packets.", """\
Examples:
  podlynx events export "time:>now-1d" > events.ndjson
  podlynx events export ns:shop --format csv -o shop.csv
  podlynx events export sid:57461 --format pcapng -o attack.pcapng"""),
    ("pcap", "Write the packets of events as a capture file.", """\
Examples:
  podlynx events pcap ID -o alert.pcapng
  podlynx events pcap ID | tshark -r -"""),
    ("dismiss", "Dismiss events, by id or by query.", """\
Examples:
  podlynx events dismiss g3fa92b1c5d60718293a4b5c6
  podlynx events dismiss --query "sid:57461 ns:test" --yes
  podlynx events dismiss --undo g3fa92b1c5d60718293a4b5c6"""),
)  # fmt: skip
WEBHOOK_COMMANDS = (
    ("list", "List the webhooks, whether they get through, and what they told.", """\
Examples:
  kubectl podlynx webhooks list
  podlynx webhooks list --json --url https://podlynx.example:8443"""),
    ("test", "Send a sample alert by a webhook.", "Example:\n  kubectl podlynx webhooks test jira"),
    ("log", "Print the last deliveries of a webhook.", "Example:\n  kubectl podlynx webhooks log jira --json"),
)  # fmt: skip
SETTINGS_COMMANDS = (
    ("show", "Print every setting that holds, and where it comes from.", """\
Examples:
  podlynx settings show
  podlynx settings show --mode complete --json
  podlynx settings show --config podlynx.toml --changed"""),
    ("check", "Say whether a file of settings is sound.", "Example:\n  podlynx settings check podlynx.toml"),
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
        module = f"rules_{name}" if name in RULE_FILES else "rules"
        rules.command(f"podlynx.cli.{module}:{name}_rules", name=name, help=text, help_epilogue=examples)
    app.command(rules)
    store = App(name="store", help="Back up and restore stored events; what a search engine refused.")
    for name, text, examples in STORE_COMMANDS:
        function = f"{name.replace('-', '_')}_store"
        store.command(f"podlynx.cli.store:{function}", name=name, help=text, help_epilogue=examples)
    app.command(store)
    events = App(name="events", help="List, show, follow, export and dismiss events.")
    for name, text, examples in EVENT_COMMANDS:
        events.command(f"podlynx.cli.events.{name}:{name}_events", name=name, help=text, help_epilogue=examples)
    app.command(events)
    webhooks = App(name="webhooks", help="Those who are told of alerts: how they fare, a test, the last deliveries.")
    for name, text, examples in WEBHOOK_COMMANDS:
        webhooks.command(f"podlynx.cli.webhooks:{name}_webhooks", name=name, help=text, help_epilogue=examples)
    app.command(webhooks)
    settings = App(name="settings", help="What is set, under Snort's names: what holds, and whether a file is sound.")
    for name, text, examples in SETTINGS_COMMANDS:
        settings.command(f"podlynx.cli.settings:{name}_settings", name=name, help=text, help_epilogue=examples)
    app.command(settings)
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
    names = [name for name, _, _ in COMMANDS] + ["rules", "events", "webhooks", "settings"]
    return f"{arguments[0]} " if arguments and arguments[0] in names else ""
